//! A revision of the project's git repository as files: checked out into a folder of its own, which goes when it is dropped.
//!
//! The user's working tree, index and branches stay as they are. Everything is asked of the `git` on PATH; revisions are
//! turned into object names first, so that none can pass for an option.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::programs;
use crate::surroundings::{Program, ProgramError, clean};

/// A revision, checked out.
pub(super) struct Revision {
    folder: tempfile::TempDir,
    /// The path of the asked folder within the repository.
    prefix: PathBuf,
}

impl Revision {
    /// Checks a revision of the repository around `folder` out.
    pub(super) fn check_out(name: &str, folder: &Path) -> Result<Self, Error> {
        let tree = object(&format!("{name}^{{tree}}"), folder)?.ok_or_else(|| unknown(name, folder))?;
        let prefix = git(&["rev-parse", "--show-prefix"], folder)?;
        let top = git(&["rev-parse", "--show-toplevel"], folder)?;
        let refused = |error: std::io::Error| Error::Refused(format!("no temporary folder: {error}"));
        let checked_out = tempfile::Builder::new().prefix("helmlock-").tempdir().map_err(refused)?;
        let index = checked_out.path().join(".index");
        let variables: BTreeMap<_, _> = [("GIT_INDEX_FILE".to_owned(), index.display().to_string())].into();
        let into = format!("--prefix={}/files/", checked_out.path().display());
        let top = Path::new(&top);
        run(&Program { variables: variables.clone(), ..program(&["read-tree", &tree], top) })?;
        run(&Program { variables, ..program(&["checkout-index", "--all", "--quiet", &into], top) })?;
        Ok(Self { folder: checked_out, prefix: PathBuf::from(prefix) })
    }

    /// Where a path that was relative to the asked folder is now.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        clean(&self.folder.path().join("files").join(&self.prefix).join(path))
    }
}

/// Where two revisions parted.
pub(super) fn merge_base(one: &str, other: &str, folder: &Path) -> Result<String, Error> {
    let named = |name: &str| object(&format!("{name}^{{commit}}"), folder)?.ok_or_else(|| unknown(name, folder));
    let (one_commit, other_commit) = (named(one)?, named(other)?);
    git(&["merge-base", &one_commit, &other_commit], folder)
        .map_err(|_| Error::Refused(format!("`{one}` and `{other}` have no common ancestor here; a shallow clone may lack it")))
}

/// A file of a revision, by its path from `folder`; nothing if the revision does not have it.
pub(super) fn file(name: &str, path: &Path, folder: &Path) -> Result<Option<Vec<u8>>, Error> {
    let commit = object(&format!("{name}^{{commit}}"), folder)?.ok_or_else(|| unknown(name, folder))?;
    let Some(blob) = object(&format!("{commit}:./{}", path.display()), folder)? else { return Ok(None) };
    run(&program(&["cat-file", "blob", &blob], folder)).map(Some)
}

/// Whether a name means a revision here. Where there is no git and no repository, none does.
pub(super) fn is_known(name: &str, folder: &Path) -> bool {
    object(&format!("{name}^{{commit}}"), folder).is_ok_and(|found| found.is_some())
}

/// The object that a name means, if it means one.
fn object(name: &str, folder: &Path) -> Result<Option<String>, Error> {
    match programs::run_own(&program(&["rev-parse", "--verify", "--quiet", "--end-of-options", name], folder)) {
        Ok(answer) => Ok(Some(String::from_utf8_lossy(&answer).trim().to_owned())),
        Err(ProgramError::Failed { .. }) => Ok(None),
        Err(error) => Err(Error::Refused(format!("git cannot be asked: {error}"))),
    }
}

fn unknown(name: &str, folder: &Path) -> Error {
    match git(&["rev-parse", "--git-dir"], folder) {
        Ok(_) => Error::Refused(format!("git knows no revision `{name}` here, and there is no file of that name")),
        Err(_) => Error::Refused("this is no git repository; name two lock files, `helmlock diff OLD NEW`".to_owned()),
    }
}

fn git(arguments: &[&str], folder: &Path) -> Result<String, Error> {
    let answer = run(&program(arguments, folder))?;
    Ok(String::from_utf8_lossy(&answer).trim_end_matches(['\n', '\r']).to_owned())
}

fn run(program: &Program) -> Result<Vec<u8>, Error> {
    programs::run_own(program).map_err(|error| Error::Refused(error.to_string()))
}

fn program(arguments: &[&str], folder: &Path) -> Program {
    Program {
        name: "git".to_owned(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        directory: folder.to_owned(),
        ..Program::default()
    }
}
