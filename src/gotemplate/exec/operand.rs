//! A value under evaluation, with what Go's reflection knows beyond the value.

use crate::gotemplate::function::Type;
use crate::gotemplate::printf;
use crate::gotemplate::value::{ListKind, MapKind, Value};
use crate::yaml::Text;

/// A value and whether its static type is `interface {}`, as that of an element of a `map[string]interface {}` is.
///
/// A nil that is boxed is a nil interface; one that is not is Go's invalid value: no value at all.
#[derive(Clone, Default)]
pub(in crate::gotemplate) struct Operand {
    pub(in crate::gotemplate) value: Value,
    pub(in crate::gotemplate) boxed: bool,
}

impl Operand {
    /// A value of its own type.
    pub(in crate::gotemplate) fn plain(value: Value) -> Self {
        Self { value, boxed: false }
    }

    /// What a function returned: nil can only have come as an interface.
    pub(super) fn returned(value: Value) -> Self {
        let boxed = matches!(value, Value::Nil);
        Self { value, boxed }
    }

    /// An element of a list.
    pub(in crate::gotemplate) fn item(value: Value, kind: ListKind) -> Self {
        Self { value, boxed: kind == ListKind::Any }
    }

    /// A value of a map.
    pub(in crate::gotemplate) fn entry(value: Value, kind: MapKind) -> Self {
        let boxed = match kind {
            MapKind::Any => true,
            MapKind::Strings => false,
            MapKind::Named(named) => named.element == "interface {}",
        };
        Self { value, boxed }
    }

    /// The zero value of a map's elements.
    pub(in crate::gotemplate) fn missing_entry(kind: MapKind) -> Self {
        let value = match kind {
            MapKind::Strings => Value::String(Text::default()),
            MapKind::Named(named) if named.element == "string" => Value::String(Text::default()),
            MapKind::Named(named) if named.element == "[]uint8" => Value::Bytes(Box::default()),
            MapKind::Any | MapKind::Named(_) => Value::Nil,
        };
        Self::entry(value, kind)
    }

    /// Whether there is no value at all.
    pub(super) fn is_invalid(&self) -> bool {
        !self.boxed && matches!(self.value, Value::Nil)
    }

    /// The static type.
    pub(in crate::gotemplate) fn type_name(&self) -> String {
        if self.boxed { "interface {}".to_owned() } else { printf::type_name(&self.value) }
    }
}

impl Type {
    /// The type as Go prints it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::String => "string",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Float64 => "float64",
            Self::List => "[]interface {}",
            Self::Strings => "[]string",
            Self::Map => "map[string]interface {}",
            Self::Named(name) | Self::NamedInt(name) => name,
        }
    }

    /// Whether nil is a value of the type.
    pub(super) fn can_be_nil(self) -> bool {
        match self {
            Self::Any | Self::List | Self::Strings | Self::Map => true,
            Self::Named(name) => name.starts_with(['*', '[']),
            Self::String | Self::Bool | Self::Int | Self::Int64 | Self::Uint32 | Self::Float64 | Self::NamedInt(_) => false,
        }
    }
}
