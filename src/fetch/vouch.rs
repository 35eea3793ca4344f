//! Which hosts may be asked for an archive: the lock can only narrow what the project permits.
//!
//! Whoever can edit a lock could else make every machine that fetches from it ask any server. So a host that only the lock
//! names must be the repository's own, or stand in the settings, or in the repository's index, which is asked for that alone.

use std::collections::BTreeSet;

use url::Url;

use super::archive::{Order, Place};
use super::{Network, Problem, candidates};
use crate::cache::Cache;
use crate::request::{Asker, Origin, Request};
use crate::source::{ChartRef, RepositoryUrl};
use crate::version::Constraint;

/// A host that nobody but the lock names.
pub(super) struct Stranger {
    host: String,
    /// Why the index did not vouch for it.
    reason: String,
}

impl Stranger {
    pub(super) fn problem(&self) -> Problem {
        Problem::Stranger { host: self.host.clone(), reason: self.reason.clone() }
    }
}

/// For each order the first host that must not be asked, if there is one.
pub(super) fn strangers(orders: &[&Order<'_>], cache: &Cache, network: &Network) -> Vec<Option<Stranger>> {
    let foreign: Vec<_> = orders.iter().map(|order| foreign_host(order, network)).collect();
    let doubtful: BTreeSet<_> =
        orders.iter().zip(&foreign).filter(|(_, host)| host.is_some()).map(|(order, _)| order.chart).collect();
    if doubtful.is_empty() {
        return foreign.into_iter().map(|_| None).collect();
    }
    let requests: Vec<_> = doubtful.into_iter().map(request).collect();
    let asked = candidates(&requests, cache, network);
    let judge = |(order, host): (&&Order<'_>, Option<String>)| {
        let host = host?;
        let reason = match &asked {
            Ok(offers) => {
                let versions = offers.candidates.of(order.chart).unwrap_or_default();
                let Place::Urls(repository, _) = &order.place else { return None };
                let mut urls = versions.iter().flat_map(|version| &version.urls);
                if urls.any(|url| host_of(repository, url).as_deref() == Some(host.as_str())) {
                    return None;
                }
                "its index names no file there".to_owned()
            }
            Err(error) => format!("its index cannot be asked: {error}"),
        };
        Some(Stranger { host, reason })
    };
    orders.iter().zip(foreign).map(judge).collect()
}

/// The host of an order's place, if only the lock names it and it is not the repository's own.
fn foreign_host(order: &Order<'_>, network: &Network) -> Option<String> {
    let Place::Urls(repository, urls) = &order.place else { return None };
    let Network::Online(client) = network else { return None };
    let allowed = &client.options().download_hosts;
    let is_own = |url: &Url| match url.scheme() {
        "oci" => named(url) == named(&repository.index()),
        _ => repository.is_origin_of(url),
    };
    let is_allowed = |url: &Url| allowed.contains(&named(url)) || url.host_str().is_some_and(|host| allowed.contains(host));
    let is_foreign = |url: &Url| !is_own(url) && !is_allowed(url);
    let urls = urls.iter().filter(|_| !order.is_listed);
    urls.filter_map(|url| Url::parse(url).ok()).find(is_foreign).map(|url| named(&url))
}

fn host_of(repository: &RepositoryUrl, reference: &str) -> Option<String> {
    let absolute = Url::parse(reference).ok().filter(|url| url.scheme() == "oci");
    absolute.or_else(|| repository.join(reference).ok()).map(|url| named(&url))
}

/// Host and, if it is not the scheme's own, port.
fn named(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn request(chart: &ChartRef) -> Request {
    Request {
        chart: chart.clone(),
        constraint: Constraint::any(),
        asked_by: Asker::Release { name: chart.name().to_owned() },
        origin: Origin { file: "helmfile.lock".to_owned(), line: None },
        environment: None,
    }
}
