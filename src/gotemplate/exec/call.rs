//! Calls: how many arguments, of which types, and what came back.

use super::cost::{NODE, given, made};
use super::{Evaluated, Frame, Operand, Place};
use crate::gotemplate::builtins::Builtin;
use crate::gotemplate::function::{Callee, Function, Functions, Purity, Type};
use crate::gotemplate::node::Term;
use crate::gotemplate::printf;
use crate::gotemplate::state::ImpureCall;
use crate::gotemplate::value::{Value, read_fleeting};

/// What the first word of a command is applied to.
#[derive(Default)]
pub(super) struct Applied<'tree> {
    /// The words after it.
    pub(super) arguments: &'tree [Term],
    /// What the command before gave, which comes last.
    pub(super) piped: Option<Value>,
}

impl Applied<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.arguments.is_empty() && self.piped.is_none()
    }

    pub(super) fn count(&self) -> usize {
        self.arguments.len() + usize::from(self.piped.is_some())
    }
}

/// What a callee asks of its arguments.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'callee> {
    pub(super) name: &'callee str,
    pub(super) fixed: &'callee [Type],
    pub(super) variadic: Option<Type>,
}

impl Parameters<'_> {
    fn of(self, index: usize) -> Type {
        self.fixed.get(index).copied().or(self.variadic).unwrap_or(Type::Any)
    }
}

/// Runs `$call` with places for `$count` arguments, which few calls need memory of the heap for.
macro_rules! with_room {
    ($count:expr, $nothing:expr, |$places:ident| $call:expr) => {
        match $count {
            0 => with_room!(@ [], $places, $call),
            1 => with_room!(@ [$nothing], $places, $call),
            2 => with_room!(@ [$nothing, $nothing], $places, $call),
            3 => with_room!(@ [$nothing, $nothing, $nothing], $places, $call),
            count => with_room!(@ vec![$nothing; count], $places, $call),
        }
    };
    (@ $room:expr, $places:ident, $call:expr) => {{
        let $places = &mut $room[..];
        $call
    }};
}

impl<'tree> Frame<'tree, '_, '_> {
    /// Calls the function that a name of the template stands for; `node` is where the call is if it fails.
    pub(super) fn function(
        &mut self,
        dot: &Operand,
        callee: Callee,
        node: Place<'tree>,
        applied: Applied<'tree>,
    ) -> Evaluated<Operand> {
        let functions: &Functions = self.state.engine.functions;
        let place = match callee {
            Callee::Builtin(builtin) => return self.builtin(dot, builtin, node, applied),
            Callee::Row(place) => place,
        };
        let function = functions.row(place).expect("a tree names rows of tables that have its fingerprint");
        with_room!(applied.count(), Value::Nil, |values| self.row(dot, function, node, applied, values))
    }

    fn row(
        &mut self,
        dot: &Operand,
        function: &Function,
        node: Place<'tree>,
        applied: Applied<'tree>,
        values: &mut [Value],
    ) -> Evaluated<Operand> {
        let parameters = Parameters { name: function.name, fixed: function.parameters, variadic: function.variadic };
        self.arguments(dot, parameters, applied, values)?;
        if function.purity != Purity::Pure {
            self.note_impure(function);
            read_fleeting();
        }
        self.spend(function.cost + given(values))?;
        match (function.body)(self.state, values) {
            Ok(value) => {
                self.spend(made(&value))?;
                if matches!(&value, Value::String(text) if text.len() > printf::MOST) {
                    return self.call_failed(node, function.name, "the text is larger than a run may make it".into());
                }
                Ok(Operand::returned(value))
            }
            Err(error) => self.call_failed(node, function.name, error),
        }
    }

    #[cold]
    fn note_impure(&self, function: &Function) {
        let template = self.template.parsed_as().clone();
        let call = ImpureCall { function: function.name, purity: function.purity, template };
        self.state.engine.run.impure.borrow_mut().insert(call);
    }

    /// Evaluates and checks the arguments one after the other into `values`, which has a place for each; the piped one is last.
    pub(super) fn arguments(
        &mut self,
        dot: &Operand,
        parameters: Parameters<'_>,
        applied: Applied<'tree>,
        values: &mut [Value],
    ) -> Evaluated<()> {
        self.check_count(parameters.name, (parameters.fixed.len(), parameters.variadic.is_some()), &applied)?;
        for (index, (argument, place)) in applied.arguments.iter().zip(values.iter_mut()).enumerate() {
            *place = self.argument(dot, argument, parameters.of(index))?;
        }
        if let (Some(last), Some(place)) = (applied.piped, values.last_mut()) {
            *place = self.assignable(Operand::plain(last), parameters.of(applied.arguments.len()))?;
        }
        Ok(())
    }

    fn check_count(&self, name: &str, (wanted, is_variadic): (usize, bool), applied: &Applied<'_>) -> Evaluated<()> {
        let count = applied.count();
        if is_variadic && count < wanted {
            // Go forgets the piped argument in this message.
            return self.fail(format!("wrong number of args for {name}: want at least {wanted} got {}", applied.arguments.len()));
        }
        if !is_variadic && count != wanted {
            return self.fail(format!("wrong number of args for {name}: want {wanted} got {count}"));
        }
        Ok(())
    }

    fn builtin(&mut self, dot: &Operand, builtin: Builtin, node: Place<'tree>, applied: Applied<'tree>) -> Evaluated<Operand> {
        self.check_count(builtin.name(), builtin.arity(), &applied)?;
        if let Builtin::And | Builtin::Or = builtin {
            return self.and_or(dot, builtin == Builtin::Or, applied);
        }
        with_room!(applied.count(), Operand::default(), |operands| self.builtin_row(dot, builtin, node, applied, operands))
    }

    fn builtin_row(
        &mut self,
        dot: &Operand,
        builtin: Builtin,
        node: Place<'tree>,
        Applied { arguments, piped }: Applied<'tree>,
        operands: &mut [Operand],
    ) -> Evaluated<Operand> {
        for (index, (argument, place)) in arguments.iter().zip(operands.iter_mut()).enumerate() {
            *place = match builtin.parameter(index) {
                Some(wanted) => Operand::plain(self.argument(dot, argument, wanted)?),
                None => self.operand(dot, argument)?,
            };
        }
        if let (Some(last), Some(place)) = (piped, operands.last_mut()) {
            let operand = Operand::plain(last);
            *place = match builtin.parameter(arguments.len()) {
                Some(wanted) => Operand::plain(self.assignable(operand, wanted)?),
                None => operand,
            };
        }
        if builtin == Builtin::Call {
            return self.call(node, arguments, operands);
        }
        self.spend(NODE + operands.len() as u64)?;
        let run = self.state.engine.run;
        match builtin.apply(operands, self.state.engine.language, run.limits.output) {
            Ok(value) => {
                if let Value::String(_) | Value::List(_) = value {
                    self.spend(made(&value))?;
                }
                Ok(Operand::returned(value))
            }
            Err(message) => self.call_failed(node, builtin.name(), message.into()),
        }
    }

    /// `and` and `or` evaluate no further than they must and return the argument that decided.
    fn and_or(&mut self, dot: &Operand, stops_at: bool, applied: Applied<'tree>) -> Evaluated<Operand> {
        let mut decided = Operand::default();
        for argument in applied.arguments {
            decided = self.operand(dot, argument)?;
            if printf::is_true(&decided.value) == stops_at {
                return Ok(decided);
            }
        }
        Ok(applied.piped.map_or(decided, Operand::plain))
    }

    /// `call`: no value of ours is a function.
    fn call(&mut self, node: Place<'tree>, arguments: &'tree [Term], operands: &[Operand]) -> Evaluated<Operand> {
        let callee = operands.first().map(|operand| &operand.value);
        let message = match callee {
            None | Some(Value::Nil) => "call of nil".to_owned(),
            Some(value) => {
                let shown = match (arguments.first(), value) {
                    _ if !self.state.engine.language.call_names_callee => String::new(),
                    (Some(first), _) => format!(" {}", Place::Term(first).describe(self.text)),
                    (None, Value::String(text)) => format!(" {text}"),
                    (None, _) => format!(" <{} Value>", printf::type_name(value)),
                };
                format!("non-function{shown} of type {}", printf::type_name(value))
            }
        };
        self.call_failed(node, "call", message.into())
    }
}
