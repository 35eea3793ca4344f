//! Indexes in the layouts that are met, and in those that nobody should write.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::fetch::index::{Index, read};
use crate::fetch::scan::Places;

fn wanted() -> BTreeSet<&'static str> {
    BTreeSet::from(["redis", "nginx"])
}

/// The versions of `redis`, the names of all charts, and the warnings, one a line.
fn told(index: &Index) -> String {
    let mut told = String::new();
    for candidate in index.charts.get("redis").into_iter().flatten() {
        let digest = candidate.claimed_digest.as_deref().unwrap_or("-");
        writeln!(told, "{} {} {digest}", candidate.version, candidate.urls.join(",")).unwrap();
    }
    writeln!(told, "of {}", index.names.join(",")).unwrap();
    for warning in &index.warnings {
        writeln!(told, "{} {}: {}", warning.chart, warning.entry, warning.reason).unwrap();
    }
    told
}

/// Checks what is read, and whether it took the short way.
#[track_caller]
fn check(text: &str, short: bool, expected: &str) {
    assert_eq!(Places::find(text.as_bytes()).is_some(), short, "short way");
    assert_eq!(told(&read(text.as_bytes(), &wanted()).unwrap()), expected);
}

const HELM: &str = "\
apiVersion: v1
entries:
  alpine:
  - name: alpine
    version: 1.0.0
  redis:
  - annotations:
      note: |
        alpine:
    description: \"a long text
      that goes on\"
    digest: abc
    name: redis
    urls:
    - redis-2.0.0.tgz
    version: 2.0.0
  - name: redis
    urls: [https://example.com/redis-1.0.0.tgz, https://mirror.example.com/redis-1.0.0.tgz]
    version: v1.0.0
  zebra:
  - name: zebra
    version: 1.0.0
generated: \"2026-11-25T10:00:00Z\"
serverInfo: {}
";

const REDIS: &str = "\
2.0.0 redis-2.0.0.tgz abc
v1.0.0 https://example.com/redis-1.0.0.tgz,https://mirror.example.com/redis-1.0.0.tgz -
of alpine,redis,zebra
";

#[test]
fn the_layout_that_helm_writes_takes_the_short_way() {
    check(HELM, true, REDIS);
    check(&HELM.replace('\n', "\r\n"), true, REDIS);
    assert_eq!(told(&read(format!("\u{feff}{HELM}").as_bytes(), &wanted()).unwrap()), REDIS);
    check(&HELM.replace("  redis:", "  \"redis\":"), true, REDIS);
    check(&HELM.replacen("  alpine:\n", "\n# a comment\n  alpine:\n", 1), true, REDIS);
    // Lists may stand as far left as their key, and everything farther right.
    check(&HELM.replace("\n  ", "\n      "), true, REDIS);
    let unindented = HELM.replace("    digest", "   digest");
    assert!(read(unindented.as_bytes(), &wanted()).is_err());
}

#[test]
fn other_layouts_are_read_whole() {
    let flow = "apiVersion: v1\nentries: {redis: [{name: redis, version: 2.0.0, digest: abc, urls: [redis-2.0.0.tgz]}]}\n";
    check(flow, false, "2.0.0 redis-2.0.0.tgz abc\nof redis\n");
    let json = r#"{"apiVersion":"v1","entries":{"redis":[{"name":"redis","version":"2.0.0","digest":"abc","urls":["redis-2.0.0.tgz"]}]}}"#;
    check(json, false, "2.0.0 redis-2.0.0.tgz abc\nof redis\n");
    let anchors =
        "apiVersion: v1\nbase: &base {name: redis}\nentries:\n  redis:\n  - <<: *base\n    version: 2.0.0\n    urls: [x]\n";
    check(anchors, false, "2.0.0 x -\nof redis\n");
    check("apiVersion: v1\nentries: {}\n", false, "of \n");
    check("apiVersion: v1\n", false, "of \n");
    check("apiVersion: v1\nentries:\n", true, "of \n");
    check("apiVersion: v1\nentries:\n  redis: []\n", false, "of redis\n");
}

#[test]
fn an_alias_across_charts_is_found_although_its_block_looks_usual() {
    let text =
        "apiVersion: v1\nentries:\n  alpine:\n  - &one\n    name: redis\n    version: 2.0.0\n    urls: [x]\n  redis:\n  - *one\n";
    check(text, true, "2.0.0 x -\nof alpine,redis\n");
}

#[test]
fn a_bad_entry_does_not_spoil_the_others() {
    let bad = "  redis:\n  - null\n  - name: redis\n  - {name: redis, version: not one}\n  - {name: other, version: 1.0.0}\n  - [1]\n  - {name: redis, version: 3.0.0, urls: \"\"}\n  - {name: redis, version: 1}";
    let expected = "\
3.0.0  -
2.0.0 redis-2.0.0.tgz abc
v1.0.0 https://example.com/redis-1.0.0.tgz,https://mirror.example.com/redis-1.0.0.tgz -
of alpine,redis,zebra
redis number 1: not a mapping
redis number 2: it has no version
redis not one: its version is not one
redis 1.0.0: it is named otherwise
redis number 5: not a mapping
redis number 7: it has no version
";
    check(&HELM.replace("  redis:", bad), true, expected);
    check(
        "apiVersion: v1\nentries:\n  redis: text\n  nginx: [{}]\n",
        false,
        "of nginx,redis\nnginx number 1: it is named otherwise\nredis all: not a list\n",
    );
}

#[test]
fn a_version_with_two_digests_is_none() {
    let entry = |digest: &str| format!("  - {{name: redis, version: 1.0.0, urls: [x], digest: {digest}}}\n");
    let index = |digests: [&str; 2]| format!("apiVersion: v1\nentries:\n  redis:\n{}", digests.map(entry).concat());
    check(&index(["aa", "aa"]), true, "1.0.0 x aa\nof redis\n");
    check(&index(["aa", "bb"]), true, "of redis\nredis 1.0.0: listed twice, with different digests\n");
}

#[test]
fn what_is_no_index_says_what_it_is_instead() {
    for (text, reason) in [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("<!DOCTYPE html>", "it is a web page; does the server ask for a login?"),
        ("  <html>", "it is a web page; does the server ask for a login?"),
        ("entries: {}", "it has no `apiVersion`"),
        ("entries:\n  redis:\n  - name: redis\n", "it has no `apiVersion`"),
        ("apiVersion: v1\nentries: []", "its `entries` are not sorted by chart"),
        ("just text", "it has no `entries`"),
    ] {
        assert_eq!(read(text.as_bytes(), &wanted()).unwrap_err(), reason, "{text}");
    }
    assert!(read(b"a: b: c", &wanted()).is_err());
    assert!(read(b"\xff\xfe", &wanted()).is_err());
}

proptest::proptest! {
    #[test]
    fn the_short_way_leads_where_the_long_one_does(lines in proptest::collection::vec(
        "( {0,5}(- )?(name|version|urls|redis|nginx|entries|apiVersion)?(: ?)?(redis|1.0.0|\\[x\\]|\"a|b\"|&a|\\*a|\\||#|\t)?)", 0..12)) {
        let text = format!("apiVersion: v1\nentries:\n  redis:\n  - name: redis\n    version: 1.0.0\n{}\n", lines.join("\n"));
        let short = read(text.as_bytes(), &wanted());
        // A flow mapping after the entries forces the long way and changes nothing else.
        let long = read(format!("zzz: {{}}\n{text}").as_bytes(), &wanted());
        if let (Ok(short), Ok(long)) = (short, long) {
            proptest::prop_assert_eq!(short.charts.get("redis"), long.charts.get("redis"));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), cut in 0..HELM.len()) {
        let _ = read(&bytes, &wanted());
        let _ = read([&HELM.as_bytes()[..cut], &bytes].concat().as_slice(), &wanted());
    }
}
