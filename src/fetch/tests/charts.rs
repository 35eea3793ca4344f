//! From requests to the cache: what is asked, what is pinned, and what is refused.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::http::hurried;
use super::registry::{Fault, Registry, digest, package};
use crate::cache::Cache;
use crate::digest::Digest;
use crate::fetch::{Accepted, Client, Error, Kind, Network, Pinned, candidates, fetch, pin};
use crate::lockfile::{Content, Lockfile, RenderDefaults};
use crate::request::{Asker, Origin, Request};
use crate::resolve::{Preferred, Resolution, resolve};
use crate::source::{Access, ChartRef, RepositoryUrl, Source};
use crate::version::Constraint;

/// A project of wishes, its lock and its cache.
pub(super) struct Bench {
    folder: tempfile::TempDir,
    pub(super) cache: Cache,
    network: Network,
    accepted: Accepted,
    lock: Lockfile,
}

impl Bench {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().join("cache"));
        let network = Network::Online(Client::new(hurried()));
        Self { folder, cache, network, accepted: Accepted::default(), lock: Lockfile::default() }
    }

    fn with_access(access: &[(&Registry, &str)]) -> Self {
        let mut options = hurried();
        for (registry, said) in access {
            let url = registry.url().replace("//", &format!("//{said}@"));
            let (repository, access) = RepositoryUrl::split(&url).unwrap();
            options.access.insert(repository, access);
        }
        Self { network: Network::Online(Client::new(options)), ..Self::new() }
    }

    fn resolution(&self, wishes: &[(&str, &str, &str)]) -> Result<Resolution, Error> {
        let requests: Vec<_> = wishes.iter().map(|(url, name, constraint)| request(url, name, constraint)).collect();
        let preferred = self.lock.preferred();
        let asked: Vec<_> = requests.iter().filter(|request| !preferred.settles(request)).cloned().collect();
        let offers = candidates(&asked, &self.cache, &self.network)?;
        Ok(resolve(&requests, &offers.candidates, &preferred).unwrap())
    }

    /// Decides anew, as `update` does, with the old lock only as a witness.
    pub(super) fn update(&mut self, wishes: &[(&str, &str, &str)]) -> Result<Pinned, Error> {
        let requests: Vec<_> = wishes.iter().map(|(url, name, constraint)| request(url, name, constraint)).collect();
        let offers = candidates(&requests, &self.cache, &self.network)?;
        self.pin(&resolve(&requests, &offers.candidates, &Preferred::nothing()).unwrap())
    }

    /// Decides, keeping what is locked.
    fn resolve(&mut self, wishes: &[(&str, &str, &str)]) -> Result<Pinned, Error> {
        let resolution = self.resolution(wishes)?;
        self.pin(&resolution)
    }

    fn pin(&mut self, resolution: &Resolution) -> Result<Pinned, Error> {
        let pinned = pin(resolution, &self.lock, &self.accepted, &self.cache, &self.network)?;
        let render = RenderDefaults { helm: "4.3".to_owned(), kube_version: "1.37.0".to_owned(), by_helm: Vec::new() };
        self.lock = Lockfile::new(render, resolution, &pinned.contents).unwrap();
        Ok(pinned)
    }

    fn empty_cache(&mut self) {
        std::fs::remove_dir_all(self.cache.folder()).unwrap();
    }
}

fn request(url: &str, name: &str, constraint: &str) -> Request {
    Request {
        chart: ChartRef::new(Source::parse(url).unwrap(), name).unwrap(),
        constraint: Constraint::parse(constraint).unwrap(),
        asked_by: Asker::Release { name: format!("my-{name}") },
        origin: Origin { file: "helmfile.yaml".to_owned(), line: Some(7) },
        environment: None,
    }
}

/// `name version digest url`, with the port left out.
fn told(registry: &Registry, contents: &[Content]) -> Vec<String> {
    let port = registry.port().to_string();
    let told = contents.iter().map(|content| {
        let url = content.url.as_deref().unwrap_or("-").replace(&port, "[PORT]");
        format!("{} {} {} {url}", content.chart.name(), content.version, content.digest)
    });
    told.collect()
}

/// The only failure's text, with the port left out.
#[track_caller]
fn failure(registry: &Registry, result: Result<Pinned, Error>) -> (Kind, String) {
    let error = result.unwrap_err();
    assert_eq!(error.failures.len(), 1, "{:?}", error.failures);
    let text = error.failures[0].problem.to_string().replace(&registry.port().to_string(), "[PORT]");
    assert!(error.failures[0].wanted.to_string().starts_with(&registry.url()));
    (error.kind(), text)
}

fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

#[test]
fn charts_are_pinned_with_the_digests_of_their_bytes() {
    let registry = Registry::start();
    let redis = registry.chart("redis", "2.0.0");
    registry.chart("redis", "1.0.0");
    let nginx = registry.chart("nginx", "1.0.0");
    let url = registry.url();
    let mut bench = Bench::new();
    let pinned = bench.resolve(&[(&url, "redis", ">=1"), (&url, "nginx", "1.0.0")]).unwrap();
    let expected = [
        format!("nginx 1.0.0 sha256:{nginx} http://127.0.0.1:[PORT]/charts/nginx-1.0.0.tgz"),
        format!("redis 2.0.0 sha256:{redis} http://127.0.0.1:[PORT]/charts/redis-2.0.0.tgz"),
    ];
    assert_eq!(told(&registry, &pinned.contents), expected);
    let mut asked = registry.asked();
    asked[1..].sort();
    assert_eq!(asked, ["200 /index.yaml", "200 /charts/nginx-1.0.0.tgz", "200 /charts/redis-2.0.0.tgz"]);
    for content in &pinned.contents {
        assert!(bench.cache.get(&content.digest).unwrap().is_some());
    }
}

#[test]
fn an_unchanged_repository_sends_nothing_again() {
    let registry = Registry::start();
    registry.chart("redis", "1.0.0");
    let url = registry.url();
    let mut bench = Bench::new();
    bench.update(&[(&url, "redis", "*")]).unwrap();
    registry.forget();
    let pinned = bench.update(&[(&url, "redis", "*")]).unwrap();
    assert_eq!((registry.asked(), pinned.downloaded), (vec!["304 /index.yaml".to_owned()], 0));
    assert_eq!(registry.log()[0].sent, 0);
    // What the lock settles asks nobody.
    registry.forget();
    bench.resolve(&[(&url, "redis", "*")]).unwrap();
    assert!(registry.asked().is_empty());
}

#[test]
fn what_is_locked_is_fetched_without_an_index() {
    let registry = Registry::start();
    registry.chart("redis", "1.0.0");
    registry.chart("nginx", "1.0.0");
    let url = registry.url();
    let mut bench = Bench::new();
    bench.resolve(&[(&url, "redis", "*"), (&url, "nginx", "*")]).unwrap();
    bench.empty_cache();
    registry.forget();
    let cache = Cache::open(bench.folder.path().join("another"));
    let fetched = fetch(&bench.lock, &cache, &bench.network).unwrap();
    assert_eq!((fetched.downloaded, fetched.present), (2, 0));
    let mut asked = registry.asked();
    asked.sort();
    assert_eq!(asked, ["200 /charts/nginx-1.0.0.tgz", "200 /charts/redis-1.0.0.tgz"]);
    registry.forget();
    assert_eq!(fetch(&bench.lock, &cache, &bench.network).unwrap().present, 2);
    assert!(registry.asked().is_empty());
}

#[test]
fn offline_names_everything_that_is_missing() {
    let registry = Registry::start();
    registry.chart("redis", "1.0.0");
    registry.chart("nginx", "1.0.0");
    let url = registry.url();
    let mut bench = Bench::new();
    let wishes = [(&*url, "redis", "*"), (&*url, "nginx", "*")];
    bench.resolve(&wishes).unwrap();
    registry.forget();
    bench.network = Network::Offline(Vec::new());
    bench.update(&wishes).unwrap();
    fetch(&bench.lock, &bench.cache, &bench.network).unwrap();
    bench.empty_cache();
    let error = fetch(&bench.lock, &bench.cache, &bench.network).unwrap_err();
    let told: Vec<_> = error.failures.iter().map(ToString::to_string).collect();
    let expected =
        ["nginx", "redis"].map(|name| format!("{url}/{name} 1.0.0: it is not in the cache, and the network must not be used"));
    assert_eq!(told, expected);
    let error = bench.update(&wishes).unwrap_err();
    assert_eq!(error.to_string(), format!("{url}: it is not in the cache, and the network must not be used"));
    let by: Vec<_> = error.failures[0].by.iter().map(|(asker, origin)| format!("{asker} ({origin})")).collect();
    assert_eq!(by, ["release `my-redis` (helmfile.yaml:7)", "release `my-nginx` (helmfile.yaml:7)"]);
    assert!(registry.asked().is_empty());
}

#[test]
fn bytes_that_the_index_does_not_promise_are_refused() {
    let registry = Registry::start();
    let url = registry.url();
    let (good, bad) = (package("redis", "1.0.0", &[]), digest(b"something else"));
    for claim in [bad.clone(), format!("sha256:{bad}"), bad.to_uppercase()] {
        registry.publish("redis", "1.0.0", good.clone(), &format!("digest: {claim}"));
        let mut bench = Bench::new();
        let (kind, text) = failure(&registry, bench.update(&[(&url, "redis", "*")]));
        assert_eq!(kind, Kind::Integrity);
        let promise = format!("has digest sha256:{}, but the index promises sha256:{bad}", digest(&good));
        assert_eq!(text, format!("http://127.0.0.1:[PORT]/charts/redis-1.0.0.tgz {promise}"));
        assert_eq!(files(&bench.cache.folder().join("sha256")), 1, "only the index is kept");
    }
    let mut bench = Bench::new();
    bench.accepted.index_mismatch.insert("redis".to_owned());
    let pinned = bench.update(&[(&url, "redis", "*")]).unwrap();
    assert_eq!(pinned.contents[0].digest, Digest::of(&good));
    assert_eq!(pinned.contents[0].index_digest.unwrap().to_hex(), bad);
    // The lock remembers which claim was accepted, so that it counts no more; another wrong one does.
    bench.accepted = Accepted::default();
    registry.forget();
    let pinned = bench.update(&[(&url, "redis", "*")]).unwrap();
    assert_eq!(pinned.contents[0].index_digest.unwrap().to_hex(), bad);
    assert_eq!(registry.asked(), ["304 /index.yaml"]);
    registry.publish("redis", "1.0.0", good.clone(), &format!("digest: {}", digest(b"a third thing")));
    bench.update(&[(&url, "redis", "*")]).unwrap();
    assert_eq!(registry.asked()[1..], ["200 /index.yaml", "304 /charts/redis-1.0.0.tgz"], "who of the two is right is asked");
    // An index that was mended needs no exception.
    registry.publish("redis", "1.0.0", good.clone(), &format!("digest: {}", digest(&good)));
    assert_eq!(bench.update(&[(&url, "redis", "*")]).unwrap().contents[0].index_digest, None);
}

#[test]
fn a_claim_that_is_no_sha256_is_none() {
    for claim in ["", "digest: d41d8cd98f00b204e9800998ecf8427e", "digest: sha512:abc", "digest: none", "digest: 5"] {
        let registry = Registry::start();
        let url = registry.url();
        let good = package("redis", "1.0.0", &[]);
        registry.publish("redis", "1.0.0", good.clone(), claim);
        let mut bench = Bench::new();
        let pinned = bench.update(&[(&url, "redis", "*")]).unwrap();
        assert_eq!(pinned.contents[0].digest, Digest::of(&good), "{claim}");
        assert_eq!(pinned.unclaimed.len(), 1, "{claim}");
        bench.update(&[(&url, "redis", "*")]).unwrap();
        assert_eq!(registry.bodies("/charts/redis-1.0.0.tgz"), 1);
    }
}

#[test]
fn a_claim_does_not_get_another_repositorys_bytes() {
    let (honest, liar) = (Registry::start(), Registry::start());
    let good = honest.chart("redis", "1.0.0");
    let evil = package("redis", "1.0.0", &[("templates/evil.yaml", "evil: true")]);
    liar.publish("redis", "1.0.0", evil, &format!("digest: {good}"));
    let mut bench = Bench::new();
    // The liar comes first, and must not fill the honest one's place.
    failure(&liar, bench.update(&[(&liar.url(), "redis", "*")]));
    let pinned = bench.update(&[(&honest.url(), "redis", "*")]).unwrap();
    assert_eq!(pinned.contents[0].digest.to_hex(), good);
    // Nor can a claim give one chart the place of another.
    liar.publish("nginx", "1.0.0", package("nginx", "1.0.0", &[]), &format!("digest: {good}"));
    let (kind, text) = failure(&liar, bench.update(&[(&liar.url(), "nginx", "*")]));
    assert_eq!((kind, text), (Kind::Integrity, "http://127.0.0.1:[PORT]/nginx 1.0.0 is redis 1.0.0".to_owned()));
}

#[test]
fn a_version_that_was_republished_is_refused_unless_accepted() {
    let registry = Registry::start();
    let url = registry.url();
    let old = registry.chart("redis", "1.0.0");
    let mut bench = Bench::new();
    bench.update(&[(&url, "redis", "*")]).unwrap();
    let new = registry.chart_with("redis", "1.0.0", &[("templates/new.yaml", "new: true")]);
    let expected = format!("it was republished: it was pinned as sha256:{old} and is sha256:{new} now");
    let (kind, text) = failure(&registry, bench.update(&[(&url, "redis", "*")]));
    assert_eq!((kind, &text), (Kind::Integrity, &expected));
    // An index without claims, an empty cache: the same.
    registry.publish("redis", "1.0.0", package("redis", "1.0.0", &[("templates/new.yaml", "new: true")]), "");
    bench.empty_cache();
    assert_eq!(failure(&registry, bench.update(&[(&url, "redis", "*")])).1, expected);
    let lock = bench.lock.clone();
    let error = fetch(&lock, &bench.cache, &bench.network).unwrap_err();
    let text = format!("{url}/charts/redis-1.0.0.tgz has digest sha256:{new}, but the lock promises sha256:{old}");
    assert_eq!((error.kind(), error.failures[0].problem.to_string()), (Kind::Integrity, text));
    bench.accepted.republished.insert("redis".to_owned());
    assert_eq!(bench.update(&[(&url, "redis", "*")]).unwrap().contents[0].digest.to_hex(), new);
}

#[test]
fn what_is_no_chart_is_refused_with_a_guess() {
    let registry = Registry::start();
    let url = registry.url();
    let path = "/charts/redis-1.0.0.tgz";
    registry.chart("redis", "1.0.0");
    let other = |name: &str, version: &str| (package(name, version, &[]), format!("{name} {version}"));
    let (other_name, other_version) = (other("nginx", "1.0.0"), other("redis", "1.0.1"));
    let whole = package("redis", "1.0.0", &[]);
    let torn = whole[..whole.len() - 5].to_vec();
    let cases: [(&[u8], &str); 9] = [
        (b"", "is not a chart: it is empty"),
        (b"<html>", "is not a chart: it is a web page; does the server ask for a login?"),
        (b"{\"error\": 1}", "is not a chart: it is JSON; does the server report an error?"),
        (b"PK", "is not a chart: it is not a gzip archive"),
        (&super::packed(b"x"), "is not a chart: the archive is damaged: failed to read entire block"),
        (&super::packed(&[0; 1024]), "is not a chart: it has no Chart.yaml"),
        (&torn, "is not a chart: the archive is damaged: "),
        (&other_name.0, "is nginx 1.0.0"),
        (&other_version.0, "is redis 1.0.1"),
    ];
    for (body, expected) in cases {
        // Without a claim, so that only the content can tell.
        registry.publish("redis", "1.0.0", body.to_vec(), "");
        let mut bench = Bench::new();
        let (_, text) = failure(&registry, bench.update(&[(&url, "redis", "*")]));
        let expected = format!("http://127.0.0.1:[PORT]{path} {expected}");
        assert!(text.starts_with(&expected), "expected {expected}\n     got {text}");
        assert_eq!(files(&bench.cache.folder().join("sha256")), 1, "only the index is kept");
    }
}

#[test]
fn an_archive_torn_at_any_byte_is_refused() {
    let whole = package("redis", "1.0.0", &[("values.yaml", "a: 1")]);
    for end in 0..whole.len() {
        assert!(crate::fetch::inspect::identity(&whole[..end]).is_err(), "torn at {end}");
    }
    assert!(crate::fetch::inspect::identity(&whole).is_ok());
    let bomb = super::packed(&vec![0; 101 << 20]);
    assert_eq!(crate::fetch::inspect::identity(&bomb).unwrap_err(), "it has more than 100 MiB");
}

#[test]
fn every_url_of_an_entry_is_tried() {
    let (registry, mirror) = (Registry::start(), Registry::start());
    let good = package("redis", "1.0.0", &[]);
    mirror.file("/mirror/redis.tgz", good.clone());
    let entry = format!("urls: [gone.tgz, {}/mirror/redis.tgz]\ndigest: {}", mirror.url(), digest(&good));
    registry.enter("redis", "1.0.0", &entry);
    let mut bench = Bench::with_access(&[(&registry, "user:secret")]);
    registry.demand("user", "secret");
    let pinned = bench.update(&[(&registry.url(), "redis", "*")]).unwrap();
    let digest = Digest::of(&good);
    // What is locked is the URL that works.
    assert_eq!(told(&registry, &pinned.contents), [format!("redis 1.0.0 {digest} {}/mirror/redis.tgz", mirror.url())]);
    assert_eq!(registry.asked(), ["200 /index.yaml", "404 /gone.tgz"]);
    assert!(!mirror.log()[0].headers.contains_key("authorization"));
    let Network::Online(client) = &bench.network else { panic!("the bench is online") };
    let mut options = client.options().clone();
    options.pass_credentials.insert(RepositoryUrl::parse(&registry.url()).unwrap());
    bench.network = Network::Online(Client::new(options));
    bench.empty_cache();
    bench.update(&[(&registry.url(), "redis", "*")]).unwrap();
    assert!(mirror.log()[1].headers.contains_key("authorization"));
    mirror.file("/mirror/redis.tgz", "evil");
    bench.empty_cache();
    assert!(bench.update(&[(&registry.url(), "redis", "*")]).is_err());
}

#[test]
fn every_failure_of_every_repository_is_told() {
    let (gone, login, page) = (Registry::start(), Registry::start(), Registry::start());
    gone.misbehave("/index.yaml", [Fault::Status { status: 500, headers: Vec::new(), times: 99 }]);
    login.demand("user", "secret");
    page.file("/index.yaml", "<html>");
    let urls = [gone.url(), login.url(), page.url()];
    let wishes: Vec<_> = urls.iter().map(|url| (url.as_str(), "redis", "*")).collect();
    let error = Bench::new().update(&wishes).unwrap_err();
    let mut told: Vec<_> = error.failures.iter().map(ToString::to_string).collect();
    told.sort_by_key(|text| urls.iter().position(|url| text.starts_with(url)));
    let expected = [
        format!("{0}: {0}/index.yaml answers 500", urls[0]),
        format!("{0}: {0}/index.yaml answers 401; no user and password were sent", urls[1]),
        format!("{0}: {0}/index.yaml is not an index of charts: it is a web page; does the server ask for a login?", urls[2]),
    ];
    assert_eq!(told, expected);
    assert_eq!(error.to_string(), "3 charts or sources cannot be had");
    assert_eq!(error.kind(), Kind::Authentication);
}

#[test]
fn secrets_stay_out_of_cache_names_errors_and_locks() {
    let registry = Registry::start();
    registry.demand("user", "canary");
    registry.chart("redis", "1.0.0");
    let mut bench = Bench::with_access(&[(&registry, "user:canary")]);
    let url = registry.url();
    let repository = RepositoryUrl::parse(&url).unwrap();
    let mut options = hurried();
    let user = Some(("user".to_owned(), "canary".to_owned()));
    options.access.insert(repository, Access { user, query: Some("token=canary".to_owned()) });
    assert!(!format!("{options:?}").contains("canary"));
    bench.network = Network::Online(Client::new(options));
    let pinned = bench.update(&[(&url, "redis", "*")]).unwrap();
    let asked: BTreeSet<_> = registry.asked().into_iter().collect();
    let expected = ["200 /charts/redis-1.0.0.tgz?token=canary", "200 /index.yaml?token=canary"].map(str::to_owned);
    assert_eq!(asked, BTreeSet::from(expected));
    assert!(!format!("{pinned:?} {:?} {:?}", bench.network, bench.lock).contains("canary"));
    registry.misbehave("/index.yaml?token=canary", [Fault::Status { status: 403, headers: Vec::new(), times: 9 }]);
    let error = bench.update(&[(&url, "redis", "*")]).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"));
    let listing = std::process::Command::new("grep").args(["-r", "canary"]).arg(bench.folder.path()).output().unwrap();
    assert!(listing.stdout.is_empty());
}

#[test]
fn parallel_runs_on_a_cold_cache_send_each_body_once() {
    let registry = Registry::start();
    let url = registry.url();
    registry.chart("redis", "1.0.0");
    // One without a claim: its digest cannot be told before it is here.
    registry.publish("nginx", "1.0.0", package("nginx", "1.0.0", &[]), "");
    for path in ["/index.yaml", "/charts/redis-1.0.0.tgz", "/charts/nginx-1.0.0.tgz"] {
        registry.misbehave(path, [Fault::Late(Duration::from_millis(30))]);
    }
    let bench = Bench::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut other = Bench::new();
                other.cache = Cache::open(bench.cache.folder());
                other.update(&[(&url, "redis", "*"), (&url, "nginx", "*")]).unwrap();
            });
        }
    });
    for path in ["/index.yaml", "/charts/redis-1.0.0.tgz", "/charts/nginx-1.0.0.tgz"] {
        assert_eq!(registry.bodies(path), 1, "{path}");
    }
}
