//! `merge-driver`: what git calls to merge a lock; the result goes into the file that has our side.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Live;
use super::error::Error;
use crate::lockfile::{self, Lockfile, Merged};

#[derive(Debug, Args)]
#[command(after_help = "Install it once for each clone, and name it in .gitattributes:

  git config merge.helmlock.name 'helmfile.lock by entry'
  git config merge.helmlock.driver 'helmlock merge-driver %O %A %B %P'
  echo '*.lock merge=helmlock' >> .gitattributes

Changes to different charts merge by themselves. Where both sides answer one wish differently, the file gets
markers around that entry, and the exit code is 1.")]
pub(super) struct MergeDriver {
    /// `%O`: the lock before both
    #[arg(value_name = "BASE")]
    pub(super) base: PathBuf,
    /// `%A`: our lock, which becomes the merged one
    #[arg(value_name = "OURS")]
    pub(super) ours: PathBuf,
    /// `%B`: their lock
    #[arg(value_name = "THEIRS")]
    pub(super) theirs: PathBuf,
    /// `%P`: the path in the repository, for messages
    #[arg(value_name = "PATH")]
    pub(super) name: Option<String>,
}

/// Runs the command. An exit code other than 0 tells git that the file has conflicts.
pub(super) fn run(options: &MergeDriver, live: &Live) -> Result<(), Error> {
    let MergeDriver { base, ours, theirs, .. } = options;
    let name = options.name.as_deref().unwrap_or("the lock");
    let read = |path: &Path| text(path, live);
    let (base, our_text, their_text) = (read(base)?, read(ours)?, read(theirs)?);
    let locks = (parse(&base), parse(&our_text), parse(&their_text));
    let (Ok(base), Ok(our_lock), Ok(their_lock)) = locks else {
        // What cannot be understood is left to people, with both sides in the file.
        write(ours, &lockfile::with_markers(&our_text, &their_text))?;
        return Err(Error::Conflict {
            name: name.to_owned(),
            subjects: vec!["the file, which is no lock on one side".to_owned()],
        });
    };
    match lockfile::merge(&base, &our_lock, &their_lock) {
        Merged::Clean(merged) => {
            lockfile::write(ours, &merged).map_err(|source| Error::Lockfile { path: ours.clone(), source })?;
            live.terminal.done("Merged", name);
            Ok(())
        }
        Merged::Conflict { subjects, ours: our_lock, theirs: their_lock } => {
            write(ours, &lockfile::with_markers(&our_lock.to_string(), &their_lock.to_string()))?;
            Err(Error::Conflict { name: name.to_owned(), subjects })
        }
    }
}

fn text(path: &Path, live: &Live) -> Result<String, Error> {
    let bytes = live.surroundings.read(path).map_err(|error| Error::Refused(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| Error::Refused(format!("{} is not UTF-8", path.display())))
}

/// git gives an empty file for a side that does not have the lock.
fn parse(text: &str) -> Result<Lockfile, lockfile::Error> {
    if text.trim().is_empty() { Ok(Lockfile::default()) } else { lockfile::parse(text.as_bytes()) }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    lockfile::write_text(path, text).map(drop).map_err(|source| Error::Lockfile { path: path.to_owned(), source })
}
