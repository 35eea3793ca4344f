//! The nodes of an ordinary document: scalars as they are written, each part with its line.
//!
//! Left to the parser: more than one document, entries that say nothing, folded and quoted texts over several lines, escapes
//! seldom seen.

use super::line::Quote;
use super::parts::{Ended, Parts, fold};
use super::{Builder, Collection, Scalar, cursor, flow, tree};
use crate::yaml::Text;
use crate::yaml::node::{Kind, Node, ScalarStyle};

/// The only document of a text, if every line of it is ordinary.
pub(in crate::yaml) fn node(text: &[u8]) -> Option<Node> {
    let mut nodes = Nodes { text, counted: 0, line: 1, plain: Vec::new(), lines: Vec::new(), parts: Parts::new(None) };
    super::read(text, &mut nodes)?;
    nodes.parts.root
}

struct Nodes<'a> {
    text: &'a [u8],
    /// The bytes whose line breaks are counted.
    counted: usize,
    line: usize,
    /// The lines of the last plain scalar, folded.
    plain: Vec<u8>,
    /// Where the open collections begin.
    lines: Vec<usize>,
    /// The last ones may have no value yet.
    parts: Parts<Node, Option<Node>>,
}

impl Nodes<'_> {
    fn plain(&self, text: &[u8]) -> Node {
        self.scalar(text.into(), ScalarStyle::Plain)
    }

    fn scalar(&self, text: Text, style: ScalarStyle) -> Node {
        Node { kind: Kind::Scalar { text, style }, tag: None, line: self.line }
    }

    fn value(&self, value: &Scalar<'_>) -> Option<Node> {
        Some(match value {
            Scalar::Plain(text) | Scalar::Commented(text) => self.plain(text),
            // Which of the two quotes it is, only the byte before tells.
            Scalar::Quoted(text) => self.scalar((*text).into(), self.style(text)?),
            Scalar::Escaped(text, quote) => self.scalar(tree::unescaped(text, *quote)?, style_of(*quote)),
            Scalar::Flow(text) => self.flow(text)?,
            Scalar::Block(block) => self.scalar(tree::literal(block)?, ScalarStyle::Literal),
            Scalar::Nothing | Scalar::Header(_) | Scalar::Unclosed(_) => return None,
        })
    }

    fn style(&self, inner: &[u8]) -> Option<ScalarStyle> {
        let start = inner.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        match self.text.get(start.checked_sub(1)?)? {
            b'"' => Some(ScalarStyle::DoubleQuoted),
            b'\'' => Some(ScalarStyle::SingleQuoted),
            _ => None,
        }
    }

    fn flow(&self, text: &[u8]) -> Option<Node> {
        let mut entries = Vec::new();
        let mut items = Vec::new();
        flow::items(&mut cursor::Cursor::new(text), 0, &mut |key, value| {
            let value = self.value(&value)?;
            match key {
                Some(key) => entries.push((self.value(&key)?, value)),
                None => items.push(value),
            }
            Some(())
        })?;
        let kind = if text.starts_with(b"{") { Kind::Mapping(entries.into()) } else { Kind::Sequence(items.into()) };
        Some(Node { kind, tag: None, line: self.line })
    }

    /// What a collection that ends is, if all its parts have values.
    fn closed(&mut self) -> Option<Node> {
        let line = self.lines.pop()?;
        let kind = match self.parts.end()? {
            Ended::Mapping(entries) => Kind::Mapping(entries.map(|(key, value)| Some((key, value?))).collect::<Option<_>>()?),
            Ended::Sequence(items) => Kind::Sequence(items.collect::<Option<_>>()?),
        };
        Some(Node { kind, tag: None, line })
    }
}

fn style_of(quote: Quote) -> ScalarStyle {
    match quote {
        Quote::Single => ScalarStyle::SingleQuoted,
        Quote::Double => ScalarStyle::DoubleQuoted,
    }
}

impl<'a> Builder<'a> for Nodes<'a> {
    fn at(&mut self, place: usize) {
        self.line += memchr::memchr_iter(b'\n', self.text.get(self.counted..place).unwrap_or_default()).count();
        self.counted = place;
    }

    fn open(&mut self, collection: Collection) -> Option<()> {
        self.lines.push(self.line);
        self.parts.open(collection);
        Some(())
    }

    fn close(&mut self) {
        // Without a value the whole document has none.
        let node = self.closed();
        *self.parts.place() = node;
    }

    fn key(&mut self, key: &Scalar<'a>) -> Option<()> {
        let key = Nodes::value(self, key)?;
        self.parts.key(key, None);
        Some(())
    }

    fn item(&mut self) {
        self.parts.item(None);
    }

    fn value(&mut self, value: &Scalar<'a>) -> Option<()> {
        if let Scalar::Plain(text) = value {
            self.plain.clear();
            self.plain.extend_from_slice(text);
        }
        if !matches!(value, Scalar::Nothing) {
            *self.parts.place() = Some(Nodes::value(self, value)?);
        }
        Some(())
    }

    fn more(&mut self, line: &'a [u8], blank_lines: usize) -> Option<()> {
        fold(&mut self.plain, line, blank_lines);
        let text = Text::from(self.plain.as_slice());
        match self.parts.place() {
            Some(Node { kind: Kind::Scalar { text: known, .. }, .. }) => *known = text,
            _ => return None,
        }
        Some(())
    }
}
