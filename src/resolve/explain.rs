//! Why a request has no answer: what was wanted, by whom, what exists, and what is near.
//!
//! Facts first, as data; the words are put together at the end and printed elsewhere.

use std::fmt;

use crate::request::{Asker, Origin, Request};
use crate::source::{ChartRef, Source};
use crate::version::{Constraint, Version};

use super::{Candidate, Candidates};

/// How many of the versions that exist are named.
const SHOWN: usize = 3;

/// All requests that have no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", headline(.failures))]
pub struct Error {
    /// One for each chart and constraint, never none.
    pub failures: Vec<Failure>,
}

/// A chart and constraint that has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The chart.
    pub chart: ChartRef,
    /// What was wanted of it.
    pub constraint: Constraint,
    /// Who wants it, and where that is written.
    pub wanted_by: Vec<(Asker, Origin)>,
    /// Why there is no answer.
    pub reason: Reason,
}

/// Why a chart and constraint has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its source was not asked, and the lock does not know enough.
    NotAsked,
    /// The source has no chart of that name.
    UnknownChart {
        /// Names that are like it, the likest first.
        similar: Vec<String>,
    },
    /// The source has the chart, but no version that fits.
    NoMatch {
        /// The newest versions that exist.
        newest: Vec<Version>,
        /// How many exist beyond those.
        older: usize,
        /// Constraints that are near, and the version each would choose.
        near: Vec<(String, Version)>,
    },
    /// Only prereleases fit, and the constraint names none.
    OnlyPrereleases {
        /// The newest that fits.
        newest: Version,
    },
    /// The digest of a manifest is named that the source does not have.
    NoManifest,
    /// The manifest that is named is of a version that the constraint does not admit.
    OtherVersion {
        /// The version that it has.
        version: Version,
    },
    /// A version fits, but its source does not say where it is.
    NoDownload {
        /// The version.
        version: Version,
    },
}

/// Adds a request that failed to the failures, beside those who wanted the same.
pub(super) fn add(failures: &mut Vec<Failure>, request: &Request, candidates: &Candidates) {
    let wanted_by = (request.asked_by.clone(), request.origin.clone());
    let same = |failure: &&mut Failure| failure.chart == request.chart && failure.constraint == request.constraint;
    match failures.iter_mut().find(same) {
        Some(failure) if failure.wanted_by.contains(&wanted_by) => {}
        Some(failure) => failure.wanted_by.push(wanted_by),
        None => failures.push(Failure {
            chart: request.chart.clone(),
            constraint: request.constraint.clone(),
            wanted_by: vec![wanted_by],
            reason: reason(&request.chart, &request.constraint, candidates),
        }),
    }
}

fn reason(chart: &ChartRef, constraint: &Constraint, candidates: &Candidates) -> Reason {
    let Some(offered) = candidates.of(chart) else { return Reason::NotAsked };
    if constraint.digest().is_some() {
        let named = offered.iter().find(|candidate| candidate.is_named_by(constraint));
        return named.map_or(Reason::NoManifest, |named| Reason::OtherVersion { version: named.version.clone() });
    }
    if offered.is_empty() {
        return Reason::UnknownChart { similar: similar(chart.name(), candidates.names(chart.source())) };
    }
    if let Some(candidate) = offered.iter().find(|candidate| constraint.admits(&candidate.version)) {
        // What fits was passed over: an HTTP repository that gives no address, or a tag that is no SemVer.
        if !matches!(chart.source(), Source::Oci(_)) {
            return Reason::NoDownload { version: candidate.version.clone() };
        }
    }
    if let Some(newest) = fitting_prerelease(constraint, offered) {
        return Reason::OnlyPrereleases { newest };
    }
    let newest: Vec<_> = offered.iter().take(SHOWN).map(|candidate| candidate.version.clone()).collect();
    Reason::NoMatch { older: offered.len() - newest.len(), newest, near: near(constraint, offered) }
}

/// The newest prerelease that only the rule for prereleases keeps out.
fn fitting_prerelease(constraint: &Constraint, offered: &[Candidate]) -> Option<Version> {
    if constraint.names_prerelease() {
        return None;
    }
    let fits = |version: &Version| {
        let numbers = format!("{}.{}.{}", version.major(), version.minor(), version.patch());
        Version::parse(&numbers).is_ok_and(|released| constraint.admits(&released))
    };
    offered.iter().map(|candidate| &candidate.version).find(|version| version.is_prerelease() && fits(version)).cloned()
}

/// Constraints that would have an answer: around the version that was named, and around the newest.
fn near(constraint: &Constraint, offered: &[Candidate]) -> Vec<(String, Version)> {
    let newest_of = |text: &str| {
        let constraint = Constraint::parse(text).ok()?;
        offered.iter().map(|candidate| &candidate.version).find(|version| constraint.admits(version)).cloned()
    };
    let mut texts = Vec::new();
    if let Some(wanted) = constraint.lowest_bound() {
        texts.push(format!("~{}.{}", wanted.major(), wanted.minor()));
        texts.push(format!("^{}", wanted.major()));
    }
    let newest = offered.iter().map(|candidate| &candidate.version).find(|version| !version.is_prerelease());
    texts.extend(newest.map(|version| match version.major() {
        0 => format!("~0.{}", version.minor()),
        major => format!("^{major}"),
    }));
    let mut near: Vec<(String, Version)> = Vec::new();
    for text in texts {
        if let Some(version) = newest_of(&text).filter(|version| near.iter().all(|(_, other)| other != version)) {
            near.push((text, version));
        }
    }
    near
}

/// Names that are like `name`, the likest first.
fn similar(name: &str, names: &[String]) -> Vec<String> {
    let likeness = |other: &str| similar::TextDiff::from_chars(name, other).ratio();
    let mut like: Vec<_> = names.iter().take(10_000).map(|other| (likeness(other), other)).collect();
    like.retain(|(ratio, other)| *ratio >= 0.6 || (name.len() > 3 && other.contains(name)));
    like.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(right.1)));
    like.into_iter().take(SHOWN).map(|(_, other)| other.clone()).collect()
}

impl Failure {
    /// What else is known, one line each: who wants it, what exists.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<_> = self.wanted_by.iter().map(|(asker, origin)| format!("wanted by {asker} ({origin})")).collect();
        let source = self.chart.source();
        match &self.reason {
            Reason::NoMatch { newest, older, .. } => {
                notes.push(format!("{source} has {}", enumerate(newest.iter().map(Version::to_string), *older)));
            }
            Reason::OnlyPrereleases { newest } => notes.push(format!("{source} has only prereleases that fit, such as {newest}")),
            Reason::UnknownChart { .. }
            | Reason::NotAsked
            | Reason::NoManifest
            | Reason::OtherVersion { .. }
            | Reason::NoDownload { .. } => {}
        }
        notes
    }

    /// What could be done.
    pub fn hint(&self) -> Option<String> {
        match &self.reason {
            Reason::NotAsked => Some("run the command again without `--offline`".to_owned()),
            Reason::UnknownChart { similar } if similar.is_empty() => None,
            Reason::NoManifest => None,
            Reason::OtherVersion { version } => Some(format!("name {version}, or only the digest, or take the digest away")),
            Reason::UnknownChart { similar } => {
                Some(format!("it has {}", enumerate(similar.iter().map(|name| format!("`{name}`")), 0)))
            }
            Reason::NoMatch { near, .. } => {
                let near: Vec<_> = near.iter().map(|(text, version)| format!("`{text}` matches {version}")).collect();
                (!near.is_empty()).then(|| near.join(", "))
            }
            Reason::OnlyPrereleases { newest } => Some(format!("a constraint that names a prerelease admits them: `>={newest}`")),
            Reason::NoDownload { .. } => Some("ask for another version, or ask those who keep the repository".to_owned()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, source, constraint) = (self.chart.name(), self.chart.source(), &self.constraint);
        match &self.reason {
            Reason::NotAsked => write!(f, "`{name}` is not locked for `{constraint}`, and {source} was not asked"),
            Reason::UnknownChart { .. } => write!(f, "{source} has no chart `{name}`"),
            Reason::NoMatch { .. } | Reason::OnlyPrereleases { .. } => write!(f, "no version of `{name}` matches `{constraint}`"),
            Reason::NoManifest => {
                write!(f, "{source} has no `{name}` with the manifest {}", constraint.digest().unwrap_or_default())
            }
            Reason::OtherVersion { version } => {
                write!(f, "the manifest that is wanted as `{constraint}` is that of `{name}` {version}")
            }
            Reason::NoDownload { version } => write!(f, "{source} does not say where `{name}` {version} is"),
        }
    }
}

fn headline(failures: &[Failure]) -> String {
    match failures {
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first}, and {} more charts cannot be resolved", rest.len()),
        [] => "nothing failed".to_owned(),
    }
}

/// `a, b and c`, or `a, b, c and 211 older ones`.
fn enumerate(items: impl Iterator<Item = String>, older: usize) -> String {
    let mut items: Vec<_> = items.collect();
    match older {
        0 => {}
        1 => items.push("1 older one".to_owned()),
        _ => items.push(format!("{older} older ones")),
    }
    let last = items.pop().unwrap_or_default();
    if items.is_empty() { last } else { format!("{} and {last}", items.join(", ")) }
}
