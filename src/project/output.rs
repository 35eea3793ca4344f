//! What helm gets with `--values` for a release: files byte for byte, templates rendered, inline values as YAML.

use super::assemble::{State, refuse};
use super::decode::Origin;
use super::environment::{mapping, text_of};
use super::keys::Stage;
use super::template::{ReleaseFacts, release_data};
use super::{Error, ErrorKind, Missing, MissingFile, Place, Project, Release, ValuesEntry, ValuesText, files};
use crate::surroundings::{Surroundings, clean};
use crate::yaml::{self, Style};

/// The texts of all entries of a release's `values`, in order.
pub(super) fn values_text(
    project: &Project,
    release: &Release,
    chart_version: &str,
    surroundings: &Surroundings,
) -> Result<Vec<ValuesText>, Error> {
    refuse(&project.states[release.state].refused, Stage::Output)?;
    refuse(&release.refused, Stage::Output)?;
    let release_facts = ReleaseFacts {
        name: release.name.clone(),
        namespace: release.namespace.clone(),
        labels: release.labels.clone(),
        chart: release.chart.clone(),
        chart_version: chart_version.to_owned(),
        kube_context: release.kube_context.clone(),
    };
    let entries = Entries { project, release, facts: &release_facts, surroundings };
    let mut texts = Vec::new();
    for entry in &release.values {
        match entry {
            ValuesEntry::File { path, place } => texts.extend(entries.file(path, place)?),
            ValuesEntry::Inline { values, place } => {
                let value = yaml::Value::Map(values.clone());
                let text = write(&value, place)?;
                if has_reference(text.as_bytes()) {
                    return Err(secrets(place));
                }
                texts.push(ValuesText { name: place.to_string(), bytes: text.into_bytes() });
            }
        }
    }
    Ok(texts)
}

/// The values files of a release that are missing and may be.
pub(super) fn missing_files(project: &Project, release: &Release, surroundings: &Surroundings) -> Vec<Missing> {
    if release.missing_file_handler == MissingFile::Error {
        return Vec::new();
    }
    let directory = &project.states[release.state].directory;
    let entries = release.values.iter().filter_map(|entry| match entry {
        ValuesEntry::File { path, place } => Some((path, place)),
        ValuesEntry::Inline { .. } => None,
    });
    let is_missing =
        |path: &String| !files::is_remote(path) && files::glob(surroundings, &clean(&directory.join(path))).is_empty();
    entries
        .filter(|(path, _)| is_missing(path))
        .map(|(path, place)| Missing { place: place.clone(), path: path.clone(), handler: release.missing_file_handler })
        .collect()
}

struct Entries<'a> {
    project: &'a Project,
    release: &'a Release,
    facts: &'a ReleaseFacts,
    surroundings: &'a Surroundings,
}

impl Entries<'_> {
    /// The text of a file; `None` if it is missing and may be.
    fn file(&self, path: &str, place: &Place) -> Result<Option<ValuesText>, Error> {
        let State { directory, environment, overrides, .. } = &self.project.states[self.release.state];
        let renderer = &self.project.renderer;
        let handler = match self.release.missing_file_handler {
            MissingFile::Error => "Error",
            MissingFile::Warn | MissingFile::Info | MissingFile::Debug => "Warn",
        };
        if has_reference(path.as_bytes()) {
            return Err(secrets(place));
        }
        let found = files::find(self.surroundings, directory, path, Some(handler), place)?;
        let file = match found.as_slice() {
            [] => return Ok(None),
            [file] => file,
            _ => {
                let files = found.iter().map(|file| file.display().to_string()).collect();
                return Err(Error::new(ErrorKind::ManyFiles { path: path.to_owned(), files }, Some(place.clone())));
            }
        };
        let data = || release_data(self.facts, overrides, environment, environment.merged().into());
        let text = text_of(&renderer.seeing(self.surroundings), file, data, place)?;
        Ok(Some(ValuesText { name: file.display().to_string(), bytes: without_references(text.bytes, &text.origin, place)? }))
    }
}

/// helmfile decodes a file that has `ref+` anywhere, and encodes it again.
fn without_references(bytes: Vec<u8>, origin: &Origin, place: &Place) -> Result<Vec<u8>, Error> {
    if memchr::memmem::find(&bytes, b"ref+").is_none() {
        return Ok(bytes);
    }
    if has_reference(&bytes) {
        return Err(secrets(place));
    }
    let map = mapping(&bytes, origin)?;
    Ok(write(&yaml::Value::Map(map), place)?.into_bytes())
}

fn write(value: &yaml::Value, place: &Place) -> Result<String, Error> {
    yaml::write(value, Style::Helmfile)
        .map_err(|error| Error::new(ErrorKind::Yaml { problem: error.to_string() }, Some(place.clone())))
}

/// Whether there is what `vals` would fetch: `ref+` and a scheme.
fn has_reference(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"ref+").any(|at| {
        let after = &text[at + 4..];
        let end = after.iter().position(|&byte| byte == b':' || byte == b'+').unwrap_or(after.len());
        after[end..].starts_with(b"://")
    })
}

fn secrets(place: &Place) -> Error {
    Error::new(ErrorKind::Unbuilt { what: "`ref+` references to secrets".to_owned() }, Some(place.clone()))
}
