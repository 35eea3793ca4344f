//! A review for programs: everything, nothing shortened.

use serde_json::{Value, json};

use super::Review;
use super::changes::{ReleaseChange, What};

/// The whole review.
pub fn json(review: &Review) -> Value {
    json!({
        "environments": review.environments,
        "deadKeys": list(&review.dead_keys, |one| json!({
            "release": one.release, "environments": one.environments, "key": one.key, "chart": one.chart,
            "defined": one.is_defined,
        })),
        "removedApis": list(&review.removed_apis, |one| json!({
            "resource": one.resource, "environments": one.environments, "apiVersion": one.api_version, "removedIn": one.since,
        })),
        "pins": list(&review.pins, |one| json!({
            "chart": one.chart, "source": one.source, "localChart": one.local_chart, "before": one.before, "after": one.after,
            "appVersionBefore": one.app_versions.as_ref().map(|both| &both.0),
            "appVersionAfter": one.app_versions.as_ref().map(|both| &both.1),
            "republished": one.republished.is_some(), "changes": one.news, "link": one.link,
            "published": one.published.as_ref().map(|both| &both.0),
        })),
        "images": list(&review.images, |one| json!({
            "release": one.release, "environments": one.environments, "image": one.image, "before": one.before, "after": one.after,
        })),
        "access": list(&review.access, |one| json!({
            "role": one.role, "environments": one.environments, "gained": one.gained, "lost": one.lost,
        })),
        "definitions": list(&review.definitions, |one| json!({
            "definition": one.definition, "environments": one.environments, "added": one.added, "removed": one.removed,
        })),
        "secrets": list(&review.secrets, |one| json!({
            "secret": one.secret, "environments": one.environments, "key": one.key, "change": word(one.what),
        })),
        "defaults": list(&review.defaults, |one| json!({
            "release": one.release, "environments": one.environments, "key": one.key, "before": one.before, "after": one.after,
        })),
        "releases": list(&review.releases, release),
    })
}

fn list<T>(items: &[T], one: impl Fn(&T) -> Value) -> Vec<Value> {
    items.iter().map(one).collect()
}

fn release(release: &ReleaseChange) -> Value {
    json!({
        "release": release.release,
        "environments": release.environments,
        "change": word(release.what),
        "folded": release.folded,
        "resources": list(&release.resources, |one| json!({
            "resource": one.resource,
            "change": word(one.what),
            "lines": list(&one.lines, |line| json!(format!("{}{}", line.sign.letter(), line.text))),
        })),
    })
}

fn word(what: What) -> &'static str {
    match what {
        What::Added => "added",
        What::Removed => "removed",
        What::Changed => "changed",
    }
}
