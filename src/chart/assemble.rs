//! From named files to a chart: which file is what, and which files make a subchart. Archives and folders meet here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::archive::{self, Budget};
use super::decode;
use super::values;
use super::{Chart, Dependency, Error, File, Metadata, Rules};
use crate::yaml::json::Backend;
use crate::yaml::{self, Text};

const V1: &str = "v1";

/// The chart that these files make, which must be named from its root. `depth` counts the charts around it.
pub(super) fn chart(files: Vec<File>, rules: &Rules, budget: &mut Budget, depth: usize) -> Result<Chart, Error> {
    if depth > budget.limits.subchart_depth {
        return Err(Error::Limit { what: "levels of subcharts", limit: budget.limits.subchart_depth as u64 });
    }
    let mut parts = Parts::new(&files, rules)?;
    for file in files {
        parts.add(file, rules)?;
    }
    let Parts { metadata, mut chart, subcharts, .. } = parts;
    drop_repeated(&mut chart.templates);
    chart.metadata = metadata.ok_or(Error::NoChartYaml)?;
    chart.metadata.validate(rules.dots_are_names).map_err(Error::Invalid)?;
    for (name, files) in subcharts {
        if name.starts_with(b"_") || name.starts_with(b".") {
            continue;
        }
        let subchart = subchart(&name, files, rules, budget, depth + 1);
        let subchart = subchart.map_err(|cause| match cause {
            // The chain of parents says nothing that the limit does not.
            limit @ Error::Limit { .. } => limit,
            cause => {
                let chart = chart.metadata.name.clone();
                Error::Subchart { word: rules.subchart_word, file: name, chart, cause: Box::new(cause) }
            }
        })?;
        chart.dependencies.push(Arc::new(subchart));
    }
    Ok(chart)
}

/// The chart that is `charts/<name>` or below it; the files' names still begin with `name`.
fn subchart(name: &Text, mut files: Vec<File>, rules: &Rules, budget: &mut Budget, depth: usize) -> Result<Chart, Error> {
    if name.ends_with(b".tgz") {
        let archive = files.swap_remove(0);
        if archive.name != *name {
            return Err(Error::NotAnArchive { html: false });
        }
        let files = archive::files(&archive.contents, budget)?;
        return chart(files, rules, budget, depth);
    }
    let below = files.into_iter().filter_map(|file| {
        let name = (file.name.len() > name.len()).then(|| file.name.part(name.len() + 1..file.name.len()))?;
        Some(File { name, contents: file.contents })
    });
    chart(below.collect(), rules, budget, depth)
}

struct Parts {
    metadata: Option<Metadata>,
    chart: Chart,
    /// By the first component below charts/, in the order in which they were found.
    subcharts: Vec<(Text, Vec<File>)>,
    places: BTreeMap<Text, usize>,
}

impl Parts {
    /// Reads Chart.yaml first, wherever it stands among the files: the others are read in its light.
    fn new(files: &[File], rules: &Rules) -> Result<Self, Error> {
        let mut parts = Self { metadata: None, chart: Chart::default(), subcharts: Vec::new(), places: BTreeMap::new() };
        for file in files.iter().filter(|file| file.name == "Chart.yaml") {
            let metadata = parts.metadata.get_or_insert_default();
            decode::metadata(metadata, &file.contents, rules.json).map_err(|reason| refused("Chart.yaml", reason))?;
            if metadata.api_version.is_empty() {
                metadata.api_version = V1.into();
            }
        }
        Ok(parts)
    }

    fn add(&mut self, file: File, rules: &Rules) -> Result<(), Error> {
        match &*file.name {
            b"Chart.yaml" => {}
            b"Chart.lock" => self.lock("Chart.lock", &file, rules)?,
            b"values.yaml" => {
                let read = values::read(&file.contents, rules.documents);
                self.chart.values = read.map_err(|reason| Error::Decode { file: "values.yaml", reason })?;
            }
            b"values.schema.json" => self.chart.schema = Some(file.contents),
            b"requirements.yaml" => {
                let metadata = self.metadata.get_or_insert_default();
                decode::metadata(metadata, &file.contents, rules.json).map_err(|reason| refused("requirements.yaml", reason))?;
                self.keep_if_v1(file);
            }
            b"requirements.lock" => {
                self.lock("requirements.lock", &file, rules)?;
                self.keep_if_v1(file);
            }
            name if name.starts_with(b"templates/") => self.chart.templates.push(file),
            name if name.starts_with(b"charts/") && !has_extension(name, b".prov") => {
                let below = file.name.part(b"charts/".len()..name.len());
                let first = below.within(below.split(|&byte| byte == b'/').next().unwrap_or_default());
                let file = File { name: below, contents: file.contents };
                let place = *self.places.entry(first).or_insert_with_key(|first| {
                    self.subcharts.push((first.clone(), Vec::new()));
                    self.subcharts.len() - 1
                });
                self.subcharts[place].1.push(file);
            }
            _ => self.chart.files.push(file),
        }
        Ok(())
    }

    fn lock(&mut self, name: &'static str, file: &File, rules: &Rules) -> Result<(), Error> {
        self.chart.lock = Some(decode::lock(&file.contents, rules.json).map_err(|reason| refused(name, reason))?);
        Ok(())
    }

    /// Where dependencies belong into Chart.yaml, the old files are not shown to templates.
    fn keep_if_v1(&mut self, file: File) {
        if self.metadata.get_or_insert_default().api_version == V1 {
            self.chart.files.push(file);
        }
    }
}

fn refused(file: &'static str, reason: String) -> Error {
    Error::Decode { file, reason }
}

/// Keeps one of the templates that an archive has twice: Helm holds templates by name. It prints a repeated CRD twice, though.
fn drop_repeated(templates: &mut Vec<File>) {
    let mut names = BTreeSet::new();
    templates.retain(|template| names.insert(template.name.clone()));
}

/// Go's `filepath.Ext`.
fn has_extension(name: &[u8], extension: &[u8]) -> bool {
    name.rsplit(|&byte| byte == b'/').next().is_some_and(|base| base.ends_with(extension))
}

/// What a Chart.yaml says of its `apiVersion`, if it can be read that far.
pub(super) fn api_version(chart_yaml: &[u8]) -> Option<Text> {
    match yaml::read_for_struct(chart_yaml).ok()? {
        yaml::Value::Map(map) => match map.iter().filter(|(key, _)| key.eq_ignore_ascii_case(b"apiVersion")).last()?.1 {
            yaml::Value::String(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Reads Chart.lock or requirements.lock, of which the versions alone mean something to us.
pub fn read_lock(text: &[u8]) -> Result<Vec<Dependency>, Error> {
    decode::lock(text, Backend::V2).map_err(|reason| refused("Chart.lock", reason))
}

/// Reads Chart.yaml, with the dependencies of requirements.yaml laid over it, without loading the chart.
pub fn read_metadata(chart_yaml: &[u8], requirements_yaml: Option<&[u8]>) -> Result<Metadata, Error> {
    let mut metadata = Metadata::default();
    decode::metadata(&mut metadata, chart_yaml, Backend::V2).map_err(|reason| refused("Chart.yaml", reason))?;
    if let Some(requirements) = requirements_yaml.filter(|_| metadata.api_version != *"v2") {
        decode::metadata(&mut metadata, requirements, Backend::V2).map_err(|reason| refused("requirements.yaml", reason))?;
    }
    Ok(metadata)
}
