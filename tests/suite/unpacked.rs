//! What the cache keeps unpacked: rendering reads it where it is what the lock says, and the archive where it is not.

use std::process::Command;

use crate::support::{Dir, Registry, project, snapshot};

const RELEASES: &str = "- name: cache\n  chart: stable/redis\n";
const LOOKING: &str = "sum: {{ .Files.Get \"crds/large.yaml\" | sha256sum }}\n";

/// A locked project, whose chart has a definition that is kept apart.
fn locked(template: &str) -> (Registry, Dir) {
    let registry = Registry::start();
    let large = format!("kind: Large\ntext: {}\n", "x".repeat(9_000));
    registry.chart_with("redis", "1.0.0", &[("crds/large.yaml", &large), ("templates/a.yaml", template)]);
    let dir = project(&registry, RELEASES);
    dir.run("resolve").expect_code(0);
    registry.forget();
    (registry, dir)
}

fn lock(dir: &Dir) -> String {
    dir.read("helmfile.lock").unwrap()
}

/// Takes away what the cache has in a folder under names with that ending.
fn remove(dir: &Dir, folder: &str, ending: &str) {
    for (path, _) in snapshot(&dir.cache().join(folder)) {
        if path.to_string_lossy().ends_with(ending) {
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn the_archive_is_not_read_where_its_files_are_kept() {
    let (registry, dir) = locked(LOOKING);
    let good = dir.run("template --include-crds").expect_code(0).stdout;
    assert!(good.contains("kind: Large"), "{good}");
    remove(&dir, "sha256", "");
    dir.run("template --include-crds").expect(0, &good, "");
    // The lock alone says what they must be.
    let text = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let without: String = text.split_inclusive('\n').filter(|line| !line.contains("filesDigest")).collect();
    dir.write("helmfile.lock", &without);
    dir.run("template").expect_code(1);
    assert_eq!(registry.asked(), Vec::<String>::new());
}

#[test]
fn where_a_file_of_few_is_gone_only_those_who_look_need_the_archive() {
    let (_registry, dir) = locked(LOOKING);
    let good = dir.run("template --include-crds").expect_code(0).stdout;
    remove(&dir, "unpacked", ".apart");
    dir.run("template --include-crds").expect(0, &good, "");
    remove(&dir, "sha256", "");
    let missing = "
        error: not in the cache: 1 locked chart
          redis 1.0.0 (sha256:[DIGEST])
          hint: `helmlock fetch` downloads them
        ";
    dir.run("template").expect(1, "", missing);
    dir.run("template --include-crds").expect(1, "", missing);
    dir.run("fetch").expect_code(0);
    dir.run("template --include-crds").expect(0, &good, "");

    let (_registry, dir) = locked("a: b\n");
    let good = dir.run("template").expect_code(0).stdout;
    remove(&dir, "sha256", "");
    remove(&dir, "unpacked", ".apart");
    dir.run("template").expect(0, &good, "");
}

#[test]
fn anybody_can_tell_the_digest_of_the_files() {
    let registry = Registry::start();
    registry.chart("redis", "1.0.0");
    let dir = project(&registry, RELEASES);
    dir.run("resolve").expect_code(0);
    let text = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let digest = text.lines().find_map(|line| line.strip_prefix("  digest: sha256:")).unwrap();
    let blobs = snapshot(&dir.cache().join("sha256"));
    let archive = blobs.into_iter().find(|(path, _)| path.ends_with(digest)).unwrap().1;
    std::fs::write(dir.path().join("redis.tgz"), archive).unwrap();
    // The command of LOCKFILE.md.
    let script = "mkdir files && tar -xzf redis.tgz -C files --strip-components 1 && cd files && \
        tar -tzf ../redis.tgz | grep -v '/$' | cut -d/ -f2- | xargs -d '\\n' sha256sum | sha256sum";
    let Ok(told) = Command::new("sh").args(["-c", script]).current_dir(dir.path()).output() else { return };
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(text.contains(&format!("\n  filesDigest: sha256:{}\n", &told[..64])), "{told}{text}");
}

#[test]
fn a_lock_without_the_digest_serves_and_resolving_adds_it() {
    let (_registry, dir) = locked("a: b\n");
    let whole = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let good = dir.run("template").expect_code(0).stdout;
    let without: String = whole.split_inclusive('\n').filter(|line| !line.contains("filesDigest")).collect();
    assert_ne!(without, whole);
    dir.write("helmfile.lock", &without);
    dir.run("template").expect(0, &good, "");
    dir.run("fetch").expect_code(0);
    dir.run("check").expect_code(0);
    dir.run("resolve").expect(
        0,
        "",
        "
             Keeping redis 1.0.0, described anew
              Locked 1 pin in helmfile.lock
        ",
    );
    assert_eq!(std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap(), whole);
}

#[test]
fn a_digest_of_other_files_is_an_alarm_and_renders_nothing_else() {
    let (_registry, dir) = locked("a: b\n");
    let good = dir.run("template").expect_code(0).stdout;
    let whole = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let promised = whole.lines().find(|line| line.contains("filesDigest")).unwrap();
    let changed = format!("{}{}", &promised[..promised.len() - 8], "01234567");
    dir.write("helmfile.lock", &whole.replace(promised, &changed));
    dir.run("template").expect(0, &good, "");
    dir.run("fetch").expect(
        4,
        "",
        "
        error: http://127.0.0.1:[PORT]/redis 1.0.0: the list of its files has digest sha256:[DIGEST], but the lock promises sha256:[DIGEST] (`filesDigest`)
          hint: the lock contradicts itself: find out who changed it, then run `helmlock resolve`
        ",
    );
    dir.run("resolve --check").expect_code(2);
    dir.run("resolve").expect_code(0);
    assert_eq!(std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap(), whole);
    assert!(lock(&dir).contains("filesDigest: sha256:[DIGEST]"));
    dir.write("helmfile.lock", &whole.replace(promised, "  filesDigest: sha256:1234"));
    dir.run("template").expect_code(1);
}
