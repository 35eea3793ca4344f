//! Whether a text is an IP address for Go's `net/netip`, and in its words why not. What the address is, nobody here asks.

use crate::gotemplate::quote;

/// What a text turned out to be.
pub(super) enum Address {
    V4,
    V6,
}

/// What is wrong, and the text from the place on where it shows.
type Refusal<'a> = (&'static str, &'a [u8]);

/// Fields of an IPv6 address; one of IPv4 at its end counts as two.
const FIELDS: usize = 8;

/// Reads an address as `netip.ParseAddr` does; the error is the text of Go's.
pub(super) fn parse(text: &[u8]) -> Result<Address, String> {
    let address = match text.iter().find(|byte| matches!(byte, b'.' | b':' | b'%')) {
        Some(b'.') => check_v4(text).map(|()| Address::V4),
        Some(b':') => check_v6(text).map(|()| Address::V6),
        Some(_) => Err(("missing IPv6 address", &[][..])),
        None => Err(("unable to parse IP", &[][..])),
    };
    address.map_err(|(why, at)| {
        let place = if at.is_empty() { String::new() } else { format!(" (at {})", quote(at)) };
        format!("ParseAddr({}): {why}{place}", quote(text))
    })
}

fn check_v4(text: &[u8]) -> Result<(), Refusal<'_>> {
    let (mut points, mut digits, mut value) = (0, 0, 0);
    for (index, &byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if digits == 1 && value == 0 => return Err(("IPv4 field has octet with leading zero", &[])),
            b'0'..=b'9' => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if value > 255 {
                    return Err(("IPv4 field has value >255", &[]));
                }
            }
            b'.' if digits == 0 || index + 1 == text.len() => {
                return Err(("IPv4 field must have at least one digit", &text[index..]));
            }
            b'.' if points == 3 => return Err(("IPv4 address too long", &[])),
            b'.' => (points, digits, value) = (points + 1, 0, 0),
            _ => return Err(("unexpected character", &text[index..])),
        }
    }
    if points < 3 { Err(("IPv4 address too short", &[])) } else { Ok(()) }
}

fn check_v6(text: &[u8]) -> Result<(), Refusal<'_>> {
    let mut rest = text;
    if let Some(percent) = memchr::memchr(b'%', text) {
        if percent + 1 == text.len() {
            return Err(("zone must be a non-empty string", &[]));
        }
        rest = &text[..percent];
    }
    let mut is_shortened = false;
    if let Some(after) = rest.strip_prefix(b"::") {
        if after.is_empty() {
            return Ok(());
        }
        (is_shortened, rest) = (true, after);
    }
    let mut fields = 0;
    while fields < FIELDS {
        let digits = field(rest)?;
        if rest.get(digits) == Some(&b'.') {
            check_embedded_v4(rest, fields, is_shortened)?;
            (fields, rest) = (fields + 2, &[]);
            break;
        }
        fields += 1;
        rest = &rest[digits..];
        match rest {
            [] => break,
            [b':'] => return Err(("colon must be followed by more characters", rest)),
            [b':', b':', ..] if is_shortened => return Err(("multiple :: in address", &rest[1..])),
            [b':', b':', after @ ..] => (is_shortened, rest) = (true, after),
            [b':', after @ ..] => rest = after,
            _ => return Err(("unexpected character, want colon", rest)),
        }
        if rest.is_empty() {
            break;
        }
    }
    match (rest, fields < FIELDS) {
        ([_, ..], _) => Err(("trailing garbage after address", rest)),
        ([], true) if !is_shortened => Err(("address string too short", &[])),
        ([], false) if is_shortened => Err(("the :: must expand to at least one field of zeros", &[])),
        _ => Ok(()),
    }
}

/// How many hexadecimal digits the field at the front has: one to four.
fn field(rest: &[u8]) -> Result<usize, Refusal<'_>> {
    match rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count() {
        0 => Err(("each colon-separated field must have at least one digit", rest)),
        digits @ 1..=4 => Ok(digits),
        _ => Err(("each group must have 4 or less digits", rest)),
    }
}

fn check_embedded_v4(rest: &[u8], fields: usize, is_shortened: bool) -> Result<(), Refusal<'_>> {
    if !is_shortened && fields != FIELDS - 2 {
        return Err(("embedded IPv4 address must replace the final 2 fields of the address", rest));
    }
    if fields > FIELDS - 2 {
        return Err(("too many hex fields to fit an embedded IPv4 at the end of the address", rest));
    }
    check_v4(rest)
}
