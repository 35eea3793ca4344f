//! What a function may ask of the run it is called in: the clock, randomness, and to execute another template.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Everything outside the template and its data that a run may depend on, complete before it starts.
pub struct Run {
    /// The clock, which stands still during a run.
    pub now: jiff::Zoned,
    /// Fills a buffer with random bytes.
    pub entropy: RefCell<Box<dyn FnMut(&mut [u8])>>,
    /// What the functions of the program that embeds the language need: they know its type, the language does not.
    pub host: Rc<dyn Any>,
    /// The impure functions that ran, by name.
    pub impure: RefCell<BTreeSet<&'static str>>,
}

/// A run in progress.
pub struct State<'run> {
    run: &'run Run,
}

impl<'run> State<'run> {
    /// The clock of this run.
    pub fn now(&self) -> &jiff::Zoned {
        &self.run.now
    }

    /// Fills `bytes` with randomness.
    pub fn fill_random(&self, bytes: &mut [u8]) {
        (self.run.entropy.borrow_mut())(bytes);
    }

    /// What the embedding program's functions need, if it is a `T`.
    pub fn host<T: 'static>(&self) -> Option<&'run T> {
        self.run.host.downcast_ref()
    }
}
