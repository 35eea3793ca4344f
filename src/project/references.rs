//! `ref+` references to secrets in values, as vals resolves them: `echo`, `envsubst` and `file` here, all others by the program
//! `vals`. What comes out is secret: no error shows it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{environment, secrets};
use crate::gotemplate::{self, sprintf};
use crate::surroundings::{Program, Surroundings, clean};
use crate::yaml::{self, Rules, Text, Value, json};

/// vals' bound for references within references.
const DEEPEST: usize = 10;

/// Where references are looked up.
pub(super) struct Lookup<'a> {
    pub(super) surroundings: &'a Surroundings,
    /// Where the paths of files begin.
    pub(super) directory: &'a Path,
    /// Who asks, for messages about programs.
    pub(super) asked_by: &'a str,
}

/// A reference in a text: where it begins and ends, and what is behind `ref+`.
struct Found<'a> {
    start: usize,
    end: usize,
    key: &'a str,
}

/// The first reference: vals' `((secret)?ref)\+([^\+:]*:\/\/[^\+\n ]+[^\+\n ",])\+?`.
fn find(text: &str) -> Option<Found<'_>> {
    text.match_indices("ref+").find_map(|(at, mark)| {
        let start = if text[..at].ends_with("secret") { at - "secret".len() } else { at };
        let key_start = at + mark.len();
        let rest = &text[key_start..];
        let scheme = rest.find(['+', ':'])?;
        let path = rest[scheme..].strip_prefix("://")?;
        let length = path.find(['+', '\n', ' ']).unwrap_or(path.len());
        let path = path[..length].trim_end_matches(['"', ',']);
        if path.chars().count() < 2 {
            return None;
        }
        let key = &rest[..scheme + "://".len() + path.len()];
        let end = key_start + key.len();
        let end = if text[end..].starts_with('+') { end + 1 } else { end };
        Some(Found { start, end, key })
    })
}

/// Whether there is anything in a value that could be a reference.
pub(super) fn are_in(value: &Value) -> bool {
    match value {
        Value::String(text) => memchr::memmem::find(text, b"ref+").is_some(),
        Value::List(items) => items.iter().any(are_in),
        Value::Map(map) => map.values().any(are_in),
        _ => false,
    }
}

impl Lookup<'_> {
    /// A value with all references in its strings resolved; keys stay.
    pub(super) fn value(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::String(text) => self.string(&text.to_lossy()),
            Value::List(items) => Ok(Value::List(items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?)),
            Value::Map(map) => {
                let entries = map.iter().map(|(key, value)| Ok((key.clone(), self.value(value)?)));
                Ok(Value::Map(Arc::new(entries.collect::<Result<_, String>>()?)))
            }
            other => Ok(other.clone()),
        }
    }

    /// What a string says; a string that is one reference becomes what that leads to, of whatever type.
    pub(super) fn string(&self, text: &str) -> Result<Value, String> {
        let text = self.inner(text.to_owned(), 0)?;
        match find(&text) {
            Some(found) if found.start == 0 && found.end == text.len() => self.key(found.key),
            _ => Ok(self.text(&text)?.as_str().into()),
        }
    }

    /// A text with its references replaced by what they lead to.
    pub(super) fn text(&self, text: &str) -> Result<String, String> {
        let (mut out, mut rest) = (String::new(), text);
        while let Some(found) = find(rest) {
            out += &rest[..found.start];
            out += &printed(&self.key(found.key)?);
            rest = &rest[found.end..];
        }
        Ok(out + rest)
    }

    /// Resolves references that stand within another one, from the inside.
    fn inner(&self, text: String, depth: usize) -> Result<String, String> {
        let marks: Vec<_> = text.match_indices("ref+").map(|(at, _)| at).collect();
        let nested = marks.windows(2).rev().find_map(|pair| {
            let between = &text[pair[0] + "ref+".len()..pair[1]];
            let start = if between.ends_with("secret") { pair[1] - "secret".len() } else { pair[1] };
            let is_apart = between.contains([' ', '\n', '\r', '\t', '"', ',']);
            let found = find(&text[start..]).filter(|found| !is_apart && found.start == 0)?;
            Some((start, start + found.end, found.key.to_owned()))
        });
        let Some((start, end, key)) = nested else { return Ok(text) };
        if depth >= DEEPEST {
            return Err(format!("references are inside each other {DEEPEST} times"));
        }
        let value = self.key(&key)?;
        if matches!(value, Value::Null | Value::List(_) | Value::Map(_)) {
            return Err(format!("the reference `{}` inside another one is no scalar", shown(&key)));
        }
        self.inner(format!("{}{}{}", &text[..start], printed(&value), &text[end..]), depth + 1)
    }

    /// What a reference leads to.
    fn key(&self, key: &str) -> Result<Value, String> {
        let value = self.looked_up(key)?;
        secrets::keep(self.surroundings, &value);
        Ok(value)
    }

    fn looked_up(&self, key: &str) -> Result<Value, String> {
        let (scheme, rest) = key.split_once("://").unwrap_or((key, ""));
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.strip_suffix('/').unwrap_or(path);
        let whole = match scheme {
            "echo" if fragment.is_empty() => return Ok(path.trim_end_matches('/').into()),
            "echo" => nested(path)?,
            "envsubst" => self.substituted(path.trim())?.as_str().into(),
            "file" if query.is_empty() => {
                let bytes = self.surroundings.read(&clean(&self.directory.join(path))).map_err(|error| error.to_string())?;
                Value::String(Text::from(bytes))
            }
            _ => return self.by_vals(key),
        };
        let fragment = fragment.strip_prefix('/').unwrap_or(fragment);
        if fragment.is_empty() { Ok(whole) } else { below(whole, fragment, key) }
    }

    /// `$NAME`, `${NAME}` and `${NAME:-else}`.
    fn substituted(&self, text: &str) -> Result<String, String> {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('$') {
            out += before;
            let variable = |name: &str| self.surroundings.variable(name);
            if let Some(braced) = after.strip_prefix('{') {
                let (inner, below) = braced.split_once('}').ok_or("a `${` without its `}`")?;
                let end = inner.find(|letter: char| letter != '_' && !letter.is_ascii_alphanumeric()).unwrap_or(inner.len());
                let (name, form) = inner.split_at(end);
                out += match (variable(name), form) {
                    (value, "") => value.unwrap_or_default(),
                    (value, form) if form.starts_with(":-") || form.starts_with(":=") => {
                        value.filter(|value| !value.is_empty()).unwrap_or(&form[2..])
                    }
                    (value, form) if form.starts_with(['-', '=']) => value.unwrap_or(&form[1..]),
                    _ => return Err(format!("helmlock does not handle `${{{inner}}}`")),
                };
                rest = below;
            } else {
                let end = after.find(|letter: char| letter != '_' && !letter.is_ascii_alphanumeric()).unwrap_or(after.len());
                out += if end == 0 { "$" } else { variable(&after[..end]).unwrap_or_default() };
                rest = &after[end..];
            }
        }
        Ok(out + rest)
    }

    fn by_vals(&self, key: &str) -> Result<Value, String> {
        let asked = BTreeMap::from([(Text::from("value"), Value::from(format!("ref+{key}").as_str()))]);
        let asked = Value::Map(Arc::new(asked.into_iter().collect()));
        let input = json::write(&asked, json::Escape::Html, json::Backend::V2).map_err(|error| error.to_string())?;
        let flags = ["eval", "-f", "-", "-o", "json", "-fail-on-missing-key-in-map=false"];
        let program = Program {
            name: "vals".to_owned(),
            arguments: flags.map(str::to_owned).to_vec(),
            input: input.into_bytes(),
            directory: self.directory.to_owned(),
            asked_by: self.asked_by.to_owned(),
            ..Program::default()
        };
        let failed = |reason: String| format!("`ref+{}`: {reason}", shown(key));
        let output = (self.surroundings.run)(&program).map_err(|error| failed(error.to_string()))?;
        let answer = yaml::read(&output, &Rules::HELMFILE).map_err(|_| failed("`vals` gave no JSON".to_owned()))?;
        let value = answer.as_map().and_then(|map| map.get(b"value".as_slice()));
        value.cloned().ok_or_else(|| failed("`vals` gave no value".to_owned()))
    }
}

/// A reference without what may be secret in it: its query.
fn shown(key: &str) -> &str {
    key.split('?').next().unwrap_or_default()
}

/// `a/b/c` as `{a: {b: c}}`.
fn nested(path: &str) -> Result<Value, String> {
    let mut parts = path.split('/').rev();
    let last = Value::from(parts.next().unwrap_or_default());
    let mut value = last;
    let mut depth = 0;
    for part in parts {
        value = Value::Map(Arc::new([(Text::from(part), value)].into_iter().collect()));
        depth += 1;
    }
    if depth == 0 { Err("key must have two or more components separated by \"/\"".to_owned()) } else { Ok(value) }
}

/// What a fragment leads to in a document; nothing if its keys are not there.
fn below(document: Value, fragment: &str, key: &str) -> Result<Value, String> {
    let mut value = match document {
        Value::String(text) => {
            let origin = super::decode::Origin { file: Path::new("a reference").into(), lines_before: 0, rendered: false };
            let map = environment::mapping(&text, &origin).map_err(|_| format!("`ref+{}` leads to no mapping", shown(key)))?;
            Value::Map(map)
        }
        other => other,
    };
    for part in fragment.split('/') {
        let Value::Map(map) = &value else { return Err(format!("`ref+{}` goes through what is no mapping", shown(key))) };
        match map.get(part.as_bytes()) {
            Some(found) => value = found.clone(),
            None => return Ok(Value::Null),
        }
    }
    Ok(value)
}

/// Go's `%v`.
fn printed(value: &Value) -> String {
    sprintf(b"%v", &[gotemplate::Value::from_plain(value)]).to_string()
}
