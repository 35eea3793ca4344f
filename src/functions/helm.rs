//! Helm's functions that read and print YAML, JSON, TOML and durations. They stand in place of sprig's or beside them.
//!
//! What cannot be read becomes a map with the key `Error`, or a list of the message; what cannot be printed becomes an
//! empty text. The `must` functions say so instead.

use std::sync::Arc;

use super::conversion::parse_float;
use super::dates::duration::Duration;
use super::strings::trim_space;
use super::{Rules, json, toml};
use crate::gotemplate::{Function, FunctionError, Map, Value, quote, type_name};
use crate::yaml::json::kind;
use crate::yaml::{self, Style, Text};

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("durationDays", |value: Value| as_duration(&value).unwrap_or_default().hours() / 24.0),
        Function::pure("durationHours", |value: Value| as_duration(&value).unwrap_or_default().hours()),
        Function::pure("durationMicroseconds", |value: Value| as_duration(&value).unwrap_or_default().0 / 1_000),
        Function::pure("durationMilliseconds", |value: Value| as_duration(&value).unwrap_or_default().0 / 1_000_000),
        Function::pure("durationMinutes", |value: Value| as_duration(&value).unwrap_or_default().minutes()),
        Function::pure("durationNanoseconds", |value: Value| as_duration(&value).unwrap_or_default().0),
        Function::pure("durationRoundTo", |value: Value, to: Value| stepped(&value, &to, Duration::rounded)),
        Function::pure("durationSeconds", |value: Value| as_duration(&value).unwrap_or_default().seconds()),
        Function::pure("durationTruncateTo", |value: Value, to: Value| stepped(&value, &to, Duration::truncated)),
        Function::pure("durationWeeks", |value: Value| as_duration(&value).unwrap_or_default().hours() / 24.0 / 7.0),
        Function::pure("fromJson", move |text: Text| from_json(&text, rules)),
        Function::pure("fromJsonArray", move |text: Text| from_json_array(&text, rules)),
        Function::pure("fromToml", |text: Text| toml::decoded(&text).unwrap_or_else(told)),
        Function::pure("fromYaml", |text: Text| yaml::read_map(&text).map_or_else(|error| told(error.to_string()), Map::frozen)),
        Function::pure("fromYamlArray", |text: Text| {
            let read = yaml::read_list(&text).map(yaml::Value::List).unwrap_or_else(|error| listed(error.to_string()));
            Value::from_plain(&read)
        }),
        Function::pure("mustToDuration", |value: Value| as_duration(&value).map(Value::from)),
        Function::pure("mustToJson", move |value: Value| json::encoded(&value, rules)),
        Function::pure("mustToToml", move |value: Value| toml::encoded(&value, rules.toml_floats)),
        Function::pure("mustToYaml", |value: Value| to_yaml(&value, Style::Helm)),
        Function::pure("toJson", move |value: Value| json::encoded(&value, rules).unwrap_or_default()),
        Function::pure("toToml", move |value: Value| match toml::encoded(&value, rules.toml_floats) {
            Ok(text) => text,
            Err(error) => error.to_string(),
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

fn from_json(text: &[u8], rules: Rules) -> Map {
    match yaml::json::read(text, rules.json) {
        Ok(yaml::Value::Map(map)) => Map::frozen(map),
        Ok(yaml::Value::Null) => Map::nil(),
        Ok(other) => told(mismatch(&other, "map[string]interface {}")),
        Err(error) => told(error.to_string()),
    }
}

fn from_json_array(text: &[u8], rules: Rules) -> Value {
    match yaml::json::read(text, rules.json) {
        Ok(list @ (yaml::Value::List(_) | yaml::Value::Null)) => Value::from_plain(&list),
        Ok(other) => Value::from_plain(&listed(mismatch(&other, "[]interface {}"))),
        Err(error) => Value::from_plain(&listed(error.to_string())),
    }
}

fn mismatch(found: &yaml::Value, wanted: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {wanted}", kind(found))
}

/// A duration, a text that tells one, or a number of seconds.
fn as_duration(value: &Value) -> Result<Duration, FunctionError> {
    match value {
        Value::Nil => Err("invalid duration".into()),
        Value::String(text) => {
            let trimmed = trim_space(text);
            if trimmed.is_empty() {
                return Err("empty duration".into());
            }
            match (Duration::parse(trimmed), parse_float(trimmed)) {
                (Ok(duration), _) => Ok(duration),
                (Err(_), Some(seconds)) => from_float(seconds),
                (Err(_), None) => Err(format!("could not parse duration {}", quote(text)).into()),
            }
        }
        Value::Int(seconds, _) => from_integer(i128::from(*seconds)),
        Value::Uint(seconds) => from_integer(i128::from(*seconds)),
        Value::Float(seconds) => from_float(*seconds),
        other => Duration::from_value(other).ok_or_else(|| format!("unsupported duration type {}", type_name(other)).into()),
    }
}

/// The most seconds that nanoseconds in 64 bits can count.
const MAX_SECONDS: i64 = i64::MAX / 1_000_000_000;

fn from_integer(seconds: i128) -> Result<Duration, FunctionError> {
    if seconds.abs() > i128::from(MAX_SECONDS) {
        return Err(format!("duration seconds overflow: {seconds}").into());
    }
    Ok(Duration::from_seconds(seconds as i64))
}

fn from_float(seconds: f64) -> Result<Duration, FunctionError> {
    let shown = || crate::gotemplate::format_float(seconds, b'g', None);
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", shown()).into());
    }
    if seconds.abs() > i64::MAX as f64 / 1e9 {
        return Err(format!("duration seconds overflow: {}", shown()).into());
    }
    Ok(Duration(super::conversion::truncate(seconds * 1e9)))
}

/// What is no duration is none; what is no step leaves the duration as it is.
fn stepped(value: &Value, to: &Value, step: fn(Duration, Duration) -> Duration) -> Value {
    let duration = as_duration(value).unwrap_or_default();
    as_duration(to).map_or(duration, |to| step(duration, to)).into()
}
