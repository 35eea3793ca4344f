#!/usr/bin/env python3
"""How long `helmlock check` takes for a large project: 500 releases in 5 environments, the lock current.

What it is: it writes a project and its lock (charts that exist nowhere: `check` reads the lock and opens no archive) into a
git repository, checks that `helmlock check` finds 500 releases in 5 environments and answers 0, then that it answers 2 for a
project with one other version, and times the first. What it is not: nothing of the network, the cache or `--online`.

    check.py --helmlock BIN [--releases 500] [--environments 5] [-n 15] [--seconds 0.3]

Exit code: 0 the median is within the target, 1 wrong answers, 3 too slow.
"""
import argparse, hashlib, json, os, pathlib, statistics, subprocess, sys, tempfile, time

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("--helmlock", default=os.environ.get("HELMLOCK", "helmlock"))
ap.add_argument("--releases", type=int, default=500)
ap.add_argument("--environments", type=int, default=5)
ap.add_argument("-n", "--runs", type=int, default=15)
ap.add_argument("--seconds", type=float, default=0.3)
A = ap.parse_args()
HELMLOCK = os.path.abspath(A.helmlock)
URL = "https://charts.example.com"


def chart(index):
    return f"chart-{index % 120:03}", f"{1 + index // 120}.2.0"


def state():
    names = "".join(f"  env-{i}: {{values: [{{size: {i}, names: {{a: b}}}}]}}\n" for i in range(1, A.environments))
    text = f"environments:\n  default: {{values: [{{size: 0}}]}}\n{names}---\nrepositories:\n- name: stable\n  url: {URL}\nreleases:\n"
    for index in range(A.releases):
        name, version = chart(index)
        text += f"- name: release-{index:03}\n  namespace: team-{index % 17}\n  chart: stable/{name}\n  version: ~{version}\n"
        text += "  labels: {tier: backend}\n  values:\n  - replicas: {{ .Values.size }}\n    resources: {limits: {cpu: 1}}\n"
    return text


def lock():
    text = '# helmfile.lock: written by helmlock. Do not edit: run `helmlock resolve`.\nversion: 1\nrender:\n  helm: "4.3"\n  kubeVersion: 1.37.0\ndependencies:\n'
    for name, version in sorted({chart(index) for index in range(A.releases)}, key=lambda c: (c[0], [-int(x) for x in c[1].split(".")])):
        digest = hashlib.sha256(f"{name}-{version}".encode()).hexdigest()
        text += f"- name: {name}\n  repository: {URL}\n  version: {version}\n  digest: sha256:{digest}\n  url: {URL}/{name}-{version}.tgz\n  wants: [~{version}]\n"
    return text


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    (folder / "helmfile.yaml.gotmpl").write_text(state())
    (folder / "helmfile.lock").write_text(lock())
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(folder)]
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        subprocess.run(git + arguments, check=True)

    def check():
        begin = time.perf_counter()
        run = subprocess.run([HELMLOCK, "check", "-o", "json"], cwd=folder, capture_output=True)
        return time.perf_counter() - begin, run

    _, run = check()
    answer = json.loads(run.stdout or "{}")
    expected = A.releases * A.environments
    if run.returncode != 0 or answer.get("requests") != expected:
        sys.exit(f"wrong: exit {run.returncode}, {answer.get('requests')} requests instead of {expected}\n{run.stderr.decode()}")
    times = sorted(check()[0] for _ in range(A.runs))
    (folder / "helmfile.yaml.gotmpl").write_text(state().replace("~1.2.0", "~1.3.0", 1))
    if check()[1].returncode != 2:
        sys.exit("wrong: another version is not seen")
    median = statistics.median(times)
    print(f"{A.releases} releases x {A.environments} environments: median {median:.3f} s, fastest {times[0]:.3f} s, slowest {times[-1]:.3f} s")
    sys.exit(0 if median < A.seconds else 3)
