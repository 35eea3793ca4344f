//! What can be wrong with YAML, in go-yaml's words.

use super::json;

/// Why a text is not the YAML that was asked for. `Display` is go-yaml's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not YAML, or it is YAML that go-yaml refuses to decode.
    #[error("yaml: {}{problem}", place(*.line))]
    Syntax {
        /// The line that go-yaml names: usually, but not always, the one a person would name.
        line: Option<usize>,
        /// What is wrong there.
        problem: String,
    },
    /// The YAML does not fit the type that it is decoded into (a duplicate key, to go-yaml v3).
    #[error("yaml: unmarshal errors:\n  {}", .0.join("\n  "))]
    Unmarshal(Vec<String>),
    /// The value has no form in JSON, or `sigs.k8s.io/yaml` knows none. Without the prefix `yaml: `.
    #[error("{0}")]
    Unsupported(String),
    /// The value cannot be encoded as JSON.
    #[error(transparent)]
    Json(#[from] json::Error),
}

fn place(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

impl Error {
    /// The line that the error names, counted from one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Syntax { line, .. } => *line,
            Self::Unmarshal(problems) => problems.first()?.strip_prefix("line ")?.split(':').next()?.parse().ok(),
            _ => None,
        }
    }
}
