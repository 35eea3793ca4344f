//! Releases and charts as a graph: who uses whom, both ways. Knows nothing of files or of how it is drawn.

use std::collections::{BTreeMap, BTreeSet};

use crate::chart::Chart;

/// A release, or a chart in a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    Release { name: String },
    Chart { name: String, version: String },
}

/// Who uses whom. Charts of one name and version are one node, whoever contains them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    releases: Vec<Node>,
    uses: BTreeMap<Node, BTreeSet<Node>>,
    used_by: BTreeMap<Node, BTreeSet<Node>>,
}

impl Graph {
    /// Adds a release with its chart and all that it contains.
    pub(super) fn add(&mut self, release: &str, chart: &Chart) {
        let release = Node::Release { name: release.to_owned() };
        self.releases.push(release.clone());
        self.add_below(&release, chart);
    }

    fn add_below(&mut self, parent: &Node, chart: &Chart) {
        let (name, version) = (&chart.metadata.name, &chart.metadata.version);
        let node = Node::Chart { name: name.to_lossy().into_owned(), version: version.to_lossy().into_owned() };
        self.uses.entry(parent.clone()).or_default().insert(node.clone());
        self.used_by.entry(node.clone()).or_default().insert(parent.clone());
        // Loading bounds how deeply charts nest.
        for below in &chart.dependencies {
            self.add_below(&node, below);
        }
    }

    /// The releases, in the order of output.
    pub(super) fn releases(&self) -> Vec<Node> {
        self.releases.clone()
    }

    /// Every version of the chart.
    pub(super) fn named(&self, wanted: &str) -> Vec<Node> {
        let is_wanted = |node: &&Node| matches!(node, Node::Chart { name, .. } if name == wanted);
        self.used_by.keys().filter(is_wanted).cloned().collect()
    }

    /// Every version of the charts that are there in several.
    pub(super) fn duplicates(&self) -> Vec<Node> {
        let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
        for node in self.used_by.keys() {
            if let Node::Chart { name, .. } = node {
                *versions.entry(name).or_default() += 1;
            }
        }
        let is_one = |node: &&Node| matches!(node, Node::Chart { name, .. } if versions[name.as_str()] > 1);
        self.used_by.keys().filter(is_one).cloned().collect()
    }

    /// What a node uses, or who uses it.
    pub(super) fn next(&self, node: &Node, inverted: bool) -> impl Iterator<Item = &Node> {
        let edges = if inverted { &self.used_by } else { &self.uses };
        edges.get(node).into_iter().flatten()
    }

    /// The edges that can be reached, each from who uses to what is used.
    pub(super) fn edges(&self, roots: &[Node], inverted: bool) -> BTreeSet<(Node, Node)> {
        let mut edges = BTreeSet::new();
        let mut open: Vec<_> = roots.iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(node) = open.pop() {
            if !seen.insert(node) {
                continue;
            }
            for next in self.next(node, inverted) {
                let (from, to) = if inverted { (next, node) } else { (node, next) };
                edges.insert((from.clone(), to.clone()));
                open.push(next);
            }
        }
        edges
    }
}
