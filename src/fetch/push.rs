//! Copies locked charts from the cache into a registry, whatever kind of source they are from: their archives stay what they are,
//! so the same lock is good there.

use super::oci::{Parcel, Repository};
use super::{Error, Failure, Network, Problem, Wanted, concurrent};
use crate::cache::Cache;
use crate::chart::{self, Rules};
use crate::lockfile::Content;
use crate::source::OciRepository;
use crate::yaml;
use crate::yaml::json::{Backend, Escape};

/// Uploads at a time.
const WIDTH: usize = 8;

/// What became of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It was uploaded.
    Uploaded,
    /// It was there.
    Present,
}

/// Pushes charts, which the cache must have, into a folder of a registry. Results stand in their order.
///
/// # Errors
/// Every chart that the registry does not take, or has otherwise.
pub fn push(contents: &[&Content], to: &OciRepository, cache: &Cache, network: &Network) -> Result<Vec<Pushed>, Error> {
    let results: Vec<Result<Pushed, Problem>> = match network.http() {
        Ok(http) => http.block_on(concurrent::each(contents, WIDTH, async |content| {
            let name = content.chart.name().rsplit('/').next().unwrap_or_default();
            let blob = cache.get(&content.digest)?.ok_or(Problem::NotHere(super::Absence::Offline))?;
            let parcel = Parcel {
                name,
                version: &content.version,
                config: config(blob.bytes()).map_err(|reason| Problem::NotAChart { url: content.chart.to_string(), reason })?,
                archive: blob.bytes(),
                digest: content.digest,
            };
            let is_new = Repository::of(to, name, http).push(&parcel, cache).await?;
            Ok(if is_new { Pushed::Uploaded } else { Pushed::Present })
        })),
        Err(absence) => contents.iter().map(|_| Err(Problem::NotHere(absence.clone()))).collect(),
    };
    let (mut pushed, mut failures) = (Vec::new(), Vec::new());
    for (content, result) in contents.iter().zip(results) {
        match result {
            Ok(one) => pushed.push(one),
            Err(problem) => {
                let wanted = Wanted::Chart(content.chart.clone(), content.version.clone());
                failures.push(Failure { wanted, by: Vec::new(), problem });
            }
        }
    }
    if failures.is_empty() { Ok(pushed) } else { Err(Error { failures }) }
}

/// The Chart.yaml of an archive as JSON.
fn config(archive: &[u8]) -> Result<String, String> {
    let files = chart::unpack(archive, &Rules::default()).map_err(|error| error.to_string())?;
    let file = files.iter().find(|file| *file.name == *b"Chart.yaml").ok_or("it has no Chart.yaml")?;
    let metadata = yaml::read(&file.contents, &yaml::Rules::HELM).map_err(|error| error.to_string())?;
    yaml::json::write(&metadata, Escape::Raw, Backend::V1).map_err(|error| error.to_string())
}
