//! The store under many processes and under processes that die, by way of the command line.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test plays with files and programs, and fails by panicking"
)]

use std::fmt::Write as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::support::{Dir, Fault, Registry, digest};

const CHARTS: [&str; 4] = ["kafka", "nginx", "postgresql", "redis"];

/// A project of four releases, and its repository.
fn project() -> (Registry, Dir) {
    let registry = Registry::start();
    let mut helmfile = format!("repositories:\n- name: r\n  url: {}\nreleases:\n", registry.url());
    for name in CHARTS {
        registry.chart(name, "1.0.0");
        writeln!(helmfile, "- name: {name}\n  chart: r/{name}").unwrap();
    }
    let dir = Dir::new().file("helmfile.yaml", &helmfile).knowing(&registry);
    (registry, dir)
}

fn start(dir: &Dir, arguments: &str) -> Child {
    dir.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Checks that every blob has the name that its bytes deserve.
fn assert_sound(dir: &Dir) {
    for (path, bytes) in crate::support::snapshot(&dir.cache().join("sha256")) {
        assert_eq!(*digest(&bytes), *path.file_name().unwrap());
    }
}

#[test]
fn parallel_resolve_and_template_on_a_cold_cache_send_each_body_once() {
    let (registry, dir) = project();
    dir.run("resolve -f helmfile.yaml").expect_code(0);
    let lock = dir.read("helmfile.lock").unwrap();
    let expected = dir.run("template -f helmfile.yaml").expect_code(0).stdout;
    std::fs::remove_dir_all(dir.cache()).unwrap();
    std::fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    registry.forget();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                dir.run("resolve -f helmfile.yaml").expect_code(0);
                dir.run("template -f helmfile.yaml").expect_code(0).expect_stdout(&expected);
            });
        }
    });
    for name in CHARTS {
        assert_eq!(registry.bodies(&format!("/charts/{name}-1.0.0.tgz")), 1, "{name}");
    }
    assert_eq!(registry.bodies("/index.yaml"), 1);
    assert_eq!(dir.read("helmfile.lock").unwrap(), lock);
}

#[test]
fn a_kill_leaves_the_old_state_or_the_new_and_the_next_run_heals() {
    let (registry, dir) = project();
    dir.run("resolve -f helmfile.yaml").expect_code(0);
    let lock = || std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let old = lock();
    for name in CHARTS {
        registry.chart(name, "2.0.0");
    }
    dir.run("resolve -f helmfile.yaml --upgrade").expect_code(0);
    let new = lock();
    assert!(old != new);
    let template = dir.run("template -f helmfile.yaml").expect_code(0).stdout;
    registry.misbehave("/charts/redis-2.0.0.tgz", [Fault::Late(Duration::from_millis(5))]);
    for round in 0..24_u64 {
        let _ = std::fs::remove_dir_all(dir.cache());
        dir.write("helmfile.lock", &old);
        let mut process = start(&dir, "resolve -f helmfile.yaml --upgrade");
        std::thread::sleep(Duration::from_millis(round * 37 % 48));
        process.kill().unwrap();
        process.wait().unwrap();
        assert!([&old, &new].contains(&&lock()), "{}", lock());
        assert_sound(&dir);
    }
    dir.run("resolve -f helmfile.yaml --upgrade").expect_code(0);
    assert_eq!(lock(), new);
    dir.run("template -f helmfile.yaml").expect_code(0).expect_stdout(&template);
}
