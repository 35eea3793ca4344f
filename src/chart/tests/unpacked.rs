//! What is kept of an archive beside it: the same chart, or nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::*;
use super::archives::Builder;
use crate::digest::Digest;
use crate::yaml::Text;

const CHART: &[u8] = b"apiVersion: v2\nname: c\nversion: 1.0.0\n";

/// The chart out of these pieces, if they are as promised.
fn loaded(pieces: [&[u8]; 2], promised: &Digest, may_wait: bool) -> Option<Result<Chart, Error>> {
    let unpacked = Unpacked::read(pieces[0].to_vec(), None).filter(|unpacked| unpacked.files_digest() == promised)?;
    let apart = pieces[1].to_vec();
    let find = move |wanted: &Apart| apart.get(wanted.place()).filter(|bytes| wanted.is(bytes)).map(<[u8]>::to_vec);
    let rest = Rest { find: Arc::new(find), is_lost: Arc::default() };
    load_unpacked(&unpacked, &Rules::default(), Haste { may_wait, watch: &|_| {} }, &rest)
}

/// Looks at every byte.
fn told(chart: Result<Chart, Error>) -> String {
    chart.map_or_else(|error| format!("error {error}"), |chart| format!("{chart:?}"))
}

/// Holds what is kept of an archive against the archive.
pub(super) fn hold(archive: &[u8]) {
    let Ok(Kept { files_digest, pieces: Some([files, apart]) }) = unpack_to_keep(archive) else { return };
    let expected = told(load_archive(archive, &Rules::default()));
    for may_wait in [false, true] {
        let got = loaded([&files, &apart], &files_digest, may_wait).expect("what is kept is whole");
        assert_eq!(told(got), expected);
    }
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::default();
    builder.file("c/Chart.yaml", CHART);
    for (name, contents) in files {
        builder.file(name, contents);
    }
    builder.finish()
}

#[test]
fn the_chart_is_the_same() {
    hold(&archive(&[]));
    hold(&archive(&[("c/x", b""), ("c/values.yaml", b"\xef\xbb\xbfa: 1\n"), ("c/templates/t.yaml", b"a: b\n")]));
    let large = vec![b'1'; 9_000];
    hold(&archive(&[
        ("c/crds/one.yaml", &large),
        ("c/README.md", &vec![b'r'; 30_000]),
        ("c/charts/s/Chart.yaml", CHART),
        ("c/charts/s/crds/two.yaml", &vec![b'2'; 10_000]),
        ("c/charts/s/templates/t.yaml", b"a: b\n"),
        ("c/crds/few.yaml", b"few"),
        ("c/crds/one.yaml", &large),
    ]));
    // A chart that is refused is refused in the same words.
    hold(&archive(&[("c/values.yaml", b"a: [\n")]));
}

/// As `sha256sum` prints them, which is how anybody can tell the digest.
#[test]
fn the_digest_is_that_of_the_sums_of_the_files() {
    let marked = b"\xef\xbb\xbfa: 1\n";
    let kept = unpack_to_keep(&archive(&[("c/values.yaml", marked), ("c/./a b", b"")])).unwrap();
    let (chart, values, empty) = (Digest::of(CHART).to_hex(), Digest::of(marked).to_hex(), Digest::of(b"").to_hex());
    let list = format!("{chart}  Chart.yaml\n{values}  values.yaml\n{empty}  a b\n");
    assert_eq!(kept.files_digest, Digest::of(list.as_bytes()));
}

#[test]
fn what_limits_and_dialects_could_matter_to_is_not_kept() {
    let inner = archive(&[]);
    for (name, contents) in [
        ("c/charts/inner.tgz", inner.as_slice()),
        ("c/large", &vec![0; (4 << 20) + 1]),
        ("c/crds/marked.yaml", &[b"\xef\xbb\xbf", &*vec![b'x'; 9_000]].concat()),
    ] {
        let kept = unpack_to_keep(&archive(&[(name, contents)])).unwrap();
        assert!(kept.pieces.is_none(), "{name}");
    }
    let mut many = Builder::default();
    (0..5_001).for_each(|number| many.file(&format!("c/{number}"), b""));
    assert!(unpack_to_keep(&many.finish()).unwrap().pieces.is_none());
    assert!(unpack_to_keep(b"no archive").is_err());
}

#[test]
fn what_rendering_need_not_look_at_is_kept_apart() {
    let large = vec![b'x'; 9_000];
    let is_apart = |name: &str| unpack_to_keep(&archive(&[(name, &large)])).unwrap().pieces.unwrap()[1] == large;
    for name in
        ["crds/a.yaml", "README.md", "files/templates/a", "charts/s/README.md", "charts/s/charts/t/crds/a", "values.yaml/x"]
    {
        assert!(is_apart(&format!("c/{name}")), "{name}");
    }
    for name in ["templates/a", "values.yaml", "charts/a", "charts/s/templates/a", "charts/s/values.schema.json", "Chart.lock"] {
        assert!(!is_apart(&format!("c/{name}")), "{name}");
    }
}

#[test]
fn a_changed_byte_is_seen_wherever_it_is() {
    let archive = archive(&[("c/templates/t.yaml", b"a: b\n"), ("c/crds/one.yaml", &vec![b'1'; 8_200])]);
    let Kept { files_digest, pieces } = unpack_to_keep(&archive).unwrap();
    let [files, apart] = pieces.unwrap();
    let expected = told(load_archive(&archive, &Rules::default()));
    for position in 0..files.len() {
        for change in [1, 0x20, 0x80] {
            let mut changed = files.clone();
            changed[position] ^= change;
            // A number may be written in two ways.
            let got = loaded([&changed, &apart], &files_digest, false).map(told);
            assert!(got.as_ref().is_none_or(|got| *got == expected), "{position}: {got:?}");
        }
        assert!(loaded([&files[..position], &apart], &files_digest, false).is_none());
    }
    for changed in [&apart[1..], &apart[..apart.len() - 1], b"", &vec![b'2'; apart.len()]] {
        assert!(loaded([&files, changed], &files_digest, false).is_none());
    }
    assert!(loaded([&[&*files, b"x"].concat(), &apart], &files_digest, false).is_none());
}

#[test]
fn what_is_gone_is_noticed_by_whoever_looks() {
    let kept = unpack_to_keep(&archive(&[("c/crds/one.yaml", &vec![b'1'; 9_000])])).unwrap();
    let unpacked = Unpacked::read(kept.pieces.unwrap()[0].clone(), None).unwrap();
    let is_lost = Arc::new(AtomicBool::new(false));
    let haste = Haste { may_wait: true, watch: &|_| {} };
    let rest = Rest { find: Arc::new(|_| None), is_lost: is_lost.clone() };
    let chart = load_unpacked(&unpacked, &Rules::default(), haste, &rest).unwrap().unwrap();
    assert!(!is_lost.load(Ordering::Relaxed));
    assert_eq!(chart.crds().next().map(|file| file.contents.to_vec()), Some(Vec::new()));
    assert!(is_lost.load(Ordering::Relaxed));
}

/// What the list does not prove is how long a file is that nobody has looked at.
#[test]
fn another_length_is_no_other_file() {
    let archive = archive(&[("c/crds/one.yaml", &vec![b'1'; 9_000])]);
    let Kept { files_digest, pieces } = unpack_to_keep(&archive).unwrap();
    let [files, _] = pieces.unwrap();
    for other in ["8999", "9001", "9999", "99999999999999999"] {
        let text = String::from_utf8(files.clone()).unwrap().replace(" 9000\n", &format!(" {other}\n"));
        let unpacked = Unpacked::read(text.into_bytes(), None).unwrap();
        assert_eq!(*unpacked.files_digest(), files_digest);
        let (is_lost, files) = (Arc::new(AtomicBool::new(false)), unpack_whole(&archive, &Rules::default()).unwrap());
        let rest = Rest { find: Arc::new(move |apart| apart.among(&files)), is_lost: is_lost.clone() };
        let haste = Haste { may_wait: true, watch: &|_| {} };
        let Ok(chart) = load_unpacked(&unpacked, &Rules::default(), haste, &rest).unwrap() else { continue };
        assert_eq!(chart.crds().next().map(|file| file.contents.len()), Some(0));
        assert!(is_lost.load(Ordering::Relaxed), "{other}");
    }
}

#[test]
fn the_archive_has_what_is_apart_too() {
    let (one, other) = (vec![b'1'; 9_000], vec![b'2'; 9_000]);
    let archive = archive(&[("c/crds/one.yaml", &one), ("c/charts/s/crds/other.yaml", &other), ("c/charts/s/Chart.yaml", CHART)]);
    let kept = unpack_to_keep(&archive).unwrap();
    let unpacked = Unpacked::read(kept.pieces.unwrap()[0].clone(), None).unwrap();
    let files = unpack_whole(&archive, &Rules::default()).unwrap();
    let rest = Rest { find: Arc::new(move |apart| apart.among(&files)), is_lost: Arc::default() };
    let haste = Haste { may_wait: true, watch: &|_| {} };
    let chart = load_unpacked(&unpacked, &Rules::default(), haste, &rest).unwrap();
    assert_eq!(told(chart), told(load_archive(&archive, &Rules::default())));
}

/// Wherever the first half ends.
#[test]
fn halves_are_as_good_as_the_whole() {
    let archive =
        archive(&[("c/values.yaml", b"a: 1\nb: a text that is no short one, for these are copied anyway\n"), ("c/x", b"")]);
    let Kept { files_digest, pieces } = unpack_to_keep(&archive).unwrap();
    let [files, _] = pieces.unwrap();
    let halved = |end: usize, rest: Option<&[u8]>| {
        let rest = rest.map(<[u8]>::to_vec);
        let later: Later = Box::new(move || rest.clone().map(Text::from));
        let unpacked = Unpacked::read(files[..end].to_vec(), Some(later))?;
        assert_eq!(*unpacked.files_digest(), files_digest);
        let rest = Rest { find: Arc::new(|_| None), is_lost: Arc::default() };
        load_unpacked(&unpacked, &Rules::default(), Haste { may_wait: true, watch: &|_| {} }, &rest)
    };
    let expected = told(load_archive(&archive, &Rules::default()));
    for end in 0..files.len() {
        assert_eq!(halved(end, Some(&files[end..])).map(told).as_ref(), Some(&expected), "{end}");
        let longer = [&files[end..], b"x"].concat();
        for wrong in [None, Some(&files[end..files.len() - 1]), Some(&longer)] {
            assert!(halved(end, wrong).is_none(), "{end}");
        }
    }
    assert!(halved(files.len(), Some(b"")).is_none());
}
