//! What a scalar means: the words, numbers and timestamps of YAML 1.1 as go-yaml knows them.

use std::borrow::Cow;

use super::number::{self, Integer};
use super::rules::Library;
use super::time;
use super::{Error, Text};

/// What the prefix of YAML's own tags is.
const YAML_TAG: &[u8] = b"tag:yaml.org,2002:";

/// What a scalar is resolved to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Integer(Integer),
    Float(f64),
    /// In RFC 3339 form.
    Time(String),
    String,
    /// What `!!binary` decodes to.
    Binary(Vec<u8>),
}

impl Scalar {
    fn tag(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Integer(_) => "int",
            Self::Float(_) => "float",
            Self::Time(_) => "timestamp",
            Self::String => "str",
            Self::Binary(_) => "binary",
        }
    }
}

/// What a plain scalar without a tag means.
pub(super) fn plain(text: &[u8], library: Library) -> Scalar {
    classify(text, library, true)
}

/// What a scalar with a tag means, which may contradict its text.
pub(super) fn tagged(tag: &[u8], text: &Text, library: Library) -> Result<Scalar, Error> {
    let short = if library == Library::V3 { tag.strip_prefix(b"!!") } else { None };
    let Some(name) = tag.strip_prefix(YAML_TAG).or(short) else { return Ok(Scalar::String) };
    let found = match name {
        b"binary" => return decode_base64(text).map(Scalar::Binary),
        b"bool" | b"int" | b"float" | b"null" => classify(text, library, false),
        b"timestamp" => classify(text, library, true),
        _ => return Ok(Scalar::String),
    };
    match found {
        found if found.tag().as_bytes() == name => Ok(found),
        Scalar::Integer(Integer::Signed(number)) if name == b"float" => Ok(Scalar::Float(number as f64)),
        found => Err(Error::Syntax {
            line: None,
            problem: format!("cannot decode !!{} `{text}` as a !!{}", found.tag(), String::from_utf8_lossy(name)),
        }),
    }
}

/// The kind by go-yaml's short tag, for telling apart maps of strings.
pub(super) fn short_tag(tag: &[u8]) -> String {
    match tag.strip_prefix(YAML_TAG) {
        Some(name) => format!("!!{}", String::from_utf8_lossy(name)),
        None => String::from_utf8_lossy(tag).into_owned(),
    }
}

fn classify(text: &[u8], library: Library, timestamps: bool) -> Scalar {
    match text.first() {
        None => return Scalar::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => return word(text, library),
        Some(b'.' | b'+' | b'-' | b'0'..=b'9') => {}
        Some(_) => return Scalar::String,
    }
    let Ok(text) = std::str::from_utf8(text) else { return Scalar::String };
    if !text.starts_with('.') {
        return numeric(text, library, timestamps);
    }
    match special_float(text).or_else(|| number::parse_pointed_float(text)) {
        Some(float) => Scalar::Float(float),
        None => Scalar::String,
    }
}

fn word(text: &[u8], library: Library) -> Scalar {
    match text {
        b"true" | b"True" | b"TRUE" => Scalar::Bool(true),
        b"false" | b"False" | b"FALSE" => Scalar::Bool(false),
        b"~" | b"null" | b"Null" | b"NULL" => Scalar::Null,
        b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"on" | b"On" | b"ON" if library == Library::V2 => Scalar::Bool(true),
        b"n" | b"N" | b"no" | b"No" | b"NO" | b"off" | b"Off" | b"OFF" if library == Library::V2 => Scalar::Bool(false),
        _ => Scalar::String,
    }
}

fn special_float(text: &str) -> Option<f64> {
    Some(match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    })
}

fn numeric(text: &str, library: Library, timestamps: bool) -> Scalar {
    if let Some(float) = special_float(text) {
        return Scalar::Float(float);
    }
    if let Some(time) = timestamps.then(|| time::parse(text)).flatten() {
        return Scalar::Time(time);
    }
    let plain = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    if let Some(integer) = number::parse_integer(&plain) {
        return Scalar::Integer(integer);
    }
    if let Some(float) = number::parse_float(&plain) {
        return Scalar::Float(float);
    }
    signed_after_prefix(&plain, library).map_or(Scalar::String, Scalar::Integer)
}

/// `0b-1` and its like: go-yaml reads what follows the prefix once more, with a sign of its own.
fn signed_after_prefix(text: &str, library: Library) -> Option<Integer> {
    let (outer, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (base, digits) = match (rest.strip_prefix("0b"), rest.strip_prefix("0o"), library) {
        (Some(digits), _, _) => (2, digits),
        (_, Some(digits), Library::V3) => (8, digits),
        _ => return None,
    };
    if outer == "-" {
        return i64::from_str_radix(&format!("-{digits}"), base).ok().map(Integer::Signed);
    }
    i64::from_str_radix(digits, base).ok().map(Integer::Signed)
}

fn decode_base64(text: &[u8]) -> Result<Vec<u8>, Error> {
    let fault = || Error::Syntax { line: None, problem: "!!binary value contains invalid base64 data".to_owned() };
    let letters: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !letters.len().is_multiple_of(4) {
        return Err(fault());
    }
    let mut bytes = Vec::with_capacity(letters.len() / 4 * 3);
    let groups = letters.len() / 4;
    for (number, group) in letters.chunks_exact(4).enumerate() {
        let padding = group.iter().rev().take_while(|&&byte| byte == b'=').count();
        if padding > 2 || padding > 0 && number + 1 != groups {
            return Err(fault());
        }
        let mut bits = 0;
        for &letter in &group[..4 - padding] {
            bits = bits << 6 | sextet(letter).ok_or_else(fault)?;
        }
        bits <<= 6 * padding;
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Ok(bytes)
}

fn sextet(letter: u8) -> Option<u32> {
    Some(u32::from(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}
