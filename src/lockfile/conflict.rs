//! The markers that a merge leaves in a lock: both sides are read, and merged where they agree on every entry.
//!
//! An entry that only one side has is kept; whether it is still wanted is for `check` and `resolve` to say, which know the
//! project. Nothing is guessed where the sides disagree.

use std::collections::BTreeMap;

use super::error::{Error, Problem};
use super::merge::{self, Merged};
use super::{Content, Lockfile, Pin};

/// The lock as each side of the merge had it.
pub(super) struct Sides {
    pub(super) ours: String,
    pub(super) theirs: String,
    /// What was there before both, if git showed it in every conflict (`merge.conflictStyle`).
    pub(super) base: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Both,
    Ours,
    /// What was there before both, if git was told to show it.
    Base,
    Theirs,
}

/// Takes the sides apart; nothing if there are no markers.
pub(super) fn sides(text: &str) -> Result<Option<Sides>, Error> {
    let mut sides = Sides { ours: String::new(), theirs: String::new(), base: None };
    let (mut base, mut has_base) = (String::new(), true);
    let (mut part, mut found) = (Part::Both, false);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let next = match (marker(line), part) {
            (None, _) => {
                if matches!(part, Part::Both | Part::Ours) {
                    sides.ours.push_str(line);
                }
                if matches!(part, Part::Both | Part::Theirs) {
                    sides.theirs.push_str(line);
                }
                if matches!(part, Part::Both | Part::Base) {
                    base.push_str(line);
                }
                continue;
            }
            (Some('<'), Part::Both) => Part::Ours,
            (Some('|'), Part::Ours) => Part::Base,
            (Some('='), Part::Ours | Part::Base) => {
                has_base &= part == Part::Base;
                Part::Theirs
            }
            (Some('>'), Part::Theirs) => Part::Both,
            (Some(_), _) => return Err(Error::at(Some(index + 1), Problem::Marker)),
        };
        (part, found) = (next, true);
    }
    if part != Part::Both {
        return Err(Error::at(Some(text.lines().count()), Problem::Marker));
    }
    sides.base = has_base.then_some(base);
    Ok(found.then_some(sides))
}

/// The sign that the line repeats seven times, if it is a marker.
fn marker(line: &str) -> Option<char> {
    let rest = line.trim_end();
    ['<', '|', '=', '>'].into_iter().find(|sign| {
        let after = rest.trim_start_matches(*sign);
        rest.len() - after.len() == 7 && (after.is_empty() || after.starts_with(' '))
    })
}

/// Both texts in one, with markers around the lines that differ, as git writes them.
pub fn with_markers(ours: &str, theirs: &str) -> String {
    let (our_lines, their_lines): (Vec<_>, Vec<_>) = (ours.lines().collect(), theirs.lines().collect());
    let joined = |lines: &[&str]| lines.iter().flat_map(|line| [line, "\n"]).collect::<String>();
    let mut text = String::new();
    for operation in similar::TextDiff::from_slices(&our_lines, &their_lines).ops() {
        let (ours, theirs) = (&our_lines[operation.old_range()], &their_lines[operation.new_range()]);
        if operation.tag() == similar::DiffTag::Equal {
            text += &joined(ours);
        } else {
            text.extend(["<<<<<<< ours\n", &joined(ours), "=======\n", &joined(theirs), ">>>>>>> theirs\n"]);
        }
    }
    text
}

/// Merges the two sides of `text`: by what was before both if that is known, else where they agree.
pub(super) fn merge(text: &str, base: Option<&Lockfile>, ours: Lockfile, theirs: Lockfile) -> Result<Lockfile, Error> {
    if let Some(base) = base {
        return match merge::merge(base, &ours, &theirs) {
            Merged::Clean(lockfile) => Ok(Lockfile { merged: true, ..lockfile }),
            Merged::Conflict { subjects, .. } => {
                let name = subjects.first().and_then(|subject| subject.split('`').nth(1)).unwrap_or_default();
                Err(Error::at(line_of(text, name), Problem::Disagreement { subject: subjects.join(", ") }))
            }
        };
    }
    two_way(text, ours, theirs)
}

fn two_way(text: &str, ours: Lockfile, theirs: Lockfile) -> Result<Lockfile, Error> {
    let disagree = |subject: String, name: &str| Error::at(line_of(text, name), Problem::Disagreement { subject });
    if ours.render != theirs.render {
        return Err(disagree("`render`".to_owned(), "render"));
    }
    let mut merged = Lockfile { render: ours.render.clone(), merged: true, ..Lockfile::default() };
    let mut pins: BTreeMap<_, Pin> = BTreeMap::new();
    for (local_chart, pin) in ours.pins().chain(theirs.pins()) {
        let Content { chart, version, .. } = &pin.content;
        let key = (local_chart.cloned(), chart.clone(), version.original().to_owned(), pin.environments.clone());
        let known = pins.entry(key).or_insert_with(|| pin.clone());
        if known.content != pin.content {
            return Err(disagree(format!("`{}` {version}", chart.name()), chart.name()));
        }
        known.wants.extend(pin.wants.iter().cloned());
    }
    for ((local_chart, ..), pin) in pins {
        merged.section_mut(local_chart.as_ref()).push(pin);
    }
    merged.git = [ours.git, theirs.git].concat();
    merged.files = [ours.files, theirs.files].concat();
    for chart in ours.local.iter().chain(&theirs.local) {
        let archives = &mut merged.local_mut(&chart.path).archives;
        for archive in &chart.archives {
            match archives.iter().find(|known| known.file == archive.file) {
                Some(known) if known != archive => {
                    let name = archive.file.as_str();
                    return Err(disagree(format!("`{name}` of `{}`", chart.path), name));
                }
                Some(_) => {}
                None => archives.push(archive.clone()),
            }
        }
    }
    merged.adopted = ours.adopted;
    merged.adopted.extend(theirs.adopted.into_iter().filter(|entry| !merged.adopted.contains(entry)).collect::<Vec<_>>());
    let merged = merged.sorted();
    match merged.contradiction() {
        Some(Problem::Twice { chart, constraint, versions: (first, second) }) => {
            Err(disagree(format!("`{chart}` for `{constraint}`, {first} or {second}"), &chart))
        }
        Some(problem) => Err(problem.into()),
        None => Ok(merged),
    }
}

/// The first conflict that mentions the name, or the first at all.
fn line_of(text: &str, name: &str) -> Option<usize> {
    let mut conflict = None;
    let mut first = None;
    for (index, line) in text.lines().enumerate() {
        match marker(line) {
            Some('<') => conflict = Some(index + 1),
            Some('>') => conflict = None,
            _ => {}
        }
        first = first.or(conflict);
        if conflict.is_some() && line.contains(name) {
            return conflict;
        }
    }
    first
}
