//! What a value is, and what stands in for a missing one.

use super::conversion::is_empty;
use super::equality::Comparisons;
use crate::gotemplate::{Function, FunctionError, State, Value, kind_name, type_name};
use crate::yaml::Text;

/// The rows of this topic.
pub(super) fn rows() -> Vec<Function> {
    vec![
        Function::pure("all", |values: &mut [Value]| !values.iter().any(is_empty)),
        Function::pure("any", |values: &mut [Value]| !values.iter().all(is_empty)),
        Function::pure("coalesce", coalesce),
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

fn coalesce(values: &mut [Value]) -> Value {
    values.iter_mut().find(|value| !is_empty(value)).map(std::mem::take).unwrap_or_default()
}

fn default(default: Value, given: &mut [Value]) -> Value {
    given.first_mut().filter(|given| !is_empty(given)).map_or(default, std::mem::take)
}

/// A pointer is like what it points to.
fn type_is_like(name: Text, value: Value) -> bool {
    let actual = type_name(&value);
    name == actual.as_str() || actual.strip_prefix('*').is_some_and(|pointed_to| name == pointed_to)
}
