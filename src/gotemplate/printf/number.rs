//! Numbers and texts under flags: sign, base, width, precision.

use super::float::format_float;
use super::printer::Printer;
use super::push;
use super::quote::{Charset, can_backquote, quote, quote_character};
use crate::gotemplate::runes::{self, character, count, runes};
use crate::yaml::is_printable;

/// The sign in front, digits behind.
#[derive(Clone, Copy)]
pub(super) struct Integer {
    pub(super) magnitude: u64,
    pub(super) is_negative: bool,
    /// Unsigned types show as hexadecimal in Go syntax.
    pub(super) is_unsigned: bool,
}

impl Integer {
    pub(super) fn signed(value: i64) -> Self {
        Self { magnitude: value.unsigned_abs(), is_negative: value < 0, is_unsigned: false }
    }

    pub(super) fn unsigned(magnitude: u64) -> Self {
        Self { magnitude, is_negative: false, is_unsigned: true }
    }

    /// The bits, as Go reinterprets a negative number.
    fn bits(self) -> u64 {
        if self.is_negative { self.magnitude.wrapping_neg() } else { self.magnitude }
    }
}

impl Printer<'_> {
    fn push_padding(&mut self, count: usize, byte: u8) {
        if self.has_room(count) {
            self.out.resize(self.out.len() + count, byte);
        }
    }

    /// Writes `text` in the width, on the right or with `-` on the left.
    pub(super) fn pad(&mut self, text: &[u8]) {
        let Some(width) = self.flags.width.filter(|&width| width > 0) else { return self.push(text) };
        let padding = width.saturating_sub(count(text));
        if self.flags.minus {
            self.push(text);
            self.push_padding(padding, b' ');
        } else {
            self.push_padding(padding, if self.flags.zero { b'0' } else { b' ' });
            self.push(text);
        }
    }

    fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(text);
        self.flags.zero = zero;
    }

    /// An integer under a verb; `false` if the verb is not for integers.
    pub(super) fn integer(&mut self, value: Integer, verb: char) -> bool {
        match verb {
            'v' if self.flags.sharp_v && value.is_unsigned => self.hexadecimal(value),
            'v' | 'd' => self.digits(value, 10, verb),
            'b' => self.digits(value, 2, verb),
            'o' | 'O' => self.digits(value, 8, verb),
            'x' | 'X' => self.digits(value, 16, verb),
            'c' => {
                let mut text = Vec::new();
                runes::push(&mut text, character(value.bits()));
                self.pad(&text);
            }
            'q' => {
                let quoted = quote_character(character(value.bits()), self.charset());
                self.pad(quoted.as_bytes());
            }
            'U' => self.code_point(value.bits()),
            _ => return false,
        }
        true
    }

    /// `0x…`, whatever the flags say about it.
    pub(super) fn hexadecimal(&mut self, value: Integer) {
        let sharp = std::mem::replace(&mut self.flags.sharp, true);
        self.digits(value, 16, 'v');
        self.flags.sharp = sharp;
    }

    fn charset(&self) -> Charset {
        if self.flags.plus { Charset::Ascii } else { Charset::Unicode }
    }

    fn digits(&mut self, value: Integer, base: u32, verb: char) {
        let flags = self.flags;
        let has_sign = value.is_negative || flags.plus || flags.space;
        let least = match (flags.precision, flags.width) {
            (Some(0), _) if value.magnitude == 0 => {
                self.push_padding(flags.width.unwrap_or(0), b' ');
                return;
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => width.saturating_sub(usize::from(has_sign)),
            (None, _) => 0,
        };
        let digits = match base {
            2 => format!("{:b}", value.magnitude),
            8 => format!("{:o}", value.magnitude),
            16 if verb == 'X' => format!("{:X}", value.magnitude),
            16 => format!("{:x}", value.magnitude),
            _ => value.magnitude.to_string(),
        };
        let zeros = least.saturating_sub(digits.len());
        let starts_with_zero = zeros > 0 || digits.starts_with('0');
        let prefix = match base {
            _ if verb == 'O' => "0o",
            _ if !flags.sharp => "",
            2 => "0b",
            8 if !starts_with_zero => "0",
            16 if verb == 'X' => "0X",
            16 => "0x",
            _ => "",
        };
        // `%#O` has the prefixes of both.
        let inner = if verb == 'O' && flags.sharp && !starts_with_zero { "0" } else { "" };
        let sign = match (value.is_negative, flags.plus, flags.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        if (zeros, sign, prefix, inner) == (0, "", "", "") {
            self.pad_with_spaces(digits.as_bytes());
        } else if self.has_room(zeros) {
            let text = format!("{sign}{prefix}{inner}{}{digits}", "0".repeat(zeros));
            self.pad_with_spaces(text.as_bytes());
        }
    }

    fn code_point(&mut self, code: u64) {
        let digits = self.flags.precision.unwrap_or(4).max(4);
        if !self.has_room(digits) {
            return;
        }
        let number = format!("{code:X}");
        let mut text = format!("U+{}{number}", "0".repeat(digits.saturating_sub(number.len())));
        if self.flags.sharp
            && let Some(shown) = u32::try_from(code).ok().and_then(char::from_u32).filter(|&shown| is_printable(shown))
        {
            push(&mut text, format_args!(" '{shown}'"));
        }
        self.pad_with_spaces(text.as_bytes());
    }

    /// A float under a verb; `false` if the verb is not for floats.
    pub(super) fn float(&mut self, value: f64, verb: char) -> bool {
        let (form, precision) = match verb {
            'v' => (b'g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb as u8, None),
            'f' | 'e' | 'E' => (verb as u8, Some(6)),
            'F' => (b'f', Some(6)),
            _ => return false,
        };
        let precision = self.flags.precision.or(precision);
        if !self.has_room(precision.unwrap_or(0)) {
            return true;
        }
        let text = format_float(value, form, precision);
        let flags = self.flags;
        let (sign, mut magnitude) = match text.as_bytes() {
            [b'-', ..] => ("-", text[1..].to_owned()),
            [b'+', ..] => ("+", text[1..].to_owned()),
            _ => ("+", text),
        };
        let sign = if flags.space && sign == "+" && !flags.plus { " " } else { sign };
        if !value.is_finite() {
            // Go shows a sign for infinity as for numbers, and for NaN only on demand.
            let shows_sign = flags.plus || flags.space || (value.is_infinite());
            let sign = if shows_sign { sign } else { "" };
            self.pad_with_spaces(format!("{sign}{magnitude}").as_bytes());
            return true;
        }
        if flags.sharp && form != b'b' {
            magnitude = with_point(&magnitude, form, precision);
        }
        if !flags.plus && sign == "+" {
            self.pad(magnitude.as_bytes());
        } else if flags.zero && !flags.minus && flags.width.is_some_and(|width| width > magnitude.len() + 1) {
            self.push(sign.as_bytes());
            let padding = flags.width.unwrap_or(0) - magnitude.len() - 1;
            self.push_padding(padding, b'0');
            self.push(magnitude.as_bytes());
        } else {
            self.pad(format!("{sign}{magnitude}").as_bytes());
        }
        true
    }

    /// A complex number under a verb; `false` if the verb is not for floats.
    pub(super) fn complex(&mut self, (real, imaginary): (f64, f64), verb: char) -> bool {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return false;
        }
        self.push(b"(");
        self.float(real, verb);
        let plus = std::mem::replace(&mut self.flags.plus, true);
        self.float(imaginary, verb);
        self.flags.plus = plus;
        self.push(b"i)");
        true
    }

    /// A string, or bytes taken for one, under a verb; `false` if the verb is not for strings.
    pub(super) fn text(&mut self, text: &[u8], verb: char) -> bool {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => self.pad(self.truncated(text)),
            'x' | 'X' => self.hexadecimal_bytes(text, verb == 'X'),
            'q' => self.quoted(text),
            _ => return false,
        }
        true
    }

    fn truncated<'text>(&self, text: &'text [u8]) -> &'text [u8] {
        let end = self.flags.precision.and_then(|precision| runes(text).nth(precision)).map(|(end, _)| end);
        &text[..end.unwrap_or(text.len())]
    }

    fn quoted(&mut self, text: &[u8]) {
        let text = self.truncated(text);
        if self.flags.sharp && can_backquote(text) {
            self.pad(&[b"`", text, b"`"].concat());
        } else {
            let quoted = quote(text, b'"', self.charset());
            self.pad(quoted.as_bytes());
        }
    }

    fn hexadecimal_bytes(&mut self, bytes: &[u8], upper: bool) {
        let flags = self.flags;
        let bytes = &bytes[..flags.precision.unwrap_or(usize::MAX).min(bytes.len())];
        let prefix = match (flags.sharp, upper) {
            (false, _) => "",
            (true, false) => "0x",
            (true, true) => "0X",
        };
        let mut text = String::new();
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 && flags.space {
                text.push(' ');
            }
            if index == 0 || flags.space {
                text.push_str(prefix);
            }
            if upper {
                push(&mut text, format_args!("{byte:02X}"));
            } else {
                push(&mut text, format_args!("{byte:02x}"));
            }
        }
        self.pad(text.as_bytes());
    }
}

/// `%#g`: a decimal point, and the zeros that the shortest form dropped.
fn with_point(magnitude: &str, form: u8, precision: Option<usize>) -> String {
    let is_hexadecimal = matches!(form, b'x' | b'X');
    let is_exponent = |letter: char| matches!(letter, 'p' | 'P') || (!is_hexadecimal && matches!(letter, 'e' | 'E'));
    let (number, exponent) = magnitude.split_at(magnitude.find(is_exponent).unwrap_or(magnitude.len()));
    let mut missing: usize = match form {
        b'g' | b'G' | b'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let significant = number.bytes().filter(|&byte| byte != b'.').skip_while(|&byte| byte == b'0').count();
    missing = missing.saturating_sub(significant);
    let point = if number.contains('.') {
        ""
    } else {
        // A zero alone counts as one digit.
        missing = missing.saturating_sub(usize::from(number == "0"));
        "."
    };
    format!("{number}{point}{}{exponent}", "0".repeat(missing))
}
