//! values.schema.json of a chart and of its subcharts, and the words in which Helm says what is wrong.
//!
//! The verdict is `boon`'s, by the author of Helm's engine and with the same tree of errors; only their texts are ours. A
//! schema may refer to itself, but never to a file or a URL: rendering opens neither.

use std::fmt::Write as _;

use boon::{CompileError, Compiler, Draft, ErrorKind, Format, Schemas, UrlLoader, ValidationError};
use serde_json::{Number, Value as Json};

use super::{Error, Installed, Schema};
use crate::gotemplate::{self, Map, Value};
use crate::version::Version;
use crate::yaml::{self, Text};

/// The address that Helm gives to a schema.
const ADDRESS: &str = "file:///values.schema.json";
/// Deeper values or schemas are refused: the engine recurses.
const MAX_DEPTH: usize = 500;

/// Holds the values of a chart and of its subcharts against their schemas.
pub(super) fn validate(chart: &Installed, values: &Map, rules: Schema) -> Result<(), Error> {
    let mut problems = String::new();
    check_all(chart, values, rules, &mut problems)?;
    if problems.is_empty() { Ok(()) } else { Err(Error::Schema(problems.trim_end().to_owned())) }
}

fn check_all(chart: &Installed, values: &Map, rules: Schema, problems: &mut String) -> Result<(), Error> {
    if let Some(schema) = &chart.chart.schema {
        match check(schema, values, rules) {
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
            Some(Value::Map(values)) => check_all(subchart, &values, rules, problems)?,
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

fn check(schema: &Text, values: &Map, rules: Schema) -> Result<(), Problem> {
    let schema = serde_json::from_slice(schema).map_err(|error| unreadable(schema, &error))?;
    let values = Value::Map(values.clone()).to_plain().and_then(|plain| json(&plain, 0))?;
    let mut compiler = Compiler::new();
    compiler.use_loader(Box::new(Nothing));
    if rules == Schema::Legacy {
        compiler.set_default_draft(Draft::V7);
        compiler.enable_format_assertions();
    }
    // What Helm's engine does not know as a format, it does not assert.
    for name in ["idn-email", "idn-hostname"] {
        compiler.register_format(Format { name, func: |_| Ok(()) });
    }
    compiler.register_format(Format { name: "semver", func: semver });
    let mut schemas = Schemas::new();
    compiler.add_resource(ADDRESS, schema).map_err(|error| refused(&error))?;
    let root = compiler.compile(ADDRESS, &mut schemas).map_err(|error| refused(&error))?;
    schemas.validate(&values, root).map_err(|error| Problem::Text(tree(&error)))
}

/// A format that Helm's engine has beyond those of the standard.
fn semver(value: &Json) -> Result<(), Box<dyn std::error::Error>> {
    match value {
        Json::String(text) => Ok(Version::parse_strict(text).map(|_| ())?),
        _ => Ok(()),
    }
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
        CompileError::LoadUrlError { url, .. } | CompileError::UnsupportedUrlScheme { url } => {
            return Problem::Remote(url.clone());
        }
        CompileError::ValidationError { url, src } => {
            let metaschema = tree(src);
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

/// The only documents there are: names under `urn:`, which Helm takes for schemas that accept everything.
struct Nothing;

impl UrlLoader for Nothing {
    fn load(&self, url: &str) -> Result<Json, Box<dyn std::error::Error>> {
        if url.starts_with("urn:") { Ok(Json::Bool(true)) } else { Err("not part of the chart".into()) }
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

/// All that is below a validation error, one line each, indented by its depth.
fn tree(error: &ValidationError<'_, '_>) -> String {
    let mut text = String::new();
    error.causes.iter().for_each(|cause| branch(cause, 0, &mut text));
    text
}

fn branch(error: &ValidationError<'_, '_>, indent: usize, text: &mut String) {
    let is_skipped = error.causes.len() == 1 && matches!(error.kind, ErrorKind::Reference { .. });
    if !is_skipped {
        let place = quote(&error.instance_location.to_string());
        let _ = writeln!(text, "{:indent$}- at {place}: {}", "", message(&error.kind), indent = indent * 2);
    }
    let indent = if is_skipped { indent } else { indent + 1 };
    error.causes.iter().for_each(|cause| branch(cause, indent, text));
}

fn message(kind: &ErrorKind<'_, '_>) -> String {
    match kind {
        ErrorKind::Group | ErrorKind::Reference { .. } | ErrorKind::Schema { .. } => "validation failed".to_owned(),
        ErrorKind::ContentSchema => "contentSchema failed".to_owned(),
        ErrorKind::PropertyName { prop } => format!("invalid propertyName {}", quote(prop)),
        ErrorKind::RefCycle { url, kw_loc1, kw_loc2 } => {
            format!("both {kw_loc1} and {kw_loc2} resolve to {url:?} causing reference cycle")
        }
        ErrorKind::FalseSchema => "false schema".to_owned(),
        ErrorKind::Type { got, want } => {
            let want: Vec<_> = want.iter().map(|want| want.to_string()).collect();
            format!("got {got}, want {}", want.join(" or "))
        }
        ErrorKind::Enum { want } => choice("enum", want),
        ErrorKind::Const { want } => choice("const", std::slice::from_ref(*want)),
        ErrorKind::Format { got, want, err } => format!("{} is not valid {want}: {err}", shown(got)),
        ErrorKind::Required { want } if want.len() == 1 => format!("missing property {}", quote(want[0])),
        ErrorKind::Required { want } => format!("missing properties {}", quoted(want)),
        ErrorKind::AdditionalProperties { got } => format!("additional properties {} not allowed", quoted(got)),
        ErrorKind::Dependency { prop, missing } | ErrorKind::DependentRequired { prop, missing } => {
            format!("properties {} required, if {} exists", quoted(missing), quote(prop))
        }
        ErrorKind::Pattern { got, want } => format!("{} does not match pattern {}", quote(got), quote(want)),
        ErrorKind::ContentEncoding { want, err } => format!("value is not {} encoded: {err}", quote(want)),
        ErrorKind::ContentMediaType { want, err, .. } => format!("value if not of mediatype {}: {err}", quote(want)),
        ErrorKind::Not => "'not' failed".to_owned(),
        ErrorKind::AllOf => "'allOf' failed".to_owned(),
        ErrorKind::AnyOf => "'anyOf' failed".to_owned(),
        ErrorKind::OneOf(None) => "'oneOf' failed, none matched".to_owned(),
        ErrorKind::OneOf(Some((first, second))) => {
            format!("'oneOf' failed, subschemas {first}, {second} matched")
        }
        counted => counts(counted),
    }
}

/// The kinds that compare numbers.
fn counts(kind: &ErrorKind<'_, '_>) -> String {
    let sizes = |keyword: &str, got: &usize, want: &usize| format!("{keyword}: got {}, want {}", count(*got), count(*want));
    let numbers = |keyword: &str, got: &Number, want: &Number| format!("{keyword}: got {}, want {}", grouped(got), grouped(want));
    let matched = |got: &[usize]| {
        let places: Vec<_> = got.iter().map(usize::to_string).collect();
        format!("but matched {} items at {}", count(got.len()), places.join(" "))
    };
    match kind {
        ErrorKind::MinProperties { got, want } => sizes("minProperties", got, want),
        ErrorKind::MaxProperties { got, want } => sizes("maxProperties", got, want),
        ErrorKind::MinItems { got, want } => sizes("minItems", got, want),
        ErrorKind::MaxItems { got, want } => sizes("maxItems", got, want),
        ErrorKind::MinLength { got, want } => sizes("minLength", got, want),
        ErrorKind::MaxLength { got, want } => sizes("maxLength", got, want),
        ErrorKind::Minimum { got, want } => numbers("minimum", got, want),
        ErrorKind::Maximum { got, want } => numbers("maximum", got, want),
        ErrorKind::ExclusiveMinimum { got, want } => numbers("exclusiveMinimum", got, want),
        ErrorKind::ExclusiveMaximum { got, want } => numbers("exclusiveMaximum", got, want),
        ErrorKind::MultipleOf { got, want } => numbers("multipleOf", got, want),
        ErrorKind::UniqueItems { got: [first, second] } => {
            format!("items at {} and {} are equal", count(*first), count(*second))
        }
        ErrorKind::AdditionalItems { got } => format!("last {} additionalItem(s) not allowed", count(*got)),
        ErrorKind::Contains => "no items match contains schema".to_owned(),
        ErrorKind::MinContains { got, want } if got.is_empty() => {
            format!("min {} items required to match contains schema, but none matched", count(*want))
        }
        ErrorKind::MinContains { got, want } => {
            format!("min {} items required to match contains schema, {}", count(*want), matched(got))
        }
        ErrorKind::MaxContains { got, want } => {
            format!("max {} items required to match contains schema, {}", count(*want), matched(got))
        }
        other => other.to_string(),
    }
}

fn choice(keyword: &str, want: &[Json]) -> String {
    if want.iter().any(|want| want.is_array() || want.is_object()) {
        return format!("'{keyword}' failed");
    }
    let shown: Vec<_> = want.iter().map(shown).collect();
    format!("value must be {}{}", if want.len() == 1 { "" } else { "one of " }, shown.join(", "))
}

fn shown(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".to_owned(),
        Json::String(text) => quote(text),
        Json::Array(_) | Json::Object(_) => "value".to_owned(),
        scalar => scalar.to_string(),
    }
}

fn quoted(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|name| quote(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Go's quoting, but in single quotes.
fn quote(text: &str) -> String {
    let quoted = gotemplate::quote(text.as_bytes());
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted);
    format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
}

fn count(number: usize) -> String {
    thousands(&number.to_string())
}

/// A number as `golang.org/x/text` prints it in English: `70,000.5`, and `1.5×10⁰⁶` where Go has an exponent.
fn grouped(number: &Number) -> String {
    let value = Value::Float(number.as_f64().unwrap_or_default());
    let text = gotemplate::sprintf(b"%v", &[value]).to_lossy().into_owned();
    let Some((mantissa, exponent)) = text.split_once('e') else { return thousands(&text) };
    let raised = exponent.chars().filter_map(|char| match char {
        '-' => Some('⁻'),
        '0'..='9' => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(char as usize - '0' as usize),
        _ => None,
    });
    format!("{mantissa}×10{}", raised.collect::<String>())
}

fn thousands(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}
