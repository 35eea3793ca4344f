//! `.Capabilities`: what charts believe about the cluster and about Helm. Values only; nobody is asked.

use std::rc::Rc;

use super::dialect::Dialect;
use crate::gotemplate::{FunctionError, List, ListKind, Object, Value};
use crate::yaml::{self, Text};

/// What charts see as `.Capabilities`.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// The Kubernetes version.
    pub kube_version: KubeVersion,
    /// The API versions, in the order in which charts range over them.
    pub api_versions: Vec<String>,
    /// The Helm version.
    pub helm_version: HelmVersion,
}

/// A Kubernetes version as `--kube-version` gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubeVersion {
    /// The full text, with a leading `v`.
    pub version: String,
    /// Without build metadata and pre-release: what printing the object shows.
    pub normalized: String,
    /// The first number.
    pub major: String,
    /// The second number.
    pub minor: String,
}

/// What charts see as `.Capabilities.HelmVersion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelmVersion {
    /// The version with a leading `v`.
    pub version: &'static str,
    /// The commit the release was built from.
    pub git_commit: &'static str,
    /// `clean` in releases.
    pub git_tree_state: &'static str,
    /// Go's version.
    pub go_version: &'static str,
    /// The Kubernetes client's version, which Helm 3 does not say.
    pub kube_client_version: Option<&'static str>,
}

impl KubeVersion {
    /// Reads a version as Kubernetes' `ParseGeneric` does: an optional `v`, at least two numbers without leading zeros.
    ///
    /// # Errors
    /// Helm's text after `invalid kube version`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.trim().strip_prefix('v').unwrap_or(text.trim());
        let numeric_end = bare.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(bare.len());
        let numbers: Vec<&str> = bare[..numeric_end].trim_end_matches('.').split('.').collect();
        if numbers.iter().any(|number| number.is_empty()) {
            return Err(format!("could not parse {text:?} as version"));
        }
        if numbers.len() < 2 {
            return Err(format!("illegal version string {text:?}"));
        }
        if let Some(number) = numbers.iter().find(|number| number.len() > 1 && number.starts_with('0')) {
            return Err(format!("illegal zero-prefixed version component {number:?} in {text:?}"));
        }
        Ok(Self {
            version: format!("v{bare}"),
            normalized: format!("v{}", numbers.join(".")),
            major: numbers[0].to_owned(),
            minor: numbers[1].to_owned(),
        })
    }
}

impl Capabilities {
    /// What charts see unless told otherwise.
    pub fn of(dialect: &Dialect) -> Self {
        Self {
            kube_version: KubeVersion::parse(dialect.kube_version).unwrap_or_default(),
            api_versions: dialect.api_versions.iter().map(|version| (*version).to_owned()).collect(),
            helm_version: dialect.helm_version,
        }
    }

    /// The object as templates see it.
    pub(super) fn into_value(self) -> Value {
        Value::Object(Rc::new(CapabilitiesObject {
            kube_version: Value::Object(Rc::new(self.kube_version)),
            api_versions: Value::Object(Rc::new(VersionSet::new(&self.api_versions))),
            helm_version: Value::Object(Rc::new(self.helm_version)),
        }))
    }
}

/// The struct behind `.Capabilities`; its parts are made once, so that templates share them.
struct CapabilitiesObject {
    kube_version: Value,
    api_versions: Value,
    helm_version: Value,
}

impl Object for CapabilitiesObject {
    fn type_name(&self) -> &'static str {
        "*common.Capabilities"
    }

    fn kind(&self) -> &'static str {
        "ptr"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("KubeVersion", self.kube_version.clone()),
            ("APIVersions", self.api_versions.clone()),
            ("HelmVersion", self.helm_version.clone()),
        ]
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        plain_fields(&self.fields())
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", Value::text(self.version.as_str())),
            ("Major", Value::text(self.major.as_str())),
            ("Minor", Value::text(self.minor.as_str())),
        ]
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        match (method, arguments) {
            (b"GitVersion", []) => Some(Ok(Value::text(self.version.as_str()))),
            (b"String", []) => Some(Ok(Value::text(self.normalized.as_str()))),
            _ => None,
        }
    }

    fn printed(&self) -> Option<Text> {
        Some(self.normalized.as_str().into())
    }

    fn raw(&self) -> Option<Text> {
        Some(format!("{{{} {} {} {}}}", self.version, self.normalized, self.major, self.minor).into())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        plain_fields(&self.fields())
    }
}

impl Object for HelmVersion {
    fn type_name(&self) -> &'static str {
        "common.BuildInfo"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let mut fields = vec![
            ("Version", Value::text(self.version)),
            ("GitCommit", Value::text(self.git_commit)),
            ("GitTreeState", Value::text(self.git_tree_state)),
            ("GoVersion", Value::text(self.go_version)),
        ];
        fields.extend(self.kube_client_version.map(|version| ("KubeClientVersion", Value::text(version))));
        fields
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        let json_names = ["version", "git_commit", "git_tree_state", "go_version", "kube_client_version"];
        let fields = self.fields().into_iter().zip(json_names).map(|((_, value), name)| (name, value));
        plain_fields(&fields.collect::<Vec<_>>())
    }
}

/// `.Capabilities.APIVersions`: a `[]string` with a method `Has`.
struct VersionSet(List);

impl VersionSet {
    fn new(versions: &[String]) -> Self {
        let items = versions.iter().map(|version| Value::text(version.as_str())).collect();
        Self(List::typed(items, ListKind::Strings))
    }
}

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        "common.VersionSet"
    }

    fn kind(&self) -> &'static str {
        "slice"
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        match (method, arguments) {
            (b"Has", [Value::String(wanted)]) => {
                let has = self.0.items().iter().any(|version| matches!(version, Value::String(version) if version == wanted));
                Some(Ok(Value::Bool(has)))
            }
            _ => None,
        }
    }

    fn as_list(&self) -> Option<List> {
        Some(self.0.clone())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Value::List(self.0.clone()).to_plain()
    }
}

fn plain_fields(fields: &[(&'static str, Value)]) -> Result<yaml::Value, String> {
    let plain = fields.iter().map(|(name, value)| Ok(((*name).into(), value.to_plain()?)));
    Ok(yaml::Value::Map(plain.collect::<Result<yaml::Map, String>>()?.into()))
}
