//! What helmfile's chartify tells helm when it has a chart print its manifests a first time, to change them before the release is
//! rendered: the release's values, in another order, and not all of its flags.

use super::{Document, Error, Flags, Known, Layers, Settings, document};
use crate::chart::Chart;
use crate::project::{Project, Release, Set};
use crate::surroundings::Surroundings;
use crate::values;
use crate::yaml::{self, Style, Value};

/// Gathers what the first of two renderings of a release gets.
pub fn first_flags(
    project: &Project,
    release: &Release,
    chart: &Chart,
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Flags, Error> {
    let layers = layers(project, release, chart, settings, surroundings)?;
    let mut options = settings.options;
    (options.skip_tests, options.no_hooks, options.enable_dns) = (false, false, false);
    options.skip_schema_validation |= release.skip_schema_validation;
    let arguments = project.template_arguments(release, &settings.template_arguments);
    let known = Known { project, release, settings, surroundings };
    known.with(layers, options, &arguments, "helmDefaults.templateArgs")
}

fn layers(
    project: &Project,
    release: &Release,
    chart: &Chart,
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Layers, Error> {
    let mut layers = Layers::default();
    if !chart.values.is_empty() {
        // chartify names the chart's own values once more, so that they beat what subcharts export.
        let text = yaml::write(&Value::Map(chart.values.clone()), Style::Helm);
        let text = text.map_err(|error| values::Error::File { file: "values.yaml".to_owned(), reason: error.to_string() })?;
        layers.files.push(Document { name: "values.yaml".to_owned(), contents: text.as_str().into() });
    }
    for path in &settings.values {
        layers.files.push(document(&project.resolve_path(release, path), path, "--values", surroundings)?);
    }
    let texts = project.values_text(release, &chart.metadata.version.to_lossy(), surroundings)?;
    layers.files.extend(texts.into_iter().map(|text| Document { name: text.name, contents: text.bytes.into() }));
    for set in &project.set_arguments(release, surroundings)? {
        match set {
            Set::Typed(argument) => layers.set.push(argument.as_str().into()),
            Set::File { name, path } => layers.file.push(format!("{name}={}", path.display()).into()),
            // These are told the second time only.
            Set::Variables(_) | Set::Text(_) => {}
        }
    }
    layers.set.extend(settings.set.iter().map(|argument| argument.as_str().into()));
    Ok(layers)
}
