//! `images`: what the rendered releases run.

use crate::support::{Dir, Registry};

const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: x}
spec:
  initContainers:
  - {name: migrate, image: 'busybox:1.36'}
  containers:
  - {name: main, image: 'app:{{ .Values.tag }}'}
  {{- if .Values.sidecar }}
  - {name: proxy, image: 'envoy:1.30'}
  {{- end }}
";

fn locked(registry: &Registry) -> Dir {
    let test = "apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\nspec: {containers: [{image: 'curl:8'}]}\n";
    registry.chart_with(
        "app",
        "1.0.0",
        &[("templates/pod.yaml", POD), ("templates/test.yaml", test), ("values.yaml", "tag: v1\nsidecar: false\n")],
    );
    let state = format!(
        "environments:\n  default: {{values: [{{tag: v1}}]}}\n  production: {{values: [{{tag: v2}}]}}\n---\n\
         repositories: [{{name: stable, url: {}}}]\nreleases:\n\
         - {{name: web, chart: stable/app, values: [{{tag: {{{{ .Values.tag }}}}}}]}}\n\
         - {{name: api, chart: stable/app, values: [{{tag: {{{{ .Values.tag }}}}, sidecar: true}}]}}\n",
        registry.url()
    );
    let dir = Dir::new().knowing(registry).file("helmfile.yaml.gotmpl", &state);
    dir.run("resolve").expect_code(0);
    dir
}

#[test]
fn every_container_of_an_environment_counts_once() {
    let registry = Registry::start();
    let dir = locked(&registry);
    dir.run("images -e production").expect(0, "app:v2\nbusybox:1.36\ncurl:8\nenvoy:1.30\n", "");
    dir.run("images -e production -l name=web --skip-tests").expect(0, "app:v2\nbusybox:1.36\n", "");
    dir.run("images --all-environments --set tag=v9").expect(0, "app:v9\nbusybox:1.36\ncurl:8\nenvoy:1.30\n", "");
    dir.run("images -l name=nobody").expect_code(3);
}

#[test]
fn programs_learn_which_release_runs_what_where() {
    let registry = Registry::start();
    let dir = locked(&registry);
    dir.run("images --all-environments --skip-tests -l name=web -o json").expect(
        0,
        r#"
        {
          "environments": [
            {
              "environment": "default",
              "images": [
                {
                  "image": "app:v1",
                  "releases": [
                    "web"
                  ]
                },
                {
                  "image": "busybox:1.36",
                  "releases": [
                    "web"
                  ]
                }
              ]
            },
            {
              "environment": "production",
              "images": [
                {
                  "image": "app:v2",
                  "releases": [
                    "web"
                  ]
                },
                {
                  "image": "busybox:1.36",
                  "releases": [
                    "web"
                  ]
                }
              ]
            }
          ]
        }
        "#,
        "",
    );
}
