//! What a registry answers, read: manifests, image indexes, tag lists.
//!
//! The wire types stay here. A manifest is a chart's only if Helm would take it for one: a config of Helm's media type and one
//! layer with the chart. Beside it there may be a layer with its signature.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::version::Version;

/// What is asked for.
pub(super) const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, \
     application/vnd.oci.image.index.v1+json";

/// The media type of a manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// That of a chart's config.
pub(super) const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// Those of its archive. The second was Helm's before it had one of its own.
pub(super) const LAYERS: [&str; 2] = ["application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/tar+gzip"];

/// A chart's manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::fetch) struct Manifest {
    /// Of the bytes that the tag stands for: the manifest's, or those of the index that has it.
    pub(in crate::fetch) digest: Digest,
    /// Of the chart archive.
    pub(in crate::fetch) layer: Digest,
    /// The chart's version, where the config was asked for it.
    pub(in crate::fetch) version: Option<String>,
}

/// What bytes under `manifests/` are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Document {
    Chart {
        manifest: Manifest,
        /// Of what says name and version.
        config: Digest,
    },
    /// An image index, and the manifests in it that may be a chart's.
    Index { digest: Digest, manifests: Vec<Digest> },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    media_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
}

#[derive(Deserialize)]
struct Config {
    version: String,
}

#[derive(Deserialize, Serialize)]
struct Tags {
    tags: Option<Vec<String>>,
}

/// Reads a manifest or an index.
///
/// # Errors
/// Why it is no chart's.
pub(super) fn read(bytes: &[u8]) -> Result<Document, String> {
    let wire: Wire = serde_json::from_slice(bytes).map_err(|_| "it has no manifest".to_owned())?;
    let digest = Digest::of(bytes);
    if let (Some(manifests), None) = (&wire.manifests, &wire.config) {
        let manifests = manifests.iter().filter(|descriptor| descriptor.media_type.ends_with("manifest.v1+json"));
        let manifests = manifests.map(Descriptor::digest).collect::<Result<_, _>>()?;
        return Ok(Document::Index { digest, manifests });
    }
    let kind = || wire.media_type.as_deref().unwrap_or("unknown").escape_default().take(100).collect::<String>();
    let config = wire.config.as_ref().ok_or_else(|| format!("it is of the media type {}", kind()))?;
    if config.media_type != CONFIG {
        return Err(format!(
            "its config is of the media type {}",
            config.media_type.escape_default().take(100).collect::<String>()
        ));
    }
    let layers = wire.layers.as_deref().unwrap_or_default();
    let mut charts = layers.iter().filter(|layer| LAYERS.contains(&layer.media_type.as_str()));
    match (charts.next(), charts.next()) {
        (Some(chart), None) => {
            let manifest = Manifest { digest, layer: chart.digest()?, version: None };
            Ok(Document::Chart { manifest, config: config.digest()? })
        }
        (None, _) => Err("it has no layer with a chart".to_owned()),
        (Some(_), Some(_)) => Err("it has several layers with charts".to_owned()),
    }
}

/// Reads a chart's config, which says its version.
pub(super) fn version(bytes: &[u8]) -> Result<Version, String> {
    let config: Config = serde_json::from_slice(bytes).map_err(|_| "its config says no version".to_owned())?;
    Version::parse(&config.version).map_err(|error| format!("the version in its config: {error}"))
}

/// Reads a page of a tag list.
pub(super) fn tags(bytes: &[u8]) -> Result<Vec<String>, String> {
    let page: Tags = serde_json::from_slice(bytes).map_err(|_| "it is no list of tags".to_owned())?;
    Ok(page.tags.unwrap_or_default())
}

/// Prints what [`tags`] reads.
pub(super) fn print_tags(tags: &[String]) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({ "tags": tags })).expect("texts are JSON")
}

impl Manifest {
    /// One fact a line, for the cache.
    pub(super) fn print(&self) -> Vec<u8> {
        let version = self.version.as_ref().map_or_else(String::new, |version| format!("version {version}\n"));
        format!("manifest {}\nlayer {}\n{version}", self.digest, self.layer).into_bytes()
    }

    /// Reads what [`Manifest::print`] prints.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(bytes).ok()?.lines();
        let digest = lines.next()?.strip_prefix("manifest ")?.parse().ok()?;
        let layer = lines.next()?.strip_prefix("layer ")?.parse().ok()?;
        let version = lines.next().and_then(|line| line.strip_prefix("version ")).map(str::to_owned);
        Some(Self { digest, layer, version })
    }
}

impl Descriptor {
    fn digest(&self) -> Result<Digest, String> {
        Digest::parse(&self.digest).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(media_type: &str) -> String {
        format!(r#"{{"mediaType":"{media_type}","digest":"{}","size":1}}"#, Digest::of(media_type.as_bytes()))
    }

    fn manifest(config: &str, layers: &[&str]) -> Result<Document, String> {
        let layers: Vec<_> = layers.iter().map(|layer| descriptor(layer)).collect();
        read(format!(r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#, descriptor(config), layers.join(",")).as_bytes())
    }

    #[test]
    fn a_chart_has_one_layer_of_its_own_and_perhaps_a_signature() {
        for layer in LAYERS {
            let read = manifest(CONFIG, &["application/x.prov", layer]).unwrap();
            let Document::Chart { manifest: chart, config } = read else { panic!("no chart") };
            assert_eq!(config, Digest::of(CONFIG.as_bytes()));
            assert_eq!(chart.layer, Digest::of(layer.as_bytes()));
            assert_eq!(Manifest::parse(&chart.print()), Some(chart));
        }
        assert_eq!(manifest(CONFIG, &LAYERS).unwrap_err(), "it has several layers with charts");
        assert_eq!(manifest(CONFIG, &["x"]).unwrap_err(), "it has no layer with a chart");
        assert_eq!(manifest("image", &LAYERS[..1]).unwrap_err(), "its config is of the media type image");
    }

    #[test]
    fn an_index_names_manifests() {
        let manifest = descriptor("application/vnd.oci.image.manifest.v1+json");
        let index = format!(r#"{{"manifests":[{manifest},{}]}}"#, descriptor("application/x"));
        let Ok(Document::Index { manifests, .. }) = read(index.as_bytes()) else { panic!("no index") };
        assert_eq!(manifests.len(), 1);
    }

    #[test]
    fn nonsense_is_told() {
        for bytes in ["", "[]", "<html>", "{\"config\":1}", "{\"mediaType\":\"a\\nb\"}"] {
            let reason = read(bytes.as_bytes()).unwrap_err();
            assert!(!reason.contains('\n'), "{reason}");
        }
        assert_eq!(tags(br#"{"name":"x","tags":null}"#), Ok(Vec::new()));
        assert!(tags(b"{\"tags\":1}").is_err());
    }
}
