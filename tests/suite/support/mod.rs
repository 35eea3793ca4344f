//! What the tests of the whole program stand on: a project in a temporary folder, and a chart repository on loopback.

#[allow(dead_code, reason = "the rooms use all of it")]
#[path = "../../../src/cases.rs"]
pub(crate) mod cases;
mod dir;
mod git;
mod oci;
mod real;
mod recorded;
mod registry;

pub(crate) use dir::{Dir, Run, equal, snapshot};
pub(crate) use git::{git, must};
pub(crate) use oci::{LAYER, Pushed, Shelf, tags};
pub(crate) use real::{RealRegistry, Server, real_helm};
pub(crate) use recorded::{Recorded, folders};
pub(crate) use registry::{Fault, Registry, base64, digest, package};

/// A project whose repository `stable` is this registry.
pub(crate) fn project(registry: &Registry, releases: &str) -> Dir {
    let state = format!("repositories:\n- name: stable\n  url: {}\nreleases:\n{releases}", registry.url());
    Dir::new().knowing(registry).file("helmfile.yaml", &state)
}
