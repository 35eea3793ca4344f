#!/usr/bin/env python3
"""What `helmlock resolve` costs beside the network itself: repositories on loopback, each a host of its own, with latency.

What it is: for 1, 5, 20 and 50 repositories (each an index of 200 charts x 20 versions, about 4 MB, and two charts that a
release wants) it times, in turn (A B C A B C ...):

    floor                 curl --parallel --compressed of the same indexes, then of the same archives, then sha256sum of all:
                          the same requests, encoding and hashing, and nothing decided
    helmlock resolve      no cache, no lock
    helmlock resolve      again, nothing changed: what it transfers is shown
    helm repo update, helmfile deps     with --oracle DIR (helm4, helmfile1), up to --peers repositories: helmfile's time grows
                          with the square of their number

It counts the requests and bytes of each by the server's own log, and their processor time, which a busy machine changes less:
ours and helm's grow with the number of repositories, helmfile's with its square. Targets: cold at most 1.2 times the floor; warm not one byte
of an index or an archive.

What it is not: no TLS, no OCI, no slow lines.

    resolve.py --helmlock BIN --work DIR [-n RUNS] [--repos 1,5,20,50] [--latency-ms 50] [--oracle DIR] [--peers 5]

Exit code: 0 all targets met, 2 cannot run, 3 a target was missed.
"""
import argparse, asyncio, gzip, hashlib, io, json, os, pathlib, resource, shutil, statistics, subprocess, sys, tarfile, time, urllib.request

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--helmlock", default="helmlock")
ap.add_argument("--work")
ap.add_argument("--repos", default="1,5,20,50")
ap.add_argument("--latency-ms", type=float, default=50)
ap.add_argument("-n", "--runs", type=int, default=5)
ap.add_argument("--oracle")
ap.add_argument("--peers", type=int, default=5)
ap.add_argument("--ratio", type=float, default=1.2)
ap.add_argument("--serve", metavar="COUNT", type=int, help=argparse.SUPPRESS)
A = ap.parse_args()
CHARTS, VERSIONS = 200, 20


def archive(name, version):
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for path, text in (("Chart.yaml", f"apiVersion: v2\nname: {name}\nversion: {version}\n"), ("values.yaml", "a: 1\n" * 400),
                           ("templates/a.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n")):
            info = tarfile.TarInfo(f"{name}/{path}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def index(number, archives):
    lines = ["apiVersion: v1", "entries:"]
    for chart in range(CHARTS):
        name = f"c{number:02d}-{chart:03d}"
        lines.append(f"  {name}:")
        for version in range(VERSIONS, 0, -1):
            file = f"{name}-1.{version}.0.tgz"
            digest = hashlib.sha256(archives.get(file) or file.encode()).hexdigest()
            lines += ["  - annotations:", "      artifacthub.io/changes: |", "        - kind: changed",
                      f"          description: {digest} " + "an ordinary line of an ordinary index " * 14,
                      "    apiVersion: v2", "    appVersion: 1.2.3", '    created: "2026-11-25T10:00:00Z"',
                      "    description: A chart like many others", f"    digest: {digest}", "    home: https://example.com",
                      "    maintainers:", "    - email: someone@example.com", "      name: someone", f"    name: {name}",
                      "    type: application", "    urls:", f"    - {file}", f"    version: 1.{version}.0"]
    return "\n".join(lines + ['generated: "2026-11-25T10:00:00Z"', ""]).encode()


def site(count):
    """Bodies by (repository, path): the bytes, their gzip if they are text, and their ETag."""
    bodies = {}
    for number in range(count):
        files = {f"c{number:02d}-{chart:03d}-1.{VERSIONS}.0.tgz": archive(f"c{number:02d}-{chart:03d}", f"1.{VERSIONS}.0") for chart in (7, 99)}
        files["index.yaml"] = index(number, files)
        for path, body in files.items():
            packed = gzip.compress(body, 6, mtime=0) if path == "index.yaml" else None
            bodies[number, "/" + path] = (body, packed, '"' + hashlib.sha256(body).hexdigest()[:32] + '"')
    return bodies


# ---------------------------------------------------------------- the server, in a process of its own
async def serve(count):
    bodies, log = site(count), []

    async def talk(reader, writer):
        number = int(writer.get_extra_info("sockname")[0].split(".")[3]) - 1
        try:
            while line := await reader.readline():
                path, headers = line.split()[1].decode(), {}
                while (line := await reader.readline()).strip():
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                if path == "/log":
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(t := json.dumps(log).encode()), t))
                    log.clear()
                    continue
                await asyncio.sleep(A.latency_ms / 1000)
                body, packed, etag = bodies[number, path]
                extra, status = "", "200 OK"
                if headers.get("if-none-match") == etag:
                    body, status = b"", "304 Not Modified"
                elif packed and "gzip" in headers.get("accept-encoding", ""):
                    body, extra = packed, "content-encoding: gzip\r\n"
                log.append((status[:3], path, len(body)))
                writer.write(f"HTTP/1.1 {status}\r\netag: {etag}\r\n{extra}content-length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "0.0.0.0", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if A.serve:
    asyncio.run(serve(A.serve))
    sys.exit()

# ---------------------------------------------------------------- the subjects
HELMLOCK, WORK = shutil.which(A.helmlock), A.work and pathlib.Path(A.work).resolve()
if not (HELMLOCK and WORK and shutil.which("curl")):
    print("bench: --helmlock, --work and curl are needed; see --help", file=sys.stderr)
    sys.exit(2)
HELMLOCK = os.path.abspath(HELMLOCK)


def run(argv, home, cwd):
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "NO_PROXY": "*"}
    processor = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    start, before = time.perf_counter(), processor()
    done = subprocess.run([str(a) for a in argv], cwd=cwd, env=env, capture_output=True, text=True)
    wall, spent = time.perf_counter() - start, processor() - before
    if done.returncode:
        print(f"bench: {argv[0]} fails: {done.stderr[-500:]}", file=sys.stderr)
        sys.exit(2)
    return wall, spent


def fresh(path):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


missed = []
print(f"{'repos':>5}  {'':<22} {'wall s':>8} {'floor x':>8} {'cpu s':>8} {'requests':>9} {'bytes':>10}")
for count in map(int, A.repos.split(",")):
    server = subprocess.Popen([sys.executable, __file__, "--serve", str(count), "--latency-ms", str(A.latency_ms)], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        taken = lambda: json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/log"))
        project, out = fresh(WORK / f"project{count}"), fresh(WORK / "out")
        urls = [f"http://127.0.0.{n + 1}:{port}" for n in range(count)]
        charts = [(n, f"c{n:02d}-{c:03d}") for n in range(count) for c in (7, 99)]
        (project / "helmfile.yaml").write_text("repositories:\n" + "".join(f"- name: r{n}\n  url: {u}\n" for n, u in enumerate(urls))
                                               + "releases:\n" + "".join(f"- name: {c}\n  chart: r{n}/{c}\n  version: ^1.0.0\n" for n, c in charts))
        config = lambda wanted: "".join(f'url = "{u}"\noutput = "{out}/{i}-{os.path.basename(u)}"\n' for i, u in enumerate(wanted))
        (project / "indexes.cfg").write_text(config([f"{u}/index.yaml" for u in urls]))
        (project / "archives.cfg").write_text(config([f"{urls[n]}/{c}-1.{VERSIONS}.0.tgz" for n, c in charts]))
        curl = "curl -sS --fail --parallel --parallel-max 64 --parallel-immediate"
        floor = f"{curl} --compressed -K indexes.cfg && {curl} -K archives.cfg && sha256sum {out}/* >/dev/null"
        home = WORK / "home"
        lock = project / "helmfile.lock"

        def cold():
            fresh(home)
            lock.unlink(missing_ok=True)

        subjects = [("floor", ["sh", "-c", floor], lambda: fresh(out)), ("helmlock cold", [HELMLOCK, "resolve"], cold),
                    ("helmlock warm", [HELMLOCK, "resolve"], lambda: None)]
        if A.oracle and count <= A.peers:
            helm, helmfile = (os.path.abspath(os.path.join(A.oracle, name)) for name in ("helm4", "helmfile1"))
            for n, u in enumerate(urls):
                run([helm, "repo", "add", f"r{n}", u], fresh(WORK / "peer") if n == 0 else WORK / "peer", project)
            subjects += [("helm repo update", [helm, "repo", "update"], lambda: None), ("helmfile deps", [helmfile, "-b", helm, "deps"], lambda: lock.unlink(missing_ok=True))]
        walls, spent, seen = {}, {}, {}
        for turn in range(A.runs + 1):
            for name, argv, before in subjects:
                before()
                taken()
                wall, cpu = run(argv, WORK / "peer" if name.startswith(("helm ", "helmfile")) else home, project)
                seen[name] = taken()
                if turn:  # the first is for the disk's sake
                    walls.setdefault(name, []).append(wall)
                    spent.setdefault(name, []).append(cpu)
        base = statistics.median(walls["floor"])
        for name, _, _ in subjects:
            wall, log = statistics.median(walls[name]), seen[name]
            print(f"{count:>5}  {name:<22} {wall:>8.3f} {wall / base:>8.2f} {statistics.median(spent[name]):>8.2f} {len(log):>9} {sum(r[2] for r in log):>10}", flush=True)
        if statistics.median(walls["helmlock cold"]) > A.ratio * base:
            missed.append(f"{count} repositories: cold takes more than {A.ratio} x the floor")
        if sum(r[2] for r in seen["helmlock warm"]):
            missed.append(f"{count} repositories: warm transfers bytes")
    finally:
        server.terminate()
        server.wait()
for text in missed:
    print("missed:", text)
sys.exit(3 if missed else 0)
