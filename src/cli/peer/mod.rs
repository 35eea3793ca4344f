//! The helm that the user has: which one it is, and what it prints for a [`Case`].
//!
//! It runs in a folder that only the user can look into, with an empty home and none of the user's variables, so that it
//! finds no repository, no plugin, no cluster and no proxy.

pub(super) mod case;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::error::Error;
use super::{Live, programs};
use crate::render::Dialect;
use crate::surroundings::{Program, ProgramError};
use crate::version::Version;
use case::Case;

/// What helm needs of the user's variables: to be found and started, and for the time zone that templates print.
const KEPT: &[&str] = &["PATH", "SystemRoot", "TZ"];
/// Helm's folders, which all lie in the empty home.
const HOMES: &[&str] = &["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"];
const HELM_HOMES: &[&str] = &["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS"];

/// A helm that can be compared with.
pub(super) struct Peer {
    /// Its version, as it says it.
    pub(super) version: Version,
    /// What it prints like.
    pub(super) dialect: &'static Dialect,
    /// What is started, as seen from everywhere.
    pub(super) program: String,
    /// All the variables that it sees.
    pub(super) variables: BTreeMap<String, String>,
    /// How long one run of it may take.
    pub(super) limit: Duration,
    folder: TempDir,
}

/// What the peer did with a case: its output, or what it said when it refused.
pub(super) type Answer = Result<Vec<u8>, String>;

impl Peer {
    /// Asks this helm for its version.
    ///
    /// # Errors
    /// It cannot be started, is no helm, or prints like none that is reproduced here.
    pub(super) fn find(name: &str, limit: Duration, live: &Live) -> Result<Self, Error> {
        let unusable = |reason: String| Error::Peer { program: name.to_owned(), reason };
        let folder = private("helmlock-compare-", None).map_err(|error| unusable(error.to_string()))?;
        let home = folder.path().join("home").display().to_string();
        let kept = KEPT.iter().filter_map(|name| Some(((*name).to_owned(), live.surroundings.variable(name)?.to_owned())));
        let homes = HOMES.iter().chain(HELM_HOMES).map(|name| ((*name).to_owned(), home.clone()));
        let variables = kept.chain(homes).collect();
        let program = absolute(name).map_err(|error| unusable(error.to_string()))?;
        let asked = Program {
            name: program.clone(),
            arguments: vec!["version".to_owned(), "--short".to_owned()],
            variables: BTreeMap::clone(&variables),
            directory: folder.path().to_owned(),
            ..Program::default()
        };
        let said = programs::run_apart(&asked, limit);
        let said = said.map_err(|error| unusable(not_found(name, &error)))?;
        let said = String::from_utf8_lossy(&said);
        let version = version_in(&said).ok_or_else(|| unusable(format!("its version is none: {}", said.trim())))?;
        let dialect = Dialect::for_helm_version(version.original()).ok_or_else(|| {
            let known: Vec<_> = Dialect::names().collect();
            let version = version.original();
            unusable(format!("it is Helm {version}; what is reproduced here is Helm {}", known.join(", ")))
        })?;
        Ok(Self { version, dialect, program, variables, limit, folder })
    }

    /// What `helm template` prints for a case.
    ///
    /// # Errors
    /// The case cannot be written, or the program cannot be started any more.
    pub(super) fn run(&self, case: &Case) -> Result<Answer, Error> {
        answer(self.start(case)?).map_err(|error| Error::Peer { program: self.program.clone(), reason: reason(&error) })
    }

    /// What `helm lint` says of a case, and whether it is content.
    ///
    /// # Errors
    /// As [`Peer::run`].
    pub(super) fn lint(&self, case: &Case) -> Result<(bool, Vec<u8>), Error> {
        match self.start(case)? {
            Ok(said) => Ok((true, said)),
            Err(ProgramError::Failed { stdout, .. }) if !stdout.is_empty() => Ok((false, stdout)),
            Err(error) => Err(Error::Peer { program: self.program.clone(), reason: reason(&error) }),
        }
    }

    fn start(&self, case: &Case) -> Result<Result<Vec<u8>, ProgramError>, Error> {
        let unusable = |reason: String| Error::Peer { program: self.program.clone(), reason };
        let folder = private("release-", Some(self.folder.path())).map_err(|error| unusable(error.to_string()))?;
        for (name, bytes) in &case.files {
            write(folder.path(), name, bytes).map_err(|error| unusable(error.to_string()))?;
        }
        let program = Program {
            name: self.program.clone(),
            arguments: case.arguments.clone(),
            variables: self.variables.clone(),
            directory: folder.path().to_owned(),
            ..Program::default()
        };
        Ok(programs::run_apart(&program, self.limit))
    }
}

/// What a run of helm says about a case; an error where it says nothing.
pub(super) fn answer(ended: Result<Vec<u8>, ProgramError>) -> Result<Answer, ProgramError> {
    match ended {
        Ok(printed) => Ok(Ok(printed)),
        Err(ProgramError::Failed { stderr, status, .. }) if stderr.trim().is_empty() => Ok(Err(status)),
        Err(ProgramError::Failed { stderr, .. }) => Ok(Err(stderr)),
        Err(error) => Err(error),
    }
}

/// `v4.3.1+gc0d08d0`, on whichever line of `helm version --short` it stands.
fn version_in(said: &str) -> Option<Version> {
    said.split_whitespace().filter(|word| word.starts_with('v')).find_map(|word| Version::parse(word).ok())
}

/// As [`reason`], for a program that was looked for by its name.
pub(super) fn not_found(name: &str, error: &ProgramError) -> String {
    let is_path = Path::new(name).components().count() > 1;
    if !is_path && matches!(error, ProgramError::NotStarted { .. }) { "it is not on PATH".to_owned() } else { reason(error) }
}

/// Why a program gave no answer, without its name.
pub(super) fn reason(error: &ProgramError) -> String {
    match error {
        ProgramError::NotStarted { reason, .. } => reason.clone(),
        ProgramError::Failed { status, stderr, .. } => format!("{status}: {}", stderr.lines().next().unwrap_or_default()),
        ProgramError::TimedOut { seconds, .. } => format!("it did not end within {seconds} s"),
        refused @ ProgramError::Refused { .. } => refused.to_string(),
    }
}

/// A path as seen from everywhere; a bare name stays one, for PATH.
pub(super) fn absolute(program: &str) -> std::io::Result<String> {
    let is_path = Path::new(program).components().count() > 1 || program.starts_with('.');
    if is_path { Ok(std::path::absolute(program)?.display().to_string()) } else { Ok(program.to_owned()) }
}

/// A new folder for its owner only, which goes away with its value.
pub(super) fn private(prefix: &str, within: Option<&Path>) -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.prefix(prefix);
    within.map_or_else(|| builder.tempdir(), |folder| builder.tempdir_in(folder))
}

/// Lets a file appear whole, for its owner only.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    fs_err::create_dir_all(parent)?;
    let mut file = tempfile::NamedTempFile::new_in(parent)?;
    file.write_all(bytes)?;
    file.persist(&path)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_version_is_found() {
        let found = |said| version_in(said).map(|version| version.canonical());
        assert_eq!(found("v4.3.1+gc0d08d0\n").as_deref(), Some("4.3.1+gc0d08d0"));
        assert_eq!(found("v3.15.3\n").as_deref(), Some("3.15.3"));
        assert_eq!(found("Client: v2.17.0+ga690bad\n").as_deref(), Some("2.17.0+ga690bad"));
        assert_eq!(found("very much none\n"), None);
    }
}
