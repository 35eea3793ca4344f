//! From [`ReleaseInputs`] to [`Manifests`], as `helm template` does it. Pure: no file, no socket, no clock.
//!
//! The order is Helm's, because charts can see it: subcharts are chosen and values coalesced, the values held against their
//! schemas, all templates of all charts parsed into one set, then executed deepest and alphabetically last first, since
//! what one template sets in `.Values` the next ones see. Only then is the text cut into documents and sorted.

mod api_versions;
mod aside;
mod capabilities;
mod chart_map;
mod chart_struct;
mod cuts;
mod dialect;
mod error;
mod execution;
mod files;
mod functions;
mod glob;
mod images;
mod inputs;
mod layout;
mod manifest;
mod objects;
mod reprint;
mod stream;
mod values_type;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::execution::{Executed, Execution};
use crate::chart::{Chart, ChartType, File};
use crate::gotemplate::{Origin, Trees};
use crate::values::{self, Installed};
use crate::version::{Constraint, Version};
use crate::yaml::Text;

pub use aside::Aside;
pub use capabilities::{Capabilities, HelmVersion, KubeVersion, KubeVersionRule, Package};
pub use cuts::Cuts;
pub use dialect::{ChartForm, Dialect, ErrorLayout, PostRendering, Split};
pub use error::Error;
pub use inputs::{Options, ReleaseInputs, ResolveName};
pub use manifest::{Hook, Impurity, Manifest, Manifests};

/// Renders a release. `trees` keeps parsed templates for the other releases of the process.
///
/// # Errors
/// What Helm refuses, in Helm's words, and what would need unbounded time or memory.
pub fn render(inputs: &ReleaseInputs, trees: &Trees) -> Result<Manifests, Error> {
    execute_all(inputs, trees, None, &|_| {})?.sorted(inputs.dialect, &Cuts::default())
}

/// How far a rendering has come.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'run> {
    /// Its values are laid over each other, and these templates are parsed next.
    Parsing(&'run [File]),
    /// Its templates are executed next, and others may help.
    Executing(&'run Arc<Aside>),
    /// A template has printed this file.
    Printed(&'run Text),
}

/// What the templates of a release print, before it is cut into documents: for whoever has a program change it. `follow` is told
/// how far it has come, and of templates that may be executed `aside`.
///
/// # Errors
/// As of [`render`], but for what is wrong with the rendered documents.
pub fn execute_all(
    inputs: &ReleaseInputs,
    trees: &Trees,
    aside: Option<&Arc<Aside>>,
    follow: &dyn Fn(Progress<'_>),
) -> Result<Printed, Error> {
    let prepared = prepare(inputs, None)?;
    let execution = Execution::new(inputs, &prepared, trees, follow)?.remembering();
    if let Some(aside) = aside {
        aside.open(execution.len());
        follow(Progress::Executing(aside));
    }
    let executed = execution.all(aside.map(|aside| &**aside), follow)?;
    Ok(printed(inputs, &prepared, executed))
}

/// The same, and which of the user's values that does not read; slower.
///
/// # Errors
/// As of [`execute_all`].
pub fn execute_watching(inputs: &ReleaseInputs, trees: &Trees) -> Result<(Printed, Vec<values::Path>), Error> {
    let origin = Origin::root();
    let prepared = prepare(inputs, Some(&origin))?;
    // What is remembered is not read again, perhaps for the same values of another origin.
    let executed = Execution::new(inputs, &prepared, trees, &|_| {})?.all(None, &|_| {})?;
    Ok((printed(inputs, &prepared, executed), values::unread(&inputs.values, &origin)))
}

fn printed(inputs: &ReleaseInputs, prepared: &values::Prepared, executed: Executed) -> Printed {
    let mut crds = Vec::new();
    if inputs.options.include_crds {
        collect_crds(&prepared.root, &mut crds);
    }
    let warnings = prepared.warnings.iter().map(ToString::to_string).collect();
    Printed { files: executed.files, crds, warnings, impure: executed.impure }
}

/// What the templates of a release print, before it is cut into documents.
#[derive(Debug)]
pub struct Printed {
    /// Path and text of each but the notes.
    files: Vec<(Text, Text)>,
    crds: Vec<Manifest>,
    warnings: Vec<String>,
    impure: Vec<Impurity>,
}

impl Printed {
    /// Cuts and sorts it, but for what is `cut` already.
    ///
    /// # Errors
    /// A document that is no YAML.
    pub fn sorted(self, dialect: &Dialect, cut: &Cuts) -> Result<Manifests, Error> {
        let mut manifests = manifest::sort(self.files, dialect, cut)?;
        manifests.warnings.splice(0..0, self.warnings);
        manifests.impure = self.impure;
        manifests.crds = self.crds;
        Ok(manifests)
    }

    /// All documents, but for those of `crds/` folders, in the stream that Helm 4 hands to a post-renderer.
    ///
    /// # Errors
    /// A document that is no YAML, or no mapping.
    pub fn stream(&self, dialect: &Dialect) -> Result<Vec<u8>, Error> {
        stream::merge(&self.files, dialect)
    }

    /// What a post-renderer made of the stream in place of what was printed.
    ///
    /// # Errors
    /// It is no YAML.
    #[must_use = "what was printed is gone"]
    pub fn answered(self, stream: &[u8]) -> Result<Self, Error> {
        Ok(Self { files: stream::part(stream)?, ..self })
    }
}

/// Parses a template into `trees`, where its rendering finds it. What is no template is passed over: that is the rendering's to tell.
pub fn parse_ahead(template: &File, dialect: &Dialect, trees: &Trees) {
    _ = trees.parse(&template.name, &template.contents, &dialect.functions, &dialect.language);
}

/// Whether that was done for a template.
pub fn is_parsed(template: &File, dialect: &Dialect, trees: &Trees) -> bool {
    trees.knows(&template.contents, &dialect.functions, &dialect.language)
}

/// The user's values that rendering a release does not read.
///
/// # Errors
/// As of [`render`], but for what is wrong with the rendered documents.
pub fn unread(inputs: &ReleaseInputs, trees: &Trees) -> Result<Vec<values::Path>, Error> {
    let origin = Origin::root();
    let prepared = prepare(inputs, Some(&origin))?;
    // What is remembered is not read again, perhaps for the same values of another origin.
    Execution::new(inputs, &prepared, trees, &|_| {})?.all(None, &|_| {})?;
    Ok(values::unread(&inputs.values, &origin))
}

fn prepare(inputs: &ReleaseInputs, origin: Option<&Origin>) -> Result<values::Prepared, Error> {
    check_chart(inputs)?;
    let rules = inputs.dialect.values(inputs.options.skip_schema_validation);
    let shared = values::Shared { rules: &rules, documents: &inputs.schema_documents, defaults: &inputs.defaults };
    let prepared = values::prepare(&inputs.chart, &inputs.values, shared, origin)?;
    check_kube_version(inputs)?;
    Ok(prepared)
}

impl Manifests {
    /// The names of the impure functions that ran.
    pub fn impure_functions(&self) -> Vec<&'static str> {
        self.impure.iter().map(|impurity| impurity.call.function).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What `helm template` prints on stdout.
    pub fn print(&self, options: Options) -> Vec<u8> {
        let mut out = Vec::new();
        let _memory_takes_it_all = self.print_to(options, &mut out);
        out
    }

    /// The same, piece by piece.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn print_to(&self, options: Options, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        manifest::print(self, options, out)
    }

    /// What `helm template` prints before the hooks, and Helm 3 hands to a post-renderer.
    pub fn body(&self) -> Vec<u8> {
        manifest::body(self)
    }

    /// The same with what a post-renderer made of [`Manifests::body`].
    #[must_use]
    pub fn answered(self, text: Vec<u8>) -> Self {
        let manifests = Self::of_text(&text).manifests;
        Self { crds: Vec::new(), manifests, answered: Some(text), ..self }
    }

    /// Whether a post-renderer has answered with a text that is printed as it is.
    pub fn is_answered(&self) -> bool {
        self.answered.is_some()
    }

    /// The files that `helm template --output-dir` writes, by path.
    pub fn files(&self, options: Options) -> Vec<(Text, Vec<u8>)> {
        manifest::files(self, options)
    }

    /// A chart that prints the same, and with a namespace gives it to whatever names none.
    ///
    /// # Errors
    /// What was printed cannot be read again.
    pub fn as_chart(&self, chart: &Chart, options: Options, namespace: Option<&str>) -> Result<Chart, Error> {
        reprint::as_chart(self, chart, options, namespace)
    }

    /// What `helm template --show-only` prints for these patterns, in their order.
    ///
    /// # Errors
    /// A pattern that matches nothing.
    pub fn print_only(&self, patterns: &[String], options: Options, dialect: &Dialect) -> Result<Vec<u8>, Error> {
        manifest::print_only(self, patterns, options, dialect.split)
    }
}

/// A release name's bound in Helm: what a label's value may have, less room for a suffix.
const MAX_RELEASE_NAME: usize = 53;

fn check_chart(inputs: &ReleaseInputs) -> Result<(), Error> {
    let metadata = &inputs.chart.metadata;
    if metadata.kind() == ChartType::Library {
        return Err(Error::NotInstallable(metadata.chart_type.clone()));
    }
    let names = inputs.chart.missing_dependencies();
    if !names.is_empty() {
        return Err(Error::MissingDependencies { names, layout: inputs.dialect.error_layout });
    }
    if inputs.name.len() > MAX_RELEASE_NAME || !inputs.name.split('.').all(is_dns_label) {
        return Err(Error::ReleaseName(inputs.name.clone()));
    }
    Ok(())
}

fn is_dns_label(label: &str) -> bool {
    let is_edge = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = label.as_bytes();
    is_edge(bytes.first()) && is_edge(bytes.last()) && bytes.iter().all(|byte| *byte == b'-' || is_edge(Some(byte)))
}

fn check_kube_version(inputs: &ReleaseInputs) -> Result<(), Error> {
    let wanted = &inputs.chart.metadata.kube_version;
    let given = inputs.capabilities.kube_version.checked();
    let fits = || {
        let constraint = Constraint::parse(wanted.as_str()?).ok()?;
        Some(constraint.admits(&Version::parse(given).ok()?))
    };
    if wanted.is_empty() || fits() == Some(true) {
        return Ok(());
    }
    Err(Error::KubeVersion { wanted: wanted.clone(), given: inputs.capabilities.kube_version.version.clone() })
}

fn collect_crds(installed: &Installed, crds: &mut Vec<Manifest>) {
    for file in installed.chart.crds() {
        let source = objects::joined(&installed.path, &file.name);
        crds.push(Manifest { source, kind: Text::default(), content: file.contents.clone() });
    }
    for dependency in &installed.dependencies {
        collect_crds(dependency, crds);
    }
}
