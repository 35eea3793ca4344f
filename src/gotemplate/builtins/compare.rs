//! `eq` and its relatives: values of basic kinds compare, integers whatever their sign, everything else only with care.

use std::borrow::Cow;
use std::rc::Rc;

use crate::gotemplate::Language;
use crate::gotemplate::exec::Operand;
use crate::gotemplate::printf::{kind_name, show_reflected, type_name};
use crate::gotemplate::value::Value;

/// A value of a basic kind.
#[derive(Clone, Copy, PartialEq)]
enum Basic<'value> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Complex(f64, f64),
    String(&'value [u8]),
}

fn basic(value: &Value) -> Option<Basic<'_>> {
    Some(match value {
        Value::Bool(value) => Basic::Bool(*value),
        Value::Int(value, crate::gotemplate::value::Integer::Uint8) => Basic::Uint(*value as u64),
        Value::Int(value, _) => Basic::Int(*value),
        Value::Uint(value) => Basic::Uint(*value),
        Value::Float(value) => Basic::Float(*value),
        Value::Complex(real, imaginary) => Basic::Complex(*real, *imaginary),
        Value::String(text) => Basic::String(text),
        Value::Nil | Value::Bytes(_) | Value::List(_) | Value::Map(_) | Value::Object(_) => return None,
    })
}

/// A named basic type gives its basic value, others themselves.
fn unnamed(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Object(object) => object.basic().map_or(Cow::Borrowed(value), Cow::Owned),
        _ => Cow::Borrowed(value),
    }
}

fn incompatible(a: &Value, b: &Value, language: Language) -> String {
    if language.comparison_names_types {
        format!("incompatible types for comparison: {} and {}", type_name(a), type_name(b))
    } else {
        "incompatible types for comparison".to_owned()
    }
}

/// Whether `first` equals any of the others.
pub(super) fn eq(first: &Value, others: &[Operand], language: Language) -> Result<bool, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if equal(first, &other.value, language)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two values are equal.
pub(super) fn equal(a: &Value, b: &Value, language: Language) -> Result<bool, String> {
    let (unnamed_a, unnamed_b) = (unnamed(a), unnamed(b));
    match (basic(&unnamed_a), basic(&unnamed_b)) {
        (Some(Basic::Int(a)), Some(Basic::Uint(b))) | (Some(Basic::Uint(b)), Some(Basic::Int(a))) => {
            Ok(u64::try_from(a).is_ok_and(|a| a == b))
        }
        (Some(basic_a), Some(basic_b)) if std::mem::discriminant(&basic_a) == std::mem::discriminant(&basic_b) => {
            Ok(basic_a == basic_b)
        }
        (None, None) => equal_by_identity(a, b),
        _ if matches!(a, Value::Nil) || matches!(b, Value::Nil) => Ok(false),
        _ => Err(incompatible(a, b, language)),
    }
}

/// Neither is of a basic kind: nils are equal, pointers and structs compare, lists and maps do not.
fn equal_by_identity(a: &Value, b: &Value) -> Result<bool, String> {
    let is_nil = |value: &Value| match value {
        Value::Nil => true,
        Value::Map(map) => map.is_nil(),
        _ => false,
    };
    let is_invalid = |value: &Value| matches!(value, Value::Nil);
    if kind_name(a) != kind_name(b) && !is_invalid(a) && !is_invalid(b) {
        let (shown_a, type_a, type_b) = (show_reflected(a, 's'), type_name(a), type_name(b));
        return Err(format!("non-comparable types {shown_a}: {type_a}, {type_b}: {}", show_reflected(b, 'v')));
    }
    if is_nil(a) || is_nil(b) {
        return Ok(is_nil(a) == is_nil(b));
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if b.as_list().is_none() && b.as_map().is_none() => {
            let same_struct =
                || a.kind() == "struct" && a.to_plain().is_ok_and(|plain| b.to_plain().is_ok_and(|other| plain == other));
            Ok(Rc::ptr_eq(a, b) || (a.type_name() == b.type_name() && same_struct()))
        }
        _ => Err(format!("non-comparable type {}: {}", show_reflected(b, 's'), type_name(b))),
    }
}

/// Whether `a` comes before `b`.
pub(super) fn lt(a: &Value, b: &Value, language: Language) -> Result<bool, String> {
    const INVALID: &str = "invalid type for comparison";
    let (unnamed_a, unnamed_b) = (unnamed(a), unnamed(b));
    let (Some(basic_a), Some(basic_b)) = (basic(&unnamed_a), basic(&unnamed_b)) else { return Err(INVALID.to_owned()) };
    match (basic_a, basic_b) {
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(..), Basic::Complex(..)) => Err(INVALID.to_owned()),
        (Basic::Int(a), Basic::Int(b)) => Ok(a < b),
        (Basic::Uint(a), Basic::Uint(b)) => Ok(a < b),
        (Basic::Float(a), Basic::Float(b)) => Ok(a < b),
        (Basic::String(a), Basic::String(b)) => Ok(a < b),
        (Basic::Int(a), Basic::Uint(b)) => Ok(u64::try_from(a).map_or(true, |a| a < b)),
        (Basic::Uint(a), Basic::Int(b)) => Ok(u64::try_from(b).is_ok_and(|b| a < b)),
        _ => Err(incompatible(a, b, language)),
    }
}

/// Whether `a` comes before `b` or equals it.
pub(super) fn le(a: &Value, b: &Value, language: Language) -> Result<bool, String> {
    Ok(lt(a, b, language)? || equal(a, b, language)?)
}
