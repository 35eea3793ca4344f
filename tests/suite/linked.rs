//! Called as `helmfile`, by a link of that name.
#![cfg(unix)]

use std::process::{Command, Stdio};

use crate::support::{Dir, Registry, Run, project};

/// A project with a link `bin/helmfile` to the program, and another helmfile in `other`.
fn linked() -> (Registry, Dir) {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.write("bin/empty", "");
    dir.write("other/empty", "");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_helmlock"), dir.path().join("bin/helmfile")).unwrap();
    dir.program("other/helmfile", "echo \"other: $@ in $HERE\"; exit 7");
    (registry, dir)
}

fn run(dir: &Dir, path: &[&str], arguments: &str) -> Run {
    let mut command = Command::new(dir.path().join("bin/helmfile"));
    command.args(arguments.split_whitespace()).current_dir(dir.path()).stdin(Stdio::null());
    let folders = path.iter().map(|folder| dir.path().join(folder).display().to_string()).collect::<Vec<_>>().join(":");
    command.env_clear().env("HOME", dir.path()).env("HELMLOCK_CACHE_DIR", dir.cache()).env("HERE", "this environment");
    dir.run_command(command.env("PATH", format!("{folders}:/usr/bin:/bin")))
}

#[test]
fn commands_that_are_not_served_go_to_the_next_helmfile() {
    let (_registry, dir) = linked();
    for (arguments, given) in [
        ("diff --context 3", "diff --context 3"),
        ("-e prod --color -l a=b apply --interactive", "-e prod --color -l a=b apply --interactive"),
        ("--state-values-set list=1 sync", "--state-values-set list=1 sync"),
    ] {
        run(&dir, &["bin", "other"], arguments).expect(7, &format!("other: {given} in this environment\n"), "");
    }
}

#[test]
fn commands_that_are_served_take_helmfiles_flags_anywhere() {
    let (_registry, dir) = linked();
    for arguments in ["deps --skip-repos", "--quiet repos", "build --embed-values -q", "-q fetch --concurrency 2", "cache info"] {
        run(&dir, &["bin", "other"], arguments).expect_code(0);
    }
    let list = run(&dir, &["bin", "other"], "-e default list --output json").expect_code(0).stdout;
    assert!(list.starts_with("[{\"name\":\"cache\","), "{list}");
    let template = run(&dir, &["bin", "other"], "--color template --skip-deps=true").expect_code(0).stdout;
    assert!(template.starts_with("---\n# Source: redis/"), "{template}");
    let version = format!("{}\n", env!("CARGO_PKG_VERSION"));
    run(&dir, &["bin", "other"], "version -o short").expect(0, &version, "");
}

#[test]
fn it_is_never_handed_to_itself() {
    let (_registry, dir) = linked();
    dir.write("second/empty", "");
    std::fs::hard_link(dir.path().join("bin/helmfile").canonicalize().unwrap(), dir.path().join("second/helmfile")).ok();
    let said = "error: `helmfile diff` is not served by helmlock, and there is no other `helmfile` on PATH\n";
    run(&dir, &["bin", "second"], "diff").expect(1, "", said);
}
