//! Asks the sources what they offer, and fills the cache. The only room that knows the network.
//!
//! Questions go out together on one thread and one runtime, made when the first question must be asked; the functions here
//! block. Results stand in the order of what was asked for, and every failure is told, not only the first.
//!
//! `candidates` asks all sources at once: `repository` reads indexes (`scan` finds a chart's part, `index` decodes it), `oci`
//! speaks to registries. `archive` brings charts into the cache (`expectation` is what their bytes must be, `vouch` which hosts
//! may be asked, `inspect` takes a first look at each), `mirrors` where to
//! ask instead, `credentials` is who we are, `network` says what the caller allows,
//! `git` has that program fetch folders, `files` brings single files,
//! `http` does one GET with all that belongs to it (`retry` knows when to ask again), `flight` lets one of several processes
//! ask, `concurrent` waits for many things at once.

#![cfg_attr(not(feature = "network"), allow(dead_code, reason = "without a network, what speaks to it is idle"))]

mod address;
mod archive;
mod candidates;
mod concurrent;
mod credentials;
mod error;
mod expectation;
mod files;
mod flight;
mod git;
#[cfg_attr(not(feature = "network"), path = "no_http.rs")]
mod http;
mod index;
mod inspect;
mod mirrors;
mod network;
mod oci;
mod push;
mod question;
mod repository;
mod retry;
mod scan;
mod secret;
mod slice;
#[cfg(test)]
#[cfg(feature = "network")]
mod tests;
mod vouch;

pub use address::Address;
pub use archive::{Accepted, Fetched, Pinned, fetch, pin};
pub use candidates::{Offers, candidates};
pub use credentials::{Shown, Standing, standings};
pub use error::{Absence, Error, Failure, Kind, Problem, Wanted};
pub use files::{fetch_files, pin_files};
pub use git::{fetch_git, pin_git};
pub use index::Warning;
pub use mirrors::Mirror;
pub use network::{Client, ClientOptions, Limits, Network, Patience, RegistryOptions, Tls};
pub use push::{Pushed, push};
use secret::{Proof, Secret};
pub use slice::{Slice, remember_tags, slices};
