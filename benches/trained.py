#!/usr/bin/env python3
"""Builds the program as it is measured: guided by a profile of itself.

What it is: `cargo build --release` twice, with training in between. The first build counts which ways its code goes (without optimizing
across crates, which takes no part in the counting); it is run over the workloads below; the second is told the counts. Then llvm-bolt, if
it is here, lays out the code so that what runs together stands together. The result is target/trained/helmlock, which takes a
seventh less processor time for 100 releases than one that was told nothing, and prints the same.

What it is not: a measurement. The workloads are the repository's own charts and recorded cases, not those that benches/template.py
and benches/charts.py measure.

    trained.py

It needs Linux and the `llvm-profdata` of the compiler's own LLVM: from `rustup component add llvm-tools`, or Debian's `llvm-<version>`
(and `bolt-<version>`). Exit code: 0 built, 2 cannot run, 3 there is no such tool.
"""
import functools, os, pathlib, re, shutil, subprocess, sys, tempfile

import charts, instructions

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "target/trained"
PLAIN_CHART = "apiVersion: v2\nname: c\nversion: 1.0.0\n"
PRINTING_ALL = "{{ range $name, $_ := .Files.Glob \"texts/*\" }}\n{{ base $name }}: {{ tpl ($.Files.Get $name) $ | quote }}\n{{ end }}"
# How many texts one chart prints.
TOGETHER = 20
# Counting, the program is not optimized as a whole, which comes after the counting and takes minutes; said here and not as a
# profile of cargo's, since that would give all functions other names.
COUNTING = ["-Clto=off", "-Clinker-plugin-lto=no"]
# Counts are kept for functions in the parts that a crate is compiled in, so both builds need the same; many are compiled at once.
BOTH = ["-Ccodegen-units=16"]
PROGRAM = "helmlock"
# How often each workload runs, so that none drowns in another.
SMALL, LARGE = 20, 3


def stop(text, code=2):
    print("trained:", text, file=sys.stderr)
    sys.exit(code)


def said(*command):
    """What a program prints that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        stop(f"{' '.join(map(str, command))} failed\n{done.stderr[-2000:]}")
    return done.stdout


def compiler():
    """What the compiler says of itself: its host, its LLVM."""
    return dict(re.findall(r"^(\S+(?: \S+)?): (\S+)$", said("rustc", "-vV"), re.M))


@functools.cache
def tool(name):
    """A tool of LLVM in the version of the compiler's, if it is here."""
    about = compiler()
    own = pathlib.Path(said("rustc", "--print", "sysroot").strip(), "lib/rustlib", about["host"], "bin", name)
    version = about["LLVM version"].partition(".")[0]
    debians = pathlib.Path(f"/usr/lib/llvm-{version}/bin", name)
    return next((str(path) for path in (own, debians) if path.exists()), None)


def build(host, *flags):
    """The program, built with these flags. With a target named, they are for it alone, and not for what builds it."""
    flags = [*os.environ.get("RUSTFLAGS", "").split(), *BOTH, *flags]
    command = ["cargo", "build", "--release", "--quiet", "--bin", "helmlock", "--target", host, "--target-dir", TARGET]
    # This one may have blanks in its flags.
    if subprocess.run(command, cwd=ROOT, env={**os.environ, "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags)}).returncode:
        stop("the build failed")
    return TARGET / host / "release" / PROGRAM


def recorded(folder):
    """The recorded cases of a folder that print something: each a map from section to text, its first text under "input"."""
    for path in sorted((ROOT / "tests/cases" / folder).glob("*.txt")):
        for case in re.split(r"^=== .*\n", path.read_text(), flags=re.M)[1:]:
            sections = dict(re.findall(r"^--- (\S+)\n(.*?)(?=^--- |\Z)", "--- input\n" + case, re.M | re.S))
            if "output" in sections:
                yield {name: re.sub(r"^\\", "", text, flags=re.M) for name, text in sections.items()}


def cases():
    """The charts of recorded cases, and those that print what is recorded of functions: each a map from path to text."""
    for case in recorded("render"):
        yield {"Chart.yaml": PLAIN_CHART} | {name: text for name, text in case.items() if "." in name or "/" in name}
    inputs = [case["input"] for case in recorded("functions")]
    for start in range(0, len(inputs), TOGETHER):
        files = {f"texts/{number}": text for number, text in enumerate(inputs[start : start + TOGETHER])}
        yield {"Chart.yaml": PLAIN_CHART, "templates/all.yaml": PRINTING_ALL} | files


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def train(helmlock, work, counts, one_of=1):
    """Runs the workloads, or one run of so many. `counts` are the settings with which the program counts. Of a recorded case it does
    not matter whether the program can do without what its record also had."""
    env = {"PATH": os.environ["PATH"], "HOME": str(work / "home"), "HELMLOCK_CACHE_DIR": str(work / "cache"), **counts}

    def run(folder, *arguments, times=1, may_fail=False):
        for _ in range(-(-times // one_of)):
            done = subprocess.run([helmlock, *arguments], cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if done.returncode and not may_fail:
                stop(f"{' '.join(arguments)} failed\n{done.stderr}")

    work.mkdir()
    instructions.repository(work / "repository")
    with instructions.serving(work / "repository") as url:
        for name, releases, times in (("one", 1, SMALL), ("hundred", 100, LARGE)):
            instructions.project(work / name, url, releases)
            run(work / name, "resolve", times=2)
            run(work / name, "check", times=LARGE)
            run(work / name, "list", times=LARGE)
            run(work / name, "template", times=times)
            run(work / name, "template", "-j1", times=times)
    run(work, "--version", times=SMALL)
    charts.project(work, charts.large_archive(work), lambda: run(work, "resolve"))
    run(work, "template", times=LARGE)
    for number, files in list(enumerate(cases()))[::one_of]:
        folder = work / "cases" / str(number)
        write(folder / "chart", files)
        write(folder, {"helmfile.yaml": "releases:\n  - name: r\n    namespace: default\n    chart: ./chart\n"})
        run(folder, "template", may_fail=True)


def ending(work):
    """The settings with which a program ends in the C library's way, which writes what was counted: ours ends at once."""
    source, library = work / "ending.c", work / "ending.so"
    source.write_text("#include <stdlib.h>\nvoid _exit(int code) { exit(code); }\n")
    said("cc", "-shared", "-fPIC", "-o", library, source)
    return {"LD_PRELOAD": str(library)}


def laid_out(program, work, ends):
    """The program with its code laid out by llvm-bolt, so that what runs together stands together."""
    bolt, merge = tool("llvm-bolt"), tool("merge-fdata")
    counting, result, counts = work / "counting", work / PROGRAM, work / "ways"
    counts.mkdir()
    said(bolt, program, "-instrument", "-o", counting, f"--instrumentation-file={counts / 'way'}", "--instrumentation-file-append-pid")
    train(counting, work / "laying", ends, one_of=10)
    said(merge, *counts.iterdir(), "-o", work / "merged")
    layout = ["-reorder-blocks=ext-tsp", "-reorder-functions=cdsort", "-split-functions", "-split-all-cold", "-split-eh"]
    said(bolt, program, "-o", result, f"-data={work / 'merged'}", *layout)
    return result


def main():
    host = compiler()["host"]
    merge, profile, has_bolt = tool("llvm-profdata"), TARGET / "profile", bool(tool("llvm-bolt") and tool("merge-fdata"))
    if not merge or "linux" not in host:
        stop("it takes Linux and the llvm-profdata of the compiler's LLVM: `rustup component add llvm-tools`, or Debian's llvm-<version>", 3)
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        ends, counts = ending(work), work / "counts"
        train(build(host, *COUNTING, f"-Cprofile-generate={counts}"), work / "counted", ends | {"LLVM_PROFILE_FILE": f"{counts}/%4m.profraw"})
        said(merge, "merge", "-o", profile, counts)
        program = build(host, f"-Cprofile-use={profile}", *(["-Clink-args=-Wl,--emit-relocs"] if has_bolt else []))
        if has_bolt:
            program = laid_out(program, work, ends)
        built = shutil.copy2(program, TARGET)
    print(pathlib.Path(built).relative_to(ROOT))


if __name__ == "__main__":
    main()
