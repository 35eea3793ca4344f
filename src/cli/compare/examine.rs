//! One release, looked at from both sides.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::difference::{Verdict, is_unclear, judge};
use super::helmfile::{Helmfile, Round, Told};
use super::reproducer;
use crate::cli::Live;
use crate::cli::error::Error;
use crate::cli::peer::case::Case;
use crate::cli::peer::{Answer, Peer};
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
    /// The names that several of the releases have, in different namespaces.
    shared_names: HashSet<String>,
    through: Option<&'run Through<'run>>,
}

/// helmfile's rendering of the whole project, from which each release is taken.
pub(super) struct Through<'run> {
    helmfile: &'run Helmfile,
    releases: usize,
    first: Round,
}

/// What was found out about a release.
pub(super) struct Finding {
    /// Its name, with the namespace where other releases have the same name.
    pub(super) label: String,
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
        let now = live.surroundings.now();
        let moved = now.checked_add(distance).unwrap_or(now);
        let later = Surroundings { clock: Arc::new(move || moved.clone()), ..live.surroundings.clone() };
        Self { renderer, peer, live, later, key, keep_values, shared_names: HashSet::new(), through: None }
    }

    /// The same, for these releases, seen through a helmfile if there is one.
    pub(super) fn of(self, plan: &[&Release], through: Option<&'run Through<'run>>) -> Self {
        let mut seen = HashSet::new();
        let shared = plan.iter().filter(|release| !seen.insert(&release.name)).map(|release| release.name.clone());
        Self { shared_names: shared.collect(), through, ..self }
    }

    /// Renders a release on both sides, and writes a reproducer if they differ.
    ///
    /// # Errors
    /// There is nothing to compare: no chart, no values, no peer.
    pub(super) fn examine(&self, release: &Release) -> Result<Finding, Error> {
        let prepared = self.renderer.prepare(release, &self.live.surroundings)?;
        let archive = self.renderer.charts.archive_of(release)?;
        let (verdict, impure, reproducer) = match self.through {
            None => {
                let trial = self.trial(release, &archive, &prepared)?;
                let differs = matches!(trial.verdict, Verdict::Different { .. });
                let reproducer = differs.then(|| self.reproduce(release, &archive, prepared, &trial)).transpose()?;
                (trial.verdict, trial.impure, reproducer)
            }
            Some(through) => self.examine_through(through, release, &archive, prepared)?,
        };
        let Release { name, namespace, .. } = release;
        Ok(Finding {
            label: self.label(release),
            release: name.clone(),
            namespace: namespace.clone(),
            verdict,
            impure,
            reproducer,
        })
    }

    fn label(&self, release: &Release) -> String {
        let Release { name, namespace, .. } = release;
        if self.shared_names.contains(name) { format!("{name} ({namespace})") } else { name.clone() }
    }

    fn examine_through(
        &self,
        through: &Through<'_>,
        release: &Release,
        archive: &[u8],
        prepared: Prepared,
    ) -> Result<(Verdict, Vec<&'static str>, Option<Reproducer>), Error> {
        let (ours, impure) = self.ours(release, &prepared, &self.live.surroundings);
        let told = through.first.of(release);
        let Some((Told { case, .. }, theirs)) = told.and_then(|told| Some((told, told.answer.as_ref()?))) else {
            let shown = vec!["helmlock renders it, helmfile does not".to_owned()];
            return Ok((Verdict::Different { shown }, impure, None));
        };
        let (mut ours_again, mut theirs_again) = (None, None);
        if is_unclear(&ours, theirs) {
            theirs_again = through.helmfile.run_again(through.releases)?.of(release).and_then(|told| told.answer.as_ref());
            ours_again = (!impure.is_empty()).then(|| self.ours(release, &prepared, &self.later).0);
        }
        let verdict = judge([&ours, theirs], [ours_again.as_ref(), theirs_again], self.peer, &self.key);
        if !matches!(verdict, Verdict::Different { .. }) {
            return Ok((verdict, impure, None));
        }
        // Either helm prints something else for what we tell it, too, or helmfile tells it something else.
        let direct = self.trial(release, archive, &prepared)?;
        let reproducer = if matches!(direct.verdict, Verdict::Different { .. }) {
            self.reproduce(release, archive, prepared, &direct)?
        } else {
            let saved = reproducer::save_inputs(&self.folder(release), [&direct.case, case]);
            saved.map(Reproducer::Saved).map_err(|error| unwritten(release, &error))?
        };
        Ok((verdict, impure, Some(reproducer)))
    }

    /// A reproducer's folder; a dot stands in no plain name, so that no two releases share one.
    fn folder(&self, release: &Release) -> String {
        let plain = |text: &str| {
            let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
            text.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect::<String>()
        };
        let Release { name, namespace, .. } = release;
        if self.shared_names.contains(name) { format!("{}.{}", plain(namespace), plain(name)) } else { plain(name) }
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
            Ok(manifests) => (Ok(manifests.print(prepared.flags.options)), manifests.impure_functions()),
            Err(error) => (Err(error.messages().into_iter().map(|message| message.text + "\n").collect()), Vec::new()),
        }
    }

    fn reproduce(&self, release: &Release, archive: &[u8], prepared: Prepared, trial: &Trial) -> Result<Reproducer, Error> {
        let Prepared { chart, flags, first } = prepared;
        let layers = reproducer::redacted(&flags.layers);
        let prepared = layers.map(|layers| Prepared { chart, flags: Flags { layers, ..flags }, first });
        let redacted = prepared.map(|prepared| self.trial(release, archive, &prepared)).transpose()?;
        let shown = redacted.as_ref().filter(|redacted| matches!(redacted.verdict, Verdict::Different { .. }));
        let Some(Trial { case, ours, theirs, .. }) = shown.or(self.keep_values.then_some(trial)) else {
            return Ok(Reproducer::Vanished);
        };
        let saved = reproducer::save(&self.folder(release), case, [ours, theirs], self.peer);
        saved.map(Reproducer::Saved).map_err(|error| unwritten(release, &error))
    }
}

fn unwritten(release: &Release, error: &std::io::Error) -> Error {
    Error::Refused(format!("release `{}`: no reproducer can be written: {error}", release.name))
}

impl<'run> Through<'run> {
    /// Lets helmfile render the releases.
    ///
    /// # Errors
    /// A release has no chart or no values, or helmfile gives no answer.
    pub(super) fn new(
        helmfile: &'run Helmfile,
        plan: &[&Release],
        renderer: &Renderer<'_>,
        peer: &Peer,
        live: &Live,
    ) -> Result<Self, Error> {
        helmfile.plan(plan, renderer, peer, live)?;
        Ok(Self { helmfile, releases: plan.len(), first: helmfile.run(plan.len())? })
    }

    /// Where the whole differs beyond its releases, a line each.
    pub(super) fn beyond(&self, plan: &[&Release]) -> Vec<String> {
        let mut lines = Vec::new();
        let unknown = self.first.told.iter().filter(|told| told.answer.is_none());
        lines.extend(unknown.map(|told| format!("helmfile renders `{}`, helmlock does not", told.name)));
        let named =
            |namespace: &str, name: &str| if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
        let known = self.first.told.iter().filter(|told| told.answer.is_some());
        let theirs: Vec<_> = known.map(|told| named(&told.namespace, &told.name)).collect();
        let told = plan.iter().filter(|release| self.first.of(release).is_some());
        let ours: Vec<_> = told.map(|release| named(&release.namespace, &release.name)).collect();
        if theirs != ours {
            lines.push(format!("helmfile renders in the order {}; helmlock in the order {}", theirs.join(", "), ours.join(", ")));
        }
        if self.first.printed_more {
            lines.push("helmfile prints something besides what helm prints for the releases".to_owned());
        }
        lines
    }
}
