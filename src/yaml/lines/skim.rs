//! The commonest line of all, `word: value`, taken apart in one pass.
//!
//! It must accept nothing that `line` refuses: whatever needs a second look is left to that.

use super::line::{self, IN_DOUBLE_QUOTES, PLAIN, Scalar, WORD};

/// An entry of a mapping that is complete on its line.
pub(super) struct Entry<'a> {
    /// A plain word.
    pub(super) key: &'a [u8],
    /// A scalar of one of the simplest kinds, or nothing.
    pub(super) value: Scalar<'a>,
    /// How many bytes the rest of the line has.
    pub(super) length: usize,
}

/// The entry that the rest of a line is.
#[inline]
pub(super) fn entry(rest: &[u8]) -> Option<Entry<'_>> {
    let end = run(rest, 0, &WORD);
    let key = rest.get(..end)?;
    let is_key = key.first().is_some_and(|&first| starts_word(first))
        && rest.get(end) == Some(&b':')
        && end <= line::MAX_KEY
        && line::is_ordinary_key(&Scalar::Plain(key));
    let colon = end + 1;
    let (value, length) = match rest.get(colon) {
        _ if !is_key => return None,
        None | Some(b'\n') => (Scalar::Nothing, colon),
        Some(b' ') => value(rest, colon + 1)?,
        Some(_) => return None,
    };
    Some(Entry { key, value, length })
}

/// The value that stands here, and where it ends.
fn value(rest: &[u8], at: usize) -> Option<(Scalar<'_>, usize)> {
    match *rest.get(at)? {
        first if starts_word(first) => plain(rest, at),
        b'"' => {
            let end = run(rest, at + 1, &IN_DOUBLE_QUOTES);
            let is_closed = rest.get(end) == Some(&b'"');
            is_closed.then(|| complete(rest, end + 1, Scalar::Quoted(&rest[at + 1..end]))).flatten()
        }
        b'{' => rest[at..].starts_with(b"{}").then(|| complete(rest, at + 2, Scalar::Flow(b"{}"))).flatten(),
        b'[' => rest[at..].starts_with(b"[]").then(|| complete(rest, at + 2, Scalar::Flow(b"[]"))).flatten(),
        _ => None,
    }
}

fn plain(rest: &[u8], start: usize) -> Option<(Scalar<'_>, usize)> {
    let mut at = start;
    loop {
        at = run(rest, at, &PLAIN);
        match rest.get(at) {
            None | Some(b'\n') => return Some((Scalar::Plain(line::trimmed(&rest[start..at])), at)),
            // `repository:tag`, `https://`.
            Some(b':') if !matches!(rest.get(at + 1), None | Some(b' ' | b'\n')) => at += 1,
            Some(_) => return None,
        }
    }
}

fn complete<'a>(rest: &[u8], end: usize, value: Scalar<'a>) -> Option<(Scalar<'a>, usize)> {
    matches!(rest.get(end), None | Some(b'\n')).then_some((value, end))
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
