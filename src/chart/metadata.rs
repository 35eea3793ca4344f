//! Chart.yaml as Helm decodes it, and its only reader.

use std::collections::BTreeMap;

use crate::yaml::{self, Text};

/// Annotations by key.
pub type Annotations = BTreeMap<Text, Text>;

/// Chart.yaml. Fields are in the order of Helm's struct, which `.Chart` shows; an absent string is empty, as in Go.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Metadata {
    /// The chart's name.
    pub name: Text,
    /// The project's page.
    pub home: Text,
    /// Where the source code is.
    pub sources: Vec<Text>,
    /// The chart's own version, as written.
    pub version: Text,
    /// One sentence.
    pub description: Text,
    /// Search words.
    pub keywords: Vec<Text>,
    /// Who cares for it.
    pub maintainers: Vec<Maintainer>,
    /// An image's URL.
    pub icon: Text,
    /// `v1` or `v2`; `v1` where Chart.yaml has none.
    pub api_version: Text,
    /// A condition, which Helm does not look at here.
    pub condition: Text,
    /// Tags, which Helm does not look at here.
    pub tags: Text,
    /// The version of what the chart installs.
    pub app_version: Text,
    /// Whether its authors gave it up.
    pub deprecated: bool,
    /// `None` and an empty map print differently.
    pub annotations: Option<Annotations>,
    /// The Kubernetes versions it runs on, a constraint.
    pub kube_version: Text,
    /// What it declares to depend on.
    pub dependencies: Vec<Dependency>,
    /// `application`, `library` or empty, as written.
    pub chart_type: Text,
}

/// What a chart's `type` means to the renderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartType {
    /// Renders documents.
    Application,
    /// Only lends its definitions; cannot be installed.
    Library,
}

impl Metadata {
    /// What `type` means.
    pub fn kind(&self) -> ChartType {
        if self.chart_type.eq_ignore_ascii_case(b"library") { ChartType::Library } else { ChartType::Application }
    }
}

/// Somebody who cares for a chart.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Maintainer {
    /// A name.
    pub name: Text,
    /// An address.
    pub email: Text,
    /// A page.
    pub url: Text,
}

/// A chart that another chart declares to depend on.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Dependency {
    /// The chart's name; after processing, its alias where it has one.
    pub name: Text,
    /// A version constraint.
    pub version: Text,
    /// Where it comes from.
    pub repository: Text,
    /// Paths into the values, by comma; the first that holds a boolean decides.
    pub condition: Text,
    /// Names of switches below the values' `tags`.
    pub tags: Vec<Text>,
    /// Whether it takes part: as written, and true once dependencies are processed.
    pub enabled: bool,
    /// What of its values goes to its parent: strings, or maps with `child` and `parent`.
    pub import_values: Vec<yaml::Value>,
    /// The name it goes by in its parent.
    pub alias: Text,
}
