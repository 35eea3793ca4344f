//! The head of an ordinary document, line by line and without a tree.
//!
//! Ordinary are block mappings and sequences whose keys and scalars stand on one line each, block scalars, and flow
//! collections of words. Every line is checked against the open collections, so that whatever passes here is what the parser
//! accepts, with the same head; at the first thing that is not surely ordinary the answer is `None`. It must never be wrong:
//! `tests.rs` holds it against the parser.

mod line;

use memchr::memchr;

use super::Head;
use crate::yaml::Text;
use line::{Content, End, Quote, Scalar};

/// Deeper documents are left to the parser and its bounds.
const MAX_LEVELS: usize = 64;

/// Reads the head of a document, if every line of it is ordinary.
pub(in crate::yaml) fn head(document: &[u8]) -> Option<Head> {
    if !line::has_only_ordinary_characters(document) {
        return None;
    }
    let mut lines = Lines { rest: document };
    let mut open = Open::default();
    while let Some(line) = lines.next() {
        let indent = line.iter().take_while(|&&byte| byte == b' ').count();
        match line.get(indent) {
            None => {}
            Some(b'#') => open.plain = Plain::Ended,
            Some(b'\t') => return None,
            Some(_) => open.line(line, indent, &mut lines)?,
        }
    }
    open.finish()
}

/// The lines of a document that are still to be read.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        Some(line)
    }
}

impl Lines<'_> {
    /// Passes over the rest of a quoted scalar, which may stand at any column.
    fn skip_quoted_scalar(&mut self, quote: Quote) -> Option<()> {
        for line in self {
            if is_document_marker(line) {
                return None;
            }
            if let End::Here(length) = line::closing_quote(line, quote)? {
                return line::ends(&line[length..]).then_some(());
            }
        }
        None
    }

    /// Passes over the text of a block scalar that stands in a collection at this column.
    fn skip_block_scalar(&mut self, column: usize) -> Option<()> {
        let mut indent = None;
        let mut widest_blank = 0;
        loop {
            let mut ahead = Lines { rest: self.rest };
            let Some(line) = ahead.next() else { return Some(()) };
            let blanks = line.iter().take_while(|&&byte| byte == b' ').count();
            if blanks == line.len() {
                widest_blank = widest_blank.max(if indent.is_none() { blanks } else { 0 });
                self.rest = ahead.rest;
                continue;
            }
            if line[blanks] == b'\t' && indent.is_none_or(|indent| blanks < indent) {
                return None;
            }
            let text_indent = match indent {
                Some(indent) => indent,
                // A blank line wider than the first one with text would be the measure, too: not ordinary.
                None if blanks > column && widest_blank <= blanks => *indent.insert(blanks),
                None if blanks <= column => return Some(()),
                None => return None,
            };
            if blanks < text_indent {
                return (blanks <= column || line[blanks] == b'#').then_some(());
            }
            self.rest = ahead.rest;
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Collection {
    Mapping,
    Sequence,
}

struct Level {
    collection: Collection,
    column: usize,
}

/// Which part of the head the lines at hand belong to.
#[derive(Clone, Copy, Default, PartialEq)]
enum Place {
    /// None of it.
    #[default]
    Elsewhere,
    /// The value of `metadata`.
    Metadata,
    /// The value of `metadata.annotations`.
    Annotations,
}

/// Whether the last scalar is plain and may go on.
#[derive(Clone, Copy, Default, PartialEq)]
enum Plain {
    #[default]
    Ended,
    Continues,
    /// It belongs to the head, which needs it whole.
    Kept,
}

/// The collections that are open at a line, and what is known of the head.
#[derive(Default)]
struct Open {
    levels: Vec<Level>,
    /// Whether the last key or dash has no value yet.
    empty: bool,
    plain: Plain,
    head: Head,
    place: Place,
}

fn is_document_marker(line: &[u8]) -> bool {
    line.starts_with(b"---") || line.starts_with(b"...")
}

impl Open {
    /// Takes one line that begins at this column.
    fn line(&mut self, line: &[u8], column: usize, lines: &mut Lines<'_>) -> Option<()> {
        if column == 0 && is_document_marker(line) {
            return None;
        }
        if self.plain != Plain::Ended && self.levels.last().is_some_and(|level| column > level.column) {
            let goes_on = line::continues_plain(&line[column..])?;
            let is_kept = self.plain == Plain::Kept;
            self.plain = if goes_on { Plain::Continues } else { Plain::Ended };
            return (!is_kept).then_some(());
        }
        self.plain = Plain::Ended;
        let is_entry = line::is_entry(&line[column..]);
        self.settle(column, is_entry)?;
        let mut at = column;
        // `- - key: value` opens one collection after the other.
        while line::is_entry(&line[at..]) {
            self.enter(Collection::Sequence, at)?;
            let blanks = line[at + 1..].iter().take_while(|&&byte| byte == b' ').count();
            at += 1 + blanks;
            self.empty = true;
            if at >= line.len() || line[at] == b'#' {
                return Some(());
            }
            if line[at] == b'\t' {
                return None;
            }
        }
        match line::content(&line[at..])? {
            Content::Entry { key, value } => {
                self.enter(Collection::Mapping, at)?;
                self.entry(&key, &value)?;
                self.value(&value, lines)
            }
            // Whether it stands behind a dash or on a line of its own: if it went on, the next line would stand deeper.
            Content::Scalar(value) if self.empty && !self.wants_mapping() => self.value(&value, lines),
            Content::Scalar(_) => None,
        }
    }

    /// Closes the collections that a line at this column ends, and sees that it can stand there.
    fn settle(&mut self, column: usize, is_entry: bool) -> Option<()> {
        let Some(last) = self.levels.last() else { return Some(()) };
        if self.empty && (column > last.column || column == last.column && is_entry && last.collection == Collection::Mapping) {
            return Some(());
        }
        self.empty = false;
        while self.levels.last()?.column > column {
            self.levels.pop();
        }
        // A sequence flush with its key ends where the next key stands.
        let wanted = if is_entry { Collection::Sequence } else { Collection::Mapping };
        if self.levels.last()?.collection == Collection::Sequence && !is_entry {
            self.levels.pop();
        }
        let level = self.levels.last()?;
        (level.column == column && level.collection == wanted).then_some(())
    }

    /// Makes sure that the innermost collection is of this kind and at this column, opening it if a value is wanted.
    fn enter(&mut self, collection: Collection, column: usize) -> Option<()> {
        let is_open =
            !self.empty && self.levels.last().is_some_and(|level| level.column == column && level.collection == collection);
        if !is_open {
            let mistyped = collection == Collection::Sequence && self.wants_mapping();
            if mistyped || self.levels.len() >= MAX_LEVELS {
                return None;
            }
            self.levels.push(Level { collection, column });
        }
        self.empty = false;
        Some(())
    }

    /// Whether Helm refuses anything but a mapping as the next value.
    fn wants_mapping(&self) -> bool {
        matches!((self.levels.len(), self.place), (0, _) | (1, Place::Metadata) | (2, Place::Annotations))
    }

    fn value(&mut self, value: &Scalar<'_>, lines: &mut Lines<'_>) -> Option<()> {
        self.empty = *value == Scalar::Nothing;
        match value {
            Scalar::Block => lines.skip_block_scalar(self.levels.last()?.column),
            Scalar::Open(quote) => lines.skip_quoted_scalar(*quote),
            Scalar::Plain(_) if self.plain == Plain::Ended => {
                self.plain = Plain::Continues;
                Some(())
            }
            _ => Some(()),
        }
    }

    /// Keeps what belongs to the head.
    fn entry(&mut self, key: &Scalar<'_>, value: &Scalar<'_>) -> Option<()> {
        let depth = self.levels.len();
        if depth > 3 || self.levels.iter().any(|level| level.collection == Collection::Sequence) {
            return Some(());
        }
        if depth == 3 && self.place == Place::Annotations {
            self.head.annotations.push((key.text()?, value.text()?));
            self.plain = Plain::Kept;
            return Some(());
        }
        if depth == 3 || depth == 2 && self.place == Place::Elsewhere {
            return Some(());
        }
        // Go takes fields by their names in any case and any order; only the usual spelling is ordinary.
        let name = key.bytes()?;
        if !name.is_ascii() {
            return None;
        }
        if depth == 1 { self.field(name, value) } else { self.metadata_field(name, value) }
    }

    fn field(&mut self, name: &[u8], value: &Scalar<'_>) -> Option<()> {
        self.place = Place::Elsewhere;
        match name {
            b"apiVersion" => self.keep(value, |head| &mut head.api_version),
            b"kind" => self.keep(value, |head| &mut head.kind),
            b"metadata" => {
                self.place = Place::Metadata;
                let is_first = self.head.name.is_empty() && self.head.annotations.is_empty();
                (is_first && *value == Scalar::Nothing).then_some(())
            }
            _ => {
                let is_other = [&b"apiVersion"[..], b"kind", b"metadata"].iter().all(|field| !field.eq_ignore_ascii_case(name));
                is_other.then_some(())
            }
        }
    }

    fn metadata_field(&mut self, name: &[u8], value: &Scalar<'_>) -> Option<()> {
        self.place = Place::Metadata;
        match name {
            b"name" => self.keep(value, |head| &mut head.name),
            b"annotations" => {
                self.place = Place::Annotations;
                (self.head.annotations.is_empty() && *value == Scalar::Nothing).then_some(())
            }
            _ => (!name.eq_ignore_ascii_case(b"name") && !name.eq_ignore_ascii_case(b"annotations")).then_some(()),
        }
    }

    /// Fills a field of the head that must not have been filled before.
    fn keep(&mut self, value: &Scalar<'_>, field: fn(&mut Head) -> &mut Text) -> Option<()> {
        let field = field(&mut self.head);
        if !field.is_empty() {
            return None;
        }
        *field = value.text()?;
        self.plain = Plain::Kept;
        Some(())
    }

    fn finish(mut self) -> Option<Head> {
        self.head.annotations.sort();
        let is_unique = self.head.annotations.windows(2).all(|pair| pair[0].0 != pair[1].0);
        is_unique.then_some(self.head)
    }
}
