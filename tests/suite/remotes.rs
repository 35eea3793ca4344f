//! Remote bases, values and state files: locked, read from the cache alone, in helmfile's forms.

use std::process::Command;

use crate::support::{Dir, Registry, must};

const CHART: &str = "apiVersion: v2\nname: app\nversion: 0.1.0\n";
const TEMPLATE: &str = "kind: App\nfrom: {{ .Values.git }}, {{ .Values.http | default \"none\" }}\n";

const STATE: &str = r#"bases: ["git::file://[DIR]/repo@dir/base.yaml?ref=main"]
---
helmfiles:
- path: git::file://[DIR]/repo@nested/helmfile.yaml?ref=main
releases:
- name: app
  chart: ./app
  values:
  - git::file://[DIR]/repo@dir/values.yaml.gotmpl?ref=main
  - http://user:canary@127.0.0.1:[PORT]/files/values.yaml?token=canary
"#;

/// A project beside a repository, and a server; nothing if there is no git.
fn project(registry: &Registry) -> Option<Dir> {
    if Command::new("git").arg("--version").output().is_err() {
        println!("skipped: there is no git");
        return None;
    }
    registry.file("/files/values.yaml", "http: served\n");
    let dir = Dir::new()
        .knowing(registry)
        .file("repo/dir/base.yaml", "environments:\n  default:\n    values: [{color: red}]\n")
        .file("repo/dir/values.yaml.gotmpl", "git: {{ .Release.Name }} {{ readFile \"beside.txt\" | trim }}\n")
        .file("repo/dir/beside.txt", "beside\n")
        .file("repo/nested/helmfile.yaml", "releases: [{name: inner, chart: ./app, values: [own.yaml]}]\n")
        .file("repo/nested/own.yaml", "git: nested\n")
        .file("repo/nested/app/Chart.yaml", CHART)
        .file("repo/nested/app/templates/app.yaml", TEMPLATE)
        .file("app/Chart.yaml", CHART)
        .file("app/templates/app.yaml", TEMPLATE);
    let state = STATE.replace("[DIR]", &dir.path().display().to_string()).replace("[PORT]", &registry.port().to_string());
    dir.write("helmfile.yaml", &state);
    in_repository(&dir, &["init", "--quiet", "--initial-branch=main"]);
    commit(&dir);
    Some(dir)
}

fn in_repository(dir: &Dir, arguments: &[&str]) {
    must(dir, &[&["-C", "repo"], arguments].concat());
}

fn commit(dir: &Dir) {
    in_repository(dir, &["add", "--all"]);
    in_repository(dir, &["commit", "--quiet", "-m", "a commit"]);
}

const PRINTED: &str = "---\n# Source: app/templates/app.yaml\nkind: App\nfrom: nested, none\n\n\
                       ---\n# Source: app/templates/app.yaml\nkind: App\nfrom: app beside, served\n\n";

#[test]
fn what_is_remote_is_locked_and_read_from_the_cache_alone() {
    let registry = Registry::start();
    let Some(dir) = project(&registry) else { return };
    let unlocked = dir.run("template");
    assert_eq!(unlocked.code, Some(2), "{}", unlocked.stderr);
    assert!(unlocked.stderr.contains("hint: `helmlock resolve` locks it"), "{}", unlocked.stderr);
    let resolved = dir.run("resolve");
    assert_eq!(resolved.code, Some(0), "{}", resolved.stderr);
    assert!(resolved.stderr.contains("Locked 4 pins in helmfile.lock"), "{}", resolved.stderr);
    registry.forget();
    dir.run("template").expect(0, PRINTED, "");
    dir.run("check").expect_code(0);
    assert_eq!(registry.asked(), Vec::<String>::new(), "rendering and checking ask nobody");
    let lock = dir.read("helmfile.lock").unwrap();
    assert!(lock.contains("- url: http://127.0.0.1:[PORT]/files/values.yaml\n"), "{lock}");
    for told in [lock, unlocked.stderr, resolved.stderr] {
        assert!(!told.contains("canary"), "{told}");
    }
}

#[test]
fn fetch_fills_an_empty_cache_with_what_the_lock_promises() {
    let registry = Registry::start();
    let Some(dir) = project(&registry) else { return };
    dir.run("resolve").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    let missing = dir.run("template");
    assert!(missing.code == Some(1) && missing.stderr.contains("hint: `helmlock fetch` downloads it"), "{}", missing.stderr);
    dir.run("fetch").expect_code(0);
    dir.run("template").expect(0, PRINTED, "");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    registry.file("/files/values.yaml", "http: changed\n");
    dir.run("fetch").expect_code(4);
}

#[test]
fn a_branch_and_an_address_move_only_when_they_are_told_to() {
    let registry = Registry::start();
    let Some(dir) = project(&registry) else { return };
    dir.run("resolve").expect_code(0);
    registry.file("/files/values.yaml", "http: changed\n");
    dir.write("repo/dir/beside.txt", "moved\n");
    commit(&dir);
    dir.run("resolve -q").expect_code(0);
    dir.run("template").expect(0, PRINTED, "");
    dir.run("resolve -q --upgrade").expect_code(0);
    dir.run("template").expect(0, &PRINTED.replace("app beside, served", "app moved, changed"), "");
}

#[test]
fn what_nobody_names_any_more_makes_the_lock_stale() {
    let registry = Registry::start();
    let Some(dir) = project(&registry) else { return };
    dir.run("resolve").expect_code(0);
    dir.write("helmfile.yaml", "releases: [{name: app, chart: ./app}]\n");
    let checked = dir.run("check");
    assert_eq!(checked.code, Some(2), "{}", checked.stderr);
    assert!(checked.stderr.contains("files/values.yaml` is locked, but nobody wants it"), "{}", checked.stderr);
    dir.run("resolve").expect_code(0);
    assert!(!dir.read("helmfile.lock").unwrap().contains("files:"));
}

#[test]
fn remote_files_start_no_programs() {
    let registry = Registry::start();
    let Some(dir) = project(&registry) else { return };
    dir.write("repo/dir/values.yaml.gotmpl", "git: {{ exec \"touch\" (list \"ran\") }}\n");
    commit(&dir);
    dir.run("resolve -q").expect_code(0);
    let refused = dir.run("template");
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("`touch` is not run: a remote file asks for it"), "{}", refused.stderr);
}

#[test]
fn each_side_of_a_diff_reads_the_remote_files_of_its_own_lock() {
    let registry = Registry::start();
    let Some(dir) = project(&registry) else { return };
    dir.write(".gitignore", "repo/\n");
    must(&dir, &["init", "--quiet", "--initial-branch=main"]);
    let commit_all = || {
        must(&dir, &["add", "--all"]);
        must(&dir, &["commit", "--quiet", "-m", "a state"]);
    };
    dir.run("resolve -q").expect_code(0);
    commit_all();
    registry.file("/files/values.yaml", "http: changed\n");
    dir.write("repo/dir/beside.txt", "moved\n");
    commit(&dir);
    dir.run("resolve -q --upgrade").expect_code(0);
    let expected = ["-from: app beside, served", "+from: app moved, changed"];
    let holds = |arguments: &str| {
        let shown = dir.run(arguments).expect_code(0).stdout;
        assert!(expected.iter().all(|line| shown.contains(line)), "{arguments}: {shown}");
    };
    holds("diff");
    commit_all();
    holds("diff HEAD~1 HEAD");
}
