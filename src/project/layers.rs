//! How one layer of a project lies over another: parts of a file, bases, templates under releases.
//!
//! This is mergo's `WithOverride` on Go structs: what is set above wins unless it is a zero, mappings join, lists replace
//! each other between parts and follow each other between bases and templates.

use std::collections::BTreeMap;

use super::keys::{TEMPLATE, Table};
use super::record::{Field, Record, Value};
use super::{Error, ErrorKind, near};

/// What becomes of a list that two layers have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lists {
    /// The upper one replaces the lower one, unless it is empty (`---` parts).
    Replace,
    /// They follow each other (bases, templates, documents within a part).
    Append,
}

/// Lays `above` over `below`.
pub(super) fn lay(below: &mut Record, above: Record, lists: Lists) {
    for (key, field) in above.fields {
        match below.fields.get_mut(key) {
            None => drop(below.fields.insert(key, field)),
            Some(lower) => lay_field(lower, field, lists),
        }
    }
}

/// Lays what a parent state hands down under a nested one (`HelmState.MergeInherited`): what the nested one says wins, and
/// what it does not say, or says to be zero, is the parent's. Repositories and API versions of both follow each other.
pub(super) fn lay_under(above: &mut Record, parent: &Record) {
    for (key, field) in &parent.fields {
        let Some(own) = above.fields.get_mut(key) else {
            above.fields.insert(key, field.detached());
            continue;
        };
        match (&mut own.value, &field.value) {
            (Value::Record(own), Value::Record(parent)) => fill(own, parent),
            (Value::Labels(own), Value::Labels(parent)) => {
                *own = parent.iter().chain(&*own).map(|(name, label)| (name.clone(), label.clone())).collect();
            }
            (Value::Named(own), Value::Named(parent)) => {
                *own = parent.iter().chain(&*own).map(|(name, record)| (name.clone(), record.clone())).collect();
            }
            (Value::Records(own), Value::Records(parent)) => *own = last_of_each_name(parent, own),
            (Value::Texts(own), Value::Texts(parent)) => {
                let mut all: Vec<String> = Vec::new();
                for text in parent.iter().chain(&*own) {
                    if !all.contains(text) {
                        all.push(text.clone());
                    }
                }
                *own = all;
            }
            _ => {}
        }
    }
}

/// mergo without `WithOverride`: only what is zero is filled.
fn fill(own: &mut Record, parent: &Record) {
    for (key, field) in &parent.fields {
        match own.fields.get_mut(key) {
            Some(own) if !super::decode::is_empty(&own.value) => {}
            _ => drop(own.fields.insert(key, field.detached())),
        }
    }
}

fn last_of_each_name(parent: &[Record], own: &[Record]) -> Vec<Record> {
    let all: Vec<_> = parent.iter().chain(own).collect();
    let is_last = |index: usize, record: &Record| all[index + 1..].iter().all(|later| later.text("name") != record.text("name"));
    all.iter().enumerate().filter(|(index, record)| is_last(*index, record)).map(|(_, record)| (*record).clone()).collect()
}

fn lay_field(below: &mut Field, above: Field, lists: Lists) {
    match (&mut below.value, above.value) {
        (Value::Own(lower), Value::Own(upper)) => {
            // mergo writes through the lower pointer. Where that belongs to a template, later releases that inherit the
            // template see the new value (case `inherit-override-leaks`); and a zero never gets through.
            let value = upper.borrow().clone();
            if !value.is_zero() {
                *lower.borrow_mut() = value;
            }
        }
        (Value::Labels(lower), Value::Labels(upper)) => lower.extend(upper),
        (Value::Named(lower), Value::Named(upper)) => lower.extend(upper),
        (Value::Record(lower), Value::Record(upper)) => lay(lower, upper, lists),
        (Value::Texts(lower), Value::Texts(upper)) if lists == Lists::Append => lower.extend(upper),
        (Value::Values(lower), Value::Values(upper)) if lists == Lists::Append => lower.extend(upper),
        (Value::Records(lower), Value::Records(upper)) if lists == Lists::Append => lower.extend(upper),
        (_, value) if super::decode::is_empty(&value) => {}
        (_, value) => *below = Field { place: above.place, value },
    }
}

/// Lays one state's environments over those of a base: their values and secrets follow each other, those of the upper layer
/// last, or first where the earlier file wins (`mergeStrategy: fallback`).
pub(super) fn lay_environments(below: &mut BTreeMap<String, Record>, above: &BTreeMap<String, Record>) {
    for (name, upper) in above {
        let Some(lower) = below.get_mut(name) else {
            below.insert(name.clone(), upper.clone());
            continue;
        };
        let mut laid = lower.clone();
        laid.place = upper.place.clone();
        for (key, field) in &upper.fields {
            if !matches!(*key, "values" | "secrets") {
                laid.fields.insert(key, field.clone());
            }
        }
        let is_fallback = laid.text("mergeStrategy") == "fallback";
        let (first, last) = if is_fallback { (upper, &*lower) } else { (&*lower, upper) };
        let values = [first.values("values"), last.values("values")].concat();
        laid.put("values", Value::Values(values));
        laid.put("secrets", Value::Texts([lower.texts("secrets"), upper.texts("secrets")].concat()));
        *lower = laid;
    }
}

/// The release over the templates that it inherits, which lie over those that they inherit.
pub(super) fn with_templates(
    release: &Record,
    templates: &BTreeMap<String, Record>,
    path: &mut Vec<String>,
) -> Result<Record, Error> {
    let inherits = release.records("inherit");
    let mut laid = if inherits.is_empty() { release.clone() } else { Record::new(release.place.clone()) };
    for inherit in inherits {
        let name = inherit.text("template");
        if name.is_empty() {
            return Ok(release.clone());
        }
        let refuse = |kind| Error::new(kind, Some(inherit.place.clone()));
        if path.contains(&name) {
            path.push(name);
            return Err(refuse(ErrorKind::TemplateCycle { path: path.clone() }));
        }
        let Some(template) = templates.get(&name) else {
            let near = near::nearest(&name, templates.keys().map(String::as_str));
            let defined = templates.keys().cloned().collect();
            return Err(refuse(ErrorKind::UnknownTemplate { name, near, defined }));
        };
        path.push(name);
        let mut source = with_templates(template, templates, path)?;
        path.pop();
        for key in inherit.texts("except") {
            let Some(key) = except(key, &TEMPLATE) else {
                return Err(refuse(ErrorKind::WrongExcept { key: key.clone() }));
            };
            source.fields.remove(key);
        }
        lay(&mut laid, source, Lists::Append);
    }
    if !inherits.is_empty() {
        lay(&mut laid, release.clone(), Lists::Append);
    }
    laid.fields.remove("inherit");
    Ok(laid)
}

fn except(key: &str, table: &'static Table) -> Option<&'static str> {
    let may = ["labels", "values", "valuesTemplate", "set", "setTemplate", "setString", "secrets"].contains(&key);
    table.key(key).filter(|_| may).map(|row| row.name)
}
