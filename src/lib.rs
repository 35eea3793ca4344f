//! helmlock, a lockfile for Helm charts: what helmfile.yaml asks for is pinned to version and digest, and rendered from the
//! pins alone, byte for byte as Helm prints it.
//!
//! # The rooms, in reading order
//!
//! - `cli` is the front: arguments, terminal, exit codes; one short recipe per command. Only there the machine is looked at.
//! - Words that everything speaks in, without IO: [`version`], [`digest`], [`source`], [`request`], [`yaml`], [`settings`],
//!   [`surroundings`].
//! - Deciding: [`project`] reads helmfile.yaml, [`resolve`] chooses versions on plain data, [`lockfile`] is the promise.
//! - Fetching: [`fetch`] alone knows the network, [`cache`] keeps verified bytes, [`chart`] reads them as Helm does,
//!   [`vendor`] is what a folder of charts in git looks like,
//!   [`bundle`] a file of them.
//! - Rendering, pure: [`gotemplate`] is Go's template language, [`functions`] its library, [`values`] lays values over
//!   defaults, [`release`] gathers what a rendering may look at, [`render`] turns it into manifests.
//! - Reviewing, pure: [`review`] holds two locks and their renderings against each other.
//!
//! ```text
//! deciding:  helmfile.yaml ─ project::load ─▶ Project ─ requests ─▶ Vec<Request> ─ fetch::candidates ─▶ Candidates
//!                    Requests + Candidates + old pins ─ resolve ─▶ Resolution ─ fetch::pin ─▶ Lockfile ─▶ helmfile.lock
//! using:     helmfile.yaml ─ project::load ─▶ Project ┐
//!            helmfile.lock ─ lockfile::read ─▶ Lockfile ┴ check ─▶ Pin ─ cache ─▶ Blob ─ chart ─▶ Chart
//!                          Release + Chart ─ release::inputs ─▶ ReleaseInputs ─ render ─▶ Manifests ─▶ stdout
//! ```
//!
//! # Which file on disk belongs to which room
//!
//! helmfile.yaml and its parts: [`project`]. helmfile.lock: [`lockfile`]. helmlock.toml: [`settings`]. The cache folder: [`cache`]. index.yaml of a
//! repository: [`fetch`]. Chart archives and folders: [`chart`]. ARCHITECTURE.md holds the whole table, and the arrows.

pub mod bundle;
pub mod cache;
pub mod chart;
mod cli;
pub mod digest;
pub mod fetch;
pub mod functions;
pub mod gotemplate;
pub mod lockfile;
pub mod project;
pub mod release;
pub mod render;
pub mod request;
pub mod resolve;
pub mod review;
pub mod settings;
pub mod source;
pub mod surroundings;
pub mod values;
pub mod vendor;
pub mod version;
pub mod yaml;

pub use cli::{run, run_then};

#[cfg(test)]
mod cases;
