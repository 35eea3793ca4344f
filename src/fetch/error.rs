//! What can go wrong between a source and the cache, as facts; every failure of a run, not only the first.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::Address;
use crate::digest::Digest;
use crate::request::{Asker, Origin};
use crate::source::{ChartRef, GitReference, Source};
use crate::version::Version;

/// All failures of one call, in the order of the sources and charts.
#[derive(Debug)]
pub struct Error {
    /// At least one.
    pub failures: Vec<Failure>,
}

/// One thing that could not be had.
#[derive(Debug)]
pub struct Failure {
    /// What was wanted.
    pub wanted: Wanted,
    /// By whom; empty for charts, of which only who called knows.
    pub by: Vec<(Asker, Origin)>,
    /// Why it could not be had.
    pub problem: Problem,
}

/// What somebody wanted to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// What a source offers.
    Offers(Source),
    /// The versions of a chart of a registry, which has no index.
    Versions(ChartRef),
    /// A chart in a version.
    Chart(ChartRef, Version),
    /// A folder of a git repository.
    Folder(GitReference),
    /// A file at an address.
    File(String),
    /// A cache that keeps what it is given.
    Cache(PathBuf),
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offers(source) => source.fmt(f),
            Self::Versions(chart) => chart.fmt(f),
            Self::Chart(chart, version) => write!(f, "{chart} {version}"),
            Self::Folder(reference) => reference.fmt(f),
            Self::File(address) => address.fmt(f),
            Self::Cache(folder) => folder.display().fmt(f),
        }
    }
}

/// What sort of thing went wrong: what decides on the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A server gave nonsense, something is missing, or the disk refused.
    Other,
    /// A server could not be reached or failed.
    Network,
    /// A server wants other credentials.
    Authentication,
    /// Bytes are not those that were promised, or too many.
    Integrity,
}

/// Why something could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No connection, or it broke.
    #[error("cannot read {url}")]
    Unreachable {
        /// What was asked.
        url: Address,
        /// What the layers below say; without the URL.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The transfer was too slow to be worth waiting for.
    #[error("{url} sends less than {} bytes a second", super::network::Patience::SLOWEST)]
    TooSlow {
        /// What was asked.
        url: Address,
    },
    /// An answer that is not the thing asked for.
    #[error("{url} answers {status}{}", asked_to_wait(.wait.as_ref()))]
    Status {
        /// What was asked.
        url: Address,
        /// The HTTP status.
        status: u16,
        /// How long the server wants us to wait, if that is too long.
        wait: Option<Duration>,
    },
    /// The server wants to know who asks, or does not like who does.
    #[error("{url} answers {status}; {}", sent(.credentials.as_deref()))]
    Denied {
        /// What was asked.
        url: Address,
        /// The HTTP status.
        status: u16,
        /// Where the user and password come from that were sent.
        credentials: Option<String>,
        /// How the server wants to be told, in its words.
        challenge: String,
    },
    /// A registry wants to know who asks, or does not like who does.
    #[error("{url} answers {status}; {credentials}")]
    Login {
        /// What was asked.
        url: Address,
        /// The HTTP status.
        status: u16,
        /// Where the credentials come from that were sent, or why none were.
        credentials: String,
    },
    /// A registry sends us for a token where we do not go.
    #[error("{url} wants a token from {realm}")]
    Realm {
        /// What was asked.
        url: Address,
        /// Where it sends us and why that is wrong.
        realm: String,
    },
    /// The answer of a registry makes no sense.
    #[error("{url} answers nonsense: {reason}")]
    Nonsense {
        /// What was asked.
        url: Address,
        /// What is wrong with it.
        reason: String,
    },
    /// What a registry has under a tag is no chart.
    #[error("{reference} is not a chart: {reason}")]
    NotAChartManifest {
        /// The tag or digest, with its repository.
        reference: String,
        /// What it is instead.
        reason: String,
    },
    /// A manifest has another digest than the one that it was asked for by.
    #[error("{url} has digest {actual}")]
    WrongManifest {
        /// What was asked.
        url: Address,
        /// What came.
        actual: Digest,
    },
    /// The server sends us where we do not go.
    #[error("{url} redirects to {target}")]
    Redirect {
        /// What was asked.
        url: Address,
        /// Where it leads and why that is wrong.
        target: &'static str,
    },
    /// More bytes than a sane answer has.
    #[error("{url} sends more than {limit} bytes")]
    TooLarge {
        /// What was asked.
        url: Address,
        /// How many would have been accepted.
        limit: usize,
    },
    /// The body is packed in a way that was not asked for, or badly.
    #[error("{url} sends a body that cannot be unpacked ({encoding})")]
    Encoding {
        /// What was asked.
        url: Address,
        /// What the server calls it.
        encoding: String,
    },
    /// The body is no index of charts.
    #[error("{url} is not an index of charts: {reason}")]
    NotAnIndex {
        /// What was asked.
        url: Address,
        /// What it is instead.
        reason: String,
    },
    /// The body is no chart.
    #[error("{url} is not a chart: {reason}")]
    NotAChart {
        /// What was asked, or the chart that the cache was asked for.
        url: String,
        /// What it is instead.
        reason: String,
    },
    /// The body is a chart, but another one.
    #[error("{url} is {actual}")]
    AnotherChart {
        /// What was asked, or the chart that the cache was asked for.
        url: String,
        /// Name and version that the chart gives itself.
        actual: String,
    },
    /// The body is not what the source itself promises.
    #[error("{url} has digest {actual}, but the {witness} promises {promised}")]
    Mismatch {
        /// What was asked.
        url: Address,
        /// Who promises: `index`, `manifest`.
        witness: &'static str,
        /// The claim.
        promised: Digest,
        /// What came.
        actual: Digest,
    },
    /// The version has had other bytes before.
    #[error("it was republished: it was pinned as {pinned} and is {actual} now")]
    Republished {
        /// The digest that is known.
        pinned: Digest,
        /// The digest that the source has now.
        actual: Digest,
    },
    /// The body is not what the lock promises.
    #[error("{url} has digest {actual}, but the lock promises {pinned}")]
    NotAsLocked {
        /// What was asked.
        url: Address,
        /// The promise of the lock.
        pinned: Digest,
        /// What came.
        actual: Digest,
    },
    /// The archive is the locked one, but the lock has the digest of other files.
    #[error("the list of its files has digest {actual}, but the lock promises {pinned} (`filesDigest`)")]
    OtherFiles {
        /// The promise of the lock.
        pinned: Digest,
        /// What the archive has.
        actual: Digest,
    },
    /// It is not here, and nobody can be asked.
    #[error("it is not in the cache, and {0}")]
    NotHere(Absence),
    /// There is no address to get it from.
    #[error("there is no URL to get it from{0}")]
    NoUrl(String),
    /// git did not fetch it.
    #[error("git: {reason}")]
    Git {
        /// What git said.
        reason: String,
    },
    /// What a commit has there cannot be taken.
    #[error("it is not a folder of files: {reason}")]
    NotAFolder {
        /// What it is instead.
        reason: String,
    },
    /// An address has another file than the lock says.
    #[error("{url} has digest {actual}, but the lock promises {pinned}")]
    OtherFile {
        /// The address.
        url: Address,
        /// The promise of the lock.
        pinned: Digest,
        /// What came.
        actual: Digest,
    },
    /// An address has another file than its own checksum says.
    #[error("{url} has digest {actual}, but its checksum is {demanded}")]
    OtherChecksum {
        /// The address.
        url: Address,
        /// What the project says.
        demanded: String,
        /// What came.
        actual: Digest,
    },
    /// A registry that stands for a repository has none of its charts.
    #[error("{registry} has no tags of the charts that are wanted")]
    NoTags {
        /// The registry's folder.
        registry: String,
    },
    /// A commit's folder has other files than the lock says.
    #[error("commit {commit} has digest {actual}, but the lock promises {pinned}")]
    OtherFolder {
        /// The commit.
        commit: String,
        /// The promise of the lock.
        pinned: Digest,
        /// What came.
        actual: Digest,
    },
    /// Only the lock says that this host has it.
    #[error("the lock says that it is on {host}, which is not the repository's host, and {reason}")]
    Stranger {
        /// The host, with its port if that is unusual.
        host: String,
        /// Why the repository does not vouch for the host.
        reason: String,
    },
    /// A registry has another chart where one shall be put.
    #[error("{url} has layer {there}, and shall have {wanted}")]
    Taken {
        /// The place.
        url: Address,
        /// What shall be there.
        wanted: Digest,
        /// What is there.
        there: Digest,
    },
    /// Neither a mirror nor the origin has it.
    #[error("{}", said.iter().map(chain).collect::<Vec<_>>().join("; "))]
    Everywhere {
        /// What each of those who were asked said.
        said: Vec<Problem>,
    },
    /// The settings leave nobody to ask.
    #[error("helmlock.toml forbids to ask {place} itself, and names no mirror that could have it")]
    NoMirror {
        /// The place that is not asked.
        place: String,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] crate::cache::Error),
    /// Charts from this kind of source cannot be fetched.
    #[error("charts of {0} cannot be fetched")]
    Unsupported(&'static str),
}

/// Why the network is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Absence {
    /// The caller forbids it.
    #[error("the network must not be used")]
    Offline,
    /// This program was built without the feature `network`.
    #[error("this program was built without the network")]
    NotBuilt,
    /// The system refuses what it takes.
    #[error("the network cannot be set up: {0}")]
    SetUp(String),
}

impl Problem {
    /// What sort of thing it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Everywhere { said } => said.iter().map(Self::kind).max().unwrap_or(Kind::Other),
            // A server that answers "there is none" works.
            Self::Unreachable { .. }
            | Self::TooSlow { .. }
            | Self::Redirect { .. }
            | Self::Git { .. }
            | Self::Status { status: 408 | 429 | 500.., .. } => Kind::Network,
            Self::Denied { .. } | Self::Login { .. } | Self::Realm { .. } => Kind::Authentication,
            Self::TooLarge { .. }
            | Self::WrongManifest { .. }
            | Self::AnotherChart { .. }
            | Self::Mismatch { .. }
            | Self::Republished { .. }
            | Self::Stranger { .. }
            | Self::OtherFile { .. }
            | Self::OtherChecksum { .. }
            | Self::OtherFiles { .. }
            | Self::OtherFolder { .. }
            | Self::Taken { .. }
            | Self::Cache(crate::cache::Error::Foreign { .. })
            | Self::NotAsLocked { .. } => Kind::Integrity,
            _ => Kind::Other,
        }
    }
}

impl Problem {
    /// What could be done.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Everywhere { said } => return said.last().and_then(Self::hint),
            Self::Denied { credentials: Some(_), .. } => "check the user and password of the repository",
            Self::Denied { credentials: None, .. } => "give the repository a `username` and a `password` in helmfile.yaml",
            Self::Login { .. } => {
                "log in with `helm registry login` or `docker login`, or give the repository a `username` and a `password`"
            }
            Self::Mismatch { witness: "index", .. } => {
                "the index and the file contradict each other: ask those who keep them, or take the file's word with `--accept-index-mismatch NAME`"
            }
            Self::Mismatch { .. } => "the registry contradicts itself: ask those who keep it",
            Self::Republished { .. } => {
                "a published version should never change: compare the two before you trust the new one with `--accept-republished NAME`"
            }
            Self::Stranger { .. } => {
                "`helmlock resolve` asks where it is now; `download-hosts` in helmlock.toml permits more hosts"
            }
            Self::NotAsLocked { .. } => {
                "the lock was made from other bytes: ask those who keep the source, or lock another version"
            }
            Self::OtherFiles { .. } => "the lock contradicts itself: find out who changed it, then run `helmlock resolve`",
            Self::NotHere(Absence::Offline) => "run the command again without `--offline`",
            Self::Unreachable { source, .. } if is_about_a_certificate(&**source) => {
                "`caFile` of the repository, or `ca-file` of the mirror, names whoever signs its certificates"
            }
            Self::TooSlow { .. } | Self::Unreachable { .. } | Self::Status { status: 500.., .. } => {
                "nothing was changed; run the command again when the server answers"
            }
            Self::Status { status: 404, url, .. } if url.to_string().ends_with("/index.yaml") => {
                "the URL of a repository is that of the folder with its index.yaml"
            }
            _ => return None,
        })
    }
}

impl Error {
    /// The gravest kind among the failures.
    pub fn kind(&self) -> Kind {
        self.failures.iter().map(|failure| failure.problem.kind()).max().unwrap_or(Kind::Other)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failures.as_slice() {
            [only] => only.fmt(f),
            several => write!(f, "{} charts or sources cannot be had", several.len()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.failures.as_slice() {
            [only] => only.problem.source(),
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.wanted, self.problem)
    }
}

/// An error with its cause, on one line.
fn chain(problem: &Problem) -> String {
    let causes = std::iter::successors(problem.source(), |&cause| cause.source());
    causes.fold(problem.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn asked_to_wait(wait: Option<&Duration>) -> String {
    wait.map_or_else(String::new, |wait| format!(" and asks to come back in {} seconds", wait.as_secs()))
}

fn sent(credentials: Option<&str>) -> String {
    credentials.map_or_else(
        || "no user and password were sent".to_owned(),
        |place| format!("the user and password of {place} were sent"),
    )
}

/// Whether the layers below say that a host's certificate is none that is trusted.
fn is_about_a_certificate(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.to_string().starts_with("invalid peer certificate") {
            return true;
        }
        cause = error.source();
    }
    false
}
