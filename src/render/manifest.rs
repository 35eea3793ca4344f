//! From rendered files to manifests: cut into documents, hooks told apart, install order, and the text Helm prints.
//!
//! The rules are those of Helm's `releaseutil` (`SplitManifests`, `SortManifests`, `kind_sorter`). Nothing is rendered here.

use std::io::{self, Write};
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::chart::path_pattern;
use crate::gotemplate::ImpureCall;
use crate::yaml::json::Backend;
use crate::yaml::{self, Head, HeadError, Text};

use super::cuts::Cuts;
use super::dialect::{Dialect, Split};
use super::error::Error;
use super::inputs::Options;

/// One rendered document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The template's path, as in `# Source: PATH`.
    pub source: Text,
    /// The document's `kind`, empty if it has none.
    pub kind: Text,
    /// The document's text.
    pub content: Text,
}

/// What a release renders to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifests {
    /// Files of `crds/` folders, printed raw before everything else if asked for.
    pub crds: Vec<Manifest>,
    /// Documents in install order.
    pub manifests: Vec<Manifest>,
    /// Hooks in install order.
    pub hooks: Vec<Hook>,
    /// What Helm says on stderr without failing.
    pub warnings: Vec<String>,
    /// The impure functions that ran.
    pub impure: Vec<Impurity>,
    /// What Helm 3 prints in place of `crds` and `manifests`, because a post-renderer said so.
    pub(super) answered: Option<Vec<u8>>,
}

/// An impure function that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impurity {
    /// Its name, what it depends on, and the template that calls it; `gotpl` is Helm's name for a text that `tpl` was given.
    pub call: ImpureCall,
    /// The template that was rendered.
    pub file: Text,
}

/// A document that Helm runs at some event instead of installing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The document.
    pub manifest: Manifest,
    /// Whether one of its events is a test.
    pub is_test: bool,
}

impl Manifests {
    /// The documents of a text that a helm printed. Nothing in it says which of them are hooks.
    pub fn of_text(text: &[u8]) -> Self {
        const SOURCE: &[u8] = b"# Source: ";
        let mut manifests: Vec<Manifest> = Vec::new();
        let mut content = Vec::new();
        let mut source = Text::default();
        let mut end = |source: &mut Text, content: &mut Vec<u8>| {
            let document =
                Manifest { source: std::mem::take(source), kind: Text::default(), content: std::mem::take(content).into() };
            if !trim(&document.content).is_empty() {
                manifests.push(document);
            }
        };
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            if line.starts_with(b"---") {
                end(&mut source, &mut content);
            } else if let Some(path) = line.strip_prefix(SOURCE).filter(|_| content.is_empty()) {
                source = path.trim_ascii_end().into();
            } else {
                content.extend_from_slice(line);
            }
        }
        end(&mut source, &mut content);
        Self { manifests, ..Self::default() }
    }
}

const HOOK_EVENTS: &[&str] = &[
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
];

const INSTALL_ORDER: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

const WEBHOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts rendered files into manifests and hooks. `files` are (path, text) pairs in any order, some of which may be `cut`.
///
/// # Errors
/// A document that is no YAML, or whose head Helm cannot decode.
pub(super) fn sort(mut files: Vec<(Text, Text)>, dialect: &Dialect, cut: &Cuts) -> Result<Manifests, Error> {
    files.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut sorted = Manifests::default();
    for (source, text) in files {
        if super::objects::is_partial(&source) || trim(&text).is_empty() {
            continue;
        }
        if let Some(documents) = cut.take(&text) {
            for (document, head) in documents {
                place(&source, document, head, dialect.json, &mut sorted)?;
            }
            continue;
        }
        for document in split(&text, dialect.split) {
            place(&source, text.within(document), yaml::head(document), dialect.json, &mut sorted)?;
        }
    }
    sorted.manifests.sort_by_cached_key(|manifest| rank(&manifest.kind, dialect));
    sorted.hooks.sort_by_cached_key(|hook| rank(&hook.manifest.kind, dialect));
    Ok(sorted)
}

fn place(
    source: &Text,
    document: Text,
    head: Result<Head, HeadError>,
    json: Backend,
    sorted: &mut Manifests,
) -> Result<(), Error> {
    let head = head.map_err(|error| Error::Document { source_path: source.clone(), message: error.text(json) })?;
    let manifest = Manifest { source: source.clone(), kind: head.kind.clone(), content: document };
    let Some(hook) = head.annotations.iter().find(|(name, _)| *name == "helm.sh/hook").map(|(_, events)| events) else {
        sorted.manifests.push(manifest);
        return Ok(());
    };
    let events: Vec<String> = hook.to_lossy().split(',').map(|event| event.trim().to_lowercase()).collect();
    if events.iter().all(|event| HOOK_EVENTS.contains(&event.as_str())) {
        let is_test = events.iter().any(|event| event.starts_with("test"));
        sorted.hooks.push(Hook { manifest, is_test });
    } else {
        // Helm drops the whole document, known events or not.
        sorted.warnings.push(format!("skipping unknown hooks: {}", hook.to_lossy()));
    }
    Ok(())
}

/// Known kinds by Helm's install order, then the unknown by name.
fn rank(kind: &Text, dialect: &Dialect) -> (usize, Text) {
    let webhooks = if dialect.orders_webhooks { WEBHOOKS } else { &[] };
    match INSTALL_ORDER.iter().chain(webhooks).position(|known| known.as_bytes() == &**kind) {
        Some(place) => (place, Text::default()),
        None => (usize::MAX, kind.clone()),
    }
}

/// Cuts a rendered file into documents; blank ones are left out.
pub(super) fn split(text: &[u8], rule: Split) -> Vec<&[u8]> {
    match rule {
        Split::LeadingTrimmed => split_at_line_starts(text),
        Split::Trimmed => split_with_blank_lines(text),
    }
}

/// What a separator of documents consists of, at the beginning of a line.
static SEPARATOR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("---"));

/// Helm 4.2.4: the separator is `(?m)^---[ \t]*`, and only white space before a document goes.
fn split_at_line_starts(text: &[u8]) -> Vec<&[u8]> {
    let text = trim_start(text);
    let mut documents = Vec::new();
    let mut start = 0;
    let mut push = |document| {
        let document = trim_start(document);
        if !document.is_empty() {
            documents.push(document);
        }
    };
    for at in SEPARATOR.find_iter(text) {
        let is_line_start = at == 0 || text[at - 1] == b'\n';
        if at >= start && is_line_start {
            push(&text[start..at]);
            start = at + 3 + text[at + 3..].iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
        }
    }
    push(&text[start..]);
    documents
}

/// Helm 3: the separator is `(?:^|\s*\n)---\s*` with `^` at the text's start only, and documents are trimmed at both ends.
fn split_with_blank_lines(text: &[u8]) -> Vec<&[u8]> {
    let text = trim(text);
    let is_space = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ');
    let mut documents = Vec::new();
    let mut start = 0;
    for at in SEPARATOR.find_iter(text) {
        // The line break must lie outside what an earlier separator consumed.
        if at < start || !(at == 0 || (at > start && text[at - 1] == b'\n')) {
            continue;
        }
        documents.push(trim(&text[start..at]));
        start = at + 3 + text[at + 3..].iter().take_while(|byte| is_space(byte)).count();
    }
    documents.push(trim(&text[start..]));
    documents.retain(|document| !document.is_empty());
    documents
}

/// Go's `strings.TrimSpace`: Unicode white space at both ends.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let text = trim_start(text);
    let mut end = text.len();
    while end > 0 && !text[end - 1].is_ascii_graphic() {
        let start = (1..=4.min(end)).map(|length| end - length).find(|&at| text[at] & 0xC0 != 0x80).unwrap_or(end - 1);
        match std::str::from_utf8(&text[start..end]).ok().and_then(|text| text.chars().next()) {
            Some(last) if is_go_space(last) => end = start,
            _ => break,
        }
    }
    &text[..end]
}

fn trim_start(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some(&first) = rest.first() {
        if first.is_ascii_graphic() {
            break;
        }
        let length = match first {
            0..0x80 => 1,
            0xC0..0xE0 => 2,
            0xE0..0xF0 => 3,
            _ => break,
        };
        let head = rest.get(..length).and_then(|head| std::str::from_utf8(head).ok()).and_then(|head| head.chars().next());
        match head {
            Some(head) if is_go_space(head) => rest = &rest[length..],
            _ => break,
        }
    }
    rest
}

/// Go's `unicode.IsSpace`, which is Unicode's property `White_Space`.
fn is_go_space(c: char) -> bool {
    c.is_whitespace()
}

/// What `helm template` prints before the hooks.
pub(super) fn body(manifests: &Manifests) -> Vec<u8> {
    if let Some(answered) = &manifests.answered {
        return answered.clone();
    }
    let mut out = Vec::new();
    for manifest in manifests.crds.iter().chain(&manifests.manifests) {
        print_one(manifest, &mut out);
    }
    out
}

/// Writes what `helm template` prints on stdout: what comes before the hooks without white space at both ends, then these.
pub(super) fn print(manifests: &Manifests, options: Options, out: &mut dyn Write) -> io::Result<()> {
    let mut all: Vec<_> = manifests.crds.iter().chain(&manifests.manifests).collect();
    let mut end = Vec::new();
    if let Some(answered) = &manifests.answered {
        end.extend_from_slice(answered);
        all.clear();
    } else if let Some(last) = all.pop() {
        print_one(last, &mut end);
    }
    for manifest in all {
        write_one(manifest, out)?;
    }
    out.write_all(trim(&end))?;
    out.write_all(b"\n")?;
    if !options.no_hooks {
        for hook in manifests.hooks.iter().filter(|hook| !(options.skip_tests && hook.is_test)) {
            write_one(&hook.manifest, out)?;
        }
    }
    Ok(())
}

/// The files that `helm template --output-dir` writes, by the path of their templates, in the order of their first documents.
pub(super) fn files(manifests: &Manifests, options: Options) -> Vec<(Text, Vec<u8>)> {
    let hooks = manifests.hooks.iter().filter(|hook| !(options.no_hooks || options.skip_tests && hook.is_test));
    let mut files: Vec<(Text, Vec<u8>)> = Vec::new();
    for manifest in manifests.crds.iter().chain(&manifests.manifests).chain(hooks.map(|hook| &hook.manifest)) {
        let known = files.iter().position(|(source, _)| *source == manifest.source);
        let index = known.unwrap_or_else(|| {
            files.push((manifest.source.clone(), Vec::new()));
            files.len() - 1
        });
        print_one(manifest, &mut files[index].1);
    }
    files
}

fn write_one(manifest: &Manifest, out: &mut dyn Write) -> io::Result<()> {
    for part in [b"---\n# Source: ", &*manifest.source, b"\n", &manifest.content, b"\n"] {
        out.write_all(part)?;
    }
    Ok(())
}

fn print_one(manifest: &Manifest, out: &mut Vec<u8>) {
    let _memory_takes_it_all = write_one(manifest, out);
}

/// Helm cuts the printed text again and finds each piece's template by its `# Source:` line.
pub(super) fn print_only(manifests: &Manifests, patterns: &[String], options: Options, rule: Split) -> Result<Vec<u8>, Error> {
    let printed = manifests.print(options);
    let documents: Vec<_> = split(&printed, rule).into_iter().filter_map(|text| Some((template_name(text)?, text))).collect();
    let mut out = Vec::new();
    for pattern in patterns {
        let mut found =
            documents.iter().filter(|(name, _)| path_pattern::matches(pattern.as_bytes(), name).unwrap_or(false)).peekable();
        if found.peek().is_none() {
            return Err(Error::NoSuchTemplate(pattern.clone()));
        }
        for (_, text) in found {
            out.extend_from_slice(b"---\n");
            out.extend_from_slice(text);
            out.push(b'\n');
        }
    }
    Ok(out)
}

/// What follows the chart's name in the first `# Source: CHART/PATH`.
fn template_name(document: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"# Source: ";
    for at in memchr::memmem::find_iter(document, MARK) {
        let rest = &document[at + MARK.len()..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        if let Some(slash) = memchr::memchr(b'/', line).filter(|&slash| slash > 0 && slash + 1 < line.len()) {
            return Some(&line[slash + 1..]);
        }
    }
    None
}
