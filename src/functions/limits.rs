//! Bounds for everything whose size a template chooses by a number. Go would try, and take the machine down.

use crate::gotemplate::FunctionError;

/// The longest text that one call may make.
pub(super) const MAX_TEXT: usize = 64 << 20;

/// The most items that one call may make.
pub(super) const MAX_ITEMS: usize = 10_000_000;

/// The most parts of a copy, however often they are shared in what is copied.
pub(super) const MAX_PARTS: usize = 2_000_000;

/// Deeper than this a value must contain itself: no parser of ours lets in deeper data.
pub(super) const MAX_DEPTH: usize = 10_000;

/// Refuses a text of `length` bytes if that is too long.
pub(super) fn text(length: u128) -> Result<(), FunctionError> {
    if length > MAX_TEXT as u128 { Err(format!("the result would be longer than {} MiB", MAX_TEXT >> 20).into()) } else { Ok(()) }
}

/// Refuses a list of `length` items if that is too long.
pub(super) fn items(length: u128) -> Result<(), FunctionError> {
    if length > MAX_ITEMS as u128 { Err(format!("the result would have more than {MAX_ITEMS} items").into()) } else { Ok(()) }
}
