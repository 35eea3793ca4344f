#!/usr/bin/env python3
"""Records tests/cases/render/*.txt again: what the real helms print for each case's chart.

A case is a small chart written as sections (`--- Chart.yaml`, `--- templates/a.yaml`, `--- charts/s/values.yaml`), a section
`values` (given with --values) and a section `flags` (one flag a line). This script writes the chart to a folder, runs
`helm template r CHART` and puts stdout (with the flag `--output-dir=out`: the files written) into the section `output`, or the first lines of
stderr into `error`. A case without
Chart.yaml gets a plain one named `c`. It renders nothing itself and compares nothing: that is `cargo test`.

`output` and `error` are those of the newest dialect. `output 3.22` or `error 3.22` stands beside it where that dialect's helm
says something else than the next newer one; a dialect without a section said the same. A section `dialects` (names with
blanks between) limits a case to some of them.

usage: render.py --oracle DIR [FILE ...]      DIR holds `helm4` (4.3.1), `helm3_22` (3.22.0), `helm3_19` (3.19.0), `helm3` (3.15.3)
"""
import argparse, os, pathlib, subprocess, tempfile

CASES = pathlib.Path(__file__).resolve().parent.parent / "render"
PLAIN = "apiVersion: v2\nname: c\nversion: 0.1.0\n"
NOT_FILES = {"input", "values", "flags", "dialects"}
HELMS = {"4.3": "helm4", "3.22": "helm3_22", "3.19": "helm3_19", "3.15": "helm3"}
OUTCOMES = ("output", "error")


def is_outcome(section):
    return section.split(" ")[0] in OUTCOMES


def parse(text):
    """(head, [(name, [(section, text)])]) of a case file; the format is told in src/cases.rs."""
    head, cases = [], []
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("=== "):
            cases.append((line[4:].strip(), [("input", [])]))
        elif not cases:
            head.append(line)
        elif line.startswith("--- "):
            cases[-1][1].append((line[4:].strip(), []))
        else:
            cases[-1][1][-1][1].append(line.removeprefix("\\") if line.startswith("\\") else line)
    return head, [(name, [(section, "\n".join(lines)) for section, lines in sections]) for name, sections in cases]


def escape(text):
    return "\n".join("\\" + line if line.startswith(("=== ", "--- ", "\\")) else line for line in text.split("\n"))


def record(helm, sections):
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder, "chart")
        files = {name: text for name, text in sections if name not in NOT_FILES and not is_outcome(name)}
        files.setdefault("Chart.yaml", PLAIN)
        for name, text in files.items():
            path = chart / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if text.endswith("\n") or not text or name.endswith(".tail") else text + "\n")
        flags = dict(sections).get("flags", "").split("\n")
        argv = [helm, "template", "r", str(chart), *(flag for flag in flags if flag)]
        if "values" in dict(sections):
            values = pathlib.Path(folder, "values.yaml")
            values.write_text(dict(sections)["values"] + "\n")
            argv += ["--values", str(values)]
        env = {"PATH": os.environ["PATH"], "HOME": folder, "HELM_NAMESPACE": "default", "TZ": "UTC"}
        done = subprocess.run(argv, env=env, cwd=folder, capture_output=True, text=True)
        written = files_of(pathlib.Path(folder, "out"))
    if done.returncode == 0:
        return "output", written or done.stdout
    lines = done.stderr.split("\n")
    first = next(index for index, line in enumerate(lines) if line.startswith("Error: "))
    return "error", "\n".join(lines[first:]).replace(folder + "/", "").removeprefix("Error: ").replace("\n\nUse --debug flag to render out invalid YAML\n", "\n").rstrip("\n")


def files_of(folder):
    """What `--output-dir=out` wrote, as one text: each file by its path, sorted."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(f"> {path.relative_to(folder)}\n{path.read_text()}" for path in paths)


def as_recorded(outcomes, dialect, first, last):
    """What the file says for a dialect: its own section, or what the dialect before it has."""
    for section in ("output", "error"):
        name = section if first else f"{section} {dialect}"
        if name in outcomes:
            return section, outcomes[name]
    return last


def record_all(oracle, sections, outcomes):
    """The sections of all dialects, newest first, without those that say what the one before says. Where a helm is not to be
    had, its recordings stay."""
    dialects = dict(sections).get("dialects", " ".join(HELMS)).split()
    recorded, last = [], None
    for dialect in dialects:
        helm = pathlib.Path(oracle, HELMS[dialect]).resolve()
        if helm.exists():
            section, text = record(str(helm), sections)
        else:
            section, text = as_recorded(outcomes, dialect, dialect == dialects[0], last)
        if (section, text) != last:
            recorded.append((section if dialect == dialects[0] else f"{section} {dialect}", text))
        last = (section, text)
    return recorded


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oracle", required=True)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    for path in arguments.files or sorted(CASES.glob("*.txt")):
        head, cases = parse(path.read_text())
        out = "\n".join(head)
        for name, sections in cases:
            kept = [(section, text) for section, text in sections if not is_outcome(section)]
            outcomes = {section: text for section, text in sections if is_outcome(section)}
            out += f"\n=== {name}"
            for section, text in [*kept, *record_all(arguments.oracle, kept, outcomes)]:
                if section != "input":
                    out += f"\n--- {section}"
                if section != "input" or text:
                    out += "\n" + escape(text)
        path.write_text(out.lstrip("\n") + "\n")
        print(f"{path.name}: {len(cases)} cases")


if __name__ == "__main__":
    main()
