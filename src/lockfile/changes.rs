//! What differs between two locks, as data to print.

use std::collections::BTreeMap;

use super::{Adopted, Content, Lockfile, Pin};
use crate::digest::Digest;
use crate::source::{ChartRef, LocalPath};
use crate::version::{Constraint, Version};

/// One chart that one lock has otherwise than another.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The local chart whose pin it is, or nothing for releases.
    pub local_chart: Option<LocalPath>,
    /// The chart.
    pub chart: ChartRef,
    /// What happened to it.
    pub movement: Movement,
}

/// What happened to a chart between two locks.
#[derive(Clone, Debug, PartialEq)]
pub enum Movement {
    /// It was not locked before.
    Added {
        /// The version now.
        version: Version,
    },
    /// It is no longer locked.
    Removed {
        /// The version before.
        version: Version,
    },
    /// It has another version.
    Moved {
        /// The version before.
        from: Version,
        /// The version now.
        to: Version,
    },
    /// It has other bytes under the same version.
    Republished {
        /// The version.
        version: Version,
        /// The digest before.
        from: Digest,
        /// The digest now.
        to: Digest,
    },
    /// helmfile's lock had the version; now its content is locked, too.
    Trusted {
        /// The version.
        version: Version,
    },
    /// The same bytes, for other constraints or environments.
    Reworded {
        /// The version.
        version: Version,
    },
    /// The same bytes for the same wishes, and something else is said of them: another address, the digest of their files.
    Redescribed {
        /// The version.
        version: Version,
    },
}

impl Lockfile {
    /// What changed from this lock to another, sorted by who asks, source and name.
    pub fn changes_to(&self, new: &Self) -> Vec<Change> {
        let mut charts: BTreeMap<_, (Vec<&Pin>, Vec<&Pin>)> = BTreeMap::new();
        for (local_chart, pin) in self.pins() {
            charts.entry((local_chart, &pin.content.chart)).or_default().0.push(pin);
        }
        for (local_chart, pin) in new.pins() {
            charts.entry((local_chart, &pin.content.chart)).or_default().1.push(pin);
        }
        let mut adopted: Vec<_> = self.adopted.iter().collect();
        let mut changes = Vec::new();
        for ((local_chart, chart), (before, after)) in charts {
            let movements = movements(before, after).into_iter().map(|movement| match movement {
                Movement::Added { version } => adoption(&mut adopted, chart, version),
                other => other,
            });
            changes.extend(movements.map(|movement| Change {
                local_chart: local_chart.cloned(),
                chart: chart.clone(),
                movement,
            }));
        }
        changes
    }
}

/// What an added chart was in helmfile's lock, whose entry is used up by that.
fn adoption(adopted: &mut Vec<&Adopted>, chart: &ChartRef, version: Version) -> Movement {
    let same_name = |entry: &&&Adopted| entry.name == chart.name();
    let position = adopted.iter().position(|entry| same_name(&entry) && entry.version.original() == version.original());
    if let Some(index) = position {
        adopted.remove(index);
        return Movement::Trusted { version };
    }
    match adopted.iter().position(|entry| same_name(&entry)) {
        Some(index) => Movement::Moved { from: adopted.remove(index).version.clone(), to: version },
        None => Movement::Added { version },
    }
}

/// How the versions of one chart became others.
fn movements(mut before: Vec<&Pin>, mut after: Vec<&Pin>) -> Vec<Movement> {
    let mut movements = Vec::new();
    for text in texts(&before) {
        let (old, new) = (with_text(&before, &text), with_text(&after, &text));
        let ([old_first, ..], [new_first, ..]) = (old.as_slice(), new.as_slice()) else { continue };
        let version = new_first.content.version.clone();
        if old_first.content.digest != new_first.content.digest {
            movements.push(Movement::Republished { version, from: old_first.content.digest, to: new_first.content.digest });
        } else if old != new {
            let wishes = |pins: &[&Pin]| pins.iter().map(|pin| (pin.wants.clone(), pin.environments.clone())).collect::<Vec<_>>();
            let is_reworded = wishes(&old) != wishes(&new);
            movements.push(if is_reworded { Movement::Reworded { version } } else { Movement::Redescribed { version } });
        }
        before.retain(|pin| pin.content.version.original() != text);
        after.retain(|pin| pin.content.version.original() != text);
    }
    // What moved is told by the wish that it answers, else by the order of versions.
    for old in before {
        let shared = |new: &&Pin| new.wants.iter().any(|constraint: &Constraint| old.wants.contains(constraint));
        let index = after.iter().position(shared).or((!after.is_empty()).then_some(0));
        let from = old.content.version.clone();
        movements.push(match index {
            Some(index) => Movement::Moved { from, to: after.remove(index).content.version.clone() },
            None => Movement::Removed { version: from },
        });
    }
    movements.extend(after.iter().map(|pin| Movement::Added { version: pin.content.version.clone() }));
    movements
}

fn texts(pins: &[&Pin]) -> Vec<String> {
    let mut texts: Vec<_> = pins.iter().map(|pin| pin.content.version.original().to_owned()).collect();
    texts.dedup();
    texts
}

fn with_text<'a>(pins: &[&'a Pin], text: &str) -> Vec<&'a Pin> {
    pins.iter().filter(|Pin { content: Content { version, .. }, .. }| version.original() == text).copied().collect()
}
