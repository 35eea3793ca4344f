//! The tree of a template text: what the parser makes and the evaluator walks.
//!
//! Nodes hold byte offsets into the text and nothing that a name or a line would need: lines, columns and the text that
//! errors show are computed when an error needs them.

use std::sync::Arc;

use super::error::ParseError;
use super::few::Few;
use super::function::Callee;
use super::lex::Span;
use super::literal::Number;
use super::printf;
use crate::yaml::Text;

/// A parsed template text. It has no name, so that one tree serves every name the text has.
pub struct Tree {
    pub(super) text: Text,
    /// Of the functions that it was parsed for: others stand elsewhere in their table.
    pub(super) functions: u64,
    pub(super) definitions: Vec<Definition>,
}

/// A body with the name that the text gives it.
pub(super) struct Definition {
    /// The name; `None` for the text outside of any `define`, which comes last.
    pub(super) name: Option<Text>,
    /// Whether it holds nothing but space and comments.
    pub(super) is_empty: bool,
    pub(super) body: Box<[Node]>,
}

impl Definition {
    pub(super) fn new(name: Option<Text>, body: Box<[Node]>, text: &[u8]) -> Self {
        let is_space = |span: &Span| String::from_utf8_lossy(span.of(text)).trim().is_empty();
        let is_empty = body.iter().all(|node| matches!(node, Node::Text(span) if is_space(span)));
        Self { name, is_empty, body }
    }
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

/// What stands in a body. Half of it is text, so that what is larger stands apart.
pub(super) enum Node {
    Text(Span),
    Action(Box<Pipe>),
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    Template(Box<Call>),
    Break(u32),
    Continue(u32),
}

/// `if`, `with` and `range`.
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) body: Box<[Node]>,
    pub(super) otherwise: Option<Box<[Node]>>,
}

/// `{{template "name" pipeline}}`.
pub(super) struct Call {
    pub(super) position: u32,
    pub(super) name: Text,
    pub(super) pipe: Option<Pipe>,
}

/// Commands that hand their values on, with the variables that take the last one.
pub(super) struct Pipe {
    pub(super) position: u32,
    /// Whether the variables exist already.
    pub(super) assigns: bool,
    pub(super) variables: Box<[Variable]>,
    pub(super) commands: Few<Command>,
}

/// A variable: its name, and a number that the same name shares in its text.
#[derive(Clone, Copy)]
pub(super) struct Variable {
    pub(super) name: Span,
    pub(super) id: u32,
}

/// Words that are evaluated together; never empty.
pub(super) struct Command {
    pub(super) position: u32,
    pub(super) words: Few<Term>,
}

/// One word of a command.
pub(super) struct Term {
    pub(super) position: u32,
    pub(super) kind: TermKind,
}

/// What a word is.
pub(super) enum TermKind {
    Bool(bool),
    Dot,
    Nil,
    Number(Box<Number>, Span),
    String(Text, Span),
    /// A function's name, and what it stands for.
    Function(Span, Callee),
    /// `.A.B`.
    Field(Box<[Text]>),
    /// `$x.A.B`.
    Variable(Variable, Box<[Text]>),
    /// `(pipeline)`.
    Pipe(Box<Pipe>),
    /// `(pipeline).A.B`, `function.A`.
    Chain(Box<Term>, Box<[Text]>),
}

/// Any node that an error may stand at.
#[derive(Clone, Copy)]
pub(super) enum Place<'tree> {
    Node(&'tree Node),
    Pipe(&'tree Pipe),
    Command(&'tree Command),
    Term(&'tree Term),
}

impl Place<'_> {
    /// Where Go says that the node is.
    pub(super) fn position(self) -> u32 {
        match self {
            Self::Node(Node::Text(span)) => span.start,
            Self::Node(Node::Action(pipe)) => pipe.position,
            Self::Pipe(pipe) => pipe.position,
            Self::Node(Node::If(branch) | Node::With(branch) | Node::Range(branch)) => branch.pipe.position,
            Self::Node(Node::Template(call)) => call.position,
            Self::Node(Node::Break(position) | Node::Continue(position)) => *position,
            Self::Command(command) => command.position,
            Self::Term(term) => term.position,
        }
    }

    /// The node as Go prints it (`Node.String`).
    pub(super) fn describe(self, text: &[u8]) -> String {
        let mut printer = Printer { text, out: Vec::new() };
        match self {
            Self::Node(node) => printer.node(node),
            Self::Pipe(pipe) => printer.pipe(pipe),
            Self::Command(command) => printer.command(command),
            Self::Term(term) => printer.term(term),
        }
        String::from_utf8_lossy(&printer.out).into_owned()
    }
}

struct Printer<'text> {
    text: &'text [u8],
    out: Vec<u8>,
}

impl Printer<'_> {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn span(&mut self, span: Span) {
        self.out.extend_from_slice(span.of(self.text));
    }

    fn fields(&mut self, fields: &[Text]) {
        for field in fields {
            self.push(".");
            self.out.extend_from_slice(field);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(span) => self.span(*span),
            Node::Action(pipe) => {
                self.push("{{");
                self.pipe(pipe);
                self.push("}}");
            }
            Node::If(branch) => self.branch("if", branch),
            Node::With(branch) => self.branch("with", branch),
            Node::Range(branch) => self.branch("range", branch),
            Node::Template(call) => {
                self.push("{{template ");
                self.push(&printf::quote(&call.name));
                if let Some(pipe) = &call.pipe {
                    self.push(" ");
                    self.pipe(pipe);
                }
                self.push("}}");
            }
            Node::Break(_) => self.push("{{break}}"),
            Node::Continue(_) => self.push("{{continue}}"),
        }
    }

    fn body(&mut self, body: &[Node]) {
        for node in body {
            self.node(node);
        }
    }

    fn branch(&mut self, word: &str, branch: &Branch) {
        self.push("{{");
        self.push(word);
        self.push(" ");
        self.pipe(&branch.pipe);
        self.push("}}");
        self.body(&branch.body);
        if let Some(otherwise) = &branch.otherwise {
            self.push("{{else}}");
            self.body(otherwise);
        }
        self.push("{{end}}");
    }

    fn pipe(&mut self, pipe: &Pipe) {
        for (index, variable) in pipe.variables.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.span(variable.name);
        }
        if !pipe.variables.is_empty() {
            self.push(if pipe.assigns { " = " } else { " := " });
        }
        for (index, command) in pipe.commands.iter().enumerate() {
            if index > 0 {
                self.push(" | ");
            }
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        for (index, word) in command.words.iter().enumerate() {
            if index > 0 {
                self.push(" ");
            }
            self.operand(word);
        }
    }

    /// A word among others: parentheses show only there.
    fn operand(&mut self, term: &Term) {
        let is_pipe = matches!(term.kind, TermKind::Pipe(_));
        if is_pipe {
            self.push("(");
        }
        self.term(term);
        if is_pipe {
            self.push(")");
        }
    }

    fn term(&mut self, term: &Term) {
        match &term.kind {
            TermKind::Bool(value) => self.push(if *value { "true" } else { "false" }),
            TermKind::Dot => self.push("."),
            TermKind::Nil => self.push("nil"),
            TermKind::Number(_, span) | TermKind::String(_, span) | TermKind::Function(span, _) => self.span(*span),
            TermKind::Field(fields) => self.fields(fields),
            TermKind::Variable(variable, fields) => {
                self.span(variable.name);
                self.fields(fields);
            }
            TermKind::Pipe(pipe) => self.pipe(pipe),
            TermKind::Chain(inner, fields) => {
                self.operand(inner);
                self.fields(fields);
            }
        }
    }
}
