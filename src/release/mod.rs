//! From a release and its chart to everything that rendering it may look at.
//!
//! [`flags`] gathers what helmfile would tell `helm template` about the release, values files read and in helmfile's order;
//! [`inputs`] makes of that what rendering looks at. Nothing here finds the chart or renders it.

mod arguments;
mod first;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use crate::chart::Chart;
use crate::project::{self, Project, Release, Set};
use crate::render::{Capabilities, Dialect, KubeVersion, Options, ReleaseInputs};
use crate::surroundings::{FileError, Surroundings};
use crate::values::{self, Document, Layers};
use crate::yaml::Text;

pub use first::first_flags;

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
    /// `--args`: flags for helm.
    pub arguments: Vec<String>,
    /// `--template-args`: flags for helm in place of `helmDefaults.templateArgs`.
    pub template_arguments: Vec<String>,
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

/// What `helm template` would be told about a release, besides its name and chart.
#[derive(Clone, Debug)]
pub struct Flags {
    /// `--namespace`.
    pub namespace: String,
    /// `--values`, `--set` and its like.
    pub layers: Layers,
    /// What is left out of the output or of the checks.
    pub options: Options,
    /// `--is-upgrade`.
    pub is_upgrade: bool,
    /// `--kube-version`, as written; the dialect's own where nobody names one.
    pub kube_version: String,
    /// `--api-versions`.
    pub api_versions: Vec<String>,
}

/// What the releases of one run have in common when they are rendered.
pub struct Common {
    /// Which Helm is reproduced.
    pub dialect: &'static Dialect,
    /// Values files that were decoded already.
    pub files: values::Files,
    /// Charts' defaults that were filled up already.
    pub defaults: Arc<values::Defaults>,
}

/// Gathers what the project, the lock and the command line say about `release`, whose chart is `chart`.
pub fn flags(
    project: &Project,
    release: &Release,
    chart: &Chart,
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Flags, Error> {
    let layers = layers(project, release, chart, settings, surroundings)?;
    let mut options = settings.options;
    options.skip_schema_validation |= release.skip_schema_validation;
    options.enable_dns |= release.enable_dns;
    let mut arguments = project.helm_arguments(release, &settings.template_arguments);
    arguments.extend_from_slice(&settings.arguments);
    let known = Known { project, release, settings, surroundings };
    let mut flags = known.with(layers, options, &arguments, "helmDefaults.args")?;
    flags.is_upgrade |= settings.is_upgrade;
    Ok(flags)
}

/// What the flags of a release are gathered from.
struct Known<'a> {
    project: &'a Project,
    release: &'a Release,
    settings: &'a Settings,
    surroundings: &'a Surroundings,
}

impl Known<'_> {
    /// What was gathered, with helm's own flags, which stand under `key`.
    fn with(&self, mut layers: Layers, mut options: Options, arguments: &[String], key: &'static str) -> Result<Flags, Error> {
        let Self { project, release, settings, surroundings } = *self;
        let asked = arguments::read(arguments, &mut layers, &mut options)?;
        for path in &asked.values {
            layers.files.push(document(&project.resolve_path(release, path), path, key, surroundings)?);
        }
        let api_versions = release.api_versions.iter().chain(&settings.api_versions).chain(&asked.api_versions);
        Ok(Flags {
            namespace: namespace(release, surroundings),
            layers,
            options,
            is_upgrade: asked.is_upgrade,
            kube_version: kube_version(release, settings, asked.kube_version.as_ref()),
            api_versions: api_versions.cloned().collect(),
        })
    }
}

fn kube_version(release: &Release, settings: &Settings, asked: Option<&String>) -> String {
    let versions = [settings.forced_kube_version.as_ref(), asked, release.kube_version.as_ref(), settings.kube_version.as_ref()];
    // As in Helm, an empty one is none.
    let given = versions.into_iter().flatten().find(|version| !version.is_empty());
    given.map_or(settings.dialect.kube_version, String::as_str).to_owned()
}

/// Makes of a release's flags what its rendering may look at.
pub fn inputs(
    release: &Release,
    chart: Arc<Chart>,
    flags: &Flags,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ReleaseInputs, Error> {
    let mut read = |name: &Text| {
        let path = Path::new(name.as_str().ok_or("the file's name is not UTF-8")?);
        let bytes = surroundings.read(path).map_err(|error| error.to_string())?;
        Ok(bytes.into())
    };
    let dialect = common.dialect;
    let values = flags.layers.merge(&dialect.flags, &common.files, &mut read)?;
    let mut seed = [0; 32];
    (surroundings.entropy)(&mut seed);
    Ok(ReleaseInputs {
        name: release.name.clone(),
        namespace: flags.namespace.clone(),
        is_upgrade: flags.is_upgrade,
        values,
        capabilities: capabilities(flags, dialect)?,
        dialect,
        options: flags.options,
        chart,
        schema_documents: Arc::default(),
        defaults: common.defaults.clone(),
        clock: surroundings.clock.clone(),
        seed,
        resolve_name: surroundings.resolve_name.clone(),
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
        layers.files.push(document(&project.resolve_path(release, path), path, "--values", surroundings)?);
    }
    for set in &project.set_arguments(release, surroundings)? {
        match set {
            Set::Typed(argument) | Set::Variables(argument) => layers.set.push(argument.as_str().into()),
            Set::Text(argument) => layers.string.push(argument.as_str().into()),
            Set::File { name, path } => layers.file.push(format!("{name}={}", path.display()).into()),
        }
    }
    layers.set.extend(settings.set.iter().map(|argument| argument.as_str().into()));
    Ok(layers)
}

fn document(path: &Path, name: &str, flag: &'static str, surroundings: &Surroundings) -> Result<Document, Error> {
    let bytes = surroundings.read(path).map_err(|error| Error::File { flag, error })?;
    Ok(Document { name: name.to_owned(), contents: bytes.into() })
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

fn capabilities(flags: &Flags, dialect: &Dialect) -> Result<Capabilities, Error> {
    let mut capabilities = Capabilities::of(dialect);
    let text = &flags.kube_version;
    capabilities.kube_version =
        KubeVersion::parse(text, dialect.kube_versions).map_err(|reason| Error::KubeVersion { text: text.clone(), reason })?;
    capabilities.api_versions.extend(flags.api_versions.iter().cloned().map(Cow::Owned));
    Ok(capabilities)
}
