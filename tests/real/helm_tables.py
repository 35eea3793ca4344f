#!/usr/bin/env python3
"""Holds helmlock against the tables and goldens that Helm tests itself with, read from a local checkout of helm/helm.

The tables are read out of Helm's test sources (golang.py reads the literals) and run through `helmlock template` on charts
that are written for it: the goldens of `helm template`, the template functions, `--set` and its like, coalescing, conditions
and import-values, how manifests are split and sorted, what the engine renders and how it fails. Nothing of Helm's is kept.

With `--helm` the same charts go through the real program, too; a row that helm itself answers otherwise than the table (a
checkout of another version, or a library that does less than the program) is named and does not count.

    helm_tables.py --checkout DIR --helmlock EXE [--helm EXE] [--work DIR] [--show N]

Exit code: 0 if every row passes or is named with its reason, 1 if not, 2 cannot run.
"""
import argparse, base64, collections, contextlib, json, os, pathlib, re, shlex, shutil, subprocess, sys, tempfile

import golang
from golang import Call, Literal, Source, fields, plain

# Rows of functions that we answer otherwise, and why.
OURS = {}
# Tests of the engine that no chart can put, and why.
INSIDE = {
    "TestSortTemplates": "the order in which Helm parses files shows only in which of two definitions wins, which charts of ours ask",
    "TestRenderInternals": "its data has no `.Values`",
    "TestParallelRenderInternals": "its data has no `.Values`, and it asks for a race",
    "TestAllTemplates": "counts what an inner call gives",
    "TestRenderWithDNS": "asks the network",
    "TestRenderWithClientProvider": "asks a cluster",
    "TestRenderWithClientProvider_error": "asks a cluster",
    "TestRenderTplMissingKeyString": "the strict mode that `helm lint` has",
    "TestRenderCustomTemplateFuncs": "functions that a Go program gives to the engine",
    "TestTraceableError_SimpleForm": "Helm reads its own errors back from text",
    "TestTraceableError_ExecutingForm": "Helm reads its own errors back from text",
    "TestTraceableError_NoTemplateForm": "Helm reads its own errors back from text",
}
# Rows that no command line can say, and why.
UNSAID = {
    "check name template": "helmfile names releases itself; `--name-template` has no counterpart",
    "check no args": "the usage text of helm's own command line",
    "chart with template with invalid yaml (--debug)": "`--debug` prints what could not be parsed; helmlock's own excerpt stands elsewhere",
}


class Programs:
    """Runs a chart by helmlock, and by helm where there is one."""

    def __init__(self, helmlock, helm, work):
        self.helmlock, self.helm, self.work = os.path.abspath(helmlock), helm and os.path.abspath(helm), work
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(work), "HELMLOCK_CACHE_DIR": str(work / "cache")}

    def both(self, chart, flags=(), values=None, name="release-name"):
        """(ours, helm's or None), each (exit code, stdout, the error without what is around it)."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        flags, arguments = list(flags), []
        copied(chart, folder / "chart")
        if values is not None:
            (folder / "given.yaml").write_text(values if isinstance(values, str) else json.dumps(values))
        release = {"name": name, "namespace": "default", "chart": "./chart", "values": ["given.yaml"] if values is not None else []}
        own = ("--set=", "--show-only=", "--values=", "--include-crds", "--skip-tests", "--kube-version=", "--api-versions=", "--no-hooks", "--is-upgrade")
        direct = [flag for flag in flags if flag.startswith(own)]
        rest = [flag for flag in flags if not flag.startswith(own)]
        (folder / "helmfile.yaml").write_text(f"helmDefaults: {json.dumps({'args': rest})}\nreleases:\n- {json.dumps(release)}\n")
        if any((folder / "chart").glob("charts/*.tgz")):
            # Archives in charts/ are used as the lock has them.
            self.run([self.helmlock, "resolve", "--quiet"], folder)
        ours = self.run([self.helmlock, "template", *direct], folder)
        if not self.helm:
            return ours, None
        command = [self.helm, "template", name, "chart", *flags, *(["-f", "given.yaml"] if values is not None else [])]
        return ours, self.run(command, folder)

    def run(self, command, folder):
        done = subprocess.run(command, cwd=folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        error = re.sub(r"^(level=|WARNING).*\n", "", done.stderr, flags=re.M).strip()
        error = error.replace("\n\nUse --debug flag to render out invalid YAML", "")
        output = done.stdout
        if command[0] == self.helmlock:
            error = re.sub(r"^error: (release `[^`]*` \([^)]*\)|chart `[^`]*`): ", "", error)
            # helmfile ends a release's block with one more line break.
            output = output.removesuffix("\n")
        return done.returncode, output, re.sub(r"^(Error|error): ", "", error)


class Report:
    def __init__(self, show):
        self.show, self.count, self.named, self.failed = show, collections.defaultdict(collections.Counter), [], 0

    def row(self, table, name, expected, ours, helm=None):
        """Each of the last three is what a row gave, or what it must give."""
        count = self.count[table]
        count["rows"] += 1
        if helm is not None and helm != expected:
            count["named"] += 1
            agree = "; helmlock answers as helm does" if ours == helm else ""
            self.named.append((table, name, f"helm itself answers {str(helm)[:300]!r}{agree}"))
            if ours != helm:
                self.fails(table, name, helm, ours)
        elif ours == expected:
            count["passed"] += 1
        else:
            self.fails(table, name, expected, ours)

    def fails(self, table, name, expected, ours):
        self.failed += 1
        if self.failed <= self.show:
            print(f"--- {table} {name!r}\n  expected  {expected!r}\n  helmlock  {ours!r}")

    def leaves(self, table, name, reason):
        self.count[table].update({"rows": 1, "named": 1})
        self.named.append((table, name, reason))

    def print(self):
        print(f"{'table':32}{'rows':>6}{'passed':>8}{'named':>7}")
        total = collections.Counter()
        for table, count in self.count.items():
            print(f"{table:32}{count['rows']:6}{count['passed']:8}{count['named']:7}")
            total.update(count)
        print(f"{'all':32}{total['rows']:6}{total['passed']:8}{total['named']:7}")
        for table, name, reason in self.named:
            print(f"named: {table} {name!r}: {reason}")


def copied(chart, folder):
    """The chart without the repositories of its dependencies, which stand in charts/ and are not to be locked."""
    shutil.copytree(chart, folder, symlinks=True)
    for path in [*folder.rglob("Chart.yaml"), *folder.rglob("requirements.yaml")]:
        path.write_text(re.sub(r"(\brepository:).*", r'\1 ""', path.read_text()))


def source(checkout, path):
    names = {"chartPath": "testdata/testcharts/subchart", "deletevalchart": "testdata/testcharts/issue-9027"}
    return Source((checkout / path).read_text(), names)


def write_chart(folder, name, templates=(), values=None, version="0.1.0", files=(), subcharts=()):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text(json.dumps({"apiVersion": "v2", "name": name, "version": version}))
    if values is not None:
        (folder / "values.yaml").write_text(json.dumps(values))
    for path, text in [*templates, *files]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


# ---------------------------------------------------------------- goldens of `helm template`
def text_of(value):
    """A command line that is written with Sprintf and Join."""
    if isinstance(value, Call):
        arguments = [text_of(argument) for argument in value.arguments]
        return "/".join(arguments) if value.name == "filepath.Join" else arguments[0] % tuple(arguments[1:])
    return value


def goldens(checkout, programs, report):
    table = source(checkout, "pkg/cmd/template_test.go").function("TestTemplateCmd").after(r"tests := ")
    base = checkout / "pkg/cmd"
    for row in (fields(row, ()) for row in table.items):
        name, words = row["name"], shlex.split(text_of(row["cmd"]))[1:]
        if name in UNSAID:
            report.leaves("template goldens", name, UNSAID[name])
            continue
        chart, flags = None, []
        words = iter(words)
        for word in words:
            if not word.startswith("-"):
                chart = base / word
            elif word in ("--include-crds", "--skip-tests"):
                flags.append(word)
            elif word != "--debug":
                value = next(words)
                flag = {"-f": "--values", "--values": "--values"}.get(word, word)
                flags.append(f"{flag}={base / value if flag == '--values' else value}")
        if not any(flag.startswith("--kube-version") for flag in flags):
            # What charts see in a test binary, which is built without Helm's own version.
            flags.append("--kube-version=1.20.0")
        expected = (base / "testdata" / row["golden"]).read_text()
        ours, helm = programs.both(chart, flags)
        if row.get("wantError"):
            first = expected.removeprefix("Error: ").split("\n\nUse --debug")[0].strip()
            report.row("template goldens", name, first, ours[2].split("\n  hint: ")[0], helm and helm[2])
        else:
            report.row("template goldens", name, expected, ours[1], helm and helm[1])


# ---------------------------------------------------------------- functions
def functions(checkout, programs, report, folder):
    tests = source(checkout, "pkg/engine/funcs_test.go")
    tables = [("TestFuncs", tests.function("TestFuncs").after(r"tests := "))]
    for match, table in tests.function("TestDurationHelpers").all_after(r"\w+ := (?=\[\]struct)"):
        tables.append(("TestDurationHelpers", table))
    for table, literal in tables:
        for number, row in enumerate(literal.items):
            row = fields(row, ("tpl", "expect", "vars"))
            name = row.get("name", f"{number}: {row['tpl']} of {str(row.get('vars'))[:60]}")
            data = expression(row.get("vars"))
            if data is None or name in OURS:
                report.leaves(table, name, OURS.get(name, "data that no template can have"))
                continue
            template = f"x: {{{{ tpl {json.dumps(row['tpl'])} {data} | b64enc | quote }}}}"
            chart = write_chart(folder / f"{table}-{number}-{len(report.count)}", "c", [("templates/x.yaml", template)])
            ours, helm = programs.both(chart)
            if "expect" not in row:
                report.row(table, name, False, ours[0] == 0, helm and helm[0] == 0)
            else:
                report.row(table, name, row["expect"].replace("<no value>", ""), decoded(ours), helm and decoded(helm))


def expression(value):
    """Data as a template expression, or None."""
    if isinstance(value, Literal):
        if value.type == "time.Time":
            return None
        items = [(key, expression(item)) for key, item in value.items] if value.keyed else [expression(item) for item in value.items]
        if value.keyed or value.type.startswith("map"):
            return None if any(item is None for _, item in items) else "(dict" + "".join(f" {json.dumps(key)} {item}" for key, item in items) + ")"
        return None if None in items else "(list" + "".join(f" {item}" for item in items) + ")"
    if isinstance(value, Call):
        return number(value)
    return "nil" if value is None else json.dumps(value)


# Constants of the duration tests, and Go's own numbers without a literal.
NUMBERS = {
    "maxDurationSeconds + 1": "9223372037", "minDurationSeconds - 1": "-9223372037",
    "maxDurationSecondsFloat + 0.5": "9223372037.3547753", "minDurationSecondsFloat - 0.5": "-9223372037.3547753",
    "math.NaN": '(float64 "NaN")', "math.Inf 1": '(float64 "inf")', "math.Inf -1": '(float64 "-inf")',
    "1500 * time.Millisecond": '(mustToDuration "1500ms")',
    "uint64 + 1": '(semver "9223372036854775808.0.0").Major', "uint 2": '(semver "2.0.0").Major',
}


def number(value):
    """A number that Go computes, as a template has it; None for all else. Its only unsigned type is uint64."""
    if value.name in ("int64", "float64"):
        return f"({value.name} {value.arguments[0]})"
    if value.name in ("+", "-", "*"):
        spelled_out = lambda operand: operand.name if isinstance(operand, Call) else operand
        return NUMBERS.get(f"{spelled_out(value.arguments[0])} {value.name} {spelled_out(value.arguments[1])}")
    return NUMBERS.get(" ".join([value.name, *map(str, value.arguments or [])]))


def decoded(outcome):
    found = re.search(r'x: "(.*)"', outcome[1])
    return base64.b64decode(found[1]).decode(errors="replace") if outcome[0] == 0 and found else "error: " + outcome[2]


# ---------------------------------------------------------------- --set and its like
def set_flags(checkout, programs, report, folder):
    parser, literal = source(checkout, "pkg/strvals/parser_test.go"), source(checkout, "pkg/strvals/literal_parser_test.go")
    names = ("str", "expect", "err")
    tables = [("TestParseSet", "--set", parser.function("TestParseSet").after(r"\ttests := ")),
              ("TestParseSet (strings)", "--set-string", parser.function("TestParseSet").after(r"testsString := ")),
              ("TestParseInto", "--set", parser.function("TestParseInto").after(r"tests := ")),
              ("TestParseJSON", "--set-json", parser.function("TestParseJSON").after(r"tests := ")),
              ("TestParseLiteral", "--set-literal", literal.function("TestParseLiteral").after(r"cases := ")),
              ("TestParseLiteralInto", "--set-literal", literal.function("TestParseLiteralInto").after(r"tests := "))]
    chart = write_chart(folder / "set", "c", [("templates/x.yaml", "x: {{ .Values | toJson | b64enc | quote }}")])
    for table, flag, rows in tables:
        for row in rows.items:
            row = fields(row, names)
            texts = [row.get("str", row.get("input")), *([row["input2"]] if row.get("input2") else [])]
            if flag != "--set" and any(re.search(r"\s", text) for text in texts):
                report.leaves(table, texts[0], "blanks in `helmDefaults.args` part two words")
                continue
            ours, helm = programs.both(chart, [f"{flag}={text}" for text in texts], plain(row["got"]) if row.get("got") else None)
            if row.get("err"):
                report.row(table, texts[0], "refused", "refused" if ours[0] else decoded(ours), helm and ("refused" if helm[0] else decoded(helm)))
            else:
                expected = plain(row["expect"])
                report.row(table, texts[0], expected, parsed(ours), helm and parsed(helm))


def parsed(outcome):
    text = decoded(outcome)
    try:
        return json.loads(text)
    except ValueError:
        return text


# ---------------------------------------------------------------- charts written in Go
def chart_of(value, folder, mark):
    """Writes a chart literal; `mark` stands before each template's text."""
    children = []
    if isinstance(value, Call) and value.name == "withDeps":
        value, *children = value.arguments
    parts = dict(value.items)
    metadata = dict(parts["Metadata"].items)
    templates = []
    for file in (dict(item.items) for item in parts["Templates"].items) if "Templates" in parts else ():
        text = plain(file["Data"])
        if not isinstance(text, str):
            raise ValueError("a template that the test computes")
        is_partial = pathlib.Path(file["Name"]).name.startswith("_")
        templates.append((file["Name"], text if is_partial else mark + text))
        subchart = re.match(r"charts/([^/]+)/", file["Name"])
        if subchart:
            write_chart(folder / subchart[0], subchart[1])
    files = [(file["Name"], plain(file["Data"])) for file in map(lambda item: dict(item.items), parts["Files"].items)] if "Files" in parts else ()
    values = plain(parts["Values"]) if "Values" in parts else None
    write_chart(folder, metadata["Name"], templates, values, metadata.get("Version") or "0.1.0", files)
    for child in children:
        name = dict(dict((child.arguments[0] if isinstance(child, Call) else child).items)["Metadata"].items)["Name"]
        chart_of(child, folder / "charts" / name, mark)
    return folder


def coalescing(checkout, programs, report, folder):
    tests = source(checkout, "pkg/chart/common/util/coalesce_test.go")
    given = plain(Source(tests.text).after(r"var testCoalesceValuesYaml = "))
    body = tests.function("TestCoalesceValues")
    chart = chart_of(body.after(r"\bc := "), folder / "coalesce", "")
    rows = [fields(row, ("tpl", "expect")) for row in body.after(r"\ttests := ").items]
    lines = [f"x{number}: {{{{ tpl {json.dumps(row['tpl'])} .Values | quote }}}}" for number, row in enumerate(rows)]
    lines.append("all: {{ .Values | toJson | b64enc }}")
    (chart / "templates").mkdir()
    (chart / "templates/x.yaml").write_text("\n".join(lines))
    ours, helm = programs.both(chart, values=given)
    for number, row in enumerate(rows):
        value = lambda outcome: outcome and (re.search(rf'^x{number}: "(.*)"$', outcome[1], flags=re.M) or [0, outcome[2]])[1]
        report.row("TestCoalesceValues", row["tpl"], row["expect"].replace("<no value>", ""), value(ours), value(helm))
    whole = lambda outcome: outcome and json.loads(base64.b64decode(re.search(r"^all: (.*)$", outcome[1], flags=re.M)[1]))
    for path in ("bottom", "right", "left", "front", "nested.boat", "pequod.boat", "pequod.ahab.boat", "pequod.ahab.nested.boat", "pequod.ahab.object"):
        report.row("TestCoalesceValues", path + " is gone", False, has(whole(ours), path), helm and has(whole(helm), path))


def has(values, path):
    *parents, last = path.split(".")
    for parent in parents:
        values = values.get(parent, {})
    return last in values


def dependencies(checkout, programs, report, folder):
    tests = source(checkout, "pkg/chart/v2/util/dependencies_test.go")
    data = checkout / "pkg/chart/v2/util/testdata"
    tree = ('{{- define "tree" }}{{ .path }};{{ $at := . }}{{ range $name, $sub := .chart.Subcharts }}'
            '{{ include "tree" (dict "path" (printf "%s.%s" $at.path $name) "chart" $sub) }}{{ end }}{{ end -}}\n'
            'tree: {{ include "tree" (dict "path" .Chart.Name "chart" .) }}\nall: {{ .Values | toJson | b64enc }}')
    chart = folder / "subpop"
    shutil.copytree(data / "subpop", chart)
    (chart / "templates").mkdir(exist_ok=True)
    (chart / "templates/tree.yaml").write_text(tree)
    names = lambda outcome: outcome and sorted(filter(None, re.search(r"^tree: (.*)$", outcome[1], flags=re.M)[1].split(";"))) if outcome and outcome[0] == 0 else outcome and outcome[2]
    for row in tests.function("TestDependencyEnabled").after(r"tests := ").items:
        name, values, expected = row.items
        ours, helm = programs.both(chart, values=plain(values) if values.keyed else {})
        report.row("TestDependencyEnabled", name, plain(expected), names(ours), helm and names(helm))
    body = tests.function("TestProcessDependencyImportValues").text
    ours, helm = programs.both(chart)
    value = lambda outcome, path: outcome and spelled(json.loads(base64.b64decode(re.search(r"^all: (.*)$", outcome[1], flags=re.M)[1])), path)
    for path, expected in dict(re.findall(r'e\["(.*?)"\] = "(.*?)"', body)).items():
        report.row("TestProcessDependencyImportValues", path, expected, value(ours, path), helm and value(helm, path))


def spelled(values, path):
    for part in path.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    return values if isinstance(values, str) else json.dumps(values)


# ---------------------------------------------------------------- splitting and sorting
def splitting(checkout, programs, report, folder):
    rows = source(checkout, "pkg/release/v1/util/manifest_test.go").function("TestSplitManifests").after(r"tests := ")
    for number, row in enumerate(rows.items):
        row = fields(row, ("name", "input", "expected"))
        chart = write_chart(folder / f"split-{number}", "c", [("templates/x.yaml", "{{ .Files.Get \"x\" }}")], files=[("x", row["input"])])
        documents = list(plain(row["expected"]).values()) if row["expected"].items else []
        # Hooks are printed behind all manifests.
        documents.sort(key=lambda text: "helm.sh/hook" in text)
        if all("helm.sh/hook" not in text for text in documents):
            expected = "".join(f"---\n# Source: c/templates/x.yaml\n{text}\n" for text in documents).strip() + "\n"
        else:
            expected = "\n".join(f"---\n# Source: c/templates/x.yaml\n{text}\n" if "helm.sh/hook" in text else "" for text in documents)
            expected = "\n" + expected if len(documents) == 1 else expected
        ours, helm = programs.both(chart)
        report.row("TestSplitManifests", row["name"], expected, ours[1] if ours[0] == 0 else ours[2], helm and (helm[1] if helm[0] == 0 else helm[2]))


def sorting(checkout, programs, report, folder):
    tests = source(checkout, "pkg/release/v1/util/kind_sorter_test.go")
    for function, variable, hook in (("TestKindSorter", r"manifests := ", False), ("TestKindSorterKeepOriginalOrder", r"manifests := ", False), ("TestKindSorterForHooks", r"hooks := ", True)):
        body = tests.function(function)
        rows = [dict(row.items) for row in body.after(variable).items]
        expected = next(row.items[2] for row in body.after(r"range (?=\[\]struct)").items if row.items[1] == Call("InstallOrder", None))
        text = "\n---\n".join(json.dumps({"kind": row.get("Kind") or dict(row["Head"].items)["Kind"], "metadata": {"name": row["Name"], **({"annotations": {"helm.sh/hook": "pre-install"}} if hook else {})}}) for row in rows)
        chart = write_chart(folder / function, "c", [("templates/x.yaml", text)])
        ours, helm = programs.both(chart)
        order = lambda outcome: outcome and "".join(re.findall(r'"name": "(.*?)"', outcome[1]))
        report.row("kind_sorter_test", function, expected, order(ours), order(helm))
    data = source(checkout, "pkg/release/v1/util/manifest_sorter_test.go").function("TestSortManifests").after(r"data := ")
    rows = [dict(row.items) for row in data.items]
    chart = write_chart(folder / "sort", "c", [(f"templates/{row['path']}", row["manifest"]) for row in rows])
    ours, helm = programs.both(chart)
    for row in rows:
        for name in plain(row["name"]):
            if row["path"] in ("six/_six", "seven") or "no-such-hook" in row["manifest"]:
                expected = (0, False)
            else:
                expected = (1, bool(dict(row["hooks"].items)[name]))
            # The two that are no hooks come first.
            place = lambda outcome, name: outcome[1].find(f"name: {name}\n")
            found = lambda outcome: outcome and (outcome[1].count(f"name: {name}\n"), place(outcome, name) > max(place(outcome, "fourth"), place(outcome, "eighth")))
            report.row("TestSortManifests", name, expected, found(ours), found(helm))


# ---------------------------------------------------------------- the engine
def engine(checkout, programs, report, folder):
    tests = source(checkout, "pkg/engine/engine_test.go")
    for name in re.findall(r"^func (Test\w+)\(", tests.text, flags=re.M):
        body = tests.function(name)
        if name == "TestExecErrors":
            errors(body.after(r"cases := "), programs, report, folder)
            continue
        if name in INSIDE:
            report.leaves("engine_test", name, INSIDE[name])
            continue
        # The test's own constants.
        for match in re.finditer(r"\b(\w+) := (?=[`\"])", body.text):
            body.at = match.end()
            with contextlib.suppress(TypeError):
                body.names[match[1]] = body.expression()
        try:
            {"TestFuncMap": names_of_functions, "TestParseErrors": failing, "TestFailErrors": failing}.get(name, rendered)(name, body, programs, report, folder)
        except (AttributeError, KeyError, ValueError, TypeError, IndexError) as reason:
            report.leaves("engine_test", name, f"not a table: the test is a program ({str(reason)[:60]})")


def errors(table, programs, report, folder):
    for row in (dict(row.items) for row in table.items):
        ((name, template),) = row["tpls"].items
        chart = write_chart(folder / row["name"], "c", [(f"templates/{name}", dict(template.items)["tpl"])])
        ours, helm = programs.both(chart)
        expected = row["expected"].replace(f"({name}:", f"(c/templates/{name}:")
        report.row("TestExecErrors", row["name"], expected, ours[2], helm and helm[2])


def names_of_functions(name, body, programs, report, folder):
    """Which functions there are: one that is not called is looked up nevertheless."""
    for variable, known in (("forbidden", False), ("expect", True)):
        for function in plain(body.after(rf"{variable} := ")):
            chart = write_chart(folder / f"{name}-{function}", "c", [("templates/x.yaml", f"{{{{ if false }}}}{{{{ {function} }}}}{{{{ end }}}}")])
            ours, helm = programs.both(chart)
            report.row(name, function, known, ours[0] == 0, helm and helm[0] == 0)


def failing(name, body, programs, report, folder):
    """A table of templates and the one error that they end in."""
    ((file, template),) = body.after(r"\w+ := (?=map\[string\]renderable)").items
    template = dict(template.items)["tpl"]
    chart = write_chart(folder / name, "c", [(f"templates/{file}", template if isinstance(template, str) else body.names[template.name])])
    ours, helm = programs.both(chart)
    message = body.after(r"EqualError\(t, err, ")
    message = message if isinstance(message, str) else body.names[message.name]
    report.row("engine_test", name, message.replace(f"({file}:", f"(c/templates/{file}:"), ours[2], helm and helm[2])


def whole_chart(body):
    """The test's chart with the charts that it is given."""
    charts = {match[1]: [value, []] for match, value in body.all_after(r"\b(\w+) := (?=&?chart\.Chart\{|withDeps|&chart)")}
    inner = set()
    for match, value in body.all_after(r"\b(\w+)\.AddDependency\((?=.)"):
        inner.add(value.name if isinstance(value, Call) else "")
        charts[match[1]][1].append(value)

    def tree(value):
        if isinstance(value, Call) and value.name in charts:
            literal, children = charts[value.name]
            return Call("withDeps", [literal, *map(tree, children)]) if children else literal
        return value
    # Where a test has several, the first one is what it is about.
    return tree(Call(next(name for name in charts if name not in inner), None))


def rendered(name, body, programs, report, folder):
    """A test that has one chart, its values, and says what each file becomes, or the error that it ends in."""
    chart = chart_of(whole_chart(body), folder / name, "#>")
    values = next((dict(value.items) for _, value in body.all_after(r"(?:vals|v|injValues|inject) := (?=(?:map|common\.Values))")), {})
    given = plain(values["Values"]) if isinstance(values.get("Values"), Literal) else plain(Literal("map", True, list(values.items()))) if "Values" not in values and "Chart" not in values else {}
    expected, name_of = {}, lambda value: body.names.get(value, value)
    for _, literal in body.all_after(r"expects? := (?=map\[string\]string)"):
        expected |= plain(literal)
    for match, text in body.all_after(r"(?:assert|require)\.Equal\(t, (?=[\"`])"):
        found = re.match(r'[^\n]*?, out\[(?:"(.*?)"|(\w+))\]', body.text[match.end():])
        if found:
            expected.setdefault(found[1] or name_of(found[2]), text)
    error = re.search(r"EqualError\(t, err, |HasSuffix\(err\.Error\(\), ", body.text)
    if error and not expected:
        message = body.after(re.escape(error[0]))
        message = message if isinstance(message, str) else body.names[message.name]
        ours, helm = programs.both(chart)
        # Each template of ours begins with a mark of two characters.
        message = re.sub(r"^(\S+\.(?:yaml|tpl):1:)(\d+)$", lambda place: place[1] + str(int(place[2]) + (0 if "/_" in place[1] else 2)), message, flags=re.M)
        cut = lambda outcome: outcome and (outcome[2].split("\n  hint: ")[0] if "EqualError" in error[0] else outcome[2][-len(message):])
        report.row("engine_test", name, message, cut(ours), cut(helm))
        return
    if not expected:
        raise ValueError("no expected texts")
    theirs = dict(values["Release"].items)["Name"] if "Release" in values else "mistah-kurtz"
    release = re.sub(r"\W+", "-", theirs).lower()
    ours, helm = programs.both(chart, values=given, name=release)
    for file, text in expected.items():
        # Its names of releases would be refused.
        template = chart.joinpath(*file.split("/")[1:])
        text = text if template.exists() and ".Files" in template.read_text() else text.replace(theirs, release)
        line = lambda outcome: outcome and (re.search(rf"# Source: {re.escape(file)}\n#>(.*)$", outcome[1], flags=re.M) or [0, outcome[2]])[1]
        # A line's end loses its blanks only at the end of the output.
        report.row("engine_test", f"{name} {file}", text, line(ours), line(helm))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", type=pathlib.Path, required=True, help="helm/helm, as near to 4.3.1 as is to be had")
    parser.add_argument("--helmlock", required=True)
    parser.add_argument("--helm", help="the real program (helm 4.3)")
    parser.add_argument("--show", type=int, default=30, help="failures to print; default 30")
    parser.add_argument("--work", help="scratch folder; default: a fresh one")
    arguments = parser.parse_args()
    if not (arguments.checkout / "pkg/engine").is_dir():
        print(f"helm_tables: {arguments.checkout} is no checkout of helm/helm", file=sys.stderr)
        return 2
    work = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="helm-tables-")).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(dir=work))
    programs, report = Programs(arguments.helmlock, arguments.helm, work), Report(arguments.show)
    goldens(arguments.checkout.resolve(), programs, report)
    for part in (functions, set_flags, coalescing, dependencies, splitting, sorting, engine):
        part(arguments.checkout.resolve(), programs, report, folder)
    report.print()
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
