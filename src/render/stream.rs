//! The stream of documents that Helm 4 hands to a post-renderer, hooks among them, and what it makes of the answer.
//!
//! Both are written anew, as kustomize's library writes YAML: comments stay, indentation and blank lines do not. An annotation in
//! each document says which template printed it, and is taken away again. The program itself is the front's.

use super::dialect::Dialect;
use super::manifest::{split, trim};
use super::{Error, objects};
use crate::yaml::Text;
use crate::yaml::rewrite::{self, Document, Layout, Node};

/// What a post-renderer can tell documents by.
const TEMPLATE: &str = "postrenderer.helm.sh/postrender-filename";

/// kustomize's own annotations, which it never writes.
const OWN: [&str; 3] =
    ["config.kubernetes.io/index", "internal.config.kubernetes.io/index", "internal.config.kubernetes.io/seqindent"];

/// All documents of these files in one stream.
pub(super) fn merge(files: &[(Text, Text)], dialect: &Dialect) -> Result<Vec<u8>, Error> {
    let mut sorted: Vec<_> = files.iter().filter(|(name, text)| !objects::is_partial(name) && !trim(text).is_empty()).collect();
    sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut documents = Vec::new();
    for (name, text) in sorted {
        let refused = |message| Error::Merging { source_path: name.clone(), message };
        for piece in split(text, dialect.split) {
            for mut document in parse(piece).map_err(refused)? {
                annotate(&mut document.root, name).map_err(refused)?;
                documents.push(document);
            }
        }
    }
    let merged = write(&mut documents).map_err(|message| Error::Merging { source_path: Text::default(), message })?;
    Ok(merged.into_bytes())
}

/// The files that a stream stands for.
pub(super) fn part(stream: &[u8]) -> Result<Vec<(Text, Text)>, Error> {
    let mut files: Vec<(Text, Vec<Document>)> = Vec::new();
    for (index, mut document) in parse(stream).map_err(Error::PostRendered)?.into_iter().enumerate() {
        let annotations = document.root.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"));
        let name = annotations.and_then(|annotations| annotations.remove(TEMPLATE)).filter(|name| !name.is_null());
        let name = name.as_ref().and_then(Node::text).filter(|name| !name.is_empty());
        let name = name.cloned().unwrap_or_else(|| format!("generated-by-postrender-{index}.yaml").as_str().into());
        match files.iter_mut().find(|(known, _)| *known == name) {
            Some((_, documents)) => documents.push(document),
            None => files.push((name, vec![document])),
        }
    }
    let text = |(name, mut documents): (Text, Vec<Document>)| Ok((name, write(&mut documents)?.as_str().into()));
    files.into_iter().map(text).collect::<Result<_, _>>().map_err(Error::PostRendered)
}

/// The documents of a text, without empty ones; of a lone `List`, its items.
fn parse(text: &[u8]) -> Result<Vec<Document>, String> {
    let text: Vec<u8> = String::from_utf8_lossy(text).replace("\r\n", "\n").into_bytes();
    let pieces = pieces(&text)?;
    let is_alone = pieces.len() == 1;
    let mut documents = Vec::new();
    for piece in pieces {
        let parsed = rewrite::parse(piece).map_err(|error| format!("MalformedYAMLError: {error}"))?;
        let Some(mut document) = parsed.into_iter().next().filter(|document| !document.root.is_null()) else { continue };
        if !document.root.is_mapping() {
            return Err("a document is no mapping".to_owned());
        }
        if is_alone && is_list(&mut document.root) {
            let items = document.root.remove("items").map(Node::into_items).unwrap_or_default();
            documents.extend(items.into_iter().map(Document::of));
        } else {
            documents.push(document);
        }
    }
    Ok(documents)
}

fn is_list(root: &mut Node) -> bool {
    let kind = root.get_mut("kind").and_then(|kind| kind.text().cloned());
    let is_list = kind.is_some_and(|kind| kind == "List" || kind == "ResourceList");
    is_list && (root.get_mut("items").is_some() || root.get_mut("functionConfig").is_some())
}

/// Cuts a text at the lines that begin with `---`, which may hold nothing else but a comment.
fn pieces(text: &[u8]) -> Result<Vec<&[u8]>, String> {
    const MARK: &[u8] = b"\n---";
    let (mut pieces, mut start) = (Vec::new(), 0);
    while let Some(at) = memchr::memmem::find(&text[start..], MARK).map(|at| start + at) {
        let line = at + MARK.len();
        let Some(end) = memchr::memchr(b'\n', &text[line..]).map(|end| line + end) else { break };
        let rest = trim(&text[line..end]);
        if rest.first().is_some_and(|&byte| byte != b'#') {
            return Err(format!("invalid document separator: ---{}", String::from_utf8_lossy(rest)));
        }
        // The line break before the mark ends what a text in a literal block ends with.
        pieces.push(&text[start..=at]);
        start = end + 1;
    }
    pieces.push(&text[start..]);
    Ok(pieces)
}

/// Says in a document which template printed it.
fn annotate(root: &mut Node, template: &Text) -> Result<(), String> {
    clear_empty(root);
    if root.get_mut("metadata").is_none() {
        root.push("metadata", Node::empty_mapping());
    }
    let metadata = root.get_mut("metadata").filter(|metadata| metadata.is_mapping()).ok_or("`metadata` is no mapping")?;
    if metadata.get_mut("annotations").is_none() {
        metadata.push("annotations", Node::empty_mapping());
    }
    let annotations = metadata.get_mut("annotations").filter(|annotations| annotations.is_mapping());
    annotations.ok_or("`metadata.annotations` is no mapping")?.put_quoted(TEMPLATE, template);
    Ok(())
}

/// Takes annotations and metadata away that say nothing.
fn clear_empty(root: &mut Node) {
    if let Some(metadata) = root.get_mut("metadata")
        && metadata.get_mut("annotations").is_some_and(|annotations| !annotations.has_parts())
    {
        metadata.remove("annotations");
    }
    if root.get_mut("metadata").is_some_and(|metadata| !metadata.has_parts()) {
        root.remove("metadata");
    }
}

fn write(documents: &mut [Document]) -> Result<String, String> {
    for document in &mut *documents {
        if let Some(annotations) = document.root.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations")) {
            for name in OWN {
                annotations.remove(name);
            }
        }
        clear_empty(&mut document.root);
    }
    rewrite::print(&*documents, Layout::Flush).map_err(|error| error.to_string())
}
