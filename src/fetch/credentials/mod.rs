//! Who we are to chart repositories and registries: what the caller says, then what helm, docker, podman and netrc users have
//! stored.
//!
//! Everything found here belongs to one origin, and `http` sends it nowhere else. Nothing is asked over the network: whether a
//! server likes what is found is not known here.

mod helm;
mod netrc;
pub(super) mod registry;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::network::ClientOptions;
use super::{Secret, Tls};
use crate::source::{OciRepository, RepositoryUrl, Source};
use crate::surroundings::Surroundings;

/// Where credentials come from if nobody says it better.
pub(super) const UNNAMED: &str = "the repository";

/// How a source knows us, without any secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The source.
    pub source: Source,
    /// What is shown to it.
    pub shown: Shown,
    /// What gave it: `helmfile.yaml`, a variable, a file. Empty if nothing did.
    pub place: String,
    /// Whether a client certificate is shown, too.
    pub certificate: bool,
    /// Why places that should have an answer gave none.
    pub complaints: Vec<String>,
}

/// What is shown to a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing: we are anonymous.
    Nothing,
    /// User and password.
    Password,
    /// A token that other tokens are given for.
    IdentityToken,
}

/// How these sources know us. Asks the programs that keep credentials, but no server.
pub fn standings<'a>(sources: impl IntoIterator<Item = &'a Source>, options: &ClientOptions) -> Vec<Standing> {
    let stored = Stored::read(&options.surroundings);
    let standing = |source: &Source| match source {
        Source::Http(repository) => stored.standing(repository, options),
        Source::Oci(repository) => registry_standing(repository, options),
        Source::Git(_) | Source::Path(_) => Standing {
            source: source.clone(),
            shown: Shown::Nothing,
            place: String::new(),
            certificate: false,
            complaints: Vec::new(),
        },
    };
    sources.into_iter().map(standing).collect()
}

fn registry_standing(repository: &OciRepository, options: &ClientOptions) -> Standing {
    let narrow = registry::find_narrow(repository.host(), repository.path(), options);
    let found = narrow.unwrap_or_else(|| registry::find(repository.host(), options));
    let shown = match &found.credential {
        Some(registry::Credential::Usable(_)) => Shown::Password,
        Some(registry::Credential::IdentityToken(_)) => Shown::IdentityToken,
        None => Shown::Nothing,
    };
    let certificate = options.registries.get(repository.host()).is_some_and(|registry| !registry.tls.identity.is_empty());
    let source = Source::Oci(repository.clone());
    Standing { source, shown, place: found.place, certificate, complaints: found.complaints }
}

/// What files say about chart repositories, beside the project.
#[derive(Debug, Default)]
pub(super) struct Stored {
    helm: BTreeMap<RepositoryUrl, helm::Entry>,
    helm_file: String,
    netrc: netrc::Netrc,
    complaints: Vec<String>,
}

/// User and password, and where they are from.
#[derive(Clone, Copy, Debug)]
pub(super) struct User<'a> {
    pub(super) name: &'a str,
    pub(super) password: &'a str,
    pub(super) place: &'a str,
}

impl Stored {
    /// Reads the files, as far as they are there.
    pub(super) fn read(surroundings: &Surroundings) -> Self {
        let mut stored = Self { netrc: netrc::read(surroundings), ..Self::default() };
        let Some(path) = helm::file(surroundings).filter(|path| surroundings.is_file(path)) else { return stored };
        stored.helm_file = path.display().to_string();
        match helm::read(&path, surroundings) {
            Ok(entries) => stored.helm = entries,
            Err(complaint) => stored.complaints.push(complaint),
        }
        stored
    }

    /// Who we are to a repository: what the caller says, then helm's file, then netrc.
    pub(super) fn user<'a>(&'a self, repository: &RepositoryUrl, options: &'a ClientOptions) -> Option<User<'a>> {
        let said = options.access.get(repository).and_then(|access| access.user.as_ref()).map(|(name, password)| User {
            name,
            password,
            place: options.places.get(repository).map_or(UNNAMED, String::as_str),
        });
        let stored = || {
            let (name, password) = self.helm.get(repository)?.user.as_ref()?;
            Some(User { name, password: password.reveal(), place: &self.helm_file })
        };
        said.or_else(stored).or_else(|| self.netrc.user(&repository.index()))
    }

    /// How a repository's own host is trusted and knows us: what the caller says, else what helm's file does.
    pub(super) fn tls<'a>(&'a self, repository: &RepositoryUrl, options: &'a ClientOptions) -> Option<&'a Tls> {
        let stored = || self.helm.get(repository).map(|entry| &entry.tls);
        options.tls.get(repository).or_else(stored)
    }

    /// Whether user and password also go to the other hosts that the repository's index names.
    pub(super) fn are_passed_on(&self, repository: &RepositoryUrl, options: &ClientOptions) -> bool {
        let is_said = options.access.get(repository).is_some_and(|access| access.user.is_some());
        let stored = || self.helm.get(repository).is_some_and(|entry| entry.user.is_some() && entry.pass_credentials);
        options.pass_credentials.contains(repository) || (!is_said && stored())
    }

    fn standing(&self, repository: &RepositoryUrl, options: &ClientOptions) -> Standing {
        let user = self.user(repository, options);
        Standing {
            source: Source::Http(repository.clone()),
            shown: if user.is_some() { Shown::Password } else { Shown::Nothing },
            place: user.map(|user| user.place.to_owned()).unwrap_or_default(),
            certificate: self.tls(repository, options).is_some_and(|tls| !tls.identity.is_empty()),
            complaints: self.complaints.clone(),
        }
    }
}

/// A path that a variable names, if it is set and not empty.
fn named(name: &str, surroundings: &Surroundings) -> Option<PathBuf> {
    surroundings.variable(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Helm's folder of settings.
fn helm_folder(surroundings: &Surroundings) -> Option<PathBuf> {
    let below = if cfg!(target_os = "macos") { "Library/Preferences/helm" } else { ".config/helm" };
    named("HELM_CONFIG_HOME", surroundings)
        .or_else(|| named("XDG_CONFIG_HOME", surroundings).map(|config| config.join("helm")))
        .or_else(|| named("HOME", surroundings).map(|home| home.join(below)))
}
