#!/usr/bin/env python3
"""Renders generated templates with helm and with helmlock, and holds every single output against the other's.

What it is: the question "do both engines agree?" put to templates that nobody wrote. A seed gives templates (literals, values,
pipelines, if, with, range, define, include, tpl, variables, and calls of every function with arguments of mostly right types)
and values files with YAML's quirks. Hundreds of templates are rendered by one process: each is a define of its own, and one
file prints them all, one line each, in base64, so that every byte counts and nothing hides. A template that fails ends the
whole run, so it is found by the line that the error names (or by halving), noted with its message, and taken out.

What it is not: it does not test how documents are split and sorted (charts.py does), nor charts with subcharts, nor random
functions beyond the shape of what they give. Templates that fail on both sides are compared by that verdict; whether the
messages are equal is counted apart and shown with --messages, and is no failure.

With --expressions N it is N single expressions, some thousand for each process. A failure costs a whole run of helm, so only
what rendered with us is asked of it, and of the rest a few of each batch: whatever fails with one of them only is a difference.

    differential.py --helm EXE --helmlock EXE [--dialect 4.3|3.22|3.19] [--work DIR] [--seed N] [--cases N] [--seconds S]
                    [--show K] [--messages K] [--coverage] [--expressions N]

The seed is fresh at each run unless given, and printed; the same seed, batch size and script give the same templates. Exit
code: 0 all equal, 1 a difference (printed with template, values and both outputs; all of them stand in DIR/differences),
or fewer than 70 % of the templates rendered on both sides; 2 cannot run.
"""
import argparse, base64, collections, concurrent.futures, functools, json, os, pathlib, random, re, resource, secrets, subprocess, sys, tempfile, time

# What is known to differ and why: (pattern of helm's output, pattern of ours, reason). An entry needs a reason.
KNOWN = [
    (rb"", rb"824633794560|14000000220000|(?i:c000012000)|1100000000000000000000010010000000000000", "Go prints where something lies in its memory; ours is the same address always"),
    (rb"", rb"the template takes more steps than a run may take", "certificates in loops, a hundred and fifty templates in one run: what a run of ours may do is bounded"),
    (rb"\*time\.Location=&\{", rb"\*time\.Location=&\{", "a place of Go's shows all changes of its clocks, and the one it looked at last"),
]

# One function a line: NAME ARGUMENTS -> RESULT, or NAME: PATTERN -> RESULT where only a shape may show. The words for types are
# the methods of `Values` below; `*` stands for none to three more, `?` for perhaps one. `fresh` is a dict that may be changed.
SIGNATURES = """
eq: eq {small} {small} {small} -> bool | eq: eq {str} {str} -> bool | ne: ne {small} {small} -> bool | and any any* -> any | or any any* -> any | not any -> bool | eq plain plain* -> bool | ne plain plain -> bool
lt float float -> bool | le str str -> bool | gt int int -> bool | ge float float -> bool | len many -> small
index: index {list} 0 -> any | index: index {dict} {key} -> any | index: index {nested} {key} {key} -> any
print any* -> str | println any* -> str | printf: {printf} -> str | html any any* -> str | js any any* -> str | urlquery any any* -> str
abbrev small str -> str | abbrevboth small small str -> str | camelcase str -> str | cat any* -> str | contains str str -> bool
hasPrefix str str -> bool | hasSuffix str str -> bool | hello -> str | indent small str -> str | initials str -> str
join sep list -> str | join sep any -> str | kebabcase str -> str | lower str -> str | nindent small str -> str | nospace str -> str
plural str str small -> str | quote any* -> str | squote any* -> str | repeat small str -> str | replace str str str -> str
snakecase str -> str | split sep str -> dict | splitList sep str -> list | splitn sep small str -> dict | substr small small str -> str | substr: substr 0 {small} {str} -> str
swapcase str -> str | title str -> str | toString any -> str | toStrings any -> list | trim str -> str | trimAll sep str -> str
trimall sep str -> str | trimPrefix str str -> str | trimSuffix str str -> str | trunc small str -> str | untitle str -> str
upper str -> str | wrap small str -> str | wrapWith small sep str -> str | sortAlpha list -> list | sortAlpha any -> list
regexMatch regex str -> bool | mustRegexMatch regex str -> bool | regexFind regex str -> str | mustRegexFind regex str -> str
regexFindAll regex str small -> list | mustRegexFindAll regex str small -> list | regexReplaceAll regex str repl -> str
mustRegexReplaceAll regex str repl -> str | regexReplaceAllLiteral regex str repl -> str | regexQuoteMeta str -> str
mustRegexReplaceAllLiteral regex str repl -> str | regexSplit regex str small -> list | mustRegexSplit regex str small -> list
atoi numstr -> int | int num -> int | int64 num -> int | float64 num -> float | toDecimal any -> int | add num* -> int | add1 num -> int
sub num num -> int | div num num -> int | mod num num -> int | mul num num* -> int | max num num* -> int | min num num* -> int
biggest num num* -> int | addf num* -> float | add1f num -> float | subf num num* -> float | divf num num* -> float
mulf num num* -> float | maxf num num* -> float | minf num num* -> float | ceil num -> float | floor num -> float
round num small -> float | until small -> list | untilStep small small small -> list | seq small small? small? -> str
list any* -> list | tuple any* -> list | append list any -> list | push list any -> list | mustAppend list any -> list
mustPush list any -> list | prepend list any -> list | mustPrepend list any -> list | first list -> any | mustFirst list -> any
last list -> any | mustLast list -> any | rest list -> list | mustRest list -> list | initial list -> list | mustInitial list -> list
reverse list -> list | mustReverse list -> list | uniq list -> list | mustUniq list -> list | compact list -> list
mustCompact list -> list | without list any* -> list | mustWithout list any* -> list | has any list -> bool | mustHas any list -> bool
slice list small? small? -> list | mustSlice list small? small? -> list | concat list* -> list | chunk small list -> list
mustChunk small list -> list | dict key any key any -> dict | dict any* -> dict | get dict key -> any | set fresh key any -> dict
unset fresh key -> dict | hasKey dict key -> bool | pluck key dict dict* -> list | dig key str dict -> any | dig key key any nested -> any
merge fresh fresh fresh* -> dict | mustMerge fresh fresh fresh* -> dict | mergeOverwrite fresh fresh fresh* -> dict
mustMergeOverwrite fresh fresh fresh* -> dict | keys: sortAlpha (keys {dict}) -> list | values: sortAlpha (values {dict}) -> list
pick dict key* -> dict | omit dict key* -> dict | deepCopy any -> any | mustDeepCopy any -> any | default any any -> any
empty any -> bool | coalesce any* -> any | all any* -> bool | any any* -> bool | ternary any any bool -> any
required word any -> any | fail word -> str | deepEqual any any -> bool | typeOf any -> str | typeIs word any -> bool
typeIsLike word any -> bool | kindOf any -> str | kindIs kind any -> bool
toJson any -> str | mustToJson any -> str | toPrettyJson any -> str | mustToPrettyJson any -> str | toRawJson any -> str
mustToRawJson any -> str | fromJson json -> dict | mustFromJson json -> any | fromJsonArray json -> list | toYaml any -> str
mustToYaml any -> str | toYamlPretty any -> str | fromYaml yaml -> dict | fromYamlArray yaml -> list | toToml dict -> str
mustToToml dict -> str | toToml any -> str | fromToml toml -> dict | b64enc str -> str | b64dec b64 -> str | b32enc str -> str
b32dec b32 -> str | sha1sum str -> str | sha256sum str -> str | sha512sum str -> str | adler32sum str -> str
base path -> str | dir path -> str | ext path -> str | clean path -> str | isAbs path -> bool | osBase path -> str | osDir path -> str
osExt path -> str | osClean path -> str | osIsAbs path -> bool | urlParse url -> dict | urlJoin dict -> str | urlJoin: urlJoin (urlParse {url}) -> str
semver version -> any | semverCompare constraint version -> bool | tpl: tpl {template} $ -> str | tpl str dict -> str
toDate layout date -> time | mustToDate layout date -> time | mustToDate: mustToDate {dated} -> time | date layout stamp -> str | dateInZone layout stamp zone -> str
date_in_zone layout stamp zone -> str | dateModify span time -> time | date_modify span time -> time | mustDateModify span time -> time
must_date_modify span time -> time | htmlDate stamp -> str | htmlDateInZone stamp zone -> str | unixEpoch time -> str
ago: regexReplaceAll "[0-9]+" (ago {stamp}) "0" -> str | duration num -> str | durationRound span -> str | durationRound: durationRound (int64 {int}) -> str
mustToDuration spanlike -> dur | durationDays spanlike -> float | durationHours spanlike -> float | durationMinutes spanlike -> float
durationSeconds spanlike -> float | durationMilliseconds spanlike -> int | durationMicroseconds spanlike -> int
durationNanoseconds spanlike -> int | durationWeeks spanlike -> float | durationRoundTo spanlike spanlike -> dur
durationTruncateTo spanlike spanlike -> dur | now: kindOf now -> str | lookup word word word word -> dict
getHostByName word -> str | randAlpha: len (randAlpha {small}) -> small | randAlphaNum: len (randAlphaNum {small}) -> small
randNumeric: len (randNumeric {small}) -> small | randAscii: len (randAscii {small}) -> small | randInt: randInt 5 6 -> small
randInt: kindOf (randInt {small} {small}) -> str | randBytes: len (randBytes {small}) -> small | uuidv4: regexMatch "^[0-9a-f-]{36}$" uuidv4 -> bool
shuffle: shuffle {same} -> str | encryptAES: decryptAES "k" (encryptAES "k" {str}) -> str | decryptAES: decryptAES {word} {b64} -> str
htpasswd: regexReplaceAll "[$].*" (htpasswd {word} "p") "" -> str | genPrivateKey: trunc 12 (genPrivateKey "ed25519") -> str
genPrivateKey: genPrivateKey "rot13" -> str | include: include "shared" {any} -> str | call any any* -> any
bcrypt: regexMatch "^[$]2a[$]10[$].{53}$" (bcrypt {word}) -> bool | derivePassword: derivePassword {small} {strength} {word} {word} {word} -> str
buildCustomCert: (buildCustomCert {certificate} {privatekey}).Cert -> str | buildCustomCert b64 b64 -> any
genCA: trunc 27 (genCA {word} {small}).Cert -> str | genCA: trunc 31 (genCA {word} 1).Key -> str
genCAWithKey: trunc 27 (genCAWithKey {word} {small} {privatepem}).Cert -> str
genSelfSignedCert: trunc 27 (genSelfSignedCert {word} {addresses} {names} 1).Cert -> str
genSelfSignedCertWithKey: trunc 27 (genSelfSignedCertWithKey {word} {addresses} {names} 1 {privatepem}).Cert -> str
genSignedCert: trunc 27 (genSignedCert {word} {addresses} {names} 1 {authority}).Cert -> str
genSignedCertWithKey: trunc 27 (genSignedCertWithKey {word} {addresses} {names} 1 {authority} {privatepem}).Cert -> str
toDate: {time}.Format {layout} -> str | toDate: {time}.Year -> int | toDate: {time}.Month -> any | toDate: {time}.Weekday -> any | toDate: {time}.Unix -> int
toDate: {time}.YearDay -> int | toDate: {time}.UTC -> time | toDate: {time}.IsZero -> bool | toDate: {time}.Before {time} -> bool | toDate: {time}.Equal {time} -> bool
toDate: html {time} {time}.Month {any} -> str | toDate: printf "%s" {time}.MarshalText -> str | toDate: {time}.GoString -> str
toDate: {time}.After {time} -> bool | toDate: {time}.Nanosecond -> int | toDate: {time}.Day -> int | toDate: {time}.Hour -> int | toDate: {time}.String -> str
toDate: {time}.Sub {time} -> dur | toDate: {time}.Add {dur} -> time | toDate: {time}.AddDate {small} {small} {small} -> time | toDate: {time}.Truncate {dur} -> time
mustToDuration: {dur}.Hours -> float | mustToDuration: {dur}.Seconds -> float | mustToDuration: {dur}.String -> str | mustToDuration: {dur}.Milliseconds -> int
semver: (semver {full}).Major -> any | semver: (semver {full}).Minor -> any | semver: (semver {full}).Patch -> any | semver: (semver {full}).Prerelease -> str
semver: (semver {full}).Metadata -> str | semver: (semver {full}).Original -> str | semver: (semver {full}).String -> str | semver: (semver {full}).IncMajor -> any
semver: (semver {full}).IncMinor -> any | semver: (semver {full}).IncPatch -> any | semver: (semver {full}).Compare (semver {full}) -> int
semver: (semver {full}).LessThan (semver {full}) -> bool | semver: (semver {full}).Equal (semver {full}) -> bool | semver: (semver {full}).GreaterThan (semver {full}) -> bool
"""
# How many expressions that fail with us are asked of helm in each batch.
ASKED = 10
# How many cases one process renders.
TOGETHER = 150
# What no value of a chart can make succeed: there is no function among Helm's values, and `fail` fails.
NEVER = {"call", "fail"}
# What Helm 3 has no name for.
NEWER = {"mustToYaml", "mustToToml", "mustToDuration", "durationDays", "durationHours", "durationMinutes", "durationSeconds", "durationWeeks", "durationMilliseconds",
         "durationMicroseconds", "durationNanoseconds", "durationRoundTo", "durationTruncateTo"}
RARE = {"htpasswd": 0.6, "bcrypt": 0.6, "derivePassword": 0.9, "genCA": 0.4, "genSelfSignedCert": 0.6, "genSignedCert": 0.6, "fail": 0.15, "call": 0.15}
CONTEXT = [".Release.Name", ".Release.Namespace", ".Release.Service", ".Release.IsInstall", ".Release.Revision", ".Chart.Name", ".Chart.Version",
           ".Chart.AppVersion", ".Chart.Keywords", ".Capabilities.KubeVersion.Version", ".Capabilities.KubeVersion.Minor", ".Template.Name",
           ".Capabilities.KubeVersion.Major", ".Capabilities.KubeVersion.GitVersion", ".Capabilities.HelmVersion.Version", "(.Files.Glob \"*.txt\").AsSecrets",
           '(.Files.GetBytes "notes.txt")', '(.Files.Glob "{notes,x}.*")', '(.Capabilities.APIVersions.Has "batch/v1/CronJob")', ".Template.BasePath", ".Release.IsUpgrade",
           '(.Files.Get "notes.txt")', '(.Files.Get "missing")', '(.Files.Lines "notes.txt")', '(.Files.Glob "*.txt").AsConfig',
           '(.Files.Glob "**").AsSecrets', '(.Capabilities.APIVersions.Has "apps/v1")', ".Chart.Annotations", ".Chart", ".Release",
           ".Capabilities", ".Capabilities.KubeVersion", ".Capabilities.Copy.HelmVersion"]
NOTES = "first line\nsecond: 'line'\n\n\ttabbed ünï\nlast"

WORDS = ["a", "b", "foo", "Foo-Bar", "foo_bar", "fooBar", "HTTPServer", "hello world", "  padded  ", "", "x", "straße", "ÄÖÜ", "日本語", "🎉 x",
         "İstanbul", "ǆ", "e\u0301", "a\tb", "one\ntwo\n", "\n", "\r\n", '"quoted"', "it's", "<a href='x'>&amp;</a>", "true", "null", "~", "key: value",
         "- a", "# c", "{{ .Values.s1 }}", "%s", "100%", "a,b,,c", "a-b-c", "<no value>", "\u2028", "\u0007", "\ufeff", "\x7f", "\u00a0", "a: b\nc: [1, 2]\n",
         "very long line of words that goes on and on until it must be folded by a printer that has a limit of eighty or so columns, and then some",
         "string", "int", "map", "slice", "yes", "off", "=", "<<", "!tag", "&x", "*x", "|", ">", "%a", "@a", "`", "[", "{}", "?", ":", "- ", "'", "\\"]
NUMBERS = ["0", "1", "-1", "-0", "007", "08", "0x1F", "0o17", "0b11", "1e3", "1_000", ".5", "1.", "NaN", "inf", "+1", "1.50", "1e400", "12.0", "1,5",
           "9223372036854775807", "9223372036854775808", "-9223372036854775808", "3.7", "-2.5", " 5", "1e", "0x", "123456789012", "1.0e-7"]
INTS = ["0", "1", "-1", "2", "7", "10", "42", "-13", "100", "0x1F", "0b101", "0o17", "017", "1_000", "'a'", "2147483648", "9007199254740993",
        "9223372036854775807", "-9223372036854775808"]
FLOATS = ["0.0", "1.0", "1.5", "-2.5", "-0.0", "1e3", "1e20", "1e21", "1e-7", "0.1", "0.30000000000000004", "3.999", "0x1p4", "123456789.125", "1e100",
          "12345678", "2.675", "5e-324"]
LAYOUTS = ["2006-01-02", "2006-01-02T15:04:05Z07:00", "Mon, 02 Jan 2006 15:04:05 MST", "15:04:05.000", "Jan _2 '06 3:04PM", "Monday, January 2", "20060102",
           "2006-01-02 15:04:05 -0700", "002 2006", "15:04:05.999999 -07", "06/1/2 pm PM", "", "Z0700 Z07:00:00", "literal", "2006-01-02 15:04:05.999999999 -0700 MST"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Local", "", "Nowhere/City", "Australia/Lord_Howe", "EST5EDT", "Etc/GMT+5", "../x"]
SPANS = ["1h", "-1h", "1h30m", "90s", "1.5h", "2h45m30.5s", "100ms", "1us", "1µs", "3ns", "0", "720h", "8760h", "", "1d", "h", "-1.5m", "+5s", ".5s", "1h 2m",
         "9999999h", "106751d", "3600", "2562047h47m16.854775807s"]
PATHS = ["/a/b/c.txt", "a/b/../c", "./x", "..", "", "/", "//a//b", "a/b/", "c.tar.gz", ".hidden", "a.", "\\win\\path.exe", "/a/./b/../../..", "日/本.ü"]
VERSIONS = ["1.2.3", "v1.2.3", "1.2", "1", "v0.0.1", "1.2.3-alpha.1", "1.2.3-beta+build.5", "2.0.0", "0.1.0", "10.20.30", "1.30.0-gke.100", "1.2.3.4", "01.2.3", "",
            "latest", "1.2.3-0", "v1.25.3+k3s1", "1.0.0-rc.1", "1.2.x", "99999999999999999999.1.1", "1.2.3-01", " 1.2.3"]
URLS = ["http://example.com", "https://u:p@host:8080/a/b?q=1&r=2#frag", "//host/p", "/just/path", "mailto:a@b", "http://[::1]:80/", "ftp://ü.de/ä b", "", "http://a%zz",
        "https://h/p?x=%20y", "host:port", "http://h?", "http://h#", "oci://reg.io/x:1", "file:///etc", "http://u@h", "http://h:x", "?q", "#f", "a b://c", "http://h/%2f;x",
        "postgres://user:p%40ss@db:5432/n?sslmode=off", "http://h/a\tb", "http://<h>/"]
# A certificate and its key, which open nothing.
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBbzCCARWgAwIBAgIULSloDkU+MQgwQQUTc6IjBpwot9cwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBYTAgFw0yNjExMjUyMTEyMDNaGA8yMTI2MTEwMTIxMTIwM1ow
DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCLjJXu+EDUp
ZXNg/Qn1Z/vocUwJ2OUTTtT4xOEbIY6ZxbvWZZad8tAwZ9hoU6a2hixducSBgolZ
M4OMGDmGhEOjUzBRMB0GA1UdDgQWBBRv2C8HS+hV42mG0L6l16AwHe6IqDAfBgNV
HSMEGDAWgBRv2C8HS+hV42mG0L6l16AwHe6IqDAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIAqx7id94PfZ4zYTE4mZvXvM2p65IvN9xGomL7xfAlJP
AiEA4rKTJgKQwo0pwAF7qWruJJggxotuW5X9d96Crt3E3wA=
-----END CERTIFICATE-----
"""
PRIVATE_KEY = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDcb4V1mK9K1X3PyQ
VLuzXJ2dHS5Gtl/Jt4tb2EUuAxShRANCAAQi4yV7vhA1KWVzYP0J9Wf76HFMCdjl
E07U+MThGyGOmcW71mWWnfLQMGfYaFOmtoYsXbnEgYKJWTODjBg5hoRD
-----END PRIVATE KEY-----
"""
PLAINS = ["1", "0", "-1", "0x1F", "0o17", "0777", "0b11", "1_000", "+1", "08", "1.5", "1e3", "1E+3", ".5", "1.", "-.inf", ".nan", "1e400", "true", "True", "TRUE", "tRue", "yes",
          "No", "on", "OFF", "y", "n", "~", "null", "Null", "", "abc", "a b", "2024-02-29", "2001-12-14t21:59:43.10-05:00", "12:30", "190:20:30", "0.1.2", "a#b", "a #b", "a:b", "=", "!!str 1",
          "!!int '3'", "!!float 3", "!!binary aGk=", "!custom x", "!!null ''", "- ", "''", '""', "'it''s'", '"\\u00e9\\n\\t"', '"a\\\n   b"', "ünï", "9223372036854775807", "18446744073709551615",
          "18446744073709551616", "12345678901234567890123", "0.30000000000000004", "123456789.0", "1e21", "-0", "-0.0", "0x", "0b2", "1__0", "_1", "685_230.15", "<<", "*", "@x", "%x", "`x", "a,b"]


def go_string(text, rng):
    """`text` as a Go string literal of one kind or the other; the letter \\udc80 and on stand for bytes that are no UTF-8."""
    if "`" not in text and "\r" not in text and text.isprintable() and rng.random() < 0.3:
        return "`" + text + "`"
    out = []
    for letter in text:
        code = ord(letter)
        if letter in '"\\':
            out.append("\\" + letter)
        elif 0xDC80 <= code <= 0xDCFF:
            out.append("\\x%02x" % (code - 0xDC00))
        elif letter == "\n":
            out.append("\\n")
        elif code < 32 or code in (0x7F, 0x2028, 0xFEFF, 0xA0):
            out.append("\\u%04x" % code)
        else:
            out.append(letter)
    return '"' + "".join(out) + '"'


class Yaml:
    """YAML texts with all the ways to write a thing, mostly valid."""

    def __init__(self, rng):
        self.rng, self.anchors = rng, []

    def scalar(self, flow=False):
        rng = self.rng
        if rng.random() < 0.6:
            plain = rng.choice(PLAINS)
            return plain if not (flow and re.search(r"[,\[\]{}]|^$|^- $", plain)) else "x"
        text = rng.choice(WORDS + NUMBERS)
        return json.dumps(text, ensure_ascii=max(text, default="") < "\uffff" and rng.random() < 0.5) if rng.random() < 0.6 else "'" + re.sub(r"[^ -~À-ÿ]", "", text).replace("'", "''") + "'"

    def key(self):
        rng = self.rng
        return rng.choice(["a", "b", "c", "d", "key", "a b", "x.y/z", "'q'", '"dq"', "ünï"] if rng.random() < 0.85 else ["1", "1.5", "true", "y", "n", "~", "0x10", "2024-01-01", "<<x", "''", "? k", "-x"])

    def flow(self, depth):
        rng = self.rng
        if depth <= 0 or rng.random() < 0.4:
            return self.scalar(flow=True)
        items = [self.flow(depth - 1) for _ in range(rng.randint(0, 3))]
        comma = rng.choice([", ", ",", " , "])
        if rng.random() < 0.5:
            return "[" + comma.join(items) + (", " if items and rng.random() < 0.1 else "") + "]"
        return "{" + comma.join(f"{self.key().removeprefix('? ')}: {item}" for item in items) + "}"

    def node(self, depth, indent):
        """What follows `key:` or `-`: text that begins on that line or the next."""
        rng, pad = self.rng, " " * indent
        draw = rng.random()
        if depth <= 0 or draw < 0.4:
            if self.anchors and rng.random() < 0.1:
                return " *" + rng.choice(self.anchors) + "\n"
            return (" " + self.scalar()).rstrip(" ") + rng.choice(["", "", "", "", " # note"]) + "\n"
        if draw < 0.5:
            return " " + self.flow(depth) + "\n"
        if draw < 0.6:
            lines = [rng.choice(["text", "  more", "", "a: b", "# no", "ünï", "tab\there", "last "]) for _ in range(rng.randint(1, 4))]
            head = rng.choice("|>") + rng.choice(["", "", "-", "+"])
            body = "".join((pad + line if line else "") + "\n" for line in ["start"] + lines)
            return " " + head + "\n" + body
        if draw < 0.65:
            return f" {rng.choice(['plain', 'two words'])}\n{pad}{rng.choice(['folded on', 'and more'])}\n"
        anchor = ""
        if rng.random() < 0.08:
            anchor = f"n{len(self.anchors)}"
        body = self.block(depth - 1, indent)
        if anchor:
            self.anchors.append(anchor)
            return f" &{anchor}\n" + body
        return "\n" + body

    def block(self, depth, indent=0):
        rng, pad = self.rng, " " * indent
        if rng.random() < 0.4:
            return "".join(pad + "-" + self.node(depth, indent + rng.choice([1, 2, 2, 4])) for _ in range(rng.randint(1, 3)))
        return self.mapping(depth, indent)

    def mapping(self, depth, indent=0):
        rng, pad, out, seen = self.rng, " " * indent, [], set()
        for _ in range(rng.randint(1, 4)):
            key = self.key()
            if key in seen and rng.random() < 0.9:
                continue
            seen.add(key)
            if key == "? k":
                out.append(f"{pad}? k\n{pad}: v\n")
                continue
            out.append(pad + key + ":" + self.node(depth, indent + rng.choice([1, 2, 2, 2, 4])))
            if rng.random() < 0.05:
                out.append(rng.choice(["\n", pad + "# comment\n", "   \n"]))
        return "".join(out)

    def document(self):
        rng = self.rng
        self.anchors = []
        draw = rng.random()
        text = self.mapping(2) if draw < 0.75 else self.block(2) if draw < 0.9 else self.flow(2) + "\n"
        if rng.random() < 0.06:
            text = rng.choice(["---\n", "# head\n", "--- # x\n", "%YAML 1.1\n---\n", "\n\n"]) + text
        if rng.random() < 0.06:
            text += rng.choice(["...\n", "---\nsecond: 1\n", "\n# tail", "---\n"])
        if rng.random() < 0.03:
            at = rng.randrange(len(text))
            text = text[:at] + rng.choice(["\t", ":", "'", "\u0000", "\u0085", "]", "  "]) + text[at + 1:]
        return text.rstrip("\n") if rng.random() < 0.2 else text


class Values:
    """Expressions by type. Each method named in SIGNATURES returns one operand, in parentheses where it is a call."""

    def __init__(self, rng, number, dialect, tally):
        self.rng, self.number, self.dialect, self.tally, self.used, self.variables = rng, number, dialect, tally, set(), []
        self.functions, self.by_result = OFFERED[dialect]
        self.depth, self.inside, self.defines = 0, False, []

    def literal(self, pool):
        return go_string(self.rng.choice(pool), self.rng)

    def of(self, kind, wrong=0.012):
        if self.rng.random() < wrong and kind not in ("stamp", "fresh", "small", "kind", "same", "printf", "template", "strength", "certificate", "privatekey", "privatepem", "authority", "addresses", "names", "full", "time", "dur", "dated"):
            return self.any()
        return getattr(self, kind)()

    def call(self, results):
        """A call of some function with one of these results, or None where the template is deep enough."""
        if self.depth >= 3:
            return None
        name, arguments, pattern, _ = self.rng.choice(self.by_result[self.rng.choice(results)])
        if self.rng.random() > RARE.get(name, 1):
            return None
        return "(" + self.text_of(name, arguments, pattern) + ")"

    def text_of(self, name, arguments, pattern):
        self.depth += 1
        self.used.add(name)
        if pattern:
            self.used.update(NAMES & set(re.findall(r"\w+", pattern)))
            text = re.sub(r"\{([a-z]+)\}", lambda match: self.of(match[1]), pattern)
        else:
            operands = []
            for argument in arguments:
                count = 1 if argument[-1] not in "*?" else self.rng.randint(0, 3 if argument[-1] == "*" else 1)
                operands += [self.of(argument.rstrip("*?")) for _ in range(count)]
            if operands and self.rng.random() < 0.35 and operands[-1] != "nil":
                last = operands.pop()
                last = last[1:-1] if last.startswith("(") and last.endswith(")") and balanced(last[1:-1]) else last
                text = " ".join([last, "|", name, *operands])
            else:
                text = " ".join([name, *operands])
        self.depth -= 1
        return text

    def pick(self, *choices):
        """One of (weight, callable or text)."""
        chosen = self.rng.choices([choice for _, choice in choices], [weight for weight, _ in choices])[0]
        result = chosen() if callable(chosen) else chosen
        return result if result is not None else self.pick(choices[0])

    def variable(self, kind):
        names = [name for name, type in self.variables if type == kind]
        return self.rng.choice(names) if names else None

    def str(self):
        rng = self.rng
        return self.pick((5, lambda: self.literal(WORDS)), (2, lambda: go_string(self.random_text(), rng)), (3, lambda: self.call(["str"])), (1, lambda: self.variable("str")),
                         (4, lambda: f"$.Values.s{rng.randint(1, 6)}"), (1, lambda: self.literal(NUMBERS)), (0.3, "$.Values.es"))

    def random_text(self):
        rng = self.rng
        letters = rng.choice(["abcXYZ ", "aä日🎉-_ ", "0123456789.-", "a\n\t \"'\\", ":-#&*[]{},|>%@` a", "a\udcff\udc80\udce2b", "AbC_dEf-"])
        return "".join(rng.choice(letters) for _ in range(rng.randint(0, 12)))

    def word(self):
        return self.literal(["a", "foo", "string", "int", "float64", "bool", "map[string]interface {}", "[]interface {}", "x y", "rsa1", ""])

    def kind(self):
        return self.literal(["string", "int", "float64", "bool", "map", "slice", "invalid", "ptr", "struct", "int64"])

    def sep(self):
        return self.literal([",", "", "-", " ", ", ", "\n", "ab", "ä", "a-z"])

    def key(self):
        return self.pick((6, lambda: self.literal(["a", "b", "c", "d", "key", "k", "", "host", "scheme", "_0", "x.y"])), (1, self.str))

    def numstr(self):
        return self.literal(NUMBERS[:12] + ["12", "5"])

    def regex(self):
        return go_string(self.regex_text(2), self.rng)

    def regex_text(self, depth):
        rng, parts = self.rng, []
        for _ in range(rng.randint(1, 3)):
            draw = rng.random()
            if depth > 0 and draw < 0.25:
                inner = self.regex_text(depth - 1)
                atom = rng.choice(["(", "(?:", "(?P<n>", "(?i:", "(?s)(", "(?U:"]) + inner + (")" if rng.random() < 0.98 else "")
            elif draw < 0.5:
                atom = rng.choice(["[a-z]", "[^a-z]", "[[:alpha:]]", "[äö-]", "[\\d_]", "\\d", "\\w", "\\s", "\\S", "\\pL", "\\p{Greek}", "\\PN", "[a-cx]", "[^\\W]"])
            elif draw < 0.6:
                atom = rng.choice(["^", "$", "\\b", "\\B", "\\A", "\\z", "(?m)^", "(?i)", ""])
            elif draw < 0.62:
                atom = rng.choice(["\\Z", "(?=a)", "\\1", "[z-a]", "**", "(", "\\Qa.b\\E", "\\C", "\\x{1F389}", "\\x41", "\\077", "[", "(?<m>a)"])
            else:
                atom = rng.choice(["a", "b", "foo", ".", "o", "-", "\\.", "ä", "日", "x", ",", " "])
            parts.append(atom + (rng.choice(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,}", "{2,1}", "{1001}"]) if rng.random() < 0.3 and atom[-1:] not in ("^", "$", "b", "B", ")", "") else ""))
            if rng.random() < 0.12:
                parts.append("|")
        return "".join(parts)

    def repl(self):
        return self.pick((4, lambda: self.literal(["", "x", "$1", "${1}", "$1a", "${n}", "$n", "$$", "[$0]", "\\1", "$", "${", "${1"])), (1, self.str))

    def layout(self):
        return self.literal(LAYOUTS)

    def zone(self):
        return self.literal(ZONES)

    def span(self):
        return self.literal(SPANS)

    def spanlike(self):
        return self.pick((4, self.span), (1, self.num), (1, lambda: self.call(["dur"])))

    def date(self):
        rng = self.rng
        return go_string(rng.choice(["2024-02-29", "2023-13-01", "1999-12-31T23:59:59Z", "2024-03-31T02:30:00+01:00", "Mon, 02 Jan 2006 15:04:05 MST", "20240105", "", "12:00:00.5", "2024-06-01 12:00:00 +0200",
                                     f"{rng.randint(1, 9999):04}-{rng.randint(1, 12):02}-{rng.randint(1, 31):02}"]), rng)

    def dated(self):
        """A layout and a date of that layout."""
        layout, date = self.rng.choice([("2006-01-02", "2024-02-29"), ("2006-01-02T15:04:05Z07:00", "1999-12-31T23:59:59Z"), ("2006-01-02T15:04:05Z07:00", "2024-03-31T02:30:00+01:00"), ("15:04", "10:20"),
                                        ("2006-01-02 15:04:05 MST", "2021-07-04 01:02:03 CEST"), ("2006-01-02", f"{self.rng.randint(1, 9999):04}-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}")])
        return f'"{layout}" "{date}"'

    def time(self):
        self.used.add("toDate")
        return self.pick((3, lambda: f"(toDate {self.dated()})"), (1, lambda: self.call(["time"])))

    def stamp(self):
        return self.pick((2, self.time), (1, lambda: self.rng.choice(["0", "1", "-1", "86400", "1700000000", "253402300800", "-62135596801"])), (1, "(int64 1600000000)"))

    def dur(self):
        if self.dialect != "4.3":
            return "(" + self.time() + ".Sub " + self.time() + ")"
        return self.call(["dur"]) or '(mustToDuration "1h")'

    def version(self):
        rng = self.rng
        return self.pick((3, lambda: self.literal(VERSIONS)), (1, lambda: go_string(".".join(str(rng.randint(0, 30)) for _ in range(3)), rng)), (1, "$.Capabilities.KubeVersion.Version"))

    def constraint(self):
        rng = self.rng

        def one():
            version = rng.choice(VERSIONS + ["1.x", "*", "1.2.*", "x", "1.*.3"])
            return rng.choice(["", ">=", "<=", ">", "<", "=", "!=", "^", "~", "~>", "=>", ">= ", "^ "]) + version
        text = one()
        while rng.random() < 0.35:
            text += rng.choice([" ", ", ", " || ", ",", "||", " - ", " , "]) + one()
        return go_string(text, rng)

    def url(self):
        return self.literal(URLS)

    def path(self):
        return self.pick((3, lambda: self.literal(PATHS)), (1, self.str))

    def yaml(self):
        return self.pick((5, lambda: go_string(Yaml(self.rng).document(), self.rng)), (1, lambda: self.call(["str"])), (1, lambda: f"({self.any()} | toYaml)"))

    def json(self):
        rng = self.rng

        def node(depth):
            if depth <= 0 or rng.random() < 0.4:
                return rng.choice(["1", "-0", "1.50", "1e3", "1E400", "true", "null", '"a"', '"\\u00e9\\n"', '"\\ud83c\\udf89"', '"\\ud800"', '"<>&"', "9007199254740993", "12345678901234567890", '"\u2028"', "0.1", "01", "[]", "{}"])
            items = [node(depth - 1) for _ in range(rng.randint(0, 3))]
            space = rng.choice(["", " ", "\n"])
            if rng.random() < 0.5:
                return "[" + ("," + space).join(items) + "]"
            return "{" + space + ",".join(f'"{rng.choice("abcdé")}":{space}{item}' for item in items) + "}"
        text = node(3) if rng.random() < 0.3 else "{" + ", ".join(f'"{key}": {node(2)}' for key in rng.sample("abcd", 2)) + "}"
        if rng.random() < 0.05:
            text += rng.choice([",", "}", " x", "\n", "{}"])
        return self.pick((5, go_string(text, rng)), (1, lambda: f"({self.any()} | toJson)"))

    def toml(self):
        rng = self.rng
        lines = [rng.choice(["a = 1", 'b = "x"', "c = [1, 2]", "d = {x = 1, y = 'z'}", "e = 1.5", "f = 1979-05-27T07:32:00Z", "g = true", 'h."i j" = 1', "i = 0xff", "j = inf", "k = 1_000", 'l = """\nm"""', "m = [ ]", "n = 07:32:00", "o = -0.0",
                             "p = 1979-05-27", "q = 'a\\b'", "= 1", "r = ", "s = [{a=1},{b=2}]", "[t]", "[[u]]", "[v.w]", "x = 1e6", "# c", 'y = "\\u00e9"', "z = +99", "a = {b = 1,\n c = 2,}", 'b = "\\x41\\e"', "n = 07:32", "a.b = 1", "[t.x]", "[[u.v]]", "c = [1, # n\n 2,]", "d = {x = {y = [{z = 1}]}}",
                             "f = 1979-05-27 07:32:00.5-07:00", "a = tru", "= ", "[", "[t", "b = \"x", "e = 01", "i = 1__0", "j = -nan", "k = 0b2", '"é" = 1', "é = 1", "a = 1 b", "p = 1979-5-27", "x = 1e999", "i = 99999999999999999999"]) for _ in range(rng.randint(0, 5))]
        return go_string("\n".join(lines), rng)

    def b64(self):
        return self.pick((3, lambda: go_string(base64.b64encode(self.random_text().encode(errors="surrogateescape")).decode(), self.rng)), (1, self.str), (1, lambda: self.literal(["aGk", "aGk=", "aGk==", "a-_=", "aG k=", "aGk=\n", "===="])))

    def strength(self):
        return self.literal(["maximum", "long", "medium", "short", "basic", "pin", "pin", "Pin", ""])

    def certificate(self):
        return go_string(base64.b64encode(CERTIFICATE.encode()).decode(), self.rng)

    def privatekey(self):
        return go_string(base64.b64encode(PRIVATE_KEY.encode()).decode(), self.rng)

    def privatepem(self):
        return self.pick((3, lambda: "(" + "genPrivateKey " + self.literal(["ed25519", "ed25519", "ecdsa"]) + ")"), (1, lambda: go_string(PRIVATE_KEY, self.rng)))

    def authority(self):
        return self.pick((3, lambda: f"(buildCustomCert {self.certificate()} {self.privatekey()})"), (1, '(genCAWithKey "ca" 1 (genPrivateKey "ed25519"))'))

    def addresses(self):
        return self.rng.choice(["nil", '(list "127.0.0.1" "::1")', "(list)", '(list "10.0.0.0/8")'] if self.rng.random() < 0.3 else ["nil", '(list "10.0.0.1")'])

    def names(self):
        return self.rng.choice(["nil", '(list "a.b" "*.c")', "(list)", "(list 1)"] if self.rng.random() < 0.3 else ["nil", '(list "a.b")'])

    def full(self):
        return self.literal([version for version in VERSIONS if re.match(r"v?\d+(\.\d+){0,2}(-[\w.-]+)?$", version)])

    def b32(self):
        return self.pick((3, lambda: go_string(base64.b32encode(self.random_text().encode(errors="surrogateescape")).decode(), self.rng)), (1, self.str))

    def same(self):
        return self.literal(["", "x", "aaaa"])

    def small(self):
        return self.pick((7, lambda: str(self.rng.choice([0, 1, 1, 2, 2, 3, 4, 5, 7, 8, 10, 12, 20, 40, -1, -2]))), (2, f"($.Values.n{self.rng.randint(1, 4)} | int)"), (1, lambda: self.call(["small"])), (0.2, lambda: self.literal(WORDS)))

    def int(self):
        return self.pick((4, lambda: self.rng.choice(INTS)), (2, lambda: self.call(["int"])), (1, lambda: self.variable("int")), (1, lambda: f"(int $.Values.n{self.rng.randint(1, 4)})"))

    def float(self):
        return self.pick((3, lambda: self.rng.choice(FLOATS)), (2, lambda: self.call(["float"])), (2, lambda: f"$.Values.f{self.rng.randint(1, 3)}"))

    def num(self):
        return self.pick((3, self.int), (3, self.float), (2, lambda: f"$.Values.n{self.rng.randint(1, 4)}"), (1, lambda: self.literal(NUMBERS)), (0.3, self.bool), (0.1, "$.Values.big"))

    def bool(self):
        return self.pick((3, lambda: self.rng.choice(["true", "false", "$.Values.truth", "$.Values.untruth"])), (2, lambda: self.call(["bool"])))

    def plain(self):
        """Basic values, which eq can compare; of one kind mostly."""
        return self.pick((3, lambda: self.literal(WORDS[:6])), (3, lambda: self.rng.choice(["0", "1", "2"])), (1, self.bool), (1, self.num))

    def list(self):
        rng = self.rng
        return self.pick((3, lambda: f"(list {' '.join(self.of('any') for _ in range(rng.randint(0, 4)))})"), (3, lambda: f"$.Values.l{rng.randint(1, 4)}"), (2, lambda: self.call(["list"])), (1, lambda: self.variable("list")), (0.3, "$.Values.el"))

    def dict(self):
        rng = self.rng

        def literal():
            self.used.add("dict")
            return "(dict " + " ".join(f'"{key}" {self.any()}' for key in rng.sample(["a", "b", "c", "d", "key", "x.y", ""], rng.randint(0, 3))) + ")"
        return self.pick((3, lambda: f"$.Values.d{rng.randint(1, 4)}"), (3, literal), (2, lambda: self.call(["dict"])), (1, lambda: self.variable("dict")), (0.3, "$.Values.ed"), (0.2, "$.Values.q"))

    def nested(self):
        return self.pick((3, lambda: f"$.Values.d{self.rng.randint(2, 4)}"), (1, self.dict))

    def fresh(self):
        return f"(deepCopy {self.dict()})"

    def many(self):
        return self.pick((1, self.list), (1, self.dict), (1, self.str))

    def any(self):
        rng = self.rng
        deep = self.depth >= 2
        return self.pick((4, self.str), (3, self.num), (1, self.bool), (1 if deep else 3, self.list), (1 if deep else 3, self.dict), (0.5, "nil"), (1, lambda: rng.choice(["$.Values.none", "$.Values.missing", "$.Values.d1.missing", "$.Values.q", "$.Values.d2.a"])),
                         (2, lambda: self.call(list(self.by_result))), (0.5, lambda: rng.choice(CONTEXT).replace(".", "$.", 1)), (0.6, "." if self.inside else "$.Values.q"))

    def printf(self):
        rng, parts, operands = self.rng, [], []
        for _ in range(rng.randint(1, 3)):
            parts.append(rng.choice(["", "a", " ", "%%", "ä:", "-"]))
            verb = rng.choice("vvvsssdddqxXtTfeEgGbocU")
            parts.append("%" + rng.choice(["", "", "", "+", "-", "#", "0", " "]) + rng.choice(["", "", "5", "12", "1"]) + rng.choice(["", "", "", ".2", ".0"]) + verb)
            operands.append({"s": self.str, "q": self.str, "d": self.int, "f": self.float, "e": self.float, "g": self.float, "E": self.float, "G": self.float, "t": self.bool, "b": self.int, "o": self.int, "c": self.small, "U": self.small}.get(verb, self.any)() if rng.random() < 0.9 else self.any())
        if rng.random() < 0.05:
            parts.append(rng.choice(["%", "%!", "%z", "%[2]d", "%*d", "%[1]v"]))
        if rng.random() < 0.05:
            operands = operands[:-1] if rng.random() < 0.5 else operands + [self.int()]
        return "printf " + go_string("".join(parts), rng) + "".join(" " + operand for operand in operands)

    def template(self):
        outer, self.variables = self.variables, []
        self.depth += 1
        text = self.statements(1)
        self.depth -= 1
        self.variables = outer
        return go_string(text, self.rng)

    # ---------------------------------------------------------------- statements
    def action(self, text):
        rng = self.rng
        return ("{{- " if rng.random() < 0.12 else "{{ " if rng.random() < 0.9 else "{{") + text + (" -}}" if rng.random() < 0.12 else " }}")

    def bare(self, operand):
        if operand == "nil":
            return "$.Values.none"
        return operand[1:-1] if operand.startswith("(") and operand.endswith(")") and balanced(operand[1:-1]) else operand

    def printed(self):
        rng = self.rng
        # Of some rows the one whose function was tried least: so all are tried about as often.
        rows = [row for row in rng.sample(self.functions, 3) if rng.random() < RARE.get(row[0], 1)] or [rng.choice(self.functions)]
        name, arguments, pattern, result = min(rows, key=lambda row: self.tally[row[0]])
        text = self.text_of(name, arguments, pattern)
        if result in ("list", "dict", "any") and rng.random() < 0.6:
            extra = rng.choice(["toJson", "toYaml", "toString", "quote", "toYaml | nindent 2", "toJson | quote"])
            self.used.add(extra.split()[0])
            text = f"{text} | {extra}"
        return self.action(text)

    def statements(self, depth):
        return "".join(self.statement(depth) for _ in range(self.rng.choice([1, 1, 1, 2, 2, 3] if depth > 1 else [1, 1, 2])))

    def scope(self, depth, inside):
        """Statements inside a block, whose variables end with it."""
        kept, before = list(self.variables), self.inside
        self.inside = inside or before
        text = self.statements(depth - 1)
        self.variables, self.inside = kept, before
        return text

    def statement(self, depth):
        rng = self.rng
        draw = rng.random()
        if depth <= 0 or draw < 0.62:
            return self.printed()
        if draw < 0.68:
            return rng.choice(["text ", "\n", "  ", "a: b\n", "- x\n", "ünï ", "{ }", "<no value>", "{{/* note */}}", "{{- /* n */ -}}", '"', "\t"])
        if draw < 0.75:
            text = self.action("if " + self.bare(self.any())) + self.scope(depth, False)
            if rng.random() < 0.3:
                text += self.action("else if " + self.bare(self.any())) + self.scope(depth, False)
            return text + (self.action("else") + self.scope(depth, False) if rng.random() < 0.5 else "") + self.action("end")
        if draw < 0.8:
            head = "$w := " if rng.random() < 0.3 else ""
            body = self.scope(depth, True) + (self.action(rng.choice(["$w", "toJson $w"])) if head else "")
            tail = self.action("else") + self.scope(depth, False) if rng.random() < 0.4 else self.action("else with " + self.bare(self.any())) + "w" if rng.random() < 0.15 else ""
            return self.action("with " + head + self.bare(self.any())) + body + tail + self.action("end")
        if draw < 0.88:
            return self.loop(depth)
        if draw < 0.94:
            return self.assignment()
        return self.part()

    def part(self):
        """A define of its own and its call, with the whole context or with some value."""
        rng, name = self.rng, f"case-{self.number:04}-part-{self.rng.randint(0, 9999)}"
        # The whole context is never printed as it is: it has a pointer inside.
        kept, self.variables, before, self.inside = self.variables, [], self.inside, False
        whole = rng.random() < 0.7
        body = self.scope(0, False) if whole else rng.choice(["{{ . }}", "{{ toJson . }}", "{{ typeOf . }}", "{{ . | toYaml }}", "{{ range . }}{{ . }},{{ end }}", "{{ len . }}", "{{ .a }}", "{{ with . }}{{ kindOf . }}{{ end }}"])
        self.variables, self.inside = kept, before
        names = ("Values", "Chart", "Release", "Files", "Capabilities", "Template")
        context = rng.choice(["$", "(dict " + " ".join(f'"{part}" $.{part}' for part in names) + ")"]) if whole else self.pick((1, self.str), (1, self.list), (1, self.dict))
        self.defines.append(f'{{{{ define "{name}" }}}}{body}{{{{ end }}}}')
        if rng.random() < 0.3:
            return self.action(f'template "{name}" {context}')
        self.used.add("include")
        return self.action(f'include "{name}" {context}' + rng.choice(["", "", " | indent 2", " | quote"]))

    def loop(self, depth):
        rng = self.rng
        over = self.pick((3, self.list), (3, self.dict), (1, self.small), (0.2, self.str), (0.2, lambda: rng.choice(["$.Values.none", "$.Values.missing", "$.Values.q", "true"])))
        head = rng.choice(["", "", "$v := ", "$k, $v := ", "$v = ", "$k, $v = "] if over.startswith(("(list", "(dict", "$.Values.l", "$.Values.d")) else ["", "$v := ", "$v = "])
        names = re.findall(r"\$\w", head)
        # What a loop assigns to stays as the last round left it.
        before = "".join(self.action(f"{name} := 0") for name in names) if " = " in head else ""
        body = "".join(self.action(rng.choice([name, f"toJson {name}", f"typeOf {name}"])) for name in names) + self.scope(depth, True)
        if rng.random() < 0.1:
            body += self.action("if " + self.bare(self.bool())) + self.action(rng.choice(["break", "continue"])) + self.action("end")
        tail = self.action("else") + "none" if rng.random() < 0.25 else ""
        after = "".join(self.action(f"toJson {name}") for name in names) if before else ""
        return before + self.action("range " + head + self.bare(over)) + body + tail + self.action("end") + after

    def assignment(self):
        rng = self.rng
        kind = rng.choice(["str", "int", "list", "dict"])
        if self.variables and rng.random() < 0.3:
            name, kind = rng.choice(self.variables)
            return self.action(f"{name} = " + self.bare(getattr(self, kind)()))
        name = f"$x{len(self.variables)}"
        text = self.action(f"{name} := " + self.bare(getattr(self, kind)()))
        self.variables.append((name, kind))
        return text + self.action(rng.choice([name, f"toJson {name}"]))


def balanced(text):
    """Whether parentheses outside strings never close more than they opened: then the outer pair belonged together."""
    level, text = 0, re.sub(r'"(?:\\.|[^"\\])*"|`[^`]*`|\'\(\'', "", text)
    for letter in text:
        level += (letter == "(") - (letter == ")")
        if level < 0:
            return False
    return level == 0


def signatures():
    rows = []
    for line in re.split(r"\n| \| (?=[A-Za-z0-9_]+:? ?[^|]*->)", SIGNATURES.strip()):
        head, _, result = line.rpartition("->")
        name, *arguments = head.split()
        pattern = head.partition(":")[2].strip() if name.endswith(":") else ""
        rows.append((name.rstrip(":"), [] if pattern else arguments, pattern, result.strip()))
    return rows


def offered(dialect):
    """What a Helm offers: all rows, and the rows by what they give."""
    rows = [row for row in FUNCTIONS if dialect == "4.3" or not NEWER & {row[0], *re.findall(r"\w+", row[2])}]
    by_result = collections.defaultdict(list)
    for row in rows:
        by_result[row[3]].append(row)
    return rows, by_result


FUNCTIONS = signatures()
NAMES = {row[0] for row in FUNCTIONS}
OFFERED = {dialect: offered(dialect) for dialect in ("4.3", "3.22", "3.19")}


def chart_values(rng):
    """The chart's own values: the keys that expressions of each type name."""
    def text():
        return rng.choice(WORDS + NUMBERS)

    def node(depth):
        draw = rng.random()
        if depth <= 0 or draw < 0.5:
            return rng.choice([text(), rng.randint(-5, 99), rng.choice([0.5, 1e21, -0.0, 1e-7, 12345678.0, 2.0]), True, False, None, ""])
        if draw < 0.75:
            return [node(depth - 1) for _ in range(rng.randint(0, 3))]
        return {key: node(depth - 1) for key in rng.sample(["a", "b", "c", "d", "key", "x.y", "1", "true"], rng.randint(0, 3))}
    values = {f"s{n}": text() for n in range(1, 7)} | {f"n{n}": rng.randint(-3, 15) for n in range(1, 5)}
    values |= {f"f{n}": rng.choice([0.5, 2.75, -1.5, 1e21, 3.0, 0.1]) for n in range(1, 4)} | {"big": 9007199254740993, "truth": True, "untruth": False}
    values |= {"l1": [text() for _ in range(3)], "l2": [rng.randint(-9, 9) for _ in range(4)], "l3": [node(2) for _ in range(3)], "l4": [{"a": node(1), "b": n} for n in range(2)]}
    values |= {"d1": {"a": text(), "b": rng.randint(0, 9), "c": rng.random() < 0.5}, "d2": {"a": {"a": text(), "key": node(1)}, "b": {"c": node(2)}, "c": node(2)}}
    values |= {"d3": {"a": {"b": node(2), "a": text()}, "k": node(3)}, "d4": {key: node(2) for key in "abc"}, "es": "", "el": [], "ed": {}, "none": None, "q": {"a": 1}}
    text = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
    return re.sub("[\x7f-\x9f\u2028\ufeff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def user_values(rng):
    """The user's values: quirky YAML under `q`, and now and then over the chart's keys."""
    yaml = Yaml(rng)
    text = "q:\n" + yaml.mapping(3, 2)
    for key in rng.sample(["d1", "d2", "d4", "none", "extra"], rng.randint(0, 2)):
        text += f"{key}:" + rng.choice([" null\n", " {}\n", "\n" + yaml.mapping(2, 2), "\n  a: null\n  z: 1\n"])
    return text


# ---------------------------------------------------------------- rendering
Case = collections.namedtuple("Case", "number text defines used")
Outcome = collections.namedtuple("Outcome", "fine text")


class Side:
    """One program and its copy of the chart on disk."""

    def __init__(self, name, program, folder, environment, dialect):
        self.name, self.folder, self.chart = name, folder, folder / "chart"
        self.environment = environment | {"HOME": str(folder / "home")}
        self.command = [program, "template", "r", "chart", "-f", "user.yaml"] if name == "helm" else [program, "template", "--helm-dialect", dialect]
        self.runs, self.written = 0, set()
        (self.chart / "templates").mkdir(parents=True, exist_ok=True)
        for old in (self.chart / "templates").iterdir():
            old.unlink()
        (self.chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\nappVersion: '1.10'\nkeywords: [a, b]\nannotations: {note: 'x'}\n")
        (self.chart / "notes.txt").write_text(NOTES)
        (self.chart / "templates/_shared.tpl").write_text('{{ define "shared" }}<{{ kindOf . }}>{{ end }}')
        (folder / "helmfile.yaml").write_text("releases:\n- name: r\n  namespace: default\n  chart: ./chart\n  values: [user.yaml]\n")

    def values(self, chart, user):
        (self.chart / "values.yaml").write_text(chart, encoding="utf-8")
        (self.folder / "user.yaml").write_text(user, encoding="utf-8")

    def run(self, cases):
        """What the chart of these cases alone gives: (exit code, stdout, the error's text)."""
        wanted = {case.number: case for case in cases}
        for number in self.written - wanted.keys():
            (self.chart / f"templates/_case-{number:04}.tpl").unlink()
        for number in wanted.keys() - self.written:
            text = f'{{{{ define "case-{number:04}" }}}}{wanted[number].text}{{{{ end }}}}{wanted[number].defines}'
            (self.chart / f"templates/_case-{number:04}.tpl").write_bytes(text.encode())
        self.written = set(wanted)
        last = max(wanted, default=-1) + 1
        lines = [f'case-{n:04}: {{{{ include "case-{n:04}" . | b64enc | quote }}}}' if n in wanted else "" for n in range(last)]
        (self.chart / "templates/out.yaml").write_text("\n".join(lines) + "\nend: true\n")
        self.runs += 1
        try:
            # A template that asks for too much must not take the machine along.
            limit = functools.partial(resource.setrlimit, resource.RLIMIT_AS, (8 << 30, 8 << 30))
            done = subprocess.run(self.command, preexec_fn=limit, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return -1, "", "no answer within 60 s"
        error = done.stderr.decode(errors="backslashreplace").replace("\n\nUse --debug flag to render out invalid YAML", "")
        # Before the error come warnings, which may have lines of values in them.
        error = re.split(r"^(?:Error: |error: release `r` \([^)]*\): )", error, maxsplit=1, flags=re.M)[-1]
        return done.returncode, done.stdout.decode(errors="replace"), error.strip()

    def outcomes(self, cases, limit):
        """Every case's outcome by number; those after `limit` runs are left out. A failure costs a run of what comes after it,
        so there are few cases in each run."""
        found = {}
        for begin in range(0, len(cases), TOGETHER):
            found |= self.together(cases[begin : begin + TOGETHER], limit)
        return found

    def together(self, cases, limit):
        found, rest, fine = {}, cases, []
        while rest and self.runs < limit:
            code, output, error = self.run(rest)
            if code == 0:
                found |= self.lines(rest, output)
                break
            number = self.culprit(error, {case.number for case in rest})
            if number is None:
                self.halve(rest, limit, found)
                fine += [case for case in rest if case.number in found and found[case.number].fine]
                break
            found[number] = Outcome(False, error)
            if "parse error at" in error.split("\n")[0][:40]:
                rest = [case for case in rest if case.number != number]
            else:
                fine += [case for case in rest if case.number < number]
                rest = [case for case in rest if case.number > number]
        return found | self.printed(fine)

    def printed(self, cases):
        if not cases:
            return {}
        code, output, error = self.run(cases)
        if code != 0 and len(cases) > 1:
            middle = len(cases) // 2
            return self.printed(cases[:middle]) | self.printed(cases[middle:])
        return self.lines(cases, output, error)

    @staticmethod
    def lines(cases, output, error=""):
        lines = dict(re.findall(r'^case-(\d+): "(.*)"$', output, flags=re.M))
        return {case.number: Outcome(f"{case.number:04}" in lines, lines.get(f"{case.number:04}", error)) for case in cases}

    def halve(self, cases, limit, found):
        """Cases of which one ends the program without being named."""
        if self.runs >= limit or not cases:
            return
        code, _, error = self.run(cases)
        if code == 0:
            found |= {case.number: Outcome(True, "") for case in cases}
        elif len(cases) == 1:
            found[cases[0].number] = Outcome(False, error)
        else:
            middle = len(cases) // 2
            self.halve(cases[:middle], limit, found)
            self.halve(cases[middle:], limit, found)

    @staticmethod
    def culprit(error, numbers):
        for pattern in (r"out\.yaml:(\d+)", r"_case-(\d+)\.tpl", r'"case-(\d+)"'):
            match = re.search(pattern, error)
            number = int(match[1]) - (1 if match and "out" in pattern else 0) if match else None
            if number in numbers:
                return number
        return None


# ---------------------------------------------------------------- the report
class Report:
    def __init__(self, arguments, seed):
        self.arguments, self.seed, self.count = arguments, seed, collections.Counter()
        self.fine, self.tried, self.messages, self.shown = collections.Counter(), collections.Counter(), [], 0
        self.folder = pathlib.Path(arguments.work) / "differences"

    def compare(self, case, helm, ours, batch, values):
        self.count["cases"] += 1
        self.tried.update(case.used)
        if helm.fine and ours.fine:
            self.count["rendered"] += 1
            self.fine.update(case.used)
        if helm == ours:
            self.count["equal" if helm.fine else "failed alike"] += 1
        elif not helm.fine and not ours.fine:
            self.count["failed with another message"] += 1
            self.messages.append((case.text + case.defines, helm.text, ours.text))
        else:
            self.differs(case, helm, ours, batch, values)

    def differs(self, case, helm, ours, batch, values):
        reason = None
        if helm.fine:
            outputs = base64.b64decode(helm.text), base64.b64decode(ours.text) if ours.fine else ours.text.encode()
            reason = next((reason for theirs, own, reason in KNOWN if re.search(theirs, outputs[0]) and re.search(own, outputs[1])), None)
        self.count["known difference" if reason else "different"] += 1
        if reason:
            return
        paths = sorted(set(re.findall(r"Values\.(\w+)", case.text + case.defines)))
        known = [line for text in values for line in re.findall(r"^(?:%s):.*(?:\n +.*)*" % "|".join(paths or ["-"]), text, flags=re.M)]
        text = f"--- seed {self.seed}, batch {batch}, case {case.number}\n{case.text}\n" + (case.defines and f"  with    {case.defines}\n")
        text += "".join(f"  values  {line}\n" for line in known)
        for name, outcome in (("helm", helm), ("helmlock", ours)):
            shown = repr(base64.b64decode(outcome.text))[1:] if outcome.fine else "error: " + outcome.text
            text += f"  {name:8}  {shown}\n"
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{self.seed}-{batch}-{case.number:04}.txt").write_text(text)
        self.shown += 1
        if self.shown <= self.arguments.show:
            print(text, flush=True)

    def print(self, seconds):
        count = self.count
        share = 100 * count["rendered"] / max(count["cases"], 1)
        print(f"seed {self.seed}: {count['cases']} cases in {seconds:.0f} s, {share:.1f} % rendered on both sides")
        for name in ("equal", "different", "known difference", "failed alike", "failed with another message", "not run", "failed with us, and helm not asked", "values refused alike", "values judged otherwise"):
            print(f"  {count[name]:6} {name}")
        names = {row[0] for row in OFFERED[self.arguments.dialect][0]} - NEVER
        least = sorted((self.fine[name], name) for name in names)
        print(f"  {len(names)} functions, each in {least[0][0]} to {least[-1][0]} rendered cases; {sum(n < self.arguments.few for n, _ in least)} in fewer than {self.arguments.few}")
        if self.arguments.coverage:
            print("  " + ", ".join(f"{name} {n}" for n, name in least))
        else:
            print("  fewest: " + ", ".join(f"{name} {n}" for n, name in least[:12]))
        for text, helm, ours in self.messages[: self.arguments.messages]:
            print(f"--- other message\n{text}\n  helm      {helm}\n  helmlock  {ours}")
        return share


def batch_of(seed, batch, size, dialect, singly):
    rng = random.Random(f"{seed}/{batch}")
    values = (chart_values(rng), user_values(rng))
    cases, tally = [], collections.Counter()
    for number in range(size):
        made = Values(random.Random(f"{seed}/{batch}/{number}"), number, dialect, tally)
        text = "{{ toJson .Values }}|{{ toYaml .Values }}" if number == 0 else made.printed() if singly else made.statements(2)
        tally.update(made.used)
        cases.append(Case(number, text, "".join(made.defines), frozenset(made.used)))
    return values, cases, rng.choice(["UTC", "UTC", "Europe/Berlin", "America/New_York"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--helm", required=True, help="the real program (helm 4.3)")
    parser.add_argument("--helmlock", required=True)
    parser.add_argument("--dialect", choices=sorted(OFFERED), default="4.3", help="which Helm that program is; default 4.3")
    parser.add_argument("--work", help="scratch folder; default: a fresh one")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--cases", type=int, default=2000, help="how many templates; default 2000")
    parser.add_argument("--seconds", type=float, default=None, help="begin no further batch after this time; default 90, with --expressions none")
    parser.add_argument("--batch", type=int, default=400, help="templates per process; default 400")
    parser.add_argument("--show", type=int, default=20, help="differences to print; default 20")
    parser.add_argument("--messages", type=int, default=0, help="unequal error messages to print; default 0")
    parser.add_argument("--few", type=int, default=50, help="count functions that rendered in fewer cases; default 50")
    parser.add_argument("--allow", type=float, default=0, help="differences in a thousand cases that are shown and do not fail; default 0")
    parser.add_argument("--expressions", type=int, default=0, help="compare so many single expressions instead, however long that takes")
    parser.add_argument("--coverage", action="store_true", help="print for every function in how many cases it rendered")
    arguments = parser.parse_args()
    for program in (arguments.helm, arguments.helmlock):
        if not os.access(program, os.X_OK):
            print(f"differential: no program at {program}", file=sys.stderr)
            return 2
    if arguments.expressions:
        arguments.cases, arguments.batch = arguments.expressions, 2500
    arguments.seconds = arguments.seconds or (float("inf") if arguments.expressions else 90)
    arguments.work = arguments.work or tempfile.mkdtemp(prefix="differential-")
    seed = arguments.seed if arguments.seed is not None else secrets.randbelow(2**32)
    print(f"seed {seed}", flush=True)
    report, began, batch = Report(arguments, seed), time.monotonic(), 0
    while report.count["cases"] + report.count["not run"] < arguments.cases and time.monotonic() - began < arguments.seconds:
        size = min(arguments.batch, arguments.cases - report.count["cases"] - report.count["not run"])
        one_batch(report, arguments, seed, batch, size)
        batch += 1
    share = report.print(time.monotonic() - began)
    bad = report.count["different"] + report.count["values judged otherwise"]
    return 1 if bad > arguments.allow * report.count["cases"] / 1000 or share < 70 else 0


def one_batch(report, arguments, seed, batch, size):
    (chart, user), cases, zone = batch_of(seed, batch, size, arguments.dialect, bool(arguments.expressions))
    environment = {"PATH": "/usr/bin:/bin", "TZ": zone, "KUBECONFIG": "/nonexistent", "GOGC": "400", "GOMEMLIMIT": "2GiB"}
    work = pathlib.Path(arguments.work).resolve()
    sides = [Side(name, os.path.abspath(program), work / name, environment, arguments.dialect) for name, program in (("helm", arguments.helm), ("helmlock", arguments.helmlock))]
    rng = random.Random(f"{seed}/{batch}/values")
    for attempt in range(8):
        for side in sides:
            side.values(chart, user)
        verdicts = [side.run([]) for side in sides]
        refused = [code != 0 for code, _, _ in verdicts]
        if refused == [False, False]:
            break
        report.count["values refused alike" if all(refused) else "values judged otherwise"] += 1
        if not all(refused):
            print(f"--- values judged otherwise\n{user}\n" + "\n".join(f"  {side.name}  {error or 'accepted'}" for side, (_, _, error) in zip(sides, verdicts)), flush=True)
        user = user_values(rng) if attempt < 6 else "q: {a: 1}\n"
    else:
        print(f"--- batch {batch} is left out: {verdicts[0][2]}", flush=True)
        report.count["not run"] += size
        return
    limit = 30 + size // 2 + size // TOGETHER
    if arguments.expressions:
        ours = sides[1].outcomes(cases, 2 * size)
        fine = [case for case in cases if case.number in ours and ours[case.number].fine]
        failed = [case for case in cases if case.number in ours and not ours[case.number].fine]
        asked = rng.sample(failed, min(ASKED, len(failed)))
        report.count["failed with us, and helm not asked"] += len(failed) - len(asked)
        report.count["cases"] += len(failed) - len(asked)
        cases = sorted(fine + asked, key=lambda case: case.number)
        helm = sides[0].outcomes(cases, limit)
    else:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            helm, ours = pool.map(lambda side: side.outcomes(cases, limit), sides)
    for case in cases:
        if case.number in helm and case.number in ours:
            report.compare(case, helm[case.number], ours[case.number], batch, (chart, user))
        else:
            report.count["not run"] += 1


if __name__ == "__main__":
    sys.exit(main())
