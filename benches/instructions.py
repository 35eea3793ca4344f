#!/usr/bin/env python3
"""How many instructions helmlock executes, held against budgets.

What it is: callgrind runs of three workloads: start-up (`--version`), `template` of one release, and of a hundred at -j1. The
project is made of the repository's own example charts, packed here and served on loopback to `helmlock resolve`; rendering
then needs only lock and cache. Instructions are counted because they hardly depend on what else the machine does; under
valgrind they do not depend much on the processor either, which it emulates without the newest extensions. What does differ
between machines (memcpy of the C library, hash seeds) is well inside the tolerance.

What it is not: a measure of time, or of the real work with caches and memory; benches/template.py is.

    instructions.py --helmlock target/trained/helmlock [--update]

The budgets stand in instructions.json beside this file, and are those of the program as trained.py builds it. More than `tolerance`
above a budget fails; more than that below is told, so that the budget can follow (`--update` writes what was counted). Exit code: 0
within budget or no valgrind here, 1 over budget, 2 cannot run.
"""
import argparse, contextlib, functools, gzip, http.server, io, json, os, pathlib, re, shutil, subprocess, sys, tarfile, tempfile, threading

HERE = pathlib.Path(__file__).resolve().parent
CHARTS = {"api": HERE.parent / "examples/environments/charts/api", "redis": HERE.parent / "examples/environments/charts/redis"}
BUDGETS = HERE / "instructions.json"


def stop(text):
    print("instructions:", text, file=sys.stderr)
    sys.exit(2)


def packed(name, folder):
    """The chart as an archive whose bytes depend on its files alone."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(f"{name}/{file.relative_to(folder)}")
            entry.size, entry.mode = file.stat().st_size, 0o644
            archive.addfile(entry, io.BytesIO(file.read_bytes()))
    return gzip.compress(raw.getvalue(), mtime=0)


def version(folder):
    return re.search(r"^version: (\S+)", (folder / "Chart.yaml").read_text(), re.M).group(1)


def repository(folder):
    folder.mkdir()
    index = "apiVersion: v1\nentries:\n"
    for name, chart in CHARTS.items():
        archive = f"{name}-{version(chart)}.tgz"
        (folder / archive).write_bytes(packed(name, chart))
        index += f"  {name}:\n  - name: {name}\n    version: {version(chart)}\n    urls: [{archive}]\n"
    (folder / "index.yaml").write_text(index)


def project(folder, url, releases):
    (folder / "values").mkdir(parents=True)
    text = f"repositories:\n  - name: local\n    url: {url}\nreleases:\n"
    for number in range(releases):
        name = list(CHARTS)[number % len(CHARTS)]
        text += f"  - name: r{number}\n    namespace: n{number % 7}\n    chart: local/{name}\n    version: {version(CHARTS[name])}\n"
        text += f"    values: [values/common.yaml, values/r{number}.yaml]\n"
        variables = "".join(f"  KEY_{key}: value of {number} for {key}\n" for key in range(20))
        (folder / f"values/r{number}.yaml").write_text(
            f"replicaCount: {number % 5 + 1}\npassword: secret{number}\ningress: {{host: r{number}.example.com}}\nconfig:\n{variables}"
        )
    (folder / "values/common.yaml").write_text("resources: {requests: {cpu: 250m, memory: 256Mi}}\ningress: {enabled: true}\n")
    (folder / "helmfile.yaml").write_text(text)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(folder):
    """The URL of a web server that has these files, as long as it is needed."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def counted(arguments, folder, env):
    """The instructions of one run, its standard output thrown away."""
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    run = subprocess.run([*tool, *arguments], cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode or not found:
        stop(f"{' '.join(arguments)} failed\n{run.stderr}")
    return int(found.group(1))


def measured(helmlock, work):
    repository(work / "repository")
    # A clean home and a bare environment: nothing of this machine's configuration may count.
    env = {"PATH": os.environ["PATH"], "HOME": str(work / "home"), "HELMLOCK_CACHE_DIR": str(work / "cache")}
    with serving(work / "repository") as url:
        for name, releases in (("one", 1), ("hundred", 100)):
            project(work / name, url, releases)
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run([helmlock, "resolve"], cwd=work / name, env=env, check=True, **quiet)
    return {
        "version": counted([helmlock, "--version"], work, env),
        "one": counted([helmlock, "template", "-j1"], work / "one", env),
        "hundred": counted([helmlock, "template", "-j1"], work / "hundred", env),
    }


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--helmlock", default="target/trained/helmlock", help="what trained.py builds")
    options.add_argument("--update", action="store_true", help="write what was counted as the new budgets")
    options = options.parse_args()
    if not shutil.which("valgrind"):
        print("skipped: no valgrind here")
        return 0
    helmlock = shutil.which(options.helmlock) or stop(f"no helmlock at {options.helmlock}")
    with tempfile.TemporaryDirectory() as work:
        counts = measured(os.path.abspath(helmlock), pathlib.Path(work))
    budgets = json.loads(BUDGETS.read_text())
    if options.update:
        BUDGETS.write_text(json.dumps({**budgets, "instructions": counts}, indent=2) + "\n")
        return 0
    over = False
    for name, count in counts.items():
        ratio = count / budgets["instructions"][name]
        over |= ratio > 1 + budgets["tolerance"]
        verdict = "FAIL" if ratio > 1 + budgets["tolerance"] else "pass" if ratio > 1 - budgets["tolerance"] else "pass, lower the budget"
        print(f"{name:<10} {count:>14,} instructions, {100 * ratio:5.1f} % of the budget: {verdict}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
