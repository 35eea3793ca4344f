//! What included templates wrote and pure functions made of maps, so that doing it again with the same data costs nothing.
//!
//! Charts include the same names and labels at every corner, and print the same parts of their values. A template sees nothing
//! but its data, so the same template on the same map writes the same text, unless something shared was changed since or it
//! read what does not last (`value/repeat.rs` knows). Only maps are remembered: they alone have an identity that comes again.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::set::Template;
use super::value::{Map, Moment};
use crate::yaml::Text;

/// Beyond this many bytes nothing more is kept.
const MOST_BYTES: usize = 16 << 20;
/// What an entry takes besides its text, at least.
const ENTRY_BYTES: usize = 256;
/// Most runs have no more entries.
const USUAL: usize = 24;

/// The texts of one run.
#[derive(Default)]
pub(super) struct Written {
    /// How many changes there had been when these texts were written: after another one none of them counts.
    changes: u64,
    texts: FxHashMap<Key, Entry>,
    bytes: usize,
}

/// Who wrote, and for which map: where in memory a template and a map handle are, which holds as long as the entry holds both.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Template(usize, (usize, usize)),
    Function(&'static str, (usize, usize)),
}

struct Entry {
    text: Text,
    /// How many includes were around it: further inside it could have met the bound on them.
    depth: usize,
    _held: (Option<Arc<Template>>, Map),
}

impl Written {
    /// What the template wrote for this map.
    pub(super) fn recall(&self, template: &Arc<Template>, data: &Map, depth: usize, now: Moment) -> Option<Text> {
        self.entry(&by_template(template, data), now).filter(|entry| depth <= entry.depth).map(|entry| entry.text.clone())
    }

    /// Remembers what the template wrote for this map.
    pub(super) fn keep(&mut self, held: (Arc<Template>, Map), depth: usize, written: (Text, Moment)) {
        let (template, map) = held;
        self.add(by_template(&template, &map), (Some(template), map), depth, written);
    }

    /// What the function made of this map.
    pub(super) fn recall_made(&self, function: &'static str, data: &Map, now: Moment) -> Option<Text> {
        self.entry(&Key::Function(function, data.identity()), now).map(|entry| entry.text.clone())
    }

    /// Remembers what the function made of this map.
    pub(super) fn keep_made(&mut self, function: &'static str, data: Map, written: (Text, Moment)) {
        self.add(Key::Function(function, data.identity()), (None, data), usize::MAX, written);
    }

    fn entry(&self, key: &Key, now: Moment) -> Option<&Entry> {
        if self.changes == now.changes { self.texts.get(key) } else { None }
    }

    fn add(&mut self, key: Key, held: (Option<Arc<Template>>, Map), depth: usize, (text, now): (Text, Moment)) {
        if self.changes != now.changes {
            *self = Self { changes: now.changes, ..Self::default() };
        }
        self.bytes += text.len() + ENTRY_BYTES;
        if self.bytes <= MOST_BYTES {
            if self.texts.is_empty() {
                self.texts.reserve(USUAL);
            }
            self.texts.insert(key, Entry { text, depth, _held: held });
        }
    }
}

fn by_template(template: &Arc<Template>, data: &Map) -> Key {
    Key::Template(Arc::as_ptr(template).addr(), data.identity())
}
