//! `check`: is the lock current and complete? Reads files only, and starts nothing: it judges what others wrote.

use serde_json::json;

use super::args::{Check, Format};
use super::error::Error;
use super::load::{self, Unverified};
use super::terminal::count;
use super::{Live, engine, read_lock};
use crate::lockfile::Drift;

/// Runs the command.
pub(super) fn run(options: &Check, live: &Live) -> Result<(), Error> {
    let environments = load::all(live)?;
    let path = &environments.wanted().lockfile;
    let lockfile = read_lock(path)?;
    let requests = environments.requests(live)?;
    let git = environments.git_charts();
    if lockfile.is_empty() && !(requests.is_empty() && git.is_empty()) {
        return Err(Error::NoLock { path: path.clone() });
    }
    let mut drifts = lockfile.check(&requests);
    drifts.extend(lockfile.check_git(&git));
    if !environments.unverified.is_empty() {
        // Somebody who cannot be asked here may want it.
        drifts.retain(|drift| !matches!(drift, Drift::Superfluous { .. } | Drift::SuperfluousFolder { .. }));
    }
    if !drifts.is_empty() {
        return Err(Error::Stale { path: path.clone(), drifts });
    }
    let settings = engine::settings(live)?;
    engine::check(environments.projects.iter().flat_map(|project| &project.releases), &settings, &lockfile, path)?;
    if let Some(Unverified { environment, error, .. }) = environments.unverified.iter().find(|one| !one.is_accepted) {
        return Err(Error::Unverified { environment: environment.clone(), reason: error.to_string() });
    }
    for Unverified { environment, .. } in &environments.unverified {
        live.terminal.warning(&format!("environment `{environment}` cannot be evaluated here; helmlock.toml accepts that"));
    }
    if options.cache {
        let mut missing = Vec::new();
        for (_, pin) in lockfile.pins() {
            if live.cache.get(&pin.content.digest)?.is_none() {
                missing.push(format!("{} {} ({})", pin.content.chart.name(), pin.content.version, pin.content.digest));
            }
        }
        for pin in lockfile.git() {
            if live.cache.get(&pin.digest)?.is_none() {
                missing.push(format!("{} ({})", pin.wanted(), pin.digest));
            }
        }
        if !missing.is_empty() {
            return Err(Error::NotInCache(missing));
        }
    }
    let pins = lockfile.pins().count() + lockfile.git().len();
    match live.terminal.format() {
        Format::Json => live.terminal.write_json(&json!({
            "current": true,
            "pins": pins,
            "requests": requests.len() + git.len(),
            "byHelm": settings.by_helm,
        }))?,
        Format::Text => {
            live.terminal
                .done("Current", &format!("{} for {}", count(pins, "pin"), count(requests.len() + git.len(), "request")));
            for release in &settings.by_helm {
                live.terminal.done("By helm", release);
            }
        }
    }
    Ok(())
}
