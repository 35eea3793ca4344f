//! The values of a TOML document as they are written: texts, numbers, moments. What they mean is `read.rs`'s.

use super::Library;
use super::scan::{Fault, Kind, Scanned, Scanner, Token, is_blank, is_break, quoted};
use crate::gotemplate;

const NO_LEADING_POINT: &str = "floats must start with a digit, not '.'";

impl Scanner<'_> {
    /// What follows an equals sign or stands in an array. Of an array or a table, only the bracket.
    pub(super) fn value(&mut self) -> Scanned<Token> {
        self.skip_blanks()?;
        let first = self.next()?;
        match first {
            Some('0') => return self.zero(),
            Some('1'..='9') => return self.number_or_moment(),
            Some('[' | '{') => {
                self.begin();
                return Ok(self.token(if first == Some('[') { Kind::Array } else { Kind::Table }));
            }
            Some(quote @ ('"' | '\'')) => return self.text(quote),
            Some('.') => return Err(self.fault(NO_LEADING_POINT)),
            Some('i' | 'n') if self.is_no_finite_number()? => return Ok(self.token(Kind::Float)),
            Some('-' | '+') => return self.signed_number(),
            _ => {}
        }
        match first {
            Some(letter) if letter.is_alphabetic() => self.word(),
            None => Err(self.fault("unexpected EOF; expected value")),
            Some('\n') => Err(self.fault_before("expected value but found '\\n' instead")),
            other => Err(self.instead("expected value but found", other)),
        }
    }

    /// After `i` or `n`: whether the rest of `inf` or `nan` follows. What does not fit is passed over in part, as the library
    /// does (case `toml-061`).
    fn is_no_finite_number(&mut self) -> Scanned<bool> {
        Ok((self.accept('n')? && self.accept('f')?) || (self.accept('a')? && self.accept('n')?))
    }

    /// `true`, `false`, or what is neither.
    fn word(&mut self) -> Scanned<Token> {
        self.back();
        let mut word = String::new();
        while let Some(letter) = self.next()?.filter(|letter| letter.is_alphabetic()) {
            word.push(letter);
        }
        self.back();
        match word.as_str() {
            "true" | "false" => Ok(self.token(Kind::Bool)),
            _ => Err(self.fault(format!("expected value but found {} instead", gotemplate::quote(word.as_bytes())))),
        }
    }

    fn text(&mut self, quote: char) -> Scanned<Token> {
        if self.accept(quote)? {
            if self.accept(quote)? {
                self.begin();
                return self.lines(quote);
            }
            self.back();
        }
        self.begin();
        if quote == '"' { self.text_with_escapes() } else { self.plain_text() }
    }

    /// Up to the closing `"`, the opening one being read.
    pub(super) fn text_with_escapes(&mut self) -> Scanned<Token> {
        let mut kind = Kind::Plain;
        loop {
            match self.next()? {
                None => return Err(self.fault("unexpected EOF; expected '\"'")),
                Some('\\') => {
                    kind = Kind::Escaped;
                    self.escape()?;
                }
                Some('"') => return self.closed(kind, 1),
                Some(letter) if is_break(letter) => return Err(self.fault_before("strings cannot contain newlines")),
                Some(_) => {}
            }
        }
    }

    /// Up to the closing `'`, the opening one being read.
    pub(super) fn plain_text(&mut self) -> Scanned<Token> {
        loop {
            match self.next()? {
                None => return Err(self.fault("unexpected EOF; expected \"'\"")),
                Some('\'') => return self.closed(Kind::Plain, 1),
                Some(letter) if is_break(letter) => return Err(self.fault_before("strings cannot contain newlines")),
                Some(_) => {}
            }
        }
    }

    /// Up to three closing quotes. One or two more than three belong to the text.
    fn lines(&mut self, quote: char) -> Scanned<Token> {
        let (kind, other) = if quote == '"' { (Kind::Lines, '\'') } else { (Kind::PlainLines, '"') };
        loop {
            match self.next()? {
                None => return Err(self.fault(format!("unexpected EOF; expected {other}{quote}{quote}{quote}{other}"))),
                Some('\\') if quote == '"' => {
                    if !self.next()?.is_some_and(is_break) {
                        self.back();
                        self.escape()?;
                    }
                }
                Some(letter) if letter == quote && self.accept(quote)? => {
                    if !self.accept(quote)? {
                        self.back();
                    } else if self.peek()? == Some(quote) {
                        self.refuse_six(quote, other)?;
                        self.back();
                        self.back();
                    } else {
                        return self.closed(kind, 3);
                    }
                }
                Some(_) => {}
            }
        }
    }

    fn refuse_six(&self, quote: char, other: char) -> Scanned<()> {
        let five = [quote as u8; 5];
        let escaped = [b"\\", five.as_slice()].concat();
        let is_escaped = quote == '"' && self.current().ends_with(&escaped);
        if self.current().ends_with(&five) && !is_escaped {
            let six = quote.to_string().repeat(6);
            return Err(self.fault(format!("unexpected {other}{six}{other}")));
        }
        Ok(())
    }

    /// The token before the closing quotes that were read.
    fn closed(&mut self, kind: Kind, quotes: usize) -> Scanned<Token> {
        for _ in 0..quotes {
            self.back();
        }
        let token = self.token(kind);
        for _ in 0..quotes {
            self.next()?;
        }
        self.begin();
        Ok(token)
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Scanned<()> {
        let letter = self.next()?;
        let is_newer = self.library >= Library::V1_6;
        match letter {
            Some('b' | 't' | 'n' | 'f' | 'r' | '"' | ' ' | '\t' | '\\') => Ok(()),
            Some('e') if is_newer => Ok(()),
            Some('x') if is_newer => self.digits(2, "two hexadecimal digits after '\\x'"),
            Some('u') => self.digits(4, "four hexadecimal digits after '\\u'"),
            Some('U') => self.digits(8, "eight hexadecimal digits after '\\U'"),
            None => Err(self.fault_before("invalid escape in string '\\\0'")),
            Some(letter) => Err(self.fault(format!("invalid escape in string '\\{letter}'"))),
        }
    }

    fn digits(&mut self, count: usize, wanted: &str) -> Scanned<()> {
        for _ in 0..count {
            if !self.next()?.is_some_and(|letter| letter.is_ascii_hexdigit()) {
                let current = gotemplate::quote(self.current());
                return Err(self.fault(format!("expected {wanted}, but got {current} instead")));
            }
        }
        Ok(())
    }

    /// What begins with a zero: a number of any base, or a moment.
    fn zero(&mut self) -> Scanned<Token> {
        match self.next()? {
            Some('0'..='9') => self.number_or_moment(),
            Some('_') => self.decimal(),
            Some('.' | 'e' | 'E') => self.float(),
            Some('b') => self.integer("a binary", |letter| matches!(letter, '0' | '1')),
            Some('o') => self.integer("an octal", |letter| matches!(letter, '0'..='7')),
            Some('x') => self.integer("a hexadecimal", |letter| letter.is_ascii_hexdigit()),
            _ => {
                self.back();
                Ok(self.token(Kind::Integer))
            }
        }
    }

    fn integer(&mut self, name: &str, is_digit: impl Fn(char) -> bool) -> Scanned<Token> {
        let first = self.peek()?;
        if !first.is_some_and(&is_digit) {
            return Err(self.strange(&format!("not {name} number"), first));
        }
        self.pass(|letter| is_digit(letter) || letter == '_')?;
        Ok(self.token(Kind::Integer))
    }

    /// A fault that shows what was read and the letter after it.
    fn strange(&self, problem: &str, next: Option<char>) -> Fault {
        let current = String::from_utf8_lossy(self.current());
        self.fault(format!("{problem}: '{current}{}'", next.unwrap_or_default()))
    }

    fn number_or_moment(&mut self) -> Scanned<Token> {
        self.pass(|letter| letter.is_ascii_digit())?;
        match self.next()? {
            Some('-' | ':') => {
                self.pass(|letter| letter.is_ascii_digit() || "-:Tt .Zz+".contains(letter))?;
                let mut token = self.token(Kind::Moment);
                token.text = token.text.trim_ascii().to_vec();
                Ok(token)
            }
            Some('_') => self.decimal(),
            Some('.' | 'e' | 'E') => self.float(),
            _ => {
                self.back();
                Ok(self.token(Kind::Integer))
            }
        }
    }

    fn decimal(&mut self) -> Scanned<Token> {
        self.pass(|letter| letter.is_ascii_digit() || letter == '_')?;
        if self.next()?.is_some_and(|letter| matches!(letter, '.' | 'e' | 'E')) {
            return self.float();
        }
        self.back();
        Ok(self.token(Kind::Integer))
    }

    fn float(&mut self) -> Scanned<Token> {
        self.pass(|letter| letter.is_ascii_digit() || "_.-+eE".contains(letter))?;
        Ok(self.token(Kind::Float))
    }

    /// What follows a sign.
    fn signed_number(&mut self) -> Scanned<Token> {
        let first = self.next()?;
        match first {
            Some(letter @ ('i' | 'n')) => {
                let rest = if letter == 'i' { ['n', 'f'] } else { ['a', 'n'] };
                if self.accept(rest[0])? && self.accept(rest[1])? {
                    return Ok(self.token(Kind::Float));
                }
                let current = String::from_utf8_lossy(self.current());
                Err(self.fault(format!("invalid float: '{current}'")))
            }
            Some('.') => Err(self.fault(NO_LEADING_POINT)),
            Some(digit @ '0'..='9') => {
                if digit == '0' {
                    let next = self.peek()?;
                    if matches!(next, Some('b' | 'o' | 'x')) {
                        return Err(self.strange("cannot use sign with non-decimal numbers", next));
                    }
                }
                self.decimal()
            }
            other => Err(self.fault(format!("expected a digit but got {}", quoted(other)))),
        }
    }

    /// Before an item of an array; whether there is one.
    pub(super) fn item(&mut self) -> Scanned<bool> {
        loop {
            match self.next()? {
                Some(letter) if is_blank(letter) || is_break(letter) => {}
                Some('#') => self.comment()?,
                Some(',') => return Err(self.fault("unexpected comma")),
                Some(']') => {
                    self.begin();
                    return Ok(false);
                }
                _ => {
                    self.back();
                    self.begin();
                    return Ok(true);
                }
            }
        }
    }

    /// After an item of an array; whether another may follow.
    pub(super) fn item_next(&mut self) -> Scanned<bool> {
        loop {
            let letter = self.next()?;
            match letter {
                Some(letter) if is_blank(letter) || is_break(letter) => {}
                Some('#') => self.comment()?,
                Some(']' | ',') => {
                    self.begin();
                    return Ok(letter == Some(','));
                }
                other => {
                    let found = found(other);
                    return Err(self.fault(format!("expected a comma (',') or array terminator (']'), but got {found}")));
                }
            }
        }
    }

    /// Before a pair of an inline table; whether there is one.
    pub(super) fn pair(&mut self) -> Scanned<bool> {
        loop {
            match self.next()? {
                Some(letter) if is_blank(letter) => {}
                Some(letter) if is_break(letter) => self.break_in_table()?,
                Some('#') => self.comment()?,
                Some(',') => return Err(self.fault("unexpected comma")),
                Some('}') => {
                    self.begin();
                    return Ok(false);
                }
                _ => {
                    self.back();
                    self.begin();
                    return Ok(true);
                }
            }
        }
    }

    /// After a pair of an inline table; whether another may follow.
    pub(super) fn pair_next(&mut self) -> Scanned<bool> {
        loop {
            match self.next()? {
                Some(letter) if is_blank(letter) => {}
                Some(letter) if is_break(letter) => self.break_in_table()?,
                Some('#') => self.comment()?,
                Some(',') => {
                    self.skip_blanks()?;
                    if self.peek()? != Some('}') {
                        return Ok(true);
                    }
                    if self.library < Library::V1_6 {
                        return Err(self.fault("trailing comma not allowed in inline tables"));
                    }
                }
                Some('}') => {
                    self.begin();
                    return Ok(false);
                }
                other => {
                    let found = found(other);
                    return Err(
                        self.fault(format!("expected a comma or an inline table terminator '}}', but got {found} instead"))
                    );
                }
            }
        }
    }

    fn break_in_table(&self) -> Scanned<()> {
        if self.library >= Library::V1_6 { Ok(()) } else { Err(self.fault_before("newlines not allowed within inline tables")) }
    }
}

fn found(letter: Option<char>) -> String {
    letter.map_or_else(|| "end of file".to_owned(), |letter| format!("'{letter}'"))
}
