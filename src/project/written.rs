//! A project as it could have been written without templates: what its releases and state files say after all is rendered, with
//! values that stay as they are. References to secrets stay references, encrypted files stay encrypted.
//!
//! For whoever writes a state file (`export`). What helm gets, with everything resolved, is `output`'s.

use std::path::Path;
use std::sync::Arc;

use super::record::{Record, Scalar, Value};
use super::{Project, Release};
use crate::yaml::{self, Map, Text};

/// What a state file says beside its releases, and which are its own.
#[derive(Clone, Debug)]
pub struct WrittenState<'project> {
    /// Its path.
    pub path: &'project Path,
    /// Its other keys: `helmDefaults`, `hooks`.
    pub keys: &'project Map,
    /// Its releases, in the order of output, those that take no part too.
    pub releases: Vec<&'project Release>,
}

/// What a release gets with `values` or `secrets`, as it could stand in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenValues {
    /// The name of the file it comes from, without `.gotmpl`; nothing for values that stand in the state file.
    pub file_name: Option<String>,
    /// The text, its templates rendered.
    pub text: Vec<u8>,
    /// Whether it is an entry of `secrets`, still encrypted.
    pub is_encrypted: bool,
}

/// Keys of a release that an exported one has otherwise, or that have done their work.
const DONE: &[&str] = &[
    "chart",
    "condition",
    "conditionTemplate",
    "dependencies",
    "devel",
    "inherit",
    "insecureSkipTLSVerify",
    "kubeContext",
    "missingFileHandler",
    "missingFileHandlerConfig",
    "name",
    "namespace",
    "needs",
    "plainHttp",
    "secrets",
    "setTemplate",
    "skipDeps",
    "skipRefresh",
    "values",
    "valuesPathPrefix",
    "valuesTemplate",
    "version",
];

/// What a release says beside its chart, its values and what it is called. Paths of files are made whole.
pub(super) fn release(laid: &Record, directory: &Path) -> Map {
    let mut keys: Map =
        laid.fields.iter().filter(|(key, _)| !DONE.contains(key)).map(|(key, field)| entry(key, &field.value)).collect();
    if let Some(yaml::Value::List(sets)) = keys.get(b"set".as_slice()) {
        let sets: Vec<_> = sets.iter().map(|set| with_whole_path(set, directory)).collect();
        keys.insert("set".into(), yaml::Value::List(sets.into()));
    }
    keys.retain(|_, value| !is_nothing(value));
    keys
}

fn with_whole_path(set: &yaml::Value, directory: &Path) -> yaml::Value {
    let (yaml::Value::Map(keys), Some(file)) = (set, set.get("file").and_then(yaml::Value::as_text)) else { return set.clone() };
    let path = crate::surroundings::clean(&directory.join(file.to_lossy().as_ref()));
    let mut keys = (**keys).clone();
    keys.insert("file".into(), path.to_string_lossy().as_ref().into());
    yaml::Value::Map(Arc::new(keys))
}

/// What a state file says beside its releases that concerns a cluster.
pub(super) fn state(record: &Record) -> Map {
    let keys = record.fields.iter().filter(|(key, _)| matches!(**key, "helmDefaults" | "hooks" | "helmBinary"));
    keys.map(|(key, field)| entry(key, &field.value)).collect()
}

fn entry(key: &str, value: &Value) -> (Text, yaml::Value) {
    (key.into(), plain(value))
}

fn plain(value: &Value) -> yaml::Value {
    match value {
        Value::Scalar(scalar) => plain_scalar(scalar),
        Value::Own(shared) => plain_scalar(&shared.borrow()),
        Value::Texts(texts) => yaml::Value::List(texts.iter().map(|text| text.as_str().into()).collect()),
        Value::Values(entries) => yaml::Value::List(entries.iter().map(|entry| entry.value.clone()).collect()),
        Value::Labels(labels) => map(labels.iter().map(|(key, text)| (key.as_str().into(), text.as_str().into()))),
        Value::Record(record) => plain_record(record),
        Value::Records(records) => yaml::Value::List(records.iter().map(plain_record).collect()),
        Value::Named(named) => map(named.iter().map(|(name, record)| (name.as_str().into(), plain_record(record)))),
        Value::Anything => yaml::Value::Null,
    }
}

fn plain_record(record: &Record) -> yaml::Value {
    map(record.fields.iter().map(|(key, field)| entry(key, &field.value)).filter(|(_, value)| !is_nothing(value)))
}

fn map(entries: impl Iterator<Item = (Text, yaml::Value)>) -> yaml::Value {
    yaml::Value::Map(Arc::new(entries.collect()))
}

#[expect(clippy::cast_possible_truncation, reason = "only numbers that are whole and small are cast")]
fn plain_scalar(scalar: &Scalar) -> yaml::Value {
    match scalar {
        Scalar::Text(text) => text.as_str().into(),
        Scalar::Flag(flag) => yaml::Value::Bool(*flag),
        Scalar::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => yaml::Value::Int(*number as i64),
        Scalar::Number(number) => yaml::Value::Float(*number),
    }
}

fn is_nothing(value: &yaml::Value) -> bool {
    match value {
        yaml::Value::Null => true,
        yaml::Value::String(text) => text.is_empty(),
        yaml::Value::List(items) => items.is_empty(),
        yaml::Value::Map(keys) => keys.is_empty(),
        _ => false,
    }
}

/// The state files that have releases, in the order of output.
pub(super) fn states(project: &Project) -> Vec<WrittenState<'_>> {
    let states = project.states.iter().enumerate().map(|(index, state)| WrittenState {
        path: &state.path,
        keys: &state.written,
        releases: project.order.iter().map(|at| &project.releases[*at]).filter(|release| release.state == index).collect(),
    });
    states.filter(|state| !state.releases.is_empty()).collect()
}
