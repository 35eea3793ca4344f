//! `bundle`: one file with what the lock needs, written where a network is and read where none is. What it looks like is the room
//! `bundle`'s.

#![expect(clippy::disallowed_methods, reason = "a bundle can be larger than memory")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::args::Format;
use super::error::Error;
use super::terminal::count;
use super::{Live, load, network, read_lock};
use crate::bundle::{self, Part};
use crate::digest::Digest;
use crate::fetch::{self, Limits, Slice};
use crate::lockfile::Lockfile;
use crate::{project, vendor};

#[derive(Debug, Subcommand)]
pub(super) enum Bundle {
    /// Write a file with the charts of the lock, and what their sources offered of them
    Export {
        /// The file
        #[arg(value_name = "FILE")]
        path: PathBuf,
    },
    /// Take into the cache what the lock wants, and nothing else; the file brings no lock of its own
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        path: PathBuf,
    },
}

/// Runs the command.
pub(super) fn run(command: &Bundle, live: &Live) -> Result<(), Error> {
    match command {
        Bundle::Export { path } => export(path, live),
        Bundle::Import { path } => import(path, live),
    }
}

fn export(file: &Path, live: &Live) -> Result<(), Error> {
    let environments = load::all(live)?;
    let lockfile = locked(&environments.wanted().lockfile)?;
    let network = network::open(&environments.projects, live)?;
    let requests = environments.requests(live)?;
    let busy = live.terminal.busy("Asking", "the sources of all pins".to_owned());
    if let (false, Err(error)) = (live.is_offline(), fetch::candidates(&requests, &live.cache, &network)) {
        // Sources can be gone and their charts still be here: what was known of them goes along.
        live.terminal.warning(&format!("what sources offer is as old as the cache: {error}"));
    }
    drop(busy);
    let busy = live.terminal.busy("Fetching", count(lockfile.pins().count(), "pin"));
    fetch::fetch(&lockfile, &live.cache, &network)?;
    fetch::fetch_git(lockfile.git(), &live.cache, &network)?;
    fetch::fetch_files(lockfile.files(), &live.cache, &network)?;
    drop(busy);

    let digests = blobs(&lockfile);
    let slices = fetch::slices(&lockfile);
    let blob = |digest: &Digest| {
        let missing = || io::Error::other(format!("{digest} is no longer in the cache"));
        let blob = live.cache.get(digest).map_err(io::Error::other)?.ok_or_else(missing)?;
        Ok((Part::Blob(*digest), blob.bytes().to_vec()))
    };
    let answers = slices.iter().filter_map(|slice| Some(Ok((Part::Answer(slice.key()), slice.cut(&live.cache)?))));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let refused = |error: io::Error| Error::Refused(format!("{} cannot be written: {error}", file.display()));
    // Opened by ourselves, because temporary files are private by default.
    let open = |path: &Path| fs_err::OpenOptions::new().write(true).create_new(true).open(path);
    let output = tempfile::Builder::new().prefix(".helmlock.").make_in(folder, open).map_err(refused)?;
    let mut output = bundle::write(io::BufWriter::new(output), digests.keys().map(blob).chain(answers)).map_err(refused)?;
    output.flush().map_err(refused)?;
    let output = output.into_inner().map_err(|error| refused(error.into_error()))?;
    output.as_file().sync_all().map_err(refused)?;
    output.persist(file).map_err(|failure| refused(failure.error))?;
    tell("Bundled", digests.len(), file, live)
}

fn import(file: &Path, live: &Live) -> Result<(), Error> {
    let lockfile = lock_to_fill(live)?;
    let blobs = blobs(&lockfile);
    let slices: BTreeMap<_, Slice<'_>> =
        fetch::slices(&lockfile).into_iter().map(|slice| (Part::Answer(slice.key()), slice)).collect();
    let wanted: BTreeSet<_> = blobs.keys().map(|digest| Part::Blob(*digest)).chain(slices.keys().copied()).collect();
    let mut missing = blobs.clone();
    let input = fs_err::File::open(file).map_err(|error| Error::Refused(error.to_string()))?;
    let limits = Limits::default();
    let limit = limits.index.max(limits.archive) as u64;
    let taken = bundle::read(BufReader::new(input), limit, &wanted, |part, bytes| take(part, bytes, &slices, &mut missing, live));
    live.cache.settle()?;
    taken.map_err(|taking| match taking {
        Taking::Wrong(reason) => Error::Bundle { path: file.to_owned(), reason },
        Taking::Other(error) => *error,
    })?;
    if !missing.is_empty() {
        return Err(Error::BundleLacks { path: file.to_owned(), charts: missing.into_values().collect() });
    }
    fetch::remember_tags(&lockfile, &live.cache)?;
    tell("Imported", blobs.len(), file, live)
}

/// The lock that says what is wanted. The project may name remote files that only the bundle brings, so it is read only where nothing
/// else tells where its lock is.
fn lock_to_fill(live: &Live) -> Result<Lockfile, Error> {
    let early = read_lock(&project::lockfile(live.global.file.as_deref(), &live.surroundings)?)?;
    if early.is_empty() { locked(&load::all(live)?.wanted().lockfile) } else { Ok(early) }
}

/// Why reading ended.
enum Taking {
    Wrong(String),
    Other(Box<Error>),
}

impl From<bundle::Error> for Taking {
    fn from(error: bundle::Error) -> Self {
        Self::Wrong(error.to_string())
    }
}

fn take(
    part: Part,
    bytes: Vec<u8>,
    slices: &BTreeMap<Part, Slice<'_>>,
    missing: &mut BTreeMap<Digest, String>,
    live: &Live,
) -> Result<(), Taking> {
    let failed = |error| Taking::Other(Box::new(Error::Cache(error)));
    match part {
        Part::Blob(digest) => {
            live.cache.store(bytes, Some(&digest)).map_err(failed)?;
            missing.remove(&digest);
        }
        Part::Answer(_) => {
            let kept = slices[&part].keep(&bytes, &live.cache).map_err(failed)?;
            kept.map_err(Taking::Wrong)?;
        }
    }
    Ok(())
}

fn locked(path: &Path) -> Result<Lockfile, Error> {
    let lockfile = read_lock(path)?;
    if lockfile.is_empty() { Err(Error::NoLock { path: path.to_owned() }) } else { Ok(lockfile) }
}

/// What must be in a cache, with its names for messages.
fn blobs(lockfile: &Lockfile) -> BTreeMap<Digest, String> {
    vendor::wanted(lockfile).into_iter().map(|wanted| (wanted.digest, wanted.shown)).collect()
}

fn tell(verb: &str, charts: usize, file: &Path, live: &Live) -> Result<(), Error> {
    match live.terminal.format() {
        Format::Json => live.terminal.write_json(&json!({"file": file.display().to_string(), "charts": charts}))?,
        Format::Text => live.terminal.done(verb, &format!("{}, {}", count(charts, "chart"), file.display())),
    }
    Ok(())
}
