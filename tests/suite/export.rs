//! `export --helmfile`: what is written, what is refused, and that the real helmfile prints there what we print.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::beside_helmfile::run;
use crate::compare::can_be_compared;
use crate::support::{Dir, Recorded, Registry, equal, folders, project, snapshot};

const VALUES: &str = "kind: ConfigMap
apiVersion: v1
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
data:
  kube: {{ .Capabilities.KubeVersion.Version }}
  apis: {{ .Capabilities.APIVersions.Has \"example.com/v1\" | quote }}
  values: |
    {{- toYaml .Values | nindent 4 }}
";

const STATE: &str = "environments:
  default: {values: [{size: 1, on: {enabled: false}}]}
  prod: {values: [{size: 3, on: {enabled: false}}]}
---
repositories:
- {name: stable, url: URL}
- {name: other, url: OTHER}
helmDefaults: {wait: true, timeout: 120, historyMax: 3}
kubeVersion: 1.31.0
commonLabels: {team: shop}
releases:
- name: web
  namespace: one
  chart: stable/web
  needs: [one/off]
  labels: {tier: front}
  values: [values/web.yaml.gotmpl, values/plain.yaml, {size: {{ .Values.size }}, brace: '{{\"{{\"}} x }}'}]
  set: [{name: a.b, value: 'x,y'}, {name: list, values: [1, two]}, {name: text, file: text.txt}]
  setString: [{name: id, value: '0123'}]
  env: [{name: shown, value: SHOWN}]
  hooks:
  - {events: [presync], command: ./notify.sh, args: ['{{`{{ .Release.Name }}`}}', done]}
- {name: off, namespace: one, chart: stable/web, condition: on.enabled, needs: [two/web]}
- {name: web, namespace: two, chart: other/web, apiVersions: [example.com/v1], kubeVersion: 1.30.2}
- {name: gone, chart: stable/web, installed: false}
- {name: app, chart: ./charts/app, createNamespace: false, atomic: true}
";

fn exported() -> ([Registry; 2], Dir) {
    let registry = Registry::start();
    let templates = [("templates/a.yaml", VALUES), ("values.yaml", "size: 0\n")];
    registry.chart_with("web", "1.0.0", &templates);
    let other = Registry::start();
    other.chart_with("web", "1.0.0", &[("templates/b.yaml", VALUES), ("values.yaml", "of: another repository\n")]);
    let state = STATE.replace("OTHER", &other.url()).replace("URL", &registry.url());
    let dir = Dir::new()
        .knowing(&registry)
        .variable("SHOWN", "yes")
        .file("helmfile.yaml.gotmpl", &state)
        .file("values/web.yaml.gotmpl", "at: {{ .Environment.Name }}-{{ .Release.Name }}\nversion: {{ .Release.ChartVersion }}\n")
        .file("values/plain.yaml", "# kept\nratio: 1.50\nsecret: ref+echo://from-vals\n")
        .file("text.txt", "several\nlines, and more\n")
        .file(
            "charts/app/Chart.yaml",
            &format!(
                "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- {{name: web, version: 1.x, repository: {}}}\n",
                registry.url()
            ),
        )
        .file("charts/app/templates/a.yaml", VALUES);
    dir.run("resolve").expect_code(0);
    ([registry, other], dir)
}

#[test]
fn what_is_written_has_pinned_charts_and_values_as_they_stand() {
    let (_registries, dir) = exported();
    let warnings = "
        warning: a hook of release `web` runs `./notify.sh`, which is not exported
            Exported 6 releases with 3 charts into out
        ";
    dir.run("export --helmfile out").expect_code(0).expect_stdout("").expect_stderr(warnings);
    let names: Vec<_> = snapshot(&dir.path().join("out"))
        .into_iter()
        .map(|(path, _)| path.strip_prefix(dir.path().join("out")).unwrap().to_string_lossy().into_owned())
        .filter(|name| !name.contains("environments/default") && !name.starts_with("charts/"))
        .collect();
    let values = "environments/prod/values/one.web";
    let expected = ["environments/prod/helmfile.yaml.gotmpl".to_owned(), format!("{values}/1-web.yaml")];
    let expected =
        expected.into_iter().chain(["2-plain.yaml", "3-inline.yaml", "set-3.txt"].map(|name| format!("{values}/{name}")));
    assert_eq!(names, expected.chain(["helmfile.yaml.gotmpl".to_owned()]).collect::<Vec<_>>());
    dir.expect_file("out/environments/prod/values/one.web/1-web.yaml", "at: prod-web\nversion: 1.0.0\n");
    dir.expect_file("out/environments/prod/values/one.web/2-plain.yaml", "# kept\nratio: 1.50\nsecret: ref+echo://from-vals\n");
    let state = dir.read("out/environments/prod/helmfile.yaml.gotmpl").unwrap();
    // Two repositories have a chart of this name and version, so a part of the digest tells their archives apart.
    let at = state.find("web-1.0.0-").unwrap() + "web-1.0.0-".len();
    equal("state file", WRITTEN, &state.replace(&state[at..at + 12], "[HEX]"));
}

const WRITTEN: &str = r#"# Written by `helmlock export`: change the project that it comes from instead.
environments:
  prod: {}
---
helmDefaults:
  historyMax: 3
  timeout: 120
  wait: true
kubeVersion: 1.37.0
releases:
  - apiVersions:
      - example.com/v1
    chart: ../../charts/web-1.0.0.tgz
    kubeVersion: 1.30.2
    labels:
      team: shop
    name: web
    namespace: two
  - chart: ../../charts/web-1.0.0-[HEX].tgz
    installed: false
    kubeVersion: 1.31.0
    labels:
      team: shop
    name: gone
  - atomic: true
    chart: ../../charts/app-0.1.0.tgz
    createNamespace: false
    kubeVersion: 1.31.0
    labels:
      team: shop
    name: app
  - chart: ./none
    condition: never.enabled
    name: "off"
    namespace: one
    needs:
      - two/web
  - chart: ../../charts/web-1.0.0-[HEX].tgz
    env:
      - name: shown
        value: SHOWN
    hooks:
      - args:
          - '{{`{{`}} .Release.Name }}'
          - done
        command: ./notify.sh
        events:
          - presync
    kubeVersion: 1.31.0
    labels:
      team: shop
      tier: front
    name: web
    namespace: one
    needs:
      - one/off
    set:
      - name: a.b
        value: x,y
      - name: list
        values:
          - 1
          - two
      - file: values/one.web/set-3.txt
        name: text
    setString:
      - name: id
        value: "0123"
    values:
      - values/one.web/1-web.yaml
      - values/one.web/2-plain.yaml
      - values/one.web/3-inline.yaml
values:
  - never:
      enabled: false
"#;

#[test]
fn an_export_is_refused_rather_than_wrong() {
    let (_registries, dir) = exported();
    let hint = "error: charts is not empty; remove it first, so that nothing old is deployed\n";
    dir.run("export --helmfile charts").expect(1, "", hint);
    dir.run("export --helmfile out -l tier=nobody").expect_code(3);
    assert!(dir.read("out/helmfile.yaml.gotmpl").is_none());
    let document = dir.run("export --helmfile out -e prod -l tier=front -o json").expect_code(0).stdout;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["environments"], serde_json::json!(["prod"]));
    assert_eq!((&document["releases"], document["charts"].as_object().unwrap().len()), (&1.into(), 1), "{document}");
}

#[test]
fn nothing_decrypted_is_written() {
    let registry = Registry::start();
    registry.chart_with("web", "1.0.0", &[("templates/a.yaml", VALUES)]);
    let dir = project(&registry, "- {name: web, chart: stable/web, values: [v.yaml.gotmpl], secrets: [s.yaml]}\n")
        .file("v.yaml.gotmpl", "password: {{ \"ref+echo://hunter22\" | fetchSecretValue }}\n")
        .file("s.yaml", "password: ENC[AES256_GCM,data:Tr7o]\nsops: {}\n");
    dir.run("resolve").expect_code(0);
    let refused = dir.run("export --helmfile out").expect_code(1);
    assert!(
        refused.stderr.contains("environments/default/values/web/1-v.yaml would hold a decrypted value"),
        "{}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("hunter22") && dir.read("out/helmfile.yaml.gotmpl").is_none());
    dir.write("v.yaml.gotmpl", "password: {{ \"ref+echo://hunter22\" }}\n");
    dir.run("export --helmfile out").expect_code(0);
    dir.expect_file("out/environments/default/values/web/1-v.yaml", "password: ref+echo://hunter22\n");
    dir.expect_file("out/environments/default/values/web/2-s.yaml", "password: ENC[AES256_GCM,data:Tr7o]\nsops: {}\n");
    let state = dir.read("out/environments/default/helmfile.yaml.gotmpl").unwrap();
    assert!(state.contains("secrets:\n      - values/web/2-s.yaml\n"), "{state}");
}

/// helmfile, its helm, and the dialect in which we print what they print.
const PEERS: [(&str, &str, &str); 2] = [("helmfile", "helm3_19", "3.19"), ("helmfile1", "helm4", "4.3")];

fn oracle() -> Option<PathBuf> {
    let folder = std::env::var_os("HELMLOCK_ORACLE").map(PathBuf::from)?;
    let is_here = |name: &str| folder.join(name).is_file();
    let found = PEERS.iter().all(|(helmfile, helm, _)| is_here(helmfile) && is_here(helm)).then_some(folder);
    if found.is_none() {
        println!("skipped: HELMLOCK_ORACLE names no folder with helmfile, helmfile1, helm3_19, helm4");
    }
    found
}

/// Exports a resolved project, and holds what each helmfile prints there against what we print for the project.
fn prints_the_same(dir: &Dir, lines: &BTreeSet<String>) {
    for peer in PEERS {
        prints_the_same_as(peer, dir, lines);
    }
}

fn prints_the_same_as((helmfile, helm, dialect): (&str, &str, &str), dir: &Dir, lines: &BTreeSet<String>) {
    let Some(folder) = oracle() else { return };
    dir.run(&format!("resolve --helm-dialect {dialect}")).expect_code(0);
    dir.run("export --helmfile out").expect_code(0);
    for line in lines {
        let ours = dir.run(line).expect_code(0).stdout;
        let (code, theirs) = run(dir, &folder, (helmfile, helm), &format!("-f out/helmfile.yaml.gotmpl {line}"));
        assert_eq!(code, Some(0), "{helmfile} {line}: {theirs}");
        equal(&format!("{helmfile} {line}"), &ours, &theirs);
    }
    std::fs::remove_dir_all(dir.path().join("out")).unwrap();
}

#[test]
fn the_real_helmfile_prints_the_same() {
    let (_registries, dir) = exported();
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml.gotmpl")).unwrap();
    let lines = [
        "template",
        "template -e prod",
        "template -e prod -l tier=front",
        "template -l team=shop -l name=app",
        "template -l namespace=two --include-needs",
    ];
    for peer in PEERS {
        // 0.166 knows no `setString`, in the project as little as in what is made of it.
        let is_known = |line: &&str| !(peer.0 == "helmfile" && line.contains("setString"));
        dir.write("helmfile.yaml.gotmpl", &state.split_inclusive('\n').filter(is_known).collect::<String>());
        prints_the_same_as(peer, &dir, &lines.map(str::to_owned).into());
    }
}

#[test]
fn the_real_helmfile_prints_the_same_for_the_recorded_projects() {
    for folder in folders("examples").into_iter().chain(folders("tests/cases/suite")).filter(|folder| can_be_compared(folder)) {
        let recorded = Recorded::open(&folder);
        recorded.dir.run("resolve").expect_code(0);
        let is_for_both = |line: &&String| {
            // State values and flags of the project are spent when it is exported; helmfile runs these of them.
            ["-n ", "--state-values", "--values", "--show-only", "--concurrency", "--no-hooks"]
                .iter()
                .all(|flag| !line.contains(flag))
        };
        prints_the_same(
            &recorded.dir,
            &recorded.commands().into_values().collect::<Vec<_>>().iter().filter(is_for_both).cloned().collect(),
        );
    }
}

#[test]
fn the_real_helmfile_prints_the_same_for_nested_state_files() {
    let registry = Registry::start();
    registry.chart_with("web", "1.0.0", &[("templates/a.yaml", VALUES)]);
    let part = |releases: &str| {
        let url = registry.url();
        format!("repositories:\n- {{name: stable, url: {url}}}\nreleases:\n{releases}")
    };
    let dir = Dir::new()
        .knowing(&registry)
        .file("helmfile.yaml", "helmfiles: [{path: 'apps/*.yaml'}, {path: base/helmfile.yaml, selectors: [tier=base]}]\n")
        .file("apps/b.yaml", &part("- {name: second, chart: stable/web, values: [values/own.yaml]}\n"))
        .file("apps/a.yaml", &part("- {name: later, chart: stable/web, needs: [first]}\n- {name: first, chart: stable/web}\n"))
        .file("apps/values/own.yaml", "its: own\n")
        .file(
            "base/helmfile.yaml",
            &part("- {name: dns, chart: stable/web, labels: {tier: base}}\n- {name: spare, chart: stable/web}\n"),
        );
    dir.run("resolve").expect_code(0);
    prints_the_same(&dir, &["template", "template -l name=dns"].map(str::to_owned).into());
}
