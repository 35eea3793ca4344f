#!/usr/bin/env python3
"""Records what helmfile makes of the projects in tests/cases/project.

Usage: project.py --oracle DIR [FILE...]

The helm has a plug-in `secrets`, which takes `ENC:` away. DIR holds `helmfile1`. The file `-` is standard input. Each case's `--- file PATH` sections are written to an empty directory, with
`(crlf)` or `(no line break)` behind the path as that says; `--- options` are further
arguments, `--- variables` further environment variables. helmfile calls a `helm` that renders nothing and writes down its
arguments and values files. Recorded are, in place of what stood there:

  --- list       what `helmfile list --output json` prints, a release per line
  --- template   what helm was called with, a call per release
  --- fails      or helmfile's error
  --- skips      what helmfile says that it skips, if anything
  --- hooks      how the program `hook` was called, a line each, if it was

A case with `--- requests` is about charts that need not be there, so only `list` is recorded.
All other sections stay as they are.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RECORDED = ("list", "template", "fails", "skips", "hooks")

HOOK = r"""#!/usr/bin/env python3
import os, sys
folder = os.path.relpath(os.getcwd(), os.environ["PROJECT"])
with open(os.environ["RECORD"] + ".hooks", "a") as record:
    record.write(" | ".join([folder, *sys.argv[1:]]) + "\n")
"""

HELM = r"""#!/usr/bin/env python3
import os, sys
arguments = sys.argv[1:]
if arguments[:1] == ["--kube-context"]:
    arguments = arguments[2:]
if arguments[:1] == ["version"]:
    print("v4.1.0")
elif arguments[:1] == ["secrets"]:
    text = open(arguments[2]).read()
    sys.exit("broken") if "BROKEN" in text else print(text.replace("ENC:", ""), end="")
elif arguments[:1] == ["template"]:
    chart = os.path.relpath(arguments[2], os.environ["PROJECT"]) if os.path.exists(arguments[2]) or arguments[2][:1] in "./" else arguments[2]
    out = ["release " + arguments[1], "chart " + chart]
    rest, values = arguments[3:], []
    while rest:
        flag = rest.pop(0)
        if flag == "--values":
            values.append(open(rest.pop(0), "rb").read().decode())
        elif flag == "--kube-context":
            rest.pop(0)
        elif flag in ("--version", "--namespace", "--set", "--set-string", "--set-file", "--kube-version", "--api-versions"):
            out.append(flag[2:] + " " + rest.pop(0))
        else:
            out.append(flag[2:])
    for text in values:
        out.append("values")
        lines = text.split("\n")
        out.extend("  " + line for line in (lines[:-1] if lines[-1] == "" else lines))
        if lines[-1] != "":
            out.append("  (no line break)")
    with open(os.environ["RECORD"], "a") as record:
        record.write("\n".join(out) + "\n")
"""


def parse(text):
    head, cases = [], []
    for line in text.split("\n"):
        if line.startswith("=== "):
            cases.append((line[4:].strip(), [("input", [])]))
        elif cases and line.startswith("--- "):
            cases[-1][1].append((line[4:].strip(), []))
        elif cases:
            cases[-1][1][-1][1].append(line)
        else:
            head.append(line)
    return head, cases


def unescape(lines):
    return "\n".join(line[1:] if line.startswith("\\") else line for line in lines)


def escape(text):
    return ["\\" + line if re.match(r"(=== |--- |\\)", line) else line for line in text.split("\n")]


def run(helmfile, command, directory, options, environment):
    # In their order, as we print them; by itself helmfile reads the files of a folder in any.
    call = [helmfile, *command, "--sequential-helmfiles", *options]
    standard_input = open(directory / "-", "rb") if (directory / "-").exists() else subprocess.DEVNULL
    result = subprocess.run(
        call, cwd=directory, env=environment, stdin=standard_input, capture_output=True, text=True, timeout=60
    )
    return result.returncode, result.stdout, result.stderr


def failure(code, stderr, directory):
    text = stderr.replace(str(directory) + "/", "").replace(str(directory), ".")
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    lines = [line for line in lines if not re.match(r"(Adding repo|Templating release|Building|Comparing)", line)]
    return [f"exit {code}", *lines[-3:]]


def record(helmfile, sections):
    with tempfile.TemporaryDirectory() as root:
        root = Path(root).resolve()
        project, bin = root / "project", root / "bin"
        project.mkdir(), bin.mkdir()
        (bin / "helm").write_text(HELM)
        (bin / "helm").chmod(0o755)
        (bin / "hook").write_text(HOOK)
        (bin / "hook").chmod(0o755)
        (root / "plugins/secrets").mkdir(parents=True)
        (root / "plugins/secrets/plugin.yaml").write_text("name: secrets\nversion: 4.6.0\n")
        options, variables = [], {}
        for name, lines in sections:
            if name.startswith("file "):
                path, _, form = name[5:].partition(" (")
                path = project / path
                path.parent.mkdir(parents=True, exist_ok=True)
                text = unescape(lines).rstrip("\n") + ("" if form == "no line break)" else "\n")
                path.write_bytes((text.replace("\n", "\r\n") if form == "crlf)" else text).encode())
            elif name == "options":
                options = [line for line in unescape(lines).split("\n") if line]
            elif name == "variables":
                variables = dict(line.split("=", 1) for line in unescape(lines).split("\n") if line)
        environment = {
            "PATH": f"{bin}:{os.environ['PATH']}",
            "HOME": str(root),
            "RECORD": str(root / "record"),
            "PROJECT": str(project),
            "HELM_PLUGINS": str(root / "plugins"),
            "HELMFILE_UPGRADE_NOTICE_DISABLED": "1",
            "HELMFILE_CACHE_HOME": str(root / "cache"),
            "NO_COLOR": "1",
            **variables,
        }
        needs = [option for option in options if "needs" in option]
        common = [option for option in options if "needs" not in option]
        out = []
        code, stdout, stderr = run(helmfile, ["list", "--output", "json", "--skip-charts"], project, common, environment)
        if code == 0:
            rows = [json.dumps(row, separators=(",", ":"), ensure_ascii=False) for row in json.loads(stdout)]
            out.append(("list", rows))
        if any(name == "requests" for name, _ in sections):
            return out
        if any("missingFileHandler" in "\n".join(lines) for _, lines in sections):
            _, _, stderr = run(helmfile, ["template", "--skip-deps", "--log-level=debug", *needs], project, common, environment)
            skips = {line for line in stderr.split("\n") if re.match("skipping missing|no matches for path", line)}
            out.extend([("skips", sorted(skips))] if skips else [])
        (root / "record").unlink(missing_ok=True)
        (root / "record.hooks").unlink(missing_ok=True)
        needs = [*needs, "--concurrency=1"]
        code, stdout, stderr = run(helmfile, ["template", "--skip-deps", *needs], project, common, environment)
        if code == 0:
            text = (root / "record").read_text() if (root / "record").exists() else ""
            out.append(("template", escape(text.rstrip("\n")) if text else []))
        else:
            out.append(("fails", escape("\n".join(failure(code, stderr, project)))))
        if (root / "record.hooks").exists():
            out.append(("hooks", escape((root / "record.hooks").read_text().rstrip("\n"))))
        return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--oracle", required=True)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    helmfile = str(Path(arguments.oracle).resolve() / "helmfile1")
    folder = Path(__file__).resolve().parent.parent / "project"
    files = [Path(file) for file in arguments.files] or sorted(folder.glob("*.txt"))
    for file in files:
        head, cases = parse(file.read_text().removesuffix("\n"))
        lines = head
        for name, sections in cases:
            recorded = record(helmfile, sections)
            while lines and not lines[-1].strip():
                lines.pop()
            lines.extend(["", f"=== {name}"])
            kept = [(section, text) for section, text in sections if section not in RECORDED]
            error = [section for section in kept if section[0] in ("error", "requests", "notes", "errors")]
            kept = [section for section in kept if section not in error]
            for section, text in kept + recorded + error:
                while text and not text[-1].strip():
                    text.pop()
                if section != "input":
                    lines.append(f"--- {section}")
                lines.extend(text)
            print(f"{file.name} {name}", file=sys.stderr)
        file.write_text("\n".join(lines).rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
