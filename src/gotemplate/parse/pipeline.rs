//! Pipelines, their commands, and the words of those.

use super::{Parsed, Parser};
use crate::gotemplate::few::Few;
use crate::gotemplate::lex::{Kind, Span, Token};
use crate::gotemplate::literal::{self, BadCharacter, BadNumber, Number};
use crate::gotemplate::node::{Command, Pipe, Place, Term, TermKind, Variable};
use crate::gotemplate::printf;
use crate::yaml::Text;

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe> {
        let position = self.peek_word().span.start;
        let (variables, assigns) = self.declarations(context)?;
        let outer = self.commands.len();
        loop {
            let token = self.peek_word();
            match token.kind {
                kind if kind == end => {
                    self.next += 1;
                    let commands = Few::taken(&mut self.commands, outer);
                    let pipe = Pipe { position, assigns, variables, commands };
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
                }
                kind if kind.starts_operand() => {
                    let command = self.command()?;
                    self.commands.push(command);
                }
                _ => {
                    self.next += 1;
                    return self.unexpected(token, context);
                }
            }
        }
    }

    /// `$x :=`, `$x =`, and for `range` `$i, $x :=`.
    fn declarations(&mut self, context: &str) -> Parsed<(Box<[Variable]>, bool)> {
        let mut variables = Vec::new();
        while self.peek_word().kind == Kind::Variable {
            let start = self.next;
            let token = self.take();
            let next = self.peek_word();
            let is_comma = next.kind == Kind::Char && self.bytes(next.span) == b",";
            if !is_comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
                self.next = start;
                break;
            }
            self.next += 1;
            let variable = self.variable(token.span);
            variables.push(variable);
            self.scope.variables.push(variable.id);
            if !is_comma {
                return Ok((variables.into(), next.kind == Kind::Assign));
            }
            if context != "range" || variables.len() >= 2 {
                return self.fail(format!("too many declarations in {context}"));
            }
            if !matches!(self.peek_word().kind, Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis) {
                return self.fail("range can only initialize variables");
            }
        }
        Ok((variables.into(), false))
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return self.fail(format!("missing value for {context}"));
        }
        let is_executable = |command: &Command| {
            let first = command.words.first().map(|word| &word.kind);
            !matches!(
                first,
                Some(TermKind::Bool(_) | TermKind::Dot | TermKind::Nil | TermKind::Number(..) | TermKind::String(..))
            )
        };
        match pipe.commands.iter().skip(1).position(|command| !is_executable(command)) {
            Some(place) => self.fail(format!("non executable command in pipeline stage {}", place + 2)),
            None => Ok(()),
        }
    }

    fn command(&mut self) -> Parsed<Command> {
        let position = self.peek_word().span.start;
        let outer = self.words.len();
        loop {
            self.peek_word();
            if let Some(word) = self.operand()? {
                self.words.push(word);
            }
            let token = self.take();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelimiter | Kind::RightParenthesis => self.next -= 1,
                Kind::Pipe => {}
                _ => return self.unexpected(token, "operand"),
            }
            break;
        }
        if self.words.len() == outer {
            return self.fail("empty command");
        }
        Ok(Command { position, words: Few::taken(&mut self.words, outer) })
    }

    /// A term with the fields behind it; `None` if there is no term.
    fn operand(&mut self) -> Parsed<Option<Term>> {
        let Some(mut term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(term));
        }
        let fields = self.fields();
        let kind = match term.kind {
            TermKind::Variable(variable, _) => TermKind::Variable(variable, fields),
            TermKind::Pipe(_) | TermKind::Function(..) | TermKind::Chain(..) => TermKind::Chain(Box::new(term), fields),
            _ => {
                let shown = Place::Term(&term).describe(self.text);
                return self.fail(format!("unexpected . after term {}", printf::quote(shown.as_bytes())));
            }
        };
        term = Term { position: first.span.start, kind };
        Ok(Some(term))
    }

    fn term(&mut self) -> Parsed<Option<Term>> {
        let token = self.take_word();
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
            Kind::Field => {
                self.next -= 1;
                let fields = self.fields();
                // Go makes one node of a field and the fields behind it, and gives it the place of what came second.
                let place = if fields.len() > 1 { token.span.end } else { token.span.start };
                return Ok(Some(Term { position: place, kind: TermKind::Field(fields) }));
            }
            Kind::Bool => TermKind::Bool(self.bytes(token.span) == b"true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => TermKind::Number(Box::new(self.number(token)?), token.span),
            Kind::LeftParenthesis => {
                let parse = |parser: &mut Self| parser.pipeline("parenthesized pipeline", Kind::RightParenthesis);
                let pipe = self.deeper("max expression depth exceeded", parse)?;
                return Ok(Some(Term { position: pipe.position, kind: TermKind::Pipe(Box::new(pipe)) }));
            }
            Kind::String | Kind::RawString => TermKind::String(self.unquoted(token.span)?, token.span),
            _ => {
                self.next -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Term { position: token.span.start, kind }))
    }

    fn variable(&mut self, name: Span) -> Variable {
        let bytes = self.bytes(name);
        let known = self.names.iter().position(|known| *known == bytes);
        let id = known.unwrap_or_else(|| {
            self.names.push(bytes);
            self.names.len() - 1
        });
        Variable { name, id: id as u32 }
    }

    fn use_of_variable(&mut self, name: Span) -> Parsed<TermKind> {
        let variable = self.variable(name);
        if self.scope.variables.contains(&variable.id) {
            return Ok(TermKind::Variable(variable, Box::default()));
        }
        self.fail(format!("undefined variable {}", printf::quote(self.bytes(name))))
    }

    /// All fields that stand here, without their dots.
    fn fields(&mut self) -> Box<[Text]> {
        let rest = self.tokens.get(self.next..).unwrap_or_default();
        let fields = &rest[..rest.iter().take_while(|token| token.kind == Kind::Field).count()];
        self.next += fields.len();
        self.peek();
        fields.iter().map(|token| self.bytes(token.span).strip_prefix(b".").unwrap_or_default().into()).collect()
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
