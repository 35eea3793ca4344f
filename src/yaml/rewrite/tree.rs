//! From tokens and comments to nodes: go-yaml v3's grammar, with its choice of the part that each comment is given to.

use super::{Comments, Content, Document, Node};
use crate::yaml::node::{self, ScalarStyle};
use crate::yaml::parse::MAX_DEPTH;
use crate::yaml::rules::Library;
use crate::yaml::scan::{Fault, Mark, Scanner, Side, Token, TokenKind};
use crate::yaml::{Error, Rules, Text, input};

/// Reads all documents of a text.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Document>, Error> {
    // The other reader has the right words for whatever is wrong.
    node::parse(text, &Rules::HELMFILE)?;
    let input = input::input(text);
    let mut tree = Tree {
        scanner: Scanner::with_comments(&input),
        waiting: Comments::default(),
        stem: Vec::new(),
        handles: Vec::new(),
        depth: 0,
    };
    tree.documents().map_err(|fault| fault.into_error(Library::V3))
}

struct Tree<'a> {
    scanner: Scanner<'a>,
    /// The comments up to the next token, which nobody has been given.
    waiting: Comments,
    /// The comment before an entry whose content is a block: it belongs to the block and not to its first part.
    stem: Vec<u8>,
    /// The tag directives of the document.
    handles: Vec<(Text, Text)>,
    depth: usize,
}

type Parsed<T> = Result<T, Box<Fault>>;

/// What the grammar of the other reader has admitted already.
fn unexpected<T>(at: Mark) -> Parsed<T> {
    let problem = "did not find expected node content".to_owned();
    Err(Box::new(Fault { problem, context: at, at, by_scanner: false }))
}

fn join(text: &mut Vec<u8>, more: &[u8]) {
    if !text.is_empty() {
        text.push(b'\n');
    }
    text.extend_from_slice(more);
}

fn nothing() -> Node {
    Node::scalar(Text::default(), ScalarStyle::Plain)
}

fn with(comments: Comments, content: Content) -> Node {
    Node { content, anchor: None, tag: None, comments }
}

impl Tree<'_> {
    /// The next token, after the comments before it were collected.
    fn peek(&mut self) -> Parsed<&TokenKind> {
        let token = self.scanner.peek()?;
        let (index, ends_block) = (token.start.index, token.kind == TokenKind::BlockEnd);
        // The end of a block has no head: that is kept for what follows.
        while let Some(comment) = self.scanner.take_comment(index, |comment| !(ends_block && comment.side == Side::Head)) {
            match comment.side {
                Side::Head => join(&mut self.waiting.head, &comment.text),
                Side::Line => join(&mut self.waiting.line, &comment.text),
                Side::Foot => join(&mut self.waiting.foot, &comment.text),
            }
        }
        Ok(&self.scanner.peek()?.kind)
    }

    fn next(&mut self) -> Parsed<Token> {
        self.peek()?;
        Ok(self.scanner.take())
    }

    fn at(&mut self) -> Parsed<Mark> {
        Ok(self.scanner.peek()?.start)
    }

    fn take_comments(&mut self) -> Comments {
        self.stem.clear();
        std::mem::take(&mut self.waiting)
    }

    fn documents(&mut self) -> Parsed<Vec<Document>> {
        let mut documents = Vec::new();
        self.next()?;
        loop {
            while !documents.is_empty() && *self.peek()? == TokenKind::DocumentEnd {
                self.next()?;
            }
            if *self.peek()? == TokenKind::StreamEnd {
                return Ok(documents);
            }
            let is_first = documents.is_empty();
            documents.push(self.document(is_first)?);
        }
    }

    fn document(&mut self, is_first: bool) -> Parsed<Document> {
        let mut head = Vec::new();
        let mut is_marked = false;
        loop {
            match self.peek()? {
                TokenKind::TagDirective { handle, prefix } => {
                    let directive = (handle.clone(), prefix.clone());
                    self.handles.push(directive);
                }
                TokenKind::VersionDirective { .. } => {}
                TokenKind::DocumentStart => is_marked = true,
                _ => break,
            }
            self.next()?;
            if is_marked {
                break;
            }
        }
        if is_first && !is_marked {
            head = self.split_document_head();
        }
        let ends = matches!(
            self.peek()?,
            TokenKind::VersionDirective { .. }
                | TokenKind::TagDirective { .. }
                | TokenKind::DocumentStart
                | TokenKind::DocumentEnd
                | TokenKind::StreamEnd
        );
        let root = if is_marked && ends { nothing() } else { self.node(true, false)? };
        if *self.peek()? == TokenKind::DocumentEnd {
            self.next()?;
        }
        self.handles.clear();
        let Comments { head: rest, foot, .. } = self.take_comments();
        Ok(Document { root, head, foot: if foot.is_empty() { rest } else { foot } })
    }

    /// Of the comments before everything, what stands before the last empty line belongs to the document.
    fn split_document_head(&mut self) -> Vec<u8> {
        let text = &mut self.waiting.head;
        for at in (1..text.len()).rev() {
            if text[at] != b'\n' {
                continue;
            }
            let end = if at + 1 == text.len() {
                at
            } else if text[at - 1] == b'\n' {
                at - 1
            } else {
                continue;
            };
            let rest = text.split_off(at + 1);
            text.truncate(end);
            return std::mem::replace(text, rest);
        }
        Vec::new()
    }

    /// A node; in a block mapping a sequence may stand at the column of its key.
    fn node(&mut self, block: bool, indentless: bool) -> Parsed<Node> {
        let at = self.at()?;
        if self.depth >= MAX_DEPTH {
            return unexpected(at);
        }
        if let TokenKind::Alias(name) = self.peek()? {
            let name = name.clone();
            let comments = self.take_comments();
            self.next()?;
            return Ok(with(comments, Content::Alias(name)));
        }
        let (anchor, tag) = self.properties()?;
        self.depth += 1;
        let node = self.content(block, indentless, anchor.is_some() || tag.is_some())?;
        self.depth -= 1;
        // go-yaml gives the merge key a tag and never takes it off again.
        let is_merge = matches!(&node.content, Content::Scalar { text, style: ScalarStyle::Plain } if *text == "<<");
        let tag = tag.or_else(|| is_merge.then(|| Text::from("tag:yaml.org,2002:merge")));
        Ok(Node { anchor, tag, ..node })
    }

    fn properties(&mut self) -> Parsed<(Option<Text>, Option<Text>)> {
        let (mut anchor, mut tag) = (None, None);
        loop {
            match self.peek()? {
                TokenKind::Anchor(name) if anchor.is_none() => anchor = Some(name.clone()),
                TokenKind::Tag { handle, suffix } if tag.is_none() => {
                    let (handle, suffix) = (handle.clone(), suffix.clone());
                    tag = Some(self.full_tag(&handle, &suffix));
                }
                _ => return Ok((anchor, tag.filter(|tag| !tag.is_empty() && *tag != "!"))),
            }
            self.next()?;
        }
    }

    fn full_tag(&self, handle: &Text, suffix: &Text) -> Text {
        let known = self.handles.iter().find(|known| known.0 == *handle).map(|known| known.1.to_vec());
        let prefix = known.unwrap_or_else(|| if *handle == "!!" { b"tag:yaml.org,2002:".to_vec() } else { handle.to_vec() });
        Text::from([prefix.as_slice(), suffix].concat())
    }

    fn content(&mut self, block: bool, indentless: bool, has_properties: bool) -> Parsed<Node> {
        let at = self.at()?;
        match self.peek()? {
            TokenKind::BlockEntry if indentless => self.indentless_sequence(),
            TokenKind::Scalar { text, style } => {
                let content = Content::Scalar { text: text.clone(), style: *style };
                let comments = self.take_comments();
                self.next()?;
                Ok(with(comments, content))
            }
            TokenKind::FlowSequenceStart => self.flow_sequence(),
            TokenKind::FlowMappingStart => self.flow_mapping(),
            TokenKind::BlockSequenceStart if block => self.block_sequence(),
            TokenKind::BlockMappingStart if block => self.block_mapping(),
            _ if has_properties => Ok(nothing()),
            _ => unexpected(at),
        }
    }

    fn block_sequence(&mut self) -> Parsed<Node> {
        let comments = Comments { head: std::mem::take(&mut self.stem), ..Comments::default() };
        self.next()?;
        let mut items = Vec::new();
        while *self.peek()? == TokenKind::BlockEntry {
            items.push(self.entry(|kind| matches!(kind, TokenKind::BlockEntry | TokenKind::BlockEnd))?);
        }
        self.next()?;
        Ok(with(comments, Content::Sequence { items, flow: false }))
    }

    fn indentless_sequence(&mut self) -> Parsed<Node> {
        let mut items = Vec::new();
        while *self.peek()? == TokenKind::BlockEntry {
            items.push(
                self.entry(|kind| {
                    matches!(kind, TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd)
                })?,
            );
        }
        Ok(with(Comments::default(), Content::Sequence { items, flow: false }))
    }

    fn entry(&mut self, ends: impl Fn(&TokenKind) -> bool) -> Parsed<Node> {
        let head = self.waiting.head.len();
        self.next()?;
        let next = self.peek()?;
        if head > 0 && matches!(next, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart) {
            let rest = self.waiting.head.split_off(head);
            self.stem = std::mem::replace(&mut self.waiting.head, rest.get(1..).unwrap_or_default().to_vec());
        }
        if ends(self.peek()?) { Ok(nothing()) } else { self.node(true, false) }
    }

    fn block_mapping(&mut self) -> Parsed<Node> {
        let mut comments = Comments { head: std::mem::take(&mut self.stem), ..Comments::default() };
        self.next()?;
        let mut entries: Vec<(Node, Node)> = Vec::new();
        while *self.peek()? != TokenKind::BlockEnd {
            let at = self.at()?;
            if *self.peek()? != TokenKind::Key {
                return unexpected(at);
            }
            let mut key = self.block_part()?;
            if let Some((before, _)) = entries.last_mut().filter(|_| !key.comments.foot.is_empty()) {
                // It stands below what comes before.
                before.comments.foot = std::mem::take(&mut key.comments.foot);
            }
            let mut value = if *self.peek()? == TokenKind::Value { self.block_part()? } else { nothing() };
            if key.comments.foot.is_empty() {
                key.comments.foot = std::mem::take(&mut value.comments.foot);
            }
            entries.push((key, value));
        }
        let end = self.take_comments();
        self.next()?;
        (comments.line, comments.foot) = (end.line, end.foot);
        if let Some((last, _)) = entries.last_mut().filter(|_| !comments.foot.is_empty()) {
            last.comments.foot = std::mem::take(&mut comments.foot);
        }
        Ok(with(comments, Content::Mapping { entries, flow: false }))
    }

    /// What follows the key or value token that is next.
    fn block_part(&mut self) -> Parsed<Node> {
        self.next()?;
        match self.peek()? {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => Ok(nothing()),
            _ => self.node(true, true),
        }
    }

    fn flow_sequence(&mut self) -> Parsed<Node> {
        let mut comments = self.take_comments();
        self.next()?;
        let mut items = Vec::new();
        while *self.peek()? != TokenKind::FlowSequenceEnd {
            if !items.is_empty() {
                self.next()?;
            }
            match self.peek()? {
                TokenKind::FlowSequenceEnd => break,
                TokenKind::Key => items.push(self.flow_pair()?),
                _ => items.push(self.node(false, false)?),
            }
        }
        let end = self.take_comments();
        self.next()?;
        (comments.line, comments.foot) = (end.line, end.foot);
        Ok(with(comments, Content::Sequence { items, flow: true }))
    }

    /// `[a: b]` is a list of one mapping.
    fn flow_pair(&mut self) -> Parsed<Node> {
        let ends = |kind: &TokenKind| matches!(kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd);
        self.next()?;
        let token = self.peek()?;
        let key = if *token == TokenKind::Value || ends(token) {
            self.next()?;
            nothing()
        } else {
            self.node(false, false)?
        };
        let mut value = nothing();
        if *self.peek()? == TokenKind::Value {
            self.next()?;
            if !ends(self.peek()?) {
                value = self.node(false, false)?;
            }
        }
        self.peek()?;
        Ok(with(Comments::default(), Content::Mapping { entries: vec![moved(key, value)], flow: true }))
    }

    fn flow_mapping(&mut self) -> Parsed<Node> {
        let mut comments = self.take_comments();
        self.next()?;
        let mut entries = Vec::new();
        while *self.peek()? != TokenKind::FlowMappingEnd {
            if !entries.is_empty() {
                self.next()?;
            }
            match self.peek()? {
                TokenKind::FlowMappingEnd => break,
                TokenKind::Key => {
                    self.next()?;
                    let key = if *self.peek()? == TokenKind::Value { nothing() } else { self.flow_part()? };
                    let mut value = nothing();
                    if *self.peek()? == TokenKind::Value {
                        self.next()?;
                        value = self.flow_part()?;
                    }
                    entries.push(moved(key, value));
                }
                _ => {
                    let key = self.node(false, false)?;
                    self.peek()?;
                    entries.push(moved(key, nothing()));
                }
            }
        }
        let end = self.take_comments();
        self.next()?;
        (comments.line, comments.foot) = (end.line, end.foot);
        Ok(with(comments, Content::Mapping { entries, flow: true }))
    }

    /// A key or a value of a flow mapping, which may be left out.
    fn flow_part(&mut self) -> Parsed<Node> {
        match self.peek()? {
            TokenKind::FlowEntry | TokenKind::FlowMappingEnd => Ok(nothing()),
            _ => self.node(false, false),
        }
    }
}

/// An entry, the foot of whose value is its key's.
fn moved(mut key: Node, mut value: Node) -> (Node, Node) {
    if key.comments.foot.is_empty() {
        key.comments.foot = std::mem::take(&mut value.comments.foot);
    }
    (key, value)
}
