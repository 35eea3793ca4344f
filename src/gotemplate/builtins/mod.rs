//! The functions that Go's template language has by itself. A table of functions may hide them.
//!
//! This file knows their names and parameters and finds items; `compare` orders values, `escape` writes for HTML, JavaScript
//! and URLs.

mod compare;
mod escape;

use super::Language;
use super::exec::Operand;
use super::function::Type;
use super::object::Object;
use super::printf::{self, type_name};
use super::value::{Integer, List, Map, Value};

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    And,
    Call,
    Eq,
    Ge,
    Gt,
    Html,
    Index,
    Js,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Print,
    Printf,
    Println,
    Slice,
    Urlquery,
}

const NAMES: [(&str, Builtin); 19] = [
    ("and", Builtin::And),
    ("call", Builtin::Call),
    ("eq", Builtin::Eq),
    ("ge", Builtin::Ge),
    ("gt", Builtin::Gt),
    ("html", Builtin::Html),
    ("index", Builtin::Index),
    ("js", Builtin::Js),
    ("le", Builtin::Le),
    ("len", Builtin::Len),
    ("lt", Builtin::Lt),
    ("ne", Builtin::Ne),
    ("not", Builtin::Not),
    ("or", Builtin::Or),
    ("print", Builtin::Print),
    ("printf", Builtin::Printf),
    ("println", Builtin::Println),
    ("slice", Builtin::Slice),
    ("urlquery", Builtin::Urlquery),
];

impl Builtin {
    /// All of them, by their names.
    pub(super) fn all() -> impl Iterator<Item = (&'static str, Self)> {
        NAMES.into_iter()
    }

    pub(super) fn name(self) -> &'static str {
        NAMES[self as usize].0
    }

    /// How many arguments at least, and whether more may follow.
    pub(super) fn arity(self) -> (usize, bool) {
        match self {
            Self::Html | Self::Js | Self::Print | Self::Println | Self::Urlquery => (0, true),
            Self::And | Self::Call | Self::Eq | Self::Index | Self::Or | Self::Printf | Self::Slice => (1, true),
            Self::Len | Self::Not => (1, false),
            Self::Ge | Self::Gt | Self::Le | Self::Lt | Self::Ne => (2, false),
        }
    }

    /// The type of the parameter at `index`; `None` for one that takes any value with its static type.
    pub(super) fn parameter(self, index: usize) -> Option<Type> {
        match self {
            Self::Printf if index == 0 => Some(Type::String),
            Self::Html | Self::Js | Self::Print | Self::Printf | Self::Println | Self::Urlquery => Some(Type::Any),
            _ => None,
        }
    }

    /// Calls a builtin other than `and`, `or` and `call`, which the evaluator knows; the number of operands is checked.
    /// `most` bounds the text it may make.
    ///
    /// # Errors
    /// Go's message.
    pub(super) fn apply(self, operands: &[Operand], language: Language, most: usize) -> Result<Value, String> {
        let values = || operands.iter().map(|operand| &operand.value).collect::<Vec<_>>();
        let escaped =
            |escape: fn(&[u8]) -> Vec<u8>| escape::argument_text(&values(), most).map(|text| Value::text(escape(&text)));
        match (self, operands) {
            (Self::Eq, [first, others @ ..]) => compare::eq(&first.value, others, language).map(Value::Bool),
            (Self::Ne, [a, b]) => Ok(Value::Bool(!compare::equal(&a.value, &b.value, language)?)),
            (Self::Lt, [a, b]) => compare::lt(&a.value, &b.value, language).map(Value::Bool),
            (Self::Le, [a, b]) => compare::le(&a.value, &b.value, language).map(Value::Bool),
            (Self::Gt, [a, b]) => Ok(Value::Bool(!compare::le(&a.value, &b.value, language)?)),
            (Self::Ge, [a, b]) => Ok(Value::Bool(!compare::lt(&a.value, &b.value, language)?)),
            (Self::Not, [operand]) => Ok(Value::Bool(!printf::is_true(&operand.value))),
            (Self::Len, [operand]) => len(operand),
            (Self::Index, [item, indexes @ ..]) => index(&item.value, indexes),
            (Self::Slice, [item, indexes @ ..]) => slice(&item.value, indexes),
            (Self::Print, _) => printf::sprint(&values(), most).map(Value::text),
            (Self::Println, _) => printf::sprintln(&values(), most).map(Value::text),
            (Self::Printf, [Operand { value: Value::String(format), .. }, ..]) => {
                printf::format(format, &values()[1..], most).map(Value::text)
            }
            (Self::Html, _) => escaped(escape::html),
            (Self::Js, _) => escaped(escape::javascript),
            (Self::Urlquery, _) => escaped(escape::url_query),
            _ => Err("the evaluator checked the number of arguments".to_owned()),
        }
    }
}

/// What can be taken apart: the collection inside a value.
enum Collection {
    Text(crate::yaml::Text, /* is it a string */ bool),
    List(List),
    Map(Map),
}

fn collection(value: &Value) -> Option<Collection> {
    match value {
        Value::String(text) => Some(Collection::Text(text.clone(), true)),
        Value::Bytes(bytes) => Some(Collection::Text((**bytes).clone(), false)),
        Value::List(list) => Some(Collection::List(list.clone())),
        Value::Map(map) => Some(Collection::Map(map.clone())),
        Value::Object(object) => object_collection(&**object),
        _ => None,
    }
}

fn object_collection(object: &dyn Object) -> Option<Collection> {
    let list = || object.as_list().map(Collection::List);
    object.as_map().map(Collection::Map).or_else(list).or_else(|| collection(&object.basic()?))
}

fn len(operand: &Operand) -> Result<Value, String> {
    let length = match (&operand.value, collection(&operand.value)) {
        (Value::Nil, _) if operand.boxed => return Err("len of nil pointer".to_owned()),
        (Value::Nil, _) => return Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        (_, Some(Collection::Text(text, _))) => text.len(),
        (_, Some(Collection::List(list))) => list.len(),
        (_, Some(Collection::Map(map))) => map.len(),
        (value, None) => return Err(format!("len of type {}", pointed_to(value))),
    };
    Ok(Value::int(length as i64))
}

/// The type of what is behind a pointer, which `len` and `index` follow.
fn pointed_to(value: &Value) -> String {
    let name = type_name(value);
    name.strip_prefix('*').map_or_else(|| name.clone(), str::to_owned)
}

/// A position in a list or text; the end itself passes here, as in Go, and fails only where there is nothing to take.
fn position(index: &Value, length: usize) -> Result<usize, String> {
    let basic = match index {
        Value::Object(object) => object.basic(),
        _ => None,
    };
    let wanted = match basic.as_ref().unwrap_or(index) {
        Value::Int(index, _) => *index,
        Value::Uint(index) => *index as i64,
        Value::Nil => return Err("cannot index slice/array with nil".to_owned()),
        _ => return Err(format!("cannot index slice/array with type {}", type_name(index))),
    };
    usize::try_from(wanted).ok().filter(|&index| index <= length).ok_or_else(|| format!("index out of range: {wanted}"))
}

fn index(item: &Value, indexes: &[Operand]) -> Result<Value, String> {
    if matches!(item, Value::Nil) {
        return Err("index of untyped nil".to_owned());
    }
    let mut item = item.clone();
    for Operand { value: index, .. } in indexes {
        item = match collection(&item) {
            Some(Collection::Text(text, is_string)) => {
                let place = position(index, text.len())?;
                let kind = if is_string { "string" } else { "slice" };
                let byte = text.get(place).ok_or_else(|| format!("reflect: {kind} index out of range"))?;
                Value::Int(i64::from(*byte), Integer::Uint8)
            }
            Some(Collection::List(list)) => {
                let place = position(index, list.len())?;
                list.get(place).ok_or("reflect: slice index out of range")?
            }
            Some(Collection::Map(map)) => match index {
                Value::String(key) => map.get(key).unwrap_or_else(|| Operand::missing_entry(map.kind()).value),
                Value::Nil => return Err("value is nil; should be of type string".to_owned()),
                other => return Err(format!("value has type {}; should be string", type_name(other))),
            },
            None if matches!(item, Value::Nil) => return Err("index of nil pointer".to_owned()),
            None => return Err(format!("can't index item of type {}", pointed_to(&item))),
        };
    }
    Ok(item)
}

fn slice(item: &Value, indexes: &[Operand]) -> Result<Value, String> {
    if matches!(item, Value::Nil) {
        return Err("slice of untyped nil".to_owned());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    let collection = collection(item);
    let length = match &collection {
        Some(Collection::Text(_, true)) if indexes.len() == 3 => return Err("cannot 3-index slice a string".to_owned()),
        Some(Collection::Text(text, _)) => text.len(),
        Some(Collection::List(list)) => list.len(),
        Some(Collection::Map(_)) | None => return Err(format!("can't slice item of type {}", type_name(item))),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        // `index` looks into interfaces, `slice` does not.
        *bound = match index {
            Operand { boxed: true, .. } => return Err("cannot index slice/array with type interface {}".to_owned()),
            Operand { value, .. } => position(value, length)?,
        };
    }
    let [from, to, capacity] = bounds;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    if to > capacity {
        return Err(format!("invalid slice index: {to} > {capacity}"));
    }
    Ok(match collection {
        Some(Collection::Text(text, true)) => Value::text(&text[from..to]),
        Some(Collection::Text(bytes, false)) => Value::Bytes(Box::new(bytes[from..to].into())),
        Some(Collection::List(list)) => Value::List(List::typed(list.items()[from..to].to_vec(), list.kind())),
        Some(Collection::Map(_)) | None => Value::Nil,
    })
}
