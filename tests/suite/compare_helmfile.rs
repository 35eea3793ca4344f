//! `compare --against helmfile`: stand-ins for helm and helmfile, written by each test, or the real ones where they are.

use std::path::{Path, PathBuf};

use crate::compare::can_be_compared;
use crate::support::{Dir, Recorded, Registry, Shelf, folders, project};

const COMPARE: &str = "compare --against helmfile --helm ./helm --helmfile ./helmfile";

const TWO: &str = "- name: cache\n  chart: stable/redis\n  namespace: one\n  values: [{password: hunter2}]\n\
                   - name: cache\n  chart: stable/nginx\n  namespace: two\n";

/// A project of two releases with the same name.
fn served() -> (Registry, Dir) {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let dir = project(&registry, TWO);
    dir.run("resolve").expect_code(0);
    (registry, dir)
}

/// A helm that prints what we print.
fn helm(dir: &Dir, more: &str) {
    let template = "printf -- '---\\n# Source: %s/templates/configmap.yaml\\nkind: ConfigMap\\napiVersion: v1\\nmetadata: {name: cache-%s}\\n' $C $C";
    let script = format!(
        "case \"$1\" in version) echo v4.3.1; exit;; esac\ncase \"$*\" in *'--namespace one'*) C=redis;; *) C=nginx;; esac\n{template}\n{more}"
    );
    dir.program("helm", &script);
}

/// A helmfile that runs these commands, in which `$HELM` is its helm.
fn helmfile(dir: &Dir, version: &str, template: &str) {
    let script = format!(
        "if test \"$1\" = --version; then echo 'helmfile version {version}'; exit; fi\nHELM=$2\n\"$HELM\" version --short >&2\n{template}"
    );
    dir.program("helmfile", &script);
}

const ONE: &str = "\"$HELM\" template cache stable/redis --version ^20 --namespace one --values given.yaml; echo";
const OTHER: &str = "\"$HELM\" template cache stable/nginx --namespace two; echo";

#[test]
fn helmfile_reads_the_state_and_helm_gets_the_locked_charts() {
    let (_registry, dir) = served();
    let dir = dir.file("given.yaml", "password: hunter2\n").variable("SECRET", "s").variable("HTTPS_PROXY", "http://p");
    let spy = format!("{{ echo \"helm $*\"; env | grep -c -e SECRET -e PROXY; true; }} >> '{}/seen'", dir.path().display());
    helm(&dir, &spy);
    let told = format!(
        "echo \"$@\" | cut -d' ' -f3- >> seen; \"$HELM\" repo add a b; \"$HELM\" pull oci://h/redis -d unpacked\n{ONE}\n{OTHER}"
    );
    helmfile(&dir, "v1.8.0", &told);
    dir.run(&format!("{COMPARE} -e default -l chart!=x --set a=1 --api-versions x/v1")).expect(0, "2/2 releases equal\n", "");
    let seen = dir.read("seen").unwrap();
    let lines: Vec<_> = seen.lines().collect();
    assert_eq!(
        lines[0],
        "--sequential-helmfiles --quiet --skip-deps --environment default --selector chart!=x template --set a=1"
    );
    assert!(
        lines[1].starts_with(
            "helm template --namespace one --values given.yaml --api-versions x/v1 --kube-version 1.37.0 -- cache /"
        )
    );
    assert_eq!((lines.len(), lines[2], lines[4]), (5, "0", "0"), "helm sees none of the user's variables: {seen}");
    assert!(dir.read("unpacked/redis/Chart.yaml").is_some(), "helmfile finds the chart that it had pulled");
    let document = dir.run(&format!("{COMPARE} -o json")).expect_code(0).stdout;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!((&document["helmfile"]["version"], &document["equal"]), (&"v1.8.0".into(), &2.into()), "{document}");
}

#[test]
fn releases_of_one_name_have_reproducers_of_their_own() {
    let (_registry, dir) = served();
    let dir = dir.file("given.yaml", "password: hunter2\n");
    helm(&dir, "echo 'more: true'");
    helmfile(&dir, "0.166.0", &format!("{ONE}\n{OTHER}"));
    for against in [COMPARE, "compare --helm ./helm"] {
        if against == COMPARE {
            let said = dir.run(COMPARE).expect_code(1).stderr;
            assert!(said.contains("helmfile 0.166.0 cannot work with Helm v4.3.1"), "{said}");
            helmfile(&dir, "v1.8.0", &format!("{ONE}\n{OTHER}"));
        }
        let said = dir.run(against).expect_code(2).stdout;
        assert!(
            said.contains("cache (one): DIFFERENT\n") && said.contains("\n  reproducer: helmlock-compare/two.cache\n"),
            "{said}"
        );
        for folder in ["one.cache", "two.cache"] {
            assert!(dir.read(&format!("helmlock-compare/{folder}/helm.yaml")).unwrap().ends_with("more: true\n"));
        }
        std::fs::remove_dir_all(dir.path().join("helmlock-compare")).unwrap();
    }
}

#[test]
fn what_helmfile_tells_helm_otherwise_is_written_down_without_texts() {
    let (_registry, dir) = served();
    let dir = dir.file("given.yaml", "password: hunter3\nsize: 3\n");
    helm(&dir, "case \"$*\" in *given.yaml*) echo 'more: true';; esac");
    helmfile(&dir, "v1.8.0", &format!("{}\n{OTHER}", ONE.replace("--values", "--set key=hunter3 --values")));
    let said = dir.run(COMPARE).expect_code(2).stdout;
    assert!(said.ends_with("  reproducer: helmlock-compare/one.cache\n1/2 releases equal\n"), "{said}");
    dir.expect_file("helmlock-compare/one.cache/helmfile/values-1.yaml", "password: xxxxxxx\nsize: 3\n");
    dir.expect_file("helmlock-compare/one.cache/helmlock/values-1.yaml", "password: xxxxxxx\n");
    let command = dir.read("helmlock-compare/one.cache/helmfile/command.txt").unwrap();
    assert!(command.contains("--set key=xxxxxxx --values values-1.yaml"), "{command}");
}

#[test]
fn releases_that_only_one_side_has_and_another_order_differ() {
    let (_registry, dir) = served();
    let dir = dir.file("given.yaml", "{}\n");
    helm(&dir, "");
    helmfile(&dir, "v1.8.0", &format!("{ONE}\n\"$HELM\" template spare stable/redis; echo"));
    let said = dir.run(COMPARE).expect_code(2).stdout;
    for line in [
        "cache (two): DIFFERENT\n  helmlock renders it, helmfile does not\n",
        "\nDIFFERENT: helmfile renders `spare`, helmlock does not\n",
        "\nDIFFERENT: helmfile prints something besides what helm prints for the releases\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    helmfile(&dir, "v1.8.0", &format!("{OTHER}\n{ONE}"));
    let order = "DIFFERENT: helmfile renders in the order two/cache, one/cache; helmlock in the order one/cache, two/cache\n2/2 releases equal\n";
    let said = "error: every release is equal, the whole is not\n  hint: please report it\n";
    dir.run(COMPARE).expect(2, order, said);
}

#[test]
fn who_hangs_is_not_waited_for() {
    let (_registry, dir) = served();
    let dir = dir.file("given.yaml", "{}\n");
    let limit = "--time-limit 1";
    helmfile(&dir, "v1.8.0", &format!("{ONE}\n{OTHER}"));
    helm(&dir, "exec sleep 60");
    let said = dir.run(&format!("{COMPARE} {limit}")).expect_code(1).stderr;
    assert!(said.contains("release `cache`: helm: it did not end within 1 s"), "{said}");
    let said = dir.run(&format!("compare --helm ./helm {limit}")).expect_code(1).stderr;
    assert!(said.contains("helm` cannot be compared with: it did not end within 1 s"), "{said}");
    helm(&dir, "");
    helmfile(&dir, "v1.8.0", "sleep 60");
    let said = dir.run(&format!("{COMPARE} {limit}")).expect_code(1).stderr;
    assert!(said.contains("helmfile` cannot be compared with: it did not end within 4 s"), "{said}");
}

#[test]
fn a_helmfile_that_is_missing_unknown_or_fails_is_refused() {
    let (_registry, dir) = served();
    helm(&dir, "");
    dir.run(COMPARE).expect_code(1);
    for (version, reason) in
        [("v2.0.0", "it is helmfile v2.0.0; known are 0.166 to 0.171 and 1.0 to 1.8"), ("none", "its version is none")]
    {
        helmfile(&dir, version, "exit 1");
        let said = dir.run(COMPARE).expect_code(1).stderr;
        assert!(said.contains(reason), "{said}");
    }
    helmfile(&dir, "v1.8.0", "echo 'in ./helmfile.yaml: no' >&2; exit 1");
    let said = dir.run(COMPARE).expect_code(1).stderr;
    assert!(said.contains("it refuses: v4.3.1\n") && said.contains("in ./helmfile.yaml: no"), "{said}");
    dir.run("compare --helm ./helm --helmfile ./helmfile").expect_code(64);
}

/// The real programs that are here: each helmfile with each helm that it works with.
fn real() -> Vec<(PathBuf, PathBuf)> {
    let Some(folder) = std::env::var_os("HELMLOCK_ORACLE") else {
        println!("skipped: HELMLOCK_ORACLE names no folder with helmfile1, helmfile, helm4, helm3_22, helm3_19, helm3");
        return Vec::new();
    };
    let here = |name: &str| Some(Path::new(&folder).join(name)).filter(|path| path.is_file());
    let pairs = [("helmfile1", "helm4"), ("helmfile1", "helm3_22"), ("helmfile", "helm3_19"), ("helmfile", "helm3")];
    pairs.into_iter().filter_map(|(helmfile, helm)| Some((here(helmfile)?, here(helm)?))).collect()
}

fn compared(helmfile: &Path, helm: &Path) -> String {
    format!("compare --against helmfile --helm {} --helmfile {}", helm.display(), helmfile.display())
}

#[test]
fn every_real_helmfile_prints_the_same_for_the_recorded_projects() {
    let real = real();
    if real.is_empty() {
        return;
    }
    for folder in folders("examples").into_iter().chain(folders("tests/cases/suite")).filter(|folder| can_be_compared(folder)) {
        let recorded = Recorded::open(&folder);
        recorded.dir.run("resolve").expect_code(0);
        let commands = recorded.commands();
        let commands = commands.values().filter(|line| !["--show-only", "--concurrency"].iter().any(|flag| line.contains(flag)));
        for command in commands {
            for (helmfile, helm) in &real {
                let line = command.replacen("template", &compared(helmfile, helm), 1);
                let said = recorded.dir.run(&line).expect_code(0).stdout;
                assert!(said.ends_with(" equal\n"), "{}: {line}: {said}", folder.display());
            }
        }
    }
}

#[test]
fn every_real_helmfile_prints_the_same_for_registries_local_charts_and_refusals() {
    let real = real();
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/oci");
    shelf.push("1.2.0");
    let template = "kind: Secret\nmetadata: {name: {{ .Release.Name }}}\ndata:\n{{ toYaml .Values | indent 2 }}\n  at: {{ now | unixEpoch | quote }}\n";
    registry.chart_with("redis", "20.5.0", &[("values.yaml", "replicas: 2\n"), ("templates/c.yaml", template)]);
    registry.chart_with("bad", "1.0.0", &[("templates/a.yaml", "{{ fail \"no\" }}\n")]);
    registry.chart_with("empty", "1.0.0", &[("templates/a.yaml", "{{ if .Values.more }}a: b{{ end }}\n")]);
    let host = registry.url().replace("http://", "");
    let state = format!(
        "repositories:\n- {{name: stable, url: \"{}\"}}\n- {{name: oci, url: {host}/charts, oci: true, plainHttp: true}}\nreleases:\n\
         - {{name: cache, chart: stable/redis, namespace: one, version: ^20, values: [v.yaml.gotmpl, {{image: {{tag: v1}}}}], set: [{{name: a.b, value: 7}}, {{name: text, file: text.txt}}]}}\n\
         - {{name: bad, chart: stable/bad}}\n- {{name: empty, chart: stable/empty}}\n- {{name: cache, chart: oci/oci, namespace: two, version: 1.2.0}}\n\
         - {{name: app, chart: ./app, kubeVersion: 1.29.0}}\n",
        registry.url()
    );
    let dir = Dir::new()
        .knowing(&registry)
        .file("helmfile.yaml", &state)
        .file("v.yaml.gotmpl", "chart: {{ .Release.Name }}\nenvironment: {{ .Environment.Name }}\nhome: {{ env \"SHOWN\" }}\n")
        .file("text.txt", "several\nlines, and \\more\n")
        .file("app/templates/all.yaml", "sub: {{ .Values.redis.replicas }} {{ .Capabilities.KubeVersion }}\n")
        .file("app/charts/old/Chart.yaml", "apiVersion: v2\nname: redis\nversion: 1.0.0\n")
        .variable("SHOWN", "yes");
    let dependencies = format!("dependencies:\n- {{name: redis, version: ^20, repository: \"{}\"}}\n", registry.url());
    dir.write("app/Chart.yaml", &format!("apiVersion: v2\nname: app\nversion: 0.1.0\n{dependencies}"));
    dir.run("resolve").expect_code(0);
    registry.forget();
    for (helmfile, helm) in &real {
        if helmfile.ends_with("helmfile") {
            // It knows no such key.
            dir.write("helmfile.yaml", &state.replace(", plainHttp: true", ""));
        }
        let said = dir.run(&compared(helmfile, helm)).expect_code(0).stdout;
        assert!(said.starts_with("bad: both refuse\n") && said.ends_with("5/5 releases equal\n"), "{}: {said}", helm.display());
        let said = dir.run(&format!("{} -l namespace=one", compared(helmfile, helm))).expect_code(0).stdout;
        assert!(said.ends_with("1/1 release equal\n"), "{said}");
    }
    assert_eq!(registry.asked(), Vec::<String>::new(), "nobody asks the network");
}
