//! `template`: what it prints is recorded; here is what it needs, selects and says.

use crate::support::{Dir, Recorded, Registry, folders, project};

#[test]
fn every_recorded_command_prints_what_helmfile_and_helm_printed() {
    for folder in folders("tests/cases/suite") {
        let recorded = Recorded::open(&folder);
        recorded.dir.run("resolve").expect_code(0);
        recorded.registry.forget();
        recorded.check();
        assert_eq!(recorded.registry.asked(), Vec::<String>::new(), "rendering asks nobody");
    }
}

const TWO: &str =
    "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  namespace: web\n  chart: stable/nginx\n";

fn served() -> Registry {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    registry
}

#[test]
fn without_a_lock_it_says_what_writes_one() {
    let registry = served();
    let dir = project(&registry, TWO);
    dir.run("template").expect(
        2,
        "",
        "
        error: there is no helmfile.lock
          hint: `helmlock resolve` writes it
        ",
    );
    assert_eq!(registry.asked(), Vec::<String>::new());
}

#[test]
fn a_project_without_remote_charts_needs_no_lock() {
    let registry = Registry::start();
    let dir = project(&registry, "- name: app\n  chart: ./app\n")
        .file("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n")
        .file("app/templates/app.yaml", "kind: App\n");
    dir.run("template").expect(
        0,
        "
        ---
        # Source: app/templates/app.yaml
        kind: App

        ",
        "",
    );
}

#[test]
fn a_kustomization_is_refused_by_name() {
    let registry = Registry::start();
    let dir = project(&registry, "- name: app\n  chart: ./app\n")
        .file("app/kustomization.yaml", "resources: [a.yaml]\n")
        .file("app/a.yaml", "kind: A\n");
    dir.run("resolve").expect_code(0);
    dir.run("template").expect(
        1,
        "",
        "
        error: release `app` (helmfile.yaml:5): helmfile.yaml:6: helmlock does not handle the kustomization `app`
        ",
    );
}

#[test]
fn a_stale_lock_is_refused_with_the_release_and_the_line_that_made_it_stale() {
    let registry = served();
    let dir = project(&registry, TWO);
    dir.run("resolve").expect_code(0);
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &state.replace("^20", "^21"));
    dir.run("template").expect(
        2,
        "",
        "
        error: `redis` is not locked for `^21`
          wanted by release `cache` in environment `default` (helmfile.yaml:5)
          locked: 20.5.0, for `^20`
          no locked version would fit
          hint: `helmlock resolve` mends it
        ",
    );
    dir.run("template -l name=front").expect(
        0,
        "
        ---
        # Source: nginx/templates/configmap.yaml
        kind: ConfigMap
        apiVersion: v1
        metadata: {name: front-nginx}

        ",
        "",
    );
    dir.write("helmfile.yaml", &format!("{state}- name: more\n  chart: stable/postgresql\n"));
    dir.run("template").expect(
        2,
        "",
        "
        error: `postgresql` is not locked
          wanted by release `more` in environment `default` (helmfile.yaml:11)
          hint: `helmlock resolve` mends it
        ",
    );
}

#[test]
fn everything_that_the_cache_lacks_is_named_at_once() {
    let registry = served();
    let dir = project(&registry, TWO);
    dir.run("resolve").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("template").expect(
        1,
        "",
        "
        error: not in the cache: 2 locked charts
          nginx 1.0.0 (sha256:[DIGEST])
          redis 20.5.0 (sha256:[DIGEST])
          hint: `helmlock fetch` downloads them
        ",
    );
    dir.run("fetch").expect_code(0);
    dir.run("template").expect_code(0);
}

#[test]
fn a_damaged_cache_entry_is_not_rendered() {
    let registry = served();
    let dir = project(&registry, TWO);
    dir.run("resolve").expect_code(0);
    let good = dir.run("template").expect_code(0).stdout;
    damage(&dir, "unpacked");
    dir.run("template").expect_code(0).expect_stdout(&good);
    damage(&dir, "sha256");
    dir.run("template").expect(
        1,
        "",
        "
        error: not in the cache: 2 locked charts
          nginx 1.0.0 (sha256:[DIGEST])
          redis 20.5.0 (sha256:[DIGEST])
          hint: `helmlock fetch` downloads them
        ",
    );
    dir.run("fetch").expect_code(0);
    dir.run("template").expect_code(0).expect_stdout(&good);
    damage(&dir, "sha256");
    dir.run("template").expect_code(0).expect_stdout(&good);
}

/// Changes a letter at the end of what the cache has in a folder.
fn damage(dir: &Dir, folder: &str) {
    for (path, mut bytes) in crate::support::snapshot(&dir.cache().join(folder)) {
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn json_holds_the_same_manifests_with_their_kinds_and_sources() {
    let registry = served();
    let dir = project(&registry, TWO);
    dir.run("resolve").expect_code(0);
    dir.run("template -o json").expect(
        0,
        r#"
        {
          "releases": [
            {
              "chart": "stable/redis",
              "crds": [],
              "hooks": [],
              "impure": [],
              "manifests": [
                {
                  "content": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: cache-redis}\n",
                  "kind": "ConfigMap",
                  "source": "redis/templates/configmap.yaml"
                }
              ],
              "name": "cache",
              "namespace": "",
              "warnings": []
            },
            {
              "chart": "stable/nginx",
              "crds": [],
              "hooks": [],
              "impure": [],
              "manifests": [
                {
                  "content": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: front-nginx}\n",
                  "kind": "ConfigMap",
                  "source": "nginx/templates/configmap.yaml"
                }
              ],
              "name": "front",
              "namespace": "web",
              "warnings": []
            }
          ]
        }
        "#,
        "",
    );
}

#[test]
fn quiet_says_nothing_and_verbose_says_what_had_no_effect() {
    let registry = served();
    let dir = project(&registry, &TWO.replacen("  version", "  wait: true\n  atomic: true\n  version", 1));
    dir.run("resolve -q").expect(0, "", "");
    dir.run("template -q -l name=cache").expect(
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
    dir.run("template -v -l name=cache").expect(
        0,
        "
        ---
        # Source: redis/templates/configmap.yaml
        kind: ConfigMap
        apiVersion: v1
        metadata: {name: cache-redis}

        ",
        "
        note: helmfile.yaml:7: `releases[].wait` only concerns a cluster and has no effect here
        note: helmfile.yaml:8: `releases[].atomic` only concerns a cluster and has no effect here
        ",
    );
}

#[test]
fn what_was_rendered_before_a_failure_stays_printed() {
    let registry = served();
    registry.chart_with(
        "bad",
        "1.0.0",
        &[("templates/a.yaml", "kind: A\nname: {{ required \"a name is needed\" .Values.name }}\n")],
    );
    let dir = project(&registry, &format!("- name: first\n  chart: stable/redis\n- name: second\n  chart: stable/bad\n{TWO}"));
    dir.run("resolve").expect_code(0);
    dir.run("template").expect(
        1,
        "
        ---
        # Source: redis/templates/configmap.yaml
        kind: ConfigMap
        apiVersion: v1
        metadata: {name: first-redis}

        ",
        "
        error: release `second` (helmfile.yaml:7): execution error at (bad/templates/a.yaml:2:9): a name is needed
        ",
    );
}

#[test]
fn no_release_that_matches_is_an_answer_of_its_own() {
    let registry = served();
    let dir = project(&registry, TWO);
    dir.run("resolve").expect_code(0);
    dir.run("template -l tier=backend").expect(
        3,
        "",
        "
        error: no release matches `tier=backend` in environment `default`
          hint: `helmlock list` shows the releases and their labels
        ",
    );
    dir.run("template -l tier=backend -l name=nobody").expect(
        3,
        "",
        "
        error: no release matches `tier=backend` or `name=nobody` in environment `default`
          hint: `helmlock list` shows the releases and their labels
        ",
    );
    dir.run("template -l tier=backend --allow-no-matching-release").expect(0, "", "");
}

#[test]
fn a_digest_of_another_chart_is_no_promise_of_this_one() {
    let registry = Registry::start();
    registry.chart("redis", "1.0.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n- name: web\n  chart: stable/nginx\n");
    dir.run("resolve").expect_code(0);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let digests: Vec<_> = lock.lines().filter(|line| line.starts_with("  digest: ")).collect();
    let swapped = lock.replace(digests[0], "  digest: ?").replace(digests[1], digests[0]).replace("  digest: ?", digests[1]);
    dir.write("helmfile.lock", &swapped);
    let run = dir.run("template").expect_code(4);
    assert!(run.stderr.contains("redis 1.0.0: the lock's digest is that of nginx 1.0.0"), "{}", run.stderr);
}

#[test]
fn the_flag_and_the_lock_choose_whose_output_is_printed() {
    let registry = served();
    let dir = project(&registry, "- name: app\n  chart: ./app\n- name: front\n  chart: stable/nginx\n")
        .file("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n")
        .file(
            "app/templates/app.yaml",
            "kube: {{ .Capabilities.KubeVersion }}\n\n---\nhelm: {{ .Capabilities.HelmVersion.Version }}\n",
        );
    let helm_3_19 = "
        ---
        # Source: app/templates/app.yaml
        kube: v1.34.0
        ---
        # Source: app/templates/app.yaml
        helm: v3.19.0

        ";
    let helm_4_3 = "
        ---
        # Source: app/templates/app.yaml
        kube: v1.37.0


        ---
        # Source: app/templates/app.yaml
        helm: v4.3.1

        ";
    dir.run("resolve").expect_code(0);
    dir.run("template -l name=app").expect(0, helm_4_3, "");
    dir.run("template -l name=app --helm-dialect v3.19.2+gabc").expect(0, helm_3_19, "");
    dir.run("resolve --helm-dialect 3.19 --check").expect_code(2);
    dir.run("resolve --helm-dialect 3.19").expect(
        0,
        "",
        "
           Rendering as Helm 3.19 instead of 4.3
              Locked 1 pin in helmfile.lock
        ",
    );
    dir.run("resolve").expect_code(0);
    dir.run("template -l name=app").expect(0, helm_3_19, "");
    dir.run("template -l name=app --helm-dialect 4.3").expect(0, helm_4_3, "");
    dir.run("template --helm-dialect 3.14").expect_code(64);
}

const PARTS: &str =
    "kind: Secret\nmetadata: {name: s}\n---\nkind: Show\nname: {{ .Release.Name }}\n---\nkind: Secret\nmetadata: {name: t}\n";
const HOOK: &str = "kind: Job\nmetadata: {name: h, annotations: {helm.sh/hook: pre-install}}\n";

/// What helmfile 1.8.0 with helm 4.3.1 writes, but for the hash in the folder's name.
#[test]
fn an_output_folder_gets_each_templates_documents_in_one_file() {
    let registry = Registry::start();
    let dir = project(&registry, "- {name: one, chart: ../app}\n- {name: two, chart: ../app, namespace: n}\n")
        .file("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n")
        .file("app/templates/parts.yaml", PARTS)
        .file("app/templates/hook.yaml", HOOK)
        .file("app/crds/crd.yaml", "kind: CustomResourceDefinition\nmetadata: {name: c}\n");
    let state = dir.read("helmfile.yaml").unwrap();
    dir.write("sub/helmfile.yaml.gotmpl", &state.replace("[PORT]", "1"));
    let written = "
               Wrote 3 files in sub/out/helmfile.yaml-9294f0eb-one
               Wrote 3 files in sub/out/helmfile.yaml-9294f0eb-two
        ";
    dir.run("template -f sub/helmfile.yaml.gotmpl --output-dir out --include-crds").expect(0, "", written);
    dir.expect_file(
        "sub/out/helmfile.yaml-9294f0eb-one/app/templates/parts.yaml",
        "
        ---
        # Source: app/templates/parts.yaml
        kind: Secret
        metadata: {name: s}

        ---
        # Source: app/templates/parts.yaml
        kind: Secret
        metadata: {name: t}

        ---
        # Source: app/templates/parts.yaml
        kind: Show
        name: one

        ",
    );
    assert!(dir.read("sub/out/helmfile.yaml-9294f0eb-two/app/templates/hook.yaml").is_some());
    assert!(dir.read("sub/out/helmfile.yaml-9294f0eb-two/app/crds/crd.yaml").is_some());
    let template = "{{.OutputDir}}/{{.State.BaseName}}/{{.Environment.Name}}/{{.Release.Namespace}}/{{.Release.Name}}";
    dir.run(&format!("template -q -f sub/helmfile.yaml.gotmpl --output-dir ../o --output-dir-template {template}"))
        .expect(0, "", "");
    assert!(dir.read("o/helmfile.yaml/default/n/two/app/templates/parts.yaml").is_some());
    dir.run("template -q -f sub/helmfile.yaml.gotmpl --output-dir-template {{.Release.Nothing}}").expect_code(1);
}
