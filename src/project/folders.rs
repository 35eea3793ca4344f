//! Where `template --output-dir` and `write-values` put a release: helmfile's folder or file for each, or what a template on the
//! command line says. Nothing is written here.

use std::path::{Path, PathBuf};

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

/// What the command line says about the place of `write-values`' files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// `--output-file-template`.
    pub template: Option<String>,
    /// The working directory, of which templates may see state files' absolute paths.
    pub working_directory: PathBuf,
}

/// What the command line says about the place of a release's chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFolder {
    /// `--output-dir`.
    pub directory: String,
    /// `--output-dir-template`; helmfile's own without it.
    pub template: Option<String>,
    /// What the template sees as `.ChartName`.
    pub chart_name: String,
    /// The locked version.
    pub version: String,
}

/// helmfile's own template.
const CHART_FOLDER: &str = "{{ .OutputDir }}{{ if .Release.Namespace }}/{{ .Release.Namespace }}{{ end }}\
    {{ if .Release.KubeContext }}/{{ .Release.KubeContext }}{{ end }}/{{ .Release.Name }}/{{ .ChartName }}/\
    {{ or .Release.Version \"latest\" }}";

/// helmfile's eight digits of a state file's hash.
const DIGITS: usize = 8;

/// The folder of a release.
pub(super) fn output_folder(project: &Project, release: &Release, wanted: &OutputFolder) -> Result<PathBuf, Error> {
    let state = &project.states[release.state];
    let folder = if let Some(template) = &wanted.template {
        let mut fields = facts(project, release, &wanted.working_directory);
        fields.push(("OutputDir", Value::text(&*wanted.directory)));
        rendered(template, "--output-dir-template", fields, project)?
    } else {
        format!("{}/{}-{}", wanted.directory, own_name(project, release), release.name)
    };
    Ok(clean(&state.paths_from.join(folder)))
}

/// The folder of a release's chart, seen from its state file.
pub(super) fn chart_folder(project: &Project, release: &Release, wanted: &ChartFolder) -> Result<String, Error> {
    let seen = Release { version: wanted.version.clone(), ..release.clone() };
    let mut fields = facts(project, &seen, Path::new(""));
    fields.extend([("OutputDir", Value::text(&*wanted.directory)), ("ChartName", Value::text(&*wanted.chart_name))]);
    let template = wanted.template.as_deref().unwrap_or(CHART_FOLDER);
    let folder = rendered(template, "--output-dir-template", fields, project)?;
    Ok(clean(Path::new(&folder)).display().to_string())
}

/// The values file of a release.
pub(super) fn output_file(project: &Project, release: &Release, wanted: &OutputFile) -> Result<PathBuf, Error> {
    let file = if let Some(template) = &wanted.template {
        rendered(template, "--output-file-template", facts(project, release, &wanted.working_directory), project)?
    } else {
        format!("{}/{}.yaml", own_name(project, release), release.name)
    };
    Ok(clean(&project.states[release.state].paths_from.join(file)))
}

/// `helmfile-0123abcd`. helmfile hashes the absolute path of the state file; so the name would be another one on every machine.
fn own_name(project: &Project, release: &Release) -> String {
    let state = &project.states[release.state];
    format!("{}-{}", base_name(&state.path), short_hash(&discover::seen_from(&project.directory, &state.path)))
}

fn base_name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn short_hash(path: &Path) -> String {
    sha1_hex(path.to_string_lossy().as_bytes()).chars().take(DIGITS).collect()
}

/// What both kinds of templates see.
fn facts(project: &Project, release: &Release, working_directory: &Path) -> Vec<(&'static str, Value)> {
    let state = &project.states[release.state];
    let absolute = clean(&working_directory.join(&state.path));
    let name = state.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let text = |text: &str| Value::text(text);
    let own = vec![
        ("BaseName", text(&base_name(&state.path))),
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
    vec![
        ("State", object("state.state", "struct", own)),
        ("Release", object("*state.ReleaseSpec", "ptr", of_release)),
        ("Environment", environment_fields(&state.environment, &state.environment.values)),
    ]
}

fn rendered(template: &str, flag: &'static str, fields: Vec<(&'static str, Value)>, project: &Project) -> Result<String, Error> {
    let data = object("struct { OutputDir string; State state.state }", "struct", fields);
    let folder = project
        .renderer
        .render_plainly(&Text::from(template), data)
        .map_err(|message| Error::new(ErrorKind::Template { message }, Some(nested::flag(flag))))?;
    Ok(String::from_utf8_lossy(&folder).into_owned())
}
