//! Which container images come, go or move.

use std::collections::{BTreeMap, BTreeSet};

use crate::render::Manifests;

/// An image of a release that came, went or moved to another tag or digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageChange {
    /// The release's identity.
    pub release: String,
    /// Where it is so.
    pub environments: Vec<String>,
    /// The image without tag and digest.
    pub image: String,
    /// The tags and digests before, with their `:` or `@`; none if the image is new.
    pub before: Vec<String>,
    /// The tags and digests after; none if it is gone.
    pub after: Vec<String>,
}

type Images = BTreeMap<String, BTreeSet<String>>;

pub(super) fn changes(release: &str, old: Option<&Manifests>, new: Option<&Manifests>) -> Vec<ImageChange> {
    let (before, after) = (found(old), found(new));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let versions = |images: &Images, name: &String| images.get(name).into_iter().flatten().cloned().collect::<Vec<_>>();
    let change = |name: &String| ImageChange {
        release: release.to_owned(),
        environments: Vec::new(),
        image: name.clone(),
        before: versions(&before, name),
        after: versions(&after, name),
    };
    names.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

fn found(manifests: Option<&Manifests>) -> Images {
    let mut images = Images::new();
    for image in manifests.map(|manifests| manifests.images(true)).unwrap_or_default() {
        let (name, version) = split(&image);
        images.entry(name.to_owned()).or_default().insert(version.to_owned());
    }
    images
}

/// A name, and the tag or digest behind it. A port is no tag.
fn split(image: &str) -> (&str, &str) {
    let digest = image.find('@');
    let name_end = digest.unwrap_or(image.len());
    let last = image[..name_end].rfind('/').map_or(0, |slash| slash + 1);
    let tag = image[last..name_end].find(':').map(|colon| last + colon);
    image.split_at(tag.or(digest).unwrap_or(image.len()))
}
