//! What an owned map holds: keys in byte order with their values.
//!
//! Nearly all maps of templates are small, and are looked into far more often than changed. So a sorted list serves until
//! a map grows, and then a tree.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use super::Value;
use crate::yaml::Text;

/// From this many entries on a map is a tree: putting one more into a list would move too many.
const MANY: usize = 64;
/// Up to this many keys are compared one by one, which costs less than halving.
const ROW: usize = 12;

#[derive(Clone)]
pub(super) enum Entries {
    Few(Vec<(Text, Value)>),
    Many(BTreeMap<Text, Value>),
}

impl Entries {
    pub(super) fn new() -> Self {
        Self::Few(Vec::new())
    }

    /// Entries that come in the order of their keys, each key once.
    pub(super) fn sorted(entries: impl ExactSizeIterator<Item = (Text, Value)>) -> Self {
        if entries.len() < MANY { Self::Few(entries.collect()) } else { Self::Many(entries.collect()) }
    }

    pub(super) fn get<K: Ord + ?Sized>(&self, key: &K) -> Option<&Value>
    where
        Text: Borrow<K>,
    {
        match self {
            Self::Few(list) if list.len() <= ROW => list.iter().find(|(known, _)| known.borrow() == key).map(|(_, value)| value),
            Self::Few(list) => place(list, key).ok().map(|place| &list[place].1),
            Self::Many(tree) => tree.get(key),
        }
    }

    pub(super) fn insert(&mut self, key: Text, value: Value) {
        let list = match self {
            Self::Few(list) => list,
            Self::Many(tree) => {
                tree.insert(key, value);
                return;
            }
        };
        match place(list, &key) {
            Ok(place) => list[place].1 = value,
            Err(place) if list.len() + 1 < MANY => list.insert(place, (key, value)),
            Err(_) => *self = Self::Many(std::mem::take(list).into_iter().chain([(key, value)]).collect()),
        }
    }

    /// Puts in keys that are not there yet, in the order of the keys.
    pub(super) fn add(&mut self, missing: Vec<(Text, Value)>) {
        match self {
            Self::Few(list) if list.is_empty() && missing.len() < MANY => *list = missing,
            Self::Few(list) if list.len() + missing.len() < MANY => {
                // Two runs, each in order, are what this sort is fastest at.
                list.extend(missing);
                list.sort_by(|(one, _), (other, _)| one.cmp(other));
            }
            Self::Few(list) => *self = Self::Many(std::mem::take(list).into_iter().chain(missing).collect()),
            Self::Many(tree) => tree.extend(missing),
        }
    }

    pub(super) fn remove(&mut self, key: &[u8]) {
        match self {
            Self::Few(list) => {
                if let Ok(place) = place(list, key) {
                    list.remove(place);
                }
            }
            Self::Many(tree) => drop(tree.remove(key)),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(list) => list.len(),
            Self::Many(tree) => tree.len(),
        }
    }

    /// The entries in the order of their keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text, &Value)> {
        let (list, tree) = match self {
            Self::Few(list) => (&list[..], None),
            Self::Many(tree) => (&[][..], Some(tree)),
        };
        list.iter().map(|(key, value)| (key, value)).chain(tree.into_iter().flatten())
    }

    /// The values, of which none stays.
    pub(super) fn take_values(&mut self) -> impl Iterator<Item = Value> + use<> {
        let (list, tree) = match std::mem::replace(self, Self::new()) {
            Self::Few(list) => (list, BTreeMap::new()),
            Self::Many(tree) => (Vec::new(), tree),
        };
        list.into_iter().map(|(_, value)| value).chain(tree.into_values())
    }
}

/// Where a key is, or where it would have to stand.
fn place<K: Ord + ?Sized>(list: &[(Text, Value)], key: &K) -> Result<usize, usize>
where
    Text: Borrow<K>,
{
    list.binary_search_by(|(known, _)| known.borrow().cmp(key))
}
