#!/usr/bin/env python3
"""Records what Helm makes of a chart's folder: tests/cases/chart/*.txt.

    python3 tests/cases/record/chart.py --oracle DIR [FILE...]

DIR holds the program helm4 (4.3.1). In load.txt the sections of a case are the files of a chart, a name that ends with .tgz
being the archive of the files whose names go on after it (`charts/s.tgz/s/Chart.yaml`); the section 4.3 is Chart.yaml as
`.Chart` shows it, the names in `.Files`, the names of rendered templates, and the tree of charts. In ignore.txt a case is
a `.helmignore` over one tree of files, and the section 4.3 says which of them Helm packs.
"""
import argparse, io, os, re, subprocess, sys, tarfile, tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from values import parse, unescape, write

DUMP = r'''
{{- define "charts" -}}{{ .Chart.Name }}{{ if .Subcharts }}({{- $rest := false -}}
{{- range .Subcharts -}}{{- if $rest }} {{ end -}}{{- $rest = true -}}{{ include "charts" . }}{{- end -}}){{ end }}{{- end -}}
# chart {{ toRawJson .Chart }}
# files {{ range $name, $_ := .Files }}{{ $name }} {{ end }}
# charts {{ include "charts" . }}
'''
TREE = [".git/config", ".helmignore", "Chart.yaml", "README.md", "a.txt", "ab.txt", "b[1].txt", "crds/x.yaml", "docs/a.txt", "docs/deep/a.txt",
        "docs/deep/b.md", "templates/.hidden", "templates/_h.tpl", "templates/a.yaml", "templates/sub/.hidden", "templates/sub/a.yaml",
        "templates/tests/t.yaml", "values.yaml", "\u00e9.txt"]


def run(program, home, *arguments):
    done = subprocess.run([program, *arguments], cwd=home, capture_output=True, text=True, env={"HOME": home, "PATH": ""})
    _, _, error = ("\n" + done.stderr).rpartition("\nError: ")
    return done.returncode, done.stdout, "error " + error.rstrip("\n").replace(home, "HOME")


def load(program, sections):
    with tempfile.TemporaryDirectory() as home:
        archives = {}
        for name, text in sections:
            text = unescape(text)
            archive, found, inner = name.partition(".tgz/")
            if found:
                archives.setdefault(archive + ".tgz", []).append((inner, text.encode()))
            else:
                write(os.path.join(home, "c", name), text)
        for name, files in archives.items():
            path = os.path.join(home, "c", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with tarfile.open(path, "w:gz") as archive:
                for inner, contents in files:
                    entry = tarfile.TarInfo(inner)
                    entry.size = len(contents)
                    archive.addfile(entry, io.BytesIO(contents))
        write(os.path.join(home, "c", "templates", "zz.yaml"), DUMP)
        code, out, error = run(program, home, "template", "c")
        if code:
            return error
        lines = [line[2:].rstrip() for line in out.split("\n") if re.match("# (chart|files|charts) ", line)]
        sources = [line[len("# Source: "):] for line in out.split("\n") if line.startswith("# Source: ")]
        return "\n".join(lines + ["templates " + " ".join(sources)])


def ignore(program, text):
    with tempfile.TemporaryDirectory() as home:
        for name in TREE:
            contents = {"Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", ".helmignore": text}
            write(os.path.join(home, "c", name), contents.get(name, "a: 1\n"))
        code, out, error = run(program, home, "package", "c")
        if code:
            return error
        with tarfile.open(os.path.join(home, "c-1.0.0.tgz")) as archive:
            packed = {name.partition("/")[2] for name in archive.getnames()}
        return "without " + " ".join(name for name in TREE if name not in packed)


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--oracle", required=True)
    arguments.add_argument("files", nargs="*")
    arguments = arguments.parse_args()
    program = os.path.join(arguments.oracle, "helm4")
    folder = os.path.join(here, "..", "chart")
    for path in arguments.files or sorted(os.path.join(folder, name) for name in os.listdir(folder)):
        head, cases = parse(open(path, newline="").read())
        out = [head]
        for name, sections in cases:
            sections = [(title, text) for title, text in sections if title != "4.3"]
            recorded = ignore(program, unescape(dict(sections)[".helmignore"])) if path.endswith("ignore.txt") else load(program, sections)
            out.append("=== %s\n" % name)
            out += ["--- %s\n%s\n" % section for section in sections + [("4.3", recorded)]]
        open(path, "w", newline="").write("".join(out))


if __name__ == "__main__":
    main()
