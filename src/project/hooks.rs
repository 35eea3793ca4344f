//! Hooks: programs that a state file or a release wants to be run at certain moments, of which a rendering has two, `prepare` and
//! `cleanup`. Here is what to run; whether it is run is the front's decision.

use std::sync::Arc;

use super::assemble::State;
use super::environment::template_error;
use super::record::Record;
use super::template::{environment_fields, labels, object, seen_map};
use super::{Error, ErrorKind, Place, Project, Release};
use crate::gotemplate::{Map, Value};
use crate::surroundings::{Program, Surroundings};
use crate::yaml::Text;

/// A moment of a rendering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Before charts and values are read.
    Prepare,
    /// After the output.
    Cleanup,
}

impl Event {
    /// Its name in `events`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Cleanup => "cleanup",
        }
    }
}

/// An entry of `hooks`.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// What messages call it.
    pub name: String,
    /// Whether what it prints is shown.
    pub shows_logs: bool,
    /// Where it stands.
    pub place: Place,
    events: Vec<String>,
    command: String,
    arguments: Vec<String>,
}

/// What a hook that is due sees of the moment.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// Which one.
    pub event: Event,
    /// Why the rendering failed, if it did.
    pub failure: Option<&'a str>,
    /// helmfile's name for the command.
    pub command: &'static str,
}

/// The hooks of a state file or a release.
pub(super) fn of(record: &Record) -> Result<Vec<Hook>, Error> {
    record.records("hooks").iter().map(one).collect()
}

fn one(record: &Record) -> Result<Hook, Error> {
    let mut hook = Hook {
        name: record.text("name"),
        shows_logs: record.flag("showlogs").unwrap_or_default(),
        place: record.place.clone(),
        events: record.texts("events").to_vec(),
        command: record.text("command"),
        arguments: record.texts("args").to_vec(),
    };
    if record.fields.contains_key("kubectlApply") {
        let applied = record.labels("kubectlApply");
        let (flag, what) = match (applied.get("filename"), applied.get("kustomize")) {
            (Some(file), None) => ("-f", file),
            (None, Some(folder)) => ("-k", folder),
            _ => {
                let kind = ErrorKind::WrongHook { problem: "`kubectlApply` wants `filename` or `kustomize`" };
                return Err(Error::new(kind, Some(record.place.clone())));
            }
        };
        "kubectl".clone_into(&mut hook.command);
        hook.arguments = vec!["apply".to_owned(), flag.to_owned(), what.clone()];
    }
    if hook.name.is_empty() {
        hook.name = hook.command.clone();
    }
    Ok(hook)
}

impl Hook {
    fn is_due(&self, event: Event) -> bool {
        self.events.iter().any(|name| name == event.name())
    }
}

impl Project {
    /// How many state files it has; each has hooks of its own.
    pub fn state_files(&self) -> std::ops::Range<usize> {
        0..self.states.len()
    }

    /// The releases of a state file that a rendering renders, in the order of definition.
    pub fn planned_of(&self, state: usize) -> impl Iterator<Item = &Release> {
        self.releases.iter().filter(move |release| release.state == state && release.selected && release.installed)
    }

    /// The hooks of a state file that are due.
    pub fn hooks_of_state(&self, state: usize, event: Event) -> impl Iterator<Item = &Hook> {
        self.states[state].hooks.iter().filter(move |hook| hook.is_due(event))
    }

    /// The program that a hook runs; of the state file itself without a release.
    pub fn hook_program(
        &self,
        hook: &Hook,
        (state, release): (usize, Option<&Release>),
        moment: Moment<'_>,
        surroundings: &Surroundings,
    ) -> Result<Program, Error> {
        let state = &self.states[state];
        let renderer = self.renderer.seeing(surroundings);
        let filled = |text: &String| {
            let data = seen(state, release, moment);
            let bytes = renderer.render(&Text::from(text.as_str()), &hook.place.to_string(), &state.directory, data);
            let bytes = bytes.map_err(|failure| Error { place: Some(hook.place.clone()), ..template_error(failure, 0) })?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        Ok(Program {
            name: filled(&hook.command)?,
            arguments: hook.arguments.iter().map(filled).collect::<Result<_, Error>>()?,
            directory: state.directory.clone(),
            asked_by: hook.place.to_string(),
            ..Program::default()
        })
    }
}

impl Release {
    /// Its hooks that are due.
    pub fn hooks(&self, event: Event) -> impl Iterator<Item = &Hook> {
        self.hooks.iter().filter(move |hook| hook.is_due(event))
    }

    /// The state file that it belongs to, as [`Project::state_files`] counts them.
    pub fn state_file(&self) -> usize {
        self.state
    }
}

/// What the templates of a hook see.
fn seen(state: &State, release: Option<&Release>, moment: Moment<'_>) -> Value {
    let text = |text: &str| Value::text(text);
    let error = moment.failure.map_or_else(|| text("<nil>"), text);
    let event = object("event.event", "struct", vec![("Name", text(moment.event.name())), ("Error", error)]);
    let mut data = vec![
        ("Environment", environment_fields(&state.environment, &state.environment.values)),
        ("Namespace", text(&state.overrides.namespace)),
        ("Event", event),
        ("HelmfileCommand", text(moment.command)),
    ];
    if let Some(release) = release {
        let fields = vec![
            ("Name", text(&release.name)),
            ("Namespace", text(&release.namespace)),
            ("Chart", text(&release.chart)),
            ("Version", text(&release.version)),
            ("Labels", labels(&release.labels)),
            ("KubeContext", text(&release.kube_context)),
            ("Condition", text(&release.condition)),
        ];
        data.push(("Release", object("state.ReleaseSpec", "struct", fields)));
        data.push(("Values", Value::Map(seen_map(&Arc::new(state.environment.merged())))));
    }
    let data = data.into_iter().map(|(name, value)| (Text::from(name), value));
    Value::Map(Map::from_entries(data.collect()))
}
