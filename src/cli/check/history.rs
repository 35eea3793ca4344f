//! The lock beside the one that was reviewed before: at HEAD, and where the branch left the one that it will be merged into.
//!
//! A digest that changed under an unchanged version is the one thing that no reviewer can see and no update explains.

use std::path::Path;

use crate::cli::Live;
use crate::cli::error::{Error, Message};
use crate::cli::policy::foreign_host;
use crate::cli::revision;
use crate::lockfile::{self, Lockfile, Pin};

/// A lock of the past.
pub(in crate::cli) struct Base {
    /// What it is called in messages.
    name: String,
    lockfile: Lockfile,
}

impl Base {
    /// Whether it has this version of the chart.
    pub(super) fn has(&self, pin: &Pin) -> bool {
        self.lockfile.content_of(&pin.content.chart, &pin.content.version).is_some()
    }
}

/// The locks to compare with: where HEAD and `named` parted (the branch that `origin` proposes, if nothing is named), and HEAD's.
/// Without git there is none.
pub(super) fn bases(named: Option<&str>, path: &Path, live: &Live) -> Result<Vec<Base>, Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut bases = Vec::new();
    if named.is_none() && !revision::is_known("HEAD", folder) {
        return Ok(bases);
    }
    let branch = named.or_else(|| revision::is_known("origin/HEAD", folder).then_some("origin/HEAD"));
    if let Some(branch) = branch {
        match revision::merge_base("HEAD", branch, folder) {
            Ok(commit) => bases.extend(base(&format!("the merge base with {branch}"), &commit, path, folder, live)?),
            Err(error) if named.is_some() => return Err(error),
            Err(error) => live.terminal.note(&error.to_string()),
        }
    }
    bases.extend(base("HEAD", "HEAD", path, folder, live)?);
    Ok(bases)
}

/// The lock at HEAD, if there is one that can be read.
pub(in crate::cli) fn at_head(path: &Path, live: &Live) -> Result<Option<Lockfile>, Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !revision::is_known("HEAD", folder) {
        return Ok(None);
    }
    Ok(base("HEAD", "HEAD", path, folder, live)?.map(|base| base.lockfile))
}

fn base(name: &str, commit: &str, path: &Path, folder: &Path, live: &Live) -> Result<Option<Base>, Error> {
    let Some(bytes) = revision::file(commit, Path::new(path.file_name().unwrap_or_default()), folder)? else { return Ok(None) };
    match lockfile::parse(&bytes) {
        Ok(lockfile) => Ok(Some(Base { name: name.to_owned(), lockfile })),
        Err(error) => {
            live.terminal.warning(&format!("the lock at {name} cannot be read: {error}"));
            Ok(None)
        }
    }
}

/// Pins that have other bytes than the base says of the same version.
pub(super) fn republished(base: &Base, lockfile: &Lockfile, path: &Path, accepted: &[String]) -> Vec<Message> {
    let mut messages = Vec::new();
    for (local_chart, pin) in lockfile.pins() {
        let content = &pin.content;
        let Some(before) = base.lockfile.content_of(&content.chart, &content.version) else { continue };
        if before.digest == content.digest || accepted.iter().any(|name| name == content.chart.name()) {
            continue;
        }
        let (name, version) = (content.chart.name(), &content.version);
        let notes = vec![format!("{}: {}", base.name, before.digest), format!("now: {}", content.digest)];
        let message =
            Message::new("republished", format!("`{name}` {version} has other bytes than before, under the same version"))
                .at(path.display().to_string(), lockfile.line_of(local_chart, pin))
                .notes(notes)
                .hint(format!(
                    "someone edited the lock, or the chart was replaced at its source: `helmlock check --online` asks there; \
                 `--accept-republished {name}` lets it pass once it was looked at"
                ));
        messages.push(message);
    }
    messages
}

/// Pins whose address names a host that is new for their version: not wrong, but worth a look.
pub(super) fn moved_abroad(base: &Base, lockfile: &Lockfile) -> Vec<String> {
    let mut texts = Vec::new();
    for (_, pin) in lockfile.pins() {
        let Some(host) = foreign_host(pin) else { continue };
        let known: Vec<_> = base.lockfile.pins().filter(|(_, old)| old.content.chart == pin.content.chart).collect();
        let is_new = !known.is_empty() && known.iter().all(|(_, old)| foreign_host(old).as_ref() != Some(&host));
        if is_new {
            let (name, version) = (pin.content.chart.name(), &pin.content.version);
            texts.push(format!(
                "`{name}` {version} is locked at an address of {host}, which the lock at {} did not name",
                base.name
            ));
        }
    }
    texts.sort();
    texts.dedup();
    texts
}
