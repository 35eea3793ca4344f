//! `outdated`: which locked charts have newer versions, are deprecated, or are no longer offered. Changes nothing.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};

use super::age::age;
use super::args::Format;
use super::error::Error;
use super::table::table;
use super::terminal::count;
use super::{Live, load, network, read_lock, wishes};
use crate::fetch;
use crate::lockfile::{Lockfile, Pin};
use crate::request::Request;
use crate::resolve::{Candidates, Outlook};
use crate::version::Version;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock outdated                     what has newer versions?
  helmlock outdated -l tier=backend -o json
  helmlock outdated --exit-code         exit 2 if something has

COMPATIBLE is the newest version that the constraint admits, which `helmlock update` moves to; LATEST the newest
release at all, which `helmlock bump` moves to.")]
pub(super) struct Outdated {
    /// Exit 2 if something is outdated or deprecated
    #[arg(long)]
    pub(super) exit_code: bool,
    /// Show what is current, too
    #[arg(long)]
    pub(super) all: bool,
}

/// One locked wish and its outlook.
struct Row {
    request: Request,
    pin: Pin,
    outlook: Outlook,
}

/// Runs the command.
pub(super) fn run(options: &Outdated, live: &Live) -> Result<(), Error> {
    let environments = load::all(live)?;
    let path = &environments.wanted().lockfile;
    let lockfile = read_lock(path)?;
    let requests = wishes::selected(&environments, live)?;
    if lockfile.is_empty() && !requests.is_empty() {
        return Err(Error::NoLock { path: path.clone() });
    }
    let network = network::open(&environments.projects, live)?;
    let busy = live.terminal.busy("Asking", count(requests.len(), "request"));
    let offers = fetch::candidates(&requests, &live.cache, &network)?;
    drop(busy);

    let rows = rows(requests, &lockfile, &offers.candidates);
    let outdated = rows.iter().filter(|row| row.outlook.is_outdated()).count();
    let document = json!({"outdated": outdated, "charts": rows.iter().map(as_json).collect::<Vec<_>>()});
    if options.exit_code && outdated > 0 {
        if live.terminal.format() == Format::Text {
            show(&rows, options.all, live)?;
        }
        return Err(Error::Outdated { charts: outdated, document: Some(document) });
    }
    match live.terminal.format() {
        Format::Json => live.terminal.write_json(&document)?,
        Format::Text => show(&rows, options.all, live)?,
    }
    Ok(())
}

/// One row for each pin and constraint, however many releases share it.
fn rows(requests: Vec<Request>, lockfile: &Lockfile, candidates: &Candidates) -> Vec<Row> {
    let mut rows = BTreeMap::new();
    for request in requests {
        // What is not locked at all is for `check` to say.
        let Some(pin) = lockfile.pin_for(&request) else { continue };
        let Some(outlook) = Outlook::of(&request, &pin.content.version, candidates) else { continue };
        let key = (
            request.asked_by.local_chart().cloned(),
            request.chart.clone(),
            request.constraint.clone(),
            pin.environments.clone(),
        );
        rows.entry(key).or_insert_with(|| Row { pin: pin.clone(), request, outlook });
    }
    rows.into_values().collect()
}

fn show(rows: &[Row], all: bool, live: &Live) -> Result<(), Error> {
    let shown: Vec<_> = rows.iter().filter(|row| all || row.outlook.is_outdated()).map(|row| cells(row, live)).collect();
    if !shown.is_empty() {
        let headings = ["CHART", "CURRENT", "COMPATIBLE", "LATEST", "AGE", "WANTED", ""];
        live.terminal.write(table(headings, &shown).as_bytes())?;
    }
    let outdated = rows.iter().filter(|row| row.outlook.is_outdated()).count();
    if outdated == 0 {
        live.terminal.done("Newest", &format!("{}: nothing newer, deprecated or gone", count(rows.len(), "locked chart")));
    }
    Ok(())
}

fn cells(row: &Row, live: &Live) -> [String; 7] {
    let Row { request, pin, outlook } = row;
    let local_chart = request.asked_by.local_chart().map_or_else(String::new, |path| format!(" (for {path})"));
    let environments = match pin.environments.as_slice() {
        [] => String::new(),
        names => format!(" ({})", names.join(", ")),
    };
    let version = |version: &Option<Version>| version.as_ref().map_or_else(|| "-".to_owned(), Version::to_string);
    let notes = [(outlook.deprecated, "deprecated"), (outlook.vanished, "no longer offered")];
    let notes: Vec<_> = notes.iter().filter(|(holds, _)| *holds).map(|(_, note)| *note).collect();
    [
        format!("{}{local_chart}{environments}", request.chart.name()),
        pin.content.version.to_string(),
        version(&outlook.compatible),
        version(&outlook.latest),
        outlook.published.map_or_else(|| "-".to_owned(), |published| age(published, live.surroundings.now().timestamp())),
        request.constraint.to_string(),
        notes.join(", "),
    ]
}

fn as_json(row: &Row) -> Value {
    let Row { request, pin, outlook } = row;
    let version = |version: &Option<Version>| version.as_ref().map(Version::to_string);
    json!({
        "chart": request.chart.name(),
        "source": request.chart.source().to_string(),
        "localChart": request.asked_by.local_chart().map(ToString::to_string),
        "environments": pin.environments,
        "wanted": request.constraint.original(),
        "wantedAt": request.origin.to_string(),
        "current": pin.content.version.to_string(),
        "compatible": version(&outlook.compatible),
        "latest": version(&outlook.latest),
        "published": outlook.published.map(|published| published.to_string()),
        "deprecated": outlook.deprecated,
        "vanished": outlook.vanished,
        "outdated": outlook.is_outdated(),
    })
}
