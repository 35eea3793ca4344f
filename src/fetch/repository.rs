//! Chart repositories with an `index.yaml`: what they offer of the charts that are wanted.
//!
//! Each repository is asked once, all at the same time. An index that has not changed since it was last seen is not sent
//! again; one that nobody may ask for is read as it was last seen.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::Offer;
use super::http::Http;
use super::mirrors::{self, Mirror};
use super::question::{Answer, Authorization, Packing, Question};
use super::{Absence, Address, Problem, flight, index, oci};
use crate::cache::Cache;
use crate::request::{Asker, Origin, Request};
use crate::resolve::Candidate;
use crate::source::{Access, ChartRef, OciRepository, RepositoryUrl, Source};
use crate::version::Version;

/// A repository and who wants what from it.
pub(super) struct Asked<'a> {
    pub(super) url: &'a RepositoryUrl,
    charts: BTreeSet<&'a str>,
    pub(super) by: Vec<(Asker, Origin)>,
}

/// The repositories of all requests.
pub(super) fn asked(requests: &[Request]) -> Vec<Asked<'_>> {
    let mut repositories = BTreeMap::new();
    for request in requests {
        let Source::Http(url) = request.chart.source() else { continue };
        let asked = repositories.entry(url).or_insert_with(|| Asked { url, charts: BTreeSet::new(), by: Vec::new() });
        asked.charts.insert(request.chart.name());
        asked.by.push((request.asked_by.clone(), request.origin.clone()));
    }
    repositories.into_values().collect()
}

impl Asked<'_> {
    /// Asks the repository for its index, or what stands for it.
    pub(super) async fn ask(&self, http: &Http, cache: &Cache) -> Result<Offer, Problem> {
        let mut problems = Vec::new();
        for place in self.places(&http.options().mirrors) {
            match self.ask_at(&place, http, cache).await {
                Ok(offer) => return Ok(offer),
                Err(problem) => problems.push(problem),
            }
        }
        for registry in self.registries(&http.options().mirrors) {
            match self.ask_registry(&registry, http, cache).await {
                Ok(offer) if offer.charts.iter().any(|(_, versions)| !versions.is_empty()) => return Ok(offer),
                Ok(_) => problems.push(Problem::NoTags { registry: registry.to_string() }),
                Err(problem) => problems.push(problem),
            }
        }
        Err(mirrors::nowhere(problems, self.url.as_str()))
    }

    /// What a registry that has the charts of this repository says of them: their tags, and so their versions. Names, dates, claims of
    /// digests and deprecations it does not have.
    async fn ask_registry(&self, registry: &OciRepository, http: &Http, cache: &Cache) -> Result<Offer, Problem> {
        let mut offer = Vec::new();
        for name in &self.charts {
            let tags = oci::Repository::of(registry, name, http).tags(cache).await?;
            offer.push(self.tagged(registry, name, &tags));
        }
        Ok(Offer { charts: offer, names: None, warnings: Vec::new() })
    }

    /// The versions of a chart that have tags.
    fn tagged(&self, registry: &OciRepository, name: &str, tags: &[String]) -> (ChartRef, Vec<Candidate>) {
        let chart = ChartRef::new(Source::Http(self.url.clone()), name).expect("it is the name of a chart that was requested");
        let candidate = |tag: &String| {
            let version = Version::parse(&tag.replace('_', "+")).ok()?;
            // Charts have such versions; images have tags like `1` and `2024`.
            let is_version = Version::parse_strict(version.original().trim_start_matches('v')).is_ok();
            let urls = vec![format!("{registry}/{name}:{tag}")];
            is_version.then(|| Candidate { urls, in_mirror: true, ..Candidate::of(version) })
        };
        (chart, tags.iter().filter_map(candidate).collect())
    }

    /// The registries that stand for this repository.
    fn registries(&self, rules: &[Mirror]) -> Vec<OciRepository> {
        let places = mirrors::places(self.url.as_str(), rules).mirrors;
        let registries = places.iter().filter(|place| place.starts_with("oci://"));
        registries.filter_map(|place| OciRepository::parse(place).ok()).collect()
    }

    /// The repositories that may have the index. A registry has none.
    fn places(&self, rules: &[Mirror]) -> Vec<RepositoryUrl> {
        let places = mirrors::places(self.url.as_str(), rules).all(self.url.as_str());
        places.iter().filter_map(|place| RepositoryUrl::parse(place).ok()).collect()
    }

    async fn ask_at(&self, place: &RepositoryUrl, http: &Http, cache: &Cache) -> Result<Offer, Problem> {
        let access = http.options().access.get(place);
        let address = address(place, access);
        // Without the query, which may be a secret and is nothing that an index depends on.
        let key = place.index();
        let _lock = flight::lock(http, cache, key.as_str()).await;
        let remembered = cache.remembered(key.as_str())?;
        let question = Question {
            address: &address,
            repository: place,
            known: remembered.as_ref().map(|remembered| &remembered.validators).filter(|validators| !validators.is_empty()),
            packing: Packing::Gzip,
            accept: None,
            authorization: Authorization::User,
            body: None,
            limit: http.options().limits.index,
        };
        match (http.ask(&question).await?, &remembered) {
            (Answer::Body { bytes, validators, .. }, _) => {
                let offer = self.read(&bytes, place)?;
                // A cache that takes no index costs a transfer next time; one that takes no chart will say so itself.
                let _unless_it_is_read_only = cache.supersede(key.as_str(), &bytes, &validators);
                Ok(offer)
            }
            (Answer::Unchanged, Some(remembered)) => self.read(remembered.body.bytes(), place),
            (Answer::Unchanged | Answer::Taken { .. }, _) => {
                Err(not_an_index(&address, "the server says that it has not changed".to_owned()))
            }
        }
    }

    /// The index as it was last seen.
    pub(super) fn recall(&self, rules: &[Mirror], cache: &Cache, absence: &Absence) -> Result<Offer, Problem> {
        let places = self.places(rules).into_iter().chain([self.url.clone()]);
        for place in places {
            if let Some(remembered) = cache.remembered(place.index().as_str())? {
                return self.read(remembered.body.bytes(), &place);
            }
        }
        for registry in self.registries(rules) {
            let mut charts = Vec::new();
            for name in &self.charts {
                let Some(remembered) = cache.remembered(&oci::tags_address(&registry, name))? else { break };
                let tags = oci::read_tags(remembered.body.bytes()).unwrap_or_default();
                charts.push(self.tagged(&registry, name, &tags));
            }
            if charts.len() == self.charts.len() {
                return Ok(Offer { charts, names: None, warnings: Vec::new() });
            }
        }
        Err(Problem::NotHere(absence.clone()))
    }

    fn read(&self, bytes: &[u8], place: &RepositoryUrl) -> Result<Offer, Problem> {
        let mut index = index::read(bytes, &self.charts).map_err(|reason| not_an_index(&address(place, None), reason))?;
        if place != self.url {
            index.charts.values_mut().flatten().for_each(|candidate| self.bring_home(&mut candidate.urls, place));
        }
        let source = Source::Http(self.url.clone());
        let charts = self.charts.iter().map(|name| {
            let chart = ChartRef::new(source.clone(), name).expect("it is the name of a chart that was requested");
            (chart, index.charts.remove(*name).unwrap_or_default())
        });
        let charts = charts.collect();
        let warnings = index.warnings.into_iter().map(|warning| (self.url.clone(), warning)).collect();
        Ok(Offer { charts, names: Some((source, index.names)), warnings })
    }
}

impl Asked<'_> {
    /// A mirror may say where files are as if they were its own. The lock shall say where they are.
    fn bring_home(&self, urls: &mut [String], place: &RepositoryUrl) {
        for url in urls {
            if let Some(below) = url.strip_prefix(place.as_str()).filter(|below| below.starts_with('/')) {
                *url = format!("{}{below}", self.url);
            }
        }
    }
}

fn address(repository: &RepositoryUrl, access: Option<&Access>) -> Address {
    let mut url = repository.index();
    url.set_query(access.and_then(|access| access.query.as_deref()));
    Address::new(url).expect("a repository has an http URL")
}

fn not_an_index(address: &Address, reason: String) -> Problem {
    Problem::NotAnIndex { url: address.clone(), reason }
}
