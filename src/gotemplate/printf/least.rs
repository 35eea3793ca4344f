//! How many bytes a value takes at least when it is printed, without printing it.
//!
//! Lists and maps are shared handles, so a value of a few kilobytes may print as terabytes: each handle is looked into once.
//! It is a lower bound, not a length: objects and what nobody has touched yet count as little as they may come to.

use rustc_hash::FxHashMap;

use super::printer::MOST_DEPTH;
use crate::gotemplate::value::Value;

/// What is known of handles that were looked into.
pub(super) struct Least {
    known: FxHashMap<usize, usize>,
    /// Whether a precision may leave nothing of what is no collection.
    cuts: bool,
}

impl Least {
    /// A measure of values that are printed with a precision or without.
    pub(super) fn new(cuts: bool) -> Self {
        Self { known: FxHashMap::default(), cuts }
    }

    /// The bytes that `value` takes at least.
    pub(super) fn of(&mut self, value: &Value, depth: usize) -> usize {
        let (handle, brackets) = match value {
            Value::List(list) => (list.identity(), 2),
            Value::Map(map) => (map.identity().0, 2),
            Value::Bytes(bytes) => return if self.cuts { 0 } else { bytes.len() },
            Value::String(text) => return if self.cuts { 0 } else { text.len() },
            Value::Object(_) => return 0,
            _ => return usize::from(!self.cuts),
        };
        if depth > MOST_DEPTH {
            return 0;
        }
        if let Some(&known) = self.known.get(&handle) {
            return known;
        }
        // A value that contains itself meets this again, and is another error.
        self.known.insert(handle, 0);
        let mut sum: usize = brackets;
        let mut add = |item: &Value| sum = sum.saturating_add(self.of(item, depth + 1));
        match value {
            Value::List(list) => list.visit(&mut add),
            Value::Map(map) => map.visit(&mut add),
            _ => {}
        }
        self.known.insert(handle, sum);
        sum
    }
}
