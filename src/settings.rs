//! helmlock.toml: what a project says to helmlock alone, beside its state file. So far: which releases the user's helm renders.
//!
//! It reads no file; whoever has the text hands it in.

use serde::Deserialize;

/// The file's name, in the folder of the lock.
pub const FILE: &str = "helmlock.toml";

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The releases that helm renders, each named as `needs` names it, sorted.
    pub by_helm: Vec<String>,
}

/// Why the file cannot be used: its place and what is wrong, on one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Error {
    line: usize,
    problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSettings {
    #[serde(default)]
    releases: Vec<WireRelease>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRelease {
    name: String,
    engine: WireEngine,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum WireEngine {
    Helm,
    Helmlock,
}

impl Settings {
    /// Reads the file's text.
    ///
    /// # Errors
    /// It is no TOML, or has what is not known here.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wire: WireSettings = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let problem = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            Error { line: before.matches('\n').count() + 1, problem }
        })?;
        let by_helm = wire.releases.into_iter().filter(|release| release.engine == WireEngine::Helm);
        let mut by_helm: Vec<_> = by_helm.map(|release| release.name).collect();
        by_helm.sort();
        by_helm.dedup();
        Ok(Self { by_helm })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_name_their_engine() {
        let text = "[[releases]]\nname = \"b\"\nengine = \"helm\"\n[[releases]]\nname = \"a/b\"\nengine = \"helm\"\n\
                    [[releases]]\nname = \"c\"\nengine = \"helmlock\"\n";
        assert_eq!(Settings::parse(text).unwrap().by_helm, ["a/b", "b"]);
        assert_eq!(Settings::parse("").unwrap(), Settings::default());
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_line() {
        for (text, line) in [("a = 1\n", 1), ("\n[[releases]]\nname = \"b\"\nengine = \"go\"\n", 4), ("[[releases]\n", 1)] {
            let said = Settings::parse(text).unwrap_err().to_string();
            assert!(said.starts_with(&format!("line {line}: ")), "{said}");
        }
    }
}
