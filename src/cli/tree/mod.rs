//! `tree`: which release uses which charts, and which charts those contain.
//!
//! `graph` is the answer as data, read from the locked archives; `draw` gives it its forms.

mod draw;
mod graph;

use clap::Args;

use super::args::Output;
use super::charts::Charts;
use super::error::Error;
use super::{Live, load, read_lock, renderer};
use crate::render::Dialect;

use graph::Graph;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock tree                         releases, their charts, and the charts in those
  helmlock tree -e prod -i common       who uses `common`?
  helmlock tree --duplicates            charts that are in use in several versions
  helmlock tree -o mermaid              for a Markdown page; -o dot for Graphviz")]
pub(super) struct Tree {
    /// Turn the tree round: who uses this chart (`-i NAME` and `--invert NAME` are understood as well)
    #[arg(value_name = "NAME")]
    pub(super) inverted: Option<String>,
    /// Accepted: a name alone turns the tree round; `-i`, which is helmfile's `--interactive`, has no other effect either
    #[arg(long, hide = true, requires = "inverted")]
    pub(super) invert: bool,
    /// Only charts that are in use in several versions, each with who uses it
    #[arg(long, conflicts_with = "inverted")]
    pub(super) duplicates: bool,
}

/// Runs the command.
pub(super) fn run(options: &Tree, live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, None)?;
    let plan = renderer::plan(&project, live)?;
    let lockfile = read_lock(&project.lockfile)?;
    let charts = Charts::new(&project, &lockfile, Dialect::newest(), live)?;
    charts.check(&plan)?;

    let mut graph = Graph::default();
    for release in &plan {
        graph.add(&release.name, &*charts.of(release)?);
    }
    let roots = match &options.inverted {
        None if options.duplicates => graph.duplicates(),
        None => graph.releases(),
        Some(name) => graph.named(name),
    };
    if let (Some(name), true) = (&options.inverted, roots.is_empty()) {
        return Err(Error::Usage(format!("no release uses a chart `{name}`; `helmlock tree` shows those in use")));
    }
    let inverted = options.inverted.is_some() || options.duplicates;
    match live.terminal.output() {
        Output::Json => live.terminal.write_json(&draw::json(&graph, &roots, inverted))?,
        Output::Dot => live.terminal.write(draw::dot(&graph, &roots, inverted).as_bytes())?,
        Output::Mermaid => live.terminal.write(draw::mermaid(&graph, &roots, inverted).as_bytes())?,
        _ => live.terminal.write(draw::text(&graph, &roots, inverted).as_bytes())?,
    }
    if options.duplicates && roots.is_empty() {
        live.terminal.done("Single", "no chart is in use in several versions");
    }
    Ok(())
}
