//! `prepare` and `cleanup` hooks run only if the user lets them; which and in which order is recorded in tests/cases/project/hooks.txt.

use crate::support::Dir;

const STATE: &str = "hooks:\n- events: [prepare]\n  command: ./make\n  args: [values.yaml]\n  showlogs: true\n\
                     - {events: [cleanup], command: ./make, args: [\"after-{{ .Event.Error }}\"]}\n\
                     releases:\n- name: app\n  chart: ./app\n  values: [values.yaml]\n  missingFileHandler: Debug\n";

fn project() -> Dir {
    let dir = Dir::new()
        .file("helmfile.yaml", STATE)
        .file("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n")
        .file("app/templates/app.yaml", "kind: App\nmade: {{ .Values.made }}\n");
    dir.program("make", "echo made $1; echo 'made: by the hook' > \"$1\"");
    dir
}

fn printed(made: &str) -> String {
    format!("---\n# Source: app/templates/app.yaml\nkind: App\nmade:{made}\n\n")
}

#[test]
fn hooks_are_left_out_and_a_pipe_is_not_told() {
    let dir = project();
    dir.run("template").expect(0, &printed(""), "");
    dir.run("template -v").expect(
        0,
        &printed(""),
        "
        note: helmfile.yaml:2: the prepare hook `./make` not run: `--allow-hooks` runs them
        note: helmfile.yaml:6: the cleanup hook `./make` not run: `--allow-hooks` runs them
        ",
    );
    dir.run("template -v --skip-hooks").expect(0, &printed(""), "");
    assert!(dir.read("values.yaml").is_none() && dir.read("after-<nil>").is_none());
}

#[test]
fn allowed_hooks_run_around_the_rendering() {
    let dir = project();
    dir.run("template --allow-hooks").expect(0, &printed(" by the hook"), "     prepare made values.yaml\n");
    assert!(dir.read("after-<nil>").is_some());
}

#[test]
fn cleanup_hooks_are_told_what_failed() {
    let dir = project().file("app/templates/bad.yaml", "{{ fail \"no\" }}");
    dir.program("make", "echo \"$@\" >> log");
    dir.run("template -q --allow-hooks").expect_code(1);
    let log = dir.read("log").unwrap();
    assert!(log.contains("after-release `app`") && log.contains("execution error at (app/templates/bad.yaml:1:3): no"), "{log}");
}

#[test]
fn a_failing_hook_fails_the_run_with_what_it_said() {
    let dir = project();
    dir.program("make", "echo why it failed >&2; exit 3");
    dir.run("template --allow-hooks").expect(
        1,
        "",
        "
        error: helmfile.yaml:2: the prepare hook `./make`: `./make` ended with exit status: 3
          why it failed
        ",
    );
}

#[test]
fn hooks_can_be_forbidden() {
    let dir = project().variable("HELMFILE_DISABLE_HOOKS", "true");
    dir.run("template").expect(0, &printed(""), "");
    dir.run("template --allow-hooks").expect(
        1,
        "",
        "
        error: helmfile.yaml:2: the prepare hook `./make` is not run: HELMFILE_DISABLE_HOOKS forbids it
        ",
    );
    project().run("template --allow-hooks --no-exec").expect_code(64);
}
