//! Which keys of the user's input a rendering has read.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::yaml::Text;

/// Where in the user's input a collection came from, so that a rendering knows which keys were read.
#[derive(Clone)]
pub struct Origin(Rc<OriginNode>);

struct OriginNode {
    parent: Option<Origin>,
    key: Text,
    read: RefCell<BTreeSet<Text>>,
}

impl Origin {
    /// The origin of a whole document.
    pub fn root() -> Self {
        Self(Rc::new(OriginNode { parent: None, key: Text::default(), read: RefCell::default() }))
    }

    pub(super) fn child(&self, key: &Text) -> Self {
        Self(Rc::new(OriginNode { parent: Some(self.clone()), key: key.clone(), read: RefCell::default() }))
    }

    /// The keys from the document's root to this collection.
    pub fn path(&self) -> Vec<Text> {
        let mut path = match &self.0.parent {
            None => return Vec::new(),
            Some(parent) => parent.path(),
        };
        path.push(self.0.key.clone());
        path
    }

    /// The keys of this collection that were read so far.
    pub fn read(&self) -> Vec<Text> {
        self.0.read.borrow().iter().cloned().collect()
    }

    pub(super) fn note<K: Ord + AsRef<[u8]> + ?Sized>(&self, key: &K)
    where
        Text: Borrow<K>,
    {
        let mut read = self.0.read.borrow_mut();
        if !read.contains(key) {
            read.insert(key.as_ref().into());
        }
    }
}
