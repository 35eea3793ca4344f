//! Why each version that a source offers was or was not chosen for a request.

use std::fmt;

use super::{Candidate, Candidates};
use crate::request::Request;
use crate::source::Source;
use crate::version::{Constraint, Version};

/// What became of one candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the locked one.
    Locked,
    /// It would do and is newer; the lock keeps what it has.
    Newer,
    /// It would do and is older.
    Older,
    /// The constraint does not admit it.
    NotAdmitted(Constraint),
    /// Only the rule for prereleases keeps it out.
    Prerelease,
    /// Its repository does not say where it is.
    NoAddress,
    /// Its tag is no semantic version, so that no range chooses it.
    NoVersion,
}

impl Verdict {
    /// The verdict on every candidate of a request, newest first; `locked` is what the lock has for it.
    pub fn all<'a>(request: &Request, locked: Option<&Version>, candidates: &'a Candidates) -> Vec<(&'a Candidate, Self)> {
        let offered = candidates.of(&request.chart).unwrap_or_default();
        offered.iter().map(|candidate| (candidate, Self::of(candidate, request, locked))).collect()
    }

    fn of(candidate: &Candidate, request: &Request, locked: Option<&Version>) -> Self {
        let (version, constraint) = (&candidate.version, &request.constraint);
        let oci = matches!(request.chart.source(), Source::Oci(_));
        if locked.is_some_and(|locked| locked.original() == version.original()) {
            return Self::Locked;
        }
        if constraint.digest().is_some() && !candidate.is_named_by(constraint) {
            return Self::NotAdmitted(constraint.clone());
        }
        if constraint.original() != version.original() && !constraint.admits(version) {
            return if is_kept_out_as_prerelease(version, constraint) {
                Self::Prerelease
            } else {
                Self::NotAdmitted(constraint.clone())
            };
        }
        match () {
            () if !oci && !candidate.is_downloadable() => Self::NoAddress,
            () if !candidate.is_choosable(oci) => Self::NoVersion,
            () if locked.is_none_or(|locked| version > locked) => Self::Newer,
            () => Self::Older,
        }
    }
}

fn is_kept_out_as_prerelease(version: &Version, constraint: &Constraint) -> bool {
    let released = format!("{}.{}.{}", version.major(), version.minor(), version.patch());
    version.is_prerelease()
        && !constraint.names_prerelease()
        && Version::parse(&released).is_ok_and(|released| constraint.admits(&released))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("locked"),
            Self::Newer => f.write_str("newer; the lock keeps what it has"),
            Self::Older => f.write_str("older"),
            Self::NotAdmitted(constraint) => write!(f, "`{constraint}` does not admit it"),
            Self::Prerelease => f.write_str("a prerelease, which the constraint does not name"),
            Self::NoAddress => f.write_str("the repository does not say where it is"),
            Self::NoVersion => f.write_str("a tag that is no semantic version"),
        }
    }
}
