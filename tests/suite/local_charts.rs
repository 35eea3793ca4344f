//! Charts beside the project: where their dependencies come from, what helm's own files about them count, and that none of it is
//! written to.

use crate::support::{Dir, Registry, package, project, snapshot};

const APP: &str = "- name: app\n  chart: ./charts/app\n";

fn chart(dependencies: &str) -> String {
    format!("apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n{dependencies}")
}

/// A registry with several versions of `common`, and a project with a chart that has these dependencies.
fn with(dependencies: &str) -> (Registry, Dir) {
    let registry = Registry::start();
    for version in ["1.2.0", "1.3.0", "1.4.0", "2.0.0"] {
        registry.chart("common", version);
    }
    let dependencies = dependencies.replace("[URL]", &registry.url());
    let dir = project(&registry, APP).file("charts/app/Chart.yaml", &chart(&dependencies));
    (registry, dir)
}

fn lock(dir: &Dir) -> String {
    std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap()
}

#[test]
fn repositories_can_be_named_as_helm_names_them() {
    let spelled = |repository: &str| {
        let (registry, dir) = with(&format!("- {{name: common, version: ^1.2, repository: \"{repository}\"}}\n"));
        dir.run("resolve").expect_code(0);
        let text = lock(&dir);
        assert!(text.contains("version: 1.4.0\n") && text.contains(&format!("repository: {}\n", registry.url())), "{text}");
        dir.run("template").expect_code(0);
    };
    for repository in ["[URL]", "@stable", "alias:stable"] {
        spelled(repository);
    }
    let (_registry, dir) = with("- {name: common, version: ^1.2, repository: \"@stabel\"}\n");
    let run = dir.run("resolve").expect_code(1);
    assert!(run.stderr.contains("stabel") && run.stderr.contains("`stable`"), "{}", run.stderr);
}

#[test]
fn helms_lock_of_a_chart_is_a_preference() {
    let dependency = "- {name: common, version: 1.x, repository: \"[URL]\"}\n";
    let helms = |version: &str| {
        format!(
            "dependencies:\n- name: common\n  repository: x\n  version: {version}\ndigest: sha256:0\ngenerated: \"2026-01-01T00:00:00Z\"\n"
        )
    };
    let (_registry, dir) = with(dependency);
    dir.write("charts/app/Chart.lock", &helms("1.2.0"));
    let before = snapshot(&dir.path().join("charts"));
    dir.run("resolve").expect_code(0);
    assert!(lock(&dir).contains("version: 1.2.0\n"), "{}", lock(&dir));
    // From then on our lock counts, and nothing is written beside the chart.
    dir.write("charts/app/Chart.lock", &helms("1.3.0"));
    dir.run("resolve --check").expect_code(0);
    dir.write("charts/app/Chart.lock", &helms("1.2.0"));
    assert_eq!(snapshot(&dir.path().join("charts")), before);
    dir.run("resolve --upgrade").expect_code(0);
    assert!(lock(&dir).contains("version: 1.4.0\n"));
    // What does not fit, is not there any more, or makes no sense, is no preference.
    for text in [helms("2.0.0"), helms("1.0.0"), "- nonsense\n".to_owned()] {
        let (_registry, dir) = with(dependency);
        dir.write("charts/app/Chart.lock", &text);
        dir.run("resolve").expect_code(0);
        assert!(lock(&dir).contains("version: 1.4.0\n"), "{text}");
    }
}

#[test]
fn a_stale_charts_folder_is_told_and_the_lock_wins() {
    let (_registry, dir) = with("- {name: common, version: 1.x, repository: \"[URL]\"}\n");
    dir.write("charts/app/charts/common/Chart.yaml", "apiVersion: v2\nname: common\nversion: 1.3.0\n");
    dir.write("charts/app/charts/common/templates/old.yaml", "kind: Old\n");
    let before = snapshot(&dir.path().join("charts"));
    dir.run("resolve").expect_code(0);
    let run = dir.run("template").expect_code(0);
    assert!(run.stdout.contains("kind: ConfigMap") && !run.stdout.contains("kind: Old"), "{}", run.stdout);
    run.expect_stderr("warning: charts/app/charts has `common` 1.3.0; the lock has 1.4.0, and that is used\n");
    assert_eq!(snapshot(&dir.path().join("charts")), before);
}

#[test]
fn an_archive_in_charts_is_read_where_nobody_else_has_it() {
    let (_registry, dir) = with("- {name: inner, version: 0.1.0}\n");
    let archive = package("inner", "0.1.0", &[("templates/inner.yaml", "kind: Inner\n")]);
    std::fs::create_dir_all(dir.path().join("charts/app/charts")).unwrap();
    std::fs::write(dir.path().join("charts/app/charts/inner-0.1.0.tgz"), archive).unwrap();
    let before = snapshot(&dir.path().join("charts"));
    dir.run("resolve").expect_code(0);
    assert!(dir.run("template --offline").expect_code(0).stdout.contains("kind: Inner"));
    assert_eq!(snapshot(&dir.path().join("charts")), before);
}
