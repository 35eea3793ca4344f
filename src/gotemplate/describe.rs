//! How a tree is shown in errors: where a node is, and its text as Go prints it, which is not the one that was written.

use super::node::{Branch, Command, Field, Items, Node, Parts, Pipe, Place, Term, TermKind};
use super::printf;
use super::token::Span;

impl Place<'_> {
    /// Where Go says that the node is; `shift` is how far behind its own place the pipeline stands that it is of.
    pub(super) fn position(self, parts: &Parts, shift: u32) -> u32 {
        match self {
            Self::Node(Node::Text(span)) => span.start,
            Self::Node(Node::Action(pipe, shift)) => pipe.of(parts).position + shift,
            Self::Pipe(pipe) => pipe.position + shift,
            Self::Node(Node::If(branch) | Node::With(branch) | Node::Range(branch)) => {
                let branch = branch.of(parts);
                branch.pipe.of(parts).position + branch.shift
            }
            Self::Node(Node::Template(call)) => call.of(parts).position,
            Self::Node(Node::Break(position) | Node::Continue(position)) => *position,
            Self::Command(command) => command.position + shift,
            Self::Term(term) => term.position + shift,
        }
    }

    /// The node as Go prints it (`Node.String`); text and parts are those of its tree.
    pub(super) fn describe(self, text: &[u8], parts: &Parts) -> String {
        let mut printer = Printer { text, parts, out: Vec::new() };
        match self {
            Self::Node(node) => printer.node(node),
            Self::Pipe(pipe) => printer.pipe(pipe),
            Self::Command(command) => printer.command(command),
            Self::Term(term) => printer.term(term),
        }
        String::from_utf8_lossy(&printer.out).into_owned()
    }
}

struct Printer<'tree> {
    text: &'tree [u8],
    parts: &'tree Parts,
    out: Vec<u8>,
}

impl Printer<'_> {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn span(&mut self, span: Span) {
        self.out.extend_from_slice(span.of(self.text));
    }

    fn fields(&mut self, fields: Items<Field>) {
        for field in fields.of(self.parts) {
            self.push(".");
            self.out.extend_from_slice(field.name.of(self.parts));
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text(span) => self.span(*span),
            Node::Action(pipe, _) => {
                self.push("{{");
                self.pipe(pipe.of(self.parts));
                self.push("}}");
            }
            Node::If(branch) => self.branch("if", branch.of(self.parts)),
            Node::With(branch) => self.branch("with", branch.of(self.parts)),
            Node::Range(branch) => self.branch("range", branch.of(self.parts)),
            Node::Template(call) => {
                let call = call.of(self.parts);
                self.push("{{template ");
                self.push(&printf::quote(&call.name));
                if let Some(pipe) = call.pipe {
                    self.push(" ");
                    self.pipe(pipe.of(self.parts));
                }
                self.push("}}");
            }
            Node::Break(_) => self.push("{{break}}"),
            Node::Continue(_) => self.push("{{continue}}"),
        }
    }

    fn body(&mut self, body: Items<Node>) {
        for node in body.of(self.parts) {
            self.node(node);
        }
    }

    fn branch(&mut self, word: &str, branch: &Branch) {
        self.push("{{");
        self.push(word);
        self.push(" ");
        self.pipe(branch.pipe.of(self.parts));
        self.push("}}");
        self.body(branch.body);
        if let Some(otherwise) = branch.otherwise {
            self.push("{{else}}");
            self.body(otherwise);
        }
        self.push("{{end}}");
    }

    fn pipe(&mut self, pipe: &Pipe) {
        let variables = pipe.declared.variables();
        for (index, variable) in variables.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.variable(*variable);
        }
        if !variables.is_empty() {
            self.push(if pipe.declared.assigns { " = " } else { " := " });
        }
        for (index, command) in pipe.commands.of(self.parts).iter().enumerate() {
            if index > 0 {
                self.push(" | ");
            }
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        for (index, word) in command.words.of(self.parts).iter().enumerate() {
            if index > 0 {
                self.push(" ");
            }
            self.operand(word);
        }
    }

    fn variable(&mut self, number: u32) {
        self.out.extend_from_slice(self.parts.variable(number));
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
        match term.kind {
            TermKind::Bool(value) => self.push(if value { "true" } else { "false" }),
            TermKind::Dot => self.push("."),
            TermKind::Nil => self.push("nil"),
            TermKind::Number(_, span) | TermKind::String(_, span) | TermKind::Function(span, _) => self.span(span),
            TermKind::Field(fields) => self.fields(fields),
            TermKind::Variable(variable, fields) => {
                self.variable(variable);
                self.fields(fields);
            }
            TermKind::Pipe(pipe) => self.pipe(pipe.of(self.parts)),
            TermKind::Chain(inner, fields) => {
                self.operand(inner.of(self.parts));
                self.fields(fields);
            }
        }
    }
}
