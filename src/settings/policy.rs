//! What a project forbids itself: where charts may come from, how old a version must be, whether ranges may be written.
//!
//! Several files may say it (the system's, the project's, that of a base revision); all of them hold together, so that none
//! loosens another. Whether something breaks a policy is asked here with plain texts; who asks tells it.

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::Deserialize;

/// What is forbidden. The default forbids nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Policy {
    /// Lists of sources, each of which must admit a chart's source.
    sources: Vec<Vec<String>>,
    /// Lists of hosts, each of which must admit the host of a locked address, if it is not the repository's own.
    hosts: Vec<Vec<String>>,
    /// How old a version must be before it is chosen.
    pub minimum_release_age: Option<SignedDuration>,
    /// Whether a release must say an exact version.
    pub forbids_ranges: bool,
}

impl Policy {
    /// Both policies at once.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.sources.extend(other.sources);
        self.hosts.extend(other.hosts);
        self.minimum_release_age = self.minimum_release_age.max(other.minimum_release_age);
        self.forbids_ranges |= other.forbids_ranges;
        self
    }

    /// Whether charts may come from this source: one that is named, or one below it.
    pub fn admits_source(&self, source: &str) -> bool {
        let is_below = |named: &String| {
            let named = named.trim_end_matches('/');
            source.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.sources.iter().all(|list| list.iter().any(is_below))
    }

    /// Whether a locked address may name this host, which is not its repository's own.
    pub fn admits_host(&self, host: &str) -> bool {
        self.hosts.iter().all(|list| list.iter().any(|named| named == host))
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PolicyTable {
    sources: Option<Vec<String>>,
    hosts: Option<Vec<String>>,
    minimum_release_age: Option<Age>,
    #[serde(default)]
    forbid_ranges: bool,
}

/// A duration in the words of people: `3 days`, `72h`.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Age(SignedDuration);

impl TryFrom<String> for Age {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no duration such as `3 days` or `72h`");
        let span: Span = text.parse().map_err(|_| wrong())?;
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        if duration.is_negative() { Err(wrong()) } else { Ok(Self(duration)) }
    }
}

impl From<PolicyTable> for Policy {
    fn from(table: PolicyTable) -> Self {
        Self {
            sources: table.sources.into_iter().collect(),
            hosts: table.hosts.into_iter().collect(),
            minimum_release_age: table.minimum_release_age.map(|age| age.0),
            forbids_ranges: table.forbid_ranges,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    fn policy(text: &str) -> Policy {
        Settings::parse(&format!("[policy]\n{text}")).unwrap().policy
    }

    #[test]
    fn a_source_is_admitted_with_all_below_it() {
        let policy = policy("sources = ['https://charts.example.com/', 'oci://r.example.com/team']");
        for source in ["https://charts.example.com", "https://charts.example.com/stable", "oci://r.example.com/team/a"] {
            assert!(policy.admits_source(source), "{source}");
        }
        for source in ["https://charts.example.com.evil.org", "oci://r.example.com/teammate", "http://charts.example.com", ""] {
            assert!(!policy.admits_source(source), "{source}");
        }
        assert!(Policy::default().admits_source("anything"));
    }

    #[test]
    fn none_loosens_another() {
        let system = policy("sources = ['https://a', 'https://b']\nminimum-release-age = '3 days'\nhosts = ['x']");
        let project = policy("sources = ['https://b', 'https://c']\nminimum-release-age = '1h'\nforbid-ranges = true");
        let both = system.clone().and(project.clone());
        let admitted = ["https://a", "https://b", "https://c"].map(|source| both.admits_source(source));
        assert_eq!(admitted, [false, true, false]);
        assert_eq!(both.minimum_release_age, Some(SignedDuration::from_hours(72)));
        assert!(both.forbids_ranges && both.admits_host("x") && !both.admits_host("y"));
        assert_eq!(project.and(system).minimum_release_age, both.minimum_release_age);
    }

    #[test]
    fn a_duration_is_one() {
        assert_eq!(policy("minimum-release-age = '36h'").minimum_release_age, Some(SignedDuration::from_hours(36)));
        let told = |text: &str| Settings::parse(&format!("[policy]\nminimum-release-age = {text}\n")).unwrap_err().to_string();
        assert_eq!(told("'soon'"), "line 2: `soon` is no duration such as `3 days` or `72h`");
        assert_eq!(told("'-3 days'"), "line 2: `-3 days` is no duration such as `3 days` or `72h`");
    }
}
