//! The commonest line of all, `word: value`, taken apart in one pass, eight bytes at once.
//!
//! It must accept nothing that the parser refuses: whatever needs a second look is left to `line`.

use super::line::{self, Scalar};

/// What stands behind the key.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum After {
    /// Nothing: the value follows on the next lines, or there is none.
    Nothing,
    /// A plain scalar, which the next line may continue.
    Plain,
    /// A scalar between double quotes, free of escapes.
    Quoted,
    /// `{}` or `[]`.
    Empty,
}

/// An entry of a mapping that is complete on its line: places in the rest of that line, since most entries are passed over.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// How many bytes the key has, a plain word.
    key: usize,
    pub(super) after: After,
    /// Where the value begins, behind its quote.
    start: usize,
    /// Where the value ends, before its quote and the blanks behind it.
    end: usize,
    /// How many bytes the rest of the line has.
    pub(super) length: usize,
}

impl Entry {
    /// The key in the line that this was taken from.
    pub(super) fn key<'a>(&self, line: &'a [u8]) -> Scalar<'a> {
        Scalar::Plain(line.get(..self.key).unwrap_or_default())
    }

    /// The value in the line that this was taken from.
    pub(super) fn value<'a>(&self, line: &'a [u8]) -> Scalar<'a> {
        let value = line.get(self.start..self.end).unwrap_or_default();
        match self.after {
            After::Nothing => Scalar::Nothing,
            After::Plain => Scalar::Plain(line::trimmed(value)),
            After::Quoted => Scalar::Quoted(value),
            After::Empty => Scalar::Flow(value),
        }
    }
}

/// The entry that the rest of a line is.
#[inline]
pub(super) fn entry(rest: &[u8]) -> Option<Entry> {
    if !starts_word(*rest.first()?) {
        return None;
    }
    let key = run(rest, 0, ends_key);
    if rest.get(key) != Some(&b':') || key > line::MAX_KEY || !line::is_ordinary_key(&Scalar::Plain(&rest[..key])) {
        return None;
    }
    let colon = key + 1;
    match rest.get(colon) {
        None | Some(b'\n') => Some(Entry { key, after: After::Nothing, start: colon, end: colon, length: colon }),
        Some(b' ') => value(rest, key, colon + 1),
        Some(_) => None,
    }
}

/// The entry whose value stands here.
#[inline]
fn value(rest: &[u8], key: usize, start: usize) -> Option<Entry> {
    let (after, start, end, length) = match *rest.get(start)? {
        first if starts_word(first) => {
            let end = end_of_plain(rest, start)?;
            (After::Plain, start, end, end)
        }
        b'"' => {
            let end = run(rest, start + 1, ends_quoted);
            (rest.get(end) == Some(&b'"')).then_some((After::Quoted, start + 1, end, end + 1))?
        }
        b'{' if rest.get(start + 1) == Some(&b'}') => (After::Empty, start, start + 2, start + 2),
        b'[' if rest.get(start + 1) == Some(&b']') => (After::Empty, start, start + 2, start + 2),
        _ => return None,
    };
    matches!(rest.get(length), None | Some(b'\n')).then_some(Entry { key, after, start, end, length })
}

/// Where the plain scalar that begins here ends, with its line.
#[inline]
fn end_of_plain(rest: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at = run(rest, at, ends_plain);
        match rest.get(at) {
            None | Some(b'\n') => return Some(at),
            // `repository:tag`, `https://`.
            Some(b':') if !matches!(rest.get(at + 1), None | Some(b' ' | b'\n')) => at += 1,
            Some(_) => return None,
        }
    }
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/')
}

/// Where the first byte is that `ends` marks, of eight at once. Behind the end of the text stand line breaks.
#[inline]
fn run(text: &[u8], start: usize, ends: impl Fn(u64) -> u64) -> usize {
    let mut at = start;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let eight = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut eight = [b'\n'; 8];
            eight[..rest.len()].copy_from_slice(rest);
            eight
        });
        match ends(u64::from_le_bytes(eight)) {
            0 => at += 8,
            found => return at + found.trailing_zeros() as usize / 8,
        }
    }
}

// Each of these marks the highest bits of bytes, and the lowest of them is right: those above it may be marked because
// something is borrowed from them.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);

/// Bytes below `limit`, which is at most 0x80.
const fn below(bytes: u64, limit: u8) -> u64 {
    bytes.wrapping_sub(ONES * limit as u64) & !bytes & HIGHEST
}

/// Bytes that are `byte`, which is below 0x80.
const fn is(bytes: u64, byte: u8) -> u64 {
    below(bytes ^ (ONES * byte as u64), 1)
}

/// Of all else may consist the ordinary keys that begin as a word does: nothing in it is a blank, a comment or an escape.
fn ends_key(bytes: u64) -> u64 {
    below(bytes, b'-') | is(bytes, b':') | bytes & HIGHEST
}

/// Of all else may consist plain scalars.
fn ends_plain(bytes: u64) -> u64 {
    below(bytes, b' ') | is(bytes, b':') | is(bytes, b'#')
}

/// Of all else may consist what stands between double quotes, free of escapes.
fn ends_quoted(bytes: u64) -> u64 {
    below(bytes, b' ') | is(bytes, b'"') | is(bytes, b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ends a run is what a look at each byte finds.
    #[test]
    fn eight_bytes_are_as_one_after_the_other() {
        let is_key = |byte: u8| (b'-'..0x80).contains(&byte) && byte != b':';
        let is_plain = |byte: u8| byte >= b' ' && byte != b':' && byte != b'#';
        let is_quoted = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        for length in 0..20 {
            for (first, second) in
                (0..=255).flat_map(|first| [(first, first), (first, b'.'), (first, 0), (first, 255), (first, b':')])
            {
                let mut text = vec![b'a'; length];
                if let Some(last) = text.last_mut() {
                    *last = second;
                }
                if let Some(some) = text.get_mut(length / 2) {
                    *some = first;
                }
                let end = |is_part: fn(u8) -> bool| text.iter().position(|&byte| !is_part(byte)).unwrap_or(length);
                let found = [run(&text, 0, ends_key), run(&text, 0, ends_plain), run(&text, 0, ends_quoted)];
                assert_eq!(found, [end(is_key), end(is_plain), end(is_quoted)], "{text:?}");
            }
        }
    }
}
