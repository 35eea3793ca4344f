//! Quoted strings, characters and numbers as Go's strconv reads them.

use super::runes::{self, decode};

/// Whether what stands between a string's quotes is its value as it is.
pub(super) fn is_plain(quoted: &[u8]) -> bool {
    match quoted {
        [b'`', inner @ .., b'`'] => memchr::memchr(b'\r', inner).is_none(),
        [b'"', inner @ .., b'"'] => memchr::memchr2(b'\\', b'"', inner).is_none() && std::str::from_utf8(inner).is_ok(),
        _ => false,
    }
}

/// A quoted string's value (`strconv.Unquote`): in double quotes with escapes, in back quotes as it stands but without
/// carriage returns. `None` is Go's "invalid syntax".
pub(super) fn unquote(quoted: &[u8]) -> Option<Vec<u8>> {
    let (&quote, rest) = quoted.split_first()?;
    let inner = rest.strip_suffix(&[quote])?;
    if quote == b'`' {
        return Some(inner.iter().copied().filter(|&byte| byte != b'\r').collect());
    }
    let mut value = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        match take_character(&mut rest, quote)? {
            Unit::Byte(byte) => value.push(byte),
            Unit::Character(character) => runes::push(&mut value, character),
        }
    }
    Some(value)
}

/// Why a character constant has no value.
pub(super) enum BadCharacter {
    /// Go's "invalid syntax".
    Syntax,
    /// There is more than one character in it.
    Malformed,
}

/// A character constant's value, with the quotes still on it.
pub(super) fn character(quoted: &[u8]) -> Result<i64, BadCharacter> {
    let mut rest = quoted.get(1..).unwrap_or_default();
    let value = match take_character(&mut rest, b'\'').ok_or(BadCharacter::Syntax)? {
        Unit::Byte(byte) => i64::from(byte),
        Unit::Character(character) => i64::from(u32::from(character)),
    };
    if rest == b"'" { Ok(value) } else { Err(BadCharacter::Malformed) }
}

enum Unit {
    Byte(u8),
    Character(char),
}

fn take_character(rest: &mut &[u8], quote: u8) -> Option<Unit> {
    let (&first, after) = rest.split_first()?;
    if first == quote && matches!(quote, b'\'' | b'"') {
        return None;
    }
    if first != b'\\' {
        let (character, width) = decode(rest);
        *rest = &rest[width..];
        return Some(Unit::Character(character));
    }
    let (&escape, after) = after.split_first()?;
    *rest = after;
    let simple = match escape {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' => b'\\',
        b'\'' | b'"' if escape == quote => quote,
        b'x' => u8::try_from(take_digits(rest, 2, 16)?).ok()?,
        b'0'..=b'7' => {
            let value = u32::from(escape - b'0') * 64 + take_digits(rest, 2, 8)?;
            u8::try_from(value).ok()?
        }
        b'u' => return char::from_u32(take_digits(rest, 4, 16)?).map(Unit::Character),
        b'U' => return char::from_u32(take_digits(rest, 8, 16)?).map(Unit::Character),
        _ => return None,
    };
    Some(Unit::Byte(simple))
}

fn take_digits(rest: &mut &[u8], count: usize, radix: u32) -> Option<u32> {
    let digits = rest.get(..count)?;
    *rest = &rest[count..];
    digits.iter().try_fold(0u32, |value, &byte| value.checked_mul(radix)?.checked_add(char::from(byte).to_digit(radix)?))
}

/// What a number can be taken for, as Go's ideal constants are: each form that holds the value exactly.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Number {
    pub(super) int: Option<i64>,
    pub(super) uint: Option<u64>,
    pub(super) float: Option<f64>,
    pub(super) complex: Option<(f64, f64)>,
}

/// Why a number has no value.
pub(super) enum BadNumber {
    /// An integer that no type of ours holds.
    Overflow,
    /// It only looked like a number.
    Syntax,
}

impl Number {
    /// A character constant as a number.
    pub(super) fn of_character(value: i64) -> Self {
        Self { int: Some(value), uint: Some(value as u64), float: Some(value as f64), complex: None }
    }

    /// A real number, or an imaginary one with its `i`.
    pub(super) fn parse(text: &str) -> Result<Self, BadNumber> {
        if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
            return Ok(Self::of_complex(0.0, imaginary));
        }
        let mut number = Self { int: parse_int(text), uint: parse_uint(text), ..Self::default() };
        if number.int == Some(0) {
            number.uint = Some(0);
        }
        number.float = number.int.map(|int| int as f64).or(number.uint.map(|uint| uint as f64));
        if number.float.is_none() {
            let value = parse_float(text).ok_or(BadNumber::Syntax)?;
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(BadNumber::Overflow);
            }
            number.float = Some(value);
            number.take_integers_of(value);
        }
        Ok(number)
    }

    /// A sum of a real and an imaginary number, such as `1+2i`.
    pub(super) fn parse_complex(text: &str) -> Result<Self, BadNumber> {
        let inner = text.strip_suffix('i').ok_or(BadNumber::Syntax)?;
        let is_exponent = |at: usize| matches!(inner.as_bytes()[at - 1], b'e' | b'E' | b'p' | b'P') && !inner.starts_with("0x");
        let split = (1..inner.len()).rev().find(|&at| matches!(inner.as_bytes()[at], b'+' | b'-') && !is_exponent(at));
        let (real, imaginary) = inner.split_at(split.ok_or(BadNumber::Syntax)?);
        match (parse_float(real), parse_float(imaginary)) {
            (Some(real), Some(imaginary)) => Ok(Self::of_complex(real, imaginary)),
            _ => Err(BadNumber::Syntax),
        }
    }

    fn of_complex(real: f64, imaginary: f64) -> Self {
        let mut number = Self { complex: Some((real, imaginary)), ..Self::default() };
        if imaginary == 0.0 {
            number.float = Some(real);
            number.take_integers_of(real);
        }
        number
    }

    fn take_integers_of(&mut self, value: f64) {
        // Go's conversion of what does not fit gives the smallest int64 on amd64, which is itself a float.
        let int = if value >= -(2f64.powi(63)) && value < 2f64.powi(63) { value as i64 } else { i64::MIN };
        let is_exact = |integer: f64| integer.to_bits() == (value + 0.0).to_bits();
        self.int = self.int.or(is_exact(int as f64).then_some(int));
        let fits = value >= 0.0 && value < 2f64.powi(64) && is_exact(value.trunc() + 0.0);
        self.uint = self.uint.or(fits.then_some(value as u64));
    }
}

/// Whether underscores stand only between digits, a base prefix counting as one.
fn underscores_are_placed_well(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let (mut before, body, is_hexadecimal) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (b'0', &digits[2..], true),
        [b'0', b'b' | b'B' | b'o' | b'O', ..] => (b'0', &digits[2..], false),
        _ => (b'^', digits, false),
    };
    for byte in body.bytes() {
        let kind = match byte {
            b'_' if before != b'0' => return false,
            b'_' => b'_',
            b'0'..=b'9' => b'0',
            b'a'..=b'f' | b'A'..=b'F' if is_hexadecimal => b'0',
            _ if before == b'_' => return false,
            _ => b'!',
        };
        before = kind;
    }
    before != b'_'
}

/// `strconv.ParseUint(text, 0, 64)`.
fn parse_uint(text: &str) -> Option<u64> {
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &text[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &text[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &text[2..]),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    if !digits.bytes().all(|byte| byte == b'_' || char::from(byte).is_digit(radix)) {
        return None;
    }
    if !digits.contains('_') {
        return u64::from_str_radix(digits, radix).ok();
    }
    underscores_are_placed_well(text).then(|| u64::from_str_radix(&digits.replace('_', ""), radix).ok())?
}

/// `strconv.ParseInt(text, 0, 64)`.
fn parse_int(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(magnitude) => 0i64.checked_sub_unsigned(parse_uint(magnitude)?),
        None => i64::try_from(parse_uint(text.strip_prefix('+').unwrap_or(text))?).ok(),
    }
}

/// `strconv.ParseFloat(text, 64)` for what is written in digits; too large is no number.
pub fn parse_float(text: &str) -> Option<f64> {
    if text.contains('_') && !underscores_are_placed_well(text) {
        return None;
    }
    let clean = text.replace('_', "");
    let (sign, magnitude) = match clean.as_bytes() {
        [b'-', ..] => (-1.0, &clean[1..]),
        [b'+', ..] => (1.0, &clean[1..]),
        _ => (1.0, &clean[..]),
    };
    let value = match magnitude.strip_prefix("0x").or(magnitude.strip_prefix("0X")) {
        Some(hexadecimal) => parse_hexadecimal_float(hexadecimal)?,
        None if magnitude.starts_with(|first: char| first.is_ascii_digit() || first == '.') => magnitude.parse().ok()?,
        None => return None,
    };
    value.is_finite().then_some(sign * value)
}

/// Digits with a point and a binary exponent, which must be there.
fn parse_hexadecimal_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut exponent = parse_exponent(exponent)?;
    let mut mantissa: u64 = 0;
    for digit in whole.chars().chain(fraction.chars()) {
        let digit = u64::from(digit.to_digit(16)?);
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | digit;
        } else {
            // What falls off below only matters as "not exactly half", which the lowest bit can carry.
            mantissa |= u64::from(digit != 0);
            exponent += 4;
        }
    }
    exponent -= 4 * fraction.len() as i64;
    Some(scale(mantissa, exponent))
}

/// A signed decimal number, or the limit that lies on its side: no text is long enough to bring such an exponent back.
fn parse_exponent(text: &str) -> Option<i64> {
    const LIMIT: i64 = 1 << 48;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse().map_or(LIMIT, |magnitude: i64| magnitude.min(LIMIT));
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// `mantissa * 2^exponent`, rounded once to the nearest float, ties to even.
fn scale(mantissa: u64, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    // Beyond this the product is infinite whatever the mantissa is.
    let exponent = exponent.min(1100);
    let lowest = (exponent + bits - 53).max(-1074);
    let drop = lowest - exponent;
    let (rounded, lowest) = match drop {
        ..=0 => (mantissa, exponent),
        1..=63 => {
            let (kept, lost, half) = (mantissa >> drop, mantissa & ((1 << drop) - 1), 1 << (drop - 1));
            (kept + u64::from(lost > half || (lost == half && kept & 1 == 1)), lowest)
        }
        64 => (u64::from(mantissa > 1 << 63), lowest),
        _ => (0, lowest),
    };
    // Two factors, because neither the smallest nor the largest powers can be had from one product of normal numbers.
    let first = (lowest / 2) as i32;
    rounded as f64 * 2f64.powi(first) * 2f64.powi(lowest as i32 - first)
}
