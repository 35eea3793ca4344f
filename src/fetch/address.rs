//! A URL that can be shown: what may hold a secret is left out of its text.

use std::fmt;
use std::sync::Arc;

use url::Url;

/// An `http` or `https` URL. Its `Display` and `Debug` have neither user, password, query nor fragment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(Arc<Url>);

impl Address {
    /// The address, if the URL has one of these schemes and a host.
    pub fn new(url: Url) -> Option<Self> {
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| Self(Arc::new(url)))
    }

    /// The whole URL, with all its secrets.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    /// Whether both have the same scheme, host and port, which is how far credentials reach.
    pub(super) fn is_same_origin(&self, other: &Url) -> bool {
        self.0.origin() == other.origin()
    }

    /// Host and port.
    pub(super) fn host(&self) -> String {
        format!("{}:{}", self.0.host_str().unwrap_or_default(), self.0.port_or_known_default().unwrap_or_default())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
