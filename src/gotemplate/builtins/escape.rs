//! `html`, `js` and `urlquery`.

use std::io::Write;

use crate::gotemplate::printf;
use crate::gotemplate::runes::decode;
use crate::gotemplate::value::Value;
use crate::yaml::is_printable;

/// The arguments as one text: one string as it is, else as `print` does, but each as an action shows it.
pub(super) fn argument_text(values: &[&Value], most: usize) -> Result<Vec<u8>, String> {
    if let [Value::String(text)] = values {
        return Ok(text.to_vec());
    }
    printf::sprint_as_actions(values, most)
}

/// For HTML, inside and outside of quoted attributes.
pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(byte),
        }
    }
    out
}

/// For a string of JavaScript.
pub(super) fn javascript(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&first) = rest.first() {
        let (character, width) = decode(rest);
        match first {
            b'\\' | b'\'' | b'"' => out.extend_from_slice(&[b'\\', first]),
            b'<' | b'>' | b'&' | b'=' | 0..b' ' => escape_unit(&mut out, u32::from(first)),
            0x80.. if !is_printable(character) => escape_unit(&mut out, u32::from(character)),
            _ => out.extend_from_slice(&rest[..width]),
        }
        rest = &rest[width..];
    }
    out
}

fn escape_unit(out: &mut Vec<u8>, number: u32) {
    write!(out, "\\u{number:04X}").expect("writing to memory cannot fail");
}

/// For the query of a URL.
pub(super) fn url_query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte),
            b' ' => out.push(b'+'),
            _ => write!(out, "%{byte:02X}").expect("writing to memory cannot fail"),
        }
    }
    out
}
