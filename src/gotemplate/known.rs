//! Actions of a text that were parsed before: templates say the same again and again, and a tree then has one pipeline for all of them.
//!
//! What an action means without its text is not known here, nor where it stands.

use std::hash::Hasher as _;

use rustc_hash::FxHasher;

use super::node::{Control, Id, Pipe};
use super::token::Span;

/// What an action is that can be told by its words alone.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    Action(Id<Pipe>),
    Control(Control, Id<Pipe>),
    End,
}

/// The variables besides `$` that an action reads, which must be there wherever it stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Uses {
    numbers: [u32; 2],
    count: u8,
    /// Whether there are more, or the words of the action are not all that it means: then it is not remembered.
    is_too_much: bool,
}

impl Uses {
    /// Takes in one more.
    pub(super) fn add(&mut self, variable: u32) {
        match self.numbers.get_mut(usize::from(self.count)) {
            Some(place) => {
                *place = variable;
                self.count += 1;
            }
            None => self.is_too_much = true,
        }
    }

    /// The action sets a variable, or goes on with what another one began.
    pub(super) fn spoil(&mut self) {
        self.is_too_much = true;
    }

    /// In the order in which they are read.
    pub(super) fn numbers(&self) -> &[u32] {
        &self.numbers[..usize::from(self.count)]
    }
}

/// An action that was there before, and how far behind the first one like it this one stands.
#[derive(Clone, Copy)]
pub(super) struct Again {
    pub(super) meaning: Meaning,
    pub(super) uses: Uses,
    pub(super) shift: u32,
}

/// The actions of one text, as far as there is room for them: each has one place where it may be.
#[derive(Default)]
pub(super) struct Known {
    /// So many, or none where no text was begun.
    slots: Vec<Slot>,
    /// The number of the text, from 1: what is remembered of another one is not believed.
    text: u32,
}

const SLOTS: usize = 256;

/// Longer ones hardly come again.
const MOST_BYTES: usize = 200;

#[derive(Clone, Copy)]
struct Slot {
    text: u32,
    words: Span,
    meaning: Meaning,
    uses: Uses,
}

const EMPTY: Slot = Slot {
    text: 0,
    words: Span { start: 0, end: 0 },
    meaning: Meaning::End,
    uses: Uses { numbers: [0; 2], count: 0, is_too_much: false },
};

impl Known {
    /// Begins another text, of which nothing is known.
    pub(super) fn begin(&mut self) {
        self.text = self.text.wrapping_add(1);
        if self.text == 0 || self.slots.is_empty() {
            // A number that came again would be believed.
            self.slots.clear();
            self.slots.resize(SLOTS, EMPTY);
            self.text = 1;
        }
    }

    /// The action that has these bytes of the text, from behind its left delimiter to the end of its right one.
    pub(super) fn recall(&self, words: Span, text: &[u8]) -> Option<Again> {
        let bytes = words.of(text);
        let slot = self.slots.get(place(bytes)?)?;
        let is_it = slot.text == self.text && slot.words.of(text) == bytes;
        is_it.then(|| Again { meaning: slot.meaning, uses: slot.uses, shift: words.start - slot.words.start })
    }

    /// Remembers an action in place of another one. Where a variable may be gone the next time, it must be one line: that line is what
    /// an error tells.
    pub(super) fn keep(&mut self, words: Span, text: &[u8], (meaning, uses): (Meaning, Uses)) {
        if uses.is_too_much || uses.count > 0 && words.of(text).contains(&b'\n') {
            return;
        }
        if let Some(slot) = place(words.of(text)).and_then(|place| self.slots.get_mut(place)) {
            *slot = Slot { text: self.text, words, meaning, uses };
        }
    }
}

fn place(words: &[u8]) -> Option<usize> {
    if words.len() > MOST_BYTES {
        return None;
    }
    let mut hasher = FxHasher::default();
    hasher.write(words);
    Some(hasher.finish() as usize % SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_known_by_its_bytes_until_another_text_begins() {
        let text = b"{{ end }}{{ end }}{{ end -}}";
        let (first, again, other) = (Span { start: 2, end: 9 }, Span { start: 11, end: 18 }, Span { start: 20, end: 28 });
        let mut known = Known::default();
        known.begin();
        assert!(known.recall(first, text).is_none());
        known.keep(first, text, (Meaning::End, Uses { is_too_much: true, ..Uses::default() }));
        assert!(known.recall(again, text).is_none());
        known.keep(first, text, (Meaning::End, Uses::default()));
        assert_eq!(known.recall(again, text).map(|again| again.shift), Some(9));
        assert!(known.recall(other, text).is_none());
        known.begin();
        assert!(known.recall(again, text).is_none());
        known.text = u32::MAX;
        known.begin();
        assert!(known.text == 1 && known.recall(again, text).is_none());
    }
}
