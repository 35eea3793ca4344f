//! What releases say about themselves in templates: `{{ .Release.Name }}` in a chart's path, `installedTemplate`, ….
//!
//! A release is rendered from what is written until what comes out no longer changes, each time seeing what came out before
//! (`HelmState.ExecuteTemplates`). `set`, `setString`, `condition` and inline `values` are not templates.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::layers::{self};
use super::record::{Entry, Record, Scalar, Value};
use super::template::{Overrides, ReleaseFacts, Renderer, release_data};
use super::{Environment, Error, ErrorKind};
use crate::source::is_mounted;
use crate::yaml::{self, Map, Rules, Style, Text};

/// helmfile's number of tries.
const MOST_PASSES: usize = 6;

/// What the expressions of all releases may see and use.
pub(super) struct Expressions<'a> {
    pub(super) renderer: &'a Renderer,
    pub(super) directory: &'a Path,
    pub(super) overrides: &'a Overrides,
    pub(super) environment: &'a Environment,
    pub(super) values: Arc<Map>,
}

/// The release as written in `state`, over its templates, with the state's defaults, and rendered.
pub(super) fn release(written: &Record, state: &Record, expressions: &Expressions<'_>) -> Result<Record, Error> {
    let no_templates = BTreeMap::new();
    let templates = state.named("templates").unwrap_or(&no_templates);
    let written = with_default_templates(written, state);
    let mut laid = layers::with_templates(&written, templates, &mut Vec::new())?;
    if laid.text("kubeContext").is_empty() {
        let context = state.record("helmDefaults").map(|defaults| defaults.text("kubeContext")).unwrap_or_default();
        laid.put_text("kubeContext", context);
    }
    let mut labels = laid.labels("labels");
    labels.extend(state.labels("commonLabels"));
    laid.put("labels", Value::Labels(labels));
    if laid.texts("apiVersions").is_empty() {
        laid.put("apiVersions", Value::Texts(state.texts("apiVersions").to_vec()));
    }
    if laid.text("kubeVersion").is_empty() {
        laid.put_text("kubeVersion", state.text("kubeVersion"));
    }
    let mut before = None;
    for _ in 0..MOST_PASSES {
        let seen = before.as_ref().unwrap_or(&laid);
        let data = || release_data(&facts(seen), expressions.overrides, expressions.environment, &expressions.values);
        let pass = Pass { release: &laid, expressions, data: &data, has_rendered: Cell::new(false) };
        let rendered = pass.run()?;
        // What holds no expression comes out the same next time, whatever that sees.
        if !pass.has_rendered.get() || rendered == *seen {
            return finished(rendered);
        }
        before = Some(rendered);
    }
    let name = laid.text("name");
    Err(Error::new(ErrorKind::EndlessExpressions { release: name, passes: MOST_PASSES }, Some(laid.place)))
}

/// `defaultInherit` before what the release itself inherits.
fn with_default_templates<'a>(written: &'a Record, state: &Record) -> Cow<'a, Record> {
    let defaults = state.texts("defaultInherit").iter().map(|name| name.trim()).filter(|name| !name.is_empty());
    let defaults: Vec<_> = defaults.collect();
    if defaults.is_empty() {
        return Cow::Borrowed(written);
    }
    let own: Vec<_> = written.records("inherit").iter().filter(|inherit| !inherit.text("template").trim().is_empty()).collect();
    let mut inherits: Vec<Record> = Vec::new();
    for name in defaults {
        let is_there = |inherit: &Record| inherit.text("template").trim() == name;
        if !own.iter().any(|inherit| is_there(inherit)) && !inherits.iter().any(is_there) {
            let mut inherit = Record::new(state.place_of("defaultInherit").clone());
            inherit.put_text("template", name.to_owned());
            inherits.push(inherit);
        }
    }
    inherits.extend(own.into_iter().cloned());
    let mut release = written.clone();
    release.put("inherit", Value::Records(inherits));
    Cow::Owned(release)
}

/// What templates see of a release.
pub(super) fn facts(release: &Record) -> ReleaseFacts {
    ReleaseFacts {
        name: release.text("name"),
        namespace: release.text("namespace"),
        labels: release.labels("labels"),
        chart: release.text("chart"),
        chart_version: release.text("version"),
        kube_context: release.text("kubeContext"),
    }
}

/// One rendering of all expressions of a release.
struct Pass<'a> {
    release: &'a Record,
    expressions: &'a Expressions<'a>,
    data: &'a dyn Fn() -> crate::gotemplate::Value,
    /// Whether there was an expression.
    has_rendered: Cell<bool>,
}

impl Pass<'_> {
    fn run(&self) -> Result<Record, Error> {
        let mut rendered = self.release.clone();
        for key in ["name", "chart", "namespace", "version"] {
            let text = self.text(key, &self.release.text(key))?;
            rendered.put_text(key, text.trim().to_owned());
        }
        for key in ["installedTemplate", "conditionTemplate"] {
            if let Some(template) = self.release.own_text(key) {
                let text = Scalar::Text(self.text(key, &template)?);
                rendered.put(key, Value::Own(Rc::new(RefCell::new(text))));
            }
        }
        let labels = self.release.labels("labels").into_iter().map(|(name, label)| Ok((name, self.text("labels", &label)?)));
        rendered.put("labels", Value::Labels(labels.collect::<Result<_, Error>>()?));
        for key in ["needs", "postRendererArgs"] {
            let texts = self.release.texts(key).iter().map(|text| self.text(key, text));
            rendered.put(key, Value::Texts(texts.collect::<Result<_, _>>()?));
        }
        self.values(&mut rendered)?;
        self.set(&mut rendered)?;
        Ok(rendered)
    }

    fn text(&self, key: &'static str, text: &str) -> Result<String, Error> {
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        self.has_rendered.set(true);
        let Expressions { renderer, directory, .. } = self.expressions;
        // Nobody has reviewed the programs of what is not in the repository.
        let tame = is_mounted(&self.release.place_of(key).file).then(|| renderer.without_programs());
        let renderer = tame.as_ref().unwrap_or(renderer);
        let bytes = renderer.render(&Text::from(text), key, directory, (self.data)()).map_err(|failure| {
            let release = self.release.text("name");
            let kind = ErrorKind::Expression { release, key, message: failure.message };
            Error::new(kind, Some(self.release.place_of(key).clone()))
        })?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// `valuesTemplate` comes before `values`, and of `values` only the paths are rendered.
    fn values(&self, rendered: &mut Record) -> Result<(), Error> {
        let mut entries = Vec::new();
        for entry in self.release.values("valuesTemplate") {
            let value = match &entry.value {
                map @ yaml::Value::Map(_) => self.mapping(map, entry)?,
                other => other.clone(),
            };
            entries.push(Entry { value, ..entry.clone() });
        }
        if !entries.is_empty() {
            rendered.put("valuesTemplate", Value::Values(entries.clone()));
        }
        entries.extend(self.release.values("values").iter().cloned());
        rendered.put("values", Value::Values(self.paths("values", entries)?));
        let secrets = self.release.values("secrets").to_vec();
        if !secrets.is_empty() {
            rendered.put("secrets", Value::Values(self.paths("secrets", secrets)?));
        }
        Ok(())
    }

    fn paths(&self, key: &'static str, mut entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
        for entry in &mut entries {
            if let yaml::Value::String(path) = &entry.value {
                entry.value = Text::from(self.text(key, &path.to_lossy())?).into();
            }
        }
        Ok(entries)
    }

    fn mapping(&self, map: &yaml::Value, entry: &Entry) -> Result<yaml::Value, Error> {
        let key = "valuesTemplate";
        let refuse = |error: yaml::Error| {
            let kind = ErrorKind::Expression { release: self.release.text("name"), key, message: error.to_string() };
            Error::new(kind, Some(entry.place.clone()))
        };
        let text = self.text(key, &yaml::write(map, Style::Helmfile).map_err(refuse)?)?;
        match yaml::read(text.as_bytes(), &Rules::HELMFILE).map_err(refuse)? {
            map @ yaml::Value::Map(_) => Ok(map),
            yaml::Value::Null => Ok(yaml::Value::empty_map()),
            other => {
                let found = super::environment::found(&other);
                let kind = ErrorKind::WrongType { key: key.to_owned(), wanted: "a mapping", found };
                Err(Error::new(kind, Some(entry.place.clone())))
            }
        }
    }

    fn set(&self, rendered: &mut Record) -> Result<(), Error> {
        let mut entries = Vec::new();
        for entry in self.release.records("setTemplate") {
            let mut set = entry.clone();
            for key in ["name", "value", "file"] {
                set.put_text(key, self.text("setTemplate", &entry.text(key))?);
            }
            let mut items = entry.values("values").to_vec();
            for item in &mut items {
                if let yaml::Value::String(text) = &item.value {
                    item.value = Text::from(self.text("setTemplate", &text.to_lossy())?).into();
                }
            }
            set.put("values", Value::Values(items));
            entries.push(set);
        }
        if !entries.is_empty() {
            rendered.put("setTemplate", Value::Records(entries.clone()));
        }
        entries.extend(self.release.records("set").iter().cloned());
        rendered.put("set", Value::Records(entries));
        Ok(())
    }
}

/// `installedTemplate` and `conditionTemplate` replace what they are templates for.
fn finished(mut release: Record) -> Result<Record, Error> {
    for (template, key) in [("installedTemplate", "installed"), ("conditionTemplate", "condition")] {
        let Some(text) = release.own_text(template) else { continue };
        let Some(flag) = super::decode::truth_of_text(&text) else {
            let kind = ErrorKind::WrongType { key: template.to_owned(), wanted: "true or false", found: format!("`{text}`") };
            return Err(Error::new(kind, Some(release.place_of(template).clone())));
        };
        let value = match key {
            "installed" => Value::Own(Rc::new(RefCell::new(Scalar::Flag(flag)))),
            _ => Value::Scalar(Scalar::Text(flag.to_string())),
        };
        release.put(key, value);
        release.fields.remove(template);
    }
    if release.text("chart").is_empty() {
        let kind = ErrorKind::NoChart { release: release.text("name") };
        return Err(Error::new(kind, Some(release.place)));
    }
    Ok(release)
}
