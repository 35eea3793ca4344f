//! The function library that Helm and helmfile share: sprig 3.3, as one table of plain Rust functions.
//!
//! Each topic has a file, and each file says its own rows. Two rooms lay their own functions over the table: `render`
//! Helm's (`include`, `tpl`, `required`, and the rows of [`helm_serialisation`]), `project` helmfile's. Nothing here reads
//! the clock, the disk or the network: what is random or of this moment comes from the run's state and is marked impure.
//! Helm versions differ in a few functions; [`Rules`] says how, as data.

#![allow(clippy::needless_pass_by_value, reason = "a row's function owns what the evaluator hands it")]

mod addresses;
mod casing;
pub mod checks;
mod conversion;
mod crypto;
mod dates;
mod decimal;
mod dicts;
mod digests;
mod encoding;
mod equality;
mod faults;
mod helm;
mod json;
mod limits;
mod lists;
mod math;
mod merge;
mod paths;
mod printed;
mod random;
mod regex;
mod strings;
mod toml;
mod types;
mod unicode;
mod urls;
mod versions;

#[cfg(test)]
mod tests;

use crate::gotemplate::Function;
use crate::version::{PrereleaseRule, Wording};
use crate::yaml::json::Backend;

pub use dates::of_yaml as moment_of_yaml;
pub(crate) use decimal::Decimal;
pub use digests::sha1_hex;
pub use encoding::base64;
pub(crate) use faults::Fault;
pub use helm::as_go_yaml;
pub(crate) use paths::clean as clean_path;
pub use regex::Matches;
pub use toml::Library as TomlLibrary;
pub use urls::Hosts;

/// What differs between the Helm versions that carry this library. The version's name is known to `render` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How `camelcase` treats a run of capitals.
    pub camelcase: Camelcase,
    /// What `mergeOverwrite` does when a map meets something that is neither empty nor a map.
    pub map_over_scalar: MapOverScalar,
    /// Which JSON engine reads and prints.
    pub json: Backend,
    /// When a constraint of `semverCompare` admits prereleases.
    pub prereleases: PrereleaseRule,
    /// How errors in versions and constraints are worded.
    pub versions: Wording,
    /// How carefully `urlParse` looks at a host.
    pub hosts: Hosts,
    /// How much room `regexFindAll` leaves behind what it finds.
    pub matches: Matches,
    /// How TOML is read and printed.
    pub toml: TomlLibrary,
}

/// How `camelcase` treats a run of capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Camelcase {
    /// `HTTPServer` becomes `Httpserver` (xstrings 1.5, Helm 3.16 and later).
    Lowered,
    /// `HTTPServer` stays (xstrings 1.4).
    Kept,
}

/// What `mergeOverwrite` does when a map meets something that is neither empty nor a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapOverScalar {
    /// The map replaces it (mergo 1.0.1, Helm 3.16 and later).
    Replaces,
    /// It stays (mergo 1.0.0).
    Loses,
}

impl Rules {
    /// Helm 4.3.
    pub const NEWEST: Self = Self {
        camelcase: Camelcase::Lowered,
        map_over_scalar: MapOverScalar::Replaces,
        json: Backend::V2,
        prereleases: PrereleaseRule::Group,
        versions: Wording::Quoted,
        hosts: Hosts::Checked,
        matches: Matches::Grown,
        toml: TomlLibrary::V1_6,
    };
}

/// Every function of sprig that is safe to offer, without `env` and `expandenv`, which Helm takes out and helmfile defines.
pub fn library(rules: Rules) -> Vec<Function> {
    joined([
        casing::rows(rules),
        crypto::rows(),
        dates::rows(),
        dicts::rows(rules),
        digests::rows(),
        encoding::rows(),
        json::rows(rules),
        lists::rows(),
        math::rows(),
        paths::rows(),
        random::rows(),
        regex::rows(rules),
        strings::rows(),
        types::rows(),
        urls::rows(rules),
        versions::rows(rules),
    ])
}

/// The rows of several topics, which move as a whole: every run does this before it renders.
pub fn joined<const TOPICS: usize>(topics: [Vec<Function>; TOPICS]) -> Vec<Function> {
    let mut rows = Vec::with_capacity(topics.iter().map(Vec::len).sum());
    for topic in topics {
        rows.extend(topic);
    }
    rows
}

/// The functions that Helm puts in place of sprig's, or beside them, to read and print YAML, JSON and TOML.
pub fn helm_serialisation(rules: Rules) -> Vec<Function> {
    helm::rows(rules)
}

/// The functions on durations that Helm has since 4.2, beside sprig's `duration` and `durationRound`.
pub fn helm_durations() -> Vec<Function> {
    dates::helm_rows()
}
