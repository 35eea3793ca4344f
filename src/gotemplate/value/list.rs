//! Slices as shared handles.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::capacity::Item;
use super::{Origin, Value, drop_parts, is_collection, repeat};
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

impl ListKind {
    fn item(self) -> Item {
        let (size, has_pointers) = match self {
            Self::Any | Self::Strings => (16, true),
            Self::Ints => (8, false),
            Self::Lists => (24, true),
            Self::Structs(_) => (8, true),
        };
        Item { size, has_pointers }
    }

    fn zero(self) -> Value {
        match self {
            Self::Any | Self::Structs(_) => Value::Nil,
            Self::Strings => Value::text(""),
            Self::Ints => Value::int(0),
            Self::Lists => Value::List(List::nil(Self::Any)),
        }
    }
}

/// A Go slice: a handle, so clones are the same slice.
#[derive(Clone)]
pub struct List(Rc<ListCell>);

struct ListCell {
    kind: ListKind,
    behind: Behind,
    origin: Option<Origin>,
    contents: RefCell<ListContents>,
}

enum ListContents {
    Nil,
    Frozen(Arc<[yaml::Value]>),
    Owned(Vec<Value>),
}

/// What Go keeps behind the last item of a slice. Only `slice` reaches there.
enum Behind {
    /// Nothing: the slice was made as long as it is.
    Nothing,
    /// The room that appending one item after the other leaves, of zero values.
    Grown,
    /// Room for so many items, of zero values.
    Room(usize),
    /// The rest of the slice that this one is a part of, from one of its places on.
    Whole(List, usize),
}

impl Drop for ListCell {
    fn drop(&mut self) {
        let whole = self.take_whole();
        if let ListContents::Owned(items) = self.contents.get_mut() {
            drop_parts((std::mem::take(items), whole), |(mut values, whole)| {
                values.extend(whole);
                values
            });
        }
    }
}

impl ListCell {
    /// The slice that this one is a part of, for good.
    fn take_whole(&mut self) -> Option<Value> {
        match std::mem::replace(&mut self.behind, Behind::Nothing) {
            Behind::Whole(list, _) => Some(Value::List(list)),
            _ => None,
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
        Self::build(ListContents::Owned(items), kind, None, Behind::Nothing)
    }

    /// A slice that Go makes by appending one item after the other.
    pub fn grown(items: Vec<Value>, kind: ListKind) -> Self {
        Self::build(ListContents::Owned(items), kind, None, Behind::Grown)
    }

    /// A slice that Go makes with room for the `first` items and appends one after the other to.
    pub fn grown_from(first: usize, items: Vec<Value>, kind: ListKind) -> Self {
        let room = kind.item().capacity_of_grown(first, items.len()) - items.len();
        Self::build(ListContents::Owned(items), kind, None, Behind::Room(room))
    }

    /// A `[]interface {}` that Go makes by appending to one of `full` items.
    pub fn appended(items: Vec<Value>, full: usize) -> Self {
        let room = ListKind::Any.item().capacity(full, items.len()) - items.len();
        Self::build(ListContents::Owned(items), ListKind::Any, None, Behind::Room(room))
    }

    /// A nil slice: as empty as any other, but JSON and YAML write `null` (`rest` of an empty list, `concat` of nothing).
    pub fn nil(kind: ListKind) -> Self {
        Self::build(ListContents::Nil, kind, None, Behind::Nothing)
    }

    /// A slice over plain data that stays shared until it is touched.
    pub fn frozen(items: Arc<[yaml::Value]>) -> Self {
        Self::frozen_from(items, None)
    }

    pub(super) fn frozen_from(items: Arc<[yaml::Value]>, origin: Option<Origin>) -> Self {
        Self::build(ListContents::Frozen(items), ListKind::Any, origin, Behind::Grown)
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
        let Some(mut cell) = Rc::into_inner(self.0) else { return };
        values.extend(cell.take_whole());
        if let ListContents::Owned(items) = std::mem::replace(cell.contents.get_mut(), ListContents::Nil) {
            values.extend(items.into_iter().filter(is_collection));
        }
    }

    fn build(contents: ListContents, kind: ListKind, origin: Option<Origin>, behind: Behind) -> Self {
        Self(Rc::new(ListCell { kind, behind, origin, contents: RefCell::new(contents) }))
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

    /// How many items Go has memory for, this slice's own among them.
    fn capacity(&self) -> usize {
        match &self.0.behind {
            Behind::Nothing => self.len(),
            Behind::Grown => self.kind().item().capacity_of_grown(0, self.len()),
            Behind::Room(room) => self.len() + room,
            Behind::Whole(list, from) => list.capacity() - from,
        }
    }

    /// The item at `index`, be it one of those behind the last.
    fn reach(&self, index: usize) -> Value {
        match &self.0.behind {
            _ if index < self.len() => self.get(index).unwrap_or_default(),
            Behind::Whole(list, from) => list.reach(from + index),
            Behind::Nothing | Behind::Grown | Behind::Room(_) => self.kind().zero(),
        }
    }

    /// The items from `from` on to before `to`, which may be behind the last one as far as Go has memory there; `None` beyond.
    pub fn part(&self, from: usize, to: usize) -> Option<Self> {
        if from > to || to > self.capacity() {
            return None;
        }
        let items = (from..to).map(|index| self.reach(index)).collect();
        let behind = match &self.0.behind {
            Behind::Whole(list, start) => Behind::Whole(list.clone(), start + from),
            _ => Behind::Whole(self.clone(), from),
        };
        Some(Self::build(ListContents::Owned(items), self.kind(), None, behind))
    }

    /// A slice of other items with as much room, as a copy by reflection has it.
    #[must_use]
    pub fn with_items(&self, items: Vec<Value>) -> Self {
        let behind = Behind::Room(self.capacity().saturating_sub(items.len()));
        Self::build(ListContents::Owned(items), self.kind(), None, behind)
    }

    /// All items: a copy of the references.
    pub fn items(&self) -> Vec<Value> {
        self.thawed().map(|items| items.clone()).unwrap_or_default()
    }

    /// Puts other items into the same slice, as an in-place sort does, and so into the one that it is a part of.
    pub fn replace(&self, items: Vec<Value>) {
        if let Behind::Whole(list, from) = &self.0.behind {
            let mut all = list.items();
            if let Some(own) = all.get_mut(*from..from + items.len()) {
                own.clone_from_slice(&items);
                list.replace(all);
            }
        }
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
