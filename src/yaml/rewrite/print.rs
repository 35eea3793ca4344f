//! From nodes to text: go-yaml v3's emitter with two columns of indentation and nothing folded, comments at their places.
//!
//! Comments wait in the printer from the part that brings them to the next place where their side may be written, as in go-yaml:
//! so one that a part cannot place goes to the next.

use super::{Comments, Content, Document, Node};
use crate::yaml::analyse::{analyse, is_flow_plain};
use crate::yaml::emit::{Emitter, Position};
use crate::yaml::node::ScalarStyle;
use crate::yaml::rules::Library;
use crate::yaml::{Error, Text};

/// The longest key that stands on the line of its colon.
const MAX_SIMPLE_KEY: usize = 128;

/// How much go-yaml v3 writes on whose behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Lists stand below their keys, indented: go-yaml's own way.
    Indented,
    /// Lists are flush with their keys, and a text that begins with an empty line keeps it: kustomize's library, with a newer
    /// go-yaml.
    Flush,
}

/// Prints documents, with `---` between them.
///
/// # Errors
/// A text that is not UTF-8.
pub fn print<'a>(documents: impl IntoIterator<Item = &'a Document>, layout: Layout) -> Result<String, Error> {
    let mut printer = Printer { emitter: Emitter::new(Library::V3), layout, flow_level: 0, waiting: Waiting::default() };
    for (index, document) in documents.into_iter().enumerate() {
        printer.document(document, index == 0)?;
    }
    Ok(printer.emitter.into_text())
}

/// Comments that are still to be written.
#[derive(Default)]
struct Waiting {
    head: Vec<u8>,
    line: Vec<u8>,
    foot: Vec<u8>,
    /// The foot of the entry before, which stands above the head of this one.
    tail: Vec<u8>,
    /// The line comment of a key.
    key_line: Vec<u8>,
}

struct Printer {
    emitter: Emitter,
    layout: Layout,
    flow_level: usize,
    waiting: Waiting,
}

fn put(place: &mut Vec<u8>, comment: &[u8]) {
    if !comment.is_empty() {
        *place = comment.to_vec();
    }
}

impl Printer {
    fn document(&mut self, document: &Document, is_first: bool) -> Result<(), Error> {
        put(&mut self.waiting.head, &document.head);
        if !is_first {
            self.emitter.write_indent();
            self.emitter.write_indicator("---", true, false);
            self.emitter.write_indent();
        }
        if !self.waiting.head.is_empty() {
            self.write_head();
            self.emitter.put_break();
        }
        self.load(&document.root, &[], true);
        self.write_head();
        self.begin(&document.root, Position::Value)?;
        self.write_line();
        self.write_foot();
        self.rest(&document.root)?;
        put(&mut self.waiting.foot, &document.foot);
        self.emitter.foot_indent = Some(0);
        self.write_foot();
        self.emitter.foot_indent = None;
        self.emitter.write_indent();
        Ok(())
    }

    /// Takes up the comments that stand at the beginning of a node; a collection has only its head there.
    fn load(&mut self, node: &Node, tail: &[u8], with_foot: bool) {
        let Comments { head, line, foot } = &node.comments;
        put(&mut self.waiting.head, head);
        if matches!(node.content, Content::Scalar { .. } | Content::Alias(_)) {
            put(&mut self.waiting.line, line);
            put(&mut self.waiting.foot, if with_foot { foot } else { &[] });
        }
        if !matches!(node.content, Content::Sequence { .. } | Content::Alias(_)) {
            put(&mut self.waiting.tail, tail);
        }
    }

    fn has_comment_behind(&self) -> bool {
        let Waiting { line, foot, tail, .. } = &self.waiting;
        !(line.is_empty() && foot.is_empty() && tail.is_empty())
    }

    /// Writes a scalar, or what stands before a collection.
    fn begin(&mut self, node: &Node, position: Position) -> Result<(), Error> {
        if let Content::Alias(name) = &node.content {
            self.emitter.write_indicator(&format!("*{}", text(name)?), true, false);
            return Ok(());
        }
        if let Some(anchor) = &node.anchor {
            self.emitter.write_indicator(&format!("&{}", text(anchor)?), true, false);
        }
        if let Some(tag) = &node.tag {
            let tag = text(tag)?;
            let short = tag.strip_prefix("tag:yaml.org,2002:").map(|name| format!("!!{name}"));
            let shown = short.unwrap_or_else(|| if tag.starts_with('!') { tag.to_owned() } else { format!("!<{tag}>") });
            self.emitter.write_indicator(&shown, true, false);
        }
        if let Content::Scalar { text: value, style } = &node.content {
            self.scalar(text(value)?, *style, position);
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, position: Position) {
        let is_key = position == Position::SimpleKey;
        let analysis = analyse(text, Library::V3);
        let mut style = if style == ScalarStyle::Plain && text.contains('\n') { ScalarStyle::Literal } else { style };
        if is_key && analysis.multiline {
            style = ScalarStyle::DoubleQuoted;
        }
        let in_flow = self.flow_level > 0;
        if style == ScalarStyle::Plain {
            let is_allowed = analysis.plain && (!in_flow || is_flow_plain(text));
            if !is_allowed || text.is_empty() && (in_flow || is_key) {
                style = ScalarStyle::SingleQuoted;
            }
        }
        if style == ScalarStyle::SingleQuoted && !analysis.single_quoted {
            style = ScalarStyle::DoubleQuoted;
        }
        if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) && (!analysis.block || in_flow || is_key) {
            style = ScalarStyle::DoubleQuoted;
        }
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.block_scalar(text, style),
            _ => self.emitter.write_scalar(text, style, position),
        }
    }

    fn block_scalar(&mut self, text: &str, style: ScalarStyle) {
        let is_folded = style == ScalarStyle::Folded;
        let outer = self.indent_scalar();
        self.emitter.begin_block(if is_folded { ">" } else { "|" }, text);
        if self.layout == Layout::Flush && self.waiting.line.is_empty() {
            self.emitter.put_break();
        }
        self.write_line();
        if is_folded {
            self.emitter.write_folded_lines(text);
        } else {
            self.emitter.write_block_lines(text);
        }
        self.emitter.indent = outer;
    }

    fn indent_scalar(&mut self) -> Option<usize> {
        let outer = self.emitter.indent;
        self.emitter.indent = Some(outer.map_or(2, |indent| indent + 2));
        outer
    }

    /// Writes the parts of a collection, which may be the value of a key on the same line.
    fn rest_of_entry(&mut self, node: &Node, is_value: bool) -> Result<(), Error> {
        match &node.content {
            Content::Sequence { items, flow } if *flow || items.is_empty() || self.flow_level > 0 => {
                self.flow_sequence(items, &node.comments)
            }
            Content::Sequence { items, .. } => {
                let is_flush = is_value && self.layout == Layout::Flush;
                let outer = if is_flush { self.emitter.indent } else { self.indent_block() };
                self.block_sequence(items, &node.comments)?;
                self.emitter.indent = outer;
                Ok(())
            }
            Content::Mapping { entries, flow } if *flow || entries.is_empty() || self.flow_level > 0 => {
                self.flow_mapping(entries, &node.comments)
            }
            Content::Mapping { entries, .. } => self.block_mapping(entries, &node.comments),
            Content::Scalar { .. } | Content::Alias(_) => Ok(()),
        }
    }

    fn rest(&mut self, node: &Node) -> Result<(), Error> {
        self.rest_of_entry(node, false)
    }

    fn indent_block(&mut self) -> Option<usize> {
        let outer = self.emitter.indent;
        self.emitter.indent = Some(outer.map_or(0, |indent| indent + 2));
        outer
    }

    fn block_sequence(&mut self, items: &[Node], comments: &Comments) -> Result<(), Error> {
        for item in items {
            self.load(item, &[], true);
            self.write_head();
            self.emitter.write_indent();
            self.emitter.write_indicator("-", true, true);
            self.begin(item, Position::Value)?;
            self.write_line();
            self.write_foot();
            self.rest(item)?;
        }
        self.load_end(comments, &[]);
        Ok(())
    }

    fn load_end(&mut self, comments: &Comments, tail: &[u8]) {
        put(&mut self.waiting.line, &comments.line);
        put(&mut self.waiting.foot, &comments.foot);
        put(&mut self.waiting.tail, tail);
    }

    fn block_mapping(&mut self, entries: &[(Node, Node)], comments: &Comments) -> Result<(), Error> {
        let outer = self.indent_block();
        let mut tail: &[u8] = &[];
        for (key, value) in entries {
            self.load(key, tail, false);
            tail = &key.comments.foot;
            self.write_head();
            self.emitter.write_indent();
            if !self.waiting.line.is_empty() {
                self.waiting.key_line = std::mem::take(&mut self.waiting.line);
            }
            let is_simple = is_simple_key(key)?;
            if !is_simple {
                self.emitter.write_indicator("?", true, true);
            }
            self.begin(key, if is_simple { Position::SimpleKey } else { Position::Value })?;
            self.rest(key)?;
            self.load(value, &[], true);
            if is_simple {
                self.emitter.write_indicator(":", false, false);
            } else {
                self.emitter.write_indent();
                self.emitter.write_indicator(":", true, true);
            }
            self.place_key_comment(value);
            self.begin(value, Position::Value)?;
            self.write_line();
            self.write_foot();
            self.rest_of_entry(value, is_simple)?;
        }
        self.load_end(comments, tail);
        self.write_head();
        self.emitter.indent = outer;
        Ok(())
    }

    /// The comment on a key's line is its value's if that is a scalar, and comes before it if that is a block.
    fn place_key_comment(&mut self, value: &Node) {
        if self.waiting.key_line.is_empty() {
            return;
        }
        match &value.content {
            Content::Scalar { .. } if self.waiting.line.is_empty() => {
                self.waiting.line = std::mem::take(&mut self.waiting.key_line);
            }
            Content::Sequence { flow: false, .. } | Content::Mapping { flow: false, .. } => {
                let own = std::mem::replace(&mut self.waiting.line, std::mem::take(&mut self.waiting.key_line));
                self.write_line();
                self.waiting.line = own;
            }
            _ => {}
        }
    }

    fn open_flow(&mut self, bracket: &str) -> Option<usize> {
        self.emitter.open_bracket(bracket);
        self.flow_level += 1;
        let outer = self.emitter.indent;
        self.emitter.indent = Some(outer.map_or(2, |indent| indent + 2));
        outer
    }

    fn flow_sequence(&mut self, items: &[Node], comments: &Comments) -> Result<(), Error> {
        let outer = self.open_flow("[");
        let mut has_comma = true;
        for item in items {
            self.load(item, &[], true);
            if !has_comma {
                self.emitter.write_indicator(",", false, false);
            }
            self.write_head();
            self.indent_at_line_start();
            has_comma = self.has_comment_behind();
            self.begin(item, Position::Value)?;
            self.end_flow_item();
            self.rest(item)?;
        }
        self.load_end(comments, &[]);
        self.flow_level -= 1;
        self.emitter.indent = outer;
        self.indent_at_line_start();
        self.close_flow("]");
        Ok(())
    }

    fn indent_at_line_start(&mut self) {
        if self.emitter.is_at_line_start() {
            self.emitter.write_indent();
        }
    }

    /// A comma stands before the comment that follows an item.
    fn end_flow_item(&mut self) {
        if self.has_comment_behind() {
            self.emitter.write_indicator(",", false, false);
        }
        self.write_line();
        self.write_foot();
    }

    fn close_flow(&mut self, bracket: &str) {
        self.emitter.write_indicator(bracket, false, false);
        self.write_line();
        self.write_foot();
    }

    fn flow_mapping(&mut self, entries: &[(Node, Node)], comments: &Comments) -> Result<(), Error> {
        let outer = self.open_flow("{");
        let mut has_comma = true;
        let mut tail: &[u8] = &[];
        for (key, value) in entries {
            self.load(key, tail, false);
            tail = &key.comments.foot;
            if !has_comma {
                self.emitter.write_indicator(",", false, false);
            }
            self.write_head();
            self.indent_at_line_start();
            let is_simple = is_simple_key(key)?;
            if !is_simple {
                self.emitter.write_indicator("?", true, false);
            }
            self.begin(key, if is_simple { Position::SimpleKey } else { Position::Value })?;
            self.rest(key)?;
            self.load(value, &[], true);
            self.emitter.write_indicator(":", !is_simple, false);
            has_comma = self.has_comment_behind();
            self.begin(value, Position::Value)?;
            self.end_flow_item();
            self.rest(value)?;
        }
        self.load_end(comments, tail);
        let Waiting { head, foot, tail, .. } = &self.waiting;
        if !(has_comma || head.is_empty() && foot.is_empty() && tail.is_empty()) {
            self.emitter.write_indicator(",", false, false);
        }
        self.write_head();
        self.flow_level -= 1;
        self.emitter.indent = outer;
        self.close_flow("}");
        Ok(())
    }

    fn write_head(&mut self) {
        let tail = std::mem::take(&mut self.waiting.tail);
        if !tail.is_empty() {
            self.emitter.write_indent();
            self.comment(&tail);
            self.emitter.foot_indent = Some(self.emitter.indent.unwrap_or(0));
        }
        let head = std::mem::take(&mut self.waiting.head);
        if !head.is_empty() {
            self.emitter.write_indent();
            self.comment(&head);
        }
    }

    fn write_line(&mut self) {
        let line = std::mem::take(&mut self.waiting.line);
        if !line.is_empty() {
            self.emitter.put_blank();
            self.comment(&line);
        }
    }

    fn write_foot(&mut self) {
        let foot = std::mem::take(&mut self.waiting.foot);
        if !foot.is_empty() {
            self.emitter.write_indent();
            self.comment(&foot);
            self.emitter.foot_indent = Some(self.emitter.indent.unwrap_or(0));
        }
    }

    fn comment(&mut self, comment: &[u8]) {
        self.emitter.write_comment(&String::from_utf8_lossy(comment));
    }
}

fn text(text: &Text) -> Result<&str, Error> {
    text.as_str().ok_or_else(|| Error::Unsupported("yaml: cannot marshal invalid UTF-8 data as !!str".to_owned()))
}

/// Whether a key can stand on the line of its colon.
fn is_simple_key(key: &Node) -> Result<bool, Error> {
    let length = |text: &Option<Text>| text.as_ref().map_or(0, Text::len);
    let length = length(&key.anchor) + length(&key.tag);
    Ok(match &key.content {
        Content::Alias(name) => name.len() <= MAX_SIMPLE_KEY,
        Content::Scalar { text: value, .. } => {
            let value = text(value)?;
            !analyse(value, Library::V3).multiline && length + value.len() <= MAX_SIMPLE_KEY
        }
        Content::Sequence { items, .. } => items.is_empty() && length <= MAX_SIMPLE_KEY,
        Content::Mapping { entries, .. } => entries.is_empty() && length <= MAX_SIMPLE_KEY,
    })
}
