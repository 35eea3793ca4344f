//! One release, looked at from both sides.

use std::path::PathBuf;

use super::case::Case;
use super::difference::{Verdict, is_unclear, judge};
use super::peer::{Answer, Peer};
use super::reproducer;
use crate::cli::Live;
use crate::cli::error::Error;
use crate::cli::renderer::{Prepared, Renderer};
use crate::project::Release;
use crate::release::Flags;
use crate::surroundings::Surroundings;

/// Looks at releases from both sides.
pub(super) struct Examiner<'run> {
    renderer: &'run Renderer<'run>,
    peer: &'run Peer,
    live: &'run Live,
    /// The world at another time, where everything that a clock can show is different.
    later: Surroundings,
    /// What hidden values are hashed with.
    key: [u8; 32],
    keep_values: bool,
}

/// What was found out about a release.
pub(super) struct Finding {
    /// Its name.
    pub(super) release: String,
    /// Its namespace, as helmfile.yaml has it.
    pub(super) namespace: String,
    /// Whether both sides agree.
    pub(super) verdict: Verdict,
    /// The functions whose answers are random by nature.
    pub(super) impure: Vec<&'static str>,
    /// Where the difference can be seen.
    pub(super) reproducer: Option<Reproducer>,
}

/// What became of a reproducer.
pub(super) enum Reproducer {
    /// It is in this folder.
    Saved(PathBuf),
    /// Without what the values say there is no difference.
    Vanished,
}

/// One rendering by both sides.
struct Trial {
    case: Case,
    ours: Answer,
    theirs: Answer,
    verdict: Verdict,
    impure: Vec<&'static str>,
}

impl<'run> Examiner<'run> {
    /// Nothing is looked at yet.
    pub(super) fn new(renderer: &'run Renderer<'run>, peer: &'run Peer, live: &'run Live, keep_values: bool) -> Self {
        let mut key = [0; 32];
        (live.surroundings.entropy)(&mut key);
        let distance = jiff::Span::new().days(400).hours(7).minutes(13).seconds(29).microseconds(123_457);
        let now = live.surroundings.now.checked_add(distance).unwrap_or_else(|_| live.surroundings.now.clone());
        let later = Surroundings { now, ..live.surroundings.clone() };
        Self { renderer, peer, live, later, key, keep_values }
    }

    /// Renders a release on both sides, and writes a reproducer if they differ.
    ///
    /// # Errors
    /// There is nothing to compare: no chart, no values, no peer.
    pub(super) fn examine(&self, release: &Release) -> Result<Finding, Error> {
        let prepared = self.renderer.prepare(release, &self.live.surroundings)?;
        let archive = self.renderer.charts.archive_of(release)?;
        let trial = self.trial(release, &archive, &prepared)?;
        let differs = matches!(trial.verdict, Verdict::Different { .. });
        let reproducer = differs.then(|| self.reproduce(release, &archive, prepared, &trial)).transpose()?;
        let Release { name, namespace, .. } = release;
        let Trial { verdict, impure, .. } = trial;
        Ok(Finding { release: name.clone(), namespace: namespace.clone(), verdict, impure, reproducer })
    }

    fn trial(&self, release: &Release, archive: &[u8], prepared: &Prepared) -> Result<Trial, Error> {
        let now = &self.live.surroundings;
        let case = Case::new(&release.name, archive, &prepared.flags, now);
        let case = case.map_err(|error| Error::Refused(format!("release `{}`: {error}", release.name)))?;
        let (ours, impure) = self.ours(release, prepared, now);
        let theirs = self.peer.run(&case)?;
        let (mut ours_again, mut theirs_again) = (None, None);
        if is_unclear(&ours, &theirs) {
            theirs_again = Some(self.peer.run(&case)?);
            ours_again = (!impure.is_empty()).then(|| self.ours(release, prepared, &self.later).0);
        }
        let verdict = judge([&ours, &theirs], [ours_again.as_ref(), theirs_again.as_ref()], self.peer, &self.key);
        Ok(Trial { case, ours, theirs, verdict, impure })
    }

    fn ours(&self, release: &Release, prepared: &Prepared, surroundings: &Surroundings) -> (Answer, Vec<&'static str>) {
        match self.renderer.render(release, prepared, surroundings) {
            Ok(manifests) => (Ok(manifests.print(prepared.flags.options)), manifests.impure),
            Err(error) => (Err(error.messages().into_iter().map(|message| message.text + "\n").collect()), Vec::new()),
        }
    }

    fn reproduce(&self, release: &Release, archive: &[u8], prepared: Prepared, trial: &Trial) -> Result<Reproducer, Error> {
        let Prepared { chart, flags } = prepared;
        let layers = reproducer::redacted(&flags.layers);
        let prepared = layers.map(|layers| Prepared { chart, flags: Flags { layers, ..flags } });
        let redacted = prepared.map(|prepared| self.trial(release, archive, &prepared)).transpose()?;
        let shown = redacted.as_ref().filter(|redacted| matches!(redacted.verdict, Verdict::Different { .. }));
        let Some(Trial { case, ours, theirs, .. }) = shown.or(self.keep_values.then_some(trial)) else {
            return Ok(Reproducer::Vanished);
        };
        let saved = reproducer::save(&release.name, case, [ours, theirs], self.peer);
        let failed = |error| Error::Refused(format!("release `{}`: no reproducer can be written: {error}", release.name));
        saved.map(Reproducer::Saved).map_err(failed)
    }
}
