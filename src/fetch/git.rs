//! Folders of git repositories: pinned to a commit and to the digest of their files.
//!
//! git itself fetches, one commit without history, into a bare repository that is thrown away; nothing is ever checked out, so
//! neither hooks nor filters, submodules or links of a repository can do anything. The files become one tar stream with
//! nothing in it but names and bytes; its sha256 is what the lock holds, and the cache keeps it under that.

use std::path::Path;

use super::{Absence, Error, Failure, Fetched, Network, Problem, Wanted, mirrors};
use crate::cache::Cache;
use crate::digest::Digest;
use crate::lockfile::GitPin;
use crate::source::GitReference;
use crate::surroundings::{Program, ProgramError, Surroundings};

/// Bytes of a folder, as for archives.
const LARGEST: u64 = 100 << 20;
/// Files of a folder.
const FILES: usize = 20_000;
/// What git may speak; `ext` would be a program of somebody's choice.
const PROTOCOLS: &str = "https:http:ssh:git:file";

/// Pins what is wanted. `known` are the pins of the old lock, which stay as they are unless `moves`: a branch is followed only
/// when somebody says so.
///
/// # Errors
/// Every folder that cannot be had, or is not what the lock promises.
pub fn pin_git(
    wanted: &[GitReference],
    known: &[GitPin],
    moves: bool,
    cache: &Cache,
    network: &Network,
) -> Result<Vec<GitPin>, Error> {
    let pin = |wanted: &GitReference| match known.iter().filter(|_| !moves).find(|pin| pin.is_for(wanted)) {
        Some(known) => ensure(known, cache, network).map(|_| known.clone()),
        None => bring(wanted, &wanted.reference, None, cache, network),
    };
    collect(wanted.iter().map(|wanted| (wanted.clone(), pin(wanted))), cache)
}

/// Sees to it that the cache has these folders.
///
/// # Errors
/// Every folder that cannot be had, or is not what the lock promises.
pub fn fetch_git(pins: &[GitPin], cache: &Cache, network: &Network) -> Result<Fetched, Error> {
    let brought = collect(pins.iter().map(|pin| (pin.wanted(), ensure(pin, cache, network))), cache)?;
    let downloaded = brought.iter().filter(|is_new| **is_new).count();
    Ok(Fetched { downloaded, present: brought.len() - downloaded })
}

fn collect<T>(results: impl Iterator<Item = (GitReference, Result<T, Problem>)>, cache: &Cache) -> Result<Vec<T>, Error> {
    let (mut good, mut failures) = (Vec::new(), Vec::new());
    for (wanted, result) in results {
        match result {
            Ok(value) => good.push(value),
            Err(problem) => failures.push(Failure { wanted: Wanted::Folder(wanted), by: Vec::new(), problem }),
        }
    }
    if let Err(error) = cache.settle() {
        failures.push(Failure { wanted: Wanted::Cache(cache.folder().to_owned()), by: Vec::new(), problem: error.into() });
    }
    if failures.is_empty() { Ok(good) } else { Err(Error { failures }) }
}

/// Brings a pinned folder if it is not here; says whether it had to.
fn ensure(pin: &GitPin, cache: &Cache, network: &Network) -> Result<bool, Problem> {
    if cache.get(&pin.digest)?.is_some() {
        return Ok(false);
    }
    let wanted = pin.wanted();
    // A server may not give a commit by its name, but what the reference stands for may still be that commit.
    let by_reference = || bring(&wanted, &pin.reference, Some(&pin.digest), cache, network);
    match bring(&wanted, &pin.commit, Some(&pin.digest), cache, network) {
        Err(Problem::Git { .. } | Problem::Everywhere { .. }) => by_reference()?,
        other => other?,
    };
    Ok(true)
}

/// Fetches what `reference` stands for in the repository of `wanted`, from whoever may be asked for it, and keeps the wanted folder. It
/// must have the digest, if there is one: a mirror that has something else is passed over.
fn bring(
    wanted: &GitReference,
    reference: &str,
    pinned: Option<&Digest>,
    cache: &Cache,
    network: &Network,
) -> Result<GitPin, Problem> {
    let Network::Online(client) = network else { return Err(Problem::NotHere(Absence::Offline)) };
    let options = client.options();
    let origin = wanted.repository.url();
    let mut problems = Vec::new();
    // git does not speak to registries.
    let places = mirrors::places(origin, &options.mirrors).all(origin);
    for place in places.iter().filter(|place| !place.starts_with("oci://")) {
        let remote = Remote { url: place, authorities: mirrors::authorities(place, &options.mirrors) };
        let brought = bring_from(&remote, wanted, reference, cache, &options.surroundings);
        match brought {
            Ok(brought) => match pinned.filter(|pinned| **pinned != brought.digest) {
                None => return Ok(brought),
                Some(pinned) => {
                    let (pinned, actual) = (*pinned, brought.digest);
                    problems.push(Problem::OtherFolder { commit: brought.commit, pinned, actual });
                }
            },
            Err(problem) => problems.push(problem),
        }
    }
    Err(mirrors::nowhere(problems, origin))
}

/// Where git fetches from.
struct Remote<'a> {
    url: &'a str,
    authorities: Option<&'a Path>,
}

fn bring_from(
    remote: &Remote<'_>,
    wanted: &GitReference,
    reference: &str,
    cache: &Cache,
    surroundings: &Surroundings,
) -> Result<GitPin, Problem> {
    let scratch = cache.scratch()?;
    let git = Git { folder: scratch.path(), authorities: remote.authorities, surroundings, asked_by: wanted.to_string() };
    git.run(&["init", "--quiet", "--bare", "--template=", "--", "."], Vec::new())?;
    let fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", remote.url, reference];
    git.run(&fetch, Vec::new())?;
    let commit = git.run(&["rev-parse", "--verify", "FETCH_HEAD^{commit}"], Vec::new())?;
    let commit = String::from_utf8_lossy(&commit).trim().to_owned();
    let files = git.files(&commit, wanted.path.as_str())?;
    let tar = pack(files).map_err(|error| Problem::NotAFolder { reason: error.to_string() })?;
    let digest = Digest::of(&tar);
    cache.store(tar, Some(&digest))?;
    let GitReference { repository, path, reference } = wanted.clone();
    Ok(GitPin { repository, path, reference, commit, digest })
}

/// Names and bytes.
type Files = Vec<(Vec<u8>, Vec<u8>)>;

/// git in a bare repository of our own.
struct Git<'a> {
    folder: &'a Path,
    authorities: Option<&'a Path>,
    surroundings: &'a Surroundings,
    asked_by: String,
}

impl Git<'_> {
    fn run(&self, arguments: &[&str], input: Vec<u8>) -> Result<Vec<u8>, Problem> {
        let settings = ["-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-c", "core.fsmonitor=false"];
        let variables = [("GIT_TERMINAL_PROMPT", "0"), ("GIT_ALLOW_PROTOCOL", PROTOCOLS), ("GIT_DIR", "."), ("LC_ALL", "C")];
        // Absolute, because git runs elsewhere: so `cli` has it.
        let authorities = self.authorities.map(|path| ("GIT_SSL_CAINFO".to_owned(), path.to_string_lossy().into_owned()));
        let program = Program {
            name: "git".to_owned(),
            arguments: settings.iter().chain(arguments).map(|argument| (*argument).to_owned()).collect(),
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .chain(authorities)
                .collect(),
            input,
            directory: self.folder.to_owned(),
            asked_by: self.asked_by.clone(),
            limit: None,
        };
        (self.surroundings.run)(&program).map_err(|error| Problem::Git { reason: reason(&error) })
    }

    /// All files below a folder of a commit, in git's order, which is that of their bytes.
    fn files(&self, commit: &str, path: &str) -> Result<Files, Problem> {
        let path = if path == "." { "" } else { path };
        let not_a_folder = |reason: String| Problem::NotAFolder { reason };
        let listing = self.run(&["ls-tree", "-r", "-z", "-l", "--full-tree", &format!("{commit}:{path}")], Vec::new());
        let listing = listing.map_err(|_| not_a_folder(format!("commit {commit} has no folder `{path}`")))?;
        let (mut names, mut objects, mut size) = (Vec::new(), Vec::new(), 0_u64);
        for entry in listing.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let file = Listed::parse(entry).ok_or_else(|| not_a_folder("git lists it in an unknown way".to_owned()))?;
            let name = String::from_utf8_lossy(file.name).escape_debug().to_string();
            if !file.is_regular {
                return Err(not_a_folder(format!("`{name}` is a link or another repository")));
            }
            size = size.saturating_add(file.size);
            if size > LARGEST || names.len() >= FILES {
                return Err(not_a_folder(format!("it has more than {} MiB or {FILES} files", LARGEST >> 20)));
            }
            names.push((file.name.to_vec(), usize::try_from(file.size).unwrap_or(usize::MAX)));
            objects.extend_from_slice(file.object);
            objects.push(b'\n');
        }
        let batch = self.run(&["cat-file", "--batch"], objects)?;
        contents(names, &batch).ok_or_else(|| not_a_folder("git does not give its files".to_owned()))
    }
}

/// One file of `git ls-tree -l`: `mode type object size<tab>name`.
struct Listed<'a> {
    is_regular: bool,
    object: &'a [u8],
    size: u64,
    name: &'a [u8],
}

impl<'a> Listed<'a> {
    fn parse(entry: &'a [u8]) -> Option<Self> {
        let tab = memchr::memchr(b'\t', entry)?;
        let mut words = entry[..tab].split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let (mode, _, object, size) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let is_regular = matches!(mode, b"100644" | b"100755" | b"100664");
        let size = if is_regular { std::str::from_utf8(size).ok()?.parse().ok()? } else { 0 };
        Some(Self { is_regular, object, size, name: &entry[tab + 1..] })
    }
}

/// The files with their bytes, from the answer of `git cat-file --batch`: a line, the bytes, a line end, for each.
fn contents(names: Vec<(Vec<u8>, usize)>, mut batch: &[u8]) -> Option<Files> {
    let mut files = Vec::new();
    for (name, size) in names {
        let start = memchr::memchr(b'\n', batch)? + 1;
        let end = start.checked_add(size)?;
        files.push((name, batch.get(start..end)?.to_vec()));
        batch = batch.get(end + 1..)?;
    }
    Some(files)
}

/// A tar stream whose bytes depend on names and contents alone.
fn pack(files: Files) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let name = String::from_utf8(name).map_err(|_| std::io::Error::other("a file's name is not UTF-8"))?;
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, format!("chart/{name}"), bytes.as_slice())?;
    }
    builder.into_inner()
}

/// Why git gave up, in its words, without what may be a password: a user's settings may put one into a URL.
fn reason(error: &ProgramError) -> String {
    let ProgramError::Failed { stderr, .. } = error else { return error.to_string() };
    let mut lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let fatal = lines.clone().find(|line| line.starts_with("fatal:"));
    let line = fatal.or_else(|| lines.next_back()).unwrap_or("it says nothing");
    let mut words = Vec::new();
    for word in line.split(' ') {
        words.push(match word.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
            Some((scheme, rest)) => format!("{scheme}://{rest}"),
            None => word.to_owned(),
        });
    }
    words.join(" ").chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}
