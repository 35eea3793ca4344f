//! Slices as shared handles.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::{Origin, Value, dismantle, is_collection, repeat};
use crate::yaml;

/// Which Go type a slice has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// `[]interface {}`.
    Any,
    /// `[]string`.
    Strings,
    /// `[]int`.
    Ints,
    /// `[][]interface {}`, which `chunk` makes.
    Lists,
    /// Another one, of structs or pointers to them, by its Go name.
    Structs(&'static str),
}

/// A Go slice: a handle, so clones are the same slice.
#[derive(Clone)]
pub struct List(Rc<ListCell>);

struct ListCell {
    kind: ListKind,
    origin: Option<Origin>,
    contents: RefCell<ListContents>,
}

enum ListContents {
    Nil,
    Frozen(Arc<[yaml::Value]>),
    Owned(Vec<Value>),
}

impl Drop for ListCell {
    fn drop(&mut self) {
        if let ListContents::Owned(items) = self.contents.get_mut()
            && items.iter().any(is_collection)
        {
            dismantle(std::mem::take(items));
        }
    }
}

impl List {
    /// A `[]interface {}`.
    pub fn new(items: Vec<Value>) -> Self {
        Self::typed(items, ListKind::Any)
    }

    /// A slice of another Go type.
    pub fn typed(items: Vec<Value>, kind: ListKind) -> Self {
        Self::build(ListContents::Owned(items), kind, None)
    }

    /// A nil slice: as empty as any other, but JSON and YAML write `null` (`rest` of an empty list, `concat` of nothing).
    pub fn nil(kind: ListKind) -> Self {
        Self::build(ListContents::Nil, kind, None)
    }

    /// A slice over plain data that stays shared until it is touched.
    pub fn frozen(items: Arc<[yaml::Value]>) -> Self {
        Self::build(ListContents::Frozen(items), ListKind::Any, None)
    }

    pub(super) fn frozen_from(items: Arc<[yaml::Value]>, origin: Option<Origin>) -> Self {
        Self::build(ListContents::Frozen(items), ListKind::Any, origin)
    }

    /// Plain data equal to this slice.
    pub(super) fn thin(&self, depth: usize, left: &Cell<usize>) -> Result<yaml::Value, String> {
        Ok(match &*self.0.contents.borrow() {
            ListContents::Nil => yaml::Value::Null,
            ListContents::Frozen(items) => yaml::Value::List(items.clone()),
            ListContents::Owned(items) => {
                yaml::Value::List(items.iter().map(|item| item.thin(depth + 1, left)).collect::<Result<_, _>>()?)
            }
        })
    }

    /// The plain data, if nothing has touched it yet.
    pub(super) fn untouched(&self) -> Option<yaml::Value> {
        match &*self.0.contents.borrow() {
            ListContents::Frozen(items) => Some(yaml::Value::List(items.clone())),
            ListContents::Nil | ListContents::Owned(_) => None,
        }
    }

    /// Hands the items to `values` if this is the last handle.
    pub(super) fn release(self, values: &mut Vec<Value>) {
        if let Some(mut cell) = Rc::into_inner(self.0)
            && let ListContents::Owned(items) = std::mem::replace(cell.contents.get_mut(), ListContents::Nil)
        {
            values.extend(items.into_iter().filter(is_collection));
        }
    }

    fn build(contents: ListContents, kind: ListKind, origin: Option<Origin>) -> Self {
        Self(Rc::new(ListCell { kind, origin, contents: RefCell::new(contents) }))
    }

    /// The Go type of this slice.
    pub fn kind(&self) -> ListKind {
        self.0.kind
    }

    /// Whether both handles are the same slice.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Which slice this is: no other handle says the same as long as this one lives.
    pub(in crate::gotemplate) fn identity(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// Shows the items that were touched already; of plain data there are none yet.
    pub(in crate::gotemplate) fn visit(&self, see: &mut dyn FnMut(&Value)) {
        if let ListContents::Owned(items) = &*self.0.contents.borrow() {
            items.iter().for_each(see);
        }
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        matches!(&*self.0.contents.borrow(), ListContents::Nil)
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        match &*self.0.contents.borrow() {
            ListContents::Nil => 0,
            ListContents::Frozen(items) => items.len(),
            ListContents::Owned(items) => items.len(),
        }
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `index`.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.thawed()?.get(index).cloned()
    }

    /// All items: a copy of the references.
    pub fn items(&self) -> Vec<Value> {
        self.thawed().map(|items| items.clone()).unwrap_or_default()
    }

    /// Puts other items into the same slice, as an in-place sort does.
    pub fn replace(&self, items: Vec<Value>) {
        if Rc::strong_count(&self.0) > 1 {
            repeat::changed();
        }
        *self.0.contents.borrow_mut() = ListContents::Owned(items);
    }

    /// The items; `None` for a nil slice.
    fn thawed(&self) -> Option<Ref<'_, Vec<Value>>> {
        let frozen = match &*self.0.contents.borrow() {
            ListContents::Frozen(items) => Some(items.clone()),
            ListContents::Nil | ListContents::Owned(_) => None,
        };
        if let Some(frozen) = frozen {
            let adopt = |item: &yaml::Value| Value::adopt(item, self.0.origin.clone());
            *self.0.contents.borrow_mut() = ListContents::Owned(frozen.iter().map(adopt).collect());
        }
        Ref::filter_map(self.0.contents.borrow(), |contents| match contents {
            ListContents::Owned(items) => Some(items),
            ListContents::Nil | ListContents::Frozen(_) => None,
        })
        .ok()
    }
}
