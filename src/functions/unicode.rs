//! Go's view of characters: one rune maps to one rune, and bytes that are not UTF-8 are runes of width one.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, HirKind};

/// A character of a text and the bytes it was read from; bytes that are no UTF-8 come one by one as U+FFFD.
pub(super) struct Rune<'text> {
    /// The character.
    pub(super) char: char,
    /// What stands for it in the text.
    pub(super) bytes: &'text [u8],
}

/// The characters of a text, as Go's `range` and `[]rune` see them.
pub(super) fn runes(text: &[u8]) -> impl Iterator<Item = Rune<'_>> {
    text.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid();
        let proper = valid
            .char_indices()
            .map(move |(start, char)| Rune { char, bytes: &valid.as_bytes()[start..start + char.len_utf8()] });
        let broken = chunk.invalid().chunks(1).map(|bytes| Rune { char: char::REPLACEMENT_CHARACTER, bytes });
        proper.chain(broken)
    })
}

/// A text with each character replaced, as `strings.Map` does it.
pub(super) fn map(text: &[u8], mut change: impl FnMut(char) -> char) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    out.extend(runes(text).map(|rune| change(rune.char)));
    out.into_bytes()
}

/// `unicode.ToUpper`.
pub(super) fn upper(char: char) -> char {
    match char {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => shifted(char, 8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => shifted(char, 9),
        _ => only(char.to_uppercase(), char),
    }
}

/// `unicode.ToLower`.
pub(super) fn lower(char: char) -> char {
    if char == 'İ' { 'i' } else { only(char.to_lowercase(), char) }
}

/// `unicode.ToTitle`.
pub(super) fn title(char: char) -> char {
    match char {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        'ა'..='ჿ' => char,
        _ => upper(char),
    }
}

fn shifted(char: char, by: u32) -> char {
    char::from_u32(char as u32 + by).unwrap_or(char)
}

/// Go has no mapping from one character to several: there the character stays.
fn only(mut mapped: impl Iterator<Item = char>, char: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        _ => char,
    }
}

/// `unicode.IsSpace`.
pub(super) fn is_space(char: char) -> bool {
    char.is_whitespace()
}

/// `unicode.IsUpper`.
pub(super) fn is_upper(char: char) -> bool {
    static TABLE: LazyLock<ClassUnicode> = LazyLock::new(|| category("Lu"));
    if char.is_ascii() { char.is_ascii_uppercase() } else { contains(&TABLE, char) }
}

/// `unicode.IsLower`.
pub(super) fn is_lower(char: char) -> bool {
    static TABLE: LazyLock<ClassUnicode> = LazyLock::new(|| category("Ll"));
    if char.is_ascii() { char.is_ascii_lowercase() } else { contains(&TABLE, char) }
}

/// `unicode.IsTitle`.
pub(super) fn is_title(char: char) -> bool {
    static TABLE: LazyLock<ClassUnicode> = LazyLock::new(|| category("Lt"));
    !char.is_ascii() && contains(&TABLE, char)
}

/// `unicode.IsLetter`.
pub(super) fn is_letter(char: char) -> bool {
    static TABLE: LazyLock<ClassUnicode> = LazyLock::new(|| category("L"));
    if char.is_ascii() { char.is_ascii_alphabetic() } else { contains(&TABLE, char) }
}

/// `unicode.IsDigit`.
pub(super) fn is_digit(char: char) -> bool {
    static TABLE: LazyLock<ClassUnicode> = LazyLock::new(|| category("Nd"));
    if char.is_ascii() { char.is_ascii_digit() } else { contains(&TABLE, char) }
}

/// `unicode.IsNumber`.
pub(super) fn is_number(char: char) -> bool {
    static TABLE: LazyLock<ClassUnicode> = LazyLock::new(|| category("N"));
    if char.is_ascii() { char.is_ascii_digit() } else { contains(&TABLE, char) }
}

/// `unicode.IsPunct`.
pub(super) fn is_punct(char: char) -> bool {
    static TABLE: LazyLock<ClassUnicode> = LazyLock::new(|| category("P"));
    contains(&TABLE, char)
}

/// The characters of a general category, such as `Lu`; none if there is no such category.
fn category(name: &str) -> ClassUnicode {
    match regex_syntax::parse(&format!(r"\p{{{name}}}")).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        _ => ClassUnicode::empty(),
    }
}

fn contains(table: &ClassUnicode, char: char) -> bool {
    let ranges = table.ranges();
    let index = ranges.partition_point(|range| range.end() < char);
    ranges.get(index).is_some_and(|range| range.start() <= char)
}
