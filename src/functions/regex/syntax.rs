//! Reads RE2's syntax as Go's `regexp/syntax` does, its errors included, into the tree of `regex-syntax`.

use std::fmt;

use regex_syntax::hir::{Capture, Class, ClassUnicode, Dot, Hir, Look, Repetition};

use super::class::{self, Case};
use crate::yaml::Text;

/// A pattern as a tree, and the names of its groups by number; group 0 is the whole match.
pub(super) struct Parsed {
    pub(super) hir: Hir,
    pub(super) names: Vec<Option<Text>>,
}

/// What is wrong with a pattern, and with which part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error {
    problem: &'static str,
    part: Text,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error parsing regexp: {}: `{}`", self.problem, self.part)
    }
}

impl Error {
    pub(super) fn new(problem: &'static str, part: &[u8]) -> Self {
        Self { problem, part: part.into() }
    }

    /// The pattern compiles to more than there is room for.
    pub(super) fn too_large(regex: &[u8]) -> Self {
        Self::new("expression too large", regex)
    }
}

pub(super) const BAD_RANGE: &str = "invalid character class range";
const BAD_NAME: &str = "invalid named capture";
const BAD_PERL: &str = "invalid or unsupported Perl syntax";
const BAD_NESTING: &str = "invalid nested repetition operator";
const BAD_REPEAT: &str = "invalid repeat count";
const BAD_UTF8: &str = "invalid UTF-8";
const NO_BRACKET: &str = "missing closing ]";
const NO_PAREN: &str = "missing closing )";
const NO_ARGUMENT: &str = "missing argument to repetition operator";
const UNEXPECTED_PAREN: &str = "unexpected )";
const TOO_DEEP: &str = "expression nests too deeply";

/// The deepest tree, and the most repetitions of one thing.
const MAX_DEPTH: usize = 1000;
const MAX_REPEAT: u32 = 1000;

/// Reads a pattern.
pub(super) fn parse(regex: &[u8]) -> Result<Parsed, Error> {
    let mut parser = Parser {
        whole: regex,
        rest: regex,
        flags: Flags { fold: false, many_lines: false, dot_breaks: false, lazy: false },
        groups: vec![Group::new(None, None)],
        names: vec![None],
    };
    let mut repeated = None;
    while let Some(&first) = parser.rest.first() {
        repeated = parser.step(first, repeated)?;
    }
    match (parser.groups.pop(), parser.groups.is_empty()) {
        (Some(whole), true) => Ok(Parsed { hir: whole.finish().hir, names: parser.names }),
        _ => Err(Error::new(NO_PAREN, regex)),
    }
}

/// What `(?ims-U)` switches.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "the language has four switches")]
struct Flags {
    fold: bool,
    many_lines: bool,
    dot_breaks: bool,
    lazy: bool,
}

/// One thing that a repetition can stand behind.
struct Item {
    hir: Hir,
    depth: usize,
    /// The largest product of nested repetitions.
    weight: u32,
}

/// An open parenthesis: what was read behind it so far.
struct Group {
    capture: Option<u32>,
    /// What applied before it and applies again behind it; none for the whole pattern.
    outer: Option<Flags>,
    alternatives: Vec<Item>,
    items: Vec<Item>,
}

impl Group {
    fn new(capture: Option<u32>, outer: Option<Flags>) -> Self {
        Self { capture, outer, alternatives: Vec::new(), items: Vec::new() }
    }

    fn end_alternative(&mut self) {
        let concatenated = joined(std::mem::take(&mut self.items), Hir::concat);
        self.alternatives.push(concatenated);
    }

    fn finish(mut self) -> Item {
        self.end_alternative();
        let mut item = joined(self.alternatives, Hir::alternation);
        if let Some(index) = self.capture {
            item.hir = Hir::capture(Capture { index, name: None, sub: Box::new(item.hir) });
            item.depth += 1;
        }
        item
    }
}

fn joined(items: Vec<Item>, join: fn(Vec<Hir>) -> Hir) -> Item {
    // Go's nodes are counted: nothing is one, literals side by side are one, and a group adds none unless it captures.
    let deepest = items.iter().map(|item| item.depth).max().unwrap_or(1);
    let depth = deepest + usize::from(items.len() > 1 && deepest > 1);
    let weight = items.iter().map(|item| item.weight).max().unwrap_or(1);
    Item { hir: join(items.into_iter().map(|item| item.hir).collect()), depth, weight }
}

pub(super) struct Parser<'regex> {
    whole: &'regex [u8],
    pub(super) rest: &'regex [u8],
    flags: Flags,
    groups: Vec<Group>,
    names: Vec<Option<Text>>,
}

pub(super) type Done<T> = Result<T, Error>;

impl<'regex> Parser<'regex> {
    /// Reads one thing; answers where it begins if it is a repetition, since two in a row are an error.
    fn step(&mut self, first: u8, repeated: Option<&'regex [u8]>) -> Done<Option<&'regex [u8]>> {
        let before = self.rest;
        match first {
            b'(' if before.starts_with(b"(?") => self.perl_group()?,
            b'(' => {
                self.skip(1);
                self.open_capture(None);
            }
            b'|' => {
                self.skip(1);
                self.group().end_alternative();
            }
            b')' => self.close()?,
            b'^' => self.assertion(1, if self.flags.many_lines { Look::StartLF } else { Look::Start }),
            b'$' => self.assertion(1, if self.flags.many_lines { Look::EndLF } else { Look::End }),
            b'.' => {
                self.skip(1);
                self.push(Hir::dot(if self.flags.dot_breaks { Dot::AnyChar } else { Dot::AnyCharExceptLF }));
            }
            b'[' => self.brackets()?,
            b'*' | b'+' | b'?' => {
                self.skip(1);
                let (least, most) = match first {
                    b'*' => (0, None),
                    b'+' => (1, None),
                    _ => (0, Some(1)),
                };
                self.repeat(least, most, before, repeated)?;
                return Ok(Some(before));
            }
            b'{' => return self.braces(before, repeated),
            b'\\' => self.escape()?,
            _ => {
                let char = self.char()?;
                self.literal(char);
            }
        }
        Ok(None)
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn group(&mut self) -> &mut Group {
        self.groups.last_mut().expect("the group of the whole pattern is never closed")
    }

    fn push(&mut self, hir: Hir) {
        self.group().items.push(Item { hir, depth: 1, weight: 1 });
    }

    pub(super) fn assertion(&mut self, bytes: usize, look: Look) {
        self.skip(bytes);
        self.push(Hir::look(look));
    }

    pub(super) fn class(&mut self, class: ClassUnicode) {
        self.push(Hir::class(Class::Unicode(class)));
    }

    pub(super) fn case(&self) -> Case {
        if self.flags.fold { Case::Folded } else { Case::Exact }
    }

    pub(super) fn literal(&mut self, char: char) {
        let case = self.case();
        self.class(class::ranges(&[(char, char)], case));
    }

    /// Takes the next character.
    pub(super) fn char(&mut self) -> Done<char> {
        let (char, rest) = next_char(self.rest)?;
        self.rest = rest;
        Ok(char)
    }

    /// The text from `start` to here.
    pub(super) fn since(&self, start: &'regex [u8]) -> &'regex [u8] {
        &start[..start.len() - self.rest.len()]
    }

    fn braces(&mut self, before: &'regex [u8], repeated: Option<&'regex [u8]>) -> Done<Option<&'regex [u8]>> {
        let Some((least, most, rest)) = counts(before) else {
            self.skip(1);
            self.literal('{');
            return Ok(None);
        };
        self.rest = rest;
        let largest = most.unwrap_or(0).max(least);
        if largest > MAX_REPEAT || most.is_some_and(|most| most < least) {
            return Err(Error::new(BAD_REPEAT, self.since(before)));
        }
        self.repeat(least, most, before, repeated)?;
        let group = self.group();
        if let Some(item) = group.items.last_mut() {
            item.weight = match most.unwrap_or(least) {
                0 if most.is_some() => 1,
                times => item.weight.saturating_mul(times.max(1)),
            };
            if item.weight > MAX_REPEAT && largest >= 2 {
                return Err(Error::new(BAD_REPEAT, self.since(before)));
            }
        }
        Ok(Some(before))
    }

    fn repeat(&mut self, least: u32, most: Option<u32>, before: &'regex [u8], repeated: Option<&'regex [u8]>) -> Done<()> {
        let mut lazy = self.flags.lazy;
        if self.rest.first() == Some(&b'?') {
            self.skip(1);
            lazy = !lazy;
        }
        if let Some(first) = repeated {
            return Err(Error::new(BAD_NESTING, self.since(first)));
        }
        let Some(item) = self.group().items.pop() else {
            return Err(Error::new(NO_ARGUMENT, self.since(before)));
        };
        if item.depth >= MAX_DEPTH {
            return Err(Error::new(TOO_DEEP, self.whole));
        }
        let hir = Hir::repetition(Repetition { min: least, max: most, greedy: !lazy, sub: Box::new(item.hir) });
        self.group().items.push(Item { hir, depth: item.depth + 1, weight: item.weight });
        Ok(())
    }

    fn open(&mut self, capture: Option<u32>) {
        self.groups.push(Group::new(capture, Some(self.flags)));
    }

    fn open_capture(&mut self, name: Option<Text>) {
        self.names.push(name);
        self.open(Some(self.names.len() as u32 - 1));
    }

    fn close(&mut self) -> Done<()> {
        let Some(flags) = self.group().outer else {
            return Err(Error::new(UNEXPECTED_PAREN, self.whole));
        };
        self.skip(1);
        self.flags = flags;
        if let Some(group) = self.groups.pop() {
            let item = group.finish();
            if item.depth > MAX_DEPTH {
                return Err(Error::new(TOO_DEEP, self.whole));
            }
            self.group().items.push(item);
        }
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)` and `(?flags:`.
    fn perl_group(&mut self) -> Done<()> {
        let before = self.rest;
        let named =
            [&b"(?P<"[..], b"(?<"].into_iter().find(|opening| before.len() > opening.len() && before.starts_with(opening));
        if let Some(opening) = named {
            return self.named_group(opening.len());
        }
        self.skip(2);
        let mut flags = self.flags;
        let (mut value, mut saw_flag) = (true, false);
        while !self.rest.is_empty() {
            let char = self.char()?;
            match char {
                'i' => flags.fold = value,
                'm' => flags.many_lines = value,
                's' => flags.dot_breaks = value,
                'U' => flags.lazy = value,
                '-' if value => {
                    (value, saw_flag) = (false, false);
                    continue;
                }
                ':' | ')' if value || saw_flag => {
                    if char == ':' {
                        self.open(None);
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            }
            saw_flag = true;
        }
        Err(Error::new(BAD_PERL, self.since(before)))
    }

    fn named_group(&mut self, opening: usize) -> Done<()> {
        let before = self.rest;
        let Some(end) = memchr::memchr(b'>', before) else {
            valid_utf8(before)?;
            return Err(Error::new(BAD_NAME, before));
        };
        let name = &before[opening.min(end)..end];
        valid_utf8(name)?;
        if name.is_empty() || !name.iter().all(|&byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
            return Err(Error::new(BAD_NAME, &before[..=end]));
        }
        self.skip(end + 1);
        self.open_capture(Some(name.into()));
        Ok(())
    }

    fn brackets(&mut self) -> Done<()> {
        let before = self.rest;
        self.skip(1);
        let negative = self.rest.first() == Some(&b'^');
        if negative {
            self.skip(1);
        }
        let mut found = ClassUnicode::empty();
        let mut first = true;
        while first || self.rest.first() != Some(&b']') {
            first = false;
            if let Some(class) = self.posix_class()? {
                found.union(&class);
            } else if let Some(class) = self.escaped_class()? {
                found.union(&class);
            } else {
                let (from, to) = self.range(before)?;
                found.union(&class::ranges(&[(from, to)], self.case()));
            }
        }
        self.skip(1);
        self.class(if negative { class::negated(found) } else { found });
        Ok(())
    }

    fn posix_class(&mut self) -> Done<Option<ClassUnicode>> {
        let Some(inside) = self.rest.strip_prefix(b"[:") else { return Ok(None) };
        let Some(end) = memchr::memmem::find(inside, b":]") else { return Ok(None) };
        let Some(class) = class::posix(&inside[..end], self.case()) else {
            return Err(Error::new(BAD_RANGE, &self.rest[..end + 4]));
        };
        self.skip(end + 4);
        Ok(Some(class))
    }

    fn range(&mut self, brackets: &'regex [u8]) -> Done<(char, char)> {
        let before = self.rest;
        let from = self.bracketed_char(brackets)?;
        if !matches!(self.rest, [b'-', next, ..] if *next != b']') {
            return Ok((from, from));
        }
        self.skip(1);
        let to = self.bracketed_char(brackets)?;
        if to < from {
            return Err(Error::new(BAD_RANGE, self.since(before)));
        }
        Ok((from, to))
    }

    fn bracketed_char(&mut self, brackets: &'regex [u8]) -> Done<char> {
        match self.rest.first() {
            None => Err(Error::new(NO_BRACKET, brackets)),
            Some(b'\\') => self.escaped_char(),
            Some(_) => self.char(),
        }
    }
}

pub(super) fn next_char(text: &[u8]) -> Done<(char, &[u8])> {
    let width = text.first().map_or(0, |&byte| match byte {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    });
    let decoded = text.get(..width).and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(|bytes| bytes.chars().next());
    decoded.map(|char| (char, &text[width..])).ok_or_else(|| Error::new(BAD_UTF8, text))
}

pub(super) fn valid_utf8(text: &[u8]) -> Done<()> {
    std::str::from_utf8(text).map(drop).map_err(|error| Error::new(BAD_UTF8, &text[error.valid_up_to()..]))
}

/// `{2}`, `{2,}` or `{2,3}` and what follows; `None` where the brace is only a brace.
fn counts(text: &[u8]) -> Option<(u32, Option<u32>, &[u8])> {
    let (least, rest) = count(text.strip_prefix(b"{")?)?;
    let (most, rest) = match rest.strip_prefix(b",") {
        None => (Some(least), rest),
        Some(rest) if rest.starts_with(b"}") => (None, rest),
        Some(rest) => {
            let (most, rest) = count(rest)?;
            (Some(most), rest)
        }
    };
    Some((least, most, rest.strip_prefix(b"}")?))
}

/// A number without leading zeros; a huge one is only huge.
fn count(text: &[u8]) -> Option<(u32, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    if digits.is_empty() || (digits.len() > 1 && digits[0] == b'0') {
        return None;
    }
    let value = digits.iter().fold(0u32, |value, digit| value.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
    Some((value, rest))
}
