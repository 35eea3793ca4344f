//! What sources offered when they were last asked, cut down to the charts of a lock: to be carried to a machine that asks nobody.
//!
//! A slice comes from somebody else. So it is read and printed anew before a cache gets it, and one that contradicts the lock is
//! refused. It has no validators: the first real question replaces it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{index, oci};
use crate::cache::{self, Cache, Validators};
use crate::digest::Digest;
use crate::lockfile::{Content, Lockfile};
use crate::resolve::Candidate;
use crate::source::{RepositoryUrl, Source};

/// One question to a source: the address under which the cache has the answer, and the locked charts that it is about.
pub struct Slice<'a> {
    address: String,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Index(BTreeMap<&'a str, Vec<&'a Content>>),
    Tags,
}

/// The questions whose answers concern a lock, in a fixed order.
pub fn slices(lockfile: &Lockfile) -> Vec<Slice<'_>> {
    let mut indexes: BTreeMap<&RepositoryUrl, BTreeMap<&str, Vec<&Content>>> = BTreeMap::new();
    let mut tags = BTreeSet::new();
    for (_, pin) in lockfile.pins() {
        let chart = &pin.content.chart;
        match chart.source() {
            Source::Http(url) => indexes.entry(url).or_default().entry(chart.name()).or_default().push(&pin.content),
            Source::Oci(repository) => drop(tags.insert(oci::tags_address(repository, chart.name()))),
            Source::Git(_) | Source::Path(_) => {}
        }
    }
    let indexes = indexes.into_iter().map(|(url, charts)| (url.index().to_string(), Kind::Index(charts)));
    let tags = tags.into_iter().map(|address| (address, Kind::Tags));
    indexes.chain(tags).map(|(address, kind)| Slice { address, kind }).collect()
}

/// Notes what the tags of locked charts stand for, which the lock itself says.
pub fn remember_tags(lockfile: &Lockfile, cache: &Cache) -> Result<(), cache::Error> {
    for (_, pin) in lockfile.pins() {
        let content = &pin.content;
        let (Source::Oci(repository), Some(manifest)) = (content.chart.source(), content.oci_manifest) else { continue };
        let version = Some(content.version.original().to_owned());
        let manifest = oci::Manifest { digest: manifest, layer: content.digest, version };
        oci::remember(repository, content.chart.name(), &content.version, &manifest, cache)?;
    }
    Ok(())
}

impl Slice<'_> {
    /// The digest of the address.
    pub fn key(&self) -> Digest {
        Digest::of(self.address.as_bytes())
    }

    /// What the cache has of it; nothing if it has nothing that makes sense.
    pub fn cut(&self, cache: &Cache) -> Option<Vec<u8>> {
        let remembered = cache.remembered(&self.address).ok()??;
        self.anew(remembered.body.bytes()).ok()
    }

    /// Gives a cache what somebody else's had.
    ///
    /// # Errors
    /// Why it is none, or what it says against the lock; or what the cache says.
    pub fn keep(&self, bytes: &[u8], cache: &Cache) -> Result<Result<(), String>, cache::Error> {
        match self.anew(bytes) {
            // What a server said itself is better than what somebody brings.
            Ok(_) if cache.remembered(&self.address)?.is_some() => Ok(Ok(())),
            Ok(bytes) => cache.supersede(&self.address, &bytes, &Validators::default()).map(Ok),
            Err(reason) => Ok(Err(format!("{}: {reason}", self.address))),
        }
    }

    /// The same, read and printed.
    fn anew(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        match &self.kind {
            Kind::Tags => oci::reprint_tags(bytes),
            Kind::Index(charts) => {
                let wanted = charts.keys().copied().collect();
                let read = index::read(bytes, &wanted)?;
                let mut entries = Map::new();
                for (name, pins) in charts {
                    let candidates = read.charts.get(*name).map(Vec::as_slice).unwrap_or_default();
                    pins.iter().try_for_each(|pin| agree(pin, candidates))?;
                    entries.insert((*name).to_owned(), candidates.iter().map(|candidate| entry(name, candidate)).collect());
                }
                let index = json!({"apiVersion": "v1", "entries": entries});
                Ok(serde_json::to_vec(&index).expect("texts are JSON"))
            }
        }
    }
}

/// Whether an index claims what the lock has, where it claims anything.
fn agree(pin: &Content, candidates: &[Candidate]) -> Result<(), String> {
    let listed = candidates.iter().find(|candidate| candidate.version.original() == pin.version.original());
    let claimed = listed.and_then(|candidate| Digest::parse(candidate.claimed_digest.as_deref()?).ok());
    match claimed {
        Some(claimed) if claimed != pin.digest && Some(claimed) != pin.index_digest => {
            Err(format!("it claims {claimed} for {} {}, and the lock has {}", pin.chart.name(), pin.version, pin.digest))
        }
        _ => Ok(()),
    }
}

fn entry(name: &str, candidate: &Candidate) -> Value {
    let mut entry = Map::new();
    let text = |text: &Option<String>| text.clone().map(Value::from);
    let fields = [
        ("name", Some(name.into())),
        ("version", Some(candidate.version.original().into())),
        ("urls", Some(candidate.urls.clone().into())),
        ("digest", text(&candidate.claimed_digest)),
        ("appVersion", text(&candidate.app_version)),
        ("created", text(&candidate.created)),
        ("deprecated", candidate.deprecated.then_some(true.into())),
    ];
    for (key, value) in fields {
        entry.extend(value.map(|value| (key.to_owned(), value)));
    }
    Value::Object(entry)
}
