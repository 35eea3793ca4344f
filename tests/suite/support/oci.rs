//! The loopback server as an OCI registry: manifests, tag lists and blobs are files of it.

use std::fmt::Write as _;

use super::registry::{Registry, digest, package};

const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A repository for one chart in a registry.
pub(crate) struct Shelf<'a> {
    registry: &'a Registry,
    /// Its path, which ends with the chart's name.
    name: &'a str,
    tags: Vec<String>,
}

/// The digests of what was pushed.
#[derive(Clone, Debug)]
pub(crate) struct Pushed {
    pub(crate) manifest: String,
    pub(crate) layer: String,
}

impl<'a> Shelf<'a> {
    pub(crate) fn new(registry: &'a Registry, name: &'a str) -> Self {
        Self { registry, name, tags: Vec::new() }
    }

    /// Pushes a chart in a version under its tag.
    pub(crate) fn push(&mut self, version: &str) -> Pushed {
        let chart = self.name.rsplit('/').next().unwrap();
        let template = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ .Release.Name }}-{{ .Chart.Version }}}\n";
        let layer = self.blob(&package(chart, version, &[("templates/configmap.yaml", template)]));
        let config = format!("{{\"name\":\"{chart}\",\"version\":\"{version}\"}}");
        let manifest = self.push_with_config(&version.replace('+', "_"), &config, &[(LAYER, &layer)]);
        Pushed { manifest, layer }
    }

    /// Pushes any bytes as a chart under a tag.
    pub(crate) fn push_archive(&mut self, tag: &str, archive: &[u8]) -> Pushed {
        let layer = self.blob(archive);
        let manifest = self.push_manifest(tag, &[(LAYER, &layer)]);
        Pushed { manifest, layer }
    }

    /// Pushes a manifest of these layers, by media type and digest, under a tag.
    pub(crate) fn push_manifest(&mut self, tag: &str, layers: &[(&str, &str)]) -> String {
        self.push_with_config(tag, "{}", layers)
    }

    /// The same with this config.
    pub(crate) fn push_with_config(&mut self, tag: &str, config: &str, layers: &[(&str, &str)]) -> String {
        let config = self.blob(config.as_bytes());
        let mut manifest = format!("{{\"schemaVersion\":2,\"mediaType\":\"{MANIFEST}\",");
        write!(manifest, "\"config\":{},\"layers\":[", descriptor(CONFIG, &config)).unwrap();
        let layers: Vec<_> = layers.iter().map(|(media_type, digest)| descriptor(media_type, digest)).collect();
        write!(manifest, "{}]}}", layers.join(",")).unwrap();
        self.push_document(tag, &manifest)
    }

    /// Pushes an image index of these manifests under a tag.
    pub(crate) fn push_index(&mut self, tag: &str, manifests: &[&str]) -> String {
        let manifests: Vec<_> = manifests.iter().map(|digest| descriptor(MANIFEST, digest)).collect();
        self.push_document(tag, &format!("{{\"schemaVersion\":2,\"manifests\":[{}]}}", manifests.join(",")))
    }

    /// A path below the repository's own.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("/v2/{}/{below}", self.name)
    }

    fn push_document(&mut self, tag: &str, text: &str) -> String {
        let digest = format!("sha256:{}", digest(text.as_bytes()));
        self.registry.file(&self.path(&format!("manifests/{tag}")), text);
        self.registry.file(&self.path(&format!("manifests/{digest}")), text);
        self.tags.retain(|known| known != tag);
        self.tags.push(tag.to_owned());
        self.registry.file(&self.path("tags/list"), tags(&self.tags));
        digest
    }

    fn blob(&self, bytes: &[u8]) -> String {
        let digest = format!("sha256:{}", digest(bytes));
        self.registry.file(&self.path(&format!("blobs/{digest}")), bytes);
        digest
    }
}

/// A page of a tag list.
pub(crate) fn tags(tags: &[impl AsRef<str>]) -> String {
    let tags: Vec<_> = tags.iter().map(|tag| format!("\"{}\"", tag.as_ref())).collect();
    format!("{{\"name\":\"x\",\"tags\":[{}]}}", tags.join(","))
}

fn descriptor(media_type: &str, digest: &str) -> String {
    format!("{{\"mediaType\":\"{media_type}\",\"digest\":\"{digest}\",\"size\":1}}")
}
