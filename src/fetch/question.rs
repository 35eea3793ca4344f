//! What can be asked of a server by HTTP, and what it can answer. `http` asks; a program built without the network has the questions
//! and nobody to ask.

use super::{Address, Proof, Secret};
use crate::cache::Validators;
use crate::source::RepositoryUrl;

/// A question.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) address: &'a Address,
    /// On whose behalf: whose user, password and certificates are used where they may be.
    pub(super) repository: &'a RepositoryUrl,
    /// What the body was when it was last asked for. `None`: it is not here.
    pub(super) known: Option<&'a Validators>,
    pub(super) packing: Packing,
    /// The media types that are understood, where there is a choice.
    pub(super) accept: Option<&'static str>,
    pub(super) authorization: Authorization<'a>,
    /// What is sent, if something is. It goes to this very address and to no other.
    pub(super) body: Option<Body<'a>>,
    /// Bytes of the body, packed and unpacked.
    pub(super) limit: usize,
}

/// Something to send.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    pub(super) method: Method,
    /// Its media type.
    pub(super) kind: &'static str,
    pub(super) bytes: &'a [u8],
}

/// How something is sent.
#[derive(Clone, Copy)]
pub(super) enum Method {
    Post,
    Put,
}

/// Who asks.
#[derive(Clone, Copy)]
pub(super) enum Authorization<'a> {
    /// The user of the repository, wherever they may be named.
    User,
    /// Who proves it by this, for the origin of the question's own address and no other; or nobody.
    Proof(Option<&'a Proof>),
    /// Who has a token to get tokens with: this form is posted to the question's own address, and nowhere else.
    Form(&'a Secret),
}

/// Whether the body may be sent packed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// The bytes count as they stand: a chart archive, which some servers call gzip-encoded because it ends in `gz`.
    AsItStands,
    /// A text, packed if the server can.
    Gzip,
}

/// An answer.
pub(super) enum Answer {
    /// It is what it was.
    Unchanged,
    /// It is this. `link` is the header of that name: where more of it is.
    Body { bytes: Vec<u8>, validators: Validators, link: Option<String> },
    /// What was sent is taken; perhaps it goes on there.
    Taken { location: Option<String> },
}
