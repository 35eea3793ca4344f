//! Values as Go's `%#v` shows them, for the error texts that do.

use std::fmt::Write as _;

use super::decode::{Any, Key};
use super::number::{self, Integer};
use super::printable::is_printable;
use super::rules::Library;

/// A string as `strconv.Quote` writes it.
pub(super) fn quote(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\x0B' => out.push_str("\\v"),
                '\x0C' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                control @ ('\0'..' ' | '\x7F') => _ = write!(out, "\\x{:02x}", u32::from(control)),
                other if is_printable(other) => out.push(other),
                other if other <= '\u{FFFF}' => _ = write!(out, "\\u{:04x}", u32::from(other)),
                other => _ = write!(out, "\\U{:08x}", u32::from(other)),
            }
        }
        for byte in chunk.invalid() {
            _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

/// A whole value.
pub(super) fn any(value: &Any, library: Library) -> String {
    match value {
        Any::Null => "<nil>".to_owned(),
        _ => nested(value, library),
    }
}

/// The Go type of a key, or none for `nil`.
pub(super) fn key_type(key: &Key) -> Option<&'static str> {
    Some(match key {
        Key::Null => return None,
        Key::Bool(_) => "bool",
        Key::Int(_) => "int",
        Key::Uint(_) => "uint64",
        Key::Float(_) => "float64",
        Key::Time(_) => "time.Time",
        Key::String(_) => "string",
    })
}

/// A key.
pub(super) fn key(key: &Key) -> String {
    match key {
        Key::Null => "<nil>".to_owned(),
        Key::Bool(truth) => truth.to_string(),
        Key::Int(number) => number.to_string(),
        Key::Uint(number) => format!("{number:#x}"),
        Key::Float(bits) => float(f64::from_bits(*bits)),
        Key::Time(time) => time.clone(),
        Key::String(text) => quote(text),
    }
}

fn nested_key(name: &Key) -> String {
    if *name == Key::Null { "interface {}(nil)".to_owned() } else { key(name) }
}

fn float(number: f64) -> String {
    match number {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ if number.is_nan() => "NaN".to_owned(),
        _ => number::format_float(number),
    }
}

fn nested(value: &Any, library: Library) -> String {
    match value {
        Any::Null => "interface {}(nil)".to_owned(),
        Any::Bool(truth) => truth.to_string(),
        Any::Integer(Integer::Signed(number)) => number.to_string(),
        Any::Integer(Integer::Unsigned(number)) => format!("{number:#x}"),
        Any::Float(number) => float(*number),
        Any::String(text) => quote(text),
        Any::Time(time) => time.clone(),
        Any::List(items) => {
            let items: Vec<_> = items.iter().map(|item| nested(item, library)).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Any::Map(entries) => {
            let strings = library == Library::V3 && entries.keys().all(|key| matches!(key, Key::String(_)));
            let kind = if strings { "string" } else { "interface {}" };
            let entries: Vec<_> =
                entries.iter().map(|(name, value)| format!("{}:{}", nested_key(name), nested(value, library))).collect();
            format!("map[{kind}]interface {{}}{{{}}}", entries.join(", "))
        }
    }
}
