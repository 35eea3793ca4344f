//! Runs the project's own templates: state files, values files, and what releases say about themselves.
//!
//! Each text is a template set of its own, over the `_*.tpl` helpers of its directory, with `missingkey=error` and the
//! functions of [`super::functions`]. What a text may see is built here, too.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::{Environment, Missing, MissingFile, Place, Release, files, functions, values};
use crate::functions::moment_of_yaml;
use crate::gotemplate::{
    Engine, FunctionError, Functions, Language, List, Map, MapKind, MissingKey, Object, Run, Set, Template, Trees, Value,
};
use crate::surroundings::{Program, ProgramError, Surroundings};
use crate::yaml::{self, Text};

/// `tpl` inside `tpl`: each level is a run of its own, so the engine cannot count them.
const DEEPEST_TPL: usize = 100;

/// The function table of all templates of projects.
static FUNCTIONS: LazyLock<Functions> = LazyLock::new(functions::table);

/// What all templates of one loading share.
#[derive(Clone)]
pub(super) struct Renderer {
    pub(super) surroundings: Surroundings,
    trees: Arc<Trees>,
    /// The helpers of each directory that was asked for, in these surroundings.
    helpers: Arc<Mutex<BTreeMap<PathBuf, Arc<Set>>>>,
    /// Files that loading has not found and need not.
    missing: Arc<Mutex<BTreeSet<Missing>>>,
}

/// Why a text was not rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The text that failed: the one that was given, or a helper.
    pub(super) template: String,
    /// The line in it.
    pub(super) line: usize,
    pub(super) message: String,
}

/// What the functions need beside their arguments.
pub(super) struct Host {
    pub(super) renderer: Renderer,
    /// Where relative paths begin.
    pub(super) directory: PathBuf,
    /// The text's name, for messages.
    name: Text,
    helpers: Arc<Set>,
    missing_key: MissingKey,
    depth: Cell<usize>,
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renderer").finish_non_exhaustive()
    }
}

impl Renderer {
    pub(super) fn new(surroundings: &Surroundings) -> Self {
        Self {
            surroundings: surroundings.clone(),
            trees: Arc::new(Trees::new()),
            helpers: Arc::default(),
            missing: Arc::default(),
        }
    }

    /// This renderer in other surroundings.
    pub(super) fn seeing(&self, surroundings: &Surroundings) -> Self {
        let same_files = Arc::ptr_eq(&self.surroundings.files, &surroundings.files);
        let helpers = if same_files { self.helpers.clone() } else { Arc::default() };
        Self { surroundings: surroundings.clone(), helpers, ..self.clone() }
    }

    /// This renderer where no program is run.
    pub(super) fn without_programs(&self) -> Self {
        let run = |program: &Program| Err(ProgramError::Refused { program: program.name.clone() });
        self.seeing(&Surroundings { run: Arc::new(run), ..self.surroundings.clone() })
    }

    /// Keeps in mind that a file is missing and may be.
    pub(super) fn missing(&self, path: String, handler: MissingFile, place: &Place) {
        let missing = Missing { place: place.clone(), path, handler };
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(missing);
    }

    /// What is missing so far, once.
    pub(super) fn take_missing(&self) -> Vec<Missing> {
        std::mem::take(&mut *self.missing.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }

    /// Renders a text that is called `name` in messages and whose paths begin at `directory`.
    pub(super) fn render(&self, text: &Text, name: &str, directory: &Path, data: Value) -> Result<Vec<u8>, Failure> {
        if memchr::memmem::find(text, b"{{").is_none() {
            return Ok(text.to_vec());
        }
        let helpers = self.helpers(directory)?;
        self.host(name, directory, helpers, MissingKey::Error).begin(text, data)
    }

    /// Renders a text that sees no helpers, and to which a missing key is no error.
    pub(super) fn render_alone(&self, text: &Text, name: &str, directory: &Path, data: Value) -> Result<Vec<u8>, Failure> {
        self.host(name, directory, Arc::new(Set::new(name)), MissingKey::Default).begin(text, data)
    }

    fn host(&self, name: &str, directory: &Path, helpers: Arc<Set>, missing_key: MissingKey) -> Rc<Host> {
        let (name, directory) = (Text::from(name), directory.to_owned());
        Rc::new(Host { renderer: self.clone(), directory, name, helpers, missing_key, depth: Cell::new(0) })
    }

    /// Renders a text that has no functions but Go's own.
    pub(super) fn render_plainly(&self, text: &Text, data: Value) -> Result<Vec<u8>, String> {
        let name = Text::from("output-dir");
        let functions = Functions::default();
        let tree = self.trees.parse(&name, text, &functions, &LANGUAGE).map_err(|error| error.message)?;
        let mut set = Set::new("output-dir");
        set.add(&name, &tree);
        let entropy = self.surroundings.entropy.clone();
        let run = Run::new(self.surroundings.clock.clone(), Box::new(move |bytes| entropy(bytes)), Rc::new(()));
        let trees = &self.trees;
        let engine = Engine { functions: &functions, language: LANGUAGE, missing_key: MissingKey::Default, run: &run, trees };
        let mut out = Vec::new();
        match engine.execute(&Arc::new(set), &Arc::new(Template::of(&name, &tree)), data, &mut out) {
            Ok(()) => Ok(out),
            Err(error) => Err(failure(&name, error.into()).message),
        }
    }

    fn helpers(&self, directory: &Path) -> Result<Arc<Set>, Failure> {
        let known = self.helpers.lock().unwrap_or_else(PoisonError::into_inner).get(directory).cloned();
        if let Some(helpers) = known {
            return Ok(helpers);
        }
        let mut set = Set::new("stringTemplate");
        for path in files::glob(&self.surroundings, &directory.join("_*.tpl")) {
            let name = Text::from(path.to_string_lossy().as_ref());
            let refuse = |line, message| Failure { template: name.to_string(), line, message };
            let text = self.surroundings.read(&path).map_err(|error| refuse(0, error.to_string()))?;
            let tree = self.trees.parse(&name, &Text::from(text), &FUNCTIONS, &LANGUAGE);
            set.add(&name, &tree.map_err(|error| refuse(error.line, error.message))?);
        }
        let helpers = Arc::new(set);
        self.helpers.lock().unwrap_or_else(PoisonError::into_inner).insert(directory.to_owned(), helpers.clone());
        Ok(helpers)
    }
}

/// helmfile 1.8 is built with a Go that has all of the language.
const LANGUAGE: Language = Language::GO_1_27;

impl Host {
    fn begin(self: &Rc<Self>, text: &Text, data: Value) -> Result<Vec<u8>, Failure> {
        self.run(&self.name, text, data).map_err(|error| failure(&self.name, error))
    }

    fn run(self: &Rc<Self>, name: &Text, text: &Text, data: Value) -> Result<Vec<u8>, FunctionError> {
        let renderer = &self.renderer;
        let tree = renderer.trees.parse(name, text, &FUNCTIONS, &LANGUAGE)?;
        let mut set = Set::layer(&self.helpers);
        set.add(name, &tree);
        let entropy = renderer.surroundings.entropy.clone();
        let host = Rc::new(self.clone());
        let run = Run::new(renderer.surroundings.clock.clone(), Box::new(move |bytes| entropy(bytes)), host);
        let trees = &renderer.trees;
        let engine = Engine { functions: &FUNCTIONS, language: LANGUAGE, missing_key: self.missing_key, run: &run, trees };
        let mut out = Vec::new();
        engine.execute(&Arc::new(set), &Arc::new(Template::of(name, &tree)), data, &mut out)?;
        Ok(out)
    }

    /// helmfile's `tpl`: the text sees the helpers, but not what the calling text defines.
    pub(super) fn tpl(self: &Rc<Self>, text: &Text, data: Value) -> Result<Text, FunctionError> {
        if self.depth.get() >= DEEPEST_TPL {
            return Err(format!("`tpl` is inside itself {DEEPEST_TPL} times").into());
        }
        self.depth.set(self.depth.get() + 1);
        let result = self.run(&Text::from("stringTemplate"), text, data);
        self.depth.set(self.depth.get() - 1);
        Ok(result?.into())
    }

    /// The text that runs, for whoever asks who wants a program.
    pub(super) fn asked_by(&self) -> String {
        self.name.to_string()
    }
}

fn failure(name: &Text, error: FunctionError) -> Failure {
    match error {
        FunctionError::Nested(error) => {
            let message = format!("at <{}>: {}", error.node, error.message());
            Failure { template: error.template.to_string(), line: error.line, message }
        }
        FunctionError::Parse(error) => Failure { template: error.template.to_string(), line: error.line, message: error.message },
        other => Failure { template: name.to_string(), line: 0, message: other.to_string() },
    }
}

/// A Go struct that only has fields.
struct Fields {
    name: &'static str,
    kind: &'static str,
    entries: Vec<(&'static str, Value)>,
}

impl Object for Fields {
    fn type_name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> &'static str {
        self.kind
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.entries.clone()
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        let plain = self.entries.iter().map(|(name, value)| Ok((Text::from(*name), value.to_plain()?)));
        Ok(yaml::Value::Map(Arc::new(plain.collect::<Result<_, String>>()?)))
    }
}

pub(super) fn object(name: &'static str, kind: &'static str, fields: Vec<(&'static str, Value)>) -> Value {
    Value::Object(Rc::new(Fields { name, kind, entries: fields }))
}

pub(super) fn environment_fields(environment: &Environment, values: &Arc<yaml::Map>) -> Value {
    let fields = vec![
        ("Name", Value::text(environment.name.as_str())),
        ("KubeContext", Value::text(environment.kube_context.as_str())),
        ("Values", Value::Map(seen_map(values))),
        ("Defaults", Value::Map(seen_map(&environment.defaults))),
        ("CLIOverrides", Value::Map(seen_map(&environment.overrides))),
    ];
    object("environment.Environment", "struct", fields)
}

/// Values as templates see them. Data without times stays as it is, shared until it is touched.
pub(super) fn seen_map(map: &Arc<yaml::Map>) -> Map {
    if map.values().any(has_times) {
        Map::from_entries(map.iter().map(|(key, value)| (key.clone(), seen(value))).collect())
    } else {
        Map::frozen(map.clone())
    }
}

/// The same for any value: go-yaml v3 makes a `time.Time` of what looks like one.
pub(super) fn seen(value: &yaml::Value) -> Value {
    match value {
        yaml::Value::Time(text) => moment_of_yaml(text).unwrap_or_else(|| Value::String((**text).clone())),
        yaml::Value::List(items) if has_times(value) => Value::List(List::new(items.iter().map(seen).collect())),
        yaml::Value::Map(map) => Value::Map(seen_map(map)),
        other => Value::from_plain(other),
    }
}

fn has_times(value: &yaml::Value) -> bool {
    match value {
        yaml::Value::Time(_) => true,
        yaml::Value::List(items) => items.iter().any(has_times),
        yaml::Value::Map(map) => map.values().any(has_times),
        _ => false,
    }
}

/// What state files and environment values files see (`state.EnvironmentTemplateData`).
pub(super) fn environment_data(environment: &Environment, namespace: &str, values: &Arc<yaml::Map>) -> Value {
    // `.Environment.Values` has the command line's values, but not the defaults.
    let own = values::merge(&environment.values, &environment.overrides, values::Lists::ByItem);
    let values = Value::Map(seen_map(values));
    let fields = vec![
        ("Environment", environment_fields(environment, &Arc::new(own))),
        ("Namespace", Value::text(namespace)),
        ("Values", values.clone()),
        ("StateValues", values),
    ];
    object("*state.EnvironmentTemplateData", "ptr", fields)
}

/// Labels as Go's `map[string]string`.
pub(super) fn labels(labels: &BTreeMap<String, String>) -> Value {
    let labels = labels.iter().map(|(key, value)| (Text::from(key.as_str()), Value::text(value.as_str())));
    Value::Map(Map::typed(labels.collect(), MapKind::Strings))
}

/// What a release's templates see of the release.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ReleaseFacts {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) chart: String,
    pub(super) chart_version: String,
    pub(super) kube_context: String,
}

impl ReleaseFacts {
    /// Those of a release whose chart has this version.
    pub(super) fn of(release: &Release, chart_version: &str) -> Self {
        Self {
            name: release.name.clone(),
            namespace: release.namespace.clone(),
            labels: release.labels.clone(),
            chart: release.chart.clone(),
            chart_version: chart_version.to_owned(),
            kube_context: release.kube_context.clone(),
        }
    }
}

/// What the state file or the command line sets for all releases.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Overrides {
    pub(super) namespace: String,
    pub(super) kube_context: String,
    pub(super) chart: String,
}

/// What release expressions and values files of a release see (`state.releaseTemplateData`).
pub(super) fn release_data(
    release: &ReleaseFacts,
    overrides: &Overrides,
    environment: &Environment,
    values: &Arc<yaml::Map>,
) -> Value {
    let own = vec![
        ("Name", Value::text(release.name.as_str())),
        ("Namespace", Value::text(release.namespace.as_str())),
        ("Labels", labels(&release.labels)),
        ("Chart", Value::text(release.chart.as_str())),
        ("ChartVersion", Value::text(release.chart_version.as_str())),
        ("KubeContext", Value::text(release.kube_context.as_str())),
    ];
    let values = Value::Map(seen_map(values));
    let fields = vec![
        ("Environment", environment_fields(environment, &environment.values)),
        ("Release", object("state.releaseTemplateDataRelease", "struct", own)),
        ("Values", values.clone()),
        ("StateValues", values),
        ("KubeContext", Value::text(overrides.kube_context.as_str())),
        ("Namespace", Value::text(overrides.namespace.as_str())),
        ("Chart", Value::text(overrides.chart.as_str())),
    ];
    object("state.releaseTemplateData", "struct", fields)
}
