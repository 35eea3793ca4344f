//! A mapping of helmfile.yaml after it was checked against its table: Go's structs as data.
//!
//! A key that is absent, null, or the zero value of a Go value type is no field at all, as Go cannot tell them apart.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Place;
use crate::yaml::{self, Entries};

/// A struct with the fields that are set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) place: Place,
    pub(super) fields: Entries<&'static str, Field>,
}

/// What a key says, and where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// The value of a field, by its [`Shape`](super::keys::Shape).
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Scalar(Scalar),
    /// A Go pointer: clones share it, and laying a layer over it changes all of them.
    Own(Rc<RefCell<Scalar>>),
    Texts(Vec<String>),
    Values(Vec<Entry>),
    Labels(BTreeMap<String, String>),
    Record(Record),
    Records(Vec<Record>),
    Named(BTreeMap<String, Record>),
    Anything,
}

/// A scalar of one of Go's types.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Text(String),
    Flag(bool),
    Number(f64),
}

/// An item of a list of values: a path or a mapping, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) value: yaml::Value,
}

impl Field {
    /// A copy that shares nothing with this one.
    pub(super) fn detached(&self) -> Self {
        Self { place: self.place.clone(), value: self.value.detached() }
    }
}

impl Value {
    /// Whether it is the zero of a Go type that is no pointer.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Scalar(scalar) => scalar.is_zero(),
            Self::Texts(texts) => texts.is_empty(),
            Self::Values(values) => values.is_empty(),
            Self::Labels(labels) => labels.is_empty(),
            Self::Records(records) => records.is_empty(),
            Self::Named(named) => named.is_empty(),
            Self::Own(_) | Self::Record(_) | Self::Anything => false,
        }
    }

    fn detached(&self) -> Self {
        match self {
            Self::Own(shared) => Self::Own(Rc::new(RefCell::new(shared.borrow().clone()))),
            Self::Record(record) => Self::Record(record.detached()),
            Self::Records(records) => Self::Records(records.iter().map(Record::detached).collect()),
            Self::Named(named) => Self::Named(named.iter().map(|(name, record)| (name.clone(), record.detached())).collect()),
            other => other.clone(),
        }
    }
}

impl Scalar {
    /// Whether mergo calls it empty.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Flag(flag) => !flag,
            Self::Number(number) => *number == 0.0,
        }
    }
}

impl Record {
    pub(super) fn new(place: Place) -> Self {
        Self { place, fields: Entries::new() }
    }

    fn detached(&self) -> Self {
        let fields = self.fields.iter().map(|(key, field)| (*key, field.detached()));
        Self { place: self.place.clone(), fields: fields.collect() }
    }

    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.fields.get(key).map(|field| &field.value)
    }

    /// Where a key stands, or else where the record stands.
    pub(super) fn place_of(&self, key: &str) -> &Place {
        self.fields.get(key).map_or(&self.place, |field| &field.place)
    }

    fn scalar(&self, key: &str) -> Option<Scalar> {
        match self.value(key)? {
            Value::Scalar(scalar) => Some(scalar.clone()),
            Value::Own(shared) => Some(shared.borrow().clone()),
            _ => None,
        }
    }

    /// A string; empty if it is not set.
    pub(super) fn text(&self, key: &str) -> String {
        self.own_text(key).unwrap_or_default()
    }

    /// A string, if it is set.
    pub(super) fn own_text(&self, key: &str) -> Option<String> {
        match self.scalar(key) {
            Some(Scalar::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A flag, if it is set.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.scalar(key) {
            Some(Scalar::Flag(flag)) => Some(flag),
            _ => None,
        }
    }

    pub(super) fn texts(&self, key: &str) -> &[String] {
        match self.value(key) {
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        }
    }

    pub(super) fn values(&self, key: &str) -> &[Entry] {
        match self.value(key) {
            Some(Value::Values(values)) => values,
            _ => &[],
        }
    }

    pub(super) fn labels(&self, key: &str) -> BTreeMap<String, String> {
        match self.value(key) {
            Some(Value::Labels(labels)) => labels.clone(),
            _ => BTreeMap::new(),
        }
    }

    pub(super) fn record(&self, key: &str) -> Option<&Record> {
        match self.value(key) {
            Some(Value::Record(record)) => Some(record),
            _ => None,
        }
    }

    pub(super) fn records(&self, key: &str) -> &[Record] {
        match self.value(key) {
            Some(Value::Records(records)) => records,
            _ => &[],
        }
    }

    /// The entries of a mapping from names to structs.
    pub(super) fn named(&self, key: &str) -> Option<&BTreeMap<String, Record>> {
        match self.value(key) {
            Some(Value::Named(named)) => Some(named),
            _ => None,
        }
    }

    /// Sets a key, which keeps its place if it has one. What is zero makes no field.
    pub(super) fn put(&mut self, key: &'static str, value: Value) {
        match self.fields.get_mut(key) {
            Some(field) => field.value = value,
            None if value.is_zero() => {}
            None => _ = self.fields.insert(key, Field { place: self.place.clone(), value }),
        }
    }

    /// Sets `helmDefaults.kubeContext`.
    pub(super) fn put_default_context(&mut self, context: &str) {
        let mut defaults = self.record("helmDefaults").cloned().unwrap_or_else(|| Self::new(self.place.clone()));
        defaults.put_text("kubeContext", context.to_owned());
        self.put("helmDefaults", Value::Record(defaults));
    }

    pub(super) fn put_text(&mut self, key: &'static str, text: String) {
        self.put(key, Value::Scalar(Scalar::Text(text)));
    }
}
