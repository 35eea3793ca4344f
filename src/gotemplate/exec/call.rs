//! Calls: how many arguments, of which types, and what came back.

use super::{Evaluated, Frame, Operand, Place};
use crate::gotemplate::builtins::Builtin;
use crate::gotemplate::function::{Functions, Purity, Type};
use crate::gotemplate::lex::Span;
use crate::gotemplate::node::Term;
use crate::gotemplate::printf;
use crate::gotemplate::value::Value;

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

impl<'tree> Frame<'tree, '_, '_> {
    /// Calls the function `name`; `node` is where the call is if it fails.
    pub(super) fn function(
        &mut self,
        dot: &Operand,
        name: Span,
        node: Place<'tree>,
        applied: Applied<'tree>,
    ) -> Evaluated<Operand> {
        let name = std::str::from_utf8(name.of(self.text)).unwrap_or_default();
        let functions: &Functions = self.state.engine.functions;
        let Some(function) = functions.get(name) else {
            return match Builtin::named(name) {
                Some(builtin) => self.builtin(dot, builtin, node, applied),
                None if functions.knows(name) => self.call_failed(node, name, "this function is not built yet".into()),
                None => self.fail(format!("{} is not a defined function", printf::quote(name.as_bytes()))),
            };
        };
        let parameters = Parameters { name, fixed: &function.parameters, variadic: function.variadic };
        let values = self.arguments(dot, parameters, applied)?;
        if function.purity == Purity::Impure {
            self.state.engine.run.impure.borrow_mut().insert(function.name);
        }
        match (function.body)(self.state, values) {
            Ok(value) => Ok(Operand::returned(value)),
            Err(error) => self.call_failed(node, name, error),
        }
    }

    /// Evaluates and checks the arguments one after the other, the piped one last.
    pub(super) fn arguments(
        &mut self,
        dot: &Operand,
        parameters: Parameters<'_>,
        applied: Applied<'tree>,
    ) -> Evaluated<Vec<Value>> {
        self.check_count(parameters.name, (parameters.fixed.len(), parameters.variadic.is_some()), &applied)?;
        let mut values = Vec::with_capacity(applied.count());
        for (index, argument) in applied.arguments.iter().enumerate() {
            values.push(self.argument(dot, argument, parameters.of(index))?);
        }
        if let Some(last) = applied.piped {
            values.push(self.assignable(Operand::plain(last), parameters.of(values.len()))?);
        }
        Ok(values)
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
        let Applied { arguments, piped } = applied;
        let mut operands = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            operands.push(match builtin.parameter(operands.len()) {
                Some(wanted) => Operand::plain(self.argument(dot, argument, wanted)?),
                None => self.operand(dot, argument)?,
            });
        }
        if let Some(last) = piped {
            let operand = Operand::plain(last);
            operands.push(match builtin.parameter(operands.len()) {
                Some(wanted) => Operand::plain(self.assignable(operand, wanted)?),
                None => operand,
            });
        }
        if builtin == Builtin::Call {
            return self.call(node, arguments, &operands);
        }
        let run = self.state.engine.run;
        match builtin.apply(&operands, self.state.engine.language, run.limits.output) {
            Ok(value) => Ok(Operand::returned(value)),
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
