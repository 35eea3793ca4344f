//! The tree of a template text: what the parser makes and the evaluator walks.
//!
//! Nodes hold byte offsets into the text and nothing that a name or a line would need: lines, columns and the text that
//! errors show are computed when an error needs them (`describe`). All parts of one kind stand in one list and name each
//! other by their places, so that a tree of thousands of nodes takes a handful of allocations.

use std::marker::PhantomData;
use std::sync::Arc;

use super::error::ParseError;
use super::function::Callee;
use super::literal::Number;
use super::printf;
use super::token::Span;
use crate::yaml::{Near, Text};

/// A parsed template text. It has no name, so that one tree serves every name the text has.
pub struct Tree {
    pub(super) text: Text,
    /// Of the functions that it was parsed for: others stand elsewhere in their table.
    pub(super) functions: u64,
    pub(super) definitions: Vec<Definition>,
    pub(super) parts: Parts,
}

/// A body with the name that the text gives it.
pub(super) struct Definition {
    /// The name; `None` for the text outside of any `define`, which comes last.
    pub(super) name: Option<Text>,
    /// Whether it holds nothing but space and comments.
    pub(super) is_empty: bool,
    pub(super) body: Items<Node>,
}

impl Tree {
    pub(super) fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// The line, from 1, and the column in bytes, from 0, of an offset.
    pub(super) fn line_and_column(&self, offset: u32) -> (usize, usize) {
        line_and_column(&self.text, offset)
    }

    /// Go refuses a text that defines a template of the name it is parsed under, unless one of the two is empty.
    pub(super) fn allowed_as(self: &Arc<Self>, name: &Text) -> Result<(), ParseError> {
        let clash = |other: &Definition| other.name.as_ref() == Some(name) && !other.is_empty;
        match self.definitions.split_last() {
            Some((top, others)) if !top.is_empty && others.iter().any(clash) => {
                let line = self.line_and_column(self.text.len() as u32).0;
                Err(ParseError { template: name.clone(), line, message: multiple_definition(name) })
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn multiple_definition(name: &[u8]) -> String {
    format!("template: multiple definition of template {}", printf::quote(name))
}

pub(super) fn line_and_column(text: &[u8], offset: u32) -> (usize, usize) {
    let before = &text[..(offset as usize).min(text.len())];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    (1 + memchr::memchr_iter(b'\n', before).count(), before.len() - line_start)
}

/// The parts of a tree, each kind in a list of its own.
#[derive(Default)]
pub(super) struct Parts {
    nodes: Vec<Node>,
    branches: Vec<Branch>,
    calls: Vec<Call>,
    pipes: Vec<Pipe>,
    commands: Vec<Command>,
    terms: Vec<Term>,
    fields: Vec<Field>,
    /// Names of fields and values of strings.
    texts: Vec<Text>,
    numbers: Vec<Number>,
    /// The names of all variables, with their dollar; number 0 is `$`.
    pub(super) variables: Vec<Text>,
}

impl Parts {
    /// Lists that hold all that is in these and have no room for more; these are empty then.
    pub(super) fn packed(&mut self) -> Self {
        fn pack<T>(list: &mut Vec<T>) -> Vec<T> {
            let mut packed = Vec::with_capacity(list.len());
            packed.append(list);
            packed
        }
        Self {
            nodes: pack(&mut self.nodes),
            branches: pack(&mut self.branches),
            calls: pack(&mut self.calls),
            pipes: pack(&mut self.pipes),
            commands: pack(&mut self.commands),
            terms: pack(&mut self.terms),
            fields: pack(&mut self.fields),
            texts: pack(&mut self.texts),
            numbers: pack(&mut self.numbers),
            variables: pack(&mut self.variables),
        }
    }

    /// The name of a variable, with its dollar.
    pub(super) fn variable(&self, number: u32) -> &Text {
        &self.variables[number as usize]
    }

    /// How much there is room for, about.
    pub(super) fn room(&self) -> usize {
        self.nodes.capacity() + self.commands.capacity() + self.terms.capacity() + self.fields.capacity() + self.texts.capacity()
    }

    /// Takes in a part.
    pub(super) fn add<T: Part>(&mut self, part: T) -> Id<T> {
        let list = T::list_mut(self);
        list.push(part);
        Id { place: list.len() as u32 - 1, kind: PhantomData }
    }

    /// The text at a place, if it is this one.
    pub(super) fn known(&self, place: u32, text: &[u8]) -> Option<Id<Text>> {
        let known = self.texts.get(place as usize)?;
        (**known == *text).then_some(Id { place, kind: PhantomData })
    }

    /// How many parts of a kind there are.
    pub(super) fn count<T: Part>(&self) -> usize {
        T::list(self).len()
    }

    /// Those that were taken in since there were so many, which belong together.
    pub(super) fn since<T: Part>(&self, before: usize) -> Items<T> {
        Items { start: before as u32, count: (self.count::<T>() - before) as u32, kind: PhantomData }
    }

    /// Takes in parts that belong together: those of a pile from `outer` on.
    pub(super) fn add_pile<T: Part>(&mut self, pile: &mut Vec<T>, outer: usize) -> Items<T> {
        let (before, list) = (self.count::<T>(), T::list_mut(self));
        // Most commands are one word and most pipelines one command.
        match pile.len() - outer {
            0 => {}
            1 => list.extend(pile.pop()),
            _ => list.extend(pile.drain(outer..)),
        }
        self.since(before)
    }
}

/// What a list of [`Parts`] is of.
pub(super) trait Part: Sized {
    fn list(parts: &Parts) -> &[Self];
    fn list_mut(parts: &mut Parts) -> &mut Vec<Self>;
}

macro_rules! parts {
    ($($part:ty: $list:ident;)*) => {$(
        impl Part for $part {
            fn list(parts: &Parts) -> &[Self] {
                &parts.$list
            }

            fn list_mut(parts: &mut Parts) -> &mut Vec<Self> {
                &mut parts.$list
            }
        }
    )*};
}

parts! {
    Node: nodes;
    Branch: branches;
    Call: calls;
    Pipe: pipes;
    Command: commands;
    Term: terms;
    Field: fields;
    Text: texts;
    Number: numbers;
}

/// The place of a part in its tree's list.
pub(super) struct Id<T> {
    place: u32,
    kind: PhantomData<fn() -> T>,
}

/// The places of parts that belong together and stand one after the other.
pub(super) struct Items<T> {
    start: u32,
    count: u32,
    kind: PhantomData<fn() -> T>,
}

// By hand, since a derive would ask the same of the part.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> Clone for Items<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Items<T> {}

impl<T> Id<T> {
    /// Its number in the list.
    pub(super) fn place(self) -> u32 {
        self.place
    }
}

impl<T: Part> Id<T> {
    /// The part; `parts` are those that gave the place.
    pub(super) fn of(self, parts: &Parts) -> &T {
        &T::list(parts)[self.place as usize]
    }
}

impl<T: Part> Items<T> {
    /// No parts.
    pub(super) const NONE: Self = Self { start: 0, count: 0, kind: PhantomData };

    /// The parts; `parts` are those that gave the places.
    pub(super) fn of(self, parts: &Parts) -> &[T] {
        &T::list(parts)[self.start as usize..][..self.count as usize]
    }

    /// How many there are.
    pub(super) fn count(self) -> usize {
        self.count as usize
    }
}

/// What stands in a body.
pub(super) enum Node {
    Text(Span),
    /// A pipeline, and how far behind its own place the action stands: the same text has the same pipeline everywhere.
    Action(Id<Pipe>, u32),
    If(Id<Branch>),
    With(Id<Branch>),
    Range(Id<Branch>),
    Template(Id<Call>),
    Break(u32),
    Continue(u32),
}

/// `if`, `with` and `range`.
pub(super) struct Branch {
    pub(super) pipe: Id<Pipe>,
    /// How far behind the place of the pipeline this one stands.
    pub(super) shift: u32,
    pub(super) body: Items<Node>,
    pub(super) otherwise: Option<Items<Node>>,
}

/// A branching action.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    If,
    With,
    Range,
}

impl Control {
    /// The word that it begins with.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }

    /// The node of its branch.
    pub(super) fn node(self, branch: Id<Branch>) -> Node {
        match self {
            Self::If => Node::If(branch),
            Self::With => Node::With(branch),
            Self::Range => Node::Range(branch),
        }
    }
}

/// `{{template "name" pipeline}}`.
pub(super) struct Call {
    pub(super) position: u32,
    pub(super) name: Text,
    pub(super) pipe: Option<Id<Pipe>>,
}

/// Commands that hand their values on, with the variables that take the last one.
pub(super) struct Pipe {
    pub(super) position: u32,
    pub(super) declared: Declared,
    pub(super) commands: Items<Command>,
}

/// The numbers of the variables that a pipeline sets: two at most, in `range`.
#[derive(Clone, Copy, Default)]
pub(super) struct Declared {
    numbers: [u32; 2],
    count: u8,
    /// Whether the variables exist already.
    pub(super) assigns: bool,
}

impl Declared {
    /// Takes in one more, if there is room for it.
    pub(super) fn add(&mut self, variable: u32) {
        if let Some(place) = self.numbers.get_mut(usize::from(self.count)) {
            *place = variable;
            self.count += 1;
        }
    }

    pub(super) fn is_full(&self) -> bool {
        usize::from(self.count) == self.numbers.len()
    }

    pub(super) fn variables(&self) -> &[u32] {
        &self.numbers[..usize::from(self.count)]
    }
}

/// Words that are evaluated together; never empty.
pub(super) struct Command {
    pub(super) position: u32,
    pub(super) words: Items<Term>,
}

/// One word of a command.
pub(super) struct Term {
    pub(super) position: u32,
    pub(super) kind: TermKind,
}

/// A name behind a dot.
pub(super) struct Field {
    pub(super) name: Id<Text>,
    /// Where maps have it: a template's data look alike from release to release.
    pub(super) near: Near,
}

/// What a word is.
#[derive(Clone, Copy)]
pub(super) enum TermKind {
    Bool(bool),
    Dot,
    Nil,
    Number(Id<Number>, Span),
    String(Id<Text>, Span),
    /// A function's name, and what it stands for.
    Function(Span, Callee),
    /// `.A.B`.
    Field(Items<Field>),
    /// `$x.A.B`, by the number of the variable.
    Variable(u32, Items<Field>),
    /// `(pipeline)`.
    Pipe(Id<Pipe>),
    /// `(pipeline).A.B`, `function.A`.
    Chain(Id<Term>, Items<Field>),
}

/// Any node that an error may stand at.
#[derive(Clone, Copy)]
pub(super) enum Place<'tree> {
    Node(&'tree Node),
    Pipe(&'tree Pipe),
    Command(&'tree Command),
    Term(&'tree Term),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_small() {
        assert_eq!((size_of::<Node>(), size_of::<Pipe>(), size_of::<Command>(), size_of::<Term>()), (12, 24, 12, 20));
        assert_eq!(size_of::<Field>(), 8);
    }
}
