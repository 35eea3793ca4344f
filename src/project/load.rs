//! From one state file to its [`State`]: the order of the passes.
//!
//! A file is cut into parts. Each part is rendered (if its name ends in `.gotmpl`) against the values known so far, decoded,
//! laid over its bases, and gives the values that the next part sees. Parts are laid over each other. What is nested in the
//! file is `nested`'s, what its releases say is `assemble`'s.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::decode::{self, Origin};
use super::environment::{self, over, template_error};
use super::layers::{self, Lists};
use super::record::{Entry, Record, Value};
use super::template::{Renderer, environment_data};
use super::{Environment, Error, ErrorKind, Note, Options, Place, StateValue, near, nested, parts, values};
use crate::surroundings::{FileError, Surroundings};
use crate::yaml::{Map, Text};

/// A state file after its parts were laid over each other.
pub(super) struct State {
    pub(super) record: Record,
    pub(super) environment: Environment,
}

/// One loading.
pub(super) struct Loader<'a> {
    options: &'a Options,
    surroundings: &'a Surroundings,
    renderer: Renderer,
    /// The state file's directory: where the paths of its bases begin, too.
    directory: PathBuf,
    pub(super) notes: Vec<Note>,
    /// What the file's parts have defined so far.
    pub(super) environments: Vec<String>,
}

/// The environment that the command line makes, whose paths begin at `directory`; `None` if it sets nothing.
pub(super) fn command_line(options: &Options, directory: &Path, renderer: &Renderer) -> Result<Option<Environment>, Error> {
    if options.state_values.is_empty() && options.state_values_files.is_empty() {
        return Ok(None);
    }
    let refuse = |message| Error::new(ErrorKind::StateValues { message }, None);
    // helmfile lays all typed assignments over all verbatim ones.
    let (mut texts, mut typed) = (Map::new(), Map::new());
    for option in &options.state_values {
        match option {
            StateValue::Text(option) => values::set_text(&mut texts, option).map_err(refuse)?,
            StateValue::Typed(option) => values::set_typed(&mut typed, option).map_err(refuse)?,
        }
    }
    let mut environment = Environment::named(&options.environment);
    environment.overrides = Arc::new(values::merge(&texts, &typed, values::Lists::Sparse));
    let place = nested::flag("--state-values-file");
    let entry = |path: &String| Entry { place: place.clone(), value: path.as_str().into() };
    let entries: Vec<_> = options.state_values_files.iter().map(entry).collect();
    let context = Environment::named(&options.environment);
    let list =
        environment::List { entries: &entries, missing_file_handler: None, earlier_wins: false, context: &context, directory };
    environment.values = Arc::new(list.load(renderer)?);
    Ok(Some(environment))
}

/// What a file is to the project.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    State,
    Base,
}

impl<'a> Loader<'a> {
    pub(super) fn new(options: &'a Options, surroundings: &'a Surroundings, renderer: Renderer, directory: PathBuf) -> Self {
        Self { options, surroundings, renderer, directory, notes: Vec::new(), environments: Vec::new() }
    }

    /// Reads a state file: `inherited` is what a parent hands down, `overrides` what is set from outside.
    pub(super) fn state(
        &mut self,
        path: &Path,
        inherited: Option<&Environment>,
        overrides: Option<&Environment>,
    ) -> Result<State, Error> {
        self.file(path, inherited, overrides, Role::State)
    }

    /// Reads one file (`desiredStateLoader.load`): `inherited` is what came before it, `overrides` the command line's.
    fn file(
        &mut self,
        path: &Path,
        inherited: Option<&Environment>,
        overrides: Option<&Environment>,
        role: Role,
    ) -> Result<State, Error> {
        let file: Arc<Path> = path.into();
        let text = self.text(path)?;
        parts::check(&text)
            .map_err(|(kind, line)| Error::new(kind, Some(Place { file: file.clone(), line, rendered: false })))?;
        let is_template = self.options.render_plain_files || path.extension().is_some_and(|extension| extension == "gotmpl");
        let mut environment = inherited.cloned();
        let mut laid: Option<Record> = None;
        let mut rendered_lines = 0;
        for part in parts::split(&text) {
            let before = over(environment.as_ref(), overrides);
            let mut origin = Origin { file: file.clone(), lines_before: part.lines_before, rendered: is_template };
            let bytes = if is_template {
                origin.lines_before = rendered_lines;
                let bytes = self.render(&part, path, before.as_ref())?;
                rendered_lines += memchr::memchr_iter(b'\n', &bytes).count() + 2;
                bytes
            } else {
                part.text.as_bytes().to_vec()
            };
            let state = self.part(&bytes, &origin, before.as_ref(), role)?;
            let record = match laid.take() {
                None => state.record,
                Some(mut below) => {
                    layers::lay(&mut below, state.record, Lists::Replace);
                    below
                }
            };
            environment = Some(state.environment);
            if role == Role::State {
                self.environments = record.named("environments").into_iter().flatten().map(|(name, _)| name.clone()).collect();
                self.check_environment(&record, environment.as_ref())?;
            }
            laid = Some(record);
        }
        let record = laid.unwrap_or_else(|| Record::new(Place { file, line: 1, rendered: is_template }));
        let environment = environment.unwrap_or_else(|| Environment::named(&self.options.environment));
        let is_given = inherited.is_some() || overrides.is_some();
        let defines_none = record.named("environments").is_none_or(std::collections::BTreeMap::is_empty);
        if role == Role::State && defines_none && !is_given && environment.name != DEFAULT {
            return Err(undefined(&environment.name, &record));
        }
        Ok(State { record, environment })
    }

    fn text(&self, path: &Path) -> Result<String, Error> {
        let bytes = self.surroundings.read(path).map_err(|error| match error {
            FileError::NotFound(path) => Error::new(ErrorKind::NoStateFile { searched: path }, None),
            error @ FileError::Unreadable { .. } => Error::new(ErrorKind::File(error), None),
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::new(ErrorKind::NotText, Some(Place { file: path.into(), line: 1, rendered: false })))?;
        Ok(text.replace("\r\n", "\n"))
    }

    fn render(&self, part: &parts::Part<'_>, path: &Path, before: Option<&Environment>) -> Result<Vec<u8>, Error> {
        let environment = before.cloned().unwrap_or_else(|| Environment::named(&self.options.environment));
        let namespace = self.options.namespace.as_deref().unwrap_or_default();
        let data = environment_data(&environment, namespace, &Arc::new(environment.merged()));
        let name = path.to_string_lossy();
        self.renderer.render(&Text::from(part.text), &name, &self.directory, data).map_err(|failure| {
            let lines_before = if failure.template == name { part.lines_before } else { 0 };
            let origin = Origin { file: path.into(), lines_before: part.lines_before, rendered: false };
            template_error(failure, lines_before).within(part.text.as_bytes(), &origin)
        })
    }

    /// Decodes one part and lays it over its bases (`StateCreator.ParseAndLoad`).
    fn part(&mut self, text: &[u8], origin: &Origin, before: Option<&Environment>, role: Role) -> Result<State, Error> {
        let decoded = decode::state(text, origin)?;
        self.notes.extend(decoded.notes);
        let mut record = Record::new(origin.place(1));
        for document in decoded.documents {
            layers::lay(&mut record, document, Lists::Append);
        }
        let bases = record.texts("bases").to_vec();
        if !bases.is_empty() {
            if role == Role::Base {
                return Err(Error::new(ErrorKind::NestedBases, Some(record.place_of("bases").clone())));
            }
            record = self.over_bases(record, &bases, before)?;
        }
        let name = &self.options.environment;
        let environment = environment::of_state(&record, before, name, &self.directory, &self.renderer)?;
        Ok(State { record, environment })
    }

    fn over_bases(&mut self, record: Record, bases: &[String], before: Option<&Environment>) -> Result<Record, Error> {
        let place = record.place_of("bases").clone();
        let mut layers = Vec::new();
        for base in bases {
            let path = super::files::located(self.surroundings, &self.directory, base, &place)?;
            let state = self.file(&path, before, None, Role::Base).map_err(|error| match *error.kind {
                ErrorKind::NoStateFile { searched } => {
                    Error::new(ErrorKind::File(FileError::NotFound(searched)), Some(place.clone()))
                }
                _ => error,
            })?;
            layers.push(state.record);
        }
        layers.push(record);
        let mut layers = layers.into_iter();
        let mut laid = layers.next().expect("the state itself is the last layer");
        for mut layer in layers {
            let mut environments = laid.named("environments").cloned().unwrap_or_default();
            if let Some(field) = layer.fields.remove("environments") {
                if let Value::Named(above) = &field.value {
                    layers::lay_environments(&mut environments, above);
                }
                laid.fields.insert("environments", super::record::Field { value: Value::Named(environments), ..field });
            }
            layers::lay(&mut laid, layer, Lists::Append);
        }
        Ok(laid)
    }

    /// helmfile looks after every part, so that a later part cannot define what an earlier one lacks.
    fn check_environment(&self, record: &Record, environment: Option<&Environment>) -> Result<(), Error> {
        let name = environment.map_or(self.options.environment.as_str(), |environment| &environment.name);
        let environments = record.named("environments").filter(|environments| !environments.is_empty());
        match environments {
            Some(environments) if name != DEFAULT && !environments.contains_key(name) => Err(undefined(name, record)),
            _ => Ok(()),
        }
    }
}

/// The environment that need not be defined.
pub(super) const DEFAULT: &str = "default";

/// The names of the environments that a state defines, and `default`.
fn defined(record: &Record) -> Vec<String> {
    let mut names: Vec<_> = record.named("environments").into_iter().flatten().map(|(name, _)| name.clone()).collect();
    names.push(DEFAULT.to_owned());
    names.sort();
    names.dedup();
    names
}

fn undefined(name: &str, record: &Record) -> Error {
    let defined = defined(record);
    let near = near::nearest(name, defined.iter().map(String::as_str));
    Error::new(ErrorKind::UndefinedEnvironment { name: name.to_owned(), near, defined }, None)
}
