//! Format strings: literal text, and what stands between a `%` and its verb.

use super::printer::{Flags, MOST_WIDTH, Printer, star, verb};
use super::type_name;
use crate::gotemplate::value::Value;

/// Prints `arguments` as `format` says.
pub(super) fn print(printer: &mut Printer<'_>, format: &[u8], arguments: &[&Value]) {
    let mut reader = Reader { format, at: 0, arguments, next: 0, reordered: false, index_is_good: true };
    while let Some(length) = memchr::memchr(b'%', &format[reader.at..]) {
        printer.push(&format[reader.at..reader.at + length]);
        reader.at += length + 1;
        if !reader.directive(printer) {
            break;
        }
    }
    printer.push(&format[reader.at..]);
    if !reader.reordered && reader.next < arguments.len() {
        print_extra(printer, &arguments[reader.next..]);
    }
}

fn print_extra(printer: &mut Printer<'_>, extra: &[&Value]) {
    printer.flags = Flags::default();
    printer.push(b"%!(EXTRA ");
    for (index, value) in extra.iter().enumerate() {
        if index > 0 {
            printer.push(b", ");
        }
        if !matches!(value, Value::Nil) {
            printer.push(type_name(value).as_bytes());
            printer.push(b"=");
        }
        printer.argument(value, 'v');
    }
    printer.push(b")");
}

struct Reader<'format> {
    format: &'format [u8],
    at: usize,
    arguments: &'format [&'format Value],
    /// The argument to take next.
    next: usize,
    /// Whether any argument was asked for by number: then nothing is said about those left over.
    reordered: bool,
    /// Whether the numbers of this directive are all of arguments that exist, and stand where they may.
    index_is_good: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// Reads and prints one directive; `false` at the end of the format.
    fn directive(&mut self, printer: &mut Printer<'_>) -> bool {
        self.index_is_good = true;
        // Nothing but texts as they are is what most formats ask for.
        if let (Some(b's'), Some(Value::String(text))) = (self.peek(), self.arguments.get(self.next)) {
            printer.push(text);
            (self.at, self.next) = (self.at + 1, self.next + 1);
            return true;
        }
        printer.flags = self.flags();
        let mut after_index = self.index();
        self.width(printer, &mut after_index);
        self.precision(printer, &mut after_index);
        if !after_index {
            self.index();
        }
        if self.at >= self.format.len() {
            printer.push(b"%!(NOVERB)");
            return false;
        }
        let (verb, width) = verb(&self.format[self.at..]);
        self.at += width;
        let argument = self.arguments.get(self.next);
        match argument {
            _ if verb == '%' => printer.push(b"%"),
            _ if !self.index_is_good => printer.complain(verb, "(BADINDEX)"),
            None => printer.complain(verb, "(MISSING)"),
            Some(value) => {
                self.next += 1;
                print_argument(printer, value, verb);
            }
        }
        true
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        flags
    }

    /// A number in brackets, which says which argument comes next; whether there was one.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(length) = rest.iter().position(|&byte| byte == b']').filter(|_| rest.len() >= 3) else {
            self.index_is_good = false;
            self.at += 1;
            return false;
        };
        let number = number(&rest[1..length]).filter(|(_, used)| *used == length - 1);
        self.at += length + 1;
        match number.map(|(number, _)| number.checked_sub(1)) {
            Some(Some(index)) if index < self.arguments.len() => {
                self.next = index;
                true
            }
            Some(_) => {
                self.index_is_good = false;
                true
            }
            None => {
                self.index_is_good = false;
                false
            }
        }
    }

    fn star(&mut self) -> Option<i64> {
        self.at += 1;
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        star(argument)
    }

    fn number(&mut self) -> Option<usize> {
        match number(&self.format[self.at..]) {
            Some((value, used)) => {
                self.at += used;
                Some(value)
            }
            // A number too large swallows the rest, as in Go.
            None if self.peek().is_some_and(|byte| byte.is_ascii_digit()) => {
                self.at = self.format.len();
                None
            }
            None => None,
        }
    }

    fn width(&mut self, printer: &mut Printer<'_>, after_index: &mut bool) {
        if self.peek() == Some(b'*') {
            let width = self.star();
            printer.flags.width = width.map(|width| width.unsigned_abs() as usize);
            match width {
                None => printer.push(b"%!(BADWIDTH)"),
                Some(..0) => {
                    printer.flags.minus = true;
                    printer.flags.zero = false;
                }
                Some(_) => {}
            }
            *after_index = false;
            return;
        }
        printer.flags.width = self.number();
        if *after_index && printer.flags.width.is_some() {
            self.index_is_good = false;
        }
    }

    fn precision(&mut self, printer: &mut Printer<'_>, after_index: &mut bool) {
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return;
        }
        self.at += 1;
        if *after_index {
            self.index_is_good = false;
        }
        *after_index = self.index();
        if self.peek() == Some(b'*') {
            printer.flags.precision = self.star().and_then(|precision| usize::try_from(precision).ok());
            if printer.flags.precision.is_none() {
                printer.push(b"%!(BADPREC)");
            }
            *after_index = false;
            return;
        }
        printer.flags.precision = Some(self.number().unwrap_or(0));
    }
}

fn print_argument(printer: &mut Printer<'_>, value: &Value, verb: char) {
    let flags = &mut printer.flags;
    if matches!(verb, 'v' | 'w') {
        (flags.sharp_v, flags.sharp) = (flags.sharp, false);
        (flags.plus_v, flags.plus) = (flags.plus, false);
    }
    printer.argument(value, verb);
}

/// The decimal number at the start of `text` and its length; `None` if there is none or if it is too large.
fn number(text: &[u8]) -> Option<(usize, usize)> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut value: usize = 0;
    for &digit in &text[..length] {
        if value > MOST_WIDTH as usize {
            return None;
        }
        value = value * 10 + usize::from(digit - b'0');
    }
    (length > 0).then_some((value, length))
}
