//! `fetch`: fills the cache from the lock, and believes nobody but the lock.

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
    dir.run("fetch").expect(0, "", "     Fetched 2 charts into [ROOT]/cache; 0 were there\n");
    let mut asked = registry.asked();
    asked.sort();
    assert_eq!(asked, ["200 /charts/nginx-1.0.0.tgz", "200 /charts/redis-20.5.0.tgz"]);
    dir.run("fetch").expect(0, "", "     Fetched 0 charts into [ROOT]/cache; 2 were there\n");
    dir.run("fetch -o json").expect(
        0,
        r#"
        {
          "downloaded": 0,
          "present": 2
        }
        "#,
        "",
    );
    assert_eq!(registry.asked().len(), 2);
}

#[test]
fn without_a_lock_there_is_nothing_to_fetch() {
    let registry = Registry::start();
    project(&registry, RELEASES).run("fetch").expect(
        2,
        "",
        "
        error: there is no helmfile.lock
          hint: `helmlock resolve` writes it
        ",
    );
}

#[test]
fn a_project_without_remote_charts_has_everything() {
    let registry = Registry::start();
    let dir =
        project(&registry, "- name: app\n  chart: ./app\n").file("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n");
    dir.run("fetch").expect(0, "", "     Fetched 0 charts into [ROOT]/cache; 0 were there\n");
}

#[test]
fn other_bytes_under_a_locked_version_are_refused() {
    let (registry, dir) = locked();
    republish(&registry);
    dir.run("fetch").expect(4, "", "
        error: http://127.0.0.1:[PORT]/redis 20.5.0: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz has digest sha256:[DIGEST], but the lock promises sha256:[DIGEST]
          hint: the lock was made from other bytes: ask those who keep the source, or lock another version
        ");
    dir.run("template").expect_code(1);
    let before = dir.read("helmfile.lock").unwrap();
    dir.run("resolve --upgrade").expect(4, "", "
        error: http://127.0.0.1:[PORT]/redis 20.5.0: it was republished: it was pinned as sha256:[DIGEST] and is sha256:[DIGEST] now
          hint: a published version should never change: compare the two before you trust the new one with `--accept-republished NAME`
        ");
    dir.run("update redis").expect(4, "", "
        error: http://127.0.0.1:[PORT]/redis 20.5.0: it was republished: it was pinned as sha256:[DIGEST] and is sha256:[DIGEST] now
          hint: a published version should never change: compare the two before you trust the new one with `--accept-republished NAME`
        ");
    dir.expect_file("helmfile.lock", &before);
}

#[test]
fn other_bytes_than_the_index_promises_are_refused() {
    let registry = Registry::start();
    let promised = digest(b"something else");
    registry.publish("redis", "20.5.0", package("redis", "20.5.0", &[]), &format!("digest: {promised}"));
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("resolve").expect(4, "", "
        error: http://127.0.0.1:[PORT]/redis 20.5.0: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz has digest sha256:[DIGEST], but the index promises sha256:[DIGEST]
          hint: the index and the file contradict each other: ask those who keep them, or take the file's word with `--accept-index-mismatch NAME`
        ");
    assert_eq!(dir.read("helmfile.lock"), None);
}

#[test]
fn bytes_that_are_no_chart_are_refused() {
    let registry = Registry::start();
    registry.publish("redis", "20.5.0", b"<html>please log in</html>".to_vec(), "");
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("resolve").expect(1, "", "
        error: http://127.0.0.1:[PORT]/redis 20.5.0: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz is not a chart: it is a web page; does the server ask for a login?
        ");
    registry.publish("redis", "20.5.0", package("nginx", "1.0.0", &[]), "");
    dir.run("resolve").expect(
        4,
        "",
        "
        error: http://127.0.0.1:[PORT]/redis 20.5.0: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz is nginx 1.0.0
        ",
    );
}

#[test]
fn offline_names_what_is_missing() {
    let (registry, dir) = locked();
    dir.run("fetch --offline").expect(
        1,
        "",
        "
        error: http://127.0.0.1:[PORT]/nginx 1.0.0: it is not in the cache, and the network must not be used
        error: http://127.0.0.1:[PORT]/redis 20.5.0: it is not in the cache, and the network must not be used
          hint: run the command again without `--offline`
        ",
    );
    assert_eq!(registry.asked(), Vec::<String>::new());
}

#[test]
fn a_server_that_is_not_there_is_a_matter_of_the_network() {
    let (registry, dir) = locked();
    let port = format!(":{}", registry.port());
    for path in ["helmfile.yaml", "helmfile.lock"] {
        let text = std::fs::read_to_string(dir.path().join(path)).unwrap();
        dir.write(path, &text.replace(&port, ":1"));
    }
    dir.run("fetch").expect(5, "", "
        error: http://127.0.0.1:1/nginx 1.0.0: cannot read http://127.0.0.1:1/charts/nginx-1.0.0.tgz: error sending request: client error (Connect): tcp connect error: Connection refused (os error [N])
        error: http://127.0.0.1:1/redis 20.5.0: cannot read http://127.0.0.1:1/charts/redis-20.5.0.tgz: error sending request: client error (Connect): tcp connect error: Connection refused (os error [N])
          hint: nothing was changed; run the command again when the server answers
        ");
}

#[test]
fn a_chart_that_is_gone_is_named() {
    let (registry, dir) = locked();
    registry.misbehave("/charts/redis-20.5.0.tgz", [Fault::Status { status: 404, headers: Vec::new(), times: 99 }]);
    dir.run("fetch").expect(
        1,
        "",
        "
        error: http://127.0.0.1:[PORT]/redis 20.5.0: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz answers 404
        ",
    );
}

#[test]
fn a_server_that_wants_a_password_gets_the_one_in_the_state_file() {
    let (registry, dir) = locked();
    registry.demand("reader", "secret");
    dir.run("fetch").expect(6, "", "
        error: http://127.0.0.1:[PORT]/nginx 1.0.0: http://127.0.0.1:[PORT]/charts/nginx-1.0.0.tgz answers 401; no user and password were sent
        error: http://127.0.0.1:[PORT]/redis 20.5.0: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz answers 401; no user and password were sent
          hint: give the repository a `username` and a `password` in helmfile.yaml
        ");
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &state.replace("releases:", "  username: reader\n  password: wrong\nreleases:"));
    dir.run("fetch").expect(6, "", "
        error: http://127.0.0.1:[PORT]/nginx 1.0.0: http://127.0.0.1:[PORT]/charts/nginx-1.0.0.tgz answers 401; the user and password of helmfile.yaml:2 were sent
        error: http://127.0.0.1:[PORT]/redis 20.5.0: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz answers 401; the user and password of helmfile.yaml:2 were sent
          hint: check the user and password of the repository
        ");
    dir.write("helmfile.yaml", &state.replace("releases:", "  username: reader\n  password: secret\nreleases:"));
    dir.run("fetch").expect_code(0);
    assert!(!dir.read("helmfile.lock").unwrap().contains("secret"));
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let (_registry, dir) = locked();
    std::fs::write(dir.cache(), "a file where the folder should be").unwrap();
    dir.run("fetch").expect(1, "", "
        error: http://127.0.0.1:[PORT]/nginx 1.0.0: the cache `[ROOT]/cache` cannot be used: failed to create folder `[ROOT]/cache`: File exists (os error [N])
        error: http://127.0.0.1:[PORT]/redis 20.5.0: the cache `[ROOT]/cache` cannot be used: failed to create folder `[ROOT]/cache`: File exists (os error [N])
        ");
}

#[test]
fn the_cache_is_told_of_and_emptied_in_helmfiles_words() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("cache info").expect(0, "Cache directory: [ROOT]/cache\n", "");
    dir.run("cache cleanup").expect(0, "", "");
    dir.run("resolve").expect_code(0);
    std::fs::write(dir.cache().join("mine.txt"), "").unwrap();
    dir.run("cache info").expect(0, "Cache directory: [ROOT]/cache\n- locks\n- sha256\n- tmp\n- unpacked\n- urls\n", "");
    dir.run("cache cleanup").expect(0, "Cleaning up cache directory: [ROOT]/cache\n- sha256\n- unpacked\n- urls\n", "");
    assert!(dir.cache().join("mine.txt").is_file(), "what is no part of the cache stays");
    dir.run("template").expect_code(1);
    dir.run("fetch").expect_code(0);
    dir.run("template").expect_code(0);
}
