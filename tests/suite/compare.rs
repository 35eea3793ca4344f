//! `compare`: a stand-in for helm, written by each test, prints what the test wants; the real one is asked where it is.

use crate::support::{Dir, Recorded, Registry, folders, project};

const TWO: &str = "- name: cache\n  chart: stable/redis\n- name: front\n  namespace: web\n  chart: stable/nginx\n";

fn served() -> (Registry, Dir) {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, TWO);
    dir.run("resolve").expect_code(0);
    (registry, dir)
}

/// Puts a helm of this version into the project that runs these shell commands, in which `$NAME` is the release.
fn stand_in(dir: &Dir, version: &str, template: &str) {
    dir.program(
        "helm",
        &format!(
            "case \"$1\" in version) echo '{version}'; exit;; esac\n\
             for argument in \"$@\"; do test \"$dashes\" && {{ NAME=$argument; break; }}; test \"$argument\" = -- && dashes=1; done\n{template}"
        ),
    );
}

const CONFIG_MAP: &str =
    "printf -- '---\\n# Source: %s/templates/configmap.yaml\\nkind: ConfigMap\\napiVersion: v1\\nmetadata: {name: %s-%s}\\n'";

fn faithful() -> String {
    format!("case $NAME in cache) C=redis;; *) C=nginx;; esac\n{CONFIG_MAP} $C $NAME $C")
}

#[test]
fn what_is_equal_is_counted() {
    let (_registry, dir) = served();
    stand_in(&dir, "v4.3.1+gc0d08d0", &faithful());
    dir.run("compare --helm ./helm").expect(0, "2/2 releases equal\n", "");
    dir.run("compare --helm ./helm -l name=front").expect(0, "1/1 release equal\n", "");
    dir.run("compare -b ./helm -o json").expect(
        0,
        r#"
        {
          "equal": 2,
          "helm": {
            "dialect": "4.3",
            "version": "v4.3.1+gc0d08d0"
          },
          "releases": [
            {
              "difference": null,
              "impure": [],
              "name": "cache",
              "namespace": "",
              "random": [],
              "reproducer": null,
              "verdict": "equal"
            },
            {
              "difference": null,
              "impure": [],
              "name": "front",
              "namespace": "web",
              "random": [],
              "reproducer": null,
              "verdict": "equal"
            }
          ],
          "total": 2
        }
        "#,
        "",
    );
}

#[test]
fn the_helm_on_the_path_is_taken_and_gets_the_locked_bytes_and_nothing_of_the_user() {
    let (_registry, dir) = served();
    let dir = dir.variable("KUBECONFIG", "/k").variable("HTTPS_PROXY", "http://p").variable("HELM_NAMESPACE", "spare");
    let spy = format!(
        "{{ echo \"$@\"; env | grep -v '^PWD' | cut -d= -f1 | sort | tr '\\n' ' '; ls -l; }} >> {}/seen\n{}",
        dir.path().display(),
        faithful()
    );
    stand_in(&dir, "v4.3.1", &spy);
    let path = format!("{}:{}", dir.path().display(), std::env::var("PATH").unwrap());
    let dir = dir.variable("PATH", &path);
    dir.run("compare -l name=cache --set a.b=1 --include-crds").expect(0, "1/1 release equal\n", "");
    let seen = dir.read("seen").unwrap();
    let (arguments, rest) = seen.split_once('\n').unwrap();
    assert_eq!(arguments, "template --namespace spare --set a.b=1 --kube-version 1.37.0 --include-crds -- cache ./chart.tgz",);
    assert!(!rest.contains("KUBECONFIG") && !rest.contains("PROXY") && !rest.contains("HELM_NAMESPACE"), "{rest}");
    assert!(rest.contains("HELM_CACHE_HOME") && rest.contains("-rw------- "), "{rest}");
}

#[test]
fn a_difference_is_shown_and_can_be_reproduced() {
    let (_registry, dir) = served();
    stand_in(&dir, "v4.3.1", &format!("{}\necho 'more: true'", faithful()));
    dir.run("compare --helm ./helm -l name=front --set password=hunter2").expect(
        2,
        "
        front: DIFFERENT
          --- helm v4.3.1
          +++ helmlock
          @@ -3,4 +3,3 @@
           kind: ConfigMap
           apiVersion: v1
           metadata: {name: front-nginx}
          -more: true
          reproducer: helmlock-compare/front
        0/1 release equal
        ",
        "
        error: 1 of 1 release not equal
          hint: please report it: a reproducer shows the difference without your values
        ",
    );
    let document = dir.run("compare --helm ./helm -l name=front -o json").expect_code(2).stdout;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!((&document["equal"], &document["exit"]), (&0.into(), &2.into()), "one document with all of it: {document}");
    dir.run("compare --helm ./helm -l name=front --set password=hunter2").expect_code(2);
    let readme = dir.read("helmlock-compare/front/README.md").unwrap();
    assert!(readme.contains("\n    helm template --namespace web --set password=xxxxxxx --kube-version "), "{readme}");
    assert!(dir.read("helmlock-compare/front/helm.yaml").unwrap().ends_with("more: true\n"));
    assert!(!dir.read("helmlock-compare/front/helmlock.yaml").unwrap().contains("more"));
    assert!(dir.path().join("helmlock-compare/front/chart.tgz").is_file());
}

#[test]
fn a_difference_that_only_the_values_show_is_kept_only_if_that_is_wanted() {
    let (_registry, dir) = served();
    let only_then = format!("{}\ncase \"$*\" in *hunter2*) echo 'kind: Secret';; esac", faithful());
    stand_in(&dir, "v4.3.1", &only_then);
    let run = dir.run("compare --helm ./helm -l name=front --set password=hunter2").expect_code(2);
    assert!(run.stdout.contains("  no reproducer: with the values redacted there is no difference"), "{}", run.stdout);
    assert!(!dir.path().join("helmlock-compare").exists());
    let run = dir.run("compare --helm ./helm -l name=front --set password=hunter2 --keep-values").expect_code(2);
    assert!(run.stdout.contains("  reproducer: helmlock-compare/front\n"), "{}", run.stdout);
    assert!(dir.read("helmlock-compare/front/README.md").unwrap().contains("password=hunter2"));
}

#[test]
fn secrets_are_not_shown_and_random_lines_are_counted_apart() {
    let registry = Registry::start();
    let secret = "kind: Secret\ndata:\n  a: {{ randAlphaNum 8 }}\n  b: {{ .Values.b | b64enc }}\n";
    registry.chart_with("secret", "1.0.0", &[("values.yaml", "b: b\n"), ("templates/s.yaml", secret)]);
    let dir = project(&registry, "- name: s\n  chart: stable/secret\n");
    dir.run("resolve").expect_code(0);
    let printed = |b: &str| {
        format!(
            "printf -- '---\\n# Source: secret/templates/s.yaml\\nkind: Secret\\ndata:\\n  a: %s\\n  b: {b}\\n' `tr -dc a-z </dev/urandom | head -c 8`"
        )
    };
    stand_in(&dir, "v4.3.1", &printed("Yg=="));
    dir.run("compare --helm ./helm").expect(0, "s: 1 line random by nature: 5 (randAlphaNum)\n1/1 release equal\n", "");
    stand_in(&dir, "v4.3.1", &printed("Yw=="));
    let shown = dir.run("compare --helm ./helm").expect_code(2).stdout;
    assert!(shown.contains("\n  -  b: <hidden ") && !shown.contains("Yg") && !shown.contains("Yw"), "{shown}");
    assert!(!shown.contains("\n  -  a: "), "what is random does not differ: {shown}");
}

#[test]
fn who_refuses_alone_differs_and_who_refuses_together_agrees() {
    let registry = Registry::start();
    registry.chart_with("bad", "1.0.0", &[("templates/a.yaml", "{{ fail \"no\" }}\n")]);
    registry.chart("good", "1.0.0");
    let dir = project(&registry, "- name: bad\n  chart: stable/bad\n- name: good\n  chart: stable/good\n");
    dir.run("resolve").expect_code(0);
    stand_in(&dir, "v4.3.1", "echo 'Error: it cannot be' >&2; exit 1");
    dir.run("compare --helm ./helm").expect(
        2,
        "
        bad: both refuse
        good: DIFFERENT
          helm refuses it, helmlock does not:
          Error: it cannot be
          reproducer: helmlock-compare/good
        1/2 releases equal
        ",
        "
        error: 1 of 2 releases not equal
          hint: please report it: a reproducer shows the difference without your values
        ",
    );
}

#[test]
fn a_helm_that_is_missing_or_prints_like_none_of_ours_is_refused() {
    let (_registry, dir) = served();
    dir.run("compare --helm ./none").expect(
        1,
        "",
        "
        error: `./none` cannot be compared with: No such file or directory (os error [N])
          hint: `--helm PATH` names the helm to compare with, `--helmfile PATH` the helmfile
        ",
    );
    for version in ["v2.17.0", "v3.16.1+g1", "v4.2.3", "v5.0.0"] {
        stand_in(&dir, version, "exit 1");
        let said = dir.run("compare --helm ./helm").expect_code(1).stderr;
        let expected = format!("error: `./helm` cannot be compared with: it is Helm {version}; what is reproduced here is Helm ");
        assert!(said.starts_with(&expected), "{said}");
    }
    stand_in(&dir, "none of your business", "exit 1");
    let said = dir.run("compare --helm ./helm").expect_code(1).stderr;
    assert!(said.contains("its version is none: none of your business"), "{said}");
}

fn is_of_template_only(command: &str) -> bool {
    ["--show-only", "--concurrency"].iter().any(|flag| command.contains(flag))
}

/// The real helms that are here, each with its program.
fn real() -> Vec<std::path::PathBuf> {
    let Some(folder) = std::env::var_os("HELMLOCK_ORACLE") else {
        println!("skipped: HELMLOCK_ORACLE names no folder with helm4, helm3_19, helm3");
        return Vec::new();
    };
    let programs = ["helm4", "helm3_22", "helm3_19", "helm3"].map(|name| std::path::Path::new(&folder).join(name));
    programs.into_iter().filter(|program| program.is_file()).collect()
}

/// Ad-hoc `dependencies` and changed manifests are in no archive that a helm could be given, and `compare` says so.
pub(crate) fn can_be_compared(folder: &std::path::Path) -> bool {
    !folder.ends_with("added") && !folder.ends_with("chartified")
}

#[test]
fn every_real_helm_prints_the_same_for_the_recorded_projects() {
    let helms = real();
    if helms.is_empty() {
        return;
    }
    for folder in folders("examples").into_iter().chain(folders("tests/cases/suite")).filter(|folder| can_be_compared(folder)) {
        let recorded = Recorded::open(&folder);
        recorded.dir.run("resolve").expect_code(0);
        for command in recorded.commands().values().filter(|command| !is_of_template_only(command)) {
            for helm in &helms {
                let compare = format!("{} --helm {}", command.replacen("template", "compare", 1), helm.display());
                let said = recorded.dir.run(&compare).expect_code(0).stdout;
                assert!(said.ends_with(" equal\n"), "{compare}: {said}");
            }
        }
    }
}

#[test]
fn every_real_helm_prints_the_same_for_sets_randomness_local_charts_and_refusals() {
    let registry = Registry::start();
    let template = "kind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata:\n{{ toYaml .Values | indent 2 }}\n  at: {{ now | unixEpoch | quote }}\n";
    registry.chart_with("redis", "20.5.0", &[("values.yaml", "replicas: 2\n"), ("templates/c.yaml", template)]);
    registry.chart_with("bad", "1.0.0", &[("templates/a.yaml", "{{ fail \"no\" }}\n")]);
    let releases = "- name: cache\n  chart: stable/redis\n  values:\n  - image: {tag: v1}\n  set:\n  - {name: a.b, value: 7}\n  - {name: text, file: text.txt}\n\
                    - name: app\n  chart: ./app\n- name: bad\n  chart: stable/bad\n";
    let dir = project(&registry, releases)
        .file("text.txt", "several\nlines, and \\more\n")
        .file("app/.helmignore", "*.md\n")
        .file("app/README.md", "left out")
        .file(
            "app/templates/all.yaml",
            "files: [{{ range $name, $ := .Files.Glob \"**\" }}{{ $name }}, {{ end }}]\nsub: {{ .Values.redis.replicas }}\n",
        )
        .file("app/charts/old/Chart.yaml", "apiVersion: v2\nname: redis\nversion: 1.0.0\n")
        .file("app/charts/old/templates/old.yaml", "old: true\n");
    let dependencies = format!("dependencies:\n- {{name: redis, version: ^20, repository: \"{}\"}}\n", registry.url());
    dir.write("app/Chart.yaml", &format!("apiVersion: v2\nname: app\nversion: 0.1.0\n{dependencies}"));
    dir.run("resolve").expect_code(0);
    for helm in real() {
        let said = dir.run(&format!("compare --helm {}", helm.display())).expect_code(0).stdout;
        assert!(said.starts_with("bad: both refuse\n") && said.ends_with("3/3 releases equal\n"), "{}: {said}", helm.display());
    }
}
