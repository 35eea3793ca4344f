//! From flags to projects: the state file, and the project as one environment or as all of them see it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Live;
use super::args::RenderFlags;
use super::error::Error;
use super::remotes;
use crate::lockfile::FilePin;
use crate::project::{self, Evaluated, Missing, MissingFile, Needs, Options, Project, StateValue};
use crate::request::Request;
use crate::settings::{self, Settings, Variant};
use crate::source::{FileUrl, GitReference, Remote};
use crate::surroundings::Surroundings;

/// helmfile's name for the environment that nobody names.
const DEFAULT_ENVIRONMENT: &str = "default";

/// The system's file, unless the variable `HELMLOCK_SYSTEM_SETTINGS` names another one.
const SYSTEM: &str = "/etc/helmlock/helmlock.toml";

/// All variants of a project, as far as they can be evaluated here: those that helmlock.toml names, else every environment.
pub(super) struct Environments {
    /// The project in each variant, the wanted one first.
    pub(super) projects: Vec<Project>,
    /// What cannot be evaluated here.
    pub(super) unverified: Vec<Unverified>,
    /// The folders of git that have its remote files.
    pub(super) remote_folders: Vec<GitReference>,
    /// Its remote files at addresses, as far as the lock has them.
    pub(super) remote_files: Vec<FilePin>,
}

/// A variant that cannot be evaluated here.
pub(super) struct Unverified {
    /// Its environment.
    pub(super) environment: String,
    /// Why.
    pub(super) error: project::Error,
    /// Whether helmlock.toml says that this is all right.
    pub(super) is_accepted: bool,
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

    /// The git folders that all environments want, sorted.
    pub(super) fn git_charts(&self) -> Vec<GitReference> {
        let charts = self.projects.iter().flat_map(Project::git_charts);
        charts.chain(&self.remote_folders).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The addresses that all environments have charts from.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &FileUrl> {
        self.projects.iter().flat_map(Project::addresses).filter_map(Remote::file)
    }

    /// Whether there is anything that a lock must have; `requests` are those of all environments.
    pub(super) fn want_something(&self, requests: &[Request]) -> bool {
        !(requests.is_empty() && self.git_charts().is_empty() && self.addresses().next().is_none())
    }

    /// These, if there is one at all: without it nothing tells where the lock is.
    fn with_one(mut self) -> Result<Self, Error> {
        if self.projects.is_empty() {
            return Err(self.unverified.swap_remove(0).error.into());
        }
        Ok(self)
    }

    /// The project in the wanted environment.
    pub(super) fn wanted(&self) -> &Project {
        &self.projects[0]
    }
}

/// Reads the project as the wanted environment sees it.
pub(super) fn wanted(live: &Live, flags: Option<&RenderFlags>) -> Result<Project, Error> {
    Ok(evaluated(live, flags)?.project)
}

/// The same, with what its state files say.
pub(super) fn evaluated(live: &Live, flags: Option<&RenderFlags>) -> Result<Evaluated, Error> {
    let environment = live.global.environment.clone().unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned());
    match project::load_evaluated(live.global.file.as_deref(), &options(live, flags, environment), &live.surroundings) {
        Ok(evaluated) => {
            tell_notes(live, &evaluated.project);
            Ok(evaluated)
        }
        Err(error) if live.global.environment.is_none() && defines_no_default(&error) => Err(Error::NoEnvironment(error)),
        Err(error) => Err(error.into()),
    }
}

/// Reads the project in all its variants.
pub(super) fn all(live: &Live) -> Result<Environments, Error> {
    all_at(live.global.file.as_deref(), live)
}

/// Reads the project that begins with `file`, as `--file` would name it, in all its variants.
pub(super) fn all_at(file: Option<&Path>, live: &Live) -> Result<Environments, Error> {
    let settings = settings_beside(file, live)?;
    let variants = settings.variants;
    let mut environments = if variants.is_empty() { all_environments(file, live)? } else { all_variants(file, variants, live)? };
    remotes::ask_for_values(&environments.projects, live);
    environments.remote_folders = live.remotes.folders();
    environments.remote_files = live.remotes.pins().1;
    tell_notes(live, &environments.projects[0]);
    Ok(environments)
}

/// Every environment of the state file. The wanted one must be there if it was named; `default` need not, as long as another
/// one is.
fn all_environments(file: Option<&Path>, live: &Live) -> Result<Environments, Error> {
    let load = |environment: &str| project::load(file, &options(live, None, environment.to_owned()), &live.surroundings);
    let first = live.global.environment.as_deref().unwrap_or(DEFAULT_ENVIRONMENT);
    let mut environments =
        Environments { projects: Vec::new(), unverified: Vec::new(), remote_folders: Vec::new(), remote_files: Vec::new() };
    let names = match load(first) {
        Ok(project) => {
            environments.projects.push(project);
            environments.projects[0].environments.clone()
        }
        Err(error) if live.global.environment.is_none() && defines_no_default(&error) => error.environments,
        Err(error) => return Err(error.into()),
    };
    for environment in names.into_iter().filter(|name| *name != first) {
        match load(&environment) {
            Ok(project) => environments.projects.push(project),
            Err(error) if environment == DEFAULT_ENVIRONMENT && defines_no_default(&error) => {}
            Err(error) => environments.unverified.push(Unverified { environment, error, is_accepted: false }),
        }
    }
    environments.with_one()
}

/// The variants that helmlock.toml names, those of the wanted environment first.
fn all_variants(file: Option<&Path>, mut variants: Vec<Variant>, live: &Live) -> Result<Environments, Error> {
    if let Some(wanted) = &live.global.environment {
        if variants.iter().all(|variant| variant.environment != *wanted) {
            let mut names: Vec<_> = variants.iter().map(|variant| format!("`{}`", variant.environment)).collect();
            names.sort();
            names.dedup();
            let name = settings::FILE;
            return Err(Error::Usage(format!("{name} has no variant of environment `{wanted}`; it has {}", names.join(", "))));
        }
        variants.sort_by_key(|variant| variant.environment != *wanted);
    }
    let mut environments =
        Environments { projects: Vec::new(), unverified: Vec::new(), remote_folders: Vec::new(), remote_files: Vec::new() };
    for variant in variants {
        let mut options = options(live, None, variant.environment.clone());
        let given = std::mem::take(&mut options.state_values);
        options.state_values = variant.state_values.into_iter().map(StateValue::Typed).chain(given).collect();
        options.state_values_files.splice(0..0, variant.state_values_files);
        let mut variables = (*live.surroundings.variables).clone();
        variables.extend(variant.variables);
        let surroundings = Surroundings { variables: Arc::new(variables), ..live.surroundings.clone() };
        match project::load(file, &options, &surroundings) {
            Ok(project) => environments.projects.push(project),
            Err(error) => environments.unverified.push(Unverified {
                environment: variant.environment,
                error,
                is_accepted: variant.may_be_unverified,
            }),
        }
    }
    environments.with_one()
}

/// The project's helmlock.toml, beside the state file; what it would say by default if there is none.
pub(super) fn settings(live: &Live) -> Result<Settings, Error> {
    if let Some(known) = live.settings.get() {
        return Ok(known.clone());
    }
    let settings = settings_beside(live.global.file.as_deref(), live)?;
    Ok(live.settings.get_or_init(|| settings).clone())
}

/// All settings that hold for the project: its own, then the user's, then the system's.
pub(super) fn all_settings(live: &Live) -> Result<[Settings; 3], Error> {
    let variable = |name| live.surroundings.variable(name).filter(|value| !value.is_empty());
    let system = variable("HELMLOCK_SYSTEM_SETTINGS").unwrap_or(SYSTEM);
    let folder = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = folder.or_else(|| variable("HOME").map(|home| Path::new(home).join(".config")));
    let user = folder.map(|folder| settings_at(&folder.join("helmlock").join(settings::FILE), live)).transpose()?;
    Ok([settings(live)?, user.unwrap_or_default(), settings_at(Path::new(system), live)?])
}

/// The folder of the project, beside whose state file helmlock.toml stands.
pub(super) fn project_folder(live: &Live) -> PathBuf {
    project::directory(live.global.file.as_deref(), &live.surroundings).unwrap_or_default()
}

fn settings_beside(file: Option<&Path>, live: &Live) -> Result<Settings, Error> {
    // Where there is no project, loading it says so.
    let folder = project::directory(file, &live.surroundings).unwrap_or_default();
    settings_at(&folder.join(settings::FILE), live)
}

/// Where the project's helmlock.toml is, or would be.
pub(super) fn settings_path(live: &Live) -> PathBuf {
    project::directory(live.global.file.as_deref(), &live.surroundings).unwrap_or_default().join(settings::FILE)
}

/// The settings in a file; what it would say by default if it is not there.
pub(super) fn settings_at(path: &Path, live: &Live) -> Result<Settings, Error> {
    if !live.surroundings.is_file(path) {
        return Ok(Settings::default());
    }
    let bytes = live.surroundings.read(path).map_err(|error| Error::Refused(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| Error::Refused(format!("{} is not UTF-8", path.display())))?;
    let mut settings = Settings::parse(&text).map_err(|source| Error::Settings { path: path.to_owned(), source })?;
    for ca_file in settings.mirrors.iter_mut().filter_map(|mirror| mirror.ca_file.as_mut()) {
        *ca_file = path.parent().unwrap_or(Path::new("")).join(&*ca_file);
    }
    Ok(settings)
}

/// Whether a state file has environments and `default` is none of them, so that nobody works in it.
fn defines_no_default(error: &project::Error) -> bool {
    !error.environments.is_empty() && error.environments.iter().all(|name| name != DEFAULT_ENVIRONMENT)
}

/// The folder of the state file: from there git is asked.
pub(super) fn folder(live: &Live) -> PathBuf {
    let parent = live.global.file.as_deref().and_then(Path::parent);
    parent.filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn options(live: &Live, flags: Option<&RenderFlags>, environment: String) -> Options {
    let global = &live.global;
    let typed = global.state_values_set.iter().cloned().map(StateValue::Typed);
    let text = global.state_values_set_string.iter().cloned().map(StateValue::Text);
    let needs = match flags {
        Some(flags) if flags.include_transitive_needs => Needs::IncludeTransitive,
        Some(flags) if flags.include_needs => Needs::Include,
        Some(flags) if flags.skip_needs == Some(false) => Needs::Refuse,
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
