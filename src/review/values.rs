//! What a chart's new version does to the user's values: keys that died, and defaults that changed where the user says
//! nothing.

use std::sync::Arc;

use super::Rendering;
use crate::chart::{self, Chart};
use crate::yaml::json::{self, Backend, Escape};
use crate::yaml::{Map, Text, Value};

/// Charts within charts, as deep as they are loaded.
const DEPTH: usize = 16;
/// A value is shown up to this many characters.
const SHOWN: usize = 100;

/// A key that the user sets, that the old chart had and the new one has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadKey {
    /// The release's identity.
    pub release: String,
    /// Where it is so.
    pub environments: Vec<String>,
    /// The key with its parents: `controller.autoscaling.minReplicas`.
    pub key: String,
    /// The new chart: name and version.
    pub chart: String,
}

/// A default that is another in the new chart, where the user sets nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultChange {
    /// The release's identity.
    pub release: String,
    /// Where it is so.
    pub environments: Vec<String>,
    /// The key with its parents.
    pub key: String,
    /// The old default, as JSON, shortened.
    pub before: String,
    /// The new default, as JSON, shortened.
    pub after: String,
}

pub(super) fn changes(old: &Rendering, new: &Rendering) -> (Vec<DeadKey>, Vec<DefaultChange>) {
    if Arc::ptr_eq(&old.chart, &new.chart) {
        return Default::default();
    }
    let (before, after) = (defaults(&old.chart, DEPTH), defaults(&new.chart, DEPTH));
    let metadata = &new.chart.metadata;
    let chart = format!("{} {}", metadata.name.to_lossy(), metadata.version.to_lossy());
    let dead = |key| DeadKey { release: new.release.clone(), environments: Vec::new(), key, chart: chart.clone() };
    let mut keys = Vec::new();
    died(&new.values, &before, &after, "", &mut keys);
    let mut defaults = Vec::new();
    changed(&before, &after, &new.values, "", &mut |key, before, after| {
        let (before, after) = (shown(before), shown(after));
        defaults.push(DefaultChange { release: new.release.clone(), environments: Vec::new(), key, before, after });
    });
    (keys.into_iter().map(dead).collect(), defaults)
}

/// All that a chart and its subcharts define, as their parent sees it.
fn defaults(chart: &Chart, depth: usize) -> Map {
    let mut values = (*chart.values).clone();
    if depth == 0 {
        return values;
    }
    for dependency in &chart.dependencies {
        let name = &dependency.metadata.name;
        let declared = chart.metadata.declared().iter().filter(|declared| declared.name == *name);
        let mut aliases: Vec<_> = declared.map(|one| if one.alias.is_empty() { name } else { &one.alias }).collect();
        if aliases.is_empty() {
            aliases.push(name);
        }
        let own = Arc::new(defaults(dependency, depth - 1));
        for alias in aliases {
            let mut below = own.clone();
            if let Some(Value::Map(over)) = values.get(alias) {
                chart::merge_values(&mut below, over.clone());
            }
            values.insert(alias.clone(), Value::Map(below));
        }
    }
    values
}

fn path(above: &str, key: &Text) -> String {
    let key = key.to_lossy();
    if above.is_empty() { key.into_owned() } else { format!("{above}.{key}") }
}

/// An empty map, and nothing at all, is an invitation to put any key there.
fn is_open(map: &Map) -> bool {
    map.is_empty()
}

/// Keys of the user's that stand in `before` and for which `after` has no place.
fn died(user: &Map, before: &Map, after: &Map, above: &str, dead: &mut Vec<String>) {
    for (key, value) in user {
        let Some(known) = before.get(key) else { continue };
        match (value, known, after.get(key)) {
            (_, _, None) if !is_open(after) => dead.push(path(above, key)),
            (Value::Map(user), Value::Map(before), Some(Value::Map(after))) => {
                died(user, before, after, &path(above, key), dead);
            }
            _ => {}
        }
    }
}

/// Defaults that both have and that differ, where the user sets nothing.
fn changed(before: &Map, after: &Map, user: &Map, above: &str, found: &mut impl FnMut(String, &Value, &Value)) {
    let nothing = Map::new();
    for (key, old) in before {
        let Some(new) = after.get(key).filter(|new| *new != old) else { continue };
        match (old, new, user.get(key)) {
            (Value::Map(old), Value::Map(new), None) => changed(old, new, &nothing, &path(above, key), found),
            (Value::Map(old), Value::Map(new), Some(Value::Map(user))) => changed(old, new, user, &path(above, key), found),
            (.., Some(_)) => {}
            (old, new, None) => found(path(above, key), old, new),
        }
    }
}

fn shown(value: &Value) -> String {
    let text = json::write(value, Escape::Raw, Backend::V2).unwrap_or_default();
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}
