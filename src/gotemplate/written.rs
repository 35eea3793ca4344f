//! What included templates wrote, so that including one again with the same data costs nothing.
//!
//! Charts include the same names and labels at every corner. A template sees nothing but its data, so the same template on the
//! same map writes the same text, unless something shared was changed since or it read what does not last
//! (`value/repeat.rs` knows). Only maps are remembered: they alone have an identity that comes again.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::set::Template;
use super::value::{Map, Moment};
use crate::yaml::Text;

/// Beyond this many bytes nothing more is kept.
const MOST_BYTES: usize = 16 << 20;
/// What an entry takes besides its text, at least.
const ENTRY_BYTES: usize = 256;

/// The texts of one run.
#[derive(Default)]
pub(super) struct Written {
    /// How many changes there had been when these texts were written: after another one none of them counts.
    changes: u64,
    texts: FxHashMap<Key, Entry>,
    bytes: usize,
}

/// Where in memory a template and a map handle are, which holds as long as the entry holds both.
type Key = (usize, (usize, usize));

struct Entry {
    text: Text,
    /// How many includes were around it: further inside it could have met the bound on them.
    depth: usize,
    _held: (Arc<Template>, Map),
}

impl Written {
    /// What the template wrote for this map.
    pub(super) fn recall(&self, template: &Arc<Template>, data: &Map, depth: usize, now: Moment) -> Option<Text> {
        if self.changes != now.changes {
            return None;
        }
        self.texts.get(&key(template, data)).filter(|entry| depth <= entry.depth).map(|entry| entry.text.clone())
    }

    /// Remembers what the template wrote for this map.
    pub(super) fn keep(&mut self, held: (Arc<Template>, Map), depth: usize, (text, now): (Text, Moment)) {
        if self.changes != now.changes {
            *self = Self { changes: now.changes, ..Self::default() };
        }
        self.bytes += text.len() + ENTRY_BYTES;
        if self.bytes <= MOST_BYTES {
            self.texts.insert(key(&held.0, &held.1), Entry { text, depth, _held: held });
        }
    }
}

fn key(template: &Arc<Template>, data: &Map) -> Key {
    (Arc::as_ptr(template).addr(), data.identity())
}
