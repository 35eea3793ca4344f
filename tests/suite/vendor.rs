//! `vendor`: charts in a folder for git, which commands read instead of a cache, and believe no more than a network.

use crate::support::{Dir, Registry, git, must, project, snapshot};

const RELEASES: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  chart: stable/nginx\n";

/// A locked project with a folder of charts, whose cache is empty again and whose registry is gone.
fn vendored(flags: &str) -> Dir {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart_with(
        "nginx",
        "1.0.0",
        &[("templates/b.yaml", "kind: B\n"), ("templates/a.yaml", "kind: A\nv: {{ .Values.v }}\n"), ("values.yaml", "v: 1\n")],
    );
    let dir = project(&registry, RELEASES);
    dir.run("resolve").expect_code(0);
    let rendered = dir.run("template").expect_code(0).stdout;
    dir.write("rendered", &rendered);
    dir.run(&format!("vendor {flags}")).expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir
}

fn setting(dir: &Dir) {
    dir.write("helmlock.toml", "vendor = \"vendor\"\n");
}

#[test]
fn what_is_vendored_renders_without_cache_and_network() {
    for flags in ["", "--unpacked"] {
        let dir = vendored(flags);
        dir.run("template --offline").expect_code(1);
        setting(&dir);
        let rendered = dir.read("rendered").unwrap();
        dir.run("template --offline").expect(0, &rendered, "");
        dir.run("check --offline").expect_code(0);
        assert!(!dir.cache().exists(), "nothing is written to render");
    }
    let dir = vendored("");
    setting(&dir);
    dir.run("fetch --offline").expect(0, "", "     Fetched 0 charts into [ROOT]/cache; 2 were there\n");
    dir.run("check --cache").expect_code(0);
}

#[test]
fn the_setting_is_told_and_the_folder_is_read_by_other_tools() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("resolve").expect_code(0);
    dir.run("vendor").expect(
        0,
        "vendor = \"vendor\"\n",
        "
            Vendored 1 chart into vendor
          hint: put this line at the top of helmlock.toml, and commands read the folder:
        ",
    );
    setting(&dir);
    dir.run("vendor").expect(0, "", "    Vendored 1 chart into vendor\n");
    dir.expect_file(
        "vendor/SHA256SUMS",
        "
        # Written by `helmlock vendor`; `sha256sum -c SHA256SUMS` checks it.
        [DIGEST]  redis-20.5.0.tgz
        ",
    );
    dir.run("vendor -o json").expect_code(0);
    let mut summed = std::process::Command::new("sha256sum");
    match summed.args(["--quiet", "-c", "SHA256SUMS"]).current_dir(dir.path().join("vendor")).status() {
        Ok(status) => assert!(status.success()),
        Err(_) => println!("skipped: there is no sha256sum"),
    }
}

#[test]
fn equal_locks_give_equal_bytes_and_git_keeps_them() {
    for flags in ["", "--unpacked"] {
        let dir = vendored(flags);
        let files = |dir: &Dir| {
            let root = dir.path().join("vendor");
            let files = snapshot(&root).into_iter();
            files.map(|(path, bytes)| (path.strip_prefix(&root).unwrap().to_owned(), bytes)).collect::<Vec<_>>()
        };
        assert_eq!(files(&dir), files(&vendored(flags)));
        // Many ignore archives, and some turn line ends over.
        dir.write(".gitignore", "*.tgz\nrendered\n");
        dir.write(".gitattributes", "* text=auto eol=crlf\n");
        must(&dir, &["init", "-q", "."]);
        must(&dir, &["add", "-A"]);
        must(&dir, &["commit", "-qm", "x"]);
        let before = files(&dir);
        std::fs::remove_dir_all(dir.path().join("vendor")).unwrap();
        must(&dir, &["checkout", "-q", "--", "vendor"]);
        assert_eq!(files(&dir), before);
        assert_eq!(git(&dir, &["status", "--porcelain"]).1, "");
    }
}

#[test]
fn other_bytes_are_an_alarm() {
    for (flags, file) in [("", "vendor/redis-20.5.0.tgz"), ("--unpacked", "vendor/redis-20.5.0/templates/configmap.yaml")] {
        let dir = vendored(flags);
        setting(&dir);
        dir.write(file, "kind: Evil\n");
        for command in ["template --offline", "check"] {
            dir.run(command).expect(
                4,
                "",
                &format!(
                    "error: {file} has digest sha256:[DIGEST], not sha256:[DIGEST]\n  \
                     hint: take the file back from git, or let `helmlock vendor` write it anew\n"
                ),
            );
        }
    }
    let dir = vendored("");
    setting(&dir);
    dir.write("vendor/redis-20.5.0.tgz", "kind: Evil\n");
    dir.run("fetch --offline").expect_code(4);
}

#[test]
fn the_list_is_a_hint_and_the_lock_decides() {
    let dir = vendored("");
    setting(&dir);
    // Another chart under the digest of this one, with a list that agrees.
    let list = std::fs::read_to_string(dir.path().join("vendor/SHA256SUMS")).unwrap();
    let swapped = list.replace("redis-20.5.0", "?").replace("nginx-1.0.0", "redis-20.5.0").replace('?', "nginx-1.0.0");
    dir.write("vendor/SHA256SUMS", &swapped);
    dir.run("template --offline").expect_code(4);
    for text in ["nonsense\n", "<<<<<<< HEAD\n", &list.replace("redis", "../redis")] {
        dir.write("vendor/SHA256SUMS", text);
        let run = dir.run("template --offline").expect_code(1);
        assert!(run.stderr.contains("vendor/SHA256SUMS: line "), "{}", run.stderr);
    }
}

#[test]
fn a_list_of_unpacked_files_must_be_the_locks() {
    let dir = vendored("--unpacked");
    setting(&dir);
    let path = dir.path().join("vendor/SHA256SUMS");
    let list = std::fs::read_to_string(&path).unwrap();
    let file = "vendor/redis-20.5.0/templates/configmap.yaml";
    let before = crate::support::digest(&std::fs::read(dir.path().join(file)).unwrap());
    dir.write(file, "kind: Evil\n");
    // A list that agrees with the files is not enough.
    std::fs::write(&path, list.replace(&before, &crate::support::digest(b"kind: Evil\n"))).unwrap();
    for command in ["template --offline", "check"] {
        dir.run(command).expect(
            4,
            "",
            "
            error: vendor/redis-20.5.0 has digest sha256:[DIGEST], not sha256:[DIGEST]
              hint: take the file back from git, or let `helmlock vendor` write it anew
            ",
        );
    }
}

#[test]
fn a_folder_that_is_behind_the_lock_is_found_and_mended() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, RELEASES);
    dir.run("resolve").expect_code(0);
    dir.run("vendor --unpacked").expect_code(0);
    setting(&dir);
    registry.chart("redis", "20.6.0");
    dir.run("update redis").expect_code(0);
    dir.run("check").expect(
        2,
        "",
        "
        error: vendor has not the charts of the lock
          missing: redis 20.6.0 (sha256:[DIGEST])
          not locked: redis-20.5.0
          hint: `helmlock vendor` mends it
        ",
    );
    dir.run("vendor").expect_code(0);
    dir.run("check").expect_code(0);
    let names: Vec<_> = snapshot(&dir.path().join("vendor")).into_iter().map(|(path, _)| path).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    assert!(!dir.path().join("vendor/redis-20.5.0").exists());
    std::fs::remove_file(dir.path().join("vendor/nginx-1.0.0.tgz")).unwrap();
    dir.run("check").expect_code(2);
}

#[test]
fn no_folder_of_somebody_else_is_touched() {
    let dir = vendored("");
    dir.write("mine/notes.txt", "mine");
    let run = dir.run("vendor mine --offline").expect_code(1);
    assert!(run.stderr.contains("`mine` has files and no SHA256SUMS"), "{}", run.stderr);
    dir.write("vendor/notes.txt", "mine");
    dir.run("vendor --offline").expect_code(1);
    dir.expect_file("vendor/notes.txt", "mine");
}

#[test]
fn names_that_some_systems_take_for_one_are_not_unpacked() {
    let registry = Registry::start();
    registry.chart_with("redis", "20.5.0", &[("templates/a.yaml", "kind: A\n"), ("templates/A.yaml", "kind: A\n")]);
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("resolve").expect_code(0);
    let run = dir.run("vendor --unpacked").expect_code(1);
    assert!(run.stderr.contains("some systems cannot have its file `templates/A.yaml`"), "{}", run.stderr);
    assert!(!dir.path().join("vendor/SHA256SUMS").exists());
    dir.run("vendor").expect_code(0);
}

#[cfg(unix)]
#[test]
fn what_is_unpacked_has_ordinary_modes() {
    use std::os::unix::fs::PermissionsExt;
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    for (path, text) in [("redis/Chart.yaml", "apiVersion: v2\nname: redis\nversion: 20.5.0\n"), ("redis/run.sh", "#!/bin/sh\n")]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o4777);
        header.set_uid(0);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let registry = Registry::start();
    registry.publish("redis", "20.5.0", archive.into_inner().unwrap().finish().unwrap(), "");
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("resolve").expect_code(0);
    dir.run("vendor --unpacked").expect_code(0);
    let mode = std::fs::metadata(dir.path().join("vendor/redis-20.5.0/run.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7111, 0, "{mode:o}");
}
