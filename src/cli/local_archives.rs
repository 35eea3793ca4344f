//! Archives that lie in the `charts/` of local charts and are used as they lie there: the lock has their digests.
//!
//! What a repository or another folder is asked for is not among them: there the lock decides, whatever lies in `charts/`.

use std::collections::btree_map::Entry;
use std::path::Path;

use super::Live;
use super::error::Error;
use crate::chart::{self, Rules};
use crate::digest::Digest;
use crate::lockfile::{ArchivePin, Archives};
use crate::project::Project;
use crate::source::LocalPath;

/// The archives of all local charts of these projects.
///
/// # Errors
/// A local chart that cannot be read.
pub(super) fn of_projects(projects: &[Project], live: &Live) -> Result<Archives, Error> {
    let mut archives = Archives::new();
    for project in projects {
        for (relative, folder) in project.local_charts(&live.surroundings)? {
            // The lock has no absolute paths.
            let Ok(path) = LocalPath::parse(&relative.to_string_lossy()) else { continue };
            if let Entry::Vacant(place) = archives.entry(path) {
                place.insert(of_chart(&folder, &relative)?);
            }
        }
    }
    Ok(archives)
}

/// The archives of the chart in a folder, which messages call `relative`.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn of_chart(folder: &Path, relative: &Path) -> Result<Vec<ArchivePin>, Error> {
    let failed = |source| Error::Chart { name: format!("chart `{}`", relative.display()), source };
    let files = chart::subchart_archives(folder, &Rules::NEWEST).map_err(failed)?;
    let pin = |file: &chart::File| {
        let path = LocalPath::parse(file.name.as_str()?).ok()?;
        Some(ArchivePin { file: path, digest: Digest::of(&file.contents) })
    };
    Ok(files.iter().filter_map(pin).collect())
}
