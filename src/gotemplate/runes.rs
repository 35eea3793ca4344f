//! Characters as Go sees them in a string of bytes: a byte that is not UTF-8 is U+FFFD of width one.

use std::sync::OnceLock;

use regex_syntax::hir::{ClassUnicode, HirKind};

/// What stands for a byte that is not UTF-8.
pub(super) const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The first character of `bytes` and its width; an empty slice gives U+FFFD of width 0.
pub(super) fn decode(bytes: &[u8]) -> (char, usize) {
    let Some(&first) = bytes.first() else { return (REPLACEMENT, 0) };
    if first < 0x80 {
        return (char::from(first), 1);
    }
    let width = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return (REPLACEMENT, 1),
    };
    let decoded = bytes.get(..width).and_then(|bytes| std::str::from_utf8(bytes).ok());
    decoded.and_then(|text| text.chars().next()).map_or((REPLACEMENT, 1), |character| (character, width))
}

/// The characters of `bytes` with the offset of each.
pub(super) fn runes(bytes: &[u8]) -> impl Iterator<Item = (usize, char)> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let (character, width) = decode(bytes.get(offset..)?);
        offset += width;
        (width > 0).then(|| (offset - width, character))
    })
}

/// The number of characters.
pub(super) fn count(bytes: &[u8]) -> usize {
    if bytes.is_ascii() { bytes.len() } else { runes(bytes).count() }
}

/// Appends a character in UTF-8.
pub(super) fn push(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The character of this number; what is none becomes U+FFFD, as Go encodes it.
pub(super) fn character(number: u64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(REPLACEMENT)
}

/// Whether an identifier may hold the character: `_`, Unicode letters and decimal digits.
pub(super) fn is_alphanumeric(character: char) -> bool {
    static WORDS: OnceLock<ClassUnicode> = OnceLock::new();
    if character.is_ascii() {
        return character == '_' || character.is_ascii_alphanumeric();
    }
    let words = WORDS.get_or_init(|| match regex_syntax::parse(r"[\p{L}\p{Nd}]").map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(regex_syntax::hir::Class::Unicode(class))) => class,
        _ => ClassUnicode::empty(),
    });
    let order = |range: &regex_syntax::hir::ClassUnicodeRange| {
        if range.end() < character {
            std::cmp::Ordering::Less
        } else if range.start() > character {
            std::cmp::Ordering::Greater
        } else {
            std::cmp::Ordering::Equal
        }
    };
    words.ranges().binary_search_by(order).is_ok()
}
