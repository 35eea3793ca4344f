//! What a backslash means in a pattern.

use regex_syntax::hir::{ClassUnicode, Look};

use super::class;
use super::syntax::{BAD_RANGE, Done, Error, Parser, next_char, valid_utf8};

const BAD_ESCAPE: &str = "invalid escape sequence";
const TRAILING_BACKSLASH: &str = "trailing backslash at end of expression";

impl Parser<'_> {
    /// Reads what a backslash begins outside of brackets.
    pub(super) fn escape(&mut self) -> Done<()> {
        let before = self.rest;
        match before.get(1) {
            Some(b'A') => self.assertion(2, Look::Start),
            Some(b'z') => self.assertion(2, Look::End),
            Some(b'b') => self.assertion(2, Look::WordAscii),
            Some(b'B') => self.assertion(2, Look::WordAsciiNegate),
            Some(b'C') => return Err(Error::new(BAD_ESCAPE, &before[..2])),
            Some(b'Q') => {
                let quoted = &before[2..];
                let end = memchr::memmem::find(quoted, br"\E");
                let mut literal = &quoted[..end.unwrap_or(quoted.len())];
                while !literal.is_empty() {
                    let (char, rest) = next_char(literal)?;
                    self.literal(char);
                    literal = rest;
                }
                self.rest = end.map_or(&[], |end| &quoted[end + 2..]);
            }
            _ => {
                if let Some(class) = self.escaped_class()? {
                    self.class(class);
                } else {
                    let char = self.escaped_char()?;
                    self.literal(char);
                }
            }
        }
        Ok(())
    }

    /// `\d`, `\pL`, `\p{Greek}` and their like, if one stands here.
    pub(super) fn escaped_class(&mut self) -> Done<Option<ClassUnicode>> {
        match self.rest {
            [b'\\', b'p' | b'P', _, ..] => self.unicode_class().map(Some),
            [b'\\', letter, ..] => {
                let found = class::perl(*letter, self.case());
                if found.is_some() {
                    self.skip(2);
                }
                Ok(found)
            }
            _ => Ok(None),
        }
    }

    fn unicode_class(&mut self) -> Done<ClassUnicode> {
        let before = self.rest;
        let mut negative = before[1] == b'P';
        self.skip(2);
        let mut name = if self.char()? == '{' {
            let Some(end) = memchr::memchr(b'}', before) else {
                valid_utf8(before)?;
                return Err(Error::new(BAD_RANGE, before));
            };
            self.rest = &before[end + 1..];
            valid_utf8(&before[3..end])?;
            &before[3..end]
        } else {
            &self.since(before)[2..]
        };
        if let Some(positive) = name.strip_prefix(b"^") {
            negative = !negative;
            name = positive;
        }
        let found = std::str::from_utf8(name).ok().and_then(|name| class::unicode(name, self.case()));
        let found = found.ok_or_else(|| Error::new(BAD_RANGE, self.since(before)))?;
        Ok(if negative { class::negated(found) } else { found })
    }

    pub(super) fn escaped_char(&mut self) -> Done<char> {
        let before = self.rest;
        self.skip(1);
        if self.rest.is_empty() {
            return Err(Error::new(TRAILING_BACKSLASH, b""));
        }
        let char = self.char()?;
        let meant = match char {
            '1'..='7' if !matches!(self.rest.first(), Some(b'0'..=b'7')) => None,
            '0'..='7' => Some(self.octal(char)),
            'x' => self.hexadecimal()?,
            'a' => Some('\x07'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            _ => Some(char).filter(|char| char.is_ascii() && !char.is_ascii_alphanumeric()),
        };
        meant.ok_or_else(|| Error::new(BAD_ESCAPE, self.since(before)))
    }

    /// Up to three octal digits, of which the first is read.
    fn octal(&mut self, first: char) -> char {
        let mut value = first.to_digit(8).unwrap_or_default();
        for _ in 0..2 {
            let Some(digit) = self.rest.first().and_then(|&byte| char::from(byte).to_digit(8)) else { break };
            value = value * 8 + digit;
            self.skip(1);
        }
        char::from_u32(value).unwrap_or_default()
    }

    /// `\x7f` or `\x{10ffff}` behind the x.
    fn hexadecimal(&mut self) -> Done<Option<char>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let first = self.char()?;
        if first != '{' {
            let second = self.char_or_end()?;
            let digits = first.to_digit(16).zip(second.and_then(|second| second.to_digit(16)));
            return Ok(digits.and_then(|(high, low)| char::from_u32(high * 16 + low)));
        }
        let mut value = None;
        while !self.rest.is_empty() {
            let char = self.char()?;
            if char == '}' {
                return Ok(value.and_then(char::from_u32));
            }
            let Some(digit) = char.to_digit(16) else { break };
            let next = value.unwrap_or(0) * 16 + digit;
            if next > char::MAX as u32 {
                break;
            }
            value = Some(next);
        }
        Ok(None)
    }

    /// Go reads U+FFFD at the end of the text and takes it for what is wrong.
    fn char_or_end(&mut self) -> Done<Option<char>> {
        if self.rest.is_empty() { Ok(None) } else { self.char().map(Some) }
    }
}
