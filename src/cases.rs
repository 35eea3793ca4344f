//! Reads the case files of `tests/cases`, for the tests of every room. Not part of the program.
//!
//! A file opens with a head: what was recorded, from which program and version, by which command. Then come cases:
//! `=== name` starts one, `--- section` starts a section of it, and what follows a case's name directly is its section
//! `input`. A section's text ends before the line break that precedes the next marker. A line of text that would look like
//! a marker, or that starts with a backslash, is written with a backslash in front.

#![allow(clippy::disallowed_methods, reason = "case files are on disk")]

use std::path::Path;

/// One case of a file.
pub(crate) struct Case {
    /// Where it stands, for messages: `functions/strings.txt:12 trunc-negative`.
    pub(crate) place: String,
    /// Its name, unique in the file.
    pub(crate) name: String,
    sections: Vec<(String, String)>,
}

impl Case {
    /// The text of a section, if the case has it.
    pub(crate) fn section(&self, name: &str) -> Option<&str> {
        self.sections.iter().find(|(section, _)| section == name).map(|(_, text)| text.as_str())
    }

    /// All sections in order.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sections.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The text before the first section marker.
    pub(crate) fn input(&self) -> &str {
        self.section("input").unwrap_or_default()
    }
}

/// All cases of `tests/cases/<path>`: of one file, or of every `.txt` file below a folder.
pub(crate) fn read(path: &str) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases = Vec::new();
    collect(&root, &root.join(path), &mut cases);
    assert!(!cases.is_empty(), "no cases in {path}");
    cases
}

/// Runs `check` on all cases of `path` and fails with every difference, not only the first.
#[track_caller]
pub(crate) fn run(path: &str, check: impl Fn(&Case) -> Result<(), String>) {
    let cases = read(path);
    let failures: Vec<_> =
        cases.iter().filter_map(|case| check(case).err().map(|why| format!("{}\n{why}", case.place))).collect();
    assert!(failures.is_empty(), "{} of {} cases differ\n\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}

/// Compares two texts and shows both, with their invisible characters, if they differ.
pub(crate) fn equal(expected: &str, got: &str) -> Result<(), String> {
    if expected == got { Ok(()) } else { Err(format!("expected {expected:?}\n     got {got:?}")) }
}

fn collect(root: &Path, path: &Path, cases: &mut Vec<Case>) {
    if path.is_dir() {
        let mut below: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        below.sort();
        for path in below {
            collect(root, &path, cases);
        }
    } else if path.extension().is_some_and(|extension| extension == "txt") {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        parse(&path.strip_prefix(root).unwrap().to_string_lossy(), &text, cases);
    }
}

fn parse(file: &str, text: &str, cases: &mut Vec<Case>) {
    for (index, line) in text.strip_suffix('\n').unwrap_or(text).split('\n').enumerate() {
        if let Some(name) = line.strip_prefix("=== ") {
            let name = name.trim().to_owned();
            assert!(cases.iter().all(|case: &Case| !(case.place.starts_with(file) && case.name == name)), "{file}: {name} twice");
            cases.push(Case {
                place: format!("{file}:{} {name}", index + 1),
                name,
                sections: vec![("input".to_owned(), String::new())],
            });
        } else if let Some(case) = cases.last_mut().filter(|case| case.place.starts_with(file)) {
            if let Some(section) = line.strip_prefix("--- ") {
                case.sections.push((section.trim().to_owned(), String::new()));
            } else if let Some((_, text)) = case.sections.last_mut() {
                text.push_str(line.strip_prefix('\\').unwrap_or(line));
                text.push('\n');
            }
        }
    }
    for (_, text) in cases.iter_mut().filter(|case| case.place.starts_with(file)).flat_map(|case| &mut case.sections) {
        text.pop();
    }
}
