//! The real helmfile, 0.166 and 1.8, beside our lock: which versions it picks, and what becomes of a lock that it rewrites.
//! Runs where `HELMLOCK_ORACLE` names a folder with `helmfile`, `helmfile1`, `helm3` and `helm4`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Dir, Registry, cases};

const RELEASES: &str = "- name: cache
  chart: stable/redis
  version: ^20
- name: session
  chart: stable/redis
  version: ~20.5
- name: front
  chart: stable/nginx
";

/// helmfile and the helm that it calls.
const PEERS: [(&str, &str); 2] = [("helmfile", "helm3"), ("helmfile1", "helm4")];

fn oracle() -> Option<PathBuf> {
    let folder = std::env::var_os("HELMLOCK_ORACLE").map(PathBuf::from)?;
    PEERS.iter().all(|(helmfile, helm)| folder.join(helmfile).is_file() && folder.join(helm).is_file()).then_some(folder)
}

pub(crate) fn run(dir: &Dir, folder: &Path, peer: (&str, &str), arguments: &str) -> (Option<i32>, String) {
    let output = Command::new(folder.join(peer.0))
        .arg("--helm-binary")
        .arg(folder.join(peer.1))
        .args(arguments.split(' '))
        .current_dir(dir.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", dir.path().join("..").join(peer.0))
        .env("HELMFILE_UPGRADE_NOTICE_DISABLED", "1")
        .envs(dir.variables().iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    if !output.status.success() {
        println!("{peer:?} {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }
    (output.status.code(), dir.filter(&output.stdout))
}

/// A project whose charts have moved on since some of it was locked.
fn aged(registry: &Registry) -> Dir {
    let name = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: \"{{ .Release.Name }}-{{ .Chart.Version }}\"}\n";
    let publish = |chart: &str, version: &str| registry.chart_with(chart, version, &[("templates/a.yaml", name)]);
    publish("redis", "20.5.0");
    publish("nginx", "1.0.0");
    let state = format!(
        "environments:\n  default: {{}}\n  staging: {{}}\n---\nrepositories:\n- name: stable\n  url: {}\nreleases:\n{RELEASES}",
        registry.url()
    );
    let dir = Dir::new().knowing(registry).file("helmfile.yaml", &state);
    dir.run("resolve").expect_code(0);
    publish("redis", "20.6.2");
    publish("nginx", "2.0.0");
    dir
}

/// Name and version of each release, from `list -o json` of either program.
fn versions(listed: &str) -> Vec<(String, String)> {
    let listed: serde_json::Value = serde_json::from_str(listed).unwrap();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
    let mut rows: Vec<_> = listed.as_array().unwrap().iter().map(|row| (text(row, "name"), text(row, "version"))).collect();
    rows.sort();
    rows
}

fn names(rendered: &str) -> Vec<String> {
    let mut names: Vec<_> = rendered.lines().filter(|line| line.starts_with("metadata: ")).map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn helmfile_picks_what_we_locked() {
    let Some(folder) = oracle() else {
        println!("skipped: HELMLOCK_ORACLE names no folder with helmfile, helmfile1, helm3, helm4");
        return;
    };
    let registry = Registry::start();
    let dir = aged(&registry);
    // One version for all wishes; then a version for each of two wishes that admit it.
    for command in ["check", "update redis"] {
        dir.run(command).expect_code(0);
        let ours = versions(&dir.run("list -o json").expect_code(0).stdout);
        let rendered = names(&dir.run("template").expect_code(0).stdout);
        assert_eq!(rendered.len(), 3);
        for peer in PEERS {
            let (code, listed) = run(&dir, &folder, peer, "list --output json");
            assert_eq!((code, versions(&listed)), (Some(0), ours.clone()), "{peer:?} after {command}");
            let (code, built) = run(&dir, &folder, peer, "build");
            assert_eq!(code, Some(0), "{peer:?} {built}");
            for (_, version) in &ours {
                assert!(built.contains(&format!("version: {version}")), "{peer:?} {built}");
            }
            let (code, text) = run(&dir, &folder, peer, "template");
            assert_eq!((code, names(&text)), (Some(0), rendered.clone()), "{peer:?} after {command}");
        }
    }
}

#[test]
fn helmfile_cannot_tell_environments_apart() {
    let Some(folder) = oracle() else {
        println!("skipped: HELMLOCK_ORACLE names no folder with helmfile, helmfile1, helm3, helm4");
        return;
    };
    let registry = Registry::start();
    let dir = aged(&registry);
    dir.run("update redis -e staging").expect_code(0);
    let cache = |listed: &str| versions(listed).into_iter().find(|(name, _)| name == "cache").unwrap().1;
    assert_eq!(cache(&dir.run("list -o json").stdout), "20.5.0");
    assert_eq!(cache(&dir.run("list -o json -e staging").stdout), "20.6.2");
    for peer in PEERS {
        // It takes the first entry of the name that fits, in every environment: as LOCKFILE.md says.
        assert_eq!(cache(&run(&dir, &folder, peer, "list --output json").1), "20.6.2", "{peer:?}");
    }
}

#[test]
fn a_lock_that_helmfile_deps_rewrote_is_refused_under_locked_and_adopted() {
    let Some(folder) = oracle() else {
        println!("skipped: HELMLOCK_ORACLE names no folder with helmfile, helmfile1, helm3, helm4");
        return;
    };
    let registry = Registry::start();
    let dir = aged(&registry);
    dir.run("update redis").expect_code(0);
    let before = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    for peer in PEERS {
        dir.write("helmfile.lock", &before);
        // 0.166 locks one version for a chart's name, says that this does not do, and leaves its lock behind all the same.
        let (code, _) = run(&dir, &folder, peer, "deps");
        assert_eq!(code, Some(i32::from(peer.0 == "helmfile")), "{peer:?}");
        let rewritten = dir.read("helmfile.lock").unwrap();
        assert!(rewritten.contains("generated:") && !rewritten.contains("wants:"), "{rewritten}");
        let told = dir.run("resolve --locked").expect_code(2).stderr;
        assert!(told.contains("helmfile, or Renovate through it, rewrote the lock"), "{told}");
        let told = dir.run("resolve").expect_code(0).stderr;
        // Every range moved, since that is what `helmfile deps` does; the versions that it wrote are kept.
        assert!(told.contains("Trusting nginx 2.0.0\n") && told.contains("Trusting redis 20.6.2\n"), "{told}");
        dir.run("check").expect_code(0);
        let (code, listed) = run(&dir, &folder, peer, "list --output json");
        assert_eq!((code, versions(&listed)), (Some(0), versions(&dir.run("list -o json").stdout)));
    }
}

/// What helmfile did: its exit code, and the versions that it took of each release or wrote of each chart.
fn done(command: &str, dir: &Dir, (code, printed): (Option<i32>, String)) -> String {
    let pairs: Vec<(String, String)> = match command {
        "list" if code == Some(0) => versions(&printed),
        "template" => {
            let cut = |name: String| {
                let text = name.trim_start_matches("metadata: {name: \"").trim_end_matches("\"}").to_owned();
                text.rsplit_once('-').map(|(name, version)| (name.to_owned(), version.to_owned()))
            };
            names(&printed).into_iter().filter_map(cut).collect()
        }
        "build" => entries(&printed),
        "deps" => entries(&dir.read("helmfile.lock").unwrap_or_default()),
        _ => Vec::new(),
    };
    let pairs: Vec<_> = pairs.into_iter().map(|(name, version)| format!(" {name}={version}")).collect();
    format!("{}{}", code.unwrap_or(-1), pairs.concat())
}

/// The items of lists in YAML that have a name and a version, in order.
fn entries(text: &str) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    for document in text.split("---\n") {
        let Ok(document) = serde_yaml::from_str::<serde_yaml::Value>(document) else { continue };
        let lists = ["releases", "dependencies"].into_iter().filter_map(|key| document.get(key)?.as_sequence().cloned());
        let field = |item: &serde_yaml::Value, key: &str| item.get(key).and_then(|field| field.as_str()).map(str::to_owned);
        entries.extend(lists.flatten().filter_map(|item| Some((field(&item, "name")?, field(&item, "version")?))));
    }
    entries
}

#[test]
fn locks_that_helmfile_reads_and_locks_that_it_refuses() {
    let Some(folder) = oracle() else {
        println!("skipped: HELMLOCK_ORACLE names no folder with helmfile, helmfile1, helm3, helm4");
        return;
    };
    let registry = Registry::start();
    let dir = aged(&registry);
    let ours = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    cases::run("beside/locks.txt", |case| {
        let mut lock = ours.clone();
        for edit in case.input().lines() {
            let (from, to) = edit.split_once(" => ").unwrap();
            let (from, to) = (from.replace("\\n", "\n"), to.replace("\\n", "\n"));
            assert!(lock.contains(&from), "{}: {from}\n{lock}", case.place);
            lock = lock.replacen(&from, &to, 1);
        }
        let mut found = String::new();
        for (command, _) in case.sections().filter(|(name, _)| *name != "input") {
            found += &format!("--- {command}\n");
            for peer in PEERS {
                dir.write("helmfile.lock", &lock);
                let line = if command == "list" { "list --output json" } else { command };
                found += &format!("{}: {}\n", peer.0, done(command, &dir, run(&dir, &folder, peer, line)));
            }
        }
        let expected = case.sections().filter(|(name, _)| *name != "input");
        let expected: Vec<_> = expected.map(|(name, text)| format!("--- {name}\n{text}\n")).collect();
        if expected.concat() == found { Ok(()) } else { Err(found) }
    });
}
