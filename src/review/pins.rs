//! What moved in the lock, with what the charts themselves say about it.

use std::sync::Arc;

use super::{Published, Rendering, Side};
use crate::chart::Chart;
use crate::lockfile::{Lockfile, Movement};
use crate::source::ChartRef;
use crate::yaml::{self, Rules, Text, Value};

/// A pin that came, went or moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinChange {
    /// The chart's name.
    pub chart: String,
    /// Where it comes from.
    pub source: String,
    /// The local chart that asks for it; none if releases do.
    pub local_chart: Option<String>,
    /// The version before.
    pub before: Option<String>,
    /// The version after.
    pub after: Option<String>,
    /// The application's version before and after, where both are known.
    pub app_versions: Option<(String, String)>,
    /// The digests before and after, if the same version has other bytes.
    pub republished: Option<(String, String)>,
    /// What the new chart says is new in it (`artifacthub.io/changes`), a line each.
    pub news: Vec<String>,
    /// The new chart's page.
    pub link: Option<String>,
    /// When the new version was published: in RFC 3339, and how long ago.
    pub published: Option<(String, String)>,
}

pub(super) fn changes(before: &Side, after: &Side) -> Vec<PinChange> {
    let moved = before.lockfile.changes_to(&after.lockfile);
    let shown = moved.into_iter().filter(|change| {
        !matches!(change.movement, Movement::Reworded { .. } | Movement::Redescribed { .. } | Movement::Trusted { .. })
    });
    shown
        .map(|change| {
            let mut pin = PinChange {
                chart: change.chart.name().to_owned(),
                source: change.chart.source().to_string(),
                local_chart: change.local_chart.as_ref().map(ToString::to_string),
                before: None,
                after: None,
                app_versions: None,
                republished: None,
                news: Vec::new(),
                link: None,
                published: None,
            };
            match change.movement {
                Movement::Added { version } => pin.after = Some(version.to_string()),
                Movement::Removed { version } => pin.before = Some(version.to_string()),
                Movement::Moved { from, to } => (pin.before, pin.after) = (Some(from.to_string()), Some(to.to_string())),
                Movement::Republished { version, from, to } => {
                    (pin.before, pin.after) = (Some(version.to_string()), Some(version.to_string()));
                    pin.republished = Some((from.to_string(), to.to_string()));
                }
                Movement::Reworded { .. } | Movement::Redescribed { .. } | Movement::Trusted { .. } => {}
            }
            let app = |lockfile: &Lockfile, version: &Option<String>| app_version(lockfile, &change.chart, version.as_deref());
            pin.app_versions = app(&before.lockfile, &pin.before).zip(app(&after.lockfile, &pin.after));
            let is_it = |one: &&Published| one.chart == change.chart && Some(&one.version) == pin.after.as_ref();
            pin.published = after.published.iter().find(is_it).map(|one| (one.at.clone(), one.ago.clone()));
            if let Some(chart) = pin.after.as_deref().and_then(|version| find(&after.renderings, &pin.chart, version)) {
                pin.news = news(&chart);
                let links = [&chart.metadata.home].into_iter().chain(&chart.metadata.sources);
                pin.link = links.map(|link| link.to_lossy().into_owned()).find(|link| !link.is_empty());
            }
            pin
        })
        .collect()
}

fn app_version(lockfile: &Lockfile, chart: &ChartRef, version: Option<&str>) -> Option<String> {
    let is_it = |(_, pin): &(_, &crate::lockfile::Pin)| {
        pin.content.chart == *chart && Some(pin.content.version.to_string().as_str()) == version
    };
    lockfile.pins().find(is_it)?.1.content.app_version.clone()
}

/// The chart among those that were rendered.
fn find(renderings: &[Rendering], name: &str, version: &str) -> Option<Arc<Chart>> {
    let is_it = |chart: &Chart| {
        let (chart_name, chart_version) = (chart.metadata.name.to_lossy(), chart.metadata.version.to_lossy());
        chart_version.trim_start_matches('v') == version.trim_start_matches('v') && name.rsplit('/').next() == Some(&*chart_name)
    };
    renderings.iter().map(|rendering| &rendering.chart).find(|chart| is_it(chart)).cloned()
}

/// Artifact Hub's annotation: a list of texts, or of `{kind, description}`.
fn news(chart: &Chart) -> Vec<String> {
    let annotations = chart.metadata.annotations.as_ref();
    let text = annotations.and_then(|all| all.get(&Text::from("artifacthub.io/changes")));
    let Some(Ok(Value::List(list))) = text.map(|text| yaml::read(text, &Rules::HELM)) else { return Vec::new() };
    let word = |value: Option<&Value>| Some(value?.as_text()?.to_lossy().into_owned());
    let line = |item: &Value| match (word(item.get("kind")), word(item.get("description"))) {
        (Some(kind), Some(description)) => Some(format!("{kind}: {description}")),
        (None, Some(description)) => Some(description),
        _ => word(Some(item)),
    };
    list.iter().filter_map(line).map(|line| line.replace(['\n', '\r'], " ")).collect()
}
