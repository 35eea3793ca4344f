//! `list`: the releases, with their locked versions, in helmfile's formats.

use serde::Serialize;

use super::args::Format;
use super::charts::Charts;
use super::error::Error;
use super::table::columns;
use super::{Live, load, read_lock};
use crate::project::Release;
use crate::render::Dialect;

const HEADINGS: [&str; 7] = ["NAME", "NAMESPACE", "ENABLED", "INSTALLED", "LABELS", "CHART", "VERSION"];

/// Runs the command.
pub(super) fn run(live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, None)?;
    let lockfile = read_lock(&project.lockfile)?;
    // A chart that cannot be told has no locked version; that it is wrong is for those to say who need it.
    let charts = Charts::new(&project, &lockfile, Dialect::newest(), live).ok();
    let mut releases: Vec<_> = project
        .releases
        .iter()
        .filter(|release| release.selected || (!release.enabled && live.global.selectors.is_empty()))
        .collect();
    if releases.is_empty() && !live.global.allow_no_matching_release {
        let environment = project.environment.clone();
        return Err(Error::NothingSelected { selectors: live.global.selectors.clone(), environment });
    }
    releases.sort_by(|one, other| (&one.namespace, &one.name).cmp(&(&other.namespace, &other.name)));
    let rows: Vec<_> =
        releases.iter().map(|release| row(release, charts.as_ref().and_then(|charts| charts.version_of(release)))).collect();
    match live.terminal.format() {
        Format::Json => {
            let rows: Vec<_> = releases.iter().zip(&rows).map(|(release, row)| as_json(release, row)).collect();
            let text = serde_json::to_string(&rows).map_err(std::io::Error::from)?;
            live.terminal.write(format!("{text}\n").as_bytes())?;
        }
        // helmfile does not even print its headings then.
        Format::Text if rows.is_empty() => {}
        Format::Text => live.terminal.write(columns(HEADINGS, &rows, "\t", str::len).as_bytes())?,
    }
    Ok(())
}

fn row(release: &Release, locked: Option<String>) -> [String; 7] {
    let labels: Vec<_> = release.labels.iter().map(|(key, value)| format!("{key}:{value}")).collect();
    [
        release.name.clone(),
        release.namespace.clone(),
        release.enabled.to_string(),
        release.installed.to_string(),
        labels.join(","),
        release.written_chart().to_owned(),
        locked.unwrap_or_else(|| release.version.clone()),
    ]
}

/// A release in helmfile's JSON, with its keys in helmfile's order.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    namespace: &'a str,
    enabled: bool,
    installed: bool,
    labels: &'a str,
    chart: &'a str,
    version: &'a str,
}

fn as_json<'a>(release: &Release, row: &'a [String; 7]) -> Listed<'a> {
    let [name, namespace, _, _, labels, chart, version] = row;
    Listed { name, namespace, enabled: release.enabled, installed: release.installed, labels, chart, version }
}
