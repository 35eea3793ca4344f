//! Releases whose manifests go through a program: what is printed is recorded from helmfile over each helm
//! (`tests/cases/post_rendered`); here is also what may run it, and what is said when it fails.

use crate::support::{Dir, Recorded, folders, git};

#[test]
fn manifests_go_through_programs_and_plugins_as_helmfile_and_each_helm_have_it() {
    for folder in folders("tests/cases/post_rendered") {
        let recorded = Recorded::open(&folder);
        let helm = match folder.file_name().and_then(|name| name.to_str()) {
            Some("helm3_22") => "3.22",
            Some("helm3_19") => "3.19",
            _ => "4.3",
        };
        recorded.dir.run(&format!("resolve --helm-dialect {helm}")).expect_code(0);
        recorded.check();
    }
}

const CHART: &str = "apiVersion: v2\nname: app\nversion: 0.1.0\n";
const TEMPLATE: &str =
    "kind: Pod\nimage: a/b:{{ .Values.tag }}\n---\nkind: Job\nmetadata:\n  annotations: {helm.sh/hook: test}\n";

/// A release of a chart beside the project, whose manifests go through this, rendered as this Helm.
fn project(written: &str, helm: &str) -> Dir {
    let releases = format!("releases:\n- name: app\n  chart: ./app\n  values: [{{tag: v1, more: x}}]\n  {written}\n");
    let dir = Dir::new()
        .file("helmfile.yaml", &releases)
        .file("app/Chart.yaml", CHART)
        .file("app/templates/pod.yaml", TEMPLATE)
        .file("home/plugins/none.txt", "no plugin");
    dir.program("change", "sed s,a/b,c/d,");
    let plugins = dir.path().join("home/plugins").display().to_string();
    let dir = dir.variable("HELM_PLUGINS", &plugins);
    dir.run(&format!("resolve --helm-dialect {helm}")).expect_code(0);
    dir
}

/// Adds a plugin that runs this.
fn plugin(dir: &Dir, name: &str, script: &str) {
    let manifest = format!(
        "apiVersion: v1\ntype: postrenderer/v1\nname: {name}\nversion: 0.1.0\nruntime: subprocess\nruntimeConfig:\n  \
         platformCommand:\n  - {{command: '${{HELM_PLUGIN_DIR}}/run'}}\n"
    );
    dir.write(&format!("home/plugins/{name}/plugin.yaml"), &manifest);
    dir.program(&format!("home/plugins/{name}/run"), script);
}

const TEXT: &str = "---\n# Source: app/templates/pod.yaml\nkind: Pod\nimage: c/d:v1\n---\n# Source: app/templates/pod.yaml\n\
                    kind: Job\nmetadata:\n  annotations: {helm.sh/hook: test}\n\n";

#[test]
fn what_goes_wrong_with_a_program_is_told_with_what_it_said() {
    let failing = |written: &str, said: &str| {
        let dir = project(written, "3.22");
        dir.program("fails", "echo why >&2; exit 3");
        dir.write("text", "no program");
        dir.run("template").expect(1, "", &format!("\n        error: release `app` (helmfile.yaml:5): {said}\n        "));
    };
    failing("postRenderer: ./fails", "the post-renderer `./fails`: `./fails` ended with exit status: 3\n          why");
    failing("postRenderer: ./none", "the post-renderer `./none`: cannot run `./none`: No such file or directory (os error [N])");
    failing("postRenderer: ./text", "the post-renderer `./text`: cannot run `./text`: Permission denied (os error [N])");
}

#[test]
fn what_goes_wrong_with_a_plugin_is_told() {
    let failing = |script: &str, said: &str| {
        let dir = project("postRenderer: scripts/odd.sh", "4.3");
        if !script.is_empty() {
            plugin(&dir, "odd", script);
        }
        dir.run("template").expect(1, "", &format!("\n        error: release `app` (helmfile.yaml:{said}\n        "));
    };
    let what = "5): the post-renderer `scripts/odd.sh`";
    failing(
        "",
        &format!("{what}: Helm 4 takes plugins only, and no plugin `odd` of type postrenderer/v1 is in [DIR]/home/plugins"),
    );
    failing(
        "cat > read; echo why >&2; exit 3",
        &format!("{what}: `[DIR]/home/plugins/odd/run` ended with exit status: 3\n          why"),
    );
    failing("cat > read; echo", &format!("{what} produced empty output"));
    let parsing = "2): error while parsing post rendered output: error parsing YAML: ";
    failing("cat > read; echo 'a: [b'", &format!("{parsing}MalformedYAMLError: yaml: line 1: did not find expected ',' or ']'"));
    failing("cat > read; echo '- a'", &format!("{parsing}a document is no mapping"));
}

#[test]
fn a_plugin_is_found_where_helm_keeps_them() {
    let dir = project("postRenderer: odd", "4.3");
    plugin(&dir, "odd", "sed s,a/b,c/d,");
    let text = "---\n# Source: app/templates/pod.yaml\nkind: Pod\nimage: c/d:v1\n---\n# Source: app/templates/pod.yaml\n\
                kind: Job\nmetadata:\n  annotations: {helm.sh/hook: test}\n\n\n";
    dir.run("template").expect(0, text, "");
    let data = dir.path().join("home").display().to_string();
    let dir = dir.variable("HELM_PLUGINS", "").variable("HELM_DATA_HOME", &data);
    dir.run("template").expect(0, text, "");
}

#[test]
fn programs_that_may_not_run_do_not() {
    let dir = project("postRenderer: ./change", "3.22");
    dir.run("template").expect(0, TEXT, "");
    let what = "release `app` (helmfile.yaml:5): the post-renderer `./change`";
    let refused = format!("\n        error: {what}: running `./change` is not allowed here\n        ");
    dir.run("template --no-exec").expect(1, "", &refused);
    let dir = dir.variable("HELMFILE_DISABLE_INSECURE_FEATURES", "true");
    let refused = format!("\n        error: {what} is not run: HELMFILE_DISABLE_INSECURE_FEATURES forbids it\n        ");
    dir.run("template").expect(1, "", &refused);
}

#[test]
fn commands_that_only_judge_run_nothing() {
    let dir = project("postRenderer: ./change", "3.22");
    dir.program("change", "touch was-run; cat");
    for command in ["check", "list", "build", "lint --unused", "write-values", "tree"] {
        dir.run(command);
        assert!(dir.read("was-run").is_none(), "{command}");
    }
    for command in [&["init", "-q"][..], &["add", "."], &["commit", "-qm", "first"]] {
        assert!(git(&dir, command).0);
    }
    let said = dir.run("diff").expect_code(1).stderr;
    assert!(said.contains("the post-renderer `./change`: running `./change` is not allowed here"), "{said}");
    dir.run("diff --allow-exec").expect_code(0);
    assert!(dir.read("was-run").is_some());
}

#[test]
fn documents_and_images_are_those_of_the_answer() {
    for helm in ["3.22", "4.3"] {
        let dir = project("postRenderer: ./change.sh", helm);
        plugin(&dir, "change", "sed s,a/b,c/d,");
        dir.program("change.sh", "sed s,a/b,c/d,");
        dir.run("images").expect(0, "c/d:v1\n", "");
        let document = dir.run("template -o json").expect_code(0).stdout;
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        let release = &document["releases"][0];
        assert_eq!(release["manifests"][0]["content"], "kind: Pod\nimage: c/d:v1\n", "{helm}");
        assert_eq!(release["hooks"].as_array().unwrap().len(), 1, "{helm}");
    }
}

#[test]
fn a_comparison_and_an_export_say_what_becomes_of_a_program() {
    let dir = project("postRenderer: ./change", "4.3");
    dir.program("helm", "case \"$1\" in version) echo v4.3.1; exit;; esac; printf -- '---\\n# Source: app/templates/pod.yaml\\nkind: Pod\\nimage: a/b:v1\\n---\\n# Source: app/templates/pod.yaml\\nkind: Job\\nmetadata:\\n  annotations: {helm.sh/hook: test}\\n\\n'");
    let note = "note: release `app` is compared without its post-renderer `./change` (helmfile.yaml:5)\n";
    dir.run("compare -v --helm ./helm").expect(0, "1/1 release equal\n", note);
    let said = dir.run("export --helmfile out").expect_code(0).stderr;
    assert!(said.contains("the post-renderer of release `app` is `./change`, which is not exported"), "{said}");
    assert!(dir.read("out/environments/default/helmfile.yaml.gotmpl").unwrap().contains("postRenderer: ./change\n"));
}

#[test]
fn what_helm_renders_has_no_post_renderer() {
    let dir = project("postRenderer: ./change", "4.3").file("helmlock.toml", "[[release]]\nname = \"app\"\nengine = \"helm\"\n");
    dir.program("helm", "case \"$1\" in version) echo v4.3.1; exit;; esac; echo 'by: helm'");
    dir.run("resolve").expect_code(0);
    let said = dir.run("template -b ./helm").expect_code(1).stderr;
    assert!(said.contains("it has a post-renderer, which helm would not find in the empty home that it gets"), "{said}");
}
