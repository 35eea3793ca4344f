//! `lint`: what is wrong with charts, as the helm that you have says it; and what is of no use in a project (`unused`).

mod unused;

use std::path::{Component, Path};
use std::time::Duration;

use clap::Args;

use super::args::RenderFlags;
use super::charts::Charts;
use super::error::Error;
use super::peer::Peer;
use super::peer::case::Case;
use super::renderer::{self, Renderer};
use super::{Live, load, read_lock, workers};
use crate::chart;
use crate::project::{Release, ReleaseChart};
use crate::surroundings::clean;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock lint                         what does `helm lint` say of each release's chart, from the locked bytes?
  helmlock lint --unused -e prod        which of our values does no template read?

A key that was not read in this rendering may be read in another one.")]
pub(in crate::cli) struct Lint {
    #[command(flatten)]
    pub(in crate::cli) render: RenderFlags,
    /// List the keys of your values that no template read, with file and line
    #[arg(long)]
    pub(in crate::cli) unused: bool,
    /// Exit 2 if there are any
    #[arg(long, requires = "unused")]
    pub(in crate::cli) exit_code: bool,
}

/// How long helm may take for a release.
const LIMIT: Duration = Duration::from_mins(10);

/// Runs the command.
pub(super) fn run(options: &Lint, live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, Some(&options.render))?;
    let plan = renderer::plan(&project, live)?;
    let lockfile = read_lock(&project.lockfile)?;
    let settings = renderer::settings(&options.render, &lockfile, None)?;
    let charts = Charts::new(&project, &lockfile, settings.dialect, live)?;
    charts.check(&plan)?;
    let renderer = Renderer::new(charts, &project, settings);
    if options.unused { unused::run(options, &plan, &renderer, live) } else { by_helm(&plan, &renderer, live) }
}

/// `helm lint` for every release, from verified bytes, with the values that the release has.
fn by_helm(plan: &[&Release], renderer: &Renderer<'_>, live: &Live) -> Result<(), Error> {
    let name = live.global.compatible.helm_binary.as_deref().unwrap_or("helm");
    let peer = Peer::find(name, LIMIT, live).map_err(|error| match error {
        Error::Peer { program, reason } => {
            Error::Refused(format!("`{program}` cannot lint: {reason}; `--helm-binary PATH` names a helm"))
        }
        other => other,
    })?;

    let mut failed = Vec::new();
    let lint = |release: &&Release| Ok::<_, Error>((release.name.clone(), one(release, renderer, &peer, live)?));
    workers::in_order(plan, live.global.jobs, lint, |linted| {
        let (name, (is_sound, said)) = linted?;
        live.terminal.write(&[said.as_slice(), b"\n"].concat())?;
        failed.extend((!is_sound).then_some(name));
        Ok::<_, Error>(())
    })?;
    if failed.is_empty() { Ok(()) } else { Err(Error::Linted { releases: failed }) }
}

fn one(release: &Release, renderer: &Renderer<'_>, peer: &Peer, live: &Live) -> Result<(bool, Vec<u8>), Error> {
    let refused = |error: &dyn std::fmt::Display| Error::ByHelm { release: release.name.clone(), reason: error.to_string() };
    let prepared = renderer.prepare(release, &live.surroundings)?;
    let archive = renderer.charts.archive_of(release)?;
    let failed = |source| Error::Chart { name: format!("chart `{}`", release.chart), source };
    let files = chart::unpack(&archive, &renderer.settings.dialect.charts).map_err(failed)?;
    let folder = folder(release, &prepared.chart.metadata.name.to_lossy());
    let case = Case::lint(&folder, files, &prepared.flags, &live.surroundings).map_err(|error| refused(&error))?;
    peer.lint(&case)
}

/// What helm shall call the chart: a path below the project as helmfile would have it, else the chart's name.
fn folder(release: &Release, name: &str) -> String {
    let path = clean(Path::new(&release.chart));
    let is_below = path.components().all(|component| matches!(component, Component::Normal(_)));
    match &release.source {
        Some(ReleaseChart::Local { .. }) if is_below => path.display().to_string(),
        _ => name.to_owned(),
    }
}
