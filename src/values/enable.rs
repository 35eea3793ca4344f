//! Which subcharts take part, under which names, and what they give to their parents: Helm's `ProcessDependencies`.
//!
//! Helm changes the loaded chart in place; here the [`Tree`] changes and the chart stays shared. What a chart under two aliases
//! sees of these changes is the tree's affair.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::coalesce::{Coalesce, Nulls, Path};
use super::tree::{ChartId, Tree, WishId};
use super::{Error, Rules, Warning, user_values};
use crate::gotemplate::{self, Map, Value};
use crate::version::{Constraint, PrereleaseRule, Version};
use crate::yaml::{self, Text};

/// One processing of a chart's dependencies.
pub(super) struct Enable<'a> {
    rules: &'a Rules,
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
        tree: &'a mut Tree,
        warnings: &'a mut Vec<Warning>,
        looked_at: &'a mut Vec<String>,
    ) -> Self {
        Self { rules, tree, warnings, looked_at, imported: BTreeSet::new() }
    }

    /// Takes out of a chart, and of its subcharts, what conditions and tags disable. `path` leads from the root's values to the
    /// chart's, but `values` are not those below it: each level lays its defaults over the top of what its parent saw.
    pub(super) fn subcharts(&mut self, chart: ChartId, values: &Arc<yaml::Map>, path: &str) -> Result<(), Error> {
        let Some(declared) = self.tree.declared(chart).map(<[WishId]>::to_vec) else { return Ok(()) };
        self.choose(chart, &declared);

        let seen = user_values(values, None);
        self.coalesce().chart(chart, &seen, &Path::Top, Nulls::Remove)?;
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

    /// Orders the subcharts: first those that nobody declares, then the declared ones, under their aliases. A chart with a version
    /// that its declaration does not admit counts as undeclared, and takes part.
    fn choose(&mut self, chart: ChartId, declared: &[WishId]) {
        let loaded = self.tree.dependencies(chart).to_vec();
        let fits = |tree: &Tree, wish: WishId, subchart: ChartId| {
            let (wish, version) = (tree.wish(wish), &tree.chart(subchart).metadata.version);
            wish.name == *tree.name(subchart) && is_compatible(&wish.version, version, self.rules.prereleases)
        };
        let is_declared = |subchart| declared.iter().any(|wish| fits(self.tree, *wish, subchart));
        let mut chosen: Vec<_> = loaded.iter().copied().filter(|subchart| !is_declared(*subchart)).collect();
        for wish in declared {
            let found = loaded.iter().find(|subchart| fits(self.tree, *wish, **subchart));
            let alias = self.tree.wish(*wish).alias.clone();
            chosen.extend(found.map(|subchart| self.tree.copy(*subchart, &alias, self.rules.aliases)));
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
            let condition = wish.condition.to_lossy().into_owned();
            for condition in condition.trim().split(',').filter(|condition| !condition.is_empty()) {
                let condition_path = format!("{path}{condition}");
                let found = path_value(values, &condition_path);
                self.looked_at.push(condition_path);
                match found {
                    None => {}
                    Some(Value::Bool(enabled)) => {
                        wish.enabled = enabled;
                        break;
                    }
                    Some(_) => self.warnings.push(Warning(format!("returned non-bool value: {condition} of {}", wish.name))),
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

    fn coalesce(&mut self) -> Coalesce<'_> {
        Coalesce { rules: self.rules.coalescing, tree: self.tree, warnings: self.warnings }
    }
}

fn is_compatible(constraint: &Text, version: &Text, prereleases: PrereleaseRule) -> bool {
    let constraint = constraint.as_str().and_then(|constraint| Constraint::parse(constraint).ok());
    let version = version.as_str().and_then(|version| Version::parse(version).ok());
    constraint.zip(version).is_some_and(|(constraint, version)| constraint.admits_under(prereleases, &version))
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
