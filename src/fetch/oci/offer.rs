//! What a registry offers of one chart.
//!
//! As in Helm, a constraint that is a version is a tag, and its manifest is asked for; only ranges need the list of tags. Where
//! there is no such tag, the list is asked for, too, so that the message can tell what exists. A digest is asked for by itself: what
//! it stands for never changes, so what the cache knows of it is enough.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Manifest, Repository, manifest, recall, tag, tags_key};
use crate::cache::Cache;
use crate::fetch::candidates::Offer;
use crate::fetch::http::Http;
use crate::fetch::{Absence, Problem, flight, mirrors};
use crate::request::{Asker, Origin, Request};
use crate::resolve::Candidate;
use crate::source::{ChartRef, OciRepository, Source};
use crate::version::Version;

/// A chart of a registry and who wants it.
pub(in crate::fetch) struct Asked<'a> {
    pub(in crate::fetch) chart: &'a ChartRef,
    source: &'a OciRepository,
    /// Versions that are wanted by name.
    exact: BTreeSet<&'a str>,
    /// Manifests that are wanted by their digest.
    digests: BTreeSet<&'a str>,
    /// Whether somebody wants one among many.
    ranges: bool,
    pub(in crate::fetch) by: Vec<(Asker, Origin)>,
}

/// The charts of registries that are asked for.
pub(in crate::fetch) fn asked(requests: &[Request]) -> Vec<Asked<'_>> {
    let mut charts = BTreeMap::new();
    for request in requests {
        let (chart, Source::Oci(source)) = (&request.chart, request.chart.source()) else { continue };
        let empty = || Asked { chart, source, exact: BTreeSet::new(), digests: BTreeSet::new(), ranges: false, by: Vec::new() };
        let asked = charts.entry(chart).or_insert_with(empty);
        let text = request.constraint.original().trim();
        if let Some(digest) = request.constraint.digest() {
            asked.digests.insert(digest);
        } else if Version::parse(text).is_ok() {
            asked.exact.insert(text);
        } else {
            asked.ranges = true;
        }
        asked.by.push((request.asked_by.clone(), request.origin.clone()));
    }
    charts.into_values().collect()
}

impl Asked<'_> {
    /// Asks the registry, or what stands for it. A web server has no tags.
    pub(in crate::fetch) async fn ask(&self, http: &Http, cache: &Cache) -> Result<Offer, Problem> {
        let origin = self.source.to_string();
        let places = mirrors::places(&origin, &http.options().mirrors).all(&origin);
        let registries = places.iter().filter(|place| place.starts_with("oci://"));
        let (mut problems, mut lacking) = (Vec::new(), None);
        for place in registries.filter_map(|place| OciRepository::parse(place).ok()) {
            let repository = Repository::of(&place, self.chart.name(), http).known_as(self.source);
            match self.ask_at(&repository, http, cache).await {
                Ok(offer) if self.is_answered_by(&offer) => return Ok(offer),
                // What a mirror lacks, the next place may have.
                Ok(offer) => lacking = Some(offer),
                Err(problem) => problems.push(problem),
            }
        }
        match lacking.filter(|_| problems.is_empty()) {
            Some(offer) => Ok(offer),
            None => Err(mirrors::nowhere(problems, &origin)),
        }
    }

    /// Whether an offer has all versions that are wanted by name, and some if any will do.
    fn is_answered_by(&self, offer: &Offer) -> bool {
        let mut versions = offer.charts.iter().flat_map(|(_, versions)| versions);
        let has = |wanted: &&str| {
            offer.charts.iter().flat_map(|(_, versions)| versions).any(|known| known.version.original() == *wanted)
        };
        let is_named = |digest: &&str| versions.clone().any(|known| known.manifest.as_deref() == Some(*digest));
        self.exact.iter().all(has) && self.digests.iter().all(is_named) && versions.next().is_some()
    }

    async fn ask_at(&self, repository: &Repository<'_>, http: &Http, cache: &Cache) -> Result<Offer, Problem> {
        let (mut versions, mut named) = (BTreeSet::new(), Vec::new());
        let mut all_found = true;
        for digest in &self.digests {
            let manifest = match self.known(digest, cache) {
                Some(manifest) => Ok(Arc::new(manifest)),
                None => repository.tagged(digest, cache).await,
            };
            match manifest {
                Ok(manifest) => named.push(manifest),
                Err(Problem::Status { status: 404, .. }) => {}
                Err(other) => return Err(other),
            }
        }
        for version in self.exact.iter().filter(|_| !self.ranges) {
            match repository.tagged(&tag(version), cache).await {
                Ok(_) => drop(versions.insert((*version).to_owned())),
                Err(Problem::Status { status: 404, .. }) => all_found = false,
                Err(other) => return Err(other),
            }
        }
        if self.ranges || !all_found {
            let _lock = flight::lock(http, cache, &self.key()).await;
            versions.extend(repository.tags(cache).await?.iter().map(|tag| tag.replace('_', "+")));
        }
        Ok(self.offer(&versions, named.iter().map(|manifest| &**manifest)))
    }

    /// What the cache knows of a manifest, if it is enough.
    fn known(&self, digest: &str, cache: &Cache) -> Option<Manifest> {
        recall(self.source, self.chart.name(), digest, cache).ok().flatten().filter(|manifest| manifest.version.is_some())
    }

    /// What the registry offered when it was last asked.
    pub(in crate::fetch) fn recall(&self, cache: &Cache, absence: &Absence) -> Result<Offer, Problem> {
        let known = |version: &&&str| matches!(recall(self.source, self.chart.name(), &tag(version), cache), Ok(Some(_)));
        let mut versions: BTreeSet<_> = self.exact.iter().filter(known).map(|version| (*version).to_owned()).collect();
        if self.ranges || versions.len() < self.exact.len() {
            let remembered = cache.remembered(&self.key())?.ok_or_else(|| Problem::NotHere(absence.clone()))?;
            let tags = manifest::tags(remembered.body.bytes()).unwrap_or_default();
            versions.extend(tags.iter().map(|tag| tag.replace('_', "+")));
        }
        let named: Vec<_> = self.digests.iter().filter_map(|digest| self.known(digest, cache)).collect();
        if named.len() < self.digests.len() {
            return Err(Problem::NotHere(absence.clone()));
        }
        Ok(self.offer(&versions, named.iter()))
    }

    fn key(&self) -> String {
        tags_key(self.source, &self.source.repository(self.chart.name()))
    }

    /// Tags that are no versions, such as `latest` and those of signatures, do not count.
    fn offer<'m>(&self, versions: &BTreeSet<String>, named: impl Iterator<Item = &'m Manifest>) -> Offer {
        let versions = versions.iter().filter_map(|text| Version::parse(text).ok()).map(Candidate::of);
        let named = named.filter_map(|manifest| {
            let version = Version::parse(manifest.version.as_deref()?).ok()?;
            Some(Candidate { manifest: Some(manifest.digest.to_string()), ..Candidate::of(version) })
        });
        Offer { charts: vec![(self.chart.clone(), versions.chain(named).collect())], names: None, warnings: Vec::new() }
    }
}
