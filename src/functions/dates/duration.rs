//! Go's `time.Duration`: nanoseconds that print and parse as `1h2m3.5s`.

use std::rc::Rc;

use super::named::{Methods, argument, signature};
use super::names::quoted;
use crate::gotemplate::{FunctionError, Object, Parameter, Signature, Type, Value};
use crate::yaml::{self, Text};

/// A span of time in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Duration(pub(super) i64);

pub(super) const SECOND: i64 = 1_000_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;

impl Duration {
    /// `time.ParseDuration`.
    ///
    /// # Errors
    /// Go's message.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let invalid = |what: &str| format!("time: {what} {}", quoted(text));
        let (negative, mut rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        if rest == b"0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(invalid("invalid duration"));
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (part, after) = part(rest).map_err(|what| invalid(&what))?;
            rest = after;
            total = total.checked_add(part).filter(|&total| total <= LIMIT).ok_or_else(|| invalid("invalid duration"))?;
        }
        match total {
            _ if negative => Ok(Self((total as i64).wrapping_neg())),
            LIMIT => Err(invalid("invalid duration")),
            _ => Ok(Self(total as i64)),
        }
    }

    /// Rounded to the nearest multiple, halves away from zero; saturates.
    pub(super) fn round(self, multiple: Self) -> Self {
        if multiple.0 <= 0 {
            return self;
        }
        let rest = self.0 % multiple.0;
        let down = self.0 - rest;
        if rest.unsigned_abs() < multiple.0.unsigned_abs() - rest.unsigned_abs() {
            Self(down)
        } else {
            Self(down.saturating_add(if self.0 < 0 { -multiple.0 } else { multiple.0 }))
        }
    }

    /// Cut to a multiple towards zero.
    pub(super) fn truncate(self, multiple: Self) -> Self {
        if multiple.0 <= 0 { self } else { Self(self.0 - self.0 % multiple.0) }
    }

    /// Whole units and the rest as a fraction, each converted by itself as Go does.
    pub(super) fn in_units_of(self, unit: i64) -> f64 {
        (self.0 / unit) as f64 + (self.0 % unit) as f64 / unit as f64
    }

    /// The duration as a value.
    pub(super) fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }
}

/// One more than the longest duration, which is the length of the shortest one.
const LIMIT: u64 = 1 << 63;

/// A number with its unit, in nanoseconds, and what follows.
fn part(text: &[u8]) -> Result<(u64, &[u8]), String> {
    let invalid = || "invalid duration".to_owned();
    let (whole, after) = digits(text);
    let (fraction, after) = match after {
        [b'.', after @ ..] => digits(after),
        _ => (&[][..], after),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let whole = whole.iter().try_fold(0u64, |number, digit| {
        number.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|&number| number <= LIMIT)
    });
    let whole = whole.ok_or_else(invalid)?;
    let end = after.iter().position(|&byte| byte == b'.' || byte.is_ascii_digit()).unwrap_or(after.len());
    let (name, rest) = after.split_at(end);
    if name.is_empty() {
        return Err("missing unit in duration".to_owned());
    }
    let unit = unit(name).ok_or_else(|| format!("unknown unit {} in duration", quoted(name)))?;
    let whole = whole.checked_mul(unit).filter(|&number| number <= LIMIT).ok_or_else(invalid)?;
    let total = whole.checked_add(scaled(fraction, unit)).filter(|&number| number <= LIMIT).ok_or_else(invalid)?;
    Ok((total, rest))
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len()))
}

/// The fraction of a unit. Go takes digits as long as they fit and then computes in floats, which decides the last digit.
fn scaled(fraction: &[u8], unit: u64) -> u64 {
    let mut number: u64 = 0;
    let mut scale = 1.0;
    for digit in fraction {
        let longer =
            number.checked_mul(10).filter(|_| number <= i64::MAX as u64 / 10).map(|number| number + u64::from(digit - b'0'));
        let Some(longer) = longer.filter(|&longer| longer <= LIMIT) else { break };
        number = longer;
        scale *= 10.0;
    }
    (number as f64 * (unit as f64 / scale)) as u64
}

fn unit(name: &[u8]) -> Option<u64> {
    Some(match name {
        b"ns" => 1,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => SECOND as u64,
        b"m" => MINUTE as u64,
        b"h" => HOUR as u64,
        _ => return None,
    })
}

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let second = SECOND as u64;
        match length {
            0 => return f.write_str("0s"),
            1..1_000 => return write!(f, "{length}ns"),
            1_000..1_000_000 => return write!(f, "{}µs", decimal(length, 1_000)),
            1_000_000..1_000_000_000 => return write!(f, "{}ms", decimal(length, 1_000_000)),
            _ => {}
        }
        let seconds = length / second;
        if seconds >= 3600 {
            write!(f, "{}h", seconds / 3600)?;
        }
        if seconds >= 60 {
            write!(f, "{}m", seconds / 60 % 60)?;
        }
        write!(f, "{}s", decimal(length % (60 * second), second))
    }
}

/// `number` divided by a power of ten, without trailing zeros.
fn decimal(number: u64, unit: u64) -> String {
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", number % unit);
    match fraction.trim_end_matches('0') {
        "" => (number / unit).to_string(),
        fraction => format!("{}.{fraction}", number / unit),
    }
}

impl Parameter for Duration {
    const TYPE: Type = Type::NamedInt("time.Duration");

    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Object(object) => Self::of(&object),
            Value::Int(number, _) => Some(Self(number)),
            _ => None,
        }
    }
}

impl Duration {
    /// The duration that an object is, if it is one.
    pub(super) fn of(object: &Rc<dyn Object>) -> Option<Self> {
        (&**object as &dyn std::any::Any).downcast_ref().copied()
    }
}

const METHODS: Methods = &[
    (b"Abs", &[]),
    (b"Hours", &[]),
    (b"Microseconds", &[]),
    (b"Milliseconds", &[]),
    (b"Minutes", &[]),
    (b"Nanoseconds", &[]),
    (b"Round", &[Duration::TYPE]),
    (b"Seconds", &[]),
    (b"String", &[]),
    (b"Truncate", &[Duration::TYPE]),
];

impl Object for Duration {
    fn type_name(&self) -> &'static str {
        "time.Duration"
    }

    fn kind(&self) -> &'static str {
        "int64"
    }

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        signature(METHODS, method)
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        Some(Ok(match method {
            b"Abs" => Self(self.0.saturating_abs()).value(),
            b"Hours" => Value::Float(self.in_units_of(HOUR)),
            b"Minutes" => Value::Float(self.in_units_of(MINUTE)),
            b"Seconds" => Value::Float(self.in_units_of(SECOND)),
            b"Milliseconds" => Value::int64(self.0 / 1_000_000),
            b"Microseconds" => Value::int64(self.0 / 1_000),
            b"Nanoseconds" => Value::int64(self.0),
            b"String" => Value::text(self.to_string()),
            b"Round" => return Some(argument(arguments, 0).map(|multiple| self.round(multiple).value())),
            b"Truncate" => return Some(argument(arguments, 0).map(|multiple| self.truncate(multiple).value())),
            _ => return None,
        }))
    }

    fn basic(&self) -> Option<Value> {
        Some(Value::int64(self.0))
    }

    fn counted(&self, number: i64) -> Option<Value> {
        Some(Self(number).value())
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
