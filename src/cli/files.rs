//! Files that a command was asked for: those of `template --output-dir` and `vendor`. Paths come from charts, so they are looked at
//! before they are used.

use std::io::{ErrorKind, Write};
use std::path::{Component, Path};

use super::error::Error;
use crate::yaml::Text;

/// Writes files below `folder` and gives their number. Files that are there already are replaced, others stay.
///
/// # Errors
/// A path that leads elsewhere, and what the disk refuses.
pub(super) fn write(folder: &Path, files: &[(Text, Vec<u8>)]) -> Result<usize, Error> {
    for (name, bytes) in files {
        let name = name.to_lossy();
        let below = Path::new(name.as_ref());
        if !below.components().all(|component| matches!(component, Component::Normal(_))) {
            return Err(Error::Refused(format!("`{name}` does not stay in the output's folder")));
        }
        let path = folder.join(below);
        write_one(&path, bytes)?;
    }
    Ok(files.len())
}

/// Removes files below `folder`, and the folders in it that are empty then. What is not there need not be removed.
///
/// # Errors
/// What the disk refuses.
pub(super) fn remove<'a>(folder: &Path, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    for name in names {
        let path = folder.join(name);
        match fs_err::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let above = path.ancestors().skip(1).take_while(|above| *above != folder);
        // The first that is not empty ends it.
        let _last = above.map(fs_err::remove_dir).find(Result::is_err);
    }
    Ok(())
}

/// Writes one file and the folders above it.
pub(super) fn write_one(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs_err::create_dir_all(folder)?;
    // Opened by ourselves, because temporary files are private by default and these are for whoever reads the folder.
    let open = |path: &Path| fs_err::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = tempfile::Builder::new().prefix(".helmlock.").make_in(folder, open)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|failure| failure.error)?;
    Ok(())
}
