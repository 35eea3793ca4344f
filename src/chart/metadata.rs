//! What Chart.yaml says, and the rules that Helm holds it to. `decode` is its only reader.

use std::collections::{BTreeMap, BTreeSet};

use crate::version::Version;
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
    /// What it declares to depend on. `None` and an empty list differ: without one, Helm leaves its subcharts unprocessed.
    pub dependencies: Option<Vec<Dependency>>,
    /// `application`, `library` or empty, as written.
    pub chart_type: Text,
    /// Which of the maintainers is the first null, if one is.
    pub(super) null_maintainer: Option<usize>,
    /// Which of the dependencies is the first null, if one is.
    pub(super) null_dependency: Option<usize>,
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

    /// The dependencies it declares, if any.
    pub fn declared(&self) -> &[Dependency] {
        self.dependencies.as_deref().unwrap_or_default()
    }

    /// Sanitises the fields that people read and checks the rest, in Helm's order.
    pub(super) fn validate(&mut self, dots_are_names: bool) -> Result<(), String> {
        let texts = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        texts.into_iter().chain(&mut self.sources).chain(&mut self.keywords).for_each(sanitise);
        self.validate_identity(dots_are_names)?;
        if self.null_maintainer.is_some() {
            return Err("maintainers must not contain empty or null nodes".to_owned());
        }
        for maintainer in &mut self.maintainers {
            [&mut maintainer.name, &mut maintainer.email, &mut maintainer.url].into_iter().for_each(sanitise);
        }
        let mut names = BTreeSet::new();
        for (index, dependency) in self.dependencies.iter_mut().flatten().enumerate() {
            if self.null_dependency == Some(index) {
                return Err("dependencies must not contain empty or null nodes".to_owned());
            }
            dependency.validate()?;
            let name = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
            if !names.insert(name.clone()) {
                return Err(format!("more than one dependency with name or alias {name:?}"));
            }
        }
        Ok(())
    }

    fn validate_identity(&self, dots_are_names: bool) -> Result<(), String> {
        let Self { name, version, .. } = self;
        if name.is_empty() {
            return Err("chart.metadata.name is required".to_owned());
        }
        if !dots_are_names && (name == "." || name == "..") {
            return Err(format!("chart.metadata.name {name:?} is not allowed"));
        }
        if name.contains(&b'/') {
            return Err(format!("chart.metadata.name {name:?} is invalid"));
        }
        if version.is_empty() {
            return Err("chart.metadata.version is required".to_owned());
        }
        if version.as_str().is_none_or(|version| Version::parse(version).is_err()) {
            return Err(format!("chart.metadata.version {version:?} is invalid"));
        }
        if ![b"".as_slice(), b"application", b"library"].contains(&self.chart_type.as_bytes()) {
            return Err("chart.metadata.type must be application or library".to_owned());
        }
        Ok(())
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

impl Dependency {
    fn validate(&mut self) -> Result<(), String> {
        let texts = [&mut self.name, &mut self.version, &mut self.repository, &mut self.condition];
        texts.into_iter().chain(&mut self.tags).for_each(sanitise);
        let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
        if self.alias.iter().all(is_allowed) {
            Ok(())
        } else {
            Err(format!("dependency {:?} has disallowed characters in the alias", self.name))
        }
    }
}

/// Makes every white space a blank and drops what does not print, by Go's `unicode.IsSpace` and `IsPrint`.
fn sanitise(text: &mut Text) {
    let is_plain = |byte: &u8| (b' '..=b'~').contains(byte);
    if !text.iter().all(is_plain) {
        let lossy = text.to_lossy();
        let keep =
            |char: char| if char.is_whitespace() { Some(' ') } else { Some(char).filter(|&char| yaml::is_printable(char)) };
        *text = lossy.chars().filter_map(keep).collect::<String>().into();
    }
}
