//! The runtime's data: Go values as templates meet them.
//!
//! Maps and lists are *shared handles*, because Go's are: `set` in one template shows wherever the same map is reachable.
//! A handle starts frozen over plain data that many runs share; the first touch of a nested collection thaws one level
//! and keeps the child handles in the parent, so identity holds and nothing is copied deeply.
//! Conversions to text live in `printf`; this file only holds the data.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::object::{MapType, Object};
use crate::yaml::{self, Text};

/// A Go value.
#[derive(Clone, Default)]
pub enum Value {
    /// An untyped nil, or a nil inside an interface.
    #[default]
    Nil,
    /// A bool.
    Bool(bool),
    /// An integer of some signed kind, or a byte.
    Int(i64, Integer),
    /// A uint64.
    Uint(u64),
    /// A float64.
    Float(f64),
    /// A complex128; only literals make one.
    Complex(f64, f64),
    /// A string.
    String(Text),
    /// A `[]byte`, which prints as numbers.
    Bytes(Text),
    /// A slice of some kind.
    List(List),
    /// A map with string keys.
    Map(Map),
    /// A Go struct, pointer or named type with methods.
    Object(Rc<dyn Object>),
}

/// Which Go type an integer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer {
    /// `int`: literals, `len`, range indexes, most arithmetic's input.
    Int,
    /// `int64`: `--set` numbers and sprig's arithmetic.
    Int64,
    /// `int32`, Go's rune: what ranging over characters gives.
    Int32,
    /// `uint8`, Go's byte: what indexing a string gives.
    Uint8,
}

impl Value {
    /// An `int`.
    pub fn int(value: i64) -> Self {
        Self::Int(value, Integer::Int)
    }

    /// An `int64`.
    pub fn int64(value: i64) -> Self {
        Self::Int(value, Integer::Int64)
    }

    /// A string.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::String(text.into())
    }

    /// A `[]interface{}`.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(List::new(items))
    }

    /// A `[]string`.
    pub fn strings(items: impl IntoIterator<Item = Text>) -> Self {
        Self::List(List::typed(items.into_iter().map(Value::String).collect(), ListKind::Strings))
    }

    /// A fresh handle over plain data, which stays shared until it is touched.
    pub fn from_plain(plain: &yaml::Value) -> Self {
        Self::adopt(plain, None)
    }

    fn adopt(plain: &yaml::Value, origin: Option<Origin>) -> Self {
        match plain {
            yaml::Value::Null => Self::Nil,
            yaml::Value::Bool(value) => Self::Bool(*value),
            yaml::Value::Int(value) => Self::int(*value),
            yaml::Value::Uint(value) => Self::Uint(*value),
            yaml::Value::Float(value) => Self::Float(*value),
            yaml::Value::String(text) | yaml::Value::Time(text) => Self::String(text.clone()),
            yaml::Value::List(items) => Self::List(List::build(ListContents::Frozen(items.clone()), ListKind::Any, origin)),
            yaml::Value::Map(map) => Self::Map(Map::build(MapContents::Frozen(map.clone()), MapKind::Any, origin)),
        }
    }

    /// Plain data equal to this value: what the JSON and YAML printers take. A frozen handle gives its data away uncopied.
    ///
    /// # Errors
    /// A map that contains itself, or an object that has no plain form, as a message.
    pub fn to_plain(&self) -> Result<yaml::Value, String> {
        self.thin(0)
    }

    fn thin(&self, depth: usize) -> Result<yaml::Value, String> {
        if depth > MAX_DEPTH {
            return Err("a value contains itself".to_owned());
        }
        Ok(match self {
            Self::Nil => yaml::Value::Null,
            Self::Bool(value) => yaml::Value::Bool(*value),
            Self::Int(value, _) => yaml::Value::Int(*value),
            Self::Uint(value) => yaml::Value::Uint(*value),
            Self::Float(value) => yaml::Value::Float(*value),
            Self::Complex(..) => return Err("json: unsupported type: complex128".to_owned()),
            Self::String(text) => yaml::Value::String(text.clone()),
            Self::Bytes(bytes) => super::object::base64_text(bytes),
            Self::List(list) => match &*list.0.contents.borrow() {
                ListContents::Nil => yaml::Value::Null,
                ListContents::Frozen(items) => yaml::Value::List(items.clone()),
                ListContents::Owned(items) => {
                    yaml::Value::List(items.iter().map(|item| item.thin(depth + 1)).collect::<Result<_, _>>()?)
                }
            },
            Self::Map(map) if map.is_nil() => yaml::Value::Null,
            Self::Map(map) => match &*map.cell.contents.borrow() {
                MapContents::Frozen(entries) => yaml::Value::Map(entries.clone()),
                MapContents::Owned(entries) => {
                    let plain = entries.iter().map(|(key, value)| Ok((key.clone(), value.thin(depth + 1)?)));
                    yaml::Value::Map(Arc::new(plain.collect::<Result<_, String>>()?))
                }
            },
            Self::Object(object) => object.to_plain()?,
        })
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

/// Deeper than this a value must contain itself: no parser of ours lets in deeper data.
const MAX_DEPTH: usize = 10_000;

/// Where in the user's input a collection came from, so that a rendering knows which keys were read.
#[derive(Clone)]
pub struct Origin(Rc<OriginNode>);

struct OriginNode {
    parent: Option<Origin>,
    key: Text,
    read: RefCell<std::collections::BTreeSet<Text>>,
}

impl Origin {
    /// The origin of a whole document.
    pub fn root() -> Self {
        Self(Rc::new(OriginNode { parent: None, key: Text::default(), read: RefCell::default() }))
    }

    fn child(&self, key: &Text) -> Self {
        Self(Rc::new(OriginNode { parent: Some(self.clone()), key: key.clone(), read: RefCell::default() }))
    }

    /// The keys from the document's root to this collection.
    pub fn path(&self) -> Vec<Text> {
        let mut path = match &self.0.parent {
            None => return Vec::new(),
            Some(parent) => parent.path(),
        };
        path.push(self.0.key.clone());
        path
    }

    /// The keys of this collection that were read so far.
    pub fn read(&self) -> Vec<Text> {
        self.0.read.borrow().iter().cloned().collect()
    }

    fn note(&self, key: &[u8]) {
        let mut read = self.0.read.borrow_mut();
        if !read.contains(key) {
            read.insert(key.into());
        }
    }
}

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
    kind: MapKind,
    is_nil: bool,
}

struct MapCell {
    origin: Option<Origin>,
    contents: RefCell<MapContents>,
}

enum MapContents {
    Frozen(Arc<yaml::Map>),
    Owned(BTreeMap<Text, Value>),
}

impl Map {
    /// An empty `map[string]interface {}`.
    pub fn new() -> Self {
        Self::from_entries(BTreeMap::new())
    }

    /// A map of these entries.
    pub fn from_entries(entries: BTreeMap<Text, Value>) -> Self {
        Self::build(MapContents::Owned(entries), MapKind::Any, None)
    }

    /// A map over plain data that stays shared until it is touched.
    pub fn frozen(plain: Arc<yaml::Map>) -> Self {
        Self::build(MapContents::Frozen(plain), MapKind::Any, None)
    }

    /// As [`Map::frozen`], for data whose reads shall be known.
    pub fn frozen_from(plain: Arc<yaml::Map>, origin: Origin) -> Self {
        Self::build(MapContents::Frozen(plain), MapKind::Any, Some(origin))
    }

    /// A map of these entries with another Go type.
    pub fn typed(entries: BTreeMap<Text, Value>, kind: MapKind) -> Self {
        Self::build(MapContents::Owned(entries), kind, None)
    }

    /// Go's nil map, which reads as an empty one. Writing to it is an error in Go, which functions that write see to.
    pub fn nil() -> Self {
        Self { is_nil: true, ..Self::new() }
    }

    /// Whether this is Go's nil map.
    pub fn is_nil(&self) -> bool {
        self.is_nil
    }

    fn build(contents: MapContents, kind: MapKind, origin: Option<Origin>) -> Self {
        Self { cell: Rc::new(MapCell { origin, contents: RefCell::new(contents) }), kind, is_nil: false }
    }

    /// The Go type of this map.
    pub fn kind(&self) -> MapKind {
        self.kind
    }

    /// The same map under another Go type.
    #[must_use]
    pub fn with_kind(&self, kind: MapKind) -> Self {
        Self { cell: self.cell.clone(), kind, is_nil: self.is_nil }
    }

    /// Where this map came from, if that is tracked.
    pub fn origin(&self) -> Option<&Origin> {
        self.cell.origin.as_ref()
    }

    /// Whether both handles are the same map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.cell, &other.cell)
    }

    /// The value of `key`. Nested collections come as handles that this map keeps.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        if let Some(origin) = &self.cell.origin {
            origin.note(key);
        }
        self.peek(key)
    }

    /// As [`Map::get`], but it does not count as a reading of the user's key.
    pub fn peek(&self, key: &[u8]) -> Option<Value> {
        if let MapContents::Frozen(entries) = &*self.cell.contents.borrow() {
            match entries.get(key) {
                Some(yaml::Value::List(_) | yaml::Value::Map(_)) => {}
                scalar => return scalar.map(Value::from_plain),
            }
        }
        self.thawed().get(key).cloned()
    }

    /// Whether `key` is there, be it with a nil.
    pub fn contains(&self, key: &[u8]) -> bool {
        match &*self.cell.contents.borrow() {
            MapContents::Frozen(entries) => entries.contains_key(key),
            MapContents::Owned(entries) => entries.contains_key(key),
        }
    }

    /// Sets `key`; whoever holds this map sees it.
    pub fn insert(&self, key: Text, value: Value) {
        drop(self.thawed());
        if let MapContents::Owned(entries) = &mut *self.cell.contents.borrow_mut() {
            entries.insert(key, value);
        }
    }

    /// Removes `key`; whoever holds this map sees it.
    pub fn remove(&self, key: &[u8]) {
        if !self.contains(key) {
            return;
        }
        drop(self.thawed());
        if let MapContents::Owned(entries) = &mut *self.cell.contents.borrow_mut() {
            entries.remove(key);
        }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        match &*self.cell.contents.borrow() {
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
        match &*self.cell.contents.borrow() {
            MapContents::Frozen(entries) => entries.keys().cloned().collect(),
            MapContents::Owned(entries) => entries.keys().cloned().collect(),
        }
    }

    /// All entries in the byte order of their keys: a copy of the references, safe to hold while the map changes.
    pub fn entries(&self) -> Vec<(Text, Value)> {
        self.thawed().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// A new map of the same type and origin with the same entries, which are shared with this one.
    pub fn shallow_copy(&self) -> Self {
        let entries = self.thawed().clone();
        Self::build(MapContents::Owned(entries), self.kind, self.cell.origin.clone())
    }

    fn thawed(&self) -> Ref<'_, BTreeMap<Text, Value>> {
        let frozen = match &*self.cell.contents.borrow() {
            MapContents::Frozen(entries) => Some(entries.clone()),
            MapContents::Owned(_) => None,
        };
        if let Some(frozen) = frozen {
            let adopt = |(key, value): (&Text, &yaml::Value)| {
                let origin = self.cell.origin.as_ref().filter(|_| matches!(value, yaml::Value::List(_) | yaml::Value::Map(_)));
                (key.clone(), Value::adopt(value, origin.map(|origin| origin.child(key))))
            };
            *self.cell.contents.borrow_mut() = MapContents::Owned(frozen.iter().map(adopt).collect());
        }
        Ref::map(self.cell.contents.borrow(), |contents| match contents {
            MapContents::Owned(entries) => entries,
            MapContents::Frozen(_) => unreachable!("thawed above"),
        })
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

/// Which Go type a slice has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// `[]interface {}`.
    Any,
    /// `[]string`.
    Strings,
    /// `[]int`.
    Ints,
    /// `[][]interface {}`, which `chunk` makes.
    Lists,
}

/// A Go slice: a handle, so clones are the same slice.
#[derive(Clone)]
pub struct List(Rc<ListCell>);

struct ListCell {
    kind: ListKind,
    origin: Option<Origin>,
    contents: RefCell<ListContents>,
}

enum ListContents {
    Nil,
    Frozen(Arc<[yaml::Value]>),
    Owned(Vec<Value>),
}

impl List {
    /// A `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(items, ListKind::Any)
    }

    /// A slice of another Go type.
    pub fn typed(items: Vec<Value>, kind: ListKind) -> Self {
        Self::build(ListContents::Owned(items), kind, None)
    }

    /// A nil slice: as empty as any other, but JSON and YAML write `null` (`rest` of an empty list, `concat` of nothing).
    pub fn nil(kind: ListKind) -> Self {
        Self::build(ListContents::Nil, kind, None)
    }

    /// A slice over plain data that stays shared until it is touched.
    pub fn frozen(items: Arc<[yaml::Value]>) -> Self {
        Self::build(ListContents::Frozen(items), ListKind::Any, None)
    }

    fn build(contents: ListContents, kind: ListKind, origin: Option<Origin>) -> Self {
        Self(Rc::new(ListCell { kind, origin, contents: RefCell::new(contents) }))
    }

    /// The Go type of this slice.
    pub fn kind(&self) -> ListKind {
        self.0.kind
    }

    /// Whether both handles are the same slice.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        matches!(&*self.0.contents.borrow(), ListContents::Nil)
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        match &*self.0.contents.borrow() {
            ListContents::Nil => 0,
            ListContents::Frozen(items) => items.len(),
            ListContents::Owned(items) => items.len(),
        }
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `index`.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.thawed()?.get(index).cloned()
    }

    /// All items: a copy of the references.
    pub fn items(&self) -> Vec<Value> {
        self.thawed().map(|items| items.clone()).unwrap_or_default()
    }

    /// Puts other items into the same slice, as an in-place sort does.
    pub fn replace(&self, items: Vec<Value>) {
        *self.0.contents.borrow_mut() = ListContents::Owned(items);
    }

    /// The items; `None` for a nil slice.
    fn thawed(&self) -> Option<Ref<'_, Vec<Value>>> {
        let frozen = match &*self.0.contents.borrow() {
            ListContents::Frozen(items) => Some(items.clone()),
            ListContents::Nil | ListContents::Owned(_) => None,
        };
        if let Some(frozen) = frozen {
            let adopt = |item: &yaml::Value| Value::adopt(item, self.0.origin.clone());
            *self.0.contents.borrow_mut() = ListContents::Owned(frozen.iter().map(adopt).collect());
        }
        Ref::filter_map(self.0.contents.borrow(), |contents| match contents {
            ListContents::Owned(items) => Some(items),
            ListContents::Nil | ListContents::Frozen(_) => None,
        })
        .ok()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_plain() {
            Ok(plain) => plain.fmt(f),
            Err(_) => f.write_str("(no plain form)"),
        }
    }
}
