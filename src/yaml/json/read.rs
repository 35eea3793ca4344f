//! From JSON text to a value, with the error texts of both of Go's engines.

use std::sync::Arc;

use super::{Backend, Error};
use crate::yaml::parse::MAX_DEPTH;
use crate::yaml::{Map, Text, Value, gosyntax};

/// Reads one JSON text as `json.Unmarshal` does into `any`: every number is a float64, the last of two equal keys wins.
///
/// # Errors
/// Go reads on after a number that no float64 holds; see [`read_partly`] for what it leaves behind.
pub fn read(text: &[u8], backend: Backend) -> Result<Value, Error> {
    match read_partly(text, backend) {
        (value, None) => Ok(value),
        (_, Some(error)) => Err(error),
    }
}

/// Reads like [`read`], and gives what Go has put into its target when it fails: nothing if the text is not JSON, all but the
/// number if one is too large.
pub fn read_partly(text: &[u8], backend: Backend) -> (Value, Option<Error>) {
    let mut reader = Reader { text, at: 0, backend, depth: 0, path: Vec::new(), too_large: None };
    match reader.document() {
        Ok(value) => (value, reader.too_large),
        Err(error) => (Value::Null, Some(error)),
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    backend: Backend,
    depth: usize,
    /// Keys and indices down to here, as a JSON pointer has them.
    path: Vec<String>,
    /// The first number that does not fit.
    too_large: Option<Error>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, Error> {
        let value = self.value()?;
        self.skip_blanks();
        if self.at < self.text.len() { Err(self.unexpected("after top-level value")) } else { Ok(value) }
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The error about the character here, or about the end of the text.
    fn unexpected(&self, place: &str) -> Error {
        let rest = &self.text[self.at..];
        let Some(&byte) = rest.first() else { return end() };
        let decoded = rest[..rest.len().min(4)].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
        let shown = match (self.backend, decoded) {
            // The old engine takes every byte for a character.
            (Backend::V1, _) => quote_character(char::from(byte)),
            (Backend::V2, Some(character)) => quote_character(character),
            (Backend::V2, None) => format!("'\\x{byte:x}'"),
        };
        Error(format!("invalid character {shown} {place}"))
    }

    /// The same inside a literal or number, where the old engine takes the end of the text for a blank.
    fn unexpected_inside(&self, old_place: &str, new_place: &str) -> Error {
        match (self.backend, self.byte()) {
            (Backend::V1, None) => Error(format!("invalid character ' ' {old_place}")),
            (Backend::V1, Some(_)) => self.unexpected(old_place),
            (Backend::V2, _) => self.unexpected(new_place),
        }
    }

    fn value(&mut self) -> Result<Value, Error> {
        self.skip_blanks();
        match self.byte() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Error>) -> Result<Value, Error> {
        if self.depth >= MAX_DEPTH {
            return Err(Error("exceeded max depth".to_owned()));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, Error> {
        let mut entries = Vec::new();
        self.skip_blanks();
        if self.byte() == Some(b'}') {
            self.at += 1;
            return Ok(Value::empty_map());
        }
        loop {
            self.skip_blanks();
            if self.byte() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.skip_blanks();
            if self.byte() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            self.path.push(super::pointer_token(&key));
            let value = self.value()?;
            self.path.pop();
            entries.push((key, value));
            self.skip_blanks();
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(Value::Map(Arc::new(Map::from(entries))))
    }

    fn array(&mut self) -> Result<Value, Error> {
        let mut items = Vec::new();
        self.skip_blanks();
        if self.byte() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(Arc::default()));
        }
        loop {
            self.path.push(items.len().to_string());
            items.push(self.value()?);
            self.path.pop();
            self.skip_blanks();
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("after array element")),
            }
        }
        self.at += 1;
        Ok(Value::List(items.into()))
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, Error> {
        for expected in word.bytes() {
            if self.byte() != Some(expected) {
                let place = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(self.unexpected_inside(&place, &place));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn skip_digits(&mut self) {
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn digits(&mut self, old_place: &str) -> Result<(), Error> {
        if !self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected_inside(old_place, "in numeric literal"));
        }
        self.skip_digits();
        Ok(())
    }

    fn number(&mut self) -> Result<Value, Error> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        let number: f64 = text.parse().unwrap_or(f64::INFINITY);
        if number.is_finite() {
            return Ok(Value::Float(number));
        }
        if self.too_large.is_none() {
            self.too_large = Some(self.number_too_large(&text));
        }
        Ok(match self.backend {
            Backend::V1 if self.depth > 0 => Value::Null,
            Backend::V1 | Backend::V2 => Value::Float(0.0),
        })
    }

    fn number_too_large(&self, text: &str) -> Error {
        let into = match self.backend {
            Backend::V1 => "Go value".to_owned(),
            Backend::V2 => super::place(&self.path),
        };
        Error(format!("json: cannot unmarshal number {text} into {into} of type float64"))
    }

    fn string(&mut self) -> Result<Text, Error> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let plain = self.text[self.at..].iter().take_while(|&&byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F)).count();
            push_valid(&mut out, &self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => self.escape(&mut out)?,
                _ => return Err(self.unexpected_control()),
            }
        }
        self.at += 1;
        Ok(out.into())
    }

    fn unexpected_control(&self) -> Error {
        match self.backend {
            Backend::V1 => self.unexpected("in string literal"),
            Backend::V2 => self.unexpected("in string"),
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Error> {
        let start = self.at;
        self.at += 1;
        let meaning = match self.byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.unicode_escape(start, out),
            _ => return Err(self.invalid_escape(start, "in string escape code")),
        };
        self.at += 1;
        out.push(meaning);
        Ok(())
    }

    fn unicode_escape(&mut self, start: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        let first = self.hexadecimal(start)?;
        let character = match (first, self.text.get(self.at..self.at + 2)) {
            (0xD800..=0xDBFF, Some(b"\\u")) => {
                let before = self.at;
                let second = self.hexadecimal_at(self.at + 2).unwrap_or(0);
                let pair = char::decode_utf16([first as u16, second as u16]).next().and_then(Result::ok);
                self.at = if pair.is_some() { before + 6 } else { before };
                pair
            }
            _ => char::from_u32(first),
        };
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn hexadecimal_at(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.iter().try_fold(0, |code, &digit| Some(code << 4 | char::from(digit).to_digit(16)?))
    }

    fn hexadecimal(&mut self, start: usize) -> Result<u32, Error> {
        self.at += 1;
        let Some(code) = self.hexadecimal_at(self.at) else {
            while self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                self.at += 1;
            }
            return Err(self.invalid_escape(start, "in \\u hexadecimal character escape"));
        };
        self.at += 4;
        Ok(code)
    }

    /// The escape that began at `start` fails at the character here.
    fn invalid_escape(&self, start: usize, old_place: &str) -> Error {
        if self.backend == Backend::V1 || self.at >= self.text.len() {
            return self.unexpected_inside(old_place, "");
        }
        let length = if self.text.get(start + 1) == Some(&b'u') { 6 } else { 2 };
        let escape = &self.text[start..self.text.len().min(start + length)];
        match std::str::from_utf8(escape) {
            Ok(escape)
                if escape.chars().all(|character| character != '`' && !character.is_whitespace() && !character.is_control()) =>
            {
                Error(format!("invalid escape sequence `{escape}` in string"))
            }
            _ => Error(format!("invalid escape sequence {} in string", gosyntax::quote(escape))),
        }
    }
}

fn end() -> Error {
    Error("unexpected end of JSON input".to_owned())
}

/// A character as Go quotes it in an error.
fn quote_character(character: char) -> String {
    match character {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        _ => {
            let quoted = gosyntax::quote(character.encode_utf8(&mut [0; 4]).as_bytes());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    }
}

/// Copies text, with U+FFFD for each byte that is not UTF-8.
fn push_valid(out: &mut Vec<u8>, text: &[u8]) {
    for chunk in text.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for _ in chunk.invalid() {
            out.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}
