//! From the state files of a project to the [`Project`]: releases take their templates, render what they say about themselves,
//! and are selected, each state for itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::build::{Evaluated, EvaluatedState};
use super::discover::{Root, directory_of};
use super::expressions::{self, Expressions};
use super::keys::Stage;
use super::nested::{self, Found};
use super::record::{Field, Record, Scalar, Value};
use super::template::{Overrides, Renderer};
use super::{
    Environment, Error, ErrorKind, Hook, Options, Place, Project, Release, Repository, hooks, load, post_renderer, release,
    requests, select, written,
};
use crate::source::is_mounted;
use crate::surroundings::{Surroundings, clean};
use crate::yaml;

/// What a state file says beside its releases, as rendering them needs it.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) path: PathBuf,
    /// The lock that helmfile has for it.
    pub(super) lock: PathBuf,
    /// Where its paths begin.
    pub(super) directory: PathBuf,
    /// Where paths of the command line begin.
    pub(super) paths_from: PathBuf,
    pub(super) environment: Environment,
    pub(super) overrides: Overrides,
    pub(super) refused: Vec<release::Refused>,
    /// `helmDefaults.args`.
    pub(super) helm_arguments: Vec<String>,
    /// `helmDefaults.templateArgs`.
    pub(super) template_arguments: Vec<String>,
    pub(super) post_renderer: post_renderer::Written,
    pub(super) hooks: Vec<Hook>,
    /// What concerns a cluster, for whoever writes a state file.
    pub(super) written: yaml::Map,
}

/// The project of these state files.
pub(super) fn project(
    root: Root,
    found: Found,
    options: &Options,
    surroundings: &Surroundings,
    renderer: Renderer,
) -> Result<Evaluated, Error> {
    let Found { states, mut environments, mut notes } = found;
    notes.sort();
    notes.dedup();
    if !environments.iter().any(|name| name == load::DEFAULT) {
        environments.push(load::DEFAULT.to_owned());
        environments.sort();
    }
    let lockfile = root.lockfile.unwrap_or_else(|| match states.last() {
        Some(state) => lock_of(&state.path, &state.record),
        None => PathBuf::from("helmfile.lock"),
    });
    let mut project = Project {
        environment: options.environment.clone(),
        environments,
        repositories: Vec::new(),
        releases: Vec::new(),
        other_lockfiles: Vec::new(),
        lockfile,
        notes,
        missing_files: Vec::new(),
        selectors: options.selectors.clone(),
        directory: root.directory,
        states: Vec::new(),
        renderer,
        order: Vec::new(),
    };
    let mut written = Vec::new();
    for state in states {
        let own = lock_of(&state.path, &state.record);
        if own != project.lockfile && !project.other_lockfiles.contains(&own) && !is_mounted(&own) {
            project.other_lockfiles.push(own);
        }
        written.push(add(&mut project, state, options, surroundings)?);
    }
    project.missing_files = project.renderer.take_missing();
    Ok(Evaluated { project, states: written })
}

/// Adds a state and its releases.
fn add(
    project: &mut Project,
    state: nested::State,
    options: &Options,
    surroundings: &Surroundings,
) -> Result<EvaluatedState, Error> {
    let nested::State { path, mut record, environment, selectors, paths_from } = state;
    let directory = directory_of(&path);
    let overrides = overrides(&record, options)?;
    if let Some(context) = &options.kube_context {
        record.put_default_context(context);
    }
    let merged = Arc::new(environment.merged());
    let expressions = Expressions {
        renderer: &project.renderer,
        directory: &directory,
        overrides: &overrides,
        environment: &environment,
        values: merged.clone(),
    };
    let repositories = release::repositories(&record, surroundings, &directory);
    let sources = requests::sources(&repositories);
    let from = requests::From { repositories: &repositories, sources: &sources, directory: &directory, root: &project.directory };
    let count = record.records("releases").len();
    let (mut releases, mut records) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for written in record.records("releases") {
        let laid = expressions::release(written, &record, &expressions)?;
        let mut release = release::of(&laid, &record, &overrides, options)?;
        release.state = project.states.len();
        release.written = Arc::new(written::release(&laid, &directory));
        let (set, refused) = release::sets(&laid, &directory, surroundings);
        release.set = set;
        release.refused.extend(refused);
        match requests::of_release(&release, &from, surroundings) {
            Ok(source) => release.source = Some(source),
            Err(refused) => release.refused.push(refused),
        }
        release.refused.extend(requests::kustomization(&release, &from, surroundings));
        match requests::ad_hoc(&laid, release.devel, &from, surroundings) {
            Ok(dependencies) => release.dependencies = dependencies,
            Err(refused) => release.refused.push(refused),
        }
        releases.push(release);
        records.push(laid);
    }
    let order = select::select(&mut releases, &merged, &selectors, options.needs)?;
    extend(project, releases, &order, repositories);
    let defaults = |key| record.record("helmDefaults").map_or_else(Vec::new, |defaults| defaults.texts(key).to_vec());
    let (helm_arguments, template_arguments) = (defaults("args"), defaults("templateArgs"));
    let nothing = Record::new(record.place.clone());
    let post_renderer = post_renderer::of(record.record("helmDefaults").unwrap_or(&nothing));
    let refused = release::refused(&record);
    let lock = lock_of(&path, &record);
    project.states.push(State {
        path,
        lock,
        directory,
        paths_from,
        environment,
        overrides,
        refused,
        helm_arguments,
        template_arguments,
        post_renderer,
        hooks: hooks::of(&record)?,
        written: written::state(&record),
    });
    Ok(EvaluatedState { record, releases: records })
}

fn extend(project: &mut Project, releases: Vec<Release>, order: &[usize], repositories: Vec<Repository>) {
    let first = project.releases.len();
    project.order.extend(order.iter().map(|index| first + index));
    project.releases.extend(releases);
    for repository in repositories {
        // A nested file often repeats its parent's.
        let is_known = |known: &Repository| Repository { place: repository.place.clone(), ..known.clone() } == repository;
        if !project.repositories.iter().any(is_known) {
            project.repositories.push(repository);
        }
    }
}

fn overrides(record: &Record, options: &Options) -> Result<Overrides, Error> {
    let one = |key: &'static str, flag: &'static str, option: Option<&String>| match (option, record.text(key)) {
        (Some(_), text) if !text.is_empty() => {
            Err(Error::new(ErrorKind::Twice { key, flag }, Some(record.place_of(key).clone())))
        }
        (Some(option), _) => Ok(option.clone()),
        (None, text) => Ok(text),
    };
    Ok(Overrides {
        namespace: one("namespace", "--namespace", options.namespace.as_ref())?,
        chart: one("chart", "--chart", options.chart.as_ref())?,
        kube_context: one("kubeContext", "--kube-context", options.kube_context.as_ref())?,
    })
}

/// helmfile's rule: the file's name without `.gotmpl`, `.yaml` and `.yml`, or `lockFilePath`.
fn lock_of(path: &Path, record: &Record) -> PathBuf {
    let directory = directory_of(path);
    let given = record.text("lockFilePath");
    if !given.is_empty() {
        return clean(&directory.join(given));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut stem = name.as_str();
    for extension in [".gotmpl", ".yaml", ".yml"] {
        stem = stem.strip_suffix(extension).unwrap_or(stem);
    }
    directory.join(format!("{stem}.lock"))
}

/// All that stands in the way of any stage.
pub(super) fn unhandled(project: &Project) -> Vec<Error> {
    let of_states = project.states.iter().flat_map(|state| &state.refused);
    let of_releases = project.releases.iter().flat_map(|release| &release.refused);
    let mut refused: Vec<_> = of_states.chain(of_releases).collect();
    refused.sort_by(|one, other| one.place.cmp(&other.place));
    // A template is refused with each release that inherits it.
    refused.dedup_by(|next, first| next.place == first.place && next.kind == first.kind);
    refused.iter().map(|refused| Error::new(refused.kind.clone(), Some(refused.place.clone()))).collect()
}

/// The same, before the file was read.
pub(super) fn early_lock_of(path: &Path, surroundings: &Surroundings) -> PathBuf {
    let mut record = Record::new(Place { file: path.into(), line: 1, rendered: false });
    let text = surroundings.read(path).unwrap_or_default();
    let lines = String::from_utf8_lossy(&text);
    let named = lines.lines().find_map(|line| line.strip_prefix("lockFilePath:"));
    if let Some(name) = named.map(|name| name.trim().trim_matches(['"', '\''])).filter(|name| !name.contains("{{")) {
        let field = Field { place: record.place.clone(), value: Value::Scalar(Scalar::Text(name.to_owned())) };
        record.fields.insert("lockFilePath", field);
    }
    lock_of(path, &record)
}

/// The first thing that stands in the way of a stage, if anything does.
pub(super) fn refuse(refused: &[release::Refused], stage: Stage) -> Result<(), Error> {
    match refused.iter().find(|refused| refused.stage == stage) {
        Some(refused) => Err(Error::new(refused.kind.clone(), Some(refused.place.clone()))),
        None => Ok(()),
    }
}
