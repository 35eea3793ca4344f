//! The runtime's data: Go values as templates meet them.
//!
//! Maps and lists are *shared handles*, because Go's are: `set` in one template shows wherever the same map is reachable.
//! A handle starts frozen over plain data that many runs share; the first touch of a nested collection thaws one level
//! and keeps the child handles in the parent, so identity holds and nothing is copied deeply.
//! Conversions to text live in `printf`; this file only holds the data.

mod capacity;
mod list;
mod map;
mod origin;
mod repeat;

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use super::object::Object;
use crate::yaml::{self, Text};

pub use list::{List, ListKind};
pub use map::{Map, MapKind};
pub use origin::Origin;
pub(super) use repeat::{Moment, moment, read_fleeting};
pub use repeat::{Turn, changed as note_change};

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
    Bytes(Box<Text>),
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
            yaml::Value::String(text) => Self::String(text.clone()),
            yaml::Value::Time(text) => Self::String((**text).clone()),
            yaml::Value::List(items) => Self::List(List::frozen_from(items.clone(), origin)),
            yaml::Value::Map(map) => Self::Map(Map::frozen_with(map.clone(), origin)),
        }
    }

    /// Plain data equal to this value: what the JSON and YAML printers take. A frozen handle gives its data away uncopied.
    ///
    /// # Errors
    /// A map that contains itself, or an object that has no plain form, as a message.
    pub fn to_plain(&self) -> Result<yaml::Value, String> {
        self.thin(0, &Cell::new(MOST_PARTS))
    }

    /// The plain data of a collection that nothing has touched yet, which has no objects in it. Asking counts as a reading of
    /// the whole collection.
    pub fn untouched(&self) -> Option<yaml::Value> {
        match self {
            Self::List(list) => list.untouched(),
            Self::Map(map) => map.untouched(),
            _ => None,
        }
    }

    /// Takes one of the parts that are `left` for itself and more for what it holds.
    fn thin(&self, depth: usize, left: &Cell<usize>) -> Result<yaml::Value, String> {
        if depth > MAX_DEPTH {
            return Err("a value contains itself".to_owned());
        }
        left.set(left.get().checked_sub(1).ok_or_else(|| format!("a value has more than {MOST_PARTS} parts"))?);
        Ok(match self {
            Self::Nil => yaml::Value::Null,
            Self::Bool(value) => yaml::Value::Bool(*value),
            Self::Int(value, _) => yaml::Value::Int(*value),
            Self::Uint(value) => yaml::Value::Uint(*value),
            Self::Float(value) => yaml::Value::Float(*value),
            Self::Complex(..) => return Err("json: unsupported type: complex128".to_owned()),
            Self::String(text) => yaml::Value::String(text.clone()),
            Self::Bytes(bytes) => super::object::base64_text(bytes),
            Self::List(list) => list.thin(depth, left)?,
            Self::Map(map) if map.is_nil() => yaml::Value::Null,
            Self::Map(map) => map.thin(depth, left)?,
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

/// Lists of a list twice, some dozens deep, have more parts than any machine could hold apart.
const MOST_PARTS: usize = 2_000_000;

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_plain() {
            Ok(plain) => plain.fmt(f),
            Err(_) => f.write_str("(no plain form)"),
        }
    }
}

thread_local! {
    /// How many collections are being dropped inside each other.
    static DROPPING: Cell<u32> = const { Cell::new(0) };
}

/// As many of them the stack holds easily.
const MOST_DROPPING: u32 = 64;

/// Drops the parts of a collection: where too many are inside each other, one after the other, as the values that `apart` makes
/// of them.
fn drop_parts<T>(parts: T, apart: impl FnOnce(T) -> Vec<Value>) {
    let outer = DROPPING.get();
    if outer < MOST_DROPPING {
        DROPPING.set(outer + 1);
        drop(parts);
        DROPPING.set(outer);
    } else {
        dismantle(apart(parts));
    }
}

/// Drops values without recursion, however deep they are nested: `{{ $x = list $x }}` in a loop makes a chain that no stack
/// would hold.
fn dismantle(mut values: Vec<Value>) {
    while let Some(value) = values.pop() {
        match value {
            Value::List(list) => list.release(&mut values),
            Value::Map(map) => map.release(&mut values),
            _ => {}
        }
    }
}

/// Whether dropping the value may drop others.
fn is_collection(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}
