//! A version that has other bytes than before: told by git's history without the network, and by the sources on request.

use crate::support::{Dir, Registry, must, project};

const RELEASES: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  chart: stable/nginx\n";

fn committed(registry: &Registry) -> Dir {
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(registry, RELEASES);
    dir.run("resolve").expect_code(0);
    must(&dir, &["init", "--quiet", "--initial-branch=main"]);
    commit(&dir);
    dir
}

fn commit(dir: &Dir) {
    must(dir, &["add", "."]);
    must(dir, &["commit", "--quiet", "--message=change"]);
}

/// Publishes other bytes under the version, and puts their digest into the lock.
fn tamper(registry: &Registry, dir: &Dir) {
    let before = registry.chart("redis", "20.5.0");
    let after = registry.chart_with("redis", "20.5.0", &[("templates/evil.yaml", "evil: true")]);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    assert!(lock.contains(&before));
    dir.write("helmfile.lock", &lock.replace(&before, &after));
}

#[test]
fn other_bytes_under_a_version_are_an_alarm_though_the_lock_is_current() {
    let registry = Registry::start();
    let dir = committed(&registry);
    must(&dir, &["checkout", "--quiet", "-b", "feature"]);
    tamper(&registry, &dir);
    let expected = |base: &str| {
        format!(
            "error: `redis` 20.5.0 has other bytes than before, under the same version\n  {base}: sha256:[DIGEST]\n  now: sha256:[DIGEST]\n  \
             hint: someone edited the lock, or the chart was replaced at its source: `helmlock check --online` asks there; \
             `--accept-republished redis` lets it pass once it was looked at\n"
        )
    };
    dir.run("check").expect(4, "", &expected("HEAD"));
    // Once committed, HEAD tells no more; the branch that it will be merged into does.
    commit(&dir);
    dir.run("check").expect_code(0);
    dir.run("check --base main").expect(4, "", &expected("the merge base with main"));
    dir.run("check --base main --accept-republished redis").expect_code(0);
    must(&dir, &["update-ref", "refs/remotes/origin/main", "main"]);
    must(&dir, &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    dir.run("check").expect(4, "", &expected("the merge base with origin/HEAD"));
    dir.run("check --base nowhere").expect(
        1,
        "",
        "error: git knows no revision `nowhere` here, and there is no file of that name\n",
    );
}

#[test]
fn without_git_the_lock_alone_is_judged() {
    let registry = Registry::start();
    let dir = committed(&registry);
    tamper(&registry, &dir);
    std::fs::remove_dir_all(dir.path().join(".git")).unwrap();
    dir.run("check").expect(0, "", "     Current 2 pins for 2 requests\n");
    let dir = dir.variable("PATH", "/nowhere");
    dir.run("check").expect(0, "", "     Current 2 pins for 2 requests\n");
}

#[test]
fn an_alarm_is_not_hidden_behind_a_stale_lock() {
    let registry = Registry::start();
    let dir = committed(&registry);
    tamper(&registry, &dir);
    dir.write("helmfile.yaml", &std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap().replace("^20", "^21"));
    let told = dir.run("check").expect_code(4).stderr;
    assert!(told.contains("other bytes than before") && told.contains("`redis` is not locked for `^21`"), "{told}");
}

#[test]
fn the_sources_are_asked_on_request() {
    let registry = Registry::start();
    let dir = committed(&registry);
    dir.run("check --online").expect(0, "", "     Current 2 pins for 2 requests\n");
    registry.chart("redis", "20.6.2");
    registry.enter("nginx", "1.0.1", "deprecated: true\nurls: [x.tgz]");
    dir.run("check --online").expect(
        0,
        "",
        "
        warning: `nginx` 1.0.0 could be 1.0.1: `helmlock update nginx`
        warning: `nginx` is deprecated by those who publish it
        warning: `redis` 20.5.0 could be 20.6.2: `helmlock update redis`
             Current 2 pins for 2 requests
        ",
    );
    // Moved, and gone.
    let digest = registry.chart("nginx", "1.0.0");
    registry.enter("nginx", "1.0.0", &format!("urls: [elsewhere/nginx-1.0.0.tgz]\ndigest: {digest}"));
    let entries =
        "  nginx:\n  - {name: nginx, version: 1.0.0, urls: [elsewhere/nginx-1.0.0.tgz], digest: '".to_owned() + &digest + "'}\n";
    registry.file("/index.yaml", format!("apiVersion: v1\nentries:\n{entries}  redis: []\n"));
    dir.run("check --online").expect(
        0,
        "",
        "
        warning: `nginx` 1.0.0 is at another address now
          locked: http://127.0.0.1:[PORT]/charts/nginx-1.0.0.tgz
          now: http://127.0.0.1:[PORT]/elsewhere/nginx-1.0.0.tgz
        warning: http://127.0.0.1:[PORT] no longer lists `redis` 20.5.0; keep the cache, or a mirror
             Current 2 pins for 2 requests
        ",
    );
    let annotations = dir.run("check --online -o github").expect_code(0).stdout;
    assert!(annotations.contains("::warning file=helmfile.yaml,title=helmlock%3A vanished,line=5::"), "{annotations}");
    dir.run("check --online --offline").expect_code(64);
}

#[test]
fn the_sources_serve_other_bytes() {
    let registry = Registry::start();
    let dir = committed(&registry);
    registry.chart_with("redis", "20.5.0", &[("templates/evil.yaml", "evil: true")]);
    let told = dir.run("check --online").expect_code(4).stderr;
    assert!(told.contains("redis 20.5.0"), "{told}");
    // An index without digests does not hide it either.
    let other = crate::support::package("redis", "20.5.0", &[("templates/other.yaml", "a: 1")]);
    registry.publish("redis", "20.5.0", other, "");
    dir.run("check --online").expect_code(4);
    dir.run("check").expect_code(0);
    // What the lock has and the cache holds needs no source; one that claims something else is asked.
    dir.run("resolve").expect(0, "", "   Unchanged 2 pins in helmfile.lock\n");
    registry.chart_with("redis", "20.5.0", &[("templates/evil.yaml", "evil: true")]);
    dir.run("resolve").expect_code(4);
    let told = dir.run("resolve --accept-republished redis").expect_code(0).stderr;
    assert!(told.starts_with("   Accepting redis 20.5.0, republished: sha256:"), "{told}");
    dir.run("check").expect_code(4);
    dir.run("check --accept-republished redis").expect_code(0);
}

#[test]
fn a_lock_that_helmfile_rewrote_gets_the_digests_that_were_known() {
    let registry = Registry::start();
    let dir = committed(&registry);
    let rewritten = format!(
        "version: 1.8.0\ndependencies:\n- name: nginx\n  repository: {0}\n  version: 1.0.0\n- name: redis\n  repository: {0}\n  version: 20.5.0\n\
         digest: sha256:1f2e\ngenerated: \"2026-11-22T14:45:15.85Z\"\n",
        registry.url()
    );
    dir.write("helmfile.lock", &rewritten);
    dir.run("resolve --locked").expect(
        2,
        "",
        "
        error: helmfile.lock is not current
          helmfile, or Renovate through it, rewrote the lock: it has versions and no digests
          trusting nginx 1.0.0
          trusting redis 20.5.0
          hint: the same command without `--check`, `--locked` or `--frozen` writes it
        ",
    );
    let told = dir.run("template").expect_code(2).stderr;
    assert!(told.contains("`redis` 20.5.0 is locked by helmfile, without its content"), "{told}");
    // New bytes under a version that HEAD's lock knows are not trusted.
    registry.chart_with("redis", "20.5.0", &[("templates/evil.yaml", "evil: true")]);
    let told = dir.run("resolve").expect_code(4).stderr;
    assert!(told.contains("redis 20.5.0"), "{told}");
    dir.write("helmfile.lock", &rewritten);
    registry.chart("redis", "20.5.0");
    dir.run("resolve").expect(
        0,
        "",
        "
            Trusting nginx 1.0.0
            Trusting redis 20.5.0
              Locked 2 pins in helmfile.lock
        ",
    );
    must(&dir, &["diff", "--exit-code"]);
}
