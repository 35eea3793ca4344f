//! Text to tokens, an action at a time as somebody takes them: literal text, and by `words` what stands inside `{{ }}`.
//!
//! Tokens are kinds and byte ranges; what a word means is the parser's business. Comments and trimmed space are gone here.

mod words;

use memchr::memmem;

use super::known::{Again, Known, Meaning, Uses};
use super::token::{Kind, Span, Token};

/// Where and why the text cannot be read on.
struct Bad {
    at: usize,
    message: String,
}

/// Errors are rare, and in a box, so that the way without one is short.
type Lexed<T> = Result<T, Box<Bad>>;

/// Takes a text apart, an action at a time.
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
    /// The actions of this text.
    known: Known,
    /// From behind the left delimiter of the last action to the end of its right one.
    action: Span,
    /// What the last [`Kind::Known`] is.
    again: Option<Again>,
    /// The tokens that are read, how many they are, and how many of them are passed.
    ready: [Token; MOST_READY],
    count: usize,
    passed: usize,
    /// What the error token says.
    error: String,
}

/// As many tokens are read at once, if one action has them: few have more. A power of two.
const MOST_READY: usize = 32;

/// The text before an action is read with its delimiter.
const MOST_AT_ONCE: usize = 2;

/// Most texts before an action are no longer: so far, one look at all of it is faster than a search.
const NEAR: usize = 16;

/// Where `{{` begins among bytes, of which the second row is one further.
fn near_delimiter(firsts: [u8; NEAR], seconds: [u8; NEAR]) -> Option<usize> {
    const ONES: u128 = u128::from_ne_bytes([1; NEAR]);
    const HIGHEST: u128 = u128::from_ne_bytes([0x80; NEAR]);
    const BRACES: u128 = u128::from_ne_bytes([b'{'; NEAR]);
    // A byte is zero where both are braces; the lowest one that is marked is one.
    let differ = (u128::from_le_bytes(firsts) ^ BRACES) | (u128::from_le_bytes(seconds) ^ BRACES);
    let found = differ.wrapping_sub(ONES) & !differ & HIGHEST;
    (found != 0).then(|| found.trailing_zeros() as usize / 8)
}

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

impl<'text> Lexer<'text> {
    /// Nothing is read yet. Offsets are 32 bits wide, so the text must be shorter than 4 GiB.
    pub(super) fn new(text: &'text [u8], mut known: Known) -> Self {
        known.begin();
        let nothing = Token { kind: Kind::Eof, spaced: false, span: Span { start: 0, end: 0 } };
        Self {
            text,
            delimiter: memmem::Finder::new(b"{{"),
            position: 0,
            start: 0,
            spaced: false,
            parentheses: 0,
            place: Place::Text,
            known,
            action: nothing.span,
            again: None,
            ready: [nothing; MOST_READY],
            count: 0,
            passed: 0,
            error: String::new(),
        }
    }

    /// The next token.
    #[inline]
    pub(super) fn first(&mut self) -> Token {
        if self.passed == self.count {
            self.read();
        }
        self.ready[self.passed % MOST_READY]
    }

    /// The one behind it.
    pub(super) fn second(&mut self) -> Token {
        while self.count < self.passed + 2 {
            self.read();
        }
        self.ready[(self.passed + 1) % MOST_READY]
    }

    /// Passes the next token.
    #[inline]
    pub(super) fn pass(&mut self) {
        if self.passed == self.count {
            self.read();
        }
        self.passed += 1;
    }

    /// What the last known action is.
    pub(super) fn again(&self) -> Option<Again> {
        self.again
    }

    /// Remembers what the last action is, which has been read to its end.
    pub(super) fn keep(&mut self, meaning: Meaning, uses: Uses) {
        self.known.keep(self.action, self.text, (meaning, uses));
    }

    /// What another text can use, too.
    pub(super) fn into_known(self) -> Known {
        self.known
    }

    /// What the error token says.
    pub(super) fn error(&self) -> &str {
        &self.error
    }

    /// Reads at least one token more: those of an action at once, as far as there is room.
    fn read(&mut self) {
        if self.passed < self.count {
            self.ready.copy_within(self.passed..self.count, 0);
        }
        self.count -= self.passed;
        self.passed = 0;
        let before = self.count;
        while self.count == before || self.place == Place::Action && self.count + MOST_AT_ONCE <= MOST_READY {
            let step = match self.place {
                Place::Text => self.text_up_to_action(),
                Place::Action => self.tokens(),
                Place::End => {
                    self.emit(Kind::Eof);
                    Ok(())
                }
            };
            if let Err(bad) = step {
                self.end_at(*bad);
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

    fn rest(&self) -> &'text [u8] {
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

    fn bad<T>(&self, message: impl Into<String>) -> Lexed<T> {
        Err(Box::new(Bad { at: self.start, message: message.into() }))
    }

    /// Emits text, and the delimiter after it or passes a comment.
    fn text_up_to_action(&mut self) -> Lexed<()> {
        let Some(length) = self.length_up_to_delimiter() else {
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
        self.action.start = self.start as u32;
        if !self.known_action() {
            self.place = Place::Action;
        }
        Ok(())
    }

    fn length_up_to_delimiter(&self) -> Option<usize> {
        let rest = self.rest();
        if let Some((firsts, seconds)) = rest.first_chunk().zip(rest.get(1..).and_then(<[u8]>::first_chunk))
            && let Some(length) = near_delimiter(*firsts, *seconds)
        {
            return Some(length);
        }
        self.delimiter.find(rest)
    }

    /// Emits all of an action that the text had before, and says whether it is one.
    ///
    /// It is taken to end at the first right delimiter. Where that one stands in a string, nobody has seen such an action.
    fn known_action(&mut self) -> bool {
        let rest = self.rest();
        let closing = memchr::memchr_iter(b'}', rest).find(|&at| rest.get(at + 1) == Some(&b'}'));
        let Some(length) = closing.map(|at| at + 2) else { return false };
        let words = Span { start: self.start as u32, end: (self.start + length) as u32 };
        self.again = self.known.recall(words, self.text);
        if self.again.is_none() {
            return false;
        }
        let trims = matches!(rest[..length], [.., space, b'-', b'}', b'}'] if is_space(space));
        self.position += length;
        self.emit(Kind::Known);
        self.position -= if trims { 4 } else { 2 };
        self.pass_right_delimiter(trims);
        true
    }

    fn comment(&mut self) -> Lexed<()> {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_that_is_near_is_found_at_a_glance() {
        for around in [b' ', 0, 0x7A, 0x7C, 0xFB, 0xFF] {
            for place in 0..40 {
                let mut text = vec![around; 40];
                text.splice(place..place, *b"{ {{");
                let row = |start: usize| *text[start..].first_chunk().unwrap();
                let found = near_delimiter(row(0), row(1));
                assert_eq!(found, Some(place + 2).filter(|place| *place < NEAR), "{around} {place}");
            }
        }
    }
}
