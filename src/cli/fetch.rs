//! `fetch`: fill the cache from the lock, without resolving.

use serde_json::json;

use super::args::Format;
use super::error::Error;
use super::terminal::count;
use super::{Live, load, network, read_lock};
use crate::fetch::{self, Fetched};

/// Runs the command.
pub(super) fn run(live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, None)?;
    let lockfile = read_lock(&project.lockfile)?;
    if lockfile.is_empty() {
        return Err(Error::NoLock { path: project.lockfile.clone() });
    }
    let network = network::open(std::slice::from_ref(&project), live)?;
    let busy = live.terminal.busy("Fetching", count(lockfile.pins().count(), "pin"));
    let fetched = fetch::fetch(&lockfile, &live.cache, &network)?;
    live.cache.settle()?;
    drop(busy);
    let Fetched { downloaded, present } = fetched;
    match live.terminal.format() {
        Format::Json => live.terminal.write_json(&json!({"downloaded": downloaded, "present": present}))?,
        Format::Text => {
            let folder = live.cache.folder().display();
            live.terminal.done("Fetched", &format!("{} into {folder}; {present} were there", count(downloaded, "chart")));
        }
    }
    Ok(())
}
