//! YAML as a tree that still knows where each part stands, in the order of the text.
//!
//! What a scalar means is not decided here, that depends on the [`Rules`].

use std::sync::Arc;

use super::parse::Parser;
use super::rules::Library;
use super::{Error, Rules, Text, input, lines, resolve};

/// A part of a document. Cloning is cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The tag, if one is written, with its handle replaced: `tag:yaml.org,2002:str`, `!mine`.
    pub tag: Option<Text>,
    /// The line that it starts on, counted from one.
    pub line: usize,
}

/// What a part of a document is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A scalar, unescaped and unfolded.
    Scalar {
        /// Its text.
        text: Text,
        /// How it is written.
        style: ScalarStyle,
    },
    /// A sequence.
    Sequence(Arc<[Node]>),
    /// The keys and values of a mapping, as they stand.
    Mapping(Arc<[(Node, Node)]>),
    /// `*name`: the node that carries the anchor.
    Alias(Arc<Node>),
    /// `*name` inside the very node that carries the anchor.
    Cycle(Text),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without any mark.
    Plain,
    /// `'…'`.
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

impl Node {
    /// The node itself, or the one that it is an alias of.
    pub fn target(&self) -> &Self {
        match &self.kind {
            Kind::Alias(node) => node.target(),
            _ => self,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&Text> {
        match &self.target().kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The value that stands under a key, without regard to merge keys; the last one if there are several.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.target().kind {
            Kind::Mapping(entries) => {
                entries.iter().rev().find(|(name, _)| name.text().is_some_and(|text| *text == key)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Whether this is a collection that surely decodes into plain data: its keys are texts that differ, it is not deep, and nothing
    /// in it has a tag or an alias.
    pub fn is_ordinary(&self) -> bool {
        self.is_ordinary_within(MOST_ORDINARY)
    }

    fn is_ordinary_within(&self, levels: usize) -> bool {
        let is_scalar = |node: &Self| node.tag.is_none() && matches!(node.kind, Kind::Scalar { .. });
        let part = |node: &Self| is_scalar(node) || node.is_ordinary_within(levels - 1);
        let is_name = |key: &Self| match &key.kind {
            Kind::Scalar { text, style: ScalarStyle::Plain } => {
                text.first().is_some_and(u8::is_ascii_alphabetic) && resolve::plain(text, Library::V2) == resolve::Scalar::String
            }
            Kind::Scalar { .. } => true,
            _ => false,
        };
        let is_new = |pairs: &[(Self, Self)], (at, (key, _)): (usize, &(Self, Self))| {
            is_scalar(key) && is_name(key) && pairs[..at].iter().all(|(known, _)| known.text() != key.text())
        };
        if levels == 0 || self.tag.is_some() {
            return false;
        }
        match &self.kind {
            Kind::Mapping(pairs) if pairs.len() <= MOST_ORDINARY => {
                pairs.iter().enumerate().all(|pair| is_new(pairs, pair)) && pairs.iter().all(|(_, value)| part(value))
            }
            Kind::Sequence(items) => items.iter().all(part),
            _ => false,
        }
    }

    /// Whether this is a scalar whose meaning is found by its looks.
    pub(super) fn is_implicit(&self) -> bool {
        match (&self.kind, &self.tag) {
            (Kind::Scalar { style, .. }, None) => *style == ScalarStyle::Plain,
            (Kind::Scalar { .. }, Some(tag)) => *tag == "!",
            _ => false,
        }
    }
}

/// With more levels, or more keys in one mapping, a collection is not ordinary.
const MOST_ORDINARY: usize = 64;

/// Reads every document of a text. A document that says nothing is a plain, empty scalar; a text without one has none.
pub fn parse(text: &[u8], rules: &Rules) -> Result<Vec<Node>, Error> {
    match lines::node(text) {
        Some(document) => Ok(vec![document]),
        None => by_parser(text, rules),
    }
}

/// The same by way of the parser.
pub(super) fn by_parser(text: &[u8], rules: &Rules) -> Result<Vec<Node>, Error> {
    let input = input::input(text);
    let mut parser = Parser::new(&input, rules.library);
    let mut documents = Vec::new();
    while let Some(document) = parser.document()? {
        documents.push(document);
    }
    Ok(documents)
}

/// Reads the first document of a text, and nothing after it.
pub fn parse_first(text: &[u8], rules: &Rules) -> Result<Option<Node>, Error> {
    let input = input::input(text);
    Parser::new(&input, rules.library).document()
}
