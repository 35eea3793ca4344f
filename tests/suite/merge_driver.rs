//! `merge-driver`: as git calls it, and as LOCKFILE.md says how to install it.

use crate::support::{Dir, Registry, git, must, project};

const RELEASES: &str =
    "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  chart: stable/nginx\n  version: ^1\n";

/// A repository whose lock is merged by this program, with the newest versions not locked yet.
fn repository(registry: &Registry) -> Dir {
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(registry, RELEASES);
    dir.run("resolve").expect_code(0);
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/LOCKFILE.md")).unwrap();
    let attributes = page.lines().find(|line| line.ends_with("merge=helmlock")).unwrap().trim().to_owned();
    dir.write(".gitattributes", &format!("{attributes}\n"));
    must(&dir, &["init", "--quiet", "--initial-branch=main"]);
    for line in page.lines().filter(|line| line.starts_with("    git config ")) {
        let line = line.replace("helmlock merge-driver", &format!("{} merge-driver", env!("CARGO_BIN_EXE_helmlock")));
        let (name, value) = line.trim_start_matches("    git config ").split_once(' ').unwrap();
        must(&dir, &["config", name, value.trim_matches('"')]);
    }
    must(&dir, &["add", "."]);
    must(&dir, &["commit", "--quiet", "--message=first"]);
    must(&dir, &["branch", "feature"]);
    for (name, version) in [("redis", "20.5.1"), ("redis", "20.6.2"), ("nginx", "1.1.0")] {
        registry.chart(name, version);
    }
    dir
}

fn commit(dir: &Dir, branch: &str, command: &str) {
    must(dir, &["checkout", "--quiet", branch]);
    dir.run(command).expect_code(0);
    must(dir, &["commit", "--quiet", "--all", "--message=change"]);
}

#[test]
fn changes_to_different_charts_merge_by_themselves() {
    let registry = Registry::start();
    let dir = repository(&registry);
    commit(&dir, "main", "update redis");
    commit(&dir, "feature", "update nginx");
    must(&dir, &["merge", "--quiet", "--no-edit", "main"]);
    dir.run("check").expect_code(0);
    let lock = dir.read("helmfile.lock").unwrap();
    assert!(lock.contains("version: 20.6.2") && lock.contains("version: 1.1.0"), "{lock}");
    dir.run("resolve").expect(0, "", "   Unchanged 2 pins in helmfile.lock\n");
}

#[test]
fn one_wish_with_two_answers_is_a_conflict_around_its_entry() {
    let registry = Registry::start();
    let dir = repository(&registry);
    commit(&dir, "main", "update redis --precise 20.5.1");
    must(&dir, &["checkout", "--quiet", "feature"]);
    dir.run("update").expect_code(0);
    must(&dir, &["commit", "--quiet", "--all", "--message=change"]);
    let (succeeded, said) = git(&dir, &["merge", "--no-edit", "main"]);
    assert!(!succeeded);
    assert!(said.contains("error: helmfile.lock: the two sides do not agree\n  `redis` for `^20`\n"), "{said}");
    dir.expect_file(
        "helmfile.lock",
        "
        # helmfile.lock: written by helmlock. Do not edit: run `helmlock resolve`.
        version: 1
        render:
          helm: \"4.3\"
          kubeVersion: 1.37.0
        dependencies:
        - name: nginx
          repository: http://127.0.0.1:[PORT]
          version: 1.1.0
          digest: sha256:[DIGEST]
          filesDigest: sha256:[DIGEST]
          url: http://127.0.0.1:[PORT]/charts/nginx-1.1.0.tgz
          wants: [^1]
        - name: redis
          repository: http://127.0.0.1:[PORT]
        <<<<<<< ours
          version: 20.6.2
          digest: sha256:[DIGEST]
          filesDigest: sha256:[DIGEST]
          url: http://127.0.0.1:[PORT]/charts/redis-20.6.2.tgz
        =======
          version: 20.5.1
          digest: sha256:[DIGEST]
          filesDigest: sha256:[DIGEST]
          url: http://127.0.0.1:[PORT]/charts/redis-20.5.1.tgz
        >>>>>>> theirs
          wants: [^20]
        ",
    );
    dir.run("check").expect(
        1,
        "",
        "
        error: helmfile.lock: line 16: the two sides of the merge conflict do not agree on `redis` for `^20`, 20.6.2 or 20.5.1; keep one of them, then run `helmlock resolve`
          hint: `helmlock resolve` makes a new lock where the old one is beyond repair: move the file away first
        ",
    );
}

#[test]
fn a_side_that_is_no_lock_is_left_to_people() {
    let dir = Dir::new().file("base", "").file("ours", "version: 99\n").file("theirs", "version: 1\n");
    dir.run("merge-driver base ours theirs helmfile.lock").expect(
        1,
        "",
        "
        error: helmfile.lock: the two sides do not agree
          the file, which is no lock on one side
          hint: keep one of them where the markers are, then run `helmlock resolve`
        ",
    );
    dir.expect_file("ours", "<<<<<<< ours\nversion: 99\n=======\nversion: 1\n>>>>>>> theirs\n");
}
