//! The parts of collections that are still open, whatever they are made of: a value is put where the last key or dash wants one.

use std::vec::Drain;

use super::Collection;

/// The parts of all open collections, the innermost last.
pub(super) struct Parts<K, V> {
    open: Vec<Open>,
    entries: Vec<(K, V)>,
    items: Vec<V>,
    /// What the document is, in the end.
    pub(super) root: V,
}

/// A collection: which it is, and where its parts begin among those of all open ones.
struct Open {
    collection: Collection,
    start: usize,
}

/// The parts of a collection that ends.
pub(super) enum Ended<'a, K, V> {
    Mapping(Drain<'a, (K, V)>),
    Sequence(Drain<'a, V>),
}

impl<K, V> Parts<K, V> {
    /// None yet; `root` stands where the document will.
    pub(super) fn new(root: V) -> Self {
        Self { open: Vec::new(), entries: Vec::new(), items: Vec::new(), root }
    }

    /// The place that the last key or dash opened.
    pub(super) fn place(&mut self) -> &mut V {
        let last = match self.open.last().map(|open| open.collection) {
            Some(Collection::Mapping) => self.entries.last_mut().map(|(_, value)| value),
            Some(Collection::Sequence) => self.items.last_mut(),
            None => None,
        };
        last.unwrap_or(&mut self.root)
    }

    pub(super) fn open(&mut self, collection: Collection) {
        let start = match collection {
            Collection::Mapping => self.entries.len(),
            Collection::Sequence => self.items.len(),
        };
        self.open.push(Open { collection, start });
    }

    /// Ends the innermost collection.
    pub(super) fn end(&mut self) -> Option<Ended<'_, K, V>> {
        let Open { collection, start } = self.open.pop()?;
        Some(match collection {
            Collection::Mapping => Ended::Mapping(self.entries.drain(start..)),
            Collection::Sequence => Ended::Sequence(self.items.drain(start..)),
        })
    }

    /// An entry of the innermost mapping, with what stands in the place of its value for now.
    pub(super) fn key(&mut self, key: K, value: V) {
        self.entries.push((key, value));
    }

    /// An item of the innermost sequence, as well.
    pub(super) fn item(&mut self, value: V) {
        self.items.push(value);
    }
}

/// Another line of a plain scalar, behind so many blank ones.
pub(super) fn fold(plain: &mut Vec<u8>, line: &[u8], blank_lines: usize) {
    match blank_lines {
        0 => plain.push(b' '),
        breaks => plain.extend(std::iter::repeat_n(b'\n', breaks)),
    }
    plain.extend_from_slice(line);
}
