//! Credentials: which place answers for which source, what is sent where, and that nothing of it is shown.

use crate::support::{Dir, Registry, Shelf, base64, project};

const SECRET: &str = "s3cret-canary";

const RELEASE: &str = "- name: cache\n  chart: stable/redis\n  version: ^20\n";

/// A registry that wants user and password.
fn guarded() -> Registry {
    let registry = Registry::start();
    registry.chart("redis", "20.5.0");
    registry.demand("deploy", SECRET);
    registry
}

/// helm's file with a repository of another name, which must not matter.
fn repositories(url: &str) -> String {
    format!(
        "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories:\n- name: other\n  url: {url}/\n  username: deploy\n  password: {SECRET}\n"
    )
}

/// What the command says when it is given a home of its own.
fn at_home(dir: &Dir, arguments: &str) -> crate::support::Run {
    dir.run_command(dir.command(arguments).env("HOME", dir.path().join("home")))
}

#[test]
fn the_places_are_asked_in_order_and_the_first_answers() {
    let registry = guarded();
    let url = registry.url();
    let dir = project(&registry, RELEASE);
    dir.run("auth status").expect(0, "http://127.0.0.1:[PORT]: anonymous\n", "");
    assert!(dir.run("resolve").expect_code(6).stderr.contains("no user and password were sent"));
    let places = [
        ("home/.netrc", format!("machine 127.0.0.1 login deploy password {SECRET}\n"), "[DIR]/home/.netrc"),
        ("home/.config/helm/repositories.yaml", repositories(&url), "[DIR]/home/.config/helm/repositories.yaml"),
    ];
    for (path, text, place) in places {
        dir.write(path, &text);
        at_home(&dir, "auth status").expect(0, &format!("http://127.0.0.1:[PORT]: user and password of {place}\n"), "");
        at_home(&dir, "resolve --upgrade").expect_code(0);
    }
    let dir = dir.variable("STABLE_USERNAME", "deploy").variable("STABLE_PASSWORD", "wrong");
    let said = "http://127.0.0.1:[PORT]: user and password of STABLE_USERNAME and STABLE_PASSWORD\n";
    at_home(&dir, "auth status").expect(0, said, "");
    let refused = at_home(&dir, "resolve --upgrade").expect_code(6);
    let sent = "answers 401; the user and password of STABLE_USERNAME and STABLE_PASSWORD were sent";
    assert!(refused.stderr.contains(sent), "{}", refused.stderr);
    let state =
        format!("repositories:\n- name: stable\n  url: {url}\n  username: deploy\n  password: {SECRET}\nreleases:\n{RELEASE}");
    dir.write("helmfile.yaml", &state);
    at_home(&dir, "auth status").expect(0, "http://127.0.0.1:[PORT]: user and password of helmfile.yaml:2\n", "");
    at_home(&dir, "resolve --upgrade").expect_code(0);
    assert!(!dir.read("helmfile.lock").unwrap().contains(SECRET));
}

#[test]
fn the_status_is_data_too_and_has_no_secret() {
    let registry = guarded();
    let host = registry.url().replace("http://", "");
    let state = format!(
        "repositories:\n- name: stable\n  url: {}\n- name: oci\n  url: {host}/charts\n  oci: true\n  plainHttp: true\nreleases:\n{RELEASE}\
         - name: front\n  chart: oci/nginx\n  version: ^1\n",
        registry.url()
    );
    let auth = format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"{}\"}}}}}}", base64(&format!("deploy:{SECRET}")));
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &state).file("podman.json", &auth);
    dir.write("broken.yaml", "repositories: [");
    let dir = dir.variable("REGISTRY_AUTH_FILE", "podman.json").variable("HELM_REPOSITORY_CONFIG", "broken.yaml");
    let run = dir.run("auth status -o json").expect(
        0,
        r#"
        [
          {
            "clientCertificate": false,
            "complaints": [
              "broken.yaml: it is not YAML"
            ],
            "place": null,
            "shown": "nothing",
            "source": "http://127.0.0.1:[PORT]"
          },
          {
            "clientCertificate": false,
            "complaints": [],
            "place": "podman.json",
            "shown": "password",
            "source": "oci://127.0.0.1:[PORT]/charts"
          }
        ]
        "#,
        "warning: broken.yaml: it is not YAML\n",
    );
    assert!(!run.stdout.contains(SECRET) && !run.stdout.contains("deploy"));
    assert_eq!(registry.asked(), Vec::<String>::new());
}

#[test]
fn stored_credentials_stay_with_the_origin_they_are_for() {
    let (registry, other) = (guarded(), Registry::start());
    other.file("/redis-20.6.0.tgz", crate::support::package("redis", "20.6.0", &[]));
    registry.enter("redis", "20.6.0", &format!("urls:\n- {}/redis-20.6.0.tgz", other.url()));
    let dir = project(&registry, RELEASE).file("repositories.yaml", &repositories(&registry.url()));
    let dir = dir.variable("HELM_REPOSITORY_CONFIG", "repositories.yaml");
    dir.run("resolve").expect_code(0);
    assert!(!other.log().is_empty() && other.log().iter().all(|asked| !asked.headers.contains_key("authorization")));
    // A name is no reason to be sent a password: another host under the same name gets none.
    let stranger = guarded();
    dir.write(
        "helmfile.yaml",
        &format!("repositories:\n- name: other\n  url: {}\nreleases:\n- name: cache\n  chart: other/redis\n", stranger.url()),
    );
    dir.run("resolve --upgrade").expect_code(6);
    assert!(stranger.log().iter().all(|asked| !asked.headers.contains_key("authorization")));
    // With `pass_credentials_all` helm's user wants it so.
    other.forget();
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.write("repositories.yaml", &(repositories(&registry.url()) + "  pass_credentials_all: true\n"));
    dir.write("helmfile.yaml", &format!("repositories:\n- name: stable\n  url: {}\nreleases:\n{RELEASE}", registry.url()));
    dir.run("resolve --upgrade").expect_code(0);
    assert!(other.log().iter().all(|asked| asked.headers.contains_key("authorization")));
}

#[test]
fn an_identity_token_is_posted_to_the_realm_and_nowhere_else() {
    let registry = Registry::start();
    Shelf::new(&registry, "charts/redis").push("1.0.0");
    registry.demand_identity(SECRET);
    let host = registry.url().replace("http://", "");
    let state = format!(
        "repositories:\n- name: oci\n  url: {host}/charts\n  oci: true\n  plainHttp: true\nreleases:\n- name: cache\n  chart: oci/redis\n  version: 1.0.0\n"
    );
    let login = |token: &str| format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"\",\"identitytoken\":\"{token}\"}}}}}}");
    let dir = Dir::new().knowing(&registry).file("helmfile.yaml", &state).file("docker/config.json", &login("wrong"));
    let dir = dir.variable("DOCKER_CONFIG", "docker");
    dir.run("auth status").expect(0, "oci://127.0.0.1:[PORT]/charts: identity token of docker/config.json\n", "");
    let refused = dir.run("resolve").expect_code(6);
    assert!(refused.stderr.contains("the identity token of docker/config.json was sent"), "{}", refused.stderr);
    dir.write("docker/config.json", &login(SECRET));
    registry.forget();
    dir.run("resolve").expect_code(0);
    let posted: Vec<_> = registry.log().into_iter().filter(|asked| !asked.form.is_empty()).collect();
    let [posted] = posted.as_slice() else { panic!("{posted:?}") };
    let expected = format!(
        "grant_type=refresh_token&client_id=helmlock&service=charts&scope=repository%3Acharts%2Fredis%3Apull&refresh_token={SECRET}"
    );
    assert_eq!((posted.path.as_str(), posted.form.as_str()), ("/token", expected.as_str()));
    assert!(
        registry
            .log()
            .iter()
            .all(|asked| !asked.path.contains(SECRET) && !asked.headers.values().any(|value| value.contains(SECRET)))
    );
}
