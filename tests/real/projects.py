#!/usr/bin/env python3
"""Public helmfile projects, each in its environments, rendered by helmlock and by the real helmfile.

What it is: the projects below come from a folder of clones and stay out of this repository. Their repositories' addresses are
turned to a server on loopback, which hands out real charts from a folder of packaged ones, under the versions that the project
asks for; charts that cannot be had are stood in for by one that prints all its values. Then `helmfile -e ENV template` and
`helmlock -e ENV resolve` and `template` must print the same bytes. Lines that differ between two runs of helmfile are random and
are left out on both sides.

What it is not: a judgement of the projects, or of the newest charts under old values; a chart that refuses them must be refused
by both.

    projects.py --clones DIR --charts DIR --oracle DIR --helmlock BIN --work DIR [--only NAME]

Exit code 0 if every project that helmfile renders is rendered equally, 1 if not.
"""
import argparse, functools, http.server, io, json, os, pathlib, re, shutil, subprocess, sys, tarfile, threading

import yaml

# Name, where its state file is, its environments.
PROJECTS = [
    ("MinBZK+mijn-bureau-infra", ".", ["default", "demo", "production"]),
    ("baptisterajaut+lasuite-platform", ".", ["local", "compose"]),
    ("baptisterajaut+stoatchat-platform", ".", ["local", "compose"]),
    ("Countly+helm", ".", ["local", "reference", "example-small", "example-production"]),
    ("Consensys+orchestrate-kubernetes", ".", ["default", "qa", "staging"]),
    ("EcommerceDevops+k8s-manifests", ".", ["development", "staging", "production"]),
    ("deas+r00ki", ".", ["mini-aio", "default"]),
    ("Aptul9+it-infrastructure", ".", ["default", "dev", "int"]),
    ("danielkaeser+observability", ".", ["default", "prod"]),
    ("astitvaveergarg+Vision-Ops", ".", ["local", "dev", "prod"]),
    ("XyLearningProgramming+helm.x3huang.dev", ".", ["default", "prod"]),
    ("apkatsikas+k8s-tf-bootstrap", ".", ["kind", "gke"]),
    ("EcommerceDevops+performance-manifests", ".", ["endurance", "load", "spike"]),
    ("dogruEymen+devops-shop", ".", ["dev", "staging"]),
    ("ShalArl+trip-manager", ".", ["dev", "staging", "prod"]),
    ("Labs64+labs64.io-helm-charts", ".", ["local", "default"]),
    ("big-minecraft+big-minecraft", ".", ["default"]),
    ("jmaver-plume+helmfile-learning-prototype", "helmfile", ["default"]),
    ("wkrzywiec+k8s-helm-helmfile", "helmfile", ["default"]),
]
# What a project's own scripts would make, or its instructions: with `=`, a copy of another file.
CREDENTIALS = [f"credentials-{chart}.yaml" for chart in ("clickhouse", "countly", "kafka", "migration", "mongodb", "observability")]
MADE = {
    "baptisterajaut+stoatchat-platform": {
        "environments/vapid.secret.yaml": "vapid:\n  privateKey: example\n  publicKey: example\n",
        "environments/files.secret.yaml": "files:\n  encryptionKey: example\nsecretSeed: example\n",
    },
    "Countly+helm": {f"environments/{name}/{file}": f"=environments/reference/{file}" for file in CREDENTIALS
                     for name in ("local", "example-small", "example-production")},
}
TEXTS = {".yaml", ".yml", ".gotmpl", ".tpl", ".lock"}
STUB = '{{ range $key, $value := .Values }}\n---\n# {{ $key }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ' \
       '{{ printf "%s-%s" $.Release.Name $key | lower | trunc 60 | quote }}\n  namespace: {{ $.Release.Namespace }}\ndata:\n' \
       '  value: |\n{{ toYaml $value | indent 4 }}\n{{ end }}\n'


class Charts:
    """Packaged charts by name, given out under whatever version is wanted."""

    def __init__(self, folders):
        self.paths = {}
        for folder in folders:
            for path in sorted(pathlib.Path(folder).rglob("*.tgz")):
                if found := re.match(r"(.+?)-v?\d+\.\d+", path.name):
                    self.paths.setdefault(found[1], path)
        self.stubbed = set()

    def archive(self, name, version):
        if name not in self.paths:
            self.stubbed.add(name)
            files = {f"{name}/Chart.yaml": yaml.safe_dump({"apiVersion": "v2", "name": name, "version": version}).encode(),
                     f"{name}/templates/values.yaml": STUB.encode()}
            return packed(files)
        files = {}
        with tarfile.open(self.paths[name]) as archive:
            for entry in archive:
                if entry.isfile():
                    files[entry.name] = archive.extractfile(entry).read()
        chart = f"{name}/Chart.yaml"
        files[chart] = re.sub(rb"(?m)^version:.*$", b"version: " + json.dumps(version).encode(), files[chart])
        files[chart] = re.sub(rb"(?m)^kubeVersion:.*$", b"", files[chart])
        return packed(files)


def packed(files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz", format=tarfile.GNU_FORMAT) as archive:
        for name, text in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), 0o644
            archive.addfile(entry, io.BytesIO(text))
    return raw.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    """`/PROJECT/HOST/PATH/index.yaml` has every chart that the project could mean, in every version that it names."""
    charts, wanted, archives, lock = None, {}, {}, threading.Lock()

    def do_GET(self):
        project, _, rest = self.path.strip("/").partition("/")
        names, versions = self.wanted.get(project, ((), ()))
        if self.path.endswith("/index.yaml"):
            entries = {name: [{"apiVersion": "v2", "name": name, "version": version, "urls": [f"{name}-{version}.tgz"]}
                              for version in versions] for name in names}
            return self.give(json.dumps({"apiVersion": "v1", "entries": entries}).encode())
        file = rest.rsplit("/", 1)[-1].removesuffix(".tgz")
        for name in sorted(names, key=len, reverse=True):
            if file.startswith(name + "-") and file[len(name) + 1:] in versions:
                with self.lock:
                    if file not in self.archives:
                        self.archives[file] = self.charts.archive(name, file[len(name) + 1:])
                return self.give(self.archives[file])
        self.send_error(404)

    def give(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    a = arguments()
    work = pathlib.Path(a.work).resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    Handler.charts = Charts(a.charts)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    tally = {}
    for name, folder, environments in PROJECTS:
        if a.only and a.only not in name:
            continue
        clone = next((path for path in (pathlib.Path(a.clones) / name / "repo", pathlib.Path(a.clones) / name) if path.exists()), None)
        if clone is None:
            print(f"{name}: no clone")
            continue
        project = checkout(clone, work / name, address)
        for environment in environments:
            verdict = judge(project, folder, environment, a)
            tally[name, environment] = verdict
            print(f"{name} -e {environment}: {verdict}", flush=True)
    equal = sum(verdict.startswith("equal") for verdict in tally.values())
    refused = sum(verdict.startswith("both refuse") for verdict in tally.values())
    projects = {name for (name, _), verdict in tally.items() if verdict.startswith("equal")}
    print(f"{equal} of {len(tally)} renderings equal, in {len(projects)} projects; {refused} that both refuse; stood in for: "
          f"{', '.join(sorted(Handler.charts.stubbed)) or 'no chart'}")
    sys.exit(any(verdict.startswith("DIFFERENT") for verdict in tally.values()))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clones", required=True)
    parser.add_argument("--charts", required=True, action="append", help="a folder of .tgz, searched deeply; may be repeated")
    parser.add_argument("--oracle", required=True)
    parser.add_argument("--helmlock", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--only", help="a part of a project's name")
    return parser.parse_args()


def checkout(clone, into, address):
    """The newest tree, with all chart repositories on loopback."""
    into.mkdir()
    archive = subprocess.run(["git", "-C", clone, "archive", "HEAD"], capture_output=True, check=True).stdout
    tarfile.open(fileobj=io.BytesIO(archive)).extractall(into, filter="tar")
    for path, text in MADE.get(into.name, {}).items():
        if not (into / path).exists():
            (into / path).write_text((into / text[1:]).read_text() if text.startswith("=") else text)
    # Files that whoever uses the project makes from its examples.
    for path in sorted(into.rglob("*")):
        # Its digest is one of the repositories' addresses, too.
        if path.name == "Chart.lock":
            path.unlink()
        if path.suffix in (".example", ".template") and path.is_file() and not path.with_suffix("").exists():
            shutil.copy(path, path.with_suffix(""))
    names, versions, repositories, texts = set(), {"1.0.0"}, set(), []
    for path in into.rglob("*"):
        if path.is_symlink() or not path.is_file() or path.suffix not in TEXTS:
            continue
        text = path.read_text(errors="surrogateescape")
        texts.append(text)
        is_state = "helmfile" in str(path.relative_to(into)) or path.name in ("Chart.yaml", "Chart.lock", "repositories.yaml") \
            or "repositories:" in text
        versions |= set(re.findall(r"""(?<![\w.])(v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)(?![\w.])""", text))
        names |= set(re.findall(r"""(?:chart|name):\s*["']?(?:oci:/)?[\w./-]+/([\w-]+)""", text))
        if path.name in ("Chart.yaml", "Chart.lock", "requirements.yaml"):
            names |= set(re.findall(r"name:\s*[\"']?([\w-]+)", text))
        for repository in re.findall(r"""(?m)^ *- *name: *["']?([\w.-]+)["']?\n +url:""", text):
            repositories.add(repository)
        for known in Handler.charts.paths:
            if re.search(rf"/{re.escape(known)}\b", text):
                names.add(known)
        if "credential" in path.name or "secret" in path.name:
            text = re.sub(r'(?m)^(\s*\w*(?:[pP]assword|Secret|Key)\w*: *)""', r'\1"example-example"', text)
            path.write_text(text, errors="surrogateescape")
        if is_state:
            text, count = re.subn(r"chart:\s*oci://[\w./-]+/([\w-]+)", r"chart: loopback/\1", text)
            if count:
                text = re.sub(r"(?m)^repositories:.*\n( *)", rf"\g<0>- name: loopback\n\1  url: {address}/{into.name}/oci\n\1", text, count=1)
            text = re.sub(r"https://([\w.-]+\.[\w.-]+(?:/[\w./-]*)?)", rf"{address}/{into.name}/\1", text) \
                if path.name in ("Chart.yaml", "Chart.lock", "requirements.yaml", "repositories.yaml") else \
                re.sub(r"(url:\s*[\"']?)https://([\w.-]+\.[\w.-]+(?:/[\w./-]*)?)", rf"\1{address}/{into.name}/\2", text)
            path.write_text(text, errors="surrogateescape")
    if repositories:
        chart = re.compile(rf"(?<![\w/])(?:{'|'.join(map(re.escape, repositories))})/([\w-]+)")
        names.update(*(chart.findall(text) for text in texts))
    full = {version for version in versions if re.match(r"v?\d+\.\d+\.\d+", version)}
    Handler.wanted[into.name] = (sorted(names), sorted(full))
    return into


def fresh(project):
    """A copy of the project, in one and the same place, since paths show in output."""
    copy = project.with_name(project.name + ".copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(project, copy, symlinks=True)
    return copy


def judge(project, folder, environment, a):
    log = project.with_name(f"{project.name}.{environment}")
    oracle = pathlib.Path(a.oracle).resolve()
    home = log.with_name(f"{log.name}.home")
    (home / "bin").mkdir(parents=True)
    (home / "bin/helm").symlink_to(oracle / "helm4")
    # Hooks that would change a cluster find none here.
    (home / "bin/kubectl").write_text("#!/bin/sh\n")
    (home / "bin/kubectl").chmod(0o755)
    env = {"PATH": f"{home}/bin:/usr/bin:/bin", "HOME": str(home), "HELMFILE_TEMPDIR": str(home), "HELMFILE_RENDER_YAML": "true"}
    run = functools.partial(subprocess.run, env=env, capture_output=True, timeout=600)
    helmfile = [oracle / "helmfile1", "-e", environment, "--quiet", "template"]
    # What the project asks of whoever runs it: variables, which all say the same, and files of values, which say nothing.
    for _ in range(60):
        # helmfile builds charts' dependencies into the working tree, so each run has its own.
        theirs = [run(helmfile, cwd=fresh(project) / folder)]
        if missing := re.search(rb"required env var `(\w+)` is not set", theirs[0].stderr):
            env[missing[1].decode()] = "example"
        elif missing := re.search(rb'values file matching "([\w./-]+)" does not exist in "([^"]+)"', theirs[0].stderr):
            file = project / folder / missing[2].decode() / missing[1].decode()
            if file.exists():
                break
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("{}\n")
        else:
            break
    theirs.append(run(helmfile, cwd=fresh(project) / folder))
    tree = fresh(project) / folder
    ours = run([a.helmlock, "-e", environment, "resolve"], cwd=tree)
    if ours.returncode == 0:
        ours = run([a.helmlock, "-e", environment, "template"], cwd=tree)
    for suffix, text in (("theirs", theirs[0].stdout), ("ours", ours.stdout), ("their-errors", theirs[0].stderr), ("our-errors", ours.stderr)):
        log.with_name(f"{log.name}.{suffix}").write_bytes(text)
    if theirs[0].returncode != 0:
        last = theirs[0].stderr.decode(errors="replace").strip().splitlines()[-1:] or [""]
        return f"{'both refuse' if ours.returncode else 'REFUSED by helmfile only'} ({last[0][:160]})"
    if ours.returncode != 0:
        return f"DIFFERENT: refused ({ours.stderr.decode(errors='replace').strip()[:300]})"
    first, second = (side.stdout.decode(errors="replace").splitlines() for side in theirs)
    mine = ours.stdout.decode(errors="replace").splitlines()
    if len(first) != len(mine):
        return f"DIFFERENT: {len(mine)} lines, helmfile {len(first)}"
    random = {number for number, (one, other) in enumerate(zip(first, second)) if one != other} if len(first) == len(second) else set()
    wrong = [number for number, (one, other) in enumerate(zip(first, mine)) if one != other and number not in random]
    if wrong:
        return f"DIFFERENT: {len(wrong)} lines, the first {wrong[0] + 1}: {first[wrong[0]]!r}, ours {mine[wrong[0]]!r}"
    return f"equal ({len(mine)} lines, {len(random)} random)"


if __name__ == "__main__":
    main()
