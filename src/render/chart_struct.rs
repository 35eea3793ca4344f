//! `.Chart` of Helm 3: Go's `struct { chart.Metadata; IsRoot bool }`, whose unknown fields are errors.
//!
//! YAML and JSON show it under the names of Chart.yaml, without what is empty.

use std::rc::Rc;

use super::capabilities::plain_fields;
use crate::chart::{Dependency, Maintainer, Metadata};
use crate::functions::Fault;
use crate::gotemplate::{FunctionError, List, ListKind, Map, MapKind, Object, Signature, Value};
use crate::values::Installed;
use crate::yaml::{self, Text};

/// `.Chart` of one chart.
pub(super) fn chart(installed: &Installed, is_root: bool) -> Value {
    let is_root = Field { name: "IsRoot", json: "IsRoot", always: true, value: Value::Bool(is_root) };
    let metadata = Struct { type_name: "chart.Metadata", kind: "struct", fields: metadata(installed), is_validated: false };
    Value::Object(Rc::new(ChartStruct { metadata: Rc::new(metadata), is_root }))
}

/// One field of a Go struct.
struct Field {
    /// Its Go name.
    name: &'static str,
    /// Its name in JSON.
    json: &'static str,
    /// Whether JSON has it even when it is empty.
    always: bool,
    value: Value,
}

impl Field {
    fn json(&self) -> Option<(&'static str, Value)> {
        let is_empty = match &self.value {
            Value::Nil | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::List(list) => list.items().is_empty(),
            Value::Map(map) => map.is_empty(),
            _ => false,
        };
        (self.always || !is_empty).then(|| (self.json, self.value.clone()))
    }
}

/// A Go struct of plain fields, or a pointer to one.
struct Struct {
    type_name: &'static str,
    kind: &'static str,
    fields: Vec<Field>,
    /// Whether it has a method `Validate`. Loading a chart calls it, so whoever calls it again is told that all is well.
    is_validated: bool,
}

impl Object for Struct {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn kind(&self) -> &'static str {
        self.kind
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.iter().map(|field| (field.name, field.value.clone())).collect()
    }

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        (self.is_validated && method == b"Validate").then_some(Signature::of(&[]))
    }

    fn call(&self, method: &[u8], _: &[Value]) -> Option<Result<Value, FunctionError>> {
        self.signature(method).map(|_| Ok(Fault::none()))
    }

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(self.fields.iter().filter_map(Field::json).collect())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        plain_fields(&self.json_fields().unwrap_or_default())
    }
}

/// The metadata embedded in a struct that also knows whether the chart is the root.
struct ChartStruct {
    metadata: Rc<Struct>,
    is_root: Field,
}

impl Object for ChartStruct {
    fn type_name(&self) -> &'static str {
        "struct { chart.Metadata; IsRoot bool }"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Metadata", Value::Object(self.metadata.clone())), (self.is_root.name, self.is_root.value.clone())]
    }

    fn promoted_fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = self.metadata.fields();
        fields.push((self.is_root.name, self.is_root.value.clone()));
        fields
    }

    /// Go promotes the fields of what is embedded.
    fn field(&self, name: &[u8]) -> Option<Value> {
        let own = self.fields().into_iter().find(|(field, _)| field.as_bytes() == name).map(|(_, value)| value);
        own.or_else(|| self.metadata.field(name))
    }

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(self.metadata.fields.iter().chain([&self.is_root]).filter_map(Field::json).collect())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        plain_fields(&self.json_fields().unwrap_or_default())
    }
}

fn field(name: &'static str, json: &'static str, value: impl Into<Value>) -> Field {
    Field { name, json, always: false, value: value.into() }
}

/// A slice as Go decodes it: nil where there is none.
fn slice(items: Vec<Value>, kind: ListKind) -> Value {
    Value::List(if items.is_empty() { List::nil(kind) } else { List::typed(items, kind) })
}

fn texts(items: &[Text]) -> Value {
    slice(items.iter().cloned().map(Value::String).collect(), ListKind::Strings)
}

fn metadata(installed: &Installed) -> Vec<Field> {
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
        None => Map::nil().with_kind(MapKind::Strings),
    };
    vec![
        field("Name", "name", installed.name.clone()),
        field("Home", "home", home.clone()),
        field("Sources", "sources", texts(sources)),
        field("Version", "version", version.clone()),
        field("Description", "description", description.clone()),
        field("Keywords", "keywords", texts(keywords)),
        field(
            "Maintainers",
            "maintainers",
            slice(maintainers.iter().map(maintainer).collect(), ListKind::Structs("[]*chart.Maintainer")),
        ),
        field("Icon", "icon", icon.clone()),
        field("APIVersion", "apiVersion", api_version.clone()),
        field("Condition", "condition", condition.clone()),
        field("Tags", "tags", tags.clone()),
        field("AppVersion", "appVersion", app_version.clone()),
        field("Deprecated", "deprecated", Value::Bool(*deprecated)),
        field("Annotations", "annotations", Value::Map(annotations)),
        field("KubeVersion", "kubeVersion", kube_version.clone()),
        field(
            "Dependencies",
            "dependencies",
            slice(installed.declared.iter().map(dependency).collect(), ListKind::Structs("[]*chart.Dependency")),
        ),
        field("Type", "type", chart_type.clone()),
    ]
}

fn maintainer(maintainer: &Maintainer) -> Value {
    let fields = vec![
        field("Name", "name", maintainer.name.clone()),
        field("Email", "email", maintainer.email.clone()),
        field("URL", "url", maintainer.url.clone()),
    ];
    Value::Object(Rc::new(Struct { type_name: "*chart.Maintainer", kind: "ptr", fields, is_validated: true }))
}

fn dependency(dependency: &Dependency) -> Value {
    let imports = dependency.import_values.iter().map(Value::from_plain).collect();
    let fields = vec![
        Field { always: true, ..field("Name", "name", dependency.name.clone()) },
        field("Version", "version", dependency.version.clone()),
        Field { always: true, ..field("Repository", "repository", dependency.repository.clone()) },
        field("Condition", "condition", dependency.condition.clone()),
        field("Tags", "tags", texts(&dependency.tags)),
        field("Enabled", "enabled", Value::Bool(dependency.enabled)),
        field("ImportValues", "import-values", slice(imports, ListKind::Any)),
        field("Alias", "alias", dependency.alias.clone()),
    ];
    Value::Object(Rc::new(Struct { type_name: "*chart.Dependency", kind: "ptr", fields, is_validated: true }))
}
