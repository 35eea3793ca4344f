//! From text to a [`Value`], as Go's decoders do it under some [`Rules`].

use std::sync::Arc;

use super::convert::{self, Target};
use super::decode;
use super::node::{self, Node};
use super::rules::Library;
use super::{CONVERTING, Error, Map, Rules, UNMARSHALING, Value, json, lines};

/// Reads the first document of a text; a text that says nothing is `null`.
pub fn read(text: &[u8], rules: &Rules) -> Result<Value, Error> {
    match rules.library {
        Library::V2 => read_as(text, Target::Any),
        Library::V3 => first(text, rules, |root| from_node(root, rules)),
    }
}

/// The first document as `sigs.k8s.io/yaml` reads it into a Go type, by its lines if they are ordinary.
fn read_as(text: &[u8], target: Target) -> Result<Value, Error> {
    lines::value(text, target).map_or_else(|| by_parser(text, target), Ok)
}

/// As [`read_as`] by way of the parser, whatever the lines are like.
pub(super) fn by_parser(text: &[u8], target: Target) -> Result<Value, Error> {
    first(text, &Rules::HELM, |root| convert::through_json(decode::decode(root, Library::V2)?, target))
}

fn first(text: &[u8], rules: &Rules, meaning: impl FnOnce(&Node) -> Result<Value, Error>) -> Result<Value, Error> {
    node::parse_first(text, rules)?.as_ref().map_or(Ok(Value::Null), meaning)
}

/// Reads the first document of a text as helmfile's `fromYaml` does: into anything, so that keys keep the type that they have.
pub fn read_anything(text: &[u8]) -> Result<Value, Error> {
    first(text, &Rules::HELMFILE, |root| convert::with_string_keys(decode::decode_anything(root, Library::V3)?))
}

/// Reads every document of a text.
pub fn read_all(text: &[u8], rules: &Rules) -> Result<Vec<Value>, Error> {
    node::parse(text, rules)?.iter().map(|root| from_node(root, rules)).collect()
}

/// What a part of a document means.
pub fn from_node(node: &Node, rules: &Rules) -> Result<Value, Error> {
    let any = decode::decode(node, rules.library)?;
    match rules.library {
        Library::V2 => convert::through_json(any, Target::Any),
        Library::V3 => convert::with_string_keys(any),
    }
}

/// The first document as `sigs.k8s.io/yaml` sees it while it fills a Go struct: integers stay apart from floats, because a field
/// that is a string takes the digits of the former.
pub fn read_for_struct(text: &[u8]) -> Result<Value, Error> {
    read_as(text, Target::Struct)
}

/// Why a text is not the map or list that was asked for, as `sigs.k8s.io/yaml` says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnmarshalError {
    /// It is not YAML, or not YAML that JSON can say.
    #[error("{CONVERTING}{0}")]
    Yaml(Error),
    /// It is something else.
    #[error("{UNMARSHALING}json: cannot unmarshal {found} into Go value of type {wanted}")]
    Type {
        /// What it is, in Go's words.
        found: &'static str,
        /// What was asked for, in Go's words.
        wanted: &'static str,
    },
}

/// Helm's way to read a map (`sigs.k8s.io/yaml` into `map[string]any`): what says nothing is an empty one.
pub fn read_map(text: &[u8]) -> Result<Arc<Map>, UnmarshalError> {
    match read(text, &Rules::HELM).map_err(UnmarshalError::Yaml)? {
        Value::Map(map) => Ok(map),
        Value::Null => Ok(Arc::default()),
        other => Err(UnmarshalError::Type { found: json::kind(&other), wanted: "map[string]interface {}" }),
    }
}

/// Helm's way to read a list (`sigs.k8s.io/yaml` into `[]any`): what says nothing is an empty one.
pub fn read_list(text: &[u8]) -> Result<Arc<[Value]>, UnmarshalError> {
    match read(text, &Rules::HELM).map_err(UnmarshalError::Yaml)? {
        Value::List(items) => Ok(items),
        Value::Null => Ok(Arc::default()),
        other => Err(UnmarshalError::Type { found: json::kind(&other), wanted: "[]interface {}" }),
    }
}
