//! Whether a template that runs again would write the same again.
//!
//! Maps and lists are shared, so the answer is a matter of the whole thread, which a run never leaves: something that others
//! can see was changed, or something was read that is another thing next time.

use std::cell::Cell;

thread_local! {
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    static FLEETING_READS: Cell<u64> = const { Cell::new(0) };
}

/// A point in the life of a thread's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gotemplate) struct Moment {
    /// How many changes were seen before.
    pub(in crate::gotemplate) changes: u64,
    fleeting_reads: u64,
}

/// Now. Between two equal moments nothing happened that a repetition would miss.
pub(in crate::gotemplate) fn moment() -> Moment {
    Moment { changes: CHANGES.get(), fleeting_reads: FLEETING_READS.get() }
}

/// A map, a list or what an object holds changed that more than its maker holds.
pub fn changed() {
    CHANGES.set(CHANGES.get() + 1);
}

/// Something was read that may be different next time.
pub(in crate::gotemplate) fn read_fleeting() {
    FLEETING_READS.set(FLEETING_READS.get() + 1);
}
