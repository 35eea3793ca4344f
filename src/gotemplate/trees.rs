//! Parsed trees of this process, so that a template text is parsed once however many releases or calls of `tpl` use it, and
//! the sets that whole charts make of them.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::thread::{self, ThreadId};

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::error::ParseError;
use super::function::Functions;
use super::node::Tree;
use super::{Language, Set, parse};
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
    /// By a hash of what was parsed and for what.
    sets: FxHashMap<u64, Vec<KeptSet>>,
    bytes: usize,
}

/// A set, and what it was made of. Each thread has its own: handles of its templates come and go with every include, and threads
/// that count the same ones wait for each other.
struct KeptSet {
    thread: ThreadId,
    made: Made,
    templates: Vec<(Text, Text)>,
    set: Arc<Set>,
}

/// About what keeping a template of a set takes.
const TEMPLATE_WEIGHT: usize = 256;

/// Names and texts of templates, in the order in which they are parsed.
pub trait Templates<'a>: ExactSizeIterator<Item = (&'a Text, &'a Text)> + Clone {}

impl<'a, T: ExactSizeIterator<Item = (&'a Text, &'a Text)> + Clone> Templates<'a> for T {}

impl KeptSet {
    /// Whether it is of these templates: their texts are not only equal but the same ones, so that nobody looks at their bytes.
    fn is_of<'a>(&self, made: Made, templates: impl Templates<'a>) -> bool {
        let is_same = |(known, one): (&Text, &Text)| match (known.shared_place(), one.shared_place()) {
            (None, None) => known == one,
            (known_place, place) => known_place == place && known.len() == one.len(),
        };
        self.thread == thread::current().id()
            && self.made == made
            && self.templates.len() == templates.len()
            && self.templates.iter().zip(templates).all(|(known, (name, text))| known.0 == *name && is_same((&known.1, text)))
    }
}

impl Trees {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many texts it has.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.read().trees.values().map(Vec::len).sum()
    }

    /// Whether the text at this very place in memory was parsed before.
    pub fn knows(&self, text: &Text, functions: &Functions, language: &Language) -> bool {
        let made = (functions.fingerprint(), *language);
        text.shared_place().is_some_and(|place| self.read().places.contains_key(&(made, place)))
    }

    /// The set of these templates, made now or before by this thread; if now, `begin` is called first. `name` is that of [`Set::new`].
    ///
    /// # Errors
    /// As of [`Trees::parse`].
    pub fn set<'a>(
        &self,
        name: &'static str,
        templates: impl Templates<'a>,
        (functions, language): (&Functions, &Language),
        begin: impl FnOnce(),
    ) -> Result<Arc<Set>, ParseError> {
        let made = (functions.fingerprint(), *language);
        let mut hasher = FxBuildHasher.build_hasher();
        (name, made).hash(&mut hasher);
        templates.clone().for_each(|(_, text)| text.shared_place().hash(&mut hasher));
        let hash = hasher.finish();
        let is_it = |known: &&KeptSet| known.set.name().as_bytes() == name.as_bytes() && known.is_of(made, templates.clone());
        if let Some(known) = self.read().sets.get(&hash).and_then(|sets| sets.iter().find(is_it)) {
            return Ok(known.set.clone());
        }
        begin();
        let mut set = Set::new(name);
        for (name, text) in templates.clone() {
            set.add(name, &self.parse(name, text, functions, language)?);
        }
        let set = Arc::new(set);
        let templates: Vec<_> = templates.map(|(name, text)| (name.clone(), text.clone())).collect();
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + TEMPLATE_WEIGHT * templates.len() <= MOST_BYTES {
            kept.bytes += TEMPLATE_WEIGHT * templates.len();
            kept.sets.entry(hash).or_default().push(KeptSet {
                thread: thread::current().id(),
                made,
                templates,
                set: set.clone(),
            });
        }
        Ok(set)
    }

    fn read(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tree of `text`, parsed now or before. As [`parse()`], which see.
    ///
    /// # Errors
    /// The text is no template.
    pub fn parse(&self, name: &Text, text: &Text, functions: &Functions, language: &Language) -> Result<Arc<Tree>, ParseError> {
        let made = (functions.fingerprint(), *language);
        let place = text.shared_place().map(|place| (made, place));
        let known = place.and_then(|place| self.read().places.get(&place).cloned());
        if let Some(tree) = known {
            return tree.allowed_as(name).map(|()| tree);
        }
        let hash = FxBuildHasher.hash_one((made, text));
        let is_it = |(other, tree): &&(Made, Arc<Tree>)| *other == made && tree.text == *text;
        let known = self.read().trees.get(&hash).and_then(|trees| trees.iter().find(is_it)).map(|(_, tree)| tree.clone());
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
