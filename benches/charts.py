#!/usr/bin/env python3
"""One real chart at a time: `helmlock template` beside `helm template`, start-up included, and only with equal output.

What it is: for each archive named, for a small chart of the examples, and for one made here of 300 templates that print 10 MB, both programs render one release with default values, in
turn (A B A B ...); wall time and processor time of each, of the least disturbed of the runs. helm is given the archive; helmlock
has resolved it from a repository on loopback before, which is gone when the clock runs, and renders from its lock and cache. Lines in which two runs of helm itself differ (random passwords, certificates) are left out of
the comparison, and counted.

What it is not: many releases at once, which is benches/template.py.

    charts.py --helm HELM --helmlock target/release/helmlock [-n 7] [--faster 20] [--small-ms 3] ARCHIVE...

Exit code: 0 equal and fast enough, 1 output differs, 2 cannot run, 3 equal but a target was missed.
"""
import argparse, hashlib, io, os, pathlib, re, subprocess, sys, tarfile, tempfile, time

import instructions

SMALL = pathlib.Path(__file__).resolve().parent.parent / "examples/environments/charts/api"


def small_archive(folder):
    path = folder / "small.tgz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(SMALL, "api")
    return path


HELPERS = """{{- define "large.name" -}}
{{- printf "%s-%s-%03d" .root.Release.Name .file (int .index) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- define "large.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- range $key, $value := .Values.labels }}
{{ $key }}: {{ $value | quote }}
{{- end }}
{{- end -}}
"""
TEMPLATE = """{{- range $index := until (int .Values.items) }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "large.name" (dict "root" $ "file" "FILE" "index" $index) }}
  labels:
    {{- include "large.labels" $ | nindent 4 }}
  {{- if $.Values.annotations }}
  annotations:
    {{- toYaml $.Values.annotations | nindent 4 }}
  {{- end }}
data:
  index: {{ $index | quote }}
  greeting: {{ printf "%s, %s" ($.Values.greeting | default "hello" | title) $.Release.Name | quote }}
  config.yaml: |
    {{- toYaml $.Values.config | nindent 4 }}
{{- end }}
"""
VALUES = """items: 50
greeting: hello
labels: {team: platform, tier: backend, cost-center: "1234"}
annotations: {example.com/checked: "true", example.com/text: a few words that are longer than one}
config:
  server: {host: 0.0.0.0, port: 8080, timeouts: {read: 30s, write: 30s, idle: 2m}}
  log: {level: info, format: json}
  features: [search, export, "audit: all", none]
"""


def large_archive(folder):
    files = {"Chart.yaml": "apiVersion: v2\nname: large\nversion: 1.0.0\n", "values.yaml": VALUES, "templates/_helpers.tpl": HELPERS}
    files |= {f"templates/t{number:03}.yaml": TEMPLATE.replace("FILE", f"t{number:03}") for number in range(300)}
    path = folder / "large.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"large/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def project(folder, archive, resolve):
    """A locked project of one release of that chart, which came from a repository and is in the cache now."""
    with tarfile.open(archive) as tar:
        metadata = min((name for name in tar.getnames() if name.endswith("/Chart.yaml")), key=len)
        text = tar.extractfile(metadata).read().decode()
    name, version = (re.search(rf"(?m)^{key}: *[\"']?([^\s\"']+)", text).group(1) for key in ("name", "version"))
    served = folder / "served"
    served.mkdir()
    (served / "chart.tgz").write_bytes(archive.read_bytes())
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    entry = f"  - {{name: {name}, version: {version}, digest: {digest}, urls: [chart.tgz]}}\n"
    (served / "index.yaml").write_text(f"apiVersion: v1\nentries:\n  {name}:\n{entry}")
    with instructions.serving(served) as url:
        state = f"repositories:\n  - name: served\n    url: {url}\nreleases:\n  - name: r\n    namespace: default\n    chart: served/{name}\n"
        (folder / "helmfile.yaml").write_text(state)
        resolve()


def run(argv, folder):
    """Standard output, wall seconds and processor seconds."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "HELMLOCK_CACHE_DIR": str(folder / "cache")}
    start = time.perf_counter()
    child = subprocess.Popen(argv, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    if status:
        print(f"charts: {' '.join(map(str, argv))} failed", file=sys.stderr)
        sys.exit(2)
    return out, wall, usage.ru_utime + usage.ru_stime


def differences(outs, helmlock):
    """How many lines differ where helm's own runs agree, and in how many helm's own runs differ."""
    one, other = (out.splitlines() for out in outs)
    ours = helmlock.splitlines()
    if len(one) != len(ours) or len(one) != len(other):
        return abs(len(one) - len(ours)) or 1, 0
    random = sum(a != b for a, b in zip(one, other))
    return sum(a == b != c for a, b, c in zip(one, other, ours)), random


def measure(name, archive, options, folder):
    folder.mkdir()
    (folder / "chart.tgz").write_bytes(archive.read_bytes())
    project(folder, archive, lambda: run([options.helmlock, "resolve"], folder))
    helm = [options.helm, "template", "r", "chart.tgz", "--namespace", "default"]
    ours = [options.helmlock, "template"]
    run(helm, folder), run(ours, folder)
    rows = [(run(helm, folder), run(ours, folder)) for _ in range(options.runs)]
    # helmfile, and so helmlock, puts one more line break behind a release.
    differ, random = differences([rows[0][0][0] + b"\n", rows[1][0][0] + b"\n"], rows[0][1][0])
    least = lambda side, column: min(row[side][column] for row in rows)
    ratio = least(0, 1) / least(1, 1)
    print(f"{name:<34} {len(rows[0][1][0]):>9} B  helm {1000 * least(0, 1):8.1f} ms   ", end="")
    print(f"helmlock {1000 * least(1, 1):7.2f} ms ({1000 * least(1, 2):.2f} cpu)   x{ratio:.1f}", end="")
    print(f"   {random} random lines" if random else "", f"   {differ} LINES DIFFER" if differ else "")
    return differ, ratio, 1000 * least(1, 1)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("archives", nargs="*", type=pathlib.Path)
    options.add_argument("--helm", required=True)
    options.add_argument("--helmlock", default="target/release/helmlock", help="a release build")
    options.add_argument("-n", "--runs", type=int, default=7)
    options.add_argument("--faster", type=float, default=20, help="how many times faster than helm each large chart must be")
    options.add_argument("--small-ms", type=float, default=3, help="the longest that a small chart may take")
    options = options.parse_args()
    options.helm, options.helmlock, options.runs = os.path.abspath(options.helm), os.path.abspath(options.helmlock), max(options.runs, 2)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        differ, _, small = measure("a small chart", small_archive(work), options, work / "small")
        good = small < options.small_ms
        for number, archive in enumerate([large_archive(work), *options.archives]):
            found, ratio, _ = measure(archive.stem, archive, options, work / str(number))
            differ += found
            good &= ratio >= options.faster
    if differ:
        print("OUTPUT DIFFERS, so no figure above counts")
        return 1
    print("pass" if good else f"FAIL  wanted: each large chart {options.faster:g} times faster than helm, a small chart under {options.small_ms:g} ms")
    return 0 if good else 3


if __name__ == "__main__":
    sys.exit(main())
