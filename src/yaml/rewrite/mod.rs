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

pub use print::print;

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

impl Node {
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
