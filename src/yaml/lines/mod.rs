//! Ordinary documents, read line by line: no tokens, no events, no tree of nodes.
//!
//! Ordinary are block mappings and sequences whose keys and scalars stand on one line each, block scalars, and flow
//! collections of words. Every line is checked against the open collections, so that whatever passes here is what the parser
//! accepts, with the same meaning; at the first thing that is not surely ordinary the answer is `None`, and the parser is
//! asked. It must never be wrong: `tests.rs` holds it against the parser. What becomes of the parts is a [`Builder`]'s matter.

mod cursor;
mod flow;
mod line;
mod nodes;
mod parts;
mod skim;
mod tree;

pub(super) use line::Scalar;
pub(super) use nodes::node;
pub(super) use tree::value;

use cursor::{Cursor, is_document_marker};
use line::Content;
use skim::{After, Entry};

/// Deeper documents are left to the parser and its bounds.
const MAX_LEVELS: usize = 64;
/// Most documents are no deeper.
const USUAL_LEVELS: usize = 12;

/// The two kinds of collections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Collection {
    Mapping,
    Sequence,
}

/// What is made of a document. Whatever answers `None` hands the document to the parser.
pub(super) trait Builder<'a> {
    /// An entry of the innermost mapping, if nothing of it is wanted: then it counts as taken.
    fn pass_over(&mut self) -> bool {
        false
    }

    /// What comes next begins at this place of the document.
    fn at(&mut self, _place: usize) {}

    /// A collection begins where a value is wanted.
    fn open(&mut self, collection: Collection) -> Option<()>;
    /// The innermost collection ends.
    fn close(&mut self);
    /// An entry of the innermost mapping begins.
    fn key(&mut self, key: &Scalar<'a>) -> Option<()>;
    /// An item of the innermost sequence begins.
    fn item(&mut self);
    /// What the last entry or item says. Behind `Nothing` a collection or another scalar may follow.
    fn value(&mut self, value: &Scalar<'a>) -> Option<()>;
    /// The plain scalar that came last goes on in another line, behind this many blank ones.
    fn more(&mut self, line: &'a [u8], blank_lines: usize) -> Option<()>;
}

/// Reads a document, if every line of it is ordinary.
pub(super) fn read<'a>(document: &'a [u8], builder: &mut impl Builder<'a>) -> Option<()> {
    if !line::has_only_ordinary_characters(document) {
        return None;
    }
    let (cursor, levels) = (Cursor::new(document), Vec::with_capacity(USUAL_LEVELS));
    let mut reader = Reader { cursor, levels, empty: false, plain_goes_on: false, blank_lines: 0, builder };
    reader.lines()?;
    while reader.levels.pop().is_some() {
        reader.builder.close();
    }
    Some(())
}

struct Level {
    collection: Collection,
    column: usize,
}

/// The collections that are open at a line.
struct Reader<'a, 'b, B> {
    cursor: Cursor<'a>,
    levels: Vec<Level>,
    /// Whether the last key or dash has no value yet.
    empty: bool,
    /// Whether the last scalar is plain and may go on.
    plain_goes_on: bool,
    /// How many lines with nothing on them came last.
    blank_lines: usize,
    builder: &'b mut B,
}

impl<'a, B: Builder<'a>> Reader<'a, '_, B> {
    fn lines(&mut self) -> Option<()> {
        loop {
            let column = self.cursor.skip_blanks();
            match self.cursor.peek() {
                None => return Some(()),
                Some(b'\n') => self.blank_lines += 1,
                Some(b'#') => {
                    self.plain_goes_on = false;
                    self.cursor.skip_line();
                }
                Some(b'\t') => return None,
                Some(_) => {
                    self.line(column)?;
                    self.blank_lines = 0;
                }
            }
            self.cursor.next_line();
        }
    }

    /// Takes one line that begins at this column.
    fn line(&mut self, column: usize) -> Option<()> {
        // Most lines are one more entry of the innermost mapping, which no plain scalar before it can take in.
        let is_next_entry = !self.empty
            && self.levels.last().is_some_and(|level| level.column == column && level.collection == Collection::Mapping);
        if is_next_entry && let Some(entry) = skim::entry(self.cursor.rest()) {
            self.builder.at(self.cursor.at);
            return self.entry(entry);
        }
        if column == 0 && is_document_marker(self.cursor.rest()) {
            return None;
        }
        if self.plain_goes_on {
            self.plain_goes_on = false;
            if self.levels.last().is_some_and(|level| column > level.column) {
                let (text, goes_on) = line::plain_text(&mut self.cursor)?;
                self.plain_goes_on = goes_on;
                return self.builder.more(text, self.blank_lines);
            }
        }
        let mut column = column;
        let mut is_entry = self.cursor.is_entry();
        self.settle(column, is_entry)?;
        // `- - key: value` opens one collection after the other.
        while is_entry {
            self.builder.at(self.cursor.at);
            self.enter(Collection::Sequence, column)?;
            self.builder.item();
            self.empty = true;
            self.cursor.at += 1;
            column += 1 + self.cursor.skip_blanks();
            match self.cursor.peek() {
                None | Some(b'\n') => return Some(()),
                Some(b'#') => {
                    self.cursor.skip_line();
                    return Some(());
                }
                Some(b'\t') => return None,
                Some(_) => is_entry = self.cursor.is_entry(),
            }
        }
        self.builder.at(self.cursor.at);
        if !is_next_entry && let Some(entry) = skim::entry(self.cursor.rest()) {
            self.enter(Collection::Mapping, column)?;
            return self.entry(entry);
        }
        match line::content(&mut self.cursor)? {
            Content::Key(key) => {
                self.enter(Collection::Mapping, column)?;
                self.builder.key(&key)?;
                let value = line::value(&mut self.cursor)?;
                self.value(value)
            }
            // Whether it stands behind a dash or on a line of its own: if it went on, the next line would stand deeper.
            Content::Scalar(value) if self.empty => self.value(value),
            Content::Scalar(_) => None,
        }
    }

    /// Takes an entry of the innermost mapping that is complete on its line, which ends with it.
    fn entry(&mut self, entry: Entry) -> Option<()> {
        let rest = self.cursor.rest();
        self.cursor.at += entry.length;
        self.empty = entry.after == After::Nothing;
        self.plain_goes_on = entry.after == After::Plain;
        if self.builder.pass_over() {
            return Some(());
        }
        self.builder.key(&entry.key(rest))?;
        self.builder.value(&entry.value(rest))
    }

    /// Closes the collections that a line at this column ends, and sees that it can stand there.
    fn settle(&mut self, column: usize, is_entry: bool) -> Option<()> {
        let Some(last) = self.levels.last() else { return Some(()) };
        if self.empty && (column > last.column || column == last.column && is_entry && last.collection == Collection::Mapping) {
            return Some(());
        }
        self.empty = false;
        while self.levels.last()?.column > column {
            self.pop();
        }
        // A sequence flush with its key ends where the next key stands.
        let wanted = if is_entry { Collection::Sequence } else { Collection::Mapping };
        if self.levels.last()?.collection == Collection::Sequence && !is_entry {
            self.pop();
        }
        let level = self.levels.last()?;
        (level.column == column && level.collection == wanted).then_some(())
    }

    fn pop(&mut self) {
        self.levels.pop();
        self.builder.close();
    }

    /// Makes sure that the innermost collection is of this kind and at this column, opening it if a value is wanted.
    fn enter(&mut self, collection: Collection, column: usize) -> Option<()> {
        let is_open =
            !self.empty && self.levels.last().is_some_and(|level| level.column == column && level.collection == collection);
        if !is_open {
            if self.levels.len() >= MAX_LEVELS {
                return None;
            }
            self.builder.open(collection)?;
            self.levels.push(Level { collection, column });
        }
        self.empty = false;
        Some(())
    }

    fn value(&mut self, value: Scalar<'a>) -> Option<()> {
        self.empty = matches!(value, Scalar::Nothing);
        self.plain_goes_on = matches!(value, Scalar::Plain(_));
        match value {
            Scalar::Header(mut block) => {
                (block.text, block.indent) = self.cursor.block_scalar(self.levels.last()?.column)?;
                self.builder.value(&Scalar::Block(block))
            }
            Scalar::Unclosed(quote) => {
                self.builder.value(&value)?;
                self.cursor.skip_quoted_lines(quote)
            }
            value => self.builder.value(&value),
        }
    }
}
