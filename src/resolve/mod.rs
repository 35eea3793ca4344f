//! Decides which version answers each request. Plain data in, plain data out: no network, no files, no formats.
//!
//! The rules:
//! - Each request is answered alone. Helm nests subcharts, so two versions of a chart live side by side and nothing has to
//!   be reconciled; there is no solver because there is no conflict to solve.
//! - What the old lock promises is kept while the constraint still admits it: first the pin that was made for this very
//!   wish, then the newest pin of the chart that fits. A pin that can be fetched stays even when its source no longer lists it.
//! - Otherwise Helm's choice: the version whose text the constraint is, else the newest one admitted. Deprecated charts are
//!   chosen like others. An OCI tag that is not strict semver is chosen by its exact text only.
//! - Who names the digest of a manifest gets that manifest, in whatever version it is, if the rest of the constraint admits it; and
//!   who wants the same version of that chart without naming a digest gets the same bytes.
//! - A wish that shall move (`update`) gets Helm's choice within the step that is allowed, and keeps what it has where there is
//!   none.
//! - Equal wishes get equal answers, whoever asks, unless the old lock tells environments apart.
//!
//! All requests that cannot be answered are told at once; `explain` says why.

mod candidates;
mod explain;
mod moving;
mod outlook;
mod preferred;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

pub use candidates::{Candidate, Candidates};
pub use explain::{Error, Failure, Reason};
pub use moving::Moving;
pub use outlook::Outlook;
pub use preferred::{Preference, Preferred};
pub use verdict::Verdict;

use crate::request::Request;
use crate::source::{ChartRef, LocalPath, Source};
use crate::version::{Constraint, Version};

/// What was chosen, sorted: each chart in each version once for releases, and once for each local chart that asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolution {
    /// The versions chosen.
    pub resolved: Vec<Resolved>,
}

/// One version that was chosen, and what it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The local chart that asks, or nothing for what releases ask for.
    pub local_chart: Option<LocalPath>,
    /// The chart.
    pub chart: ChartRef,
    /// The version, spelled as the source or the old lock spells it.
    pub version: Version,
    /// What the source says of this version; nothing if it was not asked or no longer lists it, and the lock knows enough.
    pub candidate: Option<Candidate>,
    /// The constraints that it answers, sorted.
    pub wants: Vec<Constraint>,
    /// The environments that it is for, sorted. Empty unless one constraint has several answers.
    pub environments: Vec<String>,
}

/// Answers all requests, or says of every one that has no answer why.
pub fn resolve(requests: &[Request], candidates: &Candidates, preferred: &Preferred) -> Result<Resolution, Error> {
    let mut answers = Answers::default();
    let mut failures = Vec::new();
    let mut sorted: Vec<_> = requests.iter().collect();
    sorted.sort();
    for request in sorted {
        match choose(request, candidates, preferred) {
            Some(version) => answers.add(request, version),
            None => explain::add(&mut failures, request, candidates),
        }
    }
    if failures.is_empty() { Ok(answers.resolution(candidates)) } else { Err(Error { failures }) }
}

fn choose(request: &Request, candidates: &Candidates, preferred: &Preferred) -> Option<Version> {
    let kept = || preferred.for_request(request, candidates);
    let newest = || newest(&request.chart, &request.constraint, candidates);
    match preferred.moving.as_ref().filter(|moving| moving.moves(request)) {
        Some(moving) => moving.choose(request, candidates, kept()).cloned(),
        None => kept().or_else(newest).cloned(),
    }
}

/// Helm's choice among what the source offers.
pub fn newest<'a>(chart: &ChartRef, constraint: &Constraint, candidates: &'a Candidates) -> Option<&'a Version> {
    newest_if(chart, constraint, candidates, |_| true)
}

/// Helm's choice among what the source offers and `fits` lets pass.
pub fn newest_if<'a>(
    chart: &ChartRef,
    constraint: &Constraint,
    candidates: &'a Candidates,
    fits: impl Fn(&Version) -> bool,
) -> Option<&'a Version> {
    let oci = matches!(chart.source(), Source::Oci(_));
    let offered = candidates.of(chart).unwrap_or_default().iter();
    let offered = offered.filter(|candidate| candidate.is_named_by(constraint) && fits(&candidate.version));
    let versions = || offered.clone().filter(|candidate| oci || candidate.is_downloadable());
    let exact = versions().find(|candidate| candidate.version.original() == constraint.original());
    let is_choosable = |candidate: &Candidate| candidate.is_choosable(oci) || constraint.digest().is_some();
    let admitted = || versions().find(|candidate| is_choosable(candidate) && constraint.admits(&candidate.version));
    exact.or_else(admitted).map(|candidate| &candidate.version)
}

/// Answers by who asks, chart, constraint, and the chosen version's text: the environments that got it.
#[derive(Default)]
struct Answers {
    by_wish: BTreeMap<(Option<LocalPath>, ChartRef, Constraint), Vec<Answer>>,
}

struct Answer {
    version: Version,
    environments: BTreeSet<Option<String>>,
}

impl Answers {
    fn add(&mut self, request: &Request, version: Version) {
        let wish = (request.asked_by.local_chart().cloned(), request.chart.clone(), request.constraint.clone());
        let answers = self.by_wish.entry(wish).or_default();
        let environment = request.environment.clone();
        match answers.iter_mut().find(|answer| answer.version.original() == version.original()) {
            Some(answer) => drop(answer.environments.insert(environment)),
            None => answers.push(Answer { version, environments: BTreeSet::from([environment]) }),
        }
    }

    /// Gathers the wishes that one version answers, apart for those that only some environments have from it.
    fn resolution(self, candidates: &Candidates) -> Resolution {
        let mut gathered: BTreeMap<_, (Version, Vec<Constraint>)> = BTreeMap::new();
        for ((local_chart, chart, constraint), answers) in self.by_wish {
            let several = answers.len() > 1;
            for answer in answers {
                let everywhere = !several || answer.environments.contains(&None);
                let environments: Vec<_> =
                    if everywhere { Vec::new() } else { answer.environments.into_iter().flatten().collect() };
                let text = answer.version.original().to_owned();
                let key = (local_chart.clone(), chart.clone(), text, environments);
                gathered.entry(key).or_insert_with(|| (answer.version, Vec::new())).1.push(constraint.clone());
            }
        }
        let resolved = gathered.into_iter().map(|((local_chart, chart, _, environments), (version, wants))| {
            let candidate = candidates.find_for(&chart, &version, &wants).cloned();
            Resolved { local_chart, chart, version, candidate, wants, environments }
        });
        Resolution { resolved: resolved.collect() }
    }
}
