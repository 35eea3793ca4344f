//! `resolve`: what it writes, what it keeps, and when it refuses to write.

use std::fs::File;
use std::time::{Duration, SystemTime};

use crate::support::{Dir, Registry, project, snapshot};

const CACHE: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n";

#[test]
fn the_lock_says_version_digest_and_address_of_each_chart() {
    let registry = Registry::start();
    registry.chart("redis", "19.6.4");
    registry.chart("redis", "20.5.0");
    registry.chart_with(
        "redis",
        "20.6.2",
        &[("Chart.yaml", "name: redis\nversion: 20.6.2\nappVersion: 7.4.2\napiVersion: v2\n")],
    );
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, &format!("{CACHE}- name: front\n  chart: stable/nginx\n- name: back\n  chart: stable/nginx\n"));
    dir.run("resolve").expect(
        0,
        "",
        "
              Adding nginx 1.0.0
              Adding redis 20.6.2
              Locked 2 pins in helmfile.lock
        ",
    );
    dir.expect_file(
        "helmfile.lock",
        r#"
        # helmfile.lock: written by helmlock. Do not edit: run `helmlock resolve`.
        version: 1
        render:
          helm: "4.3"
          kubeVersion: 1.37.0
        dependencies:
        - name: nginx
          repository: http://127.0.0.1:[PORT]
          version: 1.0.0
          digest: sha256:[DIGEST]
          filesDigest: sha256:[DIGEST]
          url: http://127.0.0.1:[PORT]/charts/nginx-1.0.0.tgz
          wants: ["*"]
        - name: redis
          repository: http://127.0.0.1:[PORT]
          version: 20.6.2
          digest: sha256:[DIGEST]
          filesDigest: sha256:[DIGEST]
          url: http://127.0.0.1:[PORT]/charts/redis-20.6.2.tgz
          appVersion: 7.4.2
          wants: [^20]
        "#,
    );
}

#[test]
fn in_ci_a_change_of_the_lock_is_worth_a_warning() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, CACHE);
    let in_ci = |value: &str| dir.run_command(dir.command("resolve").env("CI", value)).expect_code(0).stderr;
    let warning = "the lock changed in CI; `helmlock check` tells whether it is current and writes nothing";
    assert!(in_ci("true").contains(warning));
    assert!(!in_ci("true").contains(warning));
    std::fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    assert!(!in_ci("false").contains(warning));
}

#[test]
fn a_lock_that_is_right_is_not_written_again() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, CACHE);
    dir.run("resolve").expect_code(0);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let path = dir.path().join("helmfile.lock");
    File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    registry.chart("redis", "20.6.2");

    dir.run("resolve").expect(0, "", "   Unchanged 1 pin in helmfile.lock\n");
    dir.run("resolve --check").expect(0, "", "   Unchanged 1 pin in helmfile.lock\n");
    dir.run("resolve --locked").expect(0, "", "   Unchanged 1 pin in helmfile.lock\n");
    assert_eq!(path.metadata().unwrap().modified().unwrap(), long_ago);
}

#[test]
fn a_release_more_touches_only_its_own_entry() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, CACHE);
    dir.run("resolve").expect_code(0);
    let before = dir.read("helmfile.lock").unwrap();
    registry.chart("redis", "20.6.2");
    registry.chart("nginx", "1.0.0");
    let more = project(&registry, &format!("{CACHE}- name: front\n  chart: stable/nginx\n"));
    std::fs::copy(more.path().join("helmfile.yaml"), dir.path().join("helmfile.yaml")).unwrap();

    dir.run("resolve").expect(
        0,
        "",
        "
              Adding nginx 1.0.0
              Locked 2 pins in helmfile.lock
        ",
    );
    let after = dir.read("helmfile.lock").unwrap();
    let entry = "- name: nginx\n  repository: http://127.0.0.1:[PORT]\n  version: 1.0.0\n  digest: sha256:[DIGEST]\n  \
                 filesDigest: sha256:[DIGEST]\n  url: http://127.0.0.1:[PORT]/charts/nginx-1.0.0.tgz\n  wants: [\"*\"]\n";
    assert!(after.contains(entry), "{after}");
    assert_eq!(after.replace(entry, ""), before);
}

#[test]
fn a_release_less_takes_its_entry_along() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, &format!("{CACHE}- name: front\n  chart: stable/nginx\n"));
    dir.run("resolve").expect_code(0);
    let less = project(&registry, CACHE);
    std::fs::copy(less.path().join("helmfile.yaml"), dir.path().join("helmfile.yaml")).unwrap();
    dir.run("resolve").expect(
        0,
        "",
        "
            Removing nginx 1.0.0
              Locked 1 pin in helmfile.lock
        ",
    );
}

#[test]
fn one_lock_serves_environments_with_different_versions() {
    let registry = Registry::start();
    registry.chart("redis", "19.6.4");
    registry.chart("redis", "20.6.2");
    let state = format!(
        "environments:\n  staging: {{values: [{{redis: ^20}}]}}\n  production: {{values: [{{redis: ^19}}]}}\n---\n\
         repositories: [{{name: stable, url: {}}}]\nreleases:\n- {{name: cache, chart: stable/redis, version: {{{{ .Values.redis }}}}}}\n",
        registry.url()
    );
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml.gotmpl", &state);
    dir.run("resolve").expect(
        0,
        "",
        r#"
              Adding redis 20.6.2
              Adding redis 19.6.4
              Locked 2 pins in helmfile.lock
        "#,
    );
    dir.expect_file(
        "helmfile.lock",
        r#"
        # helmfile.lock: written by helmlock. Do not edit: run `helmlock resolve`.
        version: 1
        render:
          helm: "4.3"
          kubeVersion: 1.37.0
        dependencies:
        - name: redis
          repository: http://127.0.0.1:[PORT]
          version: 20.6.2
          digest: sha256:[DIGEST]
          filesDigest: sha256:[DIGEST]
          url: http://127.0.0.1:[PORT]/charts/redis-20.6.2.tgz
          wants: [^20]
        - name: redis
          repository: http://127.0.0.1:[PORT]
          version: 19.6.4
          digest: sha256:[DIGEST]
          filesDigest: sha256:[DIGEST]
          url: http://127.0.0.1:[PORT]/charts/redis-19.6.4.tgz
          wants: [^19]
        "#,
    );
    dir.run("list -e staging").expect(
        0,
        "
        NAME 	NAMESPACE	ENABLED	INSTALLED	LABELS                           	CHART       	VERSION
        cache	         	true   	true     	chart:redis,name:cache,namespace:	stable/redis	20.6.2
        ",
        "",
    );
    dir.run("list -e production").expect(
        0,
        "
        NAME 	NAMESPACE	ENABLED	INSTALLED	LABELS                           	CHART       	VERSION
        cache	         	true   	true     	chart:redis,name:cache,namespace:	stable/redis	19.6.4
        ",
        "",
    );
    dir.run("template -e production").expect(
        0,
        "
        ---
        # Source: redis/templates/configmap.yaml
        kind: ConfigMap
        apiVersion: v1
        metadata: {name: cache-redis}

        ",
        "",
    );
}

#[test]
fn dependencies_of_local_charts_are_pinned_at_every_depth_and_the_working_tree_stays_as_it_is() {
    let registry = Registry::start();
    registry.chart("common", "1.4.0");
    registry.chart("common", "2.0.0");
    registry.chart("metrics", "0.3.1");
    let on = |name: &str, version: &str| format!("- {{name: {name}, version: {version}, repository: {}}}\n", registry.url());
    let below = "- {name: below, version: 0.1.0, repository: \"file://../below\"}\n";
    let chart = |name: &str, below: String| format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\ndependencies:\n{below}");
    let dir = project(&registry, "- name: app\n  chart: ./charts/app\n")
        .file("charts/app/Chart.yaml", &chart("app", on("common", "1.x") + below))
        .file("charts/app/templates/app.yaml", "kind: App\n")
        .file("charts/below/Chart.yaml", &chart("below", on("metrics", "~0.3.0")))
        .file("charts/below/templates/below.yaml", "kind: Below\n");
    let before = snapshot(&dir.path());
    dir.run("resolve").expect(
        0,
        "",
        "
              Adding common (for charts/app) 1.4.0
              Adding metrics (for charts/below) 0.3.1
              Locked 2 pins in helmfile.lock
        ",
    );
    dir.expect_file(
        "helmfile.lock",
        r#"
        # helmfile.lock: written by helmlock. Do not edit: run `helmlock resolve`.
        version: 1
        render:
          helm: "4.3"
          kubeVersion: 1.37.0
        dependencies: []
        local:
        - path: charts/app
          dependencies:
          - name: common
            repository: http://127.0.0.1:[PORT]
            version: 1.4.0
            digest: sha256:[DIGEST]
            filesDigest: sha256:[DIGEST]
            url: http://127.0.0.1:[PORT]/charts/common-1.4.0.tgz
            wants: ["1.x"]
        - path: charts/below
          dependencies:
          - name: metrics
            repository: http://127.0.0.1:[PORT]
            version: 0.3.1
            digest: sha256:[DIGEST]
            filesDigest: sha256:[DIGEST]
            url: http://127.0.0.1:[PORT]/charts/metrics-0.3.1.tgz
            wants: [~0.3.0]
        "#,
    );
    dir.run("template").expect(
        0,
        "
        ---
        # Source: app/charts/below/charts/metrics/templates/configmap.yaml
        kind: ConfigMap
        apiVersion: v1
        metadata: {name: app-metrics}

        ---
        # Source: app/charts/common/templates/configmap.yaml
        kind: ConfigMap
        apiVersion: v1
        metadata: {name: app-common}

        ---
        # Source: app/templates/app.yaml
        kind: App

        ---
        # Source: app/charts/below/templates/below.yaml
        kind: Below

        ",
        "",
    );
    dir.run("check").expect(0, "", "     Current 2 pins for 2 requests\n");
    std::fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    assert_eq!(snapshot(&dir.path()), before);
}

#[test]
fn constraints_choose_as_helm_does() {
    const CHOICES: [(&str, &str); 12] = [
        ("^1.2.0", "1.3.0"),
        ("~1.2.0", "1.2.5"),
        (">=1.0.0 <2.0.0", "1.3.0"),
        ("1.2.x", "1.2.5"),
        ("1.2.0", "1.2.0"),
        ("v1.2.0", "1.2.0"),
        ("0.9.0 || ~1.2", "1.2.5"),
        ("1.0.0 - 1.2.3", "1.2.0"),
        ("*", "2.0.0"),
        (">1", "2.0.0"),
        (">=2.0.0-0", "2.1.0-beta.1"),
        ("2.1.0-beta.1", "2.1.0-beta.1"),
    ];
    let registry = Registry::start();
    for version in ["1.0.0", "2.1.0-beta.1", "1.2.5", "0.9.0", "1.3.0", "2.0.0", "1.2.0"] {
        registry.chart("web", version);
    }
    let mut releases = String::from("- name: any\n  chart: stable/web\n");
    for (index, (constraint, _)) in CHOICES.iter().enumerate() {
        releases += &format!("- name: release-{index}\n  chart: stable/web\n  version: {constraint:?}\n");
    }
    let dir = project(&registry, &releases);
    dir.run("resolve").expect_code(0);
    let list: serde_json::Value = serde_json::from_str(&dir.run("list -o json").expect_code(0).stdout).unwrap();
    let locked = |name: &str| list.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()["version"].clone();
    for (index, (constraint, version)) in CHOICES.iter().enumerate() {
        assert_eq!(locked(&format!("release-{index}")), *version, "{constraint}");
    }
    assert_eq!(locked("any"), "2.0.0");
}

#[test]
fn a_prerelease_must_be_asked_for() {
    let registry = Registry::start();
    registry.chart("web", "2.0.0-rc.1");
    project(&registry, "- name: web\n  chart: stable/web\n  version: ^2\n").run("resolve").expect(
        1,
        "",
        "
        error: no version of `web` matches `^2`
          wanted by release `web` (helmfile.yaml:5)
          http://127.0.0.1:[PORT] has only prereleases that fit, such as 2.0.0-rc.1
          hint: a constraint that names a prerelease admits them: `>=2.0.0-rc.1`
        ",
    );
    project(&registry, "- name: web\n  chart: stable/web\n").run("resolve").expect(
        1,
        "",
        "
        error: no version of `web` matches `*`
          wanted by release `web` (helmfile.yaml:5)
          http://127.0.0.1:[PORT] has only prereleases that fit, such as 2.0.0-rc.1
          hint: a constraint that names a prerelease admits them: `>=2.0.0-rc.1`
        ",
    );
}

#[test]
fn check_and_locked_write_nothing_and_say_what_would_change() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, CACHE);
    dir.run("resolve --check").expect(
        2,
        "",
        "
        error: helmfile.lock is not current
          adding redis 20.5.0
          hint: the same command without `--check`, `--locked` or `--frozen` writes it
        ",
    );
    dir.run("resolve --locked").expect_code(2);
    assert_eq!(dir.read("helmfile.lock"), None);
    dir.run("resolve").expect_code(0);
    let lock = dir.read("helmfile.lock").unwrap();
    registry.chart("redis", "20.6.2");
    dir.run("resolve --upgrade --check").expect(
        2,
        "",
        "
        error: helmfile.lock is not current
          updating redis 20.5.0 -> 20.6.2
          hint: the same command without `--check`, `--locked` or `--frozen` writes it
        ",
    );
    dir.run("resolve --upgrade --check -o json").expect(
        2,
        r#"
        {
          "errors": [
            {
              "code": "lock-would-change",
              "hint": "the same command without `--check`, `--locked` or `--frozen` writes it",
              "message": "helmfile.lock is not current",
              "notes": [
                "updating redis 20.5.0 -> 20.6.2"
              ]
            }
          ],
          "exit": 2
        }
        "#,
        "
        error: helmfile.lock is not current
          updating redis 20.5.0 -> 20.6.2
          hint: the same command without `--check`, `--locked` or `--frozen` writes it
        ",
    );
    dir.expect_file("helmfile.lock", &lock);
}

#[test]
fn upgrade_moves_every_pin_as_far_as_its_constraint_admits() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, &format!("{CACHE}- name: front\n  chart: stable/nginx\n"));
    dir.run("resolve").expect_code(0);
    registry.chart("redis", "20.6.2");
    registry.chart("redis", "21.0.0");
    registry.chart("nginx", "2.0.0");
    dir.run("resolve --upgrade").expect(
        0,
        "",
        "
            Updating nginx 1.0.0 -> 2.0.0
            Updating redis 20.5.0 -> 20.6.2
              Locked 2 pins in helmfile.lock
        ",
    );
}

#[test]
fn offline_makes_no_request() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, CACHE);
    dir.run("resolve --offline").expect(
        1,
        "",
        "
        error: http://127.0.0.1:[PORT]: it is not in the cache, and the network must not be used
          wanted by release `cache` (helmfile.yaml:5)
          hint: run the command again without `--offline`
        ",
    );
    dir.run("resolve --frozen").expect_code(1);
    assert_eq!(registry.asked(), Vec::<String>::new());
    dir.run("resolve").expect_code(0);
    registry.forget();
    dir.run("resolve --offline").expect(0, "", "   Unchanged 1 pin in helmfile.lock\n");
    dir.run("resolve --frozen").expect(0, "", "   Unchanged 1 pin in helmfile.lock\n");
    assert_eq!(registry.asked(), Vec::<String>::new());
}

#[test]
fn a_lock_of_helmfile_keeps_its_versions_and_gets_digests() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("redis", "20.6.2");
    let lock = format!(
        "version: 0.166.0\ndependencies:\n- name: redis\n  repository: {}\n  version: 20.5.0\ndigest: sha256:{}\ngenerated: \"2026-11-22T14:45:15.85Z\"\n",
        registry.url(),
        "8b3bb7d4".repeat(8)
    );
    let dir = project(&registry, CACHE).file("helmfile.lock", &lock);
    dir.run("template").expect(
        2,
        "",
        "
        error: `redis` 20.5.0 is locked by helmfile, without its content
          wanted by release `cache` in environment `default` (helmfile.yaml:5)
          hint: `helmlock resolve` mends it
        ",
    );
    dir.run("resolve -v").expect(
        0,
        "",
        "
            Trusting redis 20.5.0
              Locked 1 pin in helmfile.lock
        note: newly trusted, as served now: 1 pin
        ",
    );
    dir.expect_file(
        "helmfile.lock",
        r#"
        # helmfile.lock: written by helmlock. Do not edit: run `helmlock resolve`.
        version: 1
        render:
          helm: "4.3"
          kubeVersion: 1.37.0
        dependencies:
        - name: redis
          repository: http://127.0.0.1:[PORT]
          version: 20.5.0
          digest: sha256:[DIGEST]
          filesDigest: sha256:[DIGEST]
          url: http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz
          wants: [^20]
        "#,
    );
}

#[test]
fn the_lock_lies_beside_the_state_file_and_has_its_name() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let state = std::fs::read_to_string(project(&registry, CACHE).path().join("helmfile.yaml")).unwrap();
    let dir = Dir::new().knowing(&registry).file("apps/cache.yaml", &state);
    dir.run("resolve -f apps/cache.yaml").expect(
        0,
        "",
        "
              Adding redis 20.5.0
              Locked 1 pin in apps/cache.lock
        ",
    );
    assert!(dir.read("apps/cache.lock").is_some());
}

#[test]
fn json_tells_programs_what_changed() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, CACHE);
    dir.run("resolve -o json").expect(
        0,
        r#"
        {
          "changes": [
            {
              "change": "added",
              "chart": "redis",
              "from": null,
              "localChart": null,
              "source": "http://127.0.0.1:[PORT]",
              "to": "20.5.0"
            }
          ],
          "pins": 1,
          "written": true
        }
        "#,
        "",
    );
    dir.run("resolve -o json").expect(
        0,
        r#"
        {
          "changes": [],
          "pins": 1,
          "written": false
        }
        "#,
        "",
    );
}

#[test]
fn an_environment_that_cannot_be_evaluated_keeps_its_pins() {
    let registry = Registry::start();
    registry.chart("redis", "19.6.4");
    registry.chart("redis", "20.6.2");
    let state = format!(
        "environments:\n  default: {{}}\n  production: {{values: [production.yaml.gotmpl]}}\n---\n\
         repositories: [{{name: stable, url: {}}}]\nreleases:\n- {{name: cache, chart: stable/redis, version: {{{{ .Values | get \"redis\" \"^20\" }}}}}}\n",
        registry.url()
    );
    let dir = Dir::new()
        .knowing(&registry)
        .file("helmfile.yaml.gotmpl", &state)
        .file("production.yaml.gotmpl", "redis: {{ requiredEnv \"REDIS_VERSION\" }}\n");
    dir.run_command(dir.command("resolve").env("REDIS_VERSION", "^19")).expect_code(0);
    let lock = dir.read("helmfile.lock").unwrap();
    dir.run("resolve").expect(0, "", r#"
        warning: environment `production` cannot be evaluated here and keeps its pins: production.yaml.gotmpl:1: at <requiredEnv "REDIS_VERSION">: error calling requiredEnv: required env var `REDIS_VERSION` is not set
           Unchanged 2 pins in helmfile.lock
        "#);
    dir.expect_file("helmfile.lock", &lock);
    dir.run("check").expect(2, "", r#"
        error: environment `production` cannot be evaluated here
          production.yaml.gotmpl:1: at <requiredEnv "REDIS_VERSION">: error calling requiredEnv: required env var `REDIS_VERSION` is not set
          hint: its pins are kept, but nothing says that they are current; `may-be-unverified` in helmlock.toml accepts that
        "#);
}

#[test]
fn selectors_do_not_narrow_what_is_locked() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, &format!("{CACHE}- name: front\n  chart: stable/nginx\n"));
    dir.run("resolve -l name=cache -n elsewhere").expect_code(0);
    dir.run("resolve").expect(0, "", "   Unchanged 2 pins in helmfile.lock\n");
}
