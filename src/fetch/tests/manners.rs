//! How servers are treated: who we say we are, how many questions they get at once.

use std::time::Duration;

use super::http::hurried;
use super::registry::{Fault, Registry};
use crate::fetch::concurrent;
use crate::fetch::http::Http;
use crate::fetch::question::{Authorization, Packing, Question};
use crate::fetch::{Address, ClientOptions};
use crate::source::RepositoryUrl;

/// Asks so many times at once, as wide as `fetch` does at most.
fn ask(registry: &Registry, options: &ClientOptions, times: usize) {
    let http = Http::new(options).unwrap();
    let repository = RepositoryUrl::parse(&registry.url()).unwrap();
    let address = Address::new(format!("{}/file.tgz", registry.url()).parse().unwrap()).unwrap();
    let question = || Question {
        address: &address,
        repository: &repository,
        known: None,
        packing: Packing::AsItStands,
        accept: None,
        authorization: Authorization::User,
        body: None,
        limit: 100,
    };
    let items = vec![(); times];
    let answers = http.block_on(concurrent::each(&items, 64, async |()| http.ask(&question()).await));
    assert!(answers.into_iter().all(|answer| answer.is_ok()));
}

#[test]
fn a_host_gets_only_so_many_questions_at_once() {
    for most in [1, 3, 8] {
        let registry = Registry::start();
        registry.file("/file.tgz", "well");
        registry.misbehave("/file.tgz", [Fault::Late(Duration::from_millis(40))]);
        ask(&registry, &ClientOptions { requests_per_host: most, ..hurried() }, 16);
        assert_eq!(registry.peak(), most, "as many as allowed, and no more");
        assert_eq!(registry.log().len(), 16);
    }
}

#[test]
fn we_say_who_we_are() {
    let registry = Registry::start();
    registry.file("/file.tgz", "well");
    ask(&registry, &hurried(), 1);
    let expected = format!("helmlock/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(registry.log()[0].headers["user-agent"], expected);
    assert!(!registry.log()[0].headers.contains_key("referer"));
}
