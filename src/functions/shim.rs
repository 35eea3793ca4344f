//! Stands in for the engine's `printf` until it is merged.

use crate::gotemplate::{ListKind, MapKind, Value};
use crate::yaml::Text;

pub(super) fn print_value(value: &Value) -> Text {
    let mut out = Vec::new();
    print(value, &mut out);
    out.into()
}

fn print(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Nil => out.extend_from_slice(b"<nil>"),
        Value::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Int(value, _) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Uint(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Float(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Complex(..) => {}
        Value::String(text) | Value::Bytes(text) => out.extend_from_slice(text),
        Value::List(list) => {
            out.push(b'[');
            for (index, item) in list.items().iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                print(item, out);
            }
            out.push(b']');
        }
        Value::Map(map) => {
            out.extend_from_slice(b"map[");
            for (index, (key, item)) in map.entries().iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(key);
                out.push(b':');
                print(item, out);
            }
            out.push(b']');
        }
        Value::Object(object) => out.extend_from_slice(&object.text().unwrap_or_default()),
    }
}

pub(super) fn quote(text: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(text))
}

pub(super) fn type_name(value: &Value) -> String {
    match value {
        Value::Nil => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(..) => "int",
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
        },
        Value::Map(map) => match map.kind() {
            MapKind::Any => "map[string]interface {}",
            MapKind::Strings => "map[string]string",
            MapKind::Named(named) => named.name,
        },
        Value::Object(object) => return object.type_name().to_owned(),
    }
    .to_owned()
}

pub(super) fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "invalid",
        Value::Bool(_) => "bool",
        Value::Int(..) => "int",
        Value::Uint(_) => "uint64",
        Value::Float(_) => "float64",
        Value::Complex(..) => "complex128",
        Value::String(_) => "string",
        Value::Bytes(_) | Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Object(object) => object.kind(),
    }
}
