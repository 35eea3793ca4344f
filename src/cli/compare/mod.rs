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

use super::args::{Against, Compare};
use super::charts::Charts;
use super::error::Error;
use super::peer::Peer;
use super::renderer::{self, Renderer};
use super::terminal::count;
use super::{Live, load, read_lock, workers};
use crate::lockfile::Lockfile;
use examine::{Examiner, Through};
use helmfile::Helmfile;
use report::Report;

pub(super) use stand_in::called as stand_in;

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
    let helmfile = helmfile(options, &peer, live)?;
    let against = helmfile.as_ref().map_or(String::new(), |helmfile| format!("helmfile {} over ", helmfile.version));
    let busy = live.terminal.busy("Comparing", format!("{} with {against}helm {}", count(plan.len(), "release"), peer.version));
    let through = helmfile.as_ref().map(|helmfile| Through::new(helmfile, &plan, &renderer, &peer, live)).transpose()?;
    let examiner = Examiner::new(&renderer, &peer, live, options.keep_values).of(&plan, through.as_ref());

    let mut findings = Vec::new();
    let jobs = workers::count(live.global.jobs);
    let ended = workers::in_order(
        &plan,
        jobs,
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

fn tell_dialect(lockfile: &Lockfile, peer: &Peer, live: &Live) {
    let Peer { version, dialect, .. } = peer;
    if let Some(locked) = lockfile.render.as_ref().filter(|locked| locked.helm != dialect.name) {
        live.terminal.warning(&format!(
            "the lock renders as Helm {}; this helm is {version}, so the comparison renders as Helm {}",
            locked.helm, dialect.name,
        ));
    }
}
