//! Plain data as Go's decoders make it: number kinds apart, map keys as text, and immutable.
//!
//! It is `Send + Sync`, so a parsed chart serves every thread. What templates change lives in `gotemplate::Value`.

use std::sync::Arc;

use super::{Entries, Text};

/// A mapping, ordered by the bytes of its keys as Go prints maps.
pub type Map = Entries<Text, Value>;

/// One value of a YAML or JSON document.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// `null`, `~` or nothing.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A number that Go holds in a signed integer (`--set`, helmfile's YAML).
    Int(i64),
    /// A number above [`i64::MAX`] that Go holds in an unsigned integer.
    Uint(u64),
    /// A number that Go holds in a float64: every number of Helm's values files.
    Float(f64),
    /// A string.
    String(Text),
    /// A timestamp that go-yaml v3 recognised, in RFC 3339 form with nanoseconds, as Go prints it.
    Time(Box<Text>),
    /// A sequence.
    List(Arc<[Value]>),
    /// A mapping.
    Map(Arc<Map>),
}

impl Value {
    /// An empty mapping.
    pub fn empty_map() -> Self {
        Self::Map(Arc::new(Map::new()))
    }

    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Arc<Map>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key.as_bytes())
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}
