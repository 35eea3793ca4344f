//! What `check` says to changes of a project or its lock that nobody resolved: each with its exit code, at its file and line.
//! And what it does not say to changes that mean nothing to a lock.

use std::fs;

use crate::support::{Dir, Registry, must};

const STATE: &str = "environments:
  default: {}
  production: {values: [{tier: prod}]}
---
repositories:
- name: stable
  url: URL
- name: extra
  url: URL/extra
releases:
# the cache
- name: cache
  chart: stable/redis
  version: ^20
  labels: {tier: backend}
- name: front
  chart: stable/nginx
  version: 1.0.0
- name: session
  chart: stable/redis
  version: ~20.5
- name: app
  chart: ./charts/app
";

const CHART: &str = "apiVersion: v2
name: app
version: 0.1.0
dependencies:
- name: common
  version: 1.x
  repository: URL
";

/// A committed project with its lock.
fn locked(registry: &Registry) -> Dir {
    for (name, version) in [("redis", "20.5.0"), ("nginx", "1.0.0"), ("common", "1.4.0")] {
        registry.chart(name, version);
    }
    let here = |text: &str| text.replace("URL", &registry.url());
    let dir = Dir::new()
        .knowing(registry)
        .file("helmfile.yaml", &here(STATE))
        .file("charts/app/Chart.yaml", &here(CHART))
        .file("charts/app/templates/a.yaml", "a: 1\n");
    dir.run("resolve").expect_code(0);
    must(&dir, &["init", "--quiet"]);
    must(&dir, &["add", "."]);
    must(&dir, &["commit", "--quiet", "--message=first"]);
    dir
}

/// Does something to a file, and gives the file's text before.
fn mutate(dir: &Dir, file: &str, from: &str, to: &str) -> String {
    let before = fs::read_to_string(dir.path().join(file)).unwrap();
    assert!(before.contains(from), "{file} has no {from:?}:\n{before}");
    fs::write(dir.path().join(file), before.replacen(from, to, 1)).unwrap();
    before
}

/// The line of a file that has this text first.
fn line_of(dir: &Dir, file: &str, text: &str) -> usize {
    let lines = fs::read_to_string(dir.path().join(file)).unwrap();
    1 + lines.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{file} has no {text}:\n{lines}"))
}

/// File, what is replaced there by what, exit code, and the file and text of the line that is named.
type Mutation<'a> = (&'a str, &'a str, &'a str, i32, &'a str, &'a str);

const STALE: &[Mutation<'static>] = &[
    ("helmfile.yaml", "^20", "^19", 2, "helmfile.yaml", "name: cache"),
    ("helmfile.yaml", "^20", "20.6.2", 2, "helmfile.yaml", "name: cache"),
    ("helmfile.yaml", "^20", "'>=20'", 2, "helmfile.yaml", "name: cache"),
    ("helmfile.yaml", "1.0.0", "1.0.1", 2, "helmfile.yaml", "name: front"),
    ("helmfile.yaml", "~20.5", "~20.4", 2, "helmfile.yaml", "name: session"),
    ("helmfile.yaml", "stable/nginx", "stable/nginx2", 2, "helmfile.yaml", "name: front"),
    ("helmfile.yaml", "stable/nginx", "extra/nginx", 2, "helmfile.yaml", "name: front"),
    ("helmfile.yaml", "\n- name: extra", "/moved\n- name: extra", 2, "helmfile.yaml", "name: cache"),
    ("helmfile.yaml", "- name: app", "- name: queue\n  chart: stable/kafka\n- name: app", 2, "helmfile.yaml", "name: queue"),
    ("helmfile.yaml", "  version: ^20\n", "", 2, "helmfile.yaml", "name: cache"),
    ("helmfile.yaml", "- name: front\n  chart: stable/nginx\n  version: 1.0.0\n", "", 2, "helmfile.lock", "name: nginx"),
    ("helmfile.yaml", "- name: session\n  chart: stable/redis\n  version: ~20.5\n", "", 2, "helmfile.lock", "name: redis"),
    ("helmfile.yaml", "- name: app\n  chart: ./charts/app\n", "", 2, "helmfile.lock", "name: common"),
    ("charts/app/Chart.yaml", "1.x", "2.x", 2, "charts/app/Chart.yaml", "name: common"),
    ("charts/app/Chart.yaml", "- name: common", "- name: commons", 2, "charts/app/Chart.yaml", "name: commons"),
    ("charts/app/Chart.yaml", "repository: http", "repository: oci://h/x #", 2, "charts/app/Chart.yaml", "name: common"),
    (
        "charts/app/Chart.yaml",
        "dependencies:\n",
        "dependencies:\n- {name: redis, version: ^20, repository: 'https://h.example'}\n",
        2,
        "charts/app/Chart.yaml",
        "name: redis",
    ),
];

const EDITED: &[Mutation<'static>] = &[
    ("helmfile.lock", "  version: 20.5.0", "  version: 21.5.0", 2, "helmfile.lock", "name: redis"),
    ("helmfile.lock", "  version: 1.0.0", "  version: 1.0.1", 2, "helmfile.lock", "name: nginx"),
    ("helmfile.lock", "  wants: [^20, ~20.5]", "  wants: [^20]", 2, "helmfile.yaml", "name: session"),
    ("helmfile.lock", "  wants: [^20, ~20.5]", "  wants: [^20, ~20.5, ^21]", 2, "helmfile.lock", "name: redis"),
    ("helmfile.lock", "  wants: [^20, ~20.5]", "  wants: [^20, ~20.5, \"20\"]", 2, "helmfile.lock", "name: redis"),
    (
        "helmfile.lock",
        "- name: nginx\n  repository: http",
        "- name: nginx\n  repository: https",
        2,
        "helmfile.yaml",
        "name: front",
    ),
    ("helmfile.lock", "- name: nginx", "- name: nginz", 2, "helmfile.yaml", "name: front"),
    ("helmfile.lock", "\n- name: redis", "\n  environments: [production]\n- name: redis", 2, "helmfile.yaml", "name: front"),
    ("helmfile.lock", "- path: charts/app", "- path: charts/other", 2, "charts/app/Chart.yaml", "name: common"),
    ("helmfile.lock", "version: 1\n", "version: 99\n", 1, "helmfile.lock", ""),
    ("helmfile.lock", "  version: 20.5.0", "  version: twenty", 1, "helmfile.lock", "name: redis"),
    ("helmfile.lock", "  digest: sha256:", "  digest: sha1:", 1, "helmfile.lock", "name: nginx"),
    ("helmfile.lock", "  url: http://", "  url: http://user:password@", 1, "helmfile.lock", "name: nginx"),
    ("helmfile.lock", "- name: nginx", "- surprise: 1\n  name: nginx", 1, "helmfile.lock", ""),
    ("helmfile.lock", "local:", "<<<<<<< a\nlocal:\n=======\nlocal:\n>>>>>>> b", 2, "helmfile.lock", ""),
    ("helmfile.lock", "dependencies:", "dependencies: [", 1, "helmfile.lock", ""),
];

#[test]
fn every_mutation_is_seen_where_it_is() {
    let registry = Registry::start();
    let dir = locked(&registry);
    let first_of = |name: &str| {
        let lock = fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
        let entry = lock.split("- name: ").find(|entry| entry.starts_with(&format!("{name}\n"))).unwrap().to_owned();
        entry.lines().find_map(|line| line.trim().strip_prefix("digest: sha256:")).unwrap().to_owned()
    };
    let digests: Vec<_> = ["nginx", "redis", "common"].map(first_of).into();
    let flipped: Vec<_> = digests.iter().map(|digest| digest.chars().rev().collect::<String>()).collect();
    let integrity: Vec<Mutation<'_>> = vec![
        ("helmfile.lock", &digests[0], &flipped[0], 4, "helmfile.lock", "name: nginx"),
        ("helmfile.lock", &digests[0], &digests[1], 4, "helmfile.lock", "name: nginx"),
        ("helmfile.lock", &digests[1], &flipped[1], 4, "helmfile.lock", "name: redis"),
        ("helmfile.lock", &digests[2], &flipped[2], 4, "helmfile.lock", "name: common"),
    ];
    let mutations: Vec<_> = STALE.iter().chain(EDITED).copied().chain(integrity).collect();
    assert!(mutations.len() >= 30);
    for (file, from, to, code, place, text) in mutations {
        let before = mutate(&dir, file, from, to);
        let run = dir.run("check -o json");
        let what = format!("{file}: {from:?} -> {to:?}\n{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, Some(code), "{what}");
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let line = if text.is_empty() { None } else { Some(line_of(&dir, place, text)) };
        let is_there = |error: &serde_json::Value| {
            error["file"] == place && line.is_none_or(|line| error["line"].as_u64() == Some(line as u64))
        };
        assert!(json["errors"].as_array().unwrap().iter().any(is_there), "not at {place}:{line:?}\n{what}");
        assert!(run.stderr.contains("hint: ") || code == 1, "{what}");
        fs::write(dir.path().join(file), before).unwrap();
    }
    dir.run("check").expect_code(0);
    // A lock that is gone, and one that helmfile wrote.
    let lock = fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    dir.run("check").expect(2, "", "error: there is no helmfile.lock\n  hint: `helmlock resolve` writes it\n");
    dir.write(
        "helmfile.lock",
        "version: 1.8.0\ndependencies:\n- {name: redis, version: 20.5.0}\n- {name: nginx, version: 1.0.0}\n",
    );
    let told = dir.run("check").expect_code(2).stderr;
    assert!(told.contains("`redis` 20.5.0 is locked by helmfile, without its content"), "{told}");
    dir.write("helmfile.lock", &lock);
}

#[test]
fn what_means_nothing_to_the_lock_stays_current() {
    let registry = Registry::start();
    let dir = locked(&registry);
    let first = "- name: cache\n  chart: stable/redis\n  version: ^20\n  labels: {tier: backend}\n";
    let second = "- name: front\n  chart: stable/nginx\n  version: 1.0.0\n";
    let swapped = (format!("{first}{second}"), format!("{second}{first}"));
    let edits: &[(&str, &str, &str)] = &[
        ("helmfile.yaml", "# the cache\n", ""),
        ("helmfile.yaml", "# the cache", "# another word, and ^21"),
        ("helmfile.yaml", "{tier: backend}", "{tier: frontend, more: x}"),
        ("helmfile.yaml", &swapped.0, &swapped.1),
        ("helmfile.yaml", "version: ^20", "version: \"^20\"   # quoted"),
        ("helmfile.yaml", "version: 1.0.0", "version: '1.0.0'"),
        ("helmfile.yaml", "name: front\n", "name: front\n  namespace: web\n"),
        ("helmfile.yaml", "name: front\n", "name: front\n  installed: false\n"),
        ("helmfile.yaml", "name: front\n", "name: front\n  values: [{a: 1}]\n"),
        ("helmfile.yaml", "name: front\n", "name: front\n  needs: [cache]\n"),
        ("helmfile.yaml", "- name: cache", "- name: cache-2"),
        ("helmfile.yaml", second, "- {name: front, chart: stable/nginx, version: 1.0.0}\n"),
        ("helmfile.yaml", "  default: {}\n", "  default: {}\n  staging: {}\n"),
        ("helmfile.yaml", "{tier: prod}", "{tier: production}"),
        ("helmfile.yaml", "releases:", "commonLabels: {a: b}\nreleases:"),
        ("helmfile.yaml", "releases:", "helmDefaults: {wait: true}\nreleases:"),
        ("helmfile.yaml", "- name: extra", "# unused\n- name: extra"),
        ("charts/app/Chart.yaml", "version: 0.1.0", "version: 0.2.0\ndescription: more"),
        ("charts/app/Chart.yaml", "- name: common", "# why\n- name: common"),
        ("charts/app/templates/a.yaml", "a: 1", "a: 2"),
        ("helmfile.lock", "dependencies:", "# a comment\ndependencies:"),
        ("helmfile.lock", "version: 1\n", "version: 1   # the format\n\n"),
    ];
    assert!(edits.len() >= 20);
    for (file, from, to) in edits {
        let before = mutate(&dir, file, from, to);
        let run = dir.run("check");
        assert_eq!(run.code, Some(0), "{file}: {from:?} -> {to:?}\n{}", run.stderr);
        fs::write(dir.path().join(file), before).unwrap();
    }
}

#[test]
fn a_workflow_gets_annotations_beside_the_lines() {
    let registry = Registry::start();
    let dir = locked(&registry);
    mutate(&dir, "helmfile.yaml", "1.0.0", "1.0.1");
    mutate(&dir, "helmfile.lock", "  version: 20.5.0", "  version: 21.5.0");
    let run = dir.run("check -o github").expect_code(2);
    let hint = "%0Ahint: `helmlock resolve` mends it";
    assert!(
        run.stdout.contains(&format!(
            "::error file=helmfile.yaml,title=helmlock%3A lock-stale,line=16::`nginx` is not locked for `1.0.1`%0A\
         wanted by release `front` in environment `default` (helmfile.yaml:16)%0Alocked: 1.0.0, for `1.0.0`%0A\
         no locked version would fit{hint}\n"
        )),
        "{}",
        run.stdout
    );
    let edited = "::error file=helmfile.lock,title=helmlock%3A lock-stale,line=14::`redis` is locked at 21.5.0 for `^20`, \
                  which does not admit it%0Alocked in helmfile.lock:14";
    assert!(run.stdout.contains(edited), "{}", run.stdout);
    dir.run("list -o github").expect_code(64);
}
