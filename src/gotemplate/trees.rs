//! Parsed trees of this process, so that a template text is parsed once however many releases or calls of `tpl` use it.

use std::hash::BuildHasher as _;
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::error::ParseError;
use super::function::Functions;
use super::node::Tree;
use super::{Language, parse};
use crate::yaml::Text;

/// Beyond this many bytes nothing more is kept: a program that makes endless new texts must not grow endlessly.
const MOST_BYTES: usize = 512 << 20;

/// About what keeping the tree of a text takes.
fn weight(text: &[u8]) -> usize {
    512 + 8 * text.len()
}

/// A store of trees, shared by threads.
#[derive(Default)]
pub struct Trees {
    kept: RwLock<Kept>,
}

/// What a tree was made for: a table of functions, and a language.
type Made = (u64, Language);

#[derive(Default)]
struct Kept {
    /// By the hash of the text and of what it was parsed for, which is taken once: texts are long.
    trees: FxHashMap<u64, Vec<(Made, Arc<Tree>)>>,
    /// The same trees by the place of their text in memory, which no other text can take while its tree holds it: finding a
    /// chart's template again costs no look at its bytes.
    places: FxHashMap<(Made, usize), Arc<Tree>>,
    bytes: usize,
}

impl Trees {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many texts it has.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).trees.values().map(Vec::len).sum()
    }

    /// Whether the text at this very place in memory was parsed before.
    pub fn knows(&self, text: &Text, functions: &Functions, language: &Language) -> bool {
        let made = (functions.fingerprint(), *language);
        text.shared_place()
            .is_some_and(|place| self.kept.read().unwrap_or_else(PoisonError::into_inner).places.contains_key(&(made, place)))
    }

    /// The tree of `text`, parsed now or before. As [`parse()`], which see.
    ///
    /// # Errors
    /// The text is no template.
    pub fn parse(&self, name: &Text, text: &Text, functions: &Functions, language: &Language) -> Result<Arc<Tree>, ParseError> {
        let made = (functions.fingerprint(), *language);
        let place = text.shared_place().map(|place| (made, place));
        let read = || self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let known = place.and_then(|place| read().places.get(&place).cloned());
        if let Some(tree) = known {
            return tree.allowed_as(name).map(|()| tree);
        }
        let hash = FxBuildHasher.hash_one((made, text));
        let is_it = |(other, tree): &&(Made, Arc<Tree>)| *other == made && tree.text == *text;
        let known = read().trees.get(&hash).and_then(|trees| trees.iter().find(is_it)).map(|(_, tree)| tree.clone());
        if let Some(tree) = known {
            return tree.allowed_as(name).map(|()| tree);
        }
        let tree = parse(name, text, functions, language)?;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have parsed it meanwhile.
        if let Some((_, tree)) = kept.trees.get(&hash).and_then(|trees| trees.iter().find(is_it)) {
            return Ok(tree.clone());
        }
        if kept.bytes + weight(text) <= MOST_BYTES {
            kept.bytes += weight(text);
            kept.places.extend(place.map(|place| (place, tree.clone())));
            kept.trees.entry(hash).or_default().push((made, tree.clone()));
        }
        Ok(tree)
    }
}
