//! Go's fmt over [`Value`]s: `print` and its relatives, every verb of `printf`, and the names of types.
//!
//! `format` reads format strings, `printer` prints values under flags, `number` pads numbers, `float` is strconv's
//! conversion and `quote` its quoting. Text that is meant for error messages is made here, too.

mod float;
mod format;
mod least;
mod number;
mod printer;
mod quote;

use std::fmt::{self, Write};

use super::value::{Integer, ListKind, MapKind, Value};
use crate::yaml::Text;
use printer::Printer;

pub use float::format_float;
pub(super) use quote::unicode_name;

/// What the action printer writes for no value at all.
pub(super) const NO_VALUE: &str = "<no value>";

/// The most that a value's text in a message may be.
const MOST_SHOWN: usize = 1 << 20;

/// The longest text that a call may give.
pub(super) const MOST: usize = 1 << 26;

/// What `fmt.Sprint` gives; nil is `<nil>`.
///
/// # Errors
/// The value contains itself, or its text would be too large.
pub fn print_value(value: &Value) -> Result<Text, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        _ => Ok(bounded(MOST, |printer| printer.argument(value, 'v'))?.into()),
    }
}

/// `strconv.Quote`, which is `%q` of a string.
pub fn quote(text: &[u8]) -> String {
    quote::quote(text, b'"', quote::Charset::Unicode)
}

/// Appends what [`quote()`] gives.
pub fn quote_onto(out: &mut Vec<u8>, text: &[u8]) {
    quote::quote_onto(out, text);
}

/// `fmt.Sprintf`. A value that contains itself is cut off.
pub fn sprintf(format: &[u8], arguments: &[Value]) -> Text {
    let mut out = Vec::new();
    let arguments: Vec<&Value> = arguments.iter().collect();
    format::print(&mut Printer::new(&mut out, MOST), format, &arguments);
    out.into()
}

/// `fmt.Sprintf`, bounded.
pub(super) fn format(format: &[u8], arguments: &[&Value], most: usize) -> Result<Vec<u8>, String> {
    bounded(most, |printer| format::print(printer, format, arguments))
}

/// `fmt.Sprint`, bounded: a space between two arguments of which neither is a string.
pub(super) fn sprint(values: &[&Value], most: usize) -> Result<Vec<u8>, String> {
    let is_string = |value: &Value| kind_name(value) == "string";
    bounded(most, |printer| {
        for (index, value) in values.iter().enumerate() {
            if index > 0 && !is_string(value) && !is_string(values[index - 1]) {
                printer.push(b" ");
            }
            printer.argument(value, 'v');
        }
    })
}

/// `fmt.Sprint` of what the action printer makes of each, bounded.
pub(super) fn sprint_as_actions(values: &[&Value], most: usize) -> Result<Vec<u8>, String> {
    let is_string = |value: &Value| matches!(value, Value::Nil) || kind_name(value) == "string";
    bounded(most, |printer| {
        for (index, value) in values.iter().enumerate() {
            if index > 0 && !is_string(value) && !is_string(values[index - 1]) {
                printer.push(b" ");
            }
            match value {
                Value::Nil => printer.push(NO_VALUE.as_bytes()),
                _ => printer.followed(value),
            }
        }
    })
}

/// `fmt.Sprintln`, bounded.
pub(super) fn sprintln(values: &[&Value], most: usize) -> Result<Vec<u8>, String> {
    bounded(most, |printer| {
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                printer.push(b" ");
            }
            printer.argument(value, 'v');
        }
        printer.push(b"\n");
    })
}

fn push(out: &mut String, arguments: fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("writing to memory cannot fail");
}

fn bounded(most: usize, print: impl FnOnce(&mut Printer<'_>)) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(64);
    let mut printer = Printer::new(&mut out, most);
    print(&mut printer);
    printer.finish()?;
    Ok(out)
}

/// Writes a value as an action does.
///
/// # Errors
/// The value contains itself, or `out` would grow beyond `most` bytes.
pub(super) fn write_action(out: &mut Vec<u8>, value: &Value, most: usize) -> Result<(), String> {
    let mut printer = Printer::new(out, most);
    match value {
        Value::Nil => printer.push(NO_VALUE.as_bytes()),
        Value::Object(object) => match object.printed() {
            Some(text) => printer.push(&text),
            None => printer.followed(value),
        },
        _ => printer.argument(value, 'v'),
    }
    printer.finish()
}

/// A value in an error message, where Go hands a `reflect.Value` to `%s` or `%v`. One that is too large for a message is cut
/// off, or left out.
pub(super) fn show_reflected(value: &Value, verb: char) -> String {
    if matches!(value, Value::Nil) {
        return "<invalid reflect.Value>".to_owned();
    }
    let mut out = Vec::new();
    let mut printer = Printer::new(&mut out, MOST_SHOWN);
    printer.argument(value, verb);
    let cut = if printer.finish().is_err() { "…" } else { "" };
    String::from_utf8_lossy(&out).into_owned() + cut
}

/// The Go type as `%T` prints it; nil is `<nil>`.
pub fn type_name(value: &Value) -> String {
    let name = match value {
        Value::Nil => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_, Integer::Int) => "int",
        Value::Int(_, Integer::Int64) => "int64",
        Value::Int(_, Integer::Int32) => "int32",
        Value::Int(_, Integer::Uint8) => "uint8",
        Value::Uint(_) => "uint64",
        Value::Float(_) => "float64",
        Value::Complex(..) => "complex128",
        Value::String(_) => "string",
        Value::Bytes(_) => "[]uint8",
        Value::List(list) => match list.kind() {
            ListKind::Any => "[]interface {}",
            ListKind::Strings => "[]string",
            ListKind::Ints => "[]int",
            ListKind::Lists => "[][]interface {}",
            ListKind::Structs(name) => name,
        },
        Value::Map(map) => match map.kind() {
            MapKind::Any => "map[string]interface {}",
            MapKind::Strings => "map[string]string",
            MapKind::Named(named) => named.name,
        },
        Value::Object(object) => return object.type_name().to_owned(),
    };
    name.to_owned()
}

/// The Go kind as `reflect.Kind` prints it; nil is `invalid`.
pub fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "invalid",
        Value::Bool(_) => "bool",
        Value::Int(_, Integer::Int) => "int",
        Value::Int(_, Integer::Int64) => "int64",
        Value::Int(_, Integer::Int32) => "int32",
        Value::Int(_, Integer::Uint8) => "uint8",
        Value::Uint(_) => "uint64",
        Value::Float(_) => "float64",
        Value::Complex(..) => "complex128",
        Value::String(_) => "string",
        Value::Bytes(_) | Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Object(object) => object.kind(),
    }
}

/// Go's `template.IsTrue`: whether `if` takes the branch.
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Nil => false,
        Value::Bool(value) => *value,
        Value::Int(value, _) => *value != 0,
        Value::Uint(value) => *value != 0,
        Value::Float(value) => *value != 0.0,
        Value::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
        Value::String(text) => !text.is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::List(list) => !list.is_empty(),
        Value::Map(map) => !map.is_empty(),
        Value::Object(object) => match (object.as_map(), object.as_list(), object.basic()) {
            (Some(map), _, _) => !map.is_empty(),
            (None, Some(list), _) => !list.is_empty(),
            (None, None, Some(basic)) => is_true(&basic),
            (None, None, None) => object.is_true(),
        },
    }
}
