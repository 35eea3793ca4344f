//! What the sources offer, as plain data.
//!
//! `fetch` fills it from indexes and tag lists; nothing here is trusted: a claimed digest is only a claim.

use std::collections::BTreeMap;

use crate::source::{ChartRef, Source};
use crate::version::{Constraint, Version};

/// One version that a source offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The version, with the source's spelling.
    pub version: Version,
    /// Where an HTTP repository says it is; the first counts. Empty for other sources.
    pub urls: Vec<String>,
    /// The digest that the source claims, as it spells it.
    pub claimed_digest: Option<String>,
    /// The version of the application, as the source claims.
    pub app_version: Option<String>,
    /// Whether the source says that the chart is no longer kept.
    pub deprecated: bool,
    /// When it was published, as the source spells it.
    pub created: Option<String>,
    /// Whether only a registry that stands for a repository was asked, which knows nothing but versions.
    pub in_mirror: bool,
    /// The digest of the manifest that was asked for instead of a version. Only who names that digest may have it.
    pub manifest: Option<String>,
}

impl Candidate {
    /// A version of which nothing else is known, such as an OCI tag.
    pub fn of(version: Version) -> Self {
        Self {
            version,
            urls: Vec::new(),
            claimed_digest: None,
            app_version: None,
            deprecated: false,
            created: None,
            in_mirror: false,
            manifest: None,
        }
    }

    /// When it was published, if the source says so in a form that can be read.
    pub fn published(&self) -> Option<jiff::Timestamp> {
        self.created.as_deref()?.parse().ok()
    }

    /// Whether an HTTP repository says where it is.
    pub(super) fn is_downloadable(&self) -> bool {
        !self.urls.is_empty()
    }

    /// Whether it is what a constraint means by the digest that it names, or by none.
    pub(super) fn is_named_by(&self, constraint: &Constraint) -> bool {
        self.manifest.as_deref() == constraint.digest()
    }

    /// Whether a range may choose it.
    pub(super) fn is_choosable(&self, oci: bool) -> bool {
        !oci || self.version.is_strict()
    }
}

/// The versions that sources offer of the charts that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    offers: BTreeMap<ChartRef, Vec<Candidate>>,
    names: BTreeMap<Source, Vec<String>>,
}

impl Candidates {
    /// Nothing has been asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records what a source offers of a chart, in the source's order; none at all if it has no such chart.
    pub fn offer(&mut self, chart: ChartRef, mut versions: Vec<Candidate>) {
        // Stable: where Helm's own sort leaves equal precedence to chance, the source's order holds here.
        versions.sort_by(|left, right| right.version.cmp(&left.version));
        self.offers.insert(chart, versions);
    }

    /// Records the names of a source's charts, for "did you mean".
    pub fn list(&mut self, source: Source, names: Vec<String>) {
        self.names.insert(source, names);
    }

    /// The same offers without those that `keeps` refuses.
    #[must_use]
    pub fn retained(mut self, mut keeps: impl FnMut(&ChartRef, &Candidate) -> bool) -> Self {
        for (chart, candidates) in &mut self.offers {
            candidates.retain(|candidate| keeps(chart, candidate));
        }
        self
    }

    /// What is offered of a chart, newest first; nothing if its source was not asked.
    pub fn of(&self, chart: &ChartRef) -> Option<&[Candidate]> {
        self.offers.get(chart).map(Vec::as_slice)
    }

    /// The version of that very text.
    pub fn find(&self, chart: &ChartRef, version: &Version) -> Option<&Candidate> {
        self.of(chart)?.iter().find(|candidate| candidate.version.original() == version.original())
    }

    /// The same, and of several the one that a constraint means by its digest.
    pub(super) fn find_for(&self, chart: &ChartRef, version: &Version, wants: &[Constraint]) -> Option<&Candidate> {
        let mut same = self.of(chart)?.iter().filter(|candidate| candidate.version.original() == version.original());
        let is_named =
            |candidate: &&Candidate| candidate.manifest.is_some() && wants.iter().any(|wish| candidate.is_named_by(wish));
        same.clone().find(is_named).or_else(|| same.next())
    }

    /// The charts that a source has, where it can list them.
    pub(super) fn names(&self, source: &Source) -> &[String] {
        self.names.get(source).map_or(&[], Vec::as_slice)
    }
}
