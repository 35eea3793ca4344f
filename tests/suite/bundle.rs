//! `bundle`: charts in one file for a machine that has no network, and no reason to believe the file.

use crate::support::{Dir, Registry, Shelf, must, project};

/// A project of two sources, locked, rendered and exported; its cache is empty again.
fn exported() -> Dir {
    let (registry, oci) = (Registry::start(), Registry::start());
    registry.chart("redis", "20.5.0");
    registry.chart("redis", "21.0.0");
    Shelf::new(&oci, "charts/nginx").push("1.0.0");
    let address = oci.url().replace("http://", "oci://");
    let releases = format!(
        "- name: cache\n  chart: stable/redis\n  version: ^20\n- name: front\n  chart: {address}/charts/nginx\n  version: 1.0.0\n  plainHttp: true\n"
    );
    let dir = project(&registry, &releases).knowing(&oci);
    dir.run("resolve").expect_code(0);
    let rendered = dir.run("template").expect_code(0).stdout;
    dir.write("rendered", &rendered);
    dir.run("bundle export charts.bundle").expect(0, "", "     Bundled 2 charts, charts.bundle\n");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir
}

fn bundle(dir: &Dir) -> Vec<u8> {
    std::fs::read(dir.path().join("charts.bundle")).unwrap()
}

#[test]
fn what_is_imported_renders_and_resolves_without_a_network() {
    let dir = exported();
    dir.run("bundle import charts.bundle --offline").expect(0, "", "    Imported 2 charts, charts.bundle\n");
    dir.run("template --offline").expect(0, &dir.read("rendered").unwrap(), "");
    dir.run("check --cache --offline").expect_code(0);
    dir.run("resolve --check --offline").expect_code(0);
    let outdated = dir.run("outdated --offline").expect_code(0);
    assert!(outdated.stdout.contains("21.0.0"), "{}", outdated.stdout);
}

#[test]
fn equal_locks_and_caches_give_equal_files() {
    let dir = exported();
    dir.run("bundle import charts.bundle").expect_code(0);
    let first = bundle(&dir);
    dir.run("bundle export charts.bundle --offline").expect_code(0);
    assert_eq!(bundle(&dir), first);
}

#[test]
fn a_file_brings_no_lock_of_its_own() {
    let dir = exported();
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    // A lock that wants one chart less.
    let (first, second) = (lock.find("- name: nginx").unwrap(), lock.find("- name: redis").unwrap());
    dir.write("helmfile.lock", &format!("{}{}", &lock[..first], &lock[second..]));
    let run = dir.run("bundle import charts.bundle --offline").expect_code(4);
    assert!(run.stderr.contains("which the lock does not want"), "{}", run.stderr);
    // And one that wants other bytes.
    let digest = lock.split("digest: sha256:").nth(1).unwrap()[..64].to_owned();
    dir.write("helmfile.lock", &lock.replace(&digest, &"0".repeat(64)));
    dir.run("bundle import charts.bundle --offline").expect_code(4);
    std::fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    dir.run("bundle import charts.bundle --offline").expect_code(2);
    assert!(!dir.path().join("helmfile.lock").exists());
}

#[test]
fn a_file_that_lacks_charts_says_which() {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.chart("nginx", "1.0.0");
    let one = "- name: cache\n  chart: stable/redis\n";
    let dir = project(&registry, one);
    dir.run("resolve").expect_code(0);
    dir.run("bundle export charts.bundle").expect_code(0);
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &format!("{state}- name: front\n  chart: stable/nginx\n"));
    dir.run("resolve").expect_code(0);
    dir.run("bundle import charts.bundle --offline").expect(
        1,
        "",
        "
        error: charts.bundle: it was made for another lock: it lacks 1 chart
          nginx 1.0.0
          hint: `helmlock bundle export` with this very lock makes one that has them
        ",
    );
}

#[test]
fn hostile_files_end_in_words_and_leave_no_wrong_byte() {
    let dir = exported();
    let good = bundle(&dir);
    let import = |bytes: &[u8]| {
        std::fs::write(dir.path().join("bad.bundle"), bytes).unwrap();
        let _there_may_be_none = std::fs::remove_dir_all(dir.cache());
        let run = dir.run("bundle import bad.bundle --offline");
        assert!(matches!(run.code, Some(1 | 4)), "{run:?}");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        // Nothing is there under a digest that it has not.
        for (path, bytes) in crate::support::snapshot(&dir.cache().join("sha256")) {
            assert_eq!(path.file_name().unwrap().to_str().unwrap(), crate::support::digest(&bytes));
        }
    };
    import(b"");
    import(b"<html>login</html>");
    // The last kilobyte is empty, as in every tar file.
    for length in (1..good.len() - 1024 - 512).step_by(good.len() / 23) {
        import(&good[..length]);
    }
    // Of the bytes of the first chart, and of the header before it.
    for place in [1024 + 512 + 3, 1024 + 3, 1024 + 124, 1024 + 156] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        import(&bad);
    }
    let mut huge = good.clone();
    // A size of 8 GiB, in a header whose checksum is right.
    let header = &mut huge[1024..1536];
    header[124..136].copy_from_slice(b"77777777777\0");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    import(&huge);
}

#[test]
fn an_index_that_contradicts_the_lock_is_refused() {
    let dir = exported();
    let good = bundle(&dir);
    let text = String::from_utf8_lossy(&good).into_owned();
    let claim = text.find("\"digest\":\"").unwrap();
    let place = good.windows(10).position(|window| window == b"\"digest\":\"").unwrap() + 12;
    assert!(claim > 0);
    let mut bad = good;
    bad[place] = if bad[place] == b'0' { b'1' } else { b'0' };
    std::fs::write(dir.path().join("charts.bundle"), bad).unwrap();
    let run = dir.run("bundle import charts.bundle --offline").expect_code(4);
    assert!(
        run.stderr.contains("it claims sha256:[DIGEST] for redis 20.5.0, and the lock has sha256:[DIGEST]"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_bundle_brings_the_remote_files_that_the_project_is_read_with() {
    if std::process::Command::new("git").arg("--version").output().is_err() {
        println!("skipped: there is no git");
        return;
    }
    let registry = Registry::start();
    registry.file("/base.yaml", "environments:\n  default:\n    values: [{colour: red}]\n");
    let dir = Dir::new()
        .knowing(&registry)
        .file("repo/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n")
        .file("repo/app/templates/a.yaml", "kind: App\nx: {{ .Values.x }}\n")
        .file("repo/base.yaml", "environments:\n  default:\n    values: [{shape: round}]\n");
    let repository = format!("git::file://{}/repo", dir.path().display());
    let state = format!(
        "bases: [\"{}/base.yaml\", \"{repository}@base.yaml?ref=main\"]\n---\nreleases:\n- name: app\n  chart: {repository}@app?ref=main\n  values: [{{x: {{{{ .Values.colour }}}}-{{{{ .Values.shape }}}}}}]\n",
        registry.url()
    );
    dir.write("helmfile.yaml.gotmpl", &state);
    must(&dir, &["init", "--quiet", "--initial-branch=main", "repo"]);
    must(&dir, &["-C", "repo", "add", "--all"]);
    must(&dir, &["-C", "repo", "commit", "--quiet", "-m", "a commit"]);
    dir.run("resolve").expect_code(0);
    let rendered = dir.run("template").expect_code(0).stdout;
    assert!(rendered.contains("x: red-round"), "{rendered}");
    dir.run("bundle export all.bundle").expect_code(0);
    // A machine that has the project and the file, and nothing else.
    std::fs::remove_dir_all(dir.cache()).unwrap();
    std::fs::remove_dir_all(dir.path().join("repo")).unwrap();
    registry.forget();
    dir.run("bundle import all.bundle --offline").expect_code(0);
    dir.run("template --offline").expect(0, &rendered, "");
    dir.run("check --cache --offline").expect_code(0);
    assert_eq!(registry.asked(), Vec::<String>::new());
}
