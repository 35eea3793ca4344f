//! Every flag and variable of helmfile is taken for what it means: the table in `tests/cases/commands/flags.txt`, one run a line.

use crate::support::Dir;

const STATE: &str = "\
environments:
  default: {}
  prod: {}
---
values:
- name: one
---
releases:
- name: {{ .Values.name }}
  chart: ./chart
  values:
  - inherited.yaml
  - state: {{ .Values.name | quote }}
    environment: {{ exec \"printf\" (list .Environment.Name) }}
- name: two
  chart: ./chart
  needs: [{{ .Values.name }}]
{{- if eq .Environment.Name \"prod\" }}
- name: prod-only
  chart: ./chart
{{- end }}
";

const TEXT: &str = "\
text: {{ .Values.text }}
name: {{ .Release.Name }}
kube: {{ .Capabilities.KubeVersion }}
---
kind: Hook
apiVersion: v1
metadata: {name: hook, annotations: {helm.sh/hook: pre-install}}
---
kind: Test
apiVersion: v1
metadata: {name: test, annotations: {helm.sh/hook: test}}
";

fn project() -> Dir {
    Dir::new()
        .file("helmfile.yaml.gotmpl", STATE)
        .file("other.yaml", "releases:\n- {name: elsewhere, chart: ./chart}\n")
        .file("rendered.yaml", "kubeVersion: \"{{ .Environment.Name }}\"\nreleases:\n- {name: a, chart: ./chart}\n")
        .file("hooked.yaml", "releases:\n- name: a\n  chart: ./chart\n  hooks: [{events: [prepare], command: \"true\"}]\n")
        .file("more.yaml", "name: from-file\n")
        .file("given.yaml", "text: from given\n")
        .file("inherited.yaml", "inherited: true\n")
        .file("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n")
        .file("chart/values.yaml", "text: default\n")
        .file("chart/crds/crd.yaml", "crd: true\n")
        .file("chart/templates/text.yaml", TEXT)
}

#[test]
fn every_flag_and_variable_of_helmfile_has_its_meaning() {
    let table = include_str!("../cases/commands/flags.txt");
    let rows: Vec<_> = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(rows.len() > 100, "the table is there");
    let dir = project();
    dir.run("resolve -q").expect_code(0);
    let mut wrong = Vec::new();
    for row in rows {
        let (typed, expected) = row.rsplit_once(" => ").unwrap();
        let is_variable = |word: &&str| word.starts_with("HELMFILE_");
        let variables: Vec<_> = typed.split(' ').take_while(is_variable).map(|word| word.split_once('=').unwrap()).collect();
        let arguments: Vec<_> = typed.split(' ').skip_while(is_variable).map(|word| word.trim_matches('"')).collect();
        let is_quiet = ["-q", "--quiet=true", "--log-level"].iter().any(|flag| arguments.contains(flag));
        let asks_quiet = variables.iter().any(|(name, _)| matches!(*name, "HELMFILE_QUIET" | "HELMFILE_LOG_LEVEL"));
        let mut command = dir.command(if is_quiet || asks_quiet { "" } else { "-v" });
        let output = command.args(arguments).envs(variables).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let holds = match expected.strip_prefix('!') {
            Some(absent) => !said.contains(absent),
            None => said.contains(expected),
        };
        if !holds {
            wrong.push(format!("{row}\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
