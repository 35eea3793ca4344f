#!/usr/bin/env python3
"""Records what Helm's functions give: tests/cases/functions/*.txt.

    python3 tests/cases/record/functions.py --oracle DIR [FILE...]

DIR holds the programs helm4 (4.3.1), helm3_22 (3.22.0), helm3_19 (3.19.0) and helm3 (3.15.3). A case is a template, with the values that its section `values` says as `.Values`; what
it printed is written to its section `output`, or the message of the function that failed to `error`. So a new case is a
name, a template, and a run of this script. `output 3.22` or `error 3.22` stands beside it where that dialect's helm says something
else than the next newer one; a dialect without a section said the same, and where a helm is not to be had, its recordings stay. The machine's zone is what the section `zone` says, else UTC.
"""
import argparse, base64, concurrent.futures, json, os, re, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
HELMS = {"4.3": "helm4", "3.22": "helm3_22", "3.19": "helm3_19", "3.15": "helm3"}


def parse(text):
    head, *cases = re.split(r"^=== ", text, flags=re.M)
    result = []
    for case in cases:
        name, _, rest = case.partition("\n")
        sections = {}
        title = "input"
        lines = []
        for line in rest.removesuffix("\n").split("\n"):
            if line.startswith("--- "):
                sections[title] = "\n".join(lines)
                title, lines = line[4:].strip(), []
            else:
                lines.append(line[1:] if line.startswith("\\") else line)
        sections[title] = "\n".join(lines)
        result.append((name.strip(), sections))
    return head, result


def escape(text):
    return "".join(("\\" + line if re.match(r"\\|=== |--- ", line) else line) + "\n" for line in text.split("\n"))


class Chart:
    def __init__(self, folder, cases, zone, helm):
        self.folder, self.zone, self.helm = folder, zone, helm
        os.makedirs(folder + "/templates")
        self.write("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")
        for index, (_, sections) in cases:
            self.write(f"templates/t{index}.yaml", template(index, sections["input"], sections.get("values", "{}")))

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(text)

    def render(self):
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "TZ": self.zone}
        command = [self.helm, "template", "r", self.folder]
        return subprocess.run(command, env=environment, capture_output=True, text=True, errors="surrogateescape")


def template(index, text, values):
    values = json.dumps(values, ensure_ascii=False)
    return (
        f'{{{{ define "case{index}" }}}}{text}{{{{ end }}}}'
        f'out: {{{{ include "case{index}" (dict "Values" (fromYaml {values})) | b64enc | quote }}}}\n'
    )


def zone_of(sections):
    return sections.get("zone", "UTC")


def outcomes(path, indexed, zone, helm):
    """What each of these cases printed or how it failed, by its index."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        chart = Chart(folder + "/c", indexed, zone, helm)
        while True:
            done = chart.render()
            if done.returncode == 0:
                break
            failed = re.search(r"c/templates/t(\d+)\.yaml", done.stderr)
            assert failed, done.stderr
            index = int(failed.group(1))
            assert index not in results, done.stderr
            results[index] = ("error", message(index, done.stderr))
            os.remove(f"{folder}/c/templates/t{index}.yaml")
        for index, encoded in re.findall(r'# Source: c/templates/t(\d+)\.yaml\nout: "([^"]*)"', done.stdout):
            text = base64.b64decode(encoded)
            try:
                results[int(index)] = ("output", text.decode())
            except UnicodeDecodeError:
                sys.exit(f"{path}: case {index} prints what is no UTF-8")
    return results


def in_dialect(path, cases, dialect, oracle):
    """What each case gives in one dialect, by its index."""
    helm = os.path.join(oracle, HELMS[dialect])
    if not os.path.exists(helm):
        return {}
    results = {}
    for zone in sorted({zone_of(sections) for _, sections in cases}):
        indexed = [(index, case) for index, case in enumerate(cases) if zone_of(case[1]) == zone]
        results |= outcomes(path, indexed, zone, helm)
    return results


def as_recorded(sections, dialect, last):
    """What the file says for a dialect: its own section, or what the dialect before it has."""
    for kind in ("output", "error"):
        name = f"{kind} {dialect}" if last else kind
        if name in sections:
            return kind, sections[name]
    return last


def record(path, oracle):
    with open(path) as file:
        head, cases = parse(file.read())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda dialect: in_dialect(path, cases, dialect, oracle), HELMS))
    out = head
    for index, (name, sections) in enumerate(cases):
        out += f"=== {name}\n{escape(sections['input'])}"
        for section in ("values", "zone"):
            if section in sections:
                out += f"--- {section}\n{escape(sections[section])}"
        last = None
        for dialect, said in zip(HELMS, results):
            kind, text = said.get(index) or as_recorded(sections, dialect, last)
            if (kind, text) != last:
                out += f"--- {kind}{' ' + dialect if last else ''}\n{escape(text)}"
            last = (kind, text)
    with open(path, "w") as file:
        file.write(out)
    print(f"{os.path.basename(path)}: {len(cases)} cases")


def message(index, stderr):
    """What failed in the case itself, without the place and the templates around it."""
    text = stderr[stderr.index("Error: ") + 7:].split("\n\nUse --debug")[0].rstrip("\n")
    if text.startswith("execution error at ("):  # Helm's own `fail` keeps the name of the function to itself
        return "error calling fail: " + text.split("): ", 1)[1]
    if text.startswith("parse error at ("):  # a function that this Helm does not have
        return text.split("): ", 1)[1]
    start = text.rfind(f'executing "case{index}" at <')
    assert start >= 0, text
    return re.split(r">:\s+", text[start:], maxsplit=1)[1]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--oracle", required=True)
    arguments.add_argument("files", nargs="*")
    arguments = arguments.parse_args()
    folder = os.path.join(HERE, "..", "functions")
    files = arguments.files or sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".txt"))
    for path in files:
        record(path, arguments.oracle)


main()
