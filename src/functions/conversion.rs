//! How sprig turns any value into a string, a number or a truth. Other files build on these; none of them is a row.

use super::limits::{self, MAX_ITEMS};
use crate::gotemplate::{self, FunctionError, Integer, List, ListKind, Value, kind_name, print_value};
use crate::yaml::{self, Text};

/// The text of a value: strings as they are, byte slices as text, the rest as `%v` prints it (sprig's `strval`).
pub(super) fn strval(value: &Value) -> Result<Text, FunctionError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bytes(bytes) => Ok((**bytes).clone()),
        Value::Object(object) => object.text().map_or_else(|| Ok(print_value(value)?), Ok),
        _ => Ok(print_value(value)?),
    }
}

/// The texts of a list's items without nils; what is not a list counts as a list of one (sprig's `strslice`).
pub(super) fn strslice(value: &Value) -> Result<List, FunctionError> {
    match value {
        Value::List(list) if list.kind() == ListKind::Strings => Ok(list.clone()),
        Value::Nil => Ok(strings(Vec::new())),
        _ => match items(value) {
            Some(items) => texts(&items, strval).collect::<Result<_, _>>().map(strings),
            None => Ok(strings(vec![strval(value)?])),
        },
    }
}

/// The texts of all values but nils. Those that are printed for it have the limit of one text together.
pub(super) fn texts(
    values: &[Value],
    text: impl Fn(&Value) -> Result<Text, FunctionError>,
) -> impl Iterator<Item = Result<Text, FunctionError>> {
    let mut printed = 0;
    let text = move |value: &Value| {
        let text = text(value)?;
        printed += if matches!(value, Value::String(_)) { 0 } else { text.len() };
        limits::text(printed as u128).map(|()| text)
    };
    values.iter().filter(|value| !matches!(value, Value::Nil)).map(text)
}

fn strings(texts: Vec<Text>) -> List {
    List::typed(texts.into_iter().map(Value::String).collect(), ListKind::Strings)
}

/// The items of what Go's reflection calls a slice; `None` for all else.
pub(super) fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(list) => Some(list.items()),
        Value::Bytes(bytes) => Some(bytes.iter().take(MAX_ITEMS).map(|&byte| Value::Int(byte.into(), Integer::Uint8)).collect()),
        Value::Object(object) => object.as_list().map(|list| list.items()),
        _ => None,
    }
}

/// As [`items`], or what Go says when reflection meets nil or another kind; `refusal` is the message up to the kind.
pub(super) fn items_or(value: &Value, refusal: &str) -> Result<Vec<Value>, FunctionError> {
    match items(value) {
        Some(items) => Ok(items),
        None if matches!(value, Value::Nil) => Err(NIL_DEREFERENCE.into()),
        None => Err(format!("{refusal} {}", kind_name(value)).into()),
    }
}

/// What Go's runtime says where reflection asked nil for its type.
pub(super) const NIL_DEREFERENCE: &str = "runtime error: invalid memory address or nil pointer dereference";

/// Whether a value is the zero of its type or has no items; a struct never is (sprig's `empty`).
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::Bool(value) => !value,
        Value::Int(value, _) => *value == 0,
        Value::Uint(value) => *value == 0,
        Value::Float(value) => *value == 0.0,
        Value::Complex(real, imaginary) => *real == 0.0 && *imaginary == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Object(object) => match (object.as_map(), object.as_list()) {
            (Some(map), _) => map.is_empty(),
            (_, Some(list)) => list.is_empty(),
            _ => !object.is_true(),
        },
    }
}

/// An integer out of anything, 0 where there is none (`cast.ToInt64`).
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Bool(value) => i64::from(*value),
        Value::Int(value, _) => *value,
        Value::Uint(value) => *value as i64,
        Value::Float(value) => truncate(*value),
        Value::String(text) => match parse_int(without_zero_decimals(text), 0) {
            Parsed::Exact(value) => value,
            Parsed::OutOfRange(_) | Parsed::Invalid => 0,
        },
        Value::Object(object) if NAMED_INTS.contains(&object.type_name()) => match object.to_plain() {
            Ok(yaml::Value::Int(value)) => value,
            _ => 0,
        },
        _ => 0,
    }
}

/// The named integer types that `cast` knows beside Go's own.
const NAMED_INTS: [&str; 2] = ["time.Month", "time.Weekday"];

/// Go's conversion on amd64: what does not fit is the smallest integer.
pub(super) fn truncate(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) { value as i64 } else { i64::MIN }
}

/// `1.00` counts as an integer to `cast`, `1.50` does not.
fn without_zero_decimals(text: &[u8]) -> &[u8] {
    let significant = text.iter().rposition(|&byte| byte != b'0').map_or(0, |last| last + 1);
    match text[..significant].split_last() {
        Some((b'.', whole)) if significant < text.len() => whole,
        _ => text,
    }
}

/// A float out of anything, 0 where there is none (`cast.ToFloat64`).
pub(super) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Float(value) => *value,
        Value::Uint(value) => *value as f64,
        Value::String(text) => parse_float(text).unwrap_or(0.0),
        _ => to_int64(value) as f64,
    }
}

/// What `strconv.ParseInt` found.
pub(super) enum Parsed {
    /// The number.
    Exact(i64),
    /// A number that does not fit, and the nearest one that does.
    OutOfRange(i64),
    /// No number.
    Invalid,
}

/// `strconv.ParseInt(text, base, 64)`; base 0 reads Go's prefixes and underscores.
pub(super) fn parse_int(text: &[u8], base: u32) -> Parsed {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let Some((base, digits)) = digits_and_base(digits, base) else { return Parsed::Invalid };
    let bound = if negative { 1u64 << 63 } else { i64::MAX as u64 };
    let mut magnitude: u64 = 0;
    let mut fits = true;
    for &byte in digits {
        if byte == b'_' {
            continue;
        }
        let Some(digit) = char::from(byte).to_digit(36).filter(|&digit| digit < base) else { return Parsed::Invalid };
        let next = magnitude.checked_mul(base.into()).and_then(|scaled| scaled.checked_add(digit.into()));
        fits &= next.is_some_and(|next| next <= bound);
        magnitude = next.unwrap_or(u64::MAX);
    }
    let signed = |magnitude: u64| if negative { (magnitude as i64).wrapping_neg() } else { magnitude as i64 };
    if fits { Parsed::Exact(signed(magnitude)) } else { Parsed::OutOfRange(signed(bound)) }
}

fn digits_and_base(digits: &[u8], base: u32) -> Option<(u32, &[u8])> {
    if base != 0 {
        return (!digits.is_empty() && !digits.contains(&b'_')).then_some((base, digits));
    }
    let (base, rest) = match digits {
        [] => return None,
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', rest @ ..] => (8, rest),
        _ => (10, digits),
    };
    underscores_separate_digits(digits).then_some((base, rest))
}

/// Whether each underscore stands between two digits, or between a prefix and a digit.
fn underscores_separate_digits(digits: &[u8]) -> bool {
    let prefixed = matches!(digits, [b'0', b'b' | b'B' | b'o' | b'O' | b'x' | b'X', ..]);
    let hexadecimal = matches!(digits, [b'0', b'x' | b'X', ..]);
    let mut previous = if prefixed { b'0' } else { b'^' };
    for &byte in &digits[if prefixed { 2 } else { 0 }..] {
        let kind = match byte {
            b'0'..=b'9' => b'0',
            b'a'..=b'f' | b'A'..=b'F' if hexadecimal => b'0',
            b'_' => b'_',
            _ => b'!',
        };
        if (kind == b'_' && previous != b'0') || (kind != b'0' && previous == b'_') {
            return false;
        }
        previous = kind;
    }
    previous != b'_'
}

/// `strconv.ParseFloat(text, 64)`; out of range is `None`, too, as every caller ignores Go's infinity.
pub(super) fn parse_float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match unsigned.to_ascii_lowercase().as_str() {
        "nan" => return (unsigned == text).then_some(f64::NAN),
        "inf" | "infinity" => return Some(sign * f64::INFINITY),
        _ => {}
    }
    gotemplate::parse_float(text)
}
