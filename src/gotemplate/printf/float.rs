//! Floats as strconv formats them.

use super::push;
use crate::yaml::small_integer;

/// More digits than any float has; asking for more only adds zeros.
const MOST_DIGITS: usize = 1100;

/// Decimal digits `d₁d₂…` of `0.d₁d₂… × 10^point`, without zeros at the end; none for zero.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

impl Decimal {
    /// The digits of a finite, non-negative float: the fewest that read back equal, or as many as asked, rounded.
    fn of(value: f64, significant: Option<usize>) -> Self {
        let text = match significant {
            None => shortest(value),
            Some(count) => format!("{value:.*e}", count.clamp(1, MOST_DIGITS) - 1),
        };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mut digits: Vec<u8> = mantissa.bytes().filter(|&byte| byte != b'.').collect();
        let length = digits.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
        digits.truncate(length);
        let point = if digits.is_empty() { 0 } else { exponent.parse::<i32>().unwrap_or(0) + 1 };
        Self { digits, point }
    }

    fn digit(&self, index: i64) -> char {
        usize::try_from(index).ok().and_then(|index| self.digits.get(index)).map_or('0', |&digit| char::from(digit))
    }

    /// `d.ddde±dd`
    fn scientific(&self, out: &mut String, decimals: usize, letter: char) {
        out.push(self.digit(0));
        if decimals > 0 {
            out.push('.');
            out.extend((1..=decimals).map(|index| self.digit(index as i64)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        push_exponent(out, letter, exponent);
    }

    /// `ddd.ddd`
    fn plain(&self, out: &mut String, decimals: usize) {
        let point = i64::from(self.point);
        if point > 0 {
            out.extend((0..point).map(|index| self.digit(index)));
        } else {
            out.push('0');
        }
        if decimals > 0 {
            out.push('.');
            out.extend((0..decimals).map(|index| self.digit(point + index as i64)));
        }
    }
}

/// The fewest digits that read back equal, and of those the nearest to the value. Where two are equally near, Go takes the
/// even one and Rust does not; that needs nearly all digits a float has.
fn shortest(value: f64) -> String {
    let text = format!("{value:e}");
    let digits = text.bytes().take_while(|&byte| byte != b'e').filter(|&byte| byte != b'.').count();
    if digits < 15 {
        return text;
    }
    let even = format!("{value:.*e}", digits - 1);
    if even.parse() == Ok(value) { even } else { text }
}

fn push_exponent(out: &mut String, letter: char, exponent: i32) {
    let sign = if exponent < 0 { '-' } else { '+' };
    push(out, format_args!("{letter}{sign}{:02}", exponent.unsigned_abs()));
}

/// Go's `strconv.FormatFloat(value, verb, precision, 64)` for the verbs `b e E f g G x X`; no precision is Go's -1, the
/// shortest text that reads back equal. Another verb gives Go's `%` and the verb.
pub fn format_float(value: f64, verb: u8, precision: Option<usize>) -> String {
    // Most numbers of values files, which are all floats.
    if let (b'g', None, Some(integer)) = (verb, precision, small_integer(value)) {
        return integer.to_string();
    }
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let mut out = String::new();
    if value.is_sign_negative() {
        out.push('-');
    }
    let magnitude = value.abs();
    match verb {
        b'b' => push_binary(&mut out, magnitude),
        b'x' | b'X' => push_hexadecimal(&mut out, magnitude, precision, verb == b'X'),
        b'e' | b'E' => {
            let decimal = Decimal::of(magnitude, precision.map(|decimals| decimals + 1));
            let decimals = precision.unwrap_or_else(|| decimal.digits.len().saturating_sub(1));
            decimal.scientific(&mut out, decimals, char::from(verb));
        }
        b'f' => match precision {
            None => {
                let decimal = Decimal::of(magnitude, None);
                let decimals = (decimal.digits.len() as i64 - i64::from(decimal.point)).max(0);
                decimal.plain(&mut out, decimals as usize);
            }
            Some(decimals) => {
                let exact = decimals.min(MOST_DIGITS);
                push(&mut out, format_args!("{magnitude:.exact$}"));
                out.extend(std::iter::repeat_n('0', decimals - exact));
            }
        },
        b'g' | b'G' => push_general(&mut out, magnitude, precision, if verb == b'g' { 'e' } else { 'E' }),
        _ => return format!("%{}", char::from(verb)),
    }
    out
}

/// The shorter of the two forms: an exponent where it is below -4 or not below the precision.
fn push_general(out: &mut String, magnitude: f64, precision: Option<usize>, letter: char) {
    let decimal = Decimal::of(magnitude, precision.map(|count| count.max(1)));
    let count = decimal.digits.len() as i64;
    let threshold = match precision {
        // Go takes 6 for the decision when all digits are asked for.
        None => 6,
        Some(wanted) => {
            let wanted = wanted.max(1) as i64;
            if wanted > count && count >= i64::from(decimal.point) { count } else { wanted }
        }
    };
    let exponent = i64::from(decimal.point) - 1;
    if exponent < -4 || exponent >= threshold {
        decimal.scientific(out, count.max(1) as usize - 1, letter);
    } else {
        decimal.plain(out, (count - i64::from(decimal.point)).max(0) as usize);
    }
}

/// Mantissa and exponent of `mantissa × 2^exponent`, and the exponent as the hardware counts it.
fn parts(magnitude: f64) -> (u64, i32) {
    let bits = magnitude.to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32 & 0x7ff);
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

fn push_binary(out: &mut String, magnitude: f64) {
    let (mantissa, exponent) = parts(magnitude);
    push(out, format_args!("{mantissa}p{exponent:+}"));
}

fn push_hexadecimal(out: &mut String, magnitude: f64, precision: Option<usize>, upper: bool) {
    let (mut mantissa, exponent) = parts(magnitude);
    // The leading one goes to bit 60, so that fifteen hexadecimal digits follow it.
    let mut exponent = if mantissa == 0 { 0 } else { exponent + 60 };
    if mantissa != 0 {
        let shift = mantissa.leading_zeros() as i32 - 3;
        mantissa <<= shift;
        exponent -= shift;
    }
    if let Some(digits) = precision.filter(|&digits| digits < 15) {
        let shift = 60 - digits * 4;
        let (lost, half) = (mantissa & ((1 << shift) - 1), 1 << (shift - 1));
        mantissa >>= shift;
        mantissa += u64::from(lost > half || (lost == half && mantissa & 1 == 1));
        mantissa <<= shift;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let all = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let digits = precision.map_or_else(|| all.trim_end_matches('0').to_owned(), |count| format!("{all:0<count$.count$}"));
    let point = if digits.is_empty() { "" } else { "." };
    let mut text = format!("0x{}{point}{digits}", mantissa >> 60);
    push_exponent(&mut text, 'p', exponent);
    out.push_str(&if upper { text.to_uppercase() } else { text });
}
