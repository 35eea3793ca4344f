//! What the project says about its repositories, as the network needs it: credentials, authorities, certificates.

use std::path::Path;

use super::error::Error;
use super::{Live, load, outside};
use crate::fetch::{Client, ClientOptions, Mirror, Network, Tls};
use crate::project::{self, Project, ReleaseChart, Repository};
use crate::settings::{self, Settings};
use crate::source::{OciRepository, RepositoryUrl, Source};

/// The network for these projects; nothing is asked yet.
///
/// # Errors
/// A certificate file that cannot be read.
pub(super) fn open(projects: &[Project], live: &Live) -> Result<Network, Error> {
    if live.is_offline() {
        return Ok(Network::Offline(mirrors(&load::all_settings(live)?, live)?));
    }
    Ok(Network::Online(Client::new(options(projects, live)?)))
}

/// What these projects say about their sources.
///
/// # Errors
/// A certificate file that cannot be read.
pub(super) fn options(projects: &[Project], live: &Live) -> Result<ClientOptions, Error> {
    let settings = load::all_settings(live)?;
    let mut options = ClientOptions {
        surroundings: live.surroundings.clone(),
        mirrors: mirrors(&settings, live)?,
        download_hosts: settings.iter().flat_map(|settings| &settings.download_hosts).cloned().collect(),
        ..ClientOptions::default()
    };
    for mirror in settings.iter().flat_map(|settings| &settings.mirrors) {
        for location in mirror.locations.iter().filter_map(|location| OciRepository::parse(location).ok()) {
            let registry = options.registries.entry(location.host().to_owned()).or_default();
            registry.plain_http |= mirror.plain_http || live.global.oci_plain_http;
        }
    }
    for project in projects {
        registries(project, live, &mut options)?;
    }
    for repository in projects.iter().flat_map(|project| &project.repositories).filter(|repository| !repository.oci) {
        // A URL that is none is refused where a release asks for a chart from there.
        let Ok((url, mut access)) = RepositoryUrl::split(&repository.url) else { continue };
        if let (Some(user), Some(password)) = (&repository.username, &repository.password) {
            access.user = Some((user.clone(), password.clone()));
            options.places.insert(url.clone(), place(repository, live));
        } else if access.user.is_some() {
            options.places.insert(url.clone(), repository.place.to_string());
        }
        if repository.pass_credentials {
            options.pass_credentials.insert(url.clone());
        }
        let tls = tls(repository, live)?;
        if tls != Tls::default() {
            options.tls.insert(url.clone(), tls);
        }
        options.access.insert(url, access);
    }
    Ok(options)
}

/// Where the settings say to ask instead, the project's rules first.
fn mirrors(settings: &[Settings], live: &Live) -> Result<Vec<Mirror>, Error> {
    let rules = settings.iter().flat_map(|settings| settings.mirrors.clone());
    let mirror = |rule: settings::Mirror| {
        let refused = |error| Error::Refused(format!("`ca-file` of the mirror of {}: {error}", rule.prefix));
        let authorities = rule.ca_file.as_deref().map(|path| live.surroundings.read(path)).transpose().map_err(refused)?;
        // Other programs are started elsewhere.
        let path = rule.ca_file.map(|path| outside::working_directory().map(|folder| folder.join(path))).transpose()?;
        let authorities = path.zip(authorities);
        Ok(Mirror { prefix: rule.prefix, locations: rule.locations, only: rule.only, authorities })
    };
    rules.map(mirror).collect()
}

/// Where user and password are written: the state file, or else the variables that helmfile reads.
fn place(repository: &Repository, live: &Live) -> String {
    let prefix = repository.name.to_uppercase().replace('-', "_");
    let is_variable = |suffix: &str, said: &Option<String>| {
        said.is_some() && live.surroundings.variable(&format!("{prefix}_{suffix}")) == said.as_deref()
    };
    if is_variable("USERNAME", &repository.username) && is_variable("PASSWORD", &repository.password) {
        format!("{prefix}_USERNAME and {prefix}_PASSWORD")
    } else {
        repository.place.to_string()
    }
}

/// What repositories and releases say about hosts with OCI registries.
fn registries(project: &Project, live: &Live, options: &mut ClientOptions) -> Result<(), Error> {
    for repository in project.repositories.iter().filter(|repository| repository.oci) {
        // A URL that is none is refused where a release asks for a chart from there.
        let Ok(url) = OciRepository::parse(&repository.url) else { continue };
        let registry = options.registries.entry(url.host().to_owned()).or_default();
        if let (Some(user), Some(password)) = (&repository.username, &repository.password) {
            registry.user = Some((user.clone(), password.clone()));
            registry.place = Some(place(repository, live));
        }
        if let Some(path) = &repository.registry_config {
            registry.stored = Some(path.clone());
        }
        registry.plain_http |= repository.tls.plain_http || live.global.oci_plain_http;
        let tls = tls(repository, live)?;
        if tls != Tls::default() {
            registry.tls = tls;
        }
    }
    for release in &project.releases {
        let added = release.dependencies.iter().map(|added| &added.source);
        for source in release.source.iter().chain(added) {
            let ReleaseChart::Remote { chart, .. } = source else { continue };
            let Source::Oci(repository) = chart.source() else { continue };
            let plain_http = release.plain_http || live.global.oci_plain_http;
            if plain_http || release.skip_tls_verify {
                let registry = options.registries.entry(repository.host().to_owned()).or_default();
                registry.plain_http |= plain_http;
                registry.tls.skip_verify |= release.skip_tls_verify;
            }
        }
    }
    Ok(())
}

fn tls(repository: &Repository, live: &Live) -> Result<Tls, Error> {
    let project::Tls { ca_file, certificate_file, key_file, skip_verify, .. } = &repository.tls;
    let read = |path: &Path| {
        let refused = |error| Error::Refused(format!("{}: repository `{}`: {error}", repository.place, repository.name));
        live.surroundings.read(path).map_err(refused)
    };
    let mut tls = Tls { skip_verify: *skip_verify, ..Tls::default() };
    if let Some(path) = ca_file {
        tls.authorities = read(path)?;
    }
    for path in [certificate_file, key_file].into_iter().flatten() {
        tls.identity.extend(read(path)?);
        tls.identity.push(b'\n');
    }
    Ok(tls)
}
