//! The constraint language: `^1.2`, `>=1.0 <2.0 || 3.x`, `1.2 - 1.4`.
//!
//! `||` parts alternatives, space or comma parts comparisons that must all pass. There is no SAT here and no simplifying:
//! a constraint is kept as written and asked about one version at a time.

use std::fmt;

use super::compare::{Comparison, Operator, Precision};
use super::{Error, Version, shape};

/// Longer texts are refused, because looking for ranges in hostile ones takes quadratic time.
const LONGEST: usize = 8192;

/// When a constraint admits prereleases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrereleaseRule {
    /// When one comparison of those that must all pass names a prerelease: Masterminds since 3.4 (Helm since 3.18).
    #[default]
    Group,
    /// When each comparison names a prerelease, but for `!=` of a full version, which admits all: Masterminds before 3.4.
    Each,
}

/// What versions somebody accepts, with the text that it was written as.
///
/// Equality and order are those of the text: `^1` and `>=1 <2` are different wishes.
#[derive(Clone)]
pub struct Constraint {
    original: Box<str>,
    alternatives: Vec<Vec<Comparison>>,
    digest: Option<Box<str>>,
}

impl Constraint {
    /// Reads a constraint. The empty text is none; who means "any version" by it says [`Constraint::any`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(Error::ImproperConstraint { text: text.chars().take(64).collect::<String>().into() });
        }
        let alternatives = rewrite_ranges(text).split("||").map(alternative).collect::<Result<_, _>>()?;
        Ok(Self { original: text.into(), alternatives, digest: None })
    }

    /// Reads what a release may also say of a chart in a registry, and no Chart.yaml: `1.2.0@sha256:…` or `@sha256:…`, one manifest and
    /// no other.
    pub fn parse_with_digest(text: &str) -> Result<Self, Error> {
        let Some((versions, digest)) = text.split_once('@') else { return Self::parse(text) };
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_digest = |digits: &str| digits.len() == 64 && digits.bytes().all(is_digit);
        if !digest.strip_prefix("sha256:").is_some_and(is_digest) {
            return Err(Error::ImproperConstraint { text: text.chars().take(128).collect::<String>().into() });
        }
        // Whoever names the bytes may mean a prerelease.
        let versions = if versions.is_empty() { Self::any_or_prerelease() } else { Self::parse(versions)? };
        Ok(Self { original: text.into(), digest: Some(digest.into()), ..versions })
    }

    /// `*`: any version but prereleases; what Helm means when no version is given.
    pub fn any() -> Self {
        Self::known("*")
    }

    /// `>0.0.0-0`: any version, prereleases too; what Helm means by `--devel` when no version is given.
    pub fn any_or_prerelease() -> Self {
        Self::known(">0.0.0-0")
    }

    fn known(text: &'static str) -> Self {
        Self::parse(text).expect("a constraint of our own is one")
    }

    /// Whether the version satisfies this, by the rule of today's Helm.
    pub fn admits(&self, version: &Version) -> bool {
        self.admits_under(PrereleaseRule::Group, version)
    }

    /// Whether the version satisfies this.
    pub fn admits_under(&self, rule: PrereleaseRule, version: &Version) -> bool {
        self.alternatives.iter().any(|comparisons| {
            let names_prerelease = comparisons.iter().any(|comparison| comparison.bound.is_prerelease());
            comparisons.iter().all(|comparison| {
                let open = match rule {
                    PrereleaseRule::Group => names_prerelease,
                    PrereleaseRule::Each => {
                        comparison.bound.is_prerelease()
                            || (comparison.operator == Operator::NotEqual && comparison.precision == Precision::Full)
                    }
                };
                (open || !version.is_prerelease()) && comparison.passes(version)
            })
        })
    }

    /// Whether any alternative names a prerelease, so that prereleases can be admitted at all.
    pub fn names_prerelease(&self) -> bool {
        self.alternatives.iter().flatten().any(|comparison| comparison.bound.is_prerelease())
    }

    /// The version, if this names exactly one in full: `1.2.3` or `=1.2.3`, but not `1.2`.
    pub fn is_exact(&self) -> Option<Version> {
        let [comparisons] = self.alternatives.as_slice() else { return None };
        let [comparison] = comparisons.as_slice() else { return None };
        (comparison.operator == Operator::Equal && comparison.precision == Precision::Full).then(|| comparison.bound.clone())
    }

    /// The lowest version that a comparison names: what the writer had in mind, when nothing matches.
    pub fn lowest_bound(&self) -> Option<&Version> {
        let named = |comparison: &&Comparison| comparison.precision != Precision::Nothing;
        self.alternatives.iter().flatten().filter(named).map(|comparison| &comparison.bound).min()
    }

    /// The digest of the one manifest that will do, `sha256:…`, if one is named.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The text that was parsed; [`fmt::Display`] prints it, too.
    pub fn original(&self) -> &str {
        &self.original
    }
}

impl PartialEq for Constraint {
    fn eq(&self, other: &Self) -> bool {
        self.original == other.original
    }
}

impl Eq for Constraint {}

impl Ord for Constraint {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.original.cmp(&other.original)
    }
}

impl PartialOrd for Constraint {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.original)
    }
}

impl fmt::Debug for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Constraint({:?})", self.original)
    }
}

impl std::str::FromStr for Constraint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// Reads the comparisons between two `||`.
fn alternative(text: &str) -> Result<Vec<Comparison>, Error> {
    let improper = || Error::ImproperConstraint { text: text.into() };
    let mut comparisons = Vec::new();
    let mut rest = skip_space(text);
    loop {
        let (operator, after) = operator(rest);
        let (shape, after) = shape::cut(skip_space(after), numeric).ok_or_else(improper)?;
        comparisons.push((operator, shape));
        rest = skip_space(after);
        if rest.is_empty() {
            break;
        }
        match rest.strip_prefix(',') {
            Some(next) => rest = skip_space(next),
            None if rest.len() == after.len() => return Err(improper()),
            None => {}
        }
    }
    comparisons.into_iter().map(|(operator, shape)| comparison(operator, &shape)).collect()
}

fn comparison(operator: Operator, shape: &shape::Shape<'_>) -> Result<Comparison, Error> {
    let given = |part: Option<&str>| part.is_some_and(|part| !matches!(part, "x" | "X" | "*"));
    let [major, minor, _] = shape.numbers.map(Option::unwrap_or_default);
    let (precision, mut text) = match shape.numbers.map(given) {
        [false, ..] => (Precision::Nothing, "0.0.0".to_owned()),
        [_, false, _] => (Precision::Major, format!("{major}.0.0")),
        [.., false] => (Precision::Minor, format!("{major}.{minor}.0")),
        [true, true, true] => (Precision::Full, shape.text.to_owned()),
    };
    if let Some(prerelease) = shape.prerelease.filter(|_| precision != Precision::Full) {
        text.push('-');
        text.push_str(prerelease);
    }
    let bound = Version::parse(&text).map_err(|_| Error::ConstraintVersion)?;
    Ok(Comparison { operator, bound, precision })
}

fn operator(text: &str) -> (Operator, &str) {
    const OPERATORS: [(&str, Operator); 11] = [
        ("!=", Operator::NotEqual),
        (">=", Operator::GreaterOrEqual),
        ("=>", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        ("=<", Operator::LessOrEqual),
        ("~>", Operator::Tilde),
        ("~", Operator::Tilde),
        ("^", Operator::Caret),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("=", Operator::Equal),
    ];
    OPERATORS
        .iter()
        .find_map(|(spelling, operator)| Some((*operator, text.strip_prefix(spelling)?)))
        .unwrap_or((Operator::Equal, text))
}

/// Rewrites `1.2 - 1.4` to `>= 1.2, <= 1.4`, as a textual step before all others: so Masterminds does it, and its error
/// messages show the rewritten text.
fn rewrite_ranges(text: &str) -> std::borrow::Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, from, to, after)) = range(rest) {
        out.extend([before, ">= ", from, ", <= ", to, " "]);
        rest = after;
    }
    if out.is_empty() {
        return text.into();
    }
    out.push_str(rest);
    out.into()
}

/// The first `A - B` in the text: what precedes it, A, B, and what follows.
fn range(text: &str) -> Option<(&str, &str, &str, &str)> {
    if !text.as_bytes().windows(2).any(|pair| is_space(char::from(pair[0])) && pair[1] == b'-') {
        return None;
    }
    let starts = text.char_indices().map(|(index, _)| index);
    starts.into_iter().find_map(|start| {
        let (_, after_from) = shape::cut(&text[start..], numeric)?;
        let from = &text[start..text.len() - after_from.len()];
        let hyphen = skip_space(after_from);
        let to = hyphen.strip_prefix('-')?;
        let end = skip_space(to);
        if hyphen.len() == after_from.len() || end.len() == to.len() {
            return None;
        }
        let (_, rest) = shape::cut(end, numeric)?;
        let before = text[..start].trim_end_matches(is_space);
        Some((before, from, &end[..end.len() - rest.len()], skip_space(rest)))
    })
}

/// What may stand for a number. The `|` is an oversight in Masterminds' pattern: `1|2` is a shape, but not a version.
fn numeric(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*' | b'|')
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// Go's `\s`, which has no vertical tab.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0c' | '\r')
}
