//! Where to ask instead of sources, as a user writes it: outside of the lock, for whoever sits behind a mirror.

use std::path::PathBuf;

use serde::Deserialize;

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The sources and files that it is about: this one and all below it.
    pub prefix: String,
    /// What stands for the prefix, in the order of asking.
    pub locations: Vec<String>,
    /// Whether the sources themselves are never asked.
    pub only: bool,
    /// Whether the registries among the locations are spoken to without encryption.
    pub plain_http: bool,
    /// A file with the authorities whose certificates the locations have, as PEM, from the settings' own folder.
    pub ca_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MirrorTable {
    prefix: Place,
    locations: Vec<Place>,
    #[serde(default)]
    mirror_only: bool,
    #[serde(default)]
    plain_http: bool,
    ca_file: Option<PathBuf>,
}

/// An address that can be asked.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Place(String);

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let host = rest.split('/').next().unwrap_or_default();
        match (scheme, host.rsplit_once('@')) {
            // ssh has users everywhere, and passwords nowhere.
            ("ssh", Some((user, _))) if !user.contains(':') => Ok(Self(text)),
            // Settings are shared; secrets have places of their own.
            ("https" | "http" | "oci" | "ssh", Some(_)) => Err("an address of settings has no user and password".to_owned()),
            ("https" | "http" | "oci" | "ssh", None) => Ok(Self(text)),
            _ => Err(format!("`{text}` is no `https://`, `http://`, `oci://` or `ssh://` address")),
        }
    }
}

impl From<MirrorTable> for Mirror {
    fn from(table: MirrorTable) -> Self {
        Self {
            prefix: table.prefix.0,
            locations: table.locations.into_iter().map(|location| location.0).collect(),
            only: table.mirror_only,
            plain_http: table.plain_http,
            ca_file: table.ca_file,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;

    #[test]
    fn addresses_are_such_and_hold_no_secret() {
        let told = |location: &str| {
            let text = format!("[[mirror]]\nprefix = 'oci://'\nlocations = ['{location}']\n");
            Settings::parse(&text).map(|settings| settings.mirrors[0].locations.clone()).map_err(|error| error.to_string())
        };
        assert_eq!(told("oci://r.example.com/a"), Ok(vec!["oci://r.example.com/a".to_owned()]));
        assert_eq!(
            told("r.example.com"),
            Err("line 3: `r.example.com` is no `https://`, `http://`, `oci://` or `ssh://` address".to_owned())
        );
        assert!(told("ssh://git@r.example.com/a").is_ok() && told("ssh://git:p@r.example.com/a").is_err());
        assert_eq!(
            told("https://u:p@r.example.com/a"),
            Err("line 3: an address of settings has no user and password".to_owned())
        );
    }
}
