//! Digests of OCI manifests that helmfile.yaml itself names (`name:1.2.0@sha256:…`): the lock must have no other.

use super::error::Error;
use crate::digest::Digest;
use crate::lockfile::{Lockfile, Pin};
use crate::project::{Release, ReleaseChart};

/// Holds the pins of these releases against the digests that they demand. A release without a pin demands nothing yet.
pub(super) fn hold<'a>(
    environment: &str,
    releases: impl IntoIterator<Item = &'a Release>,
    lockfile: &Lockfile,
) -> Result<(), Error> {
    for release in releases {
        let Some(ReleaseChart::Remote { chart, constraint }) = &release.source else { continue };
        let Some(demanded) = constraint.digest() else { continue };
        let is_for = |pin: &&Pin| {
            let environments = &pin.environments;
            pin.content.chart == *chart
                && pin.wants.contains(constraint)
                && (environments.is_empty() || environments.iter().any(|name| name == environment))
        };
        let wrong = |pin: &&Pin| pin.content.oci_manifest.is_none() || Digest::parse(demanded).ok() != pin.content.oci_manifest;
        if let Some(pin) = lockfile.dependencies().iter().filter(is_for).find(wrong) {
            return Err(Error::OtherManifest {
                release: release.name.clone(),
                place: release.place.to_string(),
                chart: format!("{} {}", chart.name(), pin.content.version),
                demanded: demanded.to_owned(),
                manifest: pin.content.oci_manifest.map_or_else(|| "none".to_owned(), |digest| digest.to_string()),
            });
        }
    }
    Ok(())
}
