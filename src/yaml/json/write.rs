//! From a value to JSON text.

use std::fmt::Write as _;

use super::{Backend, Error, Escape};
use crate::yaml::{Value, number};

/// Prints a value on one line, keys in byte order.
///
/// # Errors
/// A float that is not finite.
pub fn write(value: &Value, escape: Escape, backend: Backend) -> Result<String, Error> {
    print(value, Printer { out: String::new(), escape, backend, indent: None })
}

/// Prints a value with two spaces a level.
///
/// # Errors
/// A float that is not finite.
pub fn write_pretty(value: &Value, escape: Escape, backend: Backend) -> Result<String, Error> {
    print(value, Printer { out: String::new(), escape, backend, indent: Some(0) })
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

fn print(value: &Value, mut printer: Printer) -> Result<String, Error> {
    printer.value(value)?;
    Ok(printer.out)
}

struct Printer {
    out: String,
    escape: Escape,
    backend: Backend,
    /// The level of pretty printing.
    indent: Option<usize>,
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
                printer.out.push_str(if printer.indent.is_some() { ": " } else { ":" });
                printer.value(value)
            })?,
        }
        Ok(())
    }

    fn items<T>(
        &mut self,
        open: char,
        close: char,
        items: impl ExactSizeIterator<Item = T>,
        mut print: impl FnMut(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(open);
        let empty = items.len() == 0;
        self.indent = self.indent.map(|level| level + 1);
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line();
            print(self, item)?;
        }
        self.indent = self.indent.map(|level| level - 1);
        if !empty {
            self.line();
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self) {
        if let Some(level) = self.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", level));
        }
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
