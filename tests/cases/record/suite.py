#!/usr/bin/env python3
"""Records expected/*.yaml of tests/cases/suite/*, tests/cases/commands/*, tests/cases/post_rendered/* and examples/* again: what the real helmfile prints with the real helm.

Such a folder holds `charts` (each is packaged and served on loopback), `project` (the state file and what it reads; it finds
the repository in $REPOSITORY) and `commands.txt`, a list of `name: arguments`. Each command is run in a copy of the project,
and its stdout becomes `expected/<name>.yaml`, in which $PROJECT stands for the copy's path and $REPOSITORY for the repository's.
A file `helm` beside them names another helm than `helm4`; its plugins are the project's `plugins`.
What files it writes are put into the same file, each under a line `=== <path>`; locks are none of them. This script renders nothing itself and compares nothing: that is `cargo test`.

usage: suite.py --oracle DIR [FOLDER ...]      DIR holds `helmfile1` (1.8.0), `helm4` (4.3.1) and the others
"""
import argparse, functools, http.server, os, pathlib, shutil, subprocess, sys, tempfile, threading

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def files(project):
    return {path.relative_to(project): path.read_bytes() for path in sorted(project.rglob("*")) if path.is_file()}


def written(project, before):
    """What a command left in the project, which is taken away again."""
    text = b""
    for path, data in files(project).items():
        if path not in before and path.suffix != ".lock":
            text += f"=== {path}\n".encode() + data
    shutil.rmtree(project)
    for path, data in before.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes(data)
    return text


def record(folder, oracle):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        other = folder / "helm"
        helm = oracle / (other.read_text().strip() if other.exists() else "helm4")
        packages = scratch / "packages"
        env = {"PATH": os.environ["PATH"], "HOME": str(scratch), "TZ": "UTC"}
        packages.mkdir()
        for chart in sorted((folder / "charts").iterdir()):
            subprocess.run([helm, "package", chart, "-d", packages], env=env, check=True, capture_output=True)
        subprocess.run([helm, "repo", "index", packages], env=env, check=True, capture_output=True)
        env["REPOSITORY"] = serve(packages)
        project = scratch / "project"
        shutil.copytree(folder / "project", project)
        env["HELM_PLUGINS"] = str(project / "plugins")
        before = files(project)
        expected = folder / "expected"
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for line in (folder / "commands.txt").read_text().splitlines():
            name, arguments = line.split(": ", 1)
            argv = [oracle / "helmfile1", "--helm-binary", helm, *arguments.split()]
            done = subprocess.run(argv, env=env, cwd=project, capture_output=True)
            if done.returncode:
                sys.exit(f"{folder}: {line}\n{done.stderr.decode()}")
            output = done.stdout + written(project, before)
            output = output.replace(bytes(project), b"$PROJECT").replace(env["REPOSITORY"].encode(), b"$REPOSITORY")
            (expected / f"{name}.yaml").write_bytes(output.replace(str(helm).encode(), b"helm"))
            print(f"{folder.relative_to(ROOT)}: {name}: {len(output)} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oracle", type=pathlib.Path, required=True)
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    roots = [ROOT / "tests/cases/suite", ROOT / "tests/cases/commands", ROOT / "tests/cases/post_rendered", ROOT / "examples"]
    folders = options.folders or [listing.parent for root in roots for listing in sorted(root.glob("*/commands.txt"))]
    for folder in folders:
        record(folder.resolve(), options.oracle.resolve())


main()
