//! From a tree to a [`Value`], as Go's decoders do it under some [`Rules`].

use super::node::{Document, Node};
use super::{Error, Rules, Value};

/// Reads the first document of a text; a text that says nothing is `null`.
pub fn read(text: &[u8], rules: &Rules) -> Result<Value, Error> {
    let _ = (text, rules);
    Ok(Value::Null)
}

/// Reads every document of a text.
pub fn read_all(text: &[u8], rules: &Rules) -> Result<Vec<Value>, Error> {
    let _ = (text, rules);
    Ok(Vec::new())
}

/// Reads a values file as Helm 4 does, whose documents are merged later by the caller in this order.
///
/// Only a line that begins with `---`, and holds nothing more than blanks or a comment after it, separates documents
/// (Kubernetes' `YAMLReader`); of each part, only the first YAML document counts.
pub fn read_documents(text: &[u8], rules: &Rules) -> Result<Vec<Value>, Error> {
    let _ = (text, rules);
    Ok(Vec::new())
}

/// What a part of a document means.
pub fn from_node(node: &Node, document: &Document, rules: &Rules) -> Result<Value, Error> {
    let _ = (node, document, rules);
    Ok(Value::Null)
}
