//! Where a value that the user gave stands: in which values file, on which line.

use super::{Document, Layers, set};
use crate::yaml::node::{self, Node};
use crate::yaml::{self, Rules, Text, Value};

/// The user's layers, ready to be asked for places.
pub struct Places<'a> {
    /// The files in their order, each with its documents as far as they can be read.
    files: Vec<(&'a Document, Vec<Node>)>,
    flags: Vec<yaml::Map>,
}

/// Where a value stands.
#[derive(Clone, Debug)]
pub enum Place<'a> {
    /// In a values file.
    File {
        /// The file.
        file: &'a Document,
        /// The line, from one.
        line: usize,
    },
    /// In a `--set` flag, or in a `set` of the release.
    Flag,
}

impl<'a> Places<'a> {
    /// Reads the layers once.
    pub fn new(layers: &'a Layers) -> Self {
        let files = layers.files.iter().map(|file| (file, node::parse(&file.contents, &Rules::HELM).unwrap_or_default()));
        let mut flags = Vec::new();
        for argument in layers.set.iter().chain(&layers.string).chain(&layers.literal).chain(&layers.file) {
            let mut map = yaml::Map::new();
            // What cannot be read was an error long before.
            drop(set::string(&mut map, argument, set::Ends::Quietly));
            flags.push(map);
        }
        Self { files: files.collect(), flags }
    }

    /// Where the value at a path was given last; where only a part of the path is found, because of an alias or a merge key, its end.
    pub fn of(&self, path: &[Text]) -> Place<'a> {
        if self.flags.iter().any(|map| holds(map, path)) {
            return Place::Flag;
        }
        for length in (1..=path.len()).rev() {
            for (file, documents) in self.files.iter().rev() {
                let found = documents.iter().rev().find_map(|document| line(document, &path[..length]));
                if let Some(line) = found {
                    return Place::File { file, line };
                }
            }
        }
        Place::Flag
    }
}

fn holds(map: &yaml::Map, path: &[Text]) -> bool {
    let [key, below @ ..] = path else { return true };
    match map.get(key) {
        Some(Value::Map(map)) => holds(map, below),
        Some(_) => below.is_empty(),
        None => false,
    }
}

fn line(document: &Node, path: &[Text]) -> Option<usize> {
    let (last, above) = path.split_last()?;
    let map = above.iter().try_fold(document, |map, key| map.get(&key.to_lossy()))?;
    let node::Kind::Mapping(entries) = &map.target().kind else { return None };
    entries.iter().rev().find(|(name, _)| name.text() == Some(last)).map(|(name, _)| name.line)
}
