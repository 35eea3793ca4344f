//! Remote files: values, bases and state files at an address, pinned to the digest of their bytes.

use super::http::Http;
use super::question::{Answer, Authorization, Packing, Question};
use super::{Address, Error, Failure, Fetched, Network, Problem, Wanted, mirrors};
use crate::cache::Cache;
use crate::digest::Digest;
use crate::lockfile::FilePin;
use crate::source::{FileUrl, RepositoryUrl};
use url::Url;

/// Bytes of a file, which may be an archive.
const LARGEST: usize = 100 << 20;

/// Pins what is wanted. `known` are the pins of the old lock, which stay as they are unless `moves`.
///
/// # Errors
/// Every file that cannot be had, or is not what the lock promises.
pub fn pin_files(
    wanted: &[FileUrl],
    known: &[FilePin],
    moves: bool,
    cache: &Cache,
    network: &Network,
) -> Result<Vec<FilePin>, Error> {
    let one = |file: &FileUrl| {
        let address = file.to_string();
        // Who names another checksum than before wants other bytes.
        let is_it = |pin: &&FilePin| pin.url == address && file.checksum().is_none_or(|digits| digits == pin.digest.to_hex());
        let pin = known.iter().filter(|_| !moves).find(is_it);
        bring(file, pin.map(|pin| &pin.digest), cache, network).map(|digest| FilePin {
            url: address,
            commit: None,
            digest,
            of_schema: false,
        })
    };
    collect(wanted.iter().map(|file| (file.to_string(), one(file))), cache)
}

/// Sees to it that the cache has these files.
///
/// # Errors
/// Every file that cannot be had, or is not what the lock promises.
pub fn fetch_files(pins: &[FilePin], cache: &Cache, network: &Network) -> Result<Fetched, Error> {
    let one = |pin: &FilePin| {
        if cache.get(&pin.digest)?.is_some() {
            return Ok(false);
        }
        let file = FileUrl::parse(&pin.url).ok_or_else(nonsense)?;
        bring(&file, Some(&pin.digest), cache, network).map(|_| true)
    };
    let brought = collect(pins.iter().map(|pin| (pin.url.clone(), one(pin))), cache)?;
    let downloaded = brought.iter().filter(|is_new| **is_new).count();
    Ok(Fetched { downloaded, present: brought.len() - downloaded })
}

fn collect<T>(results: impl Iterator<Item = (String, Result<T, Problem>)>, cache: &Cache) -> Result<Vec<T>, Error> {
    let (mut good, mut failures) = (Vec::new(), Vec::new());
    for (address, result) in results {
        match result {
            Ok(value) => good.push(value),
            Err(problem) => failures.push(Failure { wanted: Wanted::File(address), by: Vec::new(), problem }),
        }
    }
    if let Err(error) = cache.settle() {
        failures.push(Failure { wanted: Wanted::Cache(cache.folder().to_owned()), by: Vec::new(), problem: error.into() });
    }
    if failures.is_empty() { Ok(good) } else { Err(Error { failures }) }
}

fn nonsense() -> Problem {
    Problem::NotAFolder { reason: "it is no address of a file".to_owned() }
}

/// Sees to it that the cache has a file, and gives its digest.
fn bring(file: &FileUrl, pinned: Option<&Digest>, cache: &Cache, network: &Network) -> Result<Digest, Problem> {
    if let Some(digest) = pinned
        && cache.get(digest)?.is_some()
    {
        return Ok(*digest);
    }
    let http = network.http().map_err(Problem::NotHere)?;
    let shown = file.to_string();
    let mut problems = Vec::new();
    for place in mirrors::places(&shown, &http.options().mirrors).all(&shown) {
        // Only the file's own host is asked with what its address hides.
        let url = if place == shown { Some(file.url().clone()) } else { place.parse().ok() };
        match url.ok_or_else(nonsense).and_then(|url| bring_from(url, file, pinned, cache, http)) {
            Ok(digest) => return Ok(digest),
            Err(problem) => problems.push(problem),
        }
    }
    Err(mirrors::nowhere(problems, &shown))
}

/// Downloads a file that must have the digest, if there is one.
fn bring_from(url: Url, file: &FileUrl, pinned: Option<&Digest>, cache: &Cache, http: &Http) -> Result<Digest, Problem> {
    let (repository, _) = RepositoryUrl::split(url.as_str()).map_err(|_| nonsense())?;
    let address = Address::new(url).ok_or_else(nonsense)?;
    let question = Question {
        address: &address,
        repository: &repository,
        known: None,
        packing: Packing::Gzip,
        accept: None,
        authorization: Authorization::User,
        body: None,
        limit: LARGEST,
    };
    let Answer::Body { bytes, .. } = http.block_on(http.ask(&question))? else {
        return Err(Problem::Status { url: address, status: 304, wait: None });
    };
    let actual = Digest::of(&bytes);
    if let Some(demanded) = file.checksum().filter(|digits| *digits != actual.to_hex()) {
        return Err(Problem::OtherChecksum { url: address, demanded: demanded.to_owned(), actual });
    }
    if let Some(pinned) = pinned.filter(|pinned| **pinned != actual) {
        return Err(Problem::OtherFile { url: address, pinned: *pinned, actual });
    }
    cache.store(bytes, Some(&actual))?;
    Ok(actual)
}
