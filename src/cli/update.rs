//! `update`: move the named pins within their constraints, and no others.

use super::args::Update;
use super::error::Error;
use super::load::Environments;
use super::resolve::Choice;
use super::{Live, load, read_lock, resolve};
use crate::lockfile::Lockfile;
use crate::resolve::{Preference, Preferred};
use crate::version::Version;

/// Runs the command.
pub(super) fn run(options: &Update, live: &Live) -> Result<(), Error> {
    let environments = load::all(live)?;
    let old = read_lock(&environments.wanted().lockfile)?;
    check_names(&options.names, &old)?;
    let preferred = preferred(options, &environments, &old)?;
    let choice = Choice { preferred, accepted: options.accept.accepted(), moves_git: options.names.is_empty() };
    let new = resolve::decide(&environments, &old, &choice, live)?;
    if let Some(version) = &options.precise {
        check_precise(&options.names, version, &new)?;
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

/// The old lock without the named charts, or with another version of theirs.
fn preferred(options: &Update, environments: &Environments, old: &Lockfile) -> Result<Preferred, Error> {
    if options.names.is_empty() {
        return Ok(Preferred::default());
    }
    let Some(text) = &options.precise else { return resolve::preferred(environments, old, &options.names) };
    let version = Version::parse(text).map_err(|error| Error::Usage(format!("--precise `{text}`: {error}")))?;
    let mut preferred = resolve::preferred(environments, old, &options.names)?;
    preferred
        .preferences
        .extend(options.names.iter().map(|name| Preference::Adopted { name: name.clone(), version: version.clone() }));
    Ok(preferred)
}

fn check_precise(names: &[String], version: &str, new: &Lockfile) -> Result<(), Error> {
    for (_, pin) in new.pins().filter(|(_, pin)| names.iter().any(|name| name == pin.content.chart.name())) {
        if pin.content.version.original().trim_start_matches('v') != version.trim_start_matches('v') {
            let wants: Vec<_> = pin.wants.iter().map(|constraint| format!("`{constraint}`")).collect();
            let name = pin.content.chart.name();
            return Err(Error::Refused(format!(
                "`{name}` cannot be {version}: its source does not have it or {} does not admit it",
                wants.join(", ")
            )));
        }
    }
    Ok(())
}
