//! The order of pins in the file: by name and, within a name, so that helmfile finds the right entry.
//!
//! helmfile takes the first entry of a chart's name whose version fits, whatever its repository. So a pin stands before
//! every other pin of its name that its constraints would admit, too. Two pins that admit each other cannot be told apart
//! by any order; then the newer version stands first.

use super::Pin;

/// Sorts pins.
pub(super) fn sort(pins: &mut Vec<Pin>) {
    for pin in pins.iter_mut() {
        pin.wants.sort();
        pin.wants.dedup();
        pin.environments.sort();
        pin.environments.dedup();
    }
    // Newest first is nearly always right, since each constraint chose the newest version that it admits.
    pins.sort_by(|left, right| {
        let (left_content, right_content) = (&left.content, &right.content);
        (left_content.chart.name().cmp(right_content.chart.name()))
            .then_with(|| right_content.version.cmp(&left_content.version))
            .then_with(|| left_content.version.original().cmp(right_content.version.original()))
            .then_with(|| left_content.chart.cmp(&right_content.chart))
            .then_with(|| left_content.digest.cmp(&right_content.digest))
            .then_with(|| left.environments.cmp(&right.environments))
            .then_with(|| left.wants.cmp(&right.wants))
    });
    pins.dedup();
    for same_name in pins.chunk_by_mut(|left, right| left.content.chart.name() == right.content.chart.name()) {
        // A project has a handful of versions of a chart; a longer run is hostile and not worth cubic time.
        if same_name.len() <= 64 {
            before_what_they_admit(same_name);
        }
    }
}

/// Moves to the front, again and again, the first pin that no pin behind it must precede; where each has one, the pin that
/// must precede the most.
fn before_what_they_admit(pins: &mut [Pin]) {
    for start in 0..pins.len() {
        let waiting = &pins[start..];
        let free = waiting.iter().position(|pin| !waiting.iter().any(|other| other.must_precede(pin)));
        let behind = |index: &usize| waiting.iter().filter(|other| waiting[*index].must_precede(other)).count();
        let next = free.or_else(|| (0..waiting.len()).rev().max_by_key(behind)).unwrap_or(0);
        pins[start..=start + next].rotate_right(1);
    }
}

impl Pin {
    /// Whether helmfile would take `other` for one of this pin's wishes if it stood before this pin.
    pub(super) fn must_precede(&self, other: &Self) -> bool {
        self.content.chart.name() == other.content.chart.name()
            && self.content.version.original() != other.content.version.original()
            && self.wants.iter().any(|constraint| constraint.admits(&other.content.version))
    }
}
