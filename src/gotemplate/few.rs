//! A list that mostly has one item, which then stands in place and needs no memory of its own.

use std::ops::Deref;
use std::slice;

/// One item or any other number of them.
pub(super) enum Few<T> {
    One(T),
    Other(Box<[T]>),
}

impl<T> Few<T> {
    /// The items of `list` from `start` on, which leave it.
    pub(super) fn taken(list: &mut Vec<T>, start: usize) -> Self {
        if list.len() == start + 1
            && let Some(only) = list.pop()
        {
            return Self::One(only);
        }
        Self::Other(list.drain(start..).collect())
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::One(only) => slice::from_ref(only),
            Self::Other(items) => items,
        }
    }
}
