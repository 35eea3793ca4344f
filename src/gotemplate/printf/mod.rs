//! Go's fmt over [`Value`]s.

use super::value::Value;
use crate::yaml::Text;

/// What `fmt.Sprint` gives: nil is `<nil>`.
pub fn print_value(value: &Value) -> Text {
    let _ = value;
    Text::default()
}

/// `%q` of a string.
pub fn quote(text: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(text))
}

/// The Go type as `%T` prints it; nil is `<nil>`.
pub fn type_name(value: &Value) -> String {
    let _ = value;
    String::new()
}

/// The Go kind as sprig's `kindOf` prints it; nil is `invalid`.
pub fn kind_name(value: &Value) -> &'static str {
    let _ = value;
    ""
}

/// Go's `strconv.FormatFloat(value, verb, precision, 64)`; no precision is Go's -1, the shortest text that reads back equal.
pub fn format_float(value: f64, verb: u8, precision: Option<usize>) -> String {
    let _ = (verb, precision);
    value.to_string()
}

/// `fmt.Sprintf`.
pub fn sprintf(format: &[u8], arguments: &[Value]) -> Text {
    let _ = arguments;
    format.into()
}

/// Go's `template.IsTrue`: whether `if` takes the branch.
pub fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Nil)
}
