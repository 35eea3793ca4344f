//! Where `--output-dir` puts a release: helmfile's folder for each, or what `--output-dir-template` says. Nothing is written here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::template::{environment_fields, labels, object};
use super::{Error, ErrorKind, Project, Release, discover, nested};
use crate::functions::sha1_hex;
use crate::gotemplate::Value;
use crate::surroundings::clean;
use crate::yaml::Text;

/// What the command line says about the output's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFolder {
    /// `--output-dir`, relative to each state file's directory.
    pub directory: String,
    /// `--output-dir-template`.
    pub template: Option<String>,
    /// The working directory, of which templates may see state files' absolute paths.
    pub working_directory: PathBuf,
}

/// helmfile's eight digits of a state file's hash.
const DIGITS: usize = 8;

/// The folder of a release.
pub(super) fn output_folder(project: &Project, release: &Release, wanted: &OutputFolder) -> Result<PathBuf, Error> {
    let state = &project.states[release.state];
    let base = state.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = if let Some(template) = &wanted.template {
        rendered(template, &base, project, release, wanted)?
    } else {
        // helmfile hashes the absolute path; so the folder would have another name on every machine.
        let hash = short_hash(&discover::seen_from(&project.directory, &state.path));
        format!("{}/{base}-{hash}-{}", wanted.directory, release.name)
    };
    Ok(clean(&state.paths_from.join(folder)))
}

fn short_hash(path: &Path) -> String {
    sha1_hex(path.to_string_lossy().as_bytes()).chars().take(DIGITS).collect()
}

fn rendered(template: &str, base: &str, project: &Project, release: &Release, wanted: &OutputFolder) -> Result<String, Error> {
    let state = &project.states[release.state];
    let absolute = clean(&wanted.working_directory.join(&state.path));
    let name = state.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let text = |text: &str| Value::text(text);
    let own = vec![
        ("BaseName", text(base)),
        ("Path", text(&name)),
        ("AbsPath", text(&absolute.to_string_lossy())),
        ("AbsPathSHA1", text(&short_hash(&absolute))),
    ];
    let of_release = vec![
        ("Name", text(&release.name)),
        ("Namespace", text(&release.namespace)),
        ("KubeContext", text(&release.kube_context)),
        ("Chart", text(&release.chart)),
        ("Version", text(&release.version)),
        ("Labels", labels(&release.labels)),
        ("Condition", text(&release.condition)),
    ];
    let fields = vec![
        ("OutputDir", text(&wanted.directory)),
        ("State", object("state.state", "struct", own)),
        ("Release", object("*state.ReleaseSpec", "ptr", of_release)),
        ("Environment", environment_fields(&state.environment, Arc::clone(&state.environment.values))),
    ];
    let data = object("struct { OutputDir string; State state.state }", "struct", fields);
    let folder = project
        .renderer
        .render_plainly(&Text::from(template), data)
        .map_err(|message| Error::new(ErrorKind::Template { message }, Some(nested::flag("--output-dir-template"))))?;
    Ok(String::from_utf8_lossy(&folder).into_owned())
}
