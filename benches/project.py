#!/usr/bin/env python3
"""What helmfile.yaml itself costs: a generated project of 120 releases in 10 nested files, with 4 environments and 40 values
files that are templates.

Two figures are held against their targets:

    template -e prod    against the same releases without any templating: a flat state file whose values files are those that
                        the templates of the project make for prod (written by this script from `helmlock template`'s own
                        inputs: the values are the same, so the outputs must be equal). Wanted: at most 1.5 times the time.
    resolve             with warm caches and nothing to change: it evaluates all environments. Wanted: under 1 s.

The chart is a local one, so that no network is in the figures. Each is the median of --runs, after one run that is not counted.

    project.py --helmlock BIN --work DIR [--runs 11]

Exit code: 0 all targets met, 1 outputs differ, 2 cannot run, 3 a target was missed.
"""
import argparse, os, pathlib, resource, shutil, statistics, subprocess, sys, time

RELEASES, FILES, ENVIRONMENTS, TEMPLATES = 120, 10, ["dev", "test", "stage", "prod"], 40

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: app\nversion: 0.1.0\n",
    "values.yaml": "replicas: 1\nimage: {repository: nginx, tag: '1'}\nenv: {}\nlabels: {}\n",
    "templates/deployment.yaml": """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {{ toYaml .Values.labels | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
      - name: app
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
        env:
        {{- range $name, $value := .Values.env }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
""",
    "templates/service.yaml": "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  ports: [{port: {{ .Values.port }}}]\n",
}


def values_of(number, environment):
    """What the values template of a release makes."""
    lines = [f"port: {8000 + number}", f"replicas: {number % 3 + (3 if environment == 'prod' else 1)}", "labels:", f"  environment: {environment}", f"  number: \"{number}\"", "env:"]
    lines += [f"  NAME_{i}: {environment}-{number % TEMPLATES}-{i}" for i in range(20)]
    return "\n".join(lines) + "\n"


def template_of():
    """The values template of a release: what values_of makes, from state values and the release's own name."""
    return """{{- $number := .Release.Labels.number | int }}
port: {{ add 8000 $number }}
replicas: {{ add (mod $number 3) (ternary 3 1 (eq .Environment.Name "prod")) }}
labels:
  environment: {{ .Values.name }}
  number: {{ $number | quote }}
env:
{{- range $i := until 20 }}
  NAME_{{ $i }}: {{ $.Values.name }}-{{ mod $number %d }}-{{ $i }}
{{- end }}
""" % TEMPLATES


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def templated(folder):
    for name, text in CHART.items():
        write(folder / "chart" / name, text)
    environments = "environments:\n" + "".join(f"  {e}:\n    values: [../env/common.yaml, ../env/{e}.yaml.gotmpl]\n" for e in ENVIRONMENTS)
    write(folder / "env/common.yaml", "team: platform\n")
    for environment in ENVIRONMENTS:
        write(folder / f"env/{environment}.yaml.gotmpl", "name: {{ .Environment.Name }}\n")
    for number in range(TEMPLATES):
        write(folder / f"values/{number}.yaml.gotmpl", template_of())
    write(folder / "helmfile.yaml", environments.replace("../env", "env") + "---\nhelmfiles: [parts/*.yaml.gotmpl]\n")
    for part in range(FILES):
        first = part * RELEASES // FILES
        text = environments + "---\ncommonLabels: {part: \"%d\"}\ntemplates:\n  app:\n    chart: ../chart\n    namespace: '{{`{{ .Environment.Name }}`}}'\nreleases:\n" % part
        text += "{{- range $i := until %d }}\n{{- $n := add $i %d }}\n" % (RELEASES // FILES, first)
        text += "- name: app-{{ $n }}\n  inherit: [{template: app}]\n  labels: {number: \"{{ $n }}\"}\n  values: [\"../values/{{ mod $n %d }}.yaml.gotmpl\"]\n{{- end }}\n" % TEMPLATES
        write(folder / f"parts/{part}.yaml.gotmpl", text)


def flat(folder):
    for name, text in CHART.items():
        write(folder / "chart" / name, text)
    text = "releases:\n"
    for number in range(RELEASES):
        write(folder / f"values/{number}.yaml", values_of(number, "prod"))
        text += f"- {{name: app-{number}, namespace: prod, chart: ./chart, values: [values/{number}.yaml]}}\n"
    write(folder / "helmfile.yaml", text)


def run(argv, folder, environment):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        print(f"project: {' '.join(argv)}: {done.stderr.decode()}", file=sys.stderr)
        sys.exit(2)
    return (seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--helmlock", default=os.environ.get("HELMLOCK", "helmlock"))
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=11)
    options = parser.parse_args()
    helmlock = shutil.which(options.helmlock) or sys.exit(f"project: no helmlock at {options.helmlock}")
    helmlock = os.path.abspath(helmlock)
    work = options.work.resolve() / "project"
    shutil.rmtree(work, ignore_errors=True)
    templated(work / "templated"), flat(work / "flat")
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "HELMLOCK_CACHE_DIR": str(work / "cache")}
    resolve, rendered = [helmlock, "resolve", "-q"], [helmlock, "template"]
    run(resolve, work / "templated", environment), run(resolve, work / "flat", environment)

    commands = {"templated": ([*rendered, "-e", "prod"], work / "templated"), "flat": (rendered, work / "flat"), "resolve": (resolve, work / "templated")}
    seconds, outputs = {name: [] for name in commands}, {}
    for number in range(options.runs + 1):
        for name, (argv, folder) in commands.items():
            took, outputs[name] = run(argv, folder, environment)
            if number:
                seconds[name].append(took)
    ours, theirs = (sorted(x.strip() for x in outputs[name].decode().split("---\n")) for name in ("templated", "flat"))
    if ours != theirs:
        print("OUTPUT DIFFERS, so no figure counts")
        sys.exit(1)
    def median(kind):
        return {name: 1000 * statistics.median(times[kind] for times in runs) for name, runs in seconds.items()}

    wall, cpu = median(0), median(1)
    print(f"{RELEASES} releases, {FILES} nested files, {len(ENVIRONMENTS)} environments, {TEMPLATES} values templates; {len(outputs['flat'])} bytes")
    for name in commands:
        print(f"{name:<10} {wall[name]:8.1f} ms  {cpu[name]:8.1f} ms of processor time")
    ratio = wall["templated"] / wall["flat"]
    print(f"processor time: {cpu['templated'] / cpu['flat']:.2f} times; load {os.getloadavg()[0]:.1f}")
    print(f"{'pass' if ratio <= 1.5 else 'FAIL'}  template -e prod takes {ratio:.2f} times the time without templates, wanted at most 1.5")
    print(f"{'pass' if wall['resolve'] < 1000 else 'FAIL'}  resolve evaluates all environments in {wall['resolve']:.0f} ms, wanted under 1000")
    sys.exit(0 if ratio <= 1.5 and wall["resolve"] < 1000 else 3)


main()
