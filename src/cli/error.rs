//! Every room's error as one type, with what only the front knows: the exit code, a stable code for programs, and what to do next.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::path::{Path, PathBuf};

use super::terminal::count;
use crate::lockfile::{self, Drift};
use crate::project;
use crate::request::{Asker, Request};
use crate::surroundings::ProgramError;
use crate::{cache, chart, digest, fetch, release, render, resolve, settings};

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the project cannot be read")]
    Project(#[from] project::Error),
    #[error("the project cannot be read without an environment")]
    NoEnvironment(project::Error),
    #[error("the settings in {} cannot be read", path.display())]
    Settings { path: PathBuf, source: settings::Error },
    #[error("the lock {} cannot be used", path.display())]
    Lockfile { path: PathBuf, source: lockfile::Error },
    #[error("the lock is stale")]
    Stale { path: PathBuf, drifts: Vec<Drift> },
    #[error("versions have other bytes than before")]
    Republished(Vec<Message>),
    #[error("the policy forbids it")]
    Policy(Vec<Message>),
    #[error("locks of state files are out of step")]
    OutOfStep(Vec<Message>),
    #[error("several things are wrong")]
    Several(Vec<Self>),
    #[error("environment `{environment}` cannot be evaluated here")]
    Unverified { environment: String, reason: String },
    #[error("the lock lacks a document of a schema")]
    UnlockedSchema { chart: String, url: String },
    #[error("there is no lock at {}", path.display())]
    NoLock { path: PathBuf },
    #[error("the lock would change, and `--locked` forbids it")]
    WouldChange { path: PathBuf, changes: Vec<String> },
    #[error("charts cannot be resolved")]
    Resolve(#[from] resolve::Error),
    #[error("charts cannot be fetched")]
    Fetch(#[from] fetch::Error),
    #[error("the cache cannot be used")]
    Cache(#[from] cache::Error),
    #[error("charts are missing in the cache")]
    NotInCache(Vec<String>),
    #[error("the bundle {} cannot be taken", path.display())]
    Bundle { path: PathBuf, reason: String },
    #[error("the bundle {} lacks charts", path.display())]
    BundleLacks { path: PathBuf, charts: Vec<String> },
    #[error("the charts in {} are not those of the lock", folder.display())]
    StaleVendor { folder: PathBuf, notes: Vec<String> },
    #[error("chart {name} cannot be loaded")]
    Chart { name: String, source: chart::Error },
    #[error("the lock's digest of {pinned} is that of {found}")]
    AnotherChart { pinned: String, found: String, digest: digest::Digest },
    #[error("release `{release}` ({place}) has no inputs")]
    Inputs { release: String, place: String, source: Box<release::Error>, excerpt: Option<String> },
    #[error("release `{release}` ({place}) cannot be rendered")]
    Render { release: String, place: String, source: Box<render::Error> },
    #[error("release `{release}` ({place}) demands another manifest than {chart} has")]
    OtherManifest { release: String, place: String, chart: String, demanded: String, manifest: String },
    #[error("no release matches")]
    NothingSelected { selectors: Vec<String>, environment: String },
    #[error("`{program}` cannot be compared with")]
    Peer { program: String, reason: String },
    #[error("releases differ")]
    Unequal { releases: Vec<String>, total: usize, document: Option<serde_json::Value> },
    #[error("the two sides of a merge do not agree")]
    Conflict { name: String, subjects: Vec<String> },
    #[error("charts are outdated")]
    Outdated { charts: usize, document: Option<serde_json::Value> },
    #[error("the lock says another engine for release `{release}`")]
    OtherEngine { path: PathBuf, release: String, wants_helm: bool },
    #[error("release `{release}` cannot be rendered by helm")]
    ByHelm { release: String, reason: String },
    #[error("{what} failed")]
    Program { what: String, error: ProgramError },
    #[error("releases are impure")]
    Impure(Vec<(String, Vec<String>)>),
    #[error("values are not read")]
    Unused { keys: usize, document: Option<serde_json::Value> },
    #[error("charts are not sound")]
    Linted { releases: Vec<String> },
    #[error("the project has what is not handled here")]
    Unhandled { things: usize, document: Option<serde_json::Value> },
    #[error("there are changes")]
    Changed,
    #[error("{0}")]
    Usage(String),
    #[error("standard output cannot be written")]
    Output(#[from] std::io::Error),
    #[error("{0}")]
    Refused(String),
}

/// One thing to say about an error.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// Stable, for programs.
    pub(super) code: &'static str,
    /// One line, or Helm's own lines.
    pub(super) text: String,
    /// What else is known.
    pub(super) notes: Vec<String>,
    /// What to do next.
    pub(super) hint: Option<String>,
    /// The file and line that it is about.
    pub(super) place: Option<(String, Option<usize>)>,
    /// Who wants what it is about.
    pub(super) asker: Option<Asker>,
    /// In which environment.
    pub(super) environment: Option<String>,
}

impl Message {
    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), notes: Vec::new(), hint: None, place: None, asker: None, environment: None }
    }

    /// The same, about this place in a file.
    pub(super) fn at(mut self, file: String, line: Option<usize>) -> Self {
        self.place = Some((file, line));
        self
    }

    /// The same, about what this request wants.
    pub(super) fn about(mut self, request: &Request) -> Self {
        self.asker = Some(request.asked_by.clone());
        self.environment.clone_from(&request.environment);
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn notes(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }
}

impl Error {
    /// The exit code, as ARCHITECTURE.md and the help text list them.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Project(error) if error.is_undefined_environment() => 3,
            Self::Project(error) if error.is_unlocked() => 2,
            // The worst of them: whoever reads codes must not take an alarm for a stale lock.
            Self::Several(errors) => errors.iter().map(Self::exit_code).max().unwrap_or(1),
            Self::Stale { drifts, .. } if drifts.iter().any(Drift::is_of_other_bytes) => 4,
            Self::Stale { .. }
            | Self::Policy(_)
            | Self::OutOfStep(_)
            | Self::NoLock { .. }
            | Self::UnlockedSchema { .. }
            | Self::Unverified { .. }
            | Self::WouldChange { .. }
            | Self::StaleVendor { .. }
            | Self::Changed
            | Self::Unequal { .. }
            | Self::Outdated { .. }
            | Self::Impure(_)
            | Self::OtherEngine { .. }
            | Self::Unhandled { .. }
            | Self::Unused { .. } => 2,
            Self::NothingSelected { .. } => 3,
            Self::Fetch(error) => match error.kind() {
                fetch::Kind::Integrity => 4,
                fetch::Kind::Network => 5,
                fetch::Kind::Authentication => 6,
                fetch::Kind::Other => 1,
            },
            Self::Resolve(error)
                if error.failures.iter().any(|failure| matches!(failure.reason, resolve::Reason::OtherVersion { .. })) =>
            {
                4
            }
            Self::Republished(_)
            | Self::Bundle { .. }
            | Self::Cache(cache::Error::Foreign { .. })
            | Self::Chart { source: chart::Error::Limit { .. }, .. }
            | Self::AnotherChart { .. }
            | Self::OtherManifest { .. } => 4,
            Self::Usage(_) => 64,
            _ => 1,
        }
    }

    /// What a program wants to read beside the errors: the result whose answer is no.
    pub(super) fn document(&self) -> Option<&serde_json::Value> {
        match self {
            Self::Unequal { document, .. }
            | Self::Unused { document, .. }
            | Self::Outdated { document, .. }
            | Self::Unhandled { document, .. } => document.as_ref(),
            _ => None,
        }
    }

    /// What to say, in order; never empty.
    pub(super) fn messages(&self) -> Vec<Message> {
        match self {
            Self::Stale { path, drifts } => drifts.iter().map(|one| drift(one, path)).collect(),
            Self::Republished(messages) | Self::Policy(messages) | Self::OutOfStep(messages) => messages.clone(),
            Self::Several(errors) => errors.iter().flat_map(Self::messages).collect(),
            Self::Resolve(error) => error.failures.iter().map(unresolved).collect(),
            Self::Fetch(error) => error.failures.iter().map(unfetched).collect(),
            Self::Project(error) => vec![unreadable_project(error)],
            Self::NoEnvironment(error) => vec![no_environment(error)],
            Self::Settings { path, source: settings::Error { line, reason } } => {
                vec![Message::new("settings", format!("{}:{line}: {reason}", path.display()))]
            }
            Self::Lockfile { path, source } => vec![unusable_lock(path, source)],
            Self::Unverified { environment, reason } => vec![
                Message::new("unverified", format!("environment `{environment}` cannot be evaluated here"))
                    .notes(vec![reason.clone()])
                    .hint("its pins are kept, but nothing says that they are current; `may-be-unverified` in helmlock.toml accepts that"),
            ],
            Self::UnlockedSchema { chart, url } => vec![
                Message::new("lock-stale", format!("`{url}` is not locked, to which values.schema.json of {chart} refers"))
                    .hint("`helmlock resolve` mends it; `skipSchemaValidation: true` does without the schema"),
            ],
            Self::NoLock { path } => {
                vec![Message::new("lock-missing", format!("there is no {}", path.display())).hint("`helmlock resolve` writes it")]
            }
            Self::WouldChange { path, changes } => vec![
                Message::new("lock-would-change", format!("{} is not current", path.display()))
                    .notes(changes.clone())
                    .hint("the same command without `--check`, `--locked` or `--frozen` writes it"),
            ],
            Self::NotInCache(missing) => vec![
                Message::new("cache-missing", format!("not in the cache: {}", count(missing.len(), "locked chart")))
                    .notes(missing.clone())
                    .hint("`helmlock fetch` downloads them"),
            ],
            Self::Chart { name, source } => vec![Message::new("chart", format!("{name}: {}", chain(source)))],
            Self::AnotherChart { pinned, found, digest } => vec![another_chart(pinned, found, digest)],
            Self::Inputs { release, place, source, excerpt } => {
                vec![no_inputs(release, place, source).notes(excerpt.iter().cloned().collect())]
            }
            Self::Render { release, place, source } => {
                vec![Message::new("render", format!("release `{release}` ({place}): {source}"))]
            }
            Self::OtherManifest { demanded, manifest, .. } => vec![
                Message::new("integrity", self.to_string())
                    .notes(vec![format!("demanded: {demanded}"), format!("locked: {manifest}")])
                    .hint("name the version that has this manifest, or take the digest away"),
            ],
            Self::NothingSelected { selectors, environment } => vec![nothing_selected(selectors, environment)],
            Self::Peer { program, reason } => vec![
                Message::new("peer", format!("`{program}` cannot be compared with: {reason}"))
                    .hint("`--helm PATH` names the helm to compare with, `--helmfile PATH` the helmfile"),
            ],
            Self::OtherEngine { path, release, wants_helm } => vec![other_engine(path, release, *wants_helm)],
            Self::ByHelm { release, reason } => vec![
                Message::new("render", format!("release `{release}`, which helmlock.toml gives to helm: {reason}"))
                    .hint("`--helm-binary PATH` names the helm"),
            ],
            Self::Program { what, error } => vec![failed_program(what, error)],
            Self::Conflict { name, subjects } => vec![conflict(name, subjects)],
            Self::Outdated { charts, .. } => vec![outdated(*charts)],
            Self::Impure(releases) => releases.iter().map(|(release, calls)| impure(release, calls)).collect(),
            Self::Unused { keys, .. } => vec![Message::new("unused", format!("{} not read", count(*keys, "value")))],
            Self::Linted { releases } => {
                vec![Message::new("lint", format!("helm lint is not content with {}", releases.join(", ")))]
            }
            Self::Unhandled { things, .. } => vec![
                Message::new("unhandled", format!("refused in this project: {}", count(*things, "thing")))
                    .hint("releases without them can be rendered: `-l` chooses some"),
            ],
            Self::Unequal { releases, total, .. } => vec![unequal(releases.len(), *total)],
            Self::Changed => vec![Message::new("changed", self.to_string())],
            Self::Usage(text) => vec![Message::new("usage", text.clone())],
            Self::Bundle { path, reason } => vec![Message::new("bundle", format!("{}: {reason}", path.display()))],
            Self::BundleLacks { path, charts } => vec![lacking(path, charts)],
            Self::StaleVendor { folder, notes } => vec![stale_vendor(folder, notes)],
            Self::Cache(error) => vec![unusable_cache(error)],
            Self::Output(error) => vec![Message::new("output", format!("cannot write the result: {error}"))],
            Self::Refused(text) => vec![Message::new("refused", text.clone())],
        }
    }
}

fn no_environment(error: &project::Error) -> Message {
    let names: Vec<_> = error.environments.iter().map(|name| format!("`{name}`")).collect();
    let hint = format!("no environment was named; the state file has {}: choose one with `-e`", names.join(", "));
    unreadable_project(error).hint(hint)
}

fn no_inputs(release: &str, place: &str, source: &release::Error) -> Message {
    let text = format!("release `{release}` ({place}): {}", chain(source));
    // `{{ … }}` reads as a mapping with a mapping for a key.
    let is_template = text.contains("invalid map key: map[");
    let hint = is_template.then(|| "a values file that is a template has a name that ends in `.gotmpl`".to_owned());
    Message { hint, ..Message::new("values", text) }
}

fn unusable_lock(path: &Path, source: &lockfile::Error) -> Message {
    let line = match source {
        lockfile::Error::Invalid { line, .. } => *line,
        _ => None,
    };
    let text = || format!("{}: {}", path.display(), chain(source));
    let said = |code| Message::new(code, text()).at(path.display().to_string(), line);
    match source {
        lockfile::Error::Invalid { problem, .. } if matches!(**problem, lockfile::Problem::Newer { .. }) => said("lock-newer"),
        lockfile::Error::Invalid { .. } => said("lock-invalid")
            .hint("`helmlock resolve` makes a new lock where the old one is beyond repair: move the file away first"),
        _ => said("lock-unusable"),
    }
}

fn another_chart(pinned: &str, found: &str, digest: &digest::Digest) -> Message {
    Message::new("integrity", format!("{pinned}: the lock's digest is that of {found}"))
        .notes(vec![digest.to_string()])
        .hint("the lock was edited: take it back from the repository, or run `helmlock resolve`")
}

fn lacking(path: &Path, charts: &[String]) -> Message {
    Message::new(
        "bundle-lacks",
        format!("{}: it was made for another lock: it lacks {}", path.display(), count(charts.len(), "chart")),
    )
    .notes(charts.to_vec())
    .hint("`helmlock bundle export` with this very lock makes one that has them")
}

fn stale_vendor(folder: &Path, notes: &[String]) -> Message {
    Message::new("vendor-stale", format!("{} has not the charts of the lock", folder.display()))
        .notes(notes.to_vec())
        .hint("`helmlock vendor` mends it")
}

fn unusable_cache(error: &cache::Error) -> Message {
    match error {
        cache::Error::Foreign { .. } => Message::new("integrity", error.to_string())
            .hint("take the file back from git, or let `helmlock vendor` write it anew"),
        _ => Message::new("cache", chain(error)),
    }
}

fn failed_program(what: &str, error: &ProgramError) -> Message {
    let message = Message::new("program", format!("{what}: {error}"));
    match error {
        ProgramError::Failed { stderr, .. } => message.notes(stderr.trim_end().lines().map(str::to_owned).collect()),
        _ => message,
    }
}

fn other_engine(path: &Path, release: &str, wants_helm: bool) -> Message {
    let (wanted, locked) = if wants_helm { ("helm", "helmlock") } else { ("helmlock", "helm") };
    let text = format!("release `{release}` shall be rendered by {wanted}, and {} says {locked}", path.display());
    Message::new("lock-stale", text).hint("`helmlock resolve` mends it")
}

fn unequal(releases: usize, total: usize) -> Message {
    if releases == 0 {
        return Message::new("unequal", "every release is equal, the whole is not").hint("please report it");
    }
    Message::new("unequal", format!("{releases} of {} not equal", count(total, "release")))
        .hint("please report it: a reproducer shows the difference without your values")
}

fn impure(release: &str, calls: &[String]) -> Message {
    Message::new("impure", format!("release `{release}` renders otherwise at another time or on another machine"))
        .notes(calls.to_vec())
        .hint("give the values that these would make up; `SOURCE_DATE_EPOCH` fixes the clock")
}

fn unreadable_project(error: &project::Error) -> Message {
    let place = error.place.as_ref().map(|place| (place.file.display().to_string(), Some(place.line)));
    let notes = error.excerpt.iter().cloned().collect();
    Message { hint: error.hint(), place, notes, ..Message::new("project", error.to_string()) }
}

fn conflict(name: &str, subjects: &[String]) -> Message {
    Message::new("merge-conflict", format!("{name}: the two sides do not agree"))
        .notes(subjects.to_vec())
        .hint("keep one of them where the markers are, then run `helmlock resolve`")
}

fn outdated(charts: usize) -> Message {
    Message::new("outdated", format!("outdated, deprecated or gone: {}", count(charts, "chart")))
        .hint("`helmlock update` moves to what is compatible, `helmlock bump` beyond")
}

fn drift(drift: &Drift, path: &Path) -> Message {
    if drift.is_of_other_bytes() {
        return Message::new("integrity", drift.to_string())
            .hint("take the file back from git, or run `helmlock resolve` if these are the bytes that you want");
    }
    let message = Message::new("lock-stale", drift.to_string()).notes(drift.notes());
    let message = message.hint(format!("`{}` mends it", drift.mending()));
    if let Some(request) = drift.request() {
        return message.at(request.origin.file.clone(), request.origin.line).about(request);
    }
    let message = message.at(path.display().to_string(), drift.line());
    let place = drift.line().map(|line| format!("locked in {}:{line}", path.display()));
    Message { notes: place.into_iter().chain(message.notes.clone()).collect(), ..message }
}

fn unresolved(failure: &resolve::Failure) -> Message {
    Message { hint: failure.hint(), ..Message::new("unresolved", failure.to_string()).notes(failure.notes()) }
}

fn unfetched(failure: &fetch::Failure) -> Message {
    let code = match failure.problem.kind() {
        fetch::Kind::Integrity => "integrity",
        fetch::Kind::Network => "network",
        fetch::Kind::Authentication => "authentication",
        fetch::Kind::Other => "fetch",
    };
    let mut notes: Vec<_> = failure.by.iter().map(|(asker, origin)| format!("wanted by {asker} ({origin})")).collect();
    // Each environment asks for itself.
    let mut said = HashSet::new();
    notes.retain(|note| said.insert(note.clone()));
    let message = Message::new(code, format!("{}: {}", failure.wanted, chain(&failure.problem))).notes(notes);
    Message { hint: failure.problem.hint().map(str::to_owned), ..message }
}

fn nothing_selected(selectors: &[String], environment: &str) -> Message {
    let selectors: Vec<_> = selectors.iter().map(|selector| format!("`{selector}`")).collect();
    let which = if selectors.is_empty() { String::new() } else { format!(" {}", selectors.join(" or ")) };
    Message::new("nothing-selected", format!("no release matches{which} in environment `{environment}`"))
        .hint("`helmlock list` shows the releases and their labels")
}

/// An error with its causes, on one line.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// A digest short enough for a line, long enough to tell two apart.
pub(super) fn short(digest: &digest::Digest) -> String {
    digest.to_string().chars().take("sha256:".len() + 12).collect()
}
