//! What all sources offer of the charts that are wanted, asked all at the same time.
//!
//! How each kind of source is asked is its own file's business.

use super::http::Http;
use super::{Absence, Error, Failure, Network, Problem, Warning, concurrent, oci, repository};
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
enum Wanted<'a> {
    Repository(repository::Wanted<'a>),
    Registry(oci::Wanted<'a>),
}

/// Asks the sources of all requests what they offer.
///
/// # Errors
/// Every source that could not be asked or whose answer makes no sense.
pub fn candidates(requests: &[Request], cache: &Cache, network: &Network) -> Result<Offers, Error> {
    let repositories = repository::wanted(requests).into_iter().map(Wanted::Repository);
    let wanted: Vec<_> = repositories.chain(oci::wanted(requests).into_iter().map(Wanted::Registry)).collect();
    let answers: Vec<Result<Offer, Problem>> = match network.http() {
        Ok(http) => http.block_on(concurrent::each(&wanted, wanted.len(), async |wanted| wanted.ask(http, cache).await)),
        Err(absence) => wanted.iter().map(|wanted| wanted.recall(cache, &absence)).collect(),
    };
    let mut offers = Offers::default();
    let mut failures = Vec::new();
    for (wanted, answer) in wanted.into_iter().zip(answers) {
        match answer {
            Ok(offer) => offers.add(offer),
            Err(problem) => failures.push(wanted.failed(problem)),
        }
    }
    if failures.is_empty() { Ok(offers) } else { Err(Error { failures }) }
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

impl Wanted<'_> {
    async fn ask(&self, http: &Http, cache: &Cache) -> Result<Offer, Problem> {
        match self {
            Self::Repository(wanted) => wanted.ask(http, cache).await,
            Self::Registry(wanted) => wanted.ask(http, cache).await,
        }
    }

    /// What the source offered when it was last asked.
    fn recall(&self, cache: &Cache, absence: &Absence) -> Result<Offer, Problem> {
        match self {
            Self::Repository(wanted) => wanted.recall(cache, absence),
            Self::Registry(wanted) => wanted.recall(cache, absence),
        }
    }

    fn failed(self, problem: Problem) -> Failure {
        let (wanted, by) = match self {
            Self::Repository(wanted) => (wanted.url.to_string(), wanted.by),
            Self::Registry(wanted) => (wanted.chart.to_string(), wanted.by),
        };
        Failure { wanted, by, problem }
    }
}
