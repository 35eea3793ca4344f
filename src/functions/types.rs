//! What a value is, and what stands in for a missing one.

use super::conversion::is_empty;
use super::equality::Comparisons;
use crate::gotemplate::{Function, FunctionError, Rest, State, Value, kind_name, type_name};
use crate::yaml::Text;

/// The rows of this topic.
pub(super) fn rows() -> Vec<Function> {
    vec![
        Function::pure("all", |values: Rest<Value>| !values.0.iter().any(is_empty)),
        Function::pure("any", |values: Rest<Value>| !values.0.iter().all(is_empty)),
        Function::pure("coalesce", |values: Rest<Value>| values.0.into_iter().find(|value| !is_empty(value)).unwrap_or_default()),
        Function::pure("deepEqual", deep_equal),
        Function::pure("default", default),
        Function::pure("empty", |value: Value| is_empty(&value)),
        Function::pure("fail", |message: Text| Err::<Value, _>(FunctionError::Message(message.to_lossy().into_owned()))),
        Function::pure("kindIs", |kind: Text, value: Value| kind == kind_name(&value)),
        Function::pure("kindOf", |value: Value| kind_name(&value)),
        Function::pure("ternary", |yes: Value, no: Value, test: bool| if test { yes } else { no }),
        Function::pure("typeIs", |name: Text, value: Value| name == type_name(&value).as_str()),
        Function::pure("typeIsLike", type_is_like),
        Function::pure("typeOf", |value: Value| type_name(&value)),
    ]
}

fn deep_equal(state: &mut State<'_>, left: Value, right: Value) -> Result<bool, FunctionError> {
    let mut comparisons = Comparisons::new();
    let equal = comparisons.equal(&left, &right)?;
    comparisons.paid(state).map(|()| equal)
}

fn default(default: Value, given: Rest<Value>) -> Value {
    given.0.into_iter().next().filter(|given| !is_empty(given)).unwrap_or(default)
}

/// A pointer is like what it points to.
fn type_is_like(name: Text, value: Value) -> bool {
    let actual = type_name(&value);
    name == actual.as_str() || actual.strip_prefix('*').is_some_and(|pointed_to| name == pointed_to)
}
