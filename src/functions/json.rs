//! sprig's own JSON functions. Helm puts others in place of three of them (`helm.rs`); helmfile keeps these.

use super::Rules;
use crate::gotemplate::{Function, FunctionError, Value};
use crate::yaml::Text;
use crate::yaml::json::{self, Escape};

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("fromJson", move |text: Text| decoded(&text, rules).unwrap_or_default()),
        Function::pure("mustFromJson", move |text: Text| decoded(&text, rules)),
        Function::pure("mustToJson", move |value: Value| encoded(&value, rules)),
        Function::pure("mustToPrettyJson", move |value: Value| pretty(&value, rules)),
        Function::pure("mustToRawJson", move |value: Value| raw(&value, rules)),
        Function::pure("toJson", move |value: Value| encoded(&value, rules).unwrap_or_default()),
        Function::pure("toPrettyJson", move |value: Value| pretty(&value, rules).unwrap_or_default()),
        Function::pure("toRawJson", move |value: Value| raw(&value, rules)),
    ]
}

fn decoded(text: &[u8], rules: Rules) -> Result<Value, FunctionError> {
    json::read(text, rules.json).map(|plain| Value::from_plain(&plain)).map_err(|error| error.to_string().into())
}

/// A value on one line.
pub(super) fn encoded(value: &Value, rules: Rules) -> Result<String, FunctionError> {
    json::write(&value.to_plain()?, Escape::Html, rules.json).map_err(|error| error.to_string().into())
}

fn pretty(value: &Value, rules: Rules) -> Result<String, FunctionError> {
    json::write_pretty(&value.to_plain()?, Escape::Html, rules.json).map_err(|error| error.to_string().into())
}

fn raw(value: &Value, rules: Rules) -> Result<String, FunctionError> {
    json::write(&value.to_plain()?, Escape::Raw, rules.json).map_err(|error| error.to_string().into())
}
