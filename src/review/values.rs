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

/// A key that the user sets, that the old chart had or read and the new one has or reads no more.
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
    /// Whether the new chart still has it among its defaults, though its rendering reads it no more.
    pub is_defined: bool,
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
    let dead = |(key, is_defined)| DeadKey {
        release: new.release.clone(),
        environments: Vec::new(),
        key,
        chart: chart.clone(),
        is_defined,
    };
    let mut search = Search { sides: [old, new], path: Vec::new(), dead: Vec::new() };
    search.died(&new.values, &before, &after);
    let keys = search.dead;
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

/// What one side's rendering does with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Read,
    NotRead,
    /// Nobody set it there, or nobody watched.
    Unknown,
}

/// The search for keys that died.
struct Search<'side> {
    sides: [&'side Rendering; 2],
    path: Vec<Text>,
    /// Each with whether the new chart still has it.
    dead: Vec<(String, bool)>,
}

impl Search<'_> {
    /// Keys of the user's for which `after` has no place, though `before` had one, or that are read no more: the topmost of each
    /// branch.
    fn died(&mut self, user: &Map, before: &Map, after: &Map) {
        for (key, value) in user.iter().filter(|(_, value)| !value.is_null()) {
            self.path.push(key.clone());
            let (was_defined, is_defined) = (before.get(key).is_some(), after.get(key).is_some());
            let [was_read, is_read] = self.sides.map(|side| reading(side, &self.path));
            // A default that was taken out may still be read, and one that stayed may be read no more.
            let is_gone = was_defined && !is_defined && !is_open(after) && is_read != Reading::Read;
            if is_gone || (was_read == Reading::Read && is_read == Reading::NotRead) {
                let path: Vec<_> = self.path.iter().map(|key| key.to_lossy()).collect();
                self.dead.push((path.join("."), is_defined));
            } else if let Value::Map(user) = value {
                let nothing = Map::new();
                let below = |side: &'_ Map| side.get(key).and_then(Value::as_map).cloned();
                let (before, after) = (below(before), below(after));
                self.died(user, before.as_deref().unwrap_or(&nothing), after.as_deref().unwrap_or(&nothing));
            }
            self.path.pop();
        }
    }
}

fn reading(side: &Rendering, path: &[Text]) -> Reading {
    let Some(unread) = &side.unread else { return Reading::Unknown };
    let mut value = side.values.get(&path[0]);
    for key in &path[1..] {
        value = value.and_then(Value::as_map).and_then(|map| map.get(key));
    }
    match value {
        None | Some(Value::Null) => Reading::Unknown,
        _ if unread.iter().any(|unread| path.starts_with(unread)) => Reading::NotRead,
        _ => Reading::Read,
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
