//! One GET: what comes back, what is asked again, what is refused, and where credentials go.

use std::time::{Duration, Instant};

use super::registry::{Fault, Registry};
use crate::cache::Validators;
use crate::fetch::http::Http;
use crate::fetch::question::{Answer, Authorization, Packing, Question};
use crate::fetch::{Address, ClientOptions, Kind, Patience, Problem};
use crate::source::RepositoryUrl;

pub(super) fn hurried() -> ClientOptions {
    let patience = Patience { pause: Duration::from_millis(5), longest_pause: Duration::from_secs(2), ..Patience::default() };
    ClientOptions { patience, ..ClientOptions::default() }
}

fn address(text: &str) -> Address {
    Address::new(text.parse().unwrap()).unwrap()
}

/// Asks for a path, with user and password, and accepts 10,000 bytes.
fn ask(registry: &Registry, path: &str, packing: Packing) -> Result<Vec<u8>, Problem> {
    ask_with(hurried(), registry, path, packing)
}

fn ask_with(mut options: ClientOptions, registry: &Registry, path: &str, packing: Packing) -> Result<Vec<u8>, Problem> {
    let (repository, access) = RepositoryUrl::split(&registry.url().replace("//", "//user:secret@")).unwrap();
    options.access.insert(repository.clone(), access);
    let http = Http::new(&options).unwrap();
    let address = address(&format!("{}{path}", registry.url()));
    let question = Question {
        address: &address,
        repository: &repository,
        known: None,
        packing,
        accept: None,
        authorization: Authorization::User,
        body: None,
        limit: 10_000,
    };
    match http.block_on(http.ask(&question))? {
        Answer::Body { bytes, .. } => Ok(bytes),
        Answer::Unchanged | Answer::Taken { .. } => panic!("nothing was known, nothing was sent"),
    }
}

fn status(status: u16, headers: &[(&'static str, &str)], times: usize) -> Fault {
    Fault::Status { status, headers: headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(), times }
}

#[track_caller]
fn check(faults: impl Into<Vec<Fault>>, expected: &str, requests: usize) -> Problem {
    let registry = Registry::start();
    registry.file("/file.tgz", "well");
    registry.misbehave("/file.tgz", faults);
    let problem = ask(&registry, "/file.tgz", Packing::Gzip).unwrap_err();
    assert_eq!(problem.to_string().replace(&registry.port().to_string(), "[PORT]"), expected);
    assert_eq!(registry.log().len(), requests);
    problem
}

#[test]
fn a_body_comes_as_it_is_or_packed() {
    let registry = Registry::start();
    registry.file("/index.yaml", "apiVersion: v1\n".repeat(100));
    for packing in [Packing::AsItStands, Packing::Gzip] {
        assert_eq!(ask(&registry, "/index.yaml", packing).unwrap(), "apiVersion: v1\n".repeat(100).as_bytes());
    }
    let sent: Vec<_> = registry.log().iter().map(|asked| asked.sent).collect();
    assert!(sent[0] == 1500 && sent[1] < 100, "{sent:?}");
}

#[test]
fn what_is_known_is_not_sent_again() {
    let registry = Registry::start();
    registry.file("/index.yaml", "apiVersion: v1");
    let http = Http::new(&hurried()).unwrap();
    let address = address(&format!("{}/index.yaml", registry.url()));
    let ask = |known: Option<&Validators>| {
        let repository = RepositoryUrl::parse(&registry.url()).unwrap();
        let question = Question {
            address: &address,
            repository: &repository,
            known,
            packing: Packing::Gzip,
            accept: None,
            authorization: Authorization::User,
            body: None,
            limit: 10_000,
        };
        http.block_on(http.ask(&question)).unwrap()
    };
    let Answer::Body { validators, .. } = ask(None) else { panic!("it must be sent once") };
    assert!(matches!(ask(Some(&validators)), Answer::Unchanged));
    registry.file("/index.yaml", "apiVersion: v2");
    assert!(matches!(ask(Some(&validators)), Answer::Body { .. }));
    assert_eq!(registry.log()[1].sent, 0);
}

#[test]
fn a_failure_that_may_pass_is_tried_again() {
    for faults in [
        vec![status(500, &[], 1), status(503, &[], 1), status(429, &[("retry-after", "0")], 1)],
        vec![status(408, &[], 1), status(502, &[], 1), status(504, &[], 1)],
        vec![Fault::Truncated { bytes: 2, times: 3 }],
    ] {
        let registry = Registry::start();
        registry.file("/file.tgz", "well");
        registry.misbehave("/file.tgz", faults.clone());
        assert_eq!(ask(&registry, "/file.tgz", Packing::AsItStands).unwrap(), b"well", "{faults:?}");
        assert_eq!(registry.log().len(), 4);
    }
}

#[test]
fn a_failure_that_does_not_pass_is_told() {
    let problem = check([status(503, &[], 9)], "http://127.0.0.1:[PORT]/file.tgz answers 503", 4);
    assert_eq!(problem.kind(), Kind::Network);
    check([Fault::Truncated { bytes: 2, times: 9 }], "cannot read http://127.0.0.1:[PORT]/file.tgz", 4);
    for code in [400, 404, 410, 451, 204, 206, 304, 505] {
        check([status(code, &[], 1)], &format!("http://127.0.0.1:[PORT]/file.tgz answers {code}"), 1);
    }
}

#[test]
fn who_asks_for_patience_gets_it_within_reason() {
    let registry = Registry::start();
    registry.file("/file.tgz", "well");
    registry.misbehave("/file.tgz", [status(429, &[("retry-after", "1")], 1)]);
    let start = Instant::now();
    assert_eq!(ask(&registry, "/file.tgz", Packing::AsItStands).unwrap(), b"well");
    assert!(start.elapsed() >= Duration::from_secs(1));
    let text = "http://127.0.0.1:[PORT]/file.tgz answers 429 and asks to come back in 3600 seconds";
    check([status(429, &[("retry-after", "3600")], 1)], text, 1);
    check([status(429, &[("retry-after", "-1")], 9)], "http://127.0.0.1:[PORT]/file.tgz answers 429", 4);
}

#[test]
fn refused_credentials_are_another_kind_of_failure() {
    let registry = Registry::start();
    registry.file("/file.tgz", "well");
    registry.demand("user", "other");
    let problem = ask(&registry, "/file.tgz", Packing::AsItStands).unwrap_err();
    assert_eq!(problem.kind(), Kind::Authentication);
    let expected = format!("{}/file.tgz answers 401; the user and password of the repository were sent", registry.url());
    assert_eq!(problem.to_string(), expected);
    assert_eq!(registry.log().len(), 1);
    registry.demand("user", "secret");
    assert_eq!(ask(&registry, "/file.tgz", Packing::AsItStands).unwrap(), b"well");
}

#[test]
fn credentials_stay_with_the_origin_that_they_are_for() {
    let (first, second) = (Registry::start(), Registry::start());
    second.file("/target", "there");
    first.file("/target", "here");
    for target in [format!("{}/target", second.url()), "/target".to_owned()] {
        first.misbehave("/file.tgz", [status(302, &[("location", &target)], 1)]);
        ask(&first, "/file.tgz", Packing::AsItStands).unwrap();
    }
    assert!(first.log().iter().all(|asked| asked.headers.contains_key("authorization")));
    assert_eq!(second.log().len(), 1);
    let leaked =
        second.log()[0].headers.values().any(|value| value.contains("dXNlcj") || value.contains(&first.port().to_string()));
    assert!(!leaked);
}

#[test]
fn a_redirect_leads_to_a_web_server_and_ends() {
    for code in [301, 302, 303, 307, 308] {
        let registry = Registry::start();
        registry.file("/target", "there");
        registry.misbehave("/file.tgz", [status(code, &[("location", "/target")], 1)]);
        assert_eq!(ask(&registry, "/file.tgz", Packing::AsItStands).unwrap(), b"there");
    }
    let from = |what: &str| format!("http://127.0.0.1:[PORT]/file.tgz redirects to {what}");
    check([status(302, &[("location", "/file.tgz")], 99)], &from("ever new places"), 11);
    check([status(302, &[], 1)], &from("nowhere"), 1);
    for location in ["file:///etc/passwd", "unix:/run/x", "data:,x", "ftp://example.com/x"] {
        check([status(302, &[("location", location)], 1)], &from("something that is not a web server"), 1);
    }
    check([status(302, &[("location", "http://[")], 1)], &from("something that is not a URL"), 1);
}

#[test]
fn too_much_is_too_much() {
    let text = "http://127.0.0.1:[PORT]/file.tgz sends more than 10000 bytes";
    assert_eq!(check([Fault::Endless], text, 1).kind(), Kind::Integrity);
    let body = |headers: &[(&'static str, &str)], bytes: Vec<u8>| Fault::Body {
        headers: headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        bytes,
    };
    check([body(&[], vec![0; 10_001])], text, 1);
    check([body(&[("content-length", "99999999999")], b"short".to_vec())], text, 1);
    let bomb = super::packed(&vec![0; 1_000_000]);
    assert!(bomb.len() < 10_000);
    check([body(&[("content-encoding", "gzip")], bomb.clone())], text, 1);
    let twice = [super::packed(b"x"), bomb].concat();
    check([body(&[("content-encoding", "gzip")], twice)], text, 1);
}

#[test]
fn a_length_that_lies_gets_no_more_than_it_says() {
    let body = |lengths: &[&str]| Fault::Body {
        headers: lengths.iter().map(|length| ("content-length", (*length).to_owned())).collect(),
        bytes: b"well, well".to_vec(),
    };
    let registry = Registry::start();
    registry.misbehave("/file.tgz", [body(&["4"])]);
    assert_eq!(ask(&registry, "/file.tgz", Packing::AsItStands).unwrap(), b"well");
    for lengths in [&["-4"][..], &["4", "5"], &["four"]] {
        check([body(lengths)], "cannot read http://127.0.0.1:[PORT]/file.tgz", 4);
    }
}

#[test]
fn a_body_is_unpacked_only_if_it_can_be() {
    let fault = |encoding: &str, bytes: &[u8]| Fault::Body {
        headers: vec![("content-encoding", encoding.to_owned())],
        bytes: bytes.to_vec(),
    };
    let text = |encoding: &str| format!("http://127.0.0.1:[PORT]/file.tgz sends a body that cannot be unpacked ({encoding})");
    check([fault("br", b"x")], &text("br"), 1);
    check([fault("gzip", b"no gzip")], &text("gzip"), 1);
    let packed = super::packed(b"text");
    check([fault("gzip", &packed[..packed.len() - 3])], &text("gzip"), 1);
    // A chart's own gzip is not the transfer's, whatever the server calls it.
    let registry = Registry::start();
    registry.misbehave("/file.tgz", [fault("gzip", &packed)]);
    assert_eq!(ask(&registry, "/file.tgz", Packing::AsItStands).unwrap(), packed);
}

#[test]
fn a_head_without_end_is_not_read() {
    let headers = || (0..200).map(|_| ("x-long", "x".repeat(10_000))).collect();
    check([Fault::Body { headers: headers(), bytes: Vec::new() }], "cannot read http://127.0.0.1:[PORT]/file.tgz", 4);
}

#[test]
fn nobody_waits_for_ever() {
    let mut options = hurried();
    options.patience.silence = Duration::from_millis(300);
    let registry = Registry::start();
    registry.file("/silent", "well");
    registry.file("/drip", vec![b'x'; 9_000]);
    registry.misbehave("/silent", [Fault::Silent]);
    registry.misbehave("/drip", [Fault::Slow(Duration::from_millis(200))]);
    let start = Instant::now();
    let problem = ask_with(options.clone(), &registry, "/silent", Packing::AsItStands).unwrap_err();
    assert_eq!(problem.to_string(), format!("cannot read {}/silent", registry.url()));
    assert!(start.elapsed() < Duration::from_secs(10));
    let problem = ask_with(options, &registry, "/drip", Packing::AsItStands).unwrap_err();
    assert_eq!(problem.to_string(), format!("{}/drip sends less than 10 bytes a second", registry.url()));
}

#[test]
fn a_server_that_is_not_there_is_told_without_secrets() {
    let registry = Registry::start();
    let url = registry.url();
    drop(registry);
    std::thread::sleep(Duration::from_millis(50));
    let address = address(&format!("{}/x?token=secret", url.replace("//", "//user:secret@")));
    let http = Http::new(&hurried()).unwrap();
    let repository = RepositoryUrl::parse(&url).unwrap();
    let question = Question {
        address: &address,
        repository: &repository,
        known: None,
        packing: Packing::Gzip,
        accept: None,
        authorization: Authorization::User,
        body: None,
        limit: 10,
    };
    let problem = http.block_on(http.ask(&question)).err().unwrap();
    assert_eq!(problem.to_string(), format!("cannot read {url}/x"));
    let mut text = format!("{problem:?}");
    let mut cause = std::error::Error::source(&problem);
    while let Some(error) = cause {
        text += &error.to_string();
        cause = error.source();
    }
    assert!(text.contains("refused") && !text.contains("secret"), "{text}");
}
