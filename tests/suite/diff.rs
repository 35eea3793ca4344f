//! `diff`: what a reviewer must see of a change, in every form, and what must never be seen.

use std::process::Command;

use crate::support::{Dir, Registry, project};

const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get]}
";
const WIDER_ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get, list]}
";
const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {helm.sh/chart: 'shop-{{ .Chart.Version }}'}
  annotations:
    helm.sh/chart: shop-{{ .Chart.Version }}
spec:
  template: {spec: {containers: [{name: shop, image: 'example.com:5000/shop:{{ .Chart.AppVersion }}'}]}}
";
const LABELS: &str = "kind: ConfigMap
metadata:
  name: labels
  labels:
    helm.sh/chart: shop-{{ .Chart.Version }}
";
const SECRET: &str = "apiVersion: v1
kind: Secret
metadata: {name: shop}
stringData:
  password: {{ .Values.password }}
  token: CANARY-{{ .Chart.Version }}-{{ randAlphaNum 8 }}
";

fn definition(fields: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: orders.example.com}}\nspec:\n  \
         versions:\n  - name: v1\n    schema: {{openAPIV3Schema: {{properties: {{spec: {{properties: {{{fields}}}}}}}}}}}\n"
    )
}

fn git(dir: &Dir, arguments: &str) {
    let status = Command::new("git")
        .args(arguments.split_whitespace())
        .current_dir(dir.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs([
            ("GIT_AUTHOR_NAME", "a"),
            ("GIT_AUTHOR_EMAIL", "a@b"),
            ("GIT_COMMITTER_NAME", "a"),
            ("GIT_COMMITTER_EMAIL", "a@b"),
        ])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
        .output();
    assert!(status.is_ok_and(|output| output.status.success()), "git {arguments}");
}

/// A project whose chart has two versions; the first is locked and committed, the second is in the working tree.
fn bumped() -> (Registry, Dir) {
    let registry = Registry::start();
    let (old_fields, new_fields) = (definition("amount: {}, note: {}"), definition("amount: {}"));
    let values = "password: ''\nreplicas: 1\npool: {size: 5}\nquiet: {}\n";
    registry.chart_with(
        "shop",
        "1.0.0",
        &[
            ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: '4.1'\n"),
            ("values.yaml", values),
            ("templates/role.yaml", ROLE),
            ("templates/deployment.yaml", DEPLOYMENT),
            ("templates/labels.yaml", LABELS),
            ("templates/secret.yaml", SECRET),
            ("crds/orders.yaml", &old_fields),
        ],
    );
    registry.chart_with(
        "shop",
        "1.1.0",
        &[
            (
                "Chart.yaml",
                "apiVersion: v2\nname: shop\nversion: 1.1.0\nappVersion: '4.2'\nhome: https://example.com/shop\n\
                 annotations:\n  artifacthub.io/changes: |\n    - kind: fixed\n      description: Orders @everyone can *see*\n",
            ),
            ("values.yaml", "password: ''\nreplicas: 3\nquiet: {}\n"),
            ("templates/role.yaml", WIDER_ROLE),
            ("templates/deployment.yaml", DEPLOYMENT),
            ("templates/labels.yaml", LABELS),
            ("templates/secret.yaml", SECRET),
            ("crds/orders.yaml", &new_fields),
        ],
    );
    let release = |version: &str| {
        format!("- {{name: shop, namespace: web, chart: stable/shop, version: {version}, values: [values.yaml]}}\n")
    };
    let dir = project(&registry, &release("1.0.0"));
    dir.write("values.yaml", "password: CANARY-given\npool: {size: 9}\nquiet: {anything: goes}\n");
    dir.run("resolve").expect_code(0);
    for command in ["init -q", "add -A", "commit -q -m one"] {
        git(&dir, command);
    }
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &state.replace("version: 1.0.0", "version: 1.1.0"));
    dir.run("resolve").expect_code(0);
    (registry, dir)
}

const SUMMARY: &str = "
changed: 1 dead key, 1 pin, 1 image, 1 role, 1 definition, 1 secret key, 1 default, 4 resources

Keys you set that the chart no longer knows or reads
  pool is set for web/shop, and shop 1.1.0 knows it no more

Pins
  shop 1.0.0 → 1.1.0 (app 4.1 → 4.2)
    fixed: Orders @everyone can *see*
    see https://example.com/shop

Images
  example.com:5000/shop 4.1 → 4.2 in web/shop

Access
  ClusterRole shop may now: list secrets

Custom resource definitions
  orders.example.com lost v1: spec.note

Secrets
  Secret shop key token changed

Defaults that changed under you
  replicas 1 → 3 in web/shop

Manifests
  web/shop 4 resources; 1 more in labels and checksums only
";

#[test]
fn a_bump_is_told_by_what_must_not_be_missed() {
    let (_registry, dir) = bumped();
    dir.run("diff --summary").expect(0, SUMMARY, "");
    let whole = dir.run("diff").expect_code(0).stdout;
    assert!(whole.starts_with(SUMMARY.trim_start()), "{whole}");
    let deployment = "    Deployment shop changed\n";
    assert!(whole.contains(deployment), "{whole}");
    assert!(whole.contains("shop:4.1'}]}}\n      +"), "{whole}");
    dir.run("diff --exit-code --summary -q").expect(2, SUMMARY, "error: there are changes\n");
}

#[test]
fn a_comment_has_everything_in_sight_and_calls_nobody() {
    let (_registry, dir) = bumped();
    let comment = dir.run("diff HEAD -o md").expect_code(0).stdout;
    let sight: String = comment.lines().take(60).collect::<Vec<_>>().join("\n");
    for seen in ["`pool`", "4.1 → 4.2", "list secrets", "spec.note", "key token changed", "1 → 3"] {
        assert!(sight.contains(seen), "{seen} in {sight}");
    }
    assert!(sight.contains("\n> Look at this first: 1 dead key, 1 role, 1 definition.\n"), "{sight}");
    assert!(sight.contains("&#64;everyone can \\*see\\*"), "{sight}");
    assert!(comment.contains("<details><summary><b>web/shop</b> 4 resources"), "{comment}");
}

#[test]
fn no_form_shows_a_secret() {
    let (_registry, dir) = bumped();
    for form in ["text", "md", "html", "json"] {
        let run = dir.run(&format!("diff -o {form}"));
        for said in [&run.stdout, &run.stderr] {
            assert!(!said.contains("CANARY"), "{form}: {said}");
            assert!(!said.contains("Q0FOQVJZ"), "{form}: {said}");
        }
        assert_eq!(run.code, Some(0));
    }
}

#[test]
fn two_commits_two_locks_and_nothing() {
    let (_registry, dir) = bumped();
    std::fs::copy(dir.path().join("helmfile.lock"), dir.path().join("new.lock")).unwrap();
    git(&dir, "add -A");
    git(&dir, "commit -q -m two");
    dir.run("diff HEAD~1..HEAD --summary").expect(0, SUMMARY, "");
    dir.run("diff HEAD~1... --summary").expect(0, SUMMARY, "");
    dir.run("diff HEAD~1 HEAD --summary").expect(0, SUMMARY, "");
    dir.run("diff --exit-code").expect(0, "nothing changed\n", "");
    dir.run("diff helmfile.lock new.lock").expect(0, "nothing changed\n", "");
    assert!(git_status(&dir).is_empty(), "the working tree and the index stay as they are");
}

fn git_status(dir: &Dir) -> Vec<u8> {
    Command::new("git").args(["status", "--porcelain"]).current_dir(dir.path()).output().unwrap().stdout
}

#[test]
fn what_cannot_be_compared_is_said() {
    let (_registry, dir) = bumped();
    dir.run("diff nowhere").expect(1, "", "error: git knows no revision `nowhere` here, and there is no file of that name\n");
    dir.run("diff --output md --locked --help").expect_code(0);
    dir.run("diff -- --upload-pack=touch").expect_code(1);
    dir.run("list -o md").expect(64, "", "error: this command prints `-o text` and `-o json`\n");
    std::fs::remove_dir_all(dir.path().join(".git")).unwrap();
    dir.run("diff").expect(1, "", "error: this is no git repository; name two lock files, `helmlock diff OLD NEW`\n");
}

#[test]
fn a_key_is_dead_when_the_new_chart_neither_has_nor_reads_it() {
    let registry = Registry::start();
    let chart = |version: &str, values: &str, template: &str| {
        registry.chart_with("web", version, &[("values.yaml", values), ("templates/a.yaml", template)]);
    };
    let old = "kind: ConfigMap\nmetadata: {name: a}\ndata: {a: '{{ .Values.left }}', b: '{{ .Values.undefined }}', c: '{{ .Values.hidden }}', \
               d: '{{ .Values.tree.kept }}{{ .Values.tree.dropped }}', e: '{{ toYaml .Values.whole }}'}\n";
    let new = "kind: ConfigMap\nmetadata: {name: a}\ndata: {c: '{{ .Values.hidden }}', d: '{{ .Values.tree.kept }}', \
               e: '{{ toYaml .Values.whole }}'}\n";
    chart("1.0.0", "left: 1\nhidden: 1\ntree: {kept: 1, dropped: 1}\nwhole: {a: 1}\n", old);
    chart("1.1.0", "left: 1\ntree: {kept: 1, dropped: 1}\nwhole: {}\n", new);
    let values = "{left: 2, undefined: 2, hidden: 2, tree: {kept: 2, dropped: 2}, whole: {a: 2}, never: 3}";
    let release = |version: &str, more: &str| {
        let state = format!("- {{name: web, chart: stable/web, version: {version}, values: [{values}{more}]}}\n");
        format!("repositories:\n- {{name: stable, url: '{}'}}\nreleases:\n{state}", registry.url())
    };
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &release("1.0.0", ""));
    dir.run("resolve").expect_code(0);
    for command in ["init -q", "add -A", "commit -q -m one"] {
        git(&dir, command);
    }
    // A key that comes with the change was read by nobody before.
    dir.write("helmfile.yaml", &release("1.1.0", ", {fresh: 1}"));
    dir.run("resolve").expect_code(0);
    let told = dir.run("diff --summary").expect_code(0).stdout;
    let dead = "
Keys you set that the chart no longer knows or reads
  left is set for web, and web 1.1.0 still has it and reads it no more
  tree.dropped is set for web, and web 1.1.0 still has it and reads it no more
  undefined is set for web, and web 1.1.0 knows it no more

";
    assert!(told.contains(dead), "{told}");
    let json: serde_json::Value = serde_json::from_str(&dir.run("diff -o json").expect_code(0).stdout).unwrap();
    assert_eq!((&json["deadKeys"][0]["defined"], &json["deadKeys"][2]["defined"]), (&true.into(), &false.into()), "{json}");
}

#[test]
fn a_template_that_comes_changes_no_random_value_of_the_others() {
    let map =
        |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{p: {{{{ randAlpha 9 }}}}}}\n");
    let dir = Dir::new()
        .file("helmfile.yaml", "releases:\n- {name: r, namespace: d, chart: ./c}\n")
        .file("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")
        .file("c/templates/a.yaml", &map("a"))
        .file("c/templates/c.yaml", &map("c"));
    dir.run("resolve").expect_code(0);
    for command in ["init -q", "add -A", "commit -q -m one"] {
        git(&dir, command);
    }
    dir.write("c/templates/b.yaml", &map("b"));
    let told = dir.run("diff").expect_code(0).stdout;
    assert!(told.contains("ConfigMap b is new") && !told.contains("ConfigMap a") && !told.contains("ConfigMap c"), "{told}");
}

#[test]
fn the_age_of_a_version_is_told_where_its_index_was_seen() {
    let (registry, dir) = bumped();
    registry.enter("shop", "1.1.0", "urls: [charts/shop-1.1.0.tgz]\ncreated: 2025-11-20T10:00:00Z\nappVersion: '4.2'");
    let dir = dir.variable("SOURCE_DATE_EPOCH", "1764072000");
    dir.run("resolve --upgrade").expect_code(0);
    let told = dir.run("diff --summary --offline").expect_code(0).stdout;
    assert!(told.contains("  shop 1.0.0 → 1.1.0 (app 4.1 → 4.2, published 5 days ago)\n"), "{told}");
    let json: serde_json::Value = serde_json::from_str(&dir.run("diff -o json").expect_code(0).stdout).unwrap();
    assert_eq!(json["pins"][0]["published"], "2025-11-20T10:00:00Z", "{json}");
}

#[test]
fn everything_is_new_beside_a_revision_without_a_lock() {
    let (_registry, dir) = bumped();
    let lock = std::fs::read(dir.path().join("helmfile.lock")).unwrap();
    let commands = ["rm -q --cached helmfile.lock", "commit -q -m lockless", "rm -q --cached helmfile.yaml", "commit -q -m bare"];
    for command in commands {
        git(&dir, command);
    }
    std::fs::write(dir.path().join("helmfile.lock"), lock).unwrap();
    for revision in ["HEAD~1", "HEAD"] {
        let run = dir.run(&format!("diff {revision} --summary")).expect_code(0);
        assert_eq!(run.stderr, format!("warning: `{revision}` has no lock: everything is new\n"));
        assert!(run.stdout.contains("\nPins\n  shop 1.1.0 is new\n"), "{}", run.stdout);
        assert!(run.stdout.ends_with("\nManifests\n  web/shop new, 5 resources\n"), "{}", run.stdout);
    }
    dir.run("diff HEAD~2 HEAD").expect_code(1);
}

#[test]
fn what_helm_renders_is_rendered_by_helm_on_both_sides() {
    let registry = Registry::start();
    registry.chart("odd", "1.0.0");
    registry.chart("odd", "1.1.0");
    let release = |version: &str| format!("- {{name: odd, chart: stable/odd, version: {version}}}\n");
    let dir = project(&registry, &release("1.0.0")).file("helmlock.toml", "[[release]]\nname = \"odd\"\nengine = \"helm\"\n");
    let version = "case \"$1\" in version) echo v4.3.1; exit;; esac";
    let print = "tar xzOf chart.tgz odd/Chart.yaml | sed -n 's/^version: /by helm: /p'";
    dir.program("helm", &format!("{version}\necho ---\necho '# Source: odd/templates/a.yaml'\necho kind: Odd\n{print}"));
    dir.run("resolve").expect_code(0);
    for command in ["init -q", "add -A", "commit -q -m one"] {
        git(&dir, command);
    }
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &state.replace("1.0.0", "1.1.0"));
    dir.run("resolve").expect_code(0);
    let told = dir.run("diff -b ./helm").expect_code(0).stdout;
    let lines = "    Odd  changed\n       kind: Odd\n      -by helm: 1.0.0\n      +by helm: 1.1.0\n";
    assert!(told.ends_with(lines), "{told}");
}

#[test]
fn what_was_decrypted_is_hidden_wherever_a_chart_prints_it() {
    let registry = Registry::start();
    for version in ["1.0.0", "1.1.0"] {
        let template = format!(
            "kind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  v: '{version}'\n  plain: '{{{{ .Values.p }}}}'\n  coded: {{{{ .Values.p | b64enc }}}}\n"
        );
        registry.chart_with("web", version, &[("templates/a.yaml", &template)]);
    }
    let release = |version: &str| {
        format!("- {{name: web, chart: stable/web, version: {version}, values: [{{p: ref+echo://CANARY-{version}}}]}}\n")
    };
    let dir = project(&registry, &release("1.0.0"));
    dir.run("resolve").expect_code(0);
    for command in ["init -q", "add -A", "commit -q -m one"] {
        git(&dir, command);
    }
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &state.replace("1.0.0", "1.1.0"));
    dir.run("resolve").expect_code(0);
    for form in ["text", "md", "html", "json"] {
        let said = dir.run(&format!("diff -o {form}")).expect_code(0).stdout;
        assert!(!said.contains("CANARY") && !said.contains("Q0FOQVJZ"), "{form}: {said}");
        assert_eq!(said.matches("hidden-").count(), 4, "{form}: {said}");
    }
}
