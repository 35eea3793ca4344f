//! From bytes to the UTF-8 that the scanner walks: encodings, byte order marks, and characters that YAML forbids.
//!
//! libyaml reads 512 bytes at a time and refuses a chunk that holds a forbidden character before it scans it. So the text
//! that the scanner sees ends where the bad chunk begins, with the reason beside it.

use std::borrow::Cow;

/// How many bytes libyaml reads at once.
const CHUNK: usize = 512;

/// A text up to the first chunk that is not readable.
pub(super) struct Input<'a> {
    /// The readable characters.
    pub(super) text: Cow<'a, [u8]>,
    /// Why the text ends there, if it does not end by itself.
    pub(super) broken: Option<&'static str>,
}

const INCOMPLETE: &str = "incomplete UTF-8 octet sequence";
const CONTROL: &str = "control characters are not allowed";

/// Decodes a text and cuts it where YAML's reader would stop.
pub(super) fn input(bytes: &[u8]) -> Input<'_> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => narrow(rest, CHUNK - 3),
        _ => narrow(bytes, CHUNK),
    }
}

fn narrow(text: &[u8], first_chunk: usize) -> Input<'_> {
    let Some((offset, reason)) = first_fault(text) else { return Input { text: Cow::Borrowed(text), broken: None } };
    if reason == INCOMPLETE {
        // Only when more is wanted does the reader learn that nothing follows.
        return Input { text: Cow::Borrowed(&text[..offset]), broken: Some(reason) };
    }
    // A character that a chunk cuts in two is carried over into the next one, whose reading then ends earlier.
    let mut start = 0;
    let mut end = first_chunk;
    while end <= offset {
        start = end - cut_character(&text[start..end]);
        end = start + CHUNK;
    }
    Input { text: Cow::Borrowed(&text[..start]), broken: Some(reason) }
}

/// How many bytes at the end of a chunk begin a character that goes on in the next one.
fn cut_character(chunk: &[u8]) -> usize {
    let lead = chunk.iter().rposition(|byte| byte & 0xC0 != 0x80).unwrap_or(0);
    let present = chunk.len() - lead;
    if width(chunk[lead]).is_some_and(|width| width > present) { present } else { 0 }
}

fn width(lead: u8) -> Option<usize> {
    match lead {
        0x00..=0x7F => Some(1),
        0xC0..=0xDF => Some(2),
        0xE0..=0xEF => Some(3),
        0xF0..=0xF7 => Some(4),
        _ => None,
    }
}

/// The first place that YAML refuses, and why.
fn first_fault(text: &[u8]) -> Option<(usize, &'static str)> {
    let mut at = 0;
    while at < text.len() {
        let plain = text[at..].iter().position(|&byte| !is_plain(byte))?;
        at += plain;
        let length = width(text[at]);
        match character(&text[at..], length) {
            Ok(c) if is_allowed(c) => at += c.len_utf8(),
            Ok(_) => return Some((at, CONTROL)),
            Err(reason) => return Some((at, reason)),
        }
    }
    None
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E | b'\t' | b'\n' | b'\r')
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..)
}

fn character(text: &[u8], width: Option<usize>) -> Result<char, &'static str> {
    let width = width.ok_or("invalid leading UTF-8 octet")?;
    let bytes = text.get(..width).ok_or(INCOMPLETE)?;
    if bytes[1..].iter().any(|byte| byte & 0xC0 != 0x80) {
        return Err("invalid trailing UTF-8 octet");
    }
    let lead = u32::from(bytes[0]) & if width == 1 { 0x7F } else { 0x7F >> width };
    let code = bytes[1..].iter().fold(lead, |code, byte| code << 6 | u32::from(byte & 0x3F));
    if code < [0, 0, 0x80, 0x800, 0x1_0000][width] {
        return Err("invalid length of a UTF-8 sequence");
    }
    char::from_u32(code).ok_or("invalid Unicode character")
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Input<'_> {
    let (text, broken) = decode_wide(bytes, unit);
    Input { text: Cow::Owned(text.into_bytes()), broken }
}

fn decode_wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, Option<&'static str>) {
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut chunk_start = 0;
    let mut rest = bytes;
    let reason = loop {
        let [low, high, after @ ..] = rest else {
            break if rest.is_empty() { None } else { Some("incomplete UTF-16 character") };
        };
        if (bytes.len() - rest.len() + 2).is_multiple_of(CHUNK) {
            chunk_start = text.len();
        }
        let first = unit([*low, *high]);
        rest = after;
        let decoded = match first {
            0xDC00..=0xDFFF => Err("unexpected low surrogate area"),
            0xD800..=0xDBFF => match rest {
                [low, high, after @ ..] => {
                    rest = after;
                    char::decode_utf16([first, unit([*low, *high])])
                        .next()
                        .and_then(Result::ok)
                        .ok_or("expected low surrogate area")
                }
                _ => Err("incomplete UTF-16 surrogate pair"),
            },
            _ => char::from_u32(u32::from(first)).ok_or("invalid Unicode character"),
        };
        match decoded {
            Ok(c) if is_allowed(c) => text.push(c),
            Ok(_) => break Some(CONTROL),
            Err(reason) => break Some(reason),
        }
    };
    if reason.is_some_and(|reason| !reason.starts_with("incomplete")) {
        text.truncate(chunk_start);
    }
    (text, reason)
}
