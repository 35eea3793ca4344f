//! How far one version is from another: a patch, a minor or a major step.

use std::fmt;
use std::str::FromStr;

use super::Version;

/// The largest step that may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The first two numbers stay.
    Patch,
    /// The first number stays.
    Minor,
    /// Nothing need stay.
    Major,
}

impl Level {
    /// The words for them, smallest first.
    pub const NAMES: [&str; 3] = ["patch", "minor", "major"];

    /// How large the step between two versions is.
    pub fn between(from: &Version, to: &Version) -> Self {
        match (from.major() == to.major(), from.minor() == to.minor()) {
            (true, true) => Self::Patch,
            (true, false) => Self::Minor,
            (false, _) => Self::Major,
        }
    }

    /// Whether a version lies no further from `from`, and not before it.
    pub fn admits(self, from: &Version, to: &Version) -> bool {
        to >= from && Self::between(from, to) <= self
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "patch" => Ok(Self::Patch),
            "minor" => Ok(Self::Minor),
            "major" => Ok(Self::Major),
            _ => Err(format!("one of {}", Self::NAMES.join(", "))),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_admits_steps_forward_up_to_its_size() {
        let admitted = |from: &str, to: &str| {
            let (from, to) = (Version::parse(from).unwrap(), Version::parse(to).unwrap());
            Level::NAMES.map(|name| name.parse::<Level>().unwrap().admits(&from, &to))
        };
        assert_eq!(admitted("1.2.3", "1.2.3"), [true, true, true]);
        assert_eq!(admitted("1.2.3", "1.2.4-rc.1"), [true, true, true]);
        assert_eq!(admitted("v1.2.3", "1.3"), [false, true, true]);
        assert_eq!(admitted("1.2.3", "2.0.0"), [false, false, true]);
        assert_eq!(admitted("1.2.3", "1.2.2"), [false, false, false]);
        assert_eq!(admitted("1.2.3", "0.9.0"), [false, false, false]);
    }

    #[test]
    fn the_words_are_those_of_the_flag() {
        assert_eq!(Level::Patch.to_string(), "patch");
        assert_eq!("huge".parse::<Level>().unwrap_err(), "one of patch, minor, major");
    }
}
