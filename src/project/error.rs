//! What can be wrong with a project: facts, each with its place where it has one.

use std::path::PathBuf;

use super::Place;
use super::decode::Origin;
use super::excerpt::excerpt;
use crate::source;
use crate::surroundings::{FileError, RemoteError};

/// Why a project could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}{kind}", prefix(.place.as_ref()))]
pub struct Error {
    /// What is wrong.
    pub kind: Box<ErrorKind>,
    /// Where, as far as it has a place.
    pub place: Option<Place>,
    /// The names of the environments that the state file had defined before it failed, sorted.
    pub environments: Vec<String>,
    /// The lines around the place, where they tell more than the place: see [`excerpt()`](super::excerpt()).
    pub excerpt: Option<String>,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, place: Option<Place>) -> Self {
        Self { kind: Box::new(kind), place, environments: Vec::new(), excerpt: None }
    }

    /// The same with the lines around its place in `text`, which stands at `origin`. The lines of a plain file are shown where they are no YAML; what else is wrong there, the place tells.
    pub(super) fn within(self, text: &[u8], origin: &Origin) -> Self {
        let is_told = |place: &&Place| place.file == origin.file && place.rendered == origin.rendered;
        let Some(place) = self.place.as_ref().filter(is_told) else { return self };
        let is_syntax =
            matches!(*self.kind, ErrorKind::Yaml { .. } | ErrorKind::PlainTemplate { .. } | ErrorKind::Template { .. });
        let line = place.line.checked_sub(origin.lines_before).filter(|_| is_syntax || origin.rendered);
        let excerpt = line.and_then(|line| excerpt(text, line, origin.lines_before + 1));
        Self { excerpt: self.excerpt.or(excerpt), ..self }
    }

    /// Whether the environment is defined nowhere, so that nothing can match: helmfile's exit code 3.
    pub fn is_undefined_environment(&self) -> bool {
        matches!(*self.kind, ErrorKind::UndefinedEnvironment { .. })
    }

    /// What could be done, where that is not obvious.
    pub fn hint(&self) -> Option<String> {
        match &*self.kind {
            ErrorKind::NoStateFile { .. } => {
                Some("run it in the folder of a helmfile.yaml, or name one with `--file`".to_owned())
            }
            ErrorKind::Remote { error: RemoteError::Unlocked { .. }, .. } => Some("`helmlock resolve` locks it".to_owned()),
            ErrorKind::Remote { error: RemoteError::NotInCache { .. }, .. } => Some("`helmlock fetch` downloads it".to_owned()),
            _ => None,
        }
    }

    /// Whether the lock lacks what the project names.
    pub fn is_unlocked(&self) -> bool {
        matches!(&*self.kind, ErrorKind::Remote { error: RemoteError::Unlocked { .. }, .. })
    }
}

fn prefix(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| format!("{place}: "))
}

fn hint(near: Option<&String>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// What is wrong with a project.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no state file.
    #[error("no helmfile.yaml or helmfile.yaml.gotmpl at `{}`", .searched.display())]
    NoStateFile {
        /// Where it was looked for.
        searched: PathBuf,
    },
    /// A reference to a secret that leads nowhere, or that could not be followed.
    #[error("{message}")]
    Reference {
        /// Why; without the secret.
        message: String,
    },
    /// State files within state files without an end in sight.
    #[error("`helmfiles` nest too deeply: {}", .path.join(" -> "))]
    StateCycle {
        /// From the first file on.
        path: Vec<String>,
    },
    /// A remote file that is not here.
    #[error("`{path}`: {error}")]
    Remote {
        /// As written, without secrets.
        path: String,
        /// Why not.
        error: RemoteError,
    },
    /// An entry of `hooks` that says nothing to be done.
    #[error("a hook: {problem}")]
    WrongHook {
        /// What is wrong.
        problem: &'static str,
    },
    /// An entry of `helmfiles` that contradicts itself.
    #[error("an entry of `helmfiles` has {problem}")]
    WrongNested {
        /// What is wrong.
        problem: String,
    },
    /// helmfile would not know which one is meant.
    #[error("both `{}` and `{}` are there: remove one, or name one with --file", .one.display(), .other.display())]
    TwoStateFiles {
        /// The one.
        one: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// Something that is right and that we do not do.
    #[error("helmlock does not handle {what}")]
    Unbuilt {
        /// What it is.
        what: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(FileError),
    /// A state file is not UTF-8.
    #[error("the file is not UTF-8 text")]
    NotText,
    /// A text is not the YAML that is wanted.
    #[error("{problem}")]
    Yaml {
        /// go-yaml's words.
        problem: String,
    },
    /// The same in a file that looks like a template and is not named like one.
    #[error("{problem} (if this is a template, the file's name must end in `.gotmpl`)")]
    PlainTemplate {
        /// go-yaml's words.
        problem: String,
    },
    /// A template failed.
    #[error("{message}")]
    Template {
        /// Go's message.
        message: String,
    },
    /// A state file without a key at the left edge.
    #[error("there is no top-level key, such as `releases:`, at the beginning of a line")]
    NoKeys,
    /// A key stands after one that must follow it.
    #[error("`{key}` must stand before `releases`, which stand in line {after}")]
    WrongOrder {
        /// The key.
        key: String,
        /// The line of the other one.
        after: usize,
    },
    /// `environments` and `releases` between the same `---` lines.
    #[error("`environments` and `releases` cannot stand in one part of the file: put a line `---` between them")]
    SamePart,
    /// A key that helmfile does not have.
    #[error("unknown key `{key}`{}{}", within(table), hint(.near.as_ref()))]
    UnknownKey {
        /// As written.
        key: String,
        /// Where it stands: `releases[]`.
        table: &'static str,
        /// What may be meant.
        near: Option<String>,
    },
    /// A value of another type than the key has.
    #[error("`{key}` must be {wanted}, not {found}")]
    WrongType {
        /// The key with its parents.
        key: String,
        /// What would be right.
        wanted: &'static str,
        /// What stands there.
        found: String,
    },
    /// More than any honest file has.
    #[error("more than {limit} keys: {what} is not read")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
    /// A base with bases.
    #[error("`bases` in a file that is itself a base are not supported by helmfile")]
    NestedBases,
    /// `missingFileHandler` says something else.
    #[error("`missingFileHandler` must be Error, Warn, Info or Debug, not `{name}`")]
    WrongMissingFileHandler {
        /// As written.
        name: String,
    },
    /// `mergeStrategy` says something else.
    #[error("`mergeStrategy` must be override or fallback, not `{name}`")]
    WrongMergeStrategy {
        /// As written.
        name: String,
    },
    /// A file or glob that leads nowhere.
    #[error("no file `{path}` in `{}`", shown(.directory))]
    MissingFile {
        /// As written.
        path: String,
        /// Where its path begins.
        directory: PathBuf,
    },
    /// A glob of a release's values that matches several files.
    #[error("`{path}` matches {}: a release's values need one file for each entry", list(.files))]
    ManyFiles {
        /// As written.
        path: String,
        /// The files.
        files: Vec<String>,
    },
    /// A flag that sets state values is wrong.
    #[error("--state-values-set: {message}")]
    StateValues {
        /// What is wrong with it.
        message: String,
    },
    /// The same is said by flag and file.
    #[error("`{key}` is set here and by {flag}: only one of them may be")]
    Twice {
        /// The key.
        key: &'static str,
        /// The flag.
        flag: &'static str,
    },
    /// The environment is defined nowhere, so nothing matches (exit code 3).
    #[error("environment `{name}` is not defined{} (defined: {})", hint(.near.as_ref()), list(.defined))]
    UndefinedEnvironment {
        /// Its name.
        name: String,
        /// What may be meant.
        near: Option<String>,
        /// Those that are defined.
        defined: Vec<String>,
    },
    /// A release inherits what is not there.
    #[error("there is no template `{name}`{} (defined: {})", hint(.near.as_ref()), list(.defined))]
    UnknownTemplate {
        /// As written.
        name: String,
        /// What may be meant.
        near: Option<String>,
        /// Those that are defined.
        defined: Vec<String>,
    },
    /// Templates inherit each other.
    #[error("templates inherit themselves: {}", path.join(" -> "))]
    TemplateCycle {
        /// The templates in order, the last one being one of them.
        path: Vec<String>,
    },
    /// `except` names what cannot be left out.
    #[error("`except` cannot leave out `{key}`, only labels, values, valuesTemplate, set, setTemplate, setString and secrets")]
    WrongExcept {
        /// As written.
        key: String,
    },
    /// A template within a release failed.
    #[error("`{key}` of release `{release}`: {message}")]
    Expression {
        /// The release.
        release: String,
        /// The key.
        key: &'static str,
        /// Go's message.
        message: String,
    },
    /// What a release says about itself changes with every rendering.
    #[error("the expressions of release `{release}` still change after {passes} passes")]
    EndlessExpressions {
        /// The release.
        release: String,
        /// How often they were rendered.
        passes: usize,
    },
    /// A release without chart.
    #[error("release `{release}` has no chart")]
    NoChart {
        /// The release.
        release: String,
    },
    /// `-l` that is no selector.
    #[error("`{term}` is no selector: expected LABEL=VALUE or LABEL!=VALUE")]
    WrongSelector {
        /// As written.
        term: String,
    },
    /// A condition that cannot be looked up.
    #[error("condition `{condition}` of release `{release}`: {message}")]
    WrongCondition {
        /// The release.
        release: String,
        /// As written.
        condition: String,
        /// What is wrong.
        message: String,
    },
    /// Two releases of one name in one namespace take part.
    #[error("release `{release}` is defined twice, first at {first}")]
    Duplicate {
        /// Its identity.
        release: String,
        /// The other place.
        first: Place,
    },
    /// `needs` names what is not there.
    #[error("release `{release}` needs `{need}`, which is not defined here{}", hint(.near.as_ref()))]
    UnknownNeed {
        /// The release.
        release: String,
        /// What it needs.
        need: String,
        /// What may be meant.
        near: Option<String>,
    },
    /// Releases need each other.
    #[error("releases need each other: {}", path.join(" -> "))]
    NeedsCycle {
        /// The releases in order, the first one last again.
        path: Vec<String>,
    },
    /// What a selected release needs is not selected.
    #[error("release `{release}` needs `{need}`, which the selectors leave out: add --include-needs or --skip-needs")]
    UnselectedNeed {
        /// The release.
        release: String,
        /// What it needs.
        need: String,
    },
    /// A version that is no constraint.
    #[error("version `{version}`: {reason}")]
    WrongVersion {
        /// As written.
        version: String,
        /// Why.
        reason: String,
    },
    /// A source or a chart's name that is none.
    #[error(transparent)]
    Source(source::Error),
    /// A chart of a repository that is not there.
    #[error("chart `{chart}`: there is neither a repository `{repository}` nor such a path{}", hint(.near.as_ref()))]
    UnknownRepository {
        /// The name.
        repository: String,
        /// Whose.
        chart: String,
        /// What may be meant.
        near: Option<String>,
    },
    /// A local chart that is not there.
    #[error("there is no chart at `{}`", .path.display())]
    NoSuchChart {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A local chart whose Chart.yaml is wrong.
    #[error("`{}`: {message}", .path.display())]
    Chart {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Local charts depend on each other.
    #[error("local charts depend on each other: {}", path.join(" -> "))]
    ChartCycle {
        /// Their folders in order, the last one being one of them.
        path: Vec<String>,
    },
    /// A variable that `env` of a release names.
    #[error("the environment variable `{name}` is not set")]
    MissingVariable {
        /// Its name.
        name: String,
    },
}

fn within(table: &str) -> String {
    if table.is_empty() { String::new() } else { format!(" in `{table}`") }
}

fn shown(directory: &std::path::Path) -> String {
    if directory.as_os_str().is_empty() { ".".to_owned() } else { directory.display().to_string() }
}
