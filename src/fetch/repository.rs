//! Chart repositories with an `index.yaml`: what they offer of the charts that are wanted.
//!
//! Each repository is asked once, all at the same time. An index that has not changed since it was last seen is not sent
//! again; one that nobody may ask for is read as it was last seen.

use std::collections::{BTreeMap, BTreeSet};

use super::http::{Answer, Http, Packing, Question};
use super::index::{self, Index};
use super::{Absence, Address, Error, Failure, Network, Problem, Wanted, Warning, archive, concurrent, flight};
use crate::cache::Cache;
use crate::request::{Asker, Origin, Request};
use crate::resolve::Candidates;
use crate::source::{Access, ChartRef, RepositoryUrl, Source};

/// What the sources offer, and what had to be passed over.
#[derive(Debug, Default)]
pub struct Offers {
    /// The versions.
    pub candidates: Candidates,
    /// Entries of indexes that do not count, by repository.
    pub warnings: Vec<(RepositoryUrl, Warning)>,
}

/// A repository and who wants what from it.
struct Asked<'a> {
    url: &'a RepositoryUrl,
    charts: BTreeSet<&'a str>,
    by: Vec<(Asker, Origin)>,
}

/// Asks the repositories of all requests what they offer.
///
/// # Errors
/// Every repository that could not be asked or whose answer is no index.
pub fn candidates(requests: &[Request], cache: &Cache, network: &Network) -> Result<Offers, Error> {
    let wanted = by_repository(requests);
    let answers: Vec<Result<Index, Problem>> = match network.http() {
        Ok(http) => http.block_on(concurrent::each(&wanted, wanted.len(), async |wanted| ask(http, cache, wanted).await)),
        Err(absence) => wanted.iter().map(|wanted| recall(cache, wanted, &absence)).collect(),
    };
    let mut offers = Offers::default();
    let mut failures = unsupported(requests);
    for (wanted, answer) in wanted.into_iter().zip(answers) {
        match answer {
            Ok(index) => offer(&mut offers, &wanted, index),
            Err(problem) => {
                failures.push(Failure { wanted: Wanted::Offers(Source::Http(wanted.url.clone())), by: wanted.by, problem });
            }
        }
    }
    if failures.is_empty() { Ok(offers) } else { Err(Error { failures }) }
}

/// The sources that nobody here can ask. To leave them out would look as if they had nothing.
fn unsupported(requests: &[Request]) -> Vec<Failure> {
    let mut askers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for request in requests.iter().filter(|request| !matches!(request.chart.source(), Source::Http(_))) {
        askers.entry(request.chart.source()).or_default().push((request.asked_by.clone(), request.origin.clone()));
    }
    let failure = |(source, by): (&Source, _)| Failure {
        wanted: Wanted::Offers(source.clone()),
        by,
        problem: Problem::Unsupported(archive::kind(source)),
    };
    askers.into_iter().map(failure).collect()
}

fn by_repository(requests: &[Request]) -> Vec<Asked<'_>> {
    let mut repositories = BTreeMap::new();
    for request in requests {
        let Source::Http(url) = request.chart.source() else { continue };
        let wanted = repositories.entry(url).or_insert_with(|| Asked { url, charts: BTreeSet::new(), by: Vec::new() });
        wanted.charts.insert(request.chart.name());
        wanted.by.push((request.asked_by.clone(), request.origin.clone()));
    }
    repositories.into_values().collect()
}

async fn ask(http: &Http, cache: &Cache, wanted: &Asked<'_>) -> Result<Index, Problem> {
    let access = http.options().access.get(wanted.url);
    let address = address(wanted.url, access);
    // Without the query, which may be a secret and is nothing that an index depends on.
    let key = wanted.url.index();
    let _lock = flight::lock(http, cache, key.as_str()).await;
    let remembered = cache.remembered(key.as_str())?;
    let question = Question {
        address: &address,
        repository: wanted.url,
        known: remembered.as_ref().map(|remembered| &remembered.validators).filter(|validators| !validators.is_empty()),
        packing: Packing::Gzip,
        limit: http.options().limits.index,
    };
    let read = |bytes: &[u8]| index::read(bytes, &wanted.charts).map_err(|reason| not_an_index(&address, reason));
    match (http.ask(&question).await?, &remembered) {
        (Answer::Body { bytes, validators }, _) => {
            let index = read(&bytes)?;
            // A cache that takes no index costs a transfer next time; one that takes no chart will say so itself.
            let _unless_it_is_read_only = cache.supersede(key.as_str(), &bytes, &validators);
            Ok(index)
        }
        (Answer::Unchanged, Some(remembered)) => read(remembered.body.bytes()),
        (Answer::Unchanged, None) => Err(not_an_index(&address, "the server says that it has not changed".to_owned())),
    }
}

/// The index as it was last seen.
fn recall(cache: &Cache, wanted: &Asked<'_>, absence: &Absence) -> Result<Index, Problem> {
    let remembered = cache.remembered(wanted.url.index().as_str())?.ok_or_else(|| Problem::NotHere(absence.clone()))?;
    index::read(remembered.body.bytes(), &wanted.charts).map_err(|reason| not_an_index(&address(wanted.url, None), reason))
}

fn address(repository: &RepositoryUrl, access: Option<&Access>) -> Address {
    let mut url = repository.index();
    url.set_query(access.and_then(|access| access.query.as_deref()));
    Address::new(url).expect("a repository has an http URL")
}

fn not_an_index(address: &Address, reason: String) -> Problem {
    Problem::NotAnIndex { url: address.clone(), reason }
}

fn offer(offers: &mut Offers, wanted: &Asked<'_>, mut index: Index) {
    let source = Source::Http(wanted.url.clone());
    for chart in &wanted.charts {
        let versions = index.charts.remove(*chart).unwrap_or_default();
        let chart = ChartRef::new(source.clone(), chart).expect("it is the name of a chart that was requested");
        offers.candidates.offer(chart, versions);
    }
    offers.candidates.list(source, index.names);
    offers.warnings.extend(index.warnings.into_iter().map(|warning| (wanted.url.clone(), warning)));
}
