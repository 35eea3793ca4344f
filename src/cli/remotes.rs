//! Remote bases, values and state files: what the lock has of them, shown as files; and what it lacks, for whoever may fetch it.
//!
//! Loading a project asks for them one by one, as it comes upon them. A command that decides loads again once what was missing
//! is here, until nothing is missing; all others take them from the lock and the cache alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::error::Error;
use super::load::{self, Environments};
use super::{Live, network, read_lock};
use crate::cache::Cache;
use crate::digest::Digest;
use crate::fetch::{Client, Network};
use crate::lockfile::{FilePin, GitPin, Lockfile};
use crate::project::{self, Project};
use crate::source::{FileUrl, GitReference, Packed, Remote, RepositoryUrl, is_mounted};
use crate::surroundings::{Entry, EntryKind, FileError, Files, Memory, RemoteError, Surroundings};
use crate::{chart, fetch};

/// Remote files that name remote files.
const DEEPEST: usize = 32;

/// The remote files of one run.
pub(super) struct Remotes {
    state: Mutex<State>,
    is_read: OnceLock<()>,
    mounted: Arc<Mounted>,
}

#[derive(Default)]
struct State {
    git: Vec<GitPin>,
    files: Vec<FilePin>,
    folders_asked: BTreeSet<GitReference>,
    files_asked: BTreeMap<String, FileUrl>,
    shown: BTreeSet<PathBuf>,
    /// What could not be shown.
    missing: BTreeSet<Remote>,
    is_anew: bool,
}

impl State {
    /// Notes a wish, and gives the digest of what answers it.
    fn ask(&mut self, remote: &Remote) -> Option<Digest> {
        let file = match remote {
            Remote::Folder { folder, .. } => {
                self.folders_asked.insert(folder.clone());
                return self.git.iter().find(|pin| pin.is_for(folder)).map(|pin| pin.digest);
            }
            Remote::File(file) | Remote::Packed(Packed { archive: file, .. }) => file,
        };
        let address = file.to_string();
        // What leads here from inside of an archive has no credentials any more.
        self.files_asked.entry(address.clone()).or_insert_with(|| file.clone());
        let pin = self.files.iter().find(|pin| pin.url == address)?;
        file.checksum().is_none_or(|digits| digits == pin.digest.to_hex()).then_some(pin.digest)
    }
}

/// Remote files in memory, all others where they are.
struct Mounted {
    below: Arc<dyn Files>,
    memory: Mutex<Memory>,
}

impl Remotes {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes nothing from the lock: branches and addresses are asked anew.
    pub(super) fn decide_anew(&self) {
        self.lock().is_anew = true;
    }

    fn is_deciding_anew(&self) -> bool {
        self.lock().is_anew
    }

    /// What is pinned; in a run that decides anew nothing is.
    fn know(&self, lockfile: &Lockfile) {
        let mut state = self.lock();
        (state.git, state.files) = (lockfile.git().to_vec(), lockfile.files().to_vec());
    }

    /// Forgets what was read so far, and takes remote files from this lock: another state of the project comes next.
    pub(super) fn turn_to(&self, lockfile: &Lockfile) {
        self.is_read.get_or_init(|| ());
        *self.lock() = State::default();
        *self.mounted.memory() = Memory::default();
        self.know(lockfile);
    }

    /// The folders of git that were asked for.
    pub(super) fn folders(&self) -> Vec<GitReference> {
        self.lock().folders_asked.iter().cloned().collect()
    }

    /// The pins of all that was asked for.
    pub(super) fn pins(&self) -> (Vec<GitPin>, Vec<FilePin>) {
        let state = self.lock();
        let git = state.git.iter().filter(|pin| state.folders_asked.contains(&pin.wanted())).cloned().collect();
        let files = state.files.iter().filter(|pin| state.files_asked.contains_key(&pin.url));
        let files = files.map(|pin| FilePin { of_schema: false, ..pin.clone() }).collect();
        (git, files)
    }

    fn pinned(&self) -> (Vec<GitPin>, Vec<FilePin>) {
        let state = self.lock();
        (state.git.clone(), state.files.clone())
    }

    /// Shows a remote file and says where.
    fn show(&self, text: &str, cache: &Cache) -> Result<PathBuf, RemoteError> {
        let mounted = &self.mounted;
        let refused = |reason: String| RemoteError::Refused { reason };
        let remote = Remote::parse(text).map_err(|error| refused(error.to_string()))?;
        let path = remote.mounted();
        let mut state = self.lock();
        let digest = state.ask(&remote);
        let (root, address) = match &remote {
            Remote::Folder { folder, .. } => (folder.mounted(), folder.to_string()),
            Remote::File(file) => (path.clone(), file.to_string()),
            Remote::Packed(packed) => (packed.root(), packed.archive.to_string()),
        };
        if state.shown.contains(&root) {
            return Ok(path);
        }
        let Some(digest) = digest else {
            state.missing.insert(remote);
            return Err(RemoteError::Unlocked { address });
        };
        let blob = cache.get(&digest).map_err(|error| refused(error.to_string()))?;
        let Some(blob) = blob else {
            state.missing.insert(remote);
            return Err(RemoteError::NotInCache { address });
        };
        match &remote {
            Remote::Folder { .. } => {
                mounted.add_folder(&root, blob.bytes()).map_err(|error| refused(error.to_string()))?;
            }
            Remote::File(_) => mounted.add(&path, blob.bytes()),
            Remote::Packed(_) => {
                let unpacked = chart::unpack_loose(blob.bytes(), &chart::Rules::NEWEST);
                let unpacked = unpacked.map_err(|error| refused(format!("{address}: {error}")))?;
                mounted.add_all(&root, unpacked.files);
            }
        }
        state.shown.insert(root);
        Ok(path)
    }

    /// Notes that a chart comes from an address. Whether it is here, whoever reads the chart is told.
    fn want(&self, remote: &Remote, cache: &Cache) {
        let mut state = self.lock();
        let is_here = state.ask(remote).is_some_and(|digest| matches!(cache.get(&digest), Ok(Some(_))));
        if !is_here {
            state.missing.insert(remote.clone());
        }
    }

    /// Reads the lock, once, in a run that takes something from it. Whether it can be read at all is told where the lock itself is
    /// wanted.
    fn learn(&self, path: impl FnOnce() -> Option<PathBuf>) {
        self.is_read.get_or_init(|| {
            if !self.is_deciding_anew()
                && let Some(lockfile) = path().and_then(|path| read_lock(&path).ok())
            {
                self.know(&lockfile);
            }
        });
    }

    /// Fetches what is missing, if anything is; says whether there was something.
    fn bring(&self, live: &Live) -> Result<bool, Error> {
        let missing = std::mem::take(&mut self.lock().missing);
        if missing.is_empty() {
            return Ok(false);
        }
        let (mut folders, mut files) = (BTreeSet::new(), BTreeSet::new());
        for remote in missing {
            match remote {
                Remote::Folder { folder, .. } => drop(folders.insert(folder)),
                Remote::File(file) | Remote::Packed(Packed { archive: file, .. }) => drop(files.insert(file)),
            }
        }
        let (folders, files): (Vec<_>, Vec<_>) = (folders.into_iter().collect(), files.into_iter().collect());
        let (known_git, known_files) = self.pinned();
        let network = open(&files, live)?;
        let git = fetch::pin_git(&folders, &known_git, false, &live.cache, &network)?;
        let files = fetch::pin_files(&files, &known_files, false, &live.cache, &network)?;
        let mut state = self.lock();
        state.git.retain(|pin| !git.iter().any(|new| new.is_for(&pin.wanted())));
        state.files.retain(|pin| !files.iter().any(|new| new.url == pin.url));
        state.git.extend(git);
        state.files.extend(files);
        Ok(true)
    }
}

/// The network for these files, with the users that their addresses name.
fn open(files: &[FileUrl], live: &Live) -> Result<Network, Error> {
    if live.is_offline() {
        return network::open(&[], live);
    }
    let mut options = network::options(&[], live)?;
    options.access.extend(files.iter().filter_map(|file| RepositoryUrl::split(file.url().as_str()).ok()));
    Ok(Network::Online(Client::new(options)))
}

/// The same surroundings with remote files in them: those of the lock that the project will turn out to have.
pub(super) fn with_remotes(surroundings: Surroundings, file: Option<PathBuf>, cache: Cache) -> (Surroundings, Arc<Remotes>) {
    let mounted = Arc::new(Mounted { below: surroundings.files.clone(), memory: Mutex::default() });
    let (state, is_read) = (Mutex::default(), OnceLock::new());
    let remotes = Arc::new(Remotes { state, is_read, mounted: mounted.clone() });
    let files: Arc<dyn Files> = mounted;
    let (shared, plain) = (remotes.clone(), surroundings.clone());
    let remote = move |text: &str| {
        if plain.is_on(project::NO_INSECURE_FEATURES) {
            return Err(RemoteError::Refused { reason: format!("{} forbids remote files", project::NO_INSECURE_FEATURES) });
        }
        shared.learn(|| project::lockfile(file.as_deref(), &plain).ok());
        shared.show(text, &cache)
    };
    (Surroundings { files, remote: Arc::new(remote), ..surroundings }, remotes)
}

/// Reads the project in all its variants, and fetches the remote files that it names.
///
/// # Errors
/// The project cannot be read, or a remote file cannot be had.
pub(super) fn load_all(live: &Live) -> Result<Environments, Error> {
    for _ in 0..DEEPEST {
        let loaded = load::all(live);
        if let Ok(environments) = &loaded {
            ask_for_values(&environments.projects, live);
        }
        if !live.remotes.bring(live)? {
            return loaded;
        }
    }
    Err(Error::Refused(format!("remote files name remote files {DEEPEST} levels deep")))
}

/// Asks for the remote files that releases take their values and charts from.
pub(super) fn ask_for_values(projects: &[Project], live: &Live) {
    for project in projects {
        for remote in project.addresses() {
            live.remotes.learn(|| Some(project.lockfile.clone()));
            live.remotes.want(remote, &live.cache);
        }
    }
    for path in projects.iter().flat_map(Project::remote_values) {
        // Whoever reads it is told why it cannot be had.
        let _shown_or_missing = (live.surroundings.remote)(path);
    }
}

/// Sees to it that the cache has all remote files of the lock.
///
/// # Errors
/// One cannot be had.
pub(super) fn fetch_locked(lockfile: &Lockfile, live: &Live) -> Result<(), Error> {
    if lockfile.git().is_empty() && lockfile.files().is_empty() {
        return Ok(());
    }
    let network = open(&[], live)?;
    fetch::fetch_git(lockfile.git(), &live.cache, &network)?;
    fetch::fetch_files(lockfile.files(), &live.cache, &network)?;
    Ok(())
}

impl Mounted {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, path: &Path, bytes: &[u8]) {
        let mut memory = self.memory();
        *memory = std::mem::take(&mut *memory).with(path, bytes);
    }

    fn add_all(&self, root: &Path, files: Vec<chart::File>) {
        let mut memory = self.memory();
        let mut filled = std::mem::take(&mut *memory);
        for file in files {
            if let Some(name) = file.name.as_str() {
                filled = filled.with(root.join(name), &*file.contents);
            }
        }
        *memory = filled;
    }

    /// Adds the files of a folder that was packed into a tar stream below one name.
    fn add_folder(&self, root: &Path, tar: &[u8]) -> std::io::Result<()> {
        for entry in tar::Archive::new(tar).entries()? {
            let mut entry = entry?;
            let name = entry.path()?.into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            self.add(&root.join(name.components().skip(1).collect::<PathBuf>()), &bytes);
        }
        Ok(())
    }
}

impl Files for Mounted {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        if is_mounted(path) { self.memory().read(path) } else { self.below.read(path) }
    }

    fn list(&self, directory: &Path) -> Result<Vec<Entry>, FileError> {
        if is_mounted(directory) { self.memory().list(directory) } else { self.below.list(directory) }
    }

    fn kind(&self, path: &Path) -> Result<Option<EntryKind>, FileError> {
        if is_mounted(path) { self.memory().kind(path) } else { self.below.kind(path) }
    }
}
