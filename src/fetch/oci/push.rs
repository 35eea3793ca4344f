//! Puts a chart into a registry as Helm's own `helm push` would: a config with its Chart.yaml, a layer with its archive, a
//! manifest under the version's tag. Equal charts give equal bytes.

use serde_json::json;

use super::manifest::{CONFIG, LAYERS, MANIFEST};
use super::{Repository, tag};
use crate::cache::Cache;
use crate::digest::Digest;
use crate::fetch::question::{Answer, Authorization, Body, Method, Packing, Question};
use crate::fetch::{Address, Problem};
use crate::version::Version;

/// Bytes of what a registry says to something that it took.
const RECEIPT_LIMIT: usize = 1 << 20;

/// A chart to be pushed.
pub(in crate::fetch) struct Parcel<'a> {
    pub(in crate::fetch) name: &'a str,
    pub(in crate::fetch) version: &'a Version,
    /// The Chart.yaml, as JSON.
    pub(in crate::fetch) config: String,
    pub(in crate::fetch) archive: &'a [u8],
    pub(in crate::fetch) digest: Digest,
}

impl Repository<'_> {
    /// Pushes a chart unless it is there; says whether it had to.
    ///
    /// # Errors
    /// The registry refuses, or has other bytes under the version's tag.
    pub(in crate::fetch) async fn push(&self, parcel: &Parcel<'_>, cache: &Cache) -> Result<bool, Problem> {
        let tag = tag(parcel.version.original());
        match self.tagged(&tag, cache).await {
            Ok(there) if there.layer == parcel.digest => return Ok(false),
            Ok(there) => {
                return Err(Problem::Taken {
                    url: self.address(&format!("manifests/{tag}")),
                    wanted: parcel.digest,
                    there: there.layer,
                });
            }
            Err(Problem::Status { status: 404, .. }) => {}
            Err(other) => return Err(other),
        }
        let config = parcel.config.as_bytes();
        let config_digest = Digest::of(config);
        self.upload(config, &config_digest).await?;
        self.upload(parcel.archive, &parcel.digest).await?;
        let descriptor =
            |kind: &str, digest: &Digest, size: usize| json!({"mediaType": kind, "digest": digest.to_string(), "size": size});
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, &config_digest, config.len()),
            "layers": [descriptor(LAYERS[0], &parcel.digest, parcel.archive.len())],
            "annotations": {
                "org.opencontainers.image.title": parcel.name,
                "org.opencontainers.image.version": parcel.version.original(),
            },
        });
        let manifest = manifest.to_string();
        let body = Body { method: Method::Put, kind: MANIFEST, bytes: manifest.as_bytes() };
        self.submit(&self.address(&format!("manifests/{tag}")), body).await?;
        Ok(true)
    }

    async fn upload(&self, bytes: &[u8], digest: &Digest) -> Result<(), Problem> {
        let begin = self.address("blobs/uploads/");
        let body = Body { method: Method::Post, kind: "application/octet-stream", bytes: b"" };
        let location = self.submit(&begin, body).await?;
        let nowhere = || super::nonsense(&begin, "it does not say where to put a blob");
        let mut url = begin.url().join(&location.ok_or_else(nowhere)?).map_err(|_| nowhere())?;
        url.query_pairs_mut().append_pair("digest", &digest.to_string());
        let url = Address::new(url).ok_or_else(nowhere)?;
        let body = Body { method: Method::Put, kind: "application/octet-stream", bytes };
        self.submit(&url, body).await.map(drop)
    }

    /// Sends something, and says who we are if the registry wants to know. Gives where it leads.
    async fn submit(&self, address: &Address, body: Body<'_>) -> Result<Option<String>, Problem> {
        let (known, accept, packing) = (None, None, Packing::AsItStands);
        let (authorization, body, limit) = (Authorization::Proof(None), Some(body), RECEIPT_LIMIT);
        let question = Question { address, repository: &self.home, known, packing, accept, authorization, body, limit };
        match self.answer(question).await? {
            Answer::Taken { location } => Ok(location),
            Answer::Unchanged | Answer::Body { .. } => Err(super::nonsense(address, "it does not say that it took it")),
        }
    }
}
