//! Scalars: plain, quoted and block ones, unescaped and unfolded on the way.

use super::{Fault, Mark, ScalarStyle, Scanner, TokenKind};

/// Blanks and line breaks between two words of a flow scalar, and what they become.
#[derive(Default)]
struct Gap {
    blanks: Vec<u8>,
    /// The first line break; the text after it continues the scalar.
    first_break: Vec<u8>,
    more_breaks: Vec<u8>,
    folded: bool,
}

impl Gap {
    /// Appends what the gap stands for, and empties it.
    fn close(&mut self, text: &mut Vec<u8>) {
        if self.folded {
            if self.first_break.first() != Some(&b'\n') {
                text.append(&mut self.first_break);
                text.append(&mut self.more_breaks);
            } else if self.more_breaks.is_empty() {
                text.push(b' ');
            } else {
                text.append(&mut self.more_breaks);
            }
            self.first_break.clear();
            self.folded = false;
        } else {
            text.append(&mut self.blanks);
        }
        self.blanks.clear();
    }
}

impl Scanner<'_> {
    /// Takes the line break that stands here into a gap.
    fn read_gap_break(&mut self, gap: &mut Gap) {
        if gap.folded {
            self.cursor.read_break(&mut gap.more_breaks);
        } else {
            gap.blanks.clear();
            self.cursor.read_break(&mut gap.first_break);
            gap.folded = true;
        }
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<(), Fault> {
        let start = self.cursor.mark;
        let mut end = start;
        let indent = self.indent + 1;
        let mut text = Vec::new();
        let mut gap = Gap::default();
        loop {
            if self.cursor.mark.column == 0 && self.cursor.is_document_marker() || self.cursor.byte() == b'#' {
                break;
            }
            while !self.cursor.is_blank_or_end_at(0) && !self.ends_plain_scalar() {
                gap.close(&mut text);
                self.cursor.read_while(&mut text, |byte| {
                    byte > b' ' && !matches!(byte, b':' | b',' | b'?' | b'[' | b']' | b'{' | b'}' | 0xC2 | 0xE2)
                });
                if !self.cursor.is_blank_or_end_at(0) && !self.ends_plain_scalar() {
                    self.cursor.read(&mut text);
                }
                end = self.cursor.mark;
            }
            if !self.cursor.is_blank() && !self.cursor.is_break() {
                break;
            }
            self.read_plain_gap(&mut gap, indent, start)?;
            if self.flow_level == 0 && self.cursor.column() < indent {
                break;
            }
        }
        if gap.folded {
            self.key_allowed = true;
        }
        let token = TokenKind::Scalar { text: text.into(), style: ScalarStyle::Plain };
        self.queue.push_back(super::Token { kind: token, start, end });
        Ok(())
    }

    fn ends_plain_scalar(&self) -> bool {
        match self.cursor.byte() {
            b':' => self.cursor.is_blank_or_end_at(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
            _ => false,
        }
    }

    fn read_plain_gap(&mut self, gap: &mut Gap, indent: isize, start: Mark) -> Result<(), Fault> {
        loop {
            if self.cursor.is_blank() {
                if gap.folded && self.cursor.column() < indent && self.cursor.byte() == b'\t' {
                    return Err(self.fault(start, "found a tab character that violates indentation"));
                }
                if gap.folded { self.cursor.skip(1) } else { self.cursor.read(&mut gap.blanks) }
            } else if self.cursor.is_break() {
                self.read_gap_break(gap);
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn scan_quoted_scalar(&mut self, style: ScalarStyle) -> Result<(), Fault> {
        let start = self.cursor.mark;
        let quote = self.cursor.byte();
        self.cursor.skip(1);
        let mut text = Vec::new();
        let mut gap = Gap::default();
        loop {
            if self.cursor.mark.column == 0 && self.cursor.is_document_marker() {
                return Err(self.fault(start, "found unexpected document indicator"));
            }
            if self.cursor.is_end() {
                return Err(self.fault(start, "found unexpected end of stream"));
            }
            self.read_quoted_word(quote, &mut text, &mut gap, start)?;
            if self.cursor.byte() == quote {
                break;
            }
            loop {
                if self.cursor.is_blank() {
                    if gap.folded { self.cursor.skip(1) } else { self.cursor.read(&mut gap.blanks) }
                } else if self.cursor.is_break() {
                    self.read_gap_break(&mut gap);
                } else {
                    break;
                }
            }
            gap.close(&mut text);
        }
        self.cursor.skip(1);
        self.push(TokenKind::Scalar { text: text.into(), style }, start);
        Ok(())
    }

    /// Reads up to a blank, a line break or the closing quote.
    fn read_quoted_word(&mut self, quote: u8, text: &mut Vec<u8>, gap: &mut Gap, start: Mark) -> Result<(), Fault> {
        while !self.cursor.is_blank_or_end_at(0) {
            match self.cursor.byte() {
                b'\'' if quote == b'\'' && self.cursor.byte_at(1) == b'\'' => {
                    text.push(b'\'');
                    self.cursor.skip(2);
                }
                byte if byte == quote => break,
                b'\\' if quote == b'"' && self.cursor.is_break_at(1) => {
                    self.cursor.skip(1);
                    self.cursor.skip_break();
                    gap.folded = true;
                    // The break itself is escaped: later ones fold, this one is nothing.
                    gap.first_break.clear();
                    break;
                }
                b'\\' if quote == b'"' => self.read_escape(text, start)?,
                0xC2 | 0xE2 => self.cursor.read(text),
                _ => self.cursor.read_while(text, |byte| {
                    byte > b' ' && byte != quote && (byte != b'\\' || quote == b'\'') && !matches!(byte, 0xC2 | 0xE2)
                }),
            }
        }
        Ok(())
    }

    fn read_escape(&mut self, text: &mut Vec<u8>, start: Mark) -> Result<(), Fault> {
        let digits = match self.cursor.byte_at(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            letter => {
                let Some(meaning) = escaped(letter) else {
                    return Err(self.fault(start, "found unknown escape character"));
                };
                text.extend_from_slice(meaning.as_bytes());
                0
            }
        };
        self.cursor.skip(2);
        if digits == 0 {
            return Ok(());
        }
        let mut code = 0;
        for offset in 0..digits {
            let Some(digit) = (self.cursor.byte_at(offset) as char).to_digit(16) else {
                return Err(self.fault(start, "did not find expected hexdecimal number"));
            };
            code = code << 4 | digit;
        }
        let Some(character) = char::from_u32(code) else {
            return Err(self.fault(start, "found invalid Unicode character escape code"));
        };
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.cursor.skip(digits);
        Ok(())
    }

    pub(super) fn scan_block_scalar(&mut self, style: ScalarStyle) -> Result<(), Fault> {
        let start = self.cursor.mark;
        self.cursor.skip(1);
        let (chomping, increment) = self.scan_block_header(start)?;
        let mut indent = if increment == 0 { 0 } else { self.indent.max(0) as usize + increment };

        let mut text = Vec::new();
        let mut first_break = Vec::new();
        let mut more_breaks = Vec::new();
        let mut end = self.scan_block_breaks(&mut indent, &mut more_breaks, start)?;
        let mut after_blank = false;
        while self.cursor.mark.column == indent && !self.cursor.is_end() {
            let before_blank = self.cursor.is_blank();
            let folds = style == ScalarStyle::Folded && !after_blank && !before_blank && first_break.first() == Some(&b'\n');
            if !folds {
                text.append(&mut first_break);
            } else if more_breaks.is_empty() {
                text.push(b' ');
            }
            first_break.clear();
            text.append(&mut more_breaks);
            after_blank = before_blank;
            self.cursor.read_to_break(&mut text);
            self.cursor.read_break(&mut first_break);
            end = self.scan_block_breaks(&mut indent, &mut more_breaks, start)?;
        }
        if chomping != Chomping::Strip {
            text.append(&mut first_break);
        }
        if chomping == Chomping::Keep {
            text.append(&mut more_breaks);
        }
        let token = TokenKind::Scalar { text: text.into(), style };
        self.queue.push_back(super::Token { kind: token, start, end });
        Ok(())
    }

    /// What stands after `|` or `>`: how the end is treated, and by how much the text is indented (0: by its first line).
    fn scan_block_header(&mut self, start: Mark) -> Result<(Chomping, usize), Fault> {
        let mut chomping = self.scan_chomping();
        let mut increment = 0;
        if let digit @ b'0'..=b'9' = self.cursor.byte() {
            if digit == b'0' {
                return Err(self.fault(start, "found an indentation indicator equal to 0"));
            }
            increment = usize::from(digit - b'0');
            self.cursor.skip(1);
            if chomping.is_none() {
                chomping = self.scan_chomping();
            }
        }
        self.skip_blanks();
        if self.cursor.byte() == b'#' {
            if self.comments.is_some() {
                self.gather_line_comment(start);
            }
            self.cursor.skip_to_break();
        }
        if !self.cursor.is_break_or_end() {
            return Err(self.fault(start, "did not find expected comment or line break"));
        }
        if self.cursor.is_break() {
            self.cursor.skip_break();
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    fn scan_chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.cursor.byte() {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.cursor.skip(1);
        Some(chomping)
    }

    /// Takes indentation and empty lines, finds the indentation if it is not yet known, and says where the text ended.
    fn scan_block_breaks(&mut self, indent: &mut usize, breaks: &mut Vec<u8>, start: Mark) -> Result<Mark, Fault> {
        let mut end = self.cursor.mark;
        let mut widest = 0;
        loop {
            while (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.byte() == b' ' {
                self.cursor.skip(1);
            }
            widest = widest.max(self.cursor.mark.column);
            if (*indent == 0 || self.cursor.mark.column < *indent) && self.cursor.byte() == b'\t' {
                return Err(self.fault(start, "found a tab character where an indentation space is expected"));
            }
            if !self.cursor.is_break() {
                break;
            }
            self.cursor.read_break(breaks);
            end = self.cursor.mark;
        }
        if *indent == 0 {
            *indent = widest.max((self.indent + 1).max(1) as usize);
        }
        Ok(end)
    }
}

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

/// What a letter after a backslash stands for.
fn escaped(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'0' => "\0",
        b'a' => "\x07",
        b'b' => "\x08",
        b't' | b'\t' => "\t",
        b'n' => "\n",
        b'v' => "\x0B",
        b'f' => "\x0C",
        b'r' => "\r",
        b'e' => "\x1B",
        b' ' => " ",
        b'"' => "\"",
        b'\'' => "'",
        b'\\' => "\\",
        b'N' => "\u{85}",
        b'_' => "\u{A0}",
        b'L' => "\u{2028}",
        b'P' => "\u{2029}",
        _ => return None,
    })
}
