//! `fetch`: fill the cache from the lock, without resolving.

use super::error::Error;
use super::{Live, load, read_lock};
use crate::fetch;

/// Runs the command.
pub(super) fn run(live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, None)?;
    let lockfile = read_lock(&project.lockfile)?;
    if lockfile.is_empty() {
        return Err(Error::NoLock { path: project.lockfile.clone() });
    }
    let network = live.network(std::slice::from_ref(&project));
    let progress = live.terminal.progress("Fetching", lockfile.pins().count());
    fetch::fetch(&lockfile, &live.cache, &network)?;
    live.cache.settle()?;
    progress.finish_and_clear();
    live.terminal.done("Fetched", &format!("{} pins into {}", lockfile.pins().count(), live.cache.folder().display()));
    Ok(())
}
