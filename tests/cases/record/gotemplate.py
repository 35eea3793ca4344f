#!/usr/bin/env python3
"""Records tests/cases/gotemplate/*.txt again: inputs stay, outputs and errors come from the real programs.

A case is a template. It runs as the text of one `tpl` call in a chart whose values are tests/cases/gotemplate/values.yaml,
because there an error is Go's own line, unchanged. Cases with the line `go1.22` or `go1.24` in their section `with` run under
Helm 3.15 or 3.19, cases with a line `missingkey=...` under Go's text/template itself (`go` must be installed), all others
under Helm 4 and then under each older Helm: a section `output 3.19` or `error 3.19` stands where that one says something else than the next
newer one. Where a helm is not to be had, its recordings stay.

    gotemplate.py --oracle DIR [FILE...]     record (DIR holds helm4, helm3_22, helm3_19 and helm3)
    gotemplate.py --oracle DIR --printable   print the table of src/yaml/printable.rs
"""

import argparse
import base64
import json
import pathlib
import re
import subprocess
import tempfile

CASES = pathlib.Path(__file__).resolve().parent.parent / "gotemplate"
HEAD = "Recorded with {} by tests/cases/record/gotemplate.py; the values are values.yaml.\n"
OLDER = {"3.22": "helm3_22", "3.19": "helm3_19", "3.15": "helm3"}
CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\n"

GO = r"""
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"text/template"
)

type Case struct{ Input, Missing string }

func main() {
	var in struct {
		Cases  []Case
		Values map[string]any
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	functions := template.FuncMap{
		"dict": func(items ...any) map[string]any {
			m := map[string]any{}
			for i := 0; i < len(items); i += 2 {
				m[fmt.Sprint(items[i])] = ""
				if i+1 < len(items) {
					m[fmt.Sprint(items[i])] = items[i+1]
				}
			}
			return m
		},
		"list": func(items ...any) []any { return items },
	}
	out := [][2]string{}
	for _, c := range in.Cases {
		t, err := template.New("gotpl").Funcs(functions).Option("missingkey=" + c.Missing).Parse(c.Input)
		var buffer bytes.Buffer
		if err == nil {
			release := map[string]any{"Name": "r", "Namespace": "default"}
			err = t.Execute(&buffer, map[string]any{"Values": in.Values, "Release": release})
		}
		if err != nil {
			out = append(out, [2]string{"error", err.Error()})
		} else {
			out = append(out, [2]string{"output", buffer.String()})
		}
	}
	json.NewEncoder(os.Stdout).Encode(out)
}
"""


def read(path):
    """The cases of a file: dicts of sections, with the name as `name`."""
    cases = []
    section = None
    for line in path.read_text().removesuffix("\n").split("\n"):
        if line.startswith("=== "):
            cases.append({"name": line[4:].strip(), "input": []})
            section = "input"
        elif cases and line.startswith("--- "):
            section = line[4:].strip()
            cases[-1][section] = []
        elif cases:
            cases[-1][section].append(line.removeprefix("\\"))
    return [{k: v if k == "name" else "\n".join(v) for k, v in case.items()} for case in cases]


def write(path, cases, programs):
    escape = lambda text: re.sub(r"^(===|---|\\)", r"\\\1", text, flags=re.M)
    out = HEAD.format(" and ".join(programs))
    for case in cases:
        out += f"\n=== {case['name']}\n{escape(case['input'])}\n"
        for section in ("with", *(f"{kind}{name}" for name in ("", *(f" {name}" for name in OLDER)) for kind in ("output", "error"))):
            if section in case:
                out += f"--- {section}\n{escape(case[section])}\n"
    # The blank line between cases would belong to the text before it.
    path.write_text(out.replace("\n\n===", "\n===") if cases else out)


def helm(program, cases):
    """Runs cases under Helm. What fails is taken out and the rest runs again, so only failures cost a process each."""
    left = dict(enumerate(cases))
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder) / "c"
        (chart / "templates").mkdir(parents=True)
        (chart / "files").mkdir()
        (chart / "Chart.yaml").write_text(CHART)
        (chart / "values.yaml").write_bytes((CASES / "values.yaml").read_bytes())
        for index, case in left.items():
            (chart / "files" / str(index)).write_bytes(case["input"].encode())
        while left:
            order = list(left)
            lines = [f'"{i}": {{{{ tpl (.Files.Get "files/{i}") $ | b64enc | quote }}}}' for i in order]
            (chart / "templates" / "all.yaml").write_text("\n".join(lines))
            done = subprocess.run([program, "template", "r", chart], capture_output=True, text=True)
            if done.returncode == 0:
                for index, text in re.findall(r'^"(\d+)": "(.*)"$', done.stdout, flags=re.M):
                    finish(left[int(index)], "output", base64.b64decode(text).decode("utf-8", "replace"))
                return
            error = done.stderr.removesuffix("\n").removesuffix("\n\nUse --debug flag to render out invalid YAML")
            # values.yaml of another chart layout might warn before the error.
            error = error[error.index("Error: "):]
            where = re.match(
                r'Error: template: c/templates/all\.yaml:(\d+):\d+: .*?error calling tpl: '
                r'(?:error during tpl function execution for|cannot parse template) "(?:[^"\\]|\\.)*": (.*)', error, flags=re.S)
            if not where:
                raise SystemExit(f"cannot read this error:\n{error}")
            finish(left.pop(order[int(where[1]) - 1]), "error", where[2])


def older(oracle, cases):
    """What the older Helms say, where it is something else."""
    said = [(kind, case[kind]) for case in cases for kind in ("output", "error") if kind in case]
    for name, program in OLDER.items():
        known = [next(((kind, case.pop(f"{kind} {name}")) for kind in ("output", "error") if f"{kind} {name}" in case), None) for case in cases]
        copies = [{"input": case["input"]} for case in cases]
        if (oracle / program).exists():
            helm(oracle / program, copies)
            known = [next((kind, copy[kind]) for kind in ("output", "error") if kind in copy) for copy in copies]
        for index, (case, now) in enumerate(zip(cases, known)):
            if now and now != said[index]:
                case[f"{now[0]} {name}"] = now[1]
            said[index] = now or said[index]


def go(cases, values):
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "main.go"
        program.write_text(GO)
        missing = lambda case: re.search(r"missingkey=(\w+)", case["with"])[1]
        request = {"Cases": [{"Input": c["input"], "Missing": missing(c)} for c in cases], "Values": values}
        done = subprocess.run(["go", "run", program], input=json.dumps(request), capture_output=True, text=True, check=True)
    for case, (kind, text) in zip(cases, json.loads(done.stdout)):
        finish(case, kind, text)


def finish(case, kind, text):
    case.pop("output", None)
    case.pop("error", None)
    case[kind] = text


def values_of(program):
    """values.yaml as JSON, read by Helm."""
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder) / "c"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(CHART)
        (chart / "values.yaml").write_bytes((CASES / "values.yaml").read_bytes())
        (chart / "templates" / "all.yaml").write_text("v: {{ .Values | toJson | b64enc }}")
        done = subprocess.run([program, "template", "r", chart], capture_output=True, text=True, check=True)
    return json.loads(base64.b64decode(re.search(r"v: (\S+)", done.stdout)[1]))


def printable(program):
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder) / "c"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(CHART)
        (chart / "templates" / "all.yaml").write_text(
            'x: "{{ range $i := until 1114112 }}{{ if and (ge $i 128) (hasSuffix "\'" (printf "%#U" $i)) }}{{ $i }},{{ end }}{{ end }}"')
        done = subprocess.run([program, "template", "r", chart], capture_output=True, text=True, check=True)
    ranges = []
    for code in map(int, re.search(r'x: "(.*),"', done.stdout)[1].split(",")):
        if ranges and ranges[-1][1] + 1 == code:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    line = "   "
    for start, end in ranges:
        item = f" ({start:#x}, {end:#x}),"
        if len(line) + len(item) > 128:
            print(line)
            line = "   "
        line += item
    print(line)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--oracle", type=pathlib.Path, required=True)
    arguments.add_argument("--printable", action="store_true")
    arguments.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = arguments.parse_args()
    if arguments.printable:
        return printable(arguments.oracle / "helm4")
    for path in arguments.files or sorted(CASES.glob("*.txt")):
        cases = read(path)
        old = [case for case in cases if "go1.22" in case.get("with", "")]
        middle = [case for case in cases if "go1.24" in case.get("with", "")]
        missing = [case for case in cases if "missingkey" in case.get("with", "")]
        new = [case for case in cases if case not in old + middle + missing]
        programs = []
        if new:
            helm(arguments.oracle / "helm4", new)
            older(arguments.oracle, new)
            programs.append("Helm 4.3.1")
        if old:
            helm(arguments.oracle / "helm3", old)
            programs.append("Helm 3.15.3")
        if middle:
            helm(arguments.oracle / "helm3_19", middle)
            programs.append("Helm 3.19")
        if missing:
            go(missing, values_of(arguments.oracle / "helm4"))
            programs.append(subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True).stdout.strip())
        write(path, cases, programs)
        print(f"{path.name}: {len(cases)} cases")


main()
