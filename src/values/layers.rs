//! Values files and `--set` flags laid over each other in Helm's order, whatever order they were typed in.

use std::sync::Arc;

use super::set::{self, Read};
use super::{Error, Files, FlagRules};
use crate::chart;
use crate::yaml::{self, Text, Value};

/// A values file: its name for messages, and its bytes.
#[derive(Clone, Debug)]
pub struct Document {
    /// The name as the user gave it.
    pub name: String,
    /// The bytes.
    pub contents: Text,
}

/// Everything the user says about values. Each list is in the order of the command line.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// `--values`.
    pub files: Vec<Document>,
    /// `--set-json`.
    pub json: Vec<Text>,
    /// `--set`.
    pub set: Vec<Text>,
    /// `--set-string`.
    pub string: Vec<Text>,
    /// `--set-file`.
    pub file: Vec<Text>,
    /// `--set-literal`.
    pub literal: Vec<Text>,
}

impl Layers {
    /// The user's values as one map. Integers in it come from flags, where Go has int64; files give float64 only.
    /// `files` keeps decoded files for other releases; `read` gives the contents of a file that `--set-file` names.
    pub fn merge(&self, rules: &FlagRules, files: &Files, read: Read<'_>) -> Result<Arc<yaml::Map>, Error> {
        let mut values = Arc::default();
        for Document { name, contents } in &self.files {
            let document = files.read(contents, rules.documents).map_err(|reason| Error::File { file: name.clone(), reason })?;
            chart::merge_values(&mut values, document);
        }
        for argument in &self.json {
            set_json(&mut values, argument, *rules)?;
        }
        let ends = rules.ends;
        each(&self.set, "set", |argument| set::typed(Arc::make_mut(&mut values), argument, ends))?;
        each(&self.string, "set-string", |argument| set::string(Arc::make_mut(&mut values), argument, ends))?;
        each(&self.file, "set-file", |argument| set::file(Arc::make_mut(&mut values), argument, read, ends))?;
        each(&self.literal, "set-literal", |argument| set::literal(Arc::make_mut(&mut values), argument, ends))?;
        Ok(values)
    }
}

fn each(arguments: &[Text], flag: &'static str, mut set: impl FnMut(&Text) -> Result<(), String>) -> Result<(), Error> {
    arguments.iter().try_for_each(|argument| set(argument).map_err(|reason| Error::Set { flag, reason }))
}

/// `--set-json`: `key=json,…`, or a whole object that merges with what is there.
fn set_json(values: &mut Arc<yaml::Map>, argument: &Text, rules: FlagRules) -> Result<(), Error> {
    let text = argument.to_lossy();
    let object = rules.json_objects && text.trim().starts_with('{');
    let failed = || Error::SetJson { object, argument: argument.clone() };
    if !object {
        return set::json(Arc::make_mut(values), argument, rules.ends).map_err(|_| failed());
    }
    match yaml::json::read(text.trim().as_bytes(), yaml::json::Backend::V2) {
        Ok(Value::Map(map)) => {
            chart::merge_values(values, map);
            Ok(())
        }
        _ => Err(failed()),
    }
}
