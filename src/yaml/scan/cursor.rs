//! A place in the text, and the few moves that scanning needs. Beyond the end it reads NUL, which no readable text contains.

/// A place in a text, counted in characters from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::yaml) struct Mark {
    pub(in crate::yaml) index: usize,
    pub(in crate::yaml) line: usize,
    pub(in crate::yaml) column: usize,
}

/// How far go-yaml v3 looks for the next comment.
pub(super) const COMMENT_REACH: usize = 512;

pub(super) struct Cursor<'a> {
    text: &'a [u8],
    position: usize,
    pub(super) mark: Mark,
}

/// How many bytes the line break at the start of `rest` takes: CR, LF, CRLF, NEL, LS or PS.
fn break_width(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] | [0xC2, 0x85, ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
        _ => 0,
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, position: 0, mark: Mark::default() }
    }

    fn rest(&self) -> &'a [u8] {
        &self.text[self.position..]
    }

    pub(super) fn byte(&self) -> u8 {
        self.byte_at(0)
    }

    pub(super) fn byte_at(&self, offset: usize) -> u8 {
        self.text.get(self.position + offset).copied().unwrap_or(0)
    }

    /// The column as the scanner compares it with indentation.
    pub(super) fn column(&self) -> isize {
        self.mark.column as isize
    }

    pub(super) fn is_end(&self) -> bool {
        self.position >= self.text.len()
    }

    /// Whether fewer bytes than these are left.
    pub(super) fn is_near_end(&self, bytes: usize) -> bool {
        self.position + bytes > self.text.len()
    }

    pub(super) fn is_blank(&self) -> bool {
        matches!(self.byte(), b' ' | b'\t')
    }

    pub(super) fn is_break(&self) -> bool {
        break_width(self.rest()) > 0
    }

    pub(super) fn is_break_at(&self, offset: usize) -> bool {
        self.text.get(self.position + offset..).is_some_and(|rest| break_width(rest) > 0)
    }

    pub(super) fn is_break_or_end(&self) -> bool {
        self.is_end() || self.is_break()
    }

    pub(super) fn is_blank_or_end_at(&self, offset: usize) -> bool {
        match self.byte_at(offset) {
            0 | b' ' | b'\t' | b'\r' | b'\n' => true,
            0xC2 | 0xE2 => self.is_break_at(offset),
            _ => false,
        }
    }

    /// Whether `---` or `...` stands here and something blank after it.
    pub(super) fn is_document_marker(&self) -> bool {
        let rest = self.rest();
        (rest.starts_with(b"---") || rest.starts_with(b"...")) && self.is_blank_or_end_at(3)
    }

    /// Moves over characters that are not line breaks.
    pub(super) fn skip(&mut self, characters: usize) {
        for _ in 0..characters {
            self.position = (self.position + self.width()).min(self.text.len());
            self.mark.index += 1;
            self.mark.column += 1;
        }
    }

    fn width(&self) -> usize {
        match self.byte() {
            0x00..=0x7F => 1,
            0x80..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => 4,
        }
    }

    /// Copies one character.
    pub(super) fn read(&mut self, out: &mut Vec<u8>) {
        let start = self.position;
        self.skip(1);
        out.extend_from_slice(&self.text[start..self.position]);
    }

    /// Copies bytes while `go_on`; it must not stop inside a character.
    pub(super) fn read_while(&mut self, out: &mut Vec<u8>, go_on: impl Fn(u8) -> bool) {
        let rest = self.rest();
        let length = rest.iter().position(|&byte| !go_on(byte)).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..length]);
        self.advance(length);
    }

    /// Copies the rest of the line.
    pub(super) fn read_to_break(&mut self, out: &mut Vec<u8>) {
        let start = self.position;
        self.skip_to_break();
        out.extend_from_slice(&self.text[start..self.position]);
    }

    pub(super) fn skip_to_break(&mut self) {
        let rest = self.rest();
        let mut length = 0;
        loop {
            let found = rest[length..].iter().position(|byte| matches!(byte, b'\r' | b'\n' | 0xC2 | 0xE2));
            length = found.map_or(rest.len(), |found| length + found);
            if length == rest.len() || break_width(&rest[length..]) > 0 {
                break;
            }
            length += 1;
        }
        self.advance(length);
    }

    fn advance(&mut self, length: usize) {
        let characters = self.rest()[..length].iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        self.position += length;
        self.mark.index += characters;
        self.mark.column += characters;
    }

    /// Moves over the line break that stands here.
    pub(super) fn skip_break(&mut self) {
        let width = break_width(self.rest());
        self.mark.index += if self.byte() == b'\r' { width } else { 1 };
        self.position += width;
        self.mark.line += 1;
        self.mark.column = 0;
    }

    /// Moves over the line break that stands here, if one does, and copies it: LS and PS as they are, all others as LF.
    pub(super) fn read_break(&mut self, out: &mut Vec<u8>) {
        match break_width(self.rest()) {
            0 => return,
            3 => out.extend_from_slice(&self.rest()[..3]),
            _ => out.push(b'\n'),
        }
        self.skip_break();
    }

    /// A byte order mark may stand once more at the start of the text.
    pub(super) fn skip_byte_order_mark(&mut self) {
        if self.position == 0 && self.text.starts_with(b"\xEF\xBB\xBF") {
            self.skip(1);
        }
    }

    /// The end of the text counts as the start of a line.
    pub(super) fn force_line_start(&mut self) {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
    }

    /// Moves over the comment that follows on the line of a token, as go-yaml v3 does at once.
    pub(super) fn skip_line_comment(&mut self) {
        let before = self.text[..self.position].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        if matches!(before, Some(b'\n' | b'\r')) {
            return;
        }
        if self.blanks_before_comment().is_some() {
            self.skip_to_break();
        }
    }

    /// How many blanks stand before the comment on this line, if one is near.
    pub(super) fn blanks_before_comment(&self) -> Option<usize> {
        let blanks = self.rest().iter().take(COMMENT_REACH).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        (blanks < COMMENT_REACH && self.byte_at(blanks) == b'#').then_some(blanks)
    }

    /// How many line breaks stand before this place with nothing but blanks between.
    pub(super) fn line_breaks_before(&self) -> usize {
        let before = &self.text[..self.position];
        let blank = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        let gap = &before[before.len() - blank..];
        let is_break = |at: usize| gap[at] == b'\n' || gap[at] == b'\r' && gap.get(at + 1) != Some(&b'\n');
        (0..gap.len()).filter(|&at| is_break(at)).count()
    }

    /// Moves over these many bytes, line breaks among them.
    pub(super) fn move_ahead(&mut self, bytes: usize) {
        let end = self.position + bytes;
        while self.position < end && !self.is_end() {
            if self.is_break() { self.skip_break() } else { self.skip(1) }
        }
    }

    /// Moves over the comment here and all that follow it with nothing but blanks between, tabs included.
    pub(super) fn skip_comments(&mut self) {
        loop {
            self.skip_to_break();
            let mut ahead = 0;
            while ahead < COMMENT_REACH {
                match break_width(self.text.get(self.position + ahead..).unwrap_or_default()) {
                    0 if matches!(self.byte_at(ahead), b' ' | b'\t') => ahead += 1,
                    0 => break,
                    width => ahead += width,
                }
            }
            if ahead >= COMMENT_REACH || self.byte_at(ahead) != b'#' {
                return;
            }
            self.move_ahead(ahead);
        }
    }
}
