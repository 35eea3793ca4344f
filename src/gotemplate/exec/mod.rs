//! Walks a tree against data: this file walks bodies and writes output; `eval` evaluates pipelines, `call` functions and
//! `field` chains of fields; none of those writes.

mod call;
mod cost;
mod eval;
mod field;
mod operand;

use self::cost::NODE;
use super::error::{Cause, Error};
use super::function::FunctionError;
use super::node::{Branch, Call, Declared, Items, Node, Parts, Pipe, Place};
use super::printf;
use super::set::Template;
use super::state::{State, TOO_MANY_STEPS};
use super::token::Span;
use super::value::{Integer, Value};
pub(super) use operand::Operand;

/// Go's bound on templates inside templates, which its error names.
const GO_DEPTH: usize = 100_000;

/// Executes `template` on `data`.
pub(super) fn execute(state: &mut State<'_>, template: &Template, data: Value, out: &mut Vec<u8>) -> Result<(), Box<Error>> {
    let body = template.definition().body;
    let (depth, base) = (state.depth, state.variables.len());
    let is_foreign = template.tree().functions != state.engine.functions.fingerprint();
    let (text, parts) = (&*template.tree().text, &template.tree().parts);
    let mut frame = Frame { text, parts, template, state, out, at: None, shift: 0, base };
    if is_foreign {
        return frame.fail("the template was parsed for other functions");
    }
    let dot = Operand::plain(data);
    frame.state.depth += 1;
    frame.state.variables.push((0, dot.clone()));
    let result = frame.walk(&dot, body);
    state.depth = depth;
    state.variables.truncate(base);
    result.map(|_| ())
}

/// What comes after a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

type Evaluated<T> = Result<T, Box<Error>>;

/// One template being executed.
struct Frame<'tree, 'state, 'run> {
    text: &'tree [u8],
    parts: &'tree Parts,
    template: &'tree Template,
    state: &'state mut State<'run>,
    out: &'state mut Vec<u8>,
    /// The node that an error would be at: Go moves it as it goes, and does not move it back.
    at: Option<Place<'tree>>,
    /// How far behind its own place the pipeline stands that was begun last.
    shift: u32,
    /// Where on the stack of variables this template's own begin.
    base: usize,
}

impl<'tree> Frame<'tree, '_, '_> {
    fn walk(&mut self, dot: &Operand, body: Items<Node>) -> Evaluated<Flow> {
        for node in body.of(self.parts) {
            self.at = Some(Place::Node(node));
            self.spend(NODE)?;
            let flow = match node {
                Node::Text(span) => self.write(*span)?,
                Node::Action(pipe, shift) => self.action(dot, node, (pipe.of(self.parts), *shift))?,
                Node::If(branch) | Node::With(branch) => {
                    self.branch(dot, branch.of(self.parts), matches!(node, Node::With(_)))?
                }
                Node::Range(branch) => self.range(dot, branch.of(self.parts))?,
                Node::Template(call) => self.template(dot, call.of(self.parts))?,
                Node::Break(_) => Flow::Break,
                Node::Continue(_) => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn spend(&self, steps: u64) -> Evaluated<()> {
        if self.state.engine.run.spend(steps) {
            return Ok(());
        }
        self.fail(TOO_MANY_STEPS)
    }

    fn write(&mut self, span: Span) -> Evaluated<Flow> {
        span.append_to(self.text, self.out);
        self.check_output()
    }

    fn check_output(&self) -> Evaluated<Flow> {
        if self.out.len() > self.state.engine.run.limits.output {
            return self.fail("the template writes more than a run may write");
        }
        Ok(Flow::Next)
    }

    fn action(&mut self, dot: &Operand, node: &'tree Node, (pipe, shift): (&'tree Pipe, u32)) -> Evaluated<Flow> {
        self.shift = shift;
        let value = self.pipeline(dot, pipe)?;
        if !pipe.declared.variables().is_empty() {
            return Ok(Flow::Next);
        }
        self.at = Some(Place::Node(node));
        match value {
            Value::String(text) => text.append_to(self.out),
            value => {
                let limit = self.state.engine.run.limits.output;
                if let Err(problem) = printf::write_action(self.out, &value, limit) {
                    return self.fail(problem);
                }
            }
        }
        self.check_output()
    }

    fn branch(&mut self, dot: &Operand, branch: &'tree Branch, sets_dot: bool) -> Evaluated<Flow> {
        let mark = self.state.variables.len();
        self.shift = branch.shift;
        let value = self.pipeline(dot, branch.pipe.of(self.parts))?;
        let flow = if printf::is_true(&value) {
            if sets_dot { self.block(&Operand::plain(value), branch.body)? } else { self.block(dot, branch.body)? }
        } else if let Some(otherwise) = branch.otherwise {
            self.block(dot, otherwise)?
        } else {
            Flow::Next
        };
        self.state.variables.truncate(mark);
        Ok(flow)
    }

    /// A body inside a control structure.
    fn block(&mut self, dot: &Operand, body: Items<Node>) -> Evaluated<Flow> {
        self.enter()?;
        let flow = self.walk(dot, body)?;
        self.state.depth -= 1;
        Ok(flow)
    }

    /// Counts one level of nesting. Only success counts it back: after an error [`execute`] does.
    fn enter(&mut self) -> Evaluated<()> {
        if self.state.depth >= self.state.engine.run.limits.depth {
            return self.fail("templates are nested too deeply");
        }
        self.state.depth += 1;
        Ok(())
    }

    // Out of line, so that the loop over nodes, which all else comes back to, stays small.
    #[inline(never)]
    fn range(&mut self, dot: &Operand, branch: &'tree Branch) -> Evaluated<Flow> {
        let outer_mark = self.state.variables.len();
        self.shift = branch.shift;
        let value = self.pipeline(dot, branch.pipe.of(self.parts))?;
        let ran = match &value {
            Value::Nil => false,
            Value::Int(count, kind) if self.state.engine.language.range_over_integers => {
                self.range_over_integer(branch, *count, |item| Value::Int(item, *kind), &value)?
            }
            Value::Uint(count) if self.state.engine.language.range_over_integers => {
                self.range_over_integer(branch, *count as i64, |item| Value::Uint(item as u64), &value)?
            }
            Value::List(list) => self.range_over_list(branch, list)?,
            Value::Map(map) => self.range_over_map(branch, map)?,
            Value::Bytes(bytes) => {
                let items = bytes.iter().map(|&byte| Operand::plain(Value::Int(i64::from(byte), Integer::Uint8)));
                self.iterate(branch, items.enumerate().map(|(index, item)| (index_operand(index), item)))?
            }
            Value::Object(object) => match (object.as_map(), object.as_list()) {
                (Some(map), _) => self.range_over_map(branch, &map)?,
                (None, Some(list)) => self.range_over_list(branch, &list)?,
                (None, None) => match object.basic() {
                    Some(Value::Int(count, kind)) if self.state.engine.language.range_over_integers => {
                        let item = |number| object.counted(number).unwrap_or(Value::Int(number, kind));
                        self.range_over_integer(branch, count, item, &value)?
                    }
                    _ => return self.cannot_range(&value),
                },
            },
            _ => return self.cannot_range(&value),
        };
        self.state.variables.truncate(outer_mark);
        match branch.otherwise {
            Some(otherwise) if !ran => self.block(dot, otherwise),
            _ => Ok(Flow::Next),
        }
    }

    fn cannot_range<T>(&self, value: &Value) -> Evaluated<T> {
        self.fail(format!("range can't iterate over {}", printf::show_reflected(value, 'v')))
    }

    fn range_over_integer(
        &mut self,
        branch: &'tree Branch,
        count: i64,
        item: impl Fn(i64) -> Value,
        shown: &Value,
    ) -> Evaluated<bool> {
        if branch.pipe.of(self.parts).declared.variables().len() > 1 {
            let shown = printf::show_reflected(shown, 'v');
            return self.fail(format!("can't use {shown} to iterate over more than one variable"));
        }
        self.iterate(branch, (0..count).map(|index| (Operand::default(), Operand::plain(item(index)))))
    }

    fn range_over_list(&mut self, branch: &'tree Branch, list: &super::value::List) -> Evaluated<bool> {
        let kind = list.kind();
        let item = |index| Some((index_operand(index), Operand::item(list.get(index)?, kind)));
        self.iterate(branch, (0..list.len()).map_while(item))
    }

    fn range_over_map(&mut self, branch: &'tree Branch, map: &super::value::Map) -> Evaluated<bool> {
        let kind = map.kind();
        let entries = map.entries().into_iter();
        self.iterate(branch, entries.map(|(key, value)| (Operand::plain(Value::String(key)), Operand::entry(value, kind))))
    }

    /// Runs the body for each pair of index and item; whether there was any.
    fn iterate(&mut self, branch: &'tree Branch, pairs: impl Iterator<Item = (Operand, Operand)>) -> Evaluated<bool> {
        let mark = self.state.variables.len();
        let declared = branch.pipe.of(self.parts).declared;
        let mut ran = false;
        for (index, item) in pairs {
            ran = true;
            self.set_range_variables(declared, index, &item)?;
            let flow = self.block(&item, branch.body)?;
            self.state.variables.truncate(mark);
            if flow == Flow::Break {
                break;
            }
            self.spend(NODE)?;
        }
        Ok(ran)
    }

    /// With two variables the index comes first; one alone takes the item.
    fn set_range_variables(&mut self, declared: Declared, index: Operand, item: &Operand) -> Evaluated<()> {
        let variables = declared.variables();
        if declared.assigns {
            if let [first, second] = variables[..] {
                self.assign_variable(first, index)?;
                self.assign_variable(second, item.clone())?;
            } else if let [only] = variables[..] {
                self.assign_variable(only, item.clone())?;
            }
            return Ok(());
        }
        // The pipeline has just declared them, so they are on top of the stack.
        let top = self.state.variables.len();
        if !variables.is_empty() {
            self.state.variables[top - 1].1 = item.clone();
        }
        if variables.len() > 1 {
            self.state.variables[top - 2].1 = index;
        }
        Ok(())
    }

    #[inline(never)]
    fn template(&mut self, dot: &Operand, call: &'tree Call) -> Evaluated<Flow> {
        let Some(template) = self.state.set.template(&call.name).cloned() else {
            return self.fail(format!("template {} not defined", printf::quote(&call.name)));
        };
        if self.state.depth >= self.state.engine.run.limits.depth {
            return self.fail(format!("exceeded maximum template depth ({GO_DEPTH})"));
        }
        self.shift = 0;
        let data = match call.pipe {
            Some(pipe) => self.pipeline(dot, pipe.of(self.parts))?,
            None => Value::Nil,
        };
        execute(self.state, &template, data, self.out)?;
        Ok(Flow::Next)
    }

    // Variables

    fn assign_variable(&mut self, variable: u32, value: Operand) -> Evaluated<()> {
        match self.state.variables[self.base..].iter_mut().rev().find(|(number, _)| *number == variable) {
            Some((_, old)) => {
                *old = value;
                Ok(())
            }
            None => self.undefined_variable(variable),
        }
    }

    fn variable(&self, variable: u32) -> Evaluated<&Operand> {
        match self.state.variables[self.base..].iter().rev().find(|(number, _)| *number == variable) {
            Some((_, value)) => Ok(value),
            None => self.undefined_variable(variable),
        }
    }

    fn undefined_variable<T>(&self, variable: u32) -> Evaluated<T> {
        self.fail(format!("undefined variable: {}", self.parts.variable(variable)))
    }

    // Errors

    #[cold]
    fn fail<T>(&self, message: impl Into<String>) -> Evaluated<T> {
        Err(self.error(Cause::Message(message.into())))
    }

    #[cold]
    fn call_failed<T>(&mut self, at: Place<'tree>, function: &str, error: FunctionError) -> Evaluated<T> {
        self.at = Some(at);
        Err(self.error(Cause::Call { function: function.to_owned(), error }))
    }

    #[cold]
    fn error(&self, cause: Cause) -> Box<Error> {
        let (position, node) =
            self.at.map_or_else(Default::default, |at| (at.position(self.parts, self.shift), at.describe(self.text, self.parts)));
        let (line, column) = self.template.tree().line_and_column(position);
        let (template, executing) = (self.template.parsed_as().clone(), self.template.name().clone());
        Box::new(Error { template, line, column, executing, node, cause })
    }
}

fn index_operand(index: usize) -> Operand {
    Operand::plain(Value::int(index as i64))
}
