//! A place in an ordinary document, and the steps that one can take from it. What stands there is told in `line`.

use memchr::memchr;

use super::line::{self, End, Quote};

/// A place in a text.
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    /// How many bytes are read.
    pub(super) at: usize,
}

/// Whether a line that begins like this separates documents.
pub(super) fn is_document_marker(text: &[u8]) -> bool {
    text.starts_with(b"---") || text.starts_with(b"...")
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// The byte here.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// What is still to be read.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// What was read since this place.
    #[inline]
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Passes over spaces, and counts them.
    #[inline]
    pub(super) fn skip_blanks(&mut self) -> usize {
        const BLANKS: u64 = u64::from_ne_bytes(*b"        ");
        let start = self.at;
        // Eight bytes at once: most lines are indented, and by how much is asked for each of them.
        while let Some(next) = self.rest().first_chunk() {
            let others = u64::from_le_bytes(*next) ^ BLANKS;
            self.at += others.trailing_zeros() as usize / 8;
            if others != 0 {
                return self.at - start;
            }
        }
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        self.at - start
    }

    /// Passes over what is in the table.
    #[inline]
    pub(super) fn skip_while(&mut self, table: &[bool; 256]) {
        let rest = self.rest();
        self.at += rest.iter().position(|&byte| !table[usize::from(byte)]).unwrap_or(rest.len());
    }

    /// Passes over what is left of the line.
    pub(super) fn skip_line(&mut self) {
        self.at = memchr(b'\n', self.rest()).map_or(self.text.len(), |length| self.at + length);
    }

    /// Passes over the line break here.
    pub(super) fn next_line(&mut self) {
        self.at += 1;
    }

    /// Whether the text or the line ends here, or a space does.
    #[inline]
    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.text.get(self.at + ahead), None | Some(b' ' | b'\n'))
    }

    /// Whether an item of a sequence begins here.
    #[inline]
    pub(super) fn is_entry(&self) -> bool {
        self.peek() == Some(b'-') && self.is_blank(1)
    }

    /// Goes to the end of the line, if nothing stands there but a comment behind a blank.
    pub(super) fn ends(&mut self) -> Option<()> {
        let blanks = self.skip_blanks();
        match (blanks, self.peek()) {
            (_, None | Some(b'\n')) => {}
            (1.., Some(b'#')) => self.skip_line(),
            _ => return None,
        }
        Some(())
    }

    /// Passes over the rest of a quoted scalar, which may stand at any column.
    pub(super) fn skip_quoted_lines(&mut self, quote: Quote) -> Option<()> {
        loop {
            self.next_line();
            if self.at >= self.text.len() || is_document_marker(self.rest()) {
                return None;
            }
            if line::closing_quote(self, quote)? == End::Here {
                return self.ends();
            }
        }
    }

    /// Passes over the text of a block scalar that stands in a collection at this column, and ends at its last line break. Gives
    /// the text and how many blanks each line of it begins with; zero if it has none but blank ones.
    pub(super) fn block_scalar(&mut self, column: usize) -> Option<(&'a [u8], usize)> {
        let mut widest_blank = 0;
        let mut known = None;
        let start = (self.at + 1).min(self.text.len());
        while self.at < self.text.len() {
            let line_break = self.at;
            self.next_line();
            let blanks = self.skip_blanks();
            match self.peek() {
                None | Some(b'\n') => {
                    widest_blank = widest_blank.max(if known.is_none() { blanks } else { 0 });
                    continue;
                }
                Some(b'\t') if known.is_none_or(|indent| blanks < indent) => return None,
                Some(_) => {}
            }
            let text_indent = match known {
                Some(indent) => indent,
                // A blank line wider than the first one with text would be the measure, too: not ordinary.
                None if blanks > column && widest_blank <= blanks => *known.insert(blanks),
                None if blanks > column => return None,
                None => blanks + 1,
            };
            if blanks < text_indent {
                let ends = known.is_none() || blanks <= column || self.peek() == Some(b'#');
                self.at = line_break;
                return ends.then(|| (self.text.get(start..=line_break).unwrap_or_default(), known.unwrap_or(0)));
            }
            self.skip_line();
        }
        Some((self.text.get(start..).unwrap_or_default(), known.unwrap_or(0)))
    }
}
