//! Why a release cannot be rendered, in Helm's words where Helm has words for it.

use super::dialect::ErrorLayout;
use crate::gotemplate;
use crate::values;
use crate::yaml::Text;

/// Why a release cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A library chart, or a type that Helm does not know.
    #[error("{0} charts are not installable")]
    NotInstallable(Text),
    /// Chart.yaml declares what `charts/` lacks.
    #[error(
        "{} while checking for chart dependencies. You may need to run {} to fetch \
         missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
        match .layout { ErrorLayout::Flat => "An error occurred", ErrorLayout::Tree => "an error occurred" },
        match .layout { ErrorLayout::Flat => "`helm dependency build`", ErrorLayout::Tree => "'helm dependency build'" },
        join(.names)
    )]
    MissingDependencies {
        /// What is missing.
        names: Vec<Text>,
        /// Which Helm's words.
        layout: ErrorLayout,
    },
    /// A name that Kubernetes would refuse.
    #[error(
        "release name {0:?}: invalid release name, must match regex \
         ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
    )]
    ReleaseName(String),
    /// The values do not fit the chart.
    #[error(transparent)]
    Values(#[from] values::Error),
    /// The chart asks for another Kubernetes.
    #[error("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {given}")]
    KubeVersion {
        /// The chart's constraint.
        wanted: Text,
        /// The version that charts see.
        given: String,
    },
    /// A template is no template. Helm shows only what follows the message's last colon.
    #[error("parse error at ({file}:{line}): {message}")]
    Parse {
        /// The template's path.
        file: Text,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A template failed while it ran; the text is laid out as the dialect does.
    #[error("{text}")]
    Execution {
        /// Helm's text.
        text: String,
        /// What failed, as data.
        error: Box<gotemplate::Error>,
    },
    /// A rendered document is no YAML, or its head has unexpected types.
    #[error("YAML parse error on {source_path}: {message}")]
    Document {
        /// The template's path.
        source_path: Text,
        /// What is wrong.
        message: String,
    },
    /// A rendered document cannot be handed to a post-renderer.
    #[error("error merging manifests: parsing {source_path}: {message}")]
    Merging {
        /// The template's path.
        source_path: Text,
        /// What is wrong.
        message: String,
    },
    /// What a post-renderer answered is no YAML.
    #[error("error while parsing post rendered output: error parsing YAML: {0}")]
    PostRendered(String),
    /// `--show-only` names a template that printed nothing.
    #[error("could not find template {0} in chart")]
    NoSuchTemplate(String),
}

fn join(names: &[Text]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
