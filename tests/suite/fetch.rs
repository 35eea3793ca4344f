//! `fetch`: fills the cache from the lock, and believes nobody but the lock.

use std::net::TcpListener;

use crate::support::{Dir, Fault, Registry, digest, package, project};

const RELEASES: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  chart: stable/nginx\n";

/// A locked project whose cache is empty again.
fn locked() -> (Registry, Dir) {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, RELEASES);
    dir.run("resolve").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    registry.forget();
    (registry, dir)
}

/// Serves other bytes under a version that was served before, and an index that says so.
fn republish(registry: &Registry) {
    registry.chart_with("redis", "20.5.0", &[("templates/other.yaml", "kind: Other\n")]);
}

#[test]
fn the_cache_is_filled_without_an_index_and_once() {
    let (registry, dir) = locked();
    dir.run("fetch").expect(0, "?", "?");
    let mut asked = registry.asked();
    asked.sort();
    assert_eq!(asked, ["200 /charts/nginx-1.0.0.tgz", "200 /charts/redis-20.5.0.tgz"]);
    dir.run("fetch").expect(0, "?", "?");
    dir.run("fetch -o json").expect(0, "?", "?");
    assert_eq!(registry.asked().len(), 2);
}

#[test]
fn without_a_lock_there_is_nothing_to_fetch() {
    let registry = Registry::start();
    project(&registry, RELEASES).run("fetch").expect(2, "?", "?");
}

#[test]
fn other_bytes_under_a_locked_version_are_refused() {
    let (registry, dir) = locked();
    republish(&registry);
    dir.run("fetch").expect(4, "?", "?");
    dir.run("template").expect_code(1);
    let before = dir.read("helmfile.lock").unwrap();
    dir.run("resolve --upgrade").expect(4, "?", "?");
    dir.run("update redis").expect(4, "?", "?");
    dir.expect_file("helmfile.lock", &before);
}

#[test]
fn other_bytes_than_the_index_promises_are_refused() {
    let registry = Registry::start();
    let promised = digest(b"something else");
    registry.publish("redis", "20.5.0", package("redis", "20.5.0", &[]), &format!("digest: {promised}"));
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("resolve").expect(4, "?", "?");
    assert_eq!(dir.read("helmfile.lock"), None);
}

#[test]
fn bytes_that_are_no_chart_are_refused() {
    let registry = Registry::start();
    registry.publish("redis", "20.5.0", b"<html>please log in</html>".to_vec(), "");
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("resolve").expect(1, "?", "?");
    registry.publish("redis", "20.5.0", package("nginx", "1.0.0", &[]), "");
    dir.run("resolve").expect(4, "?", "?");
}

#[test]
fn offline_names_what_is_missing() {
    let (registry, dir) = locked();
    dir.run("fetch --offline").expect(1, "?", "?");
    assert_eq!(registry.asked(), Vec::<String>::new());
}

#[test]
fn a_server_that_is_not_there_is_a_matter_of_the_network() {
    let (registry, dir) = locked();
    let port = registry.port();
    drop(registry);
    let free = TcpListener::bind(("127.0.0.1", port)).map(drop);
    assert!(free.is_ok(), "the port is closed now");
    dir.run("fetch").expect(5, "?", "?");
}

#[test]
fn a_chart_that_is_gone_is_named() {
    let (registry, dir) = locked();
    registry.misbehave("/charts/redis-20.5.0.tgz", [Fault::Status { status: 404, headers: Vec::new(), times: 99 }]);
    dir.run("fetch").expect(5, "?", "?");
}

#[test]
fn a_server_that_wants_a_password_gets_the_one_in_the_state_file() {
    let (registry, dir) = locked();
    registry.demand("reader", "secret");
    dir.run("fetch").expect(6, "?", "?");
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &state.replace("releases:", "  username: reader\n  password: wrong\nreleases:"));
    dir.run("fetch").expect(6, "?", "?");
    dir.write("helmfile.yaml", &state.replace("releases:", "  username: reader\n  password: secret\nreleases:"));
    dir.run("fetch").expect_code(0);
    assert!(!dir.read("helmfile.lock").unwrap().contains("secret"));
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let (_registry, dir) = locked();
    std::fs::write(dir.cache(), "a file where the folder should be").unwrap();
    dir.run("fetch").expect(1, "?", "?");
}
