//! Lays values over the defaults of a chart and its subcharts, step by step as Helm does it.
//!
//! Do not simplify: which maps are shared between a chart and its subcharts afterwards shows in templates that change them,
//! what a null does depends on which maps existed at which step, and import-values calls the same steps with other nulls.
//! Helm's order of keys is Go's map order, random; ours is sorted, and nothing but the order of warnings depends on it.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::iter::Peekable;
use std::sync::Arc;
use std::vec::IntoIter;

use super::tree::{ChartId, Tree};
use super::{Coalescing, Error, Warning};
use crate::gotemplate::{self, Map, Value};
use crate::yaml::{self, Text};

const GLOBAL: &[u8] = b"global";

/// What becomes of nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nulls {
    /// They remove what they meet (Helm's `CoalesceValues`).
    Remove,
    /// The same where the defaults are known to have none: only the user's are looked for.
    Given,
    /// They stay, for a later coalescing (Helm's `MergeValues`).
    Keep,
}

/// Where in the values a step is, for warnings: spelled out only if there is one.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    /// Above the chart.
    Top,
    /// Under a key.
    Below(&'a Path<'a>, &'a Text),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Below(Self::Top, key) => write!(f, "{key}"),
            Self::Below(above, key) => write!(f, "{above}.{key}"),
        }
    }
}

/// One coalescing.
pub(super) struct Coalesce<'a> {
    pub(super) rules: Coalescing,
    pub(super) tree: &'a Tree,
    pub(super) warnings: &'a mut Vec<Warning>,
}

impl Coalesce<'_> {
    /// Fills `values` up with the defaults of a chart and its subcharts. The map that is given in is changed.
    pub(super) fn chart(&mut self, chart: ChartId, values: &Map, prefix: &Path<'_>, nulls: Nulls) -> Result<(), Error> {
        let tree = self.tree;
        tree.visit()?;
        let prefix = Path::Below(prefix, tree.name(chart));
        self.defaults(chart, values, &prefix, nulls);
        for subchart in tree.dependencies(chart) {
            let name = tree.name(*subchart);
            let inner = match values.peek(name) {
                None => {
                    let inner = Map::empty_from(values.origin().map(|origin| origin.child(name)));
                    values.insert(name.clone(), Value::Map(inner.clone()));
                    inner
                }
                Some(Value::Map(inner)) => inner,
                Some(other) => {
                    let value = gotemplate::sprintf(b"%t", &[other]).to_lossy().into_owned();
                    return Err(Error::NotATable { name: name.clone(), value });
                }
            };
            self.globals(&inner, values, &prefix);
            self.chart(*subchart, &inner, &prefix, nulls)?;
        }
        Ok(())
    }

    /// Lays values over a chart's own defaults. The defaults stay frozen until something touches them.
    fn defaults(&mut self, chart: ChartId, values: &Map, prefix: &Path<'_>, nulls: Nulls) {
        let tree = self.tree;
        let is_subchart = |key: &Text| tree.dependencies(chart).iter().any(|subchart| tree.name(*subchart) == key);
        let plain = Value::Map(values.clone()).untouched();
        let mut given = InOrder::of(values, plain.as_ref());
        let nulls = if nulls == Nulls::Remove && tree.is_free_of_nulls(chart) { Nulls::Given } else { nulls };
        let defaults = tree.values(chart);
        let mut missing = Vec::with_capacity(defaults.len().saturating_sub(values.len()));
        for (key, default) in defaults.iter() {
            match (given.take(key), default) {
                (None, default) => missing.extend(self.cleaned(default, nulls).map(|default| (key.clone(), default))),
                (Some(Value::Nil), _) if nulls != Nulls::Keep => values.remove(key),
                (Some(Value::Map(value)), yaml::Value::Map(default)) => {
                    let keeps = self.rules.child_keeps_nulls && is_subchart(key);
                    let nulls = if keeps { Nulls::Keep } else { nulls };
                    self.own_table(&value, default, &Path::Below(prefix, key), nulls);
                }
                (Some(Value::Map(_)), default) if !default.is_null() => {
                    self.warn(format!("warning: skipped value for {prefix}.{key}: Not a table."));
                }
                _ => {}
            }
        }
        values.add(missing);
    }

    /// As [`Self::tables`], over defaults of which nobody else has a handle: nothing that is noted in them is ever seen.
    fn own_table(&mut self, over: &Map, under: &yaml::Map, prefix: &Path<'_>, nulls: Nulls) {
        let cleans = self.cleans(nulls);
        let plain = Value::Map(over.clone()).untouched();
        let mut given = InOrder::of(over, plain.as_ref());
        let mut missing = Vec::with_capacity(under.len().saturating_sub(over.len()));
        for (key, default) in under.iter().filter(|(_, default)| !(cleans && default.is_null())) {
            match (given.take(key), default) {
                (None, default) => missing.extend(self.cleaned(default, nulls).map(|default| (key.clone(), default))),
                (Some(Value::Nil), default) => self.null(over, key, !default.is_null(), nulls),
                (Some(Value::Map(value)), yaml::Value::Map(default)) => {
                    self.own_table(&value, default, &Path::Below(prefix, key), nulls);
                }
                (Some(value @ Value::Map(_)), default) | (Some(value), default @ yaml::Value::Map(_)) => {
                    let default = self.cleaned(default, nulls).unwrap_or_default();
                    self.both(value, default, &Path::Below(prefix, key), nulls);
                }
                _ => {}
            }
        }
        over.add(missing);
    }

    /// Gives a subchart its parent's globals. Maps in them are copied one level deep, so deeper ones are shared by all.
    fn globals(&mut self, values: &Map, parent: &Map, prefix: &Path<'_>) {
        let Some(globals) = table_or_new(values) else {
            return self.warn("warning: skipping globals because destination global is not a table.".to_owned());
        };
        let Some(parents) = table_or_new(parent) else {
            return self.warn("warning: skipping globals because source global is not a table.".to_owned());
        };
        for (key, value) in parents.entries() {
            match (value, globals.peek(&key)) {
                (Value::Map(value), existing) => {
                    let copy = value.shallow_copy();
                    match existing {
                        None => {}
                        // The parent's globals win, so here the subchart's are the defaults.
                        Some(Value::Map(existing)) => self.tables(&copy, &existing, &Path::Below(prefix, &key), Nulls::Keep),
                        Some(_) => {
                            let key = gotemplate::quote(&key);
                            self.warn(format!("Conflict: cannot merge map onto non-map for {key}. Skipping."));
                            continue;
                        }
                    }
                    globals.insert(key, Value::Map(copy));
                }
                (_, Some(Value::Map(_))) => self.warn(format!("key {key} is table. Skipping")),
                (value, _) => globals.insert(key, value),
            }
        }
        values.insert(GLOBAL.into(), Value::Map(globals));
    }

    /// Lays `over` over `under`. Both are changed: what only `under` has is shared by both afterwards.
    pub(super) fn tables(&mut self, over: &Map, under: &Map, prefix: &Path<'_>, nulls: Nulls) {
        let original = under.entries();
        if self.rules.nulls_need_default {
            // Helm remembers which keys had a default, then notes the nulls here; imports can see that they were noted.
            for key in over.nil_keys() {
                under.insert(key, Value::Nil);
            }
        }
        let mut missing = Vec::new();
        for (key, default) in original {
            match over.peek(&key) {
                None => missing.push((key, default)),
                Some(Value::Nil) => self.null(over, &key, !matches!(default, Value::Nil), nulls),
                Some(value) => self.both(value, default, &Path::Below(prefix, &key), nulls),
            }
        }
        over.add(missing);
    }

    /// A null over a key that is there.
    fn null(&self, over: &Map, key: &Text, had_default: bool, nulls: Nulls) {
        if nulls != Nulls::Keep && (had_default || !self.rules.nulls_need_default) {
            over.remove(key);
        }
    }

    /// Two values of one key, neither of them a null that decides.
    fn both(&mut self, value: Value, default: Value, path: &Path<'_>, nulls: Nulls) {
        match (value, default) {
            (Value::Map(value), Value::Map(default)) => self.tables(&value, &default, path, nulls),
            (_, default @ Value::Map(_)) => {
                let default = gotemplate::sprintf(b"%v", &[default]);
                self.warn(format!("warning: cannot overwrite table with non table for {path} ({default})"));
            }
            (Value::Map(_), Value::Nil) => {}
            (Value::Map(_), default) => {
                let default = gotemplate::sprintf(b"%v", &[default]);
                self.warn(format!("warning: destination for {path} is a table. Ignoring non-table value ({default})"));
            }
            _ => {}
        }
    }

    fn cleans(&self, nulls: Nulls) -> bool {
        self.rules.cleans_defaults && nulls == Nulls::Remove
    }

    /// A default where the user says nothing; `None` if it is a null that goes.
    fn cleaned(&self, default: &yaml::Value, nulls: Nulls) -> Option<Value> {
        match default {
            yaml::Value::Null if self.cleans(nulls) => None,
            yaml::Value::Map(map) if self.cleans(nulls) => Some(Value::Map(Map::frozen(clean(map)))),
            default => Some(Value::from_plain(default)),
        }
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(Warning(text));
    }
}

/// The entries of a map, for whoever asks in the order of the keys.
enum InOrder<'a> {
    /// Of a map that nothing has touched: only for its tables it is.
    Plain(&'a Map, Peekable<yaml::Iter<'a, Text, yaml::Value>>),
    Handles(Peekable<IntoIter<(Text, Value)>>),
}

impl<'a> InOrder<'a> {
    /// Those of `map`, whose plain form is given if it is [`Value::untouched`].
    fn of(map: &'a Map, plain: Option<&'a yaml::Value>) -> Self {
        match plain {
            Some(yaml::Value::Map(plain)) => Self::Plain(map, plain.iter().peekable()),
            _ => Self::Handles(map.entries().into_iter().peekable()),
        }
    }

    /// The value of a key that is greater than all that were asked for before.
    fn take(&mut self, key: &Text) -> Option<Value> {
        match self {
            Self::Plain(map, entries) => match take(entries, key)? {
                (_, yaml::Value::Map(_)) => map.peek(key),
                (_, other) => Some(Value::from_plain(other)),
            },
            Self::Handles(entries) => take(entries, key).map(|(_, value)| value),
        }
    }
}

/// The entry of a key, of entries in the order of their keys that are taken up to there.
pub(super) fn take<K: Borrow<Text>, V>(entries: &mut Peekable<impl Iterator<Item = (K, V)>>, key: &Text) -> Option<(K, V)> {
    loop {
        match entries.peek()?.0.borrow().cmp(key) {
            Ordering::Less => drop(entries.next()),
            Ordering::Equal => return entries.next(),
            Ordering::Greater => return None,
        }
    }
}

/// The table of globals in `values`, or a new one; `None` if something else stands there.
fn table_or_new(values: &Map) -> Option<Map> {
    match values.peek(GLOBAL) {
        None => Some(Map::empty_from(values.origin().map(|origin| origin.child(&GLOBAL.into())))),
        Some(Value::Map(globals)) => Some(globals),
        Some(_) => None,
    }
}

/// The same map without nulls at any depth, but for those in lists; the very same one if there are none.
fn clean(map: &Arc<yaml::Map>) -> Arc<yaml::Map> {
    if !has_nulls(map) {
        return map.clone();
    }
    let entries = map.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| {
        let value = match value {
            yaml::Value::Map(map) => yaml::Value::Map(clean(map)),
            other => other.clone(),
        };
        (key.clone(), value)
    });
    Arc::new(entries.collect())
}

pub(super) fn has_nulls(map: &yaml::Map) -> bool {
    map.values().any(|value| match value {
        yaml::Value::Null => true,
        yaml::Value::Map(map) => has_nulls(map),
        _ => false,
    })
}
