//! "Did you mean": the known name that is nearest to a mistyped one.

/// The nearest of `names`, if one is near enough to be meant.
pub(super) fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let ratio = |name: &str| similar::TextDiff::from_chars(typed.to_lowercase().as_str(), name.to_lowercase().as_str()).ratio();
    let near = names.into_iter().map(|name| (ratio(name), name)).filter(|(ratio, _)| *ratio >= 0.7);
    near.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name.to_owned())
}
