//! Which of a project's wishes the command line is about: those of the selected releases, in the named environment.

use super::Live;
use super::error::Error;
use super::load::Environments;
use crate::project::{Project, ReleaseChart};
use crate::request::{Asker, Request};

/// The wishes of the releases that `-l` selects, in the environment that `-e` names; all of them without these flags. What
/// charts beside the project ask for in all environments alike belongs to each.
///
/// # Errors
/// No release matches; a chart or constraint that is none.
pub(super) fn selected(environments: &Environments, live: &Live) -> Result<Vec<Request>, Error> {
    let mut requests = environments.requests(live)?;
    if !live.global.selectors.is_empty() {
        check_selection(environments, live)?;
        requests.retain(|request| environments.projects.iter().any(|project| is_selected(project, request)));
    }
    if let Some(environment) = &live.global.environment {
        requests.retain(|request| request.environment.as_ref().is_none_or(|name| name == environment));
    }
    Ok(requests)
}

fn check_selection(environments: &Environments, live: &Live) -> Result<(), Error> {
    let is_wanted = |project: &&Project| live.global.environment.as_ref().is_none_or(|name| project.environment == *name);
    let mut wanted = environments.projects.iter().filter(is_wanted);
    if live.global.allow_no_matching_release || wanted.any(|project| project.releases.iter().any(|release| release.selected)) {
        return Ok(());
    }
    let environment = environments.wanted().environment.clone();
    Err(Error::NothingSelected { selectors: live.global.selectors.clone(), environment })
}

/// Whether a selected release makes the wish, itself or through its local chart.
fn is_selected(project: &Project, request: &Request) -> bool {
    let is_its_environment = request.environment.as_ref().is_none_or(|name| *name == project.environment);
    let mut selected = project.releases.iter().filter(|release| release.selected);
    is_its_environment
        && selected.any(|release| match (&request.asked_by, &release.source) {
            (Asker::Release { name }, _) => *name == release.name,
            (Asker::LocalChart { path }, Some(ReleaseChart::Local { relative, .. })) => relative.to_str() == Some(path.as_str()),
            (Asker::LocalChart { .. }, _) => false,
        })
}
