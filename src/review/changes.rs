//! What changed in the manifests: resources that came, went or have other lines. Labels and checksums that change with every
//! version of a chart are no news: they are folded, and a resource where nothing else changed is only counted.

use similar::{ChangeTag, TextDiff};

use super::resources::{Couple, Resource};

/// Lines around a change that are shown with it.
const CONTEXT: usize = 2;

/// The changes of one release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseChange {
    /// The release's identity.
    pub release: String,
    /// Where it is so.
    pub environments: Vec<String>,
    /// Whether the whole release came or went.
    pub what: What,
    /// The resources that came, went or changed, in the order of output.
    pub resources: Vec<ResourceChange>,
    /// How many resources changed in folded lines only.
    pub folded: usize,
}

/// What became of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
}

/// The change of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceChange {
    /// Kind, namespace and name.
    pub resource: String,
    /// What became of it.
    pub what: What,
    /// The lines that differ, with some around them.
    pub lines: Vec<Line>,
}

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which side has it.
    pub sign: Sign,
    /// The line without its end.
    pub text: String,
}

/// Which side has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Both.
    Both,
    /// Only the old side.
    Old,
    /// Only the new side.
    New,
    /// Lines that both sides have are left out here.
    Gap,
}

impl Sign {
    /// The letter before the line.
    pub fn letter(self) -> char {
        match self {
            Self::Both => ' ',
            Self::Old => '-',
            Self::New => '+',
            Self::Gap => '@',
        }
    }
}

/// What changed in a release, if anything did.
pub(super) fn of_release(release: String, couples: &[Couple<'_>], was: bool, is: bool) -> Option<ReleaseChange> {
    let mut resources = Vec::new();
    let mut folded = 0;
    for couple in couples {
        match couple {
            (Some(old), Some(new)) if old.text == new.text => {}
            (Some(old), Some(new)) => match lines(&without_noise(&old.text), &without_noise(&new.text)) {
                lines if lines.is_empty() => folded += 1,
                lines => resources.push(ResourceChange { resource: new.title(), what: What::Changed, lines }),
            },
            (Some(old), None) => resources.push(whole(old, What::Removed)),
            (None, Some(new)) => resources.push(whole(new, What::Added)),
            (None, None) => {}
        }
    }
    let what = match (was, is) {
        (false, _) => What::Added,
        (true, false) => What::Removed,
        (true, true) => What::Changed,
    };
    let is_news = !resources.is_empty() || folded > 0 || what != What::Changed;
    is_news.then(|| ReleaseChange { release, environments: Vec::new(), what, resources, folded })
}

fn whole(resource: &Resource, what: What) -> ResourceChange {
    let sign = if what == What::Added { Sign::New } else { Sign::Old };
    let lines = resource.text.lines().map(|text| Line { sign, text: text.to_owned() }).collect();
    ResourceChange { resource: resource.title(), what, lines }
}

/// Keys whose values change with every version of a chart.
const NOISE: &[&str] = &["helm.sh/chart", "app.kubernetes.io/version", "chart"];
const FOLDED: &str = "(folded)";

fn without_noise(text: &str) -> String {
    text.split_inclusive('\n').map(|line| folded(line).unwrap_or_else(|| line.to_owned())).collect()
}

fn folded(line: &str) -> Option<String> {
    let content = line.trim_end();
    let (before, _) = content.split_once(": ")?;
    let key = before.trim_start().trim_matches(['"', '\'']);
    let is_noise = NOISE.contains(&key) || key.starts_with("checksum/") || key.ends_with("/checksum");
    is_noise.then(|| format!("{before}: {FOLDED}{}", &line[content.len()..]))
}

fn lines(old: &str, new: &str) -> Vec<Line> {
    let difference = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for group in difference.grouped_ops(CONTEXT) {
        if !lines.is_empty() {
            lines.push(Line { sign: Sign::Gap, text: String::new() });
        }
        for change in group.iter().flat_map(|operation| difference.iter_changes(operation)) {
            let sign = match change.tag() {
                ChangeTag::Equal => Sign::Both,
                ChangeTag::Delete => Sign::Old,
                ChangeTag::Insert => Sign::New,
            };
            lines.push(Line { sign, text: change.value().trim_end_matches(['\r', '\n']).to_owned() });
        }
    }
    lines
}
