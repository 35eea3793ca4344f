//! `time.Duration`: nanoseconds that read and print as `1h2m3.5s`.

use std::fmt;
use std::rc::Rc;

use super::time::go_quoted;
use crate::gotemplate::{FunctionError, Integer, Object, Value};
use crate::yaml::{self, Text};

/// A length of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::functions) struct Duration(pub(in crate::functions) i64);

const SECOND: i64 = 1_000_000_000;

impl Duration {
    /// Whole seconds; Go's multiplication wraps.
    pub(in crate::functions) fn from_seconds(seconds: i64) -> Self {
        Self(seconds.wrapping_mul(SECOND))
    }

    /// The duration that a template holds.
    pub(in crate::functions) fn from_value(value: &Value) -> Option<Self> {
        let Value::Object(object) = value else { return None };
        let object: &dyn std::any::Any = &**object;
        object.downcast_ref().copied()
    }

    /// `time.ParseDuration`.
    pub(in crate::functions) fn parse(text: &[u8]) -> Result<Self, FunctionError> {
        let refusal = |why: &str| FunctionError::from(format!("time: {why} {}", go_quoted(text)));
        let (negative, mut rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        if rest == b"0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(refusal("invalid duration"));
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (term, after) = term(rest).map_err(|why| refusal(&why))?;
            total = total.checked_add(term).filter(|&total| total <= 1 << 63).ok_or_else(|| refusal("invalid duration"))?;
            rest = after;
        }
        match (negative, i64::try_from(total)) {
            (true, _) => Ok(Self((total as i64).wrapping_neg())),
            (false, Ok(total)) => Ok(Self(total)),
            (false, Err(_)) => Err(refusal("invalid duration")),
        }
    }

    /// The nearest multiple, halves away from zero.
    pub(in crate::functions) fn rounded(self, to: Self) -> Self {
        if to.0 <= 0 {
            return self;
        }
        let rest = self.0 % to.0;
        let up = i128::from(rest.unsigned_abs()) * 2 >= i128::from(to.0);
        let step = if !up { 0 } else { self.0.signum() * to.0 };
        (self.0 - rest).checked_add(step).map_or(Self(if self.0 < 0 { i64::MIN } else { i64::MAX }), Self)
    }

    /// The nearest multiple towards zero.
    pub(in crate::functions) fn truncated(self, to: Self) -> Self {
        if to.0 <= 0 { self } else { Self(self.0 - self.0 % to.0) }
    }

    /// In units of so many nanoseconds, as Go computes them: the whole part and the fraction apart.
    pub(in crate::functions) fn in_units(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }

    pub(in crate::functions) fn seconds(self) -> f64 {
        self.in_units(SECOND)
    }

    pub(in crate::functions) fn minutes(self) -> f64 {
        self.in_units(60 * SECOND)
    }

    pub(in crate::functions) fn hours(self) -> f64 {
        self.in_units(3600 * SECOND)
    }
}

/// One number with its unit, in nanoseconds, and what follows.
fn term(text: &[u8]) -> Result<(u64, &[u8]), String> {
    let invalid = || "invalid duration".to_owned();
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, rest) = text.split_at(digits(text));
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => rest.split_at(digits(rest)),
        None => (&rest[..0], rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let length = rest.iter().take_while(|&&byte| byte != b'.' && !byte.is_ascii_digit()).count();
    let (name, rest) = rest.split_at(length);
    let unit: u64 = match name {
        b"" => return Err("missing unit in duration".to_owned()),
        b"ns" => 1,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        _ => return Err(format!("unknown unit {} in duration", go_quoted(name))),
    };
    let number = whole.iter().try_fold(0u64, |number, digit| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
    let number = number.and_then(|number| number.checked_mul(unit)).filter(|&number| number <= 1 << 63).ok_or_else(invalid)?;
    let number = number + part(fraction, unit);
    if number > 1 << 63 { Err(invalid()) } else { Ok((number, rest)) }
}

/// A fraction of a unit, computed in floats as Go does.
fn part(digits: &[u8], unit: u64) -> u64 {
    let (mut value, mut scale) = (0u64, 1f64);
    for digit in digits {
        if value > i64::MAX as u64 / 10 {
            break;
        }
        value = value * 10 + u64::from(digit - b'0');
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let decimal = |whole: u64, fraction: u64, places: usize| {
            let fraction = format!("{fraction:0places$}");
            let fraction = fraction.trim_end_matches('0');
            if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") }
        };
        if nanoseconds == 0 {
            return f.write_str("0s");
        }
        if nanoseconds < SECOND as u64 {
            let (unit, places, name) = match nanoseconds {
                ..1_000 => return write!(f, "{sign}{nanoseconds}ns"),
                ..1_000_000 => (1_000, 3, "µs"),
                _ => (1_000_000, 6, "ms"),
            };
            return write!(f, "{sign}{}{name}", decimal(nanoseconds / unit, nanoseconds % unit, places));
        }
        let (minutes, rest) = (nanoseconds / (60 * SECOND as u64), nanoseconds % (60 * SECOND as u64));
        let seconds = decimal(rest / SECOND as u64, rest % SECOND as u64, 9);
        match (minutes / 60, minutes % 60) {
            (0, 0) => write!(f, "{sign}{seconds}s"),
            (0, minutes) => write!(f, "{sign}{minutes}m{seconds}s"),
            (hours, minutes) => write!(f, "{sign}{hours}h{minutes}m{seconds}s"),
        }
    }
}

impl From<Duration> for Value {
    fn from(duration: Duration) -> Self {
        Self::Object(Rc::new(duration))
    }
}

impl Object for Duration {
    fn type_name(&self) -> &'static str {
        "time.Duration"
    }

    fn kind(&self) -> &'static str {
        "int64"
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        let operand = || match arguments {
            [Value::Int(value, Integer::Int | Integer::Int64)] => Ok(Self(*value)),
            [value] => Self::from_value(value).ok_or("wrong type for value; expected time.Duration"),
            _ => Err("wrong number of args"),
        };
        Some(Ok(match method {
            b"Hours" => Value::Float(self.hours()),
            b"Minutes" => Value::Float(self.minutes()),
            b"Seconds" => Value::Float(self.seconds()),
            b"Milliseconds" => Value::int64(self.0 / 1_000_000),
            b"Microseconds" => Value::int64(self.0 / 1_000),
            b"Nanoseconds" => Value::int64(self.0),
            b"String" => Value::text(self.to_string()),
            b"Abs" => Self(self.0.saturating_abs()).into(),
            b"Round" => return Some(operand().map(|to| self.rounded(to).into()).map_err(FunctionError::from)),
            b"Truncate" => return Some(operand().map(|to| self.truncated(to).into()).map_err(FunctionError::from)),
            _ => return None,
        }))
    }

    fn text(&self) -> Option<Text> {
        Some(self.to_string().into())
    }

    fn is_true(&self) -> bool {
        self.0 != 0
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::Int(self.0))
    }
}
