//! What can be wrong with the text of a version or a constraint, worded as Masterminds words it.
//!
//! The words are part of what Helm prints when a template compares versions, hence not in our own style.

use std::fmt::Write as _;

/// Why a text is not a version or not a constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a version at all.
    #[error("invalid semantic version")]
    Invalid,
    /// Nothing, where a strict version was wanted.
    #[error("version string empty")]
    Empty,
    /// Something other than digits in one of a strict version's three numbers.
    #[error("invalid characters in version")]
    InvalidCharacters,
    /// A number with leading zeros where semantic versions have none.
    #[error("version segment starts with 0")]
    SegmentStartsZero,
    /// What stands behind `-` is not a prerelease.
    #[error("invalid prerelease string")]
    InvalidPrerelease,
    /// What stands behind `+` is not metadata.
    #[error("invalid metadata string")]
    InvalidMetadata,
    /// A number of a strict version is absent or larger than 64 bits.
    #[error("{}", go_number_error(.digits))]
    Number {
        /// The digits as written.
        digits: Box<str>,
    },
    /// A number of a version is larger than 64 bits.
    #[error("error parsing version segment: {}", go_number_error(.digits))]
    Segment {
        /// The digits as written.
        digits: Box<str>,
    },
    /// Not a constraint; the text is the part between two `||`, ranges already rewritten.
    #[error("improper constraint: {}", go_quoted(.text))]
    ImproperConstraint {
        /// The part that is wrong.
        text: Box<str>,
    },
    /// A constraint whose version is none, such as `1.xx`.
    #[error("constraint parser error")]
    ConstraintVersion,
}

/// Which Masterminds words the errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// 3.5: `Display`.
    Quoted,
    /// 3.4: a constraint that is none stands there without quotes.
    Plain,
    /// Before 3.4: capitals, too.
    Capitals,
}

impl Error {
    /// The text in an older wording.
    pub fn worded(&self, wording: Wording) -> String {
        match (wording, self) {
            (Wording::Plain | Wording::Capitals, Self::ImproperConstraint { text }) => format!("improper constraint: {text}"),
            (Wording::Capitals, Self::Invalid) => "Invalid Semantic Version".to_owned(),
            (Wording::Capitals, Self::Empty) => "Version string empty".to_owned(),
            (Wording::Capitals, Self::InvalidCharacters) => "Invalid characters in version".to_owned(),
            (Wording::Capitals, Self::SegmentStartsZero) => "Version segment starts with 0".to_owned(),
            (Wording::Capitals, Self::InvalidPrerelease) => "Invalid Prerelease string".to_owned(),
            (Wording::Capitals, Self::InvalidMetadata) => "Invalid Metadata string".to_owned(),
            (Wording::Capitals, Self::Segment { digits }) => {
                format!("Error parsing version segment: {}", go_number_error(digits))
            }
            (Wording::Capitals, Self::ConstraintVersion) => "constraint Parser Error".to_owned(),
            _ => self.to_string(),
        }
    }

    /// Words a number that does not fit as the loose parser does.
    pub(super) fn segment(self) -> Self {
        match self {
            Self::Number { digits } => Self::Segment { digits },
            other => other,
        }
    }
}

fn go_number_error(digits: &str) -> String {
    let why = if digits.is_empty() { "invalid syntax" } else { "value out of range" };
    format!("strconv.ParseUint: parsing \"{digits}\": {why}")
}

/// The text as Go's `%q` prints it.
fn go_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if c.is_ascii_control() => write!(out, "\\x{:02x}", u32::from(c)).expect("writing to a string succeeds"),
            c if c.is_control() => write!(out, "\\u{:04x}", u32::from(c)).expect("writing to a string succeeds"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
