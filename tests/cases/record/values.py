#!/usr/bin/env python3
"""Records what Helm makes of values: tests/cases/values/*.txt.

    python3 tests/cases/record/values.py --oracle DIR [FILE...]

DIR holds the programs helm4 (4.3.1), helm3_19 (3.19.0) and helm3 (3.15.3). Each case is a small chart: its sections are the
chart's files, `-f` is the user's values file, `set`, `set-string`, `set-json`, `set-literal` hold one argument a line, and
`mutate` holds lines `chart path key value`: the template of that chart sets the key in the map at the path of its values
before they are printed. Of each program, the case keeps a section with what it printed: the values of the root chart, in
which those of the subcharts stand, the tree of charts that take part, and Chart.yaml's dependencies where there are any.
A program without a section printed the same as the first one in the file's head.
A section `ours` says what we say instead where only the words differ.
In values, 5 is an int64, 5f a float64 and 5i an int.
"""
import argparse, os, re, shutil, subprocess, sys, tempfile

PROGRAMS = [("4.3", "helm4"), ("3.19", "helm3_19"), ("3.15", "helm3")]
FLAGS = ["set", "set-string", "set-json", "set-literal", "set-file"]
DUMP = r'''
{{- define "dump" -}}
{{- if kindIs "map" . -}}{ {{- $rest := false -}}
{{- range $k, $v := . -}}{{- if $rest }},{{ end -}}{{- $rest = true -}}{{ toRawJson $k }}:{{ include "dump" $v }}{{- end -}} }
{{- else if kindIs "slice" . -}}[ {{- $rest := false -}}
{{- range . -}}{{- if $rest }},{{ end -}}{{- $rest = true -}}{{ include "dump" . }}{{- end -}} ]
{{- else if kindIs "float64" . -}}{{ toRawJson . }}f
{{- else if kindIs "int" . -}}{{ toRawJson . }}i
{{- else -}}{{ toRawJson . }}{{- end -}}
{{- end -}}
{{- define "charts" -}}{{ .Chart.Name }}{{ if .Subcharts }}({{- $rest := false -}}
{{- range .Subcharts -}}{{- if $rest }} {{ end -}}{{- $rest = true -}}{{ include "charts" . }}{{- end -}}){{ end }}{{- end -}}
{{- define "dependencies" -}}{{- $chart := . -}}
{{- if .Chart.Dependencies }}
# dependencies {{ .Chart.Name }} {{ range .Chart.Dependencies }}{{ .Name }}|{{ .Alias }}|{{ .Enabled }}|{{ toRawJson (.ImportValues | default list) }} {{ end }}
{{- end -}}{{- range .Subcharts }}{{ include "dependencies" . }}{{ end -}}{{- end -}}
# values {{ include "dump" .Values }}
# charts {{ include "charts" . }}
{{- include "dependencies" . }}
'''


def parse(text):
    head, *cases = re.split(r"^=== ", text, flags=re.M)
    result = []
    for case in cases:
        name, _, rest = case.partition("\n")
        first, *sections = re.split(r"^--- ", rest, flags=re.M)
        assert not first.strip(), name
        pairs = []
        for section in sections:
            title, _, body = section.partition("\n")
            pairs.append((title.strip(), body[:-1] if body.endswith("\n") else body))
        result.append((name.strip(), pairs))
    return head, result


def unescape(text):
    return "\n".join(line[1:] if line.startswith("\\") else line for line in text.split("\n"))


def chart_name(folder):
    return os.path.basename(folder) if folder else "c"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="") as file:
        file.write(text)


def run(program, sections):
    with tempfile.TemporaryDirectory() as home:
        root = os.path.join(home, "c")
        arguments, folders = [], {""}
        for title, text in sections:
            text = unescape(text)
            if title in FLAGS:
                for line in text.split("\n"):
                    arguments += ["--" + title, line]
            elif title == "-f" or title.startswith("-f "):
                path = os.path.join(home, "user%d.yaml" % len(arguments))
                write(path, text)
                arguments += ["-f", path]
            elif title == "ours":
                continue
            elif title == "mutate":
                for number, line in enumerate(text.split("\n")):
                    chart, path, key, value = line.split(" ")
                    folder = os.path.join(root, *sum((["charts", part] for part in chart.split("/")[1:]), []))
                    write(os.path.join(folder, "templates", "z%d.yaml" % number),
                          '{{- $_ := set .Values%s "%s" "%s" }}\n' % ("" if path == "." else "." + path, key, value))
            else:
                write(os.path.join(root, title), text)
                parts = title.split("/")
                for end in range(0, len(parts), 2):
                    if end == 0 or parts[end - 2] == "charts":
                        folders.add("/".join(parts[:end]))
        for folder in folders:
            path = os.path.join(root, folder, "Chart.yaml")
            if not os.path.exists(path):
                write(path, "apiVersion: v2\nname: %s\nversion: 1.0.0\n" % chart_name(folder))
        write(os.path.join(root, "templates", "a.yaml"), DUMP)
        done = subprocess.run([program, "template", "c", *arguments], cwd=home, capture_output=True, text=True,
                              env={"HOME": home, "PATH": ""})
        if done.returncode:
            if "\npanic: " in "\n" + done.stderr:
                return "error panic"
            _, _, error = ("\n" + done.stderr).rpartition("\nError: ")
            return "error " + error.rstrip("\n").replace(home, "HOME")
        lines = [line[2:].rstrip() for line in done.stdout.split("\n") if re.match("# (values|charts|dependencies) ", line)]
        return "\n".join(lines)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--oracle", required=True)
    arguments.add_argument("files", nargs="*")
    arguments = arguments.parse_args()
    folder = os.path.join(here, "..", "values")
    for path in arguments.files or sorted(os.path.join(folder, name) for name in os.listdir(folder)):
        head, cases = parse(open(path, newline="").read())
        known = dict(PROGRAMS)
        wanted = [version for version in known if re.search(r"\b%s\b" % re.escape(version), head)]
        out = [head]
        for name, sections in cases:
            sections = [(title, text) for title, text in sections if title not in known]
            recorded = [(version, run(os.path.join(arguments.oracle, known[version]), sections)) for version in wanted]
            out.append("=== %s\n" % name)
            recorded = recorded[:1] + [pair for pair in recorded[1:] if pair[1] != recorded[0][1]]
            out += ["--- %s\n%s\n" % section for section in sections + recorded]
        open(path, "w", newline="").write("".join(out))


if __name__ == "__main__":
    main()
