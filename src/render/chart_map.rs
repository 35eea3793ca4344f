//! `.Chart` of Helm 4: a map of all fields by their Go names, empty ones too.

use crate::chart::{Dependency, Metadata};
use crate::gotemplate::{Map, MapKind, Value};
use crate::values::Installed;
use crate::yaml::Text;

/// `.Chart` of one chart.
pub(super) fn chart(installed: &Installed, is_root: bool) -> Value {
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
        ("APIVersion", api_version.clone().into()),
        ("Annotations", Value::Map(annotations)),
        ("AppVersion", app_version.clone().into()),
        ("Condition", condition.clone().into()),
        ("Dependencies", Value::list(installed.declared.iter().map(dependency_object).collect())),
        ("Deprecated", Value::Bool(*deprecated)),
        ("Description", description.clone().into()),
        ("Home", home.clone().into()),
        ("Icon", icon.clone().into()),
        ("IsRoot", Value::Bool(is_root)),
        ("Keywords", texts(keywords)),
        ("KubeVersion", kube_version.clone().into()),
        ("Maintainers", Value::list(maintainers.collect())),
        ("Name", Value::String(installed.name.clone())),
        ("Sources", texts(sources)),
        ("Tags", tags.clone().into()),
        ("Type", chart_type.clone().into()),
        ("Version", version.clone().into()),
    ])
}

fn dependency_object(dependency: &Dependency) -> Value {
    record([
        ("Alias", dependency.alias.clone().into()),
        ("Condition", dependency.condition.clone().into()),
        ("Enabled", Value::Bool(dependency.enabled)),
        ("ImportValues", Value::list(dependency.import_values.iter().map(Value::from_plain).collect())),
        ("Name", dependency.name.clone().into()),
        ("Repository", dependency.repository.clone().into()),
        ("Tags", texts(&dependency.tags)),
        ("Version", dependency.version.clone().into()),
    ])
}

fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(Map::from_entries(fields.into_iter().map(|(name, value)| (name.into(), value)).collect()))
}

fn texts(items: &[Text]) -> Value {
    Value::list(items.iter().cloned().map(Value::String).collect())
}
