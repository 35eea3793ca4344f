//! The tokens inside of an action: words, fields, variables, texts, numbers and signs, up to the right delimiter.

use super::{Lexed, Lexer, MOST_READY, Place, is_space};
use crate::gotemplate::printf;
use crate::gotemplate::runes::{decode, is_alphanumeric};
use crate::gotemplate::token::Kind;

/// Which bytes are letters of words.
const WORD: [bool; 256] = {
    let mut letters = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        letters[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    letters
};

/// Which bytes may follow a word at once.
const TERMINATOR: [bool; 256] = {
    let mut terminators = [false; 256];
    let all = b" \t\r\n.,|:)(";
    let mut place = 0;
    while place < all.len() {
        terminators[all[place] as usize] = true;
        place += 1;
    }
    terminators
};

/// How many letters of words come first.
fn word_length(text: &[u8]) -> usize {
    text.iter().position(|&byte| !WORD[usize::from(byte)]).unwrap_or(text.len())
}

/// Whether a word may end at a place; so `.X.Y` is two words and `$x+2` none.
fn ends_word(text: &[u8], place: usize) -> bool {
    match text.get(place) {
        None => true,
        Some(b'}') => text.get(place + 1) == Some(&b'}'),
        Some(byte) => TERMINATOR[usize::from(*byte)],
    }
}

fn kind_of_word(word: &[u8]) -> Kind {
    match word {
        b"block" => Kind::Block,
        b"break" => Kind::Break,
        b"continue" => Kind::Continue,
        b"define" => Kind::Define,
        b"else" => Kind::Else,
        b"end" => Kind::End,
        b"if" => Kind::If,
        b"range" => Kind::Range,
        b"nil" => Kind::Nil,
        b"template" => Kind::Template,
        b"with" => Kind::With,
        b"true" | b"false" => Kind::Bool,
        _ => Kind::Identifier,
    }
}

impl Lexer<'_> {
    /// Emits tokens inside of an action up to its right delimiter, or to the first one that is rare.
    pub(super) fn tokens(&mut self) -> Lexed<()> {
        self.words();
        if self.count == MOST_READY {
            return Ok(());
        }
        let Some(byte) = self.peek_byte() else { return self.bad("unclosed action") };
        match byte {
            b'}' | b' ' | b'\t' | b'\r' | b'\n' if let Some(trims) = self.right_delimiter() => self.end_of_action(trims),
            _ => self.other_token(byte, self.text.get(self.position + 1).copied()),
        }
    }

    /// Emits what most actions consist of, as long as nothing else comes: words, fields and variables of ASCII, with one blank before
    /// them or none.
    fn words(&mut self) {
        let text = self.text;
        while self.count < MOST_READY {
            let spaced = text.get(self.position) == Some(&b' ');
            let start = self.position + usize::from(spaced);
            let Some(&first) = text.get(start) else { break };
            let kind = match first {
                b'a'..=b'z' | b'A'..=b'Z' => Kind::Identifier,
                b'.' => Kind::Field,
                b'$' => Kind::Variable,
                _ => break,
            };
            let end = start + 1 + word_length(text.get(start + 1..).unwrap_or_default());
            // A dot may begin a number, as the last byte does in Go.
            if !ends_word(text, end) || kind == Kind::Field && text.get(start + 1).is_none_or(u8::is_ascii_digit) {
                break;
            }
            let kind = match kind {
                Kind::Identifier => kind_of_word(&text[start..end]),
                Kind::Field if end == start + 1 => Kind::Dot,
                kind => kind,
            };
            (self.start, self.position) = (start, end);
            self.spaced |= spaced;
            self.emit(kind);
        }
    }

    /// Emits a right delimiter, which may trim the space behind it, and passes it.
    fn end_of_action(&mut self, trims: bool) -> Lexed<()> {
        if self.parentheses > 0 {
            return self.bad("unclosed left paren");
        }
        let before = self.position;
        self.start = if trims { before + 2 } else { before };
        self.position = self.start + 2;
        self.emit(Kind::RightDelimiter);
        self.action.end = self.position as u32;
        self.position = before;
        self.pass_right_delimiter(trims);
        self.place = Place::Text;
        Ok(())
    }

    /// Emits one of the rarer tokens inside an action, by its first two bytes.
    fn other_token(&mut self, byte: u8, next: Option<u8>) -> Lexed<()> {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => self.space(),
            b'=' => self.single(Kind::Assign),
            b'|' => self.single(Kind::Pipe),
            b':' if next == Some(b'=') => {
                self.position += 2;
                self.emit(Kind::Declare);
            }
            b':' => return self.bad("expected :="),
            b'"' => self.quoted(b'"', Kind::String, "unterminated quoted string")?,
            b'\'' => self.quoted(b'\'', Kind::CharConstant, "unterminated character constant")?,
            b'`' => self.raw_string()?,
            b'$' => self.field_or_variable(Kind::Variable)?,
            b'.' if next.is_some_and(|next| !next.is_ascii_digit()) => self.field_or_variable(Kind::Field)?,
            b'.' | b'+' | b'-' | b'0'..=b'9' => self.number()?,
            b'(' => {
                self.parentheses += 1;
                self.single(Kind::LeftParenthesis);
            }
            b')' if self.parentheses == 0 => return self.bad("unexpected right paren"),
            b')' => {
                self.parentheses -= 1;
                self.single(Kind::RightParenthesis);
            }
            _ => self.word_or_character()?,
        }
        Ok(())
    }

    fn single(&mut self, kind: Kind) {
        self.position += 1;
        self.emit(kind);
    }

    /// Space, but not the one that belongs to a trimming delimiter.
    fn space(&mut self) {
        let length = self.rest().iter().take_while(|&&byte| is_space(byte)).count();
        self.position += length - 1;
        if self.right_delimiter() != Some(true) {
            self.position += 1;
        }
        self.spaced = self.position > self.start;
        self.start = self.position;
    }

    fn word_or_character(&mut self) -> Lexed<()> {
        let (character, _) = decode(self.rest());
        if is_alphanumeric(character) {
            return self.identifier();
        }
        if (' '..='~').contains(&character) {
            self.single(Kind::Char);
            return Ok(());
        }
        self.bad(format!("unrecognized character in action: {}", printf::unicode_name(character)))
    }

    fn pass_word(&mut self) {
        loop {
            self.position += word_length(self.rest());
            if self.peek_byte().is_none_or(|byte| byte.is_ascii()) {
                return;
            }
            let (character, width) = decode(self.rest());
            if !is_alphanumeric(character) {
                return;
            }
            self.position += width;
        }
    }

    fn end_of_word(&self) -> Lexed<()> {
        if ends_word(self.text, self.position) {
            return Ok(());
        }
        self.bad(format!("bad character {}", printf::unicode_name(decode(self.rest()).0)))
    }

    fn identifier(&mut self) -> Lexed<()> {
        self.pass_word();
        self.end_of_word()?;
        let kind = kind_of_word(&self.text[self.start..self.position]);
        self.emit(kind);
        Ok(())
    }

    /// `.Name`, `$name`, or the sign alone.
    fn field_or_variable(&mut self, kind: Kind) -> Lexed<()> {
        self.position += 1;
        if ends_word(self.text, self.position) {
            self.emit(if kind == Kind::Field { Kind::Dot } else { kind });
            return Ok(());
        }
        self.pass_word();
        self.end_of_word()?;
        self.emit(kind);
        Ok(())
    }

    fn quoted(&mut self, quote: u8, kind: Kind, unterminated: &str) -> Lexed<()> {
        self.position += 1;
        loop {
            let Some(length) = memchr::memchr3(quote, b'\\', b'\n', self.rest()) else { return self.bad(unterminated) };
            self.position += length;
            match self.peek_byte() {
                Some(b'\\') if !matches!(self.text.get(self.position + 1), None | Some(b'\n')) => self.position += 2,
                Some(byte) if byte == quote => break,
                _ => return self.bad(unterminated),
            }
        }
        self.single(kind);
        Ok(())
    }

    fn raw_string(&mut self) -> Lexed<()> {
        let Some(length) = memchr::memchr(b'`', &self.rest()[1..]) else {
            return self.bad("unterminated raw quoted string");
        };
        self.position += length + 2;
        self.emit(Kind::RawString);
        Ok(())
    }

    /// A number or what looks like one; the parser finds out whether it is.
    fn number(&mut self) -> Lexed<()> {
        if !self.pass_number() {
            return self.bad_number();
        }
        if !matches!(self.peek_byte(), Some(b'+' | b'-')) {
            self.emit(Kind::Number);
            return Ok(());
        }
        if !self.pass_number() || self.text[self.position - 1] != b'i' {
            return self.bad_number();
        }
        self.emit(Kind::Complex);
        Ok(())
    }

    fn bad_number<T>(&self) -> Lexed<T> {
        self.bad(format!("bad number syntax: {}", printf::quote(&self.text[self.start..self.position])))
    }

    fn accept(&mut self, bytes: &[u8]) -> bool {
        let accepted = self.peek_byte().is_some_and(|byte| bytes.contains(&byte));
        self.position += usize::from(accepted);
        accepted
    }

    fn accept_all(&mut self, bytes: &[u8]) {
        while self.accept(bytes) {}
    }

    fn pass_number(&mut self) -> bool {
        const DECIMAL: &[u8] = b"0123456789_";
        self.accept(b"+-");
        let mut digits = DECIMAL;
        let mut exponent: &[u8] = b"eE";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                (digits, exponent) = (b"0123456789abcdefABCDEF_", b"pP");
            } else if self.accept(b"oO") {
                (digits, exponent) = (b"01234567_", b"");
            } else if self.accept(b"bB") {
                (digits, exponent) = (b"01_", b"");
            }
        }
        self.accept_all(digits);
        if self.accept(b".") {
            self.accept_all(digits);
        }
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_all(DECIMAL);
        }
        self.accept(b"i");
        let (character, width) = decode(self.rest());
        if width > 0 && is_alphanumeric(character) {
            self.position += width;
            return false;
        }
        true
    }
}
