//! From Go's `any` to a [`Value`]: what `sigs.k8s.io/yaml` does between YAML and JSON, and what helmfile does to keys.

use std::sync::Arc;

use super::decode::{Any, Key};
use super::number::{self, Integer};
use super::rules::Library;
use super::{Error, Map, Text, Value, gosyntax, json};

/// The Go type that JSON is decoded into in the end: where it wants a string, other scalars become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// `any`.
    Any,
    /// A struct, or something in it, that whoever reads it knows better: integers stay apart from floats.
    Struct,
    /// Helm's `SimpleHead`.
    Head,
    /// Its metadata.
    Metadata,
    /// A map of strings.
    Texts,
    /// A string.
    Text,
}

impl Target {
    /// The type of an item.
    fn item(self) -> Self {
        if self == Self::Struct { Self::Struct } else { Self::Any }
    }

    /// The type of the entry `name`.
    pub(super) fn entry(self, name: &[u8]) -> Self {
        match self {
            Self::Any | Self::Text => Self::Any,
            Self::Struct => Self::Struct,
            Self::Texts => Self::Text,
            Self::Head => match field(name).as_str() {
                "apiversion" | "kind" => Self::Text,
                "metadata" => Self::Metadata,
                _ => Self::Any,
            },
            Self::Metadata => match field(name).as_str() {
                "name" => Self::Text,
                "annotations" => Self::Texts,
                _ => Self::Any,
            },
        }
    }
}

/// The name under which Go looks for a struct's field, in lower case: two characters beyond ASCII fold to letters of it.
pub(super) fn field(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase().replace('\u{212A}', "k").replace('\u{17F}', "s")
}

/// `sigs.k8s.io/yaml`: keys become strings, then JSON is written and read again.
pub(super) fn through_json(any: Any, target: Target) -> Result<Value, Error> {
    let mut unsupported = None;
    let value = to_json(any, target, &mut unsupported)?;
    // Go converts all keys before it writes any JSON, so a bad key is found before a bad number.
    match unsupported {
        Some(number) => Err(Error::Json(json::Error::unsupported(number))),
        None => Ok(value),
    }
}

fn to_json(any: Any, target: Target, unsupported: &mut Option<f64>) -> Result<Value, Error> {
    Ok(match any {
        Any::Null => Value::Null,
        Any::Bool(truth) if target == Target::Text => truth.to_string().into(),
        Any::Bool(truth) => Value::Bool(truth),
        Any::Integer(number) if target == Target::Text => number.to_string().into(),
        Any::Integer(Integer::Signed(number)) if target == Target::Struct => Value::Int(number),
        Any::Integer(Integer::Unsigned(number)) if target == Target::Struct => Value::Uint(number),
        Any::Integer(Integer::Signed(number)) => Value::Float(number as f64),
        Any::Integer(Integer::Unsigned(number)) => Value::Float(number as f64),
        Any::Float(number) if target == Target::Text => text_of_float(number).into(),
        Any::Float(number) => {
            if !number.is_finite() {
                unsupported.get_or_insert(number);
            }
            Value::Float(number)
        }
        Any::String(text) => Value::String(valid_utf8(text)),
        Any::Time(time) => time.into(),
        Any::List(items) => {
            let items: Result<Vec<_>, _> = items.into_iter().map(|item| to_json(item, target.item(), unsupported)).collect();
            Value::List(items?.into())
        }
        Any::Map(entries) => {
            let mut map = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let name = match &key {
                    Key::String(text) => valid_utf8(text.clone()),
                    Key::Int(number) => number.to_string().into(),
                    Key::Float(bits) => number::format_float_short(f64::from_bits(*bits)).into(),
                    Key::Bool(truth) => truth.to_string().into(),
                    Key::Time(time) => time.as_str().into(),
                    Key::Null | Key::Uint(_) => return Err(unsupported_key(&key, &value)),
                };
                let inner = target.entry(&name);
                map.push((name, to_json(value, inner, unsupported)?));
            }
            Value::Map(Arc::new(Map::from(map)))
        }
    })
}

/// A float where a string is wanted; as text, even what JSON cannot hold passes.
fn text_of_float(number: f64) -> String {
    match number as f32 {
        f32::INFINITY => "+Inf".to_owned(),
        f32::NEG_INFINITY => "-Inf".to_owned(),
        short if short.is_nan() => "NaN".to_owned(),
        _ => number::format_float_short(number),
    }
}

fn unsupported_key(key: &Key, value: &Any) -> Error {
    Error::Unsupported(format!(
        "unsupported map key of type: {}, key: {}, value: {}",
        gosyntax::key_type(key).unwrap_or("%!s(<nil>)"),
        gosyntax::key(key),
        gosyntax::any(value, Library::V2)
    ))
}

/// JSON cannot carry other bytes than UTF-8: Go puts U+FFFD for each of them.
fn valid_utf8(text: Text) -> Text {
    if text.as_str().is_some() {
        return text;
    }
    let mut valid = String::new();
    for chunk in text.utf8_chunks() {
        valid.push_str(chunk.valid());
        valid.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    valid.into()
}

/// helmfile refuses keys that are not strings, once the document is decoded.
pub(super) fn with_string_keys(any: Any) -> Result<Value, Error> {
    Ok(match any {
        Any::Null => Value::Null,
        Any::Bool(truth) => Value::Bool(truth),
        Any::Integer(Integer::Signed(number)) => Value::Int(number),
        Any::Integer(Integer::Unsigned(number)) => Value::Uint(number),
        Any::Float(number) => Value::Float(number),
        Any::String(text) => Value::String(text),
        Any::Time(time) => Value::Time(Box::new(time.into())),
        Any::List(items) => Value::List(items.into_iter().map(with_string_keys).collect::<Result<Vec<_>, _>>()?.into()),
        Any::Map(entries) => {
            let mut map = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let Key::String(name) = key else {
                    return Err(Error::Unsupported(format!(
                        "unexpected type of key in map: expected string, got {}: value={}",
                        gosyntax::key_type(&key).unwrap_or("<nil>"),
                        gosyntax::key(&key)
                    )));
                };
                map.push((name, with_string_keys(value)?));
            }
            Value::Map(Arc::new(Map::from(map)))
        }
    })
}
