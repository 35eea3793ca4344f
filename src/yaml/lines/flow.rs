//! Flow collections of words on one line: `[]`, `{}`, `[a, "b"]`, `{cpu: 100m, of: [b]}`.
//!
//! Whatever a plain scalar may hold besides words is left to the parser.

use super::cursor::Cursor;
use super::line::{self, Scalar, WORD};

/// Deeper collections are left to the parser and its bounds.
const MAX_NESTED: usize = 8;

/// Reads the flow collection here, item by item: a key, if it is a mapping, and a value, which is a collection as it stands if
/// it is one.
pub(super) fn items<'a>(
    cursor: &mut Cursor<'a>,
    nested: usize,
    take: &mut dyn FnMut(Option<Scalar<'a>>, Scalar<'a>) -> Option<()>,
) -> Option<()> {
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
        let value = value(cursor, nested)?;
        cursor.skip_blanks();
        let after = cursor.peek()?;
        cursor.at += 1;
        take(key, value)?;
        match after {
            b',' => {}
            _ if after == end => return Some(()),
            _ => return None,
        }
    }
}

fn value<'a>(cursor: &mut Cursor<'a>, nested: usize) -> Option<Scalar<'a>> {
    if !matches!(cursor.peek()?, b'[' | b'{') {
        return word(cursor);
    }
    if nested >= MAX_NESTED {
        return None;
    }
    let start = cursor.at;
    items(cursor, nested + 1, &mut |_, _| Some(()))?;
    Some(Scalar::Flow(cursor.since(start)))
}

/// A scalar: a quoted one, or words with blanks between them.
fn word<'a>(cursor: &mut Cursor<'a>) -> Option<Scalar<'a>> {
    let start = cursor.at;
    match cursor.peek()? {
        b'"' | b'\'' => return line::quoted(cursor).filter(|scalar| !matches!(scalar, Scalar::Unclosed(_))),
        b'-' if !cursor.rest().get(1).is_some_and(|&next| WORD[usize::from(next)]) => return None,
        byte if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'$' | b'-') => {}
        _ => return None,
    }
    loop {
        cursor.skip_while(&WORD);
        let end = cursor.at;
        if cursor.peek() == Some(b'=') {
            cursor.at += 1;
            continue;
        }
        cursor.skip_blanks();
        if !cursor.peek().is_some_and(|next| WORD[usize::from(next)]) {
            cursor.at = end;
            return Some(Scalar::Commented(cursor.since(start)));
        }
    }
}
