//! values.schema.json of a chart and of its subcharts, and the words in which Helm says what is wrong.
//!
//! The verdict is `boon`'s, by the author of Helm's engine and with the same tree of errors; only their texts are ours. A
//! schema may refer to itself and to [`Documents`] that somebody brought, but never to a file: rendering opens nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use boon::{CompileError, Compiler, Draft, Format, SchemaIndex, Schemas, UrlLoader};
use serde_json::{Number, Value as Json};

use super::wording::tree;
use super::{Error, Installed, Schema, formats, patterns};
use crate::chart::Chart;
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
    let mut needed = Vec::new();
    if let Some(schema) = &chart.schema
        && let Err(Problem::Remote(url)) = compile(schema, &mut Schemas::new(), Validation { rules, documents })
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
    let values = Value::Map(values.clone()).to_plain().and_then(|plain| json(&plain, 0))?;
    let mut schemas = Schemas::new();
    let root = compile(schema, &mut schemas, by)?;
    schemas.validate(&values, root).map_err(|error| {
        let own = read(schema).unwrap_or_default();
        let lengths = |location: &str, keyword: &str| {
            let (address, pointer) = location.split_once('#').unwrap_or((location, ""));
            let list = if address == ADDRESS { own.pointer(pointer) } else { None };
            list.and_then(|schema| schema.get(keyword)).and_then(Json::as_array).map_or(0, Vec::len)
        };
        Problem::Text(tree(&error, &lengths))
    })
}

fn compile(schema: &Text, schemas: &mut Schemas, by: Validation<'_>) -> Result<SchemaIndex, Problem> {
    let schema = read(schema)?;
    let mut compiler = Compiler::new();
    compiler.use_loader(Box::new(Loader { documents: by.documents.clone(), knows_names: by.rules == Schema::Modern }));
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

fn read(text: &Text) -> Result<Json, String> {
    let mut schema = serde_json::from_slice(text).map_err(|error| unreadable(text, &error))?;
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
            let metaschema = tree(src, &|_, _| 0);
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
}

/// Why there is no schema, in Helm's words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreadable(String);

impl UrlLoader for Loader {
    fn load(&self, url: &str) -> Result<Json, Box<dyn std::error::Error>> {
        match self.documents.get(url) {
            Some(text) => Ok(read(text).map_err(Unreadable)?),
            None if url.starts_with("urn:") && self.knows_names => Ok(Json::Bool(true)),
            None if ["http:", "https:", "file:"].iter().any(|scheme| url.starts_with(scheme)) => {
                Err("not part of the chart".into())
            }
            None => Err(Unreadable(format!("no URLLoader registered for {url:?}")).into()),
        }
    }
}

/// The value as JSON; whole numbers as such, because `5.0` is an integer to a schema.
fn json(value: &yaml::Value, depth: usize) -> Result<Json, String> {
    if depth > MAX_DEPTH {
        return Err(format!("values are nested deeper than {MAX_DEPTH} levels\n"));
    }
    Ok(match value {
        yaml::Value::Null => Json::Null,
        yaml::Value::Bool(value) => Json::Bool(*value),
        yaml::Value::Int(value) => Json::Number((*value).into()),
        yaml::Value::Uint(value) => Json::Number((*value).into()),
        yaml::Value::Float(value) => Json::Number(number(*value)),
        yaml::Value::String(text) => Json::String(text.to_string()),
        yaml::Value::Time(text) => Json::String(text.to_string()),
        yaml::Value::List(items) => Json::Array(items.iter().map(|item| json(item, depth + 1)).collect::<Result<_, _>>()?),
        yaml::Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| Ok((key.to_string(), json(value, depth + 1)?)));
            Json::Object(entries.collect::<Result<_, String>>()?)
        }
    })
}

fn number(value: f64) -> Number {
    // Beyond this, not every integer is a float64, and the digits of the float are as good.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        (value as i64).into()
    } else {
        // Only what is not finite has no number, and Go's JSON decoder lets none of that in.
        Number::from_f64(value).unwrap_or_else(|| 0.into())
    }
}
