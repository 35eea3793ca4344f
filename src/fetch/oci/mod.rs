//! OCI registries, as far as charts need them: tag lists, manifests, blobs. Reading is GET, and never HEAD, which pull-through
//! registries and rate limits treat in ways of their own.
//!
//! The protocol is spoken over this room's own `http` and not by the crate `oci-client`, because that one keeps its HTTP client
//! to itself (retries, patience, redirects and trust would be those of another house), drops the `Link` of a paged tag list,
//! and knows neither the helm and docker files nor our rules for realms. Stored credentials are read by `docker_credential`.
//!
//! `session` is what registries have told in this run, `challenge` how they want to be asked and where a token may come from,
//! `login` who we are, `manifest` what a tag stands for, `offer` what is there to choose from, `push` puts charts there.

mod challenge;
mod login;
mod manifest;
mod offer;
mod push;
mod session;

use std::sync::Arc;

use super::http::Http;
use super::network::ClientOptions;
use super::question::{Answer, Authorization, Packing, Question};
use super::{Address, Problem, Tls};
use crate::cache::{self, Cache, Validators};
use crate::digest::Digest;
use crate::source::{OciReference, OciRepository, RepositoryUrl};
use crate::version::Version;

pub(super) use manifest::Manifest;
pub(super) use offer::{Asked, asked};
pub(super) use push::Parcel;
pub(super) use session::Session;

/// Bytes of a manifest, as most registries and clients bound it.
const MANIFEST_LIMIT: usize = 4 << 20;
/// Manifests of an image index that are looked at.
const INDEX_WIDTH: usize = 16;
/// Pages of a tag list.
const PAGES: usize = 1000;
/// Tags that a page may have; who has other ideas ignores it.
const PAGE: &str = "n=1000";

/// One chart's repository in a registry.
pub(super) struct Repository<'a> {
    http: &'a Http,
    source: &'a OciRepository,
    /// As the protocol has it: path and chart name.
    name: String,
    /// What the cache knows it as: where the charts are from, if this is a mirror.
    identity: &'a OciRepository,
    /// The registry's origin, whose certificates and whose alone are used.
    home: RepositoryUrl,
}

impl<'a> Repository<'a> {
    pub(super) fn of(source: &'a OciRepository, chart: &str, http: &'a Http) -> Self {
        let plain = http.options().registries.get(source.host()).is_some_and(|registry| registry.plain_http);
        Self { http, source, name: source.repository(chart), identity: source, home: home(source.host(), plain) }
    }

    /// The same, for charts of that source.
    pub(super) fn known_as(self, identity: &'a OciRepository) -> Self {
        Self { identity, ..self }
    }

    /// The repository's name where its charts are from.
    fn own_name(&self) -> String {
        self.identity.repository(self.name.rsplit('/').next().unwrap_or_default())
    }

    /// The repository that an address names, and the tag or digest there: that of the version if the address names none.
    pub(super) fn at(reference: &'a OciReference, http: &'a Http, version: &Version) -> (Self, String) {
        // They become part of a URL.
        let is_tag_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let digest = reference.digest.as_ref().filter(|digest| digest.contains(':') && Digest::parse(digest).is_ok());
        let named = digest.or_else(|| reference.tag.as_ref().filter(|tag| !tag.is_empty() && tag.bytes().all(is_tag_byte)));
        let named = named.cloned().unwrap_or_else(|| tag(version.original()));
        (Self::of(reference.repository(), reference.chart.name(), http), named)
    }

    /// All tags, on however many pages they are; none if there is no such repository.
    pub(super) async fn tags(&self, cache: &Cache) -> Result<Vec<String>, Problem> {
        let mut address = self.address("tags/list");
        address = Address::new({
            let mut url = address.url().clone();
            url.set_query(Some(PAGE));
            url
        })
        .unwrap_or(address);
        let (mut tags, mut size) = (Vec::new(), 0);
        let limit = self.http.options().limits.index;
        for _ in 0..PAGES {
            let (bytes, link) = match self.ask(&address, None, Packing::Gzip, limit - size).await {
                Err(Problem::Status { status: 404, .. }) => return Ok(Vec::new()),
                other => other?,
            };
            size += bytes.len();
            let page = manifest::tags(&bytes).map_err(|reason| Problem::Nonsense { url: address.clone(), reason })?;
            tags.extend(page);
            let Some(next) = link.as_deref().and_then(next) else {
                // A cache that takes no list costs nothing but that offline nobody knows it.
                let _unless_it_is_read_only = cache.supersede(
                    &tags_key(self.identity, &self.own_name()),
                    &manifest::print_tags(&tags),
                    &Validators::default(),
                );
                return Ok(tags);
            };
            let further = address.url().join(next).ok().and_then(Address::new).filter(|next| next.is_same_origin(address.url()));
            address = further.ok_or_else(|| nonsense(&address, "its next page is somewhere else"))?;
        }
        Err(nonsense(&address, "its tags have no end"))
    }

    /// What a tag stands for now, or what has a digest.
    pub(super) async fn tagged(&self, tag: &str, cache: &Cache) -> Result<Arc<Manifest>, Problem> {
        let key = manifest_key(self.identity, &self.own_name(), tag);
        if let Some(known) = self.http.session().manifest(&key) {
            return Ok(known);
        }
        let bytes = self.document(tag).await?;
        let (manifest, config) = match manifest::read(&bytes).map_err(|reason| not_a_chart(&key, reason))? {
            manifest::Document::Chart { manifest, config } => (manifest, config),
            manifest::Document::Index { digest, manifests } => self.chart_of(digest, &manifests, &key).await?,
        };
        // A tag says the version, a digest does not.
        let version = if Digest::parse(tag).is_ok() { Some(self.version_in(&config).await?) } else { None };
        let manifest = Manifest { version, ..manifest };
        let _unless_it_is_read_only = cache.supersede(&key, &manifest.print(), &Validators::default());
        Ok(self.http.session().learn_manifest(key, manifest))
    }

    /// The version that a chart's config says.
    async fn version_in(&self, config: &Digest) -> Result<String, Problem> {
        let address = self.blob_address(config);
        let (bytes, _) = self.ask(&address, None, Packing::AsItStands, MANIFEST_LIMIT).await?;
        let actual = Digest::of(&bytes);
        if actual != *config {
            return Err(Problem::Mismatch { url: address, witness: "manifest", promised: *config, actual });
        }
        match manifest::version(&bytes) {
            Ok(version) => Ok(version.original().to_owned()),
            Err(reason) => Err(Problem::Nonsense { url: address, reason }),
        }
    }

    /// The one chart among the manifests of an image index, and its config.
    async fn chart_of(&self, index: Digest, manifests: &[Digest], key: &str) -> Result<(Manifest, Digest), Problem> {
        let mut found = None;
        for digest in manifests.iter().take(INDEX_WIDTH) {
            let bytes = self.document(&digest.to_string()).await?;
            let Ok(manifest::Document::Chart { manifest, config }) = manifest::read(&bytes) else { continue };
            if found.replace((manifest, config)).is_some() {
                return Err(not_a_chart(key, "its index has several charts".to_owned()));
            }
        }
        let (chart, config) = found.ok_or_else(|| not_a_chart(key, "its index has no chart".to_owned()))?;
        Ok((Manifest { digest: index, ..chart }, config))
    }

    /// The bytes of a manifest by tag or by digest, which they must have.
    async fn document(&self, reference: &str) -> Result<Vec<u8>, Problem> {
        let address = self.address(&format!("manifests/{reference}"));
        let (bytes, _) = self.ask(&address, Some(manifest::ACCEPTED), Packing::Gzip, MANIFEST_LIMIT).await?;
        match Digest::parse(reference) {
            Ok(digest) if reference.contains(':') && digest != Digest::of(&bytes) => {
                Err(Problem::WrongManifest { url: address, actual: Digest::of(&bytes) })
            }
            _ => Ok(bytes),
        }
    }

    /// Where a blob is.
    pub(super) fn blob_address(&self, digest: &Digest) -> Address {
        self.address(&format!("blobs/{digest}"))
    }

    /// The bytes that a registry has under a digest, unverified.
    ///
    /// A registry that passes on what another one has knows a blob only after it was asked for a manifest that names it.
    pub(super) async fn blob(&self, digest: &Digest, manifest: Option<&Digest>) -> Result<Vec<u8>, Problem> {
        let address = self.blob_address(digest);
        let limit = self.http.options().limits.archive;
        let unknown = match (self.ask(&address, None, Packing::AsItStands, limit).await, manifest) {
            (Err(problem @ Problem::Status { status: 404, .. }), Some(manifest)) => (problem, manifest),
            (answer, _) => return answer.map(|(bytes, _)| bytes),
        };
        match self.document(&unknown.1.to_string()).await {
            Ok(_) => self.ask(&address, None, Packing::AsItStands, limit).await.map(|(bytes, _)| bytes),
            Err(Problem::Status { status: 404, .. }) => Err(unknown.0),
            Err(other) => Err(other),
        }
    }

    /// Asks, and says who we are if the registry wants to know.
    async fn ask(
        &self,
        address: &Address,
        accept: Option<&'static str>,
        packing: Packing,
        limit: usize,
    ) -> Result<(Vec<u8>, Option<String>), Problem> {
        let (known, authorization, body) = (None, Authorization::Proof(None), None);
        let question = Question { address, repository: &self.home, known, packing, accept, authorization, body, limit };
        match self.answer(question).await? {
            Answer::Body { bytes, link, .. } => Ok((bytes, link)),
            Answer::Unchanged | Answer::Taken { .. } => Err(nonsense(address, "it answers what was not asked")),
        }
    }

    /// What the registry answers, once it knows who we are if it wants to. Others need not know us: a registry may have blobs put
    /// elsewhere.
    pub(super) async fn answer(&self, question: Question<'_>) -> Result<Answer, Problem> {
        let is_own = question.address.is_same_origin(&self.home.index());
        let mut login = self.http.session().login(self.source.host(), &self.name).filter(|_| is_own);
        let mut is_fresh = !is_own;
        loop {
            let authorization = Authorization::Proof(login.as_ref().map(|login| &login.proof));
            match self.http.ask(&Question { authorization, ..question }).await {
                // A token may be too old or for something else.
                Err(Problem::Denied { url, status: 401, challenge, .. }) if url == *question.address && !is_fresh => {
                    login = Some(self.log_in(question.address, &challenge).await?);
                    is_fresh = true;
                }
                Err(Problem::Denied { url, status, .. }) => {
                    let credentials = login.map_or_else(|| "no credentials were sent".to_owned(), |login| login.told.to_string());
                    return Err(Problem::Login { url, status, credentials });
                }
                answer => return answer,
            }
        }
    }

    fn address(&self, below: &str) -> Address {
        let url = format!("{}/v2/{}/{below}", self.home, self.name);
        Address::new(url.parse().expect("a host and parts of names make a URL")).expect("a registry's origin is http or https")
    }
}

/// The origin of a host's registries. Docker's own is elsewhere than its name says.
fn home(host: &str, plain: bool) -> RepositoryUrl {
    let host = if matches!(host, "docker.io" | "index.docker.io") { "registry-1.docker.io" } else { host };
    let scheme = if plain { "http" } else { "https" };
    RepositoryUrl::parse(&format!("{scheme}://{host}")).expect("a host that was parsed makes a URL")
}

/// How the hosts with registries are trusted, by their origins.
pub(super) fn tls(options: &ClientOptions) -> Vec<(RepositoryUrl, Tls)> {
    let registries = options.registries.iter().filter(|(_, registry)| registry.tls != Tls::default());
    registries.map(|(host, registry)| (home(host, registry.plain_http), registry.tls.clone())).collect()
}

/// What a tag stood for when it was last asked for, or what has a digest.
pub(super) fn recall(source: &OciRepository, chart: &str, tag: &str, cache: &Cache) -> Result<Option<Manifest>, Problem> {
    let remembered = cache.remembered(&manifest_key(source, &source.repository(chart), tag))?;
    Ok(remembered.and_then(|remembered| Manifest::parse(remembered.body.bytes())))
}

/// Notes what the tag of a version stands for, and what the digest is of.
pub(super) fn remember(
    source: &OciRepository,
    chart: &str,
    version: &Version,
    manifest: &Manifest,
    cache: &Cache,
) -> Result<(), cache::Error> {
    let name = source.repository(chart);
    for named in [tag(version.original()), manifest.digest.to_string()] {
        cache.supersede(&manifest_key(source, &name, &named), &manifest.print(), &Validators::default())?;
    }
    Ok(())
}

/// Where the cache has the tags of a chart.
pub(super) fn tags_address(source: &OciRepository, chart: &str) -> String {
    tags_key(source, &source.repository(chart))
}

/// The tags in a list.
///
/// # Errors
/// Why it is none.
pub(super) fn read_tags(bytes: &[u8]) -> Result<Vec<String>, String> {
    manifest::tags(bytes)
}

/// A list of tags, read and printed.
///
/// # Errors
/// Why it is none.
pub(super) fn reprint_tags(bytes: &[u8]) -> Result<Vec<u8>, String> {
    manifest::tags(bytes).map(|tags| manifest::print_tags(&tags))
}

/// The tag of a version: a tag may not have `+`.
pub(super) fn tag(version: &str) -> String {
    version.replace('+', "_")
}

fn tags_key(source: &OciRepository, name: &str) -> String {
    format!("oci://{}/{name}", source.host())
}

fn manifest_key(source: &OciRepository, name: &str, tag: &str) -> String {
    format!("oci://{}/{name}:{tag}", source.host())
}

/// The target of `rel="next"` in a `Link`.
fn next(link: &str) -> Option<&str> {
    link.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |parameter: &str| matches!(parameter.trim(), "rel=\"next\"" | "rel=next");
        parameters.split(';').any(is_next).then_some(target)
    })
}

fn nonsense(address: &Address, reason: &str) -> Problem {
    Problem::Nonsense { url: address.clone(), reason: reason.to_owned() }
}

fn not_a_chart(key: &str, reason: String) -> Problem {
    Problem::NotAChartManifest { reference: key.to_owned(), reason }
}
