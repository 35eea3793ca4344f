//! Which subcharts take part, under which names, and what they give to their parents: Helm's `ProcessDependencies`.
//!
//! Helm changes the loaded chart in place; here the [`Installed`] tree changes and the chart stays shared. What Helm 3 has a
//! chart under two aliases see of these changes is reproduced: declarations and undeclared subcharts are one for all aliases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::coalesce::{Coalesce, Nulls, Path};
use super::{Aliases, Error, Installed, Rules, Warning, user_values};
use crate::chart::Dependency;
use crate::gotemplate::{self, Map, Value};
use crate::version::{Constraint, PrereleaseRule, Version};
use crate::yaml::{self, Text};

/// One processing of a chart's dependencies.
pub(super) struct Enable<'a> {
    pub(super) rules: &'a Rules,
    pub(super) warnings: &'a mut Vec<Warning>,
    /// The paths of the values that chose subcharts.
    pub(super) looked_at: &'a mut Vec<String>,
    /// The charts, by their place in memory, whose declarations go by their aliases already.
    renamed: BTreeSet<usize>,
    /// The declarations, by their chart and name, whose imports are done.
    imported: BTreeSet<(usize, Text)>,
    /// The declarations of aliased charts, by their chart and name, as the last alias left them.
    declared: BTreeMap<(usize, Text), Dependency>,
    /// The charts that several aliases have in common, by path and place in memory, as the last alias left them.
    common: BTreeMap<(Text, usize), Installed>,
}

impl<'a> Enable<'a> {
    pub(super) fn new(rules: &'a Rules, warnings: &'a mut Vec<Warning>, looked_at: &'a mut Vec<String>) -> Self {
        Self {
            rules,
            warnings,
            looked_at,
            renamed: BTreeSet::new(),
            imported: BTreeSet::new(),
            declared: BTreeMap::new(),
            common: BTreeMap::new(),
        }
    }
}

impl Enable<'_> {
    /// Takes out of a chart, and of its subcharts, what conditions and tags disable. `path` leads from the root's values to the
    /// chart's, but `values` are not those below it: each level lays its defaults over the top of what its parent saw.
    pub(super) fn subcharts(&mut self, chart: &mut Installed, values: &Arc<yaml::Map>, path: &str) -> Result<(), Error> {
        self.recall(chart);
        if !chart.has_declared {
            return Ok(());
        }
        if self.has_shared_declarations(chart) && !self.renamed.insert(place(chart)) {
            chart.declared.iter_mut().for_each(rename);
        }
        self.choose(chart);
        let seen = user_values(values, None);
        self.coalesce().chart(chart, &seen, &Path::Top, Nulls::Remove)?;
        for dependency in &mut chart.declared {
            dependency.enabled = true;
        }
        self.tags(&mut chart.declared, &seen);
        self.conditions(&mut chart.declared, &seen, path);
        self.note(chart);
        let disabled: Vec<_> =
            chart.declared.iter().filter(|dependency| !dependency.enabled).map(|dependency| dependency.name.clone()).collect();
        chart.dependencies.retain(|subchart| !disabled.contains(&subchart.name));
        chart.declared.retain(|dependency| !disabled.contains(&dependency.name));
        // Only a subchart with dependencies of its own looks at them.
        let deeper = chart.dependencies.iter_mut().filter(|subchart| subchart.has_declared);
        let mut deeper = deeper.peekable();
        let seen = if deeper.peek().is_some() { plain(&seen) } else { Arc::default() };
        for subchart in deeper {
            let path = format!("{path}{}.", subchart.name);
            self.subcharts(subchart, &seen, &path)?;
        }
        chart.has_declared = !chart.declared.is_empty();
        self.remember(chart);
        Ok(())
    }

    /// Orders the subcharts: first those that nobody declares, then the declared ones, under their aliases. A chart with a version
    /// that its declaration does not admit counts as undeclared, and takes part.
    fn choose(&self, chart: &mut Installed) {
        let fits = |dependency: &Dependency, subchart: &Installed| {
            dependency.name == subchart.name
                && is_compatible(&dependency.version, &subchart.chart.metadata.version, self.rules.prereleases)
        };
        let mut loaded = std::mem::take(&mut chart.dependencies);
        let uses = |subchart: &Installed| chart.declared.iter().filter(|dependency| fits(dependency, subchart)).count();
        let mut chosen: Vec<_> = loaded.iter().filter(|subchart| uses(subchart) == 0).cloned().collect();
        let deep = self.shares_aliases();
        for subchart in loaded.iter_mut().filter(|subchart| uses(subchart) > 1) {
            subchart.dependencies.iter_mut().for_each(|below| make_common(below, deep));
        }
        for dependency in &mut chart.declared {
            let found = loaded.iter().find(|subchart| fits(dependency, subchart));
            rename(dependency);
            // Under its alias or, without one, under the name that it was found by.
            chosen.extend(found.map(|subchart| self.copied(subchart, &dependency.name)));
        }
        chart.dependencies = chosen;
    }

    /// The chart that stands for a declaration: a copy. What a copy shares with the loaded chart keeps the path that it has there:
    /// in Helm 3 its subcharts, unless a declaration copies them, too; in Helm 4 only theirs.
    fn copied(&self, loaded: &Installed, name: &Text) -> Installed {
        let mut copy = Installed { name: name.clone(), path_below: None, is_common: false, ..loaded.clone() };
        if self.shares_aliases() {
            keep_path_below(&mut copy);
        } else {
            copy.dependencies.iter_mut().for_each(keep_path_below);
        }
        copy
    }

    /// A true tag enables; a false one disables if no other is true.
    fn tags(&mut self, declared: &mut [Dependency], values: &Map) {
        let Some(Value::Map(tags)) = values.peek(b"tags") else { return };
        for dependency in declared {
            let (mut on, mut off) = (false, false);
            for tag in &dependency.tags {
                self.looked_at.push(format!("tags.{tag}"));
                match tags.peek(tag) {
                    None => {}
                    Some(Value::Bool(true)) => on = true,
                    Some(Value::Bool(false)) => off = true,
                    Some(_) => self.warn(format!("returned non-bool value: tag {tag} of {}", dependency.name)),
                }
            }
            dependency.enabled = on || !off;
        }
    }

    /// The first path of a condition that holds a boolean decides, whatever the tags said.
    fn conditions(&mut self, declared: &mut [Dependency], values: &Map, path: &str) {
        for dependency in declared {
            let condition = dependency.condition.to_lossy().into_owned();
            for condition in condition.trim().split(',').filter(|condition| !condition.is_empty()) {
                let condition_path = format!("{path}{condition}");
                let found = path_value(values, &condition_path);
                self.looked_at.push(condition_path);
                match found {
                    None => {}
                    Some(Value::Bool(enabled)) => {
                        dependency.enabled = enabled;
                        break;
                    }
                    Some(_) => self.warn(format!("returned non-bool value: {condition} of {}", dependency.name)),
                }
            }
        }
    }

    /// Gives each chart what it imports from its subcharts, the innermost first. Its own defaults win over imports.
    pub(super) fn imports(&mut self, chart: &mut Installed) -> Result<(), Error> {
        self.recall(chart);
        for subchart in &mut chart.dependencies {
            self.imports(subchart)?;
        }
        if chart.has_declared {
            self.own_imports(chart)?;
        }
        self.remember(chart);
        Ok(())
    }

    fn own_imports(&mut self, chart: &mut Installed) -> Result<(), Error> {
        let merged = Map::new();
        self.coalesce().chart(chart, &merged, &Path::Top, Nulls::Keep)?;
        let imported = Map::new();
        let (is_shared, place) = (self.has_shared_declarations(chart), place(chart));
        for dependency in &mut chart.declared {
            let imports = std::mem::take(&mut dependency.import_values);
            if is_shared && !self.imported.insert((place, dependency.name.clone())) {
                continue;
            }
            for (child, parent) in imports.iter().filter_map(import) {
                match table(&merged, &format!("{}.{child}", dependency.name)) {
                    Some(found) => {
                        let found = if found.is_empty() { Map::new() } else { found };
                        self.coalesce().tables(&imported, &nest(&parent, found), &Path::Top, Nulls::Keep);
                    }
                    None => self.warn(format!("ImportValues missing table {child} from chart {}", dependency.name)),
                }
                dependency.import_values.push(spelled_out(&child, &parent));
            }
        }
        self.note(chart);
        if imported.is_empty() {
            chart.values = plain(&merged);
            return Ok(());
        }
        // The imports may share maps with what they come from; a copy of the latter keeps the last merge from changing both.
        let own = Map::frozen(plain(&merged));
        self.coalesce().tables(&own, &imported, &Path::Top, Nulls::Keep);
        chart.values = plain(&own);
        Ok(())
    }

    /// Brings a chart that several aliases have in common to where the last of them left it: in Helm 4 only what it declares.
    fn recall(&self, chart: &mut Installed) {
        if !chart.is_common {
            return;
        }
        let Some(known) = self.common.get(&identity(chart)) else { return };
        if self.shares_aliases() {
            chart.clone_from(known);
        } else {
            chart.declared.clone_from(&known.declared);
            chart.has_declared = known.has_declared;
        }
    }

    fn remember(&mut self, chart: &Installed) {
        if chart.is_common {
            self.common.insert(identity(chart), chart.clone());
        }
    }

    /// Remembers a chart's declarations for its other aliases.
    fn note(&mut self, chart: &Installed) {
        if self.shares_aliases() {
            let noted = chart.declared.iter().map(|dependency| ((place(chart), dependency.name.clone()), dependency.clone()));
            self.declared.extend(noted);
        }
    }

    /// Leaves all aliases with what they have in common, as the last one left it.
    pub(super) fn settle(&self, root: &mut Installed) {
        self.settle_below(root, root.name.clone());
    }

    fn settle_below(&self, chart: &mut Installed, path: Text) {
        self.recall(chart);
        let place_here = place(chart);
        for dependency in &mut chart.declared {
            if let Some(last) = self.declared.get(&(place_here, dependency.name.clone())) {
                dependency.clone_from(last);
            }
        }
        let below = chart.path_below.clone().unwrap_or(path);
        let paths: Vec<Text> = chart.dependencies.iter().map(|subchart| subchart.path_under(&below).into()).collect();
        let last = |index: usize, of: &Installed| {
            let is_other = |other: &Installed| !other.is_common && place(other) == place(of);
            chart.dependencies.iter().rposition(is_other).filter(|last| *last > index && self.shares_aliases())
        };
        let lasts: Vec<_> = chart.dependencies.iter().enumerate().map(|(index, subchart)| last(index, subchart)).collect();
        for (index, subchart) in chart.dependencies.iter_mut().enumerate() {
            self.settle_below(subchart, paths[index].clone());
            if let Some(last) = lasts[index].filter(|_| subchart.path_below.is_none()) {
                for common in subchart.dependencies.iter_mut().filter(|below| below.is_common) {
                    common.path_above = Some(paths[last].clone());
                }
            }
        }
    }

    /// Whether what processing makes of a chart's declarations shows under other aliases: of the chart itself, or of that which has it.
    fn has_shared_declarations(&self, chart: &Installed) -> bool {
        self.shares_aliases() || chart.is_common
    }

    fn shares_aliases(&self) -> bool {
        self.rules.aliases == Aliases::Shared
    }

    fn coalesce(&mut self) -> Coalesce<'_> {
        Coalesce { rules: self.rules.coalescing, warnings: self.warnings }
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(Warning(text));
    }
}

/// The same for all aliases of a chart, and for no other chart.
fn place(chart: &Installed) -> usize {
    Arc::as_ptr(&chart.chart).addr()
}

/// The same for a chart wherever it stands as it was loaded.
fn identity(chart: &Installed) -> (Text, usize) {
    (chart.loaded_path.clone(), place(chart))
}

/// Notes that a chart is common to several aliases; in Helm 4 that is its declarations, in Helm 3 all of it, to the last subchart.
fn make_common(chart: &mut Installed, deep: bool) {
    chart.is_common = true;
    if deep {
        chart.dependencies.iter_mut().for_each(|below| make_common(below, deep));
    }
}

fn rename(dependency: &mut Dependency) {
    if !dependency.alias.is_empty() {
        dependency.name = dependency.alias.clone();
    }
}

fn keep_path_below(chart: &mut Installed) {
    if !chart.has_declared {
        chart.path_below = Some(chart.loaded_path.clone());
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
