//! What goes wrong before or beside the work of a command: who is told what, in which form, with which exit code.

use crate::support::{Dir, Registry, project};

#[test]
fn an_unknown_chart_is_shown_beside_similar_ones() {
    let registry = Registry::start();
    for name in ["redis", "redis-cluster", "nginx"] {
        registry.chart(name, "1.0.0");
    }
    let dir = project(&registry, "- name: cache\n  chart: stable/rediss\n- name: queue\n  chart: stable/kafka\n");
    dir.run("resolve").expect(1, "?", "?");
    dir.run("resolve -o json").expect(1, "?", "?");
}

#[test]
fn a_version_that_does_not_exist_is_shown_beside_those_that_do() {
    let registry = Registry::start();
    for version in ["18.19.4", "18.19.3", "18.18.0", "17.0.0", "16.2.0"] {
        registry.chart("redis", version);
    }
    project(&registry, "- name: cache\n  chart: stable/redis\n  version: ^19\n").run("resolve").expect(1, "?", "?");
    project(&registry, "- name: cache\n  chart: stable/redis\n  version: 18.19.9\n- name: more\n  chart: stable/redis\n  version: 18.19.9\n")
        .run("resolve")
        .expect(1, "?", "?");
    project(&registry, "- name: cache\n  chart: stable/redis\n  version: not a version\n").run("resolve").expect(1, "?", "?");
}

#[test]
fn a_repository_that_cannot_be_reached_is_a_matter_of_the_network() {
    let registry = Registry::start();
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    drop(registry);
    dir.run("resolve").expect(5, "?", "?");
    dir.run("resolve -o json").expect(5, "?", "?");
}

#[test]
fn a_repository_that_wants_a_password_is_a_matter_of_authentication() {
    let registry = Registry::start();
    registry.chart("redis", "1.0.0");
    registry.demand("reader", "secret");
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("resolve").expect(6, "?", "?");
}

#[test]
fn a_repository_that_nobody_declared_is_shown_beside_similar_ones() {
    let registry = Registry::start();
    project(&registry, "- name: cache\n  chart: stabel/redis\n").run("resolve").expect(1, "?", "?");
}

#[test]
fn a_mistyped_key_is_named_with_its_line_and_the_key_that_was_meant() {
    let registry = Registry::start();
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n  verison: 1.0.0\n");
    for command in ["resolve", "template", "check", "list", "fetch", "update"] {
        dir.run(command).expect(1, "?", "?");
    }
    dir.run("check -o json").expect(1, "?", "?");
}

#[test]
fn yaml_and_templates_that_are_broken_are_named_with_their_line() {
    let dir = Dir::new().file("helmfile.yaml", "releases:\n- name: a\n  chart: [\n");
    dir.run("list").expect(1, "?", "?");
    let dir = Dir::new().file("helmfile.yaml.gotmpl", "releases:\n- name: {{ .Values.missing }}\n");
    dir.run("list").expect(1, "?", "?");
    let dir = Dir::new().file("helmfile.yaml", "releases:\n- name: {{ env \"NAME\" }}\n");
    dir.run("list").expect(1, "?", "?");
}

#[test]
fn an_environment_that_does_not_exist_is_named() {
    let dir = Dir::new().file("helmfile.yaml", "environments:\n  staging: {}\n  production: {}\n---\nreleases: []\n");
    dir.run("template -e prodution").expect(3, "?", "?");
    dir.run("resolve -e prodution").expect(3, "?", "?");
}

#[test]
fn a_folder_without_a_state_file_is_told_what_to_do() {
    let dir = Dir::new();
    dir.run("resolve").expect(1, "?", "?");
    dir.run("template -f apps/helmfile.yaml").expect(1, "?", "?");
}

#[test]
fn what_cannot_be_handled_is_refused_by_name() {
    let registry = Registry::start();
    project(&registry, "- name: app\n  chart: oci://registry.example.com/charts/app\n").run("resolve").expect(1, "?", "?");
    project(&registry, "- name: app\n  chart: git::https://git.example.com/charts.git@app?ref=main\n").run("resolve").expect(1, "?", "?");
}

#[test]
fn usage_is_told_with_a_code_of_its_own() {
    let dir = Dir::new();
    dir.run("").expect_code(64);
    dir.run("resovle").expect(64, "?", "?");
    dir.run("resolve --upgarde").expect(64, "?", "?");
    dir.run("update --precise 1.0.0").expect(64, "?", "?");
    dir.run("list -q -v").expect(64, "?", "?");
    dir.run("template -l =").expect(64, "?", "?");
}

#[test]
fn help_and_version_are_results() {
    let dir = Dir::new();
    dir.run("version").expect(0, "0.1.0\n", "");
    dir.run("--version").expect(0, "helmlock 0.1.0\n", "");
    dir.run("--help").expect(0, "?", "");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = dir.run(&format!("completions {shell}")).expect_code(0).expect_stderr("").stdout;
        assert!(script.contains("helmlock") && script.contains("resolve"), "{script}");
    }
}

#[test]
fn colour_is_for_terminals_or_on_request() {
    let dir = Dir::new();
    let has_escapes = |arguments: &str, variables: &[(&str, &str)]| {
        let run = dir.run_command(dir.command(arguments).envs(variables.iter().copied()));
        run.expect_code(1).stderr.contains('\u{1b}')
    };
    assert!(!has_escapes("resolve", &[]));
    assert!(!has_escapes("resolve", &[("NO_COLOR", "1")]));
    assert!(!has_escapes("resolve --color never", &[("CLICOLOR_FORCE", "1")]));
    assert!(has_escapes("resolve --color always", &[]));
    assert!(!has_escapes("resolve --no-color --color always", &[]));
}

#[test]
fn quiet_still_says_what_failed() {
    Dir::new().run("resolve -q").expect(1, "?", "?");
}

#[cfg(unix)]
mod unix {
    //! What only files with permissions and links can show.

    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    use super::{Registry, project};

    const NOBODY: u32 = 65534;

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let registry = Registry::start();
        registry.chart("redis", "1.0.0");
        let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
        let mut command = dir.command("resolve");
        // To root every folder is writable, so somebody else must try.
        if dir.path().metadata().is_ok_and(|metadata| is_root(&metadata)) {
            dir.open_to_all();
            command.uid(NOBODY).gid(NOBODY).env("HELMLOCK_CACHE_DIR", dir.path().join("../home/cache"));
        }
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
        dir.run_command(&mut command).expect(1, "?", "?");
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(dir.read("helmfile.lock"), None);
    }

    fn is_root(metadata: &std::fs::Metadata) -> bool {
        std::os::unix::fs::MetadataExt::uid(metadata) == 0
    }

    #[test]
    fn a_lock_that_is_a_link_is_not_written_through() {
        let registry = Registry::start();
        registry.chart("redis", "1.0.0");
        let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
        dir.write("elsewhere", "");
        std::os::unix::fs::symlink("elsewhere", dir.path().join("helmfile.lock")).unwrap();
        dir.run("resolve").expect(1, "?", "?");
        dir.expect_file("elsewhere", "");
    }
}
