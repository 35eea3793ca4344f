//! JSON as Go's encoding/json reads and prints it.

mod read;
mod write;

pub use read::{read, read_partly};
pub use write::{indented, write};

/// Appends a string with its quotes, as `json.Marshal` escapes it.
pub(super) fn push_string(out: &mut String, text: &[u8]) {
    write::push_string(out, text, Escape::Html, Backend::V2);
}

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
    /// A value whose text would be longer than [`super::LONGEST`].
    pub(super) fn too_long() -> Self {
        Self(super::TOO_LONG.to_owned())
    }

    /// Whether it is about a number that no float64 holds, in a text that is JSON otherwise.
    pub fn is_too_large(&self) -> bool {
        self.0.starts_with("json: cannot unmarshal number ")
    }

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

/// A key as a token of a JSON pointer.
pub(super) fn pointer_token(key: &[u8]) -> String {
    String::from_utf8_lossy(key).replace('~', "~0").replace('/', "~1")
}

/// How the new engine names the place of a type error, from the tokens of its JSON pointer. It knows a path but not what
/// that leads through, and guesses.
pub(super) fn place(path: &[String]) -> String {
    let path = path.join(".");
    let last = path.rsplit('.').next().unwrap_or_default();
    if path.is_empty() {
        "Go value".to_owned()
    } else if !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) {
        format!(".{path}")
    } else {
        format!("Go struct field .{path}")
    }
}
