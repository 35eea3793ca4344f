//! Many processes on one cache, and processes that die. The test binary starts itself for it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::charts::Bench;
use super::registry::{Fault, Registry};
use crate::cache::Cache;
use crate::digest::Digest;

/// `<url> <cache>`, for a process that is started as a worker.
const WORK: &str = "HELMLOCK_TEST_WORK";
const CHARTS: [&str; 4] = ["redis", "nginx", "postgresql", "kafka"];

/// Not a test but what the other processes do: resolve all charts and fetch them.
#[test]
fn worker() {
    let Ok(work) = std::env::var(WORK) else { return };
    let (url, cache) = work.split_once(' ').unwrap();
    let mut bench = Bench::new();
    bench.cache = Cache::open(cache);
    bench.update(&CHARTS.map(|name| (url, name, "*"))).unwrap();
}

fn start(registry: &Registry, cache: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fetch::tests::processes::worker"])
        .env(WORK, format!("{} {}", registry.url(), cache.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn publish(registry: &Registry) {
    for name in CHARTS {
        registry.chart(name, "1.0.0");
    }
}

/// Checks that every blob has the name that its bytes deserve; says how many there are.
fn sound(cache: &Path) -> usize {
    let mut count = 0;
    for folder in std::fs::read_dir(cache.join("sha256")).into_iter().flatten().flatten() {
        for blob in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let bytes = std::fs::read(blob.path()).unwrap();
            assert_eq!(*Digest::of(&bytes).to_hex(), *blob.file_name());
            count += 1;
        }
    }
    count
}

#[test]
fn processes_on_a_cold_cache_send_each_body_once() {
    let registry = Registry::start();
    publish(&registry);
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let processes: Vec<_> = (0..16).map(|_| start(&registry, &cache)).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(registry.bodies("/index.yaml"), 1);
    for name in CHARTS {
        assert_eq!(registry.bodies(&format!("/charts/{name}-1.0.0.tgz")), 1, "{name}");
    }
    assert_eq!(sound(&cache), 1 + CHARTS.len());
}

#[test]
fn a_process_that_is_killed_anywhere_leaves_a_sound_cache() {
    let registry = Registry::start();
    publish(&registry);
    for path in ["/index.yaml", "/charts/redis-1.0.0.tgz"] {
        registry.misbehave(path, [Fault::Late(Duration::from_millis(3))]);
    }
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    for round in 0..24_u64 {
        if round % 4 == 0 {
            let _ = std::fs::remove_dir_all(&cache);
        }
        let mut process = start(&registry, &cache);
        // Spread over the life of a process; where exactly a kill hits does not matter, that it hits everywhere does.
        std::thread::sleep(Duration::from_millis(round * 37 % 48));
        process.kill().unwrap();
        process.wait().unwrap();
        sound(&cache);
    }
    assert!(start(&registry, &cache).wait().unwrap().success());
    assert_eq!(sound(&cache), 1 + CHARTS.len());
}
