//! Which keys of the user's input a rendering has read.
//!
//! One node stands for each map of the input, however many handles and copies of it there are. What is printed or encoded whole is
//! read with all below it; who goes through a map reads its keys, but not what is below them.

use std::borrow::Borrow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::yaml::Text;

/// Where in the user's input a collection came from, so that a rendering knows which keys were read.
#[derive(Clone)]
pub struct Origin(Rc<Node>);

#[derive(Default)]
struct Node {
    below: RefCell<BTreeMap<Text, Origin>>,
    read: RefCell<BTreeSet<Text>>,
    extent: Cell<Extent>,
}

/// What was read besides single keys.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    #[default]
    Nothing,
    Keys,
    Whole,
}

impl Origin {
    /// The origin of a whole document.
    pub fn root() -> Self {
        Self(Rc::default())
    }

    /// The origin of the collection under a key.
    #[must_use]
    pub fn child(&self, key: &Text) -> Self {
        if let Some(child) = self.0.below.borrow().get(key) {
            return child.clone();
        }
        self.0.below.borrow_mut().entry(key.clone()).or_insert_with(Self::root).clone()
    }

    /// The collections below that were touched, with their keys.
    pub fn children(&self) -> Vec<(Text, Self)> {
        self.0.below.borrow().iter().map(|(key, child)| (key.clone(), child.clone())).collect()
    }

    /// Whether a key of this collection was read.
    pub fn has_read(&self, key: &[u8]) -> bool {
        self.0.extent.get() != Extent::Nothing || self.0.read.borrow().contains(key)
    }

    /// Whether this collection was read with all below it.
    pub fn is_whole(&self) -> bool {
        self.0.extent.get() == Extent::Whole
    }

    /// Whether anything of this collection was read, however deep.
    pub fn is_touched(&self) -> bool {
        self.0.extent.get() != Extent::Nothing
            || !self.0.read.borrow().is_empty()
            || self.0.below.borrow().values().any(Self::is_touched)
    }

    /// Forgets what was read so far, here and below.
    pub fn forget(&self) {
        self.0.extent.set(Extent::Nothing);
        self.0.read.borrow_mut().clear();
        for child in self.0.below.borrow().values() {
            child.forget();
        }
    }

    /// A key was read.
    pub fn note<K: Ord + AsRef<[u8]> + ?Sized>(&self, key: &K)
    where
        Text: Borrow<K>,
    {
        let mut read = self.0.read.borrow_mut();
        if !read.contains(key) {
            read.insert(key.as_ref().into());
        }
    }

    /// All keys were read.
    pub(super) fn note_keys(&self) {
        self.0.extent.set(self.0.extent.get().max(Extent::Keys));
    }

    /// All was read, with what is below.
    pub(super) fn note_whole(&self) {
        self.0.extent.set(Extent::Whole);
    }
}
