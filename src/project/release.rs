//! From the record of a release or repository to what other rooms see of it.

use std::path::Path;
use std::sync::Arc;

use super::decode::is_empty;
use super::keys::{Effect, HELM_DEFAULTS, RELEASE, REPOSITORY, Stage, Table};
use super::record::Record;
use super::template::Overrides;
use super::{Error, ErrorKind, MissingFile, Options, Place, Release, Repository, Set, Tls, ValuesEntry, files, hooks};
use crate::surroundings::{Surroundings, clean};
use crate::yaml::{self, json};

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
    let rows = table.keys.iter().filter_map(|row| match (row.effect, record.fields.get(row.name)) {
        (Effect::Refused(stage), Some(field)) if !is_empty(&field.value) => {
            let kind = ErrorKind::Unbuilt { what: format!("`{}.{}`", table.name, row.name) };
            Some(Refused { stage, kind, place: field.place.clone() })
        }
        _ => None,
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
