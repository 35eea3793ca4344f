//! `build`: a state as helmfile prints it after everything in it was evaluated, so that it can be read again.
//!
//! This is Go's printing of its structs: the order and the omissions of `layout`, the YAML of go-yaml v3.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::decode::{Origin, is_empty};
use super::environment::mapping;
use super::keys::{self, Shape, Table};
use super::layout::Layout;
use super::output::Entries;
use super::record::{Entry, Record, Scalar, Value};
use super::template::ReleaseFacts;
use super::{Error, ErrorKind, Project, Release, ReleaseChart, ValuesEntry, select};
use crate::surroundings::{Surroundings, clean};
use crate::yaml::{self, Ordered, Style};

/// A project with what its state files say after everything in them was evaluated, for printing.
#[derive(Debug)]
pub struct Evaluated {
    /// The project.
    pub project: Project,
    pub(super) states: Vec<EvaluatedState>,
}

/// A state file's record, and those of its releases with their templates, expressions and defaults applied.
#[derive(Debug)]
pub(super) struct EvaluatedState {
    pub(super) record: Record,
    pub(super) releases: Vec<Record>,
}

/// What printing depends on besides the project.
pub struct Printing<'a> {
    /// Values files stand as what they say, not as paths.
    pub embeds_values: bool,
    /// `--helm-binary`.
    pub helm_binary: Option<&'a str>,
    /// `--kustomize-binary`.
    pub kustomize_binary: Option<&'a str>,
    /// The locked version of a release's chart.
    pub version: &'a dyn Fn(&Release) -> Option<String>,
    /// The folder that stands for a release's chart, if another one does.
    pub chart: &'a dyn Fn(&Release) -> Option<String>,
}

/// One printed state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Its file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl Evaluated {
    /// How many state files there are.
    pub fn files(&self) -> usize {
        self.states.len()
    }

    /// Prints all state files, those within others first.
    pub fn print(&self, printing: &Printing<'_>, surroundings: &Surroundings) -> Result<Vec<Built>, Error> {
        let mut built = Vec::new();
        let mut releases = self.project.releases.iter();
        for (index, written) in self.states.iter().enumerate() {
            let state = &self.project.states[index];
            let of_state = releases.by_ref().take(written.releases.len());
            let mut printed = Vec::new();
            for (release, record) in of_state.zip(&written.releases) {
                if release.selected || (!release.enabled && self.project.selectors.is_empty()) {
                    let record = self.release(release, record, printing, surroundings)?;
                    printed.push(tree(&Value::Record(record), Shape::Record(&keys::RELEASE)));
                }
            }
            let text = yaml::write_ordered(&self.state(index, written, printed, printing), Style::Helmfile).map_err(|error| {
                let place = written.record.place.clone();
                Error::new(ErrorKind::Yaml { problem: error.to_string() }, Some(place))
            })?;
            built.push(Built { path: state.path.clone(), text });
        }
        Ok(built)
    }

    fn state(&self, index: usize, written: &EvaluatedState, releases: Vec<Ordered>, printing: &Printing<'_>) -> Ordered {
        let state = &self.project.states[index];
        let mut record = written.record.clone();
        let seen = state.path.strip_prefix(&state.paths_from).unwrap_or(&state.path);
        record.put_text("filepath", seen.display().to_string());
        for (key, given, default) in
            [("helmBinary", printing.helm_binary, "helm"), ("kustomizeBinary", printing.kustomize_binary, "kustomize")]
        {
            let own = record.own_text(key).unwrap_or_else(|| default.to_owned());
            // A flag that says the default is no flag.
            record.put_text(key, given.filter(|given| *given != default).map_or(own, str::to_owned));
        }
        let overrides = [
            ("kubeContext", &state.overrides.kube_context),
            ("namespace", &state.overrides.namespace),
            ("chart", &state.overrides.chart),
        ];
        for (key, value) in overrides {
            record.put_text(key, value.clone());
        }
        record.fields.remove("releases");
        let mut fields = fields(&record, &keys::STATE);
        if !releases.is_empty() {
            let place = |name: &str| Layout::of(&keys::STATE).order.iter().position(|key| *key == name);
            let at = fields.iter().take_while(|(name, _)| place(&name.to_lossy()) < place("releases")).count();
            fields.insert(at, ("releases".into(), Ordered::List(releases)));
        }
        let values = Arc::new(state.environment.merged());
        fields.push(("renderedvalues".into(), Ordered::Plain(yaml::Value::Map(values))));
        Ordered::Struct(fields)
    }

    /// A release with what its state, the command line and the lock make of it.
    fn release(
        &self,
        release: &Release,
        written: &Record,
        printing: &Printing<'_>,
        surroundings: &Surroundings,
    ) -> Result<Record, Error> {
        let mut record = written.clone();
        record.put_text("namespace", release.namespace.clone());
        record.put_text("kubeContext", release.kube_context.clone());
        record.put("labels", Value::Labels(release.labels.clone()));
        let needs = written.texts("needs").iter().map(|need| select::needed(need, release)).collect();
        record.put("needs", Value::Texts(needs));
        if let Some(version) = (printing.version)(release) {
            record.put_text("version", version);
        }
        match (&release.source, (printing.chart)(release)) {
            (_, Some(chart)) => record.put_text("chart", chart),
            (Some(ReleaseChart::Local { .. }), None) if release.selected && release.installed => {
                // helmfile prints the path that it goes on with, where that is another one than was written.
                let path = clean(Path::new(&release.chart)).display().to_string();
                record.put_text("chartPath", if path == release.chart { String::new() } else { path });
            }
            _ => {}
        }
        if printing.embeds_values {
            let version = record.text("version");
            let facts = ReleaseFacts::of(release, &version);
            let reader = Entries { project: &self.project, release, facts, surroundings };
            record.put("values", Value::Values(embedded(&reader, &release.values)?));
            record.put("secrets", Value::Values(embedded(&reader, &release.secrets)?));
        }
        Ok(record)
    }
}

/// What the files of a list say, in their place. Encrypted ones stay so.
fn embedded(reader: &Entries<'_>, entries: &[ValuesEntry]) -> Result<Vec<Entry>, Error> {
    let mut embedded = Vec::new();
    for entry in entries {
        match entry {
            ValuesEntry::Inline { values, place } => {
                embedded.push(Entry { place: place.clone(), value: yaml::Value::Map(values.clone()) });
            }
            ValuesEntry::File { path, place } => {
                let Some(text) = reader.file(path, place)? else { continue };
                let origin = Origin { file: Path::new(&text.name).into(), lines_before: 0, rendered: false };
                let value = yaml::Value::Map(mapping(&text.bytes, &origin)?);
                embedded.push(Entry { place: place.clone(), value });
            }
        }
    }
    Ok(embedded)
}

/// The printed fields of a record, in order.
fn fields(record: &Record, table: &'static Table) -> Vec<(yaml::Text, Ordered)> {
    let layout = Layout::of(table);
    let field = |name: &&'static str| {
        let key = table.key(name)?;
        let printed = match record.value(name) {
            Some(Value::Anything) | None => layout.always.contains(name).then(|| zero(key.shape)),
            Some(value) if is_left_out(value, key) => layout.always.contains(name).then(|| zero(key.shape)),
            Some(value) => Some(tree(value, key.shape)),
        };
        Some(((*name).into(), printed?))
    };
    layout.order.iter().filter_map(field).collect()
}

/// Go's `omitempty`: a pointer is left out only if it points nowhere.
fn is_left_out(value: &Value, key: &keys::Key) -> bool {
    let is_pointer = matches!(value, Value::Own(_)) || key.name == "missingFileHandlerConfig";
    is_empty(value) && !is_pointer
}

fn zero(shape: Shape) -> Ordered {
    match shape {
        Shape::Flag => Ordered::Plain(yaml::Value::Bool(false)),
        Shape::Number => Ordered::Plain(yaml::Value::Int(0)),
        Shape::Texts => Ordered::List(Vec::new()),
        Shape::Named(_) => Ordered::Struct(Vec::new()),
        _ => text(""),
    }
}

fn text(text: &str) -> Ordered {
    Ordered::Plain(yaml::Value::String(text.into()))
}

fn tree(value: &Value, shape: Shape) -> Ordered {
    let below = |record: &Record| match shape {
        Shape::Record(table)
        | Shape::Records(table)
        | Shape::RecordOrRecords(table)
        | Shape::Paths(table)
        | Shape::Named(table) => Ordered::Struct(fields(record, table)),
        _ => Ordered::Struct(Vec::new()),
    };
    match value {
        Value::Scalar(scalar) => of_scalar(scalar),
        Value::Own(shared) => of_scalar(&shared.borrow()),
        Value::Texts(texts) => Ordered::List(texts.iter().map(|item| text(item)).collect()),
        Value::Values(entries) => Ordered::List(entries.iter().map(|entry| Ordered::Plain(entry.value.clone())).collect()),
        Value::Labels(labels) => {
            let labels = labels.iter().map(|(name, label)| (name.as_str().into(), label.as_str().into()));
            Ordered::Plain(yaml::Value::Map(Arc::new(labels.collect())))
        }
        Value::Record(record) => below(record),
        Value::Records(records) => Ordered::List(records.iter().map(below).collect()),
        Value::Named(named) => Ordered::sorted(named.iter().map(|(name, record)| (name.as_str().into(), below(record)))),
        Value::Anything => Ordered::Plain(yaml::Value::Null),
    }
}

fn of_scalar(scalar: &Scalar) -> Ordered {
    Ordered::Plain(match scalar {
        Scalar::Text(text) => yaml::Value::String(text.as_str().into()),
        Scalar::Flag(flag) => yaml::Value::Bool(*flag),
        Scalar::Number(number) => yaml::Value::Float(*number),
    })
}
