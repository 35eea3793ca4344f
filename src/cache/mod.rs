//! The content-addressed store that parallel processes share.
//!
//! ```text
//! <cache>/
//! ├── sha256/aa/<hex>   a blob; the name is the sha256 that we computed of its bytes
//! ├── unpacked/aa/<hex> what was made of the blob of that name, and <hex>.apart what few look at of it
//! ├── urls/<hex>        what a URL gave last: a blob's digest and the validators; <hex> is the sha256 of the URL
//! ├── locks/<hex>       empty files whose advisory locks say "this URL is being asked"; they only save work
//! └── tmp/              files that are being written
//! ```
//! A blob's name is never a claim of somebody else, and every read hashes again: a torn, flipped or foreign file counts as
//! absent and is replaced by the next store. What is unpacked has no such name: who reads it has something else to prove it by, and can
//! do without it. Reading writes nothing and takes no lock, so a read-only cache serves.
//! This room knows neither charts nor the network.

mod disk;
mod remembered;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::time::Duration;

use crate::digest::Digest;
use disk::Durability;

pub use remembered::{Remembered, Validators};

/// The folders of a cache.
const OWN: [&str; 5] = ["locks", "sha256", "tmp", UNPACKED, "urls"];

/// Those that keep something.
const KEPT: [&str; 3] = ["sha256", UNPACKED, "urls"];

/// The one for what is made of blobs.
const UNPACKED: &str = "unpacked";

/// How old a file in `tmp/` must be before it can be litter.
const LITTER_AGE: Duration = Duration::from_hours(1);

/// Why the cache could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The disk refused: full, read-only, broken.
    #[error("the cache `{}` cannot be used", .folder.display())]
    Disk {
        /// The cache.
        folder: PathBuf,
        /// What the system says; it names the file.
        source: io::Error,
    },
    /// The bytes are not those that were promised.
    #[error("expected {expected}, got {actual}")]
    Mismatch {
        /// What was promised.
        expected: Digest,
        /// What the bytes have.
        actual: Digest,
    },
    /// A file outside of the cache is not what it is listed as.
    #[error("{} has digest {actual}, not {expected}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is listed as.
        expected: Digest,
        /// What its bytes have.
        actual: Digest,
    },
    /// The disk took a blob and does not have it.
    #[error("{digest} was written to `{}` and is not there", .folder.display())]
    Lost {
        /// The cache.
        folder: PathBuf,
        /// The blob.
        digest: Digest,
    },
}

/// Bytes that have been verified: only the cache makes them, after hashing exactly these bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Blob {
    digest: Digest,
    bytes: Arc<Vec<u8>>,
}

impl Blob {
    fn new(bytes: Vec<u8>) -> Self {
        Self { digest: Digest::of(&bytes), bytes: Arc::new(bytes) }
    }

    /// The sha256 of the bytes.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same for whoever keeps them.
    pub fn into_shared(self) -> Arc<Vec<u8>> {
        self.bytes
    }
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({}, {} bytes)", self.digest, self.bytes.len())
    }
}

/// The right to ask a URL while others wait; see [`Cache::try_lock`].
#[derive(Debug)]
pub struct Lock {
    _file: Option<std::fs::File>,
}

/// A cache folder. Opening touches nothing; the folder is made when something is stored. Clones are one cache.
#[derive(Clone, Debug)]
pub struct Cache {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    /// Folders whose names are not durable yet, and the blobs that were stored, both since the last [`Cache::settle`].
    unsettled: Mutex<Unsettled>,
    prepared: Once,
    /// Files outside of the cache that are listed with the digests of blobs.
    beside: OnceLock<BTreeMap<Digest, PathBuf>>,
}

#[derive(Debug, Default)]
struct Unsettled {
    folders: BTreeSet<PathBuf>,
    blobs: BTreeSet<Digest>,
}

impl Cache {
    /// The cache in `folder`, which need not exist.
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        let shared =
            Shared { folder: folder.into(), unsettled: Mutex::default(), prepared: Once::new(), beside: OnceLock::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Where it is, for messages.
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// Lets files outside of the cache count as its blobs. They are listed by the digests that they should have, are hashed
    /// like all that is read, and never written. Only the first call counts.
    pub fn read_beside(&self, files: BTreeMap<Digest, PathBuf>) {
        let _the_first_call_counts = self.shared.beside.set(files);
    }

    /// The blob of a digest, if it is here and whole.
    ///
    /// The file is read once and these very bytes are hashed.
    pub fn get(&self, digest: &Digest) -> Result<Option<Blob>, Error> {
        match self.own(digest)? {
            Some(blob) => Ok(Some(blob)),
            None => self.foreign(digest),
        }
    }

    fn own(&self, digest: &Digest) -> Result<Option<Blob>, Error> {
        let bytes = disk::read(&self.path(digest)).map_err(|source| self.failed(source))?;
        Ok(bytes.map(Blob::new).filter(|blob| blob.digest == *digest))
    }

    fn foreign(&self, digest: &Digest) -> Result<Option<Blob>, Error> {
        let Some(path) = self.shared.beside.get().and_then(|files| files.get(digest)) else { return Ok(None) };
        let Some(bytes) = disk::read(path).map_err(|source| self.failed(source))? else { return Ok(None) };
        let blob = Blob::new(bytes);
        if blob.digest != *digest {
            return Err(Error::Foreign { path: path.clone(), expected: *digest, actual: blob.digest });
        }
        Ok(Some(blob))
    }

    /// Keeps bytes under the digest that they have, which must be the expected one if there is one.
    ///
    /// An equal blob that is here already is left alone; a damaged one is replaced. The bytes are durable when this returns,
    /// their name is after [`Cache::settle`].
    pub fn store(&self, bytes: Vec<u8>, expected: Option<&Digest>) -> Result<Blob, Error> {
        let blob = Blob::new(bytes);
        if let Some(expected) = expected.filter(|expected| **expected != blob.digest) {
            return Err(Error::Mismatch { expected: *expected, actual: blob.digest });
        }
        if self.keep(&blob.digest, &blob.bytes, Durability::Durable)? {
            self.unsettled().blobs.insert(blob.digest);
        }
        Ok(blob)
    }

    /// What was made of a blob, which nobody has proven: as much of it as `choose` chooses when it gets the length.
    pub fn unpacked(&self, digest: &Digest, choose: impl FnOnce(u64) -> Range<u64>) -> Result<Option<Vec<u8>>, Error> {
        disk::read_chosen(&self.path_in(UNPACKED, digest), choose).map_err(|source| self.failed(source))
    }

    /// A part of what few look at of it, which nobody has proven either.
    pub fn unpacked_part(&self, digest: &Digest, part: Range<usize>) -> Result<Option<Vec<u8>>, Error> {
        let bytes = disk::read_chosen(&self.apart_path(digest), |_| part.start as u64..part.end as u64);
        Ok(bytes.map_err(|source| self.failed(source))?.filter(|bytes| bytes.len() == part.len()))
    }

    /// Keeps what was made of a blob, in place of what was kept before: what everybody reads, and what few look at.
    pub fn keep_unpacked(&self, digest: &Digest, bytes: &[u8], apart: &[u8]) -> Result<(), Error> {
        if !apart.is_empty() {
            self.write(&self.apart_path(digest), apart, Durability::Hint)?;
        }
        self.write(&self.path_in(UNPACKED, digest), bytes, Durability::Hint)
    }

    /// Makes the names of all that was stored durable, and proves that it is there.
    ///
    /// To be called once per command, before anything else on disk speaks of the blobs.
    pub fn settle(&self) -> Result<(), Error> {
        let Unsettled { folders, blobs } = std::mem::take(&mut *self.unsettled());
        for folder in &folders {
            disk::sync_folder(folder).map_err(|source| self.failed(source))?;
        }
        // A file system may claim to have renamed and not have done it (a lost reply of a file server).
        match blobs.into_iter().find(|digest| !matches!(self.own(digest), Ok(Some(_)))) {
            Some(digest) => Err(Error::Lost { folder: self.shared.folder.clone(), digest }),
            None => Ok(()),
        }
    }

    /// Asks for the right to ask `url`, so that parallel processes fetch each body once. `None`: somebody else is at it.
    ///
    /// Nobody may rely on it: where there are no locks, or no cache can be written, everybody gets the right.
    pub fn try_lock(&self, url: &str) -> Option<Lock> {
        let locks = self.shared.folder.join("locks");
        if self.prepare(&locks).is_err() {
            return Some(Lock { _file: None });
        }
        match disk::try_lock(&locks.join(Digest::of(url.as_bytes()).to_hex())) {
            disk::Locking::Ours(file) => Some(Lock { _file: Some(file) }),
            disk::Locking::Taken => None,
            disk::Locking::Impossible => Some(Lock { _file: None }),
        }
    }

    /// Writes a blob unless it is here; says whether it had to.
    fn keep(&self, digest: &Digest, bytes: &[u8], durability: Durability) -> Result<bool, Error> {
        // An error here is one of reading; whether it matters, writing will tell.
        if self.own(digest).is_ok_and(|here| here.is_some()) {
            return Ok(false);
        }
        self.write(&self.path(digest), bytes, durability)?;
        Ok(true)
    }

    /// The names of the folders that the cache has on disk.
    pub fn entries(&self) -> Result<Vec<String>, Error> {
        let found = disk::names(&self.shared.folder).map_err(|source| self.failed(source))?;
        Ok(found.into_iter().filter(|name| OWN.contains(&name.as_str())).collect())
    }

    /// Takes away all blobs and what is known of URLs, and names their folders. Locks and files that are being written stay,
    /// because other processes may be at work; so does what is no part of a cache.
    pub fn clear(&self) -> Result<Vec<String>, Error> {
        let kept: Vec<_> = self.entries()?.into_iter().filter(|name| KEPT.contains(&name.as_str())).collect();
        for name in &kept {
            disk::remove_folder(&self.shared.folder.join(name)).map_err(|source| self.failed(source))?;
        }
        Ok(kept)
    }

    /// An empty folder for a program to work in. It goes when it is dropped.
    pub fn scratch(&self) -> Result<tempfile::TempDir, Error> {
        let scratch = self.shared.folder.join("tmp");
        self.prepare(&scratch).and_then(|()| disk::folder(&scratch)).map_err(|source| self.failed(source))
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.path_in("sha256", digest)
    }

    fn apart_path(&self, digest: &Digest) -> PathBuf {
        self.path_in(UNPACKED, digest).with_extension("apart")
    }

    fn path_in(&self, folder: &str, digest: &Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.shared.folder.join(folder).join(&hex[..2]).join(hex)
    }

    fn write(&self, target: &Path, bytes: &[u8], durability: Durability) -> Result<(), Error> {
        let scratch = self.shared.folder.join("tmp");
        let parent = target.parent().expect("targets lie inside of the cache");
        let write = || {
            self.prepare(&scratch)?;
            self.prepare(parent)?;
            disk::write(&scratch, target, bytes, durability)
        };
        write().map_err(|source| self.failed(source))?;
        if durability == Durability::Durable {
            self.unsettled().folders.insert(parent.to_owned());
        }
        Ok(())
    }

    /// Makes a folder of the cache and those above it, and clears the litter of dead processes once.
    fn prepare(&self, folder: &Path) -> io::Result<()> {
        if !folder.is_dir() {
            disk::create_root(&self.shared.folder)?;
            let inner = folder.strip_prefix(&self.shared.folder).expect("folders lie inside of the cache");
            let mut path = self.shared.folder.clone();
            for component in inner.components() {
                let parent = path.clone();
                path.push(component);
                if disk::create_folder(&path)? {
                    self.unsettled().folders.insert(parent);
                }
            }
        }
        self.shared.prepared.call_once(|| disk::sweep(&self.shared.folder.join("tmp"), LITTER_AGE));
        Ok(())
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Disk { folder: self.shared.folder.clone(), source }
    }

    fn unsettled(&self) -> std::sync::MutexGuard<'_, Unsettled> {
        self.shared.unsettled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
