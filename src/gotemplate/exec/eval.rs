//! Pipelines, commands and their words.

use super::call::Applied;
use super::{Evaluated, Frame, Operand, Place};
use crate::gotemplate::function::Type;
use crate::gotemplate::literal::Number;
use crate::gotemplate::node::{Command, Field, Items, Pipe, Term, TermKind};
use crate::gotemplate::printf;
use crate::gotemplate::token::Span;
use crate::gotemplate::value::{List, ListKind, Map, Value};

impl<'tree> Frame<'tree, '_, '_> {
    /// The value of a pipeline, which its variables have taken. It is no interface any more: a nil is no value.
    pub(super) fn pipeline(&mut self, dot: &Operand, pipe: &'tree Pipe) -> Evaluated<Value> {
        self.at = Some(Place::Pipe(pipe));
        let (first, others) = pipe.commands.of(self.parts).split_first().expect("the parser makes no empty pipeline");
        let mut value = self.command(dot, first, None)?.value;
        for command in others {
            value = self.command(dot, command, Some(value))?.value;
        }
        for variable in pipe.declared.variables() {
            let operand = Operand::plain(value.clone());
            if pipe.declared.assigns {
                self.assign_variable(*variable, operand)?;
            } else {
                self.state.variables.push((*variable, operand));
            }
        }
        Ok(value)
    }

    /// The value of a command; `last` is what the command before it gave.
    fn command(&mut self, dot: &Operand, command: &'tree Command, last: Option<Value>) -> Evaluated<Operand> {
        let (first, arguments) = command.words.of(self.parts).split_first().expect("the parser makes no empty command");
        let applied = Applied { arguments, piped: last };
        match first.kind {
            TermKind::Field(fields) => {
                self.at = Some(Place::Term(first));
                self.fields(dot, dot, (first, fields.of(self.parts)), applied)
            }
            TermKind::Chain(inner, fields) => self.chain(dot, first, (inner.of(self.parts), fields), applied),
            TermKind::Function(_, callee) => {
                self.at = Some(Place::Term(first));
                self.function(dot, callee, Place::Command(command), applied)
            }
            TermKind::Pipe(pipe) => {
                self.refuse_arguments(first, &applied)?;
                self.inner_pipeline(dot, pipe.of(self.parts))
            }
            TermKind::Variable(variable, fields) => self.variable_chain(dot, (first, variable, fields), applied),
            _ => {
                self.at = Some(Place::Term(first));
                self.refuse_arguments(first, &applied)?;
                self.literal(dot, first)
            }
        }
    }

    fn literal(&mut self, dot: &Operand, term: &'tree Term) -> Evaluated<Operand> {
        Ok(match term.kind {
            TermKind::Bool(value) => Operand::plain(Value::Bool(value)),
            TermKind::Dot => dot.clone(),
            TermKind::Number(number, text) => Operand::plain(self.ideal(term, number.of(self.parts), text)?),
            TermKind::String(text, _) => Operand::plain(Value::String(text.of(self.parts).clone())),
            _ => return self.fail("nil is not a command"),
        })
    }

    fn refuse_arguments(&self, first: &'tree Term, applied: &Applied<'_>) -> Evaluated<()> {
        if applied.is_empty() {
            return Ok(());
        }
        let shown = Place::Term(first).describe(self.text, self.parts);
        self.fail(format!("can't give argument to non-function {shown}"))
    }

    fn inner_pipeline(&mut self, dot: &Operand, pipe: &'tree Pipe) -> Evaluated<Operand> {
        self.enter()?;
        let value = self.pipeline(dot, pipe)?;
        self.state.depth -= 1;
        Ok(Operand::plain(value))
    }

    fn chain(
        &mut self,
        dot: &Operand,
        term: &'tree Term,
        (inner, fields): (&'tree Term, Items<Field>),
        applied: Applied<'tree>,
    ) -> Evaluated<Operand> {
        self.at = Some(Place::Term(term));
        let receiver = self.operand(dot, inner)?;
        self.fields(dot, &receiver, (term, fields.of(self.parts)), applied)
    }

    fn variable_chain(
        &mut self,
        dot: &Operand,
        (term, variable, fields): (&'tree Term, u32, Items<Field>),
        applied: Applied<'tree>,
    ) -> Evaluated<Operand> {
        self.at = Some(Place::Term(term));
        let value = self.variable(variable)?;
        let fields = fields.of(self.parts);
        if applied.is_empty()
            && let Some(found) = self.followed(value, fields)
        {
            return Ok(found);
        }
        let value = value.clone();
        if fields.is_empty() {
            self.refuse_arguments(term, &applied)?;
            return Ok(value);
        }
        self.fields(dot, &value, (term, fields), applied)
    }

    /// The value of a word that no type is asked of.
    pub(super) fn operand(&mut self, dot: &Operand, term: &'tree Term) -> Evaluated<Operand> {
        self.at = Some(Place::Term(term));
        match term.kind {
            TermKind::Dot => Ok(dot.clone()),
            TermKind::Nil => Ok(Operand::default()),
            TermKind::Field(fields) => match self.followed(dot, fields.of(self.parts)) {
                Some(found) => Ok(found),
                None => self.fields(dot, dot, (term, fields.of(self.parts)), Applied::default()),
            },
            TermKind::Variable(variable, fields) => self.variable_chain(dot, (term, variable, fields), Applied::default()),
            TermKind::Pipe(pipe) => self.inner_pipeline(dot, pipe.of(self.parts)),
            TermKind::Function(_, callee) => self.function(dot, callee, Place::Term(term), Applied::default()),
            TermKind::Chain(inner, fields) => self.chain(dot, term, (inner.of(self.parts), fields), Applied::default()),
            TermKind::Bool(_) | TermKind::Number(..) | TermKind::String(..) => self.literal(dot, term),
        }
    }

    /// The value of a word as an argument of this type.
    pub(super) fn argument(&mut self, dot: &Operand, term: &'tree Term, wanted: Type) -> Evaluated<Value> {
        match &term.kind {
            TermKind::Nil if !wanted.can_be_nil() => {
                self.at = Some(Place::Term(term));
                self.fail(format!("cannot assign nil to {}", wanted.name()))
            }
            TermKind::Bool(_) | TermKind::Number(..) | TermKind::String(..) => {
                self.at = Some(Place::Term(term));
                self.constant(term, wanted)
            }
            _ => {
                let operand = self.operand(dot, term)?;
                self.assignable(operand, wanted)
            }
        }
    }

    /// A literal as a value of a type: constants have none of their own before.
    fn constant(&mut self, term: &'tree Term, wanted: Type) -> Evaluated<Value> {
        if let TermKind::Number(number, _) = term.kind
            && let Some(value) = number_as(number.of(self.parts), wanted)
        {
            return Ok(value);
        }
        let expected = match (wanted, term.kind) {
            (Type::Any, _) => return self.literal(&Operand::default(), term).map(|operand| operand.value),
            (Type::String, TermKind::String(text, _)) => return Ok(Value::String(text.of(self.parts).clone())),
            (Type::Bool, TermKind::Bool(value)) => return Ok(Value::Bool(value)),
            (Type::String, _) => "string",
            (Type::Bool, _) => "bool",
            (Type::Int | Type::Int64 | Type::NamedInt(_), _) => "integer",
            (Type::Uint32, _) => "unsigned integer",
            (Type::Float64, _) => "float",
            (Type::List | Type::Strings | Type::Map | Type::Named(_), _) => {
                let shown = Place::Term(term).describe(self.text, self.parts);
                return self.fail(format!("can't handle {shown} for arg of type {}", wanted.name()));
            }
        };
        self.fail(format!("expected {expected}; found {}", Place::Term(term).describe(self.text, self.parts)))
    }

    /// A number where nothing tells its type but how it is written.
    fn ideal(&mut self, term: &'tree Term, number: &Number, span: Span) -> Evaluated<Value> {
        self.at = Some(Place::Term(term));
        let text = span.of(self.text);
        let is_hexadecimal_integer =
            matches!(text, [b'0', b'x' | b'X', ..]) && !text.iter().any(|byte| matches!(byte, b'p' | b'P'));
        let looks_like_float = !is_hexadecimal_integer
            && text.first() != Some(&b'\'')
            && text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E' | b'p' | b'P'));
        match number {
            Number { complex: Some((real, imaginary)), .. } => Ok(Value::Complex(*real, *imaginary)),
            Number { float: Some(value), .. } if looks_like_float => Ok(Value::Float(*value)),
            Number { int: Some(value), .. } => Ok(Value::int(*value)),
            Number { uint: Some(_), .. } => self.fail(format!("{} overflows int", String::from_utf8_lossy(text))),
            Number { .. } => Ok(Value::Nil),
        }
    }

    /// The operand as a value of a type, by Go's rule of assignability and not by conversion.
    pub(super) fn assignable(&self, operand: Operand, wanted: Type) -> Evaluated<Value> {
        if wanted == Type::Any {
            return Ok(passed(operand.value));
        }
        if operand.is_invalid() {
            return match wanted {
                Type::List => Ok(Value::List(List::new(Vec::new()))),
                Type::Strings => Ok(Value::List(List::typed(Vec::new(), ListKind::Strings))),
                Type::Map => Ok(Value::Map(Map::nil())),
                _ if wanted.can_be_nil() => Ok(Value::Nil),
                _ => self.fail(format!("invalid value; expected {}", wanted.name())),
            };
        }
        let fits = match (wanted, &operand.value) {
            (Type::Any, _)
            | (Type::String, Value::String(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Int, Value::Int(_, crate::gotemplate::value::Integer::Int))
            | (Type::Int64, Value::Int(_, crate::gotemplate::value::Integer::Int64))
            | (Type::Float64, Value::Float(_)) => true,
            (Type::List, Value::List(list)) => list.kind() == ListKind::Any,
            (Type::Strings, Value::List(list)) => list.kind() == ListKind::Strings,
            (Type::Map, Value::Map(map)) => Operand::entry(Value::Nil, map.kind()).boxed,
            (Type::Named(name) | Type::NamedInt(name), Value::Object(object)) => object.type_name() == name,
            (Type::Named(name), Value::Bytes(_)) => name == "[]uint8",
            _ => false,
        };
        if fits {
            return Ok(passed(operand.value));
        }
        let found = if matches!(operand.value, Value::Nil) { operand.type_name() } else { printf::type_name(&operand.value) };
        self.fail(format!("wrong type for value; expected {}; got {found}", wanted.name()))
    }
}

/// A value as a function gets it.
fn passed(value: Value) -> Value {
    match &value {
        Value::Object(object) => object.passed().unwrap_or(value),
        _ => value,
    }
}

/// A number as a value of a type that numbers have, if it fits.
fn number_as(number: &Number, wanted: Type) -> Option<Value> {
    match wanted {
        Type::Int => number.int.map(Value::int),
        Type::Int64 | Type::NamedInt(_) => number.int.map(Value::int64),
        Type::Uint32 => number.uint.map(Value::Uint),
        Type::Float64 => number.float.map(Value::Float),
        _ => None,
    }
}
