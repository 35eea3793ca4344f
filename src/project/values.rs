//! State values: how the layers behind `.Values` are merged, and the grammar of `--state-values-set`.
//!
//! Within one list of values files mergo merges (null overrides, lists replace); between layers helmfile's own `MergeMaps`
//! does, where null never overrides. Both are here, on plain immutable maps.

use std::sync::Arc;

use crate::yaml::{Map, Text, Value};

/// mergo's `WithOverride` on maps: what `above` says wins, maps join, null wins too.
pub(super) fn override_with(below: &mut Map, above: &Map) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(Value::Map(lower)), Value::Map(upper)) => override_with(Arc::make_mut(lower), upper),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

/// What `MergeMaps` does where both layers have a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lists {
    /// The upper one replaces the lower one, unless it has a null in it: then its other items replace theirs.
    Sparse,
    /// The upper one's items replace theirs, nulls but.
    ByItem,
}

/// helmfile's `MergeMaps`: what `above` says wins, but a null only adds a key.
pub(super) fn merge(below: &Map, above: &Map, lists: Lists) -> Map {
    let mut merged = below.clone();
    for (key, value) in above {
        let laid = match (merged.get(key), value) {
            (Some(_), Value::Null) => continue,
            (Some(Value::Map(lower)), Value::Map(upper)) => Value::Map(Arc::new(merge(lower, upper, lists))),
            (Some(Value::List(lower)), Value::List(upper)) => merge_lists(lower, upper, lists),
            _ => value.clone(),
        };
        merged.insert(key.clone(), laid);
    }
    merged
}

fn merge_lists(below: &Arc<[Value]>, above: &Arc<[Value]>, lists: Lists) -> Value {
    if lists == Lists::Sparse && !above.iter().any(Value::is_null) {
        return Value::List(above.clone());
    }
    let mut merged = below.to_vec();
    merged.resize(merged.len().max(above.len()), Value::Null);
    for (item, value) in merged.iter_mut().zip(above.iter()) {
        *item = match (&*item, value) {
            (lower, Value::Null) => lower.clone(),
            (Value::Map(lower), Value::Map(upper)) => Value::Map(Arc::new(merge(lower, upper, lists))),
            _ => value.clone(),
        };
    }
    Value::List(merged.into())
}

/// Go's `[]any` for a list index in `--state-values-set`; more would be a typing error, or an attack.
const HIGHEST_INDEX: usize = 65_536;

/// `--state-values-set`: assignments by comma, each with a typed value.
pub(super) fn set_typed(map: &mut Map, option: &str) -> Result<(), String> {
    for assignment in option.split(',') {
        let Some((path, value)) = assignment.split_once('=') else {
            return Err(format!("`{assignment}` has no value: expected KEY=VALUE"));
        };
        set(map, &path_of(path), typed(value))?;
    }
    Ok(())
}

/// `--state-values-set-string`: a value may be quoted to hold commas, and its quotes stay. What is no assignment is skipped, as
/// helmfile's pattern `(?:,|^)([^\s=]+)=(['"][^'"]*['"]|[^,]+)` does.
pub(super) fn set_text(map: &mut Map, option: &str) -> Result<(), String> {
    let mut at = 0;
    while let Some((path, value, end)) = next_assignment(option, at) {
        set(map, &path_of(path), Value::from(value))?;
        at = end;
    }
    Ok(())
}

/// The next assignment that begins at the beginning or after a comma: key, value, and where it ends.
fn next_assignment(option: &str, from: usize) -> Option<(&str, &str, usize)> {
    let commas = option[from..].match_indices(',').map(|(at, _)| from + at + 1);
    let mut starts = (from == 0).then_some(0).into_iter().chain(commas);
    starts.find_map(|start| assignment_at(&option[start..]).map(|(key, value)| (key, value, start + key.len() + 1 + value.len())))
}

fn assignment_at(text: &str) -> Option<(&str, &str)> {
    let (key, after) = text.split_once('=')?;
    if key.is_empty() || key.contains(|letter: char| letter.is_ascii_whitespace()) {
        return None;
    }
    let quoted = after.starts_with(['\'', '"']).then(|| after[1..].find(['\'', '"'])).flatten().map(|at| at + 2);
    let end = quoted.unwrap_or_else(|| after.find(',').unwrap_or(after.len()));
    if end == 0 { None } else { Some((key, &after[..end])) }
}

/// The dots of a key part it, unless a backslash is before them.
fn path_of(key: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut letters = key.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => part.extend(letters.next()),
            '.' => parts.push(std::mem::take(&mut part)),
            other => part.push(other),
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// `name`, or `name[index]`.
fn index_of(part: &str) -> (&str, Option<usize>) {
    let indexed = part.split_once('[').and_then(|(name, index)| Some((name, index.split(']').next()?.trim().parse().ok()?)));
    match indexed {
        Some((name, index)) if !name.is_empty() => (name, Some(index)),
        _ => (part, None),
    }
}

fn set(map: &mut Map, path: &[String], value: Value) -> Result<(), String> {
    let Some((part, below)) = path.split_first() else { return Err("an empty key".to_owned()) };
    let (name, index) = index_of(part);
    let name = Text::from(name);
    if !map.contains_key(&name) {
        map.insert(name.clone(), Value::Null);
    }
    let Some(slot) = map.get_mut(&name) else { return Ok(()) };
    let slot = match index {
        Some(index) if index > HIGHEST_INDEX => return Err(format!("index {index} of `{name}` is too high")),
        Some(index) => {
            let mut items = match slot {
                Value::List(items) => items.to_vec(),
                Value::Null => Vec::new(),
                _ => return Err(format!("`{name}` is not a list")),
            };
            items.resize(items.len().max(index + 1), Value::Null);
            *slot = Value::List(items.into());
            let Value::List(items) = slot else { return Ok(()) };
            let Some(items) = Arc::get_mut(items) else { return Ok(()) };
            &mut items[index]
        }
        None => slot,
    };
    if below.is_empty() {
        *slot = value;
        return Ok(());
    }
    if slot.is_null() {
        *slot = Value::empty_map();
    }
    match slot {
        Value::Map(entries) => set(Arc::make_mut(entries), below, value),
        _ => Err(format!("`{part}` is not a mapping")),
    }
}

fn typed(value: &str) -> Value {
    match value.to_ascii_lowercase().as_str() {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        "null" => return Value::Null,
        "0" => return Value::Int(0),
        _ => {}
    }
    match value.parse() {
        Ok(number) if !value.starts_with('0') => Value::Int(number),
        _ => Value::from(value),
    }
}
