//! Locks as [`super::print`] writes them, read line by line: nearly every lock is one of these, and this takes a tenth of the time of a
//! YAML reader, which every rendering would wait for.
//!
//! It takes nothing that a YAML reader would understand otherwise: fields in the order of printing, texts quoted as they are printed. At
//! anything else it gives up, and the YAML reader decides, also on what is wrong. Git folders, remote files and archives are left to it.

use super::format::{NEWEST, WireLocal, WireLockfile, WirePin, WireRender};
use super::print::Scalar;

/// The lock, if all of it is as it is printed.
pub(super) fn read(text: &str) -> Option<WireLockfile> {
    let mut lines = Lines { rest: text };
    while lines.rest.starts_with('#') {
        lines.rest = lines.rest.split_once('\n')?.1;
    }
    lines.only("version: 1").filter(|()| NEWEST == 1)?;
    lines.only("render:")?;
    let render = WireRender {
        helm: lines.field("  ", "helm")?,
        kube_version: lines.field("  ", "kubeVersion")?,
        by_helm: lines.list("  ", "byHelm").unwrap_or_default(),
    };
    let dependencies = if lines.only("dependencies: []").is_some() {
        Vec::new()
    } else {
        lines.only("dependencies:")?;
        lines.pins("")?
    };
    let mut local = Vec::new();
    if lines.only("local:").is_some() {
        while let Some(path) = lines.field("", "- path") {
            lines.only("  dependencies:")?;
            local.push(WireLocal { path, dependencies: lines.pins("  ")?, archives: Vec::new() });
        }
        lines.rest.is_empty().then_some(()).filter(|()| !local.is_empty())?;
    }
    let (git, files) = (Vec::new(), Vec::new());
    lines.rest.is_empty().then_some(WireLockfile { version: NEWEST, render, dependencies, local, git, files })
}

/// The lines that are still to be read, each with its end.
struct Lines<'a> {
    rest: &'a str,
}

impl Lines<'_> {
    /// Takes the next line if it is this one.
    fn only(&mut self, line: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(line)?.strip_prefix('\n')?;
        Some(())
    }

    /// Takes the next line if it has this field, and something that can be read: else it stays, and is in the way of what comes next.
    fn taken<T>(&mut self, indentation: &str, name: &str, read: fn(&str) -> Option<T>) -> Option<T> {
        let after = self.rest.strip_prefix(indentation)?.strip_prefix(name)?.strip_prefix(": ")?;
        let (said, rest) = after.split_once('\n')?;
        let read = read(said)?;
        self.rest = rest;
        Some(read)
    }

    fn field(&mut self, indentation: &str, name: &str) -> Option<String> {
        self.taken(indentation, name, text)
    }

    fn list(&mut self, indentation: &str, name: &str) -> Option<Vec<String>> {
        self.taken(indentation, name, texts)
    }

    /// The pins that stand here, one at least.
    fn pins(&mut self, indentation: &str) -> Option<Vec<WirePin>> {
        let (first, inner) = (format!("{indentation}- "), format!("{indentation}  "));
        let mut pins = Vec::new();
        while let Some(name) = self.field(&first, "name") {
            pins.push(WirePin {
                name,
                repository: self.field(&inner, "repository")?,
                version: self.field(&inner, "version")?,
                digest: self.field(&inner, "digest")?,
                oci_manifest: self.field(&inner, "ociManifest"),
                index_digest: self.field(&inner, "indexDigest"),
                files_digest: self.field(&inner, "filesDigest"),
                url: self.field(&inner, "url"),
                app_version: self.field(&inner, "appVersion"),
                wants: self.list(&inner, "wants")?,
                environments: self.list(&inner, "environments").unwrap_or_default(),
            });
        }
        (!pins.is_empty()).then_some(pins)
    }
}

/// The list that is printed like this.
fn texts(printed: &str) -> Option<Vec<String>> {
    let mut rest = printed.strip_prefix('[')?.strip_suffix(']')?;
    let mut items = Vec::new();
    loop {
        let end = match rest.strip_prefix('"') {
            Some(quoted) => quoted.find('"')? + 2,
            None => rest.find(", ").unwrap_or(rest.len()),
        };
        items.push(text(rest.get(..end)?)?);
        match rest.get(end..)? {
            "" => return Some(items),
            more => rest = more.strip_prefix(", ")?,
        }
    }
}

/// The text that is printed like this; none if it is printed otherwise, or with escapes.
fn text(printed: &str) -> Option<String> {
    match printed.strip_prefix('"') {
        Some(quoted) => {
            let inner = quoted.strip_suffix('"')?;
            inner.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')).then(|| inner.to_owned())
        }
        None => Scalar(printed).is_plain().then(|| printed.to_owned()),
    }
}
