//! Which container images come, go or move.

use std::collections::{BTreeMap, BTreeSet};

use super::resources::Resource;
use crate::yaml::Value;

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

pub(super) fn changes(release: &str, olds: &[Resource], news: &[Resource]) -> Vec<ImageChange> {
    let (before, after) = (found(olds), found(news));
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

fn found(resources: &[Resource]) -> Images {
    let mut images = Images::new();
    for resource in resources.iter().filter(|one| one.kind != "CustomResourceDefinition" && !one.is_secret()) {
        collect(&resource.value, &mut images);
    }
    images
}

/// Containers name their image with `image`, and so do the custom resources of operators.
fn collect(value: &Value, images: &mut Images) {
    match value {
        Value::Map(map) => {
            for (key, value) in map.iter() {
                match value {
                    Value::String(image) if **key == *b"image" && !image.is_empty() => {
                        let image = image.to_lossy();
                        let (name, version) = split(&image);
                        images.entry(name.to_owned()).or_default().insert(version.to_owned());
                    }
                    _ => collect(value, images),
                }
            }
        }
        Value::List(list) => list.iter().for_each(|value| collect(value, images)),
        _ => {}
    }
}

/// A name, and the tag or digest behind it. A port is no tag.
fn split(image: &str) -> (&str, &str) {
    let digest = image.find('@');
    let name_end = digest.unwrap_or(image.len());
    let last = image[..name_end].rfind('/').map_or(0, |slash| slash + 1);
    let tag = image[last..name_end].find(':').map(|colon| last + colon);
    image.split_at(tag.or(digest).unwrap_or(image.len()))
}
