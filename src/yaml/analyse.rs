//! What a text allows: which of YAML's ways to write a scalar can carry it, and which of them go-yaml chooses.

use super::node::ScalarStyle;
use super::resolve::{self, Scalar};
use super::rules::Library;

/// What libyaml finds out about a text before it writes it.
#[allow(clippy::struct_excessive_bools, reason = "each stands for one way to write a scalar")]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    pub(super) plain: bool,
    pub(super) single_quoted: bool,
    pub(super) block: bool,
}

/// How many bytes the line break at the start of `rest` takes, of all that YAML 1.1 knows.
pub(super) fn break_width(rest: &[u8]) -> usize {
    match rest {
        [b'\r' | b'\n', ..] => 1,
        [0xC2, 0x85, ..] => 2,
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
        _ => 0,
    }
}

/// Whether the character at the start of `rest` may stand in a text as it is; libyaml lets nothing beyond U+FFFD.
pub(super) fn is_printable(rest: &[u8]) -> bool {
    match rest {
        [0xC2, second, ..] => *second >= 0xA0,
        [] | [0xEF, 0xBB, 0xBF, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..] => false,
        [lead, ..] => matches!(lead, b'\n' | b' '..=b'~' | 0xC3..=0xEF),
    }
}

/// How many bytes the character that begins with this byte takes.
pub(super) fn width(lead: u8) -> usize {
    match lead {
        0x00..=0xBF => 1,
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 4,
    }
}

/// Whether a text that may stand plainly outside of flow collections may do so within one.
pub(super) fn is_flow_plain(text: &str) -> bool {
    !text.bytes().any(|byte| matches!(byte, b',' | b'?' | b'[' | b']' | b'{' | b'}' | b':'))
}

/// Looks at every character of a text.
pub(super) fn analyse(text: &str, library: Library) -> Analysis {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return Analysis { multiline: false, plain: true, single_quoted: true, block: false };
    }
    let mut seen = Seen::default();
    let mut indicators = bytes.starts_with(b"---") || bytes.starts_with(b"...");
    let mut after_blank = true;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        // Most characters are of this kind, about which nothing is to be found out; the first one may be an indicator.
        let word = if at == 0 { 0 } else { rest.iter().take_while(|byte| is_dull(**byte)).count() };
        if word > 0 {
            seen.word();
            after_blank = false;
            at += word;
            continue;
        }
        let width = width(rest[0]);
        let before_blank = matches!(rest.get(width), None | Some(b' ' | b'\t'));
        indicators |= is_indicator(rest[0], at == 0, after_blank, before_blank);
        seen.character(rest, at == 0, width == rest.len(), library);
        after_blank = matches!(rest[0], b' ' | b'\t' | 0) || break_width(rest) > 0;
        at += width;
    }
    Analysis {
        multiline: seen.breaks,
        plain: !(indicators || seen.edge || seen.breaks || seen.break_space || seen.space_break || seen.tab || seen.special),
        single_quoted: !(seen.break_space || seen.space_break || seen.tab || seen.special),
        block: !(seen.trailing_space || seen.space_break || seen.special),
    }
}

/// Whether a character means nothing behind the first one.
fn is_dull(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && byte != b'#' && byte != b':'
}

/// Whether a character would be read as something else than text, outside flow collections.
fn is_indicator(byte: u8, first: bool, after_blank: bool, before_blank: bool) -> bool {
    match byte {
        b'#' => first || after_blank,
        b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' => first,
        b'?' | b'-' => first && before_blank,
        b':' => before_blank,
        _ => false,
    }
}

#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one of libyaml's findings")]
struct Seen {
    breaks: bool,
    /// A space or a break stands first or last.
    edge: bool,
    trailing_space: bool,
    break_space: bool,
    space_break: bool,
    tab: bool,
    special: bool,
    after_space: bool,
    after_break: bool,
}

impl Seen {
    fn word(&mut self) {
        self.after_space = false;
        self.after_break = false;
    }

    fn character(&mut self, rest: &[u8], first: bool, last: bool, library: Library) {
        if rest[0] == b'\t' && library == Library::V3 {
            self.tab = true;
        } else if !is_printable(rest) {
            self.special = true;
        }
        let space = rest[0] == b' ';
        let line_break = break_width(rest) > 0;
        self.breaks |= line_break;
        self.edge |= (space || line_break) && (first || last);
        self.trailing_space |= space && last;
        self.break_space |= space && self.after_break;
        self.space_break |= line_break && self.after_space;
        self.after_space = space;
        self.after_break = line_break;
    }
}

/// What words are made of.
static IS_PART: [bool; 256] = {
    let mut is_part = [false; 256];
    let mut byte = 0;
    while byte < is_part.len() {
        is_part[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'-' | b'.' | b'/');
        byte += 1;
    }
    is_part
};

/// The text, if it is a word as most keys and strings are: short, of ASCII, plain as it stands in any place, and nothing but a
/// string.
pub(super) fn word(text: &[u8]) -> Option<&[u8]> {
    const LONGEST: usize = 100;
    // `false` is the longest of those that are something else.
    const LONGEST_BOOLEAN: usize = 5;
    let (first, rest) = text.split_first()?;
    let is_word = match first {
        // What YAML 1.1 calls a boolean, or nothing, begins with one of these.
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => {
            text.len() > LONGEST_BOOLEAN || resolve::plain(text, Library::V2) == Scalar::String
        }
        first => first.is_ascii_alphabetic() || *first == b'/',
    };
    let all_parts = || rest.iter().all(|byte| IS_PART[usize::from(*byte)]);
    (is_word && text.len() <= LONGEST && all_parts()).then_some(text)
}

/// How go-yaml wants a string to be written, before the emitter sees whether it can be.
pub(super) fn wanted_style(text: &str, library: Library) -> ScalarStyle {
    if memchr::memchr(b'\n', text.as_bytes()).is_some() {
        ScalarStyle::Literal
    } else if resolve::plain(text.as_bytes(), library) == Scalar::String && !is_base60(text) && !is_old_bool(text, library) {
        ScalarStyle::Plain
    } else {
        ScalarStyle::DoubleQuoted
    }
}

/// A string that YAML 1.1 would take for a boolean is quoted even by go-yaml v3, which does not.
fn is_old_bool(text: &str, library: Library) -> bool {
    library == Library::V3 && matches!(resolve::plain(text.as_bytes(), Library::V2), Scalar::Bool(_))
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`: a number to base 60, as YAML 1.1 has it.
fn is_base60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_digit_or_underscore = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    let mut places = whole.split(':');
    let first = places.next().unwrap_or_default();
    let mut others = places.peekable();
    first.bytes().all(is_digit_or_underscore)
        && others.peek().is_some()
        && others.all(|place| matches!(place.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']))
        && fraction.bytes().all(is_digit_or_underscore)
}
