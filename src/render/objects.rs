//! What templates see at the top: `.Release`, `.Chart`, `.Files`, `.Capabilities`, `.Values`, `.Subcharts`, `.Template`.
//!
//! Every chart of a release has one context map that all its templates share, and subcharts' values are the parent's own
//! maps: what one template sets, later ones see. That is Helm's `recAllTpls`, kept step by step.

use super::dialect::ChartForm;
use super::inputs::ReleaseInputs;
use super::{chart_map, chart_struct, files};
use crate::chart::{ChartType, File};
use crate::functions::clean_path;
use crate::gotemplate::{Map, MapKind, Value};
use crate::values::Installed;
use crate::yaml::{Entries, Text};

/// One template file with the context it runs in.
pub(super) struct Template {
    /// Its path below the root chart, `CHART/templates/a.yaml`: also the name it has in the set.
    pub(super) path: Text,
    /// How many folders it is below.
    depth: usize,
    /// Its text.
    pub(super) text: Text,
    /// The context of its chart.
    pub(super) context: Map,
    /// `.Template.BasePath`.
    base_path: Text,
    /// The Go type of `.Template`.
    kind: MapKind,
}

impl Template {
    /// Puts `.Template` into the shared context, as Helm does just before each file.
    pub(super) fn enter(&self) {
        let names = [("BasePath", &self.base_path), ("Name", &self.path)];
        let entries = names.map(|(key, text)| (key.into(), Value::String(text.clone())));
        self.context.put_fleeting("Template".into(), entries.into(), self.kind);
    }
}

/// All templates of a release in the order in which Helm parses and executes them: deepest and alphabetically last first.
pub(super) fn templates(inputs: &ReleaseInputs, root: &Installed, values: &Map) -> Vec<Template> {
    let package = inputs.dialect.package;
    let shared = Shared {
        release: release(inputs),
        capabilities: inputs.capabilities.clone().into_value(package),
        values_kind: MapKind::Named(package.values()),
        chart_form: inputs.dialect.chart_form,
    };
    let mut templates = Vec::new();
    context(root, None, &shared, values, &mut templates);
    // Of two templates of one path, be they of two charts, Helm knows the later one.
    templates.reverse();
    templates.sort_by(|one, other| (other.depth, &other.path).cmp(&(one.depth, &one.path)));
    templates.dedup_by(|next, kept| next.path == kept.path);
    templates
}

struct Shared {
    release: Value,
    capabilities: Value,
    values_kind: MapKind,
    chart_form: ChartForm,
}

fn context(
    installed: &Installed,
    parent: Option<&Map>,
    shared: &Shared,
    root_values: &Map,
    templates: &mut Vec<Template>,
) -> Value {
    let values = match parent {
        Some(parent) => subchart_values(parent, &installed.name).unwrap_or_default(),
        None => root_values.clone(),
    };
    let subcharts = Map::new();
    let context_map = Map::from_entries(Entries::from([
        ("Capabilities".into(), shared.capabilities.clone()),
        ("Chart".into(), chart_object(installed, parent.is_none(), shared.chart_form)),
        ("Files".into(), files::files(&installed.chart)),
        ("Release".into(), shared.release.clone()),
        ("Subcharts".into(), Value::Map(subcharts.clone())),
        ("Values".into(), Value::Map(values.with_kind(shared.values_kind))),
    ]));
    for dependency in &installed.dependencies {
        let below = context(dependency, Some(&context_map), shared, root_values, templates);
        subcharts.insert(dependency.name.clone(), below);
    }
    collect(installed, &context_map, shared.values_kind, templates);
    Value::Map(context_map)
}

fn collect(installed: &Installed, context: &Map, kind: MapKind, templates: &mut Vec<Template>) {
    let (chart, path) = (&installed.chart, &*installed.path);
    let base_path = joined(path, b"templates");
    templates.reserve(chart.templates.len());
    for File { name, contents } in &chart.templates {
        if chart.metadata.kind() == ChartType::Library && !is_partial(name) {
            continue;
        }
        let path_below = joined(path, name);
        templates.push(Template {
            depth: memchr::memchr_iter(b'/', &path_below).count(),
            path: path_below,
            text: contents.clone(),
            // A template's whole data has that type, too; in `.Subcharts` the same maps stand without (case `root-has-a-named-type`).
            context: context.with_kind(kind),
            base_path: base_path.clone(),
            kind,
        });
    }
}

/// A path below a chart's. A chart may be named `.` before Helm 3.20, and such parts go (case `a-chart-named-dot`).
pub(super) fn joined(path: &[u8], name: &[u8]) -> Text {
    let joined = [path, b"/", name].concat();
    let is_dots = |part: &[u8]| matches!(part, b"." | b"..");
    let has_dots = memchr::memchr(b'.', path).is_some() && path.split(|&byte| byte == b'/').any(is_dots);
    if has_dots { clean_path(&joined).into() } else { joined.into() }
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

fn chart_object(installed: &Installed, is_root: bool, form: ChartForm) -> Value {
    match form {
        ChartForm::Map => chart_map::chart(installed, is_root),
        ChartForm::Struct => chart_struct::chart(installed, is_root),
    }
}

fn release(inputs: &ReleaseInputs) -> Value {
    Value::Map(Map::from_entries(Entries::from([
        ("Name".into(), Value::text(inputs.name.as_str())),
        ("Namespace".into(), Value::text(inputs.namespace.as_str())),
        ("IsUpgrade".into(), Value::Bool(inputs.is_upgrade)),
        ("IsInstall".into(), Value::Bool(!inputs.is_upgrade)),
        ("Revision".into(), Value::int(1)),
        ("Service".into(), Value::text("Helm")),
    ])))
}
