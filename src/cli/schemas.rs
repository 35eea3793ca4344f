//! The documents at addresses to which charts' values.schema.json refer: `resolve` brings and pins them, and renderings take them
//! from the lock and the cache alone. Helm asks the network for them whenever it renders.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::charts::Charts;
use super::error::Error;
use super::load::Environments;
use super::{Live, renderer};
use crate::chart::Chart;
use crate::fetch::{self, Network};
use crate::lockfile::{FilePin, Lockfile};
use crate::project::{Release, ReleaseChart};
use crate::source::FileUrl;
use crate::values::{self, SchemaDocuments};
use crate::yaml::Text;

/// A project's charts may refer to so many.
const MOST: usize = 1000;

/// Pins the documents for all charts of a project, whose other pins `new` has. What `old` pins stays as it is unless `moves`.
///
/// # Errors
/// One cannot be had, or a schema refers to what nobody brings.
pub(super) fn pin(
    environments: &Environments,
    (old, new): (&Lockfile, &Lockfile),
    moves: bool,
    network: &Network,
    live: &Live,
) -> Result<Vec<FilePin>, Error> {
    let rules = renderer::dialect(new)?.schema;
    let charts = validated(environments, new, live)?;
    let mut documents = Arc::new(SchemaDocuments::new());
    let mut pins = BTreeMap::new();
    loop {
        let needed: Vec<_> = charts.iter().flat_map(|chart| values::needed_by_schemas(chart, rules, &documents)).collect();
        if needed.is_empty() {
            return Ok(pins.into_values().collect());
        }
        let mut files = BTreeMap::new();
        for (chart, url) in needed {
            files.insert(url.clone(), address(&chart, &url)?);
        }
        if pins.len() + files.len() > MOST {
            return Err(Error::Refused(format!("schemas of charts refer to more than {MOST} documents")));
        }
        let wanted: Vec<_> = files.values().cloned().collect();
        for pin in fetch::pin_files(&wanted, old.files(), moves, &live.cache, network)? {
            pins.insert(pin.url.clone(), FilePin { of_schema: true, ..pin });
        }
        for (url, file) in files {
            let text = read(&pins[&file.to_string()], live)?;
            Arc::make_mut(&mut documents).insert(url, text);
        }
    }
}

/// The charts of all releases whose values are held against their schemas, each once.
fn validated(environments: &Environments, lockfile: &Lockfile, live: &Live) -> Result<Vec<Arc<Chart>>, Error> {
    let dialect = renderer::dialect(lockfile)?;
    let (mut loaded, mut seen) = (Vec::new(), HashSet::new());
    for project in &environments.projects {
        let charts = Charts::new(project, lockfile, dialect, live)?.quietly();
        for release in project.releases.iter().filter(|release| !release.skip_schema_validation) {
            if release.dependencies.is_empty() && !seen.insert(key(release, &charts)) {
                continue;
            }
            // What is wrong with a chart is told by whoever renders it.
            loaded.extend(charts.of(release));
        }
    }
    Ok(loaded)
}

/// What two releases have in common if their chart is the same.
fn key(release: &Release, charts: &Charts<'_>) -> Option<String> {
    match release.source.as_ref()? {
        ReleaseChart::Remote { .. } => charts.digest_of(release).map(ToString::to_string),
        ReleaseChart::Git(reference) => Some(reference.to_string()),
        ReleaseChart::Address(remote) => Some(remote.mounted().display().to_string()),
        ReleaseChart::Local { path, .. } | ReleaseChart::Manifests { path } => Some(path.display().to_string()),
    }
}

/// The document at an address, if the lock has it.
///
/// # Errors
/// It has none, or the cache has not what the lock says.
pub(super) fn locked(chart: &Text, url: &str, lockfile: &Lockfile, live: &Live) -> Result<Text, Error> {
    let address = address(chart, url)?.to_string();
    let pin = lockfile.files().iter().find(|pin| pin.url == address);
    read(pin.ok_or_else(|| Error::UnlockedSchema { chart: chart.to_string(), url: address.clone() })?, live)
}

fn read(pin: &FilePin, live: &Live) -> Result<Text, Error> {
    let blob = live.cache.get(&pin.digest)?;
    let blob = blob.ok_or_else(|| Error::NotInCache(vec![format!("{} ({})", pin.url, pin.digest)]))?;
    Ok(blob.bytes().into())
}

fn address(chart: &Text, url: &str) -> Result<FileUrl, Error> {
    FileUrl::parse(url).ok_or_else(|| {
        let reason = if url.starts_with("file:") { "a rendering reads no files" } else { "that is no address of a file" };
        Error::Refused(format!(
            "values.schema.json of {chart} refers to `{url}`: {reason}; `skipSchemaValidation: true` does without the schema"
        ))
    })
}
