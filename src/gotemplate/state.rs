//! What a run depends on, and what a function may ask of it: the clock, randomness, and to execute another template.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::error::Error;
use super::exec::Operand;
use super::function::{FunctionError, Functions, Purity};
use super::set::{Set, Template};
use super::trees::Trees;
use super::value::{Map, Moment, Value, moment};
use super::written::Written;
use super::{Language, MissingKey, exec, printf};
use crate::yaml::Text;

/// Helm's bound on how often `include` may be inside itself by the same name.
const MOST_INCLUDES: usize = 1000;

/// What is said where a run has used up its steps.
pub(super) const TOO_MANY_STEPS: &str = "the template takes more steps than a run may take";

/// A buffer that grew beyond this many bytes is not kept for the next template.
const MOST_SPARE: usize = 1 << 20;
/// Most included templates write less.
const ROOM: usize = 512;

/// The steps that parsing a byte counts for.
const TREE: u64 = 8;

/// Says what time it is, and the same when it is asked again.
pub type Clock = dyn Fn() -> jiff::Zoned + Send + Sync;

/// Fills a buffer with random bytes.
pub type Entropy = Box<dyn FnMut(&mut [u8])>;

/// Everything outside the template and its data that a run may depend on, complete before it starts.
pub struct Run {
    /// The clock, which stands still during a run.
    pub clock: Arc<Clock>,
    /// The randomness of this run.
    pub entropy: RefCell<Entropy>,
    /// What the functions of the program that embeds the language need: they know its type, the language does not.
    pub host: Rc<dyn Any>,
    /// The impure functions that ran so far. Whoever wants to know what one execution did takes them out before the next one.
    pub impure: RefCell<BTreeSet<ImpureCall>>,
    /// How much the run may use.
    pub limits: Limits,
    /// Steps taken so far, by all executions of this run.
    steps: Cell<u64>,
    /// What included templates wrote, if that is remembered.
    written: Option<RefCell<Written>>,
}

/// An impure function that ran.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImpureCall {
    /// Its name.
    pub function: &'static str,
    /// What its answer depends on.
    pub purity: Purity,
    /// The text that calls it, by the name it was parsed under.
    pub template: Text,
}

/// What one run may use before it is stopped with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Templates, blocks and parentheses inside each other, however they came to be. Each takes up to 8 KiB of stack.
    pub depth: usize,
    /// What nodes and calls cost together: a step is about ten nanoseconds, or two bytes made.
    pub steps: u64,
    /// Bytes written by one execution.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 10_000, steps: 1 << 29, output: 1 << 28 }
    }
}

impl Run {
    /// A run that has done nothing yet, under the default limits.
    pub fn new(clock: Arc<Clock>, entropy: Entropy, host: Rc<dyn Any>) -> Self {
        let impure = RefCell::default();
        let (limits, steps, written) = (Limits::default(), Cell::new(0), None);
        Self { clock, entropy: RefCell::new(entropy), host, impure, limits, steps, written }
    }

    /// Includes a template only once for the same data. For runs of one set of templates on data of maps and lists: what
    /// objects keep inside must not change.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { written: Some(RefCell::default()), ..self }
    }

    /// The steps that were taken so far.
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Counts `steps`; whether the budget still suffices.
    pub(super) fn spend(&self, steps: u64) -> bool {
        let spent = self.steps.get().saturating_add(steps);
        self.steps.set(spent);
        spent <= self.limits.steps
    }
}

/// What stays the same while templates are executed.
#[derive(Clone, Copy)]
pub struct Engine<'run> {
    /// The functions besides Go's builtins.
    pub functions: &'run Functions,
    /// Which Go's language.
    pub language: Language,
    /// What a key that a map lacks evaluates to.
    pub missing_key: MissingKey,
    /// Clock, randomness, budgets.
    pub run: &'run Run,
    /// Where parsed texts are kept.
    pub trees: &'run Trees,
}

impl Engine<'_> {
    /// Executes `template` of `set` on `data` and appends what it writes to `out`; on an error what was written stays.
    ///
    /// # Errors
    /// What failed and where.
    pub fn execute(&self, set: &Arc<Set>, template: &Template, data: Value, out: &mut Vec<u8>) -> Result<(), Box<Error>> {
        exec::execute(&mut self.state(set), template, data, out)
    }

    /// What `template` of `set` writes for `data`, which is remembered if the run remembers. `room` serves one execution after the
    /// other.
    ///
    /// # Errors
    /// As of [`Engine::execute`].
    pub fn written(&self, set: &Arc<Set>, template: &Arc<Template>, data: Value, room: &mut Room) -> Result<Text, Box<Error>> {
        let mut state = State {
            variables: std::mem::take(&mut room.variables),
            included: std::mem::take(&mut room.included),
            spare: std::mem::take(&mut room.spare),
            ..self.state(set)
        };
        let result = state.written_whole(template, data, &mut room.out);
        (room.variables, room.included, room.spare) = (state.variables, state.included, state.spare);
        result
    }

    fn state(&self, set: &Arc<Set>) -> State<'_> {
        State { engine: *self, set: set.clone(), depth: 0, variables: Vec::new(), included: Vec::new(), spare: Vec::new() }
    }
}

/// Memory that executions use one after the other.
#[derive(Default)]
pub struct Room {
    /// What is written.
    out: Vec<u8>,
    variables: Vec<(u32, Operand)>,
    included: Vec<Arc<Template>>,
    spare: Vec<Vec<u8>>,
}

/// A run in progress.
pub struct State<'run> {
    pub(super) engine: Engine<'run>,
    pub(super) set: Arc<Set>,
    pub(super) depth: usize,
    /// The number of each variable with its value, of all templates that run; number 0 is `$`.
    pub(super) variables: Vec<(u32, Operand)>,
    /// What `include` is running, the innermost last.
    included: Vec<Arc<Template>>,
    /// Emptied buffers, for the next template that writes into one.
    spare: Vec<Vec<u8>>,
}

impl<'run> State<'run> {
    /// What time it is in this run.
    pub fn now(&self) -> jiff::Zoned {
        (self.engine.run.clock)()
    }

    /// Counts what a function does besides looking at its arguments and making its answer: a step for ten nanoseconds, or
    /// for two bytes.
    ///
    /// # Errors
    /// The run has done all that it may do.
    pub fn spend(&self, steps: u64) -> Result<(), FunctionError> {
        if self.engine.run.spend(steps) { Ok(()) } else { Err(TOO_MANY_STEPS.into()) }
    }

    /// Fills `bytes` with randomness.
    pub fn fill_random(&self, bytes: &mut [u8]) {
        (self.engine.run.entropy.borrow_mut())(bytes);
    }

    /// What the embedding program's functions need, if it is a `T`.
    pub fn host<T: 'static>(&self) -> Option<&'run T> {
        self.engine.run.host.downcast_ref()
    }

    /// What a template writes that nothing includes. `out` is where it is written on the way.
    fn written_whole(&mut self, template: &Arc<Template>, data: Value, out: &mut Vec<u8>) -> Result<Text, Box<Error>> {
        // Charts include whole files, too, for the sake of their checksums.
        if let Some(text) = self.remembered(template, &data) {
            return Ok(text);
        }
        let (before, map) = (moment(), self.memorable(&data).cloned());
        out.clear();
        exec::execute(self, template, data, out)?;
        // It will be cut into documents.
        let text = Text::whole_of(out);
        // What is printed is kept until the end, so all files of a run share one budget.
        self.engine.run.spend(text.len() as u64 / 2);
        self.remember(template, map, before, || text.clone());
        Ok(text)
    }

    /// Executes the template `name` of the current set into a text: Helm's `include`.
    ///
    /// # Errors
    /// No such template, too many inside each other, or what failed in it.
    pub fn include(&mut self, name: &[u8], data: Value) -> Result<Text, FunctionError> {
        let Some(template) = self.set.template(name) else {
            let (name, set) = (printf::quote(name), printf::quote(self.set.name()));
            return Err(format!("template: no template {name} associated with template {set}").into());
        };
        if let Some(text) = self.remembered(template, &data) {
            return Ok(text);
        }
        let template = template.clone();
        self.check_depth()?;
        if self.included.len() > MOST_INCLUDES {
            let name = template.name();
            if self.included.iter().filter(|running| running.name() == name).count() > MOST_INCLUDES {
                let problem = "rendering template has a nested reference name";
                return Err(format!("{problem}: {name}: unable to execute template").into());
            }
        }
        self.included.push(template.clone());
        let (before, map) = (moment(), self.memorable(&data).cloned());
        let result = self.written(&template, data);
        self.included.pop();
        if let Ok(text) = &result {
            self.remember(&template, map, before, || text.clone());
        }
        result
    }

    /// Remembers what the template wrote for this map, unless it could write something else next time.
    fn remember(&self, template: &Arc<Template>, map: Option<Map>, before: Moment, text: impl FnOnce() -> Text) {
        if let (Some(map), Some(written)) = (map, &self.engine.run.written)
            && before == moment()
        {
            written.borrow_mut().keep((template.clone(), map), self.included.len(), (text(), before));
        }
    }

    /// What the pure function `function` makes of `value`: `make` makes it, unless it did for the same map before and nothing
    /// shared was changed since.
    ///
    /// # Errors
    /// As of `make`; errors are not remembered.
    pub fn made_once<E>(
        &self,
        function: &'static str,
        value: &Value,
        make: impl FnOnce(&Value) -> Result<Text, E>,
    ) -> Result<Text, E> {
        let (Some(written), Value::Map(map)) = (&self.engine.run.written, value) else { return make(value) };
        if !map.is_shared() {
            return make(value);
        }
        let before = moment();
        let known = written.borrow().recall_made(function, map, before);
        if let Some(text) = known {
            return Ok(text);
        }
        let text = make(value)?;
        if before == moment() {
            written.borrow_mut().keep_made(function, map.clone(), (text.clone(), before));
        }
        Ok(text)
    }

    /// What the template wrote for the same data before.
    fn remembered(&self, template: &Arc<Template>, data: &Value) -> Option<Text> {
        let written = self.engine.run.written.as_ref()?;
        written.borrow().recall(template, self.memorable(data)?, self.included.len(), moment())
    }

    /// The map of an include that may come again: a map that nobody else holds never does, and within a `tpl` names may
    /// stand for other templates.
    fn memorable<'data>(&self, data: &'data Value) -> Option<&'data Map> {
        match data {
            Value::Map(map) if self.engine.run.written.is_some() && map.is_shared() && !self.set.is_layer() => Some(map),
            _ => None,
        }
    }

    /// What a template writes.
    fn written(&mut self, template: &Template, data: Value) -> Result<Text, FunctionError> {
        let mut out = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(ROOM));
        let result = exec::execute(self, template, data, &mut out).map(|()| Text::from(out.as_slice()));
        if out.capacity() <= MOST_SPARE {
            out.clear();
            self.spare.push(out);
        }
        Ok(result?)
    }

    fn check_depth(&self) -> Result<(), FunctionError> {
        if self.depth >= self.engine.run.limits.depth {
            return Err("templates are nested too deeply".into());
        }
        Ok(())
    }

    /// Executes `text` as a template under the set's name, over the current set: Go's clone-and-parse that `tpl` stands for.
    /// What the text defines is known to it and to what it includes, and forgotten afterwards.
    ///
    /// # Errors
    /// [`FunctionError::Parse`] or [`FunctionError::Nested`], without words of `tpl` itself.
    pub fn tpl(&mut self, text: &Text, data: Value) -> Result<Text, FunctionError> {
        if !memchr::memchr_iter(b'{', text).any(|at| text.get(at + 1) == Some(&b'{')) {
            return Ok(text.clone());
        }
        self.check_depth()?;
        let name = self.set.name().clone();
        let Engine { trees, functions, language, .. } = self.engine;
        // A tree takes more memory than its text, and parsing more time than running.
        self.spend(TREE * text.len() as u64)?;
        let tree = trees.parse(&name, text, functions, &language)?;
        let mut layer = Set::layer(&self.set);
        layer.add(&name, &tree);
        let outer = std::mem::replace(&mut self.set, Arc::new(layer));
        let result = self.written(&Template::of(&name, &tree), data);
        self.set = outer;
        result
    }
}
