//! The value of an ordinary document, as `sigs.k8s.io/yaml` reads it.
//!
//! Left to the parser: folded and quoted texts over several lines, keys that are no strings, escapes seldom seen.

use std::sync::Arc;

use super::line::{Block, Quote};
use super::parts::{Ended, Parts, fold};
use super::{Builder, Collection, Scalar, cursor, flow};
use crate::yaml::convert::{self, Target};
use crate::yaml::rules::Library;
use crate::yaml::{Map, Text, Value, decode, resolve};

/// The value of the first document of a text, if every line of it is ordinary; the rules are Helm's.
pub(in crate::yaml) fn value(text: &[u8], target: Target) -> Option<Value> {
    let mut tree = Tree { target, plain: Vec::new(), parts: Parts::new(Value::Null) };
    super::read(text.strip_prefix(b"---\n").unwrap_or(text), &mut tree)?;
    Some(tree.parts.root)
}

struct Tree {
    target: Target,
    /// The lines of the last plain scalar, folded.
    plain: Vec<u8>,
    parts: Parts<Text, Value>,
}

impl Tree {
    fn scalar(&self, value: &Scalar<'_>) -> Option<Value> {
        Some(match value {
            Scalar::Nothing => Value::Null,
            Scalar::Plain(text) | Scalar::Commented(text) => return plain(text, self.target),
            Scalar::Quoted(text) => Value::String(Text::from(*text)),
            Scalar::Escaped(text, quote) => Value::String(unescaped(text, *quote)?),
            Scalar::Flow(text) => return self.flow(text),
            Scalar::Block(block) => Value::String(literal(block)?),
            Scalar::Header(_) | Scalar::Unclosed(_) => return None,
        })
    }

    fn flow(&self, text: &[u8]) -> Option<Value> {
        let mut entries = Vec::new();
        let mut list = Vec::new();
        flow::items(&mut cursor::Cursor::new(text), 0, &mut |key, value| {
            let value = self.scalar(&value)?;
            match key {
                Some(key) => entries.push((name(&key)?, value)),
                None => list.push(value),
            }
            Some(())
        })?;
        Some(if text.starts_with(b"{") { Value::Map(Arc::new(Map::from(entries))) } else { Value::List(list.into()) })
    }
}

impl<'a> Builder<'a> for Tree {
    fn open(&mut self, collection: Collection) -> Option<()> {
        self.parts.open(collection);
        Some(())
    }

    fn close(&mut self) {
        let value = match self.parts.end() {
            Some(Ended::Mapping(entries)) => Value::Map(Arc::new(entries.collect())),
            Some(Ended::Sequence(items)) => Value::List(items.collect()),
            None => return,
        };
        *self.parts.place() = value;
    }

    fn key(&mut self, key: &Scalar<'a>) -> Option<()> {
        self.parts.key(name(key)?, Value::Null);
        Some(())
    }

    fn item(&mut self) {
        self.parts.item(Value::Null);
    }

    fn value(&mut self, value: &Scalar<'a>) -> Option<()> {
        if let Scalar::Plain(text) = value {
            self.plain.clear();
            self.plain.extend_from_slice(text);
        }
        if !matches!(value, Scalar::Nothing) {
            *self.parts.place() = self.scalar(value)?;
        }
        Some(())
    }

    fn more(&mut self, line: &'a [u8], blank_lines: usize) -> Option<()> {
        fold(&mut self.plain, line, blank_lines);
        // Whatever its first line looked like, no number and no word of YAML has a blank in it.
        *self.parts.place() = Value::String(self.plain.as_slice().into());
        Some(())
    }
}

/// A key that is a string.
fn name(key: &Scalar<'_>) -> Option<Text> {
    match key {
        Scalar::Plain(text) | Scalar::Commented(text) => {
            (resolve::plain(text, Library::V2) == resolve::Scalar::String).then(|| Text::from(*text))
        }
        Scalar::Quoted(text) => Some(Text::from(*text)),
        _ => None,
    }
}

fn plain(text: &[u8], target: Target) -> Option<Value> {
    match resolve::plain(text, Library::V2) {
        resolve::Scalar::String => Some(Value::String(Text::from(text))),
        scalar => convert::through_json(decode::scalar_v2(scalar, &Text::from(text)), target).ok(),
    }
}

/// The text between quotes, with the usual escapes resolved.
pub(super) fn unescaped(text: &[u8], quote: Quote) -> Option<Text> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match (quote, rest) {
            (_, []) => return Some(plain.into()),
            (Quote::Single, [b'\'', b'\'', after @ ..]) => {
                plain.push(b'\'');
                after
            }
            (Quote::Double, [b'\\', escaped, after @ ..]) => {
                plain.push(match escaped {
                    b'"' | b'\\' => *escaped,
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    _ => return None,
                });
                after
            }
            (_, [byte, after @ ..]) => {
                plain.push(*byte);
                after
            }
        };
    }
}

/// The text of a literal block scalar. Folding is the parser's, and so is a text of blanks or one that breaks off.
pub(super) fn literal(block: &Block<'_>) -> Option<Text> {
    if block.style != b'|' || block.indent == 0 || !block.text.ends_with(b"\n") {
        return None;
    }
    let mut text = Vec::with_capacity(block.text.len());
    let mut written = 0;
    for line in block.text.split_inclusive(|&byte| byte == b'\n') {
        let line = line.get(block.indent..).unwrap_or(b"\n");
        text.extend_from_slice(if line.is_empty() { b"\n" } else { line });
        if line != b"\n" && !line.is_empty() {
            written = text.len();
        }
    }
    match block.chomping {
        Some(b'-') => text.truncate(written.saturating_sub(1)),
        Some(_) => {}
        None => text.truncate(written),
    }
    Some(text.into())
}
