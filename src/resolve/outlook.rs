//! What a locked version could become, as its source has it today.

use super::{Candidates, newest};
use crate::request::Request;
use crate::version::{Constraint, Version};

/// What is newer than a locked version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The newest version that the constraint admits, if it is newer than the locked one.
    pub compatible: Option<Version>,
    /// The newest release of all, if it is newer than the locked one.
    pub latest: Option<Version>,
    /// Whether the source no longer has the locked version.
    pub vanished: bool,
    /// Whether the source says that the chart is no longer kept.
    pub deprecated: bool,
    /// When the locked version was published.
    pub published: Option<jiff::Timestamp>,
}

impl Outlook {
    /// The outlook of a version that is locked for a request; nothing if its source was not asked.
    pub fn of(request: &Request, locked: &Version, candidates: &Candidates) -> Option<Self> {
        let offered = candidates.of(&request.chart)?;
        let newer =
            |constraint: &Constraint| newest(&request.chart, constraint, candidates).filter(|version| *version > locked).cloned();
        let found = candidates.find(&request.chart, locked);
        // What the newest entry says holds for the chart; older ones were written before it was given up.
        let is_deprecated = offered.first().is_some_and(|candidate| candidate.deprecated);
        Some(Self {
            compatible: newer(&request.constraint),
            latest: newer(&Constraint::any()),
            vanished: found.is_none(),
            deprecated: is_deprecated || found.is_some_and(|candidate| candidate.deprecated),
            published: found.and_then(super::Candidate::published),
        })
    }

    /// Whether there is something to do about it.
    pub fn is_outdated(&self) -> bool {
        self.compatible.is_some() || self.latest.is_some() || self.vanished || self.deprecated
    }
}
