//! Defaults of charts that were filled up with those of their subcharts, which depends on nothing that a release says but on
//! which subcharts take part: done once for all releases of a process.
//!
//! What charts import is not kept: it ties maps together that each release needs for itself.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::tree::{ChartId, Tree};
use super::{Coalescing, Error, Warning};
use crate::yaml::{self, Text};

/// Beyond this many nothing more is kept: values choose subcharts, and can choose them in very many ways.
const MOST: usize = 1000;

/// A store of such defaults, shared by threads.
#[derive(Default)]
pub struct Defaults {
    kept: RwLock<FxHashMap<Key, Arc<Filled>>>,
}

/// All that filling looks at: the charts in the order of the tree.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Key {
    rules: Coalescing,
    parts: Vec<Part>,
}

/// The defaults of a chart with those of its subcharts, and what there was to say about it.
#[derive(Default)]
pub(super) struct Filled {
    pub(super) values: Arc<yaml::Map>,
    pub(super) has_nulls: bool,
    pub(super) warnings: Vec<Warning>,
}

#[derive(PartialEq, Eq, Hash)]
struct Part {
    name: Text,
    values: Place,
    subcharts: usize,
}

/// Values by their place in memory, where they stay as long as this has them.
struct Place(Arc<yaml::Map>);

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Key {
    /// That of a chart; `None` if it or one of its subcharts imports something.
    pub(super) fn of(rules: Coalescing, tree: &Tree, chart: ChartId) -> Result<Option<Self>, Error> {
        let mut parts = Vec::new();
        Ok(add(tree, chart, &mut parts)?.then_some(Self { rules, parts }))
    }
}

/// Adds a chart and its subcharts, if none of them imports anything.
fn add(tree: &Tree, chart: ChartId, parts: &mut Vec<Part>) -> Result<bool, Error> {
    tree.visit()?;
    let declared = tree.declared(chart).unwrap_or_default();
    if declared.iter().any(|wish| !tree.wish(*wish).import_values.is_empty()) {
        return Ok(false);
    }
    let subcharts = tree.dependencies(chart);
    let values = Place(tree.values(chart).clone());
    parts.push(Part { name: tree.name(chart).clone(), values, subcharts: subcharts.len() });
    subcharts.iter().try_fold(true, |all, subchart| Ok(all && add(tree, *subchart, parts)?))
}

impl Defaults {
    /// The filled defaults of a chart: known, or made by `fill`.
    pub(super) fn of(&self, key: Key, fill: impl FnOnce() -> Result<Filled, Error>) -> Result<Arc<Filled>, Error> {
        if let Some(filled) = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(filled.clone());
        }
        let filled = Arc::new(fill()?);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            return Ok(filled);
        }
        Ok(kept.entry(key).or_insert(filled).clone())
    }
}
