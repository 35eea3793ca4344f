//! Keys in their order with their values: what every map consists of, of plain data and of templates.
//!
//! Nearly all maps are small, made in one go, and looked into far more often than changed. So they are sorted lists without
//! any room to spare; one becomes a tree when a change would move too much of it.

use std::borrow::Borrow;
use std::collections::{BTreeMap, btree_map};
use std::sync::atomic::{AtomicU16, Ordering};
use std::{fmt, slice, vec};

/// In a list with this many entries none is put or removed, unless it is the last one.
const MANY: usize = 64;
/// Up to this many keys are compared one by one, which costs less than halving.
const ROW: usize = 16;

/// Values by their keys, in the order of these. What has the name of a method of [`BTreeMap`] does what that does.
#[derive(Clone)]
pub struct Entries<K, V>(Form<K, V>);

#[derive(Clone)]
enum Form<K, V> {
    List(Vec<(K, V)>),
    #[expect(clippy::box_collection, reason = "a tree is rare, and every map would be larger by a word")]
    Tree(Box<BTreeMap<K, V>>),
}

/// Where a key was found the last time, in whichever map. It may be wrong, and any thread may change it.
#[derive(Default)]
pub struct Near(AtomicU16);

impl<K: Ord, V> Entries<K, V> {
    /// No entries, which take no memory.
    pub const fn new() -> Self {
        Self(Form::List(Vec::new()))
    }

    /// None yet, and room for some.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Form::List(Vec::with_capacity(capacity)))
    }

    /// Entries that come in the order of their keys, each key once.
    pub fn sorted(entries: Vec<(K, V)>) -> Self {
        debug_assert!(is_sorted(&entries), "the keys are in order");
        Self(Form::List(entries))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::List(list) => list.len(),
            Form::Tree(tree) => tree.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        match &self.0 {
            Form::List(list) if list.len() <= ROW => list.iter().find(|(known, _)| known.borrow() == key).map(|(_, value)| value),
            Form::List(list) => place(list, key).ok().map(|place| &list[place].1),
            Form::Tree(tree) => tree.get(key),
        }
    }

    /// The value of `key`, looked for first where `near` had one before.
    pub fn get_near(&self, key: &K, near: &Near) -> Option<&V> {
        let Form::List(list) = &self.0 else { return self.get(key) };
        if let Some((known, value)) = list.get(usize::from(near.0.load(Ordering::Relaxed)))
            && known == key
        {
            return Some(value);
        }
        let row = || list.iter().position(|(known, _)| known == key);
        let place = if list.len() <= ROW { row() } else { place(list, key).ok() }?;
        // One that is too far away is looked for anew each time.
        near.0.store(place as u16, Ordering::Relaxed);
        list.get(place).map(|(_, value)| value)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        match &mut self.0 {
            Form::List(list) => place(list, key).ok().map(|place| &mut list[place].1),
            Form::Tree(tree) => tree.get_mut(key),
        }
    }

    /// Whether `key` is there.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get(key).is_some()
    }

    /// Sets `key`, and gives the value that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Form::List(list) = &mut self.0 {
            // Keys often come in their order.
            let is_last = list.last().is_none_or(|(last, _)| *last < key);
            match if is_last { Err(list.len()) } else { place(list, &key) } {
                Ok(place) => return Some(std::mem::replace(&mut list[place].1, value)),
                Err(place) if place == list.len() || list.len() < MANY => {
                    list.insert(place, (key, value));
                    return None;
                }
                Err(_) => {}
            }
        }
        self.tree().insert(key, value)
    }

    /// Puts in keys that are not there yet, which come in their order.
    pub fn add(&mut self, missing: Vec<(K, V)>) {
        debug_assert!(is_sorted(&missing), "the keys are in order");
        match &mut self.0 {
            _ if missing.is_empty() => {}
            Form::List(list) if list.is_empty() => *list = missing,
            // A list that grows by less than itself is not to be copied each time.
            Form::List(list) if list.len() < MANY.max(missing.len()) => *list = merged(std::mem::take(list), missing),
            _ => self.tree().extend(missing),
        }
    }

    /// Takes `key` away, and gives the value that it had.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        if let Form::List(list) = &mut self.0 {
            let place = place(list, key).ok()?;
            if place + 1 == list.len() || list.len() < MANY {
                return Some(list.remove(place).1);
            }
        }
        self.tree().remove(key)
    }

    /// Keeps the entries that `keeps` says so of.
    pub fn retain(&mut self, mut keeps: impl FnMut(&K, &mut V) -> bool) {
        match &mut self.0 {
            Form::List(list) => list.retain_mut(|(key, value)| keeps(key, value)),
            Form::Tree(tree) => tree.retain(keeps),
        }
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(match &self.0 {
            Form::List(list) => EachOf::List(list.iter()),
            Form::Tree(tree) => EachOf::Tree(tree.iter()),
        })
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of the keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// The values in the order of the keys, without them.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }

    /// The tree that this is from now on.
    fn tree(&mut self) -> &mut BTreeMap<K, V> {
        if let Form::List(list) = &mut self.0 {
            self.0 = Form::Tree(Box::new(std::mem::take(list).into_iter().collect()));
        }
        match &mut self.0 {
            Form::Tree(tree) => tree,
            Form::List(_) => unreachable!("made a tree above"),
        }
    }
}

/// Where a key is, or where it would have to stand.
fn place<K: Borrow<Q>, Q: Ord + ?Sized, V>(list: &[(K, V)], key: &Q) -> Result<usize, usize> {
    list.binary_search_by(|(known, _)| known.borrow().cmp(key))
}

fn is_sorted<K: Ord, V>(list: &[(K, V)]) -> bool {
    list.is_sorted_by(|(one, _), (next, _)| one < next)
}

/// One list of two that have no key in common.
fn merged<K: Ord, V>(one: Vec<(K, V)>, other: Vec<(K, V)>) -> Vec<(K, V)> {
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let mut one = one.into_iter();
    for entry in other {
        let before = one.as_slice().iter().take_while(|(key, _)| *key < entry.0).count();
        merged.extend(one.by_ref().take(before));
        merged.push(entry);
    }
    merged.extend(one);
    merged
}

impl<K: Ord, V> Default for Entries<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Entries<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for Entries<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord, V> From<Vec<(K, V)>> for Entries<K, V> {
    /// Of entries with the same key, the last one stays.
    fn from(mut list: Vec<(K, V)>) -> Self {
        if !is_sorted(&list) {
            list.sort_by(|(one, _), (other, _)| one.cmp(other));
            list.dedup_by(|later, earlier| {
                let is_same = later.0 == earlier.0;
                if is_same {
                    std::mem::swap(later, earlier);
                }
                is_same
            });
        }
        // The allocator takes no less back.
        if list.capacity() > 2 * list.len() {
            list.shrink_to_fit();
        }
        Self(Form::List(list))
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Entries<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        Vec::from(entries).into()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Entries<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Vec::from_iter(entries).into()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Entries<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

/// The two ways of going through entries.
#[derive(Clone)]
enum EachOf<L, T> {
    List(L),
    Tree(T),
}

/// The entries of a map in the order of their keys.
pub struct Iter<'a, K, V>(EachOf<slice::Iter<'a, (K, V)>, btree_map::Iter<'a, K, V>>);

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            EachOf::List(list) => list.next().map(|(key, value)| (key, value)),
            EachOf::Tree(tree) => tree.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            EachOf::List(list) => list.size_hint(),
            EachOf::Tree(tree) => tree.size_hint(),
        }
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

impl<'a, K: Ord, V> IntoIterator for &'a Entries<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

/// The entries that a map had, in the order of their keys.
pub struct IntoIter<K, V>(EachOf<vec::IntoIter<(K, V)>, btree_map::IntoIter<K, V>>);

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            EachOf::List(list) => list.next(),
            EachOf::Tree(tree) => tree.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            EachOf::List(list) => list.size_hint(),
            EachOf::Tree(tree) => tree.size_hint(),
        }
    }
}

impl<K, V> ExactSizeIterator for IntoIter<K, V> {}

impl<K: Ord, V> IntoIterator for Entries<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter(match self.0 {
            Form::List(list) => EachOf::List(list.into_iter()),
            Form::Tree(tree) => EachOf::Tree(tree.into_iter()),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::Text;

    fn key(number: u16) -> Text {
        number.to_string().into()
    }

    #[derive(Clone, Debug)]
    enum Change {
        Insert(u16),
        Remove(u16),
        Add(Vec<u16>),
        Retain(u16),
    }

    fn change() -> impl Strategy<Value = Change> {
        let number = 0..300_u16;
        prop_oneof![
            8 => number.clone().prop_map(Change::Insert),
            4 => number.clone().prop_map(Change::Remove),
            1 => prop::collection::vec(number, 0..100).prop_map(Change::Add),
            1 => (5..50_u16).prop_map(Change::Retain),
        ]
    }

    /// Does to a map what `change` says, and the same to a tree.
    fn apply(change: &Change, time: usize, entries: &mut Entries<Text, usize>, tree: &mut BTreeMap<Text, usize>) {
        match change {
            Change::Insert(number) => assert_eq!(entries.insert(key(*number), time), tree.insert(key(*number), time)),
            Change::Remove(number) => assert_eq!(entries.remove(&key(*number)), tree.remove(&key(*number))),
            Change::Add(numbers) => {
                let missing = numbers.iter().map(|number| (key(*number), time)).filter(|(key, _)| !tree.contains_key(key));
                let missing: BTreeMap<_, _> = missing.collect();
                entries.add(missing.clone().into_iter().collect());
                tree.extend(missing);
            }
            Change::Retain(number) => {
                entries.retain(|_, time| *time % usize::from(*number) > 0);
                tree.retain(|_, time| *time % usize::from(*number) > 0);
            }
        }
    }

    proptest! {
        #[test]
        fn entries_are_those_of_a_tree(
            first in prop::collection::vec(0..300_u16, 0..200),
            changes in prop::collection::vec(change(), 0..200),
        ) {
            let first = || first.iter().map(|number| key(*number)).zip(0..);
            let (mut entries, mut tree) = (first().collect::<Entries<_, _>>(), first().collect::<BTreeMap<_, _>>());
            for (time, change) in changes.iter().enumerate() {
                apply(change, time, &mut entries, &mut tree);
            }
            prop_assert!(entries.iter().eq(&tree) && entries.keys().eq(tree.keys()) && entries.values().eq(tree.values()));
            let near = Near::default();
            for number in 0..300 {
                let key = key(number);
                // Where another key was leads to no wrong one, nor does where it was itself.
                prop_assert_eq!([entries.get_near(&key, &near), entries.get_near(&key, &near)], [tree.get(&key); 2]);
                prop_assert_eq!(entries.get(&key), tree.get(&key));
                prop_assert_eq!(entries.get_mut(key.as_bytes()), tree.get_mut(&key));
            }
            prop_assert_eq!(&entries, &tree.clone().into_iter().collect());
            prop_assert!(entries.len() == tree.len() && entries.into_iter().eq(tree));
        }
    }

    #[test]
    fn the_last_of_equal_keys_stays() {
        let entries = Entries::from([("b", 1), ("a", 2), ("b", 3), ("b", 4), ("a", 5)]);
        assert_eq!(format!("{entries:?}"), r#"{"a": 5, "b": 4}"#);
    }

    #[test]
    fn very_many_keys_in_any_order_are_put_and_removed_in_time() {
        let numbers = || (0..300_000_u32).map(|number| Text::from(number.reverse_bits().to_string()));
        let mut entries = Entries::new();
        for key in numbers() {
            entries.insert(key.clone(), ());
            entries.add(Vec::new());
        }
        let mut made: Entries<Text, ()> = numbers().map(|key| (key, ())).collect();
        assert!(made == entries && made.len() == 300_000);
        for key in numbers() {
            made.remove(&key);
        }
        assert!(made.is_empty());
    }

    #[test]
    fn a_map_is_three_words_and_has_no_room_to_spare() {
        assert_eq!(size_of::<Entries<Text, u64>>(), 24);
        let made: Entries<Text, u8> =
            (0..9).map(|number| (key(number), 0)).filter(|(key, _)| *key == "1" || *key == "3").collect();
        assert!(matches!(made.0, Form::List(list) if list.capacity() <= 4));
    }
}
