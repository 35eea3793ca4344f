//! Parsed trees of this process, so that a template text is parsed once however many releases or calls of `tpl` use it.

use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::error::ParseError;
use super::function::Functions;
use super::node::Tree;
use super::{Language, parse};
use crate::yaml::Text;

/// Beyond this many bytes of template text nothing more is kept: a program that makes endless new texts must not grow endlessly.
const MOST_BYTES: usize = 256 << 20;

/// A store of trees, shared by threads.
#[derive(Default)]
pub struct Trees {
    kept: RwLock<Kept>,
}

#[derive(Default)]
struct Kept {
    trees: FxHashMap<(u64, Language, Text), Arc<Tree>>,
    /// The same trees by the place of their text in memory, which no other text can take while `trees` holds it: finding a
    /// chart's template again costs no look at its bytes.
    places: FxHashMap<(u64, Language, usize), Arc<Tree>>,
    bytes: usize,
}

impl Trees {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `text`, parsed now or before. As [`parse()`], which see.
    ///
    /// # Errors
    /// The text is no template.
    pub fn parse(&self, name: &Text, text: &Text, functions: &Functions, language: &Language) -> Result<Arc<Tree>, ParseError> {
        let place = (functions.fingerprint(), *language, text.as_bytes().as_ptr().addr());
        let key = (functions.fingerprint(), *language, text.clone());
        let known = {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            // Empty texts share a place, and with what follows it in memory.
            let by_place = if text.is_empty() { None } else { kept.places.get(&place) };
            by_place.or_else(|| kept.trees.get(&key)).cloned()
        };
        if let Some(tree) = known {
            return tree.allowed_as(name).map(|()| tree);
        }
        let tree = parse(name, text, functions, language)?;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + text.len() <= MOST_BYTES {
            kept.bytes += text.len();
            kept.places.insert(place, tree.clone());
            kept.trees.insert(key, tree.clone());
        }
        Ok(tree)
    }
}
