//! Decimal fractions of any length: shopspring's rules in digits, as far as sprig's `addf` and its like need them, and what a schema
//! asks of numbers, which is exact.

use std::cmp::Ordering;

use crate::gotemplate::FunctionError;

/// Digits after the point that a division keeps.
const DIVISION_PRECISION: i64 = 16;

/// Longer numbers than this only arise where someone multiplies huge floats again and again.
const MAX_DIGITS: usize = 20_000;

/// Nothing is a multiple of a number with more digits: to divide takes time in their square.
const MAX_DIVISOR: usize = 1_000;

/// `digits` × 10^`exponent`, with a sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    /// Most significant first, without leading zeros; empty for zero.
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// The number that a JSON text writes: any digits, any exponent that an int64 holds.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<_> = whole.bytes().chain(fraction.bytes()).map(|digit| digit.wrapping_sub(b'0')).collect();
        let exponent = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        exponent.checked_add(i64::try_from(digits.len()).ok()?)?;
        let is_number = !digits.is_empty() && digits.iter().all(|&digit| digit < 10);
        is_number.then(|| Self { negative, digits, exponent }.trimmed())
    }

    /// Whether it has no fraction.
    pub(crate) fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    /// Whether it is more than zero.
    pub(crate) fn is_positive(&self) -> bool {
        !self.negative && !self.digits.is_empty()
    }

    /// Whether it is the other times a whole number.
    pub(crate) fn is_multiple_of(&self, other: &Self) -> bool {
        if self.digits.is_empty() || other.digits.is_empty() {
            return self.digits.is_empty();
        }
        // Neither ends in zeros, so ten divides no quotient that is not whole already.
        let Ok(shift) = usize::try_from(self.exponent.saturating_sub(other.exponent)) else { return false };
        if other.digits.len() > MAX_DIVISOR {
            return false;
        }
        // A divisor has fewer than four twos or fives for each of its digits, and further zeros bring nothing else.
        let zeros = shift.min(4 * other.digits.len());
        let dividend = self.digits.iter().copied().chain(std::iter::repeat_n(0, zeros));
        long_division(dividend, &other.digits).1.is_empty()
    }

    /// The shortest decimal that reads back as this float.
    pub(crate) fn from_float(value: f64) -> Result<Self, FunctionError> {
        if !value.is_finite() {
            let shown = if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(format!("Cannot create a Decimal from {shown}").into());
        }
        let text = format!("{:e}", value.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
        let exponent = exponent.parse::<i64>().unwrap_or_default() - fraction as i64;
        Ok(Self { negative: value < 0.0, digits, exponent }.trimmed())
    }

    /// The nearest float.
    pub(crate) fn to_float(&self) -> f64 {
        let digits: String = self.digits.iter().map(|&digit| char::from(b'0' + digit)).collect();
        let sign = if self.negative { "-" } else { "" };
        if digits.is_empty() { 0.0 } else { format!("{sign}{digits}e{}", self.exponent).parse().unwrap_or(f64::NAN) }
    }

    /// The sum.
    pub(super) fn plus(&self, other: &Self) -> Result<Self, FunctionError> {
        let exponent = self.exponent.min(other.exponent);
        let (left, right) = (self.scaled(exponent)?, other.scaled(exponent)?);
        let (negative, digits) = match (self.negative == other.negative, compare(&left, &right)) {
            (true, _) => (self.negative, sum(&left, &right)),
            (false, Ordering::Less) => (other.negative, difference(&right, &left)),
            (false, _) => (self.negative, difference(&left, &right)),
        };
        Ok(Self { negative, digits, exponent }.trimmed())
    }

    /// The difference.
    pub(super) fn minus(&self, other: &Self) -> Result<Self, FunctionError> {
        self.plus(&Self { negative: !other.negative, ..other.clone() })
    }

    /// The product.
    pub(super) fn times(&self, other: &Self) -> Result<Self, FunctionError> {
        bounded(self.digits.len() + other.digits.len())?;
        let mut places = vec![0u32; self.digits.len() + other.digits.len()];
        for (i, &left) in self.digits.iter().rev().enumerate() {
            let mut carry = 0;
            for (j, &right) in other.digits.iter().rev().enumerate() {
                let total = places[i + j] + u32::from(left) * u32::from(right) + carry;
                places[i + j] = total % 10;
                carry = total / 10;
            }
            places[i + other.digits.len()] += carry;
        }
        let digits = places.into_iter().rev().map(|digit| digit as u8).collect();
        Ok(Self { negative: self.negative != other.negative, digits, exponent: self.exponent + other.exponent }.trimmed())
    }

    /// The quotient, rounded half away from zero after [`DIVISION_PRECISION`] places.
    pub(super) fn over(&self, other: &Self) -> Result<Self, FunctionError> {
        if other.digits.is_empty() {
            return Err("decimal division by 0".into());
        }
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let (mut dividend, mut divisor) = (self.digits.clone(), other.digits.clone());
        let longer = if shift < 0 { &mut divisor } else { &mut dividend };
        bounded(longer.len() + shift.unsigned_abs() as usize)?;
        longer.resize(longer.len() + shift.unsigned_abs() as usize, 0);
        let (mut quotient, rest) = long_division(dividend, &divisor);
        if compare(&sum(&rest, &rest), &divisor).is_ge() {
            quotient = sum(&quotient, &[1]);
        }
        Ok(Self { negative: self.negative != other.negative, digits: quotient, exponent: -DIVISION_PRECISION }.trimmed())
    }

    fn scaled(&self, exponent: i64) -> Result<Vec<u8>, FunctionError> {
        if self.digits.is_empty() {
            return Ok(Vec::new());
        }
        let length = self.digits.len() + (self.exponent - exponent).unsigned_abs() as usize;
        bounded(length)?;
        let mut digits = self.digits.clone();
        digits.resize(length, 0);
        Ok(digits)
    }

    fn trimmed(mut self) -> Self {
        strip_leading_zeros(&mut self.digits);
        while self.digits.last() == Some(&0) {
            self.digits.pop();
            self.exponent += 1;
        }
        if self.digits.is_empty() {
            (self.negative, self.exponent) = (false, 0);
        }
        self
    }

    /// How many digits stand before the point, if it is not zero.
    fn height(&self) -> i64 {
        self.exponent.saturating_add_unsigned(self.digits.len() as u64)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| if number.digits.is_empty() { 0 } else { 1 - 2 * i8::from(number.negative) };
        let size = || self.height().cmp(&other.height()).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| if self.negative { size().reverse() } else { size() })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The digits of the quotient and of what is left over.
fn long_division(dividend: impl IntoIterator<Item = u8>, divisor: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut quotient, mut rest) = (Vec::new(), Vec::new());
    for digit in dividend {
        rest.push(digit);
        strip_leading_zeros(&mut rest);
        let mut times = 0;
        while compare(&rest, divisor).is_ge() {
            rest = difference(&rest, divisor);
            times += 1;
        }
        quotient.push(times);
    }
    (quotient, rest)
}

fn bounded(digits: usize) -> Result<(), FunctionError> {
    if digits > MAX_DIGITS { Err(format!("a number would have more than {MAX_DIGITS} digits").into()) } else { Ok(()) }
}

fn strip_leading_zeros(digits: &mut Vec<u8>) {
    let zeros = digits.iter().take_while(|&&digit| digit == 0).count();
    digits.drain(..zeros);
}

fn compare(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

fn sum(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut out: Vec<u8> = (0..left.len().max(right.len()))
        .map(|place| {
            let total = digit(left, place) + digit(right, place) + carry;
            carry = total / 10;
            total % 10
        })
        .collect();
    out.push(carry);
    out.reverse();
    strip_leading_zeros(&mut out);
    out
}

/// `left` is not smaller than `right`.
fn difference(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut out: Vec<u8> = (0..left.len())
        .map(|place| {
            let (upper, lower) = (digit(left, place) + 10, digit(right, place) + borrow);
            borrow = u8::from(upper - lower < 10);
            (upper - lower) % 10
        })
        .collect();
    out.reverse();
    strip_leading_zeros(&mut out);
    out
}

fn digit(digits: &[u8], place: usize) -> u8 {
    if place < digits.len() { digits[digits.len() - 1 - place] } else { 0 }
}
