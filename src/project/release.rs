//! From the record of a release or repository to what other rooms see of it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::decode::is_empty;
use super::keys::{Effect, HELM_DEFAULTS, RELEASE, REPOSITORY, Stage, Table};
use super::record::Record;
use super::template::Overrides;
use super::{Error, ErrorKind, Hook, Options, Place, files, hooks, post_renderer, select};
use crate::source::{ChartRef, GitReference, Remote};
use crate::surroundings::{Surroundings, clean};
use crate::version::Constraint;
use crate::yaml::{self, json};

/// An entry of `repositories`.
#[derive(Clone, PartialEq, Eq)]
pub struct Repository {
    /// The name releases call it by.
    pub name: String,
    /// As written; without a scheme for OCI.
    pub url: String,
    /// Whether it is an OCI registry.
    pub oci: bool,
    /// The user, from here or from `<NAME>_USERNAME`.
    pub username: Option<String>,
    /// The password, from here or from `<NAME>_PASSWORD`. Never shown.
    pub password: Option<String>,
    /// Certificates and TLS.
    pub tls: Tls,
    /// Credentials go to other hosts too.
    pub pass_credentials: bool,
    /// The file with registry credentials.
    pub registry_config: Option<PathBuf>,
    /// Where it stands.
    pub place: Place,
}

/// How a repository's host is trusted.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tls {
    /// Certificates of the authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate.
    pub certificate_file: Option<PathBuf>,
    /// The client's key.
    pub key_file: Option<PathBuf>,
    /// The host's certificate is not checked.
    pub skip_verify: bool,
    /// HTTP instead of HTTPS, for registries.
    pub plain_http: bool,
}

impl fmt::Debug for Repository {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("name", &self.name)
            .field("url", &self.url)
            .field("oci", &self.oci)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// One named install of a chart.
#[allow(clippy::struct_excessive_bools, reason = "these are flags of helmfile.yaml, each on its own")]
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its namespace; empty if helmfile.yaml names none.
    pub namespace: String,
    /// Its kube context; part of its identity.
    pub kube_context: String,
    /// The chart as written, with its expressions rendered.
    pub chart: String,
    /// What that means; `None` if it cannot be told, and [`Project::requests`](super::Project::requests) says why.
    pub source: Option<ReleaseChart>,
    /// The version constraint as written; empty if there is none.
    pub version: String,
    /// Whether versions before a release may be chosen.
    pub devel: bool,
    /// Charts that are added to its chart as subcharts.
    pub dependencies: Vec<AdHoc>,
    /// Labels, with helmfile's own `name`, `namespace` and `chart`.
    pub labels: BTreeMap<String, String>,
    /// Value files and inline values, in order.
    pub values: Vec<ValuesEntry>,
    /// Encrypted value files and inline values, in order, which follow all others.
    pub secrets: Vec<ValuesEntry>,
    /// What `--set`, `--set-file` and `--set-string` get, in order.
    pub set: Vec<Set>,
    /// `installed`.
    pub installed: bool,
    /// Whether `condition` holds.
    pub enabled: bool,
    /// Whether the selectors, the condition and `needs` let it take part. See also [`Release::installed`].
    pub selected: bool,
    /// The identities of the releases that it needs.
    pub needs: Vec<String>,
    /// What becomes of missing values files.
    pub missing_file_handler: MissingFile,
    /// `--api-versions`.
    pub api_versions: Vec<String>,
    /// `--kube-version`.
    pub kube_version: Option<String>,
    /// The values are not checked against the chart's schema.
    pub skip_schema_validation: bool,
    /// `getHostByName` asks the network.
    pub enable_dns: bool,
    /// Its registry is spoken to by HTTP.
    pub plain_http: bool,
    /// The certificate of its registry's host is not checked.
    pub skip_tls_verify: bool,
    /// The namespace that manifests get which name none; empty if they are left alone.
    pub force_namespace: String,
    /// Where it stands.
    pub place: Place,
    /// Which of the project's states it belongs to.
    pub(super) state: usize,
    /// What it says beside its chart, its values and what it is called.
    pub written: Arc<yaml::Map>,
    pub(super) chart_place: Place,
    pub(super) needs_place: Place,
    pub(super) condition: String,
    pub(super) condition_place: Place,
    /// The chart before `--chart` or `chart` replaced it: what helmfile's label `chart` shows.
    pub(super) written_chart: String,
    pub(super) post_renderer: post_renderer::Written,
    pub(super) hooks: Vec<Hook>,
    pub(super) refused: Vec<Refused>,
}

/// What a release's `chart` means.
#[derive(Clone, Debug, PartialEq)]
pub enum ReleaseChart {
    /// A chart of a repository or registry, which the lock pins.
    Remote {
        /// The chart.
        chart: ChartRef,
        /// The versions that may be chosen, perhaps of one manifest only.
        constraint: Constraint,
    },
    /// A folder of a git repository, which the lock pins.
    Git(GitReference),
    /// A chart's archive at an address, or a folder of an archive there, which the lock pins.
    Address(Remote),
    /// A folder or an archive beside the project.
    Local {
        /// Its path.
        path: PathBuf,
        /// Its path as the lock has it: from where the lock's paths begin.
        relative: PathBuf,
    },
    /// A folder of plain manifests beside the project, of which helmfile makes a chart.
    Manifests {
        /// Its path.
        path: PathBuf,
    },
}

/// A chart that a release adds to its own chart (`dependencies`).
#[derive(Clone, Debug, PartialEq)]
pub struct AdHoc {
    /// What it is.
    pub source: ReleaseChart,
    /// Its name as a dependency.
    pub name: String,
    /// The name that it goes by in the release's chart; empty if that is its own.
    pub alias: String,
    /// The version as written.
    pub version: String,
    pub(super) place: Place,
}

impl Release {
    /// The git folders that are its chart or charts added to it.
    pub fn git_charts(&self) -> impl Iterator<Item = &GitReference> {
        let added = self.dependencies.iter().map(|added| &added.source);
        self.source.iter().chain(added).filter_map(|source| match source {
            ReleaseChart::Git(reference) => Some(reference),
            _ => None,
        })
    }

    /// The addresses that have its chart or charts added to it.
    pub fn addresses(&self) -> impl Iterator<Item = &Remote> {
        let added = self.dependencies.iter().map(|added| &added.source);
        self.source.iter().chain(added).filter_map(|source| match source {
            ReleaseChart::Address(remote) => Some(remote),
            _ => None,
        })
    }

    /// Whether helmfile has its chart print manifests a first time, and renders what it makes of them.
    pub fn is_printed_twice(&self) -> bool {
        !self.force_namespace.is_empty() || matches!(self.source, Some(ReleaseChart::Manifests { .. }))
    }

    /// The namespace that manifests get which name none, if they get one.
    pub fn added_namespace(&self) -> Option<&str> {
        let is_plain = matches!(self.source, Some(ReleaseChart::Manifests { .. }));
        let own = is_plain.then_some(self.namespace.as_str());
        [Some(self.force_namespace.as_str()), own].into_iter().flatten().find(|namespace| !namespace.is_empty())
    }

    /// Its chart before `--chart` or the key `chart` replaced it, which is what helmfile lists.
    pub fn written_chart(&self) -> &str {
        &self.written_chart
    }

    /// `[kube context/][namespace/]name`, as `needs` names releases.
    pub fn identity(&self) -> String {
        select::identity(&self.kube_context, &self.namespace, &self.name)
    }
}

/// One entry of a release's `values`.
#[derive(Clone, Debug, PartialEq)]
pub enum ValuesEntry {
    /// A file or a glob, relative to the state file's directory.
    File {
        /// As written, with its prefix.
        path: String,
        /// Where it stands.
        place: Place,
    },
    /// Values as they stand.
    Inline {
        /// The values.
        values: Arc<yaml::Map>,
        /// Where they stand.
        place: Place,
    },
}

/// One argument of a `--set…` flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// `--set`: `name=value` with helm's own typing.
    Typed(String),
    /// `--set` of `env`: names with the values of variables.
    Variables(String),
    /// `--set-string`.
    Text(String),
    /// `--set-file`: the value is the file's text.
    File {
        /// The path of the value.
        name: String,
        /// The file.
        path: PathBuf,
    },
}

/// What becomes of a file that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum MissingFile {
    /// It is an error.
    #[default]
    Error,
    /// It is left out and told.
    Warn,
    /// It is left out and told under `-v`.
    Info,
    /// It is left out silently.
    Debug,
}

/// A key whose meaning is not built, or something else that stands in the way of a stage.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused {
    pub(super) stage: Stage,
    pub(super) kind: ErrorKind,
    pub(super) place: Place,
}

/// What a state's keys outside of releases stand in the way of.
pub(super) fn refused(state: &Record) -> Vec<Refused> {
    let mut refused = Vec::new();
    if let Some(defaults) = state.record("helmDefaults") {
        refused.extend(refused_in(defaults, &HELM_DEFAULTS));
    }
    for repository in state.records("repositories") {
        refused.extend(refused_in(repository, &REPOSITORY));
    }
    refused
}

fn refused_in(record: &Record, table: &'static Table) -> Vec<Refused> {
    let rows = table.keys.iter().filter_map(|row| {
        let Effect::Refused(stage) = row.effect else { return None };
        let field = record.fields.get(row.name).filter(|field| !is_empty(&field.value))?;
        let kind = ErrorKind::Unbuilt { what: format!("`{}.{}`", table.name, row.name) };
        Some(Refused { stage, kind, place: field.place.clone() })
    });
    rows.collect()
}

/// The release that a finished record says.
pub(super) fn of(record: &Record, state: &Record, overrides: &Overrides, options: &Options) -> Result<Release, Error> {
    let no_defaults = Record::new(state.place.clone());
    let defaults = state.record("helmDefaults").unwrap_or(&no_defaults);
    let pick = |text: String, override_: &str| if override_.is_empty() { text } else { override_.to_owned() };
    let handler = record.own_text("missingFileHandler").or_else(|| state.own_text("missingFileHandler"));
    let kube_version = options.kube_version.clone().unwrap_or_else(|| record.text("kubeVersion"));
    let flag = |key| record.flag(key).or_else(|| defaults.flag(key)).unwrap_or_default();
    // A release's `skipSchemaValidation: false` does not take back the default's true (`shouldSkipSchemaValidation`).
    let skips_schema = [record, defaults].into_iter().any(|record| record.flag("skipSchemaValidation") == Some(true));
    let mut release = Release {
        name: record.text("name"),
        namespace: pick(record.text("namespace"), &overrides.namespace),
        kube_context: pick(record.text("kubeContext"), &overrides.kube_context),
        chart: pick(record.text("chart"), &overrides.chart),
        written_chart: record.text("chart"),
        version: record.text("version"),
        devel: flag("devel"),
        labels: record.labels("labels"),
        source: None,
        dependencies: Vec::new(),
        condition: record.text("condition"),
        condition_place: record.place_of("condition").clone(),
        chart_place: record.place_of("chart").clone(),
        needs_place: record.place_of("needs").clone(),
        values: Vec::new(),
        secrets: Vec::new(),
        set: Vec::new(),
        installed: record.flag("installed").unwrap_or(true),
        enabled: true,
        selected: true,
        needs: record.texts("needs").to_vec(),
        missing_file_handler: files::missing_file(handler.as_deref()).unwrap_or(MissingFile::Error),
        api_versions: record.texts("apiVersions").to_vec(),
        kube_version: Some(kube_version).filter(|version| !version.is_empty()),
        skip_schema_validation: skips_schema,
        enable_dns: flag("enableDNS"),
        plain_http: flag("plainHttp"),
        skip_tls_verify: flag("insecureSkipTLSVerify"),
        force_namespace: record.text("forceNamespace"),
        post_renderer: post_renderer::of(record),
        hooks: hooks::of(record)?,
        refused: refused_in(record, &RELEASE),
        place: record.place.clone(),
        state: 0,
        written: Arc::default(),
    };
    if let Some(name) = handler.filter(|name| files::missing_file(Some(name)).is_none()) {
        let kind = ErrorKind::WrongMissingFileHandler { name };
        let place = record.place_of("missingFileHandler").clone();
        release.refused.push(Refused { stage: Stage::Output, kind, place });
    }
    release.values = values(record, "values")?;
    release.secrets = values(record, "secrets")?;
    Ok(release)
}

fn values(record: &Record, key: &str) -> Result<Vec<ValuesEntry>, Error> {
    let prefix = record.text("valuesPathPrefix");
    let entry = |entry: &super::record::Entry| match &entry.value {
        yaml::Value::String(path) => Ok(ValuesEntry::File { path: format!("{prefix}{path}"), place: entry.place.clone() }),
        yaml::Value::Map(values) => Ok(ValuesEntry::Inline { values: values.clone(), place: entry.place.clone() }),
        other => {
            let found = super::environment::found(other);
            let kind = ErrorKind::WrongType { key: format!("releases[].{key}[]"), wanted: "a path or a mapping", found };
            Err(Error::new(kind, Some(entry.place.clone())))
        }
    };
    record.values(key).iter().map(entry).collect()
}

/// The arguments of `--set` and its like, as helmfile makes them from `set`, `setString` and `env`.
pub(super) fn sets(record: &Record, directory: &Path, surroundings: &Surroundings) -> (Vec<Set>, Vec<Refused>) {
    let (mut sets, mut refused) = (Vec::new(), Vec::new());
    for set in record.records("set") {
        let name = escaped(&set.text("name"));
        let (value, file) = (set.text("value"), set.text("file"));
        if !value.is_empty() {
            sets.push(Set::Typed(format!("{name}={}", escaped(&value))));
        } else if !file.is_empty() {
            sets.push(Set::File { name, path: clean(&directory.join(file)) });
        } else if !set.values("values").is_empty() {
            sets.push(Set::Typed(format!("{name}={{{}}}", items(set))));
        }
    }
    for set in record.records("setString") {
        let (name, value) = (escaped(&set.text("name")), set.text("value"));
        if !value.is_empty() {
            sets.push(Set::Text(format!("{name}={}", escaped(&value))));
        } else if !set.values("values").is_empty() {
            sets.push(Set::Text(format!("{name}={{{}}}", items(set))));
        }
    }
    let mut variables = Vec::new();
    for entry in record.records("env") {
        let name = entry.text("value");
        if let Some(value) = surroundings.variable(&name) {
            surroundings.secrets.keep_variable(&name, value);
            variables.push(format!("{}={}", escaped(&entry.text("name")), escaped(value)));
        } else {
            let kind = ErrorKind::MissingVariable { name };
            refused.push(Refused { stage: Stage::Output, kind, place: entry.place.clone() });
        }
    }
    if !variables.is_empty() {
        sets.push(Set::Variables(variables.join(",")));
    }
    (sets, refused)
}

fn items(set: &Record) -> String {
    let item = |item: &super::record::Entry| match &item.value {
        yaml::Value::String(text) => escaped(&text.to_lossy()),
        other => escaped(&json::write(other, json::Escape::Html, json::Backend::V2).unwrap_or_default()),
    };
    set.values("values").iter().map(item).collect::<Vec<_>>().join(",")
}

/// What was there before [`escaped`].
pub(super) fn unescaped(text: &str) -> String {
    text.replace("\\{", "{").replace("\\}", "}").replace("\\,", ",")
}

/// helmfile keeps helm's `--set` from taking these for its own.
pub(super) fn escaped(text: &str) -> String {
    text.replace('{', "\\{").replace('}', "\\}").replace(',', "\\,")
}

/// The password that stands in a URL.
fn password_in(url: &str) -> Option<&str> {
    let (authority, _) = url.split_once("://")?.1.split_once('/').unwrap_or((url.split_once("://")?.1, ""));
    Some(authority.rsplit_once('@')?.0.split_once(':')?.1)
}

/// The repositories of a state.
pub(super) fn repositories(state: &Record, surroundings: &Surroundings, directory: &Path) -> Vec<Repository> {
    let file = |text: String| (!text.is_empty()).then(|| clean(&directory.join(text)));
    let keep = |secret: Option<&str>| secret.into_iter().for_each(|secret| surroundings.secrets.keep(secret));
    let repository = |record: &Record| {
        let name = record.text("name");
        let variable = |suffix: &str| {
            let name = format!("{}_{suffix}", name.to_uppercase().replace('-', "_"));
            surroundings.variable(&name).map(str::to_owned)
        };
        let given = |key: &str, suffix: &str| {
            Some(record.text(key)).filter(|text| !text.is_empty()).or_else(|| variable(suffix)).filter(|text| !text.is_empty())
        };
        let (url, password) = (record.text("url"), given("password", "PASSWORD"));
        keep(password.as_deref());
        keep(password_in(&url));
        Repository {
            url,
            oci: record.flag("oci").unwrap_or_default(),
            username: given("username", "USERNAME"),
            password,
            tls: Tls {
                ca_file: file(record.text("caFile")),
                certificate_file: file(record.text("certFile")),
                key_file: file(record.text("keyFile")),
                skip_verify: record.flag("skipTLSVerify").unwrap_or_default(),
                plain_http: record.flag("plainHttp").unwrap_or_default(),
            },
            pass_credentials: record.flag("passCredentials").unwrap_or_default(),
            registry_config: file(record.text("registryConfig")),
            place: record.place.clone(),
            name,
        }
    };
    state.records("repositories").iter().map(repository).collect()
}
