//! The charts of one run that were read, so that each is read once however many releases use it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::chart::Chart;
use crate::digest::Digest;

/// What a chart is read from.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Bytes, and the folder in them if they have several.
    Bytes(Digest, String),
    /// A folder or an archive of this machine.
    Local(PathBuf),
}

/// Charts by what they were read from.
#[derive(Default)]
pub(super) struct Loaded(Mutex<HashMap<Place, Slot>>);

/// A chart that somebody may be reading.
type Slot = Arc<OnceLock<Arc<Chart>>>;

impl Loaded {
    /// The chart from there, which `load` reads unless it was read before. Of two threads that read it at once, one is believed; a
    /// chart may be read while one that it lies in is.
    pub(super) fn once<E>(&self, place: Place, load: impl FnOnce() -> Result<Chart, E>) -> Result<Arc<Chart>, E> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(place).or_default().clone();
        if let Some(chart) = slot.get() {
            return Ok(chart.clone());
        }
        let chart = Arc::new(load()?);
        Ok(slot.get_or_init(|| chart).clone())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_chart_is_read_once_and_again_after_a_failure() {
        let chart = || Ok::<_, ()>(Chart::default());
        let (loaded, reads) = (Loaded::default(), Cell::new(0));
        let place = |path: &str| Place::Local(path.into());
        let read = || {
            reads.set(reads.get() + 1);
            // Another one is read on the way.
            loaded.once(place("b"), chart)?;
            if reads.get() == 1 { Err(()) } else { chart() }
        };
        assert!(loaded.once(place("a"), read).is_err());
        let first = loaded.once(place("a"), read).unwrap();
        assert!(Arc::ptr_eq(&first, &loaded.once(place("a"), read).unwrap()));
        assert_eq!(reads.get(), 2);
    }
}
