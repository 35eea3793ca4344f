//! The records before an archive's entry (pax), held to what Helm's reader takes: it knows a few, and refuses wrong values of them.

use std::collections::BTreeSet;
use std::io::{self, Read};

/// What the records before an entry are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Records {
    Sound,
    /// They say something twice, of which some readers take the first and others the last.
    Ambiguous,
    /// They describe a file with holes, whose bytes are not what stands in the stream.
    Sparse,
    /// A number, a time or a name is none.
    Wrong,
}

/// Looks at the records before an entry.
pub(super) fn of(entry: &mut tar::Entry<'_, impl Read>) -> io::Result<Records> {
    let Some(records) = entry.pax_extensions()? else { return Ok(Records::Sound) };
    let mut keys = BTreeSet::new();
    for record in records {
        let record = record?;
        let (key, value) = (record.key_bytes(), record.value_bytes());
        if !keys.insert(key.to_owned()) {
            return Ok(Records::Ambiguous);
        }
        if key.starts_with(b"GNU.sparse.") {
            return Ok(Records::Sparse);
        }
        if !is_sound(key, value) {
            return Ok(Records::Wrong);
        }
    }
    Ok(Records::Sound)
}

/// By Go's rules; a record without a value says nothing.
fn is_sound(key: &[u8], value: &[u8]) -> bool {
    match key {
        _ if key.is_empty() => false,
        b"path" | b"linkpath" | b"uname" | b"gname" => !value.contains(&0),
        _ if key.contains(&0) => false,
        _ if value.is_empty() => true,
        b"size" => is_number(value) && !value.starts_with(b"-"),
        b"uid" | b"gid" => is_number(value),
        b"atime" | b"ctime" | b"mtime" => is_time(value),
        _ => true,
    }
}

fn is_number(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<i64>().is_ok())
}

/// Seconds, with any number of digits behind the point.
fn is_time(text: &[u8]) -> bool {
    let (seconds, fraction) = match text.iter().position(|&byte| byte == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, [].as_slice()),
    };
    is_number(seconds) && fraction.iter().all(u8::is_ascii_digit)
}
