//! The files under `integrations/`: what they would run is run here, by a shell, in a project.

use std::path::Path;
use std::process::Command;

use serde_yaml::Value;

use crate::support::{Dir, Registry, must, project};

fn read(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value:?} is no text")).to_owned()
}

/// A committed project whose lock is current; `origin` is a bare repository beside it.
fn committed(registry: &Registry) -> Dir {
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let state = "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  chart: stable/nginx\n  version: ^1\n";
    let dir = project(registry, state);
    dir.run("resolve").expect_code(0);
    must(&dir, &["init", "--quiet", "--initial-branch=main"]);
    must(&dir, &["add", "."]);
    must(&dir, &["commit", "--quiet", "--message=first"]);
    must(&dir, &["init", "--quiet", "--bare", "../origin.git"]);
    must(&dir, &["remote", "add", "origin", "../origin.git"]);
    must(&dir, &["push", "--quiet", "origin", "main"]);
    dir
}

/// Runs a script with helmlock on PATH; gives its exit code and what it wrote.
fn shell(dir: &Dir, script: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_helmlock"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(dir.path())
        .env_clear()
        .envs([("PATH", path.as_str()), ("GIT_CONFIG_NOSYSTEM", "1")])
        .env("HOME", dir.path())
        .env("HELMLOCK_CACHE_DIR", dir.cache())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    (output.status.code().unwrap(), dir.filter(&[output.stdout, output.stderr].concat()))
}

/// The steps of an action or a job that run something, with the variables that they set from these inputs.
fn steps(steps: &Value, inputs: &[(&str, &str)]) -> Vec<(String, Vec<(String, String)>)> {
    let input = |expression: &str| {
        let name = expression.trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        inputs.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no input {expression}")).1.to_owned()
    };
    let step = |step: &Value| {
        let script = text(step.get("run")?);
        // Whoever writes an expression into a script lets a branch's name run.
        assert!(!script.contains("${{"), "{script}");
        let variables = step.get("env").and_then(Value::as_mapping).into_iter().flatten();
        Some((script, variables.map(|(name, value)| (text(name), input(&text(value)))).collect()))
    };
    steps.as_sequence().unwrap().iter().filter_map(step).collect()
}

#[test]
fn the_github_action_checks_and_fetches() {
    let registry = Registry::start();
    let dir = committed(&registry);
    let action = read("integrations/github/action.yml");
    for name in ["file", "base", "policy-from", "fetch"] {
        assert!(action["inputs"][name]["default"].is_string(), "{name}");
    }
    let run = |inputs: &[(&str, &str)]| -> Vec<_> {
        let steps = steps(&action["runs"]["steps"], inputs);
        let run = |(script, variables): &(String, Vec<(String, String)>)| {
            let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            shell(&dir, script, &variables)
        };
        steps.iter().map(run).collect()
    };
    std::fs::remove_dir_all(dir.cache()).unwrap();
    let runs = run(&[("file", ""), ("base", "main"), ("policy-from", "main"), ("fetch", "true")]);
    assert_eq!(runs.iter().map(|run| run.0).collect::<Vec<_>>(), [0, 0], "{runs:?}");
    dir.run("check --cache").expect_code(0);
    dir.write("helmfile.yaml", &std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap().replace("^20", "^21"));
    let (code, said) = run(&[("file", "helmfile.yaml"), ("base", ""), ("policy-from", ""), ("fetch", "true")]).remove(0);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("::error file=helmfile.yaml,"), "{said}");
}

#[test]
fn the_workflow_for_renovate_puts_a_rewritten_lock_right() {
    let registry = Registry::start();
    let dir = committed(&registry);
    registry.chart("redis", "20.6.2");
    must(&dir, &["checkout", "--quiet", "-b", "renovate/redis"]);
    // What Renovate commits: `helmfile deps` wrote the lock.
    let entry = |name: &str, version: &str| format!("- name: {name}\n  repository: {}\n  version: {version}\n", registry.url());
    let lock =
        format!("version: 1.8.0\ndependencies:\n{}{}generated: \"2026\"\n", entry("nginx", "1.0.0"), entry("redis", "20.6.2"));
    dir.write("helmfile.lock", &lock);
    must(&dir, &["commit", "--quiet", "--all", "--message=renovate"]);
    dir.run("check").expect_code(2);
    for (script, _) in steps(&read("integrations/github/resolve.yml")["jobs"]["resolve"]["steps"], &[]) {
        let (code, said) = shell(&dir, &script, &[]);
        assert_eq!(code, 0, "{script}\n{said}");
    }
    dir.run("check").expect_code(0);
    must(&dir, &["diff", "--exit-code", "HEAD", "origin/renovate/redis"]);
    // Once more there is nothing to commit.
    for (script, _) in steps(&read("integrations/github/resolve.yml")["jobs"]["resolve"]["steps"], &[]) {
        assert_eq!(shell(&dir, &script, &[]).0, 0);
    }
}

#[test]
fn the_gitlab_jobs_check_and_render() {
    let registry = Registry::start();
    let dir = committed(&registry);
    let jobs = read("integrations/gitlab/helmlock.gitlab-ci.yml");
    for base in [None, Some(("CI_MERGE_REQUEST_DIFF_BASE_SHA", "main"))] {
        for job in ["helmlock-check", "helmlock-render"] {
            assert_eq!(jobs[job]["extends"], Value::from(".helmlock"));
            let variables = jobs[".helmlock"]["variables"].as_mapping().unwrap().iter();
            let variables: Vec<_> = variables.map(|(name, value)| (text(name), text(value))).collect();
            let mut variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            variables.extend(base);
            for line in jobs[job]["script"].as_sequence().unwrap() {
                let (code, said) = shell(&dir, &text(line), &variables);
                assert_eq!(code, 0, "{line:?}\n{said}");
            }
        }
    }
    assert!(dir.read("manifests.yaml").unwrap().contains("name: cache-redis"));
}

#[test]
fn the_pre_commit_hooks_check_and_resolve() {
    let registry = Registry::start();
    let dir = committed(&registry);
    let hooks = read(".pre-commit-hooks.yaml");
    let entry = |id: &str| {
        let hook = hooks.as_sequence().unwrap().iter().find(|hook| hook["id"].as_str() == Some(id)).unwrap().clone();
        let files = regex_automata::meta::Regex::new(hook["files"].as_str().unwrap()).unwrap();
        for path in ["helmfile.yaml", "a/helmfile.yaml.gotmpl", "helmfile.lock", "charts/app/Chart.yaml", "helmlock.toml"] {
            assert!(files.is_match(path), "{path}");
        }
        assert!(!files.is_match("values.yaml"));
        text(&hook["entry"])
    };
    assert_eq!(shell(&dir, &entry("helmlock-check"), &[]).0, 0);
    dir.write("helmfile.yaml", &std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap().replace("^20", "~20.5"));
    assert_eq!(shell(&dir, &entry("helmlock-check"), &[]).0, 2);
    assert_eq!(shell(&dir, &entry("helmlock-resolve"), &[]).0, 0);
    assert_eq!(shell(&dir, &entry("helmlock-check"), &[]).0, 0);
}

#[test]
fn the_argo_cd_plugin_renders_without_git_for_the_clusters_versions() {
    let registry = Registry::start();
    let files = [(
        "templates/a.yaml",
        "kind: ConfigMap\nkube: {{ .Capabilities.KubeVersion.Version }}\nhas: {{ .Capabilities.APIVersions.Has \"x.io/v1\" }}\n",
    )];
    registry.chart_with("probe", "1.0.0", &files);
    let dir = project(&registry, "- {name: probe, chart: stable/probe}\n- {name: other, chart: stable/probe}\n");
    dir.run("resolve").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    let plugin = read("integrations/argocd/plugin.yaml");
    let script = |stage: &str| {
        assert_eq!(plugin["spec"][stage]["command"].as_sequence().unwrap()[0], Value::from("sh"));
        text(&plugin["spec"][stage]["args"][0])
    };
    let variables = [("KUBE_VERSION", "1.31.4"), ("KUBE_API_VERSIONS", "apps/v1,x.io/v1"), ("ARGOCD_ENV_SELECTOR", "name=probe")];
    let (code, said) = shell(&dir, &script("init"), &variables);
    assert_eq!(code, 0, "{said}");
    registry.forget();
    let (code, said) = shell(&dir, &script("generate"), &variables);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("kube: v1.31.4\nhas: true") && said.matches("ConfigMap").count() == 1, "{said}");
    assert!(registry.asked().is_empty());
    let (code, said) = shell(&dir, &script("generate"), &[]);
    assert_eq!((code, said.matches("has: false").count()), (0, 2), "{said}");
}

/// What Renovate's regex manager would find in a text, and the text after it moved the chart `name`. Renovate hands digests on
/// without their algorithm.
fn moved_by_renovate(lock: &str, name: &str, version: &str, digest: &str) -> (Vec<(String, String)>, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations/renovate/default.json");
    let config: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let manager = &config["customManagers"][0];
    let pattern = regex_automata::meta::Regex::new(manager["matchStrings"][0].as_str().unwrap()).unwrap();
    let names: Vec<_> =
        pattern.group_info().pattern_names(regex_automata::PatternID::ZERO).map(|name| name.unwrap_or("")).collect();
    let mut after = lock.to_owned();
    let mut found = Vec::new();
    let mut captures = pattern.create_captures();
    let mut input = regex_automata::Input::new(lock);
    loop {
        pattern.captures(input.clone(), &mut captures);
        let Some(whole) = captures.get_match() else { return (found, after) };
        let group = |name: &str| {
            let index = names.iter().position(|known| *known == name).unwrap();
            lock[captures.get_group(index).unwrap().range()].to_owned()
        };
        found.push((group("depName"), group("currentValue")));
        if group("depName") == name {
            let mut entry = manager["autoReplaceStringTemplate"].as_str().unwrap().to_owned();
            let kept = ["indentation", "depName", "registryUrl"].map(|name| (name, group(name)));
            for (field, text) in
                kept.iter().map(|(name, text)| (*name, text.as_str())).chain([("newValue", version), ("newDigest", digest)])
            {
                entry = entry.replace(&format!("{{{{{{{field}}}}}}}"), text);
            }
            after = after.replace(&lock[whole.range()], &entry);
        }
        input.set_start(whole.end());
    }
}

#[test]
fn what_renovates_regex_manager_makes_of_a_lock_is_completed() {
    let registry = Registry::start();
    let dir = committed(&registry);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    let digest = registry.chart("redis", "20.6.0");
    let (found, moved) = moved_by_renovate(&lock, "redis", "20.6.0", digest.trim_start_matches("sha256:"));
    let expected = [("nginx", "1.0.0"), ("redis", "20.5.0")].map(|(name, version)| (name.to_owned(), version.to_owned()));
    assert_eq!(found, expected);
    dir.write("helmfile.lock", &moved);
    let told = dir.run("resolve").expect_code(0).stderr;
    assert!(told.contains("redis 20.6.0"), "{told}");
    let lock = dir.read("helmfile.lock").unwrap();
    assert!(lock.contains("  version: 20.6.0\n") && lock.contains("redis-20.6.0.tgz\n"), "{lock}");
    // A digest that is not that of the version's bytes is no good, whoever wrote it.
    let wrong = moved.replace(digest.trim_start_matches("sha256:"), &"0".repeat(64));
    dir.write("helmfile.lock", &wrong);
    dir.run("resolve").expect_code(4);
}
