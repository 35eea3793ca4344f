//! What a rendering printed as a chart of its own, to be rendered again: how helmfile changes manifests before helm sorts them.

use super::{Error, Manifests, Options};
use crate::chart::{Chart, File};
use crate::yaml::{Text, rewrite};

/// The chart that prints what `chart` printed. With a namespace, manifests that name none get it, whatever their kind is.
///
/// # Errors
/// What was printed cannot be read again.
pub(super) fn as_chart(manifests: &Manifests, chart: &Chart, options: Options, namespace: Option<&str>) -> Result<Chart, Error> {
    let mut texts = Vec::new();
    for (source, text) in manifests.files(options) {
        // Helm writes each file below a folder with the chart's name.
        let name = source.split(|&byte| byte == b'/').next().map_or(0, |name| name.len() + 1);
        let contents = match namespace {
            Some(namespace) => Text::from(
                with_namespace(&text, namespace)
                    .map_err(|error| Error::Document { source_path: source.clone(), message: error.to_string() })?,
            ),
            None => Text::from(text),
        };
        texts.push(File { name: Text::from(source.get(name..).unwrap_or_default()), contents });
    }
    Ok(chart.printing(texts))
}

/// The text with `metadata.namespace` in every document that has `metadata` and no namespace, written as go-yaml writes it.
pub(super) fn with_namespace(text: &[u8], namespace: &str) -> Result<String, crate::yaml::Error> {
    let mut documents = rewrite::parse(text)?;
    for document in &mut documents {
        let Some(metadata) = document.root.get_mut("metadata") else { continue };
        if metadata.get_mut("namespace").is_none() {
            metadata.push_text("namespace", namespace);
        }
    }
    rewrite::print(&documents, rewrite::Layout::Indented)
}
