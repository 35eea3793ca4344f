//! Finding the bytes that say a version: an edit is tried on a copy, the whole project is read again, and the edit counts if
//! exactly the wishes that were meant have changed, and to exactly what was meant.
//!
//! So it does not matter how the text gets into the wish: as a plain `version:`, through a template, a base or an environment's
//! values. What no single place decides is left to people.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::target::{Rewrite, Target};
use crate::cli::error::Error;
use crate::cli::{Live, load};
use crate::project::edit;
use crate::request::Request;
use crate::surroundings::{Surroundings, Watched};
use crate::version::Constraint;

/// A text that stands in more places than this is no version.
const MOST_TRIALS: usize = 200;

/// One edit of one file.
pub(super) struct Edit {
    pub(super) file: PathBuf,
    pub(super) line: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) chart: String,
}

/// The project while it is being edited.
pub(super) struct Trial<'run> {
    /// What was done.
    pub(super) edits: Vec<Edit>,
    /// What could not be done, and why.
    pub(super) unedited: Vec<(Target, String)>,
    live: &'run Live,
    files: Arc<Watched>,
    requests: BTreeSet<Request>,
}

/// The same run, whose files remember that they were read and can be laid over.
pub(super) fn watched(live: &Live) -> (Live, Arc<Watched>) {
    let files = Arc::new(Watched::new(live.surroundings.files.clone()));
    (with_files(live, files.clone()), files)
}

fn with_files(live: &Live, files: Arc<Watched>) -> Live {
    Live { surroundings: Surroundings { files, ..live.surroundings.clone() }, ..live.clone() }
}

impl<'run> Trial<'run> {
    /// Nothing is edited yet; `requests` are those of all environments.
    pub(super) fn new(live: &'run Live, files: &Arc<Watched>, requests: Vec<Request>) -> Self {
        let requests = requests.into_iter().collect();
        Self { edits: Vec::new(), unedited: Vec::new(), live, files: files.clone(), requests }
    }

    /// The run as the edited project sees it.
    pub(super) fn live(&self) -> Live {
        with_files(self.live, self.files.clone())
    }

    /// Edits what says the target's constraint, unless that was done with another one's.
    pub(super) fn apply(&mut self, target: &Target) {
        let constraint = match &target.constraint {
            None => return,
            Some(_) if !self.requests.contains(&target.request) => return,
            Some(Rewrite::Impossible) => {
                let reason = "a program should not rewrite this constraint; edit it there".to_owned();
                self.unedited.push((target.clone(), reason));
                return;
            }
            Some(Rewrite::To(constraint)) => constraint,
        };
        let from = target.request.constraint.original();
        for (file, place) in self.places(from, &target.request.origin.file).into_iter().take(MOST_TRIALS) {
            let Ok(text) = self.files.text(&file) else { continue };
            let trial = edit::replaced(&text, &place, constraint.original());
            let Some(requests) = self.tried(&file, trial.clone(), target, constraint) else { continue };
            self.edits.push(Edit {
                line: edit::line_of(&text, place.start),
                file: file.clone(),
                from: from.to_owned(),
                to: constraint.original().to_owned(),
                chart: target.request.chart.name().to_owned(),
            });
            self.files.lay(&file, trial);
            self.requests = requests;
            if !self.requests.contains(&target.request) {
                return;
            }
        }
        self.unedited.push((target.clone(), "no single place says it alone; edit it there".to_owned()));
    }

    /// Puts what was done in the order of files and lines, and what could not be done once for each place.
    pub(super) fn sort(&mut self) {
        self.edits.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
        let place = |target: &Target| (target.request.origin.clone(), target.request.constraint.original().to_owned());
        self.unedited.sort_by_key(|(target, _)| place(target));
        self.unedited.dedup_by_key(|(target, _)| place(target));
    }

    /// Where the text stands, in the file that the wish was read from first.
    fn places(&self, wanted: &str, origin: &str) -> Vec<(PathBuf, Range<usize>)> {
        let mut files = self.files.read_so_far();
        files.sort_by_key(|file| file.to_str() != Some(origin));
        let places = |file: PathBuf| {
            let text = self.files.text(&file).unwrap_or_default();
            let places = edit::places_of(&text, wanted);
            places.into_iter().map(move |place| (file.clone(), place)).collect::<Vec<_>>()
        };
        files.into_iter().flat_map(places).collect()
    }

    /// The wishes of the project with the file so edited, if that changes what was meant and nothing else.
    fn tried(&self, file: &Path, text: Vec<u8>, target: &Target, constraint: &Constraint) -> Option<BTreeSet<Request>> {
        let live = with_files(self.live, Arc::new(self.files.with(file, text)));
        let requests: BTreeSet<_> = load::all(&live).ok()?.requests(&live).ok()?.into_iter().collect();
        let meant = |request: &&Request| {
            request.chart == target.request.chart && request.constraint.original() == target.request.constraint.original()
        };
        let gone: Vec<_> = self.requests.difference(&requests).collect();
        let come: BTreeSet<_> = requests.difference(&self.requests).cloned().collect();
        let expected: BTreeSet<_> =
            gone.iter().map(|request| Request { constraint: constraint.clone(), ..(*request).clone() }).collect();
        let is_it = !gone.is_empty() && gone.iter().all(meant) && come.is_subset(&expected) && expected.is_subset(&requests);
        is_it.then_some(requests)
    }

    /// Writes the edited files.
    pub(super) fn write(&self) -> Result<(), Error> {
        let files: BTreeSet<_> = self.edits.iter().map(|edit| &edit.file).collect();
        for file in files {
            let text = self.files.text(file).map_err(|error| Error::Refused(error.to_string()))?;
            crate::cli::outside::replace(file, &text).map_err(|error| Error::Refused(format!("{}: {error}", file.display())))?;
        }
        Ok(())
    }
}
