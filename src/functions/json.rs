//! sprig's own JSON functions. Helm puts others in place of three of them (`helm.rs`); helmfile keeps these.

use super::Rules;
use crate::gotemplate::{Function, FunctionError, Value};
use crate::yaml::Text;
use crate::yaml::json::{self, Escape};

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("fromJson", move |text: Text| Value::from_plain(&json::read_partly(&text, rules.json).0)),
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
    written(value, Escape::Html, rules)
}

fn pretty(value: &Value, rules: Rules) -> Result<String, FunctionError> {
    json::write_pretty(&value.to_plain()?, Escape::Html, rules.json).map_err(|error| error.to_string().into())
}

fn raw(value: &Value, rules: Rules) -> Result<String, FunctionError> {
    written(value, Escape::Raw, rules)
}

/// Plain data has its keys sorted; Go's structs keep the order of their fields.
fn written(value: &Value, escape: Escape, rules: Rules) -> Result<String, FunctionError> {
    let is_object = |item: &Value| matches!(item, Value::Object(_));
    let inner = |value: &Value| written(value, escape, rules);
    match value {
        Value::Object(object) if let Some(fields) = object.json_fields() => {
            let fields = fields.iter().map(|(name, value)| Ok(format!("\"{name}\":{}", inner(value)?)));
            Ok(format!("{{{}}}", fields.collect::<Result<Vec<_>, FunctionError>>()?.join(",")))
        }
        Value::List(list) if list.items().iter().any(is_object) => {
            let items = list.items().iter().map(inner).collect::<Result<Vec<_>, _>>()?;
            Ok(format!("[{}]", items.join(",")))
        }
        _ => json::write(&value.to_plain()?, escape, rules.json).map_err(|error| error.to_string().into()),
    }
}
