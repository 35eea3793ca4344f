//! What one comparison of a constraint means for one version.
//!
//! Each operator treats missing parts in its own way: `>1.2` begins at 1.3, `<=1.2` ends before 1.3, `=1.2` is `~1.2`.

use std::cmp::Ordering;

use super::Version;

/// How a version is compared with the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// How many parts of the bound were given before a wildcard or the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    /// `*`
    Nothing,
    /// `1` or `1.x`
    Major,
    /// `1.2` or `1.2.x`
    Minor,
    /// `1.2.3`
    Full,
}

/// One comparison, such as `>=1.2`.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) operator: Operator,
    /// Parts that were not given are zero.
    pub(super) bound: Version,
    pub(super) precision: Precision,
}

impl Comparison {
    /// Whether the version passes, prereleases judged like any other version.
    pub(super) fn passes(&self, version: &Version) -> bool {
        let (bound, full) = (&self.bound, matches!(self.precision, Precision::Full | Precision::Nothing));
        let major = version.major().cmp(&bound.major());
        let minor = version.minor().cmp(&bound.minor());
        match self.operator {
            Operator::Equal if self.precision == Precision::Full => version == bound,
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual if full => version != bound,
            Operator::NotEqual if self.precision == Precision::Major => major.is_ne(),
            Operator::NotEqual => major.is_ne() || minor.is_ne() || version.prerelease() != bound.prerelease(),
            Operator::Greater if full => version > bound,
            Operator::Greater if self.precision == Precision::Major => major.is_gt(),
            Operator::Greater => major.then(minor).is_gt(),
            Operator::Less => version < bound,
            Operator::GreaterOrEqual => version >= bound,
            Operator::LessOrEqual if self.precision == Precision::Full => version <= bound,
            Operator::LessOrEqual if self.precision == Precision::Major => major.is_le(),
            Operator::LessOrEqual => major.then(minor).is_le(),
            Operator::Caret => self.caret(version),
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        let bound = &self.bound;
        if version < bound {
            return false;
        }
        // `~0.0.0` and `*` admit everything.
        let zero = (bound.major(), bound.minor(), bound.patch()) == (0, 0, 0);
        if zero && matches!(self.precision, Precision::Full | Precision::Nothing) {
            return true;
        }
        version.major() == bound.major() && (self.precision == Precision::Major || version.minor() == bound.minor())
    }

    /// Up to the next change of the first part that is not zero.
    fn caret(&self, version: &Version) -> bool {
        let bound = &self.bound;
        if version < bound {
            return false;
        }
        if bound.major() > 0 || self.precision == Precision::Major {
            return version.major() == bound.major();
        }
        if version.major() > 0 {
            return false;
        }
        if bound.minor() > 0 || self.precision == Precision::Minor {
            return version.minor() == bound.minor();
        }
        version.minor() == 0 && version.patch() == bound.patch()
    }
}

/// The precedence of two prerelease texts, part by part.
///
/// `semver` compares digits of any length as numbers; Masterminds takes those beyond 64 bits for text.
pub(super) fn prereleases(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => match (left.parse::<u64>(), right.parse::<u64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => left.cmp(right),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}
