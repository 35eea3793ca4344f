//! `fetch`: fill the cache from the lock, without resolving.

use serde_json::json;

use super::args::Format;
use super::error::Error;
use super::terminal::count;
use super::{Live, load, network, read_lock, remotes};
use crate::{fetch, project};

/// Runs the command.
pub(super) fn run(live: &Live) -> Result<(), Error> {
    let early = project::lockfile(live.global.file.as_deref(), &live.surroundings)?;
    remotes::fetch_locked(&read_lock(&early)?, live)?;
    let environments = load::all(live)?;
    let path = &environments.wanted().lockfile;
    let lockfile = read_lock(path)?;
    if lockfile.is_empty() && !(environments.requests(live)?.is_empty() && environments.git_charts().is_empty()) {
        return Err(Error::NoLock { path: path.clone() });
    }
    let network = network::open(&environments.projects, live)?;
    let busy = live.terminal.busy("Fetching", count(lockfile.pins().count(), "pin"));
    let fetched = fetch::fetch(&lockfile, &live.cache, &network)?;
    let folders = fetch::fetch_git(lockfile.git(), &live.cache, &network)?;
    live.cache.settle()?;
    drop(busy);
    let (downloaded, present) = (fetched.downloaded + folders.downloaded, fetched.present + folders.present);
    match live.terminal.format() {
        Format::Json => live.terminal.write_json(&json!({"downloaded": downloaded, "present": present}))?,
        Format::Text => {
            let folder = live.cache.folder().display();
            live.terminal.done("Fetched", &format!("{} into {folder}; {present} were there", count(downloaded, "chart")));
        }
    }
    Ok(())
}
