//! `diff`: what changed between two states of the project, for whoever reviews it. `side` renders each of them, from verified
//! bytes and with the same clock and randomness; what is shown of it, and how, is the business of `review`.

mod side;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::args::{Output, RenderFlags};
use super::error::Error;
use super::{Live, load, revision};
use crate::review::{self, Hide, MARKDOWN_LIMIT, Review};
use crate::surroundings::Surroundings;

use side::Sides;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock diff                         the working tree against the last commit
  helmlock diff main                    the working tree against a branch
  helmlock diff main...HEAD -o md       what a pull request changes, as a comment for it
  helmlock diff main -o html >a.html    the same as a page that can be searched
  helmlock diff old.lock helmfile.lock  two locks of this project

A side's charts come from the cache or, unless `--offline` forbids it, by their digest from where the lock says.
Secrets are shown by their keys only.")]
pub(super) struct Diff {
    #[command(flatten)]
    pub(super) render: RenderFlags,
    /// A revision, `BASE..HEAD`, `BASE...HEAD` (since they parted), or a lock file [default: HEAD]
    #[arg(value_name = "BASE")]
    pub(super) base: Option<String>,
    /// A revision or a lock file [default: the working tree]
    #[arg(value_name = "HEAD")]
    pub(super) head: Option<String>,
    /// Leave the lines of manifests out
    #[arg(long)]
    pub(super) summary: bool,
    /// Exit 2 if anything changed
    #[arg(long)]
    pub(super) exit_code: bool,
}

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
