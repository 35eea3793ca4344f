//! Which impure functions a rendering called: said where it is asked for, and an error where nothing of the kind shall be.
//!
//! What only depends on the clock is pure once `SOURCE_DATE_EPOCH` fixes the clock. `.Capabilities` are pure: the lock pins them.

use serde_json::json;

use super::error::Error;
use super::{Live, outside};
use crate::gotemplate::Purity;
use crate::project::Release;
use crate::render::{Impurity, Manifests};

/// The impure functions that a release called, as far as nothing fixes what they depend on.
pub(super) fn calls<'a>(manifests: &'a Manifests, live: &Live) -> Vec<&'a Impurity> {
    let is_fixed = outside::fixed_clock(&live.surroundings.variables).is_some();
    manifests.impure.iter().filter(|impurity| !(is_fixed && impurity.call.purity == Purity::Clock)).collect()
}

/// One line for each: `now in web/templates/_helpers.tpl, for web/templates/job.yaml`.
pub(super) fn lines(calls: &[&Impurity]) -> Vec<String> {
    let line = |impurity: &&Impurity| {
        let Impurity { call, file } = impurity;
        let within = if call.template == *file { String::new() } else { format!(", for {file}") };
        format!("{} in {}{within}", call.function, call.template)
    };
    calls.iter().map(line).collect()
}

/// What is said of a release, each line after its verb.
pub(super) fn report(release: &Release, calls: &[&Impurity]) -> Vec<(&'static str, String)> {
    match lines(calls).as_slice() {
        [] => vec![("Pure", release.name.clone())],
        lines => lines.iter().map(|line| ("Impure", format!("{}: {line}", release.name))).collect(),
    }
}

/// The same for programs.
pub(super) fn as_json(calls: &[&Impurity]) -> serde_json::Value {
    let one = |impurity: &&Impurity| {
        let Impurity { call, file } = impurity;
        json!({"function": call.function, "template": call.template.to_lossy(), "file": file.to_lossy()})
    };
    calls.iter().map(one).collect()
}

/// The error of releases that had to be pure, each with its calls.
pub(super) fn refused(impure: Vec<(String, Vec<String>)>) -> Result<(), Error> {
    if impure.is_empty() { Ok(()) } else { Err(Error::Impure(impure)) }
}
