//! From flags to projects: the state file, and the project as one environment or as all of them see it.

use super::Live;
use super::args::RenderFlags;
use super::error::Error;
use crate::project::{self, Missing, MissingFile, Needs, Options, Project, StateValue};
use crate::request::Request;

/// helmfile's name for the environment that nobody names.
const DEFAULT_ENVIRONMENT: &str = "default";

/// All environments of a project, as far as they can be evaluated here.
pub(super) struct Environments {
    /// The project in each environment, the wanted one first.
    pub(super) projects: Vec<Project>,
    /// Environments that cannot be evaluated here, and why.
    pub(super) unverified: Vec<(String, project::Error)>,
}

impl Environments {
    /// What all environments ask for.
    ///
    /// # Errors
    /// A chart or constraint that is none.
    pub(super) fn requests(&self, live: &Live) -> Result<Vec<Request>, Error> {
        let mut requests = Vec::new();
        for project in &self.projects {
            requests.extend(project.requests(&live.surroundings)?);
        }
        requests.sort();
        requests.dedup();
        Ok(requests)
    }

    /// The project in the wanted environment.
    pub(super) fn wanted(&self) -> &Project {
        &self.projects[0]
    }
}

/// Reads the project as the wanted environment sees it.
pub(super) fn wanted(live: &Live, flags: Option<&RenderFlags>) -> Result<Project, Error> {
    let environment = live.global.environment.clone().unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned());
    match project::load(live.global.file.as_deref(), &options(live, flags, environment), &live.surroundings) {
        Ok(project) => {
            tell_notes(live, &project);
            Ok(project)
        }
        Err(error) if live.global.environment.is_none() && defines_no_default(&error) => Err(Error::NoEnvironment(error)),
        Err(error) => Err(error.into()),
    }
}

/// Reads the project as every environment sees it. The wanted one must be there if it was named; `default` need not, as
/// long as another one is.
pub(super) fn all(live: &Live) -> Result<Environments, Error> {
    let load = |environment: &str| {
        project::load(live.global.file.as_deref(), &options(live, None, environment.to_owned()), &live.surroundings)
    };
    let first = live.global.environment.as_deref().unwrap_or(DEFAULT_ENVIRONMENT);
    let mut environments = Environments { projects: Vec::new(), unverified: Vec::new() };
    let names = match load(first) {
        Ok(project) => {
            environments.projects.push(project);
            environments.projects[0].environments.clone()
        }
        Err(error) if live.global.environment.is_none() && defines_no_default(&error) => error.environments,
        Err(error) => return Err(error.into()),
    };
    for name in names.into_iter().filter(|name| *name != first) {
        match load(&name) {
            Ok(project) => environments.projects.push(project),
            Err(error) if name == DEFAULT_ENVIRONMENT && defines_no_default(&error) => {}
            Err(error) => environments.unverified.push((name, error)),
        }
    }
    if environments.projects.is_empty() {
        let (_, error) = environments.unverified.swap_remove(0);
        return Err(error.into());
    }
    tell_notes(live, &environments.projects[0]);
    Ok(environments)
}

/// Whether a state file has environments and `default` is none of them, so that nobody works in it.
fn defines_no_default(error: &project::Error) -> bool {
    !error.environments.is_empty() && error.environments.iter().all(|name| name != DEFAULT_ENVIRONMENT)
}

fn options(live: &Live, flags: Option<&RenderFlags>, environment: String) -> Options {
    let global = &live.global;
    let typed = global.state_values_set.iter().cloned().map(StateValue::Typed);
    let text = global.state_values_set_string.iter().cloned().map(StateValue::Text);
    let needs = match flags {
        Some(flags) if flags.include_transitive_needs => Needs::IncludeTransitive,
        Some(flags) if flags.include_needs => Needs::Include,
        Some(flags) if !flags.skip_needs => Needs::Refuse,
        _ => Needs::Skip,
    };
    Options {
        environment,
        namespace: global.namespace.clone(),
        chart: global.chart.clone(),
        kube_context: global.kube_context.clone(),
        selectors: global.selectors.clone(),
        state_values: typed.chain(text).collect(),
        state_values_files: global.state_values_file.clone(),
        kube_version: flags.and_then(|flags| flags.kube_version.clone()),
        needs,
        render_plain_files: live.surroundings.variable("HELMFILE_RENDER_YAML").is_some_and(|value| value == "true"),
    }
}

/// Says what was accepted without effect and what is missing and may be.
fn tell_notes(live: &Live, project: &Project) {
    tell_missing(live, &project.missing_files);
    for note in &project.notes {
        live.terminal.note(&format!("{}: `{}` only concerns a cluster and has no effect here", note.place, note.key));
    }
}

/// Says which files are missing and may be, as loud as their `missingFileHandler` wants it.
pub(super) fn tell_missing(live: &Live, missing: &[Missing]) {
    for missing in missing {
        match missing.handler {
            MissingFile::Error | MissingFile::Warn => live.terminal.warning(&missing.to_string()),
            MissingFile::Info => live.terminal.note(&missing.to_string()),
            MissingFile::Debug => live.terminal.detail(&missing.to_string()),
        }
    }
}
