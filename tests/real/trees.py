#!/usr/bin/env python3
"""Renders generated trees of charts with helm and with helmlock: which definition of a name wins, what tpl sees, how failures read.

What it is: charts that nobody wrote. A seed gives each of them up to two levels of subcharts, whose files define the same few
names, include, `template` and `tpl` each other (with definitions of their own inside), and fail on purpose at some depth. One
chart is one run of each program; what they print must be equal byte by byte, and so must the texts of their errors.

What it is not: it asks little of functions and values (differential.py does), and nothing of charts that people wrote (many.py).

    trees.py --helm EXE --helmlock EXE [--dialect 4.3|3.22|3.19] [--work DIR] [--seed N] [--seconds S] [--failing SHARE] [--show K]

The seed is fresh at each run unless given, and printed. Exit code: 0 all equal, 1 a difference (its chart and what both said
stand in DIR/differences), 2 cannot run.
"""
import argparse, functools, os, pathlib, random, re, resource, secrets, shutil, subprocess, sys, tempfile, time

# How many names there are; what defines one calls those after it only, so that few charts call themselves forever.
NAMES = 9
FILES = ["_a.tpl", "_h.tpl", "z/_q.tpl", "_z.yaml", "A.yaml", "b.yaml", "NOTES.txt", "x/y/c.yaml", "d.json", "_b.txt", "e.txt"]
WHOLE = '(dict "Values" $.Values "Template" $.Template "Chart" $.Chart "Files" $.Files "Release" $.Release "Subcharts" $.Subcharts)'
ODD = [".", ".Values", ".Values.m", '"str"', "1", "(list 1 2)", '(omit $ "Files")', '(dict "Template" (dict "BasePath" "p") "Values" $.Values)', "true",
       "(tuple . 1)", ".Values.global", ".Subcharts"]
PRINTED = [".Template.Name", "$.Template.BasePath", ".Chart.Name", ".Values.s", ".Values.global", ".Values.m | toJson", "kindOf .", "typeOf $", ".Release.Name",
           '.Files.Get "f.txt"', ".Values.missing", "$.Values.t | quote", ".Values | keys | sortAlpha | join \",\"", ".Subcharts | keys | sortAlpha", "$.Chart.IsRoot"]
PLAIN = ["text ", "\n", "  ", "{{/* note */}}", "{{- /* over\n lines */ -}}"]
FAILING = ['{{ fail "stop" }}', '{{ required "need" .Values.nope }}', "{{ .Values.nope.deep }}", "{{ index (list 1) 7 }}", '{{ template "missing" . }}',
           '{{ include "missing" . }}', '{{ tpl "{{ .a.b.c }}" . }}', '{{ tpl "{{ nofunc }}" . }}', "{{ fromJson 1 }}", '{{ mustRegexMatch "(" "a" }}',
           '{{ fail (printf "over\\n%s" "lines") }}', "{{ .Values.s.x.y }}", '{{ required "a: b template: c/x:1:2" nil }}', '{{ fail "" }}', "{{ call .Values.s }}",
           '{{ lookup "v1" "Pod" "" 1 }}', "{{ b64enc 1 }}", "{{ .Chart.Nope.x }}", "{{ include .Values.s . }}", '{{ include "n9" (required "deep" .Values.nope) }}',
           "{{ with .Values.m }}{{ .k.foo }}{{ end }}", "{{ range .Values.nope.x }}{{ end }}", '{{ fail\n  "below" }}', "{{ end }}", "{{ if }}"]


class Tree:
    """One chart with its subcharts, as texts by path."""

    def __init__(self, rng, failing):
        self.rng, self.failing, self.files, self.inside = rng, failing, {}, 0
        self.chart("chart", "c", 2)
        if rng.random() < 0.9:
            self.files["chart/templates/__all.tpl"] = "".join(f'{{{{ define "n{n}" }}}}{self.body(n, 2)}{{{{ end }}}}\n' for n in range(1, NAMES + 1))

    def chart(self, path, name, depth):
        rng = self.rng
        nested = rng.choice(['"{{ .Values.s }}"', '"{{ include \\"n9\\" . }}"', '"{{ tpl .Values.u . }}"', "plain", '"{{ .Chart.Name }}{{ .Template.Name }}"'])
        kind = rng.choice(["", "type: library\n", "type: application\n"]) if path != "chart" else ""
        self.files[f"{path}/Chart.yaml"] = f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n{kind}"
        self.files[f"{path}/values.yaml"] = f's: S{name}\nm: {{k: v, j: 2}}\nl: [1, two]\nt: {nested}\nu: "U{{{{ .Template.Name }}}}"\nglobal: {{g: 1}}\n'
        if rng.random() < 0.7:
            self.files[f"{path}/f.txt"] = f"file of {name}\n"
        for file in rng.sample(FILES, rng.randint(1, 4)):
            text = "".join(self.definition(number) for number in rng.sample(range(1, NAMES + 1), rng.randint(0, 4)))
            if not file.split("/")[-1].startswith("_"):
                body, main = self.body(0, 3), f"main {path} {file}"
                # In quotes it is YAML whatever it is.
                whole = f'{{{{ define "{main}" }}}}{body}{{{{ end }}}}k: {{{{ include "{main}" . | quote }}}}\n'
                text += whole if rng.random() < 0.8 else "k: |\n  " + body.replace("\n", "\n  ") + "\n"
            self.files[f"{path}/templates/{file}"] = text.replace("\n", "\r\n") if rng.random() < 0.05 else text
        for number in range(rng.choice([0, 1, 2]) if depth else 0):
            below = rng.choice(["sub", "aux", "zed", "Bee"]) + "x" * number
            self.chart(f"{path}/charts/{below}", below, depth - 1)

    def definition(self, number):
        body = self.body(number, 2) if self.rng.random() < 0.9 else self.rng.choice(["", " ", "{{/* */}}", "\n"])
        return self.action(f'define "n{number}"') + body + self.action("end") + self.rng.choice(["", "\n"])

    def action(self, text):
        return self.rng.choice(["{{ ", "{{ ", "{{", "{{- "]) + text + self.rng.choice([" }}", " }}", "}}", " -}}"])

    def context(self):
        if self.rng.random() < self.failing:
            return self.rng.choice(ODD)
        return self.rng.choice(["$", "$", WHOLE, '(merge (dict "x" 1) $)', "$" if self.inside else "."])

    def body(self, number, depth):
        return "".join(self.statement(number, depth) for _ in range(self.rng.choice([1, 1, 2, 2, 3])))

    def block(self, number, depth):
        """Statements where the dot is something else, and which therefore ask `$`."""
        self.inside += 1
        text = self.body(number, depth - 1)
        self.inside -= 1
        return text if self.rng.random() < self.failing else re.sub(r'(?<![\w$)\]"])\.(Values|Chart|Template|Files|Release|Subcharts)', r"$.\1", text)

    def statement(self, number, depth):
        rng = self.rng
        if rng.random() < self.failing / 3:
            return rng.choice(FAILING)
        draw, name = rng.random(), f"n{rng.randint(number + 1, NAMES)}" if number < NAMES else None
        if depth <= 0 or draw < 0.3:
            return rng.choice(PLAIN) if rng.random() < 0.25 else self.action(rng.choice(PRINTED))
        if draw < 0.58 and name:
            word = rng.choice(["include", "include", "template"])
            return self.action(f'{word} "{name}" {self.context()}' + (rng.choice(["", " | indent 2", " | quote", " | nindent 1"]) if word == "include" else ""))
        if draw < 0.76:
            text = self.quoted(self.inner(number, depth - 1)) if draw < 0.72 else "$.Values.t"
            return self.action(f"tpl {text} {self.context()}")
        # Two definitions of a name in one file are an error.
        if draw < 0.765 and name and not self.inside:
            return self.action(f'block "{name}" {self.context()}') + self.body(int(name[1:]), depth - 1) + self.action("end")
        head = rng.choice(["with $", "with .Values.m", "with .Values.none", "if .Values.nope", "if eq 1 2", "range 2", "range $i, $v := list 1 2", "range .Values.m"])
        middle = self.action("else") + self.block(number, depth) if rng.random() < 0.3 else ""
        return self.action(head) + self.block(number, depth) + middle + self.action("end")

    def inner(self, number, depth):
        """A text for tpl, perhaps with a definition of its own or of one that there is, and a call of it."""
        rng, name = self.rng, self.rng.choice(["t1", "t2", f"n{min(number + 1, NAMES)}"])
        text = self.body(NAMES, depth)
        if rng.random() < 0.5:
            text = f'{{{{ define "{name}" }}}}{self.body(NAMES, 0)}{{{{ end }}}}' + text + self.action(f'{rng.choice(["include", "template"])} "{name}" .')
        return text

    def quoted(self, text):
        if "`" not in text and self.rng.random() < 0.6:
            return f"`{text}`"
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def run(command, folder):
    """(exit code, stdout without addresses, the error's text)"""
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_AS, (8 << 30, 8 << 30))
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder / "home"), "KUBECONFIG": "/nonexistent", "GOMEMLIMIT": "2GiB"}
    try:
        done = subprocess.run(command, preexec_fn=limit, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return None
    error = done.stderr.decode(errors="replace").replace("\n\nUse --debug flag to render out invalid YAML", "")
    # Before the error come warnings.
    error = re.split(r"^(?:Error: |error: release `r` \([^)]*\): )", error, maxsplit=1, flags=re.M)[-1]
    # helmlock ends a release as helmfile does, with an empty line.
    return done.returncode != 0, re.sub(rb"0x\w+", b"", done.stdout).rstrip(b"\n"), error.rstrip() if done.returncode else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--helm", required=True)
    parser.add_argument("--helmlock", required=True)
    parser.add_argument("--dialect", default="4.3", help="which Helm that program is; default 4.3")
    parser.add_argument("--work", help="scratch folder; default: a fresh one")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--seconds", type=float, default=60, help="begin no further chart after this time; default 60")
    parser.add_argument("--failing", type=float, default=0.03, help="the share of odd contexts and of statements that fail; default 0.03")
    parser.add_argument("--show", type=int, default=5, help="differences to print; default 5")
    arguments = parser.parse_args()
    for program in (arguments.helm, arguments.helmlock):
        if not os.access(program, os.X_OK):
            print(f"trees: no program at {program}", file=sys.stderr)
            return 2
    seed = arguments.seed if arguments.seed is not None else secrets.randbelow(2**32)
    print(f"seed {seed}", flush=True)
    work, count, began = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="trees-")).resolve(), dict.fromkeys(("rendered", "failed alike", "different", "endless"), 0), time.monotonic()
    commands = [[os.path.abspath(arguments.helm), "template", "r", "chart"], [os.path.abspath(arguments.helmlock), "template", "--helm-dialect", arguments.dialect]]
    while time.monotonic() - began < arguments.seconds:
        number, folder = sum(count.values()), work / "tree"
        shutil.rmtree(folder, ignore_errors=True)
        files = Tree(random.Random(f"{seed}/{number}"), arguments.failing).files | {"helmfile.yaml": "releases:\n- name: r\n  namespace: default\n  chart: ./chart\n"}
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
        helm, ours = (run(command, folder) for command in commands)
        # What calls itself forever takes helm all the memory there is.
        kind = "endless" if helm is None else "different" if helm != ours else "failed alike" if helm[0] else "rendered"
        count[kind] += 1
        if kind == "different":
            kept = work / "differences" / f"{seed}-{number}"
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            (kept / "said.txt").write_text(f"{helm}\n{ours}\n")
            if count[kind] <= arguments.show:
                print(f"--- {kept}\n  helm      {str(helm)[:1500]}\n  helmlock  {str(ours)[:1500]}", flush=True)
    print(f"seed {seed}: " + ", ".join(f"{number} {kind}" for kind, number in count.items()))
    return int(count["different"] > 0)


if __name__ == "__main__":
    sys.exit(main())
