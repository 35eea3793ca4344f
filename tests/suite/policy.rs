//! `[policy]` in helmlock.toml: what `resolve` refuses to lock, `check` refuses to pass, and no pull request loosens for itself.

use crate::support::{Dir, Registry, must, project};

const RELEASES: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n";

fn with(registry: &Registry, policy: &str) -> Dir {
    registry.chart("redis", "20.5.0");
    project(registry, RELEASES).file("helmlock.toml", &format!("[policy]\n{policy}\n"))
}

#[test]
fn charts_come_from_allowed_sources_only() {
    let registry = Registry::start();
    let dir = with(&registry, "sources = ['https://charts.example.com']");
    let refused = "
        error: `redis` comes from http://127.0.0.1:[PORT], which the policy does not allow
          hint: `[policy]` in helmlock.toml, or in the system's file, says so
        ";
    dir.run("resolve").expect(2, "", refused);
    assert!(registry.asked().is_empty());
    dir.write("helmlock.toml", "");
    dir.run("resolve").expect_code(0);
    dir.write("helmlock.toml", "[policy]\nsources = ['https://charts.example.com']\n");
    dir.run("check").expect(2, "", refused);
    dir.write("helmlock.toml", &format!("[policy]\nsources = ['{}']\n", registry.url()));
    dir.run("check").expect_code(0);
}

#[test]
fn ranges_can_be_forbidden() {
    let registry = Registry::start();
    let dir = with(&registry, "forbid-ranges = true");
    dir.run("resolve").expect(
        2,
        "",
        "
        error: `redis` is wanted as `^20`, and the policy forbids ranges
          hint: `[policy]` in helmlock.toml, or in the system's file, says so
        ",
    );
    dir.write("helmfile.yaml", &std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap().replace("^20", "20.5.0"));
    dir.run("resolve").expect_code(0);
    dir.run("check").expect_code(0);
}

#[test]
fn a_version_must_be_old_enough_to_be_chosen() {
    let registry = Registry::start();
    let entry = |version: &str, created: &str| {
        format!("  - {{name: redis, version: {version}, urls: [charts/redis-{version}.tgz], created: '{created}'}}\n")
    };
    for version in ["20.5.0", "20.6.0", "20.6.1"] {
        registry.chart("redis", version);
    }
    let old = entry("20.5.0", "2025-10-01T00:00:00Z");
    let young = entry("20.6.0", "2025-11-24T00:00:00Z");
    registry.file("/index.yaml", format!("apiVersion: v1\nentries:\n  redis:\n{young}{old}"));
    let dir = project(&registry, RELEASES)
        .file("helmlock.toml", "[policy]\nminimum-release-age = '3 days'\n")
        .variable("SOURCE_DATE_EPOCH", "1764072000");
    dir.run("resolve -v").expect(
        0,
        "",
        "
        note: redis 20.6.0 is left out: the policy wants versions to be older
            Trusting redis 20.5.0 as served now: the index of http://127.0.0.1:[PORT] claims no digest
              Adding redis 20.5.0
              Locked 1 pin in helmfile.lock
        note: newly trusted, as served now: 1 pin
        ",
    );
    dir.run("update").expect(0, "", "   Unchanged 1 pin in helmfile.lock\n");
    // What is locked already stays, however young the policy finds it.
    dir.write("helmlock.toml", "");
    dir.run("update").expect_code(0);
    dir.write("helmlock.toml", "[policy]\nminimum-release-age = '3 days'\n");
    dir.run("resolve").expect(0, "", "   Unchanged 1 pin in helmfile.lock\n");
    assert!(dir.read("helmfile.lock").unwrap().contains("20.6.0"));
}

#[test]
fn check_lets_no_young_version_in_and_leaves_what_was_locked() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("redis", "20.6.0");
    let entry = |version: &str, created: &str| {
        registry.enter("redis", version, &format!("urls: [charts/redis-{version}.tgz]\ncreated: '{created}'"));
    };
    entry("20.5.0", "2025-10-01T00:00:00Z");
    entry("20.6.0", "2025-11-24T00:00:00Z");
    let dir = project(&registry, RELEASES).variable("SOURCE_DATE_EPOCH", "1764072000");
    dir.run("resolve").expect_code(0);
    dir.run("update redis --precise 20.5.0").expect_code(0);
    for command in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message=first"]] {
        must(&dir, command);
    }
    dir.run("update redis").expect_code(0);
    dir.write("helmlock.toml", "[policy]\nminimum-release-age = '3 days'\n");
    let young = "
        error: `redis` 20.6.0 was published 1 day ago, and the policy wants versions to be older
          hint: wait, or `helmlock update redis --precise VERSION` takes an older one
        ";
    dir.run("check").expect(2, "", young);
    let told = dir.run("check -o github").expect_code(2).stdout;
    assert!(told.starts_with("::error file=helmfile.lock,title=helmlock%3A policy,line=7::`redis` 20.6.0"), "{told}");
    // Who has never seen the index knows no dates, unless it may be asked for.
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("check").expect_code(0);
    dir.run("check --online").expect_code(2);
    must(&dir, &["commit", "--quiet", "--all", "--message=second"]);
    dir.run("check").expect_code(0);
}

#[test]
fn addresses_name_no_host_that_nobody_vouches_for() {
    let registry = Registry::start();
    let dir = with(&registry, "hosts = ['github.com']");
    dir.run("resolve").expect_code(0);
    dir.run("check").expect_code(0);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let address = format!("{}/charts/redis", registry.url());
    dir.write("helmfile.lock", &lock.replace(&address, "https://github.com/charts/redis"));
    dir.run("check").expect_code(0);
    dir.write("helmfile.lock", &lock.replace(&address, "https://github.com.example.org/charts/redis"));
    dir.run("check").expect(
        2,
        "",
        "
        error: `redis` 20.5.0 is locked at an address of github.com.example.org, which the policy does not allow
          hint: `hosts` of `[policy]` in helmlock.toml names the hosts that an address may have besides the repository's own
        ",
    );
}

#[test]
fn the_systems_file_is_tightened_and_not_loosened() {
    let registry = Registry::start();
    let dir = with(&registry, "forbid-ranges = false");
    dir.write("../system.toml", "[policy]\nforbid-ranges = true\n");
    let system = dir.path().join("../system.toml").display().to_string();
    let dir = dir.variable("HELMLOCK_SYSTEM_SETTINGS", &system);
    dir.run("resolve").expect_code(2);
    dir.write("../system.toml", "[policy]\n");
    dir.run("resolve").expect_code(0);
}

#[test]
fn a_change_cannot_loosen_the_policy_that_judges_it() {
    let registry = Registry::start();
    let dir = with(&registry, "sources = ['https://charts.example.com']");
    must(&dir, &["init", "--quiet", "--initial-branch=main"]);
    must(&dir, &["add", "."]);
    must(&dir, &["commit", "--quiet", "--message=first"]);
    dir.write("helmlock.toml", "");
    dir.run("resolve").expect_code(0);
    dir.run("check").expect_code(0);
    let told = dir.run("check --policy-from main").expect_code(2).stderr;
    assert!(told.contains("which the policy does not allow"), "{told}");
    dir.run("check --policy-from nowhere").expect_code(1);
}
