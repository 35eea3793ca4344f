//! Helm's `repositories.yaml`: what `helm repo add` stored about repositories.
//!
//! An entry is found by its URL, never by its name: a name is what someone called it, and a password belongs to an origin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Secret, Tls, helm_folder, named};
use crate::source::RepositoryUrl;
use crate::surroundings::Surroundings;
use crate::yaml::{self, Rules, Text, Value};

/// What is stored about a repository.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) user: Option<(String, Secret)>,
    pub(super) tls: Tls,
    pub(super) pass_credentials: bool,
}

/// Where the file is.
pub(super) fn file(surroundings: &Surroundings) -> Option<PathBuf> {
    named("HELM_REPOSITORY_CONFIG", surroundings)
        .or_else(|| helm_folder(surroundings).map(|folder| folder.join("repositories.yaml")))
}

/// Reads the file. The first entry of a URL counts, as in Helm.
pub(super) fn read(path: &Path, surroundings: &Surroundings) -> Result<BTreeMap<RepositoryUrl, Entry>, String> {
    let complain = |reason: &str| format!("{}: {reason}", path.display());
    let bytes = surroundings.read(path).map_err(|error| error.to_string())?;
    // What the YAML reader says may quote the file.
    let file = yaml::read(&bytes, &Rules::HELM).map_err(|_| complain("it is not YAML"))?;
    let mut entries = BTreeMap::new();
    let Some(Value::List(repositories)) = file.get("repositories") else { return Ok(entries) };
    for repository in repositories.iter() {
        let Ok((url, access)) = RepositoryUrl::split(&text(repository, "url")) else { continue };
        let (user, password) = (text(repository, "username"), text(repository, "password"));
        let written = (!user.is_empty() && !password.is_empty()).then_some((user, password)).or(access.user);
        let entry = Entry {
            user: written.map(|(user, password)| (user, Secret::new(password))),
            tls: tls(repository, surroundings)?,
            pass_credentials: flag(repository, "pass_credentials_all"),
        };
        entries.entry(url).or_insert(entry);
    }
    Ok(entries)
}

fn tls(repository: &Value, surroundings: &Surroundings) -> Result<Tls, String> {
    let read = |key| match text(repository, key) {
        path if path.is_empty() => Ok(Vec::new()),
        path => surroundings.read(Path::new(&path)).map_err(|error| error.to_string()),
    };
    let mut tls = Tls { skip_verify: flag(repository, "insecure_skip_tls_verify"), ..Tls::default() };
    tls.authorities = read("caFile")?;
    for key in ["certFile", "keyFile"] {
        let pem = read(key)?;
        if !pem.is_empty() {
            tls.identity.extend(pem);
            tls.identity.push(b'\n');
        }
    }
    Ok(tls)
}

fn text(repository: &Value, key: &str) -> String {
    repository.get(key).and_then(Value::as_text).map(Text::to_string).unwrap_or_default()
}

fn flag(repository: &Value, key: &str) -> bool {
    repository.get(key) == Some(&Value::Bool(true))
}
