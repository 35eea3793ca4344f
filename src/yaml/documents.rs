//! Several documents in one values file, as Helm 4 splits them with Kubernetes' `YAMLReader`.

use std::borrow::Cow;
use std::sync::Arc;

use super::Map;
use super::read::{self, UnmarshalError};

/// What is wrong with a values file, in Helm 4's words; Helm 3 has neither prefix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// A line begins with `---` and goes on.
    #[error("error reading yaml document: invalid Yaml document separator: {0}")]
    Separator(String),
    /// One of the documents is no mapping.
    #[error("cannot unmarshal yaml document: {0}")]
    Unmarshal(#[from] UnmarshalError),
}

/// Reads the documents of a values file in their order; the caller merges them.
///
/// Only a line that begins with `---` and holds nothing more than blanks or a comment separates documents; of each part only
/// the first YAML document counts.
pub fn read_documents(text: &[u8]) -> Result<Vec<Arc<Map>>, DocumentError> {
    // That reader ends every line, the last one too, and a block of text keeps the break (case `a-block-at-the-end-of-a-file`).
    let ended = match text {
        [.., b'\n'] | [] => Cow::Borrowed(text),
        _ => Cow::Owned([text, b"\n"].concat()),
    };
    let text = &*ended;
    if memchr::memmem::find(text, b"---").is_none() {
        return if text.is_empty() { Ok(Vec::new()) } else { Ok(vec![read::read_map(text)?]) };
    }
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let after = at + line.len();
        if let Some(rest) = line.strip_prefix(b"---") {
            let rest = String::from_utf8_lossy(rest);
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(DocumentError::Separator(rest.to_owned()));
            }
            // Where nothing stands before it, the separator belongs to the document that follows, and counts among its lines
            // (case `line-after-a-separator`).
            if at > start {
                documents.push(read::read_map(&text[start..at])?);
                start = after;
            }
        }
        at = after;
    }
    if at > start {
        documents.push(read::read_map(&text[start..])?);
    }
    Ok(documents)
}
