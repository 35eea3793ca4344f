//! `engine = "helm"` in helmlock.toml: the user's helm renders a release, from verified bytes, if the lock says so too.

use crate::support::{Dir, Registry, project};

const SETTINGS: &str = "[[release]]\nname = \"tools/odd\"\nengine = \"helm\"\n";

fn served() -> (Registry, Dir) {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    let dir =
        project(&registry, "- name: cache\n  chart: stable/redis\n- name: odd\n  namespace: tools\n  chart: stable/redis\n");
    let dir = dir.file("helmlock.toml", SETTINGS);
    let version = "case \"$1\" in version) echo v4.3.1; exit;; esac";
    let spy =
        format!("{{ echo \"$@\"; env | grep -c -e HTTPS_PROXY; cat chart.tgz | wc -c; }} >> '{}/seen'", dir.path().display());
    dir.program(
        "helm",
        &format!("{version}\n{spy}\ncase \"$*\" in *fail*) echo 'Error: no' >&2; exit 1;; esac\necho 'by: helm'"),
    );
    (registry, dir)
}

#[test]
fn helm_renders_what_the_settings_and_the_lock_give_to_it() {
    let (_registry, dir) = served();
    let dir = dir.variable("HTTPS_PROXY", "http://p");
    let resolved = dir.run("resolve").expect_code(0).stderr;
    assert!(resolved.contains("   Rendering by helm: tools/odd\n"), "{resolved}");
    assert!(dir.read("helmfile.lock").unwrap().contains("  kubeVersion: 1.37.0\n  byHelm: [tools/odd]\n"));
    dir.run("resolve").expect_code(0).expect_stderr("   Unchanged 1 pin in helmfile.lock\n");
    dir.run("check").expect(0, "", "     Current 1 pin for 2 requests\n     By helm tools/odd\n");
    let run = dir.run("template -b ./helm --set a=1").expect_code(0);
    assert!(run.stdout.ends_with("\n\nby: helm\n\n") && run.stdout.starts_with("---\n# Source: redis/"), "{}", run.stdout);
    let seen = dir.read("seen").unwrap();
    let lines: Vec<_> = seen.lines().collect();
    assert_eq!(lines[..2], ["template --namespace tools --set a=1 --kube-version 1.37.0 -- odd ./chart.tgz", "0"]);
    assert!(lines[2].trim().parse::<usize>().unwrap() > 100, "the archive is there");
    let document = dir.run("template -b ./helm -o json -l name=odd").expect_code(0).stdout;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!((&document["releases"][0]["engine"], &document["releases"][0]["text"]), (&"helm".into(), &"by: helm\n".into()));
    dir.run("template -b ./helm --require-pure").expect_code(2);
    dir.run("template -l name=cache").expect_code(0);
}

#[test]
fn settings_and_lock_that_disagree_are_stale() {
    let (_registry, dir) = served();
    dir.write("helmlock.toml", "");
    dir.run("resolve").expect_code(0);
    dir.write("helmlock.toml", SETTINGS);
    let said = "
        error: release `tools/odd` shall be rendered by helm, and helmfile.lock says helmlock
          hint: `helmlock resolve` mends it
        ";
    dir.run("template -b ./helm").expect(2, "", said);
    dir.run("check").expect(2, "", said);
    dir.run("resolve --locked").expect_code(2);
    dir.run("resolve").expect_code(0);
    dir.run("template -b ./helm").expect_code(0);
    dir.write("helmlock.toml", "");
    dir.run("template").expect_code(2);
    dir.write("helmlock.toml", "[[release]]\nname = \"other\"\nengine = \"helm\"\n");
    let said = dir.run("resolve").expect_code(0).stderr;
    assert!(said.contains("warning: helmlock.toml names release `other`, which no environment has"), "{said}");
    dir.write("helmlock.toml", "[[release]]\nname = \"other\"\nengin = \"helm\"\n");
    let said = dir.run("template").expect_code(1).stderr;
    assert!(said.contains("helmlock.toml:3: unknown field `engin`"), "{said}");
}

#[test]
fn a_helm_that_fails_is_missing_or_prints_like_another_is_told() {
    let (_registry, dir) = served();
    dir.run("resolve").expect_code(0);
    let line = "error: release `odd`, which helmlock.toml gives to helm: ";
    for (arguments, reason) in [
        ("-b ./helm --set fail=1", "Error: no\n"),
        ("-b ./none", "`./none`: No such file"),
        ("-b ./helm --helm-dialect 3.19", "`./helm` is Helm v4.3.1, and the output of Helm 3.19 is wanted\n"),
    ] {
        let said = dir.run(&format!("template {arguments} -l name=odd")).expect_code(1).stderr;
        assert!(said.starts_with(&format!("{line}{reason}")), "{said}");
    }
}
