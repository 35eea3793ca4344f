//! Chart versions and the constraints on them, with the semantics of Masterminds' Go library, which Helm and helmfile use.
//!
//! `semver` holds the numbers; the loose spelling (`v1`, `1.2`), the constraint language and the rule for prereleases are
//! Masterminds' own and live here. This is not Cargo's `VersionReq`: half of all constraints mean something else there.
//!
//! `shape` cuts a version's text into parts, `constraint` is the language, `compare` what one comparison means, `level` how
//! far two versions are apart, `rewrite` moves a constraint to another version.

mod compare;
mod constraint;
mod error;
mod level;
mod rewrite;
mod shape;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;

pub use constraint::{Constraint, PrereleaseRule};
pub use error::{Error, Wording};
pub use level::Level;

/// A version, with the text that it was written as.
///
/// Order and equality are those of precedence: `v1.2`, `1.2.0` and `1.2.0+build` are equal. Where the text matters, as it
/// does for what a source offers, compare [`Version::original`].
#[derive(Clone)]
pub struct Version {
    number: semver::Version,
    original: Box<str>,
}

impl Version {
    /// Reads a version as Masterminds' `NewVersion` does: a leading `v` and missing parts are accepted.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (shape, rest) = shape::cut(text, |byte| byte.is_ascii_digit()).ok_or(Error::Invalid)?;
        if !rest.is_empty() {
            return Err(Error::Invalid);
        }
        let number = |part: Option<&str>| part.map_or(Ok(0), |digits| segment(digits).map_err(Error::segment));
        let [major, minor, patch] = shape.numbers;
        let number = semver::Version {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            pre: prerelease(shape.prerelease.unwrap_or_default())?,
            build: metadata(shape.metadata.unwrap_or_default())?,
        };
        Ok(Self { number, original: text.into() })
    }

    /// Reads a version as Masterminds' `StrictNewVersion` does: semantic versioning 2 to the letter.
    pub fn parse_strict(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::Empty);
        }
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(mut patch)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Error::Invalid);
        };
        let (mut pre, mut build) = (semver::Prerelease::EMPTY, semver::BuildMetadata::EMPTY);
        if let Some((before, after)) = patch.split_once('+') {
            patch = before;
            build = Some(after).filter(|text| !text.is_empty()).map_or(Err(Error::InvalidMetadata), metadata)?;
        }
        if let Some((before, after)) = patch.split_once('-') {
            patch = before;
            pre = Some(after).filter(|text| !text.is_empty()).map_or(Err(Error::InvalidPrerelease), prerelease)?;
        }
        for part in [major, minor, patch] {
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Error::InvalidCharacters);
            }
            if part.len() > 1 && part.starts_with('0') {
                return Err(Error::SegmentStartsZero);
            }
        }
        let number = semver::Version { major: segment(major)?, minor: segment(minor)?, patch: segment(patch)?, pre, build };
        Ok(Self { number, original: text.into() })
    }

    /// The text that was parsed; [`fmt::Display`] prints it, too.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The version spelled in full and without `v`, as Masterminds' `String` prints it.
    pub fn canonical(&self) -> String {
        self.number.to_string()
    }

    /// Whether [`Version::parse_strict`] takes the text. Helm takes no other OCI tag for a version.
    pub fn is_strict(&self) -> bool {
        Self::parse_strict(&self.original).is_ok()
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.number.major
    }

    /// The second number.
    pub fn minor(&self) -> u64 {
        self.number.minor
    }

    /// The third number.
    pub fn patch(&self) -> u64 {
        self.number.patch
    }

    /// What stands behind `-`, or nothing.
    pub fn prerelease(&self) -> &str {
        self.number.pre.as_str()
    }

    /// What stands behind `+`, or nothing.
    pub fn metadata(&self) -> &str {
        self.number.build.as_str()
    }

    /// Whether this is a prerelease.
    pub fn is_prerelease(&self) -> bool {
        !self.number.pre.is_empty()
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major(), version.minor(), version.patch());
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| other.is_prerelease().cmp(&self.is_prerelease()))
            .then_with(|| compare::prereleases(self.prerelease(), other.prerelease()))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.original)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({:?})", self.original)
    }
}

impl std::str::FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

fn segment(digits: &str) -> Result<u64, Error> {
    digits.parse().map_err(|_| Error::Number { digits: digits.into() })
}

fn prerelease(text: &str) -> Result<semver::Prerelease, Error> {
    let starts_zero = |part: &str| part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit());
    semver::Prerelease::new(text)
        .map_err(|_| if text.split('.').any(starts_zero) { Error::SegmentStartsZero } else { Error::InvalidPrerelease })
}

fn metadata(text: &str) -> Result<semver::BuildMetadata, Error> {
    semver::BuildMetadata::new(text).map_err(|_| Error::InvalidMetadata)
}
