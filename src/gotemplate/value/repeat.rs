//! Whether a template that runs again would write the same again, and whether it changes what other templates see.
//!
//! Maps and lists are shared, so the answer is a matter of the whole thread, which a run never leaves: something that others
//! can see was changed, or something was read that is another thing next time.

use std::cell::Cell;

thread_local! {
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    static FLEETING_READS: Cell<u64> = const { Cell::new(0) };
    static TURNS: Cell<u32> = const { Cell::new(0) };
    static CHANGES_FOR_ALL: Cell<u64> = const { Cell::new(0) };
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

/// A list or what an object holds changed that more than its maker holds.
pub fn changed() {
    CHANGES.set(CHANGES.get() + 1);
    CHANGES_FOR_ALL.set(CHANGES_FOR_ALL.get() + 1);
}

/// A map that more than its maker holds changed, which was made in the turn of this number.
pub(super) fn changed_of_turn(made: u32) {
    CHANGES.set(CHANGES.get() + 1);
    if made != turn() {
        CHANGES_FOR_ALL.set(CHANGES_FOR_ALL.get() + 1);
    }
}

/// The number of the turn that is on, from which what is made now has its age.
pub(super) fn turn() -> u32 {
    TURNS.get()
}

/// The execution of one template among others that have the same data: what it makes itself, the others do not see unless it
/// is put into something older.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    changes: u64,
}

impl Turn {
    /// What is made from here on is of this turn.
    pub fn begin() -> Self {
        // A number comes again after four billion turns; then too few things count as older.
        TURNS.set(TURNS.get().wrapping_add(1).max(1));
        Self { changes: CHANGES_FOR_ALL.get() }
    }

    /// Whether anything older was changed since.
    pub fn has_changed_others(self) -> bool {
        self.changes != CHANGES_FOR_ALL.get()
    }
}

/// Something was read that may be different next time.
pub(in crate::gotemplate) fn read_fleeting() {
    FLEETING_READS.set(FLEETING_READS.get() + 1);
}
