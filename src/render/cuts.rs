//! Printed files that were cut into documents, and looked at, before their release had printed all of them.
//!
//! Cutting a file asks nothing of the others, so a thread without a release of its own may do it while the templates behind it
//! are executed. What such a document is worth is found where it is sorted, in the order of files.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::dialect::Dialect;
use super::manifest;
use crate::yaml::{self, Head, HeadError, Text};

/// A store of files that are cut, shared by threads.
#[derive(Default)]
pub struct Cuts(Mutex<FxHashMap<usize, Cut>>);

/// A document, and what Helm looks at in it.
type Document = (Text, Result<Head, HeadError>);

struct Cut {
    documents: Vec<Document>,
    /// As long as it is held, no other text is at its place.
    _whole: Text,
}

impl Cuts {
    /// Cuts a file by the rules of a dialect. A text that shares its bytes with nobody is not worth it.
    pub fn cut(&self, text: &Text, dialect: &Dialect) {
        let Some(place) = text.shared_place() else { return };
        let cut = |document| (text.within(document), yaml::head(document));
        let documents = manifest::split(text, dialect.split).into_iter().map(cut).collect();
        self.lock().insert(place, Cut { documents, _whole: text.clone() });
    }

    /// The documents of a file, if it was cut.
    pub(super) fn take(&self, text: &Text) -> Option<Vec<Document>> {
        self.lock().remove(&text.shared_place()?).map(|cut| cut.documents)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashMap<usize, Cut>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is cut before is sorted as what is not, mistakes included.
    #[test]
    fn a_cut_file_is_the_same() {
        let padding = "# as long as what shares its bytes\n".repeat(20);
        let file = |name: &str, text: &str| (Text::from(name), Text::from(format!("{text}\n{padding}").into_bytes()));
        let files = |last: &str| {
            let hook = "kind: Job\nmetadata: {annotations: {helm.sh/hook: test}}";
            vec![file("c/b.yaml", &format!("kind: Service\n---\n{hook}")), file("c/a.yaml", last), file("c/_c.yaml", "kind: Pod")]
        };
        for (last, is_fine) in [("kind: Secret", true), ("kind: {", false), ("kind: [a]", false)] {
            for dialect in [Dialect::newest(), Dialect::named("3.19").expect("a dialect of ours")] {
                let (files, cuts) = (files(last), Cuts::default());
                for (_, text) in &files {
                    cuts.cut(text, dialect);
                }
                assert_eq!(cuts.lock().len(), 3);
                let apart = manifest::sort(files.clone(), dialect, &Cuts::default()).map_err(|error| error.to_string());
                let ahead = manifest::sort(files, dialect, &cuts).map_err(|error| error.to_string());
                assert_eq!((&ahead, ahead.is_ok()), (&apart, is_fine), "{last}");
                assert_eq!(ahead.map_or(1, |manifests| manifests.manifests.len() + manifests.hooks.len() - 2), 1);
            }
        }
        let short = Text::from("kind: Pod");
        Cuts::default().cut(&short, Dialect::newest());
        assert!(Cuts::default().take(&short).is_none());
    }
}
