//! Anchors, aliases, tags and directives.

use super::{Fault, Mark, Scanner, Text, TokenKind};

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_tag_character(byte: u8) -> bool {
    is_word(byte) || b";/?:@&=+$,.!~*'()[]%".contains(&byte)
}

impl Scanner<'_> {
    pub(super) fn scan_anchor(&mut self) -> Result<(), Fault> {
        let start = self.cursor.mark;
        let is_alias = self.cursor.byte() == b'*';
        self.cursor.skip(1);
        let mut name = Vec::new();
        self.cursor.read_while(&mut name, is_word);
        let ends = self.cursor.is_blank_or_end_at(0) || b"?:,]}%@`".contains(&self.cursor.byte());
        if name.is_empty() || !ends {
            return Err(self.fault(start, "did not find expected alphabetic or numeric character"));
        }
        let name = Text::from(name);
        self.push(if is_alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    pub(super) fn scan_tag(&mut self) -> Result<(), Fault> {
        let start = self.cursor.mark;
        let (handle, suffix) = if self.cursor.byte_at(1) == b'<' {
            self.cursor.skip(2);
            let suffix = self.scan_tag_uri(b"", start)?;
            if self.cursor.byte() != b'>' {
                return Err(self.fault(start, "did not find the expected '>'"));
            }
            self.cursor.skip(1);
            (Vec::new(), suffix)
        } else {
            let handle = self.scan_tag_handle(start)?;
            if handle.len() > 1 && handle.ends_with(b"!") {
                let suffix = self.scan_tag_uri(b"", start)?;
                (handle, suffix)
            } else {
                let suffix = self.scan_tag_uri(&handle, start)?;
                // A lone `!` is a tag, not a handle.
                if suffix.is_empty() { (suffix, b"!".to_vec()) } else { (b"!".to_vec(), suffix) }
            }
        };
        if !self.cursor.is_blank_or_end_at(0) {
            return Err(self.fault(start, "did not find expected whitespace or line break"));
        }
        self.push(TokenKind::Tag { handle: handle.into(), suffix: suffix.into() }, start);
        Ok(())
    }

    fn scan_tag_handle(&mut self, start: Mark) -> Result<Vec<u8>, Fault> {
        if self.cursor.byte() != b'!' {
            return Err(self.fault(start, "did not find expected '!'"));
        }
        let mut handle = Vec::new();
        self.cursor.read(&mut handle);
        self.cursor.read_while(&mut handle, is_word);
        if self.cursor.byte() == b'!' {
            self.cursor.read(&mut handle);
        }
        Ok(handle)
    }

    /// The rest of a tag after `head`, whose first byte is dropped.
    fn scan_tag_uri(&mut self, head: &[u8], start: Mark) -> Result<Vec<u8>, Fault> {
        let mut uri = head.get(1..).unwrap_or_default().to_vec();
        let mut found = !head.is_empty();
        while is_tag_character(self.cursor.byte()) {
            found = true;
            if self.cursor.byte() == b'%' {
                self.scan_uri_escape(&mut uri, start)?;
            } else {
                self.cursor.read_while(&mut uri, |byte| byte != b'%' && is_tag_character(byte));
            }
        }
        if found { Ok(uri) } else { Err(self.fault(start, "did not find expected tag URI")) }
    }

    /// One character, written as `%XX` for each of its bytes.
    fn scan_uri_escape(&mut self, uri: &mut Vec<u8>, start: Mark) -> Result<(), Fault> {
        let mut left = None;
        while left != Some(0) {
            let digits = [self.cursor.byte_at(1), self.cursor.byte_at(2)].map(|byte| (byte as char).to_digit(16));
            let (b'%', [Some(high), Some(low)]) = (self.cursor.byte(), digits) else {
                return Err(self.fault(start, "did not find URI escaped octet"));
            };
            let octet = (high << 4 | low) as u8;
            left = Some(match (left, octet) {
                (None, 0x00..=0x7F) => 0,
                (None, 0xC0..=0xDF) => 1,
                (None, 0xE0..=0xEF) => 2,
                (None, 0xF0..=0xF7) => 3,
                (None, _) => return Err(self.fault(start, "found an incorrect leading UTF-8 octet")),
                (Some(left), 0x80..=0xBF) => left - 1,
                (Some(_), _) => return Err(self.fault(start, "found an incorrect trailing UTF-8 octet")),
            });
            uri.push(octet);
            self.cursor.skip(3);
        }
        Ok(())
    }

    pub(super) fn scan_directive(&mut self) -> Result<(), Fault> {
        let start = self.cursor.mark;
        self.cursor.skip(1);
        let mut name = Vec::new();
        self.cursor.read_while(&mut name, is_word);
        if name.is_empty() {
            return Err(self.fault(start, "could not find expected directive name"));
        }
        if !self.cursor.is_blank_or_end_at(0) {
            return Err(self.fault(start, "found unexpected non-alphabetical character"));
        }
        let kind = match name.as_slice() {
            b"YAML" => self.scan_version(start)?,
            b"TAG" => self.scan_tag_directive(start)?,
            _ => return Err(self.fault(start, "found unknown directive name")),
        };
        self.push(kind, start);
        self.skip_blanks();
        if self.cursor.byte() == b'#' {
            self.cursor.skip_to_break();
        }
        if !self.cursor.is_break_or_end() {
            return Err(self.fault(start, "did not find expected comment or line break"));
        }
        if self.cursor.is_break() {
            self.cursor.skip_break();
        }
        Ok(())
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.cursor.is_blank() {
            self.cursor.skip(1);
        }
    }

    fn scan_version(&mut self, start: Mark) -> Result<TokenKind, Fault> {
        self.skip_blanks();
        let major = self.scan_version_number(start)?;
        if self.cursor.byte() != b'.' {
            return Err(self.fault(start, "did not find expected digit or '.' character"));
        }
        self.cursor.skip(1);
        let minor = self.scan_version_number(start)?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn scan_version_number(&mut self, start: Mark) -> Result<u32, Fault> {
        let mut number = 0;
        let mut length = 0;
        while let Some(digit) = (self.cursor.byte() as char).to_digit(10) {
            length += 1;
            if length > 2 {
                return Err(self.fault(start, "found extremely long version number"));
            }
            number = number * 10 + digit;
            self.cursor.skip(1);
        }
        if length == 0 {
            return Err(self.fault(start, "did not find expected version number"));
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Result<TokenKind, Fault> {
        self.skip_blanks();
        let handle = self.scan_tag_handle(start)?;
        if handle != b"!" && !(handle.len() > 1 && handle.ends_with(b"!")) {
            return Err(self.fault(start, "did not find expected '!'"));
        }
        if !self.cursor.is_blank() {
            return Err(self.fault(start, "did not find expected whitespace"));
        }
        self.skip_blanks();
        let prefix = self.scan_tag_uri(b"", start)?;
        if !self.cursor.is_blank_or_end_at(0) {
            return Err(self.fault(start, "did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective { handle: handle.into(), prefix: prefix.into() })
    }
}
