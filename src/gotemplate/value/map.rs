//! Maps as shared handles.

use std::borrow::Borrow;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::{Origin, Value, drop_parts, is_collection, repeat};
use crate::gotemplate::node::{Field, Parts};
use crate::gotemplate::object::MapType;
use crate::yaml::{self, Entries, Near, Text};

/// Which Go type a map has.
#[derive(Clone, Copy)]
pub enum MapKind {
    /// `map[string]interface {}`.
    Any,
    /// `map[string]string`.
    Strings,
    /// A named map type with methods, such as Helm's `common.Values`.
    Named(&'static MapType),
}

/// A Go map with string keys: a handle, so clones are the same map.
///
/// The type belongs to the handle: Helm hands out one and the same map as `common.Values` here and as plain map there.
#[derive(Clone)]
pub struct Map {
    cell: Rc<MapCell>,
    /// The type, unless it is `map[string]interface {}`. One word, so that a value takes three.
    named: Option<&'static MapType>,
}

/// What stands for [`MapKind::Strings`].
static STRINGS: MapType = MapType { name: "map[string]string", element: "string", methods: &[] };

struct MapCell {
    is_nil: bool,
    /// Whether the map stands in for another one each time a template runs; see [`Map::put_fleeting`].
    is_fleeting: bool,
    /// The turn in which it was made; none of data that may be older than it looks.
    made: u32,
    origin: Option<Origin>,
    contents: RefCell<MapContents>,
}

enum MapContents {
    Frozen(Arc<yaml::Map>),
    Owned(Entries<Text, Value>),
}

impl Drop for MapCell {
    fn drop(&mut self) {
        if let MapContents::Owned(entries) = self.contents.get_mut() {
            drop_parts(std::mem::take(entries), |entries| entries.into_values().filter(is_collection).collect());
        }
    }
}

impl Map {
    /// An empty `map[string]interface {}`.
    pub fn new() -> Self {
        Self::build(MapContents::Owned(Entries::new()), MapKind::Any, None)
    }

    /// A map of these entries.
    pub fn from_entries(entries: Entries<Text, Value>) -> Self {
        Self::typed(entries, MapKind::Any)
    }

    /// A map over plain data that stays shared until it is touched.
    pub fn frozen(plain: Arc<yaml::Map>) -> Self {
        Self::build(MapContents::Frozen(plain), MapKind::Any, None)
    }

    /// As [`Map::frozen`], for data whose reads shall be known.
    pub fn frozen_from(plain: Arc<yaml::Map>, origin: Origin) -> Self {
        Self::build(MapContents::Frozen(plain), MapKind::Any, Some(origin))
    }

    /// An empty map in the place of one that the user could have given.
    pub fn empty_from(origin: Option<Origin>) -> Self {
        Self::build(MapContents::Owned(Entries::new()), MapKind::Any, origin)
    }

    /// A map of these entries with another Go type.
    pub fn typed(entries: Entries<Text, Value>, kind: MapKind) -> Self {
        Self::build(MapContents::Owned(entries), kind, None)
    }

    /// Go's nil map, which reads as an empty one. Writing to it is an error in Go, which functions that write see to.
    pub fn nil() -> Self {
        let cell = MapCell {
            is_nil: true,
            is_fleeting: false,
            made: 0,
            origin: None,
            contents: RefCell::new(MapContents::Owned(Entries::new())),
        };
        Self { cell: Rc::new(cell), named: None }
    }

    /// Whether this is Go's nil map.
    pub fn is_nil(&self) -> bool {
        self.cell.is_nil
    }

    pub(super) fn frozen_with(plain: Arc<yaml::Map>, origin: Option<Origin>) -> Self {
        Self::build(MapContents::Frozen(plain), MapKind::Any, origin)
    }

    /// Plain data equal to this map.
    pub(super) fn thin(&self, depth: usize, left: &Cell<usize>) -> Result<yaml::Value, String> {
        if self.is_nil() {
            return Ok(yaml::Value::Null);
        }
        if let Some(origin) = &self.cell.origin {
            origin.note_whole();
        }
        Ok(match &*self.contents() {
            MapContents::Frozen(entries) => yaml::Value::Map(entries.clone()),
            MapContents::Owned(entries) => {
                let mut plain = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    plain.push((key.clone(), value.thin(depth + 1, left)?));
                }
                yaml::Value::Map(Arc::new(Entries::sorted(plain)))
            }
        })
    }

    /// The plain data, if nothing has touched it yet. It counts as a reading of the whole map.
    pub(super) fn untouched(&self) -> Option<yaml::Value> {
        if let Some(origin) = &self.cell.origin {
            origin.note_whole();
        }
        match &*self.contents() {
            MapContents::Frozen(entries) => Some(yaml::Value::Map(entries.clone())),
            MapContents::Owned(_) => None,
        }
    }

    /// Hands the entries to `values` if this is the last handle.
    pub(super) fn release(self, values: &mut Vec<Value>) {
        if let Some(mut cell) = Rc::into_inner(self.cell)
            && let MapContents::Owned(entries) = cell.contents.get_mut()
        {
            values.extend(std::mem::take(entries).into_values().filter(is_collection));
        }
    }

    fn build(contents: MapContents, kind: MapKind, origin: Option<Origin>) -> Self {
        // Parts of plain data come to be when somebody looks at them first.
        let made = if matches!(contents, MapContents::Frozen(_)) { 0 } else { repeat::turn() };
        let cell = MapCell { is_nil: false, is_fleeting: false, made, origin, contents: RefCell::new(contents) };
        Self { cell: Rc::new(cell), named: None }.with_kind(kind)
    }

    /// The Go type of this map.
    pub fn kind(&self) -> MapKind {
        match self.named {
            None => MapKind::Any,
            Some(strings) if std::ptr::eq(strings, &raw const STRINGS) => MapKind::Strings,
            Some(named) => MapKind::Named(named),
        }
    }

    /// The same map under another Go type.
    #[must_use]
    pub fn with_kind(&self, kind: MapKind) -> Self {
        let named = match kind {
            MapKind::Any => None,
            MapKind::Strings => Some(&STRINGS),
            MapKind::Named(named) => Some(named),
        };
        Self { cell: self.cell.clone(), named }
    }

    /// Where this map came from, if that is tracked.
    pub fn origin(&self) -> Option<&Origin> {
        self.cell.origin.as_ref()
    }

    /// Whether both handles are the same map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.cell, &other.cell)
    }

    /// Which map this is, and under which type: no other handle says the same as long as this one lives.
    pub(in crate::gotemplate) fn identity(&self) -> (usize, usize) {
        (Rc::as_ptr(&self.cell).addr(), self.named.map_or(0, |named| std::ptr::from_ref(named).addr()))
    }

    /// Shows the values that were touched already; of plain data there are none yet.
    pub(in crate::gotemplate) fn visit(&self, see: &mut dyn FnMut(&Value)) {
        if let MapContents::Owned(entries) = &*self.cell.contents.borrow() {
            entries.values().for_each(see);
        }
    }

    /// Whether anybody else has a handle of this map.
    pub(in crate::gotemplate) fn is_shared(&self) -> bool {
        Rc::strong_count(&self.cell) > 1
    }

    /// A map that only its maker holds may change: nobody has seen it.
    fn note_change(&self) {
        if self.is_shared() {
            repeat::changed_of_turn(self.cell.made);
        }
    }

    /// What is inside, for a reader.
    fn contents(&self) -> Ref<'_, MapContents> {
        if self.cell.is_fleeting {
            repeat::read_fleeting();
        }
        self.cell.contents.borrow()
    }

    /// The value of `key`. Nested collections come as handles that this map keeps.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.note(key);
        self.peek(key)
    }

    /// As [`Map::get`], and faster where the key is a text already.
    pub fn get_text(&self, key: &Text) -> Option<Value> {
        self.note(key);
        self.find(key)
    }

    /// What the keys of `path` lead to one after the other, if it is there, and the type of the map that would hold it.
    /// None where something other than looking up a key is to be done on the way: there is no map, or a method of that name.
    pub(in crate::gotemplate) fn at_path(&self, path: &[Field], parts: &Parts) -> Option<(Option<Value>, MapKind)> {
        let (Field { name, near }, rest) = path.split_first()?;
        let name = name.of(parts);
        if self.named.is_some_and(|named| named.method(name).is_some()) {
            return None;
        }
        self.note(name);
        if rest.is_empty() {
            return Some((self.find_near(name, near), self.kind()));
        }
        let contents = self.contents();
        let MapContents::Owned(entries) = &*contents else {
            drop(contents);
            self.thaw();
            return self.at_path(path, parts);
        };
        match entries.get_near(name, near)? {
            Value::Map(inner) => inner.at_path(rest, parts),
            _ => None,
        }
    }

    /// As [`Map::get`], but it does not count as a reading of the user's key.
    pub fn peek(&self, key: &[u8]) -> Option<Value> {
        self.find(key)
    }

    fn note<K: Ord + AsRef<[u8]> + ?Sized>(&self, key: &K)
    where
        Text: Borrow<K>,
    {
        if let Some(origin) = &self.cell.origin {
            origin.note(key);
        }
    }

    fn note_keys(&self) {
        if let Some(origin) = &self.cell.origin {
            origin.note_keys();
        }
    }

    fn find<K: Ord + ?Sized>(&self, key: &K) -> Option<Value>
    where
        Text: Borrow<K>,
    {
        self.look(|entries| entries.get(key), |entries| entries.get(key))
    }

    fn find_near(&self, key: &Text, near: &Near) -> Option<Value> {
        self.look(|entries| entries.get_near(key, near), |entries| entries.get_near(key, near))
    }

    /// Finds a value in the entries as they are: a scalar need not be thawed.
    fn look(
        &self,
        frozen: impl Fn(&yaml::Map) -> Option<&yaml::Value>,
        owned: impl Fn(&Entries<Text, Value>) -> Option<&Value>,
    ) -> Option<Value> {
        match &*self.contents() {
            MapContents::Owned(entries) => return owned(entries).cloned(),
            MapContents::Frozen(entries) => match frozen(entries) {
                Some(yaml::Value::List(_) | yaml::Value::Map(_)) => {}
                scalar => return scalar.map(Value::from_plain),
            },
        }
        owned(&self.thawed()).cloned()
    }

    /// Whether `key` is there, be it with a nil.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.note(key);
        self.holds(key)
    }

    fn holds(&self, key: &[u8]) -> bool {
        match &*self.contents() {
            MapContents::Frozen(entries) => entries.contains_key(key),
            MapContents::Owned(entries) => entries.contains_key(key),
        }
    }

    /// Sets `key`; whoever holds this map sees it.
    pub fn insert(&self, key: Text, value: Value) {
        self.note_change();
        self.put(key, value);
    }

    /// Sets keys that are not there yet, all at once; they come in byte order.
    pub fn add(&self, missing: Vec<(Text, Value)>) {
        if missing.is_empty() {
            return;
        }
        self.note_change();
        drop(self.thawed());
        if let MapContents::Owned(entries) = &mut *self.cell.contents.borrow_mut() {
            entries.add(missing);
        }
    }

    /// The keys whose value is nil.
    pub fn nil_keys(&self) -> Vec<Text> {
        match &*self.contents() {
            MapContents::Frozen(entries) => {
                entries.iter().filter(|(_, value)| value.is_null()).map(|(key, _)| key.clone()).collect()
            }
            MapContents::Owned(entries) => {
                entries.iter().filter(|(_, value)| matches!(value, Value::Nil)).map(|(key, _)| key.clone()).collect()
            }
        }
    }

    /// Sets `key` to a map of these entries that will be another one when the next template runs. Setting it again is no
    /// change, since whoever reads the entries is known to have read what does not last.
    pub fn put_fleeting(&self, key: Text, entries: Entries<Text, Value>, kind: MapKind) {
        if !matches!(self.peek(&key), Some(Value::Map(old)) if old.cell.is_fleeting) {
            self.note_change();
        }
        let contents = RefCell::new(MapContents::Owned(entries));
        let cell = MapCell { is_nil: false, is_fleeting: true, made: 0, origin: None, contents };
        self.put(key, Value::Map(Self { cell: Rc::new(cell), named: None }.with_kind(kind)));
    }

    fn put(&self, key: Text, value: Value) {
        drop(self.thawed());
        if let MapContents::Owned(entries) = &mut *self.cell.contents.borrow_mut() {
            entries.insert(key, value);
        }
    }

    /// Removes `key`; whoever holds this map sees it.
    pub fn remove(&self, key: &[u8]) {
        if !self.holds(key) {
            return;
        }
        self.note_change();
        drop(self.thawed());
        if let MapContents::Owned(entries) = &mut *self.cell.contents.borrow_mut() {
            entries.remove(key);
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        match &*self.contents() {
            MapContents::Frozen(entries) => entries.len(),
            MapContents::Owned(entries) => entries.len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys in byte order.
    pub fn keys(&self) -> Vec<Text> {
        self.note_keys();
        match &*self.contents() {
            MapContents::Frozen(entries) => entries.keys().cloned().collect(),
            MapContents::Owned(entries) => entries.keys().cloned().collect(),
        }
    }

    /// All entries in the byte order of their keys: a copy of the references, safe to hold while the map changes.
    pub fn entries(&self) -> Vec<(Text, Value)> {
        self.note_keys();
        self.thawed().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// A new map of the same type and origin with the same entries, which are shared with this one.
    #[must_use]
    pub fn shallow_copy(&self) -> Self {
        let entries = self.thawed().clone();
        Self::build(MapContents::Owned(entries), self.kind(), self.cell.origin.clone())
    }

    fn thawed(&self) -> Ref<'_, Entries<Text, Value>> {
        if matches!(&*self.contents(), MapContents::Frozen(_)) {
            self.thaw();
        }
        Ref::map(self.cell.contents.borrow(), |contents| match contents {
            MapContents::Owned(entries) => entries,
            MapContents::Frozen(_) => unreachable!("thawed above"),
        })
    }

    fn thaw(&self) {
        let contents = &mut *self.cell.contents.borrow_mut();
        if let MapContents::Frozen(frozen) = contents {
            let adopt = |(key, value): (&Text, &yaml::Value)| {
                let origin = self.cell.origin.as_ref().filter(|_| matches!(value, yaml::Value::List(_) | yaml::Value::Map(_)));
                (key.clone(), Value::adopt(value, origin.map(|origin| origin.child(key))))
            };
            *contents = MapContents::Owned(Entries::sorted(frozen.iter().map(adopt).collect()));
        }
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}
