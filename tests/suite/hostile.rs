//! `tests/hostile.txt` says which tests hold what hostile inputs may not do; here it is held against the tests that there are.

use std::collections::BTreeSet;
use std::path::Path;

const TABLE: &str = include_str!("../hostile.txt");
/// How many there are.
const NUMBERS: usize = 114;

fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<_> = text.lines().map(str::trim).collect();
            for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("fn ")) {
                let attributes = lines[..index].iter().rev().take_while(|line| line.starts_with("#["));
                if attributes.into_iter().any(|line| *line == "#[test]") {
                    found.extend(line["fn ".len()..].split('(').next().map(str::to_owned));
                }
            }
        }
    }
}

#[test]
fn every_case_has_its_tests_or_says_why_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeSet::new();
    functions(&root.join("src"), &mut tests);
    functions(&root.join("tests/suite"), &mut tests);
    let (mut numbers, mut held) = (Vec::new(), 0);
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (case, names) = line.split_once(" | ").unwrap_or_else(|| panic!("{line}"));
        numbers.push(case.split(' ').next().unwrap().parse::<usize>().unwrap());
        if let Some(reason) = names.strip_prefix('-') {
            assert!(reason.len() > 5, "{line}");
            continue;
        }
        held += 1;
        for name in names.split(' ') {
            assert!(tests.contains(name), "{case}: there is no test `{name}`");
        }
    }
    assert_eq!(numbers, (1..=NUMBERS).collect::<Vec<_>>());
    println!("{held} of {NUMBERS} cases are held by tests");
}
