//! Text to tokens, one after the other as somebody takes them: literal text, and the words inside `{{ }}`.
//!
//! Tokens are kinds and byte ranges; what a word means is the parser's business. Comments and trimmed space are gone here.

use memchr::memmem;

use super::printf;
use super::runes::{decode, is_alphanumeric};
use super::token::{Kind, Span, Token};

/// Where and why the text cannot be read on.
struct Bad {
    at: usize,
    message: String,
}

/// Takes a text apart, as far as somebody looks.
pub(super) struct Lexer<'text> {
    text: &'text [u8],
    /// Looks for `{{`.
    delimiter: memmem::Finder<'static>,
    position: usize,
    /// Where the token being read starts.
    start: usize,
    /// Whether space was passed after the last token.
    spaced: bool,
    parentheses: usize,
    place: Place,
    /// The next tokens, and how many of them are read.
    ready: [Token; MOST_READY],
    count: usize,
    /// What the error token says.
    error: String,
}

/// One token is looked at beyond the next, and the text before an action is read with its delimiter.
const MOST_READY: usize = 3;

/// Between which tokens a lexer is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Action,
    /// Behind the last one, which is [`Kind::Eof`], after [`Kind::Error`] if there is one.
    End,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn length_without_trailing_space(text: &[u8]) -> usize {
    text.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1)
}

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

impl<'text> Lexer<'text> {
    /// Nothing is read yet. Offsets are 32 bits wide, so the text must be shorter than 4 GiB.
    pub(super) fn new(text: &'text [u8]) -> Self {
        let nothing = Token { kind: Kind::Eof, spaced: false, span: Span { start: 0, end: 0 } };
        Self {
            text,
            delimiter: memmem::Finder::new(b"{{"),
            position: 0,
            start: 0,
            spaced: false,
            parentheses: 0,
            place: Place::Text,
            ready: [nothing; MOST_READY],
            count: 0,
            error: String::new(),
        }
    }

    /// The next token.
    #[inline]
    pub(super) fn first(&mut self) -> Token {
        if self.count == 0 {
            self.read();
        }
        self.ready[0]
    }

    /// The one behind it.
    pub(super) fn second(&mut self) -> Token {
        while self.count < 2 {
            self.read();
        }
        self.ready[1]
    }

    /// Passes the next token.
    #[inline]
    pub(super) fn pass(&mut self) {
        if self.count == 0 {
            self.read();
        }
        self.count -= 1;
        if self.count > 0 {
            [self.ready[0], self.ready[1]] = [self.ready[1], self.ready[2]];
        }
    }

    /// What the error token says.
    pub(super) fn error(&self) -> &str {
        &self.error
    }

    /// Reads one token more, or two.
    fn read(&mut self) {
        let before = self.count;
        while self.count == before {
            let step = match self.place {
                Place::Text => self.text_up_to_action(),
                Place::Action => self.token(),
                Place::End => {
                    self.emit(Kind::Eof);
                    Ok(())
                }
            };
            if let Err(bad) = step {
                self.end_at(bad);
            }
        }
    }

    #[cold]
    fn end_at(&mut self, bad: Bad) {
        self.skip_to(bad.at);
        self.error = bad.message;
        self.place = Place::End;
        self.emit(Kind::Error);
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn peek_byte(&self) -> Option<u8> {
        self.text.get(self.position).copied()
    }

    fn emit(&mut self, kind: Kind) {
        let span = Span { start: self.start as u32, end: self.position as u32 };
        if let Some(place) = self.ready.get_mut(self.count) {
            *place = Token { kind, spaced: self.spaced, span };
        }
        self.count += 1;
        self.spaced = false;
        self.start = self.position;
    }

    fn skip_to(&mut self, position: usize) {
        self.position = position;
        self.start = position;
    }

    fn bad<T>(&self, message: impl Into<String>) -> Result<T, Bad> {
        Err(Bad { at: self.start, message: message.into() })
    }

    /// Emits text, and the delimiter after it or passes a comment.
    fn text_up_to_action(&mut self) -> Result<(), Bad> {
        let Some(length) = self.delimiter.find(self.rest()) else {
            self.position = self.text.len();
            if self.position > self.start {
                self.emit(Kind::Text);
            }
            self.place = Place::End;
            return Ok(());
        };
        let delimiter = self.position + length;
        let after = &self.text[delimiter + 2..];
        let trims = after.len() >= 2 && after[0] == b'-' && is_space(after[1]);
        let text = &self.text[self.start..delimiter];
        self.position = self.start + if trims { length_without_trailing_space(text) } else { text.len() };
        if self.position > self.start {
            self.emit(Kind::Text);
        }
        let marker = if trims { 2 } else { 0 };
        if after[marker..].starts_with(b"/*") {
            self.skip_to(delimiter + 2 + marker);
            return self.comment();
        }
        self.start = delimiter;
        self.position = delimiter + 2;
        self.emit(Kind::LeftDelimiter);
        self.skip_to(delimiter + 2 + marker);
        self.parentheses = 0;
        self.place = Place::Action;
        Ok(())
    }

    fn comment(&mut self) -> Result<(), Bad> {
        let Some(length) = memmem::find(&self.rest()[2..], b"*/") else { return self.bad("unclosed comment") };
        self.position += length + 4;
        match self.right_delimiter() {
            None => self.bad("comment ends before closing delimiter"),
            Some(trims) => {
                self.pass_right_delimiter(trims);
                Ok(())
            }
        }
    }

    /// Whether a right delimiter stands here, and if so, whether it trims the space after it.
    fn right_delimiter(&self) -> Option<bool> {
        let rest = self.rest();
        if rest.len() >= 4 && is_space(rest[0]) && &rest[1..4] == b"-}}" {
            return Some(true);
        }
        rest.starts_with(b"}}").then_some(false)
    }

    fn pass_right_delimiter(&mut self, trims: bool) {
        let mut position = self.position + if trims { 4 } else { 2 };
        if trims {
            position += self.text[position..].iter().take_while(|&&byte| is_space(byte)).count();
        }
        self.skip_to(position);
    }

    /// Emits a token inside of an action, with its right delimiter, or passes space.
    fn token(&mut self) -> Result<(), Bad> {
        let Some(mut byte) = self.peek_byte() else { return self.bad("unclosed action") };
        let mut next = self.text.get(self.position + 1).copied();
        // The commonest first: one blank between words, a word, a field.
        if byte == b' '
            && let Some(first) = next.filter(|&next| next != b'-' && !is_space(next))
        {
            self.skip_to(self.position + 1);
            self.spaced = true;
            byte = first;
            next = self.text.get(self.position + 1).copied();
        }
        match byte {
            b'a'..=b'z' => self.identifier(),
            b'.' if next.is_some_and(|next| !next.is_ascii_digit()) => self.field_or_variable(Kind::Field),
            b'}' | b' ' | b'\t' | b'\r' | b'\n' if let Some(trims) = self.right_delimiter() => self.end_of_action(trims),
            _ => self.other_token(byte, next),
        }
    }

    /// Emits a right delimiter, which may trim the space behind it, and passes it.
    fn end_of_action(&mut self, trims: bool) -> Result<(), Bad> {
        if self.parentheses > 0 {
            return self.bad("unclosed left paren");
        }
        let before = self.position;
        self.start = if trims { before + 2 } else { before };
        self.position = self.start + 2;
        self.emit(Kind::RightDelimiter);
        self.position = before;
        self.pass_right_delimiter(trims);
        self.place = Place::Text;
        Ok(())
    }

    /// Emits one of the rarer tokens inside an action, by its first two bytes.
    fn other_token(&mut self, byte: u8, next: Option<u8>) -> Result<(), Bad> {
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

    fn word_or_character(&mut self) -> Result<(), Bad> {
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
            let mut position = self.position;
            while self.text.get(position).is_some_and(|&byte| WORD[usize::from(byte)]) {
                position += 1;
            }
            self.position = position;
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

    /// Whether a word may end here; so `.X.Y` is two words and `$x+2` none.
    fn at_terminator(&self) -> bool {
        match self.peek_byte() {
            None => true,
            Some(byte) => TERMINATOR[usize::from(byte)] || self.rest().starts_with(b"}}"),
        }
    }

    fn end_of_word(&self) -> Result<(), Bad> {
        if self.at_terminator() {
            return Ok(());
        }
        self.bad(format!("bad character {}", printf::unicode_name(decode(self.rest()).0)))
    }

    fn identifier(&mut self) -> Result<(), Bad> {
        self.pass_word();
        self.end_of_word()?;
        let kind = match &self.text[self.start..self.position] {
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
        };
        self.emit(kind);
        Ok(())
    }

    /// `.Name`, `$name`, or the sign alone.
    fn field_or_variable(&mut self, kind: Kind) -> Result<(), Bad> {
        self.position += 1;
        if self.at_terminator() {
            self.emit(if kind == Kind::Field { Kind::Dot } else { kind });
            return Ok(());
        }
        self.pass_word();
        self.end_of_word()?;
        self.emit(kind);
        Ok(())
    }

    fn quoted(&mut self, quote: u8, kind: Kind, unterminated: &str) -> Result<(), Bad> {
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

    fn raw_string(&mut self) -> Result<(), Bad> {
        let Some(length) = memchr::memchr(b'`', &self.rest()[1..]) else {
            return self.bad("unterminated raw quoted string");
        };
        self.position += length + 2;
        self.emit(Kind::RawString);
        Ok(())
    }

    /// A number or what looks like one; the parser finds out whether it is.
    fn number(&mut self) -> Result<(), Bad> {
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

    fn bad_number<T>(&self) -> Result<T, Bad> {
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
