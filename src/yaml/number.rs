//! Numbers as Go's strconv reads and prints them.

use std::fmt;

/// An integer of either kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Integer {
    Signed(i64),
    Unsigned(u64),
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed(number) => number.fmt(f),
            Self::Unsigned(number) => number.fmt(f),
        }
    }
}

/// Reads an integer as `ParseInt(text, 0, 64)` does, then as `ParseUint`: `0x`, `0o`, `0b` and a leading zero choose the base.
pub(super) fn parse_integer(text: &str) -> Option<Integer> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' | b'-' => text.split_at(1),
        _ => ("", text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // Rust takes a second sign here, Go does not.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok()?;
    match (sign, i64::try_from(magnitude)) {
        ("-", Ok(magnitude)) => Some(Integer::Signed(-magnitude)),
        ("-", Err(_)) if magnitude == 1 << 63 => Some(Integer::Signed(i64::MIN)),
        (_, Ok(magnitude)) => Some(Integer::Signed(magnitude)),
        ("", Err(_)) => Some(Integer::Unsigned(magnitude)),
        (_, Err(_)) => None,
    }
}

/// Reads a decimal float in YAML's form, `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, unless it is too large.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if whole == 0 && fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    } else if whole == 0 {
        return None;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    if at != bytes.len() {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads a float that begins with a point as `ParseFloat` does, where underscores may separate digits.
pub(super) fn parse_pointed_float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    for (index, _) in text.match_indices('_') {
        let neighbours = [index.checked_sub(1).and_then(|before| bytes.get(before)), bytes.get(index + 1)];
        if !neighbours.iter().all(|byte| byte.is_some_and(u8::is_ascii_digit)) {
            return None;
        }
    }
    parse_float(&text.replace('_', ""))
}

/// The shortest digits that read back as the number, and the decimal exponent of the first one.
struct Decimal {
    sign: &'static str,
    digits: String,
    exponent: i32,
}

impl Decimal {
    fn new(number: f64) -> Self {
        Self::split(&format!("{number:e}")).with_even_tie(|precision| format!("{number:.precision$e}"))
    }

    fn new_short(number: f32) -> Self {
        Self::split(&format!("{number:e}")).with_even_tie(|precision| format!("{number:.precision$e}"))
    }

    fn split(scientific: &str) -> Self {
        let (sign, unsigned) = scientific.strip_prefix('-').map_or(("", scientific), |rest| ("-", rest));
        let (mantissa, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
        Self { sign, digits: mantissa.replace('.', ""), exponent: exponent.parse().unwrap_or(0) }
    }

    /// Where the number lies exactly between two shortest forms, Rust takes the upper and Go the even one.
    fn with_even_tie(mut self, exact: impl Fn(usize) -> String) -> Self {
        // Fewer digits than these are never a tie, not even of a float32.
        if self.digits.len() >= 7 && matches!(self.digits.as_bytes().last(), Some(b'1' | b'3' | b'5' | b'7' | b'9')) {
            let more = Self::split(&exact(self.digits.len() + 40)).digits;
            let (head, tail) = more.split_at(self.digits.len());
            if tail.trim_end_matches('0') == "5" && head < self.digits.as_str() {
                head.clone_into(&mut self.digits);
            }
        }
        self
    }

    fn plain(&self) -> String {
        let Self { sign, digits, exponent } = self;
        let length = digits.len() as i32;
        if *exponent < 0 {
            format!("{sign}0.{}{digits}", "0".repeat((-exponent - 1) as usize))
        } else if *exponent >= length - 1 {
            format!("{sign}{digits}{}", "0".repeat((exponent - length + 1) as usize))
        } else {
            let (whole, fraction) = digits.split_at(*exponent as usize + 1);
            format!("{sign}{whole}.{fraction}")
        }
    }

    /// With an exponent of at least `width` digits.
    fn scientific(&self, width: usize) -> String {
        let Self { sign, digits, exponent } = self;
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let direction = if *exponent < 0 { '-' } else { '+' };
        format!("{sign}{first}{point}{rest}e{direction}{:0width$}", exponent.abs())
    }

    fn general(&self) -> String {
        if self.exponent < -4 || self.exponent >= 6 { self.scientific(2) } else { self.plain() }
    }
}

/// `FormatFloat(number, 'g', -1, 64)`, with YAML's words for what is not finite.
pub(super) fn format_float(number: f64) -> String {
    not_finite(number).map_or_else(|| Decimal::new(number).general(), str::to_owned)
}

/// `FormatFloat(number, 'g', -1, 32)`: how `sigs.k8s.io/yaml` makes a string of a float.
pub(super) fn format_float_short(number: f64) -> String {
    let short = number as f32;
    not_finite(f64::from(short)).map_or_else(|| Decimal::new_short(short).general(), str::to_owned)
}

fn not_finite(number: f64) -> Option<&'static str> {
    match number {
        number if number.is_nan() => Some(".nan"),
        f64::INFINITY => Some(".inf"),
        f64::NEG_INFINITY => Some("-.inf"),
        _ => None,
    }
}

/// The integer that a float is, if it is small: all of Go's printers write such a float as that integer.
pub(crate) fn small_integer(number: f64) -> Option<i64> {
    let is_small = number.fract() == 0.0 && number.abs() < 1e6 && (number != 0.0 || number.is_sign_positive());
    is_small.then_some(number as i64)
}

/// A finite float as encoding/json prints it.
pub(super) fn format_json(number: f64) -> String {
    if let Some(integer) = small_integer(number) {
        return integer.to_string();
    }
    let digits = Decimal::new(number);
    if number != 0.0 && !(-6..21).contains(&digits.exponent) { digits.scientific(1) } else { digits.plain() }
}
