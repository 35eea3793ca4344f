//! What stands on one line of an ordinary document: `key: value`, or a scalar.

use crate::yaml::resolve;
use crate::yaml::rules::Library;

use super::cursor::Cursor;
use super::flow;

/// Longer keys are left to the parser, which has a bound for them.
pub(super) const MAX_KEY: usize = 200;

/// What a line begins with, behind its dashes.
pub(super) enum Content<'a> {
    /// A key; the cursor stands behind its colon.
    Key(Scalar<'a>),
    /// A scalar to the end of the line.
    Scalar(Scalar<'a>),
}

/// A scalar that is complete on its line, or what stands in its place.
#[derive(Debug)]
pub(in crate::yaml) enum Scalar<'a> {
    /// The value follows on the next lines, or there is none.
    Nothing,
    /// A plain scalar, which the next lines may continue.
    Plain(&'a [u8]),
    /// A plain scalar that a comment ends.
    Commented(&'a [u8]),
    /// What stands between the quotes, free of escapes.
    Quoted(&'a [u8]),
    /// What stands between the quotes, escapes and all.
    Escaped(&'a [u8], Quote),
    /// A flow collection of words.
    Flow(&'a [u8]),
    /// The header of a block scalar, whose text is not read yet.
    Header(Block<'a>),
    /// A block scalar.
    Block(Block<'a>),
    /// The beginning of a quoted scalar that goes on in the next line.
    Unclosed(Quote),
}

/// A block scalar as it stands.
#[derive(Debug)]
pub(in crate::yaml) struct Block<'a> {
    /// `|` or `>`.
    pub style: u8,
    /// `-`, `+`, or neither.
    pub chomping: Option<u8>,
    /// How many blanks each line of the text begins with; zero if there is none.
    pub indent: usize,
    /// All its lines.
    pub text: &'a [u8],
}

/// The two quotes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::yaml) enum Quote {
    Single,
    Double,
}

/// Where a quoted scalar ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// Where the cursor stands now.
    Here,
    /// On a later line.
    Later,
}

/// What a byte means to the loops here, which look at most bytes of a document.
const fn table(of: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < of.len() {
        table[of[at] as usize] = true;
        at += 1;
    }
    table
}

const fn all_but(mut table: [bool; 256]) -> [bool; 256] {
    let mut at = 0;
    while at < table.len() {
        table[at] = !table[at];
        at += 1;
    }
    table
}

/// Of these consist the words that are ordinary keys.
pub(super) static WORD: [bool; 256] = table(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./$@");
static PLAIN: [bool; 256] = all_but(table(b"\n\t:#"));
static IN_DOUBLE_QUOTES: [bool; 256] = all_but(table(b"\n\t\"\\"));
static IN_SINGLE_QUOTES: [bool; 256] = all_but(table(b"\n\t'"));

/// So many bytes are looked at together, whatever the compiler knows about the lengths of texts.
const ROW: usize = 32;

/// Whether there is a control character other than LF and tab among these bytes, and one that is not ASCII.
#[inline]
fn looked_at(row: &[u8; ROW]) -> (bool, bool) {
    let (mut odd, mut wide) = (false, false);
    for &byte in row {
        odd |= byte < b' ' && byte != b'\n' && byte != b'\t' || byte == 0x7F;
        wide |= byte >= 0x80;
    }
    (odd, wide)
}

/// Whether no character needs the parser's eye: control characters and line breaks other than LF, byte order marks, bytes
/// that are not UTF-8.
pub(super) fn has_only_ordinary_characters(text: &[u8]) -> bool {
    let (rows, rest) = text.as_chunks();
    let mut last = [b' '; ROW];
    last[..rest.len()].copy_from_slice(rest);
    let (mut odd, mut wide) = looked_at(&last);
    for row in rows {
        let of_row = looked_at(row);
        odd |= of_row.0;
        wide |= of_row.1;
    }
    if odd || !wide {
        return !odd;
    }
    let Ok(text) = std::str::from_utf8(text) else { return false };
    !text.chars().any(|character| {
        matches!(character, '\u{80}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
    })
}

/// A key, or what stands here to the end of the line; none if it is not ordinary.
pub(super) fn content<'a>(cursor: &mut Cursor<'a>) -> Option<Content<'a>> {
    let start = cursor.at;
    match cursor.peek()? {
        b'"' | b'\'' => {
            let scalar = quoted(cursor)?;
            let is_key = cursor.peek() == Some(b':') && !matches!(scalar, Scalar::Unclosed(_));
            if !is_key {
                return closed(cursor, scalar).map(Content::Scalar);
            }
            key(cursor, start, scalar)
        }
        first if first.is_ascii_alphanumeric() || matches!(first, b'_' | b'/') => {
            cursor.skip_while(&WORD);
            if cursor.peek() != Some(b':') || !cursor.is_blank(1) {
                cursor.at = start;
                return value(cursor).map(Content::Scalar);
            }
            key(cursor, start, Scalar::Plain(cursor.since(start)))
        }
        _ => value(cursor).map(Content::Scalar),
    }
}

/// The key that began at this place, and the colon here.
fn key<'a>(cursor: &mut Cursor<'a>, start: usize, key: Scalar<'a>) -> Option<Content<'a>> {
    let is_ordinary = cursor.at - start <= MAX_KEY && cursor.is_blank(1) && is_ordinary_key(&key);
    cursor.at += 1;
    is_ordinary.then_some(Content::Key(key))
}

/// `null` cannot be a key, nor can a number that only an unsigned integer holds.
#[inline]
pub(super) fn is_ordinary_key(key: &Scalar<'_>) -> bool {
    match key {
        Scalar::Plain(word) | Scalar::Commented(word) => {
            match word.len() {
                // The length first: every key of a document is asked this.
                4 => !word.eq_ignore_ascii_case(b"null"),
                length => length <= 15 || !word[0].is_ascii_digit(),
            }
        }
        _ => true,
    }
}

/// The value that stands here, and nothing but a comment after it.
pub(super) fn value<'a>(cursor: &mut Cursor<'a>) -> Option<Scalar<'a>> {
    cursor.skip_blanks();
    match cursor.peek() {
        None | Some(b'\n') => Some(Scalar::Nothing),
        Some(b'#') => {
            cursor.skip_line();
            Some(Scalar::Nothing)
        }
        Some(b'"' | b'\'') => {
            let scalar = quoted(cursor)?;
            closed(cursor, scalar)
        }
        Some(style @ (b'|' | b'>')) => {
            cursor.at += 1;
            let chomping = cursor.peek().filter(|byte| matches!(byte, b'-' | b'+'));
            cursor.at += usize::from(chomping.is_some());
            cursor.ends()?;
            Some(Scalar::Header(Block { style, chomping, indent: 0, text: b"" }))
        }
        Some(b'[' | b'{') => {
            let start = cursor.at;
            flow::items(cursor, 0, &mut |_, _| Some(()))?;
            let text = cursor.since(start);
            cursor.ends()?;
            Some(Scalar::Flow(text))
        }
        Some(first) => plain(cursor, first),
    }
}

/// A quoted scalar, behind which the line ends unless the scalar goes on.
fn closed<'a>(cursor: &mut Cursor<'a>, scalar: Scalar<'a>) -> Option<Scalar<'a>> {
    if !matches!(scalar, Scalar::Unclosed(_)) {
        cursor.ends()?;
    }
    Some(scalar)
}

/// The quoted scalar that begins here.
pub(super) fn quoted<'a>(cursor: &mut Cursor<'a>) -> Option<Scalar<'a>> {
    let quote = if cursor.peek()? == b'"' { Quote::Double } else { Quote::Single };
    cursor.at += 1;
    let start = cursor.at;
    cursor.skip_while(if quote == Quote::Double { &IN_DOUBLE_QUOTES } else { &IN_SINGLE_QUOTES });
    let is_free_of_escapes = cursor.peek() == Some(quote.byte()) && (quote == Quote::Double || !cursor.rest().starts_with(b"''"));
    if is_free_of_escapes {
        let inner = cursor.since(start);
        cursor.at += 1;
        return Some(Scalar::Quoted(inner));
    }
    match closing_quote(cursor, quote)? {
        End::Here => {
            let inner = cursor.since(start);
            Some(Scalar::Escaped(&inner[..inner.len() - 1], quote))
        }
        End::Later => Some(Scalar::Unclosed(quote)),
    }
}

impl Quote {
    fn byte(self) -> u8 {
        match self {
            Self::Single => b'\'',
            Self::Double => b'"',
        }
    }
}

/// Passes over the quote that closes a scalar, if it stands on this line; else over the line.
pub(super) fn closing_quote(cursor: &mut Cursor<'_>, quote: Quote) -> Option<End> {
    loop {
        cursor.skip_while(if quote == Quote::Double { &IN_DOUBLE_QUOTES } else { &IN_SINGLE_QUOTES });
        match (cursor.rest(), quote) {
            ([] | [b'\n', ..], _) => return Some(End::Later),
            ([b'\'', b'\'', ..], Quote::Single) => cursor.at += 2,
            ([b'\\', escaped, ..], Quote::Double) if b"0abtnvfre \"'\\N_LP".contains(escaped) => cursor.at += 2,
            ([b'\t', ..], _) | ([b'\\', ..], Quote::Double) => return None,
            _ => {
                cursor.at += 1;
                return Some(End::Here);
            }
        }
    }
}

/// A plain scalar that fills the line up to a comment.
fn plain<'a>(cursor: &mut Cursor<'a>, first: u8) -> Option<Scalar<'a>> {
    match first {
        b'-' | b':' | b'?' if !cursor.is_blank(1) => {}
        b'-' | b'?' | b':' | b',' | b']' | b'}' | b'&' | b'*' | b'!' | b'%' | b'@' | b'`' | b'\t' => return None,
        _ => {}
    }
    let (text, goes_on) = plain_text(cursor)?;
    // What JSON cannot hold is an error, too.
    if matches!(text, [b'.', ..] | [b'+' | b'-', b'.', ..])
        && matches!(resolve::plain(text, Library::V2), resolve::Scalar::Float(number) if !number.is_finite())
    {
        return None;
    }
    Some(if goes_on { Scalar::Plain(text) } else { Scalar::Commented(text) })
}

/// The plain text from here to the end of the line or to a comment, and whether it could go on.
pub(super) fn plain_text<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a [u8], bool)> {
    let start = cursor.at;
    loop {
        cursor.skip_while(&PLAIN);
        match cursor.peek() {
            None | Some(b'\n') => return Some((trimmed(cursor.since(start)), true)),
            // A second key on one line is an error.
            Some(b':') if !cursor.is_blank(1) => cursor.at += 1,
            Some(b'#') if !cursor.since(start).ends_with(b" ") => cursor.at += 1,
            Some(b'#') => {
                let text = trimmed(cursor.since(start));
                cursor.skip_line();
                return Some((text, false));
            }
            Some(_) => return None,
        }
    }
}

/// Without the blanks at its end.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    match text {
        [.., b' '] => text.trim_ascii_end(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_character_is_found_wherever_it_stands() {
        for length in 0..3 * ROW {
            let text = vec![b'a'; length];
            assert!(has_only_ordinary_characters(&text), "{length}");
            for place in 0..length {
                for (byte, is_ordinary) in
                    [(0, false), (b'\n', true), (b'\t', true), (b'\r', false), (0x7F, false), (0xFF, false)]
                {
                    let mut text = text.clone();
                    text[place] = byte;
                    assert_eq!(has_only_ordinary_characters(&text), is_ordinary, "{byte} at {place} of {length}");
                }
            }
        }
    }
}
