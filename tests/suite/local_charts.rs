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

#[test]
fn archives_in_a_local_charts_folder_are_locked_as_they_lie_there() {
    let inner = |kind: &str| package("inner", "1.0.0", &[("templates/a.yaml", &format!("kind: {kind}\n"))]);
    let dir = Dir::new()
        .file("helmfile.yaml", "releases:\n- name: app\n  chart: ./charts/app\n")
        .file("charts/app/Chart.yaml", &chart("- {name: inner, version: 1.x}\n"));
    std::fs::create_dir(dir.path().join("charts/app/charts")).unwrap();
    let path = dir.path().join("charts/app/charts/inner-1.0.0.tgz");
    std::fs::write(&path, inner("Inner")).unwrap();
    for command in ["template", "check"] {
        dir.run(command).expect_code(2);
    }
    assert!(dir.run("resolve").expect_code(0).stderr.contains("Adding charts/app/charts/inner-1.0.0.tgz"));
    let expected = "local:\n- path: charts/app\n  archives:\n  - file: charts/inner-1.0.0.tgz\n    digest: sha256:";
    assert!(lock(&dir).contains(expected), "{}", lock(&dir));
    assert!(dir.run("template").expect_code(0).stdout.contains("kind: Inner"));
    dir.run("check").expect_code(0);
    dir.run("resolve --check").expect_code(0);
    assert!(dir.run("tree").expect_code(0).stdout.contains("inner 1.0.0"));
    let why = dir.run("why inner --offline").expect_code(0).stdout;
    assert!(why.contains("inner 1.0.0\n  lies in charts/app/charts/inner-1.0.0.tgz"), "{why}");

    std::fs::write(&path, inner("Other")).unwrap();
    for command in ["template", "check"] {
        let run = dir.run(command).expect_code(4);
        assert!(run.stderr.contains("inner-1.0.0.tgz` has digest sha256:[DIGEST], but the lock promises"), "{}", run.stderr);
    }
    dir.run("resolve --check").expect_code(2);
    assert!(dir.run("resolve").expect_code(0).stderr.contains("Updating charts/app/charts/inner-1.0.0.tgz sha256:"));
    dir.run("check").expect_code(0);

    std::fs::rename(&path, path.with_file_name("inner.tgz")).unwrap();
    let run = dir.run("check").expect_code(2);
    assert!(run.stderr.contains("charts/app/charts/inner.tgz` is not locked"), "{}", run.stderr);
    assert!(run.stderr.contains("inner-1.0.0.tgz` is locked, but it is not there or not used"), "{}", run.stderr);
    dir.run("template").expect_code(2);
    dir.run("resolve").expect_code(0);
    dir.run("template").expect_code(0);
}

#[test]
fn an_archive_that_the_lock_replaces_is_not_recorded() {
    let (_registry, dir) = with("- {name: common, version: 1.x, repository: \"[URL]\"}\n");
    let folder = dir.path().join("charts/app/charts");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("common-1.2.0.tgz"), package("common", "1.2.0", &[])).unwrap();
    dir.run("resolve").expect_code(0);
    assert!(!lock(&dir).contains("archives:"), "{}", lock(&dir));
    dir.run("check").expect_code(0);
    dir.run("template").expect_code(0);
}

#[test]
fn charts_that_need_each_other_are_told_with_the_way_round() {
    let needs = |name: &str| format!("- {{name: {name}, version: 0.1.0, repository: \"file://../{name}\"}}\n");
    let dir = Dir::new()
        .file("helmfile.yaml", "releases:\n- name: app\n  chart: ./charts/app\n")
        .file("charts/app/Chart.yaml", &chart(&needs("other")))
        .file("charts/other/Chart.yaml", &chart(&needs("app")).replace("name: app\nversion", "name: other\nversion"));
    for command in ["resolve", "template", "check"] {
        let run = dir.run(command).expect_code(1);
        assert!(run.stderr.contains("charts/app") && run.stderr.contains("charts/other"), "{}", run.stderr);
    }
}

#[test]
fn a_folder_that_a_chart_from_elsewhere_names_is_not_read() {
    let registry = Registry::start();
    let dir = project(&registry, "- name: app\n  chart: stable/app\n");
    let secret = dir.path().join("secret");
    dir.write("secret/Chart.yaml", "apiVersion: v2\nname: secret\nversion: 0.1.0\n");
    dir.write("secret/templates/a.yaml", "kind: Secret\n");
    let needs = format!("- {{name: secret, version: 0.1.0, repository: \"file://{}\"}}\n", secret.display());
    registry.chart_with("app", "0.1.0", &[("Chart.yaml", &chart(&needs)), ("templates/a.yaml", "kind: App\n")]);
    dir.run("resolve").expect_code(0);
    let run = dir.run("template").expect_code(1);
    assert!(run.stderr.contains("secret") && !run.stdout.contains("kind: Secret"), "{}", run.stderr);
}
