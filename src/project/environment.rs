//! The values of one environment: which files they come from, and how they lie over what came before.

use std::path::Path;
use std::sync::Arc;

use super::decode::{Origin, yaml_error};
use super::record::{Entry, Record};
use super::secrets::decrypted;
use super::template::{Failure, Renderer, environment_data};
use super::values::{self, Lists};
use super::{Environment, Error, ErrorKind, Place, files};
use crate::yaml::{self, Map, Rules, Text};

impl Environment {
    /// An environment without values.
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// This environment under `above`: helmfile's `Environment.Merge`.
    pub(super) fn under(&self, above: &Self) -> Self {
        let pick = |below: &String, above: &String| if above.is_empty() { below.clone() } else { above.clone() };
        Self {
            name: pick(&self.name, &above.name),
            kube_context: pick(&self.kube_context, &above.kube_context),
            defaults: Arc::new(values::merge(&self.defaults, &above.defaults, Lists::Sparse)),
            values: Arc::new(values::merge(&self.values, &above.values, Lists::Sparse)),
            overrides: Arc::new(values::merge(&self.overrides, &above.overrides, Lists::ByItem)),
        }
    }

    /// What `.Values` shows: defaults under values under what the command line sets.
    pub fn merged(&self) -> Map {
        let merged = values::merge(&self.defaults, &self.values, Lists::Sparse);
        values::merge(&merged, &self.overrides, Lists::ByItem)
    }
}

/// One of two environments, or one over the other.
pub(super) fn over(below: Option<&Environment>, above: Option<&Environment>) -> Option<Environment> {
    match (below, above) {
        (Some(below), Some(above)) => Some(below.under(above)),
        (one, other) => one.or(other).cloned(),
    }
}

/// A list of value files and inline values, and what its loading depends on.
pub(super) struct List<'a> {
    pub(super) entries: &'a [Entry],
    pub(super) missing_file_handler: Option<&'a str>,
    /// `mergeStrategy: fallback`: the earlier entry wins.
    pub(super) earlier_wins: bool,
    /// What templates in it see.
    pub(super) context: &'a Environment,
    /// Where its paths begin.
    pub(super) directory: &'a Path,
}

impl List<'_> {
    /// Reads all entries in order.
    pub(super) fn load(&self, renderer: &Renderer) -> Result<Map, Error> {
        let mut loaded = Map::new();
        for entry in self.entries {
            match &entry.value {
                yaml::Value::Map(inline) => self.add(&mut loaded, inline),
                yaml::Value::String(path) => {
                    let path = path.to_lossy();
                    let (handler, place) = (self.missing_file_handler, &entry.place);
                    let found = files::find(&renderer.surroundings, self.directory, &path, handler, place)?;
                    if found.is_empty() {
                        renderer.missing(path.to_string(), files::missing_file(handler).unwrap_or_default(), place);
                    }
                    for file in found {
                        let read = self.read(renderer, &file, &loaded, place)?;
                        self.add(&mut loaded, &read);
                    }
                }
                other => {
                    let kind =
                        ErrorKind::WrongType { key: "values[]".to_owned(), wanted: "a path or a mapping", found: found(other) };
                    return Err(Error::new(kind, Some(entry.place.clone())));
                }
            }
        }
        Ok(loaded)
    }

    fn add(&self, loaded: &mut Map, entry: &Map) {
        if self.earlier_wins {
            *loaded = values::merge(entry, loaded, Lists::Sparse);
        } else {
            values::override_with(loaded, entry);
        }
    }

    fn read(&self, renderer: &Renderer, file: &Path, loaded: &Map, asked: &Place) -> Result<Arc<Map>, Error> {
        if file.extension().is_some_and(|extension| extension == "hcl") {
            let what = format!("HCL values (`{}`)", file.display());
            return Err(Error::new(ErrorKind::Unbuilt { what }, Some(asked.clone())));
        }
        let mut seen = self.context.merged();
        if self.earlier_wins {
            let mut earlier = loaded.clone();
            values::override_with(&mut earlier, &seen);
            seen = earlier;
        }
        let data = || environment_data(self.context, "", &Arc::new(seen));
        let text = text_of(renderer, file, data, asked)?;
        mapping(&text.bytes, &text.origin)
    }
}

/// The text of a values file after it was rendered, if it is a template.
pub(super) struct FileText {
    pub(super) bytes: Vec<u8>,
    pub(super) origin: Origin,
}

/// Reads a values file that `asked` names; one that ends in `.gotmpl` is rendered.
pub(super) fn text_of(
    renderer: &Renderer,
    file: &Path,
    data: impl FnOnce() -> crate::gotemplate::Value,
    asked: &Place,
) -> Result<FileText, Error> {
    let bytes = renderer.surroundings.read(file).map_err(|error| Error::new(ErrorKind::File(error), Some(asked.clone())))?;
    let is_template = file.to_string_lossy().ends_with(".gotmpl");
    let origin = Origin { file: file.into(), lines_before: 0, rendered: is_template };
    if !is_template {
        return Ok(FileText { bytes, origin });
    }
    let directory = file.parent().unwrap_or(Path::new(""));
    let template = Text::from(bytes);
    let bytes = renderer
        .render(&template, &file.to_string_lossy(), directory, data())
        .map_err(|failure| template_error(failure, 0).within(&template, &Origin { rendered: false, ..origin.clone() }))?;
    Ok(FileText { bytes, origin })
}

/// A template that failed, with its place in the file that it stands in.
pub(super) fn template_error(failure: Failure, lines_before: usize) -> Error {
    let Failure { template, line, message } = failure;
    let place = Place { file: Path::new(&template).into(), line: lines_before + line.max(1), rendered: false };
    Error::new(ErrorKind::Template { message }, Some(place))
}

/// A values file's mapping; a file that says nothing has none.
pub(super) fn mapping(text: &[u8], origin: &Origin) -> Result<Arc<Map>, Error> {
    match yaml::read(text, &Rules::HELMFILE).map_err(|error| yaml_error(&error, origin).within(text, origin))? {
        yaml::Value::Map(map) => Ok(map),
        yaml::Value::Null => Ok(Arc::default()),
        other => {
            let kind = ErrorKind::WrongType { key: "a values file".to_owned(), wanted: "a mapping", found: found(&other) };
            Err(Error::new(kind, Some(origin.place(1))))
        }
    }
}

pub(super) fn found(value: &yaml::Value) -> String {
    match value {
        yaml::Value::Null => "nothing".to_owned(),
        yaml::Value::List(_) => "a list".to_owned(),
        yaml::Value::Map(_) => "a mapping".to_owned(),
        yaml::Value::String(text) => format!("`{text}`"),
        yaml::Value::Time(text) => format!("`{text}`"),
        yaml::Value::Bool(flag) => format!("`{flag}`"),
        yaml::Value::Int(number) => format!("`{number}`"),
        yaml::Value::Uint(number) => format!("`{number}`"),
        yaml::Value::Float(number) => format!("`{number}`"),
    }
}

/// The environment that a state defines, over the one before it (`loadEnvValues`).
///
/// What came before is the base even for values that the command line's files set: the environment's own values win in the
/// part that loads them (case `state-values-file-loses-in-same-part`).
pub(super) fn of_state(
    state: &Record,
    before: Option<&Environment>,
    name: &str,
    directory: &Path,
    renderer: &Renderer,
) -> Result<Environment, Error> {
    let context = before.cloned().unwrap_or_else(|| Environment::named(name));
    let mut environment = Environment::named(name);
    if let Some(defined) = state.named("environments").and_then(|environments| environments.get(name)) {
        environment.kube_context = defined.text("kubeContext");
        let mut values = defined_values(defined, &context, directory, renderer)?;
        let own = defined.own_text("missingFileHandler").or_else(|| state.own_text("missingFileHandler"));
        for secrets in secrets(defined, own.as_deref(), directory, renderer)? {
            values::override_with(&mut values, &secrets);
        }
        environment.values = Arc::new(values);
    }
    if let Some(before) = before {
        environment = Environment { overrides: before.overrides.clone(), ..before.under(&environment) };
        if !before.name.is_empty() {
            environment.name.clone_from(&before.name);
        }
        if !before.kube_context.is_empty() {
            environment.kube_context.clone_from(&before.kube_context);
        }
    }
    let list =
        List { entries: state.values("values"), missing_file_handler: None, earlier_wins: false, context: &context, directory };
    let defaults = list.load(renderer)?;
    values::override_with(Arc::make_mut(&mut environment.defaults), &defaults);
    Ok(environment)
}

/// The decrypted `secrets` of an environment, in order; they go over its values.
fn secrets(defined: &Record, handler: Option<&str>, directory: &Path, renderer: &Renderer) -> Result<Vec<Arc<Map>>, Error> {
    let place = defined.place_of("secrets");
    let mut secrets = Vec::new();
    for path in defined.texts("secrets") {
        let found = files::find(&renderer.surroundings, directory, path, handler, place)?;
        if found.is_empty() {
            renderer.missing(path.clone(), files::missing_file(handler).unwrap_or_default(), place);
        }
        for file in found {
            if file.extension().is_some_and(|extension| extension == "hcl") {
                let what = format!("HCL values (`{}`)", file.display());
                return Err(Error::new(ErrorKind::Unbuilt { what }, Some(place.clone())));
            }
            let text = decrypted(&renderer.surroundings, &file, place)?;
            secrets.push(mapping(&text, &Origin { file: file.into(), lines_before: 0, rendered: false })?);
        }
    }
    Ok(secrets)
}

fn defined_values(defined: &Record, context: &Environment, directory: &Path, renderer: &Renderer) -> Result<Map, Error> {
    let refuse = |kind, key| Error::new(kind, Some(defined.place_of(key).clone()));
    let strategy = defined.text("mergeStrategy");
    if !matches!(strategy.as_str(), "" | "override" | "fallback") {
        return Err(refuse(ErrorKind::WrongMergeStrategy { name: strategy }, "mergeStrategy"));
    }
    let handler = defined.own_text("missingFileHandler");
    let list = List {
        entries: defined.values("values"),
        missing_file_handler: handler.as_deref(),
        earlier_wins: strategy == "fallback",
        context,
        directory,
    };
    list.load(renderer)
}
