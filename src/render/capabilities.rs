//! `.Capabilities`: what charts believe about the cluster and about Helm. Values only; nobody is asked.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

use super::dialect::Dialect;
use super::values_type;
use crate::gotemplate::{FunctionError, List, ListKind, MapType, Object, Signature, Type, Value};
use crate::version::{Version, Wording};
use crate::yaml::{self, Text};

/// What charts see as `.Capabilities`.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// The Kubernetes version.
    pub kube_version: KubeVersion,
    /// The API versions, in the order in which charts range over them.
    pub api_versions: Vec<Cow<'static, str>>,
    /// The Helm version.
    pub helm_version: HelmVersion,
}

/// A Kubernetes version as `--kube-version` gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubeVersion {
    /// What charts see as `.Version`, with a leading `v`.
    pub version: String,
    /// Without build metadata and pre-release, where that is kept beside the full text.
    pub normalized: Option<String>,
    /// The first number.
    pub major: String,
    /// The second number.
    pub minor: String,
}

/// What is kept of the text of a Kubernetes version, and what text is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KubeVersionRule {
    /// A semantic version, loosely read and completed (Helm up to 3.18).
    Semantic,
    /// Its numbers, two at least (Helm 3.19 and later).
    Numbers,
    /// All of it, and beside it its numbers, which are printed and held against charts' constraints (Helm 4.1 and later).
    Full,
}

/// The Go package in which the types of `.Values` and `.Capabilities` stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// Helm 3.
    Chartutil,
    /// Helm 4.
    Common,
}

impl Package {
    /// The type of `.Values` and `.Template`.
    pub(super) fn values(self) -> &'static MapType {
        match self {
            Self::Chartutil => &values_type::CHARTUTIL,
            Self::Common => &values_type::COMMON,
        }
    }

    fn pick(self, chartutil: &'static str, common: &'static str) -> &'static str {
        match self {
            Self::Chartutil => chartutil,
            Self::Common => common,
        }
    }
}

/// What charts see as `.Capabilities.HelmVersion`. In versions whose commit is not known, texts are empty.
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
    /// Reads a version.
    ///
    /// # Errors
    /// Helm's text after `invalid kube version`.
    pub fn parse(text: &str, rule: KubeVersionRule) -> Result<Self, String> {
        if rule == KubeVersionRule::Semantic {
            let version = Version::parse(text).map_err(|error| error.worded(Wording::Capitals))?;
            return Ok(Self {
                version: format!("v{}", version.canonical()),
                normalized: None,
                major: version.major().to_string(),
                minor: version.minor().to_string(),
            });
        }
        let (bare, numbers) = generic(text)?;
        let short = format!("v{}", numbers.join("."));
        let (version, normalized) = match rule {
            KubeVersionRule::Full => (format!("v{bare}"), Some(short)),
            _ => (short, None),
        };
        Ok(Self { version, normalized, major: numbers[0].to_owned(), minor: numbers[1].to_owned() })
    }

    /// What charts' constraints are held against, and what printing the object shows.
    pub(super) fn checked(&self) -> &str {
        self.normalized.as_ref().filter(|normalized| !normalized.is_empty()).unwrap_or(&self.version)
    }
}

/// The text without its `v`, and its numbers, as Kubernetes' `ParseGeneric` reads it: two at least, the first without leading zeros.
fn generic<'text>(text: &'text str) -> Result<(&'text str, Vec<&'text str>), String> {
    let bare = text.trim().strip_prefix('v').unwrap_or(text.trim());
    let numeric_end = bare.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(bare.len());
    let numbers: Vec<&str> = bare[..numeric_end].split('.').take_while(|number| !number.is_empty()).collect();
    if numbers.is_empty() {
        return Err(format!("could not parse {text:?} as version"));
    }
    if numbers.len() < 2 {
        return Err(format!("illegal version string {text:?}"));
    }
    if let Some(number) = numbers.first().filter(|number| number.len() > 1 && number.starts_with('0')) {
        return Err(format!("illegal zero-prefixed version component {number:?} in {text:?}"));
    }
    let value = |number: &'text str| Some(number.trim_start_matches('0')).filter(|digits| !digits.is_empty()).unwrap_or("0");
    Ok((bare, numbers.into_iter().map(value).collect()))
}

impl Capabilities {
    /// What charts see unless told otherwise.
    pub fn of(dialect: &Dialect) -> Self {
        Self {
            kube_version: KubeVersion::parse(dialect.kube_version, dialect.kube_versions).unwrap_or_default(),
            api_versions: dialect.api_versions.iter().copied().map(Cow::Borrowed).collect(),
            helm_version: dialect.helm_version,
        }
    }

    /// The object as templates see it.
    pub(super) fn into_value(self, package: Package) -> Value {
        Value::Object(Rc::new(CapabilitiesObject {
            package,
            kube_version: Value::Object(Rc::new(KubeVersionObject { package, version: self.kube_version, is_passed: false })),
            api_versions: Value::Object(Rc::new(VersionSet::new(package, self.api_versions))),
            helm_version: Value::Object(Rc::new(self.helm_version)),
        }))
    }
}

/// The struct behind `.Capabilities`; its parts are made once, so that templates share them.
#[derive(Clone)]
struct CapabilitiesObject {
    package: Package,
    kube_version: Value,
    api_versions: Value,
    helm_version: Value,
}

impl Object for CapabilitiesObject {
    fn type_name(&self) -> &'static str {
        self.package.pick("*chartutil.Capabilities", "*common.Capabilities")
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

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        (method == b"Copy").then_some(Signature::of(&[]))
    }

    fn call(&self, _: &[u8], _: &[Value]) -> Option<Result<Value, FunctionError>> {
        Some(Ok(Value::Object(Rc::new(self.clone()))))
    }

    fn copied(&self) -> Option<Value> {
        let Value::Object(version) = &self.kube_version else { return None };
        Some(Value::Object(Rc::new(Self { kube_version: version.copied()?, ..self.clone() })))
    }

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(self.fields())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        plain_fields(&self.fields())
    }
}

/// The struct behind `.Capabilities.KubeVersion`. Its methods are its pointer's, which only what is still a field of
/// `.Capabilities` has.
#[derive(Clone)]
struct KubeVersionObject {
    package: Package,
    version: KubeVersion,
    is_passed: bool,
}

impl Object for KubeVersionObject {
    fn type_name(&self) -> &'static str {
        self.package.pick("chartutil.KubeVersion", "common.KubeVersion")
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let KubeVersion { version, major, minor, .. } = &self.version;
        [("Version", version), ("Major", major), ("Minor", minor)].map(|(name, text)| (name, Value::text(text.as_str()))).into()
    }

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        (!self.is_passed && matches!(method, b"GitVersion" | b"String")).then_some(Signature::of(&[]))
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        match (method, arguments) {
            (b"GitVersion", []) => Some(Ok(Value::text(self.version.version.as_str()))),
            (b"String", []) => Some(Ok(Value::text(self.version.checked()))),
            _ => None,
        }
    }

    fn printed(&self) -> Option<Text> {
        (!self.is_passed).then(|| self.version.checked().into())
    }

    fn passed(&self) -> Option<Value> {
        (!self.is_passed).then(|| Value::Object(Rc::new(Self { is_passed: true, ..self.clone() })))
    }

    /// What nobody outside can reach is not copied.
    fn copied(&self) -> Option<Value> {
        let normalized = self.version.normalized.as_ref().map(|_| String::new());
        Some(Value::Object(Rc::new(Self { version: KubeVersion { normalized, ..self.version.clone() }, ..self.clone() })))
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        let mut members = self.fields();
        if let Some(normalized) = &self.version.normalized {
            members.insert(1, ("normalizedVersion", Value::text(normalized.as_str())));
        }
        members
    }

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(self.fields())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        plain_fields(&self.fields())
    }
}

impl Object for HelmVersion {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
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

    fn json_fields(&self) -> Option<Vec<(&'static str, Value)>> {
        let json_names = ["version", "git_commit", "git_tree_state", "go_version", "kube_client_version"];
        let fields = self.fields().into_iter().zip(json_names).map(|((_, value), name)| (name, value));
        Some(fields.filter(|(_, value)| !matches!(value, Value::String(text) if text.is_empty())).collect())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        plain_fields(&self.json_fields().unwrap_or_default())
    }
}

/// `.Capabilities.APIVersions`: a `[]string` with a method `Has`.
struct VersionSet {
    package: Package,
    names: Vec<Cow<'static, str>>,
    /// The same for templates, made for the first that ranges over them: most only ask whether one is there.
    versions: OnceCell<List>,
}

impl VersionSet {
    fn new(package: Package, names: Vec<Cow<'static, str>>) -> Self {
        Self { package, names, versions: OnceCell::new() }
    }

    fn versions(&self) -> &List {
        let items = || self.names.iter().map(|name| Value::text(&**name)).collect();
        self.versions.get_or_init(|| List::typed(items(), ListKind::Strings))
    }
}

impl Object for VersionSet {
    fn type_name(&self) -> &'static str {
        self.package.pick("chartutil.VersionSet", "common.VersionSet")
    }

    fn kind(&self) -> &'static str {
        "slice"
    }

    fn signature(&self, method: &[u8]) -> Option<Signature> {
        (method == b"Has").then_some(Signature::of(&[Type::String]))
    }

    fn call(&self, method: &[u8], arguments: &[Value]) -> Option<Result<Value, FunctionError>> {
        match (method, arguments) {
            (b"Has", [Value::String(wanted)]) => {
                Some(Ok(Value::Bool(self.names.iter().any(|name| name.as_bytes() == &**wanted))))
            }
            _ => None,
        }
    }

    fn as_list(&self) -> Option<List> {
        Some(self.versions().clone())
    }

    fn to_plain(&self) -> Result<yaml::Value, String> {
        Value::List(self.versions().clone()).to_plain()
    }
}

/// The fields as a map.
pub(super) fn plain_fields(fields: &[(&'static str, Value)]) -> Result<yaml::Value, String> {
    let plain = fields.iter().map(|(name, value)| Ok(((*name).into(), value.to_plain()?)));
    Ok(yaml::Value::Map(plain.collect::<Result<yaml::Map, String>>()?.into()))
}
