//! Which keys of Secrets come, go or change. Values are compared and never kept.

use std::collections::BTreeSet;

use super::changes::What;
use super::resources::{Couple, Resource};
use crate::yaml::{Text, Value};

/// One key of a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretChange {
    /// Kind, namespace and name.
    pub secret: String,
    /// Where it is so.
    pub environments: Vec<String>,
    /// The key below `data` or `stringData`.
    pub key: String,
    /// What became of it.
    pub what: What,
}

pub(super) fn changes(couples: &[Couple<'_>]) -> Vec<SecretChange> {
    let mut changes = Vec::new();
    for &(old, new) in couples {
        let Some(secret) = new.or(old).filter(|one| one.is_secret()) else { continue };
        let keys: BTreeSet<_> = [old, new].into_iter().flatten().flat_map(keys).collect();
        for key in keys {
            let value = |one: Option<&Resource>| one.and_then(|one| value(one, &key).cloned());
            let what = match (value(old), value(new)) {
                (None, _) => What::Added,
                (Some(_), None) => What::Removed,
                (Some(old), Some(new)) if old != new => What::Changed,
                _ => continue,
            };
            let key = key.to_lossy().into_owned();
            changes.push(SecretChange { secret: secret.title(), environments: Vec::new(), key, what });
        }
    }
    changes
}

const SECTIONS: [&str; 2] = ["data", "stringData"];

fn keys(secret: &Resource) -> Vec<Text> {
    let sections = SECTIONS.iter().filter_map(|section| secret.value.get(section)?.as_map());
    sections.flat_map(|section| section.keys().cloned()).collect()
}

fn value<'side>(secret: &'side Resource, key: &Text) -> Option<&'side Value> {
    SECTIONS.iter().find_map(|section| secret.value.get(section)?.as_map()?.get(key))
}
