//! `helmlock.toml`: what a project says to helmlock alone, because helmfile.yaml has no word for it.
//!
//! It is read as a whole and every key must be known, so that a typing error never passes for a setting. It holds no
//! credential, and nothing that decides which bytes a chart has: that is the lock's.

mod mirror;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

pub use mirror::Mirror;
pub use policy::Policy;

/// The file's name; it stands beside the state file.
pub const FILE: &str = "helmlock.toml";

/// The settings of a project.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// The ways in which the project is evaluated. If there are none, every environment of the state file is one.
    pub variants: Vec<Variant>,
    /// What is forbidden.
    pub policy: Policy,
    /// The releases that the user's helm renders, each named as `needs` names it, sorted.
    pub by_helm: Vec<String>,
    /// Hosts that may have charts of repositories on other hosts, although only the lock says so.
    pub download_hosts: BTreeSet<String>,
    /// Where to ask instead of sources, in order.
    pub mirrors: Vec<Mirror>,
    /// The folder with the charts that `vendor` wrote, from the file's own folder.
    pub vendor: Option<String>,
}

/// One way in which a project is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The environment, as after `-e`.
    pub environment: String,
    /// As after `--state-values-set`, in order.
    pub state_values: Vec<String>,
    /// As after `--state-values-file`, in order.
    pub state_values_files: Vec<String>,
    /// Variables that the project sees beside those of the process, which they beat.
    pub variables: BTreeMap<String, String>,
    /// Whether it is all right that it cannot be evaluated everywhere, and that its pins are unverified there.
    pub may_be_unverified: bool,
}

/// Why a text is no `helmlock.toml`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Error {
    /// The line, from one.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Settings {
    /// Reads the text of a `helmlock.toml`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let read: File = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start.min(text.len()));
            Error {
                line: 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..before]).count(),
                reason: error.message().replace('\n', " "),
            }
        })?;
        let by_helm = read.release.into_iter().filter(|release| release.engine == Engine::Helm).map(|release| release.name);
        Ok(Self {
            policy: read.policy.into(),
            variants: read.variant.into_iter().map(Variant::from).collect(),
            by_helm: by_helm.collect::<BTreeSet<_>>().into_iter().collect(),
            download_hosts: read.download_hosts.into_iter().collect(),
            mirrors: read.mirror.into_iter().map(Mirror::from).collect(),
            vendor: read.vendor,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    download_hosts: Vec<String>,
    vendor: Option<String>,
    #[serde(default)]
    mirror: Vec<mirror::MirrorTable>,
    #[serde(default)]
    variant: Vec<VariantTable>,
    #[serde(default)]
    policy: policy::PolicyTable,
    #[serde(default)]
    release: Vec<ReleaseTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ReleaseTable {
    name: String,
    engine: Engine,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Engine {
    Helm,
    Helmlock,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct VariantTable {
    environment: String,
    #[serde(default)]
    state_values_set: Vec<String>,
    #[serde(default)]
    state_values_file: Vec<String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    may_be_unverified: bool,
}

impl From<VariantTable> for Variant {
    fn from(table: VariantTable) -> Self {
        Self {
            environment: table.environment,
            state_values: table.state_values_set,
            state_values_files: table.state_values_file,
            variables: table.variables,
            may_be_unverified: table.may_be_unverified,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_settles_nothing() {
        assert_eq!(Settings::parse("# nothing yet\n").unwrap(), Settings::default());
    }

    #[test]
    fn a_variant_has_all_that_loading_asks_for() {
        let text = r#"
            [[variant]]
            environment = "production"
            state-values-set = ["region=eu", "size=3"]
            state-values-file = ["tenants/blue.yaml"]
            variables = { CLUSTER = "eu-1" }
            may-be-unverified = true

            [[variant]]
            environment = "default"
        "#;
        let variants = Settings::parse(text).unwrap().variants;
        let full = Variant {
            environment: "production".to_owned(),
            state_values: vec!["region=eu".to_owned(), "size=3".to_owned()],
            state_values_files: vec!["tenants/blue.yaml".to_owned()],
            variables: [("CLUSTER".to_owned(), "eu-1".to_owned())].into(),
            may_be_unverified: true,
        };
        let bare = Variant {
            environment: "default".to_owned(),
            state_values: Vec::new(),
            state_values_files: Vec::new(),
            variables: BTreeMap::new(),
            may_be_unverified: false,
        };
        assert_eq!(variants, [full, bare]);
    }

    #[test]
    fn releases_name_their_engine() {
        let release = |name: &str, engine: &str| format!("[[release]]\nname = '{name}'\nengine = '{engine}'\n");
        let text = release("b", "helm") + &release("a/b", "helm") + &release("c", "helmlock");
        assert_eq!(Settings::parse(&text).unwrap().by_helm, ["a/b", "b"]);
        assert!(Settings::parse(&release("b", "go")).unwrap_err().to_string().starts_with("line 3: unknown variant `go`"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let told = |text: &str| Settings::parse(text).unwrap_err().to_string();
        assert_eq!(
            told("[[variant]]\nenvironment = 'a'\nstate-value-set = []\n"),
            "line 3: unknown field `state-value-set`, expected one of `environment`, `state-values-set`, `state-values-file`, `variables`, `may-be-unverified`"
        );
        assert_eq!(
            told("variants = []\n"),
            "line 1: unknown field `variants`, expected one of `download-hosts`, `vendor`, `mirror`, `variant`, `policy`, `release`"
        );
        assert_eq!(told("\n[[variant]]\n"), "line 2: missing field `environment`");
        assert!(told("a = 1\nb = \n").starts_with("line 2: "), "{}", told("a = 1\nb = \n"));
    }

    #[test]
    fn what_the_documents_show_is_read() {
        let pages = [include_str!("../../LOCKFILE.md"), include_str!("../../README.md")];
        let blocks: Vec<_> = pages.iter().flat_map(|page| page.split("```toml\n").skip(1)).collect();
        assert!(!blocks.is_empty(), "LOCKFILE.md shows variants");
        for block in blocks {
            let text = block.split("```").next().unwrap();
            assert_eq!(Settings::parse(text).err(), None, "{text}");
        }
    }
}
