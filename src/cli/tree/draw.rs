//! The forms of a tree: lines for people, JSON, Graphviz and Mermaid.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::graph::{Graph, Node};

/// Charts of one name may contain each other in a circle of versions; no sound tree is deeper.
const DEEPEST: usize = 64;

/// Which nodes have been shown with what is below them: each is once.
struct Branches<'a> {
    graph: &'a Graph,
    inverted: bool,
    shown: BTreeSet<Node>,
}

/// A tree of lines below each root. `(*)` stands for a branch that was shown before.
pub(super) fn text(graph: &Graph, roots: &[Node], inverted: bool) -> String {
    let mut branches = Branches { graph, inverted, shown: BTreeSet::new() };
    let mut text = String::new();
    for root in roots {
        let _infallible = writeln!(text, "{}", label(root));
        branches.draw(root, &mut String::new(), &mut text);
    }
    text
}

impl Branches<'_> {
    /// What is below a node; nothing if that has been shown.
    fn below(&mut self, node: &Node, depth: usize) -> Vec<Node> {
        if depth >= DEEPEST || !self.shown.insert(node.clone()) {
            return Vec::new();
        }
        self.graph.next(node, self.inverted).cloned().collect()
    }

    fn draw(&mut self, node: &Node, prefix: &mut String, text: &mut String) {
        let next = self.below(node, prefix.chars().count() / 4);
        for (index, below) in next.iter().enumerate() {
            let is_last = index + 1 == next.len();
            let repeated = if self.is_repeated(below) { " (*)" } else { "" };
            let twig = if is_last { "└── " } else { "├── " };
            let _infallible = writeln!(text, "{prefix}{twig}{}{repeated}", label(below));
            let length = prefix.len();
            prefix.push_str(if is_last { "    " } else { "│   " });
            self.draw(below, prefix, text);
            prefix.truncate(length);
        }
    }

    fn is_repeated(&self, node: &Node) -> bool {
        self.shown.contains(node) && self.graph.next(node, self.inverted).next().is_some()
    }

    fn object(&mut self, node: &Node, depth: usize) -> Value {
        let mut object = match node {
            Node::Release { name } => json!({"release": name}),
            Node::Chart { name, version } => json!({"chart": name, "version": version}),
        };
        if self.is_repeated(node) {
            object["repeated"] = true.into();
            return object;
        }
        let below: Vec<_> = self.below(node, depth).iter().map(|below| self.object(below, depth + 1)).collect();
        object[if self.inverted { "usedBy" } else { "uses" }] = below.into();
        object
    }
}

/// Nested objects, the roots in a list. What was shown before says `repeated` and no more.
pub(super) fn json(graph: &Graph, roots: &[Node], inverted: bool) -> Value {
    let mut branches = Branches { graph, inverted, shown: BTreeSet::new() };
    let roots: Vec<_> = roots.iter().map(|root| branches.object(root, 0)).collect();
    json!({ "roots": roots })
}

/// For Graphviz: `helmlock tree -o dot | dot -Tsvg`.
pub(super) fn dot(graph: &Graph, roots: &[Node], inverted: bool) -> String {
    let mut text = "digraph charts {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (from, to) in graph.edges(roots, inverted) {
        let quoted = |node: &Node| format!("{:?}", label(node));
        let _infallible = writeln!(text, "  {} -> {};", quoted(&from), quoted(&to));
    }
    text + "}\n"
}

/// For pages that draw Mermaid, as GitHub and GitLab do.
pub(super) fn mermaid(graph: &Graph, roots: &[Node], inverted: bool) -> String {
    let edges = graph.edges(roots, inverted);
    let mut nodes: Vec<_> = edges.iter().flat_map(|(from, to)| [from, to]).collect();
    nodes.sort();
    nodes.dedup();
    let mut text = "graph LR\n".to_owned();
    for (number, node) in nodes.iter().enumerate() {
        let _infallible = writeln!(text, "  n{number}[\"{}\"]", label(node).replace('"', "'"));
    }
    let number = |node: &Node| nodes.binary_search(&node).unwrap_or_default();
    for (from, to) in &edges {
        let _infallible = writeln!(text, "  n{} --> n{}", number(from), number(to));
    }
    text
}

fn label(node: &Node) -> String {
    match node {
        Node::Release { name } => format!("release {name}"),
        Node::Chart { name, version } => format!("{name} {version}"),
    }
}
