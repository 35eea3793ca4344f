//! `migrate`: what it says of a project that helmfile serves, and what it writes.

use crate::support::{Dir, Registry, project};

const RELEASES: &str = "\
- name: cache
  chart: stable/redis
  version: ^20
  wait: true
- name: front
  chart: stable/redis
  jsonPatches: [{target: {kind: Pod}, patch: [{op: remove, path: /a}]}]
";

fn moving() -> (Registry, Dir) {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("redis", "20.6.0");
    let dir = project(&registry, RELEASES);
    dir.write("helmfile.lock", &format!("version: 1.8.0\ndependencies:\n- name: redis\n  repository: {}\n  version: 20.5.0\ndigest: sha256:0\ngenerated: \"2026-11-22T14:45:15.85Z\"\n", registry.url()));
    dir.program("helm", "echo v3.19.2+g8766e71");
    (registry, dir)
}

const REPORT: &str = "\
2 releases of 1 chart, in 1 environment: default

Refused, and in the way of rendering:
  helmfile.yaml:11: helmlock does not handle `releases[].jsonPatches`

Without effect here, because it only concerns a cluster:
  helmfile.yaml:8: `releases[].wait`

The output that is reproduced:
  Helm 3.19: `./helm` is v3.19.2+g8766e71

The lock:
  helmfile.lock is helmfile's: 1 version in it, which stay and get digests
";

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let (registry, dir) = moving();
    registry.forget();
    let before = dir.read("helmfile.lock");
    let run = dir.run("migrate --dry-run --helm ./helm").expect_code(2);
    assert!(run.stdout.starts_with(REPORT), "{}", run.stdout);
    assert!(run.stdout.contains("`helmlock migrate` writes the lock"), "{}", run.stdout);
    assert_eq!((registry.asked().len(), dir.read("helmfile.lock")), (0, before));
}

#[test]
fn helmfiles_versions_stay_and_the_installed_helm_chooses_the_dialect() {
    let (_registry, dir) = moving();
    let run = dir.run("migrate --helm ./helm").expect_code(2);
    assert!(run.stdout.starts_with(REPORT) && run.stdout.contains("compare --against helmfile"), "{}", run.stdout);
    assert!(run.stderr.contains("      Locked 1 pin in helmfile.lock\n"), "{}", run.stderr);
    let lock = dir.read("helmfile.lock").unwrap();
    assert!(lock.contains("  helm: \"3.19\"\n") && lock.contains("  version: 20.5.0\n  digest: sha256:"), "{lock}");
    assert_eq!(dir.read("helmlock.toml"), None, "nothing would have to be said in it");
    dir.run("template -l name=cache").expect_code(0);
}

#[test]
fn environments_that_cannot_be_evaluated_here_are_named_in_settings() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir = Dir::new().knowing(&registry).file(
        "helmfile.yaml.gotmpl",
        &format!(
            "environments:\n  default: {{}}\n  prod:\n    values: [prod.yaml.gotmpl]\n---\nrepositories:\n- {{name: stable, url: {}}}\n\
             releases:\n- {{name: cache, chart: stable/redis}}\n",
            registry.url()
        ),
    );
    let dir = dir.file("prod.yaml.gotmpl", "a: {{ requiredEnv \"CLUSTER\" }}\n");
    let said = "error: `./none` tells no dialect: No such file or directory (os error [N])\n";
    dir.run("migrate --helm ./none").expect(1, "", said);
    let empty = dir.path().join("empty").display().to_string();
    let run = dir.run_command(dir.command("migrate").env("PATH", empty)).expect_code(0);
    assert!(run.stdout.contains("Cannot be evaluated here:\n  environment `prod`: prod.yaml.gotmpl:1: "), "{}", run.stdout);
    dir.expect_file(
        "helmlock.toml",
        "# Environments that the lock covers. Those that may be unverified keep their pins where they cannot be evaluated.\n\n\
         [[variant]]\nenvironment = \"default\"\n\n[[variant]]\nenvironment = \"prod\"\nmay-be-unverified = true\n",
    );
    dir.run("check").expect_code(0);
}

#[test]
fn hooks_are_told() {
    let (registry, dir) = moving();
    let text = dir.read("helmfile.yaml").unwrap().replace("[PORT]", &registry.port().to_string());
    dir.write("helmfile.yaml", &format!("{text}hooks:\n- name: charts\n  events: [prepare]\n  command: \"true\"\n"));
    let document = dir.run("migrate --dry-run -o json").expect_code(2).stdout;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["refused"].as_array().unwrap().len(), 1, "{document}");
    assert_eq!(document["hooks"], serde_json::json!(["helmfile.yaml:13: `charts` (prepare)"]), "{document}");
}
