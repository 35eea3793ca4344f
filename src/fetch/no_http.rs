//! What stands in for `http` in a program that is built without the network: it cannot be made.

use std::time::Duration;

use super::network::ClientOptions;
use super::question::{Answer, Question};
use super::{Absence, Problem, oci};

/// There is none.
#[derive(Debug)]
pub(super) enum Http {}

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
