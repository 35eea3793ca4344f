//! From a value to JSON text.

use std::fmt::Write as _;

use super::{Backend, Error, Escape};
use crate::yaml::{LONGEST, Value, number};

/// Prints a value on one line, keys in byte order.
///
/// # Errors
/// A float that is not finite, and a text that would be too long.
pub fn write(value: &Value, escape: Escape, backend: Backend) -> Result<String, Error> {
    let mut printer = Printer { out: String::new(), escape, backend };
    printer.value(value)?;
    Ok(printer.out)
}

/// What was printed on one line with two spaces a level.
///
/// # Errors
/// A text that would be too long.
pub fn indented(text: &str) -> Result<String, Error> {
    let (mut out, mut level, mut in_string, mut is_escaped, mut opened) = (String::new(), 0, false, false, false);
    for character in text.chars() {
        let is_end = matches!(character, ']' | '}') && !in_string;
        if is_end {
            level = usize::saturating_sub(level, 1);
        }
        if opened != is_end {
            line(&mut out, level)?;
        }
        opened = false;
        out.push(character);
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '[' | '{' => {
                level += 1;
                opened = true;
            }
            ',' => line(&mut out, level)?,
            ':' => out.push(' '),
            _ => {}
        }
    }
    Ok(out)
}

fn line(out: &mut String, level: usize) -> Result<(), Error> {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", level));
    if out.len() > LONGEST { Err(Error::too_long()) } else { Ok(()) }
}

/// Appends a string with its quotes.
pub(super) fn push_string(out: &mut String, text: &[u8], escape: Escape, backend: Backend) {
    out.push('"');
    for chunk in text.utf8_chunks() {
        push_valid(out, chunk.valid(), escape);
        for _ in chunk.invalid() {
            out.push_str(match backend {
                Backend::V1 => "\\ufffd",
                Backend::V2 => "\u{FFFD}",
            });
        }
    }
    out.push('"');
}

struct Printer {
    out: String,
    escape: Escape,
    backend: Backend,
}

impl Printer {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            Value::Uint(number) => self.out.push_str(&number.to_string()),
            Value::Float(number) if number.is_finite() => self.out.push_str(&number::format_json(*number)),
            Value::Float(number) => return Err(Error::unsupported(*number)),
            Value::String(text) => push_string(&mut self.out, text, self.escape, self.backend),
            Value::Time(text) => push_string(&mut self.out, text, self.escape, self.backend),
            Value::List(items) => self.items('[', ']', items.iter(), Self::value)?,
            Value::Map(entries) => self.items('{', '}', entries.iter(), |printer, (key, value)| {
                push_string(&mut printer.out, key, printer.escape, printer.backend);
                printer.out.push(':');
                printer.value(value)
            })?,
        }
        Ok(())
    }

    fn items<T>(
        &mut self,
        open: char,
        close: char,
        items: impl Iterator<Item = T>,
        mut print: impl FnMut(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(open);
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            print(self, item)?;
            if self.out.len() > LONGEST {
                return Err(Error::too_long());
            }
        }
        self.out.push(close);
        Ok(())
    }
}

fn push_valid(out: &mut String, text: &str, escape: Escape) {
    let mut copied = 0;
    for (index, character) in text.char_indices() {
        let replacement = match character {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\x08' => "\\b",
            '\x0C' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{2028}' => "\\u2028",
            '\u{2029}' => "\\u2029",
            '<' if escape == Escape::Html => "\\u003c",
            '>' if escape == Escape::Html => "\\u003e",
            '&' if escape == Escape::Html => "\\u0026",
            '\0'..' ' => "",
            _ => continue,
        };
        out.push_str(&text[copied..index]);
        if replacement.is_empty() {
            _ = write!(out, "\\u{:04x}", u32::from(character));
        } else {
            out.push_str(replacement);
        }
        copied = index + character.len_utf8();
    }
    out.push_str(&text[copied..]);
}
