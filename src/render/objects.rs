//! What templates see at the top: `.Release`, `.Chart`, `.Files`, `.Capabilities`, `.Values`, `.Subcharts`, `.Template`.
//!
//! Every chart of a release has one context map that all its templates share, and subcharts' values are the parent's own
//! maps: what one template sets, later ones see. That is Helm's `recAllTpls`, kept step by step.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::files;
use super::inputs::ReleaseInputs;
use super::values_type::VALUES;
use crate::chart::{Chart, ChartType, Dependency, File, Metadata};
use crate::gotemplate::{Map, MapKind, Value};
use crate::values::Installed;
use crate::yaml::Text;

/// One template file with the context it runs in.
pub(super) struct Template {
    /// Its path below the root chart, `CHART/templates/a.yaml`: also the name it has in the set.
    pub(super) path: Text,
    /// Its text.
    pub(super) text: Text,
    /// The context of its chart.
    pub(super) context: Map,
    /// `.Template.BasePath`.
    base_path: Text,
}

impl Template {
    /// Puts `.Template` into the shared context, as Helm does just before each file.
    pub(super) fn enter(&self) {
        let names = [("Name", &self.path), ("BasePath", &self.base_path)];
        let entries = names.map(|(key, text)| (key.into(), Value::String(text.clone())));
        let template = Map::typed(BTreeMap::from(entries), MapKind::Named(&VALUES));
        self.context.insert("Template".into(), Value::Map(template));
    }
}

/// All templates of a release in no particular order.
pub(super) fn templates(inputs: &ReleaseInputs, root: &Installed, values: &Map) -> Vec<Template> {
    let shared = Shared { release: release(inputs), capabilities: inputs.capabilities.clone().into_value() };
    let mut templates = Vec::new();
    context(root, None, &shared, values, &mut templates);
    templates
}

struct Shared {
    release: Value,
    capabilities: Value,
}

/// The chart around a subchart: its path and its context.
struct Parent<'parent> {
    path: &'parent [u8],
    context: &'parent Map,
}

fn context(
    installed: &Installed,
    parent: Option<&Parent<'_>>,
    shared: &Shared,
    root_values: &Map,
    templates: &mut Vec<Template>,
) -> Value {
    let path = match parent {
        Some(parent) => [parent.path, b"/charts/", &installed.name].concat(),
        None => installed.name.to_vec(),
    };
    let values = match parent {
        Some(parent) => subchart_values(parent.context, &installed.name).unwrap_or_default(),
        None => root_values.clone(),
    };
    let subcharts = Map::new();
    let context_map = Map::from_entries(BTreeMap::from([
        ("Chart".into(), chart_object(installed, parent.is_none())),
        ("Files".into(), files::files(&installed.chart)),
        ("Release".into(), shared.release.clone()),
        ("Capabilities".into(), shared.capabilities.clone()),
        ("Values".into(), Value::Map(values.with_kind(MapKind::Named(&VALUES)))),
        ("Subcharts".into(), Value::Map(subcharts.clone())),
    ]));
    let here = Parent { path: &path, context: &context_map };
    for dependency in &installed.dependencies {
        let below = context(dependency, Some(&here), shared, root_values, templates);
        subcharts.insert(dependency.name.clone(), below);
    }
    collect(&installed.chart, &here, templates);
    Value::Map(context_map)
}

fn collect(chart: &Arc<Chart>, here: &Parent<'_>, templates: &mut Vec<Template>) {
    for File { name, contents } in &chart.templates {
        if chart.metadata.kind() == ChartType::Library && !is_partial(name) {
            continue;
        }
        templates.push(Template {
            path: [here.path, b"/", name].concat().into(),
            text: contents.clone(),
            context: here.context.clone(),
            base_path: [here.path, b"/templates"].concat().into(),
        });
    }
}

/// Whether a file's base name starts with `_`, so that it holds definitions and prints nothing.
pub(super) fn is_partial(path: &[u8]) -> bool {
    path.rsplit(|&byte| byte == b'/').next().is_some_and(|name| name.starts_with(b"_"))
}

/// Helm looks the values up by a dotted path, so a chart whose name has a dot gets none (case `subchart-name-with-dot`).
fn subchart_values(parent: &Map, name: &[u8]) -> Option<Map> {
    let Value::Map(mut table) = parent.get(b"Values")? else { return None };
    for key in name.split(|&byte| byte == b'.') {
        table = match table.get(key)? {
            Value::Map(below) => below,
            _ => return None,
        };
    }
    Some(table)
}

fn release(inputs: &ReleaseInputs) -> Value {
    Value::Map(Map::from_entries(BTreeMap::from([
        ("Name".into(), Value::text(inputs.name.as_str())),
        ("Namespace".into(), Value::text(inputs.namespace.as_str())),
        ("IsUpgrade".into(), Value::Bool(inputs.is_upgrade)),
        ("IsInstall".into(), Value::Bool(!inputs.is_upgrade)),
        ("Revision".into(), Value::int(1)),
        ("Service".into(), Value::text("Helm")),
    ])))
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(Map::from_entries(fields.into_iter().map(|(name, value)| (name.into(), value)).collect()))
}

fn texts(items: &[Text]) -> Value {
    Value::list(items.iter().cloned().map(Value::String).collect())
}

/// `.Chart` of Helm 4: a map of all fields, empty ones too.
fn chart_object(installed: &Installed, is_root: bool) -> Value {
    let Metadata {
        home,
        version,
        description,
        keywords,
        sources,
        maintainers,
        icon,
        api_version,
        condition,
        tags,
        app_version,
        deprecated,
        annotations,
        kube_version,
        chart_type,
        ..
    } = &installed.chart.metadata;
    let annotations = match annotations {
        Some(annotations) => {
            let entries = annotations.iter().map(|(key, value)| (key.clone(), value.clone().into()));
            Map::typed(entries.collect(), MapKind::Strings)
        }
        // A nil map prints as an empty one, but YAML and JSON say null.
        None => Map::nil().with_kind(MapKind::Strings),
    };
    let maintainers = maintainers.iter().map(|maintainer| {
        record([
            ("Name", maintainer.name.clone().into()),
            ("Email", maintainer.email.clone().into()),
            ("URL", maintainer.url.clone().into()),
        ])
    });
    record([
        ("Name", Value::String(installed.name.clone())),
        ("Home", home.clone().into()),
        ("Sources", texts(sources)),
        ("Version", version.clone().into()),
        ("Description", description.clone().into()),
        ("Keywords", texts(keywords)),
        ("Maintainers", Value::list(maintainers.collect())),
        ("Icon", icon.clone().into()),
        ("APIVersion", api_version.clone().into()),
        ("Condition", condition.clone().into()),
        ("Tags", tags.clone().into()),
        ("AppVersion", app_version.clone().into()),
        ("Deprecated", Value::Bool(*deprecated)),
        ("Annotations", Value::Map(annotations)),
        ("KubeVersion", kube_version.clone().into()),
        ("Dependencies", Value::list(installed.declared.iter().map(dependency_object).collect())),
        ("Type", chart_type.clone().into()),
        ("IsRoot", Value::Bool(is_root)),
    ])
}

fn dependency_object(dependency: &Dependency) -> Value {
    record([
        ("Name", dependency.name.clone().into()),
        ("Version", dependency.version.clone().into()),
        ("Repository", dependency.repository.clone().into()),
        ("Condition", dependency.condition.clone().into()),
        ("Tags", texts(&dependency.tags)),
        ("Enabled", Value::Bool(dependency.enabled)),
        ("ImportValues", Value::list(dependency.import_values.iter().map(Value::from_plain).collect())),
        ("Alias", dependency.alias.clone().into()),
    ])
}
