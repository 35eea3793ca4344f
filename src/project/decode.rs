//! From a YAML tree to a [`Record`], as go-yaml v3 decodes into Go's structs with unknown fields refused.
//!
//! Every key keeps its place. Merge keys and aliases are followed here, because a merged key stands where its anchor is.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::{cell::RefCell, path::Path};

use super::keys::{Effect, Key, STATE, Shape, Table};
use super::record::{Entry, Field, Record, Scalar, Value};
use super::{Error, ErrorKind, Note, Place, near};
use crate::yaml::node::{Kind, Node, ScalarStyle};
use crate::yaml::{self, Entries, Rules};

/// More keys than a project can have; aliases of aliases can multiply a small text.
const MOST_KEYS: usize = 1_000_000;

/// Where a text stands in the file it comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) file: std::sync::Arc<Path>,
    /// The lines before the text.
    pub(super) lines_before: usize,
    pub(super) rendered: bool,
}

impl Origin {
    pub(super) fn place(&self, line: usize) -> Place {
        Place { file: self.file.clone(), line: self.lines_before + line, rendered: self.rendered }
    }
}

/// What one text decodes to.
pub(super) struct Decoded {
    /// A state per YAML document.
    pub(super) documents: Vec<Record>,
    pub(super) notes: Vec<Note>,
}

/// Decodes a state file's text.
pub(super) fn state(text: &[u8], origin: &Origin) -> Result<Decoded, Error> {
    documents(text, origin).map_err(|error| error.within(text, origin))
}

fn documents(text: &[u8], origin: &Origin) -> Result<Decoded, Error> {
    let looks_like_template = !origin.rendered && memchr::memmem::find(text, b"{{").is_some();
    let refuse = |error: yaml::Error| match (yaml_error(&error, origin), looks_like_template) {
        (Error { kind, place, .. }, true) => Error::new(ErrorKind::PlainTemplate { problem: kind.to_string() }, place),
        (error, false) => error,
    };
    let mut notes = Vec::new();
    let mut documents = Vec::new();
    for root in yaml::node::parse(text, &Rules::HELMFILE).map_err(refuse)? {
        // Go first decodes the document into a plain map, which finds equal keys everywhere.
        let is_null = !root.is_ordinary() && yaml::from_node(&root, &Rules::HELMFILE).map_err(refuse)?.is_null();
        let mut decoder = Decoder { origin, notes: &mut notes, keys_left: MOST_KEYS };
        let empty = Record::new(origin.place(root.line));
        documents.push(if is_null { empty } else { decoder.record(&root, &STATE, "")? });
    }
    Ok(Decoded { documents, notes })
}

/// A YAML error with its place in the file.
pub(super) fn yaml_error(error: &yaml::Error, origin: &Origin) -> Error {
    let problem = match error {
        yaml::Error::Syntax { problem, .. } => problem.clone(),
        yaml::Error::Unmarshal(problems) => {
            let without_line = |problem: &String| match problem.strip_prefix("line ").and_then(|rest| rest.split_once(": ")) {
                Some((_, problem)) => moved(problem, origin.lines_before),
                None => problem.clone(),
            };
            problems.iter().map(without_line).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    };
    Error::new(ErrorKind::Yaml { problem }, Some(origin.place(error.line().unwrap_or(1))))
}

/// go-yaml counts lines from the beginning of the text, which may begin in the middle of a file.
fn moved(problem: &str, lines: usize) -> String {
    let moved = problem.rsplit_once(" at line ").and_then(|(before, line)| Some((before, line.parse::<usize>().ok()?)));
    moved.map_or_else(|| problem.to_owned(), |(before, line)| format!("{before} at line {}", line + lines))
}

struct Decoder<'a> {
    origin: &'a Origin,
    notes: &'a mut Vec<Note>,
    keys_left: usize,
}

impl<'a> Decoder<'a> {
    fn place(&self, node: &Node) -> Place {
        self.origin.place(node.line)
    }

    fn plain(&self, node: &Node) -> Result<yaml::Value, Error> {
        yaml::from_node(node, &Rules::HELMFILE).map_err(|error| yaml_error(&error, self.origin))
    }

    fn wrong_type(&self, node: &Node, path: &str, wanted: &'static str) -> Error {
        let found = match &node.kind {
            Kind::Scalar { text, .. } => format!("`{text}`"),
            Kind::Sequence(_) => "a list".to_owned(),
            Kind::Mapping(_) | Kind::Alias(_) | Kind::Cycle(_) => "a mapping".to_owned(),
        };
        Error::new(ErrorKind::WrongType { key: path.to_owned(), wanted, found }, Some(self.place(node)))
    }

    fn record(&mut self, node: &'a Node, table: &'static Table, path: &str) -> Result<Record, Error> {
        let node = node.target();
        let mut record = Record::new(self.place(node));
        if self.is_null(node)? {
            return Ok(record);
        }
        let entries = self.entries(node, path)?;
        record.fields = Entries::with_capacity(entries.len());
        for (key, value) in entries {
            let place = self.place(key);
            let name = key_text(key);
            let Some(row) = table.key(&name) else { return Err(unknown_key(&name, table, place)) };
            let below = if path.is_empty() { row.name.to_owned() } else { format!("{path}.{}", row.name) };
            if let Some(value) = self.value(value, row.shape, &below)? {
                self.note(row, &below, &place);
                record.fields.insert(row.name, Field { place, value });
            }
        }
        Ok(record)
    }

    /// Says that a key has no effect here.
    fn note(&mut self, row: &Key, path: &str, place: &Place) {
        if row.effect == Effect::Idle {
            self.notes.push(Note { place: place.clone(), key: path.to_owned() });
        }
    }

    /// The keys and values of a mapping, its own first, then those of its merge key that it lacks.
    fn entries(&mut self, node: &'a Node, path: &str) -> Result<Vec<(&'a Node, &'a Node)>, Error> {
        let mut entries = Vec::new();
        self.collect(node, path, &mut entries)?;
        Ok(entries)
    }

    fn collect(&mut self, node: &'a Node, path: &str, entries: &mut Vec<(&'a Node, &'a Node)>) -> Result<(), Error> {
        let Kind::Mapping(pairs) = &node.kind else { return Err(self.wrong_type(node, path, "a mapping")) };
        let mut merged = None;
        for (key, value) in pairs.iter() {
            self.keys_left = self.keys_left.checked_sub(1).ok_or_else(|| {
                Error::new(ErrorKind::TooLarge { what: "a file with that many keys", limit: MOST_KEYS }, Some(self.place(key)))
            })?;
            if is_merge(key) {
                merged = Some(value);
            } else if !entries.iter().any(|(known, _)| known.text() == key.text()) {
                entries.push((key, value));
            }
        }
        let Some(merged) = merged.map(Node::target) else { return Ok(()) };
        match &merged.kind {
            Kind::Sequence(items) => items.iter().try_for_each(|item| self.collect(item.target(), path, entries)),
            _ => self.collect(merged, path, entries),
        }
    }

    fn is_null(&self, node: &Node) -> Result<bool, Error> {
        let Kind::Scalar { text, .. } = &node.kind else { return Ok(false) };
        // Whatever rules there are, nothing else begins a null, and the tag alone makes one.
        let may_be = node.tag.is_some() || matches!(text.first(), None | Some(b'~' | b'n' | b'N'));
        Ok(may_be && self.plain(node)?.is_null())
    }

    /// What a node holds; `None` if it says nothing.
    fn value(&mut self, node: &'a Node, shape: Shape, path: &str) -> Result<Option<Value>, Error> {
        let node = node.target();
        if self.is_null(node)? {
            return Ok(None);
        }
        Ok(Some(match shape {
            Shape::Text | Shape::Flag | Shape::Number => {
                let scalar = self.scalar(node, shape, path)?;
                if scalar.is_zero() {
                    return Ok(None);
                }
                Value::Scalar(scalar)
            }
            Shape::OwnText | Shape::OwnFlag | Shape::OwnNumber => {
                Value::Own(Rc::new(RefCell::new(self.scalar(node, shape, path)?)))
            }
            Shape::TextOrTexts if matches!(node.kind, Kind::Scalar { .. }) => {
                Value::Texts(self.text(node, path)?.into_iter().collect())
            }
            Shape::Texts | Shape::TextOrTexts => Value::Texts(self.texts(node, path)?),
            Shape::Values => Value::Values(self.values(node, path)?),
            Shape::Labels => Value::Labels(self.labels(node, path)?),
            Shape::Record(table) => Value::Record(self.record(node, table, path)?),
            Shape::RecordOrRecords(table) if matches!(node.kind, Kind::Mapping(_)) => {
                Value::Records(vec![self.record(node, table, &format!("{path}[]"))?])
            }
            Shape::Records(table) | Shape::RecordOrRecords(table) => Value::Records(self.records(node, table, path)?),
            Shape::Paths(table) => Value::Records(self.paths(node, table, path)?),
            Shape::Named(table) => Value::Named(self.named(node, table, path)?),
            Shape::Anything => Value::Anything,
        }))
    }

    fn scalar(&self, node: &Node, shape: Shape, path: &str) -> Result<Scalar, Error> {
        match shape {
            Shape::Text | Shape::OwnText => Ok(Scalar::Text(self.text(node, path)?.unwrap_or_default())),
            Shape::Flag | Shape::OwnFlag => match truth(&self.plain(node)?) {
                Some(flag) => Ok(Scalar::Flag(flag)),
                None => Err(self.wrong_type(node, path, "true or false")),
            },
            _ => match self.plain(node)? {
                yaml::Value::Int(number) => Ok(Scalar::Number(number as f64)),
                yaml::Value::Uint(number) => Ok(Scalar::Number(number as f64)),
                yaml::Value::Float(number) => Ok(Scalar::Number(number)),
                _ => Err(self.wrong_type(node, path, "a number")),
            },
        }
    }

    /// The text of a scalar as it stands, whatever type it has; `None` for null.
    fn text(&self, node: &Node, path: &str) -> Result<Option<String>, Error> {
        let Kind::Scalar { text, .. } = &node.kind else { return Err(self.wrong_type(node, path, "a string")) };
        Ok(if self.is_null(node)? { None } else { Some(text.to_lossy().into_owned()) })
    }

    fn items(&self, node: &'a Node, path: &str) -> Result<&'a [Node], Error> {
        match &node.kind {
            Kind::Sequence(items) => Ok(items),
            _ => Err(self.wrong_type(node, path, "a list")),
        }
    }

    /// Nulls of a `[]string` vanish.
    fn texts(&self, node: &'a Node, path: &str) -> Result<Vec<String>, Error> {
        let items = self.items(node, path)?;
        items.iter().filter_map(|item| self.text(item.target(), &format!("{path}[]")).transpose()).collect()
    }

    fn values(&self, node: &'a Node, path: &str) -> Result<Vec<Entry>, Error> {
        let items = self.items(node, path)?;
        items.iter().map(|item| Ok(Entry { place: self.place(item), value: self.plain(item)? })).collect()
    }

    fn labels(&mut self, node: &'a Node, path: &str) -> Result<BTreeMap<String, String>, Error> {
        let entries = self.entries(node, path)?;
        let label = |(key, value): (&Node, &'a Node)| {
            let name = key_text(key);
            let text = self.text(value.target(), &format!("{path}.{name}"))?;
            Ok((name, text.unwrap_or_default()))
        };
        entries.into_iter().map(label).collect()
    }

    fn records(&mut self, node: &'a Node, table: &'static Table, path: &str) -> Result<Vec<Record>, Error> {
        let below = format!("{path}[]");
        self.items(node, path)?.iter().map(|item| self.record(item, table, &below)).collect()
    }

    fn paths(&mut self, node: &'a Node, table: &'static Table, path: &str) -> Result<Vec<Record>, Error> {
        let below = format!("{path}[]");
        let mut records = Vec::new();
        for item in self.items(node, path)? {
            let item = item.target();
            if matches!(item.kind, Kind::Scalar { .. }) {
                let mut record = Record::new(self.place(item));
                record.put_text("path", self.text(item, &below)?.unwrap_or_default());
                records.push(record);
            } else {
                records.push(self.record(item, table, &below)?);
            }
        }
        Ok(records)
    }

    fn named(&mut self, node: &'a Node, table: &'static Table, path: &str) -> Result<BTreeMap<String, Record>, Error> {
        let mut named = BTreeMap::new();
        for (key, value) in self.entries(node, path)? {
            let name = key_text(key);
            let mut record = self.record(value, table, &format!("{path}.{name}"))?;
            record.place = self.place(key);
            named.insert(name, record);
        }
        Ok(named)
    }
}

/// A flag as Go's decoder takes it: for a `bool` it knows YAML 1.1's words, too.
fn truth(plain: &yaml::Value) -> Option<bool> {
    match plain {
        yaml::Value::Bool(flag) => Some(*flag),
        yaml::Value::String(word) => match word.as_str()? {
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A rendered text decoded as a flag; an empty one is false.
pub(super) fn truth_of_text(text: &str) -> Option<bool> {
    match yaml::read(text.as_bytes(), &Rules::HELMFILE).ok()? {
        yaml::Value::Null => Some(false),
        plain => truth(&plain),
    }
}

fn key_text(key: &Node) -> String {
    key.text().map(ToString::to_string).unwrap_or_default()
}

fn is_merge(key: &Node) -> bool {
    matches!(&key.kind, Kind::Scalar { text, style: ScalarStyle::Plain } if *text == "<<")
}

/// Whether a value of an unbuilt key says nothing, so that nothing is lost.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Own(shared) => shared.borrow().is_zero(),
        Value::Record(record) => record.fields.is_empty(),
        other => other.is_zero(),
    }
}

fn unknown_key(name: &str, table: &'static Table, place: Place) -> Error {
    let names = table.keys.iter().map(|key| key.name);
    let kind = ErrorKind::UnknownKey { key: name.to_owned(), table: table.name, near: near::nearest(name, names) };
    Error::new(kind, Some(place))
}
