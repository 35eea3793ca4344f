//! What all sources offer of the charts that are wanted, asked all at the same time.
//!
//! How each kind of source is asked is its own file's business.

use std::collections::BTreeMap;

use super::http::Http;
use super::mirrors::Mirror;
use super::{Absence, Error, Failure, Network, Problem, Wanted, Warning, archive, concurrent, oci, repository};
use crate::cache::Cache;
use crate::request::Request;
use crate::resolve::{Candidate, Candidates};
use crate::source::{ChartRef, RepositoryUrl, Source};

/// What the sources offer, and what had to be passed over.
#[derive(Debug, Default)]
pub struct Offers {
    /// The versions.
    pub candidates: Candidates,
    /// Entries of indexes that do not count, by repository.
    pub warnings: Vec<(RepositoryUrl, Warning)>,
}

/// What one source offers.
pub(super) struct Offer {
    pub(super) charts: Vec<(ChartRef, Vec<Candidate>)>,
    /// The names of all its charts, if it can list them.
    pub(super) names: Option<(Source, Vec<String>)>,
    pub(super) warnings: Vec<(RepositoryUrl, Warning)>,
}

/// One question to a source.
enum Asked<'a> {
    Repository(repository::Asked<'a>),
    Registry(oci::Asked<'a>),
}

/// Asks the sources of all requests what they offer.
///
/// # Errors
/// Every source that could not be asked or whose answer makes no sense.
pub fn candidates(requests: &[Request], cache: &Cache, network: &Network) -> Result<Offers, Error> {
    let repositories = repository::asked(requests).into_iter().map(Asked::Repository);
    let asked: Vec<_> = repositories.chain(oci::asked(requests).into_iter().map(Asked::Registry)).collect();
    let answers: Vec<Result<Offer, Problem>> = match network.http() {
        Ok(http) => http.block_on(concurrent::each(&asked, asked.len(), async |asked| asked.ask(http, cache).await)),
        Err(absence) => asked.iter().map(|asked| asked.recall(network.mirrors(), cache, &absence)).collect(),
    };
    let mut offers = Offers::default();
    let mut failures = unsupported(requests);
    for (asked, answer) in asked.into_iter().zip(answers) {
        match answer {
            Ok(offer) => offers.add(offer),
            Err(problem) => failures.push(asked.failed(problem)),
        }
    }
    if failures.is_empty() { Ok(offers) } else { Err(Error { failures }) }
}

/// The sources that nobody here can ask. To leave them out would look as if they had nothing.
fn unsupported(requests: &[Request]) -> Vec<Failure> {
    let mut askers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let is_unsupported = |request: &&Request| matches!(request.chart.source(), Source::Git(_) | Source::Path(_));
    for request in requests.iter().filter(is_unsupported) {
        askers.entry(request.chart.source()).or_default().push((request.asked_by.clone(), request.origin.clone()));
    }
    let failure = |(source, by): (&Source, _)| Failure {
        wanted: Wanted::Offers(source.clone()),
        by,
        problem: Problem::Unsupported(archive::kind(source)),
    };
    askers.into_iter().map(failure).collect()
}

impl Offers {
    fn add(&mut self, offer: Offer) {
        for (chart, versions) in offer.charts {
            self.candidates.offer(chart, versions);
        }
        if let Some((source, names)) = offer.names {
            self.candidates.list(source, names);
        }
        self.warnings.extend(offer.warnings);
    }
}

impl Asked<'_> {
    async fn ask(&self, http: &Http, cache: &Cache) -> Result<Offer, Problem> {
        match self {
            Self::Repository(asked) => asked.ask(http, cache).await,
            Self::Registry(asked) => asked.ask(http, cache).await,
        }
    }

    /// What the source offered when it was last asked.
    fn recall(&self, rules: &[Mirror], cache: &Cache, absence: &Absence) -> Result<Offer, Problem> {
        match self {
            Self::Repository(asked) => asked.recall(rules, cache, absence),
            Self::Registry(asked) => asked.recall(cache, absence),
        }
    }

    fn failed(self, problem: Problem) -> Failure {
        let (wanted, by) = match self {
            Self::Repository(asked) => (Wanted::Offers(Source::Http(asked.url.clone())), asked.by),
            Self::Registry(asked) => (Wanted::Versions(asked.chart.clone()), asked.by),
        };
        Failure { wanted, by, problem }
    }
}
