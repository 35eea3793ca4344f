//! Charts in git repositories: pinned to a commit and a digest, fetched without history, rendered from the cache.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::Dir;

const TEMPLATE: &str = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ .Release.Name }}-{{ .Values.colour }}}\n";

/// A repository with a chart in `charts/app` beside the project; nothing if there is no git.
fn repository() -> Option<Dir> {
    let dir = Dir::new()
        .file("repo/charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n")
        .file("repo/charts/app/values.yaml", "colour: red\n")
        .file("repo/charts/app/.helmignore", "docs/\n*.bak\n")
        .file("repo/charts/app/docs/x.md", "{{ not a template")
        .file("repo/charts/app/templates/a.yaml.bak", "{{ not a template")
        .file("repo/charts/app/templates/a.yaml", TEMPLATE)
        .file("repo/README.md", "about\n");
    if Command::new("git").arg("--version").output().is_err() {
        println!("skipped: there is no git");
        return None;
    }
    git(&dir, &["init", "--quiet", "--initial-branch=main"]);
    commit(&dir, "first");
    git(&dir, &["tag", "v1"]);
    Some(dir)
}

/// Runs git in the repository, and gives what it says.
fn git(dir: &Dir, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(dir.path().join("repo")).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]);
    let output = command.args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(dir: &Dir, message: &str) -> String {
    git(dir, &["add", "--all"]);
    git(dir, &["commit", "--quiet", "-m", message]);
    git(dir, &["rev-parse", "HEAD"])
}

fn state(chart: &str) -> String {
    format!("releases:\n- name: web\n  chart: \"{chart}\"\n")
}

/// A project beside the repository.
fn project(url: &str, reference: &str) -> Option<Dir> {
    let dir = repository()?;
    let url = url.replace("[DIR]", &dir.path().display().to_string());
    Some(dir.file("helmfile.yaml", &state(&format!("{url}@charts/app?ref={reference}"))))
}

fn lock(dir: &Dir) -> String {
    std::fs::read_to_string(dir.path().join("helmfile.lock")).unwrap()
}

#[test]
fn a_branch_is_pinned_to_a_commit_and_moves_only_when_told() {
    let Some(dir) = project("git::file://[DIR]/repo", "main") else { return };
    let first = git(&dir, &["rev-parse", "HEAD"]);
    dir.run("check").expect_code(2);
    dir.run("template").expect_code(2);
    dir.run("resolve").expect_code(0);
    let locked = lock(&dir);
    let expected = format!(
        "git:\n- repository: git+file://{}/repo\n  path: charts/app\n  ref: main\n  commit: {first}\n",
        dir.path().display()
    );
    assert!(locked.replace('"', "").contains(&expected), "{locked}");
    // The digest says which files these are, on every machine and in every version of this program.
    assert!(locked.contains("digest: sha256:2d1cd3403801bdce78d89b1c068571a7b0dd7ea7b05fbf1d2325339a85e042af\n"), "{locked}");
    dir.run("check --cache").expect_code(0);
    let rendered = dir.run("template --offline").expect_code(0).stdout;
    assert!(rendered.contains("{name: web-red}"), "{rendered}");

    dir.write("repo/charts/app/values.yaml", "colour: blue\n");
    let second = commit(&dir, "second");
    dir.run("resolve").expect_code(0);
    assert_eq!(lock(&dir), locked, "a branch is not followed unasked");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("template").expect_code(1);
    dir.run("fetch").expect_code(0);
    assert!(dir.run("template").expect_code(0).stdout.contains("{name: web-red}"));
    let would = dir.run("resolve --upgrade --check").expect_code(2);
    assert!(would.stderr.contains(&format!("{} -> {}", &first[..12], &second[..12])), "{}", would.stderr);
    dir.run("update").expect_code(0);
    assert!(lock(&dir).contains(&second));
    assert!(dir.run("template").expect_code(0).stdout.contains("{name: web-blue}"));
    dir.write("helmfile.yaml", "releases: []\n");
    assert!(dir.run("check").expect_code(2).stderr.contains("nobody wants it"));
    dir.run("resolve").expect_code(0);
    assert!(!lock(&dir).contains("git:"));
}

#[test]
fn tags_commits_and_the_default_branch_are_references_too() {
    let Some(dir) = repository() else { return };
    let commit = git(&dir, &["rev-parse", "HEAD"]);
    for reference in ["?ref=v1", &format!("?ref={commit}"), ""] {
        dir.write("helmfile.yaml", &state(&format!("git::file://{}/repo@charts/app{reference}", dir.path().display())));
        dir.run("resolve").expect_code(0);
        assert!(lock(&dir).replace('"', "").contains(&format!("commit: {commit}\n")), "{reference}: {}", lock(&dir));
        dir.run("template").expect_code(0);
    }
}

#[test]
fn nothing_of_a_repository_is_run_or_followed() {
    let Some(dir) = project("git::file://[DIR]/repo", "main") else { return };
    let hook = dir.path().join("repo/.git/hooks/post-checkout");
    std::fs::write(hook, "#!/bin/sh\ntouch ran\n").unwrap();
    dir.write("repo/.gitattributes", "* filter=evil\n");
    git(&dir, &["config", "filter.evil.smudge", "touch ran"]);
    commit(&dir, "attributes");
    dir.run("resolve").expect_code(0);
    assert!(!dir.path().join("repo/ran").exists() && !dir.path().join("ran").exists());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("repo/charts/app/templates/link.yaml")).unwrap();
        commit(&dir, "link");
        let refused = dir.run("update").expect_code(1);
        assert!(refused.stderr.contains("`templates/link.yaml` is a link or another repository"), "{}", refused.stderr);
    }
    let missing = lock(&dir);
    for (bad, told) in [
        ("repo@charts/none?ref=main", "has no folder `charts/none`"),
        ("repo@charts/app?ref=none", "couldn't find remote ref none"),
        ("none@charts/app?ref=main", "git: "),
    ] {
        dir.write("helmfile.yaml", &state(&format!("git::file://{}/{bad}", dir.path().display())));
        let refused = dir.run("resolve");
        assert!(refused.code != Some(0) && refused.stderr.contains(told), "{bad}: {}", refused.stderr);
    }
    assert_eq!(lock(&dir), missing, "a failure leaves the lock as it is");
    let litter = std::fs::read_dir(dir.cache().join("tmp")).unwrap().count();
    assert_eq!(litter, 0, "no clone is left behind");
}

#[test]
fn arguments_cannot_be_injected_and_passwords_not_written() {
    let dir = Dir::new();
    for chart in [
        "git::https://h/r.git@x?ref=--upload-pack=touch%20ran",
        "git::ext::sh -c touch% ran@x?ref=main",
        "git::ssh://-oProxyCommand=touch/r@x?ref=main",
        "git::https://user:s3cret-canary@h/r.git@x?ref=main",
    ] {
        dir.write("helmfile.yaml", &state(chart));
        let refused = dir.run("resolve");
        assert!(refused.code != Some(0) && refused.stderr.contains("is not a git"), "{chart}: {}", refused.stderr);
        assert!(!refused.stderr.contains("s3cret-canary"), "{}", refused.stderr);
    }
    assert!(!dir.path().join("ran").exists() && !dir.path().join("helmfile.lock").exists());
}

#[test]
fn a_lock_with_another_digest_is_refused() {
    let Some(dir) = project("git::file://[DIR]/repo", "main") else { return };
    dir.run("resolve").expect_code(0);
    let locked = lock(&dir);
    let line = locked.lines().find(|line| line.contains("digest: sha256:")).unwrap();
    dir.write("helmfile.lock", &locked.replace(line, &format!("  digest: sha256:{}", "0".repeat(64))));
    let refused = dir.run("fetch").expect_code(4);
    assert!(refused.stderr.contains("but the lock promises"), "{}", refused.stderr);
}

/// Serves the repository by `git http-backend`, and gives its URL. The server lives as long as the test program.
fn serve(root: &Path) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let root = root.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut first, mut length, mut protocol, mut kind, mut encoding) =
                (String::new(), 0_usize, String::new(), String::new(), String::new());
            reader.read_line(&mut first).unwrap();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let Some((name, value)) = line.trim_end().split_once(": ") else { break };
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().unwrap(),
                    "content-type" => value.clone_into(&mut kind),
                    "content-encoding" => value.clone_into(&mut encoding),
                    "git-protocol" => value.clone_into(&mut protocol),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let mut words = first.split(' ');
            let (method, target) = (words.next().unwrap(), words.next().unwrap());
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let mut command = Command::new("git");
            command.arg("http-backend").env("GIT_PROJECT_ROOT", &root).env("GIT_HTTP_EXPORT_ALL", "1").env("PATH_INFO", path);
            command.env("QUERY_STRING", query).env("REQUEST_METHOD", method).env("CONTENT_TYPE", kind);
            command
                .env("CONTENT_LENGTH", length.to_string())
                .env("HTTP_CONTENT_ENCODING", encoding)
                .env("GIT_PROTOCOL", protocol);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(&body).unwrap();
            let answer = child.wait_with_output().unwrap().stdout;
            let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
            let head = String::from_utf8_lossy(&answer[..end]);
            let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK").to_owned();
            let mut out = stream;
            let sent = write!(out, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{head}", answer.len() - end);
            let _gone_clients_do_not_matter = sent.and_then(|()| out.write_all(&answer[end..]));
        }
    });
    url
}

#[test]
fn the_real_protocol_fetches_one_commit() {
    let Some(dir) = repository() else { return };
    if !Command::new("git")
        .arg("--exec-path")
        .output()
        .is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).join("git-http-backend").exists())
    {
        println!("skipped: there is no git http-backend");
        return;
    }
    let first = git(&dir, &["rev-parse", "HEAD"]);
    let url = serve(&dir.path());
    dir.write("helmfile.yaml", &state(&format!("git::{url}/repo/.git@charts/app?ref=main")));
    dir.run("resolve").expect_code(0);
    assert!(lock(&dir).contains(&first));
    dir.write("repo/charts/app/values.yaml", "colour: blue\n");
    commit(&dir, "second");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    // The locked commit is no branch's any more, and is still fetched by its name.
    dir.run("fetch").expect_code(0);
    assert!(dir.run("template").expect_code(0).stdout.contains("{name: web-red}"));
}

#[test]
fn a_folder_of_git_is_carried_like_a_chart() {
    let Some(dir) = project("git::file://[DIR]/repo", "main") else { return };
    dir.run("resolve").expect_code(0);
    let rendered = dir.run("template").expect_code(0).stdout;
    dir.run("vendor --unpacked").expect_code(0);
    dir.run("bundle export all.bundle").expect_code(0);
    std::fs::remove_dir_all(dir.path().join("repo")).unwrap();
    let forget = || std::fs::remove_dir_all(dir.cache()).unwrap();
    forget();
    dir.run("bundle import all.bundle --offline").expect_code(0);
    dir.run("template --offline").expect(0, &rendered, "");
    forget();
    dir.write("helmlock.toml", "vendor = \"vendor\"\n");
    dir.run("template --offline").expect(0, &rendered, "");
    dir.run("check").expect_code(0);
}
