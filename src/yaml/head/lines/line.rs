//! One line of an ordinary document: `key: value`, or a scalar, behind whatever dashes.

use memchr::memchr3_iter;

use crate::yaml::Text;
use crate::yaml::resolve;
use crate::yaml::rules::Library;

/// Longer keys are left to the parser, which has a bound for them.
const MAX_KEY: usize = 200;

/// What stands on a line.
#[derive(Debug)]
pub(super) enum Content<'a> {
    Entry { key: Scalar<'a>, value: Scalar<'a> },
    Scalar(Scalar<'a>),
}

/// A scalar that is complete on its line, or what stands in its place.
#[derive(Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    /// The value follows on the next lines, or there is none.
    Nothing,
    /// A plain scalar, which the next lines may continue.
    Plain(&'a [u8]),
    /// A plain scalar that a comment ends.
    Commented(&'a [u8]),
    /// What stands between the quotes, free of escapes.
    Quoted(&'a [u8]),
    /// Valid, but nothing that the head could need: with escapes, or a flow collection.
    Opaque,
    /// The header of a block scalar.
    Block,
    /// The beginning of a quoted scalar that goes on in the next line.
    Open(Quote),
}

/// The two quotes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Quote {
    Single,
    Double,
}

impl<'a> Scalar<'a> {
    /// The characters, if they are known.
    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Plain(bytes) | Self::Commented(bytes) | Self::Quoted(bytes) => Some(bytes),
            Self::Nothing | Self::Opaque | Self::Block | Self::Open(_) => None,
        }
    }

    /// The string that it is, if it is surely one.
    pub(super) fn text(&self) -> Option<Text> {
        match self {
            Self::Plain(bytes) | Self::Commented(bytes) if resolve::plain(bytes, Library::V2) != resolve::Scalar::String => None,
            _ => self.bytes().map(Text::from),
        }
    }
}

/// Whether no character needs the parser's eye: control characters and line breaks other than LF, byte order marks, bytes
/// that are not UTF-8.
pub(super) fn has_only_ordinary_characters(text: &[u8]) -> bool {
    let mut odd = false;
    let mut wide = false;
    for &byte in text {
        odd |= byte < b' ' && byte != b'\n' && byte != b'\t' || byte == 0x7F;
        wide |= byte >= 0x80;
    }
    if odd || !wide {
        return !odd;
    }
    let Ok(text) = std::str::from_utf8(text) else { return false };
    !text.chars().any(|character| {
        matches!(character, '\u{80}'..='\u{9F}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
    })
}

/// Whether an item of a sequence begins here.
pub(super) fn is_entry(text: &[u8]) -> bool {
    matches!(text, [b'-'] | [b'-', b' ', ..])
}

/// What stands here to the end of the line; none if it is not ordinary.
pub(super) fn content(text: &[u8]) -> Option<Content<'_>> {
    if let Some((key, after)) = split_key(text) {
        return Some(Content::Entry { key, value: value(after)? });
    }
    value(text).map(Content::Scalar)
}

/// A key and what follows its colon.
fn split_key(text: &[u8]) -> Option<(Scalar<'_>, &[u8])> {
    let (key, length) = match text.first()? {
        b'"' | b'\'' => {
            let length = quoted_length(text)?;
            (quoted(&text[..length]), length)
        }
        first if first.is_ascii_alphanumeric() || matches!(first, b'_' | b'/') => {
            let length = text.iter().take_while(|byte| is_key_character(**byte)).count();
            let key = &text[..length];
            // `null` cannot be a key, nor can a number that only an unsigned integer holds.
            if key.eq_ignore_ascii_case(b"null") || key[0].is_ascii_digit() && length > 15 {
                return None;
            }
            (Scalar::Plain(key), length)
        }
        _ => return None,
    };
    let after = text[length..].strip_prefix(b":")?;
    (length <= MAX_KEY && matches!(after, [] | [b' ', ..])).then_some((key, after))
}

fn is_key_character(byte: u8) -> bool {
    KEY_CHARACTERS[usize::from(byte)]
}

/// Most bytes of a document are held against this.
static KEY_CHARACTERS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'-' | b'.' | b'/' | b'$' | b'@');
        byte += 1;
    }
    table
};

/// The value that stands here, and nothing but a comment after it.
fn value(text: &[u8]) -> Option<Scalar<'_>> {
    let text = &text[text.iter().take_while(|&&byte| byte == b' ').count()..];
    match text.first() {
        None | Some(b'#') => Some(Scalar::Nothing),
        Some(b'"' | b'\'') => match quoted_end(text)? {
            End::Here(length) => ends(&text[length..]).then(|| quoted(&text[..length])),
            End::Later => Some(Scalar::Open(quote(text[0]))),
        },
        Some(b'|' | b'>') => {
            let after = &text[1..];
            let after = after.strip_prefix(b"-").or_else(|| after.strip_prefix(b"+")).unwrap_or(after);
            ends(after).then_some(Scalar::Block)
        }
        Some(b'[') => flow_length(text).filter(|&length| ends(&text[length..])).map(|_| Scalar::Opaque),
        Some(b'{') => text.strip_prefix(b"{}").filter(|after| ends(after)).map(|_| Scalar::Opaque),
        Some(_) => plain(text),
    }
}

/// Whether nothing follows, or blanks and a comment.
pub(super) fn ends(text: &[u8]) -> bool {
    let blanks = text.iter().take_while(|&&byte| byte == b' ').count();
    matches!((blanks, text.get(blanks)), (_, None) | (1.., Some(b'#')))
}

fn quote(byte: u8) -> Quote {
    if byte == b'"' { Quote::Double } else { Quote::Single }
}

/// Where a quoted scalar ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// Behind this many bytes of the line, its quotes counted.
    Here(usize),
    /// On a later line.
    Later,
}

/// Where the quoted scalar that begins here ends; none if something in it is odd.
fn quoted_end(text: &[u8]) -> Option<End> {
    Some(match closing_quote(&text[1..], quote(text[0]))? {
        End::Here(length) => End::Here(length + 1),
        End::Later => End::Later,
    })
}

/// How long the quoted scalar here is, if it is complete on this line.
fn quoted_length(text: &[u8]) -> Option<usize> {
    match quoted_end(text)? {
        End::Here(length) => Some(length),
        End::Later => None,
    }
}

/// Where a quoted scalar ends whose first quote stands before this.
pub(super) fn closing_quote(text: &[u8], quote: Quote) -> Option<End> {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += match (byte, quote, text.get(at + 1)) {
            (b'\t', _, _) => return None,
            (b'\'', Quote::Single, Some(b'\'')) => 2,
            (b'\'', Quote::Single, _) | (b'"', Quote::Double, _) => return Some(End::Here(at + 1)),
            (b'\\', Quote::Double, Some(escaped)) => b"0abtnvfre \"'\\N_LP".contains(escaped).then_some(2)?,
            _ => 1,
        };
    }
    Some(End::Later)
}

/// Whether a plain scalar can go on with this line, and then beyond it.
pub(super) fn continues_plain(text: &[u8]) -> Option<bool> {
    let end = plain_end(text)?;
    Some(end == text.len())
}

fn quoted(text: &[u8]) -> Scalar<'_> {
    let (quote, inner) = (text[0], &text[1..text.len() - 1]);
    if inner.contains(&(if quote == b'"' { b'\\' } else { b'\'' })) { Scalar::Opaque } else { Scalar::Quoted(inner) }
}

/// A plain scalar that fills the line up to a comment.
fn plain(text: &[u8]) -> Option<Scalar<'_>> {
    match text {
        [b'-', second, ..] if *second != b' ' => {}
        [b'-' | b'?' | b':' | b',' | b']' | b'}' | b'&' | b'*' | b'!' | b'%' | b'@' | b'`', ..] => return None,
        _ => {}
    }
    let end = plain_end(text)?;
    let has_comment = end < text.len();
    let text = text[..end].trim_ascii_end();
    // What JSON cannot hold is an error, too.
    if matches!(text, [b'.', ..] | [b'+' | b'-', b'.', ..])
        && matches!(resolve::plain(text, Library::V2), resolve::Scalar::Float(number) if !number.is_finite())
    {
        return None;
    }
    Some(if has_comment { Scalar::Commented(text) } else { Scalar::Plain(text) })
}

/// Where the plain text of this line ends: at its end or at a comment.
fn plain_end(text: &[u8]) -> Option<usize> {
    for at in memchr3_iter(b'\t', b':', b'#', text) {
        match text[at] {
            b'\t' => return None,
            // A second key on one line is an error.
            b':' if matches!(text.get(at + 1), None | Some(b' ')) => return None,
            b'#' if at > 0 && text[at - 1] == b' ' => return Some(at),
            _ => {}
        }
    }
    Some(text.len())
}

/// How long the flow sequence here is, if it holds only words.
fn flow_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    let skip_blanks = |at: usize| at + text[at..].iter().take_while(|&&byte| byte == b' ').count();
    at = skip_blanks(at);
    if text.get(at) == Some(&b']') {
        return Some(at + 1);
    }
    loop {
        at = skip_blanks(at);
        at += match *text.get(at)? {
            b'"' | b'\'' => quoted_length(&text[at..])?,
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'$') => {
                text[at..].iter().take_while(|byte| is_key_character(**byte) || **byte == b'=').count()
            }
            _ => return None,
        };
        at = skip_blanks(at);
        match *text.get(at)? {
            b',' => at += 1,
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
}
