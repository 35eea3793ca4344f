//! What can be wrong with a lock's file and bytes. That a lock does not fit its project is no error but a [`super::Drift`].

use crate::version::Version;

/// Why a lock cannot be read, made or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk refused; the error names the path.
    #[error("the lock cannot be accessed")]
    Disk(#[from] std::io::Error),
    /// The file is a symbolic link, which could lead a write anywhere.
    #[error("`{path}` is a symbolic link; a lock is never written through one")]
    Link {
        /// The path.
        path: String,
    },
    /// The file is no regular file.
    #[error("`{path}` is not a file")]
    NotAFile {
        /// The path.
        path: String,
    },
    /// The system said that the file was written, and it was not; or another process wrote it at the same time.
    #[error("`{path}` was written, but does not have what was written")]
    Lost {
        /// The path.
        path: String,
    },
    /// The bytes are no lock.
    #[error("{}", at_line(*.line, .problem))]
    Invalid {
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// What is wrong there.
        problem: Box<Problem>,
    },
    /// A chart was resolved, but nothing was fetched for it.
    #[error("nothing was fetched for `{chart}` {version}")]
    NoContent {
        /// The chart's name.
        chart: String,
        /// Its version.
        version: Version,
    },
}

/// What is wrong with the bytes of a lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// More than any lock has.
    #[error("the lock is larger than {} MiB", .limit >> 20)]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Nesting, anchors or other YAML that no lock has.
    #[error("{construct} do not belong into a lock")]
    Construct {
        /// What was found, in the plural.
        construct: &'static str,
    },
    /// Not UTF-8.
    #[error("the lock is not UTF-8 text")]
    NotText,
    /// Not YAML, or not of the form of a lock.
    #[error("{0}")]
    Yaml(String),
    /// A format that this version does not know.
    #[error("the lock has format {found} and was written by a newer helmlock; this one reads formats up to {known}")]
    Newer {
        /// The format's number.
        found: u64,
        /// The newest known.
        known: u64,
    },
    /// A field whose text does not belong there.
    #[error("{entry}: `{field}` is wrong: {reason}")]
    Field {
        /// The entry, such as "dependency `redis`".
        entry: String,
        /// The field's name.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// Two entries answer the same wish.
    #[error("`{chart}` is locked twice for `{constraint}`: {} and {}", .versions.0, .versions.1)]
    Twice {
        /// The chart's name.
        chart: String,
        /// The constraint that both answer.
        constraint: String,
        /// One version, and the other.
        versions: (String, String),
    },
    /// One version of one chart has two digests.
    #[error("`{chart}` {version} is locked with two digests")]
    TwoDigests {
        /// The chart's name.
        chart: String,
        /// Its version.
        version: Version,
    },
    /// Conflict markers without partners.
    #[error("a conflict marker has no partner")]
    Marker,
    /// The two sides of a merge conflict do not agree.
    #[error("the two sides of the merge conflict do not agree on {subject}; keep one of them, then run `helmlock resolve`")]
    Disagreement {
        /// What they do not agree on.
        subject: String,
    },
}

impl Error {
    pub(super) fn at(line: Option<usize>, problem: Problem) -> Self {
        Self::Invalid { line, problem: Box::new(problem) }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::at(None, problem)
    }
}

fn at_line(line: Option<usize>, problem: &Problem) -> String {
    line.map_or_else(|| problem.to_string(), |line| format!("line {line}: {problem}"))
}
