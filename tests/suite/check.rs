//! `check`: says whether the lock is current and complete. It reads files, asks nobody and starts nothing.

use crate::support::{Dir, Registry, project};

const RELEASES: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  chart: stable/nginx\n";

fn locked() -> (Registry, Dir) {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, RELEASES);
    dir.run("resolve").expect_code(0);
    registry.forget();
    (registry, dir)
}

fn change(dir: &Dir, path: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(dir.path().join(path)).unwrap();
    assert!(text.contains(from), "{text}");
    dir.write(path, &text.replace(from, to));
}

#[test]
fn a_current_lock_needs_neither_network_nor_cache() {
    let (registry, dir) = locked();
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("check").expect(0, "", "     Current 2 pins for 2 requests\n");
    dir.run("check -o json").expect(
        0,
        r#"
        {
          "byHelm": [],
          "current": true,
          "notices": [],
          "pins": 2,
          "requests": 2
        }
        "#,
        "",
    );
    dir.run("check -q").expect(0, "", "");
    assert_eq!(registry.asked(), Vec::<String>::new());
    assert!(!dir.cache().exists());
}

#[test]
fn a_missing_lock_is_not_current() {
    let (_registry, dir) = locked();
    std::fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    dir.run("check").expect(
        2,
        "",
        "
        error: there is no helmfile.lock
          hint: `helmlock resolve` writes it
        ",
    );
}

#[test]
fn another_constraint_makes_the_lock_stale() {
    let (_registry, dir) = locked();
    change(&dir, "helmfile.yaml", "^20", "^19");
    dir.run("check").expect(
        2,
        "",
        "
        error: `redis` is not locked for `^19`
          wanted by release `cache` in environment `default` (helmfile.yaml:5)
          locked: 20.5.0, for `^20`
          no locked version would fit
        error: `redis` 20.5.0 is locked, but nobody wants it
          locked in helmfile.lock:14
          hint: `helmlock resolve` mends it
        ",
    );
    dir.run("check -o json").expect(
        2,
        r#"
        {
          "errors": [
            {
              "code": "lock-stale",
              "environment": "default",
              "file": "helmfile.yaml",
              "hint": "`helmlock resolve` mends it",
              "line": 5,
              "message": "`redis` is not locked for `^19`",
              "notes": [
                "wanted by release `cache` in environment `default` (helmfile.yaml:5)",
                "locked: 20.5.0, for `^20`",
                "no locked version would fit"
              ],
              "wantedBy": "release `cache`"
            },
            {
              "code": "lock-stale",
              "file": "helmfile.lock",
              "hint": "`helmlock resolve` mends it",
              "line": 14,
              "message": "`redis` 20.5.0 is locked, but nobody wants it",
              "notes": [
                "locked in helmfile.lock:14"
              ]
            }
          ],
          "exit": 2
        }
        "#,
        "
        error: `redis` is not locked for `^19`
          wanted by release `cache` in environment `default` (helmfile.yaml:5)
          locked: 20.5.0, for `^20`
          no locked version would fit
        error: `redis` 20.5.0 is locked, but nobody wants it
          locked in helmfile.lock:14
          hint: `helmlock resolve` mends it
        ",
    );
    change(&dir, "helmfile.yaml", "^19", "~20.5");
    dir.run("check").expect(
        2,
        "",
        "
        error: `redis` is not locked for `~20.5`
          wanted by release `cache` in environment `default` (helmfile.yaml:5)
          locked: 20.5.0, for `^20`
          20.5.0 would fit, so it need not move
        error: `redis` 20.5.0 is locked, but nobody wants it
          locked in helmfile.lock:14
          hint: `helmlock resolve` mends it
        ",
    );
}

#[test]
fn releases_that_came_and_went_make_the_lock_stale() {
    let (_registry, dir) = locked();
    change(&dir, "helmfile.yaml", "stable/nginx", "stable/kafka");
    dir.run("check").expect(
        2,
        "",
        "
        error: `kafka` is not locked
          wanted by release `front` in environment `default` (helmfile.yaml:8)
        error: `nginx` 1.0.0 is locked, but nobody wants it
          locked in helmfile.lock:7
          hint: `helmlock resolve` mends it
        ",
    );
}

#[test]
fn an_environment_that_is_not_locked_is_named() {
    let (registry, dir) = locked();
    let state = format!(
        "environments:\n  default: {{}}\n  production: {{}}\n---\nrepositories: [{{name: stable, url: {}}}]\nreleases:\n{RELEASES}\
         {{{{ if eq .Environment.Name \"production\" }}}}\n- {{name: queue, chart: stable/kafka}}\n{{{{ end }}}}\n",
        registry.url()
    );
    std::fs::remove_file(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml.gotmpl", &state);
    dir.run("check").expect(
        2,
        "",
        "
        error: `kafka` is not locked
          wanted by release `queue` in environment `production` (helmfile.yaml.gotmpl:13)
          hint: `helmlock resolve` mends it
        ",
    );
}

#[test]
fn an_edited_lock_is_seen() {
    let (_registry, dir) = locked();
    change(&dir, "helmfile.lock", "  version: 20.5.0", "  version: 21.5.0");
    dir.run("check").expect(
        2,
        "",
        "
        error: `redis` is locked at 21.5.0 for `^20`, which does not admit it
          locked in helmfile.lock:14
          hint: `helmlock resolve` mends it
        ",
    );
}

#[test]
fn a_lock_that_is_none_is_refused_by_line() {
    let (_registry, dir) = locked();
    change(&dir, "helmfile.lock", "  version: 20.5.0", "  version: twenty");
    dir.run("check").expect(
        1,
        "",
        "
        error: helmfile.lock: line 14: dependency `redis`: `version` is wrong: invalid semantic version
          hint: `helmlock resolve` makes a new lock where the old one is beyond repair: move the file away first
        ",
    );
    dir.write("helmfile.lock", "version: 99\n");
    dir.run("check").expect(
        1,
        "",
        "
        error: helmfile.lock: the lock has format 99 and was written by a newer helmlock; this one reads formats up to 1
        ",
    );
}

#[test]
fn the_cache_is_looked_at_on_request() {
    let (_registry, dir) = locked();
    dir.run("check --cache").expect(0, "", "     Current 2 pins for 2 requests\n");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("check --cache").expect(
        1,
        "",
        "
        error: not in the cache: 2 locked charts
          nginx 1.0.0 (sha256:[DIGEST])
          redis 20.5.0 (sha256:[DIGEST])
          hint: `helmlock fetch` downloads them
        ",
    );
}

#[test]
fn what_others_wrote_is_judged_and_not_run() {
    let (registry, dir) = locked();
    let state = format!(
        "repositories: [{{name: stable, url: {}}}]\nreleases:\n- {{name: cache, chart: stable/redis, version: {{{{ exec \"touch\" (list \"ran\") }}}} }}\n",
        registry.url()
    );
    std::fs::remove_file(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml.gotmpl", &state);
    dir.run("check").expect(
        1,
        "",
        r#"
        error: helmfile.yaml.gotmpl:3: at <exec "touch" (list "ran")>: error calling exec: running `touch` is not allowed here
            1 | repositories: [{name: stable, url: http://127.0.0.1:[PORT]}]
            2 | releases:
          > 3 | - {name: cache, chart: stable/redis, version: {{ exec "touch" (list "ran") }} }
        "#,
    );
    assert!(dir.read("ran").is_none());
}
