//! Folders of plain manifests, of which helmfile makes charts: those of their files that are helmfile's templates.

use super::Error;
use super::assemble::State;
use super::environment::template_error;
use super::template::{ReleaseFacts, release_data};
use super::{Project, Release};
use crate::chart::File;
use crate::surroundings::Surroundings;
use crate::yaml::Text;

/// The files of a folder of manifests, with what those of them whose names end in `gotmpl` make.
pub(super) fn manifests(
    project: &Project,
    release: &Release,
    mut files: Vec<File>,
    surroundings: &Surroundings,
) -> Result<Vec<File>, Error> {
    let State { environment, overrides, directory, .. } = &project.states[release.state];
    let renderer = project.renderer.seeing(surroundings);
    let templates: Vec<_> = files.iter().filter(|file| file.name.ends_with(b"gotmpl")).cloned().collect();
    for File { name, contents } in templates {
        let path = name.to_lossy().into_owned();
        let facts = ReleaseFacts::of(release, &release.version);
        let data = release_data(&facts, overrides, environment, &environment.merged().into());
        let bytes = renderer.render_alone(&contents, &path, directory, data).map_err(|failure| template_error(failure, 0))?;
        let base = memchr::memrchr(b'/', &name).map_or(0, |slash| slash + 1);
        let end = memchr::memrchr(b'.', &name[base..]).map_or(name.len(), |dot| base + dot);
        let made = File { name: Text::from(&name[..end]), contents: bytes.into() };
        files.retain(|file| file.name != made.name);
        files.push(made);
    }
    Ok(files)
}
