//! Chart repositories with an `index.yaml`: what they offer of the charts that are wanted.
//!
//! Each repository is asked once, all at the same time. An index that has not changed since it was last seen is not sent
//! again; one that nobody may ask for is read as it was last seen.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::Offer;
use super::http::{Answer, Authorization, Http, Packing, Question};
use super::{Absence, Address, Problem, flight, index};
use crate::cache::Cache;
use crate::request::{Asker, Origin, Request};
use crate::source::{Access, ChartRef, RepositoryUrl, Source};

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
    /// Asks the repository for its index.
    pub(super) async fn ask(&self, http: &Http, cache: &Cache) -> Result<Offer, Problem> {
        let access = http.options().access.get(self.url);
        let address = address(self.url, access);
        // Without the query, which may be a secret and is nothing that an index depends on.
        let key = self.url.index();
        let _lock = flight::lock(http, cache, key.as_str()).await;
        let remembered = cache.remembered(key.as_str())?;
        let question = Question {
            address: &address,
            repository: self.url,
            known: remembered.as_ref().map(|remembered| &remembered.validators).filter(|validators| !validators.is_empty()),
            packing: Packing::Gzip,
            accept: None,
            authorization: Authorization::User,
            limit: http.options().limits.index,
        };
        match (http.ask(&question).await?, &remembered) {
            (Answer::Body { bytes, validators, .. }, _) => {
                let offer = self.read(&bytes, &address)?;
                // A cache that takes no index costs a transfer next time; one that takes no chart will say so itself.
                let _unless_it_is_read_only = cache.supersede(key.as_str(), &bytes, &validators);
                Ok(offer)
            }
            (Answer::Unchanged, Some(remembered)) => self.read(remembered.body.bytes(), &address),
            (Answer::Unchanged, None) => Err(not_an_index(&address, "the server says that it has not changed".to_owned())),
        }
    }

    /// The index as it was last seen.
    pub(super) fn recall(&self, cache: &Cache, absence: &Absence) -> Result<Offer, Problem> {
        let remembered = cache.remembered(self.url.index().as_str())?.ok_or_else(|| Problem::NotHere(absence.clone()))?;
        self.read(remembered.body.bytes(), &address(self.url, None))
    }

    fn read(&self, bytes: &[u8], address: &Address) -> Result<Offer, Problem> {
        let mut index = index::read(bytes, &self.charts).map_err(|reason| not_an_index(address, reason))?;
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

fn address(repository: &RepositoryUrl, access: Option<&Access>) -> Address {
    let mut url = repository.index();
    url.set_query(access.and_then(|access| access.query.as_deref()));
    Address::new(url).expect("a repository has an http URL")
}

fn not_an_index(address: &Address, reason: String) -> Problem {
    Problem::NotAnIndex { url: address.clone(), reason }
}
