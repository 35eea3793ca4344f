//! `prepare` and `cleanup` hooks around a rendering: run if the user lets them, else told. No other hook concerns a rendering.
//!
//! helmfile goes from state file to state file; here all `prepare` hooks come before everything and all `cleanup` hooks after it, in
//! the same order among themselves, since releases are rendered together.

use super::Live;
use super::error::Error;
use crate::project::{Event, Hook, Moment, Project, Release};
use crate::source::is_mounted;
use crate::surroundings::ProgramError;

/// helmfile's variable that forbids hooks.
const DISABLED: &str = "HELMFILE_DISABLE_HOOKS";

/// The hooks of one run.
pub(super) struct Hooks<'run> {
    project: &'run Project,
    live: &'run Live,
    are_run: bool,
}

impl<'run> Hooks<'run> {
    /// Says which hooks are left out, if they are.
    pub(super) fn new(project: &'run Project, live: &'run Live) -> Self {
        let hooks = Self { project, live, are_run: live.global.allow_hooks };
        if !live.global.allow_hooks && !live.global.skip_hooks {
            hooks.tell_skipped();
        }
        hooks
    }

    fn tell_skipped(&self) {
        let states = self.project.state_files();
        let of_event = |event| {
            let all = states.clone().flat_map(move |state| {
                let of_releases = self.project.planned_of(state).flat_map(move |release| release.hooks(event));
                self.project.hooks_of_state(state, event).chain(of_releases)
            });
            all.collect::<Vec<_>>()
        };
        for event in [Event::Prepare, Event::Cleanup] {
            let skipped = of_event(event);
            if let Some(first) = skipped.first() {
                let more = if skipped.len() > 1 { format!(" and {} more", skipped.len() - 1) } else { String::new() };
                let (name, place) = (&first.name, &first.place);
                let text = format!("{place}: the {} hook `{name}`{more} not run: `--allow-hooks` runs them", event.name());
                self.live.terminal.aside(&text);
            }
        }
    }

    /// Runs what is due before charts and values are read.
    ///
    /// # Errors
    /// A hook fails.
    pub(super) fn prepare(&self) -> Result<(), Error> {
        let moment = Moment { event: Event::Prepare, failure: None, command: "template" };
        for state in self.project.state_files() {
            for hook in self.project.hooks_of_state(state, moment.event) {
                self.run(hook, (state, None), moment)?;
            }
            for release in self.project.planned_of(state) {
                for hook in release.hooks(moment.event) {
                    self.run(hook, (state, Some(release)), moment)?;
                }
            }
        }
        Ok(())
    }

    /// Runs what is due after the output of these releases.
    ///
    /// # Errors
    /// The hook of a state file fails; that of a release is only told, as helmfile does.
    pub(super) fn cleanup(&self, done: &[&Release], failure: Option<&Error>) -> Result<(), Error> {
        let failure = failure.and_then(|error| error.messages().first().map(|message| message.text.clone()));
        for state in self.project.state_files() {
            let moment = Moment { event: Event::Cleanup, failure: None, command: "template" };
            for release in done.iter().filter(|release| release.state_file() == state) {
                for hook in release.hooks(moment.event) {
                    if let Err(error) = self.run(hook, (state, Some(release)), moment) {
                        for message in error.messages() {
                            self.live.terminal.warning(&message.text);
                        }
                    }
                }
            }
            let moment = Moment { failure: failure.as_deref(), ..moment };
            for hook in self.project.hooks_of_state(state, moment.event) {
                self.run(hook, (state, None), moment)?;
            }
        }
        Ok(())
    }

    fn run(&self, hook: &Hook, whose: (usize, Option<&Release>), moment: Moment<'_>) -> Result<(), Error> {
        if !self.are_run {
            return Ok(());
        }
        let what = || format!("{}: the {} hook `{}`", hook.place, moment.event.name(), hook.name);
        if self.live.surroundings.is_on(DISABLED) {
            return Err(Error::Refused(format!("{} is not run: {DISABLED} forbids it", what())));
        }
        if is_mounted(&hook.place.file) {
            return Err(Error::Refused(format!("{} is not run: a remote file asks for it", what())));
        }
        let program = self.project.hook_program(hook, whose, moment, &self.live.surroundings)?;
        let printed = (self.live.surroundings.run)(&program);
        let printed = printed.map_err(|error: ProgramError| Error::Program { what: what(), error })?;
        if hook.shows_logs {
            for line in String::from_utf8_lossy(&printed).lines() {
                self.live.terminal.done(moment.event.name(), line);
            }
        }
        Ok(())
    }
}
