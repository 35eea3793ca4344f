//! What Go's time types hold out of reach of templates: only `fmt` shows it, under verbs that ask for no text.

use std::rc::Rc;

use super::zone::{Offset, Zone};
use crate::gotemplate::{Integer, List, ListKind, Object, Value};
use crate::yaml;

/// A value inside of a time or a place.
pub(super) enum Inner {
    /// A nil pointer of this type.
    Nil(&'static str),
    /// A struct, or a pointer to one.
    Struct { type_name: &'static str, members: Vec<(&'static str, Value)> },
}

impl Inner {
    /// It as a value.
    pub(super) fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }
}

impl Object for Inner {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Nil(type_name) | Self::Struct { type_name, .. } => type_name,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Nil(_) => "ptr",
            Self::Struct { type_name, .. } => {
                if type_name.starts_with('*') {
                    "ptr"
                } else {
                    "struct"
                }
            }
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Struct { members, .. } => members.clone(),
            Self::Nil(_) => Vec::new(),
        }
    }

    fn is_true(&self) -> bool {
        !matches!(self, Self::Nil(_))
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::Null)
    }
}

/// The fields of a `time.Location`. Those of a place have all its transitions in Go, and here none.
pub(super) fn members(zone: &Zone) -> Vec<(&'static str, Value)> {
    let (zones, transitions, (from, to), current) = match zone {
        Zone::Fixed(offset) => {
            let only = vec![
                ("when", Value::int64(i64::MIN)),
                ("index", Value::Int(0, Integer::Uint8)),
                ("isstd", Value::Bool(false)),
                ("isutc", Value::Bool(false)),
            ];
            let only = Inner::Struct { type_name: "time.zoneTrans", members: only }.value();
            let zone = named("time.zone", offset);
            (vec![zone], vec![only], (i64::MIN, i64::MAX), named("*time.zone", offset))
        }
        Zone::Utc | Zone::Local(_) | Zone::Place(_) => (vec![], vec![], (0, 0), Inner::Nil("*time.zone").value()),
    };
    vec![
        ("name", Value::String(zone.name())),
        ("zone", slice(zones, "[]time.zone")),
        ("tx", slice(transitions, "[]time.zoneTrans")),
        ("extend", Value::text("")),
        ("cacheStart", Value::int64(from)),
        ("cacheEnd", Value::int64(to)),
        ("cacheZone", current),
    ]
}

/// An offset as a `time.zone`.
fn named(type_name: &'static str, offset: &Offset) -> Value {
    let Offset { seconds, name, daylight } = offset;
    let members =
        vec![("name", Value::String(name.clone())), ("offset", Value::int(*seconds)), ("isDST", Value::Bool(*daylight))];
    Inner::Struct { type_name, members }.value()
}

fn slice(items: Vec<Value>, type_name: &'static str) -> Value {
    let kind = ListKind::Structs(type_name);
    Value::List(if items.is_empty() { List::nil(kind) } else { List::typed(items, kind) })
}
