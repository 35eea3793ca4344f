//! Archives that no honest tool writes, and what becomes of them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

use super::super::*;

const CHART: &[u8] = b"apiVersion: v2\nname: c\nversion: 1.0.0\n";

/// An archive, entry by entry.
#[derive(Default)]
pub(super) struct Builder(Vec<u8>);

impl Builder {
    fn chart() -> Self {
        let mut builder = Self::default();
        builder.file("c/Chart.yaml", CHART);
        builder
    }

    pub(super) fn file(&mut self, name: &str, contents: &[u8]) {
        self.entry(name.as_bytes(), EntryType::Regular, contents);
    }

    fn entry(&mut self, name: &[u8], kind: EntryType, contents: &[u8]) {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        self.raw(header, contents);
    }

    fn raw(&mut self, mut header: Header, contents: &[u8]) {
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(contents);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        compressed(&self.0)
    }
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn load(bytes: &[u8]) -> Result<Chart, Error> {
    load_archive(bytes, &Rules::default())
}

#[track_caller]
fn refused(builder: Builder, wanted: Refusal) {
    match load(&builder.finish()) {
        Err(Error::Entry { refusal, .. }) => assert_eq!(refusal, wanted),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    }
}

#[track_caller]
fn refused_name(name: &[u8], wanted: Refusal) {
    let mut builder = Builder::chart();
    builder.entry(name, EntryType::Regular, b"x");
    refused(builder, wanted);
}

#[test]
fn an_honest_archive_is_read() {
    let mut builder = Builder::default();
    builder.entry(b"pax_global_header", EntryType::XGlobalHeader, b"52 comment=0123456789012345678901234567890123456789\n");
    builder.entry(b"c/", EntryType::Directory, b"");
    builder.file("c/values.yaml", b"\xef\xbb\xbfa: 1");
    builder.file("c/Chart.yaml", CHART);
    builder.file("c/templates//./a.yaml", b"b: 1");
    builder.entry(b"c/charts", EntryType::Directory, b"");
    builder.file("c/charts/s/Chart.yaml", b"name: s\nversion: 1.0.0");
    let chart = load(&builder.finish()).unwrap();
    assert_eq!(chart.values.get(b"a".as_slice()), Some(&yaml::Value::Float(1.0)));
    assert_eq!(chart.templates[0].name, "templates/a.yaml");
    assert_eq!(chart.dependencies[0].metadata.name, "s");
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    refused_name(b"c/../../x", Refusal::Parent);
    refused_name(b"c/a/../x", Refusal::Parent);
    refused_name(b"/tmp/x", Refusal::Absolute);
    refused_name(b"c/c:/x", Refusal::Absolute);
    refused_name(b"C:/x", Refusal::Absolute);
    refused_name(b"c\\..\\x", Refusal::Name);
    refused_name(b"c/a\x1bb", Refusal::Name);
    refused_name(b"c/a\xff", Refusal::Name);
    refused_name(b"other/x", Refusal::OutsideRoot);
    refused_name(b"x", Refusal::OutsideRoot);
    refused_name(b"./c/x", Refusal::OutsideRoot);
    refused_name(b"c/Chart.yaml", Refusal::Duplicate);
    refused_name(b"c/.//Chart.yaml", Refusal::Duplicate);
    refused_name(b"c//x", Refusal::Absolute);
}

/// `helm package` writes such archives. Helm 4.3.1, 3.22 and 3.19 render each template once and print each CRD twice.
#[test]
fn a_file_may_stand_there_twice_with_the_same_bytes() {
    let mut builder = Builder::chart();
    for _ in 0..2 {
        builder.file("c/charts/s/Chart.yaml", b"apiVersion: v2\nname: s\nversion: 1.0.0\n");
        builder.file("c/charts/s/values.yaml", b"a: [1]\n");
        builder.file("c/charts/s/templates/t.yaml", b"a: b\n");
        builder.file("c/charts/s/crds/c.yaml", b"k: crd\n");
    }
    let chart = load(&builder.finish()).unwrap();
    let [subchart] = &*chart.dependencies else { panic!("{} subcharts", chart.dependencies.len()) };
    assert_eq!((subchart.templates.len(), subchart.crds().count()), (1, 2));
}

/// The chart of an archive that has custom resource definitions, as whoever renders it reads it.
fn load_in_haste(definitions: &[(&str, &[u8])]) -> Chart {
    let mut builder = Builder::chart();
    for (name, contents) in definitions {
        builder.file(name, contents);
    }
    let (archive, seen) = (Arc::new(builder.finish()), std::cell::Cell::new(0));
    let haste = Haste { may_wait: true, watch: &|_| seen.set(seen.get() + 1) };
    let chart = load_archive_in_haste(&archive, &Rules::default(), haste).unwrap();
    let eager = load_archive(&archive, &Rules::default()).unwrap();
    assert!(chart.files == eager.files, "the bytes are the same");
    assert!(seen.get() >= definitions.len());
    chart
}

#[test]
fn definitions_may_wait_and_are_the_same_when_somebody_looks() {
    let (one, other) = (vec![b'1'; 10_000], [b"\xef\xbb\xbf", &*vec![b'2'; 20_000]].concat());
    let chart = load_in_haste(&[
        ("c/crds/one.yaml", &one),
        ("c/README.md", &vec![b'r'; 30_000]),
        ("c/crds/few.yaml", b"few"),
        ("c/crds/deep/other.yaml", &other),
        ("c/charts/crds/templates/crds/a.yaml", &vec![b't'; 5_000]),
        ("c/charts/crds/crds/three.yaml", &vec![b'3'; 30_000]),
        ("c/charts/crds/Chart.yaml", CHART),
    ]);
    assert_eq!(chart.crds().map(|file| file.contents.len()).collect::<Vec<_>>(), [10_000, 3, 20_000]);
    assert!(chart.dependencies[0].crds().next().is_some_and(|file| *file.contents == *vec![b'3'; 30_000]));
    load_in_haste(&[("c/crds/one.yaml", &one), ("c/x", b"x"), ("c/crds/one.yaml", &one)]);
}

#[test]
fn links_and_devices_are_refused() {
    for (kind, wanted) in [
        (EntryType::Symlink, Refusal::Link),
        (EntryType::Link, Refusal::Link),
        (EntryType::Fifo, Refusal::Special),
        (EntryType::Char, Refusal::Special),
        (EntryType::Block, Refusal::Special),
        (EntryType::GNUSparse, Refusal::Special),
        (EntryType::new(b'V'), Refusal::Special),
    ] {
        let mut builder = Builder::chart();
        builder.entry(b"c/x", kind, b"");
        match load(&builder.finish()) {
            Err(Error::Entry { entry, refusal }) => assert_eq!((refusal, &*entry), (wanted, b"c/x".as_slice())),
            // The tar reader refuses a sparse file without a map itself.
            Err(Error::Damaged { .. }) if kind == EntryType::GNUSparse => {}
            other => panic!("{kind:?}: {:?}", other.map(|_| ())),
        }
    }
}

#[test]
fn a_folder_has_no_contents() {
    for (name, kind) in [(b"c/x".as_slice(), EntryType::Directory), (b"c/x/", EntryType::Regular)] {
        let mut builder = Builder::chart();
        builder.entry(name, kind, b"x");
        refused(builder, Refusal::Special);
    }
}

#[test]
fn names_that_only_an_extension_carries_are_judged_too() {
    for name in [format!("c/{}", "d/".repeat(100)), format!("c/{}", "x".repeat(2000))] {
        let mut builder = Builder::chart();
        builder.entry(b"././@LongLink", EntryType::GNULongName, name.as_bytes());
        builder.file("c/short", b"x");
        refused(builder, Refusal::TooLong);
    }
    let mut builder = Builder::chart();
    builder.entry(b"pax", EntryType::XHeader, b"18 path=c/../../x\n");
    builder.file("c/short", b"x");
    refused(builder, Refusal::Parent);
    let mut builder = Builder::chart();
    builder.entry(b"pax", EntryType::XHeader, b"12 path=c/a\n12 path=c/b\n");
    builder.file("c/short", b"x");
    refused(builder, Refusal::Ambiguous);
}

/// Asked of helm 4.3.1, which takes the sparse file, too.
#[test]
fn records_that_say_nothing_sensible_are_refused() {
    let with = |key: &str, value: &str| {
        // Two digits, a blank, an equals sign and a line break stand around them.
        let record = format!("{} {key}={value}\n", key.len() + value.len() + 5);
        let mut builder = Builder::chart();
        builder.entry(b"pax", EntryType::XHeader, record.as_bytes());
        builder.file("c/short", b"x");
        load(&builder.finish())
    };
    let refused = |key: &str, value: &str| matches!(with(key, value), Err(Error::Damaged { .. }));
    for value in ["1.x56789", ".1234567", "0x123456", "1_234567", " 1234567", "1e345678", "9223372036854775808"] {
        assert!(refused("mtime", value), "mtime {value}");
    }
    for value in ["-1.500000", "+12345678", "1.12345678901234", "9223372036854775807"] {
        assert!(with("atime", value).is_ok(), "atime {value}");
    }
    for value in ["12345.0", "x1234567", "1234567\0"] {
        assert!(refused("uid", value) && refused("gid", value), "uid {value}");
    }
    assert!(with("uid", "-12345678").is_ok() && refused("size", "-1234567"));
    assert!(refused("uname", "nobody\0x") && with("comment", "nobody\0x").is_ok());
    assert!(matches!(with("GNU.sparse.size", "5"), Err(Error::Entry { refusal: Refusal::Special, .. })));
}

#[test]
fn an_archive_must_end_where_it_ends() {
    let good = Builder::chart().finish();
    assert!(load(&good).is_ok());
    assert!(load(&[good.as_slice(), &[0; 100]].concat()).is_ok(), "zero padding");
    let mut endless = Builder::chart();
    endless.0.truncate(1024);
    assert!(load(&compressed(&endless.0)).is_ok(), "no end");
    assert!(load(&[compressed(&endless.0), vec![0]].concat()).is_err(), "zero padding without an end");
    endless.0.resize(1536, 0);
    assert!(load(&compressed(&endless.0)).is_ok(), "half an end");
    assert!(load(&[compressed(&endless.0), vec![0]].concat()).is_err(), "zero padding behind half an end");
    let damaged = |bytes: &[u8]| matches!(load(bytes), Err(Error::Damaged { .. }));
    assert!(damaged(&[good.as_slice(), b"x"].concat()), "bytes after the gzip stream");
    assert!(damaged(&[good.as_slice(), &good].concat()), "a second gzip member");
    let mut behind = Builder::chart();
    behind.0.resize(behind.0.len() + 1024, 0);
    behind.0.extend_from_slice(b"hidden");
    assert!(damaged(&compressed(&behind.0)), "bytes after the tar stream");
    let mut part = Builder::chart();
    part.0.resize(part.0.len() + 513, 0);
    assert!(damaged(&compressed(&part.0)), "a part of a block after the tar stream");
    let mut wrong = good.clone();
    let crc = wrong.len() - 8;
    wrong[crc] ^= 1;
    assert!(damaged(&wrong), "a wrong checksum");
    for end in 0..good.len() {
        assert!(load(&good[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn what_is_no_archive_says_so() {
    assert!(matches!(load(b"<html>login</html>"), Err(Error::NotAnArchive { html: true })));
    assert!(matches!(load(b"{}"), Err(Error::NotAnArchive { html: false })));
    assert!(matches!(load(b""), Err(Error::NotAnArchive { html: false })));
    assert!(matches!(load(&Builder::default().finish()), Err(Error::NoChartYaml)));
}

#[test]
fn limits_hold_over_the_whole_nest() {
    let limits = Limits { total_bytes: 100_000, entries: 20, subchart_depth: 3, ..Limits::default() };
    let rules = Rules { limits, ..Rules::default() };
    let limit = |builder: Builder| match load_archive(&builder.finish(), &rules) {
        Err(Error::Limit { what, .. }) => what,
        other => panic!("{:?}", other.map(|_| ())),
    };
    let mut bomb = Builder::chart();
    bomb.file("c/zeros", &vec![0; 200_000]);
    assert_eq!(limit(bomb), "bytes");
    let mut large = Builder::chart();
    large.file("c/zeros", &[0; 1001]);
    let small = Rules { limits: Limits { file_bytes: 1000, ..limits }, ..rules };
    assert!(matches!(load_archive(&large.finish(), &small), Err(Error::Limit { what: "bytes in one file", .. })));
    let mut many = Builder::chart();
    (0..30).for_each(|number| many.entry(format!("c/{number}/").as_bytes(), EntryType::Directory, b""));
    assert_eq!(limit(many), "files");
    let mut inner = Builder::chart();
    inner.file("c/zeros", &vec![0; 60_000]);
    let inner = inner.finish();
    let mut nest = Builder::chart();
    nest.file("c/charts/a.tgz", &inner);
    nest.file("c/charts/b.tgz", &inner);
    assert_eq!(limit(nest), "bytes");
    let mut deep = Builder::chart();
    for _ in 0..5 {
        let inner = deep.finish();
        deep = Builder::chart();
        deep.file("c/charts/s.tgz", &inner);
    }
    assert_eq!(limit(deep), "levels of subcharts");
    let mut folders = Builder::chart();
    (1..6).for_each(|depth| folders.file(&format!("c/{}Chart.yaml", "charts/s/".repeat(depth)), CHART));
    assert_eq!(limit(folders), "levels of subcharts");
}

#[test]
fn numbers_are_numbers() {
    let load_with = |range: std::ops::Range<usize>, text: &[u8]| {
        let mut builder = Builder::chart();
        let mut header = Header::new_gnu();
        header.set_path("c/x").unwrap();
        header.set_size(0);
        header.as_mut_bytes()[range].copy_from_slice(text);
        builder.raw(header, b"");
        load(&builder.finish()).is_ok()
    };
    assert!(load_with(108..116, b"        "), "no owner");
    assert!(load_with(108..116, b"\x80\0\0\0\0\0\0\x01"), "an owner in bytes");
    assert!(!load_with(100..108, b"xxxxxxx\0"), "a mode");
    assert!(!load_with(136..148, b"-0000000001\0"), "a time");
    assert!(!load_with(124..136, b"+0000000000\0"), "a size");
}

#[test]
fn a_size_that_lies_is_an_error() {
    let mut builder = Builder::chart();
    let mut header = Header::new_gnu();
    header.set_path("c/x").unwrap();
    header.set_size(1 << 40);
    builder.raw(header, b"x");
    assert!(load(&builder.finish()).is_err());
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(position in 0usize..1536, byte: u8, tail in proptest::collection::vec(0u8.., 0..64)) {
        let mut builder = Builder::chart();
        builder.file("c/templates/a.yaml", &tail);
        builder.0[position] = byte;
        let _ = load(&builder.finish());
        let _ = load(&[MAGIC, tail.as_slice()].concat());
    }
}

const MAGIC: &[u8] = b"\x1f\x8b\x08";
