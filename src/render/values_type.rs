//! The Go type of `.Values`: a named map whose methods hide keys of the same names.

#![expect(clippy::unnecessary_wraps, reason = "methods of Go types share one signature, and some fail")]

use crate::gotemplate::{FunctionError, Map, MapKind, MapType, Method, Type, Value, quote};
use crate::yaml::{self, Text};

/// `common.Values`, a `map[string]interface {}` with methods.
pub(super) static COMMON: MapType = MapType { name: "common.Values", element: "interface {}", methods: METHODS };

/// `chartutil.Values`, which is the same in Helm 3.
pub(super) static CHARTUTIL: MapType = MapType { name: "chartutil.Values", element: "interface {}", methods: METHODS };

const METHODS: &[Method] = &[
    Method { name: "YAML", parameters: &[], body: to_yaml },
    Method { name: "AsMap", parameters: &[], body: as_map },
    Method { name: "Table", parameters: &[Type::String], body: table },
    Method { name: "PathValue", parameters: &[Type::String], body: path_value },
    Method { name: "Encode", parameters: &[Type::Named("io.Writer")], body: encode },
];

fn encode(_: &Map, _: &[Value]) -> Result<Value, FunctionError> {
    Err("no value is an io.Writer".into())
}

fn to_yaml(values: &Map, _: &[Value]) -> Result<Value, FunctionError> {
    let plain = Value::Map(values.clone()).to_plain()?;
    yaml::write(&plain, yaml::Style::Helm).map(Value::text).map_err(|error| error.to_string().into())
}

fn as_map(values: &Map, _: &[Value]) -> Result<Value, FunctionError> {
    Ok(Value::Map(values.with_kind(MapKind::Any)))
}

fn path_argument(arguments: &[Value]) -> Result<&Text, FunctionError> {
    match arguments {
        [Value::String(path)] => Ok(path),
        _ => Err("want one argument, a string".into()),
    }
}

fn table(values: &Map, arguments: &[Value]) -> Result<Value, FunctionError> {
    let mut table = values.clone();
    for key in path_argument(arguments)?.split(|&byte| byte == b'.') {
        table = match table.get(key) {
            Some(Value::Map(below)) => below,
            _ => return Err(format!("{} is not a table", quote(key)).into()),
        };
    }
    Ok(Value::Map(table.with_kind(values.kind())))
}

fn path_value(values: &Map, arguments: &[Value]) -> Result<Value, FunctionError> {
    let path = path_argument(arguments)?;
    let mut keys: Vec<&[u8]> = path.split(|&byte| byte == b'.').collect();
    let last = keys.pop().filter(|last| !last.is_empty()).ok_or("YAML path cannot be empty")?;
    let no_value = || FunctionError::from(format!("{} is not a value", quote(last)));
    let mut table = values.clone();
    for key in keys {
        table = match table.get(key) {
            Some(Value::Map(below)) => below,
            _ => return Err(no_value()),
        };
    }
    match table.get(last) {
        Some(Value::Map(_)) | None => Err(no_value()),
        Some(value) => Ok(value),
    }
}
