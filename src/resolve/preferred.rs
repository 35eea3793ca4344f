//! What an old lock promises, as preferences among versions; where they come from is not known here.

use crate::request::Request;
use crate::source::{ChartRef, LocalPath};
use crate::version::{Constraint, Version};

use super::{Candidates, Moving};

/// The versions to keep where they still fit.
#[derive(Clone, Debug, Default)]
pub struct Preferred {
    /// In the old lock's order, which matters for [`Preference::Adopted`] alone.
    pub preferences: Vec<Preference>,
    /// The wishes whose answers shall move, if only some shall. Then no source is asked for the others that are settled.
    pub moving: Option<Moving>,
}

/// One version to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preference {
    /// A pin of ours.
    Pinned {
        /// The local chart whose pin it is, or nothing for releases.
        local_chart: Option<LocalPath>,
        /// The chart.
        chart: ChartRef,
        /// The version.
        version: Version,
        /// The constraints that it was made for.
        wants: Vec<Constraint>,
        /// The environments that it is for; empty for all.
        environments: Vec<String>,
        /// Whether the lock knows enough to fetch it, whatever its source lists today.
        fetchable: bool,
        /// The digest of the manifest that had it, if it is from a registry.
        manifest: Option<String>,
    },
    /// An entry that helmfile wrote. It means whatever chart of that name fits first, from whichever repository.
    Adopted {
        /// The chart's name.
        name: String,
        /// The version.
        version: Version,
    },
}

impl Preferred {
    /// Nothing to keep: everything moves to the newest version admitted.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Whether the source of a request has to say what it offers. It has whenever a whole project is resolved; where only some
    /// wishes shall move, what is settled stays as it is, whatever its source says today.
    pub fn asks_source_of(&self, request: &Request) -> bool {
        self.moving.as_ref().is_none_or(|moving| moving.moves(request) || !self.settles(request))
    }

    /// Whether the request can be answered without asking its source.
    pub fn settles(&self, request: &Request) -> bool {
        self.for_request(request, &Candidates::new()).is_some()
    }

    pub(super) fn for_request(&self, request: &Request, candidates: &Candidates) -> Option<&Version> {
        let same_wish = self.best(request, candidates, true);
        same_wish.or_else(|| self.adopted(request, candidates)).or_else(|| self.best(request, candidates, false))
    }

    /// The pin that fits best: one of the asking chart's own before others, an environment's own before others, then newest.
    fn best(&self, request: &Request, candidates: &Candidates, same_wish: bool) -> Option<&Version> {
        let fitting = self.preferences.iter().filter_map(|preference| {
            let Preference::Pinned { local_chart, chart, version, wants, environments, fetchable, manifest } = preference else {
                return None;
            };
            let own = local_chart.as_ref() == request.asked_by.local_chart();
            let named = request.environment.as_ref().is_some_and(|name| environments.contains(name));
            let for_this = own && wants.contains(&request.constraint) && (named || environments.is_empty());
            let available = *fetchable || candidates.find(chart, version).is_some();
            let is_named = request.constraint.digest().is_none_or(|digest| manifest.as_deref() == Some(digest));
            let fits = *chart == request.chart
                && is_named
                && admits(&request.constraint, version)
                && available
                && (for_this || !same_wish);
            fits.then_some((own, named, version))
        });
        let key = |(own, named, version): &(bool, bool, &Version)| (*own, *named, (*version).clone());
        // Texts decide between versions of equal precedence, lest the order of the pins would.
        fitting
            .max_by(|left, right| key(left).cmp(&key(right)).then_with(|| left.2.original().cmp(right.2.original())))
            .map(|(_, _, version)| version)
    }

    /// As helmfile applies its lock: the first entry of that name that fits.
    fn adopted(&self, request: &Request, candidates: &Candidates) -> Option<&Version> {
        self.preferences.iter().find_map(|preference| match preference {
            Preference::Adopted { name, version } if *name == request.chart.name() => {
                let offered = candidates.of(&request.chart).unwrap_or_default().iter();
                let mut offered = offered.filter(|candidate| candidate.is_named_by(&request.constraint));
                let fits = admits(&request.constraint, version)
                    && offered.any(|candidate| candidate.version.original() == version.original());
                fits.then_some(version)
            }
            _ => None,
        })
    }
}

/// Whether a locked version answers the constraint; its own text does so even where ranges do not admit it.
fn admits(constraint: &Constraint, version: &Version) -> bool {
    constraint.original() == version.original() || constraint.admits(version)
}
