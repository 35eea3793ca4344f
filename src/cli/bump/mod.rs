//! `bump`: where the project itself says an exact version or too narrow a range, write another one there, then move the lock.
//!
//! `target` says what shall become of which wish, `trial` finds the bytes that say so. Files are written after everything is
//! known to work, the lock last.

mod target;
mod trial;

use clap::Args;
use serde_json::{Value, json};

use super::args::Format;
use super::error::Error;
use super::load::Environments;
use super::{Live, network, own_locks, read_lock, remotes, resolve, wishes};
use crate::fetch::{self, Accepted};
use crate::lockfile::Lockfile;
use crate::request::Request;
use crate::resolve::{Moving, Preferred};
use crate::version::Level;

use target::Target;
use trial::{Edit, Trial};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock bump                         every chart to its newest release
  helmlock bump redis                   one chart
  helmlock bump redis@21.0.0            to this version
  helmlock bump --level minor --dry-run what would be written, without majors?

A version that comes from a template or an environment's values is written where it stands. What no single place
says alone is named with its file and line. A range keeps its shape: `~20.5` becomes `~21.1`.")]
pub(super) struct Bump {
    /// Charts by name, each perhaps with a version; none means all
    #[arg(value_name = "NAME[@VERSION]")]
    pub(super) names: Vec<String>,
    /// The largest step: `patch`, `minor` or `major` [default: major]
    #[arg(long, value_name = "STEP")]
    pub(super) level: Option<Level>,
    /// Show what would change and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Runs the command.
pub(super) fn run(options: &Bump, live: &Live) -> Result<(), Error> {
    let (live, files) = trial::watched(live);
    let environments = remotes::load_all(&live)?;
    let old = read_lock(&environments.wanted().lockfile)?;
    let requests = wishes::selected(&environments, &live)?;
    let targets = targets(options, &requests, &environments, &old, &live)?;

    let mut trial = Trial::new(&live, &files, environments.requests(&live)?);
    for target in &targets {
        trial.apply(target);
    }
    trial.sort();
    let edited = trial.live();
    let environments = remotes::load_all(&edited)?;
    let new = locked(&targets, options.level.unwrap_or(Level::Major), &environments, &old, &edited)?;

    tell_edits(&trial, &live);
    if live.is_locked() && !trial.edits.is_empty() {
        return Err(Error::Refused("`--locked` and `--frozen` forbid to change the project with its lock".to_owned()));
    }
    if !options.dry_run {
        trial.write()?;
    }
    if live.terminal.format() == Format::Json {
        let written = !options.dry_run && resolve::write(&new, &environments.wanted().lockfile, &live)?;
        if written {
            own_locks::bring_in_step(&environments, &new, &live)?;
        }
        return Ok(live.terminal.write_json(&as_json(&trial, &resolve::as_json(&new, &old.changes_to(&new), written)))?);
    }
    if options.dry_run {
        return resolve::preview(&old, &new, &live);
    }
    resolve::settle(&environments, &old, &new, live.is_locked(), &live)
}

/// What shall become of which wish, by what the sources have.
fn targets(
    options: &Bump,
    requests: &[Request],
    environments: &Environments,
    old: &Lockfile,
    live: &Live,
) -> Result<Vec<Target>, Error> {
    let wanted = target::wanted(&options.names, requests)?;
    let network = network::open(&environments.projects, live)?;
    let asking: Vec<_> = wanted.iter().map(|(request, _)| request.clone()).collect();
    let busy = live.terminal.busy("Asking", "for newer versions".to_owned());
    let offers = fetch::candidates(&asking, &live.cache, &network)?;
    drop(busy);
    let level = options.level.unwrap_or(Level::Major);
    wanted
        .into_iter()
        .filter_map(|(request, version)| target::of(&request, version, level, old, &offers.candidates).transpose())
        .collect()
}

/// The lock of the edited project: what was bumped moves, all else stays.
fn locked(targets: &[Target], level: Level, environments: &Environments, old: &Lockfile, live: &Live) -> Result<Lockfile, Error> {
    let is_bumped = |request: &Request| targets.iter().any(|target| target.is_done_by(request));
    let moving: Vec<_> = environments.requests(live)?.into_iter().filter(is_bumped).collect();
    let preferred = match targets.iter().find_map(|target| target.precise.clone()) {
        // One version for one name; several names with versions of their own get them by their exact constraints.
        Some(version) if targets.iter().all(|target| target.precise.as_ref() == Some(&version)) => Moving::to(moving, version),
        _ => Moving::up(moving, level),
    };
    let preferred = Preferred { moving: Some(preferred), ..resolve::preferred(environments, old, live)? };
    let choice = resolve::Choice { preferred, accepted: Accepted::default(), moves_git: false };
    resolve::decide(environments, old, &choice, live)
}

fn tell_edits(trial: &Trial<'_>, live: &Live) {
    for Edit { file, line, from, to, chart } in &trial.edits {
        live.terminal.done("Editing", &format!("{}:{line}: {chart} {from} -> {to}", file.display()));
    }
    for (target, reason) in &trial.unedited {
        let (from, to) = (target.request.constraint.original(), &target.version);
        let chart = target.request.chart.name();
        live.terminal.warning(&format!("{}: {chart} `{from}` is not moved to {to}: {reason}", target.request.origin));
    }
}

fn as_json(trial: &Trial<'_>, lock: &Value) -> Value {
    let edit = |edit: &Edit| {
        let file = edit.file.display().to_string();
        json!({"file": file, "line": edit.line, "chart": edit.chart, "from": edit.from, "to": edit.to})
    };
    let edits: Vec<_> = trial.edits.iter().map(edit).collect();
    let unedited = |(target, reason): &(Target, String)| {
        json!({
            "at": target.request.origin.to_string(),
            "chart": target.request.chart.name(),
            "from": target.request.constraint.original(),
            "to": target.version.to_string(),
            "reason": reason,
        })
    };
    let unedited: Vec<_> = trial.unedited.iter().map(unedited).collect();
    json!({"edits": edits, "unedited": unedited, "lock": lock})
}
