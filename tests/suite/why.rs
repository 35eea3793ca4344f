//! `why`: constraints, candidates and why each was not chosen, where the bytes came from.

use crate::support::{Dir, Registry, project};

fn locked(registry: &Registry) -> Dir {
    for version in ["20.5.0", "19.0.0", "20.4.0"] {
        registry.chart("redis", version);
    }
    let dir = project(registry, "- name: cache\n  chart: stable/redis\n  version: ^20\n");
    dir.run("resolve").expect_code(0);
    for version in ["20.6.2", "20.7.0-rc.1", "21.0.0"] {
        registry.chart("redis", version);
    }
    registry.enter("redis", "20.6.3", "description: has no address");
    dir
}

#[test]
fn every_candidate_has_a_verdict() {
    let registry = Registry::start();
    let dir = locked(&registry);
    let expected = "
        redis 20.5.0 from http://127.0.0.1:[PORT]
          wanted: `^20` by release `cache` in environment `default` (helmfile.yaml:5)
          digest: sha256:[DIGEST]
          bytes: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz; in the cache
          candidate 21.0.0: `^20` does not admit it
          candidate 20.7.0-rc.1: a prerelease, which the constraint does not name
          candidate 20.6.3: the repository does not say where it is
          candidate 20.6.2: newer; the lock keeps what it has
          candidate 20.5.0: locked
          candidate 20.4.0: older
          candidate 19.0.0: `^20` does not admit it
        ";
    dir.run("why redis").expect(0, expected, "");
    dir.run("why cache").expect(0, expected, "");
    let json: serde_json::Value = serde_json::from_str(&dir.run("why redis -o json").expect_code(0).stdout).unwrap();
    assert_eq!(json["wishes"][0]["locked"]["cached"], true);
    assert_eq!(json["wishes"][0]["candidates"].as_array().unwrap().len(), 7);
}

#[test]
fn a_source_that_is_gone_leaves_the_rest_of_the_answer() {
    let registry = Registry::start();
    let dir = locked(&registry);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("why redis --offline").expect(
        0,
        "
        redis 20.5.0 from http://127.0.0.1:[PORT]
          wanted: `^20` by release `cache` in environment `default` (helmfile.yaml:5)
          digest: sha256:[DIGEST]
          bytes: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz; not in the cache; `helmlock fetch` brings it
        ",
        "
        warning: what is offered is not known: http://127.0.0.1:[PORT]: it is not in the cache, and the network must not be used
        ",
    );
}

#[test]
fn a_chart_that_is_not_locked_shows_what_would_do() {
    let registry = Registry::start();
    let dir = locked(&registry);
    std::fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    let told = dir.run("why redis").expect_code(0).stdout;
    assert!(told.starts_with("redis from http://127.0.0.1:[PORT]: not locked for `^20`\n"), "{told}");
    dir.run("why rediss").expect(
        64,
        "",
        "error: nobody asks for `rediss`; did you mean `redis`? (`helmlock tree -i rediss` looks inside of charts, too)\n",
    );
}
