//! `template --purity` and `--require-pure`: which functions make a rendering depend on time or chance.

use crate::support::{Dir, Registry, project};

fn served() -> (Registry, Dir) {
    let registry = Registry::start();
    let helpers = "{{ define \"password\" }}{{ randAlphaNum 8 }}{{ end }}";
    let secret = "kind: Secret\ndata:\n  a: {{ include \"password\" . }}\n  b: {{ tpl \"{{ uuidv4 }}\" . }}\n";
    let files = [("templates/_helpers.tpl", helpers), ("templates/secret.yaml", secret)];
    registry.chart_with("random", "1.0.0", &files);
    registry.chart_with(
        "clock",
        "1.0.0",
        &[("templates/a.yaml", "at: {{ now | unixEpoch }}\nday: {{ now | date \"2006-01-02 MST\" }}\n")],
    );
    registry.chart("redis", "20.5.0");
    let dir = project(
        &registry,
        "- name: one\n  chart: stable/redis\n- name: two\n  chart: stable/clock\n- name: three\n  chart: stable/random\n",
    );
    dir.run("resolve").expect_code(0);
    (registry, dir)
}

#[test]
fn purity_is_said_on_stderr_and_changes_no_output() {
    let (_registry, dir) = served();
    let said = "        Pure one\n      Impure two: date in clock/templates/a.yaml\n      Impure two: now in clock/templates/a.yaml\n      \
                Impure three: randAlphaNum in random/templates/_helpers.tpl, for random/templates/secret.yaml\n      \
                Impure three: uuidv4 in gotpl, for random/templates/secret.yaml\n";
    let run = dir.run("template --purity").expect_code(0).expect_stderr(said);
    assert!(run.stdout.starts_with("---\n# Source: redis/") && !run.stdout.contains("Impure"), "{}", run.stdout);
    let document = dir.run("template --purity -o json -l name=three").expect_code(0).expect_stderr("").stdout;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let release = &document["releases"][0];
    assert_eq!(release["impure"], serde_json::json!(["randAlphaNum", "uuidv4"]));
    assert_eq!(
        release["calls"][0],
        serde_json::json!({"function": "randAlphaNum", "template": "random/templates/_helpers.tpl", "file": "random/templates/secret.yaml"})
    );
}

#[test]
fn what_must_be_pure_ends_with_2_and_prints_what_came_before() {
    let (_registry, dir) = served();
    let run = dir.run("template --require-pure").expect_code(2);
    assert!(run.stdout.contains("name: one-redis") && !run.stdout.contains("at: "), "{}", run.stdout);
    run.expect_stderr(
        "
        error: release `two` renders otherwise at another time or on another machine
          date in clock/templates/a.yaml
          now in clock/templates/a.yaml
        error: release `three` renders otherwise at another time or on another machine
          randAlphaNum in random/templates/_helpers.tpl, for random/templates/secret.yaml
          uuidv4 in gotpl, for random/templates/secret.yaml
          hint: give the values that these would make up; `SOURCE_DATE_EPOCH` fixes the clock
        ",
    );
    dir.run("template --require-pure -l name=one").expect_code(0).expect_stderr("");
    dir.run("template --require-pure -o json").expect_code(2);
}

#[test]
fn a_fixed_clock_is_pure_and_in_utc() {
    let (_registry, dir) = served();
    let dir = dir.variable("SOURCE_DATE_EPOCH", "86399").variable("TZ", "Asia/Tokyo");
    let run = dir.run("template --require-pure -l name=two").expect_code(0).expect_stderr("");
    assert!(run.stdout.contains("at: 86399\nday: 1970-01-01 UTC\n"), "{}", run.stdout);
    dir.run("template --require-pure -l name=three").expect_code(2);
}
