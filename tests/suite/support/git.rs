//! The git on PATH, as it would be for a stranger.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "what only tests use fails by panicking")]

use std::process::Command;

use super::Dir;

/// Runs git in a project, with a configuration of its own; says whether it succeeded, and what it said.
pub(crate) fn git(dir: &Dir, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(dir.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", dir.path())
        .env("HELMLOCK_CACHE_DIR", dir.cache())
        .output()
        .unwrap();
    (output.status.success(), dir.filter(&[output.stdout, output.stderr].concat()))
}

/// Runs git, which must succeed.
#[track_caller]
pub(crate) fn must(dir: &Dir, arguments: &[&str]) {
    let (succeeded, said) = git(dir, arguments);
    assert!(succeeded, "git {arguments:?}: {said}");
}
