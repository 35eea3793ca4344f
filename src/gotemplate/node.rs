//! The tree of a template text.

use std::sync::Arc;

use super::error::ParseError;
use crate::yaml::Text;

/// A parsed template text. It has no name, so that one tree serves every name the text has.
pub struct Tree {
    definitions: Vec<Definition>,
}

/// A body with the name that the text gives it.
pub(super) struct Definition {
    /// The name; `None` for the text outside of any `define`, which comes last.
    pub(super) name: Option<Text>,
    /// Whether it holds nothing but space and comments.
    pub(super) is_empty: bool,
}

impl Tree {
    pub(super) fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    pub(super) fn allowed_as(self: &Arc<Self>, _name: &Text) -> Result<(), ParseError> {
        Ok(())
    }
}
