//! `lint --unused`: which of the user's values no template read, and where they stand.

use crate::support::{Dir, Registry, project};

const VALUES: &str = "\
image:
  tag: v1
  tga: v2
whole:
  any: {thing: 1}
ranged:
  key: {inner: 1}
tested:
  inner: 1
global:
  registry: r
  spare: s
tags: {backend: true, frontend: true}
redis:
  enabled: true
  replicas: 3
  replica: 4
  global: {own: 1, unknown: 2}
list: [{a: 1}]
nothing: null
unknown.dotted: {a: 1}
shown: 1
";

fn served(releases: &str) -> (Registry, Dir) {
    let registry = Registry::start();
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n\
                 - {name: redis, version: 1.0.0, repository: \"\", condition: redis.enabled, tags: [backend]}\n";
    let template = "a: {{ .Values.image.tag }}\nb: {{ toJson .Values.whole }}\n{{ range $k, $v := .Values.ranged }}{{ $k }}: 1\n{{ end }}\
                    {{ if .Values.tested }}c: 1{{ end }}\nd: {{ len .Values.list }}\n";
    let sub = "r: {{ .Values.replicas }} {{ .Values.global.registry }} {{ .Values.global.own }}\n";
    registry.chart_with(
        "web",
        "1.0.0",
        &[
            ("Chart.yaml", chart),
            ("values.yaml", "image: {tag: v0}\n"),
            ("templates/a.yaml", template),
            ("templates/NOTES.txt", "{{ .Values.shown }}"),
            ("charts/redis/Chart.yaml", "apiVersion: v2\nname: redis\nversion: 1.0.0\n"),
            ("charts/redis/templates/r.yaml", sub),
        ],
    );
    let dir = project(&registry, releases).file("values/web.yaml", VALUES);
    dir.run("resolve").expect_code(0);
    (registry, dir)
}

#[test]
fn keys_that_no_template_read_are_listed_with_their_places() {
    let (_registry, dir) = served(
        "- name: web\n  chart: stable/web\n  values:\n  - values/web.yaml\n  - more: 1\n  set:\n  - {name: image.other, value: 1}\n",
    );
    let run = dir.run("lint --unused --set flag=1").expect_code(0).expect_stderr("");
    let lines = [
        "a flag: `flag`",
        "values/web.yaml:12: `global.spare`",
        "a flag: `image.other`",
        "values/web.yaml:3: `image.tga`",
        "helmfile.yaml:9: `more`",
        "values/web.yaml:7: `ranged.key.inner`",
        "values/web.yaml:18: `redis.global.unknown`",
        "values/web.yaml:17: `redis.replica`",
        "values/web.yaml:13: `tags.frontend`",
        "values/web.yaml:9: `tested.inner`",
        "values/web.yaml:21: `unknown\\.dotted`",
    ];
    let expected = lines.map(|line| format!("{line} is not read in this rendering of release `web`\n"));
    run.expect_stdout(&expected.concat());
    let run = dir.run("lint --unused --exit-code").expect_code(2);
    assert!(run.stderr.contains("error: 10 values not read"), "{}", run.stderr);
    let document = dir.run("lint --unused -o json").expect_code(0).stdout;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let expected = serde_json::json!({"key": "global.spare", "file": "values/web.yaml", "line": 12});
    assert_eq!(document["releases"][0]["unused"][0], expected, "{document}");
}

#[test]
fn a_disabled_subchart_reads_only_its_condition() {
    let (_registry, dir) = served(
        "- name: web\n  chart: stable/web\n  values:\n  - image: {tag: v1}\n    list: []\n    redis: {enabled: false, replicas: 1}\n",
    );
    let said = "helmfile.yaml:8: `redis.replicas` is not read in this rendering of release `web`\n";
    dir.run("lint --unused").expect(0, said, "");
    let said = "error: `./none` cannot lint: No such file or directory (os error [N]); `--helm-binary PATH` names a helm\n";
    dir.run("lint -b ./none").expect(1, "", said);
}

#[test]
#[cfg(unix)]
fn helm_lints_the_locked_chart_with_the_values_of_the_release() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = project(&registry, "- name: cache\n  namespace: shop\n  chart: stable/redis\n  values: [{a: 1}]\n");
    let seen =
        "cat values-1.yaml; ls redis; echo \"$@\"; case \"$*\" in *bad*) echo 'Error: 1 chart(s) failed' >&2; exit 1;; esac";
    dir.program("helm", &format!("case \"$1\" in version) echo v4.3.1; exit;; esac\n{seen}"));
    dir.run("resolve -q").expect_code(0);
    let run = dir.run("lint -b ./helm").expect_code(0);
    let command = "lint redis --namespace shop --values values-1.yaml --kube-version 1.37.0\n\n";
    assert!(run.stdout.starts_with("a: 1\nChart.yaml\n") && run.stdout.ends_with(command), "{}", run.stdout);
    let run = dir.run("lint -b ./helm --set x=bad").expect_code(1).expect_stderr("error: helm lint is not content with cache\n");
    assert!(run.stdout.ends_with("--set x=bad --kube-version 1.37.0\n\n"), "{}", run.stdout);
}
