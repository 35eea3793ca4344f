//! The values that a release's templates see: what the user gave, laid over each other and over the charts' defaults.
//!
//! `layers` merges values files and `--set` flags into one plain map, `set` is their grammar. [`prepare`] then does what
//! Helm does between loading and rendering: `enable` finds the subcharts of the `tree` that take part and imports their values,
//! `coalesce` lays user values over defaults, step by step as Go does it because templates can see which maps are shared
//! (`defaults` keeps what depends on the charts alone), and `schema` validates the outcome; `unread` tells which of the user's keys a rendering did not read,
//! `places` where they stand. Which Helm version does what is data: [`Rules`].

mod coalesce;
mod defaults;
mod enable;
mod files;
mod formats;
mod layers;
mod numbers;
mod patterns;
mod places;
mod schema;
pub mod set;
#[cfg(test)]
mod tests;
mod tree;
mod unread;
mod wording;

use std::sync::Arc;

use crate::chart::{Chart, Dependency, Documents};
use crate::gotemplate::{Map, Origin, Value};
use crate::version::PrereleaseRule;
use crate::yaml::{self, Text};

use coalesce::{Coalesce, Nulls};
use enable::Enable;
use schema::Validation;
use tree::Tree;

pub use defaults::Defaults;
pub use files::Files;
pub use layers::{Document, Layers};
pub use places::{Place, Places};
pub use schema::{Documents as SchemaDocuments, needed as needed_by_schemas};
pub use unread::{Path, unread};

/// What differs between Helm versions in this room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How defaults and overrides meet.
    pub coalescing: Coalescing,
    /// When a dependency's constraint admits prereleases of a subchart.
    pub prereleases: PrereleaseRule,
    /// Whether values are validated against values.schema.json, and by which engine's rules.
    pub schema: Schema,
    /// Whether an error says that it came up while dependencies were processed.
    pub names_stage: bool,
    /// What a chart under several aliases has in common with itself.
    pub aliases: Aliases,
}

impl Rules {
    /// Helm 4.2 and later.
    pub const NEWEST: Self = Self {
        coalescing: Coalescing::C,
        prereleases: PrereleaseRule::Group,
        schema: Schema::Modern,
        names_stage: true,
        aliases: Aliases::Apart,
    };
}

/// What a chart under several aliases has in common with itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aliases {
    /// The metadata of its subcharts, and the subcharts of those (Helm 4).
    Apart,
    /// The entries of its Chart.yaml's dependencies, which processing changes: the second alias finds them renamed, and their
    /// imports done. And its subcharts themselves, unless a declaration copies them (Helm 3).
    Shared,
}

/// What differs between Helm versions in files and flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagRules {
    /// What becomes of a values file with several documents.
    pub documents: Documents,
    /// Whether `--set-json` takes a whole object (Helm 4).
    pub json_objects: bool,
    /// What the end of an argument inside of an index means.
    pub ends: set::Ends,
}

impl FlagRules {
    /// Helm 4.
    pub const NEWEST: Self = Self { documents: Documents::Merged, json_objects: true, ends: set::Ends::Quietly };
    /// Helm 3.
    pub const HELM_3: Self = Self { documents: Documents::First, json_objects: false, ends: set::Ends::WithError };
}

/// The algorithm that lays values over defaults: its nulls are the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coalescing {
    /// A table of a declared subchart merges with its nulls kept, so that they reach the subchart's own defaults (3.17 on).
    pub child_keeps_nulls: bool,
    /// A null removes only what has a default; others stay (3.20 on, 4.1 on).
    pub nulls_need_default: bool,
    /// Nulls of the chart's own defaults go before merging (4.2 on).
    pub cleans_defaults: bool,
}

impl Coalescing {
    /// Helm up to 3.16.
    pub const A: Self = Self { child_keeps_nulls: false, nulls_need_default: false, cleans_defaults: false };
    /// Helm 3.17 to 3.19 and 4.0.
    pub const A_CHILD: Self = Self { child_keeps_nulls: true, ..Self::A };
    /// Helm 3.20 to 3.22 and 4.1.
    pub const B: Self = Self { nulls_need_default: true, ..Self::A_CHILD };
    /// Helm 4.2 and 4.3.
    pub const C: Self = Self { cleans_defaults: true, ..Self::B };
}

/// How values are validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Not at all (`--skip-schema-validation`).
    Skip,
    /// The newest draft by default; formats are asserted up to draft 7. Names under `urn:` accept everything (3.20 on, 4.0 on).
    Modern,
    /// The same, but names under `urn:` lead nowhere (3.18 and 3.19).
    ModernWithoutNames,
    /// Draft 7 by default; formats are always asserted (up to 3.17).
    Legacy,
}

/// Everything a rendering needs to know about values and subcharts.
pub struct Prepared {
    /// The chart and the subcharts that take part.
    pub root: Installed,
    /// The top-level values, in which the subcharts' values stand under their names. A plain map: the caller gives it the
    /// Go type of its dialect. Collections that the user gave know their [`Origin`] if that was wanted.
    pub values: Map,
    /// What Helm would say on stderr.
    pub warnings: Vec<Warning>,
}

/// A chart that takes part in a rendering, under the name it has there.
#[derive(Clone)]
pub struct Installed {
    /// The chart.
    pub chart: Arc<Chart>,
    /// Its name, or the alias its parent gives it: also the key of its values in the parent's, where a dot in it separates keys.
    pub name: Text,
    /// Where its templates stand: its own name below those of its parents, `c/charts/s`. Of a chart that several aliases have in
    /// common, that of the alias which took it in last.
    pub path: Text,
    /// Chart.yaml's dependencies as `.Chart.Dependencies` shows them: without the disabled ones, aliases as names, imports spelled out.
    pub declared: Vec<Dependency>,
    /// The subcharts that take part, in Helm's order.
    pub dependencies: Vec<Installed>,
}

/// What Helm logs while it prepares values, one line each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Warning(pub String);

/// Why values could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A values file cannot be decoded.
    #[error("failed to parse {file}: {reason}")]
    File {
        /// Its name.
        file: String,
        /// What is wrong, in Helm's words.
        reason: String,
    },
    /// A `--set` flag or one of its family cannot be parsed.
    #[error("failed parsing --{flag} data: {reason}")]
    Set {
        /// The flag.
        flag: &'static str,
        /// What is wrong, in Helm's words.
        reason: String,
    },
    /// A `--set-json` argument cannot be parsed.
    #[error("failed parsing --set-json data{} {argument}", if *object { " JSON:" } else { "" })]
    SetJson {
        /// Whether it was a whole object.
        object: bool,
        /// The argument.
        argument: Text,
    },
    /// The values under a subchart's name are no map.
    #[error("type mismatch on {name}: {value}")]
    NotATable {
        /// The subchart.
        name: Text,
        /// The value as Go prints it there.
        value: String,
    },
    /// Aliases within aliases make too many subcharts.
    #[error("subcharts are looked at more than {limit} times: aliases of charts with aliases multiply them")]
    TooManySubcharts {
        /// How often is not too much.
        limit: u32,
    },
    /// Any of these, while conditions and imports were looked at.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(Box<Error>),
    /// Values break a schema, or a schema is broken.
    #[error("values don't meet the specifications of the schema(s) in the following chart(s):\n{0}")]
    Schema(String),
    /// A schema refers to a file, or to an address whose document is not here: a rendering opens neither.
    #[error("values.schema.json of {chart} refers to `{url}`, which is not part of the chart")]
    RemoteSchema {
        /// The chart.
        chart: Text,
        /// The reference.
        url: String,
    },
}

/// What does not change from release to release.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    /// Which Helm version is reproduced.
    pub rules: &'a Rules,
    /// The documents to which schemas refer.
    pub documents: &'a Arc<SchemaDocuments>,
    /// What is known of charts already.
    pub defaults: &'a Defaults,
}

/// Finds the subcharts that take part and lays `user` over the defaults of all.
///
/// `user` is what [`Layers::merge`] gives: its integers are Go's int64, its other numbers float64. Who wants to know what a
/// rendering reads of it gives an origin, which costs time.
pub fn prepare(
    chart: &Arc<Chart>,
    user: &Arc<yaml::Map>,
    shared: Shared<'_>,
    origin: Option<&Origin>,
) -> Result<Prepared, Error> {
    let Shared { rules, documents, defaults } = shared;
    let mut warnings = Vec::new();
    let (mut tree, root) = Tree::new(chart);
    let mut looked_at = Vec::new();
    let mut enable = Enable::new(rules, defaults, &mut tree, &mut warnings, &mut looked_at);
    let enabled = enable.subcharts(root, user, "").and_then(|()| enable.imports(root));
    enabled.map_err(|error| if rules.names_stage { Error::Dependencies(Box::new(error)) } else { error })?;
    let values = user_values(user, origin.cloned());
    Coalesce { rules: rules.coalescing, tree: &tree, warnings: &mut warnings }.chart(
        root,
        &values,
        &coalesce::Path::Top,
        Nulls::Remove,
    )?;
    let root = tree.installed(root);
    if rules.schema != Schema::Skip {
        schema::validate(&root, &values, Validation { rules: rules.schema, documents })?;
    }
    if let Some(origin) = origin {
        // What was done so far is no reading, but for the keys that chose the subcharts.
        origin.forget();
        for path in &looked_at {
            unread::note(origin, path);
        }
    }
    Ok(Prepared { root, values, warnings })
}

/// The engine's map over values that the user gave, where an integer is an int64.
fn user_values(plain: &Arc<yaml::Map>, origin: Option<Origin>) -> Map {
    let map = match origin {
        Some(origin) => Map::frozen_from(plain.clone(), origin),
        None => Map::frozen(plain.clone()),
    };
    for (key, value) in plain.iter().filter(|(_, value)| has_integers(value)) {
        if let Some(handle) = map.peek(key) {
            map.insert(key.clone(), widen(handle, value));
        }
    }
    map
}

/// A handle whose plain form is `plain`, with int64 for its integers: the same handle, if it is a collection.
fn widen(handle: Value, plain: &yaml::Value) -> Value {
    match (&handle, plain) {
        (Value::Map(map), yaml::Value::Map(plain)) => {
            for (key, value) in plain.iter().filter(|(_, value)| has_integers(value)) {
                if let Some(handle) = map.peek(key) {
                    map.insert(key.clone(), widen(handle, value));
                }
            }
        }
        (Value::List(list), yaml::Value::List(plain)) => {
            list.replace(list.items().into_iter().zip(plain.iter()).map(|(item, plain)| widen(item, plain)).collect());
        }
        (_, yaml::Value::Int(value)) => return Value::int64(*value),
        _ => {}
    }
    handle
}

fn has_integers(value: &yaml::Value) -> bool {
    match value {
        yaml::Value::Int(_) => true,
        yaml::Value::List(items) => items.iter().any(has_integers),
        yaml::Value::Map(map) => map.values().any(has_integers),
        _ => false,
    }
}
