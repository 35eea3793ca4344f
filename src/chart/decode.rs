//! From YAML to [`Metadata`] as `sigs.k8s.io/yaml` and Go's JSON decoder do it together: keys in any case, scalars that
//! become strings where a string is wanted, unknown keys ignored, and a second file decoded over the first.

use std::fmt::{Display, Write as _};

use super::metadata::{Annotations, Dependency, Maintainer, Metadata};
use crate::yaml::json::Backend;
use crate::yaml::{self, CONVERTING, Text, UNMARSHALING, Value};

/// Decodes Chart.yaml, or requirements.yaml over what Chart.yaml said.
pub(super) fn metadata(metadata: &mut Metadata, text: &[u8], json: Backend) -> Result<(), String> {
    decode(metadata, text, &Place::root("Metadata", json))
}

/// Decodes Chart.lock or requirements.lock: the dependencies it names.
pub(super) fn lock(text: &[u8], json: Backend) -> Result<Vec<Dependency>, String> {
    let mut lock = Lock::default();
    decode(&mut lock, text, &Place::root("Lock", json))?;
    let mut named = lock.dependencies.unwrap_or_default();
    named.retain(|dependency| !dependency.name.is_empty());
    Ok(named)
}

fn decode<T: Struct>(target: &mut T, text: &[u8], place: &Place) -> Result<(), String> {
    match yaml::read_for_struct(text).map_err(|error| format!("{CONVERTING}{error}"))? {
        Value::Null => Ok(()),
        Value::Map(map) => fields(target, &map, place).map_err(|reason| format!("{UNMARSHALING}{reason}")),
        other => {
            let kind = yaml::json::kind(&other);
            let type_name = place.type_name(place.owner);
            Err(format!("{UNMARSHALING}json: cannot unmarshal {kind} into Go value of type {type_name}"))
        }
    }
}

/// Where a value stands, in the words of Go's errors: `.maintainers.0.name`, which the older engine calls
/// `Maintainer.maintainers.name`.
struct Place {
    path: String,
    is_element: bool,
    /// The struct around it.
    owner: &'static str,
    json: Backend,
}

impl Place {
    fn root(owner: &'static str, json: Backend) -> Self {
        Self { path: String::new(), is_element: false, owner, json }
    }

    fn field(&self, key: &Text) -> Self {
        match self.json {
            Backend::V1 => self.below(field_name(&String::from_utf8_lossy(&folded(key))), false),
            Backend::V2 => self.below(key, false),
        }
    }

    /// A value of a map.
    fn entry(&self, key: &Text) -> Self {
        self.below_collection(key, false)
    }

    fn element(&self, index: usize) -> Self {
        self.below_collection(index, true)
    }

    /// The older engine does not look into maps and lists.
    fn below_collection(&self, name: impl Display, is_element: bool) -> Self {
        match self.json {
            Backend::V1 => Self { path: self.path.clone(), ..*self },
            Backend::V2 => self.below(name, is_element),
        }
    }

    fn below(&self, name: impl Display, is_element: bool) -> Self {
        Self { path: format!("{}.{name}", self.path), is_element, ..*self }
    }

    fn within(self, owner: &'static str) -> Self {
        Self { owner, ..self }
    }

    fn type_name(&self, name: &str) -> String {
        match self.json {
            Backend::V1 => format!("chart.{name}"),
            Backend::V2 => format!("v2.{name}"),
        }
    }

    fn mismatch(&self, value: &Value, wanted: &str) -> String {
        let mut reason = format!("json: cannot unmarshal {} into ", yaml::json::kind(value));
        if !self.is_element {
            reason.push_str("Go struct field ");
        }
        if self.json == Backend::V1 {
            reason.push_str(self.owner);
        }
        let _ = write!(reason, "{} of type {wanted}", self.path);
        reason
    }
}

/// How Go's tags spell a field.
fn field_name(lower: &str) -> &str {
    match lower {
        "apiversion" => "apiVersion",
        "appversion" => "appVersion",
        "kubeversion" => "kubeVersion",
        other => other,
    }
}

/// A Go struct that JSON is decoded into.
trait Struct {
    /// Takes the value of one key, written in lower case; a key it does not know is no error.
    fn assign(&mut self, key: &[u8], value: &Value, place: &Place) -> Result<(), String>;
}

/// Assigns all keys in byte order, so that of `NAME` and `name` the latter wins, as in Go's sorted JSON.
fn fields<T: Struct>(target: &mut T, map: &yaml::Map, place: &Place) -> Result<(), String> {
    map.iter().try_for_each(|(key, value)| target.assign(&folded(key), value, &place.field(key)))
}

/// A key as Go's JSON decoder compares it: two letters beyond ASCII count as the small letters that they fold to.
fn folded(key: &Text) -> Vec<u8> {
    match key.as_str() {
        Some(text) if !text.is_ascii() => text.replace('\u{212a}', "k").replace('\u{17f}', "s").to_ascii_lowercase().into_bytes(),
        _ => key.to_ascii_lowercase(),
    }
}

impl Struct for Metadata {
    fn assign(&mut self, key: &[u8], value: &Value, place: &Place) -> Result<(), String> {
        match key {
            b"name" => string(&mut self.name, value, place),
            b"home" => string(&mut self.home, value, place),
            b"sources" => strings(&mut self.sources, value, place),
            b"version" => string(&mut self.version, value, place),
            b"description" => string(&mut self.description, value, place),
            b"keywords" => strings(&mut self.keywords, value, place),
            b"maintainers" => {
                let mut maintainers = Some(std::mem::take(&mut self.maintainers));
                self.null_maintainer = structs(&mut maintainers, value, place, "Maintainer")?;
                self.maintainers = maintainers.unwrap_or_default();
                Ok(())
            }
            b"icon" => string(&mut self.icon, value, place),
            b"apiversion" => string(&mut self.api_version, value, place),
            b"condition" => string(&mut self.condition, value, place),
            b"tags" => string(&mut self.tags, value, place),
            b"appversion" => string(&mut self.app_version, value, place),
            b"deprecated" => boolean(&mut self.deprecated, value, place),
            b"annotations" => annotations(&mut self.annotations, value, place),
            b"kubeversion" => string(&mut self.kube_version, value, place),
            b"dependencies" => {
                self.null_dependency = structs(&mut self.dependencies, value, place, "Dependency")?;
                Ok(())
            }
            b"type" => string(&mut self.chart_type, value, place),
            _ => Ok(()),
        }
    }
}

impl Struct for Maintainer {
    fn assign(&mut self, key: &[u8], value: &Value, place: &Place) -> Result<(), String> {
        match key {
            b"name" => string(&mut self.name, value, place),
            b"email" => string(&mut self.email, value, place),
            b"url" => string(&mut self.url, value, place),
            _ => Ok(()),
        }
    }
}

impl Struct for Dependency {
    fn assign(&mut self, key: &[u8], value: &Value, place: &Place) -> Result<(), String> {
        match key {
            b"name" => string(&mut self.name, value, place),
            b"version" => string(&mut self.version, value, place),
            b"repository" => string(&mut self.repository, value, place),
            b"condition" => string(&mut self.condition, value, place),
            b"tags" => strings(&mut self.tags, value, place),
            b"enabled" => boolean(&mut self.enabled, value, place),
            b"import-values" => match value {
                Value::List(items) => {
                    self.import_values = items.iter().map(as_json).collect();
                    Ok(())
                }
                Value::Null => {
                    self.import_values.clear();
                    Ok(())
                }
                other => Err(place.mismatch(other, "[]interface {}")),
            },
            b"alias" => string(&mut self.alias, value, place),
            _ => Ok(()),
        }
    }
}

#[derive(Default)]
struct Lock {
    dependencies: Option<Vec<Dependency>>,
}

impl Struct for Lock {
    fn assign(&mut self, key: &[u8], value: &Value, place: &Place) -> Result<(), String> {
        match key {
            b"generated" => generated(value),
            b"digest" => string(&mut Text::default(), value, place),
            b"dependencies" => structs(&mut self.dependencies, value, place, "Dependency").map(drop),
            _ => Ok(()),
        }
    }
}

/// Only whether it is a time that Go's JSON decoder takes.
fn generated(value: &Value) -> Result<(), String> {
    match value {
        Value::Null => Ok(()),
        Value::String(text) => timestamp(text),
        Value::Time(text) => timestamp(text),
        _ => Err("Time.UnmarshalJSON: input is not a JSON string".to_owned()),
    }
}

fn timestamp(text: &Text) -> Result<(), String> {
    const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
    if text.as_str().is_some_and(|text| text.contains('T') && text.parse::<jiff::Timestamp>().is_ok()) {
        return Ok(());
    }
    Err(format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {text:?} as \"2006\""))
}

fn string(target: &mut Text, value: &Value, place: &Place) -> Result<(), String> {
    *target = match value {
        Value::Null => return Ok(()),
        Value::String(text) => text.clone(),
        Value::Time(text) => (**text).clone(),
        Value::Bool(value) => value.to_string().into(),
        Value::Int(value) => value.to_string().into(),
        Value::Uint(value) => value.to_string().into(),
        Value::Float(value) => shortest(*value as f32).into(),
        Value::List(_) | Value::Map(_) => return Err(place.mismatch(value, "string")),
    };
    Ok(())
}

/// Go's `FormatFloat(value, 'g', -1, 32)`: `sigs.k8s.io/yaml` cuts a number down that becomes a string.
fn shortest(value: f32) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return value.to_string() };
    match exponent.parse::<i32>() {
        Ok(-4..=5) => value.to_string(),
        Ok(exponent) => format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
        Err(_) => scientific,
    }
}

fn boolean(target: &mut bool, value: &Value, place: &Place) -> Result<(), String> {
    match value {
        Value::Null => Ok(()),
        Value::Bool(value) => {
            *target = *value;
            Ok(())
        }
        other => Err(place.mismatch(other, "bool")),
    }
}

fn strings(target: &mut Vec<Text>, value: &Value, place: &Place) -> Result<(), String> {
    match value {
        Value::Null => target.clear(),
        Value::List(items) => {
            target.resize(items.len(), Text::default());
            for (index, (target, item)) in target.iter_mut().zip(items.iter()).enumerate() {
                string(target, item, &place.element(index))?;
            }
        }
        other => return Err(place.mismatch(other, "[]string")),
    }
    Ok(())
}

/// Go decodes into the elements that a slice already has, which shows where requirements.yaml follows Chart.yaml. Says which
/// element is the first null, if one is: that is an error later, unless another list comes in its place.
fn structs<T: Struct + Default>(
    target: &mut Option<Vec<T>>,
    value: &Value,
    place: &Place,
    owner: &'static str,
) -> Result<Option<usize>, String> {
    let items = match value {
        Value::Null => {
            *target = None;
            return Ok(None);
        }
        Value::List(items) => items,
        other => return Err(place.mismatch(other, &format!("[]*{}", place.type_name(owner)))),
    };
    let targets = target.get_or_insert_default();
    targets.truncate(items.len());
    let mut null = None;
    for (index, item) in items.iter().enumerate() {
        if index == targets.len() {
            targets.push(T::default());
        }
        match item {
            Value::Null => {
                targets[index] = T::default();
                null = null.or(Some(index));
            }
            Value::Map(map) => fields(&mut targets[index], map, &place.element(index).within(owner))?,
            other => return Err(place.element(index).mismatch(other, &place.type_name(owner))),
        }
    }
    Ok(null)
}

fn annotations(target: &mut Option<Annotations>, value: &Value, place: &Place) -> Result<(), String> {
    match value {
        Value::Null => *target = None,
        Value::Map(map) => {
            let target = target.get_or_insert_default();
            for (key, value) in map.iter() {
                let mut text = Text::default();
                string(&mut text, value, &place.entry(key))?;
                target.insert(key.clone(), text);
            }
        }
        other => return Err(place.mismatch(other, "map[string]string")),
    }
    Ok(())
}

/// The value as it comes out of JSON: every number is a float64.
fn as_json(value: &Value) -> Value {
    match value {
        Value::Int(value) => Value::Float(*value as f64),
        Value::Uint(value) => Value::Float(*value as f64),
        Value::Time(text) => Value::String((**text).clone()),
        Value::List(items) => Value::List(items.iter().map(as_json).collect()),
        Value::Map(map) => {
            Value::Map(std::sync::Arc::new(map.iter().map(|(key, value)| (key.clone(), as_json(value))).collect()))
        }
        scalar => scalar.clone(),
    }
}
