//! Which images a release runs, as far as its manifests say it.
//!
//! Found are `image` fields, of containers, init containers and custom resources, as text or as a map of repository and tag,
//! and images that operators get as arguments or variables. Texts within texts (a pod template in a `ConfigMap`) are not looked
//! into; nothing is pulled.

use std::collections::BTreeSet;

use super::Manifests;
use crate::yaml::{self, Map, Rules, Value};

/// Deeper nesting than this has no manifest; what is below is not looked at.
const DEEPEST: usize = 100;

impl Manifests {
    /// The images, by name. `with_tests` counts test hooks in.
    pub fn images(&self, with_tests: bool) -> BTreeSet<String> {
        let mut images = BTreeSet::new();
        let hooks = self.hooks.iter().filter(|hook| with_tests || !hook.is_test).map(|hook| &hook.manifest);
        for manifest in self.manifests.iter().chain(hooks).filter(|manifest| !is_data(&manifest.kind)) {
            // What is no YAML was refused before.
            if let Ok(document) = yaml::read(&manifest.content, &Rules::HELM) {
                collect(&document, DEEPEST, &mut images);
            }
        }
        images
    }
}

/// Kinds whose keys are names that somebody chose, or a schema.
fn is_data(kind: &[u8]) -> bool {
    matches!(kind, b"ConfigMap" | b"Secret" | b"CustomResourceDefinition")
}

fn collect(value: &Value, depth: usize, images: &mut BTreeSet<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::List(items) => items.iter().for_each(|item| collect(item, depth, images)),
        Value::Map(map) => {
            images.extend(map.get(b"image".as_slice()).and_then(image));
            images.extend(map.get(b"args".as_slice()).into_iter().flat_map(of_arguments));
            images.extend(map.get(b"command".as_slice()).into_iter().flat_map(of_arguments));
            images.extend(map.get(b"env".as_slice()).into_iter().flat_map(of_variables));
            map.values().for_each(|below| collect(below, depth, images));
        }
        _ => {}
    }
}

/// An `image` field: a name, or a map of its parts.
fn image(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.to_string()),
        Value::Map(parts) => of_parts(parts),
        _ => None,
    }
}

fn of_parts(parts: &Map) -> Option<String> {
    let text = |key: &str| match parts.get(key.as_bytes())? {
        Value::String(text) if !text.is_empty() => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => None,
    };
    let repository = text("repository")?;
    let name = text("registry").map_or(repository.clone(), |registry| format!("{registry}/{repository}"));
    let name = text("tag").or_else(|| text("version")).map_or(name.clone(), |tag| format!("{name}:{tag}"));
    Some(text("digest").map_or(name.clone(), |digest| format!("{name}@{digest}")))
}

/// `--config-reloader-image=IMAGE`, or `--anything=IMAGE` where the value can be nothing else.
fn of_arguments(value: &Value) -> Vec<String> {
    let Value::List(items) = value else { return Vec::new() };
    let of_argument = |item: &Value| {
        let text = item.as_text()?.to_string();
        let (flag, value) = text.strip_prefix('-')?.split_once('=')?;
        let is_image = is_tagged(value) && (flag.contains("image") || flag.contains("reloader"));
        is_image.then(|| value.to_owned())
    };
    items.iter().filter_map(of_argument).collect()
}

/// Variables such as `RELATED_IMAGE_PROXY`.
fn of_variables(value: &Value) -> Vec<String> {
    let Value::List(items) = value else { return Vec::new() };
    let of_variable = |item: &Value| {
        let text = |key| item.get(key).and_then(Value::as_text).map(ToString::to_string);
        let (name, value) = (text("name")?, text("value")?);
        (name.contains("IMAGE") && is_tagged(&value)).then_some(value)
    };
    items.iter().filter_map(of_variable).collect()
}

/// Whether a text names an image with tag or digest: `quay.io/x/y:v1`.
fn is_tagged(text: &str) -> bool {
    let (name, tag) = match text.split_once('@') {
        Some((name, digest)) => (name, digest),
        None => match text.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => return false,
        },
    };
    let sign = |byte: u8| matches!(byte, b'.' | b'_' | b'-' | b'/' | b':');
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || sign(byte));
    is_plain(name) && is_plain(tag) && !text.contains("//")
}

#[cfg(test)]
mod tests {
    use super::super::{Hook, Manifest};
    use super::*;
    use crate::yaml::Text;

    fn manifest(kind: &str, content: &str) -> Manifest {
        Manifest { source: Text::from("a.yaml"), kind: Text::from(kind), content: Text::from(content) }
    }

    #[test]
    fn containers_of_every_kind_resources_and_operators_name_images() {
        let pod = "
spec:
  initContainers:
  - {name: init, image: busybox:1.36}
  - {name: sidecar, image: 'envoy@sha256:ab', restartPolicy: Always}
  containers:
  - image: quay.io/operator:v1
    args: [--config-reloader=quay.io/reloader:v2, --image=none, --listen=0.0.0.0:8080, --default-image=h:5000/x/y]
    env:
    - {name: RELATED_IMAGE_PROXY, value: 'docker.io/proxy:3'}
    - {name: HOST, value: 'example.com:80'}
";
        let custom = "spec: {image: {registry: r.io, repository: a/b, tag: 1.5}, sidecar: {image: plain}}";
        let data = "data: {image: no}\nimage: no";
        let job = Hook { manifest: manifest("Pod", "spec: {containers: [{image: test:1}]}"), is_test: true };
        let manifests = Manifests {
            manifests: vec![manifest("Pod", pod), manifest("Thing", custom), manifest("ConfigMap", data)],
            hooks: vec![job],
            ..Manifests::default()
        };
        let images: Vec<_> = manifests.images(false).into_iter().collect();
        let expected = [
            "busybox:1.36",
            "docker.io/proxy:3",
            "envoy@sha256:ab",
            "plain",
            "quay.io/operator:v1",
            "quay.io/reloader:v2",
            "r.io/a/b:1.5",
        ];
        assert_eq!(images, expected);
        assert!(manifests.images(true).contains("test:1"));
    }

    #[test]
    fn deep_nesting_is_not_followed_to_its_end() {
        let mut deep = String::new();
        (0..300).for_each(|depth| deep.extend(["a:\n", &" ".repeat(depth + 1)]));
        deep.push_str("image: x:1");
        let manifests = Manifests { manifests: vec![manifest("Pod", &deep)], ..Manifests::default() };
        assert!(manifests.images(false).is_empty());
    }
}
