//! Comments, as go-yaml v3 gathers them beside the tokens: whether each is a head, at the end of a line, or a foot, and from which
//! token on it counts. What becomes of them is the business of `rewrite`; whoever reads values never asks for them.

use super::cursor::COMMENT_REACH;
use super::{Mark, Scanner, TokenKind};

/// One comment, of one or several lines.
#[derive(Debug)]
pub(in crate::yaml) struct Comment {
    /// Where the search that found it began.
    scan: Mark,
    /// It belongs to the first token that starts here or later.
    pub(in crate::yaml) token: Mark,
    start: Mark,
    end: Mark,
    pub(in crate::yaml) side: Side,
    pub(in crate::yaml) text: Vec<u8>,
}

/// On which side of a token a comment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::yaml) enum Side {
    /// Before it, on lines of its own.
    Head,
    /// After it, on its line.
    Line,
    /// After it, on lines of its own.
    Foot,
}

/// Where the search for comments stands.
struct Search {
    scan: Mark,
    token: Mark,
    start: Mark,
    /// The place that `ahead` is counted from.
    here: Mark,
    ahead: usize,
    line: usize,
    column: usize,
    text: Vec<u8>,
}

impl Search {
    fn mark(&self) -> Mark {
        Mark { index: self.here.index + self.ahead, line: self.line, column: self.column }
    }

    /// What was found so far is the foot of what stands before it.
    fn take_foot(&mut self) -> Comment {
        let end = self.mark();
        let text = std::mem::take(&mut self.text);
        let comment = Comment { scan: self.scan, token: self.token, start: self.start, end, side: Side::Foot, text };
        (self.scan, self.token) = (end, end);
        comment
    }

    /// Whether the comment begins left of a column.
    fn is_left_of(&self, column: usize) -> bool {
        self.start.column <= column
    }
}

impl<'a> Scanner<'a> {
    /// A scanner that keeps the comments of the text, too.
    pub(in crate::yaml) fn with_comments(input: &'a super::Input<'a>) -> Self {
        let mut scanner = Self::new(input, super::Library::V3);
        scanner.comments = Some(std::collections::VecDeque::new());
        scanner
    }

    /// The next comment that belongs before or to a token that starts at `index`, if `wanted` wants it.
    pub(in crate::yaml) fn take_comment(&mut self, index: usize, wanted: impl Fn(&Comment) -> bool) -> Option<Comment> {
        let comments = self.comments.as_mut()?;
        comments.pop_front_if(|comment| index >= comment.token.index && wanted(comment))
    }

    /// Takes the comment that stands on the line of the token before it, if one does.
    pub(super) fn gather_line_comment(&mut self, token: Mark) {
        if self.cursor.line_breaks_before() > 0 {
            return;
        }
        let Some(blanks) = self.cursor.blanks_before_comment() else { return };
        self.cursor.skip(blanks);
        let start = self.cursor.mark;
        let mut text = Vec::new();
        self.cursor.read_to_break(&mut text);
        let nowhere = Mark::default();
        let comment = Comment { scan: nowhere, token, start, end: nowhere, side: Side::Line, text };
        self.comments.get_or_insert_default().push_back(comment);
    }

    /// `- # comment` before an entry's content on the next line is a head of that content.
    pub(super) fn raise_entry_comment(&mut self) {
        let is_first_entry = match self.queue.iter().rev().take(2).map(|token| &token.kind).collect::<Vec<_>>()[..] {
            [last, before] => *last == TokenKind::BlockEntry && *before == TokenKind::BlockSequenceStart,
            _ => false,
        };
        let (mark, at_break) = (self.cursor.mark, self.cursor.is_break());
        let Some(comment) = self.comments.as_mut().and_then(std::collections::VecDeque::back_mut) else { return };
        if is_first_entry && comment.side == Side::Line && !at_break {
            comment.side = Side::Head;
            if comment.start.line + 1 == mark.line {
                comment.token = mark;
            }
        }
    }

    /// Takes the comment here and all that follow it with nothing but blanks between. `scan` is where the last token ended.
    pub(super) fn gather_comments(&mut self, scan: Mark) {
        let line_breaks = self.cursor.line_breaks_before();
        let (token, is_value) = self.token_before();
        let here = self.cursor.mark;
        let mut search = Search {
            scan,
            token,
            start: Mark::default(),
            here,
            ahead: 0,
            line: here.line,
            column: here.column,
            text: Vec::new(),
        };
        // Where a comment must start to be a foot: below what stands on the line, if anything does.
        let foot_line = (here.line + 1).saturating_sub(line_breaks) + usize::from(line_breaks == 0 && here.column > 1);
        let foot_line = (scan.line > 0 && !is_value).then_some(foot_line);
        let indent = usize::try_from(self.indent).unwrap_or_default();
        let (mut after_empty, mut is_first_empty) = (false, line_breaks <= 1);
        while search.ahead < COMMENT_REACH {
            search.column += 1;
            let byte = self.cursor.byte_at(search.ahead);
            let is_break = self.cursor.is_break_at(search.ahead);
            let closes = self.flow_level > 0 && matches!(byte, b']' | b'}');
            if matches!(byte, b' ' | b'\t') {
            } else if closes || is_break || byte == 0 {
                if closes || !after_empty {
                    let is_foot = is_first_empty && (Some(search.start.line) == foot_line || search.is_left_of(indent));
                    self.end_paragraph(&mut search, closes || is_foot, indent, byte == 0);
                }
                if !is_break {
                    break;
                }
                (is_first_empty, after_empty) = (false, true);
                search.column = 0;
                search.line += 1;
            } else {
                if !search.text.is_empty() && search.column <= indent && search.column != search.start.column {
                    self.keep(search.take_foot());
                }
                if byte != b'#' {
                    break;
                }
                after_empty = false;
                self.read_comment(&mut search);
            }
            search.ahead += 1;
        }
        if !search.text.is_empty() {
            let end = Mark { index: (search.here.index + search.ahead).saturating_sub(1), ..search.mark() };
            let Search { scan, start, text, .. } = search;
            self.keep(Comment { scan, token: start, start, end, side: Side::Head, text });
        }
    }

    /// An empty line, a closing bracket or the end of the text follows a comment.
    fn end_paragraph(&mut self, search: &mut Search, is_foot: bool, indent: usize, is_end: bool) {
        if search.text.is_empty() {
        } else if is_foot {
            if search.is_left_of(indent) {
                // What stands further left has nothing to do with the last token.
                search.token = search.start;
            }
            self.keep(search.take_foot());
        } else if !is_end {
            search.text.push(b'\n');
        }
    }

    /// Moves to the comment and over it.
    fn read_comment(&mut self, search: &mut Search) {
        if search.text.is_empty() {
            search.start = search.mark();
        } else {
            search.text.push(b'\n');
        }
        self.cursor.move_ahead(search.ahead);
        self.cursor.read_to_break(&mut search.text);
        search.here = self.cursor.mark;
        (search.ahead, search.column, search.line) = (0, 0, search.here.line);
    }

    fn keep(&mut self, comment: Comment) {
        self.comments.get_or_insert_default().push_back(comment);
    }

    /// Where the last token starts, that before a comma if it is one, and whether it is the colon after a key.
    fn token_before(&self) -> (Mark, bool) {
        let mut tokens = self.queue.iter().rev();
        let last = tokens.next();
        let token = match last {
            Some(last) if last.kind == TokenKind::FlowEntry => tokens.next().or(Some(last)),
            last => last,
        };
        token.map_or((Mark::default(), false), |token| (token.start, token.kind == TokenKind::Value))
    }

    /// Where the end of a block counts that ends before the token that was just found: before the comments that stand at the
    /// block's own column, so that they are feet of what is around it.
    pub(super) fn block_end(&self, from: Mark) -> Mark {
        let mut mark = from;
        let mut stop = from.index;
        for comment in self.comments.iter().flatten().rev() {
            if comment.end.index < stop {
                break;
            }
            if comment.start.column as isize == self.indent + 1 {
                mark = comment.start;
            }
            stop = comment.scan.index;
        }
        mark
    }
}
