//! What goes wrong before or beside the work of a command: who is told what, in which form, with which exit code.

use crate::support::{Dir, Registry, project};

#[test]
fn an_unknown_chart_is_shown_beside_similar_ones() {
    let registry = Registry::start();
    for name in ["redis", "redis-cluster", "nginx"] {
        registry.chart(name, "1.0.0");
    }
    let dir = project(&registry, "- name: cache\n  chart: stable/rediss\n- name: queue\n  chart: stable/kafka\n");
    dir.run("resolve").expect(
        1,
        "",
        "
        error: http://127.0.0.1:[PORT] has no chart `kafka`
          wanted by release `queue` (helmfile.yaml:7)
        error: http://127.0.0.1:[PORT] has no chart `rediss`
          wanted by release `cache` (helmfile.yaml:5)
          hint: it has `redis` and `redis-cluster`
        ",
    );
    dir.run("resolve -o json").expect(
        1,
        r#"
        {
          "errors": [
            {
              "code": "unresolved",
              "hint": null,
              "message": "http://127.0.0.1:[PORT] has no chart `kafka`",
              "notes": [
                "wanted by release `queue` (helmfile.yaml:7)"
              ]
            },
            {
              "code": "unresolved",
              "hint": "it has `redis` and `redis-cluster`",
              "message": "http://127.0.0.1:[PORT] has no chart `rediss`",
              "notes": [
                "wanted by release `cache` (helmfile.yaml:5)"
              ]
            }
          ],
          "exit": 1
        }
        "#,
        "
        error: http://127.0.0.1:[PORT] has no chart `kafka`
          wanted by release `queue` (helmfile.yaml:7)
        error: http://127.0.0.1:[PORT] has no chart `rediss`
          wanted by release `cache` (helmfile.yaml:5)
          hint: it has `redis` and `redis-cluster`
        ",
    );
}

#[test]
fn a_version_that_does_not_exist_is_shown_beside_those_that_do() {
    let registry = Registry::start();
    for version in ["18.19.4", "18.19.3", "18.18.0", "17.0.0", "16.2.0"] {
        registry.chart("redis", version);
    }
    project(&registry, "- name: cache\n  chart: stable/redis\n  version: ^19\n").run("resolve").expect(
        1,
        "",
        "
        error: no version of `redis` matches `^19`
          wanted by release `cache` (helmfile.yaml:5)
          http://127.0.0.1:[PORT] has 18.19.4, 18.19.3, 18.18.0 and 2 older ones
          hint: `^18` matches 18.19.4
        ",
    );
    project(
        &registry,
        "- name: cache\n  chart: stable/redis\n  version: 18.19.9\n- name: more\n  chart: stable/redis\n  version: 18.19.9\n",
    )
    .run("resolve")
    .expect(
        1,
        "",
        "
            error: no version of `redis` matches `18.19.9`
              wanted by release `cache` (helmfile.yaml:5)
              wanted by release `more` (helmfile.yaml:8)
              http://127.0.0.1:[PORT] has 18.19.4, 18.19.3, 18.18.0 and 2 older ones
              hint: `~18.19` matches 18.19.4
            ",
    );
    project(&registry, "- name: cache\n  chart: stable/redis\n  version: not a version\n").run("resolve").expect(
        1,
        "",
        r#"
        error: helmfile.yaml:6: version `not a version`: improper constraint: "not a version"
        "#,
    );
}

#[test]
fn a_repository_that_cannot_be_reached_is_a_matter_of_the_network() {
    let state = "repositories: [{name: stable, url: http://127.0.0.1:1}]\nreleases: [{name: cache, chart: stable/redis}]\n";
    let dir = Dir::new().file("helmfile.yaml", state);
    dir.run("resolve -o json").expect(5, r#"
        {
          "errors": [
            {
              "code": "network",
              "hint": "nothing was changed; run the command again when the server answers",
              "message": "http://127.0.0.1:1: cannot read http://127.0.0.1:1/index.yaml: error sending request: client error (Connect): tcp connect error: Connection refused (os error [N])",
              "notes": [
                "wanted by release `cache` (helmfile.yaml:2)"
              ]
            }
          ],
          "exit": 5
        }
        "#, "
        error: http://127.0.0.1:1: cannot read http://127.0.0.1:1/index.yaml: error sending request: client error (Connect): tcp connect error: Connection refused (os error [N])
          wanted by release `cache` (helmfile.yaml:2)
          hint: nothing was changed; run the command again when the server answers
        ");
}

#[test]
fn a_repository_that_wants_a_password_is_a_matter_of_authentication() {
    let registry = Registry::start();
    registry.chart("redis", "1.0.0");
    registry.demand("reader", "secret");
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n");
    dir.run("resolve").expect(
        6,
        "",
        "
        error: http://127.0.0.1:[PORT]: http://127.0.0.1:[PORT]/index.yaml answers 401; no user and password were sent
          wanted by release `cache` (helmfile.yaml:5)
          hint: give the repository a `username` and a `password` in helmfile.yaml
        ",
    );
}

#[test]
fn a_repository_that_nobody_declared_is_shown_beside_similar_ones() {
    let registry = Registry::start();
    project(&registry, "- name: cache\n  chart: stabel/redis\n").run("resolve").expect(1, "", "
        error: helmfile.yaml:6: chart `stabel/redis`: there is neither a repository `stabel` nor such a path; did you mean `stable`?
        ");
}

#[test]
fn a_mistyped_key_is_named_with_its_line_and_the_key_that_was_meant() {
    let registry = Registry::start();
    let dir = project(&registry, "- name: cache\n  chart: stable/redis\n  verison: 1.0.0\n");
    for command in ["resolve", "template", "check", "list", "fetch", "update"] {
        dir.run(command).expect(
            1,
            "",
            "
            error: helmfile.yaml:7: unknown key `verison` in `releases[]`; did you mean `version`?
            ",
        );
    }
    dir.run("check -o json").expect(
        1,
        r#"
        {
          "errors": [
            {
              "code": "project",
              "file": "helmfile.yaml",
              "hint": null,
              "line": 7,
              "message": "helmfile.yaml:7: unknown key `verison` in `releases[]`; did you mean `version`?",
              "notes": []
            }
          ],
          "exit": 1
        }
        "#,
        "
        error: helmfile.yaml:7: unknown key `verison` in `releases[]`; did you mean `version`?
        ",
    );
}

#[test]
fn yaml_and_templates_that_are_broken_are_named_with_their_line() {
    let dir = Dir::new().file("helmfile.yaml", "releases:\n- name: a\n  chart: [\n");
    dir.run("list").expect(
        1,
        "",
        "
        error: helmfile.yaml:3: did not find expected node content
            1 | releases:
            2 | - name: a
          > 3 |   chart: [
        ",
    );
    let dir = Dir::new().file("helmfile.yaml.gotmpl", "releases:\n- name: {{ .Values.missing }}\n");
    dir.run("list").expect(
        1,
        "",
        r#"
        error: helmfile.yaml.gotmpl:2: at <.Values.missing>: map has no entry for key "missing"
            1 | releases:
          > 2 | - name: {{ .Values.missing }}
        "#,
    );
    let dir = Dir::new().file("helmfile.yaml", "releases:\n- name: {{ env \"NAME\" }}\n");
    dir.run("list").expect(1, "", r#"
        error: helmfile.yaml:1: invalid map key: map[string]interface {}{"env \"NAME\"":interface {}(nil)} (if this is a template, the file's name must end in `.gotmpl`)
          > 1 | releases:
            2 | - name: {{ env "NAME" }}
        "#);
    let values = "releases:\n- name: a\n  chart: ./a\n  values:\n  - v.yaml.gotmpl\n";
    let dir = Dir::new().file("helmfile.yaml", values).file("v.yaml.gotmpl", "a: 1\nb: {{ \"x: y\" }}: z\n");
    let dir = dir.file("a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n");
    let run = dir.run("template").expect_code(1);
    assert!(run.stderr.ends_with("\n    1 | a: 1\n  > 2 | b: x: y: z\n"), "the rendered text is shown: {}", run.stderr);
    let dir = dir.file("v.yaml.gotmpl", "a: 1\nb: {{ .Values.none }}\n");
    let run = dir.run("template").expect_code(1);
    assert!(run.stderr.ends_with("\n    1 | a: 1\n  > 2 | b: {{ .Values.none }}\n"), "the template is shown: {}", run.stderr);
    let state = "releases:\n- name: a\n  chart: ./a\n  values:\n  - {{ dict \"b\" 1 \"c\" 2 | toYaml }}\n";
    let dir = Dir::new().file("helmfile.yaml.gotmpl", state);
    dir.run("list").expect(
        1,
        "",
        "
        error: helmfile.yaml.gotmpl:6 (rendered): unknown key `c`
            4 |   values:
            5 |   - b: 1
          > 6 | c: 2
            7 |
        ",
    );
}

#[test]
fn a_file_that_a_flag_names_and_that_is_not_there_is_named_with_the_flag() {
    let dir = Dir::new()
        .file("helmfile.yaml", "releases:\n- name: a\n  chart: ./app\n")
        .file("app/Chart.yaml", "name: app\nversion: 0.1.0\n");
    dir.run("template --state-values-file no.yaml").expect(1, "", "error: --state-values-file: no file `no.yaml` in `.`\n");
    dir.run("template --values no.yaml").expect(
        1,
        "",
        "error: release `a` (helmfile.yaml:2): --values: no.yaml does not exist\n",
    );
}

#[test]
fn an_environment_that_does_not_exist_is_named() {
    let dir = Dir::new().file("helmfile.yaml", "environments:\n  staging: {}\n  production: {}\n---\nreleases: []\n");
    dir.run("template -e prodution").expect(
        3,
        "",
        "
        error: environment `prodution` is not defined; did you mean `production`? (defined: default, production, staging)
        ",
    );
    dir.run("resolve -e prodution").expect(
        3,
        "",
        "
        error: environment `prodution` is not defined; did you mean `production`? (defined: default, production, staging)
        ",
    );
}

#[test]
fn a_project_of_named_environments_is_told_to_name_one_where_one_is_needed() {
    let registry = Registry::start();
    registry.chart("redis", "20.6.2");
    let state = format!(
        "environments:\n  staging: {{values: [{{redis: ^20}}]}}\n---\nrepositories: [{{name: stable, url: {}}}]\nreleases:\n\
         - {{name: cache, chart: stable/redis, version: {{{{ .Values.redis }}}}}}\n",
        registry.url()
    );
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml.gotmpl", &state);
    for command in ["resolve", "check", "fetch", "update"] {
        dir.run(command).expect_code(0);
    }
    dir.run("template").expect(
        1,
        "",
        r#"
        error: helmfile.yaml.gotmpl:6: at <.Values.redis>: map has no entry for key "redis"
            4 | repositories: [{name: stable, url: http://127.0.0.1:[PORT]}]
            5 | releases:
          > 6 | - {name: cache, chart: stable/redis, version: {{ .Values.redis }}}
          hint: no environment was named; the state file has `staging`: choose one with `-e`
        "#,
    );
    dir.run("template -e staging -q").expect_code(0);
}

#[test]
fn a_folder_without_a_state_file_is_told_what_to_do() {
    let dir = Dir::new();
    dir.run("resolve").expect(
        1,
        "",
        "
        error: no helmfile.yaml or helmfile.yaml.gotmpl at `.`
          hint: run it in the folder of a helmfile.yaml, or name one with `--file`
        ",
    );
    dir.run("template -f apps/helmfile.yaml").expect(
        1,
        "",
        "
        error: no helmfile.yaml or helmfile.yaml.gotmpl at `apps/helmfile.yaml`
          hint: run it in the folder of a helmfile.yaml, or name one with `--file`
        ",
    );
}

#[test]
fn what_cannot_be_handled_is_refused_by_name() {
    let registry = Registry::start();
    let bucket = "- name: app\n  chart: s3::https://s3.example.com/charts@app\n";
    project(&registry, bucket).run("resolve").expect(
        1,
        "",
        "
        error: helmfile.yaml:6: helmlock does not handle a chart of `s3::`
        ",
    );
    let metadata = "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- name: common\n  version: 1.x\n  \
                    repository: git+https://git.example.com/charts.git\n";
    project(&registry, "- name: app\n  chart: ./app\n").file("app/Chart.yaml", metadata).run("resolve").expect(
        1,
        "",
        "
        error: git+https://git.example.com/charts.git: charts of git repositories cannot be fetched
          wanted by chart `app` (app/Chart.yaml:5)
        ",
    );
}

#[test]
fn usage_is_told_with_a_code_of_its_own() {
    let dir = Dir::new();
    dir.run("").expect_code(64);
    dir.run("resovle").expect(
        64,
        "",
        "
        error: unrecognized subcommand 'resovle'

          tip: some similar subcommands exist: 'repos', 'write-values', 'resolve'

        Usage: helmlock [OPTIONS] <COMMAND>

        For more information, try '--help'.
        ",
    );
    dir.run("resolve --upgarde").expect(
        64,
        "",
        "
        error: unexpected argument '--upgarde' found

          tip: a similar argument exists: '--upgrade'

        Usage: helmlock resolve --upgrade

        For more information, try '--help'.
        ",
    );
    dir.run("update --precise 1.0.0").expect(
        64,
        "",
        "
        error: the following required arguments were not provided:
          <NAME>...

        Usage: helmlock update --precise <VERSION> --cache-dir <DIR> <NAME>...

        For more information, try '--help'.
        ",
    );
    dir.run("list -q -v").expect(
        64,
        "",
        "
        error: the argument '--quiet' cannot be used with '--verbose...'

        Usage: helmlock list --quiet --cache-dir <DIR>

        For more information, try '--help'.
        ",
    );
}

#[test]
fn small_mistakes_are_told_with_what_mends_them() {
    let registry = Registry::start();
    registry.chart("redis", "1.0.0");
    let environments = "environments:\n  default: {}\n  prod: {}\n---\n";
    let state = |releases: &str| {
        format!("{environments}repositories: [{{name: stable, url: \"{}/none\"}}]\nreleases:\n{releases}", registry.url())
    };
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &state("- {name: cache, chart: stable/redis}\n"));
    dir.run("resolve").expect(
        1,
        "",
        "
        error: http://127.0.0.1:[PORT]/none: http://127.0.0.1:[PORT]/none/index.yaml answers 404
          wanted by release `cache` (helmfile.yaml:7)
          hint: the URL of a repository is that of the folder with its index.yaml
        ",
    );
    let needs = "- {name: cache, namespace: data, chart: ./app}\n- {name: web, namespace: web, chart: ./app, needs: [cache]}\n";
    dir.write("helmfile.yaml", &state(needs));
    let said = dir.run("template").expect_code(1).stderr;
    assert!(said.contains("needs `web/cache`, which is not defined here; did you mean `data/cache`?"), "{said}");
    dir.write("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    dir.write("v.yaml", "replicas: {{ .Values.x }}\n");
    dir.write("helmfile.yaml", &state("- {name: app, chart: ./app, values: [v.yaml]}\n"));
    let said = dir.run("template").expect_code(1).stderr;
    assert!(said.ends_with("  hint: a values file that is a template has a name that ends in `.gotmpl`\n"), "{said}");
    let said = dir.run("compare --helm no-such-helm").expect_code(1).stderr;
    assert!(said.contains("`no-such-helm` cannot be compared with: it is not on PATH"), "{said}");
}

#[test]
fn help_shows_no_value_of_a_variable() {
    let dir = Dir::new().variable("HELMFILE_ENVIRONMENT", "shown-nowhere").variable("HELMFILE_NAMESPACE", "shown-nowhere");
    let help = dir.run("--help").expect_code(0).stdout;
    assert!(help.contains("HELMFILE_NAMESPACE") && !help.contains("shown-nowhere"), "{help}");
}

#[test]
fn help_and_version_are_results() {
    let dir = Dir::new();
    dir.run("version").expect(0, "0.1.0\n", "");
    dir.run("--version").expect(0, "helmlock 0.1.0\n", "");
    let help = dir.run("--help").expect_code(0).expect_stderr("").stdout;
    assert!(help.contains("Exit codes: 0 done") && help.contains("helmlock template -e prod"), "{help}");
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
    Dir::new().run("resolve -q").expect(
        1,
        "",
        "
        error: no helmfile.yaml or helmfile.yaml.gotmpl at `.`
          hint: run it in the folder of a helmfile.yaml, or name one with `--file`
        ",
    );
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
        // The temporary file's name differs from run to run.
        let refused = dir.run_command(&mut command).expect_code(1).stderr;
        assert!(refused.starts_with("error: helmfile.lock: the lock cannot be accessed: failed to open file"), "{refused}");
        assert!(refused.ends_with("Permission denied (os error [N])\n"), "{refused}");
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
        dir.run("resolve").expect_code(0);
        let (lock, elsewhere) = (dir.path().join("helmfile.lock"), dir.path().join("elsewhere"));
        std::fs::rename(&lock, &elsewhere).unwrap();
        std::os::unix::fs::symlink("elsewhere", &lock).unwrap();
        let before = dir.read("elsewhere").unwrap();
        dir.run("template").expect_code(0);
        registry.chart("redis", "1.1.0");
        dir.run("update").expect(
            1,
            "",
            "
            error: helmfile.lock: `helmfile.lock` is a symbolic link; a lock is never written through one
            ",
        );
        dir.expect_file("elsewhere", &before);
    }
}

#[test]
fn helmfiles_own_flags_are_accepted_and_noted() {
    let dir = Dir::new().file("helmfile.yaml", "releases:\n- {name: a, chart: ./app}\n- {name: b, chart: ./app, needs: [a]}\n");
    let dir = dir
        .file("app/Chart.yaml", "{apiVersion: v2, name: app, version: 0.1.0}\n")
        .file("app/templates/a.yaml", "kind: {{ .Values.kind }}\nyours: {{ .Values.mine }}\n");
    let given = "--skip-deps --skip-refresh=true --validate=false -k kustomize --repo-retries 3 -i --sequential-helmfiles";
    let arguments =
        "--skip-cleanup --concurrency 2 --args --set=mine=1 --template-args --set=kind=Show --skip-needs=true -l name=b";
    dir.run(&format!("{given} template {arguments} -v")).expect(
        0,
        "---\n# Source: app/templates/a.yaml\nkind: Show\nyours: 1\n\n",
        "
        note: `--interactive` has no effect here: no cluster is asked
        note: `--repo-retries` has no effect here: requests are tried again by themselves
        note: `--sequential-helmfiles` has no effect here: the order is always that of the paths
        note: `--skip-cleanup` has no effect here: nothing is left behind anyway
        note: `--skip-deps` has no effect here: nothing is refreshed anyway
        note: `--skip-refresh` has no effect here: nothing is refreshed anyway
        ",
    );
    dir.run("template --skip-needs=false -l name=b").expect_code(1);
}

#[test]
fn what_a_chart_fails_with_is_cut_off_and_steers_no_terminal() {
    let fails = |template: &str| {
        let dir = Dir::new()
            .file("helmfile.yaml", "releases:\n- name: one\n  chart: ./c\n")
            .file("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")
            .file("c/templates/a.yaml", template);
        dir.run("template").expect_code(1).stderr
    };
    let red = fails("{{ fail \"\\x1b[31mred\\x07\\r\\nand more\" }}");
    assert!(red.contains("\u{FFFD}[31mred\u{FFFD}\r\nand more") && !red.contains(['\x1b', '\x07']), "{red:?}");
    for template in [
        "{{ fail (repeat 30000000 \"é\") }}",
        "{{ required (repeat 60000000 \"x\") nil }}",
        "{{ tpl (repeat 5000000 \"{{\") . }}",
    ] {
        let long = fails(template);
        assert!(long.len() < 1_100_000 && long.contains(" bytes more\n"), "{} bytes: {:.200}", long.len(), long);
    }
}
