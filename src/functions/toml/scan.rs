//! The letters of a TOML document, and its keys and comments. Values are `value.rs`'s.
//!
//! The library reads letter by letter and steps back, and its errors name the line at which it has arrived. So do we: the
//! line goes back and forth with the letters, and the end of the text counts as read once.

use super::Library;
use crate::gotemplate::{self, Value};
use crate::yaml::Text;

/// Why a document is no TOML: the line that the library names, which is not always the one a person would, and its words.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) line: i64,
    pub(super) problem: String,
}

pub(super) type Scanned<T> = Result<T, Fault>;

/// A part of a key, or a value, as it is written.
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: Vec<u8>,
    pub(super) line: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text that says itself.
    Plain,
    /// Text with escapes.
    Escaped,
    /// Text over several lines, with escapes.
    Lines,
    /// Text over several lines that says itself.
    PlainLines,
    Bool,
    Integer,
    Float,
    Moment,
    /// The beginning of an array.
    Array,
    /// The beginning of an inline table.
    Table,
}

/// What follows a part of a key.
pub(super) enum After {
    Part,
    End,
}

pub(super) struct Scanner<'text> {
    text: &'text [u8],
    start: usize,
    at: usize,
    line: i64,
    is_past_end: bool,
    pub(super) library: Library,
}

impl<'text> Scanner<'text> {
    pub(super) fn new(text: &'text [u8], library: Library) -> Self {
        Self { text, start: 0, at: 0, line: 1, is_past_end: false, library }
    }

    /// The next letter; none at the end.
    pub(super) fn next(&mut self) -> Scanned<Option<char>> {
        let Some(&byte) = self.text.get(self.at) else {
            self.is_past_end = true;
            return Ok(None);
        };
        self.line += i64::from(byte == b'\n');
        let Some((letter, length)) = letter(&self.text[self.at..]) else {
            return Err(self.fault(format!("invalid UTF-8 byte: 0x{byte:02x}")));
        };
        let is_lone_return = letter == '\r' && self.text.get(self.at + 1) != Some(&b'\n');
        if is_lone_return || (letter.is_ascii_control() && !"\t\r\n".contains(letter)) {
            return Err(self.fault(format!("TOML files cannot contain control characters: '0x{byte:02x}'")));
        }
        self.at += length;
        Ok(Some(letter))
    }

    /// Steps back by one letter, or over the end.
    pub(super) fn back(&mut self) {
        if self.is_past_end {
            self.is_past_end = false;
            return;
        }
        loop {
            self.at = self.at.saturating_sub(1);
            if self.text.get(self.at).is_none_or(|byte| byte & 0xC0 != 0x80) {
                break;
            }
        }
        self.line -= i64::from(self.text.get(self.at) == Some(&b'\n'));
    }

    pub(super) fn peek(&mut self) -> Scanned<Option<char>> {
        let letter = self.next()?;
        self.back();
        Ok(letter)
    }

    pub(super) fn accept(&mut self, wanted: char) -> Scanned<bool> {
        let is_there = self.next()? == Some(wanted);
        if !is_there {
            self.back();
        }
        Ok(is_there)
    }

    /// Passes over letters as long as they are such.
    pub(super) fn pass(&mut self, is_such: impl Fn(char) -> bool) -> Scanned<()> {
        while self.next()?.is_some_and(&is_such) {}
        self.back();
        Ok(())
    }

    pub(super) fn skip_blanks(&mut self) -> Scanned<()> {
        self.pass(is_blank)?;
        self.begin();
        Ok(())
    }

    /// Lets the current token begin here.
    pub(super) fn begin(&mut self) {
        self.start = self.at;
    }

    /// What was read of the current token.
    pub(super) fn current(&self) -> &'text [u8] {
        &self.text[self.start..self.at]
    }

    pub(super) fn token(&mut self, kind: Kind) -> Token {
        let token = Token { kind, text: self.current().to_vec(), line: self.line };
        self.begin();
        token
    }

    /// A fault here; at the end after a line break it belongs to the line before.
    pub(super) fn fault(&self, problem: impl Into<String>) -> Fault {
        let is_after_break = self.is_past_end && self.at > 0 && self.text[self.at - 1] == b'\n';
        Fault { line: self.line - i64::from(is_after_break), problem: problem.into() }
    }

    /// A fault that the library always places in the line before.
    pub(super) fn fault_before(&self, problem: impl Into<String>) -> Fault {
        Fault { line: self.line - 1, problem: problem.into() }
    }

    /// Passes over the rest of a comment, up to the end of its line.
    pub(super) fn comment(&mut self) -> Scanned<()> {
        self.pass(|letter| !is_break(letter))?;
        self.begin();
        Ok(())
    }

    /// Before a key.
    pub(super) fn key_start(&mut self) -> Scanned<()> {
        self.skip_blanks()?;
        match self.peek()? {
            None | Some('=') => Err(self.fault("unexpected '=': key name appears blank")),
            Some('.') => Err(self.fault("unexpected '.': keys cannot start with a '.'")),
            Some(_) => Ok(()),
        }
    }

    /// A part of a key.
    pub(super) fn key_part(&mut self) -> Scanned<Token> {
        self.skip_blanks()?;
        match self.peek()? {
            None | Some('=') => Err(self.fault("unexpected '='")),
            Some('.') => Err(self.fault("unexpected '.'")),
            Some('"' | '\'') => self.quoted_part(),
            Some(_) => self.bare_part(),
        }
    }

    /// After a part of a key: another one, or the value.
    pub(super) fn key_next(&mut self) -> Scanned<After> {
        self.skip_blanks()?;
        match self.next()? {
            Some('.') => Ok(After::Part),
            Some('=') => {
                self.begin();
                Ok(After::End)
            }
            None => Err(self.fault("unexpected EOF; expected key separator '='")),
            Some('\n') => Err(self.fault_before("expected '.' or '=', but got '\\n' instead")),
            other => Err(self.instead("expected '.' or '=', but got", other)),
        }
    }

    /// A part of a table's name.
    pub(super) fn name_part(&mut self) -> Scanned<Token> {
        self.skip_blanks()?;
        match self.peek()? {
            None | Some(']') => Err(self.fault("unexpected end of table name (table names cannot be empty)")),
            Some('.') => Err(self.fault("unexpected table separator (table names cannot be empty)")),
            Some('"' | '\'') => self.quoted_part(),
            Some(_) => self.bare_part(),
        }
    }

    /// After a part of a table's name: another one, or the end of the header.
    pub(super) fn name_next(&mut self, is_array: bool) -> Scanned<After> {
        self.skip_blanks()?;
        match self.next()? {
            Some('.') => return Ok(After::Part),
            Some(']') if !is_array => {}
            Some(']') => match self.next()? {
                Some(']') => {}
                other => return Err(self.instead("expected end of table array name delimiter ']', but got", other)),
            },
            other => return Err(self.instead("expected '.' or ']' to end table name, but got", other)),
        }
        self.begin();
        Ok(After::End)
    }

    /// A fault about a letter where something else was expected.
    pub(super) fn instead(&self, expected: &str, found: Option<char>) -> Fault {
        self.fault(format!("{expected} {} instead", quoted(found)))
    }

    fn bare_part(&mut self) -> Scanned<Token> {
        self.begin();
        self.pass(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')?;
        Ok(self.token(Kind::Plain))
    }

    fn quoted_part(&mut self) -> Scanned<Token> {
        let quote = self.next()?;
        self.begin();
        if quote == Some('"') { self.text_with_escapes() } else { self.plain_text() }
    }
}

/// The first letter of these bytes and its length.
fn letter(bytes: &[u8]) -> Option<(char, usize)> {
    let window = &bytes[..bytes.len().min(4)];
    let valid = match std::str::from_utf8(window) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).unwrap_or_default(),
    };
    let letter = valid.chars().next()?;
    Some((letter, letter.len_utf8()))
}

/// A letter as Go quotes it; the end is the letter zero.
pub(super) fn quoted(letter: Option<char>) -> Text {
    gotemplate::sprintf(b"%q", &[Value::int64(i64::from(u32::from(letter.unwrap_or_default())))])
}

pub(super) fn is_blank(letter: char) -> bool {
    letter == ' ' || letter == '\t'
}

pub(super) fn is_break(letter: char) -> bool {
    letter == '\n' || letter == '\r'
}
