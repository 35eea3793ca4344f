//! What helm gets with `--values` for a release: files byte for byte, templates rendered, inline values as YAML.

use std::path::{Path, PathBuf};

use super::assemble::{State, refuse};
use super::decode::Origin;
use super::environment::{FileText, mapping, text_of};
use super::keys::Stage;
use super::references::{self, Lookup};
use super::release::{escaped, unescaped};
use super::secrets::{decrypted, decrypted_text};
use super::template::{ReleaseFacts, release_data};
use super::values::override_with;
use super::{
    Error, ErrorKind, Missing, MissingFile, Place, Project, Release, Set, ValuesEntry, ValuesText, WrittenValues, files,
};
use crate::surroundings::{FileError, Surroundings, clean};
use crate::yaml::{self, Style};

/// The texts of all entries of a release's `values`, in order.
pub(super) fn values_text(
    project: &Project,
    release: &Release,
    chart_version: &str,
    surroundings: &Surroundings,
) -> Result<Vec<ValuesText>, Error> {
    let entries = entries(project, release, chart_version, surroundings)?;
    let mut texts = Vec::new();
    for entry in &release.values {
        match entry {
            ValuesEntry::File { path, place } => texts.extend(entries.file(path, place)?),
            ValuesEntry::Inline { values, place } => {
                let value = entries.resolved(&yaml::Value::Map(values.clone()), place)?;
                let text = write(&value, place)?;
                texts.push(ValuesText { name: place.to_string(), bytes: text.into_bytes() });
            }
        }
    }
    for entry in &release.secrets {
        texts.extend(entries.secret(entry)?);
    }
    Ok(texts)
}

/// The values of a release as `write-values` has them.
pub(super) fn merged_values(
    project: &Project,
    release: &Release,
    chart_version: &str,
    more: Vec<ValuesText>,
    surroundings: &Surroundings,
) -> Result<String, Error> {
    let mut merged = yaml::Map::new();
    for text in values_text(project, release, chart_version, surroundings)?.into_iter().chain(more) {
        let origin = Origin { file: Path::new(&text.name).into(), lines_before: 0, rendered: false };
        let values = mapping(&text.bytes, &origin)?;
        override_with(&mut merged, &values);
    }
    write(&yaml::Value::Map(merged.into()), &release.place)
}

/// The same entries as they could stand in files.
pub(super) fn written_values(
    project: &Project,
    release: &Release,
    chart_version: &str,
    surroundings: &Surroundings,
) -> Result<Vec<WrittenValues>, Error> {
    let entries = entries(project, release, chart_version, surroundings)?;
    let values = release.values.iter().map(|entry| (entry, false));
    let mut written = Vec::new();
    for (entry, is_encrypted) in values.chain(release.secrets.iter().map(|entry| (entry, true))) {
        let (file_name, text) = match entry {
            ValuesEntry::Inline { values, place } => (None, write(&yaml::Value::Map(values.clone()), place)?.into_bytes()),
            ValuesEntry::File { path, place } if is_encrypted => {
                let Some(file) = entries.found(path, place)? else { continue };
                let unread = |error: FileError| Error::new(ErrorKind::File(error), Some(place.clone()));
                (Some(file.clone()), surroundings.read(&file).map_err(unread)?)
            }
            ValuesEntry::File { path, place } => {
                let Some((file, text)) = entries.text(path, place)? else { continue };
                (Some(file), text.bytes)
            }
        };
        let name = |file: PathBuf| file.file_name().map(|name| name.to_string_lossy().trim_end_matches(".gotmpl").to_owned());
        written.push(WrittenValues { file_name: file_name.and_then(name), text, is_encrypted });
    }
    Ok(written)
}

fn entries<'a>(
    project: &'a Project,
    release: &'a Release,
    chart_version: &str,
    surroundings: &'a Surroundings,
) -> Result<Entries<'a>, Error> {
    refuse(&project.states[release.state].refused, Stage::Output)?;
    refuse(&release.refused, Stage::Output)?;
    let facts = ReleaseFacts::of(release, chart_version);
    Ok(Entries { project, release, facts, surroundings })
}

/// The values files of a release that are missing and may be.
pub(super) fn missing_files(project: &Project, release: &Release, surroundings: &Surroundings) -> Vec<Missing> {
    if release.missing_file_handler == MissingFile::Error {
        return Vec::new();
    }
    let directory = &project.states[release.state].directory;
    let entries = release.values.iter().chain(&release.secrets).filter_map(|entry| match entry {
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

/// The values files of one release.
pub(super) struct Entries<'a> {
    pub(super) project: &'a Project,
    pub(super) release: &'a Release,
    pub(super) facts: ReleaseFacts,
    pub(super) surroundings: &'a Surroundings,
}

impl Entries<'_> {
    /// The text of a file as helm gets it; `None` if it is missing and may be.
    pub(super) fn file(&self, path: &str, place: &Place) -> Result<Option<ValuesText>, Error> {
        let Some((file, text)) = self.text(path, place)? else { return Ok(None) };
        let bytes = self.without_references(text.bytes, &text.origin, place)?;
        Ok(Some(ValuesText { name: file.display().to_string(), bytes }))
    }

    /// A file and its text, rendered if it is a template.
    fn text(&self, path: &str, place: &Place) -> Result<Option<(PathBuf, FileText)>, Error> {
        let State { environment, overrides, .. } = &self.project.states[self.release.state];
        let renderer = &self.project.renderer;
        let path = match self.resolved(&path.into(), place)? {
            yaml::Value::String(path) => path.to_string(),
            _ => path.to_owned(),
        };
        let Some(file) = self.found(&path, place)? else { return Ok(None) };
        let data = || release_data(&self.facts, overrides, environment, &environment.merged().into());
        let text = text_of(&renderer.seeing(self.surroundings), &file, data, place)?;
        Ok(Some((file, text)))
    }

    /// The text of an encrypted entry; `None` if its file is missing and may be.
    fn secret(&self, entry: &ValuesEntry) -> Result<Option<ValuesText>, Error> {
        let (name, bytes, place) = match entry {
            ValuesEntry::Inline { values, place } => {
                let text = write(&yaml::Value::Map(values.clone()), place)?;
                (place.to_string(), decrypted_text(self.surroundings, text, place)?, place)
            }
            ValuesEntry::File { path, place } => {
                let Some(file) = self.found(path, place)? else { return Ok(None) };
                (file.display().to_string(), decrypted(self.surroundings, &file, place)?, place)
            }
        };
        let origin = Origin { file: Path::new(&name).into(), lines_before: 0, rendered: false };
        Ok(Some(ValuesText { bytes: self.without_references(bytes, &origin, place)?, name }))
    }

    /// The one file that an entry names; `None` if it is missing and may be.
    fn found(&self, path: &str, place: &Place) -> Result<Option<PathBuf>, Error> {
        let handler = match self.release.missing_file_handler {
            MissingFile::Error => "Error",
            MissingFile::Warn | MissingFile::Info | MissingFile::Debug => "Warn",
        };
        let directory = &self.project.states[self.release.state].directory;
        let mut found = files::find(self.surroundings, directory, path, Some(handler), place)?;
        if found.len() > 1 {
            let files = found.iter().map(|file| file.display().to_string()).collect();
            return Err(Error::new(ErrorKind::ManyFiles { path: path.to_owned(), files }, Some(place.clone())));
        }
        Ok(found.pop())
    }

    /// helmfile decodes a file that has `ref+` anywhere, and encodes it again.
    fn without_references(&self, bytes: Vec<u8>, origin: &Origin, place: &Place) -> Result<Vec<u8>, Error> {
        if memchr::memmem::find(&bytes, b"ref+").is_none() {
            return Ok(bytes);
        }
        let map = mapping(&bytes, origin)?;
        Ok(write(&self.resolved(&yaml::Value::Map(map), place)?, place)?.into_bytes())
    }

    fn resolved(&self, value: &yaml::Value, place: &Place) -> Result<yaml::Value, Error> {
        if !references::are_in(value) {
            return Ok(value.clone());
        }
        let directory = &self.project.states[self.release.state].paths_from;
        let lookup = Lookup { surroundings: self.surroundings, directory, asked_by: &place.to_string() };
        lookup.value(value).map_err(|message| Error::new(ErrorKind::Reference { message }, Some(place.clone())))
    }
}

/// A release's `--set` arguments with their references resolved, and escaped as they were. A list's items stand each for itself.
pub(super) fn set_arguments(project: &Project, release: &Release, surroundings: &Surroundings) -> Result<Vec<Set>, Error> {
    let (place, directory) = (&release.place, &project.states[release.state].paths_from);
    let lookup = Lookup { surroundings, directory, asked_by: &place.to_string() };
    let one_text = |text: &str| {
        let resolved = lookup.text(&unescaped(text));
        resolved.map(|text| escaped(&text)).map_err(|message| Error::new(ErrorKind::Reference { message }, Some(place.clone())))
    };
    let resolved = |text: &String| {
        if !text.contains("ref+") {
            return Ok(text.clone());
        }
        let list = text.split_once("={").and_then(|(name, rest)| Some((name, rest.strip_suffix('}')?)));
        let Some((name, items)) = list.filter(|(name, _)| !name.ends_with('\\')) else { return one_text(text) };
        let items = split_unescaped(items).into_iter().map(one_text).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("{name}={{{}}}", items.join(",")))
    };
    let one = |set: &Set| {
        Ok(match set {
            Set::Typed(argument) => Set::Typed(resolved(argument)?),
            Set::Variables(argument) => Set::Variables(resolved(argument)?),
            Set::Text(argument) => Set::Text(resolved(argument)?),
            file @ Set::File { .. } => file.clone(),
        })
    };
    release.set.iter().map(one).collect()
}

/// The items between commas that no backslash escapes.
fn split_unescaped(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut items, mut start) = (Vec::new(), 0);
    for (at, _) in text.match_indices(',').filter(|(at, _)| *at == 0 || bytes[at - 1] != b'\\') {
        items.push(&text[start..at]);
        start = at + 1;
    }
    items.push(&text[start..]);
    items
}

fn write(value: &yaml::Value, place: &Place) -> Result<String, Error> {
    yaml::write(value, Style::Helmfile)
        .map_err(|error| Error::new(ErrorKind::Yaml { problem: error.to_string() }, Some(place.clone())))
}
