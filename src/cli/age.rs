//! How long ago something was, in the words of people: the largest unit that counts. And when versions were published, as far as
//! the indexes say that were seen last.

use std::collections::BTreeMap;

use jiff::{Timestamp, Unit};

use super::Live;
use crate::fetch::{self, Network};
use crate::request::Request;
use crate::source::{ChartRef, Source};
use crate::version::Version;

/// `3 days ago`, or `today`.
pub(super) fn ago(published: Timestamp, now: Timestamp) -> String {
    match age(published, now) {
        today if today == "today" => today,
        age => format!("{age} ago"),
    }
}

/// When these versions were published, where a remembered index says so. Nobody is asked for it, and a source that never was asked
/// says nothing.
pub(super) fn published(
    versions: &[(ChartRef, Version)],
    requests: &[Request],
    live: &Live,
) -> Vec<(ChartRef, Version, Timestamp)> {
    let mut sources: BTreeMap<&Source, Vec<Request>> = BTreeMap::new();
    for request in requests.iter().filter(|request| versions.iter().any(|(chart, _)| *chart == request.chart)) {
        sources.entry(request.chart.source()).or_default().push(request.clone());
    }
    let mut published = Vec::new();
    for requests in sources.values() {
        let Ok(offers) = fetch::candidates(requests, &live.cache, &Network::Offline(Vec::new())) else { continue };
        let at = |chart, version| offers.candidates.find(chart, version)?.published();
        let found = versions.iter().filter_map(|(chart, version)| Some((chart.clone(), version.clone(), at(chart, version)?)));
        published.extend(found);
    }
    published
}

/// `3 days`, `5 months`, `2 years`; what lies in the future is new.
pub(super) fn age(published: Timestamp, now: Timestamp) -> String {
    let days = published.until((Unit::Hour, now)).map_or(0, |span| i64::from(span.get_hours()) / 24);
    let (number, unit) = match days {
        ..1 => return "today".to_owned(),
        1..60 => (days, "day"),
        60..730 => (days / 30, "month"),
        _ => (days / 365, "year"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_the_largest_unit_that_counts() {
        let ago = |published: &str| age(published.parse().unwrap(), "2026-11-25T12:00:00Z".parse().unwrap());
        assert_eq!(ago("2026-11-25T11:00:00Z"), "today");
        assert_eq!(ago("2027-11-25T11:00:00Z"), "today");
        assert_eq!(ago("2026-11-24T11:00:00Z"), "1 day");
        assert_eq!(ago("2026-10-01T11:00:00+02:00"), "55 days");
        assert_eq!(ago("2026-05-01T11:00:00Z"), "6 months");
        assert_eq!(ago("2023-05-01T11:00:00.123456789Z"), "3 years");
    }
}
