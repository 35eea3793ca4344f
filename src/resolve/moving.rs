//! Which wishes shall move, how far, and where to.

use std::collections::BTreeSet;

use super::{Candidates, newest_if};
use crate::request::Request;
use crate::source::{ChartRef, LocalPath};
use crate::version::{Constraint, Level, Version};

/// Wishes that shall move although what they have still fits. Equal wishes move together, whoever has them: the lock has one
/// answer for them.
#[derive(Clone, Debug)]
pub struct Moving {
    requests: Vec<Request>,
    wishes: BTreeSet<Wish>,
    level: Level,
    precise: Option<Version>,
}

impl Moving {
    /// These move to the newest versions that their constraints admit, by no larger step than `level`.
    pub fn up(requests: impl IntoIterator<Item = Request>, level: Level) -> Self {
        Self::new(requests.into_iter().collect(), level, None)
    }

    /// These move to this very version.
    pub fn to(requests: impl IntoIterator<Item = Request>, version: Version) -> Self {
        Self::new(requests.into_iter().collect(), Level::Major, Some(version))
    }

    fn new(requests: Vec<Request>, level: Level, precise: Option<Version>) -> Self {
        let wishes = requests.iter().map(wish).collect();
        Self { requests, wishes, level, precise }
    }

    /// Who has them.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.iter()
    }

    /// Whether this wish shall move.
    pub fn moves(&self, request: &Request) -> bool {
        self.wishes.contains(&wish(request))
    }

    /// Where the wish moves to from what it has; what it has if there is nowhere to go.
    pub(super) fn choose<'a>(
        &self,
        request: &Request,
        candidates: &'a Candidates,
        kept: Option<&'a Version>,
    ) -> Option<&'a Version> {
        let fits = |version: &Version| match (&self.precise, kept) {
            (Some(precise), _) => is_same(precise, version),
            // A step back is none: a source that lost its newest versions has nothing to update to.
            (None, Some(kept)) => self.level.admits(kept, version),
            (None, None) => true,
        };
        newest_if(&request.chart, &request.constraint, candidates, fits).or(kept)
    }
}

/// What a request wants where: its local chart, the chart, the constraint, the environment.
type Wish = (Option<LocalPath>, ChartRef, Constraint, Option<String>);

fn wish(request: &Request) -> Wish {
    let local_chart = request.asked_by.local_chart().cloned();
    (local_chart, request.chart.clone(), request.constraint.clone(), request.environment.clone())
}

/// Whether two texts name one version, with or without `v`.
fn is_same(left: &Version, right: &Version) -> bool {
    left.original().trim_start_matches('v') == right.original().trim_start_matches('v')
}
