//! Texts that nobody may see, and what they are shown for.

use std::fmt;

/// A text without `Display`, whose `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(String);

/// What proves to a server who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// A token that it or another server gave.
    Token(Secret),
    /// User and password.
    User(String, Secret),
}

impl Secret {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be sent to whom it is for.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
