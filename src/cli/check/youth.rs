//! Versions that are younger than the policy wants and were not locked before. What the lock had already may stay.
//!
//! A version's date is its source's, as it was seen last; where it was never seen, and for registries, nothing is known.

use super::history::Base;
use crate::cli::Live;
use crate::cli::age;
use crate::cli::error::Message;
use crate::lockfile::Lockfile;
use crate::request::Request;
use crate::settings::Policy;

/// The pins that none of these locks of the past explains, and that are too young.
pub(super) fn too_young(
    policy: &Policy,
    bases: &[Base],
    (lockfile, path): (&Lockfile, &str),
    requests: &[Request],
    live: &Live,
) -> Vec<Message> {
    let now = live.surroundings.now().timestamp();
    let Some(latest) = policy.minimum_release_age.and_then(|age| now.checked_sub(age).ok()) else { return Vec::new() };
    let pins = lockfile.pins().filter(|(_, pin)| bases.iter().any(|base| !base.has(pin)));
    let versions: Vec<_> = pins.map(|(_, pin)| (pin.content.chart.clone(), pin.content.version.clone())).collect();
    let published = age::published(&versions, requests, live);
    let mut messages = Vec::new();
    for (local_chart, pin) in lockfile.pins() {
        let content = &pin.content;
        let is_it = |(chart, version, at): &&(_, _, jiff::Timestamp)| {
            *chart == content.chart && *version == content.version && *at > latest
        };
        let Some((_, _, at)) = published.iter().find(is_it) else { continue };
        let (name, version, ago) = (content.chart.name(), &content.version, age::ago(*at, now));
        let text = format!("`{name}` {version} was published {ago}, and the policy wants versions to be older");
        let hint = format!("wait, or `helmlock update {name} --precise VERSION` takes an older one");
        messages.push(Message::new("policy", text).at(path.to_owned(), lockfile.line_of(local_chart, pin)).hint(hint));
    }
    messages
}
