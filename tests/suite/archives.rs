//! Archives at addresses, in go-getter's forms: charts, values, bases and state files of them, locked by the archive's digest.

use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Dir, Registry, digest};

const CHART: &str = "apiVersion: v2\nname: app\nversion: 0.3.0\n";
const FILES: [(&str, &str); 5] = [
    ("top/charts/app/Chart.yaml", CHART),
    ("top/charts/app/templates/a.yaml", "kind: App\nx: {{ .Values.x | default \"none\" }}\n"),
    ("top/env/values.yaml", "x: packed\n"),
    ("top/env/base.yaml", "environments:\n  default:\n    values: [{colour: red}]\n"),
    ("top/nested/helmfile.yaml", "releases:\n- {name: inner, chart: ../charts/app, values: [../env/values.yaml]}\n"),
];

/// A tar stream, packed.
fn tgz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        // By hand, because the crate writes no path that leads elsewhere.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// A project that has everything from one archive, whose address and path are put into it.
fn project(registry: &Registry, path: &str, extra: &str) -> Dir {
    let at = |inner: &str| format!("http::{}{path}@{inner}{extra}", registry.url());
    let state = format!(
        "bases: [\"{}\"]\n---\nhelmfiles: [\"{}\"]\nreleases:\n- name: web\n  chart: \"{}\"\n  values: [\"{}\", {{colour: {{{{ .Values.colour }}}}}}]\n",
        at("top/env/base.yaml"),
        at("top/nested/helmfile.yaml"),
        at("top/charts/app"),
        at("top/env/values.yaml"),
    );
    Dir::new().knowing(registry).file("helmfile.yaml.gotmpl", &state)
}

const PRINTED: &str = "---\n# Source: app/templates/a.yaml\nkind: App\nx: packed\n\n\
                       ---\n# Source: app/templates/a.yaml\nkind: App\nx: packed\n\n";

#[test]
fn an_archive_is_fetched_once_locked_by_its_digest_and_read_from_the_cache() {
    let registry = Registry::start();
    let archive = tgz(&FILES);
    registry.file("/d/all.tar.gz", archive.as_slice());
    let sum = digest(&archive);
    let dir = project(&registry, "/d/all.tar.gz", &format!("?checksum=sha256:{sum}&token=canary"));
    dir.run("check").expect_code(2);
    dir.run("template").expect_code(2);
    registry.forget();
    dir.run("resolve").expect_code(0);
    assert_eq!(registry.asked(), ["200 /d/all.tar.gz?token=canary"]);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    assert!(lock.contains(&format!("files:\n- url: {}/d/all.tar.gz\n  digest: sha256:{sum}\n", registry.url())), "{lock}");
    assert!(!lock.contains("canary"), "{lock}");
    registry.forget();
    dir.run("template").expect(0, PRINTED, "");
    dir.run("check --cache").expect_code(0);
    dir.run("resolve --locked").expect_code(0);
    assert_eq!(registry.asked(), Vec::<String>::new());

    // Other bytes move the lock only when they are told to, and never past a checksum.
    registry.file("/d/all.tar.gz", tgz(&FILES[..4]));
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("template").expect_code(1);
    dir.run("fetch").expect_code(4);
    let refused = dir.run("resolve --upgrade").expect_code(4);
    assert!(refused.stderr.contains("but its checksum is"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("canary"), "{}", refused.stderr);
    registry.file("/d/all.tar.gz", archive.as_slice());
    dir.run("fetch").expect_code(0);
    dir.run("template --offline").expect(0, PRINTED, "");
}

#[test]
fn another_checksum_in_the_state_file_makes_the_lock_stale() {
    let registry = Registry::start();
    registry.file("/all.tgz", tgz(&FILES));
    let chart =
        |extra: &str| format!("releases:\n- name: web\n  chart: \"http::{}/all.tgz//top@charts/app{extra}\"\n", registry.url());
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &chart(""));
    let unlocked = dir.run("check").expect_code(2);
    assert!(unlocked.stderr.contains("all.tgz` is not locked") || unlocked.stderr.contains("there is no"), "{}", unlocked.stderr);
    dir.run("resolve").expect_code(0);
    dir.run("template").expect(0, "---\n# Source: app/templates/a.yaml\nkind: App\nx: none\n\n", "");
    let newer = tgz(&[&FILES[..2], &[("top/charts/app/templates/b.yaml", "kind: New\n")]].concat());
    registry.file("/all.tgz", newer.as_slice());
    dir.write("helmfile.yaml", &chart(&format!("?checksum={}", digest(&newer))));
    for command in ["template", "check"] {
        let stale = dir.run(command).expect_code(2);
        assert!(stale.stderr.contains("all.tgz` is not locked"), "{}", stale.stderr);
    }
    dir.run("resolve").expect_code(0);
    assert!(dir.run("template").expect_code(0).stdout.contains("kind: New"));
    dir.run("check").expect_code(0);
    dir.write("helmfile.yaml", "releases: []\n");
    assert!(dir.run("check").expect_code(2).stderr.contains("all.tgz` is locked, but nobody wants it"));
}

#[test]
fn a_zip_file_serves_as_well_whatever_it_is_called() {
    let registry = Registry::start();
    let dir = project(&registry, "/download", "?archive=zip");
    for (name, text) in FILES {
        dir.write(name, text);
    }
    let made = Command::new("python3").args(["-m", "zipfile", "-c", "all.zip", "top"]).current_dir(dir.path()).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no python3");
        return;
    }
    registry.file("/download", std::fs::read(dir.path().join("all.zip")).unwrap());
    dir.run("resolve").expect_code(0);
    dir.run("template").expect(0, PRINTED, "");
    assert!(registry.asked().iter().all(|asked| !asked.contains("archive=")), "{:?}", registry.asked());
}

#[test]
fn a_charts_archive_at_an_address_is_a_chart() {
    let registry = Registry::start();
    registry.file("/app-0.3.0.tgz", tgz(&[("app/Chart.yaml", CHART), ("app/templates/a.yaml", "kind: App\n")]));
    let state = format!("releases:\n- name: web\n  chart: {}/app-0.3.0.tgz\n", registry.url());
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &state);
    dir.run("resolve").expect_code(0);
    registry.forget();
    dir.run("template").expect(0, "---\n# Source: app/templates/a.yaml\nkind: App\n\n", "");
    assert!(dir.run("tree").expect_code(0).stdout.contains("app 0.3.0"));
    assert_eq!(registry.asked(), Vec::<String>::new());
    // It goes along where charts are carried.
    dir.run("bundle export all.bundle").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("bundle import all.bundle").expect_code(0);
    dir.run("template --offline").expect_code(0);
}

#[test]
fn hostile_archives_and_other_getters_are_refused_by_name() {
    let registry = Registry::start();
    let state = |chart: &str| format!("releases:\n- name: web\n  chart: \"{chart}\"\n");
    let dir = Dir::new().knowing(&registry);
    registry.file("/evil.tgz", tgz(&[("top/app/Chart.yaml", CHART), ("top/../app/evil", "x")]));
    let told = |chart: &str, command: &str| {
        dir.write("helmfile.yaml", &state(chart));
        let run = dir.run(command);
        assert!(run.code != Some(0), "{chart}: {}", run.stderr);
        run.stderr
    };
    let at = |path: &str| format!("http::{}{path}", registry.url());
    // An archive may be locked that cannot be read; reading it says why.
    dir.write("helmfile.yaml", &state(&at("/page.tgz@app")));
    registry.file("/page.tgz", "<html>log in</html>");
    dir.run("resolve").expect_code(0);
    assert!(told(&at("/page.tgz@app"), "template").contains("login page"));
    for (chart, expected) in [
        ("s3::https://s3.example.com/bucket/a.tgz@x", "a chart of `s3::`"),
        ("gcs::https://storage.example.com/a.tgz@x", "a chart of `gcs::`"),
        ("hg::https://hg.example.com/a@x", "a chart of `hg::`"),
        ("s3://bucket/a.tgz", "a chart of `s3://`"),
    ] {
        let said = told(chart, "resolve");
        assert!(said.contains(expected), "{said}");
    }
    for chart in [at("/evil.tar.xz@x"), at("/a.tgz@../x"), at("/a.tgz"), at("/a.tgz@x?checksum=md5:00")] {
        told(&chart, "resolve");
    }
    dir.write("helmfile.yaml", &state(&at("/evil.tgz@top/app")));
    dir.run("resolve").expect_code(0);
    assert!(told(&at("/evil.tgz@top/app"), "template").contains("leads out of"));
}
