//! Chains of fields: keys of maps, fields of structs, methods.

use super::call::Parameters;
use super::{Evaluated, Frame, Operand, Place};
use crate::gotemplate::MissingKey;
use crate::gotemplate::function::{FunctionError, Type};
use crate::gotemplate::lex::Span;
use crate::gotemplate::node::Term;
use crate::gotemplate::object::Object;
use crate::gotemplate::printf;
use crate::gotemplate::value::{Map, MapKind, Value};

/// The last field of a chain may be a method, and takes the arguments.
struct Last<'tree> {
    term: &'tree Term,
    arguments: &'tree [Term],
    piped: Option<Value>,
}

impl Last<'_> {
    fn has_arguments(&self) -> bool {
        !self.arguments.is_empty() || self.piped.is_some()
    }
}

impl<'tree> Frame<'tree, '_, '_> {
    /// Follows `fields` from `receiver`.
    pub(super) fn fields(
        &mut self,
        dot: &Operand,
        mut receiver: Operand,
        (term, fields): (&'tree Term, &'tree [Span]),
        arguments: &'tree [Term],
        piped: Option<Value>,
    ) -> Evaluated<Operand> {
        let (last, inner) = fields.split_last().expect("the parser makes no empty chain");
        for field in inner {
            receiver = self.field(dot, receiver, *field, Last { term, arguments: &[], piped: None })?;
        }
        self.field(dot, receiver, *last, Last { term, arguments, piped })
    }

    fn field(&mut self, dot: &Operand, receiver: Operand, field: Span, last: Last<'tree>) -> Evaluated<Operand> {
        let name = field.of(self.text);
        if receiver.is_invalid() {
            if self.state.engine.missing_key == MissingKey::Error {
                return self.fail(format!("nil data; no entry for key {}", printf::quote(name)));
            }
            return Ok(Operand::default());
        }
        match &receiver.value {
            Value::Nil => self.fail(format!("nil pointer evaluating interface {{}}.{}", String::from_utf8_lossy(name))),
            Value::Map(map) => self.entry(dot, map, name, last),
            Value::Object(object) => match self.member(dot, &**object, name, last)? {
                Some(found) => Ok(found),
                None => self.no_field(name, &receiver),
            },
            _ => self.no_field(name, &receiver),
        }
    }

    fn no_field<T>(&self, name: &[u8], receiver: &Operand) -> Evaluated<T> {
        let name = String::from_utf8_lossy(name);
        self.fail(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }

    /// A method of a map, or a key.
    fn entry(&mut self, dot: &Operand, map: &Map, name: &[u8], last: Last<'tree>) -> Evaluated<Operand> {
        if let MapKind::Named(named) = map.kind()
            && let Some((_, method)) = named.methods.iter().find(|(method, _)| method.as_bytes() == name)
        {
            let values = self.method_arguments(dot, &last)?;
            return self.returned(name, &last, method(map, &values));
        }
        if last.has_arguments() {
            return self.fail(format!("{} is not a method but has arguments", String::from_utf8_lossy(name)));
        }
        if let Some(value) = map.get(name) {
            return Ok(Operand::entry(value, map.kind()));
        }
        match self.state.engine.missing_key {
            MissingKey::Default => Ok(Operand::default()),
            MissingKey::Zero => Ok(Operand::missing_entry(map.kind())),
            MissingKey::Error => self.fail(format!("map has no entry for key {}", printf::quote(name))),
        }
    }

    /// A method or a field of an object, if it has one of that name.
    fn member(&mut self, dot: &Operand, object: &dyn Object, name: &[u8], last: Last<'tree>) -> Evaluated<Option<Operand>> {
        if let Some(signature) = object.signature(name) {
            let shown = String::from_utf8_lossy(name);
            let parameters = Parameters { name: &shown, fixed: signature.parameters, variadic: signature.variadic };
            let values = self.arguments(dot, parameters, last.arguments, last.piped.clone())?;
            let result = object.call(name, &values).unwrap_or_else(|| Err("the method has a signature and no body".into()));
            return self.returned(name, &last, result).map(Some);
        }
        let field = object.field(name);
        if !last.has_arguments()
            && let Some(value) = field
        {
            return Ok(Some(Operand::returned(value)));
        }
        let has_field = last.has_arguments() && object.field(name).is_some();
        if has_field {
            let name = String::from_utf8_lossy(name);
            return self.fail(format!("{name} has arguments but cannot be invoked as function"));
        }
        let values = self.method_arguments(dot, &last)?;
        if let Some(result) = object.call(name, &values) {
            return self.returned(name, &last, result).map(Some);
        }
        match object.as_map() {
            Some(map) => self.entry(dot, &map, name, last).map(Some),
            None => Ok(None),
        }
    }

    /// Arguments of a method that does not tell its types.
    fn method_arguments(&mut self, dot: &Operand, last: &Last<'tree>) -> Evaluated<Vec<Value>> {
        let mut values = Vec::with_capacity(last.arguments.len() + 1);
        for argument in last.arguments {
            values.push(self.argument(dot, argument, Type::Any)?);
        }
        values.extend(last.piped.clone());
        Ok(values)
    }

    fn returned(&mut self, name: &[u8], last: &Last<'tree>, result: Result<Value, FunctionError>) -> Evaluated<Operand> {
        match result {
            Ok(value) => Ok(Operand::returned(value)),
            Err(error) => {
                let name = String::from_utf8_lossy(name).into_owned();
                self.call_failed(Place::Term(last.term), &name, error)
            }
        }
    }
}
