//! The state files and the values files of one environment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::charts::Shelf;
use super::{HEAD, Live};
use crate::cli::charts::Charts;
use crate::cli::error::Error;
use crate::cli::renderer;
use crate::project::{Project, Release, WrittenState, WrittenValues};
use crate::yaml::{self, Map, Style, Text, Value};

/// Writes one environment.
pub(super) struct Writer<'run> {
    project: &'run Project,
    charts: &'run Charts<'run>,
    kube_version: &'run str,
    shelf: &'run mut Shelf,
    live: &'run Live,
    files: Vec<(Text, Vec<u8>)>,
    /// What the user must know.
    warnings: BTreeSet<String>,
    /// The folders of values that are taken.
    folders: BTreeSet<String>,
}

/// One environment, written.
pub(super) struct Written {
    /// Its files.
    pub(super) files: Vec<(Text, Vec<u8>)>,
    /// What the user must know.
    pub(super) warnings: BTreeSet<String>,
}

/// helmfile has a hook's script relative to the state file, and an export has no scripts.
const SCRIPT_STARTS: [&str; 2] = ["./", "../"];

/// Flags of `helmDefaults.args` that name files, which an export would lack.
const WITH_FILES: [&str; 4] = ["--values", "-f", "--set-file", "--post-renderer"];

impl<'run> Writer<'run> {
    /// Nothing is written yet.
    pub(super) fn new(
        project: &'run Project,
        charts: &'run Charts<'run>,
        kube_version: &'run str,
        shelf: &'run mut Shelf,
        live: &'run Live,
    ) -> Self {
        Self {
            project,
            charts,
            kube_version,
            shelf,
            live,
            files: Vec::new(),
            warnings: BTreeSet::new(),
            folders: BTreeSet::new(),
        }
    }

    /// What was written.
    pub(super) fn finish(self) -> Written {
        Written { files: self.files, warnings: self.warnings }
    }

    /// Writes one state file with the values of its releases.
    pub(super) fn state(&mut self, state: &WrittenState<'_>, number: Option<usize>) -> Result<(), Error> {
        let is_wanted = |release: &Release| release.selected;
        let mut releases = Vec::new();
        let mut has_idle = false;
        let needed = needed(&state.releases);
        for release in &state.releases {
            if is_wanted(release) {
                releases.push(Value::Map(Arc::new(self.release(release)?)));
            } else if needed.contains(&release.identity()) {
                // It takes no part, and still it has its place in the order of output.
                has_idle = true;
                let mut keys = identity(release);
                keys.insert("condition".into(), "never.enabled".into());
                keys.insert("chart".into(), "./none".into());
                releases.push(Value::Map(Arc::new(keys)));
            }
        }
        if releases.is_empty() {
            return Ok(());
        }
        let mut keys = state.keys.clone();
        self.warn_of_scripts(keys.get(b"hooks".as_slice()), &state.path.display().to_string());
        if let Some(Value::Map(defaults)) = keys.get(b"helmDefaults".as_slice()) {
            self.warn_of_post_renderer(defaults, "helmDefaults");
        }
        keys.insert("kubeVersion".into(), self.kube_version.into());
        keys.insert("releases".into(), Value::List(releases.into()));
        if has_idle {
            let never = map([("never", map([("enabled", Value::Bool(false))]))]);
            keys.insert("values".into(), Value::List([never].into()));
        }
        let environment = map([("environments", map([(self.project.environment.as_str(), Value::empty_map())]))]);
        // What stands there is what shall stand there: no template but those of hooks is left, which run later.
        let text = format!("{}---\n{}", print(&environment)?, print(&Value::Map(Arc::new(keys)))?).replace("{{", "{{`{{`}}");
        let stem = state.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = [".gotmpl", ".yaml", ".yml"].iter().fold(stem.as_str(), |stem, end| stem.strip_suffix(end).unwrap_or(stem));
        let name = number.map_or_else(|| "helmfile".to_owned(), |number| format!("{number:03}-{}", word(stem)));
        self.write(&format!("{name}.yaml.gotmpl"), format!("{HEAD}{text}").into_bytes());
        Ok(())
    }

    fn release(&mut self, release: &Release) -> Result<Map, Error> {
        let refused = |reason: String| Error::Refused(format!("release `{}` ({}): {reason}", release.name, release.place));
        let arguments = self.project.helm_arguments(release, &[]);
        let flag = |word: &str| word.split('=').next().is_some_and(|flag| WITH_FILES.contains(&flag));
        if let Some(word) = arguments.iter().flat_map(|argument| argument.split_whitespace()).find(|word| flag(word)) {
            return Err(refused(format!("`helmDefaults` gives helm `{word}`, and an export cannot have that file")));
        }
        let chart = self.charts.of(release)?;
        let (name, version) = (chart.metadata.name.to_lossy(), chart.metadata.version.to_lossy());
        let archive = self.shelf.put(&name, &version, self.charts.archive_of(release)?);
        let mut keys = (*release.written).clone();
        keys.extend(identity(release));
        keys.insert("chart".into(), format!("../../charts/{archive}").as_str().into());
        let whose = format!("release `{}`", release.name);
        self.warn_of_scripts(keys.get(b"hooks".as_slice()), &whose);
        self.warn_of_post_renderer(&keys, &whose);
        let folder = self.folder(release);
        let written = self.project.written_values(release, &version, &self.live.surroundings);
        let written = written.map_err(|error| renderer::no_inputs(release, error.into(), &[]))?;
        let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (index, WrittenValues { file_name, text, is_encrypted }) in written.into_iter().enumerate() {
            self.warn_of_references(&text, release);
            let file = format!("{folder}/{}-{}", index + 1, word(file_name.as_deref().unwrap_or("inline.yaml")));
            lists.entry(if is_encrypted { "secrets" } else { "values" }).or_default().push(file.as_str().into());
            self.write(&file, text);
        }
        keys.extend(lists.into_iter().map(|(key, files)| (key.into(), Value::List(files.into()))));
        self.files_of_sets(&mut keys, &folder).map_err(refused)?;
        Ok(keys)
    }

    /// Takes the files of `set` along.
    fn files_of_sets(&mut self, keys: &mut Map, folder: &str) -> Result<(), String> {
        let Some(Value::List(sets)) = keys.get(b"set".as_slice()).cloned() else { return Ok(()) };
        let mut copied = Vec::new();
        for (index, set) in sets.iter().enumerate() {
            let (Value::Map(set), Some(path)) = (set, set.get("file").and_then(Value::as_text)) else {
                copied.push(set.clone());
                continue;
            };
            let bytes = self.live.surroundings.read(Path::new(path.to_lossy().as_ref())).map_err(|error| error.to_string())?;
            let file = format!("{folder}/set-{}.txt", index + 1);
            let mut set = (**set).clone();
            set.insert("file".into(), file.as_str().into());
            copied.push(Value::Map(Arc::new(set)));
            self.write(&file, bytes);
        }
        keys.insert("set".into(), Value::List(copied.into()));
        Ok(())
    }

    fn folder(&mut self, release: &Release) -> String {
        let names = [release.name.clone(), format!("{}.{}", release.namespace, release.name)];
        let mut candidates = names.into_iter().chain((2_usize..).map(|number| format!("{}-{number}", release.name)));
        let free = candidates.find(|name| self.folders.insert(word(name)));
        format!("values/{}", word(&free.unwrap_or_default()))
    }

    fn write(&mut self, file: &str, bytes: Vec<u8>) {
        self.files.push((format!("environments/{}/{file}", self.project.environment).as_str().into(), bytes));
    }

    fn warn_of_scripts(&mut self, hooks: Option<&Value>, whose: &str) {
        let Some(Value::List(hooks)) = hooks else { return };
        for command in hooks.iter().filter_map(|hook| hook.get("command")?.as_text()) {
            let command = command.to_lossy();
            if SCRIPT_STARTS.iter().any(|start| command.starts_with(start)) {
                self.warnings.insert(format!("a hook of {whose} runs `{command}`, which is not exported"));
            }
        }
    }

    fn warn_of_post_renderer(&mut self, keys: &Map, whose: &str) {
        let Some(program) = keys.get(b"postRenderer".as_slice()).and_then(Value::as_text) else { return };
        let program = program.to_lossy();
        if SCRIPT_STARTS.iter().any(|start| program.starts_with(start)) {
            self.warnings.insert(format!("the post-renderer of {whose} is `{program}`, which is not exported"));
        }
    }

    /// A reference to a file leads from where helmfile runs, and the file is not taken along: it may hold secrets.
    fn warn_of_references(&mut self, text: &[u8], release: &Release) {
        let is_relative = |scheme: &&str| {
            let after = memchr::memmem::find_iter(text, scheme.as_bytes()).map(|at| &text[at + scheme.len()..]);
            after.into_iter().any(|path| !path.starts_with(b"/"))
        };
        if let Some(scheme) = ["ref+file://", "ref+sops://"].iter().find(|scheme| is_relative(scheme)) {
            let whose = &release.name;
            let what = format!("values of release `{whose}` have a relative `{scheme}`, whose file is not exported");
            self.warnings.insert(what);
        }
    }
}

/// The identities that any of these releases needs.
fn needed(releases: &[&Release]) -> BTreeSet<String> {
    releases.iter().flat_map(|release| release.needs.iter().cloned()).collect()
}

/// What a release is called, where it goes and what it needs.
fn identity(release: &Release) -> Map {
    let texts = [("name", &release.name), ("namespace", &release.namespace), ("kubeContext", &release.kube_context)];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let mut keys: Map = texts.map(|(key, text)| (key.into(), text.as_str().into())).collect();
    if !release.needs.is_empty() {
        keys.insert("needs".into(), Value::List(release.needs.iter().map(|need| need.as_str().into()).collect()));
    }
    keys
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(Arc::new(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
}

fn print(value: &Value) -> Result<String, Error> {
    yaml::write(value, Style::Helmfile).map_err(|error| Error::Refused(error.to_string()))
}

/// A text as one line of YAML.
pub(super) fn quoted(text: &str) -> String {
    yaml::write(&text.into(), Style::Helmfile).map_or_else(|_| format!("{text:?}"), |line| line.trim_end().to_owned())
}

/// A name of a file that no glob and no shell takes for more.
fn word(text: &str) -> String {
    text.replace(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c), "-")
}
