//! What Helm looks at in a rendered document before it prints it: Helm's `SimpleHead`.
//!
//! Helm parses every document for this, and refuses the release if one is not YAML. So do we, but ordinary documents are
//! known by their lines, without a tree; what is not goes to the parser.

mod ordinary;

pub(super) use ordinary::by_lines;

use super::convert::{self, Target};
use super::{CONVERTING, Error, Map, Rules, Text, UNMARSHALING, Value, decode, json, node};

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
    /// It is not YAML, or not YAML that JSON can say.
    #[error("{CONVERTING}{0}")]
    Yaml(Error),
    /// A field has another type than Helm expects.
    #[error("{UNMARSHALING}{}", mismatch(.found, .field, json::Backend::V2))]
    Type {
        /// What stands there, in Go's words: `array`, `object`, `string`, `number`, `bool`.
        found: &'static str,
        /// The path of the field, empty for the document itself.
        field: Vec<String>,
    },
}

impl HeadError {
    /// The text of the Helm whose JSON engine is `backend`; `Display` is that of Helm 4.3.
    pub fn text(&self, backend: json::Backend) -> String {
        match self {
            Self::Yaml(_) => self.to_string(),
            Self::Type { found, field } => format!("{UNMARSHALING}{}", mismatch(found, field, backend)),
        }
    }
}

fn mismatch(found: &str, field: &[String], backend: json::Backend) -> String {
    let package = match backend {
        json::Backend::V1 => "releaseutil",
        json::Backend::V2 => "util",
    };
    let kind = match field {
        [] => format!("{package}.SimpleHead"),
        [name] if spelling(name) == "metadata" => {
            r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#.to_owned()
        }
        [_, name] if convert::field(name.as_bytes()) == "annotations" => "map[string]string".to_owned(),
        _ => "string".to_owned(),
    };
    let place = match (backend, field) {
        (_, []) => "Go value".to_owned(),
        // The old engine names fields as Go spells them, and does not look into a map.
        (json::Backend::V1, [name]) => format!("Go struct field SimpleHead.{}", spelling(name)),
        (json::Backend::V1, [_, name, ..]) => format!("Go struct field .metadata.{}", convert::field(name.as_bytes())),
        (json::Backend::V2, _) => json::place(field),
    };
    format!("json: cannot unmarshal {found} into {place} of type {kind}")
}

fn spelling(name: &str) -> &'static str {
    match convert::field(name.as_bytes()).as_str() {
        "apiversion" => "apiVersion",
        "kind" => "kind",
        _ => "metadata",
    }
}

/// Reads the head of a rendered document, every line of which is checked.
pub fn head(document: &[u8]) -> Result<Head, HeadError> {
    match by_lines(document) {
        Some(head) => Ok(head),
        None => by_parser(document),
    }
}

/// The head by way of the parser, as Helm itself finds it.
pub(super) fn by_parser(document: &[u8]) -> Result<Head, HeadError> {
    let value = decode_head(document).map_err(HeadError::Yaml)?;
    let mut reader = Reader::default();
    match value {
        Value::Null => {}
        Value::Map(fields) => reader.document(&fields),
        other => reader.mismatch(&other),
    }
    match reader.mismatch {
        None => {
            let annotations = std::mem::take(&mut reader.annotations);
            reader.head.annotations = annotations.into_iter().collect();
            Ok(reader.head)
        }
        Some(mismatch) => Err(mismatch),
    }
}

fn decode_head(document: &[u8]) -> Result<Value, Error> {
    let rules = Rules::HELM;
    match node::parse_first(document, &rules)? {
        Some(root) => convert::through_json(decode::decode(&root, rules.library)?, Target::Head),
        None => Ok(Value::Null),
    }
}

/// Fills a head as Go's JSON decoder fills a struct: the fields in the order of their names as written, whatever their case,
/// later ones over earlier ones; the first mismatch is the error.
#[derive(Default)]
struct Reader {
    head: Head,
    annotations: std::collections::BTreeMap<Text, Text>,
    path: Vec<String>,
    mismatch: Option<HeadError>,
}

impl Reader {
    fn document(&mut self, fields: &Map) {
        for (name, value) in fields {
            self.path.push(json::pointer_token(name));
            match convert::field(name).as_str() {
                "apiversion" => self.text(value, |reader| &mut reader.head.api_version),
                "kind" => self.text(value, |reader| &mut reader.head.kind),
                "metadata" => match value {
                    Value::Map(fields) => self.metadata(fields),
                    Value::Null => {
                        self.head.name = Text::default();
                        self.annotations.clear();
                    }
                    other => self.mismatch(other),
                },
                _ => {}
            }
            self.path.pop();
        }
    }

    fn metadata(&mut self, fields: &Map) {
        for (name, value) in fields {
            self.path.push(json::pointer_token(name));
            match convert::field(name).as_str() {
                "name" => self.text(value, |reader| &mut reader.head.name),
                "annotations" => match value {
                    Value::Map(annotations) => self.annotations(annotations),
                    Value::Null => self.annotations.clear(),
                    other => self.mismatch(other),
                },
                _ => {}
            }
            self.path.pop();
        }
    }

    fn annotations(&mut self, annotations: &Map) {
        for (name, value) in annotations {
            self.path.push(json::pointer_token(name));
            match value {
                Value::String(text) => _ = self.annotations.insert(name.clone(), text.clone()),
                Value::Null => _ = self.annotations.insert(name.clone(), Text::default()),
                other => self.mismatch(other),
            }
            self.path.pop();
        }
    }

    fn text(&mut self, value: &Value, field: fn(&mut Self) -> &mut Text) {
        match value {
            Value::String(text) => *field(self) = text.clone(),
            Value::Null => {}
            other => self.mismatch(other),
        }
    }

    fn mismatch(&mut self, value: &Value) {
        if self.mismatch.is_none() {
            self.mismatch = Some(HeadError::Type { found: json::kind(value), field: self.path.clone() });
        }
    }
}
