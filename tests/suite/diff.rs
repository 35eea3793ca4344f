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

Keys you set that the chart no longer knows
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
