//! JSON as Go's encoding/json reads and prints it.

mod read;
mod write;

pub use read::read;
pub use write::{write, write_pretty};

use super::Value;

/// Which of Go's two JSON engines: they differ in error texts and in how invalid UTF-8 is printed.
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

impl Error {
    /// A float that is not finite.
    pub(super) fn unsupported(number: f64) -> Self {
        let word = match number {
            f64::INFINITY => "+Inf",
            f64::NEG_INFINITY => "-Inf",
            _ => "NaN",
        };
        Self(format!("json: unsupported value: {word}"))
    }
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
