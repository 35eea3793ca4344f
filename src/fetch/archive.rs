//! Chart archives: from a decision, or from the lock, to verified bytes in the cache.
//!
//! An archive is downloaded only if nobody can tell its digest or its bytes are not here. What is expected of the bytes, and
//! by whom, is an [`Expectation`]; the index's word and the old lock's are different ones, and fail differently.

use std::collections::BTreeSet;

use super::http::{Answer, Http, Packing, Question};
use super::inspect::{self, Identity};
use super::{Absence, Address, Error, Failure, Network, Problem, Wanted, concurrent, flight};
use crate::cache::{self, Cache};
use crate::digest::Digest;
use crate::lockfile::{Content, Lockfile};
use crate::resolve::{Resolution, Resolved};
use crate::source::{ChartRef, RepositoryUrl, Source};
use crate::version::Version;

/// Downloads at a time, over all hosts.
const WIDTH: usize = 64;

/// What the user lets pass although it is not what was promised, by the names of the charts.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    /// The bytes may differ from the digest that the index claims.
    pub index_mismatch: BTreeSet<String>,
    /// A version may have other bytes than the old lock says.
    pub republished: BTreeSet<String>,
}

/// The contents of a resolution.
#[derive(Debug, Default)]
pub struct Pinned {
    /// One for each chart in each version, in the order of the resolution.
    pub contents: Vec<Content>,
    /// How many archives had to be downloaded.
    pub downloaded: usize,
}

/// What filling the cache took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Archives that were downloaded.
    pub downloaded: usize,
    /// Archives that were here.
    pub present: usize,
}

/// Sees to it that every chosen chart is in the cache, and says which bytes it is.
///
/// `known` is the old lock: what it has pinned must still be the same.
///
/// # Errors
/// Every chart that cannot be had, or is not what somebody promised.
pub fn pin(
    resolution: &Resolution,
    known: &Lockfile,
    accepted: &Accepted,
    cache: &Cache,
    network: &Network,
) -> Result<Pinned, Error> {
    let mut seen = BTreeSet::new();
    let resolved = resolution.resolved.iter().filter(|resolved| seen.insert((&resolved.chart, resolved.version.original())));
    let orders: Vec<_> = resolved.map(|resolved| order(resolved, known, accepted)).collect();
    let deliveries = deliver(&orders, cache, network)?;
    let downloaded = deliveries.iter().filter(|delivery| delivery.downloaded).count();
    let contents = orders.into_iter().zip(deliveries).map(|(order, delivery)| order.content(delivery)).collect();
    Ok(Pinned { contents, downloaded })
}

/// Fills the cache with what the lock names, and resolves nothing.
///
/// # Errors
/// Every chart that cannot be had, or is not what the lock promises.
pub fn fetch(lockfile: &Lockfile, cache: &Cache, network: &Network) -> Result<Fetched, Error> {
    let mut seen = BTreeSet::new();
    let contents = lockfile.pins().map(|(_, pin)| &pin.content).filter(|content| seen.insert(content.digest));
    let orders: Vec<_> = contents.map(Order::from_lock).collect();
    let deliveries = deliver(&orders, cache, network)?;
    let downloaded = deliveries.iter().filter(|delivery| delivery.downloaded).count();
    Ok(Fetched { downloaded, present: deliveries.len() - downloaded })
}

/// One archive that must be in the cache in the end.
struct Order<'a> {
    chart: &'a ChartRef,
    version: &'a Version,
    /// Where it may be had, in the order of trying.
    urls: Vec<String>,
    expectation: Expectation,
    /// What the old lock knows.
    known: Option<&'a Content>,
    app_version: Option<&'a str>,
}

/// What the bytes must be.
enum Expectation {
    /// Nobody says.
    Anything,
    /// What the index claims.
    Claimed(Digest),
    /// What the old lock says, and nothing speaks against it.
    Pinned(Digest),
    /// What the old lock says, though the index claims something else: one of them is wrong.
    Doubted(Digest),
    /// What the lock says that is being fetched.
    Locked(Digest),
}

/// An archive that is in the cache.
struct Delivery {
    digest: Digest,
    app_version: Option<String>,
    downloaded: bool,
}

fn order<'a>(resolved: &'a Resolved, known: &'a Lockfile, accepted: &Accepted) -> Order<'a> {
    let (chart, version) = (&resolved.chart, &resolved.version);
    let known = known.content_of(chart, version).filter(|_| !accepted.republished.contains(chart.name()));
    let candidate = resolved.candidate.as_ref();
    let claimed = candidate.and_then(|candidate| Digest::parse(candidate.claimed_digest.as_deref()?).ok());
    let claimed = claimed.filter(|_| !accepted.index_mismatch.contains(chart.name()));
    let expectation = match (known.map(|known| known.digest), claimed) {
        (None, None) => Expectation::Anything,
        (None, Some(claimed)) => Expectation::Claimed(claimed),
        (Some(pinned), Some(claimed)) if pinned != claimed => Expectation::Doubted(pinned),
        (Some(pinned), _) => Expectation::Pinned(pinned),
    };
    let mut urls = candidate.map_or_else(Vec::new, |candidate| absolute(chart.source(), &candidate.urls));
    if let Some(url) = known.and_then(|known| known.url.as_ref()).filter(|_| candidate.is_none()) {
        urls.push(url.clone());
    }
    let app_version = candidate.and_then(|candidate| candidate.app_version.as_deref());
    Order { chart, version, urls, expectation, known, app_version }
}

/// The URLs of an index that charts can be had from.
fn absolute(source: &Source, references: &[String]) -> Vec<String> {
    let Source::Http(repository) = source else { return Vec::new() };
    references.iter().filter_map(|reference| repository.join(reference).ok()).map(String::from).collect()
}

/// Has all orders delivered, as far as needed, and makes them durable.
fn deliver(orders: &[Order<'_>], cache: &Cache, network: &Network) -> Result<Vec<Delivery>, Error> {
    let here: Vec<_> = orders.iter().map(|order| order.recall(cache)).collect();
    let missing: Vec<_> = orders.iter().zip(&here).filter(|(_, here)| matches!(here, Ok(None))).map(|(order, _)| order).collect();
    let brought = if missing.is_empty() { Vec::new() } else { bring(&missing, cache, network) };
    let mut brought = brought.into_iter();
    let mut deliveries = Vec::new();
    let mut failures = Vec::new();
    for (order, here) in orders.iter().zip(here) {
        let delivery = here.transpose().unwrap_or_else(|| brought.next().expect("what is not here was brought, or failed"));
        match delivery {
            Ok(delivery) => deliveries.push(delivery),
            Err(problem) => failures.push(Failure { wanted: order.wanted(), by: Vec::new(), problem }),
        }
    }
    if let Err(error) = cache.settle() {
        let wanted = Wanted::Cache(cache.folder().to_owned());
        failures.push(Failure { wanted, by: Vec::new(), problem: error.into() });
    }
    if failures.is_empty() { Ok(deliveries) } else { Err(Error { failures }) }
}

fn bring(missing: &[&Order<'_>], cache: &Cache, network: &Network) -> Vec<Result<Delivery, Problem>> {
    match network.http() {
        Ok(http) => http.block_on(concurrent::each(missing, WIDTH, async |order| order.bring(http, cache).await)),
        Err(absence) => missing.iter().map(|_| Err(Problem::NotHere(Absence::clone(&absence)))).collect(),
    }
}

impl<'a> Order<'a> {
    fn from_lock(content: &'a Content) -> Self {
        Self {
            chart: &content.chart,
            version: &content.version,
            urls: content.url.iter().cloned().collect(),
            expectation: Expectation::Locked(content.digest),
            known: Some(content),
            app_version: None,
        }
    }

    fn content(&self, delivery: Delivery) -> Content {
        let known = self.known.filter(|known| known.digest == delivery.digest);
        let known_url = known.and_then(|known| known.url.clone());
        // The source may have moved its files; as long as it has not, the lock stays as it is.
        let url = known_url.filter(|url| self.urls.is_empty() || self.urls.contains(url)).or_else(|| self.urls.first().cloned());
        let app_version = known.and_then(|known| known.app_version.clone());
        Content {
            chart: self.chart.clone(),
            version: self.version.clone(),
            digest: delivery.digest,
            url,
            app_version: app_version.or_else(|| self.app_version.map(str::to_owned)).or(delivery.app_version),
            oci_manifest: known.and_then(|known| known.oci_manifest),
        }
    }

    /// The archive as the cache has it, if its digest can be told.
    fn recall(&self, cache: &Cache) -> Result<Option<Delivery>, Problem> {
        let Some(digest) = self.expectation.trusted() else { return Ok(None) };
        let Some(blob) = cache.get(digest)? else { return Ok(None) };
        let app_version = match self.expectation {
            // An index can claim any digest, that of another chart, too.
            Expectation::Claimed(_) => self.identify(blob.bytes(), self.wanted().to_string())?.app_version,
            _ => None,
        };
        Ok(Some(Delivery { digest: *digest, app_version, downloaded: false }))
    }

    /// Downloads the archive from the first place that has it.
    async fn bring(&self, http: &Http, cache: &Cache) -> Result<Delivery, Problem> {
        let Source::Http(repository) = self.chart.source() else {
            return Err(Problem::Unsupported(kind(self.chart.source())));
        };
        let mut first = None;
        for url in &self.urls {
            match self.bring_from(url, repository, http, cache).await {
                Err(problem @ (Problem::Unreachable { .. } | Problem::Status { .. } | Problem::TooSlow { .. })) => {
                    first.get_or_insert(problem);
                }
                other => return other,
            }
        }
        Err(first.unwrap_or_else(|| Problem::NoUrl(self.why_no_url())))
    }

    async fn bring_from(&self, url: &str, repository: &RepositoryUrl, http: &Http, cache: &Cache) -> Result<Delivery, Problem> {
        let address = address(url, repository, http).ok_or_else(|| Problem::NoUrl(format!(": `{}`", url.escape_debug())))?;
        let _lock = flight::lock(http, cache, url).await;
        if let Some(delivery) = self.recall(cache)? {
            return Ok(delivery);
        }
        // Where the digest cannot be told, the server may still say that the bytes are those of the last time.
        let remembered = cache.remembered(url)?.filter(|remembered| !remembered.validators.is_empty());
        let question = Question {
            address: &address,
            repository,
            known: remembered.as_ref().map(|remembered| &remembered.validators),
            packing: Packing::AsItStands,
            limit: http.options().limits.archive,
        };
        let (bytes, validators) = match (http.ask(&question).await?, remembered) {
            (Answer::Body { bytes, validators }, _) => (bytes, Some(validators)),
            (Answer::Unchanged, Some(remembered)) => (remembered.body.bytes().to_vec(), None),
            (Answer::Unchanged, None) => return Err(Problem::Status { url: address, status: 304, wait: None }),
        };
        inspect::glance(&bytes).map_err(|reason| Problem::NotAChart { url: address.to_string(), reason })?;
        let digest = Digest::of(&bytes);
        self.expectation.check(&digest, &address)?;
        let identity = self.identify(&bytes, address.to_string())?;
        let store = {
            let (cache, url) = (cache.clone(), url.to_owned());
            move || -> Result<(), cache::Error> {
                cache.store(bytes, Some(&digest))?;
                match validators.filter(|validators| !validators.is_empty()) {
                    Some(validators) => cache.remember(&url, &digest, &validators),
                    None => Ok(()),
                }
            }
        };
        let downloaded = true;
        http.aside(store).await?;
        Ok(Delivery { digest, app_version: identity.app_version, downloaded })
    }

    /// Whether the bytes are the chart that was ordered.
    fn identify(&self, bytes: &[u8], place: String) -> Result<Identity, Problem> {
        let identity = inspect::identity(bytes).map_err(|reason| Problem::NotAChart { url: place.clone(), reason })?;
        let name = self.chart.name().rsplit('/').next().unwrap_or_default();
        let is_same_version = Version::parse(&identity.version).is_ok_and(|version| version == *self.version);
        if (identity.name == name || identity.name == self.chart.name()) && is_same_version {
            return Ok(identity);
        }
        let actual = format!("{} {}", identity.name.escape_debug(), identity.version.escape_debug());
        Err(Problem::AnotherChart { url: place, actual: actual.chars().take(200).collect() })
    }

    fn wanted(&self) -> Wanted {
        Wanted::Chart(self.chart.clone(), self.version.clone())
    }

    fn why_no_url(&self) -> String {
        if self.known.is_some() { "; `helmlock resolve` finds one".to_owned() } else { String::new() }
    }
}

impl Expectation {
    /// The digest, if it is beyond doubt that this one is wanted.
    fn trusted(&self) -> Option<&Digest> {
        match self {
            Self::Anything | Self::Doubted(_) => None,
            Self::Claimed(digest) | Self::Pinned(digest) | Self::Locked(digest) => Some(digest),
        }
    }

    fn check(&self, actual: &Digest, address: &Address) -> Result<(), Problem> {
        let (url, actual) = (address.clone(), *actual);
        match self {
            Self::Anything => Ok(()),
            Self::Claimed(digest) | Self::Pinned(digest) | Self::Doubted(digest) | Self::Locked(digest) if *digest == actual => {
                Ok(())
            }
            Self::Claimed(promised) => Err(Problem::Mismatch { url, promised: *promised, actual }),
            Self::Locked(pinned) => Err(Problem::NotAsLocked { url, pinned: *pinned, actual }),
            Self::Pinned(pinned) | Self::Doubted(pinned) => Err(Problem::Republished { pinned: *pinned, actual }),
        }
    }
}

/// The address to ask. The repository's query goes, as in Helm, to its own relative URLs, which are those of its origin that
/// have none.
fn address(url: &str, repository: &RepositoryUrl, http: &Http) -> Option<Address> {
    let mut url = url::Url::parse(url).ok()?;
    if url.query().is_none() && Address::new(url.clone())?.is_same_origin(&repository.index()) {
        url.set_query(http.options().access.get(repository).and_then(|access| access.query.as_deref()));
    }
    Address::new(url)
}

/// What charts of a source are called in messages.
pub(super) fn kind(source: &Source) -> &'static str {
    match source {
        Source::Http(_) => "chart repositories",
        Source::Oci(_) => "OCI registries",
        Source::Git(_) => "git repositories",
        Source::Path(_) => "local folders",
    }
}
