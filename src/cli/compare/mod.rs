//! `compare`: render every wanted release by us and by the helm that the user has, from the same verified bytes, and show
//! that both print the same.
//!
//! A [`case::Case`] is a release as helm gets it, `peer` runs helm on it, `random` and `difference` hold the two outputs
//! against each other, `reproducer` writes down what differs, `report` prints.

mod case;
mod difference;
mod examine;
mod peer;
mod random;
mod report;
mod reproducer;

use super::args::{Against, Compare};
use super::charts::Charts;
use super::error::Error;
use super::renderer::{self, Renderer};
use super::terminal::count;
use super::{Live, load, read_lock, workers};
use crate::lockfile::Lockfile;
use examine::Examiner;
use peer::Peer;

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
    let examiner = Examiner::new(&renderer, &peer, live, options.keep_values);

    let busy = live.terminal.busy("Comparing", format!("{} with helm {}", count(plan.len(), "release"), peer.version));
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
    report::print(&findings, ended, &peer, live)
}

fn peer(options: &Compare, live: &Live) -> Result<Peer, Error> {
    if options.against == Against::Helmfile {
        return Err(Error::Usage(
            "`--against helmfile` comes later; `--against helm` compares what helmfile would call".to_owned(),
        ));
    }
    let named = options.helm.as_deref().or(live.global.compatible.helm_binary.as_deref());
    Peer::find(named.unwrap_or("helm"), live)
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
