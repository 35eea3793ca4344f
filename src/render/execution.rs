//! Executing the templates of a release, in order. What becomes of their text is not decided here.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::hash::BuildHasher as _;
use std::rc::Rc;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use rustc_hash::FxBuildHasher;

use super::aside::Aside;
use super::error::Error;
use super::inputs::ReleaseInputs;
use super::manifest::Impurity;
use super::{Progress, functions, layout, objects};
use crate::chart::File;
use crate::gotemplate::{Engine, ImpureCall, Limits, MissingKey, ParseError, Room, Run, Set, Trees, Turn, Value};
use crate::values;
use crate::yaml::Text;

/// What came of the templates.
#[derive(Default)]
pub(super) struct Executed {
    /// Path and text of each but the notes.
    pub(super) files: Vec<(Text, Text)>,
    pub(super) impure: Vec<Impurity>,
}

/// What came of one template.
pub(super) struct Outcome {
    pub(super) text: Text,
    pub(super) calls: BTreeSet<ImpureCall>,
    /// The steps that it took.
    pub(super) steps: u64,
    /// Whether it changed what the others see.
    pub(super) has_changed_others: bool,
}

/// The templates of a release, parsed and about to be executed on one thread.
pub(super) struct Execution<'run> {
    inputs: &'run ReleaseInputs,
    trees: &'run Trees,
    set: Arc<Set>,
    /// Those that print, in order.
    templates: Vec<objects::Template>,
    run: Run,
    /// What the randomness of the template that is executed grows from, besides the seed.
    chance: Rc<Cell<u64>>,
    room: Room,
}

impl<'run> Execution<'run> {
    /// Parses all templates.
    pub(super) fn new(
        inputs: &'run ReleaseInputs,
        prepared: &values::Prepared,
        trees: &'run Trees,
        follow: &dyn Fn(Progress<'_>),
    ) -> Result<Self, Error> {
        let mut templates = objects::templates(inputs, &prepared.root, &prepared.values);
        let begin = || {
            let file = |template: &objects::Template| File { name: template.path.clone(), contents: template.text.clone() };
            follow(Progress::Parsing(&templates.iter().map(file).collect::<Vec<_>>()));
        };
        let texts = templates.iter().map(|template| (&template.path, &template.text));
        let made_for = (&*inputs.dialect.functions, &inputs.dialect.language);
        let set = trees.set("gotpl", texts, made_for, begin).map_err(parse_error)?;
        templates.retain(|template| !objects::is_partial(&template.path));
        let chance = Rc::default();
        let run = run(inputs, &chance);
        Ok(Self { inputs, trees, set, templates, run, chance, room: Room::default() })
    }

    /// Includes a template only once for the same data.
    #[must_use]
    pub(super) fn remembering(self) -> Self {
        Self { run: self.run.remembering(), ..self }
    }

    /// Lets the next template take so many steps, within what a run may take.
    pub(super) fn allow(&mut self, steps: u64) {
        self.run.limits.steps = Limits::default().steps.min(self.run.steps().saturating_add(steps));
    }

    /// How many templates print.
    pub(super) fn len(&self) -> usize {
        self.templates.len()
    }

    /// Executes them all, but for those that are executed `aside`.
    pub(super) fn all(mut self, aside: Option<&Aside>, follow: &dyn Fn(Progress<'_>)) -> Result<Executed, Error> {
        let mut executed = Executed::default();
        let mut index = 0;
        while index < self.len() {
            let left = self.run.limits.steps.saturating_sub(self.run.steps());
            if let Some(rest) = aside.and_then(|aside| aside.rest(index, left)) {
                for (outcome, template) in rest.into_iter().zip(&self.templates[index..]) {
                    keep(template, outcome, &mut executed);
                }
                break;
            }
            let outcome = self.one(index)?;
            if let Some(aside) = aside.filter(|_| outcome.has_changed_others) {
                aside.spoil();
            }
            if let Some(text) = keep(&self.templates[index], outcome, &mut executed) {
                follow(Progress::Printed(text));
            }
            index += 1;
        }
        Ok(executed)
    }

    /// Executes one of them.
    pub(super) fn one(&mut self, index: usize) -> Result<Outcome, Error> {
        let template = &self.templates[index];
        template.enter();
        self.chance.set(FxBuildHasher.hash_one(&template.path));
        let (turn, before) = (Turn::begin(), self.run.steps());
        let definition = self.set.template(&template.path).expect("a set has all that it was made of");
        let (functions, language) = (&self.inputs.dialect.functions, self.inputs.dialect.language);
        let engine = Engine { functions, language, missing_key: MissingKey::Zero, run: &self.run, trees: self.trees };
        let text = engine
            .written(&self.set, definition, Value::Map(template.context.clone()), &mut self.room)
            .map_err(|error| Error::Execution { text: layout::lay_out(&error, self.inputs.dialect.error_layout), error })?;
        Ok(Outcome {
            text: functions::without_no_value(text),
            calls: self.run.impure.take(),
            steps: self.run.steps() - before,
            has_changed_others: turn.has_changed_others(),
        })
    }
}

/// Keeps what came of a template; the text, if it is not that of notes.
fn keep<'kept>(template: &objects::Template, outcome: Outcome, executed: &'kept mut Executed) -> Option<&'kept Text> {
    let impurity = |call| Impurity { call, file: template.path.clone() };
    executed.impure.extend(outcome.calls.into_iter().map(impurity));
    if template.path.ends_with(b"NOTES.txt") {
        return None;
    }
    executed.files.push((template.path.clone(), outcome.text));
    executed.files.last().map(|(_, text)| text)
}

/// Each template has randomness of its own, so that it does not matter what was executed before it, and on which thread.
fn run(inputs: &ReleaseInputs, chance: &Rc<Cell<u64>>) -> Run {
    let names = functions::Names(inputs.options.enable_dns.then(|| inputs.resolve_name.clone()));
    let (seed, chance) = (inputs.seed, chance.clone());
    let mut generator: Option<(u64, StdRng)> = None;
    let entropy = move |bytes: &mut [u8]| {
        let now = chance.get();
        let (_, generator) = match &mut generator {
            Some(known) if known.0 == now => known,
            other => other.insert((now, StdRng::from_seed(mixed(seed, now)))),
        };
        generator.fill_bytes(bytes);
    };
    Run::new(inputs.clock.clone(), Box::new(entropy), Rc::new(names))
}

fn mixed(mut seed: [u8; 32], more: u64) -> [u8; 32] {
    for (byte, more) in seed.iter_mut().zip(more.to_le_bytes()) {
        *byte ^= more;
    }
    seed
}

/// Helm shows only what follows the last colon of Go's message.
fn parse_error(error: ParseError) -> Error {
    let message = error.message.rsplit(": ").next().unwrap_or_default().to_owned();
    Error::Parse { file: error.template, line: error.line, message }
}
