#!/usr/bin/env python3
"""Every chart of a folder of clones, with default values and with each file that its repository tests it with.

For each clone (clones.py says what that is) all its charts are packaged by the oracle's helm4, and charts.py renders them with
helmlock and with each helm: with default values, with every ci/*.yaml, and with every tests/values/*.yaml beside the chart.
A release that Helm refuses has to be refused. Prints a table, repository by repository, and what is not equal.

    many.py --clones DIR --oracle DIR --helmlock BIN --work DIR [--helms helm4,helm3_22,helm3_19] [--only REGEX] [--again]

What was judged stays in WORK/results; a later run takes it from there unless --again is given.
"""
import argparse, json, pathlib, re, subprocess, sys

import clones

HERE = pathlib.Path(__file__).resolve().parent


def main():
    a = arguments()
    work, oracle = pathlib.Path(a.work).resolve(), pathlib.Path(a.oracle).resolve()
    if not a.packaged:
        package(a, work, oracle / "helm4")
    table, different = {}, []
    for values in sorted((work / "values").iterdir()):
        if re.search(a.only, values.name) and any(values.iterdir()):
            for helm in a.helms.split(","):
                rows = judge(a, work, oracle / helm, values)
                table.setdefault(values.name, {})[helm] = rows
                different += [f"{helm} {values.name} {r['release']}: {r['verdict']}" for r in rows if not r["equal"]]
    report(table, a.helms.split(","))
    print("\n".join(different))
    return int(bool(different))


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--clones", "--oracle", "--helmlock", "--work"):
        p.add_argument(name, required=True)
    p.add_argument("--helms", default="helm4,helm3_22,helm3_19")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--only", default="", metavar="REGEX", help="only clones whose name matches")
    p.add_argument("--again", action="store_true", help="judge again what WORK/results already has")
    p.add_argument("--packaged", action="store_true", help="WORK/charts and WORK/values are from an earlier run")
    return p.parse_args()


def package(a, work, helm):
    """WORK/charts/CLONE and WORK/values/CLONE, as charts.py wants them; says which charts are left out."""
    all_clones = clones.Clones(a.clones, work / "packaging", helm)
    print("\n".join(all_clones.problems))
    for earlier in [f for place in ("charts", "values") for f in (work / place).glob("*/*") if re.search(a.only, f.parent.name)]:
        earlier.unlink()
    for clone in all_clones.all.values():
        for chart in clone.charts if re.search(a.only, clone.name) else ():
            archive, why = all_clones.package(chart, work / "charts" / clone.name)
            if archive is None:
                print(f"left out: {clone.name} {chart.name}: {why}")
            elif re.match(r".+?-v?\d+\.\d+\.\d+.*\.tgz$", archive.name):
                write_values(clone, chart, work / "values" / clone.name)


def write_values(clone, chart, into):
    into.mkdir(parents=True, exist_ok=True)
    # the empty line ends what charts.py takes for itself
    head = f"# namespace: x-{chart.name[:40]}\n# default: no\n\n".encode()
    (into / f"{chart.name}--default.yaml").write_bytes(head)
    beside = re.compile(re.escape(chart.path + "/" if chart.path else "") + r"(?:ci|tests/values)/([^/]+)\.ya?ml$")
    for n, path in enumerate(p for p in clone.paths if beside.match(p)):
        variant = re.sub(r"[^a-z0-9]+", "-", beside.match(path)[1].lower().removesuffix("-values")).strip("-")
        if len(chart.name) + len(variant) > 46:  # Helm takes 53 letters for a release
            variant = variant[:max(0, 46 - len(chart.name))]
        (into / f"{chart.name}--{n}-{variant.rstrip('-')}.yaml").write_bytes(head + clone.read(path))


def judge(a, work, helm, values):
    result = work / "results" / values.name / f"{helm.name}.json"
    if result.exists() and not a.again:
        return json.loads(result.read_text())
    result.unlink(missing_ok=True)
    result.parent.mkdir(parents=True, exist_ok=True)
    scratch = work / "scratch" / helm.name
    r = subprocess.run([sys.executable, HERE / "charts.py", "--helm", helm, "--charts", work / "charts" / values.name,
                        "--values", values, "--helmlock", a.helmlock, "--work", scratch, "--json", result, "--refusals", "--timeout", "600",
                        "--jobs", str(a.jobs)], capture_output=True, text=True)
    result.with_suffix(".log").write_text(r.stdout + r.stderr)
    if not result.exists():
        return [{"release": "*", "chart": "*", "equal": False, "refused": False, "random_lines": 0, "bytes": 0,
                 "verdict": " ".join((r.stdout + r.stderr).split())[-300:]}]
    return json.loads(result.read_text())


def report(table, helms):
    print(f"{'repository':<44} {'charts':>6} {'renderings':>10} {'refused':>8}", *(f"{h:>10}" for h in helms))
    total = [0] * (3 + len(helms))
    for name, by_helm in table.items():
        rows = by_helm[helms[0]]
        counts = [len({r["chart"] for r in rows}), len(rows), sum(r["refused"] for r in rows)]
        counts += [sum(r["equal"] for r in by_helm[h]) for h in helms]
        total = [x + y for x, y in zip(total, counts)]
        print(f"{name:<44} {counts[0]:>6} {counts[1]:>10} {counts[2]:>8}", *(f"{n:>10}" for n in counts[3:]))
    print(f"{f'{len(table)} repositories':<44} {total[0]:>6} {total[1]:>10} {total[2]:>8}", *(f"{n:>10}" for n in total[3:]))


if __name__ == "__main__":
    sys.exit(main())
