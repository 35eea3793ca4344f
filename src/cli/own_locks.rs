//! The locks of single state files that helmfile wrote and goes on reading: each says what our lock says, in helmfile's format.
//!
//! What helmfile takes from such a lock is asked as helmfile does: the first entry of a chart's name whose version fits, whatever
//! its repository and the environment. A state file without a lock gets none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::error::{Error, Message};
use super::load::Environments;
use super::{Live, read_lock};
use crate::lockfile::{self, Lockfile, Pin};
use crate::project::{Release, ReleaseChart};
use crate::request::{Asker, Request};

/// A lock of one state file, and what its releases have from ours.
struct OwnLock {
    path: PathBuf,
    found: Lockfile,
    /// Release, environment, wish, and the pin that answers it.
    answers: Vec<(String, String, Request, Pin)>,
}

/// Where helmfile would take another version from a state file's own lock than ours has.
pub(super) fn out_of_step(environments: &Environments, lockfile: &Lockfile, live: &Live) -> Result<Vec<Message>, Error> {
    let mut messages = Vec::new();
    for own in own_locks(environments, lockfile, live)? {
        for (release, environment, request, pin) in &own.answers {
            let (name, version) = (request.chart.name(), &pin.content.version);
            let taken = taken(&own.found, request);
            if taken.as_deref() == Some(version.original()) {
                continue;
            }
            let path = own.path.display();
            let what = taken.map_or_else(|| "has none that fits".to_owned(), |taken| format!("gives helmfile {taken}"));
            let text = format!("`{name}` is locked at {version}, and {path} {what}");
            let is_ours = own.found.adopted().is_empty() && !own.found.is_empty();
            let hint = if is_ours {
                format!("`helmlock update {name} --precise {version} -f FILE` moves that one")
            } else {
                "`helmlock resolve` brings it in step".to_owned()
            };
            let message = Message::new("lock-out-of-step", text).at(path.to_string(), None).about(request).hint(hint);
            messages.push(message.notes(vec![format!("wanted by release `{release}` in environment `{environment}`")]));
        }
    }
    messages.dedup_by(|next, first| next.text == first.text);
    Ok(messages)
}

/// Writes what helmfile shall find into the locks that are out of step, and says which those are. Those that we wrote ourselves
/// belong to projects of their own, and stay.
pub(super) fn bring_in_step(environments: &Environments, lockfile: &Lockfile, live: &Live) -> Result<Vec<PathBuf>, Error> {
    let mut written = Vec::new();
    for own in own_locks(environments, lockfile, live)? {
        let is_in_step = |(_, _, request, pin): &(_, _, Request, Pin)| {
            taken(&own.found, request).as_deref() == Some(pin.content.version.original())
        };
        if own.found.adopted().is_empty() || own.answers.iter().all(is_in_step) {
            continue;
        }
        let mut pins: Vec<Pin> = Vec::new();
        for (_, _, request, pin) in &own.answers {
            match pins.iter_mut().find(|known| known.content == pin.content) {
                Some(known) => known.wants.push(request.constraint.clone()),
                None => pins.push(Pin { wants: vec![request.constraint.clone()], environments: Vec::new(), ..pin.clone() }),
            }
        }
        let failed = |source| Error::Lockfile { path: own.path.clone(), source };
        let before = live.surroundings.read(&own.path).map_err(|error| Error::Refused(error.to_string()))?;
        let text = lockfile::helmfiles_text(&String::from_utf8_lossy(&before), pins);
        lockfile::write_text(&own.path, &text).map_err(failed)?;
        written.push(own.path);
    }
    Ok(written)
}

/// The version that helmfile would take.
fn taken(found: &Lockfile, request: &Request) -> Option<String> {
    let pinned = found.dependencies().iter().map(|pin| (pin.content.chart.name(), &pin.content.version));
    let adopted = found.adopted().iter().map(|entry| (entry.name.as_str(), &entry.version));
    let mut entries = pinned.chain(adopted);
    let fits = entries.find(|(name, version)| *name == request.chart.name() && request.constraint.admits(version));
    fits.map(|(_, version)| version.original().to_owned())
}

fn own_locks(environments: &Environments, lockfile: &Lockfile, live: &Live) -> Result<Vec<OwnLock>, Error> {
    let mut own: BTreeMap<PathBuf, OwnLock> = BTreeMap::new();
    for project in &environments.projects {
        let requests = project.requests(&live.surroundings)?;
        for (path, release) in project.releases.iter().filter_map(|release| Some((project.own_lock_of(release)?, release))) {
            if !live.surroundings.is_file(path) {
                continue;
            }
            let Some((request, pin)) = answer(release, &requests, lockfile) else { continue };
            let entry = match own.entry(path.to_owned()) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(OwnLock { path: path.to_owned(), found: read_lock(path)?, answers: Vec::new() })
                }
            };
            entry.answers.push((release.identity(), project.environment.clone(), request.clone(), pin.clone()));
        }
    }
    Ok(own.into_values().collect())
}

/// A release's wish and its pin, if helmfile would lock it: not so for `oci://` charts, which it takes as they are written.
fn answer<'a>(release: &Release, requests: &'a [Request], lockfile: &'a Lockfile) -> Option<(&'a Request, &'a Pin)> {
    let ReleaseChart::Remote { chart, constraint, .. } = release.source.as_ref()? else { return None };
    if release.chart.starts_with("oci://") {
        return None;
    }
    let is_its = |request: &&Request| {
        matches!(&request.asked_by, Asker::Release { name } if *name == release.name)
            && request.chart == *chart
            && request.constraint == *constraint
    };
    let request = requests.iter().find(is_its)?;
    Some((request, lockfile.pin_for(request)?))
}
