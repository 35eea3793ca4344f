//! Fields of custom resources that come and go: what of the user's own resources will no longer be understood.

use std::collections::BTreeSet;

use super::resources::{Couple, Resource};
use crate::yaml::Value;

/// Schemas nest, and nothing bounds how deep.
const DEPTH: usize = 64;

/// The fields of one definition that came and went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionChange {
    /// The definition's name: `things.example.com`.
    pub definition: String,
    /// Where it is so.
    pub environments: Vec<String>,
    /// Fields that are new: `v1: spec.a.b`.
    pub added: Vec<String>,
    /// Fields that are gone.
    pub removed: Vec<String>,
}

pub(super) fn changes(couples: &[Couple<'_>]) -> Vec<DefinitionChange> {
    let is_definition = |one: &&Resource| one.kind == "CustomResourceDefinition";
    let change = |&(old, new): &Couple<'_>| {
        let definition = new.or(old).filter(is_definition)?;
        let (before, after) = (old.map(fields).unwrap_or_default(), new.map(fields).unwrap_or_default());
        // Of a definition that came or went as a whole, its versions say enough.
        let is_whole = old.is_none() || new.is_none();
        let shown = |field: &&String| !is_whole || !field.contains(": ");
        let added: Vec<_> = after.difference(&before).filter(shown).cloned().collect();
        let removed: Vec<_> = before.difference(&after).filter(shown).cloned().collect();
        let is_news = !added.is_empty() || !removed.is_empty();
        is_news.then(|| DefinitionChange { definition: definition.name.clone(), environments: Vec::new(), added, removed })
    };
    couples.iter().filter_map(change).collect()
}

/// The versions, and the fields of each with their full paths.
fn fields(definition: &Resource) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    let versions = definition.value.get("spec").and_then(|spec| spec.get("versions"));
    let Some(Value::List(versions)) = versions else { return fields };
    for version in versions.iter() {
        let Some(name) = version.get("name").and_then(Value::as_text) else { continue };
        let name = name.to_lossy();
        fields.insert(name.clone().into_owned());
        if let Some(schema) = version.get("schema").and_then(|schema| schema.get("openAPIV3Schema")) {
            collect(schema, &format!("{name}: "), DEPTH, &mut fields);
        }
    }
    fields
}

fn collect(schema: &Value, path: &str, depth: usize, fields: &mut BTreeSet<String>) {
    if depth == 0 {
        return;
    }
    if let Some(Value::Map(properties)) = schema.get("properties") {
        for (name, schema) in properties.iter() {
            let field = format!("{path}{}", name.to_lossy());
            collect(schema, &format!("{field}."), depth - 1, fields);
            fields.insert(field);
        }
    }
    for (below, mark) in [("items", "[]."), ("additionalProperties", "*.")] {
        if let Some(schema) = schema.get(below) {
            let path = path.strip_suffix('.').map_or_else(|| path.to_owned(), |path| format!("{path}{mark}"));
            collect(schema, &path, depth - 1, fields);
        }
    }
}
