//! `diff`: what changed between two states of the project, for whoever reviews it. `side` renders each of them, from verified
//! bytes and with the same clock and randomness; what is shown of it, and how, is the business of `review`.

mod side;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Diff, Output};
use super::error::Error;
use super::{Live, load, revision};
use crate::review::{self, Hide, MARKDOWN_LIMIT, Review};
use crate::surroundings::Surroundings;
use side::Sides;

/// Where a side is.
enum Place {
    /// The working tree.
    Tree,
    /// A revision, by its name.
    Revision(String),
    /// The working tree with another lock.
    Lock(PathBuf),
}

/// Runs the command.
pub(super) fn run(options: &Diff, live: &Live) -> Result<(), Error> {
    let (base, head) = places(options, live)?;
    let mut seed = [0; 32];
    (live.surroundings.entropy)(&mut seed);
    // Both sides get the same randomness, so that what is random by nature is no difference.
    let surroundings = Surroundings { entropy: Arc::new(move |bytes| fill(bytes, &seed)), ..live.surroundings.clone() };
    let mut sides = Sides { options, surroundings: &surroundings, live, published: Vec::new() };
    let before = sides.base(&base)?;
    let mut after = sides.head(&head, &before.lockfile)?;
    after.published = sides.published;
    let mut key = [0; 32];
    (live.surroundings.entropy)(&mut key);
    let review = review::review(&before, &after, &Hide::new(key, live.surroundings.secrets.texts()));
    print(&review, options, live)?;
    if options.exit_code && !review.is_empty() { Err(Error::Changed) } else { Ok(()) }
}

fn fill(bytes: &mut [u8], seed: &[u8; 32]) {
    for (byte, from) in bytes.iter_mut().zip(seed.iter().cycle()) {
        *byte = *from;
    }
}

fn print(review: &Review, options: &Diff, live: &Live) -> Result<(), Error> {
    match live.global.output {
        Output::Json => live.terminal.write_json(&review::json(review))?,
        Output::Md => live.terminal.write(review::markdown(review, MARKDOWN_LIMIT).as_bytes())?,
        Output::Html => live.terminal.write(review::html(review).as_bytes())?,
        _ => live.terminal.write_coloured(&review::text(review, !options.summary))?,
    }
    Ok(())
}

/// Which two states are meant.
fn places(options: &Diff, live: &Live) -> Result<(Place, Place), Error> {
    let is_file = |text: &str| live.surroundings.is_file(Path::new(text));
    let place = |text: &str| if is_file(text) { Place::Lock(PathBuf::from(text)) } else { Place::Revision(text.to_owned()) };
    let or_head = |text: &str| if text.is_empty() { "HEAD".to_owned() } else { text.to_owned() };
    match (options.base.as_deref(), options.head.as_deref()) {
        (None, _) => Ok((Place::Revision("HEAD".to_owned()), Place::Tree)),
        (Some(base), Some(head)) => Ok((place(base), place(head))),
        (Some(base), None) => match (base.split_once("..."), base.split_once("..")) {
            (Some((base, head)), _) => {
                let (base, head) = (or_head(base), or_head(head));
                let parted = revision::merge_base(&base, &head, &load::folder(live))?;
                Ok((Place::Revision(parted), Place::Revision(head)))
            }
            (None, Some((base, head))) if !is_file(options.base.as_deref().unwrap_or_default()) => {
                Ok((Place::Revision(or_head(base)), Place::Revision(or_head(head))))
            }
            _ => Ok((place(base), Place::Tree)),
        },
    }
}
