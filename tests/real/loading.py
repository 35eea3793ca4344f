#!/usr/bin/env python3
"""Gives whole charts that nobody wrote to helm and to helmlock, folders and archives, and compares what comes of them.

What it is: the question "do both load the same chart?" put to charts with odd corners. A seed gives cases of five kinds:
`ignore` (a tree of files under a `.helmignore` of every grammar), `archive` (a .tgz with odd roots, entries, headers and ends,
archives in its charts/), `tree` (subcharts three levels deep, as folders and archives, declared in Chart.yaml, requirements.yaml
or not at all: aliases, conditions, tags, import-values, versions that do not fit), `metadata` (Chart.yaml, values.yaml and
locks with odd fields, types and encodings) and `output` (documents, hooks, CRDs and the flags that choose among them). Every
chart of a case prints what it sees: `.Chart`, `.Values`, its files and subcharts. Either both print the same bytes, or both
refuse.

What it is not: messages are no verdict here. Where both refuse in other words, these are counted apart and shown with
--messages. What we refuse on purpose in archives (ON_PURPOSE) is counted apart, too. Helm walks through charts/ in a random
order: where it differs, it is asked again, and what it says once is as good as what it says first.

    loading.py --helm EXE --helmlock EXE [--dialect 4.3|3.22|3.19] [--kinds ignore,tree] [--seed N] [--cases N] [--seconds S]
               [--allow N] [--show K] [--messages K]

The seed is fresh at each run unless given, and printed; a case is made from seed and number alone. Exit code: 0 all equal,
1 a difference (printed with the case's files), 2 cannot run.
"""
import collections, difflib, functools, gzip, io, json, os, pathlib, random, re, resource, shutil, struct, subprocess, sys, tarfile, time, zlib

from inputs import Corners, options, outcomes, plain, summary, table

# What readers of archives may understand differently, and what no honest tool writes: Helm takes it, we say that we do not.
ON_PURPOSE = [r"archive entry `.*` is a link", r"archive entry `.*` is neither a file nor a folder", r"archive entry `.*` has an absolute path", r"archive entry `.*` leads out of the chart's folder",
              r"archive entry `.*` has a name that is not portable", r"archive entry `.*` stands outside of the chart's folder", r"archive entry `.*` appears twice, with different contents",
              r"archive is damaged: more data after the end of the (gzip|tar) stream", r"archive is damaged: corrupt gzip stream does not have a matching checksum", r"archive is damaged: the tar stream ends inside of a file",
              r"archive is damaged: (incomplete deflate stream|invalid gzip header)", r"archive is damaged: two pax extensions entries", r"archive entry `.*` has a header that says one thing twice", r"archive is damaged: unexpected end of file", r"archive is damaged: members found describing a future member but no future member found", r"archive entry `.*` has too long a path"]
# How often Helm is asked whether it is random.
AGAIN = 24
CHART = "apiVersion: v2\nname: {}\nversion: 0.1.0\n"
DUMP = """chart: {{ toJson .Chart | quote }}
values: {{ toJson .Values | quote }}
subcharts: {{ keys .Subcharts | sortAlpha | join " " | quote }}
template: {{ .Template.Name | quote }}
files:
{{- range $name, $contents := .Files.Glob "**" }}
- {{ printf "%s %d %s" $name (len $contents) ($.Files.Get $name | sha256sum | trunc 8) | quote }}
{{- end }}
readme: {{ .Files.Get "README.md" | quote }}
"""


# ---------------------------------------------------------------- charts and their files
def encoded(files):
    return {name: text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass") for name, text in files.items()}


def below(folder, files):
    return {f"{folder}/{name}": contents for name, contents in files.items()}


def entry(name, contents=b"", kind=tarfile.REGTYPE, **fields):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(contents) if kind == tarfile.REGTYPE else 0
    for field, value in fields.items():
        setattr(info, field, value)
    return info, contents


def tar(entries, style=tarfile.GNU_FORMAT, ends=1024):
    """A tar stream of (header or raw bytes, contents)."""
    out = io.BytesIO()
    for info, contents in entries:
        out.write(info if isinstance(info, bytes) else info.tobuf(style, "utf-8", "surrogateescape"))
        out.write(contents + b"\0" * (-len(contents) % 512))
    return out.getvalue() + b"\0" * ends


def pack(files, root="c"):
    return gzip.compress(tar([entry(f"{root}/{name}", contents) for name, contents in encoded(files).items()]), 1)


# ---------------------------------------------------------------- .helmignore
NAMES = ["README.md", "a.txt", "ab.txt", "b[1].txt", "a*b", "q?x", "!a.txt", "#a", "docs/a.txt", "docs/deep/a.txt", "docs/deep/b.md", "crds/x.yaml", ".git/config", "templates/.hidden.yaml", "templates/_h.tpl",
         "templates/a.yaml", "templates/sub/.hidden.yaml", "templates/sub/a.yaml", "templates/tests/t.yaml", "\u00e9.txt", "sp ace.txt", "back\\slash", "x/y/z/w.txt", ".dot", "docs/.dot", "LICENSE", "trail ", " lead", "crlf\r", "templates/..b.yaml"]


def pattern(rng, paths):
    """A line of .helmignore, mostly about one of these paths."""
    text = rng.choice(paths)
    draw = rng.random()
    if draw < 0.3:
        text = text.rsplit("/", 1)[-1]
    elif draw < 0.5:
        text = text.rsplit("/", rng.randint(0, text.count("/")))[0]
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        at = rng.randrange(len(text) + 1)
        cut = rng.choice([0, 1, 1, 2, len(text)])
        piece = rng.choice(["*", "*", "?", "[a-z]", "[^a-z]", "[!a-z]", "[.]", "[\\]]", "[a", "[]a]", "[a-]", "[z-a]", "[^]", "\\", "\\*", "\\" + text[at : at + 1], "[" + text[at : at + 1] + "]", "[^" + text[at : at + 1] + "]",
                            "**", "/", "//", ".", "{a,b}", "*.*", "[\\^a]", "[^\\^]", "\u00e9", "[\u00e0-\u00ff]", "\udcff", "-", "[--a]", "[\\a-\\z]"])
        text = text[:at] + piece + text[at + cut :]
    text = rng.choice(["", "", "", "", "/", "./", "*/", "**/", "!", "!/", "#", "\\", "../"]) + text + rng.choice(["", "", "", "", "/", "/*", "/**", "//", "*", " ", "\t", " # c", "\\", "\\ ", "/."])
    return rng.choice(["", "", "", "", " ", "\t", "\u00a0", "\ufeff"]) + text if rng.random() < 0.3 else text


def ignore_case(rng):
    files = {name: f"text of {name}\n" for name in rng.sample(NAMES, rng.randint(6, len(NAMES))) if not name.startswith("templates/")}
    files |= {name: f"name: {json.dumps(name)}\n" for name in NAMES if name.startswith("templates/") and rng.random() < 0.7}
    files |= {"Chart.yaml": CHART.format("c"), "templates/dump.yaml": DUMP, "values.yaml": "a: 1\n"}
    if rng.random() < 0.5:
        files |= below("charts/s", {"Chart.yaml": CHART.format("s"), "templates/dump.yaml": DUMP, "values.yaml": "b: 1\n", "README.md": "s\n", ".helmignore": rng.choice(["README.md\n", "*\n", "!x\n", "**\n"])})
    if rng.random() < 0.3:
        files["charts/t.tgz"] = pack({"Chart.yaml": CHART.format("t"), "templates/dump.yaml": DUMP, "README.md": "t\n", ".helmignore": "README.md\n"}, "t")
    if rng.random() < 0.1:
        files["values.schema.json"] = '{"required": ["nope"]}'
    paths = sorted(files) + ["docs", "charts", "charts/s", "templates", "x/y", "templates/sub"]
    common = ["*", "?*", ".*", "*.*", "/", "!", "!/", "# c", "#", "", "  ", "\\#a", "\\!a.txt", "!*", "charts/", "templates/", "templates", "Chart.yaml", "values.yaml", ".helmignore", ".", "..", "*/", "/*", "*.tgz", "charts/*/README.md", "templates/*", "!templates/*", "*.md/"]
    lines = [pattern(rng, paths) if rng.random() < 0.75 else rng.choice(common) for _ in range(rng.choice([1, 1, 2, 3, 5]))]
    text = rng.choice(["", "", "", "", "\ufeff", "\n", "# c\n"]) + rng.choice(["\n"] * 6 + ["\r\n", "\n\n", "\r"]).join(lines) + rng.choice(["\n", "\n", "", "\r\n", "\0", "\n\ufeffa.txt\n"])
    if rng.random() < 0.02:
        text += "#" + "x" * rng.choice([65534, 65535, 65536, 70000]) + "\na.txt\n"
    files[".helmignore"] = text.encode("utf-8", "surrogateescape")
    return (files if rng.random() < 0.9 else pack(files)), [], False


# ---------------------------------------------------------------- archives
def small_chart(rng, name="c"):
    files = {"Chart.yaml": CHART.format(name), "templates/dump.yaml": DUMP, "values.yaml": "a: 1\n", "README.md": "read\n"}
    extra = {"templates/b.yaml": "b: 1\n", "templates/NOTES.txt": "notes\n", "templates/empty.yaml": "", "crds/x.yaml": "crd: x\n", "docs/a.txt": "\ufefftext\n", "empty.txt": "", "values.schema.json": "{}", "LICENSE": "l\n",
             ".helmignore": "README.md\n", "templates/deep/er/k.yaml": "\ufeffk: 1\n", "templates/" + "x" * 90 + "/y.yaml": "long: 1\n", "templates/" + "\u00e9" * 120 + ".yaml": "long: 2\n", "x" * 100: "100", "y" * 101: "101", "docs/" + "d/" * 20 + "f": "deep\n"}
    return files | {key: extra[key] for key in rng.sample(sorted(extra), rng.choice([0, 1, 2, 4]))}


def below_charts(rng, level):
    """What may lie in charts/: files by their paths below it."""
    name = rng.choice(["s", "t", "u"])
    files = small_chart(rng, name)
    if level > 0 and rng.random() < 0.3:
        files |= below("charts", below_charts(rng, level - 1))
    draw = rng.random()
    if draw < 0.3:
        return below(rng.choice([name, name, "other", "_x", ".x", "x.y", "x.tgz", "a b", "c.TGZ"]), files)
    if draw < 0.7:
        inner, root = files, rng.choice([name, name, "x", "."])
        return {rng.choice([f"{name}-0.1.0.tgz", f"{name}.tgz", "wrong.tgz", "_x.tgz", ".x.tgz", ".tgz", "x.TGZ", "x.tar.gz", "x", "deep/x.tgz", f"{name}.tgz.prov", "x.tgz/y.tgz"] if rng.random() < 0.5 else [f"{name}.tgz"]): pack(inner, root)}
    return rng.choice([{"README.md": "x"}, {"x.prov": "x"}, {"x.tgz": "no archive"}, {"x.tgz": b""}, {"_README.md": "x"}, {".gitkeep": ""}, {"s/README.md": "x"}, {"s/x.prov": "x"}, {"s/chart.yaml": CHART.format("s")}, {"x.tgz": gzip.compress(b"")},
                       {"x.tgz": gzip.compress(tar([]))}, {"x.tgz/Chart.yaml": CHART.format("s")}, {"x.tgz": pack(files), "x.tgz.prov": "p"}, {"s/Chart.yaml": CHART.format("s"), "s/charts/README.md": "x"}, {"s/Chart.yaml": "name: s\n"}])


def header(name, length, kind=b"0", prefix=b"", magic=b"ustar\x0000", **fields):
    """A raw header of 512 bytes."""
    parts = {"mode": b"0000644\0", "uid": b"0000000\0", "gid": b"0000000\0", "size": b"%011o\0" % length, "mtime": b"00000000000\0", "sum": None} | fields
    raw = bytearray(512)
    raw[:100] = name[:100].ljust(100, b"\0")
    raw[100:108], raw[108:116], raw[116:124], raw[124:136], raw[136:148] = (parts[key] for key in ("mode", "uid", "gid", "size", "mtime"))
    raw[148:157] = b" " * 8 + kind
    raw[257:265] = magic
    raw[345:500] = prefix[:155].ljust(155, b"\0")
    raw[148:156] = parts["sum"] or b"%06o\0 " % sum(raw)
    return bytes(raw)


def pax(records, kind=b"x"):
    out = b""
    for key, value in records:
        body = b" %s=%s\n" % (key.encode(), value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape"))
        size = len(body) + 1
        while len(str(size)) + len(body) != size:
            size = len(str(size)) + len(body)
        out += str(size).encode() + body
    return header(b"pax", len(out), kind), out


def odd_entries(rng, files):
    """Entries that stand among those of a chart, or in their place."""
    x, name = b"x: 1\n", rng.choice(["templates/odd.yaml", "odd.txt", "templates/dump.yaml", "values.yaml", "Chart.yaml", "templates/b.yaml", "crds/odd.yaml"])
    long = "templates/" + rng.choice(["n", "\u00e9"]) * rng.choice([99, 100, 101, 155, 156, 230]) + rng.choice(["", "/"]) + "x.yaml"
    raw = lambda path, **fields: (header(path.encode("utf-8", "surrogateescape"), len(x), **fields), x)
    return rng.choice([
        lambda: [entry("c/odd/", kind=tarfile.DIRTYPE)], lambda: [entry("c/templates/", kind=tarfile.DIRTYPE)], lambda: [entry("c", kind=tarfile.DIRTYPE)], lambda: [entry("other/", kind=tarfile.DIRTYPE)], lambda: [entry("c/dir/", x)], lambda: [raw("c/dir/", kind=b"\0")],
        lambda: [entry(f"c/{name}", x)], lambda: [entry(f"c/{name}", encoded(files).get(name, x))], lambda: [entry(f"c/./{name}", x)], lambda: [entry(f"c//{name}", x)], lambda: [entry(f"./c/{name}", x)], lambda: [entry(f"/c/{name}", x)], lambda: [entry(f"other/{name}", x)],
        lambda: [entry(name, x)], lambda: [entry(f"c/a/../{name}", x)], lambda: [entry(f"c/../{name}", x)], lambda: [entry(f"../c/{name}", x)], lambda: [entry(f"c\\{name}", x)], lambda: [entry("c/a\\b.txt", x)], lambda: [entry("c/c:/x", x)], lambda: [entry("c:/c/x", x)], lambda: [entry("c/a:b", x)], lambda: [entry("c", x)],
        lambda: [entry(f"c/{name}", kind=tarfile.SYMTYPE, linkname="values.yaml")], lambda: [entry("c/link", kind=tarfile.LNKTYPE, linkname="c/values.yaml")], lambda: [entry("c/dev", kind=rng.choice([tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]))],
        lambda: [raw(f"c/{name}", kind=rng.choice([b"\0", b"7", b"V", b"M", b"D", b"Z", b"A", b"I", b"\x01", b"8", b"9", b"g", b"N"]))],
        lambda: [pax([("comment", "x" * rng.choice([1, 40, 5000]))], b"g")], lambda: [pax([("path", "c/templates/global.yaml")], b"g"), entry("c/first.txt", x), entry("c/second.txt", x)], lambda: [pax([("path", f"c/{long}")]), raw("c/short")], lambda: [pax([("path", f"c/{name}"), ("mtime", "1.5"), ("size", "5")]), raw("c/short")],
        lambda: [pax([("size", "3")]), raw("c/short")], lambda: [pax([("path", "")]), raw("c/short")], lambda: [pax([("path", "c/nul\0x")]), raw("c/short")], lambda: [pax([("path", "c/a.txt"), ("path", "c/b.txt")]), raw("c/short")], lambda: [pax([("SCHILY.xattr.user.x", b"\xff\xfe"), ("uid", "1")]), raw("c/short")],
        lambda: [(header(b"pax", 7, b"x"), b"garbage"), raw("c/short")], lambda: [pax([(rng.choice(["mtime", "atime", "ctime"]), rng.choice(["", "-1.5", "1", "1.", ".5", "1.1234567890123", "-.5", "+1", "1e3", "0x1", "1_0", " 1", "x", "1.x", "1.-5", "9223372036854775807", "9223372036854775808", "1\0"]))]), raw("c/short")], lambda: [pax([(rng.choice(["uid", "gid", "size", "comment", "devmajor"]), rng.choice(["", "5", "+5", "-5", "05", "5.0", "x", "0x5", "9223372036854775808", " 5", "5\0"]))]), raw("c/short")],
        lambda: [pax([(rng.choice(["uname", "gname", "linkpath", "hdrcharset", "a\0b", "", "GNU.sparse.size"]), rng.choice(["", "x", "x\0y", "5"]))]), raw("c/short")], lambda: [pax([("path", "c/one.txt")]), pax([("comment", "two")]), raw("c/short")], lambda: [pax([("path", "c/last.txt")])],
        lambda: [(header(b"././@LongLink", len(long) + 3, b"L", magic=b"ustar  \0"), b"c/" + long.encode()[: len(long)] + b"\0"), raw("c/short")], lambda: [(header(b"././@LongLink", 12, b"L", magic=b"ustar  \0"), b"c/long\0more\0"), raw("c/short")],
        lambda: [entry("c/" + long, x)], lambda: [raw("name.yaml", prefix=b"c/templates")], lambda: [raw("name.yaml", prefix=b"c/templates", magic=b"ustar  \0")], lambda: [raw("name.yaml", prefix=b"c/templates", magic=b"\0" * 8)], lambda: [raw("c/" + "n" * 98)], lambda: [raw("c/star", magic=b"ustar\x00  ")],
        lambda: [raw("c/nul\0after")], lambda: [raw("c/bad\udcff")], lambda: [entry("c/bad\udcff", x)], lambda: [entry("c/ctl\x01\x1b", x)], lambda: [entry("c/line\nbreak", x)], lambda: [entry("c/\u00e9\u202e", x)], lambda: [entry("", x)], lambda: [entry("/", x)], lambda: [entry(".", kind=tarfile.DIRTYPE)], lambda: [entry("./", kind=tarfile.DIRTYPE)],
        lambda: [raw("c/odd", mode=rng.choice([b"0100644\0", b"777\0\0\0\0\0", b"        ", b"\0" * 8, b"xxxxxxx\0", b"0040755\0", b"0120777\0"]))], lambda: [raw("c/odd", uid=b"\x80" + b"\xff" * 7)], lambda: [raw("c/odd", mtime=rng.choice([b"-0000000001\0", b"\xff" * 12, b"77777777777\0", b"\x80" + b"\0" * 10 + b"\1", b"x" * 12]))],
        lambda: [(header(b"c/odd", 0, size=rng.choice([b"\x80" + b"\0" * 10 + b"\x05", b"5          \0", b"          5\0", b"00000000005 ", b"+0000000005\0", b"-0000000005\0", b"0x000000005\0", b"\xff" * 12, b"000000000059"])), x)], lambda: [raw("c/odd", sum=rng.choice([b"000000\0 ", b"xxxxxx\0 ", b"\0" * 8, b"        "]))],
        lambda: [(b"\0" * 512, b""), entry("c/after.txt", x)], lambda: [(b"\0" * 1024, b""), entry("c/after.txt", x)], lambda: [(b"garbage".ljust(512, b"x"), b"")], lambda: [entry("c/big.txt", b"x" * rng.choice([1 << 16, (1 << 16) + 1, 1 << 20]))], lambda: [entry("c/big.txt", b"x" * ((5 << 20) + rng.choice([-1, 0, 1])))] if rng.random() < 0.3 else [],
        lambda: [entry("c/chart.yaml", x)], lambda: [entry("c/CHART.YAML", x)], lambda: [entry("c/Chart.yaml ", x)], lambda: [entry("c/Chart.yml", x)], lambda: [entry("c/x/Chart.yaml", CHART.format("x").encode())], lambda: [entry("c/Values.yaml", x)], lambda: [entry("c/templates", x)], lambda: [entry("c/charts", x)], lambda: [entry("c/crds", x)], lambda: [entry("c/Templates/a.yaml", x)],
        lambda: [entry("c/charts/", kind=tarfile.DIRTYPE)], lambda: [entry("c/charts/empty/", kind=tarfile.DIRTYPE)],
    ])()


def ended(rng, stream):
    """The stream packed, mostly well."""
    draw = rng.random()
    if draw < 0.7:
        return gzip.compress(stream, rng.choice([0, 1, 6, 9]), mtime=0)
    half = len(stream) // 1024 * 512
    named = io.BytesIO()
    with gzip.GzipFile("name", "wb", 6, named, 1) as file:
        file.write(stream)
    packed = gzip.compress(stream, 6, mtime=0)
    deflated = packed[10:]
    extra = b"\x1f\x8b\x08\x1e" + b"\0" * 6 + b"\3\0xyz" + b"name\0" + b"comment\0"
    return rng.choice([
        lambda: named.getvalue(), lambda: gzip.compress(stream[:half]) + gzip.compress(stream[half:]), lambda: packed + gzip.compress(b""), lambda: packed + packed, lambda: packed + b"\0" * rng.choice([1, 100, 512]), lambda: packed + b"garbage", lambda: packed[:-8] + b"\1" * 8, lambda: packed[:-4] + b"\1\2\3\4",
        lambda: packed[: -rng.choice([1, 4, 8, 9, 20, len(packed) // 2])], lambda: extra + struct.pack("<H", zlib.crc32(extra) & 0xFFFF) + deflated, lambda: extra + b"\0\0" + deflated, lambda: b"\x1f\x8b\x08\xe0" + packed[4:], lambda: b"\x1f\x8b\x07" + packed[3:], lambda: stream, lambda: b"", lambda: gzip.compress(packed),
        lambda: b"<html>login</html>", lambda: b"name: c\n", lambda: packed[:3], lambda: gzip.compress(b""), lambda: gzip.compress(stream[:-1024]), lambda: gzip.compress(stream[:-512]), lambda: gzip.compress(stream[:-1000]), lambda: gzip.compress(stream + b"\0" * rng.choice([1, 512, 9216])), lambda: gzip.compress(stream + b"x" * 512), lambda: gzip.compress(stream[: rng.randrange(len(stream))]),
    ])()


def archive_case(rng):
    files = encoded(small_chart(rng))
    if rng.random() < 0.45:
        for _ in range(rng.choice([1, 1, 2])):
            files |= encoded(below("charts", below_charts(rng, 1)))
    draw = rng.random()
    if draw < 0.06:
        files[rng.choice(["chart.yaml", "Chart.yml", "CHART.YAML", "x/Chart.yaml"])] = files.pop("Chart.yaml")
    elif draw < 0.1:
        files.pop(rng.choice(["Chart.yaml", "values.yaml", "templates/dump.yaml"]))
    if rng.random() < 0.15:
        name = rng.choice(sorted(files))
        files[name] = b"\xef\xbb\xbf" * rng.choice([1, 1, 2]) + files[name]
    root = rng.choice(["c", "c", "c", "c", "other", "a b", "\u00e9", "c.d", "...", "c-0.1.0", "x" * 120, "-"] if rng.random() < 0.9 else [".", "..", "", "./c", "/c", "c/", "C:", "c\\", "c\\d", "a/b", "\udcff", " "])
    entries = [entry(f"{root}/{name}", contents, mode=rng.choice([0o644, 0o755, 0, 0o777])) for name, contents in files.items()]
    if rng.random() < 0.3:
        rng.shuffle(entries)
    if rng.random() < 0.6 and root == "c":
        for _ in range(rng.choice([1, 1, 1, 2])):
            at = rng.choice([0, len(entries), rng.randrange(len(entries) + 1)])
            entries[at:at] = odd_entries(rng, files)
    stream = tar(entries, rng.choice([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), rng.choice([1024, 1024, 512, 0, 10240]))
    return ended(rng, stream), ["--include-crds"] if rng.random() < 0.3 else [], False


# ---------------------------------------------------------------- trees of subcharts
KEYS = ["a", "b", "c", "global", "exports", "on"]
VERSIONS = ["0.1.0", "0.1.0", "0.1.0", "1.2.3", "1.0.0-rc.1", "0.1.0+build", "v1.2.3", "1", "1.2", "2.0.0"]
RANGES = ["", "*", ">0", "0.x", "0.1.0", "^1", "~1.2", ">=1.0.0-0", "1.0.0-rc.1", "v0.1.0", "=0.1.0+build", "<1 || >=2", ">=0.1, <1", "9.9.9", "not a range", "0.1", "1", "!=1.2.3", "x", "0.0.0 - 1.3", "~> 1", ">=0.1.0-0"]


def tree_values(rng, names):
    own = {key: plain(rng, 2, KEYS) for key in rng.sample(KEYS, rng.randint(0, 3))}
    for name in names:
        if rng.random() < 0.5:
            own[name] = {key: plain(rng, 1, KEYS) for key in rng.sample([*KEYS, *names, "enabled", "g"], rng.randint(0, 3))} if rng.random() < 0.93 else rng.choice([None, "x", [], False, 1])
            if isinstance(own[name], dict) and rng.random() < 0.4:
                own[name]["enabled"] = rng.choice([True, False, None, "true", 0, {}])
    if rng.random() < 0.35:
        own["tags"] = {tag: rng.choice([True, False, None, "true", 1]) for tag in rng.sample(["one", "two", "three"], rng.randint(0, 3))} if rng.random() < 0.9 else rng.choice([None, [], "one", True])
    if rng.random() < 0.4:
        own["exports"] = {name: table(rng, 2, KEYS) if rng.random() < 0.9 else plain(rng, 0) for name in rng.sample(["data", "more", "global"], rng.randint(0, 3))}
    if rng.random() < 0.3:
        own["global"] = rng.choice([None, "x", [], {}, {"a": None}, {"a": {"b": 1}}, {"a": {"c": None}, "b": 2}, {"a": "x"}, {"global": {"a": 1}}, 1, True])
    return own


def declarations(rng, children):
    """Entries of dependencies for these charts by name, and by which names their values go."""
    entries, names = [], []
    for child in children:
        for _ in range(rng.choice([0, 1, 1, 1, 1, 2])):
            declared = {"name": child, "version": rng.choice(RANGES) if rng.random() < 0.35 else rng.choice(["*", ">=0-0", ">0"])}
            if rng.random() < 0.35 or child in names:
                free = [alias for alias in ("p", "q", "r", "P-1") if alias not in names]
                declared["alias"] = rng.choice(free if free and rng.random() < 0.97 else ["s", child, "a.b", "", "\u00e9", "a b"])
            name = declared.get("alias") or child
            names.append(name)
            if rng.random() < 0.45:
                declared["condition"] = rng.choice([f"{name}.enabled", f"{child}.enabled", "on", "a.b", f"x.y,{name}.on", f"{name}.enabled,on", f" {name}.enabled ", f"{name}.enabled, on", "global.a", "tags.one", ",on", "a.b.c.d", "exports.data", "", "on,", "..", "a..b", "enabled", f"{name}.{child}.enabled"])
            if rng.random() < 0.3:
                declared["tags"] = rng.sample(["one", "two", "three", "One", ""], rng.randint(0, 3))
            if rng.random() < 0.4:
                imports = ["data", "more", "nope", "", "data.a", {"child": "a", "parent": "a"}, {"child": "exports.data", "parent": "imported"}, {"child": "c", "parent": "."}, {"child": "none", "parent": "x"}, {"child": ".", "parent": "all"}, {"child": "", "parent": "a.b"}, {"child": "a"}, {"parent": "a"}, {}, 1, None, ["a"],
                           {"child": "global", "parent": "global"}, {"child": "a", "parent": name}, {"child": 1, "parent": 2}, {"child": "a", "parent": "a.b.c"}, {"child": "a", "parent": "", "x": 1}, {"child": "on", "parent": "on"}]
                declared["import-values"] = rng.sample(imports, rng.randint(0, 3))
            if rng.random() < 0.1:
                declared[rng.choice(["enabled", "x", "Name", "ALIAS"])] = rng.choice([True, False, "", None])
            entries.append(declared)
    rng.shuffle(entries)
    if rng.random() < 0.04:
        entries.append(rng.choice([None, {}, {"name": "missing", "version": "*"}, {"name": "missing"}, "x", {"name": ""}, {"name": ["a"]}]))
    return entries, names


def tree_chart(rng, name, level):
    """The files of a chart whose subcharts lie below it as folders and archives."""
    files, children = {}, rng.sample(["s", "t", "u"], rng.choice([1, 1, 2, 2, 3])) if level == 0 or rng.random() < 0.45 / level else []
    if level > 2:
        children = []
    for child in children:
        inner = tree_chart(rng, child, level + 1)
        draw = rng.random()
        if draw < 0.62:
            files |= below(f"charts/{child}", inner)
        elif draw < 0.7:
            files |= below(f"charts/{rng.choice(['odd', 'x.y', 'S', 'zz'])}", inner)
        elif draw < 0.95:
            files[f"charts/{rng.choice([child + '-0.1.0', child, 'odd', 'zz'])}.tgz"] = pack(inner, rng.choice([child, "odd"]))
        elif draw < 0.97:
            files |= below(f"charts/{rng.choice('_.')}{child}", inner)
        if rng.random() < 0.06:
            # The same chart once more, in another version.
            files[f"charts/{child}-more.tgz"] = pack(tree_chart(rng, child, 3), child)
    entries, names = declarations(rng, children)
    api = rng.choice(["v2"] * 6 + ["v1", "v1", "v1", None, "", "v3", "V2", "v9", 2] if rng.random() < 0.1 else ["v2", "v2", "v1"])
    metadata = {"apiVersion": api, "name": name, "version": rng.choice(VERSIONS)}
    if api is None:
        del metadata["apiVersion"]
    optional = {"type": ["application", "library", "", None, "Library", "other"] if rng.random() < 0.2 else ["application", "library", ""], "deprecated": [True, False, None], "appVersion": ["1.0", 1.10, 1],
                "kubeVersion": [">=1.20", ">=1.20.0-0", "", "<1.10", "x", ">1", "^1.30", "1.x || 2.x", ">= 1.20 < 2"], "condition": ["on"], "tags": ["one", None], "annotations": [{"a": "b"}, {"a": 1}, None, {}], "keywords": [["k"], [], None]}
    for field in rng.sample(sorted(optional), rng.choice([0, 0, 1, 2])):
        if field != "type" or level > 0 or rng.random() < 0.2:
            metadata[field] = rng.choice(optional[field])
    if entries or rng.random() < 0.2:
        where = rng.choice(["Chart.yaml"] * 5 + ["requirements.yaml"] * (4 if api == "v1" else 1) + ["both"])
        if where != "requirements.yaml":
            metadata["dependencies"] = entries if entries or rng.random() < 0.7 else None
        if where != "Chart.yaml":
            text = {"dependencies": entries if where == "requirements.yaml" or rng.random() < 0.5 else declarations(rng, children)[0]}
            files["requirements.yaml"] = json.dumps(text) + "\n"
    if rng.random() < 0.15:
        lock = {"dependencies": [{"name": "x", "version": "1", "repository": ""}], "digest": "sha256:00", "generated": "2024-01-01T00:00:00Z"}
        files[rng.choice(["Chart.lock", "requirements.lock"])] = json.dumps(lock) if rng.random() < 0.8 else rng.choice(["", "x", "[]", "dependencies: x\n", "dependencies: [null]\n", "generated: x\n", "{", "generated: 2024-01-01\n", "generated: null\n", "digest: [1]\n", "generated: 2024-01-01 10:00:00\n"])
    files["Chart.yaml"] = json.dumps(metadata) + "\n"
    if rng.random() < 0.9:
        files["values.yaml"] = json.dumps(tree_values(rng, [*children, *names])) + "\n"
    files["templates/dump.yaml"] = DUMP
    if rng.random() < 0.15:
        files["crds/x.yaml"] = f"crd: {name}\n"
    if rng.random() < 0.1:
        files["templates/_h.tpl"] = '{{ define "who" }}' + name + "{{ end }}"
        files["templates/who.yaml"] = 'who: {{ include "who" . }}\n'
    if rng.random() < 0.04:
        files["values.schema.json"] = rng.choice(['{"type": "object"}', '{"required": ["a"]}', "", "{", "true", "false", '{"properties": {"global": {"type": "string"}}}'])
    return files


def tree_case(rng):
    files = tree_chart(rng, "c", 0)
    flags = ["--include-crds"] if rng.random() < 0.2 else []
    if rng.random() < 0.6:
        flags += ["--values", "user.yaml"]
    names = ["s", "t", "u", "p", "q", "s.t", "t.u", "global", "tags", "a", "s.global", "p.s"]
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        flags += ["--set", f"{rng.choice(names)}.{rng.choice([*KEYS, 'enabled', 'one', 'two'])}={rng.choice(['null', '1', 'true', 'false', 'x', '{}'])}"]
    return (files if rng.random() < 0.8 else pack(files, "c")), flags, json.dumps(tree_values(rng, ["s", "t", "u", "p", "q"])) + "\n"


# ---------------------------------------------------------------- Chart.yaml and values.yaml
FIELDS = ["apiVersion", "name", "version", "type", "appVersion", "kubeVersion", "description", "home", "icon", "sources", "keywords", "maintainers", "annotations", "deprecated", "condition", "tags", "dependencies", "engine", "tillerVersion", "NAME", "Version", "apiversion", "x", "\u212aubeVersion", "de\u017fcription"]
ODD = ["null", "~", "", "1", "1.10", "1.0", "0x1F", "017", "1e3", "1_000", "1.5e-7", "123456789", "12345678901234567890", "-1", ".inf", ".nan", "true", "yes", "no", "'x'", '""', '"\\u00e9\\t\\u0007x"', "2001-01-01", "2001-01-01 10:00:00", "1:30", "[]", "{}", "[a, 1, null, true]", "{a: b}", "{a: 1, b: true, c: null, d: 1.10}", "[[a]]", "[{}]",
       "{a: [b]}", "{a: {b: c}}", "- x", "x: y", "!!str 1", "!!int '1'", "!!binary aGk=", "!!float 1", "!x y", "&a v", "*a", "|\n  two\n  lines", ">-\n  folded\n  lines", "'it''s'", "a b", "v1", "v2", "1.2.3", "../c", "a/b", "c:d", "\u00e9", "\u200b", "a\u00a0b", "\U0001f389", "'a\tb'", "%", "@", "`", "x # c", "[{name: a, email: 1, url: null}]", "[{Name: a}]", "[null]", "[a]", "{1: 2}",
       "{null: a}", "{true: a}", "{1.5: a}", "{a: 2001-01-01}", "{a: ''}", "[{name: s}]", "[{name: s, tags: [1, null], enabled: x}]", "[{name: s, import-values: x}]", "[{name: s, alias: 1}]", "1" * 25, "0b11", "0o17", "+1", "1e400", "<<", "'null'", "~x", "on", "library", "application", ">=1.20", ">= 1.20.0 < 9"]


def chart_yaml(rng):
    lines = {"apiVersion": rng.choice(["v2", "v2", "v1"]), "name": "c", "version": "0.1.0"}
    for field in rng.sample(FIELDS, rng.choice([0, 1, 1, 2, 3])):
        fitting = {"version": ["1", "1.2", "v1.2.3", "1.2.3-a.b+c", "1.2.3.4", "01.2.3", "1.2.3-01", "''", "1.0.0-", "1.x", "x", "1.10", "1e3", "' 1.0.0'", "1.2.3+a+b", "99999999999999999999.0.0"], "name": ["C", "a.b", "a b", "'..'", "'.'", "c/d", "'c\\d'", "\u00e9", "c" * 300, "'c\tx'", "-", "1"],
                   "apiVersion": ["v1", "v2", "v3", "''", "v9", "V1", "'v2 '", "v2beta1"], "type": ["application", "library", "''", "Application", "x"], "kubeVersion": [">=1.20", "1", ">=9", "x", "'>=1.20.0-0 <2'", "v1.37.0", "'~1.37'"]}
        lines[field] = rng.choice(fitting[field]) if field in fitting and rng.random() < 0.6 else rng.choice(ODD)
    lines = [f"{key}: {value}" for key, value in lines.items() if rng.random() < 0.985]
    if rng.random() < 0.1:
        lines.append(rng.choice(lines or ["a: b"]))
    if rng.random() < 0.1:
        lines.append(rng.choice(["name: d", "<<: {name: d}", "<<: {description: d}", "base: &b {name: e}\n<<: *b", "? x\n: y", "[a]: b", "{a: b}: c", "- x", "'name' : f", "\"n\\u0061me\": g", "name", "# c", " indented: 1", "\ttab: 1", "...", "---", "%TAG ! !x", "description: |\n  a\n\n  b  \n", "!!str k: v", "null: n", "1: one", "true: t"]))
    if rng.random() < 0.2:
        rng.shuffle(lines)
    text = "\n".join(lines) + rng.choice(["\n", "\n", "\n", ""])
    draw = rng.random()
    if draw < 0.12:
        text = rng.choice(["\ufeff", "\ufeff\ufeff", "---\n", "--- # c\n", "%YAML 1.1\n---\n", "# c\n", "\n\n", " \n", "...\n", "---\n---\n", "--- {}\n---\n", "\t\n", "\r\n"]) + text
    elif draw < 0.22:
        text += rng.choice(["---\nname: d\n", "...\n", "...\nx\n", "---\n", "# c", "\t\n", "\0", "]\n", "x\n", "---\n- a\n", "--- |\n x\n", "...\n---\nname: d\n"])
    if rng.random() < 0.06:
        text = text.replace("\n", rng.choice(["\r\n", "\r", "\u0085", "\u2028"]))
    if rng.random() < 0.05:
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(["\t", "\0", "\udcff", "\u0085", "\ufeff", "\x07", "\x7f", "\ud800", "\u2028", "'", "{"]) + text[at:]
    return text.encode("utf-8", "surrogateescape" if "\udcff" in text else "surrogatepass")


def metadata_case(rng):
    files = {"Chart.yaml": CHART.format("c"), "values.yaml": "a: 1\n", "templates/dump.yaml": DUMP, "README.md": "r\n"}
    draw = rng.random()
    if draw < 0.6:
        files["Chart.yaml"] = chart_yaml(rng)
    elif draw < 0.9:
        odd = ["", " ", "\n", "# c\n", "null\n", "~", "{}", "[]", "- a\n", "x\n", "1\n", "---\n", "---\n---\n", "...\n", "\ufeff", "\ufeffa: 1\n", "a: 1\r\nb:\r\n  c: 2\r\n", "a:\tb\n", "\ta: b\n", "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n", "a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "a: {b: 1}\n---\na: {c: 2}\n---\na: null\n", "true: 1\n", "1: a\n",
               "1.5: a\n", "null: a\n", "a: .inf\n", "a: 1e999\n", "a: 12345678901234567890\n", "global: x\n", "global: null\n", "s: x\n", "a: |\n  x\n   y\n", "a: >\n  x\n", "a:\n- |+\n x\n", "a: !!binary aGk=\n", "a: 2001-01-01\n", "? [a]\n: b\n", "a: *nope\n", '{"a": 1, "b": [1, 2.5, null]}', "{", "a: 'x\n", "---\na: 1\n...\nb: 2\n", "--- {a: 1}\n", "a: 1\n--- # c\nb: 2\n", "a: 1\n---b: 2\n", "a: 0777\nb: 0o7\nc: 0b1\nd: 1_0\ne: 1:30\n"]
        files["values.yaml"] = rng.choice(odd) if rng.random() < 0.4 else Corners(rng).file().replace("\0", "").encode("utf-8", "surrogatepass")
        if rng.random() < 0.3:
            files["values.yaml"] = files["values.yaml"][:-1]
        if rng.random() < 0.1:
            del files["values.yaml"]
            files |= rng.choice([{}, {"values.yml": "a: 2\n"}, {"Values.yaml": "a: 2\n"}, {"values.yaml/x": "a: 2\n"}, {"values.json": "{}"}])
    else:
        files |= rng.choice([{"Chart.lock": rng.choice(ODD)}, {"requirements.lock": "generated: " + rng.choice(ODD)}, {"Chart.lock": "dependencies: " + rng.choice(ODD)}, {"requirements.yaml": "dependencies: " + rng.choice(ODD)}, {"requirements.yaml": rng.choice(FIELDS) + ": " + rng.choice(ODD)}, {"templates": "x"}, {"charts": "x"}, {"crds": "x"}, {"charts/README.md": "x"},
                             {"templates/a.yaml": "\ufeffa: 1\n"}, {"templates/a.yaml": b"\xff\xfea\0"}, {"templates/a.yaml": b"a: \xff\n"}, {"values.schema.json": "\ufeff{}"}, {"values.schema.json": rng.choice(["", "x", "[]", "1", "null", "{}", '{"type": "string"}'])}, {"a\udcff": "x"}, {"templates/a\udcff.yaml": "x: 1\n"}, {".helmignore/x": "x"}])
    if rng.random() < 0.25:
        files |= below("charts/s", {"Chart.yaml": chart_yaml(rng) if rng.random() < 0.5 else CHART.format("s"), "values.yaml": "b: 1\n", "templates/dump.yaml": DUMP})
    files = {name: contents for name, contents in files.items() if not any(other.startswith(name + "/") for other in files)}
    return (files if rng.random() < 0.8 else pack(files, "c")), [], False


# ---------------------------------------------------------------- documents and flags
KINDS_OF = ["ConfigMap", "Secret", "Deployment", "Service", "Namespace", "Job", "CronJob", "Pod", "CustomResourceDefinition", "Foo", "Bar", "List", "ClusterRole", "RoleBindingList", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "IngressClass", "PriorityClass", "APIService", "ServiceAccount", "configmap", "", "HorizontalPodAutoscaler",
            "PodDisruptionBudget", "StorageClass", "ResourceQuota", "Zed", "Ingress", "NetworkPolicy", "PersistentVolume", "ReplicaSet", "PodSecurityPolicy", "SecretList", "LimitRange"]
EVENTS = ["pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade", "pre-rollback", "post-rollback", "test", "test-success", "test-failure", "crd-install", "nope", "PRE-INSTALL", " pre-install ", "", "pre-install,post-install", "test, pre-install", "pre-install,nope", "nope,test", " ", "test,", "pre-install pre-upgrade"]
ODD_DOCUMENTS = ["# only a comment", "", "   ", "\n\n", "null", "~", "{}", "[]", "a", "1", "- a\n- b", '"x"', "...", "--- ", "---", "kind:", "kind: 3", "kind: [a]", "metadata: x", "metadata:\n  annotations: x", "metadata:\n  annotations:\n    a: 1", "metadata:\n  name: 5", "apiVersion: 1", "a: b\na: c", "\tx", "{", "%YAML 1.1", "kind: A\n...\nkind: B", "\ufeffkind: A",
                 "kind: &k Foo\nx: *k", "? kind\n: Foo", '"kind": "Foo"', "{kind: Foo, metadata: {name: x}}", 'kind: "Fo\\u006f"', "kind: >-\n  Foo", "Kind: Foo", "kind: Foo # c", "# c\nkind: Foo", "kind : Foo", " kind: Foo", "kind: Foo\n\n\n", "\n\n\nkind: Foo", "kind: Foo\n\u00a0\n", "kind: Foo\x85", "x: |\n  ---\n  y\nkind: Foo", "x: |\n---\ny", "x: \"a\n---\nb\""]
SEPARATORS = ["\n---\n"] * 8 + ["\n--- \n", "\n---\n---\n", "\n\n---\n\n", "\n---\r\n", "\n--- # c\n", "\n----\n", "\n---\t\n", "---\n", "\n --- \n", "\n---\n# x\n", "\n--- kind: Foo\n", "\n---#c\n", "\n...\n---\n", "\n---", "\r\n---\r\n", "\n---\n \n", "\n---  \n\n---\n", "\n\x0c---\n", "\u2028---\n"]
FLAGS = ["--include-crds", "--skip-tests", "--no-hooks", "--is-upgrade"]
PATTERNS = ["templates/a.yaml", "templates/*.yaml", "templates/sub/*", "templates/*", "templates/**", "charts/s/templates/*.yaml", "templates/[ab].yaml", "templates/nope.yaml", "c/templates/a.yaml", "./templates/a.yaml", "templates//a.yaml", "templates/../templates/a.yaml", "*", "templates/?.yaml", "crds/*.yaml", "charts/*/templates/*", "templates/[", "templates/\\a.yaml", "",
            "templates/tests/t.yaml", "templates/sp ace.yaml", "templates/NOTES.txt", "charts/s/crds/k.yaml", "templates/a.yaml,templates/b.yaml", "templates/[!a].yaml", "templates/{a,b}.yaml", "charts/**"]


def document(rng):
    if rng.random() < 0.03:
        return rng.choice(ODD_DOCUMENTS)
    kind, lines = rng.choice(KINDS_OF), []
    if rng.random() < 0.9:
        lines.append("apiVersion: " + rng.choice(["v1", "apps/v1", "v2", '"v1"', ""]))
    if rng.random() < 0.93:
        lines.append("kind: " + rng.choice([kind, kind, kind, f'"{kind}"', kind + " "]))
    metadata = "metadata:\n  name: " + rng.choice(["a", "b", "c", "a-b", '"1"', "{{ .Release.Name }}"])
    if rng.random() < 0.1:
        metadata += "\n  namespace: " + rng.choice(["x", "default"])
    if rng.random() < 0.35:
        weight = rng.choice(["0", "1", "-1", "5", "-5", "1.5", "x", "", " 3", "+3", "007", "0x10", "99999999999", "-0", "1e3"])
        annotations = [rng.choice(["helm.sh/hook", '"helm.sh/hook"']) + ": " + rng.choice(["{}", '"{}"']).format(rng.choice(EVENTS))] if rng.random() < 0.9 else []
        annotations += [f'"helm.sh/hook-weight": "{weight}"' if rng.random() < 0.7 else f"helm.sh/hook-weight: {weight}"] if rng.random() < 0.6 else []
        annotations += ["helm.sh/hook-delete-policy: " + rng.choice(["hook-succeeded", "before-hook-creation,hook-failed", "nope", ""])] if rng.random() < 0.3 else []
        annotations += ["x: " + rng.choice(["1", "true", "null", "[a]", '""'])] if rng.random() < 0.1 else []
        metadata += "\n  annotations:" + "".join(f"\n    {annotation}" for annotation in annotations)
    if rng.random() < 0.95:
        lines.append(metadata)
    if rng.random() < 0.4:
        lines.append(rng.choice(["data: {a: b}", "data:\n  x: |\n    l1\n\n    l2", "data:\n  x: |\n    ---\n    y", 'spec:\n  a: "---"', "items: []", "x: 1\n", "y: |-\n  z  ", "v: >\n  fold\n\n", "tail: |+\n  t\n\n"]))
    if rng.random() < 0.1:
        rng.shuffle(lines)
    return rng.choice(["", "", "", "", "", "", "# c\n", "\n", "# Source: x\n", "  # d\n"]) + "\n".join(lines)


def documents(rng):
    text = rng.choice(["", "", "", "---\n", "\n", "---\n---\n", "# head\n", "\n---\n", "--- \n", "# h\n---\n", "{{- /* c */ -}}\n", "  \n---\n"]) + document(rng)
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3])):
        text += rng.choice(SEPARATORS) + document(rng)
    text += rng.choice(["\n", "", "\n\n", "\n---\n", "\n---", "\n# end\n", "  ", "\n--- \n"])
    if rng.random() < 0.05:
        text = text.replace("\n", "\r\n")
    if rng.random() < 0.1:
        text = "{{ if " + rng.choice(["true", "false", ".Release.IsUpgrade", '.Capabilities.APIVersions.Has "x/v1"', 'semverCompare ">=1.30" .Capabilities.KubeVersion.Version']) + " }}\n" + text + "\n{{ end }}"
    return text


def output_case(rng):
    names = ["a.yaml", "b.yaml", "B.yaml", "sub/x.yaml", "sub/y.yml", "_p.tpl", "NOTES.txt", "z.txt", "a-b.yaml", "a.b.yaml", "tests/t.yaml", "n.json", "x", ".hid.yaml", "sub/_q.yaml", "sp ace.yaml", "deep/er/k.yaml", "partials/_x/y.yaml"]
    files = {"Chart.yaml": CHART.format("c")} | {f"templates/{name}": documents(rng) for name in rng.sample(names, rng.randint(1, 5))}
    if rng.random() < 0.3:
        files |= below("charts/s", {"Chart.yaml": CHART.format("s")} | {f"templates/{name}": documents(rng) for name in rng.sample(names, rng.randint(1, 3))})
        if rng.random() < 0.4:
            files["charts/s/crds/k.yaml"] = documents(rng)
    if rng.random() < 0.3:
        files |= {f"crds/{name}": documents(rng) for name in rng.sample(["crd.yaml", "a.yaml", "b.txt", "sub/c.yaml", "README.md", "d.YML", "_x.yaml", "e.json", "f.yaml.bak", ".yaml"], rng.randint(1, 3))}
    if rng.random() < 0.04:
        files["values.schema.json"] = '{"required": ["nope"]}'
    flags = [flag for flag in FLAGS if rng.random() < 0.22] + (["--skip-schema-validation"] if rng.random() < 0.15 else [])
    if rng.random() < 0.15:
        flags += ["--kube-version", rng.choice(["1.29", "v1.31.2", "1.20.0", "1.x", "v1.30.0-gke.1", "1", "x", "1.31+", "", "1.25.3.4", "v1.33.1+k3s1"])]
    if rng.random() < 0.15:
        flags += ["--api-versions", rng.choice(["x/v1", "x/v1,y/v2", "", "a"])]
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        flags += ["--show-only", rng.choice(PATTERNS if rng.random() < 0.25 else [name for name in files if "templates/" in name])]
    if rng.random() < 0.15 and "--show-only" not in flags:
        flags += ["--output-dir", "out"]
    return (files if rng.random() < 0.8 else pack(files, "c")), flags, False


KINDS = {"ignore": ignore_case, "archive": archive_case, "tree": tree_case, "metadata": metadata_case, "output": output_case}


# ---------------------------------------------------------------- running
def write(path, contents):
    path = os.fsencode(str(path))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(contents if isinstance(contents, bytes) else contents.encode("utf-8", "surrogateescape"))


def written(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(command, folder):
    """Whether it succeeds, and its output, with the files that it wrote, or its error."""
    environment = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "HOME": str(folder / "home"), "KUBECONFIG": "/nonexistent", "GOGC": "400"}
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_AS, (8 << 30, 8 << 30))
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    try:
        done = subprocess.run(command, preexec_fn=limit, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return False, "no answer within 60 s"
    if done.returncode == 0:
        return True, written(out) if "--output-dir" in command else done.stdout
    error = done.stderr.decode(errors="backslashreplace").replace("\n\nUse --debug flag to render out invalid YAML", "").replace(str(folder), "")
    error = re.split(r"^(?:Error|error): ", error, maxsplit=1, flags=re.M)[-1]
    # What is ours alone: whose chart it is, the lines around the mistake, and what to do.
    return False, re.sub(r"^(release `r` \([^)]*\): |chart `chart(\.tgz)?`: |helmfile\.yaml:4: `chart/Chart\.yaml`: |\.helmignore: )+", "", re.split(r"\n\n|\n  (?:hint|[ >]*\d+ \|)", error)[0]).strip()


def verdict(helm, ours):
    if helm[0] and ours[0]:
        # helmfile prints a line break after each release.
        same = helm[1] == ours[1] if isinstance(helm[1], dict) else helm[1] + b"\n" == ours[1] or helm[1] == ours[1] == b""
        return "rendered" if same else "different"
    if helm[0] or ours[0]:
        return "on purpose" if helm[0] and any(re.search(pattern, ours[1], re.S) for pattern in ON_PURPOSE) else "different"
    return "refused alike" if helm[1] == ours[1] else "other words"


def outcome(arguments, seed, number, work):
    rng = random.Random(f"{seed}/loading/{number}")
    kind = rng.choice(arguments.kinds)
    chart, flags, user = KINDS[kind](rng)
    folder = pathlib.Path(work) / f"{kind}-{number}"
    is_archive = isinstance(chart, bytes)
    for name, contents in encoded({"chart.tgz": chart} if is_archive else {}).items():
        write(folder / name, contents)
    for name, contents in {} if is_archive else chart.items():
        write(f"{folder}/chart/{name}", contents if isinstance(contents, bytes) else contents.encode("utf-8", "surrogatepass"))
    path = "chart.tgz" if is_archive else "chart"
    write(folder / "helmfile.yaml", f"releases:\n- name: r\n  namespace: default\n  chart: ./{path}\n")
    if user:
        write(folder / "user.yaml", user)
    ours_flags = flags + (["--output-dir-template", "{{ .OutputDir }}"] if "--output-dir" in flags else [])
    # Archives in a folder's charts/ have their digests in the lock.
    locked = run([arguments.helmlock, "resolve"], folder) if not is_archive and any(name.endswith(".tgz") for name in chart) else (True, b"")
    ours = run([arguments.helmlock, "template", "--helm-dialect", arguments.dialect, *ours_flags], folder) if locked[0] else locked
    helm = run([arguments.helm, "template", "r", path, *flags], folder)
    found = verdict(helm, ours)
    for _ in range(AGAIN if found == "different" else 0):
        again = run([arguments.helm, "template", "r", path, *flags], folder)
        if verdict(again, ours) in ("rendered", "refused alike", "other words"):
            found = "random in helm"
            break
    shutil.rmtree(os.fsencode(str(folder)))
    return kind, chart, flags, user, helm, ours, found


def listed(chart):
    """A case's files, for people: of archives the entries."""
    if isinstance(chart, bytes):
        try:
            with tarfile.open(fileobj=io.BytesIO(chart), errorlevel=0) as archive:
                members = [(member, archive.extractfile(member).read() if member.isreg() else b"") for member in archive.getmembers()]
            return [f"{member.name!r} {member.type!r}: {contents[:1000]!r}" for member, contents in members if contents != DUMP.encode()]
        except Exception as error:
            return [f"an archive of {len(chart)} bytes: {error}: {chart[:60]!r}"]
    return [line for name, text in chart.items() if text != DUMP for line in ([f"{name}:"] + [f"    {row}" for row in listed(text)] if name.endswith(".tgz") and isinstance(text, bytes) else [f"{name}: {text[:3000]!r}"])]


def shown(helm, ours):
    """What both say, less what they say alike."""
    if not (helm[0] and ours[0]):
        return [f"{name:9} {('rendered ' if result[0] else '') + repr(result[1])[:600]}" for name, result in (("helm", helm), ("helmlock", ours))]
    texts = [sorted(result[1].items()) if isinstance(result[1], dict) else result[1].decode(errors="backslashreplace").split("\n") for result in (helm, ours)]
    lines = [line for line in difflib.ndiff(*[[repr(line) for line in text] for text in texts]) if line[0] in "-+"]
    return ["helm has -, helmlock has +"] + [line[:2000] for line in lines[:12]]


def main():
    arguments = options(__doc__, KINDS, ("--messages", "pairs of messages in other words to print; default 0"))
    seed, count, purposes, words, began, bad = arguments.seed, collections.Counter(), collections.Counter(), set(), time.monotonic(), 0
    for number, kind, chart, flags, user, helm, ours, found in outcomes(arguments, outcome):
        count[kind, found] += 1
        if found == "on purpose":
            purposes[re.sub("^(error unpacking .*?: )+|`.*`", "", ours[1], flags=re.S)] += 1
        if found == "other words":
            key = tuple(re.sub(r"""(["'`]).*?\1|\d+""", "…", text)[:60] for text in (helm[1], ours[1]))
            if key not in words and len(words) < arguments.messages:
                print(f"--- seed {seed}, case {number} ({kind}): other words\n  helm      {helm[1][:300]!r}\n  helmlock  {ours[1][:300]!r}", flush=True)
            words.add(key)
        if found != "different":
            continue
        bad += 1
        if bad <= arguments.show:
            user = [f"user.yaml: {user!r}"] if user else []
            print(f"--- seed {seed}, case {number} ({kind})\n" + "".join(f"  {line}\n" for line in listed(chart) + user) + f"  flags: {flags}\n" + "\n".join(f"  {line}" for line in shown(helm, ours)), flush=True)
    code = summary(arguments, count, began, ("rendered", "refused alike", "other words", "on purpose", "random in helm", "different"))
    for reason, times in purposes.most_common():
        print(f"  {times:5} on purpose: {reason}")
    return code


if __name__ == "__main__":
    sys.exit(main())
