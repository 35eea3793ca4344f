//! helmfile.yaml and all that it names, read as helmfile 1.x reads it: a [`Project`] for one environment.
//!
//! `discover` finds the first state files, `nested` goes from file to file, `load` reads one of them: the text is cut into
//! `parts`, each rendered by `template` and decoded by `decode` against the table of `keys`; `layers` lays parts, bases and
//! templates over each other, `environment` and `values` compute what `.Values` shows. `assemble` makes the project of all:
//! `expressions` renders what releases say about themselves, `select` decides which of them take part and in which order,
//! `requests` tells which charts are wanted. `build` prints all that again, in the `layout` of helmfile's own types.
//! Files, variables and programs are reached through [`Surroundings`] alone; nothing here resolves, fetches or renders a chart.

mod assemble;
mod build;
mod decode;
mod discover;
pub mod edit;
mod environment;
mod error;
mod excerpt;
mod expressions;
mod files;
mod folders;
mod functions;
mod hooks;
mod keys;
mod layers;
mod layout;
mod load;
mod manifests;
mod near;
mod nested;
mod output;
mod parts;
mod post_renderer;
mod record;
mod references;
mod release;
mod requests;
mod secrets;
mod select;
mod template;
#[cfg(test)]
mod tests;
mod values;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::chart;
use crate::request::Request;
use crate::source::{GitReference, Remote};
use crate::surroundings::{self, Surroundings};
use crate::yaml;

pub use build::{Built, Evaluated, Printing};
pub use error::{Error, ErrorKind};
pub use excerpt::excerpt;
pub use folders::{ChartFolder, OutputFile, OutputFolder};
pub use functions::NO_INSECURE_FEATURES;
pub use hooks::{Event, Hook, Moment};
pub use post_renderer::{GivenPostRenderer, PostRenderer};
pub use release::{AdHoc, MissingFile, Release, ReleaseChart, Repository, Set, Tls, ValuesEntry};
pub use written::{WrittenState, WrittenValues};

/// What the command line adds to helmfile.yaml.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// `-e`: the environment; helmfile's own default is `default`.
    pub environment: String,
    /// `-n`: the namespace of all releases.
    pub namespace: Option<String>,
    /// `--kube-context`: the kube context of all releases.
    pub kube_context: Option<String>,
    /// `-c`: the chart of all releases.
    pub chart: Option<String>,
    /// `-l`: selectors, of which a release must match one; none means all releases.
    pub selectors: Vec<String>,
    /// `--state-values-set` and `--state-values-set-string`, in order.
    pub state_values: Vec<StateValue>,
    /// `--state-values-file`, relative to the state file's directory.
    pub state_values_files: Vec<String>,
    /// `--kube-version`, which beats what helmfile.yaml says.
    pub kube_version: Option<String>,
    /// What becomes of releases that a selected release needs.
    pub needs: Needs,
    /// `HELMFILE_RENDER_YAML`: files without `.gotmpl` are templates, too.
    pub render_plain_files: bool,
}

/// One option that sets state values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateValue {
    /// `--state-values-set a.b=1,c=x`: the values get a type.
    Typed(String),
    /// `--state-values-set-string a.b=1`: the values stay strings.
    Text(String),
}

/// What becomes of releases that a selected release needs and the selectors leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Needs {
    /// They are left out (`--skip-needs`, helmfile's default).
    #[default]
    Skip,
    /// It is an error (`--skip-needs=false`).
    Refuse,
    /// They take part (`--include-needs`).
    Include,
    /// They and what they need take part (`--include-transitive-needs`).
    IncludeTransitive,
}

/// A project as one environment sees it: all its state files, those within others first.
#[derive(Clone, Debug)]
pub struct Project {
    /// The environment's name.
    pub environment: String,
    /// The names of all environments that the first state files define, sorted, with `default` among them.
    pub environments: Vec<String>,
    /// Where charts come from, in the order of definition. Two state files may give one name to two of them.
    pub repositories: Vec<Repository>,
    /// All releases in the order of definition, those that take no part too.
    pub releases: Vec<Release>,
    /// Where the lock of the whole project belongs: for a state file by helmfile's rule or by `lockFilePath`.
    pub lockfile: PathBuf,
    /// Where helmfile has further locks, one for each state file of a project that has several.
    pub other_lockfiles: Vec<PathBuf>,
    /// What was accepted without effect, for `-v`.
    pub notes: Vec<Note>,
    /// What was left out, because it is missing and may be.
    pub missing_files: Vec<Missing>,
    /// The selectors of the command line.
    pub selectors: Vec<String>,
    /// Where paths in the lock begin: the directory of the first state file, or of the folder that has several.
    directory: PathBuf,
    states: Vec<assemble::State>,
    renderer: template::Renderer,
    /// The places in `releases`, in the order of output.
    order: Vec<usize>,
}

/// A file that is not there and need not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Who names it.
    pub place: Place,
    /// Its path, or the pattern that nothing fits.
    pub path: String,
    /// How loud that is told.
    pub handler: MissingFile,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: skipping missing `{}`", self.place, self.path)
    }
}

/// An environment: its name and the layers of values that `.Values` shows.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// `kubeContext`, which templates may print.
    pub kube_context: String,
    /// The state file's `values`.
    pub defaults: Arc<yaml::Map>,
    /// The environment's `values` over those that came before.
    pub values: Arc<yaml::Map>,
    /// `--state-values-set`.
    pub overrides: Arc<yaml::Map>,
}

/// A place in a file of the project, for messages.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: Arc<Path>,
    /// The line, from one; in a rendered file a line of the rendered text.
    pub line: usize,
    /// Whether the file is a template, so that the line is not one of its own.
    pub rendered: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            // Not from a file: a flag.
            0 => write!(f, "{}", self.file.display())?,
            line => write!(f, "{}:{line}", self.file.display())?,
        }
        if self.rendered { f.write_str(" (rendered)") } else { Ok(()) }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A key or flag that is accepted without effect here, because it only concerns a cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Where it stands.
    pub place: Place,
    /// The key with its parents: `releases[].wait`.
    pub key: String,
}

/// Values as Helm gets them with one `--values` flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesText {
    /// The file, or the place of inline values: for messages.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Reads a project as `options.environment` sees it: that of the state file `file`, of all state files in the folder `file`,
/// of the one that `surroundings` has under the name `-`, or, without `file`, of what helmfile would find in the working directory.
pub fn load(file: Option<&Path>, options: &Options, surroundings: &Surroundings) -> Result<Project, Error> {
    Ok(load_evaluated(file, options, surroundings)?.project)
}

/// As [`load()`], with what the state files say, for `build`.
pub fn load_evaluated(file: Option<&Path>, options: &Options, surroundings: &Surroundings) -> Result<Evaluated, Error> {
    let root = discover::root(file, surroundings)?;
    let renderer = template::Renderer::new(surroundings);
    let found = nested::load(&root, options, surroundings, &renderer)?;
    assemble::project(root, found, options, surroundings, renderer)
}

/// What helmfile would find in a working directory: a state file, or the folder `helmfile.d`.
pub fn find(working_directory: &Path, surroundings: &Surroundings) -> Result<PathBuf, Error> {
    discover::find(working_directory, surroundings)
}

/// Where a project's paths in the lock begin, and where what belongs to the whole project stands: the directory of its first
/// state file, or the one that has the folder of state files.
pub fn directory(file: Option<&Path>, surroundings: &Surroundings) -> Result<PathBuf, Error> {
    Ok(discover::root(file, surroundings)?.directory)
}

/// Where the lock of a project is, as far as that can be told before the project is read: by helmfile's rule, or by a
/// `lockFilePath` that stands plainly in its first state file.
pub fn lockfile(file: Option<&Path>, surroundings: &Surroundings) -> Result<PathBuf, Error> {
    let root = discover::root(file, surroundings)?;
    Ok(root.lockfile.unwrap_or_else(|| assemble::early_lock_of(&root.files[0], surroundings)))
}

impl Project {
    /// The remote files that releases take their values from, as written.
    pub fn remote_values(&self) -> impl Iterator<Item = &str> {
        let entries = self.releases.iter().flat_map(|release| release.values.iter().chain(&release.secrets));
        entries.filter_map(|entry| match entry {
            ValuesEntry::File { path, .. } if files::is_remote(path) => Some(path.as_str()),
            _ => None,
        })
    }

    /// The releases that take part and are installed, in the order of output: what is needed comes first, else the order of
    /// definition.
    pub fn plan(&self) -> Vec<&Release> {
        let releases = self.order.iter().map(|index| &self.releases[*index]);
        releases.filter(|release| release.selected && release.installed).collect()
    }

    /// The addresses that releases have their charts from, in order. Releases that take no part ask, too.
    pub fn addresses(&self) -> BTreeSet<&Remote> {
        self.releases.iter().flat_map(Release::addresses).collect()
    }

    /// The git folders that releases have as their charts, in order. Releases that take no part ask, too.
    pub fn git_charts(&self) -> BTreeSet<&GitReference> {
        self.releases.iter().flat_map(Release::git_charts).collect()
    }

    /// The folders of all charts beside the project that releases use, at every depth: as seen from its directory, and where they are.
    ///
    /// # Errors
    /// A local chart that cannot be read.
    pub fn local_charts(&self, surroundings: &Surroundings) -> Result<BTreeMap<PathBuf, PathBuf>, Error> {
        requests::local_charts(self, surroundings)
    }

    /// What all releases ask for, and what local charts do, in order. Releases that take no part ask, too.
    pub fn requests(&self, surroundings: &Surroundings) -> Result<Vec<Request>, Error> {
        requests::all(self, surroundings)
    }

    /// What `helm template` gets with `--values` for a release, in order. `.Release.ChartVersion` is `chart_version`, the
    /// locked version.
    pub fn values_text(
        &self,
        release: &Release,
        chart_version: &str,
        surroundings: &Surroundings,
    ) -> Result<Vec<ValuesText>, Error> {
        output::values_text(self, release, chart_version, surroundings)
    }

    /// The files of a release's folder of plain manifests, with those beside them that its templates make.
    pub fn manifests(
        &self,
        release: &Release,
        files: Vec<chart::File>,
        surroundings: &Surroundings,
    ) -> Result<Vec<chart::File>, Error> {
        manifests::manifests(self, release, files, surroundings)
    }

    /// The entries of a release's `values` and `secrets` as they could stand in files: templates are rendered, references stay,
    /// what is encrypted stays so.
    pub fn written_values(
        &self,
        release: &Release,
        chart_version: &str,
        surroundings: &Surroundings,
    ) -> Result<Vec<WrittenValues>, Error> {
        output::written_values(self, release, chart_version, surroundings)
    }

    /// The state files that have releases, in the order of output.
    pub fn written_states(&self) -> Vec<WrittenState<'_>> {
        written::states(self)
    }

    /// [`Release::set`] with its references to secrets resolved.
    pub fn set_arguments(&self, release: &Release, surroundings: &Surroundings) -> Result<Vec<Set>, Error> {
        output::set_arguments(self, release, surroundings)
    }

    /// The values files of a release that are missing and may be.
    pub fn missing_files_of(&self, release: &Release, surroundings: &Surroundings) -> Vec<Missing> {
        output::missing_files(self, release, surroundings)
    }

    /// The lock that helmfile has for a release's state file, if that is not the whole project's.
    pub fn own_lock_of(&self, release: &Release) -> Option<&Path> {
        Some(self.states[release.state].lock.as_path()).filter(|lock| *lock != self.lockfile)
    }

    /// Where the output of a release belongs, if it is written to files.
    pub fn output_folder(&self, release: &Release, wanted: &OutputFolder) -> Result<PathBuf, Error> {
        folders::output_folder(self, release, wanted)
    }

    /// Where `fetch` puts the chart of a release, seen from the release's state file.
    pub fn chart_folder(&self, release: &Release, wanted: &ChartFolder) -> Result<String, Error> {
        folders::chart_folder(self, release, wanted)
    }

    /// Where `write-values` puts the values of a release.
    pub fn output_file(&self, release: &Release, wanted: &OutputFile) -> Result<PathBuf, Error> {
        folders::output_file(self, release, wanted)
    }

    /// All values files of a release and `more`, merged as helmfile merges them and not as Helm does.
    pub fn merged_values(
        &self,
        release: &Release,
        chart_version: &str,
        more: Vec<ValuesText>,
        surroundings: &Surroundings,
    ) -> Result<String, Error> {
        output::merged_values(self, release, chart_version, more, surroundings)
    }

    /// What in the project is not handled, each once, in the order of files and lines: it stands in the way of rendering.
    pub fn unhandled(&self) -> Vec<Error> {
        assemble::unhandled(self)
    }

    /// A path of the command line as helmfile takes it for a release: mostly from the state file's directory.
    pub fn resolve_path(&self, release: &Release, path: &str) -> PathBuf {
        surroundings::clean(&self.states[release.state].paths_from.join(path))
    }

    /// `helmDefaults.args`, and `helmDefaults.templateArgs` or what is in their place: flags that every call of helm for a
    /// release gets.
    pub fn helm_arguments(&self, release: &Release, template_arguments: &[String]) -> Vec<String> {
        let state = &self.states[release.state];
        [state.helm_arguments.clone(), self.template_arguments(release, template_arguments)].concat()
    }

    /// `helmDefaults.templateArgs`, or what is in their place.
    pub fn template_arguments(&self, release: &Release, given: &[String]) -> Vec<String> {
        if given.is_empty() { self.states[release.state].template_arguments.clone() } else { given.to_vec() }
    }
}
