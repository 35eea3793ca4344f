//! Bounds on what the YAML reader gets to see: a lock comes from a pull request, hence from anybody.
//!
//! The reader takes quadratic time for deep nesting and expands aliases. A lock has neither, so both are refused before.

use super::error::{Error, Problem};

/// The largest file that is read.
pub(super) const LARGEST: u64 = 16 << 20;

const DEEPEST: usize = 24;

/// The bytes as text, if they are not too many.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Error> {
    if bytes.len() as u64 > LARGEST {
        return Err(Problem::TooLarge { limit: LARGEST }.into());
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        Error::at(Some(line), Problem::NotText)
    })
}

/// Refuses nesting, anchors, aliases and tags. Scans like YAML does, as far as quotes and comments go.
pub(super) fn check(text: &str) -> Result<(), Error> {
    let mut scan = Scan { quote: None, depth: 0 };
    for (index, line) in text.lines().enumerate() {
        scan.line(line).map_err(|construct| Error::at(Some(index + 1), Problem::Construct { construct }))?;
    }
    Ok(())
}

struct Scan {
    /// The quote that a scalar began with and that may end on a later line.
    quote: Option<u8>,
    /// How many brackets are open.
    depth: usize,
}

impl Scan {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let bytes = line.as_bytes();
        let indentation = bytes.iter().take_while(|byte| **byte == b' ').count();
        if self.quote.is_none() && indentation > 4 * DEEPEST {
            return Err("deeply nested blocks");
        }
        let (mut at, mut starts, mut dashes) = (0, true, 0);
        while let Some(&byte) = bytes.get(at) {
            at += 1;
            if let Some(quote) = self.quote {
                match byte {
                    b'\\' if quote == b'"' => at += 1,
                    _ if byte == quote => self.quote = None,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'#' if at == 1 || bytes[at - 2].is_ascii_whitespace() => return Ok(()),
                b'"' | b'\'' if starts => self.quote = Some(byte),
                b'&' | b'*' | b'!' if starts => return Err("anchors, aliases and tags"),
                b'-' | b'?' | b':' if starts => dashes += 1,
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if self.depth > DEEPEST || dashes > DEEPEST {
                return Err("deeply nested lists");
            }
            let indicator =
                matches!(byte, b'[' | b'{' | b',') || (matches!(byte, b'-' | b'?' | b':') && bytes.get(at) == Some(&b' '));
            starts = indicator || (starts && byte.is_ascii_whitespace());
        }
        Ok(())
    }
}
