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
    /// How many arguments there must be, and whether there may be more.
    fn counts(self) -> (usize, bool) {
        (self.fixed.len(), self.variadic.is_some())
    }

    fn of(self, index: usize) -> Type {
        self.fixed.get(index).copied().or(self.variadic).unwrap_or(Type::Any)
    }
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
        let parameters = Parameters { name: function.name, fixed: function.parameters, variadic: function.variadic };
        let mut applied = applied;
        self.check_count(parameters.name, parameters.counts(), &applied)?;
        let count = applied.count();
        let mut nth = |frame: &mut Self, index| frame.argument_at(dot, parameters, &mut applied, index);
        // Few calls have so many arguments that these need memory of the heap.
        match count {
            0 => self.row(function, node, &mut []),
            1 => {
                let mut values = [nth(self, 0)?];
                self.row(function, node, &mut values)
            }
            2 => {
                let mut values = [nth(self, 0)?, nth(self, 1)?];
                self.row(function, node, &mut values)
            }
            3 => {
                let mut values = [nth(self, 0)?, nth(self, 1)?, nth(self, 2)?];
                self.row(function, node, &mut values)
            }
            _ => {
                let mut values = self.arguments(dot, parameters, applied)?;
                self.row(function, node, &mut values)
            }
        }
    }

    // Out of line: a call of each arity would hold it else, and the processor all of those.
    #[inline(never)]
    fn row(&mut self, function: &Function, node: Place<'tree>, values: &mut [Value]) -> Evaluated<Operand> {
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

    /// Evaluates and checks the arguments one after the other.
    pub(super) fn arguments(
        &mut self,
        dot: &Operand,
        parameters: Parameters<'_>,
        mut applied: Applied<'tree>,
    ) -> Evaluated<Vec<Value>> {
        self.check_count(parameters.name, parameters.counts(), &applied)?;
        (0..applied.count()).map(|index| self.argument_at(dot, parameters, &mut applied, index)).collect()
    }

    /// Evaluates and checks the argument at a place; the piped one is last.
    #[inline(never)]
    fn argument_at(
        &mut self,
        dot: &Operand,
        parameters: Parameters<'_>,
        applied: &mut Applied<'tree>,
        index: usize,
    ) -> Evaluated<Value> {
        let wanted = parameters.of(index);
        match applied.arguments.get(index) {
            Some(argument) => self.argument(dot, argument, wanted),
            None => self.assignable(Operand::plain(applied.piped.take().unwrap_or_default()), wanted),
        }
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
        let mut applied = applied;
        let arguments = applied.arguments;
        let count = applied.count();
        let mut nth = |frame: &mut Self, index| frame.operand_at(dot, builtin, &mut applied, index);
        match count {
            1 => {
                let operands = [nth(self, 0)?];
                self.builtin_row(builtin, node, arguments, &operands)
            }
            2 => {
                let operands = [nth(self, 0)?, nth(self, 1)?];
                self.builtin_row(builtin, node, arguments, &operands)
            }
            count => {
                let operands = (0..count).map(|index| nth(self, index)).collect::<Evaluated<Vec<_>>>()?;
                self.builtin_row(builtin, node, arguments, &operands)
            }
        }
    }

    /// Evaluates the argument at a place; the piped one is last. Some are of a type, the others remain what they are.
    #[inline(never)]
    fn operand_at(&mut self, dot: &Operand, builtin: Builtin, applied: &mut Applied<'tree>, index: usize) -> Evaluated<Operand> {
        let operand = match (applied.arguments.get(index), builtin.parameter(index)) {
            (Some(argument), Some(wanted)) => return self.argument(dot, argument, wanted).map(Operand::plain),
            (Some(argument), None) => return self.operand(dot, argument),
            (None, _) => Operand::plain(applied.piped.take().unwrap_or_default()),
        };
        match builtin.parameter(index) {
            Some(wanted) => self.assignable(operand, wanted).map(Operand::plain),
            None => Ok(operand),
        }
    }

    #[inline(never)]
    fn builtin_row(
        &mut self,
        builtin: Builtin,
        node: Place<'tree>,
        arguments: &'tree [Term],
        operands: &[Operand],
    ) -> Evaluated<Operand> {
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
                    (Some(first), _) => format!(" {}", Place::Term(first).describe(self.text, self.parts)),
                    (None, Value::String(text)) => format!(" {text}"),
                    (None, _) => format!(" <{} Value>", printf::type_name(value)),
                };
                format!("non-function{shown} of type {}", printf::type_name(value))
            }
        };
        self.call_failed(node, "call", message.into())
    }
}
