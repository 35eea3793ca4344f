//! `bump`: the project's own versions are edited where they stand, and the lock follows.

use crate::support::{Dir, Registry, project};

fn registry() -> Registry {
    let registry = Registry::start();
    for (name, version) in [("redis", "20.5.0"), ("nginx", "1.0.0"), ("kafka", "3.0.0")] {
        registry.chart(name, version);
    }
    registry
}

fn publish_newer(registry: &Registry) {
    let newer = [
        ("redis", "20.5.1"),
        ("redis", "20.6.2"),
        ("redis", "21.1.0"),
        ("redis", "22.0.0-rc.1"),
        ("nginx", "1.1.0"),
        ("kafka", "4.2.0"),
    ];
    for (name, version) in newer {
        registry.chart(name, version);
    }
}

const RELEASES: &str = "# all of them
- name: cache
  chart:   stable/redis
  version: \"20.5.0\"   # keep in step with the client, was 20.5.0 before
- {name: front, chart: stable/nginx, version: '1.0.0', labels: {v: x1.0.0}}
- name: queue
  chart: stable/kafka
  version: ~3.0\r
- name: other
  chart: stable/kafka
  version: '>=3, <4'
";

fn locked(registry: &Registry) -> Dir {
    let dir = project(registry, RELEASES);
    dir.run("resolve").expect_code(0);
    publish_newer(registry);
    dir
}

#[test]
fn versions_are_edited_where_they_stand_with_all_around_them() {
    let registry = registry();
    let dir = locked(&registry);
    dir.run("bump").expect(
        0,
        "",
        "
             Editing helmfile.yaml:8: redis 20.5.0 -> 21.1.0
             Editing helmfile.yaml:9: nginx 1.0.0 -> 1.1.0
             Editing helmfile.yaml:12: kafka ~3.0 -> ~4.2
        warning: helmfile.yaml:13: kafka `>=3, <4` is not moved to 4.2.0: a program should not rewrite this constraint; edit it there
             Keeping kafka 3.0.0, for other wishes
              Adding kafka 4.2.0
            Updating nginx 1.0.0 -> 1.1.0
            Updating redis 20.5.0 -> 21.1.0
              Locked 4 pins in helmfile.lock
        ",
    );
    let state = dir.read("helmfile.yaml").unwrap();
    let expected = RELEASES.replace("\"20.5.0\"", "\"21.1.0\"").replace("'1.0.0'", "'1.1.0'").replace("~3.0", "~4.2");
    assert!(state.ends_with(&expected), "{state}");
    dir.run("check").expect_code(0);
    dir.run("bump redis nginx").expect(0, "", "   Unchanged 4 pins in helmfile.lock\n");
}

#[test]
fn a_name_a_version_and_a_step_bound_what_happens() {
    let registry = registry();
    let dir = locked(&registry);
    dir.run("bump --level minor redis --dry-run").expect(
        0,
        "",
        "
             Editing helmfile.yaml:8: redis 20.5.0 -> 20.6.2
            Updating redis 20.5.0 -> 20.6.2
        ",
    );
    assert!(dir.read("helmfile.yaml").unwrap().contains("20.5.0\""));
    dir.run("bump redis@20.5.1").expect(
        0,
        "",
        "
             Editing helmfile.yaml:8: redis 20.5.0 -> 20.5.1
            Updating redis 20.5.0 -> 20.5.1
              Locked 3 pins in helmfile.lock
        ",
    );
    dir.run("bump -l name=front --level patch").expect(0, "", "   Unchanged 3 pins in helmfile.lock\n");
    dir.run("bump redis@9.9.9").expect(
        1,
        "",
        "error: http://127.0.0.1:[PORT] has no `redis` 9.9.9; `helmlock why redis` shows what it has\n",
    );
    dir.run("bump rediss").expect(64, "", "error: nobody asks for a chart `rediss`; did you mean `redis`?\n");
    dir.run("bump redis --locked").expect(
        1,
        "",
        "
             Editing helmfile.yaml:8: redis 20.5.1 -> 21.1.0
        error: `--locked` and `--frozen` forbid to change the project with its lock
        ",
    );
}

#[test]
fn programs_get_one_document() {
    let registry = registry();
    let dir = locked(&registry);
    let run = dir.run("bump nginx other -o json --dry-run").expect_code(64);
    assert!(run.stdout.contains("\"usage\""));
    let run = dir.run("bump nginx -o json").expect_code(0);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let edit = serde_json::json!({"file": "helmfile.yaml", "line": 9, "chart": "nginx", "from": "1.0.0", "to": "1.1.0"});
    assert_eq!(json["edits"], serde_json::json!([edit]));
    assert_eq!(json["lock"]["written"], true);
    assert_eq!(json["lock"]["changes"][0]["to"], "1.1.0");
    dir.run("check").expect_code(0);
}

/// A project whose versions come from everywhere but the releases themselves.
fn indirect(registry: &Registry) -> Dir {
    let state = format!(
        "bases: [base.yaml]\n---\nrepositories: [{{name: stable, url: {}}}]\nreleases:\n\
         - name: cache\n  inherit: [{{template: cache}}]\n\
         - {{name: front, chart: stable/nginx, version: {{{{ .Values.versions.nginx }}}}}}\n\
         - {{name: queue, chart: stable/kafka, version: {{{{ printf \"%d.0.0\" 3 }}}}}}\n",
        registry.url()
    );
    let base = "environments:\n  default: {values: [values.yaml]}\n  production: {values: [values.yaml, production.yaml]}\n\
                templates:\n  cache:\n    chart: stable/redis\n    version: 20.5.0 # here\n";
    Dir::new()
        .knowing(registry)
        .file("helmfile.yaml.gotmpl", &state)
        .file("base.yaml", base)
        .file("values.yaml", "# of nginx\nversions:\n  nginx: 1.0.0\nnot: '1.0.0'\n")
        .file("production.yaml", "versions: {nginx: \"1.0.0\"}\n")
}

#[test]
fn versions_of_templates_and_environments_are_edited_there() {
    let registry = registry();
    let dir = indirect(&registry);
    dir.run("resolve").expect_code(0);
    publish_newer(&registry);
    dir.run("bump redis nginx").expect(
        0,
        "",
        "
             Editing base.yaml:7: redis 20.5.0 -> 21.1.0
             Editing production.yaml:1: nginx 1.0.0 -> 1.1.0
             Editing values.yaml:3: nginx 1.0.0 -> 1.1.0
            Updating nginx 1.0.0 -> 1.1.0
            Updating redis 20.5.0 -> 21.1.0
              Locked 3 pins in helmfile.lock
        ",
    );
    dir.expect_file("values.yaml", "# of nginx\nversions:\n  nginx: 1.1.0\nnot: '1.0.0'\n");
    dir.expect_file("production.yaml", "versions: {nginx: \"1.1.0\"}\n");
    dir.run("check").expect_code(0);
}

#[test]
fn one_environment_can_go_ahead() {
    let registry = registry();
    let dir = indirect(&registry);
    dir.run("resolve").expect_code(0);
    publish_newer(&registry);
    dir.run("bump nginx -e production").expect_code(0);
    dir.expect_file("values.yaml", "# of nginx\nversions:\n  nginx: 1.0.0\nnot: '1.0.0'\n");
    dir.expect_file("production.yaml", "versions: {nginx: \"1.1.0\"}\n");
    dir.run("check").expect_code(0);
}

#[test]
fn what_no_single_place_says_is_named_with_its_place() {
    let registry = registry();
    let dir = indirect(&registry);
    dir.run("resolve").expect_code(0);
    publish_newer(&registry);
    dir.run("bump kafka").expect(
        0,
        "",
        "
        warning: helmfile.yaml.gotmpl:8: kafka `3.0.0` is not moved to 4.2.0: no single place says it alone; edit it there
           Unchanged 3 pins in helmfile.lock
        ",
    );
}
