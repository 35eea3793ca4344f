//! Two locks and their renderings, held against each other: what changed, as plain data for people to read.
//!
//! [`review`] makes a [`Review`] of two [`Side`]s: `values` looks at what the user set, `pins` at the locks, `resources` cuts
//! manifests into resources, `changes` compares them, `images`, `access`, `definitions`, `secrets` and `removed` each look at
//! one thing that people must not miss. `page` says it in sentences, and `text`,
//! `markdown`, `html` and `json` print. Nothing here reads a file, asks the network or
//! renders; the data of Secrets is masked before anything else sees it.

mod access;
mod changes;
mod definitions;
mod html;
mod images;
mod json;
mod markdown;
mod mask;
mod page;
mod pins;
mod removed;
mod resources;
mod secrets;
mod text;
mod values;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::chart::Chart;
use crate::lockfile::Lockfile;
use crate::render::Manifests;
use crate::source::ChartRef;
use crate::yaml::{self, Text};

pub use access::AccessChange;
pub use changes::{Line, ReleaseChange, ResourceChange, Sign, What};
pub use definitions::DefinitionChange;
pub use html::html;
pub use images::ImageChange;
pub use json::json;
pub use markdown::{MARKDOWN_LIMIT, markdown};
pub use mask::{Hide, masked};
pub use pins::PinChange;
pub use removed::RemovedApi;
pub use secrets::SecretChange;
pub use text::text;
pub use values::{DeadKey, DefaultChange};

/// One state of a project: its lock, and what it renders to.
pub struct Side {
    /// The lock.
    pub lockfile: Lockfile,
    /// Every release in every environment that was rendered.
    pub renderings: Vec<Rendering>,
    /// The Kubernetes version that charts see, such as `1.37.0`, if the lock has one.
    pub kube_version: Option<String>,
    /// When versions were published, as far as that is known.
    pub published: Vec<Published>,
}

/// When a version of a chart was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The chart.
    pub chart: ChartRef,
    /// Its version.
    pub version: String,
    /// The moment, in RFC 3339.
    pub at: String,
    /// How long ago, in words.
    pub ago: String,
}

/// A release in an environment, rendered.
pub struct Rendering {
    /// The environment.
    pub environment: String,
    /// The release's identity: `[namespace/]name`.
    pub release: String,
    /// Its chart.
    pub chart: Arc<Chart>,
    /// What the user gives it, all files and flags merged.
    pub values: Arc<yaml::Map>,
    /// What it renders to.
    pub manifests: Manifests,
    /// Which of the user's values the rendering did not read, the topmost of each branch; nothing if nobody watched.
    pub unread: Option<Vec<Vec<Text>>>,
}

/// What changed from one side to the other, the most worrying first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Keys that the user sets and the new chart no longer knows.
    pub dead_keys: Vec<DeadKey>,
    /// Defaults of charts that changed where the user sets nothing.
    pub defaults: Vec<DefaultChange>,
    /// Pins that came, went or moved.
    pub pins: Vec<PinChange>,
    /// Images that came, went or moved.
    pub images: Vec<ImageChange>,
    /// What roles permit now and did not before, and the other way round.
    pub access: Vec<AccessChange>,
    /// Fields of custom resources that came or went.
    pub definitions: Vec<DefinitionChange>,
    /// Keys of Secrets that came, went or changed; never their values.
    pub secrets: Vec<SecretChange>,
    /// Resources of Kubernetes APIs that the cluster's version no longer has.
    pub removed_apis: Vec<RemovedApi>,
    /// Manifests, by release.
    pub releases: Vec<ReleaseChange>,
    /// All environments that were rendered on both sides, in order.
    pub environments: Vec<String>,
}

impl Review {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.pins.is_empty() && self.releases.is_empty() && self.dead_keys.is_empty() && self.defaults.is_empty()
    }
}

/// Holds two sides against each other, with secrets hidden by `hide`.
pub fn review(before: &Side, after: &Side, hide: &Hide) -> Review {
    let mut review = Review { pins: pins::changes(before, after), ..Review::default() };
    for rendering in before.renderings.iter().chain(&after.renderings) {
        if !review.environments.contains(&rendering.environment) {
            review.environments.push(rendering.environment.clone());
        }
    }
    for (old, new) in pairs(before, after) {
        let Some(environment) = [old, new].into_iter().flatten().map(|one| one.environment.clone()).next() else { continue };
        let mut whole = Review::default();
        if let (Some(old), Some(new)) = (old, new) {
            (whole.dead_keys, whole.defaults) = values::changes(old, new);
        }
        let cut = |rendering: Option<&Rendering>| rendering.map_or_else(Vec::new, |one| resources::cut(&one.manifests, hide));
        let (olds, news) = (cut(old), cut(new));
        let release = new.or(old).map(|one| one.release.clone()).unwrap_or_default();
        let couples = resources::couples(&olds, &news);
        whole.images = images::changes(&release, old.map(|one| &one.manifests), new.map(|one| &one.manifests));
        whole.access = access::changes(&couples);
        whole.definitions = definitions::changes(&couples);
        whole.secrets = secrets::changes(&couples);
        whole.removed_apis = removed::found(&news, after.kube_version.as_deref());
        whole.releases.extend(changes::of_release(release, &couples, old.is_some(), new.is_some()));
        review.take(whole, &environment);
    }
    review
}

/// The renderings of both sides by environment and release: the new side's order, then what only the old side has.
fn pairs<'side>(before: &'side Side, after: &'side Side) -> Vec<(Option<&'side Rendering>, Option<&'side Rendering>)> {
    let is_same = |one: &Rendering, other: &Rendering| one.environment == other.environment && one.release == other.release;
    let news = after.renderings.iter().map(|new| (before.renderings.iter().find(|old| is_same(old, new)), Some(new)));
    let gone = before.renderings.iter().filter(|old| after.renderings.iter().all(|new| !is_same(old, new)));
    news.chain(gone.map(|old| (Some(old), None))).collect()
}

/// A finding that several environments may share.
trait Finding: PartialEq {
    fn environments(&mut self) -> &mut Vec<String>;
}

macro_rules! finding {
    ($($name:ty),*) => {$(
        impl Finding for $name {
            fn environments(&mut self) -> &mut Vec<String> {
                &mut self.environments
            }
        }
    )*};
}
finding!(DeadKey, DefaultChange, ImageChange, AccessChange, DefinitionChange, SecretChange, RemovedApi, ReleaseChange);

impl Review {
    /// Takes the findings of one environment; what another environment has as well is listed once, for both.
    fn take(&mut self, of: Review, environment: &str) {
        merge(&mut self.dead_keys, of.dead_keys, environment);
        merge(&mut self.defaults, of.defaults, environment);
        merge(&mut self.images, of.images, environment);
        merge(&mut self.access, of.access, environment);
        merge(&mut self.definitions, of.definitions, environment);
        merge(&mut self.secrets, of.secrets, environment);
        merge(&mut self.removed_apis, of.removed_apis, environment);
        merge(&mut self.releases, of.releases, environment);
    }
}

fn merge<F: Finding>(all: &mut Vec<F>, findings: Vec<F>, environment: &str) {
    for mut finding in findings {
        let is_same = |known: &mut F| {
            finding.environments().clone_from(known.environments());
            *known == finding
        };
        match all.iter_mut().position(is_same) {
            Some(place) if all[place].environments().iter().any(|name| name == environment) => {}
            Some(place) => all[place].environments().push(environment.to_owned()),
            None => {
                *finding.environments() = vec![environment.to_owned()];
                all.push(finding);
            }
        }
    }
}
