#!/usr/bin/env python3
"""Records what Helm says about versions and constraints: tests/cases/version/*.txt.

Usage: version.py --oracle DIR, where DIR has the binaries helm4 and helm3 (3.15). Each answers in a few processes.
Constraints and versions are data in this file; the answers are the program's.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import tempfile

CONSTRAINTS = """
* x X ~* ^* >* <* !=* >=* <=* =* ~>* 1 1.x 1.X 1.* 1.2 1.2.x 1.2.* 1.2.3 v1.2.3 =1.2.3 =v1.2 v1 01.2.3 1.02
>1 >1.2 >1.2.3 >1.x >=1 >=1.2 >=1.2.3 =>1.2 <1 <1.2 <1.2.3 <=1 <=1.2 <=1.2.3 =<1.2 <=1.x !=1 !=1.2 !=1.2.3 !=1.x !=1.2.x
~1 ~1.2 ~1.2.3 ~>1.2 ~0 ~0.0 ~0.0.0 ~0.1 ~0.0.1 ~1.x ~1.2.x ^1 ^1.2 ^1.2.3 ^0 ^0.0 ^0.0.0 ^0.0.3 ^0.2 ^0.2.3 ^1.x ^0.x ^0.0.x
1.x.3 x.1.2 *.1 1.*.3 >x.1 ^x.2 ^*.*.* 1.2.3-rc.1 =1.2.3-rc.1 >1.2.3-rc.1 >=1.2.3-0 <1.2.3-rc.2 <=1.2.3-rc.2 !=1.2.3-rc.1
~1.2.3-rc.1 ^1.2.3-rc.1 ^1.2-rc ^1-0 ~1-0 >0.0.0-0 >=1-0 1.x-0 *-0 !=1-0 !=1.2-rc !=x-rc ^x-0 <=1.2-0 <=1-0 >1.2-0 >1-0 >*-0
1.2.3+build =1.2.3+other ^1.2.3+b >=1.2-rc+b 1+b 1.2.3-rc.1+b
""".split() + [
    "", " ", "==1", "=", ">", "1.2.3.4", "a", "1.a", "1,", ",1", "1,,2", "1 , 2", "1, ,2", ">=1<2", ">= 1.0 < 2.0", ">=1.0, <2.0",
    ">=1.0,<2.0", ">=1.0.0-0 <2.0.0", ">=1.0.0-0, <2.0.0", ">=1.0.0 <2.0.0-0", ">=1.21-0, <1.27", "^1 || ^3", "^1||^3", "1 || 2 || 3",
    "||", "1 ||", "|| 1", "1 || ||", "1|2", "1|||2", "1||||2", "1 | 2", "1 - 2", "1.0 - 1.2", "1.2.3 - 1.4.5", "v1 - v2", "1.0-0 - 2.0-0",
    "1-2", "1 -2", "1- 2", "1 - 2 - 3", "1 - 2, 3", "1 - 2<4", "1 - 2,<1.3", ">=1 - 2", "1 - >2", "1 - 2 3 - 4", "1 - 2 || 3 - 4",
    "0.1 - 1.x", "x - 2", " - ", "1 - ", "1 - 2.3.4.5", "1 - 2a", "1.0-alpha.1 - 2", "~ 1.2", "~> 1.2", "> = 1", "^ 1.2", " ^1.2 ", "\t^1.2\t",
    "^1\t<1.5", "^1\n<1.5", "^1\u000b<1.5", "!= 1.2, ^1", "^1 !=1.2.3", "!=1.2.3, !=1.2.4", "1.xx", "xx", "**", "1.2.x3", "1.2-", "1.2+", "1.2-rc.",
    "1.2-01", "1.2-0a", "1.2.3-rc.01", "V1", "vv1", "1.2.3 v2", "99999999999999999999", ">=99999999999999999999", "18446744073709551615",
    "1.2.3-é", "é", "1\"2", "1\\2", "1\u0000", "1\u0001", "1\u007f", "1\u0085", "latest", "^1.2 ^1.3 ^1.4", ">1 <3 !=2.0.0 || 0.2.x",
    ">=1.2.3-99999999999999999998", "<1.2.3-99999999999999999999999", "1 2 3", "<0.0.0-0", ">=0.0.0-0", "!=0.0.0-0", "~0-0", "^0.0-0", "*.*.*-rc",
    ">1.x.3", "<=0", "<=0.0", "<=x-0", "=x-0", "^0.1-0", "^0.0.1-0 <2",
]

VERSIONS = """
0.0.0 0.0.1 0.0.3 0.0.4 0.1.0 0.1.9 0.2.0 0.2.3 0.2.4 0.3.0 1 1.0 1.0.0 v1.0.0 1.1.0 1.2 1.2.2 1.2.3 1.2.4 1.2.9 1.3.0 1.4.5 1.4.6 1.26.5
2.0.0 2.0.1 2.1.0 3.0.0 3.4.5 4.0.0 5.6.7 18446744073709551615.0.0
0.0.0-0 0.0.0-rc 0.0.1-0 0.2.3-rc.1 1.0.0-0 1.0.0-rc.1 1.2.0-rc 1.2.3-0 1.2.3-alpha 1.2.3-rc.1 1.2.3-rc.1+b 1.2.3-rc.2 1.2.3-rc.10 1.2.4-rc.1
1.26.5-gke.1 1.5.0-alpha 2.0.0-alpha 2.0.0-0 1.2.3-99999999999999999998 1.2.3-99999999999999999999998 1.2.3-99999999999999999999999
1.2.3+build 1.2.3+other 01.2.3 5.0.0-rc
""".split()

TEXTS = VERSIONS + [
    "", " ", "1 ", " 1", "V1", "v", "vv1", "1.", "1.2.", "1.2.3.", "1.2.3.4", ".1", "1..2", "a", "1.a", "1.2.a", "-1", "+1", "1-", "1+", "1-.", "1-a.",
    "1-a..b", "1-01", "1-0", "1-00a", "1-a.01", "1-a.0", "1-a_b", "1+a_b", "1+01", "1+a.", "1+a..b", "1+a+b", "1-a+b-c", "1--", "1---a.-", "1.2-rc",
    "1.2+b", "1-é", "é", "1.2.3-rc.01", "01", "1.01", "1.2.03", "00", "99999999999999999999", "1.99999999999999999999", "1.2.99999999999999999999",
    "18446744073709551616", "0x1", "1e3", "1,2", "1.2.3 - 2", "latest", "1.2.3-9999999999999999999999", "1.2.3\n", "\n1", "1\u0000", "1.*", "1.x",
]


def helm(oracle, program, template, values):
    """Renders a chart of one template; returns what it printed, or nothing and the error text."""
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder)
        (chart / "templates").mkdir()
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
        (chart / "values.yaml").write_text(json.dumps(values))
        (chart / "templates" / "t.yaml").write_text(template)
        run = subprocess.run([oracle / program, "template", "c", chart], capture_output=True, text=True,
                             env={"HOME": folder, "PATH": "/bin"})
        if run.returncode:
            return None, run.stderr
        return run.stdout, ""


def answers(oracle, program, constraints):
    """For each constraint the versions it admits, or its error."""
    def template(indexes):
        return (
            "{{- range $i := list " + " ".join(map(str, indexes)) + " }}\n"
            "x{{ $i }}: {{ range $v := $.Values.versions }}"
            "{{ if semverCompare (index $.Values.constraints $i) $v }}1{{ else }}0{{ end }}{{ end }}\n{{- end }}\n"
        )

    values = {"constraints": constraints, "versions": VERSIONS}
    found, errors = {}, {}

    def ask(indexes):
        if not indexes:
            return
        out, error = helm(oracle, program, template(indexes), values)
        if out is not None:
            for index, bits in re.findall(r"^x(\d+): ([01]*)$", out, re.M):
                found[int(index)] = bits
        elif len(indexes) == 1:
            errors[indexes[0]] = error
        else:
            half = len(indexes) // 2
            ask(indexes[:half])
            ask(indexes[half:])

    ask(list(range(len(constraints))))
    return found, errors


def cause(error):
    match = re.search(r'error calling (?:semverCompare|semver): (.*)', error, re.S)
    text = match.group(1) if match else error.strip().splitlines()[-1]
    return text.strip("\n").split("\nUse --debug")[0].strip("\n")


def write(path, head, cases):
    """Writes a case file; each case is named by its input as a JSON string and has one section."""
    out = [head]
    for text, section, answer in cases:
        out += [f"=== {json.dumps(text)}", f"--- {section}", answer]
    path.write_text("\n".join(out) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", type=pathlib.Path, required=True)
    oracle = parser.parse_args().oracle
    cases_dir = pathlib.Path(__file__).resolve().parent.parent / "version"
    cases_dir.mkdir(exist_ok=True)

    by = "by tests/cases/record/version.py; a case's name is its input as a JSON string"
    constraints = list(dict.fromkeys(CONSTRAINTS))
    for file, program, version in [("constraints.txt", "helm4", "4.3.1"), ("constraints-each.txt", "helm3", "3.15.3")]:
        found, errors = answers(oracle, program, constraints)
        cases = []
        for index, constraint in enumerate(constraints):
            if index in found:
                admitted = [v for v, bit in zip(VERSIONS, found[index]) if bit == "1"]
                cases.append((constraint, "admits", " ".join(admitted)))
            else:
                # The library of old worded errors otherwise; which constraints are wrong is what matters.
                cases.append((constraint, "error", cause(errors[index]) if program == "helm4" else ""))
        write(cases_dir / file, f"Recorded from helm {version} {by}: `semverCompare CONSTRAINT VERSION` with each version of order.txt.", cases)

    cases = []
    for text in dict.fromkeys(TEXTS):
        fields = "list .Major .Minor .Patch .Prerelease .Metadata .Original .String"
        out, error = helm(oracle, "helm4", "{{ with semver .Values.v }}x: {{ " + fields + " | toJson }}{{ end }}\n", {"v": text})
        parts = out and re.search(r"^x: (.*)$", out, re.M).group(1)
        cases.append((text, "parts", parts) if parts else (text, "error", cause(error)))
    write(cases_dir / "versions.txt", f"Recorded from helm 4.3.1 {by}: `semver TEXT`: major, minor, patch, prerelease, metadata, original, string.", cases)

    each = "{{ range $b := $.Values.versions }}{{ (semver $a).Compare (semver $b) | add 1 }}{{ end }}"
    out, error = helm(oracle, "helm4", "{{- range $a := .Values.versions }}\nx: " + each + "\n{{- end }}\n", {"versions": VERSIONS})
    rows = [row.translate(str.maketrans("012", "<=>")) for row in re.findall(r"^x: ([012]*)$", out, re.M)]
    write(cases_dir / "order.txt", f"Recorded from helm 4.3.1 {by}: `(semver A).Compare (semver B)` with each B of this file, in order.",
          [(version, "order", row) for version, row in zip(VERSIONS, rows)])


main()
