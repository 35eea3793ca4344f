//! Every call of the cache to the operating system.
//!
//! It knows files, not what they mean: whole reads, files that appear whole or not at all, advisory locks, litter.

#![allow(clippy::disallowed_methods, reason = "the cache is on disk")]

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

/// The bytes of a file, or nothing if there is none.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    read_chosen(path, |length| 0..length)
}

/// Those of its bytes that `choose` chooses when it gets the file's length.
pub(super) fn read_chosen(path: &Path, choose: impl FnOnce(u64) -> Range<u64>) -> io::Result<Option<Vec<u8>>> {
    let read = || {
        let mut file = fs_err::File::open(path)?;
        let length = file.metadata()?.len();
        let Range { start, end } = choose(length);
        if start > 0 {
            file.seek(SeekFrom::Start(start))?;
        }
        let count = end.min(length).saturating_sub(start);
        let mut bytes = Vec::new();
        // Room that grew would be copied, and touched anew, several times.
        bytes.try_reserve_exact(usize::try_from(count).unwrap_or(0))?;
        // The standard library's own file does not clear the room before it is filled.
        let (file, _) = file.into_parts();
        let read = file.take(count).read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|error| named(&error, "read from file", path))
    };
    match read() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names in a folder, sorted; none if it is not there.
pub(super) fn names(path: &Path) -> io::Result<Vec<String>> {
    let entries = match fs_err::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Takes away a folder with all that is in it.
pub(super) fn remove_folder(path: &Path) -> io::Result<()> {
    match fs_err::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Makes the folder of a cache, for its owner only. A folder that is there keeps its mode.
pub(super) fn create_root(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| named(&error, "create folder", path))
}

/// Makes a folder inside of the cache; says whether it had to.
pub(super) fn create_folder(path: &Path) -> io::Result<bool> {
    match fs_err::create_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a file must outlive a loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// It must: its bytes reach the disk before its name does.
    Durable,
    /// It need not: who reads it notices and can do without.
    Hint,
}

/// Lets `bytes` appear as `target`, whole, by way of a file in `scratch` on the same file system.
///
/// The file holds a lock for as long as its writer lives, which is how [`sweep`] tells litter from work.
pub(super) fn write(scratch: &Path, target: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.prefix("").tempfile_in(scratch).map_err(|error| named(&error, "create a file in", scratch))?;
    let path = temporary.path().to_owned();
    let _lock_only_guards_against_the_sweep = temporary.as_file().try_lock();
    let sync = |file: &File| if durability == Durability::Durable { file.sync_all() } else { Ok(()) };
    let written = temporary.write_all(bytes).and_then(|()| sync(temporary.as_file()));
    written.map_err(|error| named(&error, "write", &path))?;
    temporary.persist(target).map_err(|error| named(&error.error, "rename a file to", target))?;
    Ok(())
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match fs_err::File::open(path)?.sync_all() {
        // File systems that know no such thing say so in one of these words.
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => Ok(()),
        other => other,
    }
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What became of asking for a lock.
pub(super) enum Locking {
    /// It is ours until the file is closed, at the latest when the process ends, however it ends.
    Ours(File),
    /// Another process or thread has it.
    Taken,
    /// This file system has no locks, or the cache cannot be written.
    Impossible,
}

/// Asks for the lock that belongs to a file, without waiting.
pub(super) fn try_lock(path: &Path) -> Locking {
    let Ok(file) = File::options().create(true).truncate(false).write(true).open(path) else {
        return Locking::Impossible;
    };
    match file.try_lock() {
        Ok(()) => Locking::Ours(file),
        Err(TryLockError::WouldBlock) => Locking::Taken,
        Err(TryLockError::Error(_)) => Locking::Impossible,
    }
}

/// A new folder in `scratch`.
pub(super) fn folder(scratch: &Path) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("").tempdir_in(scratch).map_err(|error| named(&error, "create a folder in", scratch))
}

/// Removes the files in `folder` that are older than `age` and whose writer is gone.
///
/// Ages are measured against a file that was made just now, so neither a wrong clock nor that of a file server matters.
/// What cannot be removed stays: litter is no reason to fail.
pub(super) fn sweep(folder: &Path, age: Duration) {
    let now = tempfile::tempfile_in(folder).and_then(|probe| probe.metadata()?.modified());
    let (Ok(now), Ok(entries)) = (now, std::fs::read_dir(folder)) else { return };
    for entry in entries.flatten() {
        let Ok(metadata) = entry.metadata() else { continue };
        let is_older = |age| {
            let modified = metadata.modified().ok();
            modified.is_some_and(|modified| now.duration_since(modified).is_ok_and(|passed| passed > age))
        };
        if metadata.is_dir() && is_older(age * 24) {
            // No program works in it for so long.
            let _litter_may_stay = std::fs::remove_dir_all(entry.path());
        }
        if metadata.is_file() && is_older(age) && is_abandoned(&entry.path()) {
            let _litter_may_stay = std::fs::remove_file(entry.path());
        }
    }
}

fn is_abandoned(path: &Path) -> bool {
    File::options().write(true).open(path).is_ok_and(|file| !matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// As `fs_err` does it, for calls that it does not wrap: the message names the path.
fn named(error: &io::Error, action: &str, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("failed to {action} `{}`: {error}", path.display()))
}
