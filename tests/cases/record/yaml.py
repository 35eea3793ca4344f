#!/usr/bin/env python3
"""Records what Helm makes of the inputs in tests/cases/yaml: every section but the input is written anew.

    tests/cases/record/yaml.py --oracle DIR [FILE...]

DIR holds the programs helm4, helm3_22, helm3_19 and helmfile1. All inputs of a file go through one chart and one process; only verdict.txt and
ordinary.txt need one for each, since a document that Helm refuses ends the run. helmfile.txt is not touched here: its head says what it was
recorded with.
"""

import argparse
import base64
import os
import pathlib
import subprocess
import tempfile

CASES = pathlib.Path(__file__).resolve().parent.parent / "yaml"
OLDER = ("helm3_22", "helm3_19")
CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\n"


def read(path):
    """The head of a case file, and its cases as (name, input)."""
    head, cases, in_input = [], [], False
    for line in path.read_bytes().decode().removesuffix("\n").split("\n"):
        if line.startswith("=== "):
            cases.append((line[4:], []))
            in_input = True
        elif line.startswith("--- "):
            in_input = False
        elif not cases:
            head.append(line)
        elif in_input:
            cases[-1][1].append(line.removeprefix("\\"))
    return "\n".join(head), [(name, "\n".join(lines)) for name, lines in cases]


def write(path, head, cases):
    out = [head]
    for name, text, sections in cases:
        out += [f"=== {name}", escape(text)]
        for section, value in sections:
            out += [f"--- {section}", escape(value)]
    path.write_bytes(("\n".join(out) + "\n").encode())


def escape(text):
    marks = ("=== ", "--- ", "\\")
    return "\n".join("\\" + line if line.startswith(marks) else line for line in text.split("\n"))


def render(helm, files, template):
    """Standard output and error of `helm template` on a chart with these files and one template."""
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder) / "c"
        (chart / "templates").mkdir(parents=True)
        (chart / "docs").mkdir()
        (chart / "Chart.yaml").write_text(CHART)
        (chart / "templates" / "t.yaml").write_bytes(template)
        for name, text in files.items():
            (chart / "docs" / name).write_bytes(text)
        done = subprocess.run([helm, "template", "r", chart], capture_output=True)
        return done.stdout.decode(), done.stderr.decode()


def evaluate(helm, inputs, expressions):
    """The results of the expressions, in which `$d` is the text of an input, for each input."""
    files = {f"{index:05}": text.encode() for index, text in enumerate(inputs)}
    parts = "".join("{{ %s | b64enc }} " % expression for expression in expressions)
    template = '{{ range $path, $_ := .Files.Glob "docs/*" }}{{ $d := $.Files.Get $path }}\n# {{ base $path }} %s{{ end }}\n' % parts
    out, error = render(helm, files, template.encode())
    if error:
        raise SystemExit(error)
    results = {}
    for line in out.split("\n"):
        if line.startswith("# 0"):
            number, *fields = line[2:].split(" ")
            results[int(number)] = [base64.b64decode(field).decode() for field in fields[: len(expressions)]]
    return [results[index] for index in range(len(inputs))]


def alike(oracle, inputs, expressions):
    """The results with Helm 4, after a look at the older Helms: reading and printing YAML needs no dialect."""
    results = evaluate(oracle / "helm4", inputs, expressions)
    for older in filter(lambda helm: (oracle / helm).exists(), OLDER):
        for text, new, old in zip(inputs, results, evaluate(oracle / older, inputs, expressions)):
            if new != old:
                raise SystemExit(f"{older} answers {old!r} for {text!r}, not {new!r}")
    return results


def record_read(oracle, inputs):
    expressions = ["fromYaml $d | toJson", "fromYamlArray $d | toJson"]
    for as_map, as_list in alike(oracle, inputs, expressions):
        wants_list = "cannot unmarshal array" in as_map
        yield [("list", as_list)] if wants_list else [("map", as_map)]


def record_write(oracle, inputs):
    value = '(index (fromJson (printf "{\\"v\\":%s}" $d)) "v")'
    expressions = [f"toYaml {value}", f"toYamlPretty {value}"]
    for helm, pretty in alike(oracle, inputs, expressions):
        yield [("helm", helm), ("pretty", pretty)]


def record_json(oracle, inputs):
    expressions = ["fromJson $d | toJson", "fromJson $d | toPrettyJson", "fromJson $d | toRawJson"]
    new = evaluate(oracle / "helm4", inputs, expressions)
    old = evaluate(oracle / "helm3_19", inputs, expressions[:1])
    for (line, pretty, raw), (before,) in zip(new, old):
        sections = [("new", line), ("pretty", pretty), ("raw", raw)]
        yield sections + ([("old", before)] if before != line else [])


def verdict(helm, text):
    # The text is no template.
    files = {"text": text.encode()}
    _, error = render(helm, files, b'{{ .Files.Get "docs/text" }}')
    if not error:
        return "fine"
    line = error.split("\n\nUse --debug")[0].removeprefix("Error: ")
    return line.strip().removeprefix("YAML parse error on c/templates/t.yaml: ")


def record_verdict(oracle, inputs):
    for text in inputs:
        new, old = verdict(oracle / "helm4", text), verdict(oracle / "helm3_19", text)
        yield [("new", new)] + ([("old", old)] if new != old else [])


def rewritten(oracle, text):
    """A text in a folder of manifests, as helmfile and helm print it once it has a namespace: its document, or none if helm refuses."""
    with tempfile.TemporaryDirectory() as folder:
        manifests = pathlib.Path(folder) / "m"
        manifests.mkdir()
        (manifests / "t.yaml").write_text(text + "\n")
        (pathlib.Path(folder) / "helmfile.yaml").write_text("releases:\n- {name: r, chart: ./m, namespace: space}\n")
        command = [oracle / "helmfile1", "--helm-binary", oracle / "helm4", "template", "-q"]
        environment = {"PATH": os.environ["PATH"], "HOME": folder}
        done = subprocess.run(command, cwd=folder, capture_output=True, env=environment)
        head = "---\n# Source: m/templates/t.yaml\n"
        if done.returncode or not done.stdout.decode().startswith(head):
            return None
        return done.stdout.decode().removeprefix(head).removesuffix("\n\n")


def record_rewrite(oracle, inputs):
    for text in inputs:
        yield [("output", rewritten(oracle, text))]


RECORDERS = {
    "read.txt": record_read,
    "write.txt": record_write,
    "json.txt": record_json,
    "verdict.txt": record_verdict,
    "ordinary.txt": record_verdict,
    "rewrite.txt": record_rewrite,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oracle", type=pathlib.Path, required=True)
    parser.add_argument("files", nargs="*", default=list(RECORDERS))
    arguments = parser.parse_args()
    for name in arguments.files:
        if RECORDERS[name] == record_rewrite and not (arguments.oracle / "helmfile1").exists():
            print(f"{name} is left as it is: there is no helmfile1")
            continue
        head, cases = read(CASES / name)
        recorded = RECORDERS[name](arguments.oracle, [text for _, text in cases])
        write(CASES / name, head, [(case, text, sections) for (case, text), sections in zip(cases, recorded)])


if __name__ == "__main__":
    main()
