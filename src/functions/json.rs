//! sprig's own JSON functions. Helm puts others in place of three of them (`helm.rs`); helmfile keeps these.

use super::Rules;
use super::limits::{self, MAX_DEPTH, MAX_PARTS};
use crate::gotemplate::{Function, FunctionError, State, Value};
use crate::yaml::json::{self, Backend, Escape};
use crate::yaml::{self, Text};

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("fromJson", move |state: &mut State<'_>, text: Text| {
            limits::reading(state, &text).map(|()| Value::from_plain(&json::read_partly(&text, rules.json).0))
        }),
        Function::pure("mustFromJson", move |state: &mut State<'_>, text: Text| {
            limits::reading(state, &text).and_then(|()| decoded(&text, rules))
        }),
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
    json::indented(&encoded(value, rules)?).map_err(|error| error.to_string().into())
}

fn raw(value: &Value, rules: Rules) -> Result<String, FunctionError> {
    written(value, Escape::Raw, rules)
}

/// The older engine names the type of the value where the newer one names that of the pointer to it, and the method.
fn worded(error: String, engine: Backend) -> String {
    match engine {
        Backend::V1 => error.replace("for type *time.Time: ", "for type time.Time: Time.MarshalJSON: "),
        Backend::V2 => error,
    }
}

fn written(value: &Value, escape: Escape, rules: Rules) -> Result<String, FunctionError> {
    let mut writer = Writer { out: String::new(), escape, rules, left: MAX_PARTS };
    writer.value(value, 0)?;
    Ok(writer.out)
}

/// JSON in the making. Plain data has its keys sorted; Go's structs, wherever they stand in it, keep the order of their fields.
struct Writer {
    out: String,
    escape: Escape,
    rules: Rules,
    /// How many parts there may still be.
    left: usize,
}

type Written = Result<(), FunctionError>;

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) -> Written {
        if depth > MAX_DEPTH {
            return Err("a value contains itself".into());
        }
        self.left = self.left.checked_sub(1).ok_or_else(|| format!("a value has more than {MAX_PARTS} parts"))?;
        limits::text(self.out.len() as u128)?;
        match value {
            Value::Object(object) if let Some(fields) = object.json_fields() => {
                self.items(['{', '}'], fields, |writer, (name, value)| writer.entry(name.as_bytes(), &value, depth))
            }
            Value::Map(map) if !map.is_nil() && value.untouched().is_none() => {
                self.items(['{', '}'], map.entries(), |writer, (key, value)| writer.entry(&key, &value, depth))
            }
            Value::List(list) if !list.is_nil() && value.untouched().is_none() => {
                self.items(['[', ']'], list.items(), |writer, item| writer.value(&item, depth + 1))
            }
            _ => self.plain(&value.to_plain().map_err(|error| worded(error, self.rules.json))?),
        }
    }

    fn entry(&mut self, key: &[u8], value: &Value, depth: usize) -> Written {
        self.plain(&yaml::Value::String(key.into()))?;
        self.out.push(':');
        self.value(value, depth + 1)
    }

    fn items<T>(
        &mut self,
        [open, close]: [char; 2],
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Self, T) -> Written,
    ) -> Written {
        self.out.push(open);
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            write(self, item)?;
        }
        self.out.push(close);
        Ok(())
    }

    fn plain(&mut self, plain: &yaml::Value) -> Written {
        let text = json::write(plain, self.escape, self.rules.json).map_err(|error| error.to_string())?;
        self.out.push_str(&text);
        Ok(())
    }
}
