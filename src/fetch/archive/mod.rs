//! Chart archives: from a decision, or from the lock, to verified bytes in the cache.
//!
//! An archive is downloaded only if nobody can tell its digest or its bytes are not here. What is expected of the bytes, and
//! by whom, is an [`Expectation`]; who is asked for them, `bring` says; whether a host may be asked at all that only the lock names is for `vouch`.

mod bring;
mod unpack;

use std::collections::BTreeSet;

use super::expectation::Expectation;
use super::http::Http;
use super::inspect::{self, Identity};
use super::{Absence, Address, Error, Failure, Network, Problem, Wanted, concurrent, oci, vouch};
use crate::cache::{self, Blob, Cache, Validators};
use crate::digest::Digest;
use crate::lockfile::{Content, Lockfile};
use crate::resolve::{Candidate, Resolution, Resolved};
use crate::source::{ChartRef, OciReference, OciRepository, RepositoryUrl, Source};
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
    /// Charts that are new here and of which their index claims no digest: nothing but this first sight vouches for them.
    pub unclaimed: Vec<(ChartRef, Version)>,
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
    let is_unclaimed = |order: &&Order<'_>| {
        order.is_listed && matches!((&order.place, &order.expectation), (Place::Urls(..), Expectation::Anything))
    };
    let unclaimed = orders.iter().filter(is_unclaimed).filter(|order| order.disputed.is_none());
    let unclaimed = unclaimed.map(|order| (order.chart.clone(), order.version.clone())).collect();
    let contents = orders.into_iter().zip(deliveries).map(|(order, delivery)| order.content(delivery)).collect();
    Ok(Pinned { contents, downloaded, unclaimed })
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
pub(super) struct Order<'a> {
    pub(super) chart: &'a ChartRef,
    version: &'a Version,
    pub(super) place: Place<'a>,
    expectation: Expectation,
    /// Whether only a registry said so that stands for the source. What it says is not for the lock, which knows no mirrors.
    in_mirror: bool,
    /// Whether the source itself has just said where it is.
    pub(super) is_listed: bool,
    /// What the index claims although the user accepts other bytes.
    disputed: Option<Digest>,
    /// What the old lock knows.
    known: Option<&'a Content>,
    app_version: Option<&'a str>,
}

/// What an archive is brought with, and where to.
struct Means<'a> {
    http: &'a Http,
    cache: &'a Cache,
}

/// Where an archive may be had.
pub(super) enum Place<'a> {
    /// At URLs, in the order of trying.
    Urls(&'a RepositoryUrl, Vec<String>),
    /// In a registry, as what a tag or the digest of a manifest stands for.
    Named(&'a OciRepository, String),
    /// In a registry, under its digest; its manifest is asked for only if the registry does not know the digest.
    Blob(&'a OciRepository),
    /// Nowhere, for such sources.
    Nowhere(&'static str),
}

/// An archive that is in the cache.
struct Delivery {
    digest: Digest,
    /// Of the list of its files, if our loader can read them.
    files_digest: Option<Digest>,
    app_version: Option<String>,
    /// Of the manifest that names it, if a registry was asked for one.
    manifest: Option<Digest>,
    /// The one of several URLs that had it.
    url: Option<String>,
    downloaded: bool,
}

fn order<'a>(resolved: &'a Resolved, known: &'a Lockfile, accepted: &Accepted) -> Order<'a> {
    let (chart, version) = (&resolved.chart, &resolved.version);
    let known = known.content_of(chart, version).filter(|_| !accepted.republished.contains(chart.name()));
    let candidate = resolved.candidate.as_ref();
    let claimed = candidate.and_then(|candidate| Digest::parse(candidate.claimed_digest.as_deref()?).ok());
    let is_accepted = accepted.index_mismatch.contains(chart.name());
    // An acceptance is for one claim; when the index makes another one, it counts again.
    let is_disputed = |claimed: &Digest| is_accepted || known.is_some_and(|known| known.index_digest == Some(*claimed));
    let disputed = claimed.filter(is_disputed);
    let claimed = claimed.filter(|_| disputed.is_none());
    let expectation = match (known.map(|known| known.digest), claimed) {
        (None, None) => Expectation::Anything,
        (None, Some(claimed)) => Expectation::Claimed(claimed),
        (Some(pinned), Some(claimed)) if pinned != claimed => Expectation::Doubted(pinned),
        (Some(pinned), _) => Expectation::Pinned(pinned),
    };
    let app_version = candidate.and_then(|candidate| candidate.app_version.as_deref());
    let place = match chart.source() {
        Source::Http(repository) => {
            let mut urls = candidate.map_or_else(Vec::new, |candidate| absolute(repository, &candidate.urls));
            let known = known.and_then(|known| known.url.clone());
            match known.as_ref().map(|known| urls.iter().position(|url| url == known)) {
                // What has worked is tried first.
                Some(Some(place)) => urls[..=place].rotate_right(1),
                Some(None) if candidate.is_none() => urls.extend(known),
                _ => {}
            }
            Place::Urls(repository, urls)
        }
        Source::Oci(repository) => match candidate {
            Some(Candidate { manifest: Some(digest), .. }) => Place::Named(repository, digest.clone()),
            Some(_) => Place::Named(repository, oci::tag(version.original())),
            None => Place::Blob(repository),
        },
        other => Place::of_lock(other, known),
    };
    let in_mirror = candidate.is_some_and(|candidate| candidate.in_mirror);
    Order { chart, version, place, expectation, in_mirror, is_listed: candidate.is_some(), disputed, known, app_version }
}

/// The URLs of an index that charts can be had from.
fn absolute(repository: &RepositoryUrl, references: &[String]) -> Vec<String> {
    let absolute = |reference: &String| match OciReference::parse(reference) {
        Ok(address) if reference.starts_with("oci://") => Some(address.to_string()),
        _ => repository.join(reference).ok().map(String::from),
    };
    references.iter().filter_map(absolute).collect()
}

/// Has all orders delivered, as far as needed, and makes them durable.
fn deliver(orders: &[Order<'_>], cache: &Cache, network: &Network) -> Result<Vec<Delivery>, Error> {
    let is_offline = network.http().is_err();
    let here: Vec<_> = orders.iter().map(|order| order.look(cache, is_offline)).collect();
    let missing: Vec<_> = orders.iter().zip(&here).filter(|(_, here)| matches!(here, Ok(None))).map(|(order, _)| order).collect();
    let brought = if missing.is_empty() { Vec::new() } else { bring(&missing, cache, network) };
    let mut brought = brought.into_iter();
    let mut deliveries = Vec::new();
    let mut failures = Vec::new();
    for (order, here) in orders.iter().zip(here) {
        let delivery = here.transpose().unwrap_or_else(|| brought.next().expect("what is not here was brought, or failed"));
        match delivery.and_then(|delivery| order.hold(delivery)) {
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
        Ok(http) => {
            let vouched: Vec<_> = missing.iter().zip(vouch::strangers(missing, cache, network)).collect();
            http.block_on(concurrent::each(&vouched, WIDTH, async |(order, stranger)| {
                order.bring(stranger.as_ref(), &Means { http, cache }).await
            }))
        }
        Err(absence) => missing.iter().map(|_| Err(Problem::NotHere(Absence::clone(&absence)))).collect(),
    }
}

impl<'a> Order<'a> {
    fn from_lock(content: &'a Content) -> Self {
        Self {
            chart: &content.chart,
            version: &content.version,
            place: Place::of_lock(content.chart.source(), Some(content)),
            expectation: Expectation::Locked(content.digest),
            in_mirror: false,
            is_listed: false,
            disputed: None,
            known: Some(content),
            app_version: None,
        }
    }

    fn content(&self, delivery: Delivery) -> Content {
        let known = self.known.filter(|known| known.digest == delivery.digest);
        let known_url = known.and_then(|known| known.url.clone());
        // The source may have moved its files; as long as it has not, the lock stays as it is.
        let urls = match &self.place {
            Place::Urls(_, urls) => urls.as_slice(),
            _ => &[],
        };
        let said = || known_url.clone().filter(|url| urls.is_empty() || urls.contains(url)).or_else(|| urls.first().cloned());
        let url = if self.in_mirror { known_url.clone() } else { delivery.url.or_else(said) };
        let app_version = known.and_then(|known| known.app_version.clone());
        Content {
            chart: self.chart.clone(),
            version: self.version.clone(),
            digest: delivery.digest,
            files_digest: delivery.files_digest,
            url,
            app_version: app_version.or_else(|| self.app_version.map(str::to_owned)).or(delivery.app_version),
            oci_manifest: match (known.and_then(|known| known.oci_manifest), delivery.manifest) {
                // A tag that was pushed again has another manifest for the same archive, which changes nothing.
                (known, _) if self.in_mirror => known,
                (known, delivered) if self.is_by_digest() => delivered.or(known),
                (known, delivered) => known.or(delivered),
            },
            index_digest: self.disputed.filter(|claimed| *claimed != delivery.digest),
        }
    }

    fn is_by_digest(&self) -> bool {
        matches!(&self.place, Place::Named(_, named) if named.contains(':'))
    }

    /// The archive as the cache has it, if nobody need be asked for that.
    fn look(&self, cache: &Cache, is_offline: bool) -> Result<Option<Delivery>, Problem> {
        let Place::Named(repository, named) = &self.place else { return self.recall(cache) };
        if !is_offline {
            return Ok(None);
        }
        match oci::recall(repository, self.chart.name(), named, cache)? {
            Some(manifest) => {
                self.expectation.admit(&manifest.layer)?;
                self.recall_named(&manifest.layer, Some(manifest.digest), cache)
            }
            None => self.recall(cache),
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
        Ok(Some(self.delivery(&blob, app_version, cache)))
    }

    /// What the cache has, with the digest of its files.
    fn delivery(&self, blob: &Blob, app_version: Option<String>, cache: &Cache) -> Delivery {
        let known = self.known.filter(|known| known.digest == *blob.digest());
        let files_digest = unpack::files_digest(blob, known.and_then(|known| known.files_digest.as_ref()), cache);
        Delivery { digest: *blob.digest(), files_digest, app_version, manifest: None, url: None, downloaded: false }
    }

    /// Holds the files of an archive against the lock that is being fetched.
    fn hold(&self, delivery: Delivery) -> Result<Delivery, Problem> {
        match (&self.expectation, self.known.and_then(|known| known.files_digest), delivery.files_digest) {
            (Expectation::Locked(_), Some(pinned), Some(actual)) if pinned != actual => {
                Err(Problem::OtherFiles { pinned, actual })
            }
            _ => Ok(delivery),
        }
    }

    /// The archive that a manifest names, as the cache has it.
    fn recall_named(&self, layer: &Digest, manifest: Option<Digest>, cache: &Cache) -> Result<Option<Delivery>, Problem> {
        let Some(blob) = cache.get(layer)? else { return Ok(None) };
        // A manifest can name any layer, that of another chart, too.
        let app_version = self.identify(blob.bytes(), self.wanted().to_string())?.app_version;
        Ok(Some(Delivery { manifest, ..self.delivery(&blob, app_version, cache) }))
    }

    /// Checks what was downloaded, and stores it; `memory` is a URL and what to ask it with the next time.
    async fn keep(
        &self,
        bytes: Vec<u8>,
        address: &Address,
        memory: Option<(String, Validators)>,
        means: &Means<'_>,
    ) -> Result<Delivery, Problem> {
        let digest = Digest::of(&bytes);
        self.expectation.check(&digest, address)?;
        let identity = self.identify(&bytes, address.to_string())?;
        let cache = means.cache.clone();
        let store = move || -> Result<Option<Digest>, cache::Error> {
            let blob = cache.store(bytes, Some(&digest))?;
            memory.map_or(Ok(()), |(url, validators)| cache.remember(&url, &digest, &validators))?;
            Ok(unpack::keep(&blob, &cache))
        };
        let files_digest = means.http.aside(store).await?;
        Ok(Delivery { digest, files_digest, app_version: identity.app_version, manifest: None, url: None, downloaded: true })
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

/// The address to ask. The repository's query goes, as in Helm, to its own relative URLs, which are those of its origin that
/// have none.
fn address(url: &str, repository: &RepositoryUrl, http: &Http) -> Option<Address> {
    let mut url = url::Url::parse(url).ok()?;
    if url.query().is_none() && Address::new(url.clone())?.is_same_origin(&repository.index()) {
        url.set_query(http.options().access.get(repository).and_then(|access| access.query.as_deref()));
    }
    Address::new(url)
}

impl<'a> Place<'a> {
    /// Where a lock says that it is.
    fn of_lock(source: &'a Source, content: Option<&Content>) -> Self {
        match source {
            Source::Http(repository) => {
                Self::Urls(repository, content.and_then(|content| content.url.clone()).into_iter().collect())
            }
            Source::Oci(repository) => Self::Blob(repository),
            Source::Git(_) | Source::Path(_) => Self::Nowhere(kind(source)),
        }
    }
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
