//! The real machine as [`Surroundings`]: disk, environment, clock, randomness. Programs are `programs.rs`'s.

#![expect(clippy::disallowed_methods, reason = "this is the rim: the one place that looks at the machine")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::programs;
use crate::surroundings::{Entry, EntryKind, FileError, Files, Secrets, Surroundings};

/// A values file larger than this is a mistake or an attack.
const MAX_FILE: u64 = 256 << 20;

/// Reads the machine once. Offline, no name has an address.
pub(super) fn surroundings(programs: programs::Policy, is_offline: bool) -> Surroundings {
    let variables: BTreeMap<String, String> =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
    let variables = Arc::new(variables);
    let clock = clock(variables.clone());
    Surroundings {
        files: Arc::new(Disk::default()),
        variables,
        run: Arc::new(move |program| programs::run(program, programs)),
        remote: Surroundings::closed(crate::surroundings::Memory::new()).remote,
        resolve_name: Arc::new(move |name| if is_offline { Vec::new() } else { addresses(name) }),
        clock: Arc::new(clock),
        entropy: Arc::new(|bytes| rand::fill(bytes)),
        secrets: Secrets::default(),
    }
}

/// The clock, read when the first asks: most do not, and then no time zone is looked for.
fn clock(variables: Arc<BTreeMap<String, String>>) -> impl Fn() -> Zoned {
    let now = LazyLock::new(move || fixed_clock(&variables).unwrap_or_else(|| Timestamp::now().to_zoned(local_zone(&variables))));
    move || Zoned::clone(&now)
}

/// A variable, if it is set.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Whether one of these variables is set, if only to nothing.
pub(super) fn is_any_set(variables: &[&str]) -> bool {
    variables.iter().any(|name| std::env::var_os(name).is_some())
}

/// The directory that relative paths begin at.
///
/// # Errors
/// It is gone, or hidden.
pub(super) fn working_directory() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// The moment that `SOURCE_DATE_EPOCH` names, if it does. It is in UTC: output that shall be the same everywhere must not depend
/// on where it is made.
pub(super) fn fixed_clock(variables: &BTreeMap<String, String>) -> Option<Zoned> {
    let seconds = variables.get("SOURCE_DATE_EPOCH")?.parse().ok()?;
    Some(Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC))
}

/// The time zone of the machine. The time library finds the same one, but to look up its name it reads the whole folder of
/// zones, which was a third of all work at start-up.
fn local_zone(variables: &BTreeMap<String, String>) -> TimeZone {
    let zone = if variables.contains_key("TZ") { None } else { zone_of_file("/etc/localtime") };
    zone.unwrap_or_else(TimeZone::system)
}

/// The time zone in a file, named by where its link leads.
fn zone_of_file(path: &str) -> Option<TimeZone> {
    let link = std::fs::read_link(path).ok()?;
    let (_, name) = link.to_str()?.split_once("zoneinfo/")?;
    TimeZone::tzif(name, &std::fs::read(path).ok()?).ok()
}

fn addresses(name: &str) -> Vec<IpAddr> {
    (name, 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
}

/// Replaces the text of a file that a user keeps, in one step and with its permissions.
pub(super) fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    // A link stays one; what it leads to is replaced.
    let path = fs_err::canonicalize(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".helmlock.").tempfile_in(folder)?;
    std::io::Write::write_all(&mut file, text)?;
    file.as_file().set_permissions(fs_err::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|failure| failure.error)?;
    Ok(())
}

/// Writes a new file that its user will keep.
///
/// # Errors
/// It is there already, or cannot be written.
pub(super) fn create(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(path)?;
    std::io::Write::write_all(&mut file, text)
}

/// The disk. Only regular files are read, so that a pipe or a device does not hang or fill the memory; but `-` is standard
/// input, read once and then known.
#[derive(Default)]
struct Disk {
    standard_input: OnceLock<Result<Vec<u8>, FileError>>,
}

impl Disk {
    fn standard_input() -> Result<Vec<u8>, FileError> {
        read_whole(std::io::stdin(), Path::new("-"), 0)
    }
}

fn unreadable(path: &Path, reason: &str) -> FileError {
    FileError::Unreadable { path: path.to_owned(), reason: reason.to_owned() }
}

fn too_large(path: &Path) -> FileError {
    unreadable(path, "it is larger than 256 MiB")
}

/// All that a reader gives, which should be so many bytes; some files are larger than they say, and others grow.
fn read_whole(reader: impl Read, path: &Path, length: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::with_capacity(length as usize + 1);
    reader.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| refused(path, &error))?;
    if bytes.len() as u64 > MAX_FILE { Err(too_large(path)) } else { Ok(bytes) }
}

impl Files for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        if path == Path::new("-") {
            return self.standard_input.get_or_init(Self::standard_input).clone();
        }
        let metadata = std::fs::metadata(path).map_err(|error| refused(path, &error))?;
        if metadata.is_dir() {
            return Err(unreadable(path, "it is a directory"));
        }
        if !metadata.is_file() {
            return Err(unreadable(path, "it is no regular file"));
        }
        if metadata.len() > MAX_FILE {
            return Err(too_large(path));
        }
        let file = std::fs::File::open(path).map_err(|error| refused(path, &error))?;
        read_whole(file, path, metadata.len())
    }

    fn list(&self, directory: &Path) -> Result<Vec<Entry>, FileError> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(here(directory)).map_err(|error| refused(directory, &error))? {
            let entry = entry.map_err(|error| refused(directory, &error))?;
            // Folders tell what stands in them; only a link must be looked at.
            let kind = match entry.file_type() {
                Ok(kind) if kind.is_dir() => EntryKind::Directory,
                Ok(kind) if !kind.is_symlink() => EntryKind::File,
                _ => self.kind(&entry.path())?.unwrap_or(EntryKind::File),
            };
            if let Ok(name) = entry.file_name().into_string() {
                entries.push(Entry { name, kind });
            }
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    fn kind(&self, path: &Path) -> Result<Option<EntryKind>, FileError> {
        match std::fs::metadata(here(path)) {
            Ok(metadata) if metadata.is_dir() => Ok(Some(EntryKind::Directory)),
            Ok(_) => Ok(Some(EntryKind::File)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(refused(path, &error)),
        }
    }
}

/// A clean path to the working directory is empty, which no system takes for it.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn refused(path: &Path, error: &std::io::Error) -> FileError {
    if is_absent(error) {
        FileError::NotFound(path.to_owned())
    } else {
        FileError::Unreadable { path: path.to_owned(), reason: error.to_string() }
    }
}
