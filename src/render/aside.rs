//! Templates that are executed aside: by threads that have no release of their own, from the last one on, while the release's
//! own thread goes through them from the first.
//!
//! What a template prints depends on the ones before it as far as they change what all see (`set .Values ...`). So what was
//! executed aside counts only where none of them changed anything, failed, or took more steps than a run may take: else the
//! release's own thread executes those templates again, as if nobody had helped. Which of the two it was, nobody can see.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::execution::{Execution, Outcome};
use super::inputs::ReleaseInputs;
use super::prepare;
use crate::gotemplate::Trees;
use crate::yaml::Text;

/// The steps that may be spent aside on one template, a sixteenth of a run's: it may be for nothing.
const MOST_STEPS: u64 = 1 << 25;

/// The templates of one release, shared by threads.
pub struct Aside {
    inputs: ReleaseInputs,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    /// How many templates there are, once the release's own thread knows.
    count: usize,
    /// How many of them the release's own thread has begun.
    begun: usize,
    /// What came of those executed aside, the last template's first; nothing as long as somebody is at it.
    outcomes: Vec<Option<Outcome>>,
    is_spoilt: bool,
}

impl State {
    /// The first template that is taken aside.
    fn end(&self) -> usize {
        self.count - self.outcomes.len()
    }

    /// Whether there is a template that nobody has begun.
    fn is_left(&self) -> bool {
        !self.is_spoilt && self.begun < self.end()
    }
}

impl Aside {
    /// Nothing is executed yet.
    pub fn new(inputs: &ReleaseInputs) -> Self {
        let mut inputs = inputs.clone();
        // The release's own thread holds the values against their schemas.
        inputs.options.skip_schema_validation = true;
        Self { inputs, state: Mutex::default(), moved: Condvar::new() }
    }

    /// Lets others begin; there are so many templates.
    pub(super) fn open(&self, count: usize) {
        self.lock().count = count;
    }

    /// Executes templates until all are begun. `see` gets the text of each.
    pub fn help(&self, trees: &Trees, see: &dyn Fn(Text)) {
        if !self.lock().is_left() {
            return;
        }
        // Whatever goes wrong here, the release's own thread finds out, and tells.
        let Ok(prepared) = prepare(&self.inputs, None) else { return };
        let Ok(execution) = Execution::new(&self.inputs, &prepared, trees, &|_| {}) else { return };
        let mut execution = execution.remembering();
        while let Some(claim) = self.claim(execution.len()) {
            execution.allow(MOST_STEPS);
            match execution.one(claim.index) {
                Ok(outcome) if !outcome.has_changed_others => {
                    see(outcome.text.clone());
                    claim.deliver(outcome);
                }
                _ => return,
            }
        }
    }

    /// All from `index` on, if they are executed, and within what is left of the run's steps; else that one is for the release's
    /// own thread.
    pub(super) fn rest(&self, index: usize, steps: u64) -> Option<Vec<Outcome>> {
        let mut state = self.lock();
        state.begun = index + 1;
        if state.is_spoilt || index < state.end() {
            return None;
        }
        let is_busy = |state: &mut State| !state.is_spoilt && state.outcomes.iter().any(Option::is_none);
        let mut state = self.moved.wait_while(state, is_busy).unwrap_or_else(PoisonError::into_inner);
        state.begun = state.count;
        let outcomes = std::mem::take(&mut state.outcomes).into_iter().rev().flatten().collect::<Vec<_>>();
        let taken = outcomes.iter().fold(0, |sum: u64, outcome| sum.saturating_add(outcome.steps));
        state.is_spoilt |= taken > steps;
        (!state.is_spoilt).then_some(outcomes)
    }

    /// Nothing that is executed aside counts.
    pub(super) fn spoil(&self) {
        self.lock().is_spoilt = true;
        self.moved.notify_all();
    }

    /// The last template that nobody has begun; `known` is how many the claimant knows.
    fn claim(&self, known: usize) -> Option<Claim<'_>> {
        let mut state = self.lock();
        if !state.is_left() || known != state.count {
            return None;
        }
        state.outcomes.push(None);
        Some(Claim { aside: self, index: state.end(), is_delivered: false })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Aside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Aside({})", self.inputs.name)
    }
}

/// The right to execute one template. Whoever gives it up, be it in a panic, has spoilt it all.
struct Claim<'a> {
    aside: &'a Aside,
    index: usize,
    is_delivered: bool,
}

impl Claim<'_> {
    fn deliver(mut self, outcome: Outcome) {
        let mut state = self.aside.lock();
        let place = state.count - 1 - self.index;
        if let Some(place) = state.outcomes.get_mut(place) {
            *place = Some(outcome);
        }
        self.is_delivered = true;
        drop(state);
        self.aside.moved.notify_all();
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if !self.is_delivered {
            self.aside.spoil();
        }
    }
}
