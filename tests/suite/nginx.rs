//! A real web server as a chart repository: what nginx says of unchanged and packed files, who it lets in and how, where it leads,
//! and what it wants of those who ask too often.

use crate::support::{Dir, Server, digest, package};

const RELEASES: &str = "releases:\n- name: cache\n  chart: stable/redis\n";
const PEM: &str = include_str!("../cases/fetch/localhost.pem");

/// nginx with these servers, in which `[HOST]` is host and port, `[OTHER]` those of another server, `[FOLDER]` its folder. It
/// serves a repository below `charts/` and logs every request with what was proved and how it was answered.
fn nginx(servers: &str) -> Option<Server> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let other = format!("127.0.0.1:{port}");
    let server = Server::start("nginx", &["-c"], |folder, host| {
        let servers = servers.replace("[HOST]", host).replace("[OTHER]", &other).replace("[FOLDER]", folder);
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {folder}/temporary;\n"))
            .concat();
        std::fs::write(format!("{folder}/users"), "reader:{PLAIN}secret\n").unwrap();
        let (certificate, key) = PEM.split_at(PEM.find("-----BEGIN PRIVATE").unwrap());
        std::fs::write(format!("{folder}/certificate.pem"), certificate).unwrap();
        std::fs::write(format!("{folder}/key.pem"), key).unwrap();
        publish(std::path::Path::new(folder));
        format!(
            "daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/errors;\nevents {{}}\nhttp {{\n{temporary}\
             log_format all escape=none '$server_port $status $uri by=$remote_user tls=$ssl_client_verify gzip=$sent_http_content_encoding etag=$sent_http_etag auth=$http_authorization';\n\
             access_log {folder}/access all;\ndefault_type text/yaml;\ngzip_types text/yaml;\nroot {folder};\n{servers}}}\n"
        )
    })?;
    Some(server)
}

fn publish(folder: &std::path::Path) {
    let archive = package("redis", "20.0.0", &[("templates/a.yaml", "kind: A\nmetadata: {name: a}\n")]);
    let charts = folder.join("charts");
    std::fs::create_dir_all(&charts).unwrap();
    let entry = format!("  - name: redis\n    version: 20.0.0\n    urls: [redis-20.0.0.tgz]\n    digest: {}\n", digest(&archive));
    std::fs::write(charts.join("index.yaml"), format!("apiVersion: v1\nentries:\n  redis:\n{entry}")).unwrap();
    std::fs::write(charts.join("redis-20.0.0.tgz"), archive).unwrap();
}

fn project(url: &str, more: &str) -> Dir {
    Dir::new().file("helmfile.yaml", &format!("repositories:\n- name: stable\n  url: {url}\n{more}{RELEASES}"))
}

/// The lines of the access log, once there are so many.
fn log(server: &Server, lines: usize) -> Vec<String> {
    let read = || std::fs::read_to_string(server.folder().join("access")).unwrap_or_default();
    for _ in 0..100 {
        if read().lines().count() >= lines {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    read().lines().map(str::to_owned).collect()
}

#[test]
fn a_packed_index_has_a_weak_name_and_is_not_sent_again() {
    let Some(server) = nginx("server { listen [HOST]; gzip on; gzip_min_length 1; }\n") else { return };
    let dir = project(&format!("http://{}/charts", server.host()), "");
    dir.run("resolve").expect_code(0);
    dir.run("resolve --upgrade").expect_code(0);
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("fetch").expect_code(0);
    dir.run("template --offline").expect_code(0);
    let log = log(&server, 4);
    assert!(log[0].contains(" 200 /charts/index.yaml") && log[0].contains("gzip=gzip etag=W/\""), "{log:?}");
    assert!(log[1].contains(" 200 /charts/redis-20.0.0.tgz") && log[1].contains("gzip= "), "{log:?}");
    assert!(log[2].contains(" 304 /charts/index.yaml"), "{log:?}");
    assert!(log[3].contains(" 200 /charts/redis-20.0.0.tgz"), "{log:?}");
    // A changed index is sent again.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    publish(&server.folder());
    dir.run("resolve --upgrade").expect_code(0);
    assert!(self::log(&server, 5)[4].contains(" 200 /charts/index.yaml"));
}

#[test]
fn a_password_opens_its_own_door_and_is_shown_at_no_other() {
    let servers = "server { listen [HOST]; auth_basic charts; auth_basic_user_file [FOLDER]/users;\n\
                   location ~ ^/charts/redis { return 302 http://[OTHER]$uri; } }\nserver { listen [OTHER]; }\n";
    let Some(server) = nginx(servers) else { return };
    let url = format!("http://{}/charts", server.host());
    let refused = project(&url, "").run("resolve").expect_code(6);
    assert!(refused.stderr.contains("answers 401; no user and password were sent"), "{}", refused.stderr);
    let wrong = project(&url, "  username: reader\n  password: wr0ng-canary\n").run("resolve").expect_code(6);
    assert!(!wrong.stderr.contains("canary"), "{}", wrong.stderr);
    project(&url, "  username: reader\n  password: secret\n").run("resolve").expect_code(0);
    let log = log(&server, 5);
    assert!(
        log[2].contains(" 200 /charts/index.yaml by=reader") && log[3].contains(" 302 /charts/redis-20.0.0.tgz by=reader"),
        "{log:?}"
    );
    assert!(log[4].contains(" 200 /charts/redis-20.0.0.tgz by= ") && log[4].ends_with("auth="), "{log:?}");
}

#[test]
fn certificates_prove_both_sides() {
    let servers = "server { listen [HOST] ssl; ssl_certificate [FOLDER]/certificate.pem; ssl_certificate_key [FOLDER]/key.pem;\n\
                   ssl_client_certificate [FOLDER]/certificate.pem; ssl_verify_client on; }\n";
    let Some(server) = nginx(servers) else { return };
    let url = format!("https://localhost:{}/charts", server.host().split(':').nth(1).unwrap());
    let file = |name: &str| server.folder().join(name).display().to_string();
    let unknown = project(&url, "").run("resolve").expect_code(5);
    assert!(unknown.stderr.contains("certificate"), "{}", unknown.stderr);
    let authority = format!("  caFile: {}\n", file("certificate.pem"));
    let unproved = project(&url, &authority).run("resolve").expect_code(1);
    assert!(unproved.stderr.contains("answers 400"), "{}", unproved.stderr);
    let both = format!("{authority}  certFile: {}\n  keyFile: {}\n", file("certificate.pem"), file("key.pem"));
    project(&url, &both).run("resolve").expect_code(0);
    let lax = format!("  skipTLSVerify: true\n  certFile: {}\n  keyFile: {}\n", file("certificate.pem"), file("key.pem"));
    project(&url, &lax).run("resolve").expect_code(0);
    assert!(log(&server, 5).iter().filter(|line| line.contains("tls=SUCCESS")).count() == 4);
}

#[test]
fn who_is_asked_to_wait_waits() {
    let servers = "limit_req_zone $binary_remote_addr zone=few:1m rate=12r/m;\nlimit_req_status 429;\n\
                   server { listen [HOST]; limit_req zone=few; add_header Retry-After 5 always; }\n";
    let Some(server) = nginx(servers) else { return };
    let dir = project(&format!("http://{}/charts", server.host()), "");
    dir.run("resolve").expect_code(0);
    let log = log(&server, 3);
    assert!(log[1].contains(" 429 /charts/redis-20.0.0.tgz") && log.last().unwrap().contains(" 200 "), "{log:?}");
}

#[test]
fn a_redirect_is_followed_and_a_loop_ends() {
    let servers = "server { listen [HOST]; location /old/ { rewrite ^/old/(.*)$ /charts/$1 permanent; }\n\
                   location /loop/ { return 307 /loop/again/index.yaml; } }\n";
    let Some(server) = nginx(servers) else { return };
    let dir = project(&format!("http://{}/old", server.host()), "");
    dir.run("resolve").expect_code(0);
    let lock = std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap();
    assert!(lock.contains("/old/redis-20.0.0.tgz"), "{lock}");
    let run = project(&format!("http://{}/loop", server.host()), "").run("resolve").expect_code(5);
    assert!(run.stderr.contains("redirects to ever new places"), "{}", run.stderr);
}
