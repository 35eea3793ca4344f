//! `lint --unused`: the keys of the user's values that no template reads.

use std::fmt::Write;

use serde_json::json;

use super::Lint;
use crate::cli::args::Format;
use crate::cli::error::Error;
use crate::cli::renderer::Renderer;
use crate::cli::{Live, workers};
use crate::project::{Release, ValuesEntry};
use crate::values::{Path, Place, Places};

/// Runs the command.
pub(super) fn run(options: &Lint, plan: &[&Release], renderer: &Renderer<'_>, live: &Live) -> Result<(), Error> {
    let mut found = Vec::new();
    workers::in_order(
        plan,
        live.global.jobs,
        |release| unused(release, renderer, live),
        |keys| {
            found.push(keys?);
            Ok::<_, Error>(())
        },
    )?;
    print(options, plan, &found, live)
}

/// A key that no template read.
struct Unused {
    key: String,
    /// The file, or where inline values begin; none for a flag.
    file: Option<String>,
    /// The line in a file of its own.
    line: Option<usize>,
}

fn unused(release: &Release, renderer: &Renderer<'_>, live: &Live) -> Result<Vec<Unused>, Error> {
    let prepared = renderer.prepare(release, &live.surroundings)?;
    let unread = renderer.unread(release, &prepared, &live.surroundings)?;
    let places = Places::new(&prepared.flags.layers);
    let inline = |name: &str| {
        let mut entries = release.values.iter();
        entries.any(|entry| matches!(entry, ValuesEntry::Inline { place, .. } if place.to_string() == name))
    };
    let one = |path: &Path| match places.of(path) {
        Place::Flag => Unused { key: dotted(path), file: None, line: None },
        // Inline values were written anew on their way here, so their lines are not the state file's.
        Place::File { file, .. } if inline(&file.name) => Unused { key: dotted(path), file: Some(file.name.clone()), line: None },
        Place::File { file, line } => Unused { key: dotted(path), file: Some(file.name.clone()), line: Some(line) },
    };
    Ok(unread.iter().map(one).collect())
}

/// A path as `--set` writes it.
fn dotted(path: &Path) -> String {
    path.iter().map(|key| key.to_lossy().replace('.', "\\.")).collect::<Vec<_>>().join(".")
}

fn print(options: &Lint, plan: &[&Release], found: &[Vec<Unused>], live: &Live) -> Result<(), Error> {
    let keys = found.iter().map(Vec::len).sum();
    let is_json = live.terminal.format() == Format::Json;
    if !is_json {
        live.terminal.write(as_text(plan, found).as_bytes())?;
    }
    let document = is_json.then(|| as_json(plan, found));
    if options.exit_code && keys > 0 {
        return Err(Error::Unused { keys, document });
    }
    document.map_or(Ok(()), |document| Ok(live.terminal.write_json(&document)?))
}

fn as_text(plan: &[&Release], found: &[Vec<Unused>]) -> String {
    let mut text = String::new();
    for (release, keys) in plan.iter().zip(found) {
        for Unused { key, file, line } in keys {
            let file = file.as_deref().unwrap_or("a flag");
            let line = line.map_or(String::new(), |line| format!(":{line}"));
            // Writing to a string cannot fail.
            let _written = writeln!(text, "{file}{line}: `{key}` is not read in this rendering of release `{}`", release.name);
        }
    }
    text
}

fn as_json(plan: &[&Release], found: &[Vec<Unused>]) -> serde_json::Value {
    let one = |unused: &Unused| json!({"key": unused.key, "file": unused.file, "line": unused.line});
    let release = |(release, keys): (&&Release, &Vec<Unused>)| {
        let unused: Vec<_> = keys.iter().map(one).collect();
        json!({"name": release.name, "namespace": release.namespace, "unused": unused})
    };
    json!({"releases": plan.iter().zip(found).map(release).collect::<Vec<_>>()})
}
