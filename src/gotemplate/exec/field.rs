//! Chains of fields: keys of maps, fields of structs, methods.

use super::call::{Applied, Parameters};
use super::cost::{given, made};
use super::{Evaluated, Frame, Operand, Place};
use crate::gotemplate::MissingKey;
use crate::gotemplate::function::FunctionError;
use crate::gotemplate::node::{Field, Term};
use crate::gotemplate::object::Object;
use crate::gotemplate::printf;
use crate::gotemplate::value::{Map, MapKind, Value};
use crate::yaml::Text;

/// Chains up to this length, which nearly all are, are followed from map to map without holding what lies between.
const SHORT: usize = 16;

impl<'tree> Frame<'tree, '_, '_> {
    /// What `fields` without arguments lead to from map to map, if they do.
    pub(super) fn followed(&self, receiver: &Operand, fields: &[Field]) -> Option<Operand> {
        let Value::Map(map) = &receiver.value else { return None };
        if fields.len() > SHORT {
            return None;
        }
        match (map.at_path(fields, self.parts)?, self.state.engine.missing_key) {
            ((Some(value), kind), _) => Some(Operand::entry(value, kind)),
            ((None, kind), MissingKey::Zero) => Some(Operand::missing_entry(kind)),
            ((None, _), MissingKey::Default) => Some(Operand::default()),
            ((None, _), MissingKey::Error) => None,
        }
    }

    /// Follows `fields` from `receiver`; the last one may be a method and takes the arguments.
    pub(super) fn fields(
        &mut self,
        dot: &Operand,
        receiver: &Operand,
        (term, fields): (&'tree Term, &'tree [Field]),
        applied: Applied<'tree>,
    ) -> Evaluated<Operand> {
        if applied.is_empty()
            && let Some(found) = self.followed(receiver, fields)
        {
            return Ok(found);
        }
        let (last, inner) = fields.split_last().expect("the parser makes no empty chain");
        let Some((first, inner)) = inner.split_first() else {
            return self.field(dot, receiver, (term, last.name.of(self.parts)), applied);
        };
        let mut receiver = self.field(dot, receiver, (term, first.name.of(self.parts)), Applied::default())?;
        for field in inner {
            receiver = self.field(dot, &receiver, (term, field.name.of(self.parts)), Applied::default())?;
        }
        self.field(dot, &receiver, (term, last.name.of(self.parts)), applied)
    }

    fn field(
        &mut self,
        dot: &Operand,
        receiver: &Operand,
        (term, name): (&'tree Term, &'tree Text),
        applied: Applied<'tree>,
    ) -> Evaluated<Operand> {
        if receiver.is_invalid() {
            if self.state.engine.missing_key == MissingKey::Error {
                return self.fail(format!("nil data; no entry for key {}", printf::quote(name)));
            }
            return Ok(Operand::default());
        }
        match &receiver.value {
            Value::Nil => self.fail(format!("nil pointer evaluating interface {{}}.{}", String::from_utf8_lossy(name))),
            Value::Map(map) => self.entry(dot, map, (term, name), applied),
            Value::Object(object) => match self.member(dot, &**object, (term, name), applied)? {
                Some(found) => Ok(found),
                None => self.no_field(name, receiver),
            },
            _ => self.no_field(name, receiver),
        }
    }

    fn no_field<T>(&self, name: &[u8], receiver: &Operand) -> Evaluated<T> {
        let name = String::from_utf8_lossy(name);
        self.fail(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }

    /// A method of a map, or a key.
    fn entry(
        &mut self,
        dot: &Operand,
        map: &Map,
        (term, name): (&'tree Term, &Text),
        applied: Applied<'tree>,
    ) -> Evaluated<Operand> {
        if let MapKind::Named(named) = map.kind()
            && let Some(method) = named.method(name)
        {
            let parameters = Parameters { name: method.name, fixed: method.parameters, variadic: None };
            let values = self.arguments(dot, parameters, applied)?;
            self.spend(given(&values))?;
            return self.returned((term, name), (method.body)(map, &values));
        }
        if !applied.is_empty() {
            return self.fail(format!("{} is not a method but has arguments", String::from_utf8_lossy(name)));
        }
        if let Some(value) = map.get_text(name) {
            return Ok(Operand::entry(value, map.kind()));
        }
        match self.state.engine.missing_key {
            MissingKey::Default => Ok(Operand::default()),
            MissingKey::Zero => Ok(Operand::missing_entry(map.kind())),
            MissingKey::Error => self.fail(format!("map has no entry for key {}", printf::quote(name))),
        }
    }

    /// A method or a field of an object, if it has one of that name.
    fn member(
        &mut self,
        dot: &Operand,
        object: &dyn Object,
        (term, name): (&'tree Term, &Text),
        applied: Applied<'tree>,
    ) -> Evaluated<Option<Operand>> {
        if let Some(signature) = object.signature(name) {
            let shown = String::from_utf8_lossy(name);
            let parameters = Parameters { name: &shown, fixed: signature.parameters, variadic: None };
            let values = self.arguments(dot, parameters, applied)?;
            if let Some(refusal) = signature.refusal {
                return self.fail(refusal);
            }
            let result = object.call(name, &values).unwrap_or_else(|| Err("the method has a signature and no body".into()));
            return self.returned((term, name), result).map(Some);
        }
        if let Some(value) = object.field(name) {
            if applied.is_empty() {
                return Ok(Some(Operand::returned(value)));
            }
            let name = String::from_utf8_lossy(name);
            return self.fail(format!("{name} has arguments but cannot be invoked as function"));
        }
        match object.as_map() {
            Some(_) if !applied.is_empty() => {
                self.fail(format!("{} is not a method but has arguments", String::from_utf8_lossy(name)))
            }
            Some(map) => self.entry(dot, &map, (term, name), Applied::default()).map(Some),
            None => Ok(None),
        }
    }

    fn returned(&mut self, (term, name): (&'tree Term, &[u8]), result: Result<Value, FunctionError>) -> Evaluated<Operand> {
        match result {
            Ok(value) => {
                self.spend(made(&value))?;
                Ok(Operand::returned(value))
            }
            Err(error) => self.call_failed(Place::Term(term), &String::from_utf8_lossy(name), error),
        }
    }
}
