//! Go's language of replacements: `$1`, `${1}`, `$name`, `$$`. A name is as long as it can be, so `$1W` is the group `1W`.

use super::pattern::{Groups, Pattern};
use crate::functions::unicode::{is_digit, is_letter, runes};

/// Appends what a template means for one match.
pub(super) fn expand(template: &[u8], text: &[u8], pattern: &Pattern, groups: &Groups, out: &mut Vec<u8>) {
    let mut rest = template;
    while let Some(dollar) = memchr::memchr(b'$', rest) {
        out.extend_from_slice(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(after) = rest.strip_prefix(b"$") {
            out.push(b'$');
            rest = after;
        } else if let Some((name, after)) = reference(rest) {
            if let Some((start, end)) = group(name, pattern, groups) {
                out.extend_from_slice(&text[start..end]);
            }
            rest = after;
        } else {
            out.push(b'$');
        }
    }
    out.extend_from_slice(rest);
}

/// The name behind a dollar, and what follows it; `None` where the dollar is only a dollar.
fn reference(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (braced, text) = text.strip_prefix(b"{").map_or((false, text), |inside| (true, inside));
    let letters = runes(text).take_while(|rune| rune.char == '_' || is_letter(rune.char) || is_digit(rune.char));
    let length: usize = letters.map(|rune| rune.bytes.len()).sum();
    let (name, rest) = text.split_at(length);
    match (name.is_empty(), braced) {
        (true, _) => None,
        (false, true) => Some((name, rest.strip_prefix(b"}")?)),
        (false, false) => Some((name, rest)),
    }
}

fn group(name: &[u8], pattern: &Pattern, groups: &Groups) -> Option<(usize, usize)> {
    let numeric = name.iter().all(u8::is_ascii_digit) && (name == b"0" || name[0] != b'0') && name.len() <= 9;
    match std::str::from_utf8(name).ok().filter(|_| numeric).and_then(|digits| digits.parse::<usize>().ok()) {
        Some(number) => groups.get(number).copied().flatten(),
        None => pattern.named(name).find_map(|number| groups.get(number).copied().flatten()),
    }
}
