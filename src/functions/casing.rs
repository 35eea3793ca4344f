//! Upper and lower case, and the naming styles that are made of them.

use super::unicode::{self, Rune, is_letter, is_lower, is_number, is_punct, is_space, is_title, is_upper, lower, runes, upper};
use super::{Camelcase, Rules};
use crate::gotemplate::Function;
use crate::yaml::Text;

/// The rows of this topic.
pub(super) fn rows(rules: Rules) -> Vec<Function> {
    vec![
        Function::pure("camelcase", move |text: Text| camelcase(&text, rules.camelcase)),
        Function::pure("initials", initials),
        Function::pure("kebabcase", |text: Text| joined_words(&text, '-')),
        Function::pure("lower", |text: Text| unicode::map(&text, lower)),
        Function::pure("snakecase", |text: Text| joined_words(&text, '_')),
        Function::pure("swapcase", swapcase),
        Function::pure("title", title),
        Function::pure("untitle", untitle),
        Function::pure("upper", |text: Text| unicode::map(&text, upper)),
    ]
}

/// The first character of each word; goutils takes each byte for a character.
fn initials(text: Text) -> String {
    let mut after_gap = true;
    text.iter()
        .map(|&byte| char::from(byte))
        .filter(|&char| {
            let gap = is_space(char);
            std::mem::replace(&mut after_gap, gap) && !gap
        })
        .collect()
}

fn swapcase(text: Text) -> Vec<u8> {
    let mut after_space = true;
    unicode::map(&text, |char| {
        let (swapped, space) = match char {
            _ if is_upper(char) || is_title(char) => (lower(char), false),
            _ if is_lower(char) && after_space => (unicode::title(char), false),
            _ if is_lower(char) => (upper(char), after_space),
            _ => (char, is_space(char)),
        };
        after_space = space;
        swapped
    })
}

/// `strings.Title`: a word begins after whatever is neither letter, digit nor underscore.
fn title(text: Text) -> Vec<u8> {
    let mut previous = ' ';
    unicode::map(&text, |char| {
        let begins = match std::mem::replace(&mut previous, char) {
            before if before.is_ascii() => !before.is_ascii_alphanumeric() && before != '_',
            before => !is_letter(before) && !unicode::is_digit(before) && is_space(before),
        };
        if begins { unicode::title(char) } else { char }
    })
}

fn untitle(text: Text) -> Vec<u8> {
    let mut begins = true;
    unicode::map(&text, |char| {
        if is_space(char) {
            begins = true;
            return char;
        }
        if std::mem::replace(&mut begins, false) { lower(char) } else { char }
    })
}

fn is_connector(char: char) -> bool {
    char == '-' || char == '_' || is_space(char)
}

/// Words begin with a capital and lose their connectors, except those before the first word and all but one of a run.
fn camelcase(text: &[u8], style: Camelcase) -> String {
    let letters: Vec<char> = runes(text).map(|rune| rune.char).collect();
    let Some(first) = letters.iter().position(|&char| !is_connector(char)) else {
        // xstrings writes the last of nothing but connectors twice.
        return letters.iter().chain(letters.last()).collect();
    };
    let mut out: String = letters[..first].iter().collect();
    let mut in_capitals = style == Camelcase::Lowered && is_upper(letters[first]);
    let mut pending = upper(letters[first]);
    for &char in &letters[first + 1..] {
        if is_connector(pending) {
            if is_connector(char) {
                out.push(pending);
                pending = char;
                continue;
            }
            in_capitals = style == Camelcase::Lowered && is_upper(char);
            pending = upper(char);
            continue;
        }
        out.push(pending);
        in_capitals &= is_upper(char);
        pending = if in_capitals { lower(char) } else { char };
    }
    out.push(pending);
    out
}

/// What xstrings takes a run of characters for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Number,
    Capitals,
    Letters,
    Connector,
    Punctuation,
    Other,
}

impl Word {
    /// Whether a connector is due between two runs when this one follows.
    fn is_word(self) -> bool {
        !matches!(self, Self::Connector | Self::Punctuation)
    }
}

/// Chinese characters are no letters here.
fn is_alphabet(char: char) -> bool {
    is_letter(char) && !matches!(char, '\u{4e00}'..='\u{9fcc}' | '\u{3400}'..='\u{4d85}' | '\u{20000}'..='\u{2b81d}')
}

/// The first run of a text and what it is: capitals take their small letters with them, and leave the last capital of
/// many to them (`HTTPStatus` is `HTTP` and `Status`).
fn next_word(text: &[Rune<'_>]) -> Option<(Word, usize)> {
    let first = text.first()?.char;
    let run = |belongs: &dyn Fn(char) -> bool| run(text, belongs);
    Some(match first {
        _ if is_connector(first) => (Word::Connector, run(&is_connector)),
        _ if is_punct(first) => (Word::Punctuation, run(&is_punct)),
        _ if is_upper(first) => (Word::Capitals, capitals(text)),
        _ if is_alphabet(first) => (Word::Letters, run(&is_small)),
        _ if is_number(first) => (Word::Number, run(&is_number)),
        _ => (Word::Other, run(&|char| !is_connector(char) && !is_alphabet(char) && !is_number(char) && !is_punct(char))),
    })
}

/// Where the characters that belong to the first one end.
fn run(text: &[Rune<'_>], belongs: &dyn Fn(char) -> bool) -> usize {
    text[1..].iter().position(|rune| !belongs(rune.char)).map_or(text.len(), |length| length + 1)
}

fn is_small(char: char) -> bool {
    is_alphabet(char) && !is_upper(char)
}

fn capitals(text: &[Rune<'_>]) -> usize {
    match text.get(1) {
        Some(second) if is_upper(second.char) => {
            let end = run(text, &is_upper);
            if text.get(end).is_some_and(|next| is_alphabet(next.char)) { end - 1 } else { end }
        }
        Some(second) if is_alphabet(second.char) => run(text, &is_small),
        _ => 1,
    }
}

/// The characters of a text as xstrings walks over them: what is no character goes with the one that follows, and at the end
/// of the text counts as another of the last.
fn letters(text: &[u8]) -> Vec<Rune<'_>> {
    let mut letters: Vec<Rune<'_>> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for rune in runes(text) {
        end += rune.bytes.len();
        if rune.char != char::REPLACEMENT_CHARACTER {
            letters.push(Rune { char: rune.char, bytes: &text[start..end] });
            start = end;
        }
    }
    if start < end {
        let last = letters.last().map_or(char::REPLACEMENT_CHARACTER, |rune| rune.char);
        letters.push(Rune { char: last, bytes: &text[start..end] });
    }
    letters
}

/// `HTTPServer20Foo` becomes `http_server20_foo` (xstrings' `ToSnakeCase` and `ToKebabCase`).
fn joined_words(text: &[u8], connector: char) -> Vec<u8> {
    let letters = letters(text);
    let mut words = Words { rest: &letters, out: Vec::with_capacity(text.len()), connector };
    let mut current = words.next();
    while let Some((kind, word)) = current {
        words.write(kind, word);
        current = words.next();
        current = match kind {
            Word::Number => words.number_then(current),
            Word::Connector | Word::Punctuation => current,
            _ => words.letters_then(current),
        };
    }
    words.out
}

struct Words<'text> {
    rest: &'text [Rune<'text>],
    out: Vec<u8>,
    connector: char,
}

type Run<'text> = Option<(Word, &'text [Rune<'text>])>;

impl<'text> Words<'text> {
    fn next(&mut self) -> Run<'text> {
        let (kind, length) = next_word(self.rest)?;
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some((kind, word))
    }

    fn write(&mut self, kind: Word, word: &[Rune<'_>]) {
        let changes = matches!(kind, Word::Capitals | Word::Connector);
        let connector = self.connector;
        for rune in word {
            let lowered = || {
                unicode::map(rune.bytes, |char| match char {
                    _ if is_connector(char) => connector,
                    _ if is_upper(char) => lower(char),
                    _ => char,
                })
            };
            self.out.extend(if changes { lowered() } else { rune.bytes.to_vec() });
        }
    }

    fn connect(&mut self) {
        self.out.extend(self.connector.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn join_to(&mut self, next: Run<'text>) {
        if next.is_some_and(|(kind, _)| kind.is_word()) {
            self.connect();
        }
    }

    /// Small letters and numbers that follow a number belong to it.
    fn number_then(&mut self, mut next: Run<'text>) -> Run<'text> {
        while let Some((kind @ (Word::Letters | Word::Number), word)) = next {
            self.write(kind, word);
            next = self.next();
        }
        self.join_to(next);
        next
    }

    /// A number belongs to the letters before it (`bld4_floor`) unless small letters follow it (`http_2xx`).
    fn letters_then(&mut self, next: Run<'text>) -> Run<'text> {
        let Some((Word::Number, number)) = next else {
            self.join_to(next);
            return next;
        };
        if self.rest.is_empty() {
            return next;
        }
        let after = self.next();
        if let Some((Word::Letters, _)) = after {
            self.connect();
            self.write(Word::Number, number);
            return self.number_then(after);
        }
        self.write(Word::Number, number);
        self.join_to(after);
        after
    }
}
