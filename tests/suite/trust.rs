//! Whose word counts: the index's, the lock's, the user's; and which hosts a lock may name.

use crate::support::{Dir, Fault, Registry, Shelf, digest, package, project};

const RELEASE: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n";

/// A repository whose index claims what the file is not.
fn liar() -> Registry {
    let registry = Registry::start();
    registry.publish("redis", "20.0.0", package("redis", "20.0.0", &[]), &format!("digest: {}", digest(b"other")));
    registry
}

#[test]
fn a_wrong_claim_is_accepted_by_name_and_the_lock_says_so() {
    let registry = liar();
    let dir = project(&registry, RELEASE);
    let refused = dir.run("resolve").expect_code(4);
    assert!(refused.stderr.contains("--accept-index-mismatch NAME"), "{}", refused.stderr);
    dir.run("resolve --accept-index-mismatch nginx").expect_code(4);
    dir.run("resolve --accept-index-mismatch redis").expect_code(0);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    assert!(lock.contains(&format!("  indexDigest: sha256:{}\n", digest(b"other"))), "{lock}");
    // From now on the lock knows.
    for command in ["check", "resolve --check", "resolve --upgrade --check", "update redis", "template"] {
        dir.run(command).expect_code(0);
    }
    assert_eq!(std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap(), lock);
}

#[test]
fn republished_bytes_are_accepted_by_name() {
    let registry = Registry::start();
    registry.chart("redis", "20.0.0");
    let dir = project(&registry, RELEASE);
    dir.run("resolve").expect_code(0);
    let new = registry.chart_with("redis", "20.0.0", &[("templates/new.yaml", "kind: New\n")]);
    assert!(dir.run("resolve").expect_code(4).stderr.contains("--accept-republished NAME"));
    dir.run("update redis --accept-republished nginx").expect_code(4);
    let run = dir.run("update redis --accept-republished redis").expect_code(0);
    assert!(run.stderr.contains("redis 20.0.0, republished"), "{}", run.stderr);
    assert!(std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap().contains(&new));
}

#[test]
fn what_should_be_known_of_a_chart_is_told() {
    let registry = Registry::start();
    registry.publish("redis", "20.0.0", package("redis", "20.0.0", &[]), "deprecated: true");
    let dir = project(&registry, RELEASE);
    let run = dir.run("resolve").expect_code(0);
    for told in [
        "`redis` 20.0.0 is deprecated",
        "Trusting redis 20.0.0 as served now: the index of http://127.0.0.1:[PORT] claims no digest",
    ] {
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    // An index that was cut off at the end of a line is a sound one with fewer versions: the lock stays.
    let before = dir.read("helmfile.lock");
    registry.file("/index.yaml", "apiVersion: v1\nentries:\n  redis:\n");
    let run = dir.run("resolve").expect_code(0);
    assert!(run.stderr.contains("`redis` 20.0.0 is no longer listed there"), "{}", run.stderr);
    assert_eq!(dir.read("helmfile.lock"), before);
}

#[test]
fn a_file_that_is_not_there_is_no_matter_of_the_network() {
    let registry = Registry::start();
    registry.enter("redis", "20.0.0", "urls: [gone.tgz]");
    project(&registry, RELEASE).run("resolve").expect_code(1);
    registry.misbehave("/gone.tgz", [Fault::Status { status: 503, headers: Vec::new(), times: 9 }]);
    project(&registry, RELEASE).run("resolve").expect_code(5);
}

/// A locked project with an empty cache, whose lock names another host than the repository's.
fn lured(registry: &Registry, host: &Registry) -> Dir {
    let dir = project(registry, RELEASE).knowing(host);
    dir.run("resolve").expect_code(0);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    dir.write("helmfile.lock", &lock.replace(&format!("url: {}", registry.url()), &format!("url: {}", host.url())));
    std::fs::remove_dir_all(dir.cache()).unwrap();
    registry.forget();
    dir
}

#[test]
fn a_lock_cannot_send_us_to_a_host_that_nobody_else_names() {
    let (registry, stranger) = (Registry::start(), Registry::start());
    registry.chart("redis", "20.0.0");
    let dir = lured(&registry, &stranger);
    dir.run("fetch").expect(
        4,
        "",
        "
        error: http://127.0.0.1:[PORT]/redis 20.0.0: the lock says that it is on 127.0.0.1:[PORT], which is not the repository's host, and its index names no file there
          hint: `helmlock resolve` asks where it is now; `download-hosts` in helmlock.toml permits more hosts
        ",
    );
    assert_eq!((stranger.asked(), registry.asked()), (Vec::new(), vec!["200 /index.yaml".to_owned()]));
    // The settings may name it, and then nobody else is asked.
    stranger.file("/charts/redis-20.0.0.tgz", package("redis", "20.0.0", &[]));
    registry.forget();
    dir.write("helmlock.toml", &format!("download-hosts = [\"127.0.0.1:{}\"]\n", stranger.port()));
    dir.run("fetch").expect_code(4);
    assert_eq!((stranger.asked().len(), registry.asked().len()), (1, 0), "the digest decides, as everywhere");
}

#[test]
fn the_index_vouches_for_the_hosts_that_it_names() {
    let (registry, releases) = (Registry::start(), Registry::start());
    for version in ["20.0.0", "20.1.0"] {
        let archive = package("redis", version, &[]);
        registry.enter("redis", version, &format!("urls: [\"{}/{version}.tgz\"]\ndigest: {}", releases.url(), digest(&archive)));
        releases.file(&format!("/{version}.tgz"), archive);
    }
    let dir = project(&registry, RELEASE);
    dir.run("resolve").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    registry.forget();
    dir.run("fetch").expect_code(0);
    assert_eq!(registry.asked(), ["200 /index.yaml"]);
    dir.run("fetch").expect_code(0);
    assert_eq!(registry.asked().len(), 1, "what is here needs no voucher");
    dir.run("fetch --offline").expect_code(0);
}

#[test]
fn an_index_may_send_us_to_a_registry() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "moved/redis");
    let pushed = shelf.push("20.0.0");
    let address = registry.url().replace("http://", "oci://") + "/moved/redis:20.0.0";
    registry.enter("redis", "20.0.0", &format!("urls: [\"{address}\"]\ndigest: {}", pushed.layer.replace("sha256:", "")));
    let host = registry.url().replace("http://", "");
    let state = format!(
        "repositories:\n- name: stable\n  url: {}\n- name: registry\n  url: {host}\n  oci: true\n  plainHttp: true\nreleases:\n{RELEASE}",
        registry.url()
    );
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &state);
    dir.run("resolve").expect_code(0);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let lock = lock.split_inclusive('\n').filter(|line| !line.contains("filesDigest")).collect::<String>();
    assert!(
        lock.contains(&format!("  digest: {}\n  ociManifest: {}\n  url: \"{address}\"\n", pushed.layer, pushed.manifest))
            || lock.contains(&format!("  digest: {}\n  ociManifest: {}\n  url: {address}\n", pushed.layer, pushed.manifest)),
        "{lock}"
    );
    dir.run("template").expect_code(0);
    dir.run("resolve --check").expect_code(0);
    // A locked fetch asks for the blob alone.
    std::fs::remove_dir_all(dir.cache()).unwrap();
    registry.forget();
    dir.run("fetch").expect_code(0);
    assert_eq!(
        registry.log().iter().map(|asked| asked.path.clone()).collect::<Vec<_>>(),
        [shelf.path(&format!("blobs/{}", pushed.layer))]
    );
    // The tag stands for something else than the index claims.
    shelf.push_archive("20.0.0", &package("redis", "20.0.0", &[("templates/evil.yaml", "evil: true")]));
    std::fs::remove_dir_all(dir.cache()).unwrap();
    std::fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    let refused = dir.run("resolve").expect_code(4);
    assert!(refused.stderr.contains("but the index promises"), "{}", refused.stderr);
}

#[test]
fn a_name_that_a_server_gives_its_file_does_not_matter() {
    let registry = Registry::start();
    registry.chart("redis", "20.0.0");
    let headers = vec![("content-disposition", "attachment; filename=\"../../../evil.tgz\"".to_owned())];
    registry.misbehave("/charts/redis-20.0.0.tgz", [Fault::Body { headers, bytes: package("redis", "20.0.0", &[]) }]);
    registry.publish("redis", "20.0.0", package("redis", "20.0.0", &[]), "");
    let dir = project(&registry, RELEASE);
    let before = crate::support::snapshot(&dir.path());
    dir.run("resolve").expect_code(0);
    let after: Vec<_> = crate::support::snapshot(&dir.path()).into_iter().filter(|file| !before.contains(file)).collect();
    assert!(after.len() == 1 && after[0].0.ends_with("helmfile.lock"), "{after:?}");
    assert!(crate::support::snapshot(&dir.cache()).iter().all(|(path, _)| !path.to_string_lossy().contains("evil")));
}

/// A forward proxy that is ended when it is dropped.
struct Proxy {
    process: std::process::Child,
    port: u16,
    log: std::path::PathBuf,
}

impl Proxy {
    /// Nothing if tinyproxy is not installed.
    fn start(dir: &Dir) -> Option<Self> {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let log = dir.path().join("proxy.log");
        let settings = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 30\nMaxClients 20\nLogFile \"{}\"\nLogLevel Connect\nBasicAuth someone s3cret-canary\n",
            log.display()
        );
        dir.write("tinyproxy.conf", &settings);
        let mut command = std::process::Command::new("tinyproxy");
        command.args(["-d", "-c"]).arg(dir.path().join("tinyproxy.conf")).stdout(std::process::Stdio::null());
        let Ok(process) = command.spawn() else {
            println!("skipped: tinyproxy is not installed");
            return None;
        };
        let proxy = Self { process, port, log };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(proxy);
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("tinyproxy does not listen");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _it_may_have_ended = self.process.kill();
        let _status = self.process.wait();
    }
}

#[test]
fn a_proxy_is_used_and_its_password_stays_with_it() {
    let registry = Registry::start();
    registry.chart("redis", "20.0.0");
    let dir = project(&registry, RELEASE);
    let Some(proxy) = Proxy::start(&dir) else { return };
    let with = |password: &str, arguments: &str| {
        let url = format!("http://someone:{password}@127.0.0.1:{}", proxy.port);
        dir.run_command(dir.command(arguments).env("http_proxy", url))
    };
    let refused = with("wr0ng-canary", "resolve");
    assert!(refused.code != Some(0) && !refused.stderr.contains("wr0ng-canary"), "{}", refused.stderr);
    assert!(registry.asked().is_empty(), "the server is not asked around the proxy");
    with("s3cret-canary", "resolve").expect_code(0);
    assert_eq!(registry.asked().len(), 2);
    assert!(registry.log().iter().all(|asked| asked.headers.keys().all(|name| !name.starts_with("proxy-auth"))));
    assert!(std::fs::read_to_string(&proxy.log).unwrap().matches("GET").count() >= 2, "the proxy has seen both");
    assert!(!dir.read("helmfile.lock").unwrap().contains("canary"));
    // Whom the variables exempt is asked directly.
    registry.forget();
    let url = format!("http://someone:wr0ng-canary@127.0.0.1:{}", proxy.port);
    let run = dir.run_command(dir.command("resolve --upgrade").env("http_proxy", url).env("no_proxy", "127.0.0.1"));
    run.expect_code(0);
    assert_eq!(registry.asked(), ["304 /index.yaml"]);
}
