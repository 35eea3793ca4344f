//! Helm 4's plugins that are post-renderers: found where helm finds them, with the command that helm would start. Other kinds of
//! plugins are none of our business, and plugins in WebAssembly are not run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::surroundings::{Surroundings, expand};
use crate::yaml::{self, Rules, Value};

/// What a plugin of the wanted type says of itself.
const TYPE: &str = "postrenderer/v1";

/// A plugin and what it runs.
pub(super) struct Plugin {
    /// The program, with all variables replaced.
    pub(super) program: String,
    /// Its own arguments, which come before the user's.
    pub(super) arguments: Vec<String>,
    /// What it sees beside the user's variables.
    pub(super) variables: BTreeMap<String, String>,
}

/// Finds the post-renderer of this name.
///
/// # Errors
/// There is none, or none that can be run here: why.
pub(super) fn find(name: &str, surroundings: &Surroundings) -> Result<Plugin, String> {
    let folders = folders(surroundings);
    for folder in folders.iter().flat_map(|folder| below(folder, surroundings)) {
        let Some(manifest) = manifest(&folder, surroundings) else { continue };
        let text = |key: &str| text(&manifest, key);
        if text("apiVersion") == "v1" && text("type") == TYPE && text("name") == name && !text("version").is_empty() {
            return match text("runtime").as_str() {
                "subprocess" => plugin(name, &folder, &manifest, surroundings),
                runtime => Err(format!("the plugin in {} runs in `{runtime}`, which helmlock does not", folder.display())),
            };
        }
    }
    let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
    Err(format!("Helm 4 takes plugins only, and no plugin `{name}` of type {TYPE} is in {}", folders.join(", ")))
}

/// Where helm keeps plugins.
fn folders(surroundings: &Surroundings) -> Vec<PathBuf> {
    let named = |name: &str| surroundings.variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folders) = named("HELM_PLUGINS") {
        return std::env::split_paths(&folders).collect();
    }
    let below = if cfg!(target_os = "macos") { "Library/helm" } else { ".local/share/helm" };
    let data = named("HELM_DATA_HOME")
        .or_else(|| named("XDG_DATA_HOME").map(|data| data.join("helm")))
        .or_else(|| named("HOME").map(|home| home.join(below)));
    data.map(|data| data.join("plugins")).into_iter().collect()
}

/// The folders in a folder, by name.
fn below(folder: &Path, surroundings: &Surroundings) -> Vec<PathBuf> {
    // There need not be such a folder.
    let entries = surroundings.files.list(folder).unwrap_or_default();
    entries.into_iter().map(|entry| folder.join(entry.name)).collect()
}

/// What a plugin says of itself; helm passes over what it cannot read, too.
fn manifest(folder: &Path, surroundings: &Surroundings) -> Option<yaml::Map> {
    let text = surroundings.read(&folder.join("plugin.yaml")).ok()?;
    match yaml::read(&text, &Rules::HELMFILE).ok()? {
        Value::Map(map) => Some(map.as_ref().clone()),
        _ => None,
    }
}

fn text(map: &yaml::Map, key: &str) -> String {
    match map.get(key.as_bytes()) {
        Some(Value::String(text)) => text.to_string(),
        _ => String::new(),
    }
}

fn plugin(name: &str, folder: &Path, manifest: &yaml::Map, surroundings: &Surroundings) -> Result<Plugin, String> {
    let commands = match manifest.get(b"runtimeConfig".as_slice()) {
        Some(Value::Map(config)) => config.get(b"platformCommand".as_slice()).cloned(),
        _ => None,
    };
    let commands = if let Some(Value::List(commands)) = commands { commands } else { Vec::new().into() };
    let commands = commands.iter().filter_map(|command| if let Value::Map(map) = command { Some(map.as_ref()) } else { None });
    let command = fitting(commands).filter(|command| !text(command, "command").is_empty());
    let command = command.ok_or_else(|| format!("the plugin in {} has no command for this machine", folder.display()))?;
    let variables = BTreeMap::from([
        ("HELM_PLUGIN_NAME".to_owned(), name.to_owned()),
        ("HELM_PLUGIN_DIR".to_owned(), folder.display().to_string()),
    ]);
    let known = |name: &str| {
        let own = variables.get(name).map(String::as_str);
        own.or_else(|| surroundings.variable(name)).unwrap_or_default().to_owned()
    };
    let words = text(command, "command");
    let mut words = words.split(' ').map(|word| expand(word, known));
    let program = words.next().unwrap_or_default();
    let mut arguments: Vec<_> = words.collect();
    if let Some(Value::List(more)) = command.get(b"args".as_slice()) {
        let texts = more.iter().filter_map(|word| if let Value::String(text) = word { Some(text.to_lossy()) } else { None });
        arguments.extend(texts.map(|word| expand(&word, known)));
    }
    Ok(Plugin { program, arguments, variables })
}

/// The command for this system: what names system and processor before what names the system alone, before what names neither.
fn fitting<'a>(commands: impl Iterator<Item = &'a yaml::Map>) -> Option<&'a yaml::Map> {
    let is = |text: &str, wanted: &str| text.eq_ignore_ascii_case(wanted);
    let rank = |command: &yaml::Map| {
        let (system, processor) = (text(command, "os"), text(command, "arch"));
        match (system.is_empty(), processor.is_empty()) {
            (true, true) => Some(0),
            (false, true) if is(&system, system_name()) => Some(1),
            (false, false) if is(&system, system_name()) && is(&processor, processor_name()) => Some(2),
            _ => None,
        }
    };
    let ranked = commands.filter_map(|command| Some((rank(command)?, command)));
    // The first of those that fit equally.
    ranked.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, command)| command)
}

/// Go's name of this system.
fn system_name() -> &'static str {
    if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS }
}

/// Go's name of this processor.
fn processor_name() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}
