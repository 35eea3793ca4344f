#!/usr/bin/env python3
"""Renders real charts with helmlock and with helm, and holds the two outputs against each other byte by byte.

What it is: the answer to "does helmlock print what helm prints, for charts that people really deploy?". It takes a
folder of packaged charts (.tgz) and a folder of values files, makes a chart repository of them (`helm repo index`,
served on the loopback address by nginx, or by python where nginx is missing), writes one helmfile.yaml over them,
runs `helmlock resolve` once and `helmlock template -l name=RELEASE` for every release, and compares with
`helm template RELEASE CHART.tgz --namespace NS --values ... --set ...` run with an empty Helm home.

What it is not: it brings no charts (they belong to their authors; fetch and package them yourself), it does not go to
the network, it does not test the fetching of charts beyond a plain HTTP repository, and it says nothing about charts or
values that are not in the two folders. No machine path stands in it.

Releases. Each NAME.yaml in the values folder is a release `NAME` with the chart's default values and a release
`NAME-values` with that file; each NAME--VARIANT.yaml is a release `NAME-VARIANT`. NAME is the chart's name. Comment
lines at the head of a values file say how the release is written:

    # namespace: monitoring          # labels: tier=infra,team=x        # version: ~3.13.0   (a range; helm is asked what it means)
    # set: a.b=3                     # set-string: a.c=007              # set-list: a.d=x,y  (set: values of a list)
    # kube-version: 1.31.0           # api-versions: a/v1,b/v1          # default: no        (no release with default values)
    # flags: --include-crds          (given to both `template` commands as they stand: --include-crds, --skip-tests, --show-only F)
    # refused: yes                   (helm refuses these values, and so must helmlock; says nothing about the message)

Randomness. Helm runs twice. Lines in which the two runs differ (random passwords, certificates, checksums over them)
are compared by shape: same key, same kind of characters, about the same length. They are counted and reported apart.
Where helm itself refuses a release, helmlock has to refuse it too.

Dialect. helmlock renders as the helm that it is compared with (`--helm-dialect` with that helm's version).

Registry. The charts that --oci names are pushed by that helm to a docker-registry on the loopback address, and their
releases come from there (`oci://`); all others come from the repository.

compare. With --compare, `helmlock compare` then says of the same releases, all in one run, what this script found.

    real-charts.py --oracle DIR --charts DIR --values DIR --helmlock BIN --work DIR [--one RELEASE]

--oracle DIR holds an executable `helm4` (or name it with --helm). Exit code: 0 all releases equal, 1 not, 2 cannot run.
"""
import argparse, concurrent.futures, difflib, functools, http.server, json, os, pathlib, re, shutil, socket, subprocess, sys, threading, time

E = os.environ.get
ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--oracle", default=E("ORACLE"), help="folder with the peers' executables (helm4)")
ap.add_argument("--helm", default=E("HELM"), help="the helm to compare with; default ORACLE/helm4")
ap.add_argument("--charts", default=E("CHARTS"), help="folder of packaged charts, *.tgz")
ap.add_argument("--values", default=E("VALUES"), help="folder of values files")
ap.add_argument("--helmlock", default=E("HELMLOCK", "helmlock"))
ap.add_argument("--work", default=E("WORK"), help="scratch folder; what both sides printed stays in WORK/out")
ap.add_argument("--port", type=int, default=0, help="port of the loopback server (0: a free one)")
ap.add_argument("--one", metavar="RELEASE", help="only this release")
ap.add_argument("--match", metavar="REGEX", help="only releases whose name matches")
ap.add_argument("--diff-lines", type=int, default=15)
ap.add_argument("--timeout", type=int, default=120, help="seconds for one run of either tool")
ap.add_argument("--write-only", action="store_true", help="write WORK/project and stop")
ap.add_argument("--expected", metavar="DIR", help="no helmlock: write what helm prints, twice, as RELEASE.yaml and RELEASE.2.yaml")
ap.add_argument("--url", help="a repository that is already served at this address; nothing is started")
ap.add_argument("--json", metavar="FILE", help="also write the results as JSON")
ap.add_argument("--oci", metavar="NAMES", default="", help="charts to serve from a docker-registry: a,b,c")
ap.add_argument("--compare", action="store_true", help="ask `helmlock compare` for its verdict, too")
ap.add_argument("--refusals", action="store_true", help="a release that both refuse is right, announced or not")
ap.add_argument("--jobs", type=int, default=1, help="releases under way at the same time")
A = ap.parse_args()


def quit(text):
    print("real-charts:", text, file=sys.stderr)
    sys.exit(2)


if not (A.charts and A.values and A.work and (A.helm or A.oracle)):
    quit("--charts, --values, --work and --oracle (or --helm) are needed; see --help")
HELM = os.path.abspath(A.helm or os.path.join(A.oracle, "helm4"))
if not os.access(HELM, os.X_OK):
    quit(f"no helm at {HELM}")
HELMLOCK = shutil.which(A.helmlock) or quit(f"no helmlock at {A.helmlock}") if not (A.write_only or A.expected) else ""
HELMLOCK = os.path.abspath(HELMLOCK) if HELMLOCK else ""
OCI = [name for name in A.oci.split(",") if name]
CHARTS, VALUES, WORK = (pathlib.Path(p).resolve() for p in (A.charts, A.values, A.work))
PROJECT, OUT = WORK / "project", WORK / "out"
if PROJECT in (VALUES, *VALUES.parents, CHARTS, *CHARTS.parents):
    quit(f"{PROJECT} is made anew: charts and values have to lie elsewhere")


# ---------------------------------------------------------------- running things
def clean_env(name):
    """A home of its own below WORK, no proxy, no kubeconfig."""
    home = WORK / "homes" / name
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL") or k.startswith("HELMLOCK_TEST")}
    return {**keep, "HOME": str(home), "TMPDIR": str(home / "tmp"), "KUBECONFIG": "/nonexistent", "NO_PROXY": "*",
            "HELM_CACHE_HOME": str(home / "cache"), "HELM_CONFIG_HOME": str(home / "config"),
            "HELM_DATA_HOME": str(home / "data"), "HELMLOCK_CACHE_DIR": str(home / "helmlock"),
            "XDG_CACHE_HOME": str(home / "cache"), "XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "data"),
            "HELMFILE_UPGRADE_NOTICE_DISABLED": "true"}


def run(argv, home, cwd=None, runs=1):
    """One command, or one that stands for so many runs of either tool."""
    try:
        r = subprocess.run([str(a) for a in argv], env=clean_env(home), cwd=cwd, stdin=subprocess.DEVNULL,
                           capture_output=True, timeout=A.timeout * runs)
        return r.returncode, r.stdout, r.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired as e:
        return -1, e.stdout or b"", f"no answer within {A.timeout * runs} s"


# ---------------------------------------------------------------- the repository
def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def await_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    quit("the loopback server does not answer")


class Server:
    """nginx (gzip, ETag) or python over one folder, on the loopback address; ended by its own process id."""

    def __init__(self, root):
        self.port, self.nginx = A.port or free_port(), shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if self.nginx:
            d = WORK / "nginx"
            d.mkdir(parents=True, exist_ok=True)
            user = "user root;" if os.geteuid() == 0 else ""
            temps = "".join(f"{k}_temp_path {d}/{k};" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            (d / "nginx.conf").write_text(
                f"{user} daemon off; pid {d}/pid; error_log {d}/error.log; events {{}}\n"
                f"http {{ types {{ text/yaml yaml; application/gzip tgz; }} access_log {d}/access.log; {temps}\n"
                f"gzip on; gzip_types text/yaml; etag on; server {{ listen 127.0.0.1:{self.port}; root {root}; }} }}\n")
            self.p = subprocess.Popen([self.nginx, "-p", d, "-e", d / "error.log", "-c", d / "nginx.conf"])
        else:
            class Quiet(http.server.SimpleHTTPRequestHandler):
                def log_message(self, *a):
                    pass
            self.h = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), functools.partial(Quiet, directory=root))
            threading.Thread(target=self.h.serve_forever, daemon=True).start()
        await_port(self.port)

    def close(self):
        if self.nginx:
            self.p.terminate()
            self.p.wait()


class Registry:
    """docker-registry on the loopback address, with the charts that --oci names; ended by its own process id."""

    def __init__(self):
        program = shutil.which("docker-registry") or quit("--oci needs docker-registry")
        d = WORK / "registry"
        shutil.rmtree(d, ignore_errors=True)
        d.mkdir(parents=True)
        self.host = f"127.0.0.1:{free_port()}"
        (d / "configuration.yml").write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {d}/store}}}}\nhttp: {{addr: '{self.host}'}}\n")
        with open(d / "log", "wb") as log:
            self.p = subprocess.Popen([program, "serve", d / "configuration.yml"], stdout=log, stderr=log)
        await_port(int(self.host.rpartition(":")[2]))
        for t in (t for name in OCI for t in CHARTS.glob(f"{name}-*.tgz") if re.match(r"v?\d", t.name[len(name) + 1:])):
            rc, _, err = run([HELM, "push", t, f"oci://{self.host}/charts", "--plain-http"], "helm")
            if rc:
                quit(f"helm push {t.name}: {err}")

    def close(self):
        self.p.terminate()
        self.p.wait()


# ---------------------------------------------------------------- the project
def version_key(v):
    """Good enough to order what lies in a folder of packaged charts."""
    core, _, pre = v.lstrip("v").split("+")[0].partition("-")
    return [int(x) if x.isdigit() else 0 for x in core.split(".")], pre == "", pre


class Release:
    def __init__(self, name, chart, values=None):
        self.name, self.chart, self.values = name, chart, values
        self.head = {}
        if values:
            for line in values.read_text().splitlines():
                m = re.match(r"#\s*([a-z-]+):\s*(.*?)\s*$", line)
                if not m:
                    break
                self.head.setdefault(m[1], []).append(m[2].strip('"'))
        self.namespace = self.one("namespace", "default")
        self.wants = self.one("version")

    def one(self, key, default=None):
        return self.head.get(key, [default])[-1]

    def pairs(self, key):
        return [h.split("=", 1) for h in self.head.get(key, [])]

    def helmfile(self, registry):
        q = json.dumps
        chart = f"oci://{registry.host}/charts/{self.chart}\n  plainHttp: true" if self.chart in OCI else f"corpus/{self.chart}"
        o = [f"- name: {self.name}", f"  namespace: {self.namespace}", f"  chart: {chart}",
             f"  version: {q(self.wants or self.version)}"]
        if self.one("labels"):
            o.append("  labels: {" + ", ".join(f"{k}: {q(v)}" for k, v in (x.split("=") for x in self.one("labels").split(","))) + "}")
        if self.one("kube-version"):
            o.append(f"  kubeVersion: {q(self.one('kube-version'))}")
        if self.one("api-versions"):
            o.append(f"  apiVersions: [{', '.join(self.one('api-versions').split(','))}]")
        if self.values:
            o.append(f"  values: [values/{self.values.name}]")
        sets = [f"  - {{name: {q(k)}, value: {q(v)}}}" for k, v in self.pairs("set")]
        sets += [f"  - {{name: {q(k)}, values: {q(v.split(','))}}}" for k, v in self.pairs("set-list")]
        if sets:
            o += ["  set:", *sets]
        if self.pairs("set-string"):
            o += ["  setString:", *(f"  - {{name: {q(k)}, value: {q(v)}}}" for k, v in self.pairs("set-string"))]
        return "\n".join(o) + "\n"

    def helm(self, tgz):
        """The same release as an argument list for helm, in the order in which helmfile gives them."""
        a = [HELM, "template", self.name, tgz]
        if self.one("kube-version"):
            a += ["--kube-version", self.one("kube-version")]
        for v in (self.one("api-versions") or "").split(","):
            a += ["--api-versions", v] if v else []
        a += ["--namespace", self.namespace]
        if self.values:
            a += ["--values", PROJECT / "values" / self.values.name]
        for k, v in self.pairs("set"):
            a += ["--set", f"{k}={v}"]
        for k, v in self.pairs("set-list"):
            a += ["--set", f"{k}={{{v}}}"]
        for k, v in self.pairs("set-string"):
            a += ["--set-string", f"{k}={v}"]
        return a + self.flags()

    def flags(self):
        return (self.one("flags") or "").split()


def releases():
    have = {}
    for t in CHARTS.glob("*.tgz"):
        m = re.match(r"(.+?)-(v?\d+\.\d+\.\d+.*)\.tgz$", t.name)
        if m:
            have.setdefault(m[1], []).append((version_key(m[2]), m[2]))
    r = []
    for f in sorted(VALUES.glob("*.yaml")):
        chart, _, variant = f.stem.partition("--")
        if chart not in have:
            quit(f"{f.name}: no chart {chart} among the archives")
        new = [Release(f"{chart}-{variant or 'values'}", chart, f)]
        if not variant and new[0].one("default") != "no":
            new.insert(0, Release(chart, chart))
        for x in new:
            x.version = max(have[chart])[1]
        r += new
    return r


def write_project(all_releases, url, registry):
    shutil.rmtree(PROJECT, ignore_errors=True)
    (PROJECT / "values").mkdir(parents=True)
    for f in VALUES.glob("*.yaml"):
        shutil.copy(f, PROJECT / "values")
    (PROJECT / "helmfile.yaml").write_text(
        f"repositories:\n- name: corpus\n  url: {url}\nreleases:\n" + "".join(r.helmfile(registry) for r in all_releases))


# ---------------------------------------------------------------- comparing
BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
B64 = re.compile(r"^\s*[A-Za-z0-9+/=]{40,}$")


def shape(line):
    """key, kinds of characters and rough length of what follows it"""
    m = re.match(r"(\s*(?:- )?[^\s:]+:\s+|\s*)(.*)$", line)
    v = BCRYPT.sub(r"bcrypt-\1", m[2].strip("\"'"))
    kinds = "hex" if re.fullmatch(r"[0-9a-f]{32,}", v) else "b64" if re.fullmatch(r"[A-Za-z0-9+/=]*", v) else re.sub(r"[A-Za-z0-9]+", "x", v)
    return m[1], kinds, len(v)


def alike(a, b):
    ka, ca, la = shape(a)
    kb, cb, lb = shape(b)
    return ka == kb and ca == cb and abs(la - lb) <= max(4, la // 40)


def fold(lines):
    """runs of base64 lines (certificates, keys) as one, so that a key that is a line longer still lines up"""
    o = []
    for l in lines:
        if B64.match(l) and o and o[-1][0] is not None and B64.match(o[-1][0]):
            continue
        o.append((l, None))
    return [x for x, _ in o]


def compare(ours, one, two):
    """-> (equal, number of random lines, what both sides look like once random lines are taken as equal)"""
    if ours == one or ours == two:
        return True, 0, None
    o, a, b = (x.decode(errors="surrogateescape").split("\n") for x in (ours, one, two))
    if not len(o) == len(a) == len(b) and one != two:
        o, a, b = fold(o), fold(a), fold(b)
    if len(a) != len(b) or one == two:
        return False, 0, (a, o)
    random = [i for i in range(len(a)) if a[i] != b[i]]
    if len(o) == len(a):
        masked = list(o)
        # neighbouring random lines may be one map printed in two orders
        for i in random:
            if alike(a[i], o[i]):
                masked[i] = a[i]
        if masked == a:
            return True, len(random), None
        return False, len(random), (a, masked)
    return False, len(random), (a, o)


def head(text, n=6):
    return "".join("      " + l + "\n" for l in text.strip().splitlines()[:n])


def diff(a, o):
    # the first difference is what matters; difflib over whole 30,000 line manifests would take minutes
    k = next((i for i, (x, y) in enumerate(zip(a, o)) if x != y), min(len(a), len(o)))
    s = max(0, k - 3)
    d = difflib.unified_diff(a[s:k + 40], o[s:k + 40], "helm", "helmlock", lineterm="", n=3)
    r = [f"      first difference at line {k + 1} of {len(a)} (helmlock: {len(o)})"]
    return "\n".join(r + ["      " + l[:160] for _, l in zip(range(A.diff_lines), d)]) + "\n"


# ---------------------------------------------------------------- all together
def main():
    WORK.mkdir(parents=True, exist_ok=True)
    OUT.mkdir(exist_ok=True)
    every = releases()
    if not every:
        quit("no values files: no releases")
    srv = registry = None
    if A.url:
        url = A.url
    else:
        repo = WORK / "repo"
        shutil.rmtree(repo, ignore_errors=True)
        repo.mkdir()
        for t in CHARTS.glob("*.tgz"):
            shutil.copy(t, repo)
        rc, _, err = run([HELM, "repo", "index", repo], "helm")
        if rc:
            quit("helm repo index: " + err)
        srv = Server(repo)
        url = f"http://127.0.0.1:{srv.port}"
    try:
        registry = Registry() if OCI else None
        write_project(every, url, registry)
        if A.write_only:
            print("wrote", PROJECT)
            return 0
        return judge(every, url)
    finally:
        for server in (srv, registry):
            if server:
                server.close()


def expected(every):
    d = pathlib.Path(A.expected).resolve()
    d.mkdir(parents=True, exist_ok=True)
    for r in every:
        if (A.one and r.name != A.one) or (A.match and not re.search(A.match, r.name)):
            continue
        h1, h2 = (run(r.helm(CHARTS / f"{r.chart}-{r.version}.tgz"), "empty", PROJECT) for _ in (1, 2))
        (d / f"{r.name}.yaml").write_bytes(h1[1])
        (d / f"{r.name}.2.yaml").write_bytes(h2[1])
        (d / f"{r.name}.stderr").write_text(h1[2])
        print(f"{r.name:<34} exit {h1[0]} {len(h1[1])} B", "" if h1[1] == h2[1] else "two runs differ")
    return 0


def judge(every, url):
    shutil.rmtree(WORK / "homes", ignore_errors=True)
    asked = {}
    for r in every:  # what does this range mean? helm says so
        key = r.chart, r.wants
        if r.wants and key not in asked:
            rc, out, err = run([HELM, "show", "chart", r.chart, "--repo", url, "--version", r.wants], "ask")
            m = re.search(rb"(?m)^version: (\S+)", out)
            asked[key] = m[1].decode().strip("\"'") if m else quit(f"helm finds no {r.chart} {r.wants}: {err}")
        if r.wants:
            r.version = asked[key]
    if A.expected:
        return expected(every)
    rc, _, err = run([HELMLOCK, "resolve", "-f", "helmfile.yaml"], "helmlock", PROJECT)
    if rc:
        print(f"helmlock resolve: exit {rc}\n{head(err, 20)}0/{len(every)} releases equal")
        return 1
    chosen = [r for r in every if (not A.one or r.name == A.one) and (not A.match or re.search(A.match, r.name))]
    if not chosen:
        quit(f"no such release; there are: {' '.join(r.name for r in every)}")
    dialect = helm_version()
    good, rows, whole = 0, [], []
    with concurrent.futures.ThreadPoolExecutor(max_workers=A.jobs) as pool:
        for r, (row, rendered, more) in zip(chosen, pool.map(lambda r: examine(r, dialect), chosen)):
            good += row["equal"]
            rows.append(row)
            whole += [rendered] if rendered else []
            print(f"{r.name:<34} {r.chart}-{r.version}".ljust(64) + f" {row['bytes']:>8} B  {row['verdict']}")
            print(more, end="", flush=True)
    together = True
    if len(chosen) == len(every) == good == len(whole) and all(same for same, _ in whole) and not any(r.flags() or r.one("refused") for r in every):
        rc, out, err = run([HELMLOCK, "template", "-f", "helmfile.yaml", "--helm-dialect", dialect], "helmlock", PROJECT)
        together = rc == 0 and out == b"".join(o for _, o in whole)
        print("all releases in one run:", "equal" if together else f"DIFFERENT from the single runs (exit {rc})\n{head(err)}")
    if A.json:
        pathlib.Path(A.json).write_text(json.dumps(rows, indent=1) + "\n")
    agreed = not A.compare or same_verdict(chosen, rows)
    print(f"{good}/{len(chosen)} releases equal")
    return 0 if good == len(chosen) and together and agreed else 1


def helm_version():
    rc, out, err = run([HELM, "version", "--template", "{{.Version}}"], "empty")
    return out.decode().strip() if rc == 0 else quit(f"{HELM} version: {err}")


def examine(r, dialect):
    """-> (the release's row, (deterministic, what helmlock printed) if equal, what else there is to say)"""
    tgz = CHARTS / f"{r.chart}-{r.version}.tgz"
    h1 = h2 = run(r.helm(tgz), "empty", PROJECT)
    rc, out, err = run([HELMLOCK, "template", "-f", "helmfile.yaml", "--helm-dialect", dialect, "-l", f"name={r.name}", *r.flags()],
                       "helmlock", PROJECT)
    (OUT / f"{r.name}.helm.yaml").write_bytes(h1[1])
    (OUT / f"{r.name}.helmlock.yaml").write_bytes(out)
    ok, n, more, rendered = False, 0, "", None
    if h1[0]:
        ok = rc not in (0, -1) and (A.refusals or r.one("refused") == "yes")
        # every line of helm's message, in any order: helm lists a schema's complaints in random order
        told = [l.strip() for l in h1[2][h1[2].find("Error:") + 6:].split("\n\nUse --debug")[0].splitlines() if l.strip()]
        verdict = ("equal (both refuse)" + (", same words" if told and all(l in err for l in told) else ", other words") if ok else
                   "DIFFERENT: helm refuses, helmlock does not" if rc == 0 else "CANNOT TELL: helm refuses these values")
        more = head(h1[2]) if not ok else "      helm: " + " | ".join(told)[:400] + "\n" + head(err, 3) if "other words" in verdict else ""
    elif rc:
        verdict, more = f"DIFFERENT: helmlock failed, exit {rc}", head(err)
    else:
        # helmfile and helmlock print one line end behind each release that renders to something
        end = b"\n" if h1[1] else b""
        whole = out
        if end and out.endswith(end):
            out = out[:-1]
        elif end:
            more = "      (the extra line end after the release is missing)\n"
        if out != h1[1]:  # is it helm that is random?
            h2 = run(r.helm(tgz), "empty", PROJECT)
        ok, n, sides = compare(out, h1[1], h2[1])
        ok = ok and not more
        verdict = f"equal but for {n} random lines" if ok and n else "equal" if ok else "DIFFERENT"
        rendered = (h1[1] == h2[1], whole) if ok else None
        more += diff(*sides) if sides else ""
    return {"release": r.name, "chart": r.chart, "version": r.version, "equal": ok, "random_lines": n, "refused": bool(h1[0]),
            "verdict": verdict, "bytes": len(h1[1])}, rendered, more


def same_verdict(chosen, rows):
    """Asks `helmlock compare` about all releases that helm renders, without flags of their own; it has to find what we found."""
    asked = {row["release"]: row["equal"] for r, row in zip(chosen, rows) if not r.flags()}
    selectors = [x for name in asked for x in ("-l", f"name={name}")]
    rc, out, err = run([HELMLOCK, "compare", "-f", "helmfile.yaml", "--helm", HELM, "-o", "json", *selectors], "helmlock", PROJECT,
                       runs=1 + len(asked) // 4)
    try:
        found = {row["name"]: row["verdict"] != "different" for row in json.loads(out)["releases"]}
    except (ValueError, KeyError):
        print(f"helmlock compare: exit {rc}\n{head(err)}")
        return False
    other = sorted(name for name in asked if found.get(name) != asked[name])
    print(f"helmlock compare: {sum(found.values())}/{len(found)} releases equal" + (f"; another verdict: {' '.join(other)}" if other else ""))
    return not other


sys.exit(main())
