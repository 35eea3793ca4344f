//! Mirrors: who is asked instead of a source, what is believed of them, and how charts get there.

use std::process::Command;

use crate::support::{Dir, RealRegistry, Registry, Shelf, base64, digest, package, project, real_helm};

const RELEASES: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n";

fn rule(prefix: &str, locations: &[&str], more: &str) -> String {
    format!("[[mirror]]\nprefix = \"{prefix}\"\nlocations = {locations:?}\n{more}\n")
}

/// A repository, one with the same charts, and a locked project whose cache is empty again.
fn twins() -> (Registry, Registry, Dir) {
    let (origin, mirror) = (Registry::start(), Registry::start());
    for registry in [&origin, &mirror] {
        registry.chart("redis", "20.5.0");
    }
    let dir = project(&origin, RELEASES).knowing(&mirror);
    dir.run("resolve").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    origin.forget();
    (origin, mirror, dir)
}

fn lock(dir: &Dir) -> String {
    std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap()
}

#[test]
fn a_mirror_is_asked_first_and_the_lock_does_not_know_it() {
    let (origin, mirror, dir) = twins();
    let before = lock(&dir);
    dir.write("helmlock.toml", &rule(&origin.url(), &[&mirror.url()], ""));
    dir.run("fetch").expect_code(0);
    assert_eq!(mirror.asked(), ["200 /charts/redis-20.5.0.tgz"]);
    std::fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    // As repository servers do that know where they stand.
    let url = format!("urls:\n- {}/charts/redis-20.5.0.tgz\ndigest: {}", mirror.url(), digest(&package("redis", "20.5.0", &[])));
    mirror.publish("redis", "20.5.0", package("redis", "20.5.0", &[]), "");
    mirror.enter("redis", "20.5.0", &url);
    origin.publish(
        "redis",
        "20.5.0",
        package("redis", "20.5.0", &[]),
        &format!("digest: {}", digest(&package("redis", "20.5.0", &[]))),
    );
    dir.run("resolve").expect_code(0);
    assert_eq!(origin.asked(), Vec::<String>::new());
    let mirrored = lock(&dir);
    assert!(!mirrored.contains(&mirror.url()), "{mirrored}");
    std::fs::remove_file(dir.path().join("helmlock.toml")).unwrap();
    dir.run("resolve").expect_code(0);
    assert_eq!(lock(&dir), mirrored);
    let shape =
        |text: &str| text.lines().filter(|line| !line.to_lowercase().contains("digest:")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(shape(&mirrored), shape(&before));
}

#[test]
fn who_has_it_not_is_passed_over_and_all_are_named_in_the_end() {
    let (origin, mirror, dir) = twins();
    let empty = Registry::start();
    let dir = dir.knowing(&empty);
    dir.write("helmlock.toml", &rule(&origin.url(), &[&format!("{}/below", empty.url()), &mirror.url()], ""));
    dir.run("fetch").expect_code(0);
    assert_eq!(empty.asked(), ["404 /below/charts/redis-20.5.0.tgz"]);
    assert_eq!((mirror.asked().len(), origin.asked().len()), (1, 0));
    std::fs::remove_dir_all(dir.cache()).unwrap();
    mirror.file("/charts/redis-20.5.0.tgz", package("redis", "20.5.0", &[("templates/evil.yaml", "kind: Evil\n")]));
    dir.run("fetch").expect_code(0);
    assert_eq!(origin.asked().len(), 1, "a mirror that lies is none");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.write("helmlock.toml", &rule(&origin.url(), &[&empty.url(), &mirror.url()], "mirror-only = true"));
    let run = dir.run("fetch").expect_code(4);
    let file = "http://127.0.0.1:[PORT]/charts/redis-20.5.0.tgz";
    let said = format!("{file} answers 404; {file} has digest sha256:[DIGEST], but the lock promises sha256:[DIGEST]");
    assert!(run.stderr.contains(&said), "{}", run.stderr);
    assert_eq!(origin.asked().len(), 1);
}

#[test]
fn an_origin_that_is_forbidden_is_never_asked() {
    let (origin, _, dir) = twins();
    dir.write("helmlock.toml", &rule("http://", &["oci://127.0.0.1:1/charts"], "mirror-only = true\nplain-http = true"));
    for command in ["resolve", "fetch", "update", "outdated", "check --online"] {
        let run = dir.run(command);
        assert_ne!(run.code, Some(0), "{command}");
    }
    assert_eq!(origin.asked(), Vec::<String>::new());
    // A registry is a place to ask for versions, too.
    dir.write("helmlock.toml", &rule(&origin.url(), &["oci://127.0.0.1:1/charts"], "mirror-only = true\nplain-http = true"));
    assert!(dir.run("resolve --upgrade").expect_code(5).stderr.contains("http://127.0.0.1:1/v2/charts/redis/tags/list"));
    dir.write("helmlock.toml", &rule("http://", &[], "mirror-only = true"));
    let run = dir.run("resolve --upgrade").expect_code(1);
    let said = "helmlock.toml forbids to ask http://127.0.0.1:[PORT] itself, and names no mirror that could have it";
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[test]
fn a_registry_serves_what_a_repository_had() {
    let (origin, _, dir) = twins();
    let registry = Registry::start();
    let template = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ .Release.Name }}-{{ .Chart.Name }}}\n";
    Shelf::new(&registry, "team/redis")
        .push_archive("20.5.0", &package("redis", "20.5.0", &[("templates/configmap.yaml", template)]));
    let address = registry.url().replace("http://", "oci://") + "/team";
    dir.write("helmlock.toml", &rule(&origin.url(), &[&address], "mirror-only = true\nplain-http = true"));
    dir.run("fetch").expect_code(0);
    assert_eq!(registry.asked().len(), 1, "{:?}", registry.asked());
    assert!(registry.asked()[0].starts_with("200 /v2/team/redis/blobs/sha256:"));
    dir.run("template --offline").expect_code(0);
}

#[test]
fn a_mirror_needs_no_voucher_for_files_that_lie_elsewhere() {
    let (origin, _, dir) = twins();
    let registry = Registry::start();
    let text = lock(&dir);
    dir.write("helmfile.lock", &text.replace(&format!("url: {}", origin.url()), "url: https://releases.example.com"));
    let template = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ .Release.Name }}-{{ .Chart.Name }}}\n";
    Shelf::new(&registry, "redis").push_archive("20.5.0", &package("redis", "20.5.0", &[("templates/configmap.yaml", template)]));
    let address = registry.url().replace("http://", "oci://");
    dir.write("helmlock.toml", &rule(&origin.url(), &[&address], "mirror-only = true\nplain-http = true"));
    dir.run("fetch").expect_code(0);
    // The archive, and the tags: a registry stands for the index that could vouch for the host.
    assert_eq!((registry.asked().len(), origin.asked().len()), (2, 0));
    // Where the mirror has it not, nobody goes to a host that only the lock names.
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.write("helmlock.toml", &rule(&origin.url(), &[&format!("{address}/empty")], "plain-http = true"));
    let run = dir.run("fetch").expect_code(4);
    assert!(run.stderr.contains("the lock says that it is on releases.example.com"), "{}", run.stderr);
}

#[test]
fn a_registry_stands_for_another() {
    let (origin, mirror) = (Registry::start(), Registry::start());
    let pushed = Shelf::new(&origin, "charts/redis").push("1.0.0");
    let mut shelf = Shelf::new(&mirror, "proxy/charts/redis");
    assert_eq!(shelf.push("1.0.0").layer, pushed.layer);
    let host = origin.url().replace("http://", "oci://");
    let state = format!("releases:\n- name: cache\n  chart: {host}/charts/redis\n  version: ^1\n  plainHttp: true\n");
    let dir = Dir::new().file("helmfile.yaml", &state);
    dir.run("resolve").expect_code(0);
    let before = lock(&dir);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    std::fs::remove_file(dir.path().join("helmfile.lock")).unwrap();
    origin.forget();
    let location = mirror.url().replace("http://", "oci://") + "/proxy";
    dir.write("helmlock.toml", &rule(&host, &[&location], "plain-http = true"));
    dir.run("resolve").expect_code(0);
    assert_eq!(origin.asked(), Vec::<String>::new());
    assert_eq!(lock(&dir), before);
    dir.run("resolve --offline").expect_code(0);
    // A version that only the origin has.
    Shelf::new(&origin, "charts/redis").push("2.0.0");
    dir.write("helmfile.yaml", &state.replace("^1", "2.0.0"));
    dir.run("resolve").expect_code(0);
    // An archive on a web server, as it is called there.
    let web = Registry::start();
    web.file("/files/redis-1.0.0.tgz", std::fs::read(cached(&dir, &pushed.layer)).unwrap());
    dir.write("helmfile.yaml", &state);
    dir.write("helmfile.lock", &before);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.write("helmlock.toml", &rule(&format!("{host}/charts"), &[&format!("{}/files", web.url())], "mirror-only = true"));
    dir.run("fetch").expect_code(0);
    assert_eq!(web.asked(), ["200 /files/redis-1.0.0.tgz"]);
}

fn cached(dir: &Dir, digest: &str) -> std::path::PathBuf {
    let hex = digest.strip_prefix("sha256:").unwrap();
    dir.cache().join("sha256").join(&hex[..2]).join(hex)
}

#[test]
fn the_user_and_the_system_have_rules_too() {
    let (origin, mirror, dir) = twins();
    let elsewhere = rule(&origin.url(), &[&mirror.url()], "");
    let system = dir.path().join("system.toml");
    dir.write("system.toml", &elsewhere);
    let fetch = |name: &str, value: &std::path::Path| dir.run_command(dir.command("fetch").env(name, value)).expect_code(0);
    fetch("HELMLOCK_SYSTEM_SETTINGS", &system);
    assert_eq!((mirror.asked().len(), origin.asked().len()), (1, 0));
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.write("config/helmlock/helmlock.toml", &elsewhere);
    fetch("XDG_CONFIG_HOME", &dir.path().join("config"));
    assert_eq!((mirror.asked().len(), origin.asked().len()), (2, 0));
    // What the system forbids, no project permits.
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.write("system.toml", &rule(&origin.url(), &[], "mirror-only = true"));
    dir.run_command(dir.command("fetch").env("HELMLOCK_SYSTEM_SETTINGS", &system)).expect_code(1);
    assert_eq!(origin.asked().len(), 0);
}

#[test]
fn a_password_for_the_origin_does_not_go_to_its_mirror() {
    let (origin, mirror, dir) = twins();
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &state.replace("releases:", "  username: reader\n  password: secret\nreleases:"));
    dir.write("helmlock.toml", &rule(&origin.url(), &[&mirror.url()], ""));
    dir.run("resolve --upgrade").expect_code(0);
    assert!(!mirror.log().is_empty() && mirror.log().iter().all(|asked| !asked.headers.contains_key("authorization")));
    // It has a user of its own, where helm keeps them.
    mirror.demand("mirrored", "other");
    let file = format!("repositories:\n- name: x\n  url: {}\n  username: mirrored\n  password: other\n", mirror.url());
    dir.write("repositories.yaml", &file);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run_command(dir.command("fetch").env("HELM_REPOSITORY_CONFIG", dir.path().join("repositories.yaml"))).expect_code(0);
    assert!(origin.log().iter().all(|asked| !asked.headers.contains_key("authorization")));
}

/// Pulls a chart by the real helm and gives its bytes.
fn pulled(helm: &std::path::Path, dir: &Dir, host: &str, chart: &str, version: &str) -> Vec<u8> {
    let mut command = Command::new(helm);
    command.arg("pull").arg(format!("oci://{host}/mirror/{chart}")).args(["--version", version, "--plain-http"]);
    let output = command.current_dir(dir.path()).env("HOME", dir.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(dir.path().join(format!("{chart}-{version}.tgz"))).unwrap()
}

#[test]
fn what_we_push_the_real_helm_pulls() {
    let Some((helm, registry)) = real_helm().zip(RealRegistry::start("")) else { return };
    let origin = Registry::start();
    let files =
        [("Chart.yaml", "apiVersion: v2\nname: redis\nversion: 20.5.0+x.1\ndescription: \"a <b>\"\nmaintainers: [{name: m}]\n")];
    let digest = origin.chart_with("redis", "20.5.0+x.1", &files);
    origin.chart("nginx", "1.0.0");
    let dir = project(&origin, &format!("{RELEASES}- name: front\n  chart: stable/nginx\n"));
    dir.run("resolve").expect_code(0);
    let push = format!("mirror push --to oci://{}/mirror --oci-plain-http", registry.host());
    let run = dir.run(&push).expect_code(0);
    assert!(run.stderr.contains("      Pushed redis 20.5.0+x.1\n") && run.stderr.contains("2 charts"), "{}", run.stderr);
    let again = dir.run(&push).expect_code(0);
    assert!(again.stderr.contains("Mirrored 0 charts") && again.stderr.contains("2 were there"), "{}", again.stderr);
    assert_eq!(crate::support::digest(&pulled(&helm, &dir, registry.host(), "redis", "20.5.0+x.1")), digest);
    let mut show = Command::new(&helm);
    show.args(["show", "chart", &format!("oci://{}/mirror/redis", registry.host()), "--version", "20.5.0+x.1", "--plain-http"]);
    let shown = show.env("HOME", dir.path()).output().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("description: a <b>"), "{shown:?}");
    // The same lock, fetched from there: the blobs and nothing else.
    let before = registry.asked().len();
    std::fs::remove_dir_all(dir.cache()).unwrap();
    let location = format!("oci://{}/mirror", registry.host());
    dir.write("helmlock.toml", &rule(&origin.url(), &[&location], "mirror-only = true\nplain-http = true"));
    origin.forget();
    dir.run("fetch").expect_code(0);
    dir.run("template --offline").expect_code(0);
    assert_eq!(origin.asked(), Vec::<String>::new());
    let asked = registry.asked().split_off(before);
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(
        asked.iter().all(|asked| asked.starts_with("GET /v2/mirror/") && asked.contains("/blobs/") && asked.ends_with(" 200"))
    );
}

#[test]
fn a_registry_wants_to_know_who_pushes_and_keeps_what_it_has() {
    let Some(registry) = RealRegistry::with_users() else { return };
    let origin = Registry::start();
    origin.chart("redis", "20.5.0");
    let dir = project(&origin, RELEASES);
    dir.run("resolve").expect_code(0);
    let push = format!("mirror push --to oci://{}/mirror --oci-plain-http", registry.host());
    let refused = dir.run(&push).expect_code(6);
    assert!(refused.stderr.contains("no credentials were found"), "{}", refused.stderr);
    let auth = base64("reader:secret");
    dir.write("docker/config.json", &format!("{{\"auths\":{{\"{}\":{{\"auth\":\"{auth}\"}}}}}}", registry.host()));
    let dir = dir.variable("DOCKER_CONFIG", "docker");
    dir.run(&push).expect_code(0);
    origin.chart_with("redis", "20.5.0", &[("templates/other.yaml", "kind: Other\n")]);
    dir.run("resolve --accept-republished redis").expect_code(0);
    let refused = dir.run(&push).expect_code(4);
    assert!(refused.stderr.contains("has layer sha256:[DIGEST], and shall have sha256:[DIGEST]"), "{}", refused.stderr);
}

#[test]
fn a_registry_that_passes_on_has_a_locked_blob_after_its_manifest() {
    let Some(registry) = RealRegistry::start("") else { return };
    let Some(proxy) = RealRegistry::start(&format!("proxy: {{remoteurl: \"http://{}\"}}\n", registry.host())) else { return };
    let origin = Registry::start();
    origin.chart("redis", "20.5.0");
    let dir = project(&origin, RELEASES);
    dir.run("resolve").expect_code(0);
    dir.run(&format!("mirror push --to oci://{}/mirror --oci-plain-http", registry.host())).expect_code(0);
    let state = format!(
        "releases:\n- name: cache\n  chart: oci://{}/mirror/redis\n  version: 20.5.0\n  plainHttp: true\n",
        registry.host()
    );
    let dir = Dir::new().file("helmfile.yaml", &state);
    dir.run("resolve").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    let rule = rule(
        &format!("oci://{}", registry.host()),
        &[&format!("oci://{}", proxy.host())],
        "mirror-only = true\nplain-http = true",
    );
    dir.write("helmlock.toml", &rule);
    dir.run("fetch").expect_code(0);
    let asked = proxy.asked();
    assert!(asked.iter().all(|asked| asked.starts_with("GET ")), "{asked:?}");
    assert!(asked.last().unwrap().contains("/blobs/sha256:"), "{asked:?}");
    assert!(asked.len() <= 3, "{asked:?}");
}

#[test]
fn a_registry_alone_tells_which_versions_there_are_and_is_not_in_the_lock() {
    let (origin, registry) = (Registry::start(), Registry::start());
    let mut shelf = Shelf::new(&registry, "team/redis");
    for version in ["20.5.0", "20.6.0+x.1", "21.0.0"] {
        shelf.push(version);
    }
    shelf.push_archive("20", b"an image");
    let dir = project(&origin, RELEASES).knowing(&registry);
    let address = registry.url().replace("http://", "oci://") + "/team";
    dir.write("helmlock.toml", &rule(&origin.url(), &[&address], "mirror-only = true\nplain-http = true"));
    let run = dir.run("resolve").expect_code(0);
    assert!(run.stderr.contains("only a registry was asked in its place"), "{}", run.stderr);
    let locked = lock(&dir);
    assert!(locked.contains("version: 20.6.0+x.1\n") && locked.contains(&format!("repository: {}\n", origin.url())), "{locked}");
    assert!(!locked.contains("url:") && !locked.contains("ociManifest") && !locked.contains(&registry.url()[7..]), "{locked}");
    dir.run("template --offline").expect_code(0);
    dir.run("resolve --check --offline").expect_code(0);
    dir.run("resolve --check").expect_code(0);
    dir.run("outdated").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("fetch").expect_code(0);
    assert_eq!(origin.asked(), Vec::<String>::new());
    // Where the repository itself may be asked again, nothing moves; its address is added.
    std::fs::remove_file(dir.path().join("helmlock.toml")).unwrap();
    let digest = locked.split("digest: ").nth(1).unwrap().lines().next().unwrap();
    let asked = registry.log().into_iter().find(|asked| asked.path.ends_with(&format!("blobs/{digest}")));
    assert!(asked.is_some(), "{:?}", registry.asked());
    let nobody = dir.run("template --offline").expect_code(0);
    assert!(nobody.stdout.contains("20.6.0+x.1"));
    dir.write("helmlock.toml", &rule(&origin.url(), &[&(address + "/none")], "mirror-only = true\nplain-http = true"));
    let run = dir.run("resolve --upgrade").expect_code(1);
    assert!(run.stderr.contains("/team/none has no tags of the charts that are wanted"), "{}", run.stderr);
}

#[test]
fn remote_files_and_folders_of_git_have_mirrors_too() {
    let (origin, mirror) = (Registry::start(), Registry::start());
    for registry in [&origin, &mirror] {
        registry.file("/files/values.yaml", "x: served\n");
    }
    let chart = "apiVersion: v2\nname: app\nversion: 0.1.0\n";
    let state =
        format!("releases:\n- name: app\n  chart: ./app\n  values: [\"{}/files/values.yaml?token=canary\"]\n", origin.url());
    let dir = Dir::new().knowing(&origin).knowing(&mirror).file("helmfile.yaml", &state);
    let dir = dir.file("app/Chart.yaml", chart).file("app/templates/a.yaml", "kind: App\nx: {{ .Values.x }}\n");
    dir.write("helmlock.toml", &rule("http://", &[&mirror.url()], "mirror-only = true"));
    // The rule for everything puts the origin's host below the mirror.
    let run = dir.run("resolve").expect_code(1);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    dir.write("helmlock.toml", &rule(&origin.url(), &[&mirror.url()], "mirror-only = true"));
    dir.run("resolve").expect_code(0);
    let before = lock(&dir);
    assert!(before.contains(&format!("- url: {}/files/values.yaml\n", origin.url())), "{before}");
    assert!(mirror.log().iter().all(|asked| !asked.path.contains("canary")), "{:?}", mirror.asked());
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("fetch").expect_code(0);
    assert_eq!(origin.asked(), Vec::<String>::new());
    // One that lies is passed over where the origin may be asked, and believed nowhere.
    mirror.file("/files/values.yaml", "x: evil\n");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("fetch").expect_code(4);
    assert_eq!(origin.asked(), Vec::<String>::new());
    dir.write("helmlock.toml", &rule(&origin.url(), &[&mirror.url()], ""));
    dir.run("fetch").expect_code(0);
    assert!(dir.run("template").expect_code(0).stdout.contains("x: served"));
    assert_eq!(origin.asked().len(), 1);
}

#[test]
fn git_is_sent_to_the_mirror_and_never_to_an_origin_that_is_forbidden() {
    let (origin, mirror) = (Registry::start(), Registry::start());
    let dir = Dir::new().knowing(&origin).knowing(&mirror);
    let state = format!("releases:\n- name: app\n  chart: git::{}/team/charts.git@app?ref=main\n", origin.url());
    dir.write("helmfile.yaml", &state);
    dir.write("helmlock.toml", &rule(&origin.url(), &[&mirror.url()], "mirror-only = true"));
    let run = dir.run("resolve").expect_code(5);
    assert!(run.stderr.contains("git"), "{}", run.stderr);
    assert_eq!(origin.asked(), Vec::<String>::new());
    assert!(mirror.asked().iter().all(|asked| asked.contains(" /team/charts.git/info/refs")) && !mirror.asked().is_empty());
    // A registry is nothing that git could ask.
    dir.write("helmlock.toml", &rule(&origin.url(), &["oci://127.0.0.1:1/charts"], "mirror-only = true"));
    let run = dir.run("resolve").expect_code(1);
    assert!(run.stderr.contains("names no mirror that could have it"), "{}", run.stderr);
    dir.write("helmlock.toml", &rule(&origin.url(), &[&mirror.url()], ""));
    dir.run("resolve").expect_code(5);
    assert!(!origin.asked().is_empty());
}
