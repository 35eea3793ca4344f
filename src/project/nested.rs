//! From a project's first state files to all of them: nested `helmfiles`, and what a parent hands down to each.
//!
//! What is nested comes before the state that names it, as in helmfile's output. How one file is read is `load`'s.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::discover::{self, Root, directory_of};
use super::environment::List;
use super::load::{self, Loader};
use super::record::Record;
use super::select::Selector;
use super::template::Renderer;
use super::{Environment, Error, ErrorKind, MissingFile, Note, Options, Place, files, layers, near};
use crate::surroundings::Surroundings;

/// State files within state files. helmfile has no bound and does not end where a file names itself.
const DEEPEST: usize = 32;

/// State files of one project: what names itself twice would grow without end, however flat.
const MOST: usize = 10_000;

/// What `inherits` may name.
const INHERITABLE: [&str; 7] =
    ["repositories", "helmDefaults", "commonLabels", "apiVersions", "kubeVersion", "templates", "environments"];

/// A state file that takes part, read, with what its parent handed down.
pub(super) struct State {
    pub(super) path: PathBuf,
    pub(super) record: Record,
    pub(super) environment: Environment,
    pub(super) selectors: Vec<String>,
    /// Where paths of the command line begin.
    pub(super) paths_from: PathBuf,
}

/// All state files of a project, in the order of output.
pub(super) struct Found {
    pub(super) states: Vec<State>,
    /// The environments that the first files define, sorted.
    pub(super) environments: Vec<String>,
    pub(super) notes: Vec<Note>,
}

/// Reads the state files of `root` and all that are nested in them. A file that does not define the environment takes no part.
pub(super) fn load(root: &Root, options: &Options, surroundings: &Surroundings, renderer: &Renderer) -> Result<Found, Error> {
    let found = Found { states: Vec::new(), environments: Vec::new(), notes: Vec::new() };
    let mut visit = Visit { options, surroundings, renderer, found, undefined: None, path: Vec::new() };
    let done = visit.root(root);
    let Visit { mut found, undefined, .. } = visit;
    found.environments.sort();
    found.environments.dedup();
    match (done, undefined) {
        (Err(error), _) => Err(Error { environments: found.environments, ..error }),
        (Ok(()), Some(error)) if found.states.is_empty() => Err(Error { environments: found.environments, ..error }),
        (Ok(()), _) => Ok(found),
    }
}

/// What a parent, or the command line, hands down to a state file.
struct Handed {
    selectors: Vec<String>,
    overrides: Option<Environment>,
    environment: Option<Environment>,
    /// The parent's fields that `inherits` names.
    fields: Option<Record>,
    paths_from: PathBuf,
}

struct Visit<'a> {
    options: &'a Options,
    surroundings: &'a Surroundings,
    renderer: &'a Renderer,
    found: Found,
    /// Why the first file that takes no part does not.
    undefined: Option<Error>,
    /// From the first file to the one that is being read.
    path: Vec<PathBuf>,
}

impl Visit<'_> {
    fn root(&mut self, root: &Root) -> Result<(), Error> {
        for file in &root.files {
            let paths_from = paths_from(file, root.files.len());
            let overrides = load::command_line(self.options, &paths_from, self.renderer)?;
            let selectors = self.options.selectors.clone();
            self.file(file, Handed { selectors, overrides, environment: None, fields: None, paths_from })?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, handed: Handed) -> Result<(), Error> {
        let mut loader = Loader::new(self.options, self.surroundings, self.renderer.clone(), directory_of(path));
        let read = loader.state(path, handed.environment.as_ref(), handed.overrides.as_ref());
        self.found.notes.append(&mut loader.notes);
        if self.path.is_empty() {
            self.found.environments.append(&mut loader.environments);
        }
        let (mut record, environment) = match read {
            Ok(state) => (state.record, state.environment),
            Err(error) if error.is_undefined_environment() => {
                self.undefined.get_or_insert(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if let Some(fields) = &handed.fields {
            layers::lay_under(&mut record, fields);
        }
        let Handed { selectors, paths_from, .. } = handed;
        let state = State { path: path.to_owned(), record, environment, selectors, paths_from };
        self.path.push(path.to_owned());
        for entry in state.record.records("helmfiles") {
            self.nested(entry, &state)?;
        }
        self.path.pop();
        self.found.states.push(state);
        Ok(())
    }

    /// One entry of `helmfiles`.
    fn nested(&mut self, entry: &Record, parent: &State) -> Result<(), Error> {
        check(entry)?;
        let own = entry.value("selectors").map(|_| entry.texts("selectors"));
        if self.is_out_of_question(own.unwrap_or_default())? {
            return Ok(());
        }
        for file in self.files_of(entry, parent)? {
            let files =
                if self.surroundings.is_directory(&file) { discover::in_folder(&file, self.surroundings)? } else { vec![file] };
            for file in &files {
                if self.path.len() >= DEEPEST || self.found.states.len() >= MOST {
                    let path = self.path.iter().chain([file]).map(|path| path.display().to_string()).collect();
                    return Err(Error::new(ErrorKind::StateCycle { path }, Some(entry.place.clone())));
                }
                let handed = self.handed(entry, own, parent, paths_from(file, files.len()))?;
                self.file(file, handed)?;
            }
        }
        Ok(())
    }

    /// The paths that an entry names; none if they are missing and may be.
    fn files_of(&self, entry: &Record, parent: &State) -> Result<Vec<PathBuf>, Error> {
        let path = entry.text("path");
        let directory = directory_of(&parent.path);
        let found = files::glob(self.surroundings, &files::located(self.surroundings, &directory, &path, &entry.place)?);
        if !found.is_empty() {
            return Ok(found);
        }
        let handler = parent.record.own_text("missingFileHandler");
        if handler.as_deref().unwrap_or("Error") == "Error" {
            return Err(Error::new(ErrorKind::MissingFile { path, directory }, Some(entry.place.clone())));
        }
        // helmfile warns, whatever the handler says.
        self.renderer.missing(path, MissingFile::Warn, &entry.place);
        Ok(Vec::new())
    }

    fn handed(&self, entry: &Record, own: Option<&[String]>, parent: &State, paths_from: PathBuf) -> Result<Handed, Error> {
        let selectors = match own {
            _ if entry.flag("selectorsInherited") == Some(true) => parent.selectors.clone(),
            None if !self.selectors_are_explicit() => parent.selectors.clone(),
            own => own.unwrap_or_default().to_vec(),
        };
        let mut overrides = None;
        let values = entry.values("values");
        if !values.is_empty() {
            let mut environment = Environment::named(&self.options.environment);
            let context = environment.clone();
            let directory = directory_of(&parent.path);
            let list = List {
                entries: values,
                missing_file_handler: None,
                earlier_wins: false,
                context: &context,
                directory: &directory,
            };
            environment.values = Arc::new(list.load(self.renderer)?);
            overrides = Some(environment);
        }
        let inherits = entry.texts("inherits");
        let environment = inherits.iter().any(|name| name == "environments").then(|| parent.environment.clone());
        let fields = (!inherits.is_empty()).then(|| inherited(&parent.record, inherits));
        Ok(Handed { selectors, overrides, environment, fields, paths_from })
    }

    fn selectors_are_explicit(&self) -> bool {
        let experiments = self.surroundings.variable("HELMFILE_EXPERIMENTAL").unwrap_or_default();
        experiments == "true" || experiments.contains("explicit-selector-inheritance")
    }

    /// Whether no release can fit both the command line's selectors and the entry's own. Such a file is not even read.
    fn is_out_of_question(&self, own: &[String]) -> Result<bool, Error> {
        let parse = |texts: &[String]| texts.iter().map(|text| Selector::parse(text)).collect::<Result<Vec<_>, _>>();
        let wanted = parse(&self.options.selectors)?;
        let Ok(own) = parse(own) else { return Ok(false) };
        let is_possible = wanted.iter().any(|wanted| own.iter().any(|own| wanted.may_meet(own)));
        Ok(!wanted.is_empty() && !own.is_empty() && !is_possible)
    }
}

/// helmfile goes into the directory of a file that stands alone, and stays where it is for those of a folder.
fn paths_from(file: &Path, files: usize) -> PathBuf {
    if files == 1 { directory_of(file) } else { PathBuf::new() }
}

fn check(entry: &Record) -> Result<(), Error> {
    let refuse = |kind| Err(Error::new(kind, Some(entry.place.clone())));
    let has_path = !entry.text("path").is_empty();
    if let Some(key) = ["selectors", "inherits"].into_iter().find(|key| !has_path && entry.value(key).is_some()) {
        return refuse(ErrorKind::WrongNested { problem: format!("`{key}` without a `path`") });
    }
    if entry.flag("selectorsInherited") == Some(true) && !entry.texts("selectors").is_empty() {
        return refuse(ErrorKind::WrongNested { problem: "`selectorsInherited: true` beside `selectors`".to_owned() });
    }
    if let Some(name) = entry.texts("inherits").iter().find(|name| !INHERITABLE.contains(&name.as_str())) {
        let near = near::nearest(name, INHERITABLE);
        let hint =
            near.map_or_else(|| format!("; it may be {}", INHERITABLE.join(", ")), |near| format!("; did you mean `{near}`?"));
        return refuse(ErrorKind::WrongNested { problem: format!("nothing called `{name}` can be inherited{hint}") });
    }
    Ok(())
}

/// The fields of a parent that `inherits` names; the environment is handed down on its own.
fn inherited(parent: &Record, inherits: &[String]) -> Record {
    let mut fields = Record::new(parent.place.clone());
    for (key, field) in &parent.fields {
        if *key != "environments" && inherits.iter().any(|name| name == key) {
            fields.fields.insert(key, field.detached());
        }
    }
    fields
}

/// A place on the command line.
pub(super) fn flag(name: &str) -> Place {
    Place { file: Path::new(name).into(), line: 0, rendered: false }
}
