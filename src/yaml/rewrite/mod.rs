//! YAML that is changed and written again as a text, comments and styles kept, as go-yaml v3 does it with its nodes.
//!
//! `tree` reads, `print` writes. What is kept is what go-yaml keeps: indentation and empty lines are its own, comments move where it
//! thinks they belong. Nothing here says what a value means.

mod print;
mod tree;

use super::node::ScalarStyle;
use super::resolve::{self, Scalar};
use super::rules::Library;
use super::{Error, Text};

pub use print::{Layout, print};

/// A document with what stands around it.
#[derive(Debug)]
pub struct Document {
    /// What it says.
    pub root: Node,
    head: Vec<u8>,
    foot: Vec<u8>,
}

/// A part of a document.
#[derive(Debug)]
pub struct Node {
    content: Content,
    anchor: Option<Text>,
    /// With its handle replaced.
    tag: Option<Text>,
    comments: Comments,
}

#[derive(Debug)]
enum Content {
    Scalar { text: Text, style: ScalarStyle },
    Sequence { items: Vec<Node>, flow: bool },
    Mapping { entries: Vec<(Node, Node)>, flow: bool },
    Alias(Text),
}

#[derive(Debug, Default)]
struct Comments {
    head: Vec<u8>,
    line: Vec<u8>,
    foot: Vec<u8>,
}

/// Reads all documents of a text.
///
/// # Errors
/// It is no YAML.
pub fn parse(text: &[u8]) -> Result<Vec<Document>, Error> {
    tree::parse(text)
}

impl Document {
    /// A document that is this part of another one.
    pub fn of(root: Node) -> Self {
        Self { root, head: Vec::new(), foot: Vec::new() }
    }
}

impl Node {
    /// A mapping of nothing.
    pub fn empty_mapping() -> Self {
        let content = Content::Mapping { entries: Vec::new(), flow: false };
        Self { content, anchor: None, tag: None, comments: Comments::default() }
    }

    fn scalar(text: Text, style: ScalarStyle) -> Self {
        Self { content: Content::Scalar { text, style }, anchor: None, tag: None, comments: Comments::default() }
    }

    fn has_text(&self, wanted: &str) -> bool {
        matches!(&self.content, Content::Scalar { text, .. } if *text == wanted)
    }

    /// What stands under the first key of this name.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Content::Mapping { entries, .. } = &mut self.content else { return None };
        entries.iter_mut().find(|(name, _)| name.has_text(key)).map(|(_, value)| value)
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        matches!(self.content, Content::Mapping { .. })
    }

    /// Whether it has parts: what is no list and no mapping has none.
    pub fn has_parts(&self) -> bool {
        match &self.content {
            Content::Scalar { .. } | Content::Alias(_) => false,
            Content::Sequence { items, .. } => !items.is_empty(),
            Content::Mapping { entries, .. } => !entries.is_empty(),
        }
    }

    /// Whether it says nothing, or `null`.
    pub fn is_null(&self) -> bool {
        let is_plain = |text: &Text| resolve::plain(text.as_bytes(), Library::V3) == Scalar::Null;
        match (&self.tag, &self.content) {
            (Some(tag), _) => *tag == "tag:yaml.org,2002:null",
            (None, Content::Scalar { text, style: ScalarStyle::Plain }) => is_plain(text),
            _ => false,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&Text> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// What stands in a list.
    pub fn into_items(self) -> Vec<Self> {
        match self.content {
            Content::Sequence { items, .. } => items,
            _ => Vec::new(),
        }
    }

    /// Takes the first key of this name away, with its value.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        let Content::Mapping { entries, .. } = &mut self.content else { return None };
        let index = entries.iter().position(|(name, _)| name.has_text(key))?;
        Some(entries.remove(index).1)
    }

    /// Puts something under a new key at the end of a mapping; nothing else takes it.
    pub fn push(&mut self, key: &str, value: Self) {
        let Content::Mapping { entries, .. } = &mut self.content else { return };
        entries.push((Self::scalar(key.into(), ScalarStyle::Plain), value));
    }

    /// Puts a string in single quotes under a key of a mapping; what stood there keeps its style.
    pub fn put_quoted(&mut self, key: &str, value: &Text) {
        let quoted = |style| Self::scalar(value.clone(), style);
        match self.get_mut(key) {
            Some(known) => {
                let style = if let Content::Scalar { style, .. } = known.content { style } else { ScalarStyle::SingleQuoted };
                *known = quoted(style);
            }
            None => self.push(key, quoted(ScalarStyle::SingleQuoted)),
        }
    }

    /// Puts a string under a new key at the end of a mapping; nothing else takes it.
    pub fn push_text(&mut self, key: &str, value: &str) {
        let Content::Mapping { entries, .. } = &mut self.content else { return };
        let text = |text: &str| {
            let is_text = resolve::plain(text.as_bytes(), Library::V3) == Scalar::String;
            Self::scalar(text.into(), if is_text { ScalarStyle::Plain } else { ScalarStyle::DoubleQuoted })
        };
        entries.push((text(key), text(value)));
    }
}
