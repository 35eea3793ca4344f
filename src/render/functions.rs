//! The functions that Helm lays over the library: those that need the running engine, and those it replaces.

#![expect(clippy::needless_pass_by_value, reason = "template functions own their arguments")]

use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;

use super::inputs::ResolveName;
use crate::functions;
use crate::gotemplate::{self, Function, FunctionError, Functions, Map, State, Value};
use crate::yaml::Text;

/// Who answers `getHostByName`; nobody unless DNS is enabled.
pub(super) struct Names(pub(super) Option<Arc<ResolveName>>);

/// All functions of a Helm chart, under a Helm version's rules.
pub(super) fn table(rules: functions::Rules) -> Functions {
    let topics = [functions::library(rules), functions::helm_serialisation(rules), functions::helm_durations(), overlay()];
    Functions::new(functions::joined(topics))
}

fn overlay() -> Vec<Function> {
    vec![
        Function::pure("include", include),
        Function::pure("tpl", tpl),
        Function::pure("required", required),
        Function::pure("fail", fail),
        Function::impure("lookup", lookup),
        Function::impure("getHostByName", resolve_name),
    ]
}

/// `include NAME DATA`: another template's output as text.
fn include(state: &mut State<'_>, name: Text, data: Value) -> Result<Text, FunctionError> {
    state.include(&name, data)
}

/// `tpl TEXT DATA`: text executed as a template, with the chart's templates at hand.
fn tpl(state: &mut State<'_>, text: Text, data: Value) -> Result<Text, FunctionError> {
    state.tpl(&text, data).map(without_no_value).map_err(|error| {
        let text = gotemplate::quote(&text);
        let what = match error {
            FunctionError::Parse(_) => format!("cannot parse template {text}"),
            _ => format!("error during tpl function execution for {text}"),
        };
        FunctionError::Within { what, error: Box::new(error) }
    })
}

/// `required MESSAGE VALUE`: the value, unless it is nil or an empty string.
fn required(message: Text, value: Value) -> Result<Value, FunctionError> {
    match &value {
        Value::Nil => Err(FunctionError::Failed(message.to_string())),
        Value::String(text) if text.is_empty() => Err(FunctionError::Failed(message.to_string())),
        _ => Ok(value),
    }
}

/// `required` of old, which takes the message for a format.
pub(super) fn formatting_required() -> Function {
    Function::pure("required", |message: Text, value: Value| required(gotemplate::sprintf(&message, &[]), value))
}

fn fail(message: Text) -> Result<Value, FunctionError> {
    Err(FunctionError::Failed(message.to_string()))
}

/// `lookup`: without a cluster Helm finds nothing.
fn lookup(_version: Text, _kind: Text, _namespace: Text, _name: Text) -> Map {
    Map::new()
}

/// `getHostByName NAME`: one of its addresses, ours the first; empty without `--enable-dns`.
fn resolve_name(state: &mut State<'_>, name: Text) -> Result<String, FunctionError> {
    let Some(Names(Some(resolve))) = state.host() else { return Ok(String::new()) };
    // Helm draws one of the addresses, and these are the words of a draw from none (case `names`).
    let address = resolve(&name.to_lossy()).first().ok_or("invalid argument to Intn")?.to_string();
    Ok(address)
}

/// Helm's removal of what missing values print, also where the chart itself wrote it (case `no-value-in-text`).
pub(super) fn without_no_value(text: Text) -> Text {
    const NO_VALUE: &[u8] = b"<no value>";
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(NO_VALUE));
    let mut places = FINDER.find_iter(&text).peekable();
    if places.peek().is_none() {
        return text;
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut start = 0;
    for at in places {
        kept.extend_from_slice(&text[start..at]);
        start = at + NO_VALUE.len();
    }
    kept.extend_from_slice(&text[start..]);
    kept.into()
}
