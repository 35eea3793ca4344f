//! Flow collections of words on one line: `[]`, `{}`, `[a, "b"]`, `{cpu: 100m}`.
//!
//! Collections in collections, and whatever a plain scalar may hold besides words, are left to the parser.

use super::cursor::Cursor;
use super::line::{self, Scalar, WORD};

/// A key, if it is a mapping, and a value.
type Item<'a> = (Option<Scalar<'a>>, Scalar<'a>);

/// Passes over the flow collection here.
pub(super) fn skip(cursor: &mut Cursor<'_>) -> Option<()> {
    items(cursor, |_| Some(()))
}

/// Reads the flow collection here, item by item.
pub(super) fn items<'a>(cursor: &mut Cursor<'a>, mut take: impl FnMut(Item<'a>) -> Option<()>) -> Option<()> {
    let is_mapping = cursor.peek()? == b'{';
    let end = if is_mapping { b'}' } else { b']' };
    cursor.at += 1;
    cursor.skip_blanks();
    if cursor.peek()? == end {
        cursor.at += 1;
        return Some(());
    }
    loop {
        cursor.skip_blanks();
        let mut key = None;
        if is_mapping {
            key = Some(word(cursor).filter(line::is_ordinary_key)?);
            if cursor.peek()? != b':' || cursor.rest().get(1) != Some(&b' ') {
                return None;
            }
            cursor.at += 1;
            cursor.skip_blanks();
        }
        let value = word(cursor)?;
        cursor.skip_blanks();
        let after = cursor.peek()?;
        cursor.at += 1;
        take((key, value))?;
        match after {
            b',' => {}
            _ if after == end => return Some(()),
            _ => return None,
        }
    }
}

/// A word, quoted or not.
fn word<'a>(cursor: &mut Cursor<'a>) -> Option<Scalar<'a>> {
    let start = cursor.at;
    match cursor.peek()? {
        b'"' | b'\'' => line::quoted(cursor).filter(|scalar| !matches!(scalar, Scalar::Unclosed(_))),
        byte if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'$') => {
            cursor.skip_while(&WORD);
            while cursor.peek() == Some(b'=') {
                cursor.at += 1;
                cursor.skip_while(&WORD);
            }
            Some(Scalar::Commented(cursor.since(start)))
        }
        _ => None,
    }
}
