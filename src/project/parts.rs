//! Cutting a state file at its `---` lines, and helmfile's rules about which keys may stand where.
//!
//! Both look at the raw text, before templates run and before YAML is understood, as helmfile does.

use super::ErrorKind;

/// One part: its text, and how many lines of the file are before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    pub(super) lines_before: usize,
}

/// The parts between `---` lines. A line with more on it, or the first line, does not cut.
pub(super) fn split(text: &str) -> Vec<Part<'_>> {
    let mut lines_before = 0;
    text.split("\n---\n")
        .map(|text| {
            let part = Part { text, lines_before };
            lines_before += text.matches('\n').count() + 2;
            part
        })
        .collect()
}

/// Checks the keys at the left edge; an error comes with its line.
pub(super) fn check(text: &str) -> Result<(), (ErrorKind, usize)> {
    let marks: Vec<_> = marks(text).collect();
    if marks.iter().all(|mark| mark.key == SEPARATOR) {
        return Err((ErrorKind::NoKeys, 1));
    }
    let mut releases = None;
    for mark in &marks {
        match mark.key {
            "releases" => releases = Some(mark.line),
            "bases" | "environments" => {
                if let Some(after) = releases {
                    return Err((ErrorKind::WrongOrder { key: mark.key.to_owned(), after }, mark.line));
                }
            }
            _ => {}
        }
    }
    same_part(&marks)
}

const SEPARATOR: &str = "---";

struct Mark<'a> {
    key: &'a str,
    line: usize,
}

fn marks(text: &str) -> impl Iterator<Item = Mark<'_>> {
    text.split('\n').enumerate().filter_map(|(index, line)| {
        let line_number = index + 1;
        let line = line.trim_end();
        if line == SEPARATOR {
            return Some(Mark { key: SEPARATOR, line: line_number });
        }
        let key = line.split(':').next().filter(|key| key.len() < line.len())?;
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_key.then_some(Mark { key, line: line_number })
    })
}

/// `environments` and `releases` must be apart. helmfile looks at the first of each only, and at every separator.
fn same_part(marks: &[Mark<'_>]) -> Result<(), (ErrorKind, usize)> {
    let mut seen: Vec<&str> = Vec::new();
    for mark in marks {
        let counts = matches!(mark.key, "environments" | "releases" | SEPARATOR);
        if !counts || (mark.key != SEPARATOR && seen.contains(&mark.key)) {
            continue;
        }
        if mark.key != SEPARATOR && seen.last().is_some_and(|last| *last != SEPARATOR) {
            return Err((ErrorKind::SamePart, mark.line));
        }
        seen.push(mark.key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_separator_lines_cut() {
        let texts = |text| split(text).into_iter().map(|part| (part.text.to_owned(), part.lines_before)).collect::<Vec<_>>();
        assert_eq!(texts("a\n---\nb\nc\n---\nd"), [("a".into(), 0), ("b\nc".into(), 2), ("d".into(), 5)]);
        assert_eq!(texts("---\na: 1\n--- \nb"), [("---\na: 1\n--- \nb".into(), 0)]);
    }
}
