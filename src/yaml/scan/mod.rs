//! From text to tokens, as libyaml scans it and go-yaml keeps it.
//!
//! The one hard thing is that `a: b` shows only at the colon that `a` was a key. So every place where a key may begin is
//! remembered, and the tokens that announce the key are put into the queue before what was already there.
//! `cursor` moves over characters, `scalar` and `property` (anchors, tags, directives) scan what is longer than one character.

mod comments;
mod cursor;
mod key;
mod property;
mod scalar;

use std::collections::VecDeque;

pub(super) use comments::{Comment, Side};
use cursor::Cursor;
pub(super) use cursor::Mark;
use key::Keys;

use super::input::Input;
use super::node::ScalarStyle;
use super::rules::Library;
use super::{Error, Text};

/// How deep flow collections, and block collections, may be nested in go-yaml.
const MAX_DEPTH: usize = 10_000;
/// How many characters libyaml wants to see before it takes a token: a document marker and what follows it.
const MARKER: usize = 4;
/// How many characters an escape sequence has at most.
const ESCAPE: usize = 10;

/// A token and where it starts and ends.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: Mark,
    pub(super) end: Mark,
}

/// What a token is.
#[derive(Debug, PartialEq)]
pub(super) enum TokenKind {
    StreamStart,
    StreamEnd,
    VersionDirective { major: u32, minor: u32 },
    TagDirective { handle: Text, prefix: Text },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(Text),
    Anchor(Text),
    Tag { handle: Text, suffix: Text },
    Scalar { text: Text, style: ScalarStyle },
}

/// Why scanning or parsing stopped; the two libraries name different lines for it.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) problem: String,
    /// Where the thing began that could not be finished.
    pub(super) context: Mark,
    /// Where it failed.
    pub(super) at: Mark,
    pub(super) by_scanner: bool,
}

impl Fault {
    /// The error with the line that the library prints.
    pub(super) fn into_error(self, library: Library) -> Error {
        let shift = usize::from(self.by_scanner);
        let (at, context) = (self.at.line, self.context.line);
        let line = match library {
            Library::V2 if at != 0 => at + shift,
            Library::V2 => context,
            Library::V3 if context != 0 => context + shift,
            Library::V3 if at != 0 => at + shift,
            Library::V3 => 0,
        };
        Error::Syntax { line: Some(line).filter(|&line| line != 0), problem: self.problem }
    }
}

/// The fault of a text that ends before its time; go-yaml names no line for it.
fn unreadable(reason: &str) -> Fault {
    Fault { problem: reason.to_owned(), context: Mark::default(), at: Mark::default(), by_scanner: false }
}

/// Turns a text into tokens, one at a time.
pub(super) struct Scanner<'a> {
    cursor: Cursor<'a>,
    library: Library,
    broken: Option<&'static str>,
    queue: VecDeque<Token>,
    /// How many tokens have left the queue.
    taken: usize,
    /// Whether the first token of the queue is known to stay first.
    settled: bool,
    stream_started: bool,
    /// Column of the innermost block collection, -1 outside.
    indent: isize,
    indents: Vec<isize>,
    flow_level: usize,
    key_allowed: bool,
    keys: Keys,
    /// The comments that nobody has taken yet, if they are wanted.
    comments: Option<VecDeque<Comment>>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(input: &'a Input<'a>, library: Library) -> Self {
        Self {
            cursor: Cursor::new(&input.text),
            library,
            broken: input.broken,
            queue: VecDeque::new(),
            taken: 0,
            settled: false,
            stream_started: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            key_allowed: true,
            keys: Keys::new(),
            comments: None,
        }
    }

    /// The next token, left in the queue.
    pub(super) fn peek(&mut self) -> Result<&Token, Fault> {
        if !self.settled {
            self.settle()?;
        }
        Ok(self.queue.front().expect("settle leaves a token in the queue"))
    }

    /// Removes the token that [`Scanner::peek`] showed.
    pub(super) fn take(&mut self) -> Token {
        self.settled = false;
        self.taken += 1;
        self.queue.pop_front().expect("take follows peek")
    }

    fn settle(&mut self) -> Result<(), Fault> {
        // go-yaml v3 looks two tokens further ahead, for comments; that decides which of two errors is met first.
        let wanted = match self.library {
            Library::V2 => 1,
            Library::V3 => 3,
        };
        while self.queue.len() < wanted || self.keys.may_be_key(self.taken, self.cursor.mark)? {
            self.fetch()?;
        }
        self.settled = true;
        Ok(())
    }

    fn fetch(&mut self) -> Result<(), Fault> {
        if !self.stream_started {
            self.stream_started = true;
            self.push_here(TokenKind::StreamStart);
            return Ok(());
        }
        let scan = self.cursor.mark;
        self.skip_to_token();
        if let Some(reason) = self.broken.filter(|_| self.cursor.is_near_end(MARKER)) {
            return Err(unreadable(reason));
        }
        self.unroll_indent(self.cursor.column(), scan);
        let commented = self.commented_token();
        let fetched = self.fetch_token();
        // What fails near the end would have asked for more text first: an escape for as many as eight digits.
        let reach = if fetched.is_ok() { 1 } else { ESCAPE };
        if let Some(reason) = self.broken.filter(|_| self.cursor.is_near_end(reach)) {
            return Err(unreadable(reason));
        }
        fetched?;
        // An entry's mark alone has no line comment, and neither has what stands between documents.
        let (is_entry, is_between) = match self.queue.back().map(|token| &token.kind) {
            Some(TokenKind::BlockEntry) => (true, false),
            Some(
                TokenKind::StreamEnd
                | TokenKind::DocumentStart
                | TokenKind::DocumentEnd
                | TokenKind::VersionDirective { .. }
                | TokenKind::TagDirective { .. },
            ) => (false, true),
            _ => (false, false),
        };
        match self.library {
            _ if is_entry => {}
            _ if self.comments.is_some() && is_between => {}
            _ if self.comments.is_some() => self.gather_line_comment(commented),
            Library::V2 => {}
            Library::V3 => self.cursor.skip_line_comment(),
        }
        Ok(())
    }

    /// Where the token starts that a comment on this line belongs to: the one before a colon or a comma.
    fn commented_token(&self) -> Mark {
        let (byte, in_flow) = (self.cursor.byte(), self.flow_level > 0);
        match self.queue.back() {
            Some(last) if byte == b':' && !in_flow || byte == b',' && in_flow => last.start,
            _ => self.cursor.mark,
        }
    }

    fn fetch_token(&mut self) -> Result<(), Fault> {
        let cursor = &self.cursor;
        if cursor.is_end() {
            return self.fetch_stream_end();
        }
        if cursor.mark.column == 0 {
            if cursor.byte() == b'%' {
                return self.fetch_directive();
            }
            if cursor.is_document_marker() {
                return self.fetch_document_marker();
            }
        }
        let in_flow = self.flow_level > 0;
        let blank_follows = cursor.is_blank_or_end_at(1);
        match cursor.byte() {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if blank_follows => self.fetch_block_entry(),
            b'?' if in_flow || blank_follows => self.fetch_key(),
            b':' if in_flow || blank_follows => self.fetch_value(),
            b'*' | b'&' => self.fetch_anchor(),
            b'!' => self.fetch_tag(),
            b'|' if !in_flow => self.fetch_block_scalar(ScalarStyle::Literal),
            b'>' if !in_flow => self.fetch_block_scalar(ScalarStyle::Folded),
            b'\'' => self.fetch_quoted_scalar(ScalarStyle::SingleQuoted),
            b'"' => self.fetch_quoted_scalar(ScalarStyle::DoubleQuoted),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => Err(self.cannot_start()),
            _ if cursor.is_blank_or_end_at(0) => Err(self.cannot_start()),
            _ => self.fetch_plain_scalar(),
        }
    }

    fn cannot_start(&self) -> Fault {
        self.fault(self.cursor.mark, "found character that cannot start any token")
    }

    /// A fault of something that began at `context` and fails here.
    fn fault(&self, context: Mark, problem: &str) -> Fault {
        Fault { problem: problem.to_owned(), context, at: self.cursor.mark, by_scanner: true }
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        self.queue.push_back(Token { kind, start, end: self.cursor.mark });
    }

    fn push_here(&mut self, kind: TokenKind) {
        self.push(kind, self.cursor.mark);
    }

    /// Puts a token of no width before the one with this number, or at the end if that one has left the queue already.
    fn insert(&mut self, number: Option<usize>, kind: TokenKind, mark: Mark) {
        let index = number.and_then(|number| number.checked_sub(self.taken)).unwrap_or(self.queue.len());
        self.queue.insert(index, Token { kind, start: mark, end: mark });
    }

    /// Takes `length` characters as a token.
    fn push_indicator(&mut self, kind: TokenKind, length: usize) {
        let start = self.cursor.mark;
        self.cursor.skip(length);
        self.push(kind, start);
    }

    fn skip_to_token(&mut self) {
        let scan = self.cursor.mark;
        loop {
            self.cursor.skip_byte_order_mark();
            // A tab may not stand where indentation is counted, that is, where a key could begin.
            let tabs = self.flow_level > 0 || !self.key_allowed;
            while self.cursor.byte() == b' ' || tabs && self.cursor.byte() == b'\t' {
                self.cursor.skip(1);
            }
            if self.comments.is_some() {
                self.raise_entry_comment();
            }
            if self.cursor.byte() == b'#' {
                match self.library {
                    _ if self.comments.is_some() => self.gather_comments(scan),
                    Library::V2 => self.cursor.skip_to_break(),
                    Library::V3 => self.cursor.skip_comments(),
                }
            }
            if !self.cursor.is_break() {
                return;
            }
            self.cursor.skip_break();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    fn roll_indent(&mut self, column: isize, number: Option<usize>, kind: TokenKind, mark: Mark) -> Result<(), Fault> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(self.fault(self.keys.mark(), &format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.insert(number, kind, mark);
        Ok(())
    }

    /// Ends the blocks that stand further right; `scan` is where the last token ended.
    fn unroll_indent(&mut self, column: isize, scan: Mark) {
        if self.flow_level > 0 {
            return;
        }
        let mut end = Mark { index: scan.index.saturating_sub(1), ..scan };
        while self.indent > column {
            if self.comments.is_some() {
                end = self.block_end(end);
                self.queue.push_back(Token { kind: TokenKind::BlockEnd, start: end, end });
            } else {
                self.push_here(TokenKind::BlockEnd);
            }
            self.indent = self.indents.pop().expect("every indent was pushed over another one");
        }
    }

    fn save_key(&mut self) -> Result<(), Fault> {
        if self.key_allowed {
            let required = self.flow_level == 0 && self.indent == self.cursor.column();
            self.remove_key()?;
            self.keys.save(self.taken + self.queue.len(), self.cursor.mark, required);
        }
        Ok(())
    }

    fn remove_key(&mut self) -> Result<(), Fault> {
        self.keys.remove(self.cursor.mark, self.taken)
    }

    fn fetch_stream_end(&mut self) -> Result<(), Fault> {
        self.cursor.force_line_start();
        self.unroll_indent(-1, self.cursor.mark);
        self.remove_key()?;
        self.key_allowed = false;
        self.push_here(TokenKind::StreamEnd);
        Ok(())
    }

    fn fetch_directive(&mut self) -> Result<(), Fault> {
        self.unroll_indent(-1, self.cursor.mark);
        self.remove_key()?;
        self.key_allowed = false;
        self.scan_directive()
    }

    fn fetch_document_marker(&mut self) -> Result<(), Fault> {
        self.unroll_indent(-1, self.cursor.mark);
        self.remove_key()?;
        self.key_allowed = false;
        let kind = if self.cursor.byte() == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
        self.push_indicator(kind, 3);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), Fault> {
        self.save_key()?;
        self.keys.enter(self.taken + self.queue.len(), self.cursor.mark);
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(self.fault(self.keys.mark(), &format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), Fault> {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.keys.leave();
        }
        self.key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Fault> {
        self.remove_key()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Fault> {
        // In a flow collection it is the parser that complains.
        if self.flow_level == 0 {
            if !self.key_allowed {
                return Err(self.fault(self.cursor.mark, "block sequence entries are not allowed in this context"));
            }
            self.roll_indent(self.cursor.column(), None, TokenKind::BlockSequenceStart, self.cursor.mark)?;
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Fault> {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return Err(self.fault(self.cursor.mark, "mapping keys are not allowed in this context"));
            }
            self.roll_indent(self.cursor.column(), None, TokenKind::BlockMappingStart, self.cursor.mark)?;
        }
        self.remove_key()?;
        self.key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Fault> {
        if let Some((number, mark)) = self.keys.claim(self.cursor.mark)? {
            self.insert(Some(number), TokenKind::Key, mark);
            self.roll_indent(mark.column as isize, Some(number), TokenKind::BlockMappingStart, mark)?;
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.key_allowed {
                    return Err(self.fault(self.cursor.mark, "mapping values are not allowed in this context"));
                }
                self.roll_indent(self.cursor.column(), None, TokenKind::BlockMappingStart, self.cursor.mark)?;
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    fn fetch_anchor(&mut self) -> Result<(), Fault> {
        self.save_key()?;
        self.key_allowed = false;
        self.scan_anchor()
    }

    fn fetch_tag(&mut self) -> Result<(), Fault> {
        self.save_key()?;
        self.key_allowed = false;
        self.scan_tag()
    }

    fn fetch_block_scalar(&mut self, style: ScalarStyle) -> Result<(), Fault> {
        self.remove_key()?;
        self.key_allowed = true;
        self.scan_block_scalar(style)
    }

    fn fetch_quoted_scalar(&mut self, style: ScalarStyle) -> Result<(), Fault> {
        self.save_key()?;
        self.key_allowed = false;
        self.scan_quoted_scalar(style)
    }

    fn fetch_plain_scalar(&mut self) -> Result<(), Fault> {
        self.save_key()?;
        self.key_allowed = false;
        self.scan_plain_scalar()
    }
}
