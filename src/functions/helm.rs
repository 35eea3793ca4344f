//! Helm's functions that read and print YAML, JSON and TOML. They stand in place of sprig's or beside them.
//!
//! What cannot be read becomes a map with the key `Error`, or a list of the message; what cannot be printed becomes an
//! empty text. The `must` functions say so instead.

use std::sync::Arc;

use super::limits::{self, MAX_DEPTH};
use super::{Rules, dates, json, printed, toml};
use crate::gotemplate::{Function, FunctionError, List, ListKind, Map, State, Value};
use crate::yaml::json::kind;
use crate::yaml::{self, Ordered, Style, Text};

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("fromJson", move |state: &mut State<'_>, text: Text| {
            limits::reading(state, &text).map(|()| from_json(&text, rules))
        }),
        Function::pure("fromJsonArray", move |state: &mut State<'_>, text: Text| {
            limits::reading(state, &text).map(|()| from_json_array(&text, rules))
        }),
        Function::of_the_clock("fromToml", move |state: &mut State<'_>, text: Text| {
            limits::reading(state, &text)?;
            Ok::<_, FunctionError>(toml::decoded(&text, rules.toml, &state.now()).unwrap_or_else(told))
        }),
        Function::pure("fromYaml", |state: &mut State<'_>, text: Text| {
            limits::reading(state, &text)?;
            Ok::<_, FunctionError>(yaml::read_map(&text).map_or_else(|error| told(error.to_string()), Map::frozen))
        }),
        Function::pure("fromYamlArray", |state: &mut State<'_>, text: Text| {
            limits::reading(state, &text)?;
            let read = yaml::read_list(&text).map_or_else(|error| listed(error.to_string()), yaml::Value::List);
            Ok::<_, FunctionError>(Value::from_plain(&read))
        }),
        Function::pure("mustToJson", move |value: Value| json::encoded(&value, rules)),
        Function::pure("mustToToml", move |value: Value| toml::encoded(&value, rules.toml)),
        Function::pure("mustToYaml", |state: &mut State<'_>, value: Value| to_yaml(state, &value)),
        Function::pure("toJson", move |value: Value| json::encoded(&value, rules).unwrap_or_default()),
        Function::pure("toToml", move |value: Value| match toml::encoded(&value, rules.toml) {
            // The library panics at nothing, and a panic is no error that this function tells as its text.
            Err(error) if !matches!(value, Value::Nil) => Ok(error.to_string().into_bytes()),
            written => written,
        }),
        Function::pure("toYaml", |state: &mut State<'_>, value: Value| to_yaml(state, &value).unwrap_or_default()),
        Function::pure("toYamlPretty", |value: Value| to_yaml_pretty(&value)),
    ]
}

/// A map that only says what is wrong.
fn told(error: String) -> Map {
    let map = Map::new();
    map.insert("Error".into(), Value::text(error));
    map
}

fn listed(error: String) -> yaml::Value {
    yaml::Value::List(Arc::from([yaml::Value::String(error.into())]))
}

/// Plain data that nothing has touched is printed once for all runs, what templates may change once for this one.
fn to_yaml(state: &State<'_>, value: &Value) -> Result<Text, FunctionError> {
    let print = |plain: &yaml::Value| Ok(trimmed(yaml::write(plain, Style::Helm).map_err(|error| error.to_string())?).into());
    match value.untouched() {
        Some(plain) => printed::once(&plain, print),
        None => state.made_once("toYaml", value, |value| {
            print(&value.to_plain().map_err(|error| format!("error marshaling into JSON: {error}"))?)
        }),
    }
}

/// What cannot be printed becomes an empty text here, too, but what go-yaml v3 has no type for is an error.
fn to_yaml_pretty(value: &Value) -> Result<String, FunctionError> {
    limits::parts(value)?;
    Ok(yaml::write_ordered(&as_go_yaml(value)?, Style::Pretty).map(trimmed).unwrap_or_default())
}

/// A value as go-yaml v3 prints it where no JSON comes between: a list or map that is nothing is empty, a time is a time, bytes
/// are a list of numbers, a duration is its text, and the fields of a struct keep their order, their names in lower case.
///
/// # Errors
/// A value that contains itself, or is of a type that YAML has nothing for.
pub fn as_go_yaml(value: &Value) -> Result<Ordered, FunctionError> {
    unconverted(value, 0)
}

fn unconverted(value: &Value, depth: usize) -> Result<Ordered, FunctionError> {
    if depth > MAX_DEPTH {
        return Err("a value contains itself".into());
    }
    if let Some(plain) = value.untouched() {
        return Ok(Ordered::Plain(plain));
    }
    let text = |text: Text| Ok(Ordered::Plain(yaml::Value::String(text)));
    match value {
        Value::List(list) => {
            Ok(Ordered::List(list.items().iter().map(|item| unconverted(item, depth + 1)).collect::<Result<_, _>>()?))
        }
        Value::Map(map) => {
            let entries = map.entries().into_iter().map(|(key, item)| Ok((key, unconverted(&item, depth + 1)?)));
            Ok(Ordered::sorted(entries.collect::<Result<Vec<_>, FunctionError>>()?))
        }
        Value::Bytes(bytes) => {
            Ok(Ordered::List(bytes.iter().map(|&byte| Ordered::Plain(yaml::Value::Int(byte.into()))).collect()))
        }
        Value::Complex(..) => Err("cannot marshal type: complex128".into()),
        Value::Object(object) => match (object.as_map(), object.as_list(), dates::rfc3339(value)) {
            (Some(map), ..) => unconverted(&Value::Map(map), depth + 1),
            (_, Some(list), _) => unconverted(&Value::List(list), depth + 1),
            (.., Some(time)) => Ok(Ordered::Plain(yaml::Value::Time(Box::new(time)))),
            _ if object.type_name() == "time.Duration" => text(object.text().unwrap_or_default()),
            _ if object.fields().is_empty() => Ok(Ordered::Plain(object.to_plain()?)),
            _ => {
                let field = |(name, item): (&str, Value)| Ok((name.to_lowercase().into(), unconverted(&item, depth + 1)?));
                Ok(Ordered::Struct(object.fields().into_iter().map(field).collect::<Result<_, FunctionError>>()?))
            }
        },
        other => Ok(Ordered::Plain(other.to_plain()?)),
    }
}

/// The text without the line break at its end.
fn trimmed(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// What was read before a number that is too large stays, beside the error.
fn from_json(text: &[u8], rules: Rules) -> Map {
    match yaml::json::read_partly(text, rules.json) {
        (yaml::Value::Map(map), error) => {
            let map = Map::frozen(map);
            if let Some(error) = error {
                map.insert("Error".into(), Value::text(error.to_string()));
            }
            map
        }
        (yaml::Value::Null, None) => Map::nil(),
        (yaml::Value::Null, Some(error)) if error.is_too_large() => told(mismatch(&yaml::Value::Int(0), A_MAP)),
        (yaml::Value::Null, Some(error)) => told(error.to_string()),
        (other, _) => told(mismatch(&other, A_MAP)),
    }
}

fn from_json_array(text: &[u8], rules: Rules) -> Value {
    let read = match yaml::json::read_partly(text, rules.json) {
        (list @ yaml::Value::List(_), None) => list,
        (yaml::Value::Null, None) => return Value::List(List::nil(ListKind::Any)),
        (yaml::Value::Null, Some(error)) if error.is_too_large() => listed(mismatch(&yaml::Value::Int(0), A_LIST)),
        (yaml::Value::List(_) | yaml::Value::Null, Some(error)) => listed(error.to_string()),
        (other, _) => listed(mismatch(&other, A_LIST)),
    };
    Value::from_plain(&read)
}

const A_MAP: &str = "map[string]interface {}";
const A_LIST: &str = "[]interface {}";

/// What Go's decoder says of JSON of another kind than it was to decode.
pub(super) fn mismatch(found: &yaml::Value, wanted: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {wanted}", kind(found))
}
