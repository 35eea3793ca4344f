//! `compare`: render every wanted release by us and by the helm that the user has, from the same verified bytes, and show
//! that both print the same; with `--against helmfile`, let the user's helmfile read the state file for that helm.
//!
//! A `Case` of `peer` is a release as helm gets it, a `Peer` runs helm on it, `helmfile` runs helmfile with `stand_in` as its helm,
//! `random` and `difference` hold the two outputs against each other, `reproducer` writes down what differs, `report` prints.

mod difference;
mod examine;
mod helmfile;
mod random;
mod report;
mod reproducer;
mod stand_in;

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::args::RenderFlags;
use super::charts::Charts;
use super::error::Error;
use super::peer::Peer;
use super::renderer::{self, Renderer};
use super::terminal::count;
use super::{Live, load, read_lock, workers};
use crate::lockfile::Lockfile;
use crate::project::{PostRenderer, Release};

use examine::{Examiner, Through};
use helmfile::Helmfile;
use report::Report;

pub(super) use stand_in::called as stand_in;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock compare                      with the helm on PATH
  helmlock compare --helm ./helm-3.19 -e prod -l tier=backend
  helmlock compare --against helmfile   the state file through the helmfile on PATH, too

Exit code 2 if a release differs.")]
pub(super) struct Compare {
    #[command(flatten)]
    pub(super) render: RenderFlags,
    /// The program to compare with
    #[arg(long, value_enum, default_value_t = Against::Helm, value_name = "PROGRAM")]
    pub(super) against: Against,
    /// The helm to start [default: the one on PATH]
    #[arg(long, value_name = "PATH")]
    pub(super) helm: Option<String>,
    /// The helmfile to start [default: the one on PATH]
    #[arg(long, value_name = "PATH")]
    pub(super) helmfile: Option<String>,
    /// How long one run of helm may take
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) time_limit: u64,
    /// Write a reproducer with the values as they are, secrets too, where a redacted one shows no difference
    #[arg(long)]
    pub(super) keep_values: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Against {
    /// `helm template`, with the charts, values and flags that we render
    Helm,
    /// `helmfile template`: your helmfile reads your state file and calls your helm, which gets the locked charts
    Helmfile,
}

/// Runs the command.
pub(super) fn run(options: &Compare, live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, Some(&options.render))?;
    let plan = renderer::plan(&project, live)?;
    let lockfile = read_lock(&project.lockfile)?;
    let peer = peer(options, live)?;
    let charts = Charts::new(&project, &lockfile, peer.dialect, live)?;
    charts.check(&plan)?;

    tell_dialect(&lockfile, &peer, live);
    let renderer = Renderer::new(charts, &project, renderer::settings(&options.render, &lockfile, Some(peer.dialect))?);
    tell_post_rendered(&plan, &renderer, live)?;
    let renderer = renderer.without_post_renderers();
    let helmfile = helmfile(options, &peer, live)?;
    let against = helmfile.as_ref().map_or(String::new(), |helmfile| format!("helmfile {} over ", helmfile.version));
    let busy = live.terminal.busy("Comparing", format!("{} with {against}helm {}", count(plan.len(), "release"), peer.version));
    let through = helmfile.as_ref().map(|helmfile| Through::new(helmfile, &plan, &renderer, &peer, live)).transpose()?;
    let examiner = Examiner::new(&renderer, &peer, live, options.keep_values).of(&plan, through.as_ref());

    let mut findings = Vec::new();
    let ended = workers::in_order(
        &plan,
        live.global.jobs,
        |release| examiner.examine(release),
        |finding| {
            findings.push(finding?);
            Ok(())
        },
    );
    drop(busy);
    let beyond = through.map(|through| through.beyond(&plan)).unwrap_or_default();
    report::print(Report { findings, ended, beyond, peer: &peer, helmfile: helmfile.as_ref() }, live)
}

fn peer(options: &Compare, live: &Live) -> Result<Peer, Error> {
    let named = options.helm.as_deref().or(live.global.compatible.helm_binary.as_deref());
    Peer::find(named.unwrap_or("helm"), Duration::from_secs(options.time_limit), live)
}

fn helmfile(options: &Compare, peer: &Peer, live: &Live) -> Result<Option<Helmfile>, Error> {
    match options.against {
        Against::Helm if options.helmfile.is_some() => {
            Err(Error::Usage("`--helmfile PATH` goes with `--against helmfile`".to_owned()))
        }
        Against::Helm => Ok(None),
        Against::Helmfile => Helmfile::find(options.helmfile.as_deref().unwrap_or("helmfile"), peer, options, live).map(Some),
    }
}

/// A program may print what it likes; what is compared is what it gets.
fn tell_post_rendered(plan: &[&Release], renderer: &Renderer<'_>, live: &Live) -> Result<(), Error> {
    for release in plan {
        let chart = renderer.charts.of(release)?;
        if let Some(PostRenderer { name, asked_by, .. }) = renderer.post_renderer(release, &chart, &live.surroundings)? {
            let what = format!("release `{}` is compared without its post-renderer `{name}` ({asked_by})", release.name);
            live.terminal.note(&what);
        }
    }
    Ok(())
}

fn tell_dialect(lockfile: &Lockfile, peer: &Peer, live: &Live) {
    let Peer { version, dialect, .. } = peer;
    if let Some(locked) = lockfile.render.as_ref().filter(|locked| locked.helm != dialect.name) {
        live.terminal.warning(&format!(
            "the lock renders as Helm {}; this helm is {version}, so the comparison renders as Helm {}",
            locked.helm, dialect.name,
        ));
    }
}
