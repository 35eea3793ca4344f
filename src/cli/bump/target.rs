//! Which wish shall want which version from now on.

use crate::cli::error::Error;
use crate::lockfile::Lockfile;
use crate::request::Request;
use crate::resolve::{self, Candidates};
use crate::version::{Constraint, Level, Version};

/// A wish, and the version that it shall get.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The wish as the project has it now.
    pub(super) request: Request,
    /// The version that it shall get.
    pub(super) version: Version,
    /// The same, if the user named it.
    pub(super) precise: Option<Version>,
    /// What must be written in place of the constraint; nothing if the constraint admits the version already.
    pub(super) constraint: Option<Rewrite>,
}

/// What becomes of a constraint.
#[derive(Clone, Debug)]
pub(super) enum Rewrite {
    /// This is written.
    To(Constraint),
    /// It is none that a program should move.
    Impossible,
}

impl Target {
    /// Whether a request of the edited project is what this target's wish became.
    pub(super) fn is_done_by(&self, request: &Request) -> bool {
        let constraint = match &self.constraint {
            None => &self.request.constraint,
            Some(Rewrite::To(constraint)) => constraint,
            Some(Rewrite::Impossible) => return false,
        };
        let Request { chart, asked_by, environment, .. } = request;
        (chart, asked_by, environment) == (&self.request.chart, &self.request.asked_by, &self.request.environment)
            && request.constraint == *constraint
    }
}

/// The wishes for these names, each with the version that stands behind `@`; all wishes if there are no names. A name is a
/// chart's.
pub(super) fn wanted(names: &[String], requests: &[Request]) -> Result<Vec<(Request, Option<Version>)>, Error> {
    if names.is_empty() {
        return Ok(requests.iter().map(|request| (request.clone(), None)).collect());
    }
    let mut wanted = Vec::new();
    for text in names {
        let (name, version) = text.split_once('@').map_or((text.as_str(), None), |(name, version)| (name, Some(version)));
        let version = version.map(Version::parse).transpose().map_err(|error| Error::Usage(format!("`{text}`: {error}")))?;
        let mine: Vec<_> = requests.iter().filter(|request| request.chart.name() == name).collect();
        if mine.is_empty() {
            let known: Vec<_> = requests.iter().map(|request| request.chart.name()).collect();
            let near = similar::get_close_matches(name, &known, 1, 0.6);
            let near = near.first().map(|near| format!("; did you mean `{near}`?"));
            return Err(Error::Usage(format!("nobody asks for a chart `{name}`{}", near.unwrap_or_default())));
        }
        wanted.extend(mine.into_iter().map(|request| (request.clone(), version.clone())));
    }
    Ok(wanted)
}

/// What shall become of a wish; nothing if there is nothing newer.
pub(super) fn of(
    request: &Request,
    precise: Option<Version>,
    level: Level,
    old: &Lockfile,
    candidates: &Candidates,
) -> Result<Option<Target>, Error> {
    let locked = old.pin_for(request).map(|pin| pin.content.version.clone());
    let current = locked.clone().or_else(|| request.constraint.lowest_bound().cloned());
    let is_step = |version: &Version| current.as_ref().is_none_or(|current| level.admits(current, version));
    let newest = if let Some(version) = &precise {
        Some(offered(request, version, candidates)?)
    } else {
        resolve::newest_if(&request.chart, &Constraint::any(), candidates, is_step).cloned()
    };
    let Some(version) = newest else { return Ok(None) };
    let is_there = locked.is_some_and(|locked| locked.original() == version.original());
    let admits = request.constraint.original() == version.original() || request.constraint.admits(&version);
    let is_older = precise.is_none() && current.is_some_and(|current| version <= current);
    if is_there || is_older {
        return Ok(None);
    }
    let constraint = (!admits).then(|| match request.constraint.moved_to(&version) {
        Some(text) => Constraint::parse(&text).map_or(Rewrite::Impossible, Rewrite::To),
        None => Rewrite::Impossible,
    });
    Ok(Some(Target { request: request.clone(), version, precise, constraint }))
}

/// The version as the source spells it.
fn offered(request: &Request, wanted: &Version, candidates: &Candidates) -> Result<Version, Error> {
    let mut offered = candidates.of(&request.chart).unwrap_or_default().iter().map(|candidate| &candidate.version);
    offered.find(|version| *version == wanted).cloned().ok_or_else(|| {
        let (chart, source) = (request.chart.name(), request.chart.source());
        Error::Refused(format!("{source} has no `{chart}` {wanted}; `helmlock why {chart}` shows what it has"))
    })
}
