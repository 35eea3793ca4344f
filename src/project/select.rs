//! Which releases take part, and in which order they come out: labels, selectors, `condition`, `needs`.
//!
//! Order is that of needs: first what needs nothing, then what needs only that, and so on; within a group the order of
//! definition. Releases that take no part count for the groups, too, as in helmfile.

use std::collections::{BTreeMap, BTreeSet};

use super::{Error, ErrorKind, Needs, Release, near};
use crate::yaml::{Map, Value};

/// Gives releases their labels, finds out which take part, and returns the order of all of them.
pub(super) fn select(releases: &mut [Release], values: &Map, selectors: &[String], mode: Needs) -> Result<Vec<usize>, Error> {
    let selectors = selectors.iter().map(|text| Selector::parse(text)).collect::<Result<Vec<_>, _>>()?;
    for release in &mut *releases {
        release.needs = needs(release);
        release.labels.extend(own_labels(release));
        release.enabled = is_enabled(release, values)?;
        let matches = selectors.is_empty() || selectors.iter().any(|selector| selector.matches(&release.labels));
        release.selected = matches && release.enabled;
    }
    let kept = without_duplicates(releases)?;
    let order = order(releases, &kept)?;
    include_needed(releases, &order, mode)?;
    Ok(order)
}

/// helmfile's own labels, which no label of the user's can change.
fn own_labels(release: &Release) -> [(String, String); 3] {
    let chart = release.written_chart.rsplit('/').next().unwrap_or_default();
    [("name", release.name.as_str()), ("namespace", &release.namespace), ("chart", chart)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
}

/// The identities of the needed releases: namespace and kube context are the release's own where they are left out.
fn needs(release: &Release) -> Vec<String> {
    let needs: BTreeSet<_> = release.needs.iter().map(|need| needed(need, release)).collect();
    needs.into_iter().collect()
}

/// The identity of the release that `need` names in `release`.
pub(super) fn needed(need: &str, release: &Release) -> String {
    let mut parts: Vec<_> = need.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    let namespace = parts.pop().unwrap_or(&release.namespace);
    let context = if parts.is_empty() { release.kube_context.clone() } else { parts.join("/") };
    identity(&context, namespace, name)
}

pub(super) fn identity(context: &str, namespace: &str, name: &str) -> String {
    match (context, namespace) {
        ("", "") => name.to_owned(),
        ("", namespace) => format!("{namespace}/{name}"),
        (context, namespace) => format!("{context}/{namespace}/{name}"),
    }
}

/// One `-l`: all its terms must hold.
pub(super) struct Selector {
    /// Label, value, and whether they must be equal.
    terms: Vec<(String, String, bool)>,
}

impl Selector {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let term = |term: &str| {
            let (label, value, equal) = match term.split_once("!=") {
                Some((label, value)) => (label, value, false),
                None => term.split_once('=').map(|(label, value)| (label, value, true))?,
            };
            let is_word = |word: &str| {
                !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./+-".contains(&byte))
            };
            (is_word(label) && is_word(value)).then(|| (label.to_owned(), value.to_owned(), equal))
        };
        let terms = text
            .split(',')
            .map(|text| term(text).ok_or_else(|| Error::new(ErrorKind::WrongSelector { term: text.to_owned() }, None)));
        Ok(Self { terms: terms.collect::<Result<_, _>>()? })
    }

    /// Whether some release could match both, as far as equal labels tell.
    pub(super) fn may_meet(&self, other: &Self) -> bool {
        let wanted = |selector: &Self| selector.terms.iter().filter(|(.., equal)| *equal).cloned().collect::<Vec<_>>();
        let others = wanted(other);
        wanted(self).iter().all(|(label, value, _)| others.iter().all(|(other, theirs, _)| label != other || value == theirs))
    }

    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.terms.iter().all(|(label, value, equal)| (labels.get(label) == Some(value)) == *equal)
    }
}

/// Whether `condition` holds: a literal, or a path that ends in `.enabled`, whose parents must be there.
fn is_enabled(release: &Release, values: &Map) -> Result<bool, Error> {
    match release.condition.to_lowercase().as_str() {
        "" | "true" => return Ok(true),
        "false" => return Ok(false),
        _ => {}
    }
    let refuse = |message: String| {
        let kind = ErrorKind::WrongCondition { release: release.name.clone(), condition: release.condition.clone(), message };
        Error::new(kind, Some(release.condition_place.clone()))
    };
    let path: Vec<_> = release.condition.split('.').collect();
    let Some((&"enabled", parents)) = path.split_last() else {
        return Err(refuse("it must be true, false, or a path of state values that ends in `.enabled`".to_owned()));
    };
    let mut map = values;
    for (index, parent) in parents.iter().enumerate() {
        let path = || parents[..=index].join(".");
        map = match map.get(parent.as_bytes()) {
            Some(Value::Map(below)) => below,
            Some(_) => return Err(refuse(format!("the state value `{}` is not a mapping", path()))),
            None => {
                let names: Vec<_> = map.keys().map(ToString::to_string).collect();
                let near = near::nearest(parent, names.iter().map(String::as_str));
                let hint = near.map(|near| format!("; there is `{near}`")).unwrap_or_default();
                return Err(refuse(format!("there is no state value `{}`{hint}", path())));
            }
        };
    }
    Ok(matches!(map.get(b"enabled".as_slice()), Some(Value::Bool(true))))
}

/// Refuses releases of one identity that both take part; of others only the one that takes part counts.
fn without_duplicates(releases: &[Release]) -> Result<Vec<usize>, Error> {
    let mut by_identity: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, release) in releases.iter().enumerate() {
        by_identity.entry(release.identity()).or_default().push(index);
    }
    let mut kept = Vec::new();
    for (index, release) in releases.iter().enumerate() {
        let same = &by_identity[&release.identity()];
        let mut selected = same.iter().filter(|index| releases[**index].selected);
        let (first, second) = (selected.next(), selected.next());
        if let (Some(first), Some(second)) = (first, second) {
            let kind = ErrorKind::Duplicate { release: release.identity(), first: releases[*first].place.clone() };
            return Err(Error::new(kind, Some(releases[*second].place.clone())));
        }
        if same.len() == 1 || first == Some(&index) {
            kept.push(index);
        }
    }
    Ok(kept)
}

/// All kept releases by their depth in the graph of needs, then by definition.
fn order(releases: &[Release], kept: &[usize]) -> Result<Vec<usize>, Error> {
    let by_identity: BTreeMap<String, usize> = kept.iter().map(|index| (releases[*index].identity(), *index)).collect();
    let mut waiting: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for index in kept {
        let release = &releases[*index];
        let needed = release.needs.iter().map(|need| {
            by_identity.get(need).copied().ok_or_else(|| {
                // Most often it is the namespace that was forgotten.
                let name = need.rsplit('/').next().unwrap_or(need);
                let namesake = by_identity.keys().find(|known| known.rsplit('/').next() == Some(name)).cloned();
                let near = namesake.or_else(|| near::nearest(need, by_identity.keys().map(String::as_str)));
                let kind = ErrorKind::UnknownNeed { release: release.identity(), need: need.clone(), near };
                Error::new(kind, Some(release.needs_place.clone()))
            })
        });
        waiting.insert(*index, needed.collect::<Result<_, _>>()?);
    }
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let group: Vec<_> = waiting.iter().filter(|(_, needed)| needed.is_empty()).map(|(index, _)| *index).collect();
        if group.is_empty() {
            return Err(cycle(releases, &waiting));
        }
        for index in &group {
            waiting.remove(index);
        }
        for needed in waiting.values_mut() {
            for index in &group {
                needed.remove(index);
            }
        }
        order.extend(group);
    }
    Ok(order)
}

/// Every release that still waits needs another one that does; so going from one to the next must come back.
fn cycle(releases: &[Release], waiting: &BTreeMap<usize, BTreeSet<usize>>) -> Error {
    let mut path: Vec<usize> = Vec::new();
    let mut next = waiting.keys().next().copied();
    while let Some(index) = next {
        let seen = path.iter().position(|known| *known == index);
        path.push(index);
        if let Some(start) = seen {
            path.drain(..start);
            break;
        }
        next = waiting.get(&index).and_then(|needed| needed.first()).copied();
    }
    let place = path.first().map(|index| releases[*index].needs_place.clone());
    let path = path.iter().map(|index| releases[*index].identity()).collect();
    Error::new(ErrorKind::NeedsCycle { path }, place)
}

/// Lets needed releases take part, or refuses that they do not. What needs others comes after them, so going backwards
/// finds all.
fn include_needed(releases: &mut [Release], order: &[usize], needs: Needs) -> Result<(), Error> {
    if needs == Needs::Skip {
        return Ok(());
    }
    let mut needed: BTreeMap<String, String> = BTreeMap::new();
    for index in order.iter().rev() {
        let identity = releases[*index].identity();
        if !releases[*index].selected {
            let Some(by) = needed.get(&identity) else { continue };
            if needs == Needs::Refuse {
                let kind = ErrorKind::UnselectedNeed { release: by.clone(), need: identity };
                return Err(Error::new(kind, Some(releases[*index].place.clone())));
            }
            releases[*index].selected = true;
        }
        for need in &releases[*index].needs {
            needed.entry(need.clone()).or_insert_with(|| identity.clone());
        }
    }
    Ok(())
}
