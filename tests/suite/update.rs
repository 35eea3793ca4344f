//! `update`: the named pins move, and no others.

use crate::support::{Dir, Registry, project};

const RELEASES: &str =
    "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  chart: stable/nginx\n  version: 1.x\n";

/// A project locked to the oldest versions, whose repository has newer ones now.
fn outdated() -> (Registry, Dir) {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, RELEASES);
    dir.run("resolve").expect_code(0);
    for (name, version) in [("redis", "20.5.1"), ("redis", "20.6.2"), ("redis", "21.0.0"), ("nginx", "1.1.0")] {
        registry.chart(name, version);
    }
    (registry, dir)
}

/// The lines of the lock, with digests, without those of one chart's entry.
fn without_entry(dir: &Dir, name: &str) -> String {
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let (head, entries) = lock.split_once("\n- ").unwrap();
    let others: Vec<_> = entries.split("\n- ").filter(|entry| !entry.starts_with(&format!("name: {name}\n"))).collect();
    format!("{head}\n- {}", others.join("\n- "))
}

#[test]
fn the_named_pin_moves_and_the_others_stay_byte_for_byte() {
    let (_registry, dir) = outdated();
    let before = without_entry(&dir, "redis");
    dir.run("update redis").expect(
        0,
        "",
        "
            Updating redis 20.5.0 -> 20.6.2
              Locked 2 pins in helmfile.lock
        ",
    );
    assert_eq!(without_entry(&dir, "redis").trim_end(), before.trim_end());
    dir.run("list").expect(
        0,
        "
        NAME 	NAMESPACE	ENABLED	INSTALLED	LABELS                           	CHART       	VERSION
        cache	         	true   	true     	chart:redis,name:cache,namespace:	stable/redis	20.6.2
        front	         	true   	true     	chart:nginx,name:front,namespace:	stable/nginx	1.0.0
        ",
        "",
    );
}

#[test]
fn without_a_name_every_pin_moves() {
    let (_registry, dir) = outdated();
    dir.run("update").expect(
        0,
        "",
        "
            Updating nginx 1.0.0 -> 1.1.0
            Updating redis 20.5.0 -> 20.6.2
              Locked 2 pins in helmfile.lock
        ",
    );
    dir.run("update").expect(0, "", "   Unchanged 2 pins in helmfile.lock\n");
}

#[test]
fn precise_chooses_the_version_and_the_next_resolve_keeps_it() {
    let (_registry, dir) = outdated();
    dir.run("update redis --precise 20.5.1").expect(
        0,
        "",
        "
            Updating redis 20.5.0 -> 20.5.1
              Locked 2 pins in helmfile.lock
        ",
    );
    dir.run("resolve").expect(0, "", "   Unchanged 2 pins in helmfile.lock\n");
    dir.run("update redis --precise 20.5.0").expect(
        0,
        "",
        "
            Updating redis 20.5.1 -> 20.5.0
              Locked 2 pins in helmfile.lock
        ",
    );
}

#[test]
fn precise_refuses_what_is_not_there_or_not_wanted() {
    let (_registry, dir) = outdated();
    let before = dir.read("helmfile.lock").unwrap();
    dir.run("update redis --precise 20.9.9").expect(
        1,
        "",
        "
        error: `redis` cannot be 20.9.9: its source does not have it or `^20` does not admit it (helmfile.yaml:5)
        ",
    );
    dir.run("update redis --precise 21.0.0").expect(
        1,
        "",
        "
        error: `redis` cannot be 21.0.0: its source does not have it or `^20` does not admit it (helmfile.yaml:5)
        ",
    );
    dir.run("update redis --precise newest").expect(64, "", "error: --precise `newest`: invalid semantic version\n");
    dir.expect_file("helmfile.lock", &before);
}

#[test]
fn a_dry_run_writes_nothing() {
    let (_registry, dir) = outdated();
    let before = dir.read("helmfile.lock").unwrap();
    dir.run("update --dry-run").expect(
        0,
        "",
        "
            Updating nginx 1.0.0 -> 1.1.0
            Updating redis 20.5.0 -> 20.6.2
        ",
    );
    dir.run("update nginx --dry-run -o json").expect(
        0,
        r#"
        {
          "changes": [
            {
              "change": "moved",
              "chart": "nginx",
              "from": "1.0.0",
              "localChart": null,
              "source": "http://127.0.0.1:[PORT]",
              "to": "1.1.0"
            }
          ],
          "pins": 2,
          "written": false
        }
        "#,
        "",
    );
    dir.expect_file("helmfile.lock", &before);
}

#[test]
fn a_name_that_nobody_locked_is_refused() {
    let (_registry, dir) = outdated();
    dir.run("update rediss").expect(64, "", "error: no chart `rediss` is locked; did you mean `redis`?\n");
    dir.run("update postgresql").expect(64, "", "error: no chart `postgresql` is locked\n");
}

#[test]
fn offline_and_locked_keep_the_lock() {
    let (registry, dir) = outdated();
    let before = dir.read("helmfile.lock").unwrap();
    registry.forget();
    dir.run("update redis --offline").expect(0, "", "   Unchanged 2 pins in helmfile.lock\n");
    dir.run("update redis --frozen").expect(0, "", "   Unchanged 2 pins in helmfile.lock\n");
    assert_eq!(registry.asked(), Vec::<String>::new());
    dir.run("update redis --locked").expect(
        2,
        "",
        "
        error: helmfile.lock is not current
          updating redis 20.5.0 -> 20.6.2
          hint: the same command without `--check`, `--locked` or `--frozen` writes it
        ",
    );
    dir.expect_file("helmfile.lock", &before);
}

#[test]
fn a_local_charts_dependency_is_moved_by_its_name() {
    let registry = Registry::start();
    registry.chart("common", "1.4.0");
    let chart = format!(
        "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- {{name: common, version: 1.x, repository: {}}}\n",
        registry.url()
    );
    let dir = project(&registry, "- name: app\n  chart: ./app\n").file("app/Chart.yaml", &chart);
    dir.run("resolve").expect_code(0);
    registry.chart("common", "1.5.0");
    dir.run("update common").expect(
        0,
        "",
        "
            Updating common (for app) 1.4.0 -> 1.5.0
              Locked 1 pin in helmfile.lock
        ",
    );
}

const ENVIRONMENTS: &str = "environments:\n  staging: {}\n  production: {}\n---\n";

/// The same project with environments, locked to the oldest versions.
fn outdated_in_environments() -> (Registry, Dir) {
    let (registry, dir) = outdated();
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &format!("{ENVIRONMENTS}{state}"));
    dir.run("resolve").expect(0, "", "   Unchanged 2 pins in helmfile.lock\n");
    (registry, dir)
}

#[test]
fn a_level_bounds_the_step() {
    let registry = Registry::start();
    for (name, version) in [("redis", "20.5.0"), ("nginx", "1.0.0")] {
        registry.chart(name, version);
    }
    let dir = project(&registry, &RELEASES.replace("^20", "\">=20\""));
    dir.run("resolve").expect_code(0);
    for (name, version) in [("redis", "20.5.1"), ("redis", "20.6.2"), ("redis", "21.0.0"), ("nginx", "1.1.0")] {
        registry.chart(name, version);
    }
    let moved = |level: &str| dir.run(&format!("update --dry-run --level {level}")).expect_code(0).stderr;
    assert_eq!(moved("patch"), "    Updating redis 20.5.0 -> 20.5.1\n");
    assert_eq!(moved("minor"), "    Updating nginx 1.0.0 -> 1.1.0\n    Updating redis 20.5.0 -> 20.6.2\n");
    assert_eq!(moved("major"), "    Updating nginx 1.0.0 -> 1.1.0\n    Updating redis 20.5.0 -> 21.0.0\n");
    dir.run("update --level huge").expect_code(64);
    dir.run("update redis --level patch --precise 20.5.1").expect_code(64);
}

#[test]
fn selectors_choose_releases() {
    let (_registry, dir) = outdated();
    dir.run("update -l name=front").expect(
        0,
        "",
        "
            Updating nginx 1.0.0 -> 1.1.0
              Locked 2 pins in helmfile.lock
        ",
    );
    dir.run("update redis -l name=front").expect(0, "", "   Unchanged 2 pins in helmfile.lock\n");
    dir.run("update -l name=nobody").expect_code(3);
}

#[test]
fn an_environment_gets_a_pin_of_its_own_and_later_shares_again() {
    let (_registry, dir) = outdated_in_environments();
    let before = without_entry(&dir, "redis");
    dir.run("update redis -e staging").expect(
        0,
        "",
        "
             Keeping redis 20.5.0, for other wishes
              Adding redis 20.6.2
              Locked 3 pins in helmfile.lock
        ",
    );
    assert_eq!(without_entry(&dir, "redis").trim_end(), before.trim_end());
    let version = |environment: &str| dir.run(&format!("list -e {environment} -l name=cache")).expect_code(0).stdout;
    assert!(version("staging").contains("20.6.2"));
    assert!(version("production").contains("20.5.0"));
    dir.run("resolve").expect(0, "", "   Unchanged 3 pins in helmfile.lock\n");
    dir.run("check").expect_code(0);
    dir.run("update redis -e production").expect_code(0);
    dir.run("update redis -e default").expect_code(0);
    assert!(!dir.read("helmfile.lock").unwrap().contains("environments:"));
}

#[test]
fn only_the_sources_of_what_moves_are_asked() {
    let (registry, dir) = outdated();
    let other = Registry::start();
    other.chart("kafka", "1.0.0");
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    let state = state.replace("releases:\n", &format!("- name: other\n  url: {}\nreleases:\n", other.url()));
    dir.write("helmfile.yaml", &format!("{state}- name: queue\n  chart: other/kafka\n"));
    dir.run("resolve").expect_code(0);
    registry.forget();
    other.forget();
    dir.run("update kafka").expect_code(0);
    assert_eq!((registry.asked().len(), other.asked().len()), (0, 1));
    // A repository that is gone does not stand in the way of updates from others.
    drop(other);
    dir.run("update redis").expect_code(0);
    dir.run("update kafka").expect_code(5);
}

#[test]
fn an_update_never_goes_back() {
    let (registry, dir) = outdated();
    dir.run("update redis").expect_code(0);
    let digest = "0".repeat(64);
    registry.file("/index.yaml", format!(
        "apiVersion: v1\nentries:\n  nginx: []\n  redis:\n  - name: redis\n    version: 20.5.1\n    urls: [x.tgz]\n    digest: {digest}\n"
    ));
    dir.run("update redis").expect(
        0,
        "",
        "
        warning: http://127.0.0.1:[PORT]: `redis` 20.6.2 is no longer listed there; it stays as it was locked
           Unchanged 2 pins in helmfile.lock
        ",
    );
}

#[test]
fn an_environment_that_is_gone_is_no_reason_to_stay_locked() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let state = |environments: &str| {
        let repository = format!("repositories:\n- {{name: stable, url: {}}}\n", registry.url());
        format!("environments:\n{environments}---\n{repository}releases:\n- {{name: cache, chart: stable/redis, version: ^20}}\n")
    };
    let all = "  default: {}\n  production: {}\n  staging: {}\n";
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &state(all));
    dir.run("resolve").expect_code(0);
    registry.chart("redis", "20.6.0");
    dir.run("update redis -e staging").expect_code(0);
    dir.write("helmfile.yaml", &state("  default: {}\n  staging: {}\n"));
    dir.run("check").expect(
        2,
        "",
        "
        error: `redis` 20.5.0 is locked for environment `production`, which does not want it, or is gone
          locked in helmfile.lock:15
          hint: `helmlock resolve` mends it
        ",
    );
    dir.run("resolve").expect_code(0);
    dir.run("check").expect_code(0);
    assert!(!dir.read("helmfile.lock").unwrap().contains("production"));
}
