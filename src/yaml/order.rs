//! The order in which go-yaml prints keys: as people sort names with numbers in them.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, HirKind};

use super::rules::Library;

/// Sorts entries by their keys, stable and whatever the order's contradictions (numbers beyond 64 bits wrap, as in Go), on
/// which the standard sort might panic.
pub(super) fn sort<T>(mut entries: Vec<(&str, T)>, library: Library) -> Vec<(&str, T)> {
    if entries.is_sorted_by(|a, b| !is_less(b.0, a.0, library)) {
        return entries;
    }
    let right = entries.split_off(entries.len() / 2);
    let mut left = sort(entries, library).into_iter().peekable();
    let mut right = sort(right, library).into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    loop {
        let from_right = match (left.peek(), right.peek()) {
            (Some(left), Some(right)) => is_less(right.0, left.0, library),
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => return merged,
        };
        merged.extend(if from_right { right.next() } else { left.next() });
    }
}

/// Whether two keys in the order of their bytes are surely in go-yaml's order, too: they part at two letters, or one goes on
/// where the other ends.
pub(super) fn is_that_of_bytes(a: &[u8], b: &[u8]) -> bool {
    a.iter().zip(b).find(|(a, b)| a != b).is_none_or(|(a, b)| a.is_ascii_alphabetic() && b.is_ascii_alphabetic())
}

/// Whether `a` is printed before `b`.
fn is_less(a: &str, b: &str, library: Library) -> bool {
    let Some(start) = a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b).map(|((index, _), _)| index) else {
        return a.len() < b.len();
    };
    let (left, right) = (first(&a[start..]), first(&b[start..]));
    match (is_letter(left), is_letter(right)) {
        (true, true) => return left < right,
        (false, false) => {}
        (_, right_is_letter) => {
            // After a digit, v3 puts `a1b` before `a12`.
            let after_digit = library == Library::V3 && a[..start].ends_with(is_digit);
            return right_is_letter != after_digit;
        }
    }
    let zeros = left == '0' || right == '0';
    let significant = zeros && a[..start].chars().rev().take_while(|&c| is_digit(c)).any(|digit| digit != '0');
    let (left_number, left_length) = number(&a[start..], i64::from(significant));
    let (right_number, right_length) = number(&b[start..], i64::from(significant));
    match left_number.cmp(&right_number).then(left_length.cmp(&right_length)) {
        Ordering::Equal => left < right,
        order => order == Ordering::Less,
    }
}

fn is_letter(character: char) -> bool {
    static LETTERS: LazyLock<ClassUnicode> = LazyLock::new(|| class(r"\p{L}"));
    if character.is_ascii() { character.is_ascii_alphabetic() } else { contains(&LETTERS, character) }
}

fn is_digit(character: char) -> bool {
    static DIGITS: LazyLock<ClassUnicode> = LazyLock::new(|| class(r"\p{Nd}"));
    if character.is_ascii() { character.is_ascii_digit() } else { contains(&DIGITS, character) }
}

/// The characters of a Unicode category, which the standard library does not tell apart.
fn class(pattern: &str) -> ClassUnicode {
    match regex_syntax::parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        _ => ClassUnicode::empty(),
    }
}

fn contains(class: &ClassUnicode, character: char) -> bool {
    class
        .ranges()
        .binary_search_by(|range| {
            if range.end() < character {
                Ordering::Less
            } else if range.start() > character {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        })
        .is_ok()
}

fn first(text: &str) -> char {
    text.chars().next().unwrap_or('\0')
}

/// The number at the start of a text, and how many digits it has.
fn number(text: &str, start: i64) -> (i64, usize) {
    text.chars().take_while(|&c| is_digit(c)).fold((start, 0), |(number, length), digit| {
        (number.wrapping_mul(10).wrapping_add(i64::from(u32::from(digit)) - i64::from(b'0')), length + 1)
    })
}
