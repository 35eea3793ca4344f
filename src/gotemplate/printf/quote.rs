//! strconv's quoting.

use super::push;
use crate::gotemplate::runes::{REPLACEMENT, decode};
use crate::yaml::is_printable;

/// What may stand in quotes as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// Whatever is printable.
    Unicode,
    /// Printable ASCII.
    Ascii,
}

/// A text in quotes with escapes.
pub(super) fn quote(text: &[u8], quote: u8, charset: Charset) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(char::from(quote));
    let mut rest = text;
    loop {
        let plain = rest.iter().take_while(|&&byte| is_plain(byte, quote)).count();
        out.push_str(std::str::from_utf8(&rest[..plain]).unwrap_or_default());
        rest = &rest[plain..];
        if rest.is_empty() {
            break;
        }
        let (character, width) = decode(rest);
        if width == 1 && character == REPLACEMENT {
            push(&mut out, format_args!("\\x{:02x}", rest[0]));
        } else {
            push_escaped(&mut out, character, quote, charset);
        }
        rest = &rest[width..];
    }
    out.push(char::from(quote));
    out
}

/// Appends a text in double quotes with escapes, of which most have none.
pub(super) fn quote_onto(out: &mut Vec<u8>, text: &[u8]) {
    if text.iter().any(|&byte| !is_plain(byte, b'"')) {
        out.extend_from_slice(quote(text, b'"', Charset::Unicode).as_bytes());
        return;
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// Whether a byte stands for itself between quotes.
fn is_plain(byte: u8, quote: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'\\' && byte != quote
}

/// A character in single quotes (`strconv.QuoteRune`).
pub(super) fn quote_character(character: char, charset: Charset) -> String {
    let mut out = String::from("'");
    push_escaped(&mut out, character, b'\'', charset);
    out.push('\'');
    out
}

fn push_escaped(out: &mut String, character: char, quote: u8, charset: Charset) {
    if character == '\\' || character == char::from(quote) {
        out.push('\\');
        out.push(character);
        return;
    }
    if is_printable(character) && (charset == Charset::Unicode || character.is_ascii()) {
        out.push(character);
        return;
    }
    match character {
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        '\0'..' ' | '\x7f' => push(out, format_args!("\\x{:02x}", u32::from(character))),
        '\u{80}'..='\u{ffff}' => push(out, format_args!("\\u{:04x}", u32::from(character))),
        _ => push(out, format_args!("\\U{:08x}", u32::from(character))),
    }
}

/// Whether the text can stand in back quotes on one line.
pub(super) fn can_backquote(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        text.chars().all(|character| {
            character != '\u{feff}' && character != '`' && character != '\x7f' && (character >= ' ' || character == '\t')
        })
    })
}

/// `%#U`: the code point, and the character if it can be shown.
pub(in crate::gotemplate) fn unicode_name(character: char) -> String {
    let code = u32::from(character);
    if is_printable(character) { format!("U+{code:04X} '{character}'") } else { format!("U+{code:04X}") }
}
