#!/usr/bin/env python3
"""The speed that helmlock claims, measured beside its peers in one run, and only with equal output.

What it is: a thin wrapper over w1_template.py of the bench folder (--shared: gen.py, lib.py, serve.py, mrun.c). For 1, 10,
100 and 500 releases of its generated charts it times, in turn (A B C A B C ...):

    helmfile template --skip-deps       helmfile over helm, warm caches, which is the fastest way to call it
    helm template, once per release     a shell loop over archives and values files, no network, no helmfile
    helmlock template                   after `helmlock resolve`, from lock and cache

then with empty caches `helmfile template`, and `helmlock fetch` with `helmlock template` after it (rows "cold"),

and, apart, how long `helmlock --version` takes, and `helmlock template` of one small chart of the examples. It compares what the three print: helmfile's and helmlock's output must be
equal byte by byte, and equal to the loop's output with one line end behind each release (which helmfile adds and helm does
not). If anything differs, exit code 1 and no claim is made.

Targets: start-up below 3 ms (medians); at most releases at least 100 times less processor time than helmfile; peak memory
below 80 MiB at 100 releases.

What it is not: no network but the loopback, no other charts (charts.py does those), no number from another machine.

    bench.py --shared DIR --oracle DIR --helmlock BIN --work DIR [-n RUNS] [--releases 1,10,100,500]

--oracle DIR holds `helm4` and `helmfile1` (or name them with --helm and --helmfile). Exit code: 0 equal output and all
targets met, 1 output differs, 2 cannot run, 3 equal but a target was missed.
"""
import argparse, hashlib, json, os, pathlib, shutil, statistics, subprocess, sys, tarfile

E = os.environ.get
ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--shared", default=E("BENCH_SHARED"), help="folder with w1_template.py and its parts")
ap.add_argument("--oracle", default=E("ORACLE"), help="folder with helm4 and helmfile1")
ap.add_argument("--helm", default=E("HELM"))
ap.add_argument("--helmfile", default=E("HELMFILE"))
ap.add_argument("--helmlock", default=E("HELMLOCK", "helmlock"))
ap.add_argument("--work", default=E("BENCH_WORK"), help="scratch folder")
ap.add_argument("--releases", default="1,10,100,500")
ap.add_argument("-n", "--runs", type=int, default=5)
ap.add_argument("--startup-ms", type=float, default=3.0)
ap.add_argument("--ratio", type=float, default=100.0)
ap.add_argument("--mib", type=float, default=80.0)
ap.add_argument("--json", metavar="FILE", help="also write the figures as JSON")
A = ap.parse_args()


def quit(text):
    print("bench:", text, file=sys.stderr)
    sys.exit(2)


if not (A.shared and A.work and (A.oracle or (A.helm and A.helmfile))):
    quit("--shared, --work and --oracle (or --helm and --helmfile) are needed; see --help")
SHARED, WORK = pathlib.Path(A.shared).resolve(), pathlib.Path(A.work).resolve()
HELM = os.path.abspath(A.helm or os.path.join(A.oracle, "helm4"))
HELMFILE = os.path.abspath(A.helmfile or os.path.join(A.oracle, "helmfile1"))
HELMLOCK = os.path.abspath(shutil.which(A.helmlock) or quit(f"no helmlock at {A.helmlock}"))
for x in (HELM, HELMFILE):
    os.access(x, os.X_OK) or quit(f"no executable at {x}")
WORK.mkdir(parents=True, exist_ok=True)
sys.path.insert(0, str(SHARED))
import gen, lib  # noqa: E402  (of the bench folder)

# ---------------------------------------------------------------- the three, through w1_template.py
COLD = "{exe} fetch -f {helmfile} && {exe} template -f {helmfile}"
spec = WORK / "helmlock.json"
spec.write_text(json.dumps({"exe": HELMLOCK, "actions": {"resolve": ["{exe}", "resolve", "-f", "{helmfile}"],
                                                         "warm": ["{exe}", "template", "-f", "{helmfile}"],
                                                         "cold": ["sh", "-c", COLD]}}))
out = WORK / "w1.jsonl"
out.unlink(missing_ok=True)
argv = [sys.executable, SHARED / "w1_template.py", "--work", WORK, "--out", out, "--releases", A.releases, "-n", str(A.runs),
        "--modes", "cold,warm,sum", "--subject", f"helmfile=helmfile:{HELMFILE},{HELM}", "--subject", f"helm=helm:{HELM}",
        "--subject", f"helmlock=cmd:{spec}"]
if subprocess.run([str(a) for a in argv], stdout=subprocess.DEVNULL).returncode or not out.exists():
    quit("w1_template.py failed (does `helmlock resolve` work on its project?)")
rows = [json.loads(l) for l in open(out)]
SUBJECTS = {"helmfile": "helmfile warm", "helm": "helm sum", "helmlock": "helmlock warm",
            "helmfile cold": "helmfile cold", "helmlock cold": "helmlock cold"}
figures = {(r["releases"], r["label"]): r for r in rows if "wall" in r}


# ---------------------------------------------------------------- is the output equal?
def loop_hash(n):
    """What the helm loop prints for n releases, with one line end behind each: what helmfile has to print."""
    k = min(n, 10)
    top = WORK / f"w1-n{n}-k{k}-f0"
    h = hashlib.sha256()
    plain = hashlib.sha256()
    for line in (top / "helm.list").read_text().splitlines():
        r = subprocess.run(line, shell=True, cwd=top / "remote", env=lib.clean_env(WORK / "homes/check"), capture_output=True)
        if r.returncode:
            quit(f"helm failed: {line}\n{r.stderr.decode()}")
        plain.update(r.stdout)
        h.update(r.stdout + (b"\n" if r.stdout else b""))
    return h.hexdigest()[:12], plain.hexdigest()[:12]


differ, table = [], []
for n in map(int, A.releases.split(",")):
    three = {s: figures.get((n, label)) for s, label in SUBJECTS.items()}
    for s, r in three.items():
        if r is None:
            differ.append(f"{n} releases: no figures for {s}")
        elif r["exits"] != [0] or len(r["out_sha"]) != 1:
            differ.append(f"{n} releases: {s}: exit codes {r['exits']}, {len(r['out_sha'])} different outputs {r.get('stderr', '')[-300:]}")
    if any(r is None for r in three.values()):
        continue
    spaced, plain = loop_hash(n)
    for s, want in (("helm", plain), ("helmfile", spaced), ("helmlock", spaced), ("helmfile cold", spaced), ("helmlock cold", spaced)):
        if three[s]["out_sha"] != [want]:
            differ.append(f"{n} releases: {s} printed {three[s]['out_sha']} ({three[s]['out_bytes']['median']:.0f} B), expected {want}")
    table.append((n, three))

# ---------------------------------------------------------------- start-up
SMALL = pathlib.Path(__file__).resolve().parent.parent / "examples/environments/charts/api"
env, one = lib.clean_env(WORK / "homes/startup"), WORK / "startup"
shutil.rmtree(one, ignore_errors=True)
one.mkdir(parents=True)
with tarfile.open(one / "small.tgz", "w:gz") as archive:
    archive.add(SMALL, "api")
(one / "helmfile.yaml").write_text("releases:\n  - name: r\n    namespace: default\n    chart: ./small.tgz\n")


EMPTY = one / "empty"
(one / "empty.c").write_text("int main(void) { return 0; }\n")
subprocess.run(["cc", "-O2", "-o", EMPTY, one / "empty.c"], check=True)


def median_of_20(*command):
    """Milliseconds from the start of a process to its end, as mrun sees them: what Python takes to start one is not in them."""
    timed = lib.Cmd(command[-1], command, env=env, cwd=one)
    ran = [lib.one(timed, WORK) for _ in range(23)][3:]
    if any(row["exit"] for row in ran):
        quit(f"{command} fails")
    return 1000 * statistics.median(row["wall"] for row in ran)


starts = {"start-up": [HELMLOCK, "--version"], "a small chart": [HELMLOCK, "template"]}
floor = median_of_20(EMPTY)
start = {what: median_of_20(*command) for what, command in starts.items()}

# ---------------------------------------------------------------- what comes of it
print(f"{'releases':>8}  {'':<14} {'wall s':>8} {'cpu s':>8} {'peak MiB':>9} {'cpu of helmlock x':>18} {'wall x':>8}")
ratio = {}
for n, three in table:
    base = three["helmlock"]
    for s, r in three.items():
        c, w = r["cpu"]["median"] / max(base["cpu"]["median"], 1e-6), r["wall"]["median"] / max(base["wall"]["median"], 1e-6)
        ratio[n, s] = c
        print(f"{n:>8}  {s:<14} {r['wall']['median']:>8.3f} {r['cpu']['median']:>8.3f} {r['maxrss_kb']['median'] / 1024:>9.1f} {c:>18.1f} {w:>8.1f}")
print(f"load while measuring: at most {max(r['load1_max'] for _, t in table for r in t.values()):.1f}" if table else "")
if A.json:
    pathlib.Path(A.json).write_text(json.dumps({"startup_ms": start, "rows": rows, "differences": differ}, indent=1) + "\n")
if differ:
    print("OUTPUT DIFFERS, so no figure above counts:", *differ, sep="\n  ")
    sys.exit(1)
print("output: equal for", ", ".join(str(n) for n, _ in table), "releases")
ok = True
for what, took in start.items():
    ok = ok and took < A.startup_ms
    print(f"{'pass' if took < A.startup_ms else 'FAIL'}  {what}: {took:.2f} ms (median of 20; an empty program of C {floor:.2f}), wanted < {A.startup_ms:g} ms")
most = max(n for n, _ in table)
if most >= 100:
    good = ratio[most, "helmfile"] >= A.ratio
    print(f"{'pass' if good else 'FAIL'}  {most} releases warm: {ratio[most, 'helmfile']:.1f} times less processor time than helmfile, wanted >= {A.ratio:g}")
    ok = ok and good
for n, three in table:
    peak = three["helmlock"]["maxrss_kb"]["median"] / 1024
    if n == 100:
        print(f"{'pass' if peak < A.mib else 'FAIL'}  {n} releases warm: {peak:.1f} MiB at most, wanted < {A.mib:g}")
        ok = ok and peak < A.mib
sys.exit(0 if ok else 3)
