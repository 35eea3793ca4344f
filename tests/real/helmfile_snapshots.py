#!/usr/bin/env python3
"""Runs helmfile's own snapshot cases and integration goldens with helmlock, from a checkout of helmfile that is never kept here.

What it is: the answer to "does helmlock do what helmfile's own tests ask of helmfile?". A case is a state file, arguments and the
output that helmfile's authors recorded. The charts that a case needs are packaged and served as helmfile's test does it: by a chart
repository at the port that the case names, or by an OCI registry, both written here. `helmlock resolve` runs first where the case
renders or fetches. What helmfile logs is left out of the recorded output, and so are blank lines; all other lines must be equal.
Of the integration tests, those are run that render, have a recorded output, and need no cluster and no network; their outputs are
compared as YAML documents, as helmfile's own test does it.

Usage: helmfile_snapshots.py --helmfile CHECKOUT --helmlock PROGRAM --helm PROGRAM [CASE...]

Says for each case whether it passed and else why, and ends with passed/total. Needs Python's yaml.
"""

import argparse
import difflib
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import yaml

LOGS = re.compile(
    r"Adding repo |\"\S+\" has been added|Building dependency |Hang tight|\.\.\.Successfully got|Update Complete|Saving \d|"
    r"Downloading |Deleting outdated|Templating release|Pulling |Pulled: |Digest: |Charts will be downloaded|Fetching |"
    r"Getting updates|Comparing release|Listing releases|WARNING|skipping missing|no matches|Update Complete|Live output"
)


def handler(folder):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            pass

    return Handler


def registry(charts):
    """An OCI registry that has the given archives under /myrepo."""
    blobs, manifests, tags = {}, {}, {}

    def keep(data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"digest": digest, "size": len(data)}

    for archive in charts:
        name, _, version = archive.stem.rpartition("-")
        config = keep(json.dumps({"name": name, "version": version, "apiVersion": "v2"}).encode())
        layer = keep(archive.read_bytes())
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", **config},
            "layers": [{"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", **layer}],
        }
        data = json.dumps(manifest).encode()
        manifests[version] = manifests["sha256:" + hashlib.sha256(data).hexdigest()] = data
        tags.setdefault(name, []).append(version)

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            body, kind, path = None, "application/octet-stream", self.path.split("?")[0]
            parts = path.strip("/").split("/")
            if path == "/v2/":
                body = b"{}"
            elif parts[-2:-1] == ["blobs"]:
                body = blobs.get(parts[-1])
            elif parts[-2:-1] == ["manifests"]:
                body, kind = manifests.get(parts[-1]), "application/vnd.oci.image.manifest.v1+json"
            elif parts[-2:] == ["tags", "list"]:
                body, kind = json.dumps({"name": "x", "tags": tags.get(parts[-3], [])}).encode(), "application/json"
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            if kind.endswith("manifest.v1+json") and body:
                self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(body).hexdigest())
            self.end_headers()
            if self.command == "GET" and body:
                self.wfile.write(body)

    return Handler


def serve(handler, port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def package(helm, data, folder):
    for chart in sorted((data / "charts").iterdir()):
        subprocess.run([helm, "package", chart, "-d", folder], check=True, capture_output=True)
    return sorted(folder.glob("*.tgz"))


def wanted(case):
    for name in ("output-helm4.yaml", "gopkg.in-yaml.v3-output.yaml", "output.yaml"):
        if (case / name).exists():
            return (case / name).read_text()
    return None


def kept(text):
    return [line.rstrip() for line in text.split("\n") if line.strip() and not LOGS.match(line)]


def run_case(case, options, archives, root):
    config = yaml.safe_load((case / "config.yaml").read_text()) if (case / "config.yaml").exists() else {}
    arguments = config.get("helmfileArgs") or ["build"]
    project = root / "snapshot" / case.name
    shutil.copytree(case, project)
    state = project / "input.yaml.gotmpl"
    servers, extra = [], []
    try:
        if config.get("localChartRepoServer", {}).get("enabled"):
            port = config["localChartRepoServer"]["port"]
            folder = root / "repository"
            folder.mkdir()
            for archive in archives:
                shutil.copy(archive, folder)
            index = [options.helm, "repo", "index", folder, "--url", f"http://localhost:{port}/"]
            subprocess.run(index, check=True, capture_output=True)
            servers.append(serve(handler(folder), port))
        if config.get("localDockerRegistry", {}).get("enabled"):
            server = serve(registry(archives), 0)
            servers.append(server)
            state.write_text(state.read_text().replace("$REGISTRY_PORT", str(server.server_address[1])))
            extra = ["--oci-plain-http"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(root / "home"), "HELMLOCK_CACHE_DIR": str(root / "cache")}
        environment |= plugins(case.parents[1], root / "plugins")
        common = [options.helmlock, "-f", str(state), *extra]

        def run(arguments):
            return subprocess.run([*common, *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=60)

        command = next((word for word in ("template", "fetch") if word in arguments), None)
        if command:
            environment_flags = arguments[: arguments.index(command)]
            resolved = run([*(flag for flag in environment_flags if flag != "--enable-live-output"), "resolve"])
            if resolved.returncode:
                return resolved.stderr.strip().split("\n")[0]
        result = run(arguments)
    finally:
        for server in servers:
            server.shutdown()
    if result.returncode:
        return result.stderr.strip().split("\n")[0]
    # helmfile's test replaces the path of its own folder.
    printed = result.stdout.replace(str(root), "__workingdir__/testdata")
    expected, got = kept(wanted(case)), kept(printed)
    if expected == got:
        return None
    difference = list(difflib.unified_diff(expected, got, "helmfile", "helmlock", lineterm="", n=1))
    return "another output\n    " + "\n    ".join(difference[:24])


PLUGIN = """apiVersion: v1
type: postrenderer/v1
name: {name}
version: 0.1.0
runtime: subprocess
runtimeConfig:
  platformCommand:
  - command: bash {script}
"""


def plugins(data, folder):
    """What helmfile's test does for Helm 4: a plugin for each script that Helm 3 would run."""
    for script in sorted((data / "postrenderers").glob("*.bash")):
        plugin = folder / script.stem
        plugin.mkdir(parents=True)
        (plugin / "plugin.yaml").write_text(PLUGIN.format(name=script.stem, script=script))
    return {"HELM_PLUGINS": str(folder)}


def tell(name, reason):
    print(f"{'passed' if reason is None else 'FAILED'}  {name}{'' if reason is None else ': ' + reason}", flush=True)


INTEGRATION = {
    # folder: state file, arguments, recorded output
    "chart-deps-condition": ("helmfile.yaml", "template --skip-deps", "template"),
    "chartify": ("helmfile.yaml.gotmpl", "template", "template-helm4"),
    "include-template-func": ("helmfile.yaml.gotmpl", "template", "template-result"),
    "issue-2281-array-merge": ("helmfile.yaml.gotmpl", "template @", "output.yaml"),
    "issue-2353-layer-array-replace": ("helmfile.yaml.gotmpl", "template @", "output.yaml"),
    "issue-2451-nested-helmfile-array-replace": ("helmfile.yaml", "template", "output.yaml"),
    "postrender": ("helmfile.yaml.gotmpl", "-n helmfile-tests template --post-renderer add-cm --post-renderer-args cm1", "template-result-helm4"),
    "state-values-set-cli-args-in-environments": ("helmfile.yaml.gotmpl", "template @", "output.yaml"),
    "yaml-overwrite": ("issue.657.yaml.gotmpl", "template --skip-deps", "overwritten.yaml"),
}


def documents(text):
    text = "\n".join(line for line in text.split("\n") if not LOGS.match(line))
    return sorted((document for document in yaml.safe_load_all(text) if document), key=json.dumps)


def run_integration(name, options, root):
    state, arguments, golden = INTEGRATION[name]
    tests = Path(options.helmfile).resolve() / "test/integration"
    shutil.copytree(tests / "charts", root / "charts")
    shutil.copytree(tests / "test-cases" / name, root / "test-cases" / name)
    folder = root / "test-cases" / name
    # `@` stands for the arguments that the case keeps in a file.
    extra = folder / "input/helmfile-extra-args"
    given = extra.read_text().split() if extra.exists() else []
    arguments = arguments.replace("@", " ".join(given)).split()
    environment = {"PATH": os.environ["PATH"], "HOME": str(root / "home"), "HELMLOCK_CACHE_DIR": str(root / "cache")}
    environment |= {"HELMFILE_HELM4": "1", "HELM_PLUGINS": str(root / "plugins")}
    for plugin in (folder / "input").glob("helm-plugin-*"):
        shutil.copytree(plugin, root / "plugins" / plugin.name)

    def run(*arguments):
        call = [options.helmlock, "-f", str(folder / "input" / state), *arguments]
        return subprocess.run(call, cwd=root, env=environment, capture_output=True, text=True, timeout=60)

    for result in (run("resolve", *given), run(*arguments)):
        if result.returncode:
            return result.stderr.strip().split("\n")[0]
    expected, got = (folder / "output" / golden).read_text(), result.stdout
    if documents(expected) == documents(got):
        return None
    difference = list(difflib.unified_diff(kept(expected), kept(got), "helmfile", "helmlock", lineterm="", n=1))
    return "another output\n    " + "\n    ".join(difference[:24])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("helmfile", "helmlock", "helm"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    options.helmlock, options.helm = os.path.abspath(options.helmlock), os.path.abspath(options.helm)
    data = Path(options.helmfile).resolve() / "test/e2e/template/helmfile/testdata"
    cases = sorted(case for case in (data / "snapshot").iterdir() if not options.cases or case.name in options.cases)
    passed = 0
    with tempfile.TemporaryDirectory() as folder:
        archives = package(options.helm, data, Path(folder))
        for case in cases:
            with tempfile.TemporaryDirectory() as root:
                root = Path(root)
                (root / "home").mkdir()
                shutil.copytree(data / "charts", root / "charts")
                reason = run_case(case, options, archives, root)
            passed += reason is None
            tell(case.name, reason)
    print(f"{passed}/{len(cases)} snapshots passed")
    names = [name for name in INTEGRATION if not options.cases or name in options.cases]
    passed = 0
    for name in names:
        with tempfile.TemporaryDirectory() as root:
            (Path(root) / "home").mkdir()
            reason = run_integration(name, options, Path(root))
        passed += reason is None
        tell(name, reason)
    print(f"{passed}/{len(names)} integration goldens passed")


if __name__ == "__main__":
    main()
