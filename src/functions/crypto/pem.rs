//! PEM: a named block of bytes as text.

use crate::functions::encoding::{base64, base64_decoded};

/// A block: what it holds, by its label, and its bytes.
pub(super) struct Block {
    /// `CERTIFICATE`, `RSA PRIVATE KEY` and so on.
    pub(super) label: String,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
}

impl Block {
    /// A block of this label.
    pub(super) fn new(label: &str, bytes: Vec<u8>) -> Self {
        Self { label: label.to_owned(), bytes }
    }

    /// The text of the block, in lines of 64 characters.
    pub(super) fn text(&self) -> String {
        let body = base64(&self.bytes);
        let mut out = format!("-----BEGIN {}-----\n", self.label);
        let mut rest = body.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(64));
            out += line;
            out.push('\n');
            rest = after;
        }
        out + &format!("-----END {}-----\n", self.label)
    }

    /// The first block in a text; what stands around it is skipped, as are blocks that are broken.
    pub(super) fn find(text: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(text);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        lines.iter().enumerate().find_map(|(index, line)| {
            let label = line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
            let end = format!("-----END {label}-----");
            let body = &lines[index + 1..];
            let body = &body[..body.iter().position(|line| *line == end)?];
            let headers = body.iter().take_while(|line| line.contains(':')).count();
            let bytes = base64_decoded(body[headers..].concat().replace([' ', '\t'], "").as_bytes()).ok()?;
            Some(Self::new(label, bytes))
        })
    }
}
