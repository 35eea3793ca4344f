//! From tokens to nodes: libyaml's grammar, one function for each of its productions, and go-yaml's anchors.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::input::Input;
use super::node::{Kind, Node, ScalarStyle};
use super::rules::Library;
use super::scan::{Fault, Mark, Scanner, Token, TokenKind};
use super::{Error, Text};

/// How deep nodes may be nested. go-yaml stops at ten thousand; every room that walks over values must survive the deepest
/// on its stack, and nobody nests a thousand levels by hand.
pub(super) const MAX_DEPTH: usize = 1000;

enum Anchor {
    /// The node is not complete yet.
    Open,
    Complete(Arc<Node>),
}

/// Where a node stands decides how it may begin.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Block,
    /// In a block mapping a sequence may stand at the column of its key.
    BlockOrIndentless,
    Flow,
}

/// A tag and an anchor in front of a node.
#[derive(Default)]
struct Properties {
    anchor: Option<Text>,
    tag: Option<(Text, Text, Mark)>,
}

pub(super) struct Parser<'a> {
    scanner: Scanner<'a>,
    library: Library,
    anchors: FxHashMap<Text, Anchor>,
    tag_directives: Vec<(Text, Text)>,
    depth: usize,
    started: bool,
    ended: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn new(input: &'a Input<'a>, library: Library) -> Self {
        Self {
            scanner: Scanner::new(input, library),
            library,
            anchors: FxHashMap::default(),
            tag_directives: Vec::new(),
            depth: 0,
            started: false,
            ended: false,
        }
    }

    /// The next document, if there is one more.
    pub(super) fn document(&mut self) -> Result<Option<Node>, Error> {
        if self.ended {
            return Ok(None);
        }
        if self.library == Library::V2 {
            self.anchors.clear();
        }
        match self.parse_document() {
            Ok(document) => {
                self.ended = document.is_none();
                Ok(document)
            }
            Err(Stop::Fault(fault)) => Err(fault.into_error(self.library)),
            Err(Stop::Unknown(problem)) => Err(Error::Syntax { line: None, problem }),
        }
    }

    fn parse_document(&mut self) -> Result<Option<Node>, Stop> {
        let mut implicit = false;
        if self.started {
            while self.peek()?.kind == TokenKind::DocumentEnd {
                self.scanner.take();
            }
        } else {
            self.started = true;
            self.peek()?;
            self.scanner.take();
            implicit = true;
        }
        if self.peek()?.kind == TokenKind::StreamEnd {
            return Ok(None);
        }
        let starts = matches!(
            self.peek()?.kind,
            TokenKind::VersionDirective { .. } | TokenKind::TagDirective { .. } | TokenKind::DocumentStart
        );
        self.parse_directives()?;
        let root = if implicit && !starts {
            self.parse_node(Place::Block)?
        } else {
            let start = self.peek()?.start;
            if self.peek()?.kind != TokenKind::DocumentStart {
                return Err(fault("did not find expected <document start>", Mark::default(), start));
            }
            self.scanner.take();
            self.parse_document_content()?
        };
        if self.peek()?.kind == TokenKind::DocumentEnd {
            self.scanner.take();
        }
        self.tag_directives.clear();
        Ok(Some(root))
    }

    fn parse_document_content(&mut self) -> Result<Node, Stop> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => Ok(nothing(token.start)),
            _ => self.parse_node(Place::Block),
        }
    }

    fn parse_directives(&mut self) -> Result<(), Stop> {
        let mut versioned = false;
        loop {
            let start = self.peek()?.start;
            match &self.peek()?.kind {
                TokenKind::VersionDirective { .. } if versioned => {
                    return Err(fault("found duplicate %YAML directive", Mark::default(), start));
                }
                TokenKind::VersionDirective { major: 1, minor: 1 } => versioned = true,
                TokenKind::VersionDirective { .. } => {
                    return Err(fault("found incompatible YAML document", Mark::default(), start));
                }
                TokenKind::TagDirective { handle, prefix } => {
                    let directive = (handle.clone(), prefix.clone());
                    if self.tag_directives.iter().any(|known| known.0 == directive.0) {
                        return Err(fault("found duplicate %TAG directive", Mark::default(), start));
                    }
                    self.tag_directives.push(directive);
                }
                _ => return Ok(()),
            }
            self.scanner.take();
        }
    }

    fn peek(&mut self) -> Result<&Token, Stop> {
        self.scanner.peek().map_err(|fault| Stop::Fault(Box::new(fault)))
    }

    fn parse_node(&mut self, place: Place) -> Result<Node, Stop> {
        let start = self.peek()?.start;
        if let TokenKind::Alias(name) = &self.peek()?.kind {
            let name = name.clone();
            self.scanner.take();
            return self.alias(name, start);
        }
        let properties = self.parse_properties()?;
        let tag = self.resolve_tag(properties.tag, start)?;
        if let Some(name) = &properties.anchor {
            self.anchors.insert(name.clone(), Anchor::Open);
        }
        if self.depth >= MAX_DEPTH {
            return Err(fault(&format!("exceeded max depth of {MAX_DEPTH}"), Mark::default(), start));
        }
        self.depth += 1;
        let kind = self.parse_content(place, start, properties.anchor.is_some() || tag.is_some())?;
        self.depth -= 1;
        let node = Node { kind, tag, line: start.line + 1 };
        // A node inside that took the same name since keeps it.
        if let Some(name) = properties.anchor
            && matches!(self.anchors.get(&name), Some(Anchor::Open))
        {
            self.anchors.insert(name, Anchor::Complete(Arc::new(node.clone())));
        }
        Ok(node)
    }

    fn alias(&self, name: Text, start: Mark) -> Result<Node, Stop> {
        let kind = match self.anchors.get(&name) {
            Some(Anchor::Complete(node)) => Kind::Alias(Arc::clone(node)),
            Some(Anchor::Open) => Kind::Cycle(name),
            None => return Err(Stop::Unknown(format!("unknown anchor '{name}' referenced"))),
        };
        Ok(Node { kind, tag: None, line: start.line + 1 })
    }

    fn parse_properties(&mut self) -> Result<Properties, Stop> {
        let mut properties = Properties::default();
        loop {
            let token = self.peek()?;
            match &token.kind {
                TokenKind::Anchor(name) if properties.anchor.is_none() => properties.anchor = Some(name.clone()),
                TokenKind::Tag { handle, suffix } if properties.tag.is_none() => {
                    properties.tag = Some((handle.clone(), suffix.clone(), token.start));
                }
                _ => return Ok(properties),
            }
            self.scanner.take();
        }
    }

    fn resolve_tag(&self, tag: Option<(Text, Text, Mark)>, start: Mark) -> Result<Option<Text>, Stop> {
        let Some((handle, suffix, mark)) = tag else { return Ok(None) };
        if handle.is_empty() {
            return Ok(Some(suffix).filter(|suffix| !suffix.is_empty()));
        }
        let prefix: &[u8] = match self.tag_directives.iter().find(|known| known.0 == handle) {
            Some((_, prefix)) => prefix,
            None if handle == "!" => b"!",
            None if handle == "!!" => b"tag:yaml.org,2002:",
            None => return Err(fault("found undefined tag handle", start, mark)),
        };
        Ok(Some(Text::from([prefix, &suffix].concat())))
    }

    fn parse_content(&mut self, place: Place, start: Mark, has_properties: bool) -> Result<Kind, Stop> {
        let token = self.peek()?;
        match &token.kind {
            TokenKind::BlockEntry if place == Place::BlockOrIndentless => self.parse_indentless_sequence(),
            TokenKind::Scalar { text, style } => {
                let kind = Kind::Scalar { text: text.clone(), style: *style };
                self.scanner.take();
                Ok(kind)
            }
            TokenKind::FlowSequenceStart => self.parse_flow_sequence(),
            TokenKind::FlowMappingStart => self.parse_flow_mapping(),
            TokenKind::BlockSequenceStart if place != Place::Flow => self.parse_block_sequence(),
            TokenKind::BlockMappingStart if place != Place::Flow => self.parse_block_mapping(),
            _ if has_properties => Ok(nothing(start).kind),
            _ => Err(fault("did not find expected node content", start, token.start)),
        }
    }

    fn parse_block_sequence(&mut self) -> Result<Kind, Stop> {
        let start = self.scanner.take().start;
        let mut items = Vec::new();
        loop {
            let token = self.peek()?;
            let at = token.start;
            match token.kind {
                TokenKind::BlockEntry => {}
                TokenKind::BlockEnd => break,
                _ => return Err(fault("did not find expected '-' indicator", start, at)),
            }
            let mark = self.scanner.take().end;
            items.push(match self.peek()?.kind {
                TokenKind::BlockEntry | TokenKind::BlockEnd => nothing(mark),
                _ => self.parse_node(Place::Block)?,
            });
        }
        self.scanner.take();
        Ok(Kind::Sequence(items.into()))
    }

    fn parse_indentless_sequence(&mut self) -> Result<Kind, Stop> {
        let mut items = Vec::new();
        while self.peek()?.kind == TokenKind::BlockEntry {
            let mark = self.scanner.take().end;
            items.push(match self.peek()?.kind {
                TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => nothing(mark),
                _ => self.parse_node(Place::Block)?,
            });
        }
        Ok(Kind::Sequence(items.into()))
    }

    fn parse_block_mapping(&mut self) -> Result<Kind, Stop> {
        let start = self.scanner.take().start;
        let mut entries = Vec::new();
        loop {
            let token = self.peek()?;
            let at = token.start;
            match token.kind {
                TokenKind::Key => {}
                TokenKind::BlockEnd => break,
                _ => return Err(fault("did not find expected key", start, at)),
            }
            let key = self.parse_block_entry()?;
            let token = self.peek()?;
            let value = if token.kind == TokenKind::Value { self.parse_block_entry()? } else { nothing(token.start) };
            entries.push((key, value));
        }
        self.scanner.take();
        Ok(Kind::Mapping(entries.into()))
    }

    /// What follows the key or value token that is next.
    fn parse_block_entry(&mut self) -> Result<Node, Stop> {
        let mark = self.scanner.take().end;
        match self.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => Ok(nothing(mark)),
            _ => self.parse_node(Place::BlockOrIndentless),
        }
    }

    fn parse_flow_sequence(&mut self) -> Result<Kind, Stop> {
        let start = self.scanner.take().start;
        let mut items = Vec::new();
        while self.peek()?.kind != TokenKind::FlowSequenceEnd {
            if !items.is_empty() {
                let token = self.peek()?;
                if token.kind != TokenKind::FlowEntry {
                    let at = token.start;
                    return Err(fault("did not find expected ',' or ']'", start, at));
                }
                self.scanner.take();
            }
            match self.peek()?.kind {
                TokenKind::FlowSequenceEnd => break,
                TokenKind::Key => items.push(self.parse_flow_pair()?),
                _ => items.push(self.parse_node(Place::Flow)?),
            }
        }
        self.scanner.take();
        Ok(Kind::Sequence(items.into()))
    }

    /// `[a: b]` is a list of one mapping.
    fn parse_flow_pair(&mut self) -> Result<Node, Stop> {
        let start = self.scanner.take().start;
        let ends = |kind: &TokenKind| matches!(kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd);
        let token = self.peek()?;
        let key = if token.kind == TokenKind::Value || ends(&token.kind) {
            // libyaml takes that token with the empty key, whatever it is.
            nothing(self.scanner.take().end)
        } else {
            self.parse_node(Place::Flow)?
        };
        let mut at = self.peek()?.start;
        let mut value = None;
        if self.peek()?.kind == TokenKind::Value {
            self.scanner.take();
            let token = self.peek()?;
            at = token.start;
            if !ends(&token.kind) {
                value = Some(self.parse_node(Place::Flow)?);
            }
        }
        let entry = (key, value.unwrap_or_else(|| nothing(at)));
        let kind = Kind::Mapping(Arc::from([entry]));
        Ok(Node { kind, tag: None, line: start.line + 1 })
    }

    fn parse_flow_mapping(&mut self) -> Result<Kind, Stop> {
        let start = self.scanner.take().start;
        let mut entries = Vec::new();
        while self.peek()?.kind != TokenKind::FlowMappingEnd {
            if !entries.is_empty() {
                let token = self.peek()?;
                if token.kind != TokenKind::FlowEntry {
                    let at = token.start;
                    return Err(fault("did not find expected ',' or '}'", start, at));
                }
                self.scanner.take();
            }
            match self.peek()?.kind {
                TokenKind::FlowMappingEnd => break,
                TokenKind::Key => {
                    self.scanner.take();
                    let key = match self.peek()?.kind {
                        TokenKind::Value => nothing(self.peek()?.start),
                        _ => self.parse_flow_part()?,
                    };
                    entries.push((key, self.parse_flow_value()?));
                }
                _ => {
                    let key = self.parse_node(Place::Flow)?;
                    entries.push((key, nothing(self.peek()?.start)));
                }
            }
        }
        self.scanner.take();
        Ok(Kind::Mapping(entries.into()))
    }

    fn parse_flow_value(&mut self) -> Result<Node, Stop> {
        if self.peek()?.kind == TokenKind::Value {
            self.scanner.take();
            return self.parse_flow_part();
        }
        Ok(nothing(self.peek()?.start))
    }

    /// A key or a value of a flow mapping, which may be left out.
    fn parse_flow_part(&mut self) -> Result<Node, Stop> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::FlowEntry | TokenKind::FlowMappingEnd => Ok(nothing(token.start)),
            _ => self.parse_node(Place::Flow),
        }
    }
}

/// Why there is no document.
enum Stop {
    /// In a box, so that a level of nesting costs less of the stack.
    Fault(Box<Fault>),
    /// go-yaml names no place for an alias without an anchor.
    Unknown(String),
}

fn fault(problem: &str, context: Mark, at: Mark) -> Stop {
    Stop::Fault(Box::new(Fault { problem: problem.to_owned(), context, at, by_scanner: false }))
}

/// The scalar that stands where nothing is written.
fn nothing(mark: Mark) -> Node {
    Node { kind: Kind::Scalar { text: Text::default(), style: ScalarStyle::Plain }, tag: None, line: mark.line + 1 }
}
