//! Dictionaries. A dictionary is a shared handle: what `set` and `merge` change shows wherever the same one is reachable.

use super::Rules;
use super::conversion::strval;
use super::limits::{MAX_DEPTH, MAX_PARTS};
use super::merge;
use super::merge::{Refusal, Winner};
use crate::gotemplate::{Function, FunctionError, List, ListKind, Map, MapKind, Rest, State, Value, type_name};
use crate::yaml::Text;

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    let mut rows = vec![
        Function::pure("dict", dict).costing(MAP),
        Function::pure("dig", dig),
        Function::pure("get", |map: Map, key: Text| map.get(&key).unwrap_or_else(|| Value::text(""))),
        Function::pure("hasKey", |map: Map, key: Text| map.contains(&key)),
        Function::pure("keys", |maps: Rest<Map>| {
            let keys = maps.0.iter().flat_map(Map::keys).map(Value::String).collect();
            Value::List(List::grown(keys, ListKind::Strings))
        }),
        Function::pure("omit", omit),
        Function::pure("pick", pick),
        Function::pure("pluck", |key: Text, maps: Rest<Map>| grown(maps.0.iter().filter_map(|map| map.get(&key)))),
        Function::pure("set", set),
        Function::pure("unset", unset),
        Function::pure("values", |map: Map| grown(map.entries().into_iter().map(|(_, value)| value))),
    ];
    for name in ["deepCopy", "mustDeepCopy"] {
        rows.push(Function::pure(name, deep_copy));
    }
    for (name, winner, tells) in MERGES {
        rows.push(Function::pure(name, move |state: &mut State<'_>, into: Map, from: Rest<Map>| {
            let into = if into.is_nil() { Map::new() } else { into };
            for map in &from.0 {
                match merge::merge(&into, map, winner, rules.map_over_scalar) {
                    Ok(met) => state.spend(met / 2)?,
                    Err(Refusal::Types) if tells => return Err("src and dst must be of same type".into()),
                    Err(Refusal::Types) => return Ok(Value::text("")),
                    Err(Refusal::Failed(error)) => return Err(error),
                }
            }
            Ok(Value::Map(into))
        }));
    }
    rows
}

/// The four of them, who wins, and whether they tell of mergo's errors.
const MERGES: [(&str, Winner, bool); 4] = [
    ("merge", Winner::First, false),
    ("mustMerge", Winner::First, true),
    ("mergeOverwrite", Winner::Last, false),
    ("mustMergeOverwrite", Winner::Last, true),
];

/// The steps that making a map counts for.
const MAP: u64 = 128;

/// Keys and values by turns; a last key without a value gets an empty string.
fn dict(arguments: Rest<Value>) -> Result<Map, FunctionError> {
    let mut entries = Vec::with_capacity(arguments.0.len().div_ceil(2));
    let mut arguments = arguments.0.into_iter();
    while let Some(key) = arguments.next() {
        entries.push((strval(&key)?, arguments.next().unwrap_or_else(|| Value::text(""))));
    }
    Ok(Map::from_entries(entries.into()))
}

fn set(map: Map, key: Text, value: Value) -> Result<Map, FunctionError> {
    if map.is_nil() {
        return Err("assignment to entry in nil map".into());
    }
    map.insert(key, value);
    Ok(map)
}

fn unset(map: Map, key: Text) -> Map {
    map.remove(&key);
    map
}

fn omit(map: Map, keys: Rest<Text>) -> Map {
    let kept = map.shallow_copy();
    for key in &keys.0 {
        kept.remove(key);
    }
    kept
}

fn pick(map: Map, keys: Rest<Text>) -> Map {
    let kept = map.shallow_copy();
    for key in map.keys() {
        if !keys.0.contains(&key) {
            kept.remove(&key);
        }
    }
    kept
}

/// `dig "a" "b" default dict`: Go's type assertions admit plain maps only, not named ones.
fn dig(mut arguments: Rest<Value>) -> Result<Value, FunctionError> {
    let (Some(map), Some(default)) = (arguments.0.pop(), arguments.0.pop()) else { return Err(TOO_FEW.into()) };
    if arguments.0.is_empty() {
        return Err(TOO_FEW.into());
    }
    let mut map = asserted_map(map)?;
    let keys = arguments.0.into_iter().map(asserted_text).collect::<Result<Vec<_>, _>>()?;
    for (index, key) in keys.iter().enumerate() {
        let Some(step) = map.get(key) else { return Ok(default) };
        if index + 1 == keys.len() {
            return Ok(step);
        }
        map = asserted_map(step)?;
    }
    Ok(default)
}

const TOO_FEW: &str = "dig needs at least three arguments";

fn asserted_map(value: Value) -> Result<Map, FunctionError> {
    match value {
        Value::Map(map) if matches!(map.kind(), MapKind::Any) => Ok(map),
        other => Err(not_asserted(&other, "map[string]interface {}")),
    }
}

fn asserted_text(value: Value) -> Result<Text, FunctionError> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(not_asserted(&other, "string")),
    }
}

/// What Go's runtime says of a failed type assertion.
fn not_asserted(value: &Value, wanted: &str) -> FunctionError {
    let found = if matches!(value, Value::Nil) { "nil".to_owned() } else { type_name(value) };
    format!("interface conversion: interface {{}} is {found}, not {wanted}").into()
}

/// The steps that copying one part counts for.
const PART: u64 = 32;

/// What sprig makes by appending.
fn grown(items: impl Iterator<Item = Value>) -> Value {
    Value::List(List::grown(items.collect(), ListKind::Any))
}

fn deep_copy(state: &mut State<'_>, value: Value) -> Result<Value, FunctionError> {
    if matches!(value, Value::Nil) {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    let mut left = MAX_PARTS;
    let copy = copied(&value, 0, &mut left)?;
    state.spend(PART * (MAX_PARTS - left) as u64)?;
    Ok(copy)
}

/// A copy down to the `left` parts that it may have.
fn copied(value: &Value, depth: usize, left: &mut usize) -> Result<Value, FunctionError> {
    if depth > MAX_DEPTH {
        return Err("a value contains itself".into());
    }
    *left = left.checked_sub(1).ok_or("the copy would have too many parts")?;
    Ok(match value {
        Value::Map(map) if map.is_nil() => Value::Map(map.clone()),
        Value::Map(map) => {
            let copy = map.shallow_copy();
            for (key, item) in map.entries() {
                if matches!(item, Value::Map(_) | Value::List(_) | Value::Object(_)) {
                    copy.insert(key, copied(&item, depth + 1, left)?);
                }
            }
            Value::Map(copy)
        }
        Value::List(list) if list.is_nil() => Value::List(list.clone()),
        Value::List(list) => {
            let items = list.items().iter().map(|item| copied(item, depth + 1, left)).collect::<Result<_, _>>()?;
            Value::List(list.with_items(items))
        }
        Value::Object(object) => object.copied().unwrap_or_else(|| value.clone()),
        other => other.clone(),
    })
}
