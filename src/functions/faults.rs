//! Go's errors as values: what methods give back that have an error for their only result. Nothing fails by them.

use std::rc::Rc;
use std::sync::Arc;

use crate::gotemplate::{FunctionError, Object, Signature, Value};
use crate::yaml::{self, Text};

/// That nothing went wrong: a nil of the type `error`, which prints where other nils do not.
struct NoFault;

impl Object for NoFault {
    fn type_name(&self) -> &'static str {
        "<nil>"
    }

    fn kind(&self) -> &'static str {
        "invalid"
    }

    fn text(&self) -> Option<Text> {
        Some("<nil>".into())
    }

    fn is_true(&self) -> bool {
        false
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::Null)
    }
}

/// An error of one of Go's types.
pub(crate) struct Fault {
    type_name: &'static str,
    text: Text,
}

impl Fault {
    /// What `errors.New` makes.
    pub(super) fn plain(text: &str) -> Self {
        Self { type_name: "*errors.errorString", text: text.into() }
    }

    /// A text that is no JSON.
    pub(super) fn json_syntax(text: &str) -> Self {
        Self { type_name: "*json.SyntaxError", text: text.into() }
    }

    /// JSON of another kind than is asked for, in the decoder's words.
    pub(super) fn json_type(text: &str) -> Self {
        Self { type_name: "*json.UnmarshalTypeError", text: text.into() }
    }

    /// No error as a value.
    pub(crate) fn none() -> Value {
        Value::Object(Rc::new(NoFault))
    }

    /// The error as a value.
    pub(super) fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }
}

impl Object for Fault {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn kind(&self) -> &'static str {
        "ptr"
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        vec![("s", Value::String(self.text.clone()))]
    }

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        (method == b"Error").then_some(Signature::of(&[]))
    }

    fn call(&self, method: &[u8], _: &[Value]) -> Option<Result<Value, FunctionError>> {
        (method == b"Error").then(|| Ok(Value::String(self.text.clone())))
    }

    fn text(&self) -> Option<Text> {
        Some(self.text.clone())
    }

    /// An encoder finds no fields.
    fn to_plain(&self) -> Result<yaml::Value, String> {
        Ok(yaml::Value::Map(Arc::default()))
    }
}
