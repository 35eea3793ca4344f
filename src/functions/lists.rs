//! Lists: making, cutting, searching. A list of any Go type goes in; what comes out is `[]interface {}` unless said.

use super::conversion::{is_empty, items_or, strslice, strval, to_int64};
use super::equality::Comparisons;
use super::limits;
use crate::gotemplate::{Function, FunctionError, List, ListKind, Rest, State, Value};

/// The rows of this topic. sprig has each twice: one panics where the other returns an error, which look the same.
pub(super) fn rows() -> Vec<Function> {
    let mut rows = vec![
        Function::pure("concat", concat),
        Function::pure("has", has),
        Function::pure("list", |items: Rest<Value>| items.0),
        Function::pure("mustHas", has),
        Function::pure("mustWithout", without),
        Function::pure("sortAlpha", sort_alpha),
        Function::pure("tuple", |items: Rest<Value>| items.0),
        Function::pure("without", without),
    ];
    for name in ["chunk", "mustChunk"] {
        rows.push(Function::pure(name, chunk));
    }
    for name in ["append", "mustAppend", "mustPush", "push"] {
        rows.push(Function::pure(name, append));
    }
    for name in ["mustPrepend", "prepend"] {
        rows.push(Function::pure(name, prepend));
    }
    for name in ["mustSlice", "slice"] {
        rows.push(Function::pure(name, slice));
    }
    for name in ["mustUniq", "uniq"] {
        rows.push(Function::pure(name, uniq));
    }
    let unary: [([&'static str; 2], Unary); 6] = [
        (["compact", "mustCompact"], compact),
        (["first", "mustFirst"], first),
        (["initial", "mustInitial"], initial),
        (["last", "mustLast"], last),
        (["mustRest", "rest"], rest),
        (["mustReverse", "reverse"], reverse),
    ];
    for (names, body) in unary {
        rows.extend(names.map(|name| Function::pure(name, body)));
    }
    rows
}

type Outcome = Result<Value, FunctionError>;
type Unary = fn(Value) -> Outcome;

fn append(list: Value, item: Value) -> Outcome {
    let mut items = items_or(&list, "Cannot push on type")?;
    items.push(item);
    let full = items.len() - 1;
    Ok(Value::List(List::appended(items, full)))
}

fn prepend(list: Value, item: Value) -> Outcome {
    let mut items = items_or(&list, "Cannot prepend on type")?;
    items.insert(0, item);
    Ok(Value::List(List::appended(items, 1)))
}

fn first(list: Value) -> Outcome {
    Ok(items_or(&list, "Cannot find first on type")?.into_iter().next().unwrap_or_default())
}

fn last(list: Value) -> Outcome {
    Ok(items_or(&list, "Cannot find last on type")?.pop().unwrap_or_default())
}

fn rest(list: Value) -> Outcome {
    let mut items = items_or(&list, "Cannot find rest on type")?;
    if items.is_empty() {
        return Ok(nil_list());
    }
    items.remove(0);
    Ok(Value::list(items))
}

fn initial(list: Value) -> Outcome {
    let mut items = items_or(&list, "Cannot find initial on type")?;
    match items.pop() {
        Some(_) => Ok(Value::list(items)),
        None => Ok(nil_list()),
    }
}

/// What sprig makes by appending.
fn grown(items: Vec<Value>) -> Value {
    Value::List(List::grown(items, ListKind::Any))
}

fn nil_list() -> Value {
    Value::List(List::nil(ListKind::Any))
}

fn reverse(list: Value) -> Outcome {
    let mut items = items_or(&list, "Cannot find reverse on type")?;
    items.reverse();
    Ok(Value::list(items))
}

fn compact(list: Value) -> Outcome {
    let mut items = items_or(&list, "Cannot compact on type")?;
    items.retain(|item| !is_empty(item));
    Ok(grown(items))
}

fn uniq(state: &mut State<'_>, list: Value) -> Outcome {
    let mut comparisons = Comparisons::new();
    let mut kept: Vec<Value> = Vec::new();
    for item in items_or(&list, "Cannot find uniq on type")? {
        if !is_among(&item, &kept, &mut comparisons)? {
            kept.push(item);
        }
    }
    comparisons.paid(state)?;
    Ok(grown(kept))
}

fn without(state: &mut State<'_>, list: Value, omitted: Rest<Value>) -> Outcome {
    let mut comparisons = Comparisons::new();
    let mut kept = Vec::new();
    for item in items_or(&list, "Cannot find without on type")? {
        if !is_among(&item, &omitted.0, &mut comparisons)? {
            kept.push(item);
        }
    }
    comparisons.paid(state)?;
    Ok(grown(kept))
}

fn is_among(item: &Value, others: &[Value], comparisons: &mut Comparisons) -> Result<bool, FunctionError> {
    for other in others {
        if comparisons.equal(item, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has(state: &mut State<'_>, needle: Value, list: Value) -> Result<bool, FunctionError> {
    if matches!(list, Value::Nil) {
        return Ok(false);
    }
    let mut comparisons = Comparisons::new();
    let found = is_among(&needle, &items_or(&list, "Cannot find has on type")?, &mut comparisons)?;
    comparisons.paid(state).map(|()| found)
}

/// A nil list where nothing is joined.
fn concat(lists: Rest<Value>) -> Outcome {
    let mut items = Vec::new();
    for list in &lists.0 {
        items.extend(items_or(list, "Cannot concat type").map_err(as_list)?);
    }
    limits::items(items.len() as u128)?;
    Ok(if items.is_empty() { nil_list() } else { grown(items) })
}

fn as_list(error: FunctionError) -> FunctionError {
    match error {
        FunctionError::Message(message) if message.starts_with("Cannot concat") => format!("{message} as list").into(),
        other => other,
    }
}

/// Lists of `size` items each, the last one shorter; Go counts them in floats, and so must we for sizes below 1.
fn chunk(size: isize, list: Value) -> Outcome {
    const TOO_LARGE: &str = "runtime error: makeslice: len out of range";
    let items = items_or(&list, "Cannot chunk type")?;
    let count = (((items.len() as f64 - 1.0) / size as f64).floor() + 1.0) as isize;
    if size == 0 || count < 0 {
        return Err(TOO_LARGE.into());
    }
    let mut chunks = Vec::new();
    for index in 0..count {
        let left = (items.len() as f64 % size as f64).floor() as isize;
        let length = if index == count - 1 && left != 0 { left } else { size };
        let length = usize::try_from(length).map_err(|_| TOO_LARGE)?;
        let start = (index * size).unsigned_abs();
        let chunk = items.get(start..start + length).ok_or("reflect: slice index out of range")?;
        chunks.push(Value::list(chunk.to_vec()));
    }
    Ok(Value::List(List::typed(chunks, ListKind::Lists)))
}

/// `slice list 1 3` keeps the list's Go type; of an empty list it is nil.
fn slice(list: Value, bounds: Rest<Value>) -> Outcome {
    let items = items_or(&list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let bound = |index: usize, default: usize| usize::try_from(bounds.0.get(index).map_or(default as i64, to_int64)).ok();
    let part = bound(0, 0).zip(bound(1, items.len())).and_then(|(start, end)| match &list {
        Value::Bytes(bytes) => bytes.get(start..end).map(|bytes| Value::Bytes(Box::new(bytes.into()))),
        Value::List(list) => list.part(start, end).map(Value::List),
        _ => items.get(start..end).map(|items| Value::list(items.to_vec())),
    });
    part.ok_or_else(|| "reflect.Value.Slice: slice index out of bounds".into())
}

/// A `[]string` in byte order; one that was a `[]string` before is sorted in place.
fn sort_alpha(list: Value) -> Outcome {
    if super::conversion::items(&list).is_none() {
        return Ok(Value::strings([strval(&list)?]));
    }
    let texts = strslice(&list)?;
    // A list that nobody else holds changes unnoticed, so that what is written may be remembered.
    drop(list);
    let mut items = texts.items();
    items.sort_by(|one, other| text_of(one).cmp(text_of(other)));
    if !texts.is_nil() {
        texts.replace(items);
    }
    Ok(Value::List(texts))
}

fn text_of(item: &Value) -> &[u8] {
    if let Value::String(text) = item { text } else { &[] }
}
