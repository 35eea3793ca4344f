//! Pipelines, their commands, and the words of those.

use super::{Desk, Parsed, Parser};
use crate::gotemplate::literal::{self, BadCharacter, BadNumber, Number};
use crate::gotemplate::node::{Command, Declared, Field, Id, Items, Pipe, Place, Term, TermKind};
use crate::gotemplate::printf;
use crate::gotemplate::token::{Kind, Span, Token};
use crate::yaml::{Near, Text};

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Id<Pipe>> {
        let position = self.peek().span.start;
        let declared = self.declarations(context)?;
        let outer = self.desk.commands.len();
        loop {
            let token = self.peek();
            match token.kind {
                kind if kind == end => {
                    self.pass();
                    self.check_pipeline(outer, context)?;
                    let commands = self.desk.parts.add_pile(&mut self.desk.commands, outer);
                    return Ok(self.desk.parts.add(Pipe { position, declared, commands }));
                }
                kind if kind.starts_operand() => {
                    let command = self.command()?;
                    self.desk.commands.push(command);
                }
                _ => return self.unexpected(token, context),
            }
        }
    }

    /// `$x :=`, `$x =`, and for `range` `$i, $x :=`.
    fn declarations(&mut self, context: &str) -> Parsed<Declared> {
        let mut declared = Declared::default();
        while self.peek().kind == Kind::Variable {
            let (token, next) = (self.peek(), self.peek_second());
            let is_comma = next.kind == Kind::Char && self.bytes(next.span) == b",";
            if !is_comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
                break;
            }
            self.pass();
            self.pass();
            let variable = self.variable(token.span);
            self.uses.spoil();
            declared.add(variable);
            self.scope.variables.push(variable);
            if !is_comma {
                declared.assigns = next.kind == Kind::Assign;
                return Ok(declared);
            }
            if context != "range" || declared.is_full() {
                return self.fail(format!("too many declarations in {context}"));
            }
            if !matches!(self.peek().kind, Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis) {
                return self.fail("range can only initialize variables");
            }
        }
        Ok(declared)
    }

    /// Checks the commands from `outer` on, of which a pipeline is to be made.
    fn check_pipeline(&self, outer: usize, context: &str) -> Parsed<()> {
        let commands = &self.desk.commands[outer..];
        if commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        let is_executable = |command: &Command| {
            let first = command.words.of(&self.desk.parts).first().map(|word| &word.kind);
            !matches!(
                first,
                Some(TermKind::Bool(_) | TermKind::Dot | TermKind::Nil | TermKind::Number(..) | TermKind::String(..))
            )
        };
        match commands.iter().skip(1).position(|command| !is_executable(command)) {
            Some(place) => self.fail(format!("non executable command in pipeline stage {}", place + 2)),
            None => Ok(()),
        }
    }

    fn command(&mut self) -> Parsed<Command> {
        let position = self.peek().span.start;
        let outer = self.desk.words.len();
        loop {
            let word = self.operand()?;
            let is_word = word.is_some();
            if let Some(word) = word {
                self.desk.words.push(word);
            }
            let token = self.peek();
            match token.kind {
                _ if token.spaced && is_word => continue,
                Kind::RightDelimiter | Kind::RightParenthesis => {}
                Kind::Pipe => self.pass(),
                _ => return self.unexpected(token, "operand"),
            }
            break;
        }
        if self.desk.words.len() == outer {
            return self.fail("empty command");
        }
        Ok(Command { position, words: self.desk.parts.add_pile(&mut self.desk.words, outer) })
    }

    /// A term with the fields behind it; `None` if there is no term.
    fn operand(&mut self) -> Parsed<Option<Term>> {
        let Some(mut term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field || first.spaced {
            return Ok(Some(term));
        }
        let fields = self.fields();
        let kind = match term.kind {
            TermKind::Variable(variable, _) => TermKind::Variable(variable, fields),
            TermKind::Pipe(_) | TermKind::Function(..) | TermKind::Chain(..) => {
                TermKind::Chain(self.desk.parts.add(term), fields)
            }
            _ => {
                let shown = Place::Term(&term).describe(self.text, &self.desk.parts);
                return self.fail(format!("unexpected . after term {}", printf::quote(shown.as_bytes())));
            }
        };
        term = Term { position: first.span.start, kind };
        Ok(Some(term))
    }

    fn term(&mut self) -> Parsed<Option<Term>> {
        let token = self.peek();
        if token.kind == Kind::Field {
            let fields = self.fields();
            // Go makes one node of a field and the fields behind it, and gives it the place of what came second.
            let place = if fields.count() > 1 { token.span.end } else { token.span.start };
            return Ok(Some(Term { position: place, kind: TermKind::Field(fields) }));
        }
        if !token.kind.starts_operand() {
            return Ok(None);
        }
        self.pass();
        let kind = match token.kind {
            Kind::Identifier => {
                let name = self.bytes(token.span);
                match self.functions.callee(name) {
                    Some(callee) => TermKind::Function(token.span, callee),
                    None => return self.fail(format!("function {} not defined", printf::quote(name))),
                }
            }
            Kind::Dot => TermKind::Dot,
            Kind::Nil => TermKind::Nil,
            Kind::Variable => self.use_of_variable(token.span)?,
            Kind::Bool => TermKind::Bool(self.bytes(token.span) == b"true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number = self.number(token)?;
                TermKind::Number(self.desk.parts.add(number), token.span)
            }
            Kind::LeftParenthesis => {
                let parse = |parser: &mut Self| parser.pipeline("parenthesized pipeline", Kind::RightParenthesis);
                let pipe = self.deeper("max expression depth exceeded", parse)?;
                let position = pipe.of(&self.desk.parts).position;
                return Ok(Some(Term { position, kind: TermKind::Pipe(pipe) }));
            }
            Kind::String | Kind::RawString => {
                let text = self.unquoted(token.span)?;
                TermKind::String(self.desk.parts.add(text), token.span)
            }
            _ => return Ok(None),
        };
        Ok(Some(Term { position: token.span.start, kind }))
    }

    /// The number of a variable: the same name has the same one all over the text.
    fn variable(&mut self, name: Span) -> u32 {
        let (name, known) = (Text::from(self.bytes(name)), &mut self.desk.parts.variables);
        let number = known.iter().position(|other| *other == name).unwrap_or_else(|| {
            known.push(name);
            known.len() - 1
        });
        number as u32
    }

    fn use_of_variable(&mut self, name: Span) -> Parsed<TermKind> {
        let variable = self.variable(name);
        self.check_variable(variable)?;
        if variable > 0 {
            self.uses.add(variable);
        }
        Ok(TermKind::Variable(variable, Items::NONE))
    }

    /// Whether the variable of this number may be used here.
    pub(super) fn check_variable(&self, variable: u32) -> Parsed<()> {
        if self.scope.variables.contains(&variable) {
            return Ok(());
        }
        self.fail(format!("undefined variable {}", printf::quote(self.desk.parts.variable(variable))))
    }

    /// All fields that stand here, without their dots.
    fn fields(&mut self) -> Items<Field> {
        let mut token = self.peek();
        let before = self.desk.parts.count::<Field>();
        loop {
            let name = &self.text[token.span.start as usize + 1..token.span.end as usize];
            let Desk { parts, recent, .. } = &mut self.desk;
            let field = Field { name: recent.name(name, parts), near: Near::default() };
            parts.add(field);
            self.pass();
            token = self.peek();
            if token.kind != Kind::Field || token.spaced {
                return self.desk.parts.since(before);
            }
        }
    }

    fn number(&self, token: Token) -> Parsed<Number> {
        let text = self.word(token.span);
        let number = match token.kind {
            Kind::CharConstant => {
                let shown = || String::from_utf8_lossy(self.bytes(token.span));
                return match literal::character(self.bytes(token.span)) {
                    Ok(value) => Ok(Number::of_character(value)),
                    Err(BadCharacter::Syntax) => self.fail("invalid syntax"),
                    Err(BadCharacter::Malformed) => self.fail(format!("malformed character constant: {}", shown())),
                };
            }
            Kind::Complex => Number::parse_complex(text),
            _ => Number::parse(text),
        };
        match number {
            Ok(number) => Ok(number),
            Err(BadNumber::Overflow) => self.fail(format!("integer overflow: {}", printf::quote(text.as_bytes()))),
            Err(BadNumber::Syntax) => self.fail(format!("illegal number syntax: {}", printf::quote(text.as_bytes()))),
        }
    }
}
