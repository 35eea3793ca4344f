//! From an order to bytes: one place after another is asked until one has the archive. Mirrors come before the source itself, and
//! are believed no more than it.

use super::{Delivery, Means, Order, Place, address};
use crate::digest::Digest;
use crate::fetch::expectation::Expectation;
use crate::fetch::mirrors::{self, Mirror};
use crate::fetch::question::{Answer, Authorization, Packing, Question};
use crate::fetch::vouch::Stranger;
use crate::fetch::{Problem, flight, inspect, oci};
use crate::source::{OciReference, OciRepository, RepositoryUrl};

/// One place to ask.
struct Attempt<'a> {
    place: At,
    is_mirror: bool,
    /// What the lock will say if the archive is there.
    url: Option<&'a str>,
}

enum At {
    /// At a URL, on behalf of the repository that it belongs to.
    Url(String, RepositoryUrl),
    /// In a folder of a registry, under the chart's name.
    Registry(OciRepository),
    /// In a registry, where an index says.
    Reference(OciReference),
}

impl Order<'_> {
    /// Brings the archive into the cache. What a `stranger` has is not asked for there; mirrors are the user's own word.
    pub(super) async fn bring(&self, stranger: Option<&Stranger>, means: &Means<'_>) -> Result<Delivery, Problem> {
        let rules = &means.http.options().mirrors;
        let (attempts, origin) = match &self.place {
            Place::Urls(repository, urls) => (self.of_repository(repository, urls, rules), repository.to_string()),
            Place::Named(source, _) | Place::Blob(source) => (self.of_registry(source, rules), source.to_string()),
            Place::Nowhere(kind) => return Err(Problem::Unsupported(kind)),
        };
        if attempts.is_empty() && mirrors::places(&origin, rules).admits_origin {
            return Err(Problem::NoUrl(self.why_no_url()));
        }
        let has_mirrors = attempts.iter().any(|attempt| attempt.is_mirror);
        let mut problems = Vec::new();
        for attempt in attempts {
            let answer = match stranger {
                Some(stranger) if !attempt.is_mirror => Err(stranger.problem()),
                _ => self.attempt(&attempt, means).await,
            };
            match answer {
                Ok(delivery) => {
                    let url = attempt.url.map(str::to_owned).or(delivery.url);
                    return Ok(Delivery { url, ..delivery });
                }
                Err(problem) if attempt.is_mirror || may_be_elsewhere(&problem) => problems.push(problem),
                // The source itself contradicts somebody: that is what there is to say.
                Err(problem) if !has_mirrors => return Err(problem),
                Err(problem) => {
                    problems.push(problem);
                    break;
                }
            }
        }
        if !has_mirrors {
            // They mostly say the same.
            problems.truncate(1);
        }
        Err(mirrors::nowhere(problems, &origin))
    }

    fn of_repository<'a>(&self, repository: &RepositoryUrl, urls: &'a [String], rules: &[Mirror]) -> Vec<Attempt<'a>> {
        let own = mirrors::places(repository.as_str(), rules);
        let is_trusted = self.expectation.trusted().is_some();
        let registries = own.mirrors.iter().filter(|_| is_trusted).filter_map(|place| registry(place));
        let mut registries = registries.map(|place| Attempt { place: At::Registry(place), is_mirror: true, url: None });
        let mut attempts = Vec::new();
        for url in urls {
            let is_in_mirror = |mirror: &String| url.strip_prefix(mirror.as_str()).is_some_and(|rest| rest.starts_with('/'));
            if url.starts_with("oci://") && own.mirrors.iter().any(is_in_mirror) {
                // A registry said so that stands for the repository; its address is not for the lock.
                let place = OciReference::parse(url).ok().map(At::Reference);
                attempts.extend(place.map(|place| Attempt { place, is_mirror: true, url: None }));
                continue;
            }
            let places = mirrors::places(url, rules);
            // A rule that keeps us from a repository keeps us from wherever its index leads.
            let is_forbidden = !own.admits_origin && places.mirrors.is_empty();
            for place in places.all(url).into_iter().filter(|_| !is_forbidden) {
                let is_mirror = place != *url;
                match (place.starts_with("oci://"), url.starts_with("oci://")) {
                    (false, _) => {
                        let home = home(&place, repository, &own.mirrors);
                        attempts.push(Attempt { place: At::Url(place, home), is_mirror, url: Some(url) });
                    }
                    (true, true) => attempts.extend(OciReference::parse(&place).ok().map(|reference| Attempt {
                        place: At::Reference(reference),
                        is_mirror,
                        url: Some(url),
                    })),
                    (true, false) => attempts.extend(registries.by_ref()),
                }
            }
        }
        // No URL leads there, but the rules do.
        attempts.splice(0..0, registries);
        attempts
    }

    fn of_registry<'a>(&self, source: &OciRepository, rules: &[Mirror]) -> Vec<Attempt<'a>> {
        let origin = source.to_string();
        let file = |place: &str| format!("{place}/{}-{}.tgz", self.chart.name(), self.version);
        let attempt = |place: String| {
            let is_mirror = place != origin;
            let at = match registry(&place) {
                Some(registry) => At::Registry(registry),
                // A web server can only be asked for what it is known to have.
                None => {
                    At::Url(file(&place), RepositoryUrl::parse(&place).ok().filter(|_| self.expectation.trusted().is_some())?)
                }
            };
            Some(Attempt { place: at, is_mirror, url: None })
        };
        mirrors::places(&origin, rules).all(&origin).into_iter().filter_map(attempt).collect()
    }

    async fn attempt(&self, attempt: &Attempt<'_>, means: &Means<'_>) -> Result<Delivery, Problem> {
        match &attempt.place {
            At::Url(url, repository) => self.bring_from(url, repository, means).await,
            At::Reference(reference) => self.bring_referenced(reference, means).await,
            At::Registry(place) => {
                let identity = if let Place::Named(source, _) | Place::Blob(source) = &self.place { source } else { place };
                let repository = oci::Repository::of(place, self.chart.name(), means.http).known_as(identity);
                self.bring_named(&repository, means).await
            }
        }
    }

    /// Downloads the archive from a registry that has it under the chart's name.
    async fn bring_named(&self, repository: &oci::Repository<'_>, means: &Means<'_>) -> Result<Delivery, Problem> {
        if let Place::Named(_, named) = &self.place {
            let manifest = repository.tagged(named, means.cache).await?;
            self.expectation.admit(&manifest.layer)?;
            return self.bring_blob(repository, &manifest.layer, Some(manifest.digest), means).await;
        }
        let digest = self.expectation.trusted().ok_or_else(|| Problem::NoUrl(self.why_no_url()))?;
        let manifest = self.known.and_then(|known| known.oci_manifest);
        self.bring_blob(repository, digest, manifest, means).await
    }

    /// Downloads the archive that a repository's index says is in a registry.
    async fn bring_referenced(&self, reference: &OciReference, means: &Means<'_>) -> Result<Delivery, Problem> {
        let (repository, tag) = oci::Repository::at(reference, means.http, self.version);
        if let Expectation::Locked(digest) | Expectation::Pinned(digest) = &self.expectation {
            let manifest = self.known.and_then(|known| known.oci_manifest);
            return self.bring_blob(&repository, digest, manifest, means).await;
        }
        let manifest = repository.tagged(&tag, means.cache).await?;
        self.expectation.check(&manifest.layer, &repository.blob_address(&manifest.layer))?;
        self.bring_blob(&repository, &manifest.layer, Some(manifest.digest), means).await
    }

    async fn bring_from(&self, url: &str, repository: &RepositoryUrl, means: &Means<'_>) -> Result<Delivery, Problem> {
        let address =
            address(url, repository, means.http).ok_or_else(|| Problem::NoUrl(format!(": `{}`", url.escape_debug())))?;
        let _lock = flight::lock(means.http, means.cache, url).await;
        if let Some(delivery) = self.recall(means.cache)? {
            return Ok(delivery);
        }
        // Where the digest cannot be told, the server may still say that the bytes are those of the last time.
        let remembered = means.cache.remembered(url)?.filter(|remembered| !remembered.validators.is_empty());
        let question = Question {
            address: &address,
            repository,
            known: remembered.as_ref().map(|remembered| &remembered.validators),
            packing: Packing::AsItStands,
            accept: None,
            authorization: Authorization::User,
            body: None,
            limit: means.http.options().limits.archive,
        };
        let (bytes, validators) = match (means.http.ask(&question).await?, remembered) {
            (Answer::Body { bytes, validators, .. }, _) => (bytes, Some(validators)),
            (Answer::Unchanged, Some(remembered)) => (remembered.body.bytes().to_vec(), None),
            (Answer::Unchanged | Answer::Taken { .. }, _) => {
                return Err(Problem::Status { url: address, status: 304, wait: None });
            }
        };
        inspect::glance(&bytes).map_err(|reason| Problem::NotAChart { url: address.to_string(), reason })?;
        let memory = validators.filter(|validators| !validators.is_empty()).map(|validators| (url.to_owned(), validators));
        self.keep(bytes, &address, memory, means).await
    }

    /// Downloads the archive that a registry has under its digest.
    async fn bring_blob(
        &self,
        repository: &oci::Repository<'_>,
        digest: &Digest,
        manifest: Option<Digest>,
        means: &Means<'_>,
    ) -> Result<Delivery, Problem> {
        let address = repository.blob_address(digest);
        let _lock = flight::lock(means.http, means.cache, address.url().as_str()).await;
        if let Some(delivery) = self.recall_named(digest, manifest, means.cache)? {
            return Ok(delivery);
        }
        let bytes = repository.blob(digest, manifest.as_ref()).await?;
        let actual = Digest::of(&bytes);
        if actual != *digest && !matches!(self.expectation, Expectation::Locked(_)) {
            return Err(Problem::Mismatch { url: address, witness: "manifest", promised: *digest, actual });
        }
        let delivery = self.keep(bytes, &address, None, means).await?;
        Ok(Delivery { manifest, ..delivery })
    }
}

/// Whether another place may have what this one has not.
fn may_be_elsewhere(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::Unreachable { .. }
            | Problem::Status { .. }
            | Problem::TooSlow { .. }
            | Problem::Denied { .. }
            | Problem::Login { .. }
    )
}

fn registry(place: &str) -> Option<OciRepository> {
    place.starts_with("oci://").then(|| OciRepository::parse(place).ok()).flatten()
}

/// The repository on whose behalf a URL is asked: whose user, password and certificates may be shown there.
fn home(place: &str, repository: &RepositoryUrl, mirrors: &[String]) -> RepositoryUrl {
    let is_below = |mirror: &&String| place.strip_prefix(mirror.as_str()).is_some_and(|rest| rest.starts_with('/'));
    let mirror = mirrors.iter().find(is_below).and_then(|mirror| RepositoryUrl::parse(mirror).ok());
    mirror.unwrap_or_else(|| repository.clone())
}
