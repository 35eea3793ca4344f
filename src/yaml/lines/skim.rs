//! The commonest line of all, `word: value`, proved ordinary without taking it apart, for builders that want nothing of it.
//!
//! It must accept nothing that `line` refuses: whatever needs a second look is left to that.

use super::line::{self, IN_DOUBLE_QUOTES, PLAIN, Scalar, WORD};

/// What stands behind the key.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum After {
    /// Nothing: the value follows on the next lines, or there is none.
    Nothing,
    /// A plain scalar, which the next line may continue.
    Plain,
    /// A value that is complete.
    Complete,
}

/// How many bytes the rest of the line has, and what is in it.
pub(super) fn entry(rest: &[u8]) -> Option<(usize, After)> {
    let key = run(rest, 0, &WORD);
    let is_key = rest.first().is_some_and(|&first| starts_word(first))
        && rest.get(key) == Some(&b':')
        && key <= line::MAX_KEY
        && line::is_ordinary_key(&Scalar::Plain(rest.get(..key)?));
    let colon = key + 1;
    match rest.get(colon) {
        _ if !is_key => None,
        None | Some(b'\n') => Some((colon, After::Nothing)),
        Some(b' ') => value(rest, colon + 1),
        Some(_) => None,
    }
}

fn value(rest: &[u8], at: usize) -> Option<(usize, After)> {
    match *rest.get(at)? {
        first if starts_word(first) => plain(rest, at),
        b'"' => {
            let end = run(rest, at + 1, &IN_DOUBLE_QUOTES);
            (rest.get(end) == Some(&b'"')).then(|| complete(rest, end + 1)).flatten()
        }
        b'{' => rest[at..].starts_with(b"{}").then(|| complete(rest, at + 2)).flatten(),
        b'[' => rest[at..].starts_with(b"[]").then(|| complete(rest, at + 2)).flatten(),
        _ => None,
    }
}

fn plain(rest: &[u8], start: usize) -> Option<(usize, After)> {
    let mut at = start;
    loop {
        at = run(rest, at, &PLAIN);
        match rest.get(at) {
            None | Some(b'\n') => return Some((at, After::Plain)),
            // `repository:tag`, `https://`.
            Some(b':') if !matches!(rest.get(at + 1), None | Some(b' ' | b'\n')) => at += 1,
            Some(_) => return None,
        }
    }
}

fn complete(rest: &[u8], end: usize) -> Option<(usize, After)> {
    matches!(rest.get(end), None | Some(b'\n')).then_some((end, After::Complete))
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/')
}

/// Where the run of bytes of the table ends.
#[inline]
fn run(rest: &[u8], start: usize, table: &[bool; 256]) -> usize {
    let rest_of_it = rest.get(start..).unwrap_or_default();
    start + rest_of_it.iter().position(|&byte| !table[usize::from(byte)]).unwrap_or(rest_of_it.len())
}
