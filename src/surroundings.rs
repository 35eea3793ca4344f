//! What the outside world offers to a stage, as one value: files, environment variables, programs, names, clock, randomness.
//!
//! The front makes it from the real machine and tests make it from plain data, so no other room reads any of these behind
//! a caller's back. Nothing here touches the machine itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The outside world. Clones are cheap and see the same world.
#[derive(Clone)]
pub struct Surroundings {
    /// The files that may be read.
    pub files: Arc<dyn Files>,
    /// The environment variables.
    pub variables: Arc<BTreeMap<String, String>>,
    /// Runs a program and returns what it wrote to its standard output.
    pub run: Arc<Run>,
    /// Shows a remote file among [`Surroundings::files`] and says where.
    pub remote: Arc<ShowRemote>,
    /// The addresses of a host name, in the resolver's order; none if it has none.
    pub resolve_name: Arc<ResolveName>,
    /// The clock, which stands still.
    pub clock: Arc<Clock>,
    /// Fills a buffer with random bytes.
    pub entropy: Arc<Entropy>,
    /// What was decrypted so far.
    pub secrets: Secrets,
}

/// The texts that were decrypted, or found where a reference to a secret leads: for whoever must know them again in what is about
/// to be shown. Clones are the same list.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Mutex<BTreeSet<String>>>);

impl Secrets {
    /// Texts shorter than this are in too much that is no secret.
    const SHORTEST: usize = 5;

    /// Lines of a text shorter than this are no secret of their own.
    const SHORTEST_LINE: usize = 16;

    /// Keeps a text in mind, and its lines, because manifests indent them.
    pub fn keep(&self, text: &str) {
        let text = text.trim();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if text.len() >= Self::SHORTEST && text != "false" {
            known.insert(text.to_owned());
        }
        if text.contains('\n') {
            // The first and the last line of a key in PEM are the same in all of them.
            let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
            known.extend(lines.filter(|line| line.len() >= Self::SHORTEST_LINE).map(str::to_owned));
        }
    }

    /// Keeps the value of an environment variable in mind whose name says that it is secret.
    pub fn keep_variable(&self, name: &str, value: &str) {
        const WORDS: [&str; 6] = ["AUTH", "CREDENTIAL", "KEY", "PASS", "SECRET", "TOKEN"];
        let name = name.to_ascii_uppercase();
        if WORDS.iter().any(|word| name.contains(word)) {
            self.keep(value);
        }
    }

    /// All texts, longer ones first, so that none hides in another.
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<_> = self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts
    }
}

/// Runs a program.
pub type Run = dyn Fn(&Program) -> Result<Vec<u8>, ProgramError> + Send + Sync;

/// Shows a remote file.
pub type ShowRemote = dyn Fn(&str) -> Result<PathBuf, RemoteError> + Send + Sync;

/// Why there is no remote file to be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The lock does not have it.
    #[error("the remote file {address} is not locked")]
    Unlocked {
        /// Where it is.
        address: String,
    },
    /// The lock has it, and the cache has not.
    #[error("the remote file {address} is not in the cache")]
    NotInCache {
        /// Where it is.
        address: String,
    },
    /// It is none that could be had.
    #[error("{reason}")]
    Refused {
        /// Why.
        reason: String,
    },
}

/// Looks a host name up.
pub type ResolveName = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// Says what time it is.
pub type Clock = dyn Fn() -> jiff::Zoned + Send + Sync;

/// Fills a buffer with random bytes.
pub type Entropy = dyn Fn(&mut [u8]) + Send + Sync;

impl Surroundings {
    /// A closed world: these files, no variables, no programs, no names, the epoch for a clock and zeros for randomness.
    pub fn closed(files: impl Files + 'static) -> Self {
        Self {
            files: Arc::new(files),
            variables: Arc::default(),
            run: Arc::new(|program| Err(ProgramError::Refused { program: program.name.clone() })),
            remote: Arc::new(|_| Err(RemoteError::Refused { reason: "there are no remote files here".to_owned() })),
            resolve_name: Arc::new(|_| Vec::new()),
            clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC)),
            entropy: Arc::new(|bytes| bytes.fill(0)),
            secrets: Secrets::default(),
        }
    }

    /// Reads a file.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        self.files.read(path)
    }

    /// What stands at `path`; `None` if nothing does.
    pub fn kind(&self, path: &Path) -> Result<Option<EntryKind>, FileError> {
        self.files.kind(path)
    }

    /// Whether `path` is a file; what cannot be looked at is not one.
    pub fn is_file(&self, path: &Path) -> bool {
        matches!(self.kind(path), Ok(Some(EntryKind::File)))
    }

    /// Whether `path` is a directory; what cannot be looked at is not one.
    pub fn is_directory(&self, path: &Path) -> bool {
        matches!(self.kind(path), Ok(Some(EntryKind::Directory)))
    }

    /// What time it is.
    pub fn now(&self) -> jiff::Zoned {
        (self.clock)()
    }

    /// An environment variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Whether an environment variable switches something on.
    pub fn is_on(&self, name: &str) -> bool {
        self.variable(name).and_then(truth) == Some(true)
    }
}

impl fmt::Debug for Surroundings {
    /// Says nothing of the variables, which hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// Where files come from: the disk, a revision of a repository, a map in memory. Symbolic links are followed.
pub trait Files: Send + Sync {
    /// The bytes of the file at `path`.
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError>;

    /// What a directory holds, by name in byte order.
    fn list(&self, directory: &Path) -> Result<Vec<Entry>, FileError>;

    /// What stands at `path`; `None` if nothing does.
    fn kind(&self, path: &Path) -> Result<Option<EntryKind>, FileError>;
}

/// Files that are being edited in memory: what lies below, with texts laid over, and which of them were read.
#[derive(Debug, Default)]
struct Layer {
    texts: BTreeMap<PathBuf, Vec<u8>>,
    read: BTreeSet<PathBuf>,
}

/// Other files with some texts laid over them. It remembers which files were read.
pub struct Watched {
    below: Arc<dyn Files>,
    layer: Mutex<Layer>,
}

impl Watched {
    /// These files as they are.
    pub fn new(below: Arc<dyn Files>) -> Self {
        Self { below, layer: Mutex::default() }
    }

    /// Lays a text over a file.
    pub fn lay(&self, path: &Path, text: Vec<u8>) {
        self.layer().texts.insert(clean(path), text);
    }

    /// The same files with one text more laid over them.
    #[must_use]
    pub fn with(&self, path: &Path, text: Vec<u8>) -> Self {
        let mut texts = self.layer().texts.clone();
        texts.insert(clean(path), text);
        Self { below: self.below.clone(), layer: Mutex::new(Layer { texts, read: BTreeSet::new() }) }
    }

    /// The text of a file, without remembering that it was read.
    pub fn text(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let laid = self.layer().texts.get(&clean(path)).cloned();
        laid.map_or_else(|| self.below.read(path), Ok)
    }

    /// The files that were read, sorted.
    pub fn read_so_far(&self) -> Vec<PathBuf> {
        self.layer().read.iter().cloned().collect()
    }

    fn layer(&self) -> MutexGuard<'_, Layer> {
        self.layer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for Watched {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let text = self.text(path)?;
        self.layer().read.insert(clean(path));
        Ok(text)
    }

    fn list(&self, directory: &Path) -> Result<Vec<Entry>, FileError> {
        self.below.list(directory)
    }

    fn kind(&self, path: &Path) -> Result<Option<EntryKind>, FileError> {
        self.below.kind(path)
    }
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the directory.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file, or anything else that is not a directory.
    File,
    /// A directory.
    Directory,
}

/// Why a file or a directory could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Nothing is there.
    #[error("{} does not exist", .0.display())]
    NotFound(PathBuf),
    /// Something is there that cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// What could not be read.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

/// A program to be run, and who wants it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Program {
    /// Its name, looked up as a shell would, or its path.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables it sees beside those of [`Surroundings::variables`].
    pub variables: BTreeMap<String, String>,
    /// What it reads from its standard input.
    pub input: Vec<u8>,
    /// The directory it runs in.
    pub directory: PathBuf,
    /// The place that asks for it, as `file:line`, for messages.
    pub asked_by: String,
    /// How long it may take, if not for as long as it wants.
    pub limit: Option<Duration>,
}

/// Why a program gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// This run starts no programs.
    #[error("running `{program}` is not allowed here")]
    Refused {
        /// Its name.
        program: String,
    },
    /// It could not be started.
    #[error("cannot run `{program}`: {reason}")]
    NotStarted {
        /// Its name.
        program: String,
        /// What the system said.
        reason: String,
    },
    /// It ended badly.
    #[error("`{program}` ended with {status}")]
    Failed {
        /// Its name.
        program: String,
        /// `exit status 1`, `signal 9`.
        status: String,
        /// What it wrote to its standard output.
        stdout: Vec<u8>,
        /// What it wrote to its standard error.
        stderr: String,
    },
    /// It did not end in time, and was ended.
    #[error("`{program}` did not end within {seconds} s")]
    TimedOut {
        /// Its name.
        program: String,
        /// How long it was waited for.
        seconds: u64,
    },
}

/// Files held in memory, by path. A path and its lexical equal (`a/../b`, `./b`) are the same file.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
    directories: BTreeSet<PathBuf>,
}

impl Memory {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and the directories above it.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, bytes: impl Into<Vec<u8>>) -> Self {
        let path = clean(path.as_ref());
        self.directories.extend(path.ancestors().skip(1).map(Path::to_owned));
        self.files.insert(path, bytes.into());
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let clean = clean(path);
        if self.directories.contains(&clean) {
            return Err(FileError::Unreadable { path: path.to_owned(), reason: "is a directory".to_owned() });
        }
        self.files.get(&clean).cloned().ok_or_else(|| FileError::NotFound(path.to_owned()))
    }

    fn list(&self, directory: &Path) -> Result<Vec<Entry>, FileError> {
        let clean = clean(directory);
        if !self.directories.contains(&clean) {
            return Err(FileError::NotFound(directory.to_owned()));
        }
        let files = self.files.keys().map(|path| (path, EntryKind::File));
        let directories = self.directories.iter().map(|path| (path, EntryKind::Directory));
        let mut entries: Vec<_> = files
            .chain(directories)
            .filter(|(path, _)| path.parent() == Some(&clean))
            .filter_map(|(path, kind)| Some(Entry { name: path.file_name()?.to_str()?.to_owned(), kind }))
            .collect();
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    fn kind(&self, path: &Path) -> Result<Option<EntryKind>, FileError> {
        let clean = clean(path);
        Ok(match (self.files.contains_key(&clean), self.directories.contains(&clean)) {
            (true, _) => Some(EntryKind::File),
            (_, true) => Some(EntryKind::Directory),
            _ => None,
        })
    }
}

/// The path without `.`, and without `..` as far as there is something before it to go up from: Go's `filepath.Clean`,
/// but that the current directory is the empty path.
pub fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(".."),
            },
            other => out.push(other),
        }
    }
    out
}

/// The truth that a text says, as Go reads flags and variables: `strconv.ParseBool`.
pub fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The text with `$NAME` and `${NAME}` replaced by what the variables are: Go's `os.Expand`.
pub fn expand(text: &str, variable: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, length) = shell_name(after);
        if length == 0 {
            out.push('$');
        }
        out.push_str(&variable(name));
        rest = &after[length..];
    }
    out.push_str(rest);
    out
}

/// The name after a `$`, and how long it is with its braces. A brace that holds no name is swallowed.
fn shell_name(text: &str) -> (&str, usize) {
    let special = |letter: char| "*#$@!?-0123456789".contains(letter);
    if let Some(inner) = text.strip_prefix('{') {
        let lone = inner.chars().next().filter(|letter| special(*letter) && inner[1..].starts_with('}'));
        return match (lone, inner.find('}')) {
            (Some(_), _) => (&inner[..1], 3),
            (None, Some(0)) => ("", 2),
            (None, Some(end)) => (&inner[..end], end + 2),
            (None, None) => ("", 1),
        };
    }
    if text.starts_with(special) {
        return (&text[..1], 1);
    }
    let end = text.find(|letter: char| letter != '_' && !letter.is_ascii_alphanumeric()).unwrap_or(text.len());
    (&text[..end], end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cleaned_as_go_cleans_it() {
        for (path, expected) in [
            ("a/./b", "a/b"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/../a", "/a"),
            ("./", ""),
            ("a//b/", "a/b"),
        ] {
            assert_eq!(clean(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn memory_lists_files_and_directories_by_name() {
        let files = Memory::new().with("b/c.yaml", "x").with("a.yaml", "y").with("b/d/e.yaml", "z");
        let names = |path: &str| -> Vec<_> { files.list(Path::new(path)).unwrap().into_iter().map(|entry| entry.name).collect() };
        assert_eq!(names("."), ["a.yaml", "b"]);
        assert_eq!(names("b"), ["c.yaml", "d"]);
        assert_eq!(files.read(Path::new("b/../a.yaml")).unwrap(), b"y");
        assert!(matches!(files.read(Path::new("none")), Err(FileError::NotFound(_))));
        assert!(matches!(files.read(Path::new("b")), Err(FileError::Unreadable { .. })));
        assert!(matches!(files.list(Path::new("c")), Err(FileError::NotFound(_))));
    }
}
