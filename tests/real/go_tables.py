#!/usr/bin/env python3
"""Holds helmlock against the tables that Go tests itself with: those of text/template, and of what its functions come to (fmt,
strconv, time, regexp, path, net/url, unicode, strings, math, reflect, encoding/json, hashes ...; PACKAGES names them all).

The tables are read from a Go source tree by Go itself: for each package a small test of ours (go_tables/*.go) is laid over
the package's own tests and writes their rows as templates with what they must print (`go test -overlay`; nothing of Go's is
copied). The templates then run in charts, hundreds at a time, by helmlock and by helm (differential.py has the machinery).

A row is *expressible* if helm itself prints what the table says, so a row is never called inexpressible for our sake. What is
not, is counted by its class: structs with methods, channels, functions that only the test has ... Where the table does not say
what a template would print (whether a text parses, how a literal is read), helm is asked. An expressible row passes if we print
the same; a row that must fail passes if we fail with helm's words. Rows that are not expressible are compared with helm as well,
beside the count. Some of them no template could ever say (OUT_OF_REACH): they test calls of Go's that no function of Helm's makes, or methods
and types that only Go code can have. The share of inexpressible rows is told with them and without them.

The two files of the RE2 suite (a million rows and more in re2-exhaustive.txt.bz2) say themselves what every regexp finds;
their rows ask helmlock alone: does it match, what is found, what is before it and in every group. `--sample N` takes one
regexp of N. Rows that Go's own test passes over are no rows here: those with \\C, and those with \\B and letters beyond ASCII.

    go_tables.py --helm EXE --helmlock EXE [--go DIR] [--only PACKAGE]... [--sample N] [--show N] [--work DIR]

Exit code: 0 if at least 99 % of the expressible rows pass, 1 if not, 2 cannot run.
"""
import argparse, base64, bz2, collections, concurrent.futures, json, os, pathlib, re, subprocess, sys, tempfile, time

from differential import Case, Side

HERE = pathlib.Path(__file__).resolve().parent
# Our file of rows, and the package over whose tests it is laid.
PACKAGES = {"text_template": "text/template", "text_template_parse": "text/template/parse", "fmt": "fmt", "strconv": "strconv",
            "internal_strconv": "internal/strconv", "time": "time", "regexp": "regexp", "regexp_syntax": "regexp/syntax", "path": "path",
            "path_filepath": "path/filepath", "net_url": "net/url", "unicode": "unicode", "strings": "strings",
            "unicode_utf8": "unicode/utf8", "math": "math", "reflect": "reflect", "encoding_json": "encoding/json", "encoding_base64": "encoding/base64",
            "encoding_base32": "encoding/base32", "hash_adler32": "hash/adler32", "crypto_sha1": "crypto/sha1", "crypto_sha256": "crypto/sha256",
            "crypto_sha512": "crypto/sha512", "go_constant": "go/constant", "net": "net"}
BATCH = 300
# Classes of rows about what templates in no way reach.
OUT_OF_REACH = {
    "other bases": "strconv's calls with a base; the four that printf has verbs for are rows",
    "formatters of the test's own": "Go types with a method Format",
    "types of the test's own": "structs, methods and named types that the test declares",
    "functions of the test's own": "functions that the test gives to its templates",
    "booleans in words": "strconv.ParseBool",
    "the shortest digits with e and f": "strconv.FormatFloat with -1, where JSON is not written so",
    "addresses": "where Go keeps a value, or a channel",
    "func values": "Go functions as values",
}


class Row:
    def __init__(self, package, line):
        *fields, known, fails = line.split(",")
        *texts, self.output = (bytes.fromhex(field) for field in fields)
        self.table, self.name, self.template, self.type, self.part = (text.decode(errors="replace") for text in texts)
        self.package, self.known, self.fails = package, known == "true", fails == "true"


def rows_of(name, package, go, work):
    """The rows of one package's tables, or a reason why there are none."""
    source = pathlib.Path(go, "src", package)
    clause = re.search(r"^package (\w+)", (HERE / "go_tables" / f"{name}.go").read_text(), flags=re.M)[0]
    overlay = {}
    for file in ("rows", name):
        text = (HERE / "go_tables" / f"{file}.go").read_text()
        copy = work / f"{name}-{file}_test.go"
        copy.write_text(re.sub(r"^package \w+", clause, text, flags=re.M))
        overlay[str(source / f"helmlock_{file}_test.go")] = str(copy)
    (work / f"{name}.json").write_text(json.dumps({"Replace": overlay}))
    environment = os.environ | {"GO_TABLES_ROWS": str(work / f"{name}-rows"), "GOFLAGS": "-mod=mod", "GOROOT": str(go)}
    command = [f"{go}/bin/go", "test", "-vet=off", "-count=1", f"-overlay={work}/{name}.json", "-run=^TestRows$", package]
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"go_tables: {package}: {done.stdout}{done.stderr}")
    return [Row(package, line) for line in (work / f"{name}-rows").read_text().splitlines()]


class Runner:
    """Renders templates with one program, a batch at a time."""

    def __init__(self, name, program, work):
        environment = {"PATH": "/usr/bin:/bin", "TZ": "America/Los_Angeles", "KUBECONFIG": "/nonexistent", "GOMEMLIMIT": "2GiB"}
        self.side = Side(name, os.path.abspath(program), work / name, environment, "4.3")
        self.side.values("", "")

    def outcomes(self, templates):
        found = []
        for start in range(0, len(templates), BATCH):
            batch = [Case(number, text, "", frozenset()) for number, text in enumerate(templates[start:start + BATCH])]
            for hexadecimal in set(re.findall(r"bytes/b([0-9a-f]*)", "".join(case.text for case in batch))):
                path = self.side.chart / "bytes" / f"b{hexadecimal}"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(bytes.fromhex(hexadecimal))
            outcomes = self.side.outcomes(batch, self.side.runs + 2 * BATCH)
            # The next batch has other texts under the same numbers.
            for number in self.side.written:
                (self.side.chart / f"templates/_case-{number:04}.tpl").unlink()
            self.side.written = set()
            found += [decoded(outcomes.get(case.number)) for case in batch]
        return found


def decoded(outcome):
    """(whether it rendered, the bytes printed or the message)."""
    if outcome is None:
        return False, b"not run"
    return (True, base64.b64decode(outcome.text)) if outcome.fine else (False, message(outcome.text).encode())


def message(text):
    """The error without where the row stood in its chart."""
    return re.sub(r"case-\d+|out\.yaml:\d+:\d+", "ROW", text)


def judge(row, helm, ours):
    """(class of inexpressible rows or "", whether we pass)."""
    if row.fails:
        if helm[0]:
            return row.type or "what Helm accepts", ours == helm
        if not ours[0] and ours[1] == helm[1]:
            return "", True
        return "", False
    if row.known and helm != (True, row.output):
        return row.type or "what Helm's functions answer otherwise", ours == helm
    return "", ours == helm


class Report:
    def __init__(self, show):
        self.show, self.total, self.packages = show, collections.Counter(), collections.defaultdict(collections.Counter)
        self.classes, self.failures, self.refused = collections.Counter(), [], []

    def add(self, row, helm, ours):
        count = self.packages[row.package]
        count["rows"] += 1
        kind, passed = judge(row, helm, ours)
        if kind:
            count["inexpressible"] += 1
            self.classes[kind] += 1
            self.refused.append((row, kind, helm, ours))
            count["other"] += not passed
        else:
            count["passed"] += passed
        if not passed:
            self.failures.append((row, kind, helm, ours))

    def suite(self, name, rows, passed):
        self.packages[name].update({"rows": rows, "passed": passed})

    def print(self):
        print(f"{'package':22}{'rows':>9}{'expressible':>13}{'passed':>9}{'inexpressible':>15}{'of these unlike helm':>22}")
        everything = collections.Counter()
        for name, count in self.packages.items():
            self.line(name, count)
            everything.update(count)
        self.line("all", everything)
        small = collections.Counter()
        for name, count in self.packages.items():
            if not name.startswith("RE2"):
                small.update(count)
        self.line("all without RE2", small)
        outside = sum(number for name, number in self.classes.items() if name in OUT_OF_REACH)
        share = lambda part, whole: f"{part} of {whole} ({100 * part / max(whole, 1):.1f} %)"
        print(f"inexpressible: {share(small['inexpressible'], small['rows'])}; without rows that no template could say: "
              f"{share(small['inexpressible'] - outside, small['rows'] - outside)}")
        print("inexpressible rows by class: " + (", ".join(f"{name} {number}" for name, number in self.classes.most_common()) or "none"))
        for failure in self.failures[:self.show]:
            self.shown(*failure)
        return small

    @staticmethod
    def shown(row, kind, helm, ours):
        cut = lambda text: text if len(text) < 2000 else text[:1000] + "..." + text[-900:]
        print(f"--- {row.package} {row.table} {cut(row.name)!r}{' (inexpressible: ' + kind + ')' if kind else ''}\n  {cut(row.template)}")
        if row.known:
            print(f"  table     {cut(repr(row.output))}")
        for name, (fine, text) in (("helm", helm), ("helmlock", ours)):
            print(f"  {name:8}  {'' if fine else 'error: '}{cut(repr(text))}")

    @staticmethod
    def line(name, count):
        print(f"{name:22}{count['rows']:9}{count['rows'] - count['inexpressible']:13}{count['passed']:9}{count['inexpressible']:15}{count['other']:22}")


# ---------------------------------------------------------------- RE2
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"f": b"\f", b"v": b"\v", b"a": b"\a", b"b": b"\b"}


def unquote(line):
    """The bytes of a string in Go's quotes."""
    def unit(match):
        escape = match[1]
        if escape[:1] == b"x":
            return bytes([int(escape[1:], 16)])
        if escape[:1] in b"uU":
            return chr(int(escape[1:], 16)).encode()
        return bytes([int(escape, 8)]) if escape.isdigit() else LETTERS.get(escape, escape)
    return re.sub(rb"\\(x..|u....|U.{8}|[0-7]{3}|.)", unit, line[1:-1], flags=re.S)


def suite_of(lines):
    """(regexp, [(text, [spans of the anchored match], [spans of the first match])])."""
    texts, patterns, phase, results = [], None, "", []
    for line in lines:
        line = line.rstrip(b"\n")
        if line == b"strings":
            texts, phase = [], "strings"
        elif line == b"regexps":
            phase = "regexps"
        elif line.startswith(b'"'):
            text = unquote(line)
            if phase == "strings":
                texts.append(text)
            else:
                patterns, index = text, 0
                results = []
        elif line[:1].isdigit() and b";" in line or line[:1] == b"-":
            fields = line.split(b";")
            results.append((texts[index], fields[0], fields[1]))
            index += 1
            if index == len(texts):
                yield patterns, results


def groups_of(field, text):
    """What stands before a match, the match and its groups; None where nothing matches."""
    if field == b"-":
        return None
    spans = [None if span == b"-" else tuple(map(int, span.split(b"-"))) for span in field.split(b" ")]
    return [text[:spans[0][0]]] + [b"" if span is None else text[span[0]:span[1]] for span in spans]


def suite_template(pattern, results):
    """One template for a regexp and all its texts."""
    groups = max(len(field.split(b" ")) for _, *fields in results for field in fields) - 1
    # The lazy start makes the first group what stands before the leftmost match, so that the place shows, too.
    spread, anchored = b"\\A((?s:.*?))(" + pattern + b")(?s:.*)\\z", b"\\A(?:" + pattern + b")\\z"
    wanted = b"|".join(b"${%d}" % number for number in range(1, groups + 3))
    pattern, spread, anchored, wanted = map(quoted, (pattern, spread, anchored, wanted))
    return (f"{{{{ range list {' '.join(quoted(text) for text, *_ in results)} }}}}{{{{ regexMatch {anchored} . }}}};"
            f"{{{{ if regexMatch {pattern} . }}}}{{{{ regexFind {pattern} . }}}};"
            f'{{{{ regexReplaceAll {spread} . {wanted} }}}}{{{{ else }}}}-{{{{ end }}}}{{{{ "\\x03\\x04" }}}}{{{{ end }}}}')


def quoted(text):
    """Bytes as a string literal of the template language."""
    return '"' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in text) + '"'


def suite_expected(results):
    lines = []
    for text, whole, first in results:
        found = groups_of(first, text)
        head = b"false;" if whole == b"-" else b"true;"
        lines.append(head + (b"-" if found is None else found[1] + b";" + b"|".join(found)))
    return lines


def run_suite(report, name, lines, runner, sample):
    """Rows of an RE2 file: helmlock alone, against what the file says."""
    batch, rows, passed, shown = [], 0, 0, 0

    def flush():
        nonlocal rows, passed, shown
        outcomes = runner.outcomes([suite_template(*one) for one in batch])
        for (pattern, results), (fine, output) in zip(batch, outcomes):
            wanted = suite_expected(results)
            got = output.split(b"\x03\x04")[:-1] if fine else []
            rows += len(wanted)
            good = sum(a == b for a, b in zip(wanted, got))
            passed += good
            if good != len(wanted) and shown < report.show:
                shown += 1
                wrong = next(((t[0], a, b) for t, a, b in zip(results, wanted, got) if a != b), output)
                print(f"--- {name} {pattern!r}: {wrong!r}")
        batch.clear()

    for index, one in enumerate(suite_of(lines)):
        if index % sample == 0 and b"\\C" not in one[0]:
            # RE2 finds \B inside of a character, Go between characters only.
            is_plain = b"\\B" not in one[0]
            batch.append((one[0], [result for result in one[1] if is_plain or result[0].isascii()]))
        if len(batch) == BATCH:
            flush()
    flush()
    report.suite(name, rows, passed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--helm", required=True, help="the real program (helm 4.3)")
    parser.add_argument("--helmlock", required=True)
    parser.add_argument("--go", type=pathlib.Path, default=None, help="a Go tree with sources and tests; default: that of `go`")
    parser.add_argument("--only", action="append", default=[], help="a package, or RE2")
    parser.add_argument("--sample", type=int, default=10, help="of the exhaustive RE2 file, one regexp of N; default 10, 0 none")
    parser.add_argument("--show", type=int, default=20, help="failures to print; default 20")
    parser.add_argument("--inexpressible", action="store_true", help="print the inexpressible rows, too")
    parser.add_argument("--work", help="scratch folder; default: a fresh one")
    arguments = parser.parse_args()
    go = arguments.go or pathlib.Path(subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip())
    work = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="go-tables-")).resolve()
    work.mkdir(parents=True, exist_ok=True)
    helm, ours = Runner("helm", arguments.helm, work), Runner("helmlock", arguments.helmlock, work)
    report, began = Report(arguments.show), time.monotonic()
    for name, package in PACKAGES.items():
        if arguments.only and package not in arguments.only:
            continue
        rows = rows_of(name, package, go, work)
        runnable = [row for row in rows if row.template]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            sides = list(pool.map(lambda runner: runner.outcomes([row.template for row in runnable]), (helm, ours)))
        for row, *outcomes in zip(runnable, *sides):
            report.add(row, *outcomes)
        for row in rows:
            if not row.template:
                report.packages[package].update({"rows": 1, "inexpressible": 1})
                report.classes[row.type] += 1
        print(f"{package}: {len(rows)} rows ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    if not arguments.only or "RE2" in arguments.only:
        data = go / "src/regexp/testdata"
        with open(data / "re2-search.txt", "rb") as lines:
            run_suite(report, "RE2 search", lines, ours, 1)
        if arguments.sample:
            with bz2.open(data / "re2-exhaustive.txt.bz2") as lines:
                run_suite(report, "RE2 exhaustive", lines, ours, arguments.sample)
    small = report.print()
    if arguments.inexpressible:
        for refused in report.refused:
            report.shown(*refused)
    expressible = small["rows"] - small["inexpressible"]
    return 0 if small["passed"] >= 0.99 * expressible else 1


if __name__ == "__main__":
    sys.exit(main())
