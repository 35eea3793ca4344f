//! The English names in Go's times, and how its errors quote a text.

use crate::functions::digests::hex;

/// January to December; layouts and `Jan` use the first three letters.
pub(super) const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// Sunday to Saturday; layouts and `Mon` use the first three letters.
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A text as the errors of package time quote it: what is not ASCII shows as bytes.
pub(super) fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=0x7f => out.push(char::from(byte)),
            _ => out.extend(["\\x", &hex(&[byte])]),
        }
    }
    out.push('"');
    out
}
