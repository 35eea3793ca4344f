//! From a release and its chart to everything that rendering it may look at.
//!
//! It reads the values files that helmfile.yaml names and lays them over each other in the order in which helmfile hands
//! them to helm. It neither finds the chart nor renders it.

mod arguments;

use std::path::Path;
use std::sync::Arc;

use crate::chart::Chart;
use crate::project::{self, Project, Release, Set};
use crate::render::{Capabilities, Dialect, KubeVersion, Options, ReleaseInputs};
use crate::surroundings::{FileError, Surroundings};
use crate::values::{self, Document, Layers};
use crate::yaml::Text;

/// What the lock and the command line say about the rendering of all releases.
#[derive(Clone)]
pub struct Settings {
    /// Which Helm is reproduced.
    pub dialect: &'static Dialect,
    /// The Kubernetes version where neither release nor project names one; the lock's.
    pub kube_version: Option<String>,
    /// `--kube-version`, which beats all others.
    pub forced_kube_version: Option<String>,
    /// `--api-versions`, besides the release's own.
    pub api_versions: Vec<String>,
    /// What is left out of the output or of the checks.
    pub options: Options,
    /// Whether Helm would upgrade.
    pub is_upgrade: bool,
    /// `--values` of the command line, after the release's own.
    pub values: Vec<String>,
    /// `--set` of the command line, after the release's own.
    pub set: Vec<String>,
}

/// Why a release has no inputs.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// helmfile.yaml's values could not be had.
    #[error(transparent)]
    Project(#[from] project::Error),
    /// The values do not come together.
    #[error(transparent)]
    Values(#[from] values::Error),
    /// A file that a flag names cannot be read.
    #[error("{flag}: {error}")]
    File {
        /// The flag.
        flag: &'static str,
        /// Why.
        error: FileError,
    },
    /// A flag of `helmDefaults.args` that we do not know, or without its value.
    #[error("`helmDefaults.args` has `{flag}`, which helmlock does not handle")]
    Argument {
        /// The flag.
        flag: String,
    },
    /// A Kubernetes version that is none.
    #[error("invalid kube version '{text}': {reason}")]
    KubeVersion {
        /// As written.
        text: String,
        /// Kubernetes' words.
        reason: String,
    },
}

/// Gathers what rendering `release` of `project` may look at.
pub fn inputs(
    project: &Project,
    release: &Release,
    chart: Arc<Chart>,
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<ReleaseInputs, Error> {
    let mut layers = layers(project, release, &chart, settings, surroundings)?;
    let mut options = settings.options;
    options.skip_schema_validation |= release.skip_schema_validation;
    let asked = arguments::read(&project.helm_arguments, &mut layers, &mut options)?;
    for path in &asked.values {
        layers.files.push(document(project, path, "helmDefaults.args", surroundings)?);
    }
    let mut read = |name: &Text| {
        let path = Path::new(name.as_str().ok_or("the file's name is not UTF-8")?);
        let bytes = surroundings.read(path).map_err(|error| error.to_string())?;
        Ok(bytes.into())
    };
    let values = layers.merge(&settings.dialect.flags, &mut read)?;
    let mut seed = [0; 32];
    (surroundings.entropy)(&mut seed);
    Ok(ReleaseInputs {
        name: release.name.clone(),
        namespace: namespace(release, surroundings),
        is_upgrade: settings.is_upgrade || asked.is_upgrade,
        values,
        capabilities: capabilities(release, settings, &asked)?,
        dialect: settings.dialect,
        options,
        chart,
        now: surroundings.now.clone(),
        seed,
    })
}

fn layers(
    project: &Project,
    release: &Release,
    chart: &Chart,
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Layers, Error> {
    let texts = project.values_text(release, &chart.metadata.version.to_lossy(), surroundings)?;
    let mut layers = Layers::default();
    layers.files.extend(texts.into_iter().map(|text| Document { name: text.name, contents: text.bytes.into() }));
    for path in &settings.values {
        layers.files.push(document(project, path, "--values", surroundings)?);
    }
    for set in &release.set {
        match set {
            Set::Typed(argument) => layers.set.push(argument.as_str().into()),
            Set::Text(argument) => layers.string.push(argument.as_str().into()),
            Set::File { name, path } => layers.file.push(format!("{name}={}", path.display()).into()),
        }
    }
    layers.set.extend(settings.set.iter().map(|argument| argument.as_str().into()));
    Ok(layers)
}

fn document(project: &Project, path: &str, flag: &'static str, surroundings: &Surroundings) -> Result<Document, Error> {
    let bytes = surroundings.read(&project.resolve_path(path)).map_err(|error| Error::File { flag, error })?;
    Ok(Document { name: path.to_owned(), contents: bytes.into() })
}

/// Helm asks the current kube context where nothing names a namespace; a rendering that depends on the machine's context
/// would not be reproducible, so that is the one place left out.
fn namespace(release: &Release, surroundings: &Surroundings) -> String {
    match (release.namespace.as_str(), surroundings.variable("HELM_NAMESPACE")) {
        ("", Some(namespace)) if !namespace.is_empty() => namespace.to_owned(),
        ("", _) => "default".to_owned(),
        (namespace, _) => namespace.to_owned(),
    }
}

fn capabilities(release: &Release, settings: &Settings, asked: &arguments::Asked) -> Result<Capabilities, Error> {
    let mut capabilities = Capabilities::of(settings.dialect);
    let wanted = [&settings.forced_kube_version, &asked.kube_version, &release.kube_version, &settings.kube_version];
    if let Some(text) = wanted.into_iter().flatten().next() {
        capabilities.kube_version = KubeVersion::parse(text, settings.dialect.kube_versions)
            .map_err(|reason| Error::KubeVersion { text: text.clone(), reason })?;
    }
    capabilities
        .api_versions
        .extend(release.api_versions.iter().chain(&settings.api_versions).chain(&asked.api_versions).cloned());
    Ok(capabilities)
}
