//! Manifests cut into resources that can be told apart: kind, namespace, name. Secrets are masked here, at the entrance.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::mask::{self, Hide};
use crate::render::{Manifest, Manifests};
use crate::yaml::{self, Rules, Value};

/// One resource of one side.
pub(super) struct Resource {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    /// The text, masked if it is a Secret's.
    pub(super) text: String,
    /// The document; of a Secret, too, so only `secrets` looks at the data of one.
    pub(super) value: Value,
}

/// A resource of both sides, or of one.
pub(super) type Couple<'side> = (Option<&'side Resource>, Option<&'side Resource>);

impl Resource {
    /// What people call it.
    pub(super) fn title(&self) -> String {
        let namespace = if self.namespace.is_empty() { String::new() } else { format!("{}/", self.namespace) };
        format!("{} {namespace}{}", self.kind, self.name)
    }

    /// Whether it holds secrets.
    pub(super) fn is_secret(&self) -> bool {
        self.kind == "Secret"
    }
}

/// The resources of a release. Documents that say nothing are left out.
pub(super) fn cut(manifests: &Manifests, hide: &Hide) -> Vec<Resource> {
    let hooks = manifests.hooks.iter().map(|hook| &hook.manifest);
    let crds = manifests.crds.iter().flat_map(documents);
    let documents = manifests.manifests.iter().chain(hooks).map(|manifest| manifest.content.to_lossy());
    crds.chain(documents).filter_map(|text| resource(&hide.known(&text), hide)).collect()
}

/// A file of `crds/` is not cut yet.
fn documents(file: &Manifest) -> Vec<Cow<'_, str>> {
    let text = file.content.to_lossy().into_owned();
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        match documents.last_mut() {
            Some(last) if !line.starts_with("---") => last.push_str(line),
            _ => documents.push(String::new()),
        }
    }
    documents.into_iter().map(Cow::Owned).collect()
}

fn resource(text: &str, hide: &Hide) -> Option<Resource> {
    let value = yaml::read(text.as_bytes(), &Rules::HELM).ok()?;
    if value.is_null() {
        return None;
    }
    let word =
        |value: Option<&Value>| value.and_then(Value::as_text).map(|text| text.to_lossy().into_owned()).unwrap_or_default();
    let metadata = value.get("metadata");
    let of_metadata = |name: &str| word(metadata.and_then(|metadata| metadata.get(name)));
    Some(Resource {
        api_version: word(value.get("apiVersion")),
        kind: word(value.get("kind")),
        namespace: of_metadata("namespace"),
        name: of_metadata("name"),
        text: mask::masked(text, &hide.key),
        value,
    })
}

/// Brings the resources of both sides together, in the order of the new side; what is gone comes last.
pub(super) fn couples<'side>(olds: &'side [Resource], news: &'side [Resource]) -> Vec<Couple<'side>> {
    let identity = |one: &'side Resource| (one.kind.as_str(), one.namespace.as_str(), one.name.as_str());
    let mut left: BTreeMap<_, Vec<&Resource>> = BTreeMap::new();
    for old in olds.iter().rev() {
        left.entry(identity(old)).or_default().push(old);
    }
    let mut couples: Vec<Couple<'side>> =
        news.iter().map(|new| (left.get_mut(&identity(new)).and_then(Vec::pop), Some(new))).collect();
    let is_left =
        |old: &&'side Resource| left.get(&identity(old)).is_some_and(|left| left.iter().any(|one| std::ptr::eq(*one, *old)));
    couples.extend(olds.iter().filter(is_left).map(|old| (Some(old), None)));
    couples
}
