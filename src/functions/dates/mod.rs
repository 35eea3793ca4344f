//! Times and durations: Go's `time.Time` and `time.Duration` as templates meet them, and the functions on them.

use crate::gotemplate::Function;

/// The rows of this topic.
pub(super) fn rows() -> Vec<Function> {
    Vec::new()
}

/// The duration functions that Helm adds to sprig's.
pub(super) fn helm_rows() -> Vec<Function> {
    Vec::new()
}
