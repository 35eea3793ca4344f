//! `outdated`: what is newer than the lock, deprecated or gone.

use crate::support::{Dir, Registry, project};

const RELEASES: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  chart: stable/nginx\n\
                        - name: queue\n  chart: stable/kafka\n  version: 1.0.0\n";

/// Locked in its youth: redis has moved on, nginx has not, kafka is deprecated and its version is gone.
fn aged(registry: &Registry) -> Dir {
    for (name, version) in [("redis", "20.5.0"), ("nginx", "1.0.0"), ("kafka", "1.0.0")] {
        registry.chart(name, version);
    }
    let dir = project(registry, RELEASES).variable("SOURCE_DATE_EPOCH", "1764072000");
    dir.run("resolve").expect_code(0);
    let entry = |version: &str, rest: &str| format!("  - {{name: NAME, version: {version}, urls: [x.tgz]{rest}}}\n");
    let redis = [
        entry("20.5.0", ", created: '2025-10-25T11:00:00.5Z'"),
        entry("20.6.2", ""),
        entry("21.1.0", ""),
        entry("22.0.0-rc.1", ""),
    ];
    let kafka = [entry("2.0.0", ", deprecated: true")];
    let index = format!(
        "apiVersion: v1\nentries:\n  redis:\n{}  nginx:\n{}  kafka:\n{}",
        redis.concat().replace("NAME", "redis"),
        entry("1.0.0", "").replace("NAME", "nginx"),
        kafka.concat().replace("NAME", "kafka"),
    );
    registry.file("/index.yaml", index);
    dir
}

#[test]
fn what_is_newer_compatible_or_gone_is_shown() {
    let registry = Registry::start();
    let dir = aged(&registry);
    let before = dir.read("helmfile.lock").unwrap();
    dir.run("outdated").expect(
        0,
        "
        CHART  CURRENT  COMPATIBLE  LATEST  AGE      WANTED
        kafka  1.0.0    -           2.0.0   -        1.0.0   deprecated, no longer offered
        redis  20.5.0   20.6.2      21.1.0  31 days  ^20
        ",
        "",
    );
    dir.run("outdated --all -l name=front").expect(
        0,
        "
        CHART  CURRENT  COMPATIBLE  LATEST  AGE  WANTED
        nginx  1.0.0    -           -       -    *
        ",
        "      Newest 1 locked chart: nothing newer, deprecated or gone\n",
    );
    dir.expect_file("helmfile.lock", &before);
}

#[test]
fn the_exit_code_tells_programs() {
    let registry = Registry::start();
    let dir = aged(&registry);
    dir.run("outdated --exit-code -l name=cache").expect(
        2,
        "
        CHART  CURRENT  COMPATIBLE  LATEST  AGE      WANTED
        redis  20.5.0   20.6.2      21.1.0  31 days  ^20
        ",
        "
        error: outdated, deprecated or gone: 1 chart
          hint: `helmlock update` moves to what is compatible, `helmlock bump` beyond
        ",
    );
    dir.run("outdated --exit-code -l name=front").expect_code(0);
    dir.run("outdated --exit-code -l name=cache -o json").expect(
        2,
        r#"
        {
          "charts": [
            {
              "chart": "redis",
              "compatible": "20.6.2",
              "current": "20.5.0",
              "deprecated": false,
              "environments": [],
              "latest": "21.1.0",
              "localChart": null,
              "outdated": true,
              "published": "2025-10-25T11:00:00.5Z",
              "source": "http://127.0.0.1:[PORT]",
              "vanished": false,
              "wanted": "^20",
              "wantedAt": "helmfile.yaml:5"
            }
          ],
          "errors": [
            {
              "code": "outdated",
              "hint": "`helmlock update` moves to what is compatible, `helmlock bump` beyond",
              "message": "outdated, deprecated or gone: 1 chart",
              "notes": []
            }
          ],
          "exit": 2,
          "outdated": 1
        }
        "#,
        "
        error: outdated, deprecated or gone: 1 chart
          hint: `helmlock update` moves to what is compatible, `helmlock bump` beyond
        ",
    );
}

#[test]
fn offline_it_says_what_was_seen_last() {
    let registry = Registry::start();
    let dir = aged(&registry);
    dir.run("outdated --offline").expect_stdout("").expect_code(0);
    dir.run("outdated").expect_code(0);
    registry.forget();
    assert!(dir.run("outdated --offline").expect_code(0).stdout.contains("21.1.0"));
    assert!(registry.asked().is_empty());
    dir.run("outdated -o dot").expect(64, "", "error: this command prints `-o text` and `-o json`\n");
}
