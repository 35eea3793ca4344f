//! The charts of a release while it is found out which of them take part: a tree that knows which of its parts are shared.
//!
//! Helm processes the loaded charts in place, through pointers. Where one chart goes by two aliases, the two have things in
//! common, and what is done to them under one name shows under the other. So charts, their metadata and the entries of their
//! dependencies are held by number here, and a copy takes either the things or their numbers, as Helm's copy does
//! ([`Aliases`]). Nothing here knows what processing means.

use std::cell::Cell;
use std::sync::Arc;

use super::{Aliases, Error, Installed};
use crate::chart::{Chart, Dependency};
use crate::yaml::{self, Text};

/// A chart in its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChartId(usize);

/// An entry of a chart's dependencies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WishId(usize);

#[derive(Clone, Copy)]
struct MetadataId(usize);

/// How often charts are looked at before it is too much: with aliases of charts that have aliases, few lines make millions.
const MOST_VISITS: u32 = 200_000;

/// All charts of a release.
#[derive(Default)]
pub(super) struct Tree {
    charts: Vec<Placed>,
    metadata: Vec<Metadata>,
    wishes: Vec<Dependency>,
    visits: Cell<u32>,
}

#[derive(Clone)]
struct Placed {
    chart: Arc<Chart>,
    metadata: MetadataId,
    dependencies: Vec<ChartId>,
    /// The chart that took it in last; of a chart that several have in common, its path shows which.
    parent: Option<ChartId>,
    values: Arc<yaml::Map>,
    /// Whether the values are known to have no nulls.
    is_free_of_nulls: bool,
}

/// What processing changes of a Chart.yaml.
#[derive(Clone)]
struct Metadata {
    name: Text,
    /// `None` where there is no list at all, or nothing is left of it.
    declared: Option<Vec<WishId>>,
}

impl Tree {
    /// A chart with all its subcharts, before anything is done to them, and its own number.
    pub(super) fn new(chart: &Arc<Chart>) -> (Self, ChartId) {
        let mut tree = Self::default();
        let root = tree.load(chart);
        (tree, root)
    }

    fn load(&mut self, chart: &Arc<Chart>) -> ChartId {
        let declared =
            chart.metadata.dependencies.as_ref().map(|wishes| wishes.iter().map(|wish| self.add(wish.clone())).collect());
        self.metadata.push(Metadata { name: chart.metadata.name.clone(), declared });
        let metadata = MetadataId(self.metadata.len() - 1);
        let values = chart.values.clone();
        let id = self.place(Placed {
            chart: chart.clone(),
            metadata,
            dependencies: Vec::new(),
            parent: None,
            values,
            is_free_of_nulls: false,
        });
        let dependencies = chart.dependencies.iter().map(|subchart| self.load(subchart)).collect();
        self.set_dependencies(id, dependencies);
        id
    }

    fn add(&mut self, wish: Dependency) -> WishId {
        self.wishes.push(wish);
        WishId(self.wishes.len() - 1)
    }

    fn place(&mut self, placed: Placed) -> ChartId {
        self.charts.push(placed);
        ChartId(self.charts.len() - 1)
    }

    /// Counts that a chart is looked at.
    pub(super) fn visit(&self) -> Result<(), Error> {
        self.visits.set(self.visits.get() + 1);
        if self.visits.get() > MOST_VISITS { Err(Error::TooManySubcharts { limit: MOST_VISITS }) } else { Ok(()) }
    }

    /// The chart as it was loaded.
    pub(super) fn chart(&self, id: ChartId) -> &Arc<Chart> {
        &self.charts[id.0].chart
    }

    /// The name that a chart goes by here.
    pub(super) fn name(&self, id: ChartId) -> &Text {
        &self.metadata[self.charts[id.0].metadata.0].name
    }

    /// The entries of a chart's dependencies, if it has such a list.
    pub(super) fn declared(&self, id: ChartId) -> Option<&[WishId]> {
        self.metadata[self.charts[id.0].metadata.0].declared.as_deref()
    }

    /// Leaves these entries; without any, there is no list.
    pub(super) fn set_declared(&mut self, id: ChartId, wishes: Vec<WishId>) {
        self.metadata[self.charts[id.0].metadata.0].declared = Some(wishes).filter(|wishes| !wishes.is_empty());
    }

    pub(super) fn wish(&self, id: WishId) -> &Dependency {
        &self.wishes[id.0]
    }

    pub(super) fn wish_mut(&mut self, id: WishId) -> &mut Dependency {
        &mut self.wishes[id.0]
    }

    pub(super) fn dependencies(&self, id: ChartId) -> &[ChartId] {
        &self.charts[id.0].dependencies
    }

    /// Gives a chart its subcharts, and becomes the parent of each.
    pub(super) fn set_dependencies(&mut self, id: ChartId, dependencies: Vec<ChartId>) {
        for subchart in &dependencies {
            self.charts[subchart.0].parent = Some(id);
        }
        self.charts[id.0].dependencies = dependencies;
    }

    /// A chart's default values, with what it has imported.
    pub(super) fn values(&self, id: ChartId) -> &Arc<yaml::Map> {
        &self.charts[id.0].values
    }

    pub(super) fn set_values(&mut self, id: ChartId, values: Arc<yaml::Map>) {
        self.charts[id.0].values = values;
        self.charts[id.0].is_free_of_nulls = false;
    }

    /// Whether a chart's default values are known to have no nulls but in lists.
    pub(super) fn is_free_of_nulls(&self, id: ChartId) -> bool {
        self.charts[id.0].is_free_of_nulls
    }

    /// Notes that [`Tree::values`] have none.
    pub(super) fn set_free_of_nulls(&mut self, id: ChartId) {
        self.charts[id.0].is_free_of_nulls = true;
    }

    /// The copy of a chart that stands for an entry of its parent's dependencies.
    pub(super) fn copy(&mut self, id: ChartId, alias: &Text, aliases: Aliases) -> ChartId {
        let mut copy = self.charts[id.0].clone();
        let mut metadata = self.metadata[copy.metadata.0].clone();
        if !alias.is_empty() {
            metadata.name = alias.clone();
        }
        if aliases == Aliases::Apart {
            metadata.declared =
                metadata.declared.map(|wishes| wishes.into_iter().map(|wish| self.add(self.wishes[wish.0].clone())).collect());
        }
        self.metadata.push(metadata);
        copy.metadata = MetadataId(self.metadata.len() - 1);
        let below = copy.dependencies.clone();
        let id = self.place(copy);
        if aliases == Aliases::Apart {
            let copies = below.into_iter().map(|subchart| self.place(self.charts[subchart.0].clone())).collect();
            self.set_dependencies(id, copies);
        }
        id
    }

    /// A chart and its subcharts as they are now.
    pub(super) fn installed(&self, id: ChartId) -> Installed {
        Installed {
            chart: self.chart(id).clone(),
            name: self.name(id).clone(),
            path: self.path(id).into(),
            declared: self.declared(id).unwrap_or_default().iter().map(|wish| self.wish(*wish).clone()).collect(),
            dependencies: self.dependencies(id).iter().map(|subchart| self.installed(*subchart)).collect(),
        }
    }

    fn path(&self, id: ChartId) -> Vec<u8> {
        match self.charts[id.0].parent {
            Some(parent) => [&*self.path(parent), b"/charts/", &**self.name(id)].concat(),
            None => self.name(id).to_vec(),
        }
    }
}
