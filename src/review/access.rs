//! What roles permit now and did not before, and the other way round.

use std::collections::BTreeSet;

use super::resources::{Couple, Resource};
use crate::yaml::Value;

/// The permissions of one role that came and went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessChange {
    /// Kind, namespace and name of the role or binding.
    pub role: String,
    /// Where it is so.
    pub environments: Vec<String>,
    /// What it permits now and did not before: `VERB RESOURCE.GROUP`.
    pub gained: Vec<String>,
    /// What it permitted before and does not now.
    pub lost: Vec<String>,
}

pub(super) fn changes(couples: &[Couple<'_>]) -> Vec<AccessChange> {
    let change = |&(old, new): &Couple<'_>| {
        let role = new.or(old)?;
        let (before, after) = (old.map(permissions).unwrap_or_default(), new.map(permissions).unwrap_or_default());
        let gained: Vec<_> = after.difference(&before).cloned().collect();
        let lost: Vec<_> = before.difference(&after).cloned().collect();
        let is_news = !gained.is_empty() || !lost.is_empty();
        is_news.then(|| AccessChange { role: role.title(), environments: Vec::new(), gained, lost })
    };
    couples.iter().filter_map(change).collect()
}

fn permissions(resource: &Resource) -> BTreeSet<String> {
    match resource.kind.as_str() {
        "Role" | "ClusterRole" => items(resource.value.get("rules")).iter().flat_map(rule).collect(),
        "RoleBinding" | "ClusterRoleBinding" => bindings(&resource.value),
        _ => BTreeSet::new(),
    }
}

fn rule(rule: &Value) -> Vec<String> {
    let only = texts(rule.get("resourceNames"));
    let only = if only.is_empty() { String::new() } else { format!(" named {}", only.join(", ")) };
    let mut permissions = Vec::new();
    for verb in texts(rule.get("verbs")) {
        permissions.extend(texts(rule.get("nonResourceURLs")).iter().map(|url| format!("{verb} {url}")));
        for resource in texts(rule.get("resources")) {
            let groups = texts(rule.get("apiGroups"));
            permissions.extend(groups.iter().map(|group| {
                let group = if group.is_empty() { String::new() } else { format!(".{group}") };
                format!("{verb} {resource}{group}{only}")
            }));
        }
    }
    permissions
}

fn bindings(binding: &Value) -> BTreeSet<String> {
    let word = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_text).map(|text| text.to_lossy().into_owned()).unwrap_or_default()
    };
    let Some(role) = binding.get("roleRef") else { return BTreeSet::new() };
    let (kind, role) = (word(role, "kind"), word(role, "name"));
    let subjects = items(binding.get("subjects"));
    subjects.iter().map(|subject| format!("{kind} {role} for {} {}", word(subject, "kind"), word(subject, "name"))).collect()
}

fn items(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::List(list)) => list,
        _ => &[],
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    items(value).iter().filter_map(|item| Some(item.as_text()?.to_lossy().into_owned())).collect()
}
