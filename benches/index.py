#!/usr/bin/env python3
"""What `helmlock resolve` pays for a large index.yaml.

What it is: an index in the layout of `helm repo index` is generated, of charts with 50 versions and a sensible amount of text each, one
chart of it exists, and a project asks for that one. The index is served on loopback; measured are the processor time and the
peak memory of `resolve` with an empty cache, several times, of which the median counts.

What it is not: a measure of networks, or of an index in another layout, which is read as YAML as a whole.

    index.py --helmlock target/release/helmlock [--mb 20] [-n 5] [--seconds 0.2] [--mib 60]

Exit code: 0 within both limits, 2 cannot run, 3 over a limit.
"""
import argparse, functools, gzip, hashlib, http.server, io, os, pathlib, shutil, statistics, subprocess, sys, tarfile, tempfile, threading

CHART = b"apiVersion: v2\nname: wanted\nversion: 1.0.49\n"


def archive():
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as out:
        entry = tarfile.TarInfo("wanted/Chart.yaml")
        entry.size = len(CHART)
        out.addfile(entry, io.BytesIO(CHART))
    return gzip.compress(raw.getvalue(), mtime=0)


def entries(chart, digest_of):
    text = f"  {chart}:\n"
    for patch in reversed(range(50)):
        version = f"1.0.{patch}"
        text += (
            f"  - annotations:\n      category: Infrastructure\n      changes: |\n        - kind: changed\n          description: {chart} {version}\n"
            f"    apiVersion: v2\n    appVersion: {version}\n    created: \"2026-01-02T03:04:{patch:02}.000000000Z\"\n"
            f"    dependencies:\n    - name: common\n      repository: https://charts.example.com\n      version: 2.x.x\n"
            f"    description: A chart of many, with a sentence about what it is good for\n    digest: {digest_of(version)}\n"
            f"    home: https://example.com/{chart}\n    keywords:\n    - one\n    - two\n    maintainers:\n    - email: a@example.com\n"
            f"      name: Somebody\n    name: {chart}\n    sources:\n    - https://example.com/src/{chart}\n    type: application\n"
            f"    urls:\n    - {chart}-{version}.tgz\n    version: {version}\n"
        )
    return text


def index(folder, megabytes):
    chart = archive()
    (folder / "wanted-1.0.49.tgz").write_bytes(chart)
    digest = hashlib.sha256(chart).hexdigest()
    size, number = 0, 0
    # Written block by block: what this process has at the time of a fork counts in the peak of its child.
    with open(folder / "index.yaml", "w") as out:
        out.write("apiVersion: v1\nentries:\n")
        while size < megabytes * 1_000_000:
            size += out.write(entries(f"chart-{number:05}", lambda version: hashlib.sha256(f"{number}{version}".encode()).hexdigest()))
            number += 1
        size += out.write(entries("wanted", lambda _: digest))
        out.write('generated: "2026-01-02T03:04:05.000000000Z"\n')
    return size


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def run(helmlock, work, url):
    """Processor seconds and peak MiB of one `resolve`."""
    project = work / "project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.rmtree(work / "cache", ignore_errors=True)
    project.mkdir()
    release = "releases:\n  - name: r\n    chart: local/wanted\n    version: ^1.0.0\n"
    (project / "helmfile.yaml").write_text(f"repositories:\n  - name: local\n    url: {url}\n{release}")
    env = {"PATH": os.environ["PATH"], "HOME": str(work / "home"), "HELMLOCK_CACHE_DIR": str(work / "cache")}
    child = subprocess.Popen([helmlock, "resolve"], cwd=project, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status or "1.0.49" not in (project / "helmfile.lock").read_text():
        print(f"index: resolve failed\n{errors.decode()}", file=sys.stderr)
        sys.exit(2)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--helmlock", default="target/release/helmlock", help="a release build")
    options.add_argument("--mb", type=float, default=20)
    options.add_argument("-n", "--runs", type=int, default=5)
    options.add_argument("--seconds", type=float, default=0.2)
    options.add_argument("--mib", type=float, default=60)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        (work / "repository").mkdir()
        size = index(work / "repository", options.mb)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=work / "repository"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        runs = [run(os.path.abspath(options.helmlock), work, f"http://127.0.0.1:{server.server_port}") for _ in range(options.runs)]
    seconds, mib = statistics.median(seconds for seconds, _ in runs), max(mib for _, mib in runs)
    good = seconds <= options.seconds and mib <= options.mib
    print(f"{'pass' if good else 'FAIL'}  index of {size / 1e6:.1f} MB: {seconds:.3f} s of processor time (median of {options.runs}, ", end="")
    print(f"wanted <= {options.seconds:g}), {mib:.1f} MiB at most (wanted <= {options.mib:g})")
    return 0 if good else 3


if __name__ == "__main__":
    sys.exit(main())
