//! Projects of several state files: one lock for all of them, each file in its own directory.

use std::io::Write;
use std::process::Stdio;

use crate::support::{Dir, Registry};

const APP: &str = "apiVersion: v2\nname: app\nversion: 0.1.0\n";
const SHOW: &str = "kind: Show\nrelease: {{ .Release.Name }}\nvalue: {{ .Values.value }}\n";

fn served() -> Registry {
    let registry = Registry::start();
    for version in ["19.1.0", "20.5.0"] {
        registry.chart_with("redis", version, &[("templates/show.yaml", SHOW)]);
    }
    registry
}

fn repositories(registry: &Registry) -> String {
    format!("repositories:\n- name: stable\n  url: {}\n", registry.url())
}

fn folders(registry: &Registry) -> Dir {
    let repositories = repositories(registry);
    Dir::new()
        .knowing(registry)
        .file("helmfile.yaml", "helmfiles: [apps/*/helmfile.yaml]\nreleases:\n- {name: top, chart: ./charts/app}\n")
        .file("charts/app/Chart.yaml", APP)
        .file("charts/app/templates/show.yaml", SHOW)
        .file("charts/app/values.yaml", "value: chart\n")
        .file(
            "apps/a/helmfile.yaml",
            &format!("{repositories}releases:\n- {{name: a, chart: stable/redis, version: ^19, values: [v.yaml]}}\n"),
        )
        .file("apps/a/v.yaml", "value: of a\n")
        .file(
            "apps/b/helmfile.yaml",
            &format!(
                "{repositories}releases:\n- {{name: b, chart: stable/redis, values: [{{value: of b}}]}}\n\
                 - {{name: c, chart: ../../charts/app, values: [../a/v.yaml]}}\n"
            ),
        )
}

#[test]
fn one_lock_serves_all_state_files() {
    let registry = served();
    let dir = folders(&registry);
    dir.run("resolve").expect(
        0,
        "",
        "
              Adding redis 20.5.0
              Adding redis 19.1.0
              Locked 2 pins in helmfile.lock
        ",
    );
    dir.run("check").expect_code(0);
    dir.run("template -q").expect(
        0,
        "
        ---
        # Source: redis/templates/show.yaml
        kind: Show
        release: a
        value: of a

        ---
        # Source: redis/templates/show.yaml
        kind: Show
        release: b
        value: of b

        ---
        # Source: app/templates/show.yaml
        kind: Show
        release: c
        value: of a

        ---
        # Source: app/templates/show.yaml
        kind: Show
        release: top
        value: chart

        ",
        "",
    );
    assert_eq!(dir.read("apps/a/helmfile.lock"), None);
}

#[test]
fn dependencies_of_a_chart_that_two_state_files_use_are_locked_once() {
    let registry = served();
    let chart = format!("{APP}dependencies:\n- {{name: redis, version: ^19, repository: {}}}\n", registry.url());
    let dir = folders(&registry).file("charts/app/Chart.yaml", &chart);
    dir.run("resolve -q").expect(0, "", "");
    let lock = dir.read("helmfile.lock").unwrap();
    assert_eq!(lock.matches("- path: charts/app\n").count(), 1, "{lock}");
    assert_eq!(lock.matches("path:").count(), 1, "{lock}");
    dir.run("template -q").expect_code(0);
}

#[test]
fn the_lock_of_a_folder_lies_beside_it() {
    let registry = served();
    let state = |name: &str| {
        let repositories = repositories(&registry);
        format!("{repositories}releases:\n- {{name: {name}, chart: stable/redis, values: [{{value: 1}}]}}\n")
    };
    let dir = Dir::new().knowing(&registry).file("helmfile.d/01.yaml", &state("one")).file("helmfile.d/02.yaml", &state("two"));
    dir.run("resolve").expect(0, "", "      Adding redis 20.5.0\n      Locked 1 pin in helmfile.d.lock\n");
    let printed = dir.run("template -q").expect_code(0).stdout;
    assert!(printed.find("release: one") < printed.find("release: two"), "{printed}");
    dir.run("list").expect_stdout(
        "NAME\tNAMESPACE\tENABLED\tINSTALLED\tLABELS                         \tCHART       \tVERSION\n\
         one \t         \ttrue   \ttrue     \tchart:redis,name:one,namespace:\tstable/redis\t20.5.0\n\
         two \t         \ttrue   \ttrue     \tchart:redis,name:two,namespace:\tstable/redis\t20.5.0\n",
    );
}

#[test]
fn what_helmfile_locked_for_each_state_file_is_kept() {
    let registry = served();
    let entry = "- name: redis\n  repository: http://elsewhere.example.com\n  version: 19.1.0\n";
    let lock = format!("version: 1.8.0\ndependencies:\n{entry}digest: sha256:00\ngenerated: \"2026-01-01T00:00:00Z\"\n");
    let dir = folders(&registry).file("apps/b/helmfile.lock", &lock);
    dir.run("resolve").expect(0, "", "      Adding redis 19.1.0\n      Locked 1 pin in helmfile.lock\n");
}

#[test]
fn standard_input_is_a_state_file_of_the_working_directory() {
    let registry = served();
    let dir = Dir::new().knowing(&registry).file("v.yaml", "value: beside\n");
    let state = format!(
        "{}environments: {{default: {{}}, prod: {{}}}}\n---\nreleases:\n- {{name: a, chart: stable/redis, values: [v.yaml]}}\n",
        repositories(&registry)
    );
    let run = |arguments: &str| {
        let mut child =
            dir.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(state.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        dir.filter(&output.stdout)
    };
    run("-f - resolve");
    assert!(dir.read("helmfile.lock").is_some());
    let printed = run("-f - template");
    assert!(printed.contains("release: a\nvalue: beside\n"), "{printed}");
}

#[test]
fn missing_files_are_told_as_loud_as_the_project_wants() {
    let state = "releases:\n\
        - {name: a, chart: ./app, missingFileHandler: Warn, values: [one.yaml]}\n\
        - {name: b, chart: ./app, missingFileHandler: Info, values: [two.yaml]}\n\
        - {name: c, chart: ./app, missingFileHandler: Debug, values: [three.yaml]}\n";
    let dir = Dir::new().file("helmfile.yaml", state).file("app/Chart.yaml", APP);
    let warning = "warning: helmfile.yaml:2: skipping missing `one.yaml`\n";
    dir.run("template").expect_code(0).expect_stderr(warning);
    let note = "note: helmfile.yaml:3: skipping missing `two.yaml`\n";
    dir.run("template -v").expect_stderr(&format!("{warning}{note}"));
    let detail = "note: helmfile.yaml:4: skipping missing `three.yaml`\n";
    dir.run("template -vv").expect_stderr(&format!("{warning}{note}{detail}"));
    dir.run("template -q").expect_stderr("");
}

#[test]
fn the_working_directory_is_a_folder_like_others() {
    let dir = Dir::new().file("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    let dir = dir.file("helmfile.yaml", "releases: [{name: app, chart: ./app}]\n");
    for file in [".", "./", "helmfile.yaml", "./helmfile.yaml"] {
        dir.run(&format!("template --file {file}")).expect_code(0);
    }
    let dir = Dir::new().file("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    dir.write("helmfile.yaml", "releases: [{name: app, chart: .}]\n");
    dir.run("template").expect_code(0);
}

#[test]
fn the_locks_that_helmfile_has_for_state_files_are_kept_in_step() {
    let registry = served();
    let dir = folders(&registry);
    let own = "version: 1.8.0\ndependencies:\n- name: redis\n  repository: http://h\n  version: 19.1.0\ndigest: sha256:0\ngenerated: \"2026\"\n";
    dir.write("apps/b/helmfile.lock", own);
    // What helmfile had locked there is kept, and so is the file, byte for byte.
    dir.run("resolve").expect(0, "", "      Adding redis 19.1.0\n      Locked 1 pin in helmfile.lock\n");
    dir.expect_file("apps/b/helmfile.lock", own);
    dir.run("check").expect_code(0);
    let moved = "      Moving redis 19.1.0 -> 20.5.0\n      Locked 2 pins in helmfile.lock\n     In step apps/b/helmfile.lock\n";
    let told = dir.run("update redis").expect_code(0).stderr;
    assert!(told.ends_with("Locked 2 pins in helmfile.lock\n     In step apps/b/helmfile.lock\n"), "{told}\n{moved}");
    let expected = "version: 1.8.0\ndependencies:\n- name: redis\n  repository: http://127.0.0.1:[PORT]\n  version: 20.5.0\n";
    dir.expect_file("apps/b/helmfile.lock", expected);
    dir.run("check").expect_code(0);
    assert_eq!(dir.read("apps/a/helmfile.lock"), None, "a state file without a lock gets none");
    // Someone else moves it.
    dir.write("apps/b/helmfile.lock", own);
    let out_of_step = "
        error: `redis` is locked at 20.5.0, and apps/b/helmfile.lock gives helmfile 19.1.0
          wanted by release `b` in environment `default`
          hint: `helmlock resolve` brings it in step
        ";
    dir.run("check").expect(2, "", out_of_step);
    let told = dir.run("resolve --locked").expect_code(2).stderr;
    assert!(told.contains("\n  `redis` is locked at 20.5.0, and apps/b/helmfile.lock gives helmfile 19.1.0\n"), "{told}");
    dir.run("resolve").expect_code(0).expect_stderr("   Unchanged 2 pins in helmfile.lock\n     In step apps/b/helmfile.lock\n");
    dir.run("check").expect_code(0);
}
