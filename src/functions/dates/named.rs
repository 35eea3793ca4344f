//! Go's named types around a time: `time.Month`, `time.Weekday`, `*time.Location`; and the arguments of methods.

use std::any::Any;
use std::rc::Rc;

use super::inner::members;
use super::names::{MONTHS, WEEKDAYS};
use super::zone::Zone;
use crate::gotemplate::{FunctionError, Object, Parameter, Signature, Type, Value};
use crate::yaml::{self, Text};

/// The methods of a type with what they take.
pub(super) type Methods = &'static [(&'static [u8], &'static [Type])];

/// What a method takes, if there is one of that name.
pub(super) fn signature(methods: Methods, name: &[u8]) -> Option<Signature> {
    let &(_, parameters) = methods.iter().find(|(method, _)| *method == name)?;
    Some(Signature::of(parameters))
}

/// Takes a method's argument.
pub(super) fn argument<T: Parameter>(arguments: &[Value], index: usize) -> Result<T, FunctionError> {
    let argument = arguments.get(index).cloned().and_then(T::take);
    argument.ok_or_else(|| "the evaluator checked the arguments by the method's signature".into())
}

/// `String`, the one method of these types.
const STRING: Methods = &[(b"String", &[])];

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

    /// The English name; counting up to a month meets one that is none.
    fn name(self) -> &'static str {
        match self {
            Self::Month(number) => {
                usize::from(number).checked_sub(1).and_then(|index| MONTHS.get(index)).unwrap_or(&"%!Month(0)")
            }
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

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        signature(STRING, method)
    }

    fn call(&self, method: &[u8], _: &[Value]) -> Option<Result<Value, FunctionError>> {
        (method == b"String").then(|| Ok(Value::text(self.name())))
    }

    fn text(&self) -> Option<Text> {
        Some(self.name().into())
    }

    fn basic(&self) -> Option<Value> {
        Some(Value::int(self.number().into()))
    }

    fn counted(&self, number: i64) -> Option<Value> {
        let number = u8::try_from(number).ok()?;
        Some(match self {
            Self::Month(_) => Self::Month(number).value(),
            Self::Weekday(_) => Self::Weekday(number).value(),
        })
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

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        signature(STRING, method)
    }

    fn call(&self, method: &[u8], _: &[Value]) -> Option<Result<Value, FunctionError>> {
        (method == b"String").then(|| Ok(Value::String(self.name())))
    }

    fn text(&self) -> Option<Text> {
        Some(self.name())
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        members(self)
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::Map(std::sync::Arc::default()))
    }
}
