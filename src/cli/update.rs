//! `update`: move the named pins within their constraints, and no others.

use clap::Args;

use super::error::Error;
use super::load::Environments;
use super::resolve::{Accept, Choice};
use super::{Live, read_lock, remotes, resolve, wishes};
use crate::lockfile::Lockfile;
use crate::resolve::{Moving, Preferred};
use crate::version::{Level, Version};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock update redis                       one chart, to the newest version that its constraints admit
  helmlock update redis --precise 20.6.2      to this version
  helmlock update --level patch --dry-run     what would move by patches alone?
  helmlock update -l tier=backend             the charts of these releases
  helmlock update redis -e staging            in this environment first; the others keep their pin

Everything else in the lock stays byte for byte.")]
pub(super) struct Update {
    /// Charts by name; none means all
    #[arg(value_name = "NAME")]
    pub(super) names: Vec<String>,
    /// Exactly this version
    #[arg(long, value_name = "VERSION", requires = "names")]
    pub(super) precise: Option<String>,
    /// The largest step: `patch`, `minor` or `major` [default: major]
    #[arg(long, value_name = "STEP", conflicts_with = "precise")]
    pub(super) level: Option<Level>,
    /// Show what would change and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) accept: Accept,
}

/// Runs the command.
pub(super) fn run(options: &Update, live: &Live) -> Result<(), Error> {
    if options.names.is_empty() {
        live.remotes.decide_anew();
    }
    let environments = remotes::load_all(live)?;
    let old = read_lock(&environments.wanted().lockfile)?;
    check_names(&options.names, &old)?;
    let moving = moving(options, &environments, live)?;
    let preferred = Preferred { moving: Some(moving.clone()), ..resolve::preferred(&environments, &old, live)? };
    let choice = Choice { preferred, accepted: options.accept.accepted(), moves_git: options.names.is_empty() };
    let new = resolve::decide(&environments, &old, &choice, live)?;
    if let Some(version) = &options.precise {
        check_precise(&moving, version, &new)?;
    }
    if options.dry_run {
        return resolve::preview(&old, &new, live);
    }
    resolve::settle(&environments, &old, &new, live.is_locked(), live)
}

fn check_names(names: &[String], old: &Lockfile) -> Result<(), Error> {
    let locked: Vec<_> = old.pins().map(|(_, pin)| pin.content.chart.name()).collect();
    for name in names {
        if !locked.contains(&name.as_str()) && old.adopted().iter().all(|entry| entry.name != *name) {
            let near = similar::get_close_matches(name.as_str(), &locked, 1, 0.6);
            let near = near.first().map(|near| format!("; did you mean `{near}`?"));
            return Err(Error::Usage(format!("no chart `{name}` is locked{}", near.unwrap_or_default())));
        }
    }
    Ok(())
}

/// The wishes that shall move: of the named charts, of the selected releases, in the named environment.
fn moving(options: &Update, environments: &Environments, live: &Live) -> Result<Moving, Error> {
    let mut requests = wishes::selected(environments, live)?;
    requests.retain(|request| options.names.is_empty() || options.names.iter().any(|name| name == request.chart.name()));
    if live.global.environment.is_some() {
        let is_for_all = !requests.is_empty() && requests.iter().all(|request| request.environment.is_none());
        requests.retain(|request| request.environment.is_some());
        if is_for_all {
            let text = "charts beside the project ask for it in all environments alike; leave `-e` away";
            return Err(Error::Usage(text.to_owned()));
        }
    }
    match &options.precise {
        Some(text) => {
            let version = Version::parse(text).map_err(|error| Error::Usage(format!("--precise `{text}`: {error}")))?;
            Ok(Moving::to(requests, version))
        }
        None => Ok(Moving::up(requests, options.level.unwrap_or(Level::Major))),
    }
}

fn check_precise(moving: &Moving, version: &str, new: &Lockfile) -> Result<(), Error> {
    for request in moving.requests() {
        let locked = new.pin_for(request).map(|pin| pin.content.version.original().trim_start_matches('v'));
        if locked != Some(version.trim_start_matches('v')) {
            let name = request.chart.name();
            return Err(Error::Refused(format!(
                "`{name}` cannot be {version}: its source does not have it or `{}` does not admit it ({})",
                request.constraint, request.origin
            )));
        }
    }
    Ok(())
}
