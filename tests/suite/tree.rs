//! `tree`: releases, their charts, and the charts in those.

use crate::support::{Dir, Registry, package, project};

fn nested(name: &str, version: &str) -> Vec<(String, String)> {
    vec![(format!("charts/{name}/Chart.yaml"), format!("apiVersion: v2\nname: {name}\nversion: {version}\n"))]
}

fn locked(registry: &Registry) -> Dir {
    for (name, version, common) in [("redis", "20.5.0", "2.0.0"), ("nginx", "1.0.0", "1.0.0"), ("kafka", "3.0.0", "2.0.0")] {
        let files = nested("common", common);
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let archive = package(name, version, &files);
        registry.publish(name, version, archive, "");
    }
    let releases = "- name: cache\n  chart: stable/redis\n- name: front\n  chart: stable/nginx\n\
                    - name: session\n  chart: stable/redis\n- name: queue\n  chart: stable/kafka\n";
    let dir = project(registry, releases);
    dir.run("resolve").expect_code(0);
    dir
}

#[test]
fn releases_use_charts_which_contain_charts() {
    let registry = Registry::start();
    let dir = locked(&registry);
    dir.run("tree").expect(
        0,
        "
        release cache
        └── redis 20.5.0
            └── common 2.0.0
        release front
        └── nginx 1.0.0
            └── common 1.0.0
        release session
        └── redis 20.5.0 (*)
        release queue
        └── kafka 3.0.0
            └── common 2.0.0
        ",
        "",
    );
    dir.run("tree -l name=front -o json").expect(
        0,
        r#"
        {
          "roots": [
            {
              "release": "front",
              "uses": [
                {
                  "chart": "nginx",
                  "uses": [
                    {
                      "chart": "common",
                      "uses": [],
                      "version": "1.0.0"
                    }
                  ],
                  "version": "1.0.0"
                }
              ]
            }
          ]
        }
        "#,
        "",
    );
}

#[test]
fn inverted_it_says_who_uses_a_chart() {
    let registry = Registry::start();
    let dir = locked(&registry);
    dir.run("tree -i redis").expect(
        0,
        "
        redis 20.5.0
        ├── release cache
        └── release session
        ",
        "",
    );
    dir.run("tree --duplicates").expect(
        0,
        "
        common 1.0.0
        └── nginx 1.0.0
            └── release front
        common 2.0.0
        ├── kafka 3.0.0
        │   └── release queue
        └── redis 20.5.0
            ├── release cache
            └── release session
        ",
        "",
    );
    dir.run("tree --duplicates -l name=front").expect(0, "", "      Single no chart is in use in several versions\n");
    dir.run("tree -i mysql").expect_code(64);
}

#[test]
fn pictures_are_drawn_by_others() {
    let registry = Registry::start();
    let dir = locked(&registry);
    dir.run("tree -l name=cache -o dot").expect(
        0,
        r#"
        digraph charts {
          rankdir=LR;
          node [shape=box];
          "release cache" -> "redis 20.5.0";
          "redis 20.5.0" -> "common 2.0.0";
        }
        "#,
        "",
    );
    dir.run("tree -i common -l name=cache -o mermaid").expect(
        0,
        r#"
        graph LR
          n0["release cache"]
          n1["common 2.0.0"]
          n2["redis 20.5.0"]
          n0 --> n2
          n2 --> n1
        "#,
        "",
    );
}
