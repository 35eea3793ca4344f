//! The templates that know each other by name: who wins when a name is defined twice, and layers for one call of `tpl`.
//!
//! A set only refers to parsed [`Tree`]s; the name that a text has in error positions stands here, not in the tree.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::node::{Definition, Tree};
use crate::yaml::Text;

/// Templates by name, possibly over a set below that stays as it is.
pub struct Set {
    name: Text,
    below: Option<Arc<Set>>,
    own: FxHashMap<Text, Arc<Template>>,
}

/// One named template of a set, ready to be executed.
pub struct Template {
    parsed_as: Text,
    tree: Arc<Tree>,
    definition: usize,
}

impl Set {
    /// A set without templates. Its name is the one that `tpl` parses under and that "no template" errors mention.
    pub fn new(name: impl Into<Text>) -> Self {
        Self { name: name.into(), below: None, own: FxHashMap::default() }
    }

    /// A set over `below` that starts with the same templates.
    pub fn layer(below: &Arc<Self>) -> Self {
        Self { name: below.name.clone(), below: Some(below.clone()), own: FxHashMap::default() }
    }

    /// Whether this is a set over another one, for one call of `tpl`.
    pub(super) fn is_layer(&self) -> bool {
        self.below.is_some()
    }

    /// The name given to [`Set::new`].
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// Adds all that a text defines, the text outside of any `define` under `name`.
    ///
    /// A later definition replaces an earlier one unless its body is empty (Go's `IsEmptyTree`).
    pub fn add(&mut self, name: &Text, tree: &Arc<Tree>) {
        for (index, definition) in tree.definitions().iter().enumerate() {
            let own_name = definition.name.as_ref().unwrap_or(name);
            // Within one text the top level gives way to a definition of its name, and the other way round, by emptiness.
            if definition.is_empty && self.template(own_name).is_some() {
                continue;
            }
            let template = Template { parsed_as: name.clone(), tree: tree.clone(), definition: index };
            self.own.insert(own_name.clone(), Arc::new(template));
        }
    }

    /// The template of that name.
    pub fn template(&self, name: &[u8]) -> Option<&Arc<Template>> {
        self.own.get(name).or_else(|| self.below.as_ref()?.template(name))
    }
}

impl Template {
    /// What a text is under this name: its top level, or, if that is empty, a definition of the name.
    pub fn of(name: &Text, tree: &Arc<Tree>) -> Self {
        let top = tree.definitions().len() - 1;
        let is_named = |definition: &Definition| definition.name.as_ref() == Some(name);
        let named = tree.definitions().iter().position(is_named).filter(|_| tree.definitions()[top].is_empty);
        Self { parsed_as: name.clone(), tree: tree.clone(), definition: named.unwrap_or(top) }
    }

    /// The name it is executed by.
    pub fn name(&self) -> &Text {
        self.definition().name.as_ref().unwrap_or(&self.parsed_as)
    }

    /// The name of the text it stands in, for positions.
    pub(super) fn parsed_as(&self) -> &Text {
        &self.parsed_as
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(super) fn definition(&self) -> &Definition {
        &self.tree.definitions()[self.definition]
    }
}
