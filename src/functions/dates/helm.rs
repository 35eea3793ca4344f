//! Helm's own functions on durations, which take texts, numbers of seconds and `time.Duration`.

use super::duration::{Duration, HOUR, MINUTE, SECOND};
use crate::functions::conversion::parse_float;
use crate::gotemplate::{Function, Value, print_value, quote, type_name};

/// The rows: `mustToDuration` says what it does not understand, the others take it for nothing.
pub(in crate::functions) fn rows() -> Vec<Function> {
    vec![
        Function::pure("durationDays", |span: Value| lenient(&span).in_units_of(HOUR) / 24.0),
        Function::pure("durationHours", |span: Value| lenient(&span).in_units_of(HOUR)),
        Function::pure("durationMicroseconds", |span: Value| lenient(&span).0 / 1_000),
        Function::pure("durationMilliseconds", |span: Value| lenient(&span).0 / 1_000_000),
        Function::pure("durationMinutes", |span: Value| lenient(&span).in_units_of(MINUTE)),
        Function::pure("durationNanoseconds", |span: Value| lenient(&span).0),
        Function::pure("durationRoundTo", |span: Value, unit: Value| lenient(&span).round(lenient(&unit)).value()),
        Function::pure("durationSeconds", |span: Value| lenient(&span).in_units_of(SECOND)),
        Function::pure("durationTruncateTo", |span: Value, unit: Value| lenient(&span).truncate(lenient(&unit)).value()),
        Function::pure("durationWeeks", |span: Value| lenient(&span).in_units_of(HOUR) / 24.0 / 7.0),
        Function::pure("mustToDuration", |span: Value| duration(&span).map(Duration::value)),
    ]
}

fn lenient(span: &Value) -> Duration {
    duration(span).unwrap_or(Duration(0))
}

fn duration(span: &Value) -> Result<Duration, String> {
    match span {
        Value::Nil => Err("invalid duration".to_owned()),
        Value::String(text) => {
            let trimmed = std::str::from_utf8(text).map_or(&**text, |text| text.trim().as_bytes());
            if trimmed.is_empty() {
                return Err("empty duration".to_owned());
            }
            match (Duration::parse(trimmed), parse_float(trimmed)) {
                (Ok(duration), _) => Ok(duration),
                (_, Some(number)) => seconds(number),
                _ => Err(format!("could not parse duration {}", quote(text))),
            }
        }
        Value::Int(number, _) => whole_seconds(*number),
        Value::Uint(number) => {
            i64::try_from(*number).map_err(|_| format!("duration seconds overflow: {number}")).and_then(whole_seconds)
        }
        Value::Float(number) => seconds(*number),
        Value::Object(object) => match (Duration::of(object), object.basic()) {
            (Some(duration), _) => Ok(duration),
            (None, Some(Value::Int(number, _))) => whole_seconds(number),
            _ => Err(unsupported(span)),
        },
        _ => Err(unsupported(span)),
    }
}

fn unsupported(span: &Value) -> String {
    format!("unsupported duration type {}", type_name(span))
}

fn whole_seconds(number: i64) -> Result<Duration, String> {
    number.checked_mul(SECOND).map(Duration).ok_or_else(|| format!("duration seconds overflow: {number}"))
}

fn seconds(number: f64) -> Result<Duration, String> {
    let shown = |number: f64| print_value(&Value::Float(number)).unwrap_or_default().to_string();
    if !number.is_finite() {
        return Err(format!("invalid duration seconds: {}", shown(number)));
    }
    let second = SECOND as f64;
    let (least, most) = (i64::MIN as f64, i64::MAX as f64);
    if number > most / second || number < least / second {
        return Err(format!("duration seconds overflow: {}", shown(number)));
    }
    let nanoseconds = number * second;
    if nanoseconds > most || nanoseconds < least {
        return Err(format!("duration nanoseconds overflow: {}", shown(nanoseconds)));
    }
    // What is exactly one too many becomes the smallest integer, as Go's conversion has it on amd64.
    Ok(Duration(if nanoseconds >= most { i64::MIN } else { nanoseconds as i64 }))
}
