//! From text to a [`Value`], as Go's decoders do it under some [`Rules`].

use std::sync::Arc;

use super::decode::{self, Any, Key};
use super::node::{self, Node};
use super::number::{self, Integer};
use super::rules::Library;
use super::{CONVERTING, Error, Map, Rules, Text, UNMARSHALING, Value, gosyntax, json};

/// Reads the first document of a text; a text that says nothing is `null`.
pub fn read(text: &[u8], rules: &Rules) -> Result<Value, Error> {
    match node::parse_first(text, rules)? {
        Some(root) => from_node(&root, rules),
        None => Ok(Value::Null),
    }
}

/// Reads every document of a text.
pub fn read_all(text: &[u8], rules: &Rules) -> Result<Vec<Value>, Error> {
    node::parse(text, rules)?.iter().map(|root| from_node(root, rules)).collect()
}

/// What a part of a document means.
pub fn from_node(node: &Node, rules: &Rules) -> Result<Value, Error> {
    let any = decode::decode(node, rules.library)?;
    match rules.library {
        Library::V2 => through_json(any, float),
        Library::V3 => with_string_keys(any),
    }
}

/// The first document as `sigs.k8s.io/yaml` sees it while it fills a Go struct: integers stay apart from floats, because a field
/// that is a string takes the digits of the former.
pub fn read_for_struct(text: &[u8]) -> Result<Value, Error> {
    match node::parse_first(text, &Rules::HELM)? {
        Some(root) => through_json(decode::decode(&root, Library::V2)?, integer),
        None => Ok(Value::Null),
    }
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

/// `sigs.k8s.io/yaml`: keys become strings, then JSON is written and read again.
fn through_json(any: Any, numbers: fn(Integer) -> Value) -> Result<Value, Error> {
    let mut unsupported = None;
    let value = to_json(any, numbers, &mut unsupported)?;
    // Go converts all keys before it writes any JSON, so a bad key is found before a bad number.
    match unsupported {
        Some(number) => Err(Error::Json(json::Error::unsupported(number))),
        None => Ok(value),
    }
}

fn integer(number: Integer) -> Value {
    match number {
        Integer::Signed(number) => Value::Int(number),
        Integer::Unsigned(number) => Value::Uint(number),
    }
}

fn float(number: Integer) -> Value {
    match number {
        Integer::Signed(number) => Value::Float(number as f64),
        Integer::Unsigned(number) => Value::Float(number as f64),
    }
}

fn to_json(any: Any, numbers: fn(Integer) -> Value, unsupported: &mut Option<f64>) -> Result<Value, Error> {
    Ok(match any {
        Any::Null => Value::Null,
        Any::Bool(truth) => Value::Bool(truth),
        Any::Integer(number) => numbers(number),
        Any::Float(number) => {
            if !number.is_finite() {
                unsupported.get_or_insert(number);
            }
            Value::Float(number)
        }
        Any::String(text) => Value::String(valid_utf8(text)),
        Any::Time(time) => Value::String(time.into()),
        Any::List(items) => {
            let items: Result<Vec<_>, _> = items.into_iter().map(|item| to_json(item, numbers, unsupported)).collect();
            Value::List(items?.into())
        }
        Any::Map(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let name = match &key {
                    Key::String(text) => valid_utf8(text.clone()),
                    Key::Int(number) => number.to_string().into(),
                    Key::Float(bits) => number::format_float_short(f64::from_bits(*bits)).into(),
                    Key::Bool(truth) => truth.to_string().into(),
                    Key::Time(time) => time.as_str().into(),
                    Key::Null | Key::Uint(_) => return Err(unsupported_key(&key, &value)),
                };
                map.insert(name, to_json(value, numbers, unsupported)?);
            }
            Value::Map(Arc::new(map))
        }
    })
}

fn unsupported_key(key: &Key, value: &Any) -> Error {
    Error::Unsupported(format!(
        "unsupported map key of type: {}, key: {}, value: {}",
        gosyntax::key_type(key),
        gosyntax::key(key),
        gosyntax::any(value)
    ))
}

/// JSON cannot carry other bytes than UTF-8.
fn valid_utf8(text: Text) -> Text {
    if text.as_str().is_some() { text } else { text.to_lossy().into_owned().into() }
}

/// helmfile refuses keys that are not strings, once the document is decoded.
fn with_string_keys(any: Any) -> Result<Value, Error> {
    Ok(match any {
        Any::Null => Value::Null,
        Any::Bool(truth) => Value::Bool(truth),
        Any::Integer(Integer::Signed(number)) => Value::Int(number),
        Any::Integer(Integer::Unsigned(number)) => Value::Uint(number),
        Any::Float(number) => Value::Float(number),
        Any::String(text) => Value::String(text),
        Any::Time(time) => Value::Time(time.into()),
        Any::List(items) => Value::List(items.into_iter().map(with_string_keys).collect::<Result<Vec<_>, _>>()?.into()),
        Any::Map(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let Key::String(name) = key else {
                    return Err(Error::Unsupported(format!(
                        "unexpected type of key in map: expected string, got {}: value={}",
                        gosyntax::key_type(&key),
                        gosyntax::key(&key)
                    )));
                };
                map.insert(name, with_string_keys(value)?);
            }
            Value::Map(Arc::new(map))
        }
    })
}
