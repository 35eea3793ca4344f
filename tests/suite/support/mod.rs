//! What the tests of the whole program stand on: a project in a temporary folder, and a chart repository on loopback.

mod dir;
mod registry;

pub(crate) use dir::{Dir, snapshot};
pub(crate) use registry::{Asked, Fault, Registry, digest, package};
