//! Which wishes shall move, how far, and where to.

use std::collections::BTreeSet;

use super::{Candidates, newest_if};
use crate::request::Request;
use crate::version::{Level, Version};

/// Wishes that shall move although what they have still fits.
#[derive(Clone, Debug)]
pub struct Moving {
    requests: BTreeSet<Request>,
    level: Level,
    precise: Option<Version>,
}

impl Moving {
    /// These move to the newest versions that their constraints admit, by no larger step than `level`.
    pub fn up(requests: impl IntoIterator<Item = Request>, level: Level) -> Self {
        Self { requests: requests.into_iter().collect(), level, precise: None }
    }

    /// These move to this very version.
    pub fn to(requests: impl IntoIterator<Item = Request>, version: Version) -> Self {
        Self { requests: requests.into_iter().collect(), level: Level::Major, precise: Some(version) }
    }

    /// The wishes.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    /// Whether this wish shall move.
    pub fn moves(&self, request: &Request) -> bool {
        self.requests.contains(request)
    }

    /// Where the wish moves to from what it has; what it has if there is nowhere to go.
    pub(super) fn choose<'a>(&self, request: &Request, candidates: &'a Candidates, kept: Option<&'a Version>) -> Option<&'a Version> {
        let fits = |version: &Version| match (&self.precise, kept) {
            (Some(precise), _) => is_same(precise, version),
            // A step back is none: a source that lost its newest versions has nothing to update to.
            (None, Some(kept)) => self.level.admits(kept, version),
            (None, None) => true,
        };
        newest_if(&request.chart, &request.constraint, candidates, fits).or(kept)
    }
}

/// Whether two texts name one version, with or without `v`.
fn is_same(left: &Version, right: &Version) -> bool {
    left.original().trim_start_matches('v') == right.original().trim_start_matches('v')
}
