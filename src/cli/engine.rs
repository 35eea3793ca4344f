//! Releases that the user's helm renders, because helmlock.toml says so: `resolve` writes them into the lock, and only what
//! the lock says too is done.
//!
//! helm gets the verified archive and an environment of its own, as in `compare`; it must print like the Helm of the lock.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use super::Live;
use super::error::Error;
use super::peer::Peer;
use super::peer::case::Case;
use super::renderer::{Prepared, Renderer};
use crate::lockfile::Lockfile;
use crate::project::Release;
use crate::settings::Settings;

/// How long helm may take for a release.
const LIMIT: Duration = Duration::from_mins(10);

/// Whether the lock says of these releases what helmlock.toml says.
///
/// # Errors
/// It does not.
pub(super) fn check<'a>(
    releases: impl IntoIterator<Item = &'a Release>,
    settings: &Settings,
    lockfile: &Lockfile,
    path: &Path,
) -> Result<(), Error> {
    for release in releases {
        let identity = release.identity();
        let is_wanted = settings.by_helm.contains(&identity);
        if is_wanted != is_locked(lockfile, &identity) {
            return Err(Error::OtherEngine { path: path.to_owned(), release: identity, wants_helm: is_wanted });
        }
    }
    Ok(())
}

fn is_locked(lockfile: &Lockfile, identity: &String) -> bool {
    lockfile.render.as_ref().is_some_and(|render| render.by_helm.contains(identity))
}

/// The user's helm, looked for when the first release needs it.
pub(super) struct ByHelm<'run> {
    lockfile: &'run Lockfile,
    show_only: &'run [String],
    live: &'run Live,
    peer: OnceLock<Result<Peer, String>>,
}

impl<'run> ByHelm<'run> {
    /// No helm is started yet. Of the templates, only these shall be printed, if any are named.
    pub(super) fn new(lockfile: &'run Lockfile, show_only: &'run [String], live: &'run Live) -> Self {
        Self { lockfile, show_only, live, peer: OnceLock::new() }
    }

    /// Whether helm renders this release.
    pub(super) fn renders(&self, release: &Release) -> bool {
        is_locked(self.lockfile, &release.identity())
    }

    /// What helm prints for a release.
    ///
    /// # Errors
    /// There is no such helm, or it refuses.
    pub(super) fn render(&self, release: &Release, prepared: &Prepared, renderer: &Renderer<'_>) -> Result<Vec<u8>, Error> {
        let refused = |reason: &str| Error::ByHelm { release: release.name.clone(), reason: reason.trim_end().to_owned() };
        let peer = self.peer.get_or_init(|| self.find(renderer)).as_ref().map_err(|reason| refused(reason))?;
        if renderer.post_renderer(release, &prepared.chart, &self.live.surroundings)?.is_some() {
            return Err(refused("it has a post-renderer, which helm would not find in the empty home that it gets"));
        }
        let archive = renderer.charts.archive_of(release)?;
        let case = Case::new(&release.name, &archive, &prepared.flags, &self.live.surroundings);
        let mut case = case.map_err(|error| refused(&error.to_string()))?;
        case.show_only(self.show_only);
        peer.run(&case)?.map_err(|said| refused(&said))
    }

    fn find(&self, renderer: &Renderer<'_>) -> Result<Peer, String> {
        let name = self.live.global.compatible.helm_binary.as_deref().unwrap_or("helm");
        let peer = Peer::find(name, LIMIT, self.live).map_err(|error| match error {
            Error::Peer { program, reason } => format!("`{program}`: {reason}"),
            other => other.to_string(),
        })?;
        let wanted = renderer.settings.dialect.name;
        if peer.dialect.name != wanted {
            return Err(format!("`{name}` is Helm {}, and the output of Helm {wanted} is wanted", peer.version));
        }
        Ok(peer)
    }
}
