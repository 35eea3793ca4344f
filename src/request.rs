//! One wanted chart: what is asked for, by whom, and where that is written.
//!
//! Requests are plain data between `project`, which makes them, and `resolve`, which answers them.

use std::fmt;

use crate::source::{ChartRef, LocalPath};
use crate::version::Constraint;

/// One wanted chart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// What is wanted.
    pub chart: ChartRef,
    /// In which versions; [`Constraint::any`] where nothing is said.
    pub constraint: Constraint,
    /// By whom.
    pub asked_by: Asker,
    /// Where that is written.
    pub origin: Origin,
    /// In which environment of the project; nothing where it is asked for whatever the environment is.
    pub environment: Option<String>,
}

/// Who wants a chart. The lock keeps the two apart, because helmfile reads all of its `dependencies` as releases' charts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// A release.
    Release {
        /// Its name.
        name: String,
    },
    /// The `Chart.yaml` of a chart that lies beside the project.
    LocalChart {
        /// The chart's folder, relative to the root state file.
        path: LocalPath,
    },
}

impl Asker {
    /// The local chart, if it is one: the section of the lock that the answer belongs to.
    pub fn local_chart(&self) -> Option<&LocalPath> {
        match self {
            Self::Release { .. } => None,
            Self::LocalChart { path } => Some(path),
        }
    }
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release { name } => write!(f, "release `{name}`"),
            Self::LocalChart { path } => write!(f, "chart `{path}`"),
        }
    }
}

/// A place in a file that a user wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file, as the user would name it.
    pub file: String,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}
