//! OCI registries: what is asked of them, what is refused, and who is told the password.

use std::process::Command;

use crate::support::{Dir, Fault, LAYER, Pushed, RealRegistry, Registry, Shelf, base64, package, real_helm, tags};

/// A project whose repository `oci` is this registry, spoken to without encryption.
fn project(registry: &Registry, extra: &str, releases: &str) -> Dir {
    let host = registry.url().replace("http://", "");
    let state =
        format!("repositories:\n- name: oci\n  url: {host}/charts\n  oci: true\n  plainHttp: true\n{extra}releases:\n{releases}");
    Dir::new().knowing(registry).file("helmfile.yaml", &state)
}

fn release(version: &str) -> String {
    format!("- name: cache\n  chart: oci/redis\n  version: \"{version}\"\n")
}

fn status(status: u16, times: usize) -> Fault {
    Fault::Status { status, headers: Vec::new(), times }
}

/// The requests that name this.
fn asked(registry: &Registry, what: &str) -> Vec<String> {
    registry.asked().into_iter().filter(|asked| asked.contains(what)).collect()
}

#[test]
fn a_range_chooses_among_tags_and_the_lock_names_layer_and_manifest() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    for version in ["20.1.0", "20.2.0", "21.0.0", "v20.9.0"] {
        shelf.push(version);
    }
    let newest = shelf.push("20.10.0");
    shelf.push_archive("latest", b"whatever");
    shelf.push_archive("sha256-0123.sig", b"whatever");
    let dir = project(&registry, "", &release("^20"));
    dir.run("resolve").expect_code(0);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    assert!(lock.contains("  version: 20.10.0\n"), "{lock}");
    assert!(lock.contains(&format!("  digest: {}\n  ociManifest: {}\n", newest.layer, newest.manifest)), "{lock}");
    assert_eq!(asked(&registry, "/tags/list"), ["200 /v2/charts/redis/tags/list?n=1000"]);
    assert_eq!(registry.asked().len(), 3, "{:?}", registry.asked());
    registry.forget();
    let rendered = dir.run("template").expect_code(0).stdout;
    assert!(rendered.contains("cache-20.10.0"), "{rendered}");
    dir.run("resolve --offline").expect_code(0);
    dir.run("check").expect_code(0);
    assert_eq!(registry.asked(), Vec::<String>::new());
    dir.run("resolve").expect_code(0);
    assert_eq!(std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap(), lock);
    assert!(asked(&registry, "/blobs/").is_empty());
}

#[test]
fn a_version_needs_no_list_and_its_manifest_once() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    let pushed = shelf.push("1.1.0+build.5");
    let dir = project(&registry, "", &release("1.1.0+build.5"));
    dir.run("resolve").expect_code(0);
    let expected = [
        "200 /v2/charts/redis/manifests/1.1.0_build.5".to_owned(),
        format!("200 {}", shelf.path(&format!("blobs/{}", pushed.layer))),
    ];
    assert_eq!(registry.log().iter().map(|asked| format!("{} {}", asked.status, asked.path)).collect::<Vec<_>>(), expected);
    assert!(dir.read("helmfile.lock").unwrap().contains("version: 1.1.0+build.5\n"));
    assert!(dir.run("template").expect_code(0).stdout.contains("cache-1.1.0+build.5"));
}

#[test]
fn a_chart_can_be_named_by_its_address() {
    let registry = Registry::start();
    Shelf::new(&registry, "deep/er/redis").push("1.0.0");
    let address = registry.url().replace("http://", "oci://");
    let state = format!("releases:\n- name: cache\n  chart: {address}/deep/er/redis:1.0.0\n  plainHttp: true\n");
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &state);
    dir.run("resolve").expect_code(0);
    dir.run("template").expect_code(0);
    dir.write("helmfile.yaml", &state.replace(":1.0.0", ":latest"));
    let run = dir.run("resolve").expect_code(1);
    assert!(run.stderr.contains("latest"), "{}", run.stderr);
}

#[test]
fn a_version_that_is_not_there_is_told_with_those_that_are() {
    let registry = Registry::start();
    Shelf::new(&registry, "charts/redis").push("1.0.0");
    let run = project(&registry, "", &release("1.0.1")).run("resolve").expect_code(1);
    assert!(run.stderr.contains("no version of `redis`") && run.stderr.contains("1.0.0"), "{}", run.stderr);
    let other = release("^1").replace("oci/redis", "oci/nginx");
    let run = project(&registry, "", &other).run("resolve").expect_code(1);
    assert!(run.stderr.contains("nginx"), "{}", run.stderr);
}

#[test]
fn pages_of_tags_are_followed_and_stay_with_the_registry() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    for version in ["1.0.0", "1.2.0"] {
        shelf.push(version);
    }
    let page = |link: &str, of: &[&str]| Fault::Body { headers: vec![("link", link.to_owned())], bytes: tags(of).into_bytes() };
    let (first, second) = (shelf.path("tags/list?n=1000"), shelf.path("tags/list?last=1.0.0&n=1"));
    registry.misbehave(&first, [page(&format!("<{second}>; rel=\"next\""), &["1.0.0"])]);
    registry.misbehave(&second, [page("</other>; rel=\"prev\"", &["1.2.0"])]);
    let dir = project(&registry, "", &release("^1"));
    dir.run("resolve").expect_code(0);
    assert!(dir.read("helmfile.lock").unwrap().contains("version: 1.2.0\n"));
    registry.misbehave(&first, [page("<http://127.0.0.1:1/x>; rel=\"next\"", &["1.0.0"])]);
    let run = dir.run("resolve --upgrade").expect_code(1);
    assert!(run.stderr.contains("its next page is somewhere else"), "{}", run.stderr);
    registry.misbehave(&first, [page(&format!("<{first}>; rel=\"next\""), &["1.0.0"])]);
    assert!(dir.run("resolve --upgrade").expect_code(1).stderr.contains("its tags have no end"));
}

/// A locked project whose cache is empty again.
fn locked(registry: &Registry) -> (Dir, Pushed) {
    let pushed = Shelf::new(registry, "charts/redis").push("1.0.0");
    let dir = project(registry, "", &release("^1"));
    dir.run("resolve").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    registry.forget();
    (dir, pushed)
}

#[test]
fn a_locked_fetch_asks_for_the_blob_and_nothing_else() {
    let registry = Registry::start();
    let (dir, pushed) = locked(&registry);
    dir.run("fetch").expect_code(0);
    assert_eq!(
        registry.log().iter().map(|asked| asked.path.clone()).collect::<Vec<_>>(),
        [format!("/v2/charts/redis/blobs/{}", pushed.layer)]
    );
    dir.run("template").expect_code(0);
}

#[test]
fn a_registry_that_passes_on_is_asked_for_the_manifest_once() {
    let registry = Registry::start();
    let (dir, pushed) = locked(&registry);
    let blob = format!("/v2/charts/redis/blobs/{}", pushed.layer);
    registry.misbehave(&blob, [status(404, 1)]);
    dir.run("fetch").expect_code(0);
    let paths: Vec<_> = registry.log().into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths, [blob.clone(), format!("/v2/charts/redis/manifests/{}", pushed.manifest), blob.clone()]);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    registry.misbehave(&blob, [status(404, 9)]);
    dir.run("fetch").expect_code(1);
}

#[test]
fn wrong_bytes_are_refused() {
    let registry = Registry::start();
    let (dir, pushed) = locked(&registry);
    let blob = format!("/v2/charts/redis/blobs/{}", pushed.layer);
    registry.file(&blob, package("redis", "1.0.0", &[("templates/evil.yaml", "kind: Evil\n")]));
    let run = dir.run("fetch").expect_code(4);
    assert!(run.stderr.contains("but the lock promises"), "{}", run.stderr);
    let run = dir.run("resolve").expect_code(4);
    assert!(run.stderr.contains("but the manifest promises"), "{}", run.stderr);
    // A manifest by digest that has another one.
    registry.misbehave(&blob, [status(404, 9)]);
    registry.file(&format!("/v2/charts/redis/manifests/{}", pushed.manifest), "{}");
    dir.run("fetch").expect_code(4);
}

#[test]
fn a_tag_that_was_moved_is_refused() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    shelf.push("1.0.0");
    let dir = project(&registry, "", &release("^1"));
    dir.run("resolve").expect_code(0);
    let before = dir.read("helmfile.lock").unwrap();
    shelf.push_archive("1.0.0", &package("redis", "1.0.0", &[("templates/other.yaml", "kind: Other\n")]));
    for command in ["resolve", "resolve --upgrade", "update redis"] {
        let run = dir.run(command).expect_code(4);
        assert!(run.stderr.contains("it was republished"), "{}", run.stderr);
    }
    dir.expect_file("helmfile.lock", &before);
    dir.run("template").expect_code(0);
    // What the lock has can still be had.
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("fetch").expect_code(0);
}

#[test]
fn what_is_no_chart_is_refused() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    let good = shelf.push("1.0.0");
    let dir = |version: &str| project(&registry, "", &release(version));
    shelf.push_manifest("2.0.0", &[(LAYER, &good.layer), (LAYER, &good.layer)]);
    assert!(dir("2.0.0").run("resolve").expect_code(1).stderr.contains("it has several layers with charts"));
    shelf.push_manifest("3.0.0", &[("image", &good.layer)]);
    assert!(dir("3.0.0").run("resolve").expect_code(1).stderr.contains("it has no layer with a chart"));
    // Another version than the tag says.
    shelf.push_manifest("4.0.0", &[(LAYER, &good.layer)]);
    dir("4.0.0").run("resolve").expect_code(4);
    let index = shelf.push_index("1.0.1", &[&good.manifest]);
    shelf.push_archive("1.0.1+x", &package("redis", "1.0.1", &[]));
    assert!(index.starts_with("sha256:"));
    dir("1.0.1").run("resolve").expect_code(4);
}

#[test]
fn an_index_leads_to_its_chart() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    let pushed = shelf.push("1.0.0");
    let image = shelf.push_manifest("image", &[("image", &pushed.layer)]);
    let index = shelf.push_index("1.0.0", &[&image, &pushed.manifest]);
    let dir = project(&registry, "", &release("1.0.0"));
    dir.run("resolve").expect_code(0);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    assert!(lock.contains(&format!("  digest: {}\n  ociManifest: {index}\n", pushed.layer)), "{lock}");
}

#[test]
fn everybody_gets_a_token_where_nobody_need_be_known() {
    let registry = Registry::start();
    registry.demand_token();
    let (dir, _) = locked(&registry);
    dir.run("fetch").expect_code(0);
    let statuses: Vec<_> = registry.log().iter().map(|asked| asked.status).collect();
    assert_eq!(statuses, [401, 200, 200]);
    assert!(!registry.log()[1].headers.contains_key("authorization"));
}

#[test]
fn stored_credentials_are_found_and_shown_to_the_realm_alone() {
    let registry = Registry::start();
    registry.demand("reader", "secret");
    let (dir, host) = (
        {
            Shelf::new(&registry, "charts/redis").push("1.0.0");
            project(&registry, "", &release("^1"))
        },
        registry.url().replace("http://", ""),
    );
    let refused = dir.run("resolve").expect_code(6);
    assert!(refused.stderr.contains("answers 401; no credentials were found"), "{}", refused.stderr);
    let login = |password: &str| {
        let auth = base64(&format!("reader:{password}"));
        dir.write("docker/config.json", &format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"{auth}\"}}}}}}"));
    };
    let dir_with = |arguments: &str| dir.run_command(dir.command(arguments).env("DOCKER_CONFIG", dir.path().join("docker")));
    for with_token in [false, true] {
        if with_token {
            registry.demand_token();
        }
        login("wrong");
        let refused = dir_with("resolve --upgrade").expect_code(6);
        assert!(refused.stderr.contains("user and password of [DIR]/docker/config.json were sent"), "{}", refused.stderr);
        assert!(!refused.stderr.contains("wrong"));
        login("secret");
        dir_with("resolve --upgrade").expect_code(0);
    }
    let basic = format!("Basic {}", base64("reader:secret"));
    let shown = registry.log().into_iter().filter(|asked| asked.headers.get("authorization") == Some(&basic));
    assert!(shown.skip_while(|asked| !asked.path.starts_with("/token")).all(|asked| asked.path.starts_with("/token")));
}

#[cfg(unix)]
#[test]
fn a_credential_helper_is_asked_once() {
    use std::os::unix::fs::PermissionsExt;
    let registry = Registry::start();
    registry.demand("reader", "secret");
    registry.demand_token();
    Shelf::new(&registry, "charts/redis").push("1.0.0");
    Shelf::new(&registry, "charts/nginx").push("1.0.0");
    let releases = release("^1") + &release("1.0.0").replace("redis", "nginx").replace("cache", "front");
    let answer = "{\"ServerURL\":\"x\",\"Username\":\"reader\",\"Secret\":\"secret\"}";
    let dir = project(&registry, "", &releases)
        .file("home/.docker/config.json", "{\"credsStore\":\"test\"}")
        .file("bin/docker-credential-test", &format!("#!/bin/sh\necho \"$1 $(cat)\" >>asked\necho '{answer}'\n"));
    let helper = dir.path().join("bin/docker-credential-test");
    std::fs::set_permissions(helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", dir.path().join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = dir.command("resolve");
    dir.run_command(command.env("PATH", path).env("HOME", dir.path().join("home"))).expect_code(0);
    dir.expect_file("asked", "get 127.0.0.1:[PORT]\n");
    // A helper that is not there is no reason to fail where nobody need be known.
    registry.demand("reader", "other");
    std::fs::remove_dir_all(dir.path().join("bin")).unwrap();
    let run = dir.run_command(dir.command("resolve --upgrade").env("HOME", dir.path().join("home"))).expect_code(6);
    assert!(run.stderr.contains("cannot run `docker-credential-test`"), "{}", run.stderr);
}

#[test]
fn the_state_file_has_credentials_too() {
    let registry = Registry::start();
    registry.demand("reader", "secret");
    registry.demand_token();
    Shelf::new(&registry, "charts/redis").push("1.0.0");
    let dir = project(&registry, "  username: reader\n  password: secret\n", &release("1.0.0"));
    dir.run("resolve").expect_code(0);
    assert!(!dir.read("helmfile.lock").unwrap().contains("secret"));
}

#[test]
fn a_token_does_not_go_where_a_blob_is_moved_to() {
    let (registry, store) = (Registry::start(), Registry::start());
    registry.demand_token();
    let (dir, pushed) = locked(&registry);
    store.file("/blob", package("redis", "1.0.0", &[("templates/configmap.yaml", "x")]));
    let moved = vec![("location", format!("{}/blob", store.url()))];
    let blob = format!("/v2/charts/redis/blobs/{}", pushed.layer);
    registry.misbehave(&blob, [Fault::Status { status: 302, headers: moved, times: 9 }]);
    dir.run("fetch").expect_code(4);
    assert!(!store.log().is_empty() && store.log().iter().all(|asked| !asked.headers.contains_key("authorization")));
}

#[test]
fn without_plain_http_nothing_is_said_without_encryption() {
    let registry = Registry::start();
    let (dir, _) = locked(&registry);
    let state = std::fs::read_to_string(dir.path().join("helmfile.yaml")).unwrap();
    dir.write("helmfile.yaml", &state.replace("  plainHttp: true\n", ""));
    dir.run("fetch").expect_code(5);
    assert_eq!(registry.asked(), Vec::<String>::new());
}

#[test]
fn a_manifest_that_the_state_file_names_must_be_the_one() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    let (first, second) = (shelf.push("1.0.0"), shelf.push("1.1.0"));
    let address = registry.url().replace("http://", "oci://");
    let state =
        |digest: &str| format!("releases:\n- name: cache\n  chart: {address}/charts/redis:1.0.0@{digest}\n  plainHttp: true\n");
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &state(&second.manifest));
    dir.run("resolve").expect(
        4,
        "",
        "
        error: the manifest that is wanted as `1.0.0@sha256:[DIGEST]` is that of `redis` 1.1.0
          wanted by release `cache` (helmfile.yaml:2)
          hint: name 1.1.0, or only the digest, or take the digest away
        ",
    );
    dir.write("helmfile.yaml", &state(&first.manifest));
    dir.run("resolve").expect_code(0);
    dir.run("template").expect_code(0);
    dir.write("helmfile.yaml", &state(&second.manifest));
    dir.run("template").expect_code(2);
    // Who edits the lock so that it contradicts itself is told.
    dir.write("helmfile.yaml", &state(&first.manifest));
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    dir.write(
        "helmfile.lock",
        &lock.replace(&format!("ociManifest: {}", first.manifest), &format!("ociManifest: {}", second.manifest)),
    );
    for command in ["template", "check"] {
        let run = dir.run(command).expect_code(4);
        assert!(run.stderr.contains("demands another manifest than redis 1.0.0 has"), "{}", run.stderr);
    }
    dir.write("helmfile.yaml", &state("sha256:abc"));
    assert!(dir.run("resolve").expect_code(1).stderr.contains("improper constraint"));
}

/// The three spellings that helmfile has for a chart by its digest.
fn by_digest(registry: &Registry, digest: &str) -> [String; 3] {
    let address = registry.url().replace("http://", "oci://");
    [
        format!("- name: cache\n  chart: {address}/charts/redis@{digest}\n  plainHttp: true\n"),
        format!("- name: cache\n  chart: oci/redis\n  version: \"@{digest}\"\n"),
        format!("- name: cache\n  chart: oci/redis@{digest}\n"),
    ]
}

#[test]
fn a_digest_alone_pins_its_manifest_without_a_list_of_tags() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    let wanted = shelf.push("1.1.0-rc.1+build.5");
    shelf.push("2.0.0");
    let mut locks = Vec::new();
    for releases in by_digest(&registry, &wanted.manifest) {
        let dir = project(&registry, "", &releases);
        registry.forget();
        dir.run("resolve").expect_code(0);
        let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
        let expected = format!("  digest: {}\n  ociManifest: {}\n", wanted.layer, wanted.manifest);
        assert!(lock.contains("version: 1.1.0-rc.1+build.5\n") && lock.contains(&expected), "{lock}");
        assert!(lock.contains(&format!("wants: [\"@{}\"]", wanted.manifest)), "{lock}");
        // Manifest, config, archive.
        let asked: Vec<_> = registry.asked();
        assert_eq!(asked.len(), 3, "{asked:?}");
        assert!(asked.iter().all(|asked| !asked.contains("/tags/")), "{asked:?}");
        assert!(dir.run("template").expect_code(0).stdout.contains("cache-1.1.0-rc.1+build.5"));
        dir.run("check").expect_code(0);
        registry.forget();
        for command in ["resolve", "resolve --offline", "resolve --upgrade", "update redis", "outdated"] {
            dir.run(command).expect_code(0);
        }
        assert_eq!(std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap(), lock);
        assert!(registry.asked().iter().all(|asked| !asked.contains("/tags/")), "{:?}", registry.asked());
        locks.push(lock);
    }
    assert!(locks.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_digest_beside_a_moved_tag_gets_what_it_names() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    let first = shelf.push("1.0.0");
    let other = package("redis", "1.0.0", &[("templates/other.yaml", "kind: Other\n")]);
    shelf.push_archive("1.0.0", &other);
    let named = format!("- name: cache\n  chart: oci/redis\n  version: \"1.0.0@{}\"\n", first.manifest);
    let dir = project(&registry, "", &(named + &release("1.0.0").replace("name: cache", "name: second")));
    dir.run("resolve").expect_code(0);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    assert!(lock.contains(&first.layer) && lock.matches("- name: redis").count() == 1, "{lock}");
    assert!(!dir.run("template").expect_code(0).stdout.contains("kind: Other"));
}

#[test]
fn a_digest_that_nobody_has_is_told() {
    let registry = Registry::start();
    let mut shelf = Shelf::new(&registry, "charts/redis");
    let pushed = shelf.push("1.0.0");
    let [by_address, ..] = by_digest(&registry, &format!("sha256:{}", "0".repeat(64)));
    let run = project(&registry, "", &by_address).run("resolve").expect_code(1);
    assert!(run.stderr.contains("/charts has no `redis` with the manifest sha256:"), "{}", run.stderr);
    // A config that says no version, and one that lies.
    let nameless = shelf.push_manifest("3.0.0", &[(LAYER, &pushed.layer)]);
    let run = project(&registry, "", &by_digest(&registry, &nameless)[0]).run("resolve").expect_code(1);
    assert!(run.stderr.contains("its config says no version"), "{}", run.stderr);
    let lying = shelf.push_with_config("4.0.0", "{\"version\":\"4.0.0\"}", &[(LAYER, &pushed.layer)]);
    project(&registry, "", &by_digest(&registry, &lying)[0]).run("resolve").expect_code(4);
    let state = "repositories:\n- name: h\n  url: https://h.example.com\nreleases:\n- name: a\n  chart: h/a\n";
    let state = format!("{state}  version: \"@{lying}\"\n");
    let run = Dir::new().file("helmfile.yaml", &state).run("resolve").expect_code(1);
    assert!(run.stderr.contains("only a chart of an OCI registry is known by a digest"), "{}", run.stderr);
}

#[test]
fn what_the_real_helm_pushed_to_a_real_registry_is_locked_and_fetched() {
    let Some((helm, registry)) = real_helm().zip(RealRegistry::start("")) else { return };
    let state =
        format!("releases:\n- name: cache\n  chart: oci://{}/charts/redis\n  version: ^1\n  plainHttp: true\n", registry.host());
    let dir = Dir::new().file("helmfile.yaml", &state);
    let mut manifests = Vec::new();
    for version in ["1.0.0", "1.2.0+build.5"] {
        let archive = dir.path().join(format!("redis-{version}.tgz"));
        std::fs::write(&archive, package("redis", version, &[("templates/a.yaml", "kind: A\nv: {{ .Chart.Version }}\n")]))
            .unwrap();
        let mut command = Command::new(&helm);
        command.arg("push").arg(&archive).arg(format!("oci://{}/charts", registry.host())).arg("--plain-http");
        let output = command.env("HOME", dir.path()).output().unwrap();
        let talk = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{talk}");
        manifests.push(talk.lines().find_map(|line| line.strip_prefix("Digest: ")).unwrap().to_owned());
    }
    dir.run("resolve").expect_code(0);
    let by_digest = state.replace("/redis\n", &format!("/redis@{}\n", manifests[0])).replace("  version: ^1\n", "");
    let other = Dir::new().file("helmfile.yaml", &by_digest);
    other.run("resolve").expect_code(0);
    assert!(other.run("template").expect_code(0).stdout.contains("v: 1.0.0"));
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    assert!(lock.contains("version: 1.2.0+build.5\n") && lock.contains(&format!("ociManifest: {}\n", manifests[1])), "{lock}");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("fetch").expect_code(0);
    assert!(dir.run("template").expect_code(0).stdout.contains("v: 1.2.0+build.5"));
}
