//! What calls count for, in steps, so that all that one run makes and reads has a limit, too.
//!
//! A step stands for two bytes that are made, or for about ten nanoseconds. Functions that take longer, or make more, than
//! their arguments and their answer show say so themselves: `Function::costing`, `State::spend`.

use crate::gotemplate::value::{ListKind, Value};

/// What executing a node costs, or going around a loop.
pub(super) const NODE: u64 = 8;

/// Memory that a list takes besides its items.
const LIST: usize = 80;

/// What making a value costs.
pub(super) fn made(value: &Value) -> u64 {
    let bytes = match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => {
            let mut bytes = LIST + list.len() * size_of::<Value>();
            if list.kind() == ListKind::Strings {
                list.visit(&mut |item| bytes += if let Value::String(text) = item { text.len() } else { 0 });
            }
            bytes
        }
        _ => 0,
    };
    (bytes / 2) as u64
}

/// What looking at the arguments of a call costs.
pub(super) fn given(values: &[Value]) -> u64 {
    let looked_at = |value: &Value| match value {
        Value::String(text) => text.len() / 4,
        Value::Bytes(bytes) => bytes.len() / 4,
        Value::List(list) => list.len(),
        Value::Map(map) => map.len() / 4,
        _ => 0,
    };
    values.iter().map(|value| (size_of::<Value>() / 2 + looked_at(value)) as u64).sum()
}
