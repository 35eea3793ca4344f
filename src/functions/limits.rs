//! Bounds for everything whose size a template chooses by a number. Go would try, and take the machine down.

use crate::gotemplate::{FunctionError, State, Value};

/// The longest text that one call may make.
pub(super) const MAX_TEXT: usize = 64 << 20;

/// The most items that one call may make.
pub(super) const MAX_ITEMS: usize = 10_000_000;

/// The most parts of a copy, however often they are shared in what is copied.
pub(super) const MAX_PARTS: usize = 2_000_000;

/// The most comparisons of scalars that one call may make.
pub(super) const MAX_COMPARISONS: u64 = 100_000_000;

/// How many such a collection is worth.
pub(super) const COLLECTION: u64 = 100;

/// Deeper than this a value must contain itself: no parser of ours lets in deeper data.
pub(super) const MAX_DEPTH: usize = 10_000;

/// Refuses a text of `length` bytes if that is too long.
pub(super) fn text(length: u128) -> Result<(), FunctionError> {
    if length > MAX_TEXT as u128 { Err(format!("the result would be longer than {} MiB", MAX_TEXT >> 20).into()) } else { Ok(()) }
}

/// Refuses a list of `length` items if that is too long.
pub(super) fn items(length: u128) -> Result<(), FunctionError> {
    if length > MAX_ITEMS as u128 { Err(format!("the result would have more than {MAX_ITEMS} items").into()) } else { Ok(()) }
}

/// The steps that one part of what is read from a text counts for: a map of one key takes some hundred bytes.
const PART: u64 = 64;

/// Lets the run pay for reading YAML, JSON or TOML. What a text holds is guessed from its punctuation.
pub(super) fn reading(state: &State<'_>, text: &[u8]) -> Result<(), FunctionError> {
    let parts = text.iter().filter(|&&byte| matches!(byte, b'[' | b'{' | b',' | b':' | b'-' | b'?' | b'=' | b'\n')).count();
    state.spend(PART * parts as u64)
}

/// Refuses a value with more parts than [`MAX_PARTS`], each counted as often as it is reached, or one that contains itself.
pub(super) fn parts(value: &Value) -> Result<(), FunctionError> {
    count(value, 0, &mut { MAX_PARTS })
}

fn count(value: &Value, depth: usize, left: &mut usize) -> Result<(), FunctionError> {
    if depth > MAX_DEPTH {
        return Err("a value contains itself".into());
    }
    *left = left.checked_sub(1).ok_or_else(|| format!("a value has more than {MAX_PARTS} parts"))?;
    match value {
        Value::List(list) => list.items().iter().try_for_each(|item| count(item, depth + 1, left)),
        Value::Map(map) => map.entries().iter().try_for_each(|(_, item)| count(item, depth + 1, left)),
        _ => Ok(()),
    }
}
