//! Helm's functions that read and print YAML, JSON and TOML. They stand in place of sprig's or beside them.
//!
//! What cannot be read becomes a map with the key `Error`, or a list of the message; what cannot be printed becomes an
//! empty text. The `must` functions say so instead.

use std::sync::Arc;

use super::{Rules, json, toml};
use crate::gotemplate::{Function, FunctionError, Map, State, Value};
use crate::yaml::json::kind;
use crate::yaml::{self, Style, Text};

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("fromJson", move |text: Text| from_json(&text, rules)),
        Function::pure("fromJsonArray", move |text: Text| from_json_array(&text, rules)),
        Function::impure("fromToml", |state: &mut State<'_>, text: Text| toml::decoded(&text, state.now()).unwrap_or_else(told)),
        Function::pure("fromYaml", |text: Text| yaml::read_map(&text).map_or_else(|error| told(error.to_string()), Map::frozen)),
        Function::pure("fromYamlArray", |text: Text| {
            let read = yaml::read_list(&text).map_or_else(|error| listed(error.to_string()), yaml::Value::List);
            Value::from_plain(&read)
        }),
        Function::pure("mustToJson", move |value: Value| json::encoded(&value, rules)),
        Function::pure("mustToToml", move |value: Value| toml::encoded(&value, rules.toml_floats)),
        Function::pure("mustToYaml", |value: Value| to_yaml(&value, Style::Helm)),
        Function::pure("toJson", move |value: Value| json::encoded(&value, rules).unwrap_or_default()),
        Function::pure("toToml", move |value: Value| match toml::encoded(&value, rules.toml_floats) {
            // The library panics at nothing, and a panic is no error that this function tells as its text.
            Err(error) if !matches!(value, Value::Nil) => Ok(error.to_string()),
            written => written,
        }),
        Function::pure("toYaml", |value: Value| to_yaml(&value, Style::Helm).unwrap_or_default()),
        Function::pure("toYamlPretty", |value: Value| to_yaml(&value, Style::Pretty).unwrap_or_default()),
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

fn to_yaml(value: &Value, style: Style) -> Result<String, FunctionError> {
    let mut text = yaml::write(&value.to_plain()?, style).map_err(|error| error.to_string())?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
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
        (yaml::Value::Null, Some(error)) => told(error.to_string()),
        (other, _) => told(mismatch(&other, "map[string]interface {}")),
    }
}

fn from_json_array(text: &[u8], rules: Rules) -> Value {
    let read = match yaml::json::read_partly(text, rules.json) {
        (list @ (yaml::Value::List(_) | yaml::Value::Null), None) => list,
        (yaml::Value::List(_) | yaml::Value::Null, Some(error)) => listed(error.to_string()),
        (other, _) => listed(mismatch(&other, "[]interface {}")),
    };
    Value::from_plain(&read)
}

fn mismatch(found: &yaml::Value, wanted: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {wanted}", kind(found))
}
