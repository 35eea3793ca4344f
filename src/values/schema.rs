//! values.schema.json of a chart and of its subcharts, and the words in which Helm says what is wrong.
//!
//! The verdict is `boon`'s, by the author of Helm's engine and with the same tree of errors; only their texts are ours. A
//! schema may refer to itself and to [`Documents`] that somebody brought, but never to a file: rendering opens nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use boon::{CompileError, Compiler, Draft, Format, SchemaIndex, Schemas, UrlLoader};
use serde::de::IgnoredAny;
use serde_json::Value as Json;

use super::numbers::{self, Numbers};
use super::wording::{Written, tree};
use super::{Error, Installed, Schema, formats, patterns};
use crate::chart::Chart;
use crate::functions::Decimal;
use crate::gotemplate::{self, Map, Value};
use crate::yaml::{self, Text};

/// The address that Helm gives to a schema.
const ADDRESS: &str = "file:///values.schema.json";
/// Deeper values or schemas are refused: the engine recurses.
const MAX_DEPTH: usize = 500;

/// The documents to which charts' schemas refer, by the addresses that stand there.
pub type Documents = BTreeMap<String, Text>;

/// How values are validated, and with what.
#[derive(Clone, Copy)]
pub(super) struct Validation<'a> {
    pub(super) rules: Schema,
    pub(super) documents: &'a Arc<Documents>,
}

/// Holds the values of a chart and of its subcharts against their schemas.
pub(super) fn validate(chart: &Installed, values: &Map, by: Validation<'_>) -> Result<(), Error> {
    let mut problems = String::new();
    check_all(chart, values, by, &mut problems)?;
    if problems.is_empty() { Ok(()) } else { Err(Error::Schema(problems.trim_end().to_owned())) }
}

/// Which documents the schemas of a chart and of its subcharts need next, beside those that are here: the charts' names and the
/// addresses. A document may refer to further ones, so whoever brings these asks again.
pub fn needed(chart: &Chart, rules: Schema, documents: &Arc<Documents>) -> Vec<(Text, String)> {
    let by = Validation { rules, documents };
    let mut needed = Vec::new();
    if let Some(schema) = &chart.schema
        && let Ok(numbers) = all_numbers(schema, Vec::new(), by)
        && let Err(Problem::Remote(url)) = compile(schema, &mut Schemas::new(), by, &numbers)
    {
        needed.push((chart.metadata.name.clone(), url));
    }
    needed.extend(chart.dependencies.iter().flat_map(|subchart| self::needed(subchart, rules, documents)));
    needed
}

fn check_all(chart: &Installed, values: &Map, by: Validation<'_>, problems: &mut String) -> Result<(), Error> {
    if let Some(schema) = &chart.chart.schema {
        match check(schema, values, by) {
            Ok(()) => {}
            Err(Problem::Remote(url)) => return Err(Error::RemoteSchema { chart: chart.name.clone(), url }),
            Err(Problem::Text(text)) => {
                let _ = write!(problems, "{}:\n{text}", chart.name);
            }
        }
    }
    for subchart in &chart.dependencies {
        match values.peek(&subchart.name) {
            None | Some(Value::Nil) => {}
            Some(Value::Map(values)) => check_all(subchart, &values, by, problems)?,
            Some(other) => {
                let found = gotemplate::type_name(&other);
                let _ = write!(problems, "{}:\ninvalid type for values: expected object (map), got {found}\n", subchart.name);
            }
        }
    }
    Ok(())
}

enum Problem {
    /// What Helm would say.
    Text(String),
    /// A reference that leads out of the chart.
    Remote(String),
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

fn check(schema: &Text, values: &Map, by: Validation<'_>) -> Result<(), Problem> {
    let values = Value::Map(values.clone()).to_plain()?;
    let mut of_values = Vec::new();
    collect(&values, 0, &mut of_values)?;
    let numbers = all_numbers(schema, of_values, by)?;
    let values = json(&values, &numbers);
    let mut schemas = Schemas::new();
    let root = compile(schema, &mut schemas, by, &numbers)?;
    schemas.validate(&values, root).map_err(|error| {
        let written = by.documents.iter().map(|(address, text)| (address.as_str(), text)).chain([(ADDRESS, schema)]);
        let schemas = written.filter_map(|(address, text)| Some((address, read(text).ok()?))).collect();
        Problem::Text(tree(&error, &Written { schemas, values: &values, numbers: Some(&numbers) }))
    })
}

fn all_numbers(schema: &Text, of_values: Vec<Decimal>, by: Validation<'_>) -> Result<Rc<Numbers>, String> {
    Numbers::new(by.documents.values().chain([schema]).map(|text| &**text), of_values).map(Rc::new)
}

fn compile(schema: &Text, schemas: &mut Schemas, by: Validation<'_>, numbers: &Rc<Numbers>) -> Result<SchemaIndex, Problem> {
    let mut schema = read(schema)?;
    numbers.replace(&mut schema);
    let mut compiler = Compiler::new();
    let loader = Loader { documents: by.documents.clone(), knows_names: by.rules == Schema::Modern, numbers: numbers.clone() };
    compiler.use_loader(Box::new(loader));
    if by.rules == Schema::Legacy {
        compiler.set_default_draft(Draft::V7);
        compiler.enable_format_assertions();
    }
    for &(name, func) in formats::ALL {
        compiler.register_format(Format { name, func });
    }
    compiler.add_resource(ADDRESS, schema).map_err(|error| refused(&error))?;
    compiler.compile(ADDRESS, schemas).map_err(|error| refused(&error))
}

/// A schema, its numbers as marked texts.
fn read(text: &Text) -> Result<Json, String> {
    // What is no JSON shall not become some by the marks, and a number may be one that no float holds.
    let read = serde_json::from_slice::<IgnoredAny>(text).and_then(|_| serde_json::from_slice(&numbers::marked(text)));
    let mut schema = read.map_err(|error| unreadable(text, &error))?;
    patterns::translate(&mut schema);
    Ok(schema)
}

/// What Go's JSON decoder says of a schema that is no JSON.
fn unreadable(schema: &Text, error: &serde_json::Error) -> String {
    if schema.trim_ascii().is_empty() {
        return "EOF".to_owned();
    }
    if error.is_eof() {
        return "unexpected EOF".to_owned();
    }
    if error.to_string().contains("recursion limit") {
        return "the schema is nested too deeply".to_owned();
    }
    match yaml::json::read(schema, yaml::json::Backend::V2) {
        Err(error) if error.to_string().contains("after top-level value") => "invalid character after top-level value".to_owned(),
        Err(error) => error.to_string(),
        Ok(_) => error.to_string(),
    }
}

fn refused(error: &CompileError) -> Problem {
    Problem::Text(match error {
        CompileError::LoadUrlError { url, src } if src.is::<Unreadable>() => format!("failing loading {url:?}: {src}"),
        CompileError::LoadUrlError { url, .. } | CompileError::UnsupportedUrlScheme { url } => {
            return Problem::Remote(url.clone());
        }
        CompileError::ValidationError { url, src } => {
            let metaschema = tree(src, &Written { schemas: BTreeMap::new(), values: &Json::Null, numbers: None });
            let metaschema = metaschema.strip_suffix('\n').unwrap_or(&metaschema);
            let location = src.schema_url;
            let url = url.trim_end_matches('#');
            format!("\"{url}#\" is not valid against metaschema: jsonschema validation failed with '{location}'\n{metaschema}")
        }
        CompileError::JsonPointerNotFound(location) => format!("json-pointer in {location:?} not found"),
        CompileError::AnchorNotFound { url, reference } => format!("anchor in {reference:?} not found in schema {url:?}"),
        other => format!("{other:#}"),
    })
}

/// The only documents there are: those that somebody brought, and names under `urn:`, which Helm takes for schemas that accept
/// everything.
struct Loader {
    documents: Arc<Documents>,
    knows_names: bool,
    numbers: Rc<Numbers>,
}

/// Why there is no schema, in Helm's words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreadable(String);

impl UrlLoader for Loader {
    fn load(&self, url: &str) -> Result<Json, Box<dyn std::error::Error>> {
        match self.documents.get(url) {
            Some(text) => {
                let mut schema = read(text).map_err(Unreadable)?;
                self.numbers.replace(&mut schema);
                Ok(schema)
            }
            None if url.starts_with("urn:") && self.knows_names => Ok(Json::Bool(true)),
            None if ["http:", "https:", "file:"].iter().any(|scheme| url.starts_with(scheme)) => {
                Err("not part of the chart".into())
            }
            None => Err(Unreadable(format!("no URLLoader registered for {url:?}")).into()),
        }
    }
}

/// The numbers in a value.
fn collect(value: &yaml::Value, depth: usize, numbers: &mut Vec<Decimal>) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("values are nested deeper than {MAX_DEPTH} levels\n"));
    }
    match value {
        yaml::Value::List(items) => items.iter().try_for_each(|item| collect(item, depth + 1, numbers)),
        yaml::Value::Map(map) => map.iter().try_for_each(|(_, value)| collect(value, depth + 1, numbers)),
        scalar => {
            numbers.extend(number(scalar));
            Ok(())
        }
    }
}

/// The value as JSON, in place of its numbers their ranks.
fn json(value: &yaml::Value, numbers: &Numbers) -> Json {
    match value {
        yaml::Value::Null => Json::Null,
        yaml::Value::Bool(value) => Json::Bool(*value),
        yaml::Value::Int(_) | yaml::Value::Uint(_) | yaml::Value::Float(_) => numbers.rank(&number(value).unwrap_or_default()),
        yaml::Value::String(text) => Json::String(text.to_string()),
        yaml::Value::Time(text) => Json::String(text.to_string()),
        yaml::Value::List(items) => Json::Array(items.iter().map(|item| json(item, numbers)).collect()),
        yaml::Value::Map(map) => Json::Object(map.iter().map(|(key, value)| (key.to_string(), json(value, numbers))).collect()),
    }
}

/// The number as Go's JSON encoder writes it.
fn number(value: &yaml::Value) -> Option<Decimal> {
    match value {
        yaml::Value::Int(value) => Decimal::read(&value.to_string()),
        yaml::Value::Uint(value) => Decimal::read(&value.to_string()),
        // Only what is not finite has no digits, and Go's JSON decoder lets none of that in.
        yaml::Value::Float(value) => Decimal::from_float(*value).ok(),
        _ => None,
    }
}
