//! What can be wrong with a project: facts, each with its place where it has one.

use std::path::PathBuf;

use super::Place;

/// Why a project could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}{kind}", prefix(.place.as_ref()))]
pub struct Error {
    /// What is wrong.
    pub kind: Box<ErrorKind>,
    /// Where, as far as it has a place.
    pub place: Option<Place>,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, place: Option<Place>) -> Self {
        Self { kind: Box::new(kind), place }
    }
}

fn prefix(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| format!("{place}: "))
}

/// What is wrong with a project.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no helmfile.yaml.
    #[error("no helmfile.yaml in {}", .searched.display())]
    NoStateFile {
        /// Where it was looked for.
        searched: PathBuf,
    },
    /// The environment is defined nowhere, so nothing matches (exit code 3).
    #[error("environment `{name}` is not defined")]
    UndefinedEnvironment {
        /// Its name.
        name: String,
        /// Those that are defined.
        defined: Vec<String>,
    },
}
