//! Recognises what looks like a time zone's abbreviation, which people make up: a guess, and the same guess as Go's.

/// How long the abbreviation at the front of a text is.
pub(super) fn length_of_name(text: &[u8]) -> Option<usize> {
    match text {
        [_, _] | [_] | [] => None,
        [b'C', b'h', b'S', b'T', ..] | [b'M', b'e', b'S', b'T', ..] => Some(4),
        [b'G', b'M', b'T', rest @ ..] => Some(3 + length_of_hours(rest)),
        [b'+' | b'-', ..] => Some(length_of_hours(text)).filter(|&length| length > 0),
        _ => {
            let capitals = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
            let is_name = match capitals {
                3 => true,
                4 => text[3] == b'T' || text.starts_with(b"WITA"),
                5 => text[4] == b'T',
                _ => false,
            };
            is_name.then_some(capitals)
        }
    }
}

/// The hours that `GMT+3` says; 0 for other names.
pub(super) fn hours_of_gmt(name: &[u8]) -> i64 {
    match name {
        [b'G', b'M', b'T', b'-', digits @ ..] => -number(digits),
        [b'G', b'M', b'T', b'+', digits @ ..] => number(digits),
        _ => 0,
    }
}

/// The length of a sign and a number up to 23, or 0.
fn length_of_hours(text: &[u8]) -> usize {
    let [b'+' | b'-', digits @ ..] = text else { return 0 };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count > 0 && number(&digits[..count]) <= 23 { count + 1 } else { 0 }
}

fn number(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |number: i64, digit| number.saturating_mul(10).saturating_add((digit - b'0').into()))
}
