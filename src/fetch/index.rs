//! `index.yaml`: what a repository says it offers, of the wanted charts only.
//!
//! The usual layout is cut into blocks by `scan` and only the wanted ones are read as YAML; whatever is unusual is read whole.
//! As in Helm, an entry that makes no sense does not spoil the others. What an index claims is not verified here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::scan::Places;
use crate::resolve::Candidate;
use crate::version::Version;
use crate::yaml::{self, Rules, Text, Value};

/// What an index says about some charts.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Index {
    /// The entries of each wanted chart that the index has, in its order.
    pub(super) charts: BTreeMap<String, Vec<Candidate>>,
    /// The names of all charts, for who looks for a similar one.
    pub(super) names: Vec<String>,
    /// Entries that were passed over, and why.
    pub(super) warnings: Vec<Warning>,
}

/// An entry that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The chart that it stands under.
    pub chart: String,
    /// What it says of its version, or its place in the list.
    pub entry: String,
    /// Why it does not count.
    pub reason: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {} is passed over: {}", self.chart, self.entry.escape_debug(), self.reason)
    }
}

/// Reads the entries of the wanted charts.
///
/// # Errors
/// Why these bytes are no index.
pub(super) fn read(bytes: &[u8], wanted: &BTreeSet<&str>) -> Result<Index, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Err("it is a web page; does the server ask for a login?".to_owned());
    }
    Places::find(bytes).and_then(|places| read_blocks(&places, wanted)).map_or_else(|| read_whole(bytes, wanted), Ok)
}

/// Reads the blocks of the wanted charts, if each of them is exactly what it looks like.
fn read_blocks(places: &Places<'_>, wanted: &BTreeSet<&str>) -> Option<Index> {
    let mut index = Index { names: places.names().map(str::to_owned).collect(), ..Index::default() };
    for chart in wanted {
        let mut blocks = places.blocks(chart);
        let Some(block) = blocks.next() else { continue };
        let value = yaml::read(block, &Rules::HELM).ok().filter(|_| blocks.next().is_none())?;
        let map = value.as_map().filter(|map| map.len() == 1)?;
        let entries = map.get(chart.as_bytes())?;
        if !has_name_everywhere(entries, chart) {
            return None;
        }
        add(&mut index, chart, entries);
    }
    Some(index)
}

/// Whether the block is about this chart and nothing else, as far as one can see.
fn has_name_everywhere(entries: &Value, chart: &str) -> bool {
    let is_named = |entry: &Value| entry.get("name").and_then(Value::as_text).is_some_and(|name| is_name_of(name, chart));
    match entries {
        Value::List(entries) => entries.iter().all(is_named),
        other => other.is_null(),
    }
}

/// A chart that stands under `folder/name` calls itself `name`.
fn is_name_of(name: &Text, chart: &str) -> bool {
    *name == *chart || chart.rsplit_once('/').is_some_and(|(_, last)| *name == *last)
}

fn read_whole(bytes: &[u8], wanted: &BTreeSet<&str>) -> Result<Index, String> {
    let value = yaml::read(bytes, &Rules::HELM).map_err(|error| error.to_string())?;
    if value.as_map().is_none() {
        return Err("it has no `entries`".to_owned());
    }
    if value.get("apiVersion").is_none_or(|version| version.as_text().is_none_or(Text::is_empty)) {
        return Err("it has no `apiVersion`".to_owned());
    }
    let charts = match value.get("entries") {
        None | Some(Value::Null) => return Ok(Index::default()),
        Some(Value::Map(charts)) => charts,
        Some(_) => return Err("its `entries` are not sorted by chart".to_owned()),
    };
    let mut index = Index { names: charts.keys().map(|name| name.to_lossy().into_owned()).collect(), ..Index::default() };
    for chart in wanted {
        if let Some(entries) = charts.get(chart.as_bytes()) {
            add(&mut index, chart, entries);
        }
    }
    Ok(index)
}

fn add(index: &mut Index, chart: &str, entries: &Value) {
    let mut good: Vec<Candidate> = Vec::new();
    let mut contradicted = BTreeSet::new();
    let warn = |entry: String, reason: &str| Warning { chart: chart.to_owned(), entry, reason: reason.to_owned() };
    let entries: &[Value] = match entries {
        Value::List(entries) => entries,
        Value::Null => &[],
        _ => {
            index.warnings.push(warn("all".to_owned(), "not a list"));
            &[]
        }
    };
    for (place, value) in entries.iter().enumerate() {
        let entry = match entry(value, chart) {
            Ok(entry) => entry,
            Err(reason) => {
                let version = value.get("version").and_then(Value::as_text).map(Text::to_string);
                index.warnings.push(warn(version.unwrap_or_else(|| format!("number {}", place + 1)), reason));
                continue;
            }
        };
        match good.iter().find(|other| other.version.original() == entry.version.original()) {
            None => good.push(entry),
            Some(other) if other.claimed_digest == entry.claimed_digest => {}
            Some(_) => {
                contradicted.insert(entry.version.original().to_owned());
            }
        }
    }
    for version in contradicted {
        good.retain(|entry| entry.version.original() != version);
        index.warnings.push(warn(version, "listed twice, with different digests"));
    }
    index.charts.insert(chart.to_owned(), good);
}

fn entry(value: &Value, chart: &str) -> Result<Candidate, &'static str> {
    value.as_map().ok_or("not a mapping")?;
    let text = |key| value.get(key).and_then(Value::as_text).filter(|text| !text.is_empty()).map(Text::to_string);
    if !value.get("name").and_then(Value::as_text).is_some_and(|name| is_name_of(name, chart)) {
        return Err("it is named otherwise");
    }
    let version = Version::parse(&text("version").ok_or("it has no version")?).map_err(|_| "its version is not one")?;
    let urls = match value.get("urls") {
        Some(Value::List(urls)) => {
            urls.iter().filter_map(Value::as_text).filter(|url| !url.is_empty()).map(Text::to_string).collect()
        }
        _ => Vec::new(),
    };
    Ok(Candidate {
        in_mirror: false,
        manifest: None,
        version,
        urls,
        claimed_digest: text("digest"),
        app_version: text("appVersion"),
        deprecated: value.get("deprecated") == Some(&Value::Bool(true)),
        created: text("created"),
    })
}
