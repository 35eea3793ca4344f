//! Values files that were read in this process: a file that many releases name is decoded once.
//!
//! It knows their texts only, not where they came from; whoever merges decides what becomes of a text that is no YAML.

use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::chart::{self, Documents};
use crate::yaml::{Map, Text};

/// Beyond this many bytes of text nothing more is kept.
const MOST_BYTES: usize = 16 << 20;

/// A store of decoded values files, shared by threads.
#[derive(Default)]
pub struct Files {
    kept: RwLock<Kept>,
}

#[derive(Default)]
struct Kept {
    files: FxHashMap<(Documents, Text), Arc<Map>>,
    bytes: usize,
}

impl Files {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The values of a text, decoded now or before.
    pub(super) fn read(&self, text: &Text, documents: Documents) -> Result<Arc<Map>, String> {
        let key = (documents, text.clone());
        if let Some(values) = self.kept.read().unwrap_or_else(PoisonError::into_inner).files.get(&key) {
            return Ok(values.clone());
        }
        let values = chart::read_values(text, documents)?;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + text.len() <= MOST_BYTES {
            kept.bytes += text.len();
            kept.files.insert(key, values.clone());
        }
        Ok(values)
    }
}
