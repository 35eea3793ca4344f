//! The lock as a file: read with bounds, written whole or not at all.

#![expect(clippy::disallowed_methods, reason = "the lock is on disk")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use fs_err as fs;

use super::error::{Error, Problem};
use super::{Lockfile, format, guard};

/// Reads a lock. A file that is not there is an empty lock.
pub fn read(path: &Path) -> Result<Lockfile, Error> {
    match bytes(path)? {
        Some(bytes) => format::parse(&bytes),
        None => Ok(Lockfile::default()),
    }
}

/// Writes a lock, unless the file has these bytes already. Says whether it did.
///
/// Another process sees the old file or the new one, never a part, and a crash leaves one of the two.
pub fn write(path: &Path, lockfile: &Lockfile) -> Result<bool, Error> {
    write_text(path, &lockfile.to_string())
}

/// Writes the text of a lock, as [`write()`] does: for one with conflict markers, which is no [`Lockfile`].
pub fn write_text(path: &Path, text: &str) -> Result<bool, Error> {
    let shown = || path.display().to_string();
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => return Err(Error::Link { path: shown() }),
        Ok(metadata) if !metadata.is_file() => return Err(Error::NotAFile { path: shown() }),
        Ok(metadata) if metadata.len() == text.len() as u64 && bytes(path)?.is_some_and(|old| old == text.as_bytes()) => {
            return Ok(false);
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Opened by ourselves, because temporary files are private by default and a lock is for all who read the project.
    let open = |path: &Path| fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = tempfile::Builder::new().prefix(".helmfile.lock.").make_in(folder, open)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failure| failure.error)?;
    sync_folder(folder)?;
    // A disk that is far away can say yes and do nothing; a lock that is not there must not pass for written.
    match bytes(path)? {
        Some(written) if written == text.as_bytes() => Ok(true),
        _ => Err(Error::Lost { path: shown() }),
    }
}

/// Makes the renaming durable, where folders can be opened and synced at all.
fn sync_folder(folder: &Path) -> Result<(), Error> {
    let Ok(folder) = fs::File::open(folder) else { return Ok(()) };
    match folder.sync_all() {
        Err(error) if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::PermissionDenied) => {
            Err(error.into())
        }
        _ => Ok(()),
    }
}

fn bytes(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let length = match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Err(Error::NotAFile { path: path.display().to_string() }),
        Ok(metadata) => metadata.len().min(guard::LARGEST),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::with_capacity(length as usize + 1);
    fs::File::open(path)?.take(guard::LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > guard::LARGEST { Err(Problem::TooLarge { limit: guard::LARGEST }.into()) } else { Ok(Some(bytes)) }
}
