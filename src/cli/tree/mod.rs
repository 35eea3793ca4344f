//! `tree`: which release uses which charts, and which charts those contain.
//!
//! `graph` is the answer as data, read from the locked archives; `draw` gives it its forms.

mod draw;
mod graph;

use super::args::{Output, Tree};
use super::charts::Charts;
use super::error::Error;
use super::renderer::{self};
use super::{Live, load, read_lock};
use crate::render::Dialect;
use graph::Graph;

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
