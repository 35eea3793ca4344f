//! The places where a simple key may have begun, one for each level of flow collections.

use std::collections::VecDeque;

use super::{Fault, Mark};

/// How many characters a simple key may be long.
const MAX_LENGTH: usize = 1024;

#[derive(Clone, Copy, Default)]
struct Candidate {
    possible: bool,
    /// A line of a block mapping must turn out to be a key.
    required: bool,
    token: usize,
    mark: Mark,
}

/// All candidates, innermost last.
pub(super) struct Keys {
    levels: Vec<Candidate>,
    /// Token number and level of candidates, in the order of tokens. go-yaml keeps such an index and forgets an entry too
    /// many when an empty flow collection closes, which shows in how `[]: x` reads.
    by_token: VecDeque<(usize, usize)>,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { levels: vec![Candidate::default()], by_token: VecDeque::new() }
    }

    /// Where the innermost candidate stands.
    pub(super) fn mark(&self) -> Mark {
        self.innermost().mark
    }

    fn innermost(&self) -> &Candidate {
        self.levels.last().expect("the outermost level is never left")
    }

    /// Whether this token may still turn out to be a key.
    pub(super) fn may_be_key(&mut self, token: usize, now: Mark) -> Result<bool, Fault> {
        match self.by_token.binary_search_by_key(&token, |entry| entry.0) {
            Ok(index) => {
                let level = self.by_token[index].1;
                self.is_valid(level, now)
            }
            Err(_) => Ok(false),
        }
    }

    fn is_valid(&mut self, level: usize, now: Mark) -> Result<bool, Fault> {
        let Some(key) = self.levels.get_mut(level).filter(|key| key.possible) else { return Ok(false) };
        if key.mark.line >= now.line && key.mark.index + MAX_LENGTH >= now.index {
            return Ok(true);
        }
        if key.required {
            return Err(missing_colon(key.mark, now));
        }
        key.possible = false;
        Ok(false)
    }

    /// Remembers that the token of this number may be a key.
    pub(super) fn save(&mut self, token: usize, mark: Mark, required: bool) {
        let level = self.levels.len() - 1;
        self.levels[level] = Candidate { possible: true, required, token, mark };
        self.by_token.push_back((token, level));
    }

    /// Gives up the innermost candidate; tokens below `taken` have left the queue.
    pub(super) fn remove(&mut self, now: Mark, taken: usize) -> Result<(), Fault> {
        while self.by_token.front().is_some_and(|entry| entry.0 < taken) {
            self.by_token.pop_front();
        }
        let key = *self.innermost();
        if key.possible {
            if key.required {
                return Err(missing_colon(key.mark, now));
            }
            self.forget_innermost();
        }
        Ok(())
    }

    /// Takes the innermost candidate as a key, if it still can be one.
    pub(super) fn claim(&mut self, now: Mark) -> Result<Option<(usize, Mark)>, Fault> {
        let level = self.levels.len() - 1;
        if !self.is_valid(level, now)? {
            return Ok(None);
        }
        let key = *self.innermost();
        self.forget_innermost();
        Ok(Some((key.token, key.mark)))
    }

    /// A flow collection opens with the token of this number.
    pub(super) fn enter(&mut self, token: usize, mark: Mark) {
        self.levels.push(Candidate { possible: false, required: false, token, mark });
    }

    /// A flow collection closes.
    pub(super) fn leave(&mut self) {
        if let Some(key) = self.levels.pop() {
            self.forget(key.token);
        }
    }

    fn forget_innermost(&mut self) {
        let key = self.levels.last_mut().expect("the outermost level is never left");
        key.possible = false;
        let token = key.token;
        self.forget(token);
    }

    fn forget(&mut self, token: usize) {
        if let Ok(index) = self.by_token.binary_search_by_key(&token, |entry| entry.0) {
            self.by_token.remove(index);
        }
    }
}

fn missing_colon(context: Mark, at: Mark) -> Fault {
    Fault { problem: "could not find expected ':'".to_owned(), context, at, by_scanner: true }
}
