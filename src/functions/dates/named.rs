//! Go's named types around a time: `time.Month`, `time.Weekday`, `*time.Location`; and the arguments of methods.

use std::any::Any;
use std::rc::Rc;

use super::names::{MONTHS, WEEKDAYS};
use super::zone::Zone;
use crate::gotemplate::{FunctionError, Object, Parameter, Type, Value};
use crate::yaml::{self, Text};

/// Takes a method's argument.
pub(super) fn argument<T: Parameter>(arguments: &[Value], index: usize) -> Result<T, FunctionError> {
    let wrong = || match T::TYPE {
        Type::Named(name) => format!("wrong type for value; expected {name}"),
        other => format!("wrong type for value; expected {other:?}"),
    };
    Ok(arguments.get(index).cloned().and_then(T::take).ok_or_else(wrong)?)
}

/// Refuses another number of arguments than a method has.
pub(super) fn wants(method: &[u8], wanted: usize, arguments: &[Value]) -> Result<(), FunctionError> {
    match arguments.len() {
        got if got == wanted => Ok(()),
        got => Err(format!("wrong number of args for {}: want {wanted} got {got}", String::from_utf8_lossy(method)).into()),
    }
}

/// A number with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A `time.Month`, from 1.
    Month(u8),
    /// A `time.Weekday`, from 0 for Sunday.
    Weekday(u8),
}

impl Named {
    /// The number as a value.
    pub(super) fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }

    fn number(self) -> u8 {
        match self {
            Self::Month(number) | Self::Weekday(number) => number,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Month(number) => MONTHS[usize::from(number - 1)],
            Self::Weekday(number) => WEEKDAYS[usize::from(number)],
        }
    }
}

impl Object for Named {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Month(_) => "time.Month",
            Self::Weekday(_) => "time.Weekday",
        }
    }

    fn kind(&self) -> &'static str {
        "int"
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        (method == b"String").then(|| wants(method, 0, arguments).map(|()| Value::text(self.name())))
    }

    fn text(&self) -> Option<Text> {
        Some(self.name().into())
    }

    fn is_true(&self) -> bool {
        self.number() != 0
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::Int(self.number().into()))
    }
}

impl Parameter for Zone {
    const TYPE: Type = Type::Named("*time.Location");

    fn take(value: Value) -> Option<Self> {
        let Value::Object(object) = value else { return None };
        (&*object as &dyn Any).downcast_ref().cloned()
    }
}

impl Object for Zone {
    fn type_name(&self) -> &'static str {
        "*time.Location"
    }

    fn kind(&self) -> &'static str {
        "ptr"
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        (method == b"String").then(|| wants(method, 0, arguments).map(|()| Value::String(self.name())))
    }

    fn text(&self) -> Option<Text> {
        Some(self.name())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::Map(std::sync::Arc::default()))
    }
}
