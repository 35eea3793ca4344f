//! JSON as Go's encoding/json reads and prints it.

use super::Value;

/// Which of Go's two JSON engines: they differ in error texts and in what becomes of invalid UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Go up to 1.26: every Helm before 4.3.
    V1,
    /// Go 1.27, where the old interface stands on `encoding/json/v2`.
    V2,
}

/// Whether `<`, `>` and `&` are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// As `json.Marshal` does.
    Html,
    /// As an encoder with `SetEscapeHTML(false)` does.
    Raw,
}

/// What is wrong with a JSON text, or with a value that JSON cannot hold, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub(super) String);

/// Prints a value on one line, keys in byte order.
///
/// # Errors
/// A float that is not finite.
pub fn write(value: &Value, escape: Escape, backend: Backend) -> Result<String, Error> {
    let _ = (value, escape, backend);
    Ok(String::new())
}

/// Prints a value with two spaces a level.
///
/// # Errors
/// A float that is not finite.
pub fn write_pretty(value: &Value, escape: Escape, backend: Backend) -> Result<String, Error> {
    let _ = (value, escape, backend);
    Ok(String::new())
}

/// Reads one JSON text as `json.Unmarshal` does into `any`: every number is a float64, the last of two equal keys wins.
pub fn read(text: &[u8], backend: Backend) -> Result<Value, Error> {
    let _ = (text, backend);
    Ok(Value::Null)
}

/// The name that Go's type errors give to a value: `array`, `object`, `string`, `number`, `bool`.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Uint(_) | Value::Float(_) => "number",
        Value::String(_) | Value::Time(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}
