//! Which subcharts take part, under which names, and what they give to their parents: Helm's `ProcessDependencies`.
//!
//! Helm changes the loaded chart in place; here the [`Tree`] changes and the chart stays shared. What a chart under two aliases
//! sees of these changes is the tree's affair.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::coalesce::{Coalesce, Nulls, Path, has_nulls, take};
use super::defaults::{Defaults, Filled, Key};
use super::tree::{ChartId, Tree, WishId};
use super::{Error, Rules, Warning, user_values};
use crate::chart::Dependency;
use crate::gotemplate::{self, Map, Value};
use crate::version::{Constraint, PrereleaseRule, Version};
use crate::yaml::{self, Text};

/// One processing of a chart's dependencies.
pub(super) struct Enable<'a> {
    rules: &'a Rules,
    defaults: &'a Defaults,
    tree: &'a mut Tree,
    warnings: &'a mut Vec<Warning>,
    /// The paths of the values that chose subcharts.
    looked_at: &'a mut Vec<String>,
    /// The entries whose imports are done. Helm leaves them in a form in which it does not know them a second time.
    imported: BTreeSet<WishId>,
}

impl<'a> Enable<'a> {
    pub(super) fn new(
        rules: &'a Rules,
        defaults: &'a Defaults,
        tree: &'a mut Tree,
        warnings: &'a mut Vec<Warning>,
        looked_at: &'a mut Vec<String>,
    ) -> Self {
        Self { rules, defaults, tree, warnings, looked_at, imported: BTreeSet::new() }
    }

    /// Takes out of a chart, and of its subcharts, what conditions and tags disable. `path` leads from the root's values to the
    /// chart's, but `values` are not those below it: each level lays its defaults over the top of what its parent saw.
    pub(super) fn subcharts(&mut self, chart: ChartId, values: &Arc<yaml::Map>, path: &str) -> Result<(), Error> {
        let Some(declared) = self.tree.declared(chart).map(<[WishId]>::to_vec) else { return Ok(()) };
        self.choose(chart, &declared);

        let seen = self.seen(chart, values, &declared, path)?;
        self.tags(&declared, &seen);
        self.conditions(&declared, &seen, path);

        let (kept, disabled): (Vec<_>, Vec<_>) = declared.iter().partition(|wish| self.tree.wish(**wish).enabled);
        let disabled: Vec<_> = disabled.into_iter().map(|wish| self.tree.wish(wish).name.clone()).collect();
        let mut dependencies = self.tree.dependencies(chart).to_vec();
        dependencies.retain(|subchart| !disabled.contains(self.tree.name(*subchart)));
        // Only a subchart with dependencies of its own looks at them.
        let has_deeper = dependencies.iter().any(|subchart| self.tree.declared(*subchart).is_some());
        let seen = if has_deeper { plain(&seen) } else { Arc::default() };
        for subchart in &dependencies {
            let path = format!("{path}{}.", self.tree.name(*subchart));
            self.subcharts(*subchart, &seen, &path)?;
        }
        let kept = kept.into_iter().filter(|wish| !disabled.contains(&self.tree.wish(*wish).name)).collect();
        self.tree.set_declared(chart, kept);
        self.tree.set_dependencies(chart, dependencies);
        Ok(())
    }

    /// The values over the defaults. Where no deeper chart looks at them and none of them is worth a warning, only those that tags
    /// and conditions can name.
    fn seen(&mut self, chart: ChartId, values: &Arc<yaml::Map>, declared: &[WishId], path: &str) -> Result<Map, Error> {
        let defaults = self.tree.values(chart).clone();
        let has_deeper = self.tree.dependencies(chart).iter().any(|subchart| self.tree.declared(*subchart).is_some());
        if has_deeper || clash(values, &defaults) {
            let seen = user_values(values, None);
            self.coalesce().chart(chart, &seen, &Path::Top, Nulls::Remove)?;
            return Ok(seen);
        }
        let nameable = self.nameable(chart, declared, path);
        let part = |map: &yaml::Map| -> Arc<yaml::Map> {
            Arc::new(nameable.iter().filter_map(|key| Some((key.clone(), map.get(key)?.clone()))).collect())
        };
        let seen = user_values(&part(values), None);
        self.tree.set_values(chart, part(&defaults));
        let coalesced = self.coalesce().chart(chart, &seen, &Path::Top, Nulls::Remove);
        self.tree.set_values(chart, defaults);
        coalesced.map(|()| seen)
    }

    /// The keys with which tags and conditions begin, and those of which subcharts see something.
    fn nameable(&self, chart: ChartId, declared: &[WishId], path: &str) -> Vec<Text> {
        let first = |path: String| path.split('.').next().unwrap_or_default().into();
        let conditions = declared.iter().flat_map(|wish| conditions(self.tree.wish(*wish), path)).map(first);
        let subcharts = self.tree.dependencies(chart).iter().map(|subchart| self.tree.name(*subchart).clone());
        ["tags".into(), "global".into()].into_iter().chain(subcharts).chain(conditions).collect()
    }

    /// Orders the subcharts: first those that nobody declares, then the declared ones, under their aliases. A chart with a version
    /// that its declaration does not admit counts as undeclared, and takes part.
    fn choose(&mut self, chart: ChartId, declared: &[WishId]) {
        let loaded = self.tree.dependencies(chart).to_vec();
        let fits = |wish: &WishId, subchart: &ChartId| {
            let (wish, version) = (self.tree.wish(*wish), &self.tree.chart(*subchart).metadata.version);
            wish.name == *self.tree.name(*subchart) && is_compatible(&wish.version, version, self.rules.prereleases)
        };
        let fitting = |wish| loaded.iter().filter(|subchart| fits(wish, subchart)).copied().collect();
        let fitting: Vec<Vec<_>> = declared.iter().map(fitting).collect();
        let is_declared = |subchart| fitting.iter().flatten().any(|fitting| fitting == subchart);
        let mut chosen: Vec<_> = loaded.iter().filter(|subchart| !is_declared(*subchart)).copied().collect();
        for (wish, fitting) in declared.iter().zip(&fitting) {
            let alias = self.tree.wish(*wish).alias.clone();
            chosen.extend(fitting.first().map(|subchart| self.tree.copy(*subchart, &alias, self.rules.aliases)));
            let wish = self.tree.wish_mut(*wish);
            wish.enabled = true;
            if !alias.is_empty() {
                wish.name = alias;
            }
        }
        self.tree.set_dependencies(chart, chosen);
    }

    /// A true tag enables; a false one disables if no other is true.
    fn tags(&mut self, declared: &[WishId], values: &Map) {
        let Some(Value::Map(tags)) = values.peek(b"tags") else { return };
        for wish in declared {
            let wish = self.tree.wish_mut(*wish);
            let (mut on, mut off) = (false, false);
            for tag in &wish.tags {
                self.looked_at.push(format!("tags.{tag}"));
                match tags.peek(tag) {
                    None => {}
                    Some(Value::Bool(true)) => on = true,
                    Some(Value::Bool(false)) => off = true,
                    Some(_) => self.warnings.push(Warning(format!("returned non-bool value: tag {tag} of {}", wish.name))),
                }
            }
            wish.enabled = on || !off;
        }
    }

    /// The first path of a condition that holds a boolean decides, whatever the tags said.
    fn conditions(&mut self, declared: &[WishId], values: &Map, path: &str) {
        for wish in declared {
            let wish = self.tree.wish_mut(*wish);
            for condition in conditions(wish, path) {
                let found = path_value(values, &condition);
                match found {
                    None => {}
                    Some(Value::Bool(enabled)) => wish.enabled = enabled,
                    Some(_) => {
                        let condition = &condition[path.len()..];
                        self.warnings.push(Warning(format!("returned non-bool value: {condition} of {}", wish.name)));
                    }
                }
                self.looked_at.push(condition);
                if let Some(Value::Bool(_)) = found {
                    break;
                }
            }
        }
    }

    /// Gives each chart what it imports from its subcharts, the innermost first. Its own defaults win over imports.
    pub(super) fn imports(&mut self, chart: ChartId) -> Result<(), Error> {
        self.tree.visit()?;
        for subchart in self.tree.dependencies(chart).to_vec() {
            self.imports(subchart)?;
        }
        match self.tree.declared(chart).map(<[WishId]>::to_vec) {
            Some(declared) => self.own_imports(chart, &declared),
            None => Ok(()),
        }
    }

    fn own_imports(&mut self, chart: ChartId, declared: &[WishId]) -> Result<(), Error> {
        if let Some(key) = Key::of(self.rules.coalescing, self.tree, chart)? {
            return self.fill(chart, key);
        }
        let merged = Map::new();
        self.coalesce().chart(chart, &merged, &Path::Top, Nulls::Keep)?;
        let imported = Map::new();
        for wish in declared {
            let wanted = std::mem::take(&mut self.tree.wish_mut(*wish).import_values);
            if !self.imported.insert(*wish) {
                continue;
            }
            let name = self.tree.wish(*wish).name.clone();
            for (child, parent) in wanted.iter().filter_map(import) {
                match table(&merged, &format!("{name}.{child}")) {
                    Some(found) => {
                        let found = if found.is_empty() { Map::new() } else { found };
                        self.coalesce().tables(&imported, &nest(&parent, found), &Path::Top, Nulls::Keep);
                    }
                    None => self.warnings.push(Warning(format!("ImportValues missing table {child} from chart {name}"))),
                }
                self.tree.wish_mut(*wish).import_values.push(spelled_out(&child, &parent));
            }
        }
        if imported.is_empty() {
            self.tree.set_values(chart, plain(&merged));
            return Ok(());
        }
        // The imports may share maps with what they come from; a copy of the latter keeps the last merge from changing both.
        let own = Map::frozen(plain(&merged));
        self.coalesce().tables(&own, &imported, &Path::Top, Nulls::Keep);
        self.tree.set_values(chart, plain(&own));
        Ok(())
    }

    /// Gives a chart the defaults of its subcharts, as without imports it gets nothing else.
    fn fill(&mut self, chart: ChartId, key: Key) -> Result<(), Error> {
        let (tree, rules) = (&*self.tree, self.rules.coalescing);
        let filled = self.defaults.of(key, || {
            let (values, mut warnings) = (Map::new(), Vec::new());
            Coalesce { rules, tree, warnings: &mut warnings }.chart(chart, &values, &Path::Top, Nulls::Keep)?;
            let values = plain(&values);
            Ok(Filled { has_nulls: has_nulls(&values), values, warnings })
        })?;
        self.warnings.extend_from_slice(&filled.warnings);
        self.tree.set_values(chart, filled.values.clone());
        if !filled.has_nulls {
            self.tree.set_free_of_nulls(chart);
        }
        Ok(())
    }

    fn coalesce(&mut self) -> Coalesce<'_> {
        Coalesce { rules: self.rules.coalescing, tree: self.tree, warnings: self.warnings }
    }
}

fn is_compatible(constraint: &Text, version: &Text, prereleases: PrereleaseRule) -> bool {
    let constraint = constraint.as_str().and_then(|constraint| Constraint::parse(constraint).ok());
    let version = version.as_str().and_then(|version| Version::parse(version).ok());
    constraint.zip(version).is_some_and(|(constraint, version)| constraint.admits_under(prereleases, &version))
}

/// The paths at which a condition looks, one after the other.
fn conditions(wish: &Dependency, path: &str) -> Vec<String> {
    let text = wish.condition.to_lossy();
    let conditions = text.trim().split(',').filter(|condition| !condition.is_empty());
    conditions.map(|condition| format!("{path}{condition}")).collect()
}

/// Whether laying values over defaults could be worth a warning: a table on one side only.
fn clash(values: &yaml::Map, defaults: &yaml::Map) -> bool {
    let mut defaults = defaults.iter().peekable();
    values.iter().any(|(key, value)| match (value, take(&mut defaults, key).map(|(_, default)| default)) {
        (yaml::Value::Null, _) | (_, None | Some(yaml::Value::Null)) => false,
        (yaml::Value::Map(values), Some(yaml::Value::Map(defaults))) => clash(values, defaults),
        (value, Some(default)) => matches!(value, yaml::Value::Map(_)) || matches!(default, yaml::Value::Map(_)),
    })
}

/// Where an import comes from in the child, and where it goes to in the parent; other items are dropped, as in Helm.
fn import(item: &yaml::Value) -> Option<(String, String)> {
    match item {
        yaml::Value::Map(map) => {
            let side = |key: &str| {
                let value = map.get(key.as_bytes()).map_or(Value::Nil, Value::from_plain);
                gotemplate::sprintf(b"%v", &[value]).to_lossy().into_owned()
            };
            Some((side("child"), side("parent")))
        }
        yaml::Value::String(name) => Some((format!("exports.{name}"), ".".to_owned())),
        _ => None,
    }
}

fn spelled_out(child: &str, parent: &str) -> yaml::Value {
    let entries = [("child".into(), child.into()), ("parent".into(), parent.into())];
    yaml::Value::Map(Arc::new(entries.into_iter().collect()))
}

/// The map under a path, around `inner`; `.` is the root.
fn nest(path: &str, inner: Map) -> Map {
    if path == "." {
        return inner;
    }
    path.rsplit('.').fold(inner, |inner, key| Map::from_entries([(key.into(), Value::Map(inner))].into()))
}

/// The map at a path of keys.
fn table(values: &Map, path: &str) -> Option<Map> {
    path.split('.').try_fold(values.clone(), |map, key| match map.peek(key.as_bytes()) {
        Some(Value::Map(map)) => Some(map),
        _ => None,
    })
}

/// What stands at a path of keys, unless it is a map.
fn path_value(values: &Map, path: &str) -> Option<Value> {
    let (map, key) = match path.rsplit_once('.') {
        Some((path, key)) => (table(values, path)?, key),
        None => (values.clone(), path),
    };
    map.peek(key.as_bytes()).filter(|value| !matches!(value, Value::Map(_)))
}

/// What a coalescing left, as plain data. It is a tree of decoded documents, so it has a plain form.
fn plain(map: &Map) -> Arc<yaml::Map> {
    match Value::Map(map.clone()).to_plain() {
        Ok(yaml::Value::Map(map)) => map,
        _ => Arc::default(),
    }
}
