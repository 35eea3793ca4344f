//! Where to ask instead of sources, as a user writes it: outside of the lock, for whoever sits behind a mirror.

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
}

/// An address that can be asked.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Place(String);

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let rest = ["https://", "http://", "oci://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        match rest.map(|rest| rest.split('/').next().unwrap_or_default()) {
            None => Err(format!("`{text}` is no `https://`, `http://` or `oci://` address")),
            // Settings are shared; secrets have places of their own.
            Some(host) if host.contains('@') => Err("an address of settings has no user and password".to_owned()),
            Some(_) => Ok(Self(text)),
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
            Err("line 3: `r.example.com` is no `https://`, `http://` or `oci://` address".to_owned())
        );
        assert_eq!(
            told("https://u:p@r.example.com/a"),
            Err("line 3: an address of settings has no user and password".to_owned())
        );
    }
}
