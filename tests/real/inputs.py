#!/usr/bin/env python3
"""Gives generated values files, --set arguments, trees of subcharts and schemas to helm and to helmlock, and compares what comes of them.

What it is: the question "do both see the same values?" put to inputs that nobody wrote. A seed gives cases of four kinds:
`files` (YAML with its odd corners, one or two values files, the chart's own too), `set` (the grammars of --set, --set-string,
--set-json and --set-literal over a chart's values), `coalesce` (a chart with subcharts and their subcharts: nulls, globals,
conditions, tags, aliases, import-values) and `schema` (a random values.schema.json for random values). Each case is one run of
either program; every chart of it prints its values as JSON. Outputs must be equal, and so must the texts of errors, which
name the lines of the files. A schema's errors are compared line by line in any order, since Helm's is random.

What it is not: no template beyond the printing of values is tried here (differential.py does that).

    inputs.py --helm EXE --helmlock EXE [--dialect 4.3|3.22|3.19] [--kinds files,set] [--seed N] [--cases N] [--seconds S] [--show K]

The seed is fresh at each run unless given, and printed; a case is made from seed and number alone. Exit code: 0 all equal,
1 a difference (printed with the case's files), 2 cannot run.
"""
import argparse, collections, concurrent.futures, functools, json, os, pathlib, random, re, resource, secrets, shutil, subprocess, sys, tempfile, time

from differential import NUMBERS, PLAINS, WORDS, Yaml

CHART = "apiVersion: v2\nname: {}\nversion: 0.1.0\n"
DUMP = "{{ .Chart.Name }}: {{ toJson .Values | quote }}\n"


# ---------------------------------------------------------------- inputs
class Corners(Yaml):
    """YAML with more of its corners than a chart would show."""

    def scalar(self, flow=False):
        rng = self.rng
        if flow or rng.random() < 0.85:
            return super().scalar(flow)
        return rng.choice(["&s1 v", "*s1", "!!str &s2 0x1F", "0o14", "0b1", "014", "1:30", "190:20:30", "1_0.5", ".5e1", "!!bool yes", "!!int 0x1F", "!!float 1", "!!timestamp 2001-01-01", "!!seq x",
                           "!!map {a: 1}", "!<tag:yaml.org,2002:str> 1", "'a\n   b'", '"a\\\n   b"', "- x", "? x", "a: b", "[a, [b]", "{a: }", "{a, b}", "{? a : b}", "[a: b]", '"\\x41\\u00e9\\U0001F389"', '"\\q"', "@", "%", "`"])

    def mapping(self, depth, indent=0):
        rng, text = self.rng, super().mapping(depth, indent)
        pad = " " * indent
        if self.anchors and rng.random() < 0.2:
            merged = rng.choice(["*" + rng.choice(self.anchors), "[*" + ", *".join(rng.choices(self.anchors, k=2)) + "]", "{a: merged}", "x", "[{a: 1}, 2]", "null"])
            text += f"{pad}<<: {merged}\n"
        if rng.random() < 0.06:
            body = rng.choice(["  deep\n", "deep\n", "\n\n x\n", "\ttab\n", "- a\n", "trail  \n\n\n"])
            lines = "".join(pad + "  " + line if line.strip() else line for line in body.splitlines(True))
            text += f"{pad}{rng.choice('abz')}: {rng.choice('|>')}{rng.choice(['', '1', '2', '3', '0'])}{rng.choice(['', '+', '-'])}{rng.choice(['', ' # c', ' x'])}\n{lines}"
        if rng.random() < 0.05:
            text += pad + rng.choice(["!!str k: 1\n", "&k k: v\n", "[a]: b\n", "{a: b}: c\n", "? [x]\n", "? a\n", "'k' : v\n", '"a\\tb": 1\n', "a b: c d\n", "null: n\n", "1.50: f\n", "0x1F: h\n", "yes: y\n", "2001-01-01: d\n"])
        return text

    def file(self):
        rng, text = self.rng, self.mapping(3)
        self.anchors = []
        if rng.random() < 0.15:
            text = rng.choice(["---\n", "%YAML 1.1\n---\n", "# c\n", "\ufeff", "\n", "--- # c\n", "---\n---\n", "...\n", "%TAG ! !x\n---\n", "--- {}\n", "\t\n"]) + text
        if rng.random() < 0.15:
            text += rng.choice(["---\n", "...\n", "---\n" + self.mapping(2), "---\n# c\n", "--- |\n x\n", "---\n- a\n", "...\n---\nz: 1\n", "---\nnull\n", "\t\n", "]\n", "x\n", "--- # c\na: 2\n", "---\n---\nb: 3\n", "---\r\na: 1\r\n"])
        if rng.random() < 0.06:
            text = text.replace("\n", "\r\n")
        if rng.random() < 0.1:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(["\t", ":", "'", '"', "\u0000", "\u0085", "]", "  ", "- ", "\r", "\ud800", "&", "*", "!", "|", "#", ",", "\u2028", "\ufeff", "\n"]) + text[at + rng.randint(0, 1):]
        return text


def plain(rng, depth, keys="abcd"):
    """A JSON value with nulls."""
    draw = rng.random()
    if depth <= 0 or draw < 0.35:
        return rng.choice([None, None, 0, 1, -3, 1.5, 1e21, True, False, "", "x", "1", "true", "null", "a,b", 9007199254740993])
    if draw < 0.5:
        return [plain(rng, depth - 1, keys) for _ in range(rng.randint(0, 3))]
    return {key: plain(rng, depth - 1, keys) for key in rng.sample(keys, rng.randint(0, 3))}


def table(rng, depth, keys="abcd"):
    return {key: plain(rng, depth - 1, keys) for key in rng.sample(keys, rng.randint(1, 3))}


def files_case(rng):
    # One of the files is odd: of two errors, the programs tell different ones.
    odd, even = Corners(rng).file(), json.dumps(table(rng, 3)) + "\n"
    files = {"chart/values.yaml": odd, "v0.yaml": even} if rng.random() < 0.2 else {"chart/values.yaml": even, "v0.yaml": odd}
    if rng.random() < 0.3:
        files["v1.yaml"] = json.dumps(table(rng, 3)) + "\n"
    return files, [("values", name) for name in files if name[0] == "v"]


def set_argument(rng):
    """One argument of --set or --set-string: mostly of the grammar."""
    def key():
        text = rng.choice(["a", "b", "c", "d", "new", "x\\.y", "a b", "é", "", "0", "a\\=b", "a\\,b", '"q"', "global"] if rng.random() < 0.5 else ["a", "b", "c", "d"])
        while rng.random() < 0.25:
            text += f"[{rng.choice(['0', '1', '2', '3', '0', '1', '-1', 'x', '', '01', '1 ', '65537', ' 0'])}]"
        return text

    def value():
        draw = rng.random()
        if draw < 0.5:
            return rng.choice(["1", "x", "", "true", "false", "null", "1.5", "01", "0x1F", "1e3", "a b", "a\\,b", "a=b", "\\", "\\\\", "é", "9007199254740993", "99999999999999999999", "-1", "+1", " 1", "1 ", "True", "~", "{", "}", '"x"', "a]b", "\\{a"])
        if draw < 0.8:
            return "{" + ",".join(rng.choice(["1", "x", "", "null", "a b", "a\\,b", "{1", "true", "x}"]) for _ in range(rng.randint(0, 3))) + rng.choice(["}", "}", "}", "", "}x", "} "])
        return rng.choice(NUMBERS + PLAINS[:30])
    parts = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        path = ".".join(key() for _ in range(rng.choice([1, 1, 2, 2, 3])))
        parts.append(path + rng.choice(["=", "=", "=", "=", "=", "=", "", "==", " = ", "=\n"]) + value())
    return rng.choice([",", ",", ",", ",,", ", "]).join(parts) + rng.choice(["", "", "", "", ",", "."])


def json_argument(rng):
    text = json.dumps(plain(rng, 2))
    if rng.random() < 0.15:
        text = rng.choice(["{", "}", "[1,", "1 2", "{'a':1}", "nul", '"\\x"', "01", "1e999", "", "x"])
    key = rng.choice(["a", "b.c", "d[0]", "l[1].a", "n.e.w", "a\\.b", "a[", "a b"])
    if rng.random() < 0.2:
        return json.dumps(table(rng, 2))
    return ",".join(f"{key}={text}" for _ in range(rng.choice([1, 1, 2]))) if rng.random() < 0.9 else text


def set_case(rng):
    files = {"chart/values.yaml": json.dumps({"a": table(rng, 2), "b": plain(rng, 2), "c": [1, {"a": 1}, None], "d": plain(rng, 1)}) + "\n"}
    arguments = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        flag = rng.choice(["set", "set", "set", "set-string", "set-json", "set-literal"])
        arguments.append((flag, json_argument(rng) if flag == "set-json" else set_argument(rng)))
    if rng.random() < 0.2:
        files["v0.yaml"] = json.dumps(table(rng, 3)) + "\n"
        arguments.insert(0, ("values", "v0.yaml"))
    return files, arguments


def coalesce_case(rng):
    files, names = {}, ["s", "t"]
    keys = ["a", "b", "c", "global", "exports", "on"]

    def values(names, depth=3):
        own = {key: plain(rng, depth - 1, keys) for key in rng.sample(keys, rng.randint(1, 4))}
        for name in names + (["tags"] if rng.random() < 0.2 else []):
            if rng.random() < 0.5:
                own[name] = {key: plain(rng, 2, keys) for key in rng.sample([*keys, "g", "enabled"], rng.randint(0, 3))} if rng.random() < 0.9 else rng.choice([None, "x", [], False])
        if isinstance(own.get("tags"), dict):
            own["tags"] = {tag: rng.choice([True, False, None, "true"]) for tag in rng.sample(["one", "two"], rng.randint(0, 2))}
        if rng.random() < 0.5:
            own["exports"] = {"data": table(rng, 2), "more": table(rng, 2)}
        return own

    def chart(path, name, children):
        text, aliases = CHART.format(name), []
        entries = []
        for child in children:
            for _ in range(rng.choice([0, 1, 1, 1, 1, 2])):
                entry = {"name": child, "version": rng.choice(["0.1.0", "0.x", "*", ">0", ""]), "repository": ""}
                if rng.random() < 0.3 or any(other.get("alias", other["name"]) == child for other in entries):
                    entry["alias"] = rng.choice(["p", "q", "r"])
                aliases.append(entry.get("alias", child))
                if rng.random() < 0.4:
                    entry["condition"] = rng.choice([f"{entry.get('alias', child)}.enabled", f"{child}.enabled", "on", "a.b", f"x.y,{child}.on", "global.a"])
                if rng.random() < 0.3:
                    entry["tags"] = rng.sample(["one", "two"], rng.randint(1, 2))
                if rng.random() < 0.4:
                    entry["import-values"] = rng.sample(["data", "more", {"child": "a", "parent": "a"}, {"child": "exports.data", "parent": "imported"}, {"child": "c", "parent": "."}, {"child": "none", "parent": "x"}, {"child": ".", "parent": "all"}], rng.randint(1, 2))
                entries.append(entry)
        if entries:
            text += "dependencies: " + json.dumps(entries) + "\n"
        files[f"{path}/Chart.yaml"] = text
        files[f"{path}/values.yaml"] = json.dumps(values([*children, *aliases])) + "\n"
        files[f"{path}/templates/dump.yaml"] = DUMP
        return [*children, *aliases]
    children = rng.sample(names, rng.randint(1, 2))
    named = chart("chart", "c", children)
    for child in children:
        below = ["g"] if rng.random() < 0.4 else []
        chart(f"chart/charts/{child}", child, below)
        for deeper in below:
            chart(f"chart/charts/{child}/charts/{deeper}", deeper, [])
    arguments = []
    if rng.random() < 0.75:
        files["v0.yaml"] = json.dumps(values(named)) + "\n"
        arguments.append(("values", "v0.yaml"))
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        arguments.append(("set", f"{rng.choice(named + ['global', 'tags', 'a'])}.{rng.choice([*keys, 'enabled', 'one'])}={rng.choice(['null', '1', 'true', 'false', 'x', '{}'])}"))
    return files, arguments


def schema(rng, depth):
    """A schema of draft 7 or 2020, mostly of right form."""
    out = {}
    if rng.random() < 0.35:
        out["type"] = rng.choice(["object", "object", "string", "integer", "number", "boolean", "null", "array", ["string", "null"], ["integer", "string"]] + (["nothing"] if rng.random() < 0.05 else []))
    extras = [("enum", lambda: [plain(rng, 1) for _ in range(rng.randint(1, 3))]), ("const", lambda: plain(rng, 1)), ("minimum", lambda: rng.choice([0, 1.5, -1])), ("maximum", lambda: rng.choice([0, 10])), ("exclusiveMinimum", lambda: 0),
              ("multipleOf", lambda: rng.choice([2, 0.1, 0.5])), ("minLength", lambda: rng.randint(0, 3)), ("maxLength", lambda: rng.randint(0, 3)), ("pattern", lambda: rng.choice(["^a", "[0-9]+", "^$", "x|y", "\\d"] * 4 + ["("])), ("format", lambda: rng.choice(["ipv4", "date-time", "uri", "email", "hostname", "nope"])),
              ("minItems", lambda: rng.randint(0, 2)), ("maxItems", lambda: rng.randint(0, 2)), ("uniqueItems", lambda: True), ("minProperties", lambda: rng.randint(0, 2)), ("maxProperties", lambda: rng.randint(0, 3)), ("required", lambda: rng.sample("abcd", rng.randint(1, 2)))]
    for name, value in rng.sample(extras, rng.choice([0, 0, 0, 1, 1])):
        out[name] = value()
    if depth > 0:
        deeper = [("properties", lambda: {key: schema(rng, depth - 1) for key in rng.sample("abcd", rng.randint(1, 3))}), ("additionalProperties", lambda: rng.choice([False, schema(rng, depth - 1)])), ("patternProperties", lambda: {rng.choice(["^a", "b|c"]): schema(rng, depth - 1)}),
                  ("items", lambda: rng.choice([schema(rng, depth - 1), False])), ("propertyNames", lambda: {"pattern": "^[a-c]"}), ("contains", lambda: schema(rng, depth - 1)), ("allOf", lambda: [schema(rng, depth - 1), schema(rng, depth - 1)]), ("anyOf", lambda: [schema(rng, depth - 1), schema(rng, depth - 1)]),
                  ("oneOf", lambda: [schema(rng, depth - 1), schema(rng, depth - 1)]), ("not", lambda: schema(rng, depth - 1)), ("if", lambda: schema(rng, depth - 1)), ("then", lambda: schema(rng, depth - 1)), ("else", lambda: schema(rng, depth - 1)), ("$ref", lambda: rng.choice(["#/definitions/one", "#/definitions/one", "#", "#/nowhere"])),
                  ("dependentRequired", lambda: {"a": ["b"]}), ("unevaluatedProperties", lambda: False)]
        for name, value in rng.sample(deeper, rng.choice([1, 1, 2, 3])) if rng.random() < 0.8 else []:
            out[name] = value()
    return out if rng.random() < 0.97 else rng.choice([True, False])


def schema_case(rng):
    root = schema(rng, rng.choice([0, 1, 2]))
    if isinstance(root, dict):
        root["type"] = "object"
        root["definitions"] = {"one": schema(rng, 1)}
        root["properties"] = {key: schema(rng, rng.choice([0, 1, 1, 2])) for key in "abcd"[: rng.randint(1, 3)]}
        if rng.random() < 0.6:
            root["$schema"] = rng.choice(["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#", "https://json-schema.org/draft/2019-09/schema"])
    files = {"chart/values.yaml": json.dumps(table(rng, 3)) + "\n", "chart/values.schema.json": json.dumps(root, indent=1), "v0.yaml": json.dumps(table(rng, 3)) + "\n"}
    return files, [("values", "v0.yaml")]


KINDS = {"files": files_case, "set": set_case, "coalesce": coalesce_case, "schema": schema_case}


# ---------------------------------------------------------------- running
def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))


def run(command, folder):
    environment = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "HOME": str(folder / "home"), "KUBECONFIG": "/nonexistent", "GOGC": "400"}
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_AS, (8 << 30, 8 << 30))
    try:
        done = subprocess.run(command, preexec_fn=limit, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return False, "no answer within 60 s"
    if done.returncode == 0:
        return True, done.stdout.decode(errors="backslashreplace").strip()
    error = done.stderr.decode(errors="backslashreplace").replace("\n\nUse --debug flag to render out invalid YAML", "")
    # What is ours alone: the lines around the mistake, and what to do.
    error = re.sub(r"\n[ >] *>? *\d+ \|.*|\n  hint: .*", "", error)
    error = re.sub(r"^(level=|WARNING|walk\.go|.*coalesce\.go|.*dependencies\.go|warning: ).*\n", "", error, flags=re.M).strip()
    return False, re.sub(r"^(Error: |error: release `r` \([^)]*\): |error: chart `chart`: )", "", error)


def comparable(text):
    """An error's text; of a schema's complaints, which have no order in Helm, all lines sorted."""
    if "specifications of the schema" not in text:
        # Of several keys that no JSON can have, Helm tells any.
        return re.sub(r"(unsupported map key of type).*", r"\1", text, flags=re.S)
    # Where an object with a wrong name is, Helm 3.19 does not say, and later ones say it of whatever they looked at last.
    text = re.sub(r"at '.*?': (invalid propertyName )", r"\1", text)
    listed = lambda match: match[1] + ", ".join(sorted(match[2].split(", "))) + match[3]
    return sorted(re.sub(r"(additional properties )(.*)( not allowed)$", listed, line) for line in text.rstrip().split("\n"))


def outcome(arguments, seed, number, work):
    rng = random.Random(f"{seed}/inputs/{number}")
    kind = rng.choice(arguments.kinds)
    files, flags = KINDS[kind](rng)
    flags = [(flag, value) for flag, value in flags if "\0" not in value]
    files = {"chart/Chart.yaml": CHART.format("c"), "chart/templates/dump.yaml": DUMP} | files
    sets = [value for flag, value in flags if flag == "set"]
    words = [f"--{flag}={value}" for flag, value in flags if flag in ("set-string", "set-json", "set-literal")]
    # helmfile cuts such arguments at blanks, so what has some cannot be said there.
    kept = [word for word in words if not re.search(r"\s", word)]
    flags = [(flag, value) for flag, value in flags if f"--{flag}={value}" in kept or flag in ("set", "values")]
    files["helmfile.yaml"] = "helmDefaults:\n  args: " + json.dumps(kept) + "\nreleases:\n- name: r\n  namespace: default\n  chart: ./chart\n"
    folder = pathlib.Path(work) / f"{kind}-{number}"
    write(folder, files)
    given = [word for flag, value in flags if flag == "values" for word in ("--values", value)]
    helm = run([arguments.helm, "template", "r", "chart", *given, *(f"--{flag}={value}" for flag, value in flags if flag != "values")], folder)
    ours = run([arguments.helmlock, "template", "--helm-dialect", arguments.dialect, *given, *(f"--set={value}" for value in sets)], folder)
    shutil.rmtree(folder)
    return kind, files, flags, helm, ours


def options(doc, kinds, *more):
    """The command line that scripts of this kind share, with a fresh seed unless one is given."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--helm", required=True, type=os.path.abspath, help="the real program")
    parser.add_argument("--helmlock", required=True, type=os.path.abspath)
    parser.add_argument("--dialect", choices=["4.3", "3.22", "3.19"], default="4.3", help="which Helm that program is; default 4.3")
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=list(kinds), help="of: " + ", ".join(kinds))
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--cases", type=int, default=400, help="default 400")
    parser.add_argument("--first", type=int, default=0, help="number of the first case; default 0")
    parser.add_argument("--seconds", type=float, default=60, help="begin no further case after this time; default 60")
    parser.add_argument("--allow", type=float, default=0, help="differences in a thousand cases that are shown and do not fail; default 0")
    parser.add_argument("--show", type=int, default=10, help="differences to print; default 10")
    for name, text in more:
        parser.add_argument(name, type=int, default=0, help=text)
    arguments = parser.parse_args()
    for program in (arguments.helm, arguments.helmlock):
        if not os.access(program, os.X_OK):
            print(f"no program at {program}", file=sys.stderr)
            sys.exit(2)
    print(f"seed {arguments.seed}", flush=True)
    return arguments


def outcomes(arguments, outcome):
    """The number and the outcome of each case that begins in time."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="generated-") as work, concurrent.futures.ThreadPoolExecutor(2) as pool:
        def one(number):
            return None if time.monotonic() - began > arguments.seconds else (number, *outcome(arguments, arguments.seed, number, work))
        yield from filter(None, pool.map(one, range(arguments.first, arguments.first + arguments.cases)))


def summary(arguments, count, began, found):
    """Prints how often what was found, and gives the exit code."""
    print(f"seed {arguments.seed}: {sum(count.values())} cases in {time.monotonic() - began:.0f} s")
    for kind in arguments.kinds:
        print(f"  {kind:9}" + "".join(f" {count[kind, what]:5} {what}" for what in found))
    bad = sum(number for (_, what), number in count.items() if what == "different")
    return 1 if bad > arguments.allow * sum(count.values()) / 1000 else 0


def main():
    arguments = options(__doc__, KINDS)
    seed, count, began, bad = arguments.seed, collections.Counter(), time.monotonic(), 0
    for number, kind, files, flags, helm, ours in outcomes(arguments, outcome):
        # Of two mistakes, Helm tells the flag's and we the chart's.
        is_other = not helm[0] and not ours[0] and "failed parsing --set" in helm[1] and "more than one dependency with name or alias" in ours[1]
        alike = is_other or helm[0] == ours[0] and comparable(helm[1]) == comparable(ours[1])
        count[kind, "different" if not alike else "rendered" if helm[0] else "refused alike"] += 1
        if alike:
            continue
        bad += 1
        if bad <= arguments.show:
            shown = [name for name in files if not name.endswith(("dump.yaml", "helmfile.yaml")) and files[name] != CHART.format("c")]
            print(f"--- seed {seed}, case {number} ({kind})\n" + "".join(f"  {name}: {files[name]!r}\n" for name in shown) + f"  flags: {flags}\n  helm      {helm[1]!r}\n  helmlock  {ours[1]!r}", flush=True)
    return summary(arguments, count, began, ("rendered", "refused alike", "different"))


if __name__ == "__main__":
    sys.exit(main())
