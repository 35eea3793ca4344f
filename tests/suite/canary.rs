//! A word is planted in each place where secrets live; no message, no lock, no cache, no reproducer and no answer of a command has it.
//! What prints manifests or the evaluated project (`template`, `build`, `write-values`) prints what it is asked for.
#![cfg(unix)]

use crate::support::{Dir, Registry, base64, git, snapshot};

const WORD: &str = "CaNaRy";

const STATE: &str = "\
environments:
  default:
    secrets: [env-secrets.yaml]
    values:
    - token: {{ env \"SECRET_TOKEN\" }}
---
repositories:
- {name: one, url: http://127.0.0.1:PORT, username: u, password: repository-CaNaRy}
- {name: two, url: \"http://user:url-CaNaRy@localhost:PORT\"}
releases:
- name: a
  chart: one/app
  secrets: [release-secrets.yaml]
  values:
  - variable: {{ requiredEnv \"SECRET_TOKEN\" }}
    substituted: ref+envsubst://$OTHER
    file: ref+file://secret.txt
    vault: ref+vault://x/y
    fetched: {{ fetchSecretValue \"ref+vault://x/z\" }}
    decrypted: {{ .Values.decrypted }}
  - values.yaml.gotmpl
  set: [{name: set, value: ref+envsubst://$OTHER}]
- name: b
  chart: two/app
  env: [{name: named, value: SECRET_TOKEN}]
";

const TEMPLATE: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
{{- range $key, $value := .Values }}
  {{ $key }}: {{ $value | quote }}
  {{ $key }}-encoded: {{ $value | toString | b64enc }}
{{- end }}
{{- if .Values.failing }}{{ fail (print .Values.decrypted .Values.vault) }}{{ end }}
";

fn planted() -> (Registry, Dir) {
    let registry = Registry::start();
    registry.chart_with(
        "app",
        "1.0.0",
        &[("Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"), ("templates/all.yaml", TEMPLATE)],
    );
    let dir = Dir::new().knowing(&registry);
    let dir = dir.variable("SECRET_TOKEN", "variable-CaNaRy").variable("OTHER", "substituted-CaNaRy");
    dir.write("helmfile.yaml.gotmpl", &STATE.replace("PORT", &registry.port().to_string()));
    dir.write("values.yaml.gotmpl", "again: {{ .Values.decrypted }}\n");
    dir.write("secret.txt", "file-CaNaRy\n");
    for encrypted in ["env-secrets.yaml", "release-secrets.yaml", "broken-secrets.yaml"] {
        dir.write(encrypted, "enc: rypted\n");
    }
    dir.write("bin/empty", "");
    dir.program("bin/sops", "case \"$*\" in *broken*) echo 'no key' >&2; exit 3;; esac\necho 'decrypted: decrypted-CaNaRy'");
    dir.program("bin/vals", "cat >/dev/null\necho '{\"value\": \"vault-CaNaRy\"}'");
    dir.program("bin/helm", "case \"$1\" in version) echo v4.3.1; exit;; esac\necho 'kind: Another'");
    let path = format!("{}:/usr/bin:/bin", dir.path().join("bin").display());
    let home = dir.path().join("home").display().to_string();
    let dir = dir.variable("PATH", &path).variable("HOME", &home);
    dir.write("home/.netrc", "machine 127.0.0.1 login u password netrc-CaNaRy\n");
    let auth = base64("u:docker-CaNaRy");
    dir.write(
        "home/.docker/config.json",
        &format!("{{\"auths\":{{\"localhost:{}\":{{\"auth\":\"{auth}\"}}}}}}", registry.port()),
    );
    (registry, dir)
}

/// The secrets as they are, and as manifests have them in base64.
fn forms() -> Vec<String> {
    let encoded = ["decrypted", "vault", "variable", "substituted", "file", "url", "repository", "netrc", "docker"];
    let encoded = encoded.iter().map(|place| base64(&format!("{place}-{WORD}")));
    std::iter::once(WORD.to_owned()).chain(encoded).collect()
}

#[track_caller]
fn check_text(what: &str, text: &str) {
    for form in forms() {
        let line = text.lines().find(|line| line.contains(&form));
        assert!(line.is_none(), "{what} shows a secret: {}", line.unwrap_or_default());
    }
}

/// Runs a command; what it says shows no secret, nor does what it prints, unless it prints what is rendered.
#[track_caller]
fn check(dir: &Dir, arguments: &str, code: i32) {
    let run = dir.run(arguments).expect_code(code);
    check_text(&format!("stderr of {arguments}"), &run.stderr);
    let prints_what_is_rendered = ["template", "build"].contains(&arguments.split(' ').next().unwrap()) && code == 0;
    if !prints_what_is_rendered {
        check_text(&format!("stdout of {arguments}"), &run.stdout);
    }
}

#[track_caller]
fn check_files(dir: &Dir) {
    let is_ours = |path: &std::path::Path| {
        path.starts_with(dir.cache())
            || path.extension().is_some_and(|end| end == "lock")
            || path.components().any(|part| part.as_os_str() == "helmlock-compare")
    };
    let files = snapshot(&dir.path()).into_iter().chain(snapshot(&dir.cache()));
    let files: Vec<_> = files.filter(|(path, _)| is_ours(path)).collect();
    assert!(files.len() > 3, "lock, cache and reproducers are there: {}", files.len());
    for (path, bytes) in files {
        check_text(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn no_command_shows_or_keeps_a_secret() {
    let (registry, dir) = planted();
    git(&dir, &["init", "-q", "."]);
    check(&dir, "resolve -vv", 0);
    for command in
        ["check -vv --allow-exec", "check --allow-exec -o json", "check --allow-exec -o github", "fetch -vv", "list -vv"]
    {
        check(&dir, command, 0);
    }
    for command in
        ["tree -vv", "why app -vv", "outdated -vv", "images -vv", "auth status -vv", "migrate --dry-run -vv", "repos -vv"]
    {
        check(&dir, command, 0);
    }
    for command in
        ["template -vv", "template --purity", "build -vv", "write-values -vv", "lint --unused -vv", "cache info", "version"]
    {
        check(&dir, command, 0);
    }
    assert!(dir.run("template").stdout.contains("vault-CaNaRy"), "the canaries are alive");
    check(&dir, "compare -vv", 2);
    check(&dir, "compare -o json", 2);
    git(&dir, &["add", "-A"]);
    git(&dir, &["commit", "-qm", "all"]);
    let changed =
        dir.read("helmfile.yaml.gotmpl").unwrap().replace("[PORT]", &registry.port().to_string()).replace("vault:", "moved:");
    dir.write("helmfile.yaml.gotmpl", &changed);
    for form in ["text", "json", "md", "html"] {
        check(&dir, &format!("diff --allow-exec -vv -o {form}"), 0);
    }
    check_files(&dir);
}

#[test]
fn no_error_shows_a_secret() {
    let (registry, dir) = planted();
    check(&dir, "resolve -vv", 0);
    check(&dir, "template -vv --set failing=true", 1);
    check(&dir, "template -o json --set failing=true", 1);
    let state = dir.read("helmfile.yaml.gotmpl").unwrap().replace("[PORT]", &registry.port().to_string());
    for values in [
        "a: {{ .Values.decrypted }}\n b: [ {{ .Values.token }}\n",
        "a: {{ .Values.decrypted.inner }}\n",
        "a: {{ fail .Values.decrypted }}\n",
        "a: {{ get .Values.decrypted .Values }}\n",
        "a: {{ exec \"sh\" (list \"-c\" (print \"echo \" .Values.decrypted \" >&2; exit 1\")) }}\n",
        "a: {{ .Values.decrypted }}: {{ .Values.token }}: x\n",
    ] {
        dir.write("values.yaml.gotmpl", values);
        check(&dir, "template -vv", 1);
    }
    dir.write("values.yaml.gotmpl", "a: 1\n");
    for (from, to) in [
        ("release-secrets", "broken-secrets"),
        ("variable: {{", "variable: [ {{"),
        ("two/app", "{{ .Values.decrypted }}"),
        ("- name: b", "- name: b\n  {{ .Values.token }}: x"),
        ("- name: b", "- name: {{ .Values.token }}_"),
        ("- name: b", "- name: b\n  condition: {{ .Values.decrypted }}.enabled"),
        ("- name: b", "- name: b\n  needs: [{{ .Values.decrypted }}]"),
        ("password: repository-CaNaRy", "password: [repository-CaNaRy]"),
        ("password: repository-CaNaRy", "passwort: repository-CaNaRy"),
        ("password: repository-CaNaRy}", "password: repository-CaNaRy"),
    ] {
        dir.write("helmfile.yaml.gotmpl", &state.replace(from, to));
        let run = dir.run("template -vv");
        assert_ne!(run.code, Some(0), "{to}");
        check_text(&format!("stderr with {to}"), &run.stderr);
    }
    for (from, to) in [("url-CaNaRy@localhost", "url-CaNaRy@localhost:1"), ("url-CaNaRy@localhost", "url-CaNaRy@none.invalid")] {
        let port = registry.port();
        dir.write("helmfile.yaml.gotmpl", &state.replace(&format!("{from}:{port}"), to));
        let run = dir.run("resolve -vv");
        assert_ne!(run.code, Some(0), "{to}");
        check_text(&format!("stderr with {to}"), &(run.stderr + &run.stdout));
    }
}
