//! What stands in for `http` in a program that is built without the network: it cannot be made.

use std::time::Duration;

use super::network::ClientOptions;
use super::{Absence, Address, Problem, Proof, Secret, oci};
use crate::cache::Validators;
use crate::source::RepositoryUrl;

/// There is none.
#[derive(Debug)]
pub(super) enum Http {}

pub(super) struct Question<'a> {
    pub(super) address: &'a Address,
    pub(super) repository: &'a RepositoryUrl,
    pub(super) known: Option<&'a Validators>,
    pub(super) packing: Packing,
    pub(super) accept: Option<&'static str>,
    pub(super) authorization: Authorization<'a>,
    pub(super) body: Option<Body<'a>>,
    pub(super) limit: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    pub(super) method: Method,
    pub(super) kind: &'static str,
    pub(super) bytes: &'a [u8],
}

#[derive(Clone, Copy)]
pub(super) enum Method {
    Post,
    Put,
}

pub(super) enum Authorization<'a> {
    User,
    Proof(Option<&'a Proof>),
    Form(&'a Secret),
}

#[derive(Clone, Copy)]
pub(super) enum Packing {
    AsItStands,
    Gzip,
}

pub(super) enum Answer {
    Unchanged,
    Body { bytes: Vec<u8>, validators: Validators, link: Option<String> },
    Taken { location: Option<String> },
}

impl Http {
    pub(super) fn new(_options: &ClientOptions) -> Result<Self, Absence> {
        Err(Absence::NotBuilt)
    }

    pub(super) fn options(&self) -> &ClientOptions {
        match *self {}
    }

    pub(super) fn session(&self) -> &oci::Session {
        match *self {}
    }

    pub(super) fn block_on<T>(&self, _work: impl Future<Output = T>) -> T {
        match *self {}
    }

    pub(super) async fn pause(&self, _pause: Duration) {
        match *self {}
    }

    pub(super) async fn aside<T>(&self, _work: impl FnOnce() -> T) -> T {
        match *self {}
    }

    pub(super) async fn ask(&self, _question: &Question<'_>) -> Result<Answer, Problem> {
        match *self {}
    }
}
