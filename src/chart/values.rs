//! A values file, be it a chart's or the user's: one YAML mapping, or several laid over each other.

use std::sync::Arc;

use super::Documents;
use crate::yaml::{self, Map, Value};

/// Reads a values file. An empty one is an empty map; the error is in Helm's words.
pub fn read(text: &[u8], documents: Documents) -> Result<Arc<Map>, String> {
    match documents {
        Documents::First => yaml::read_map(text).map_err(|error| error.to_string()),
        Documents::Merged => {
            let mut merged = Arc::default();
            for document in yaml::read_documents(text).map_err(|error| error.to_string())? {
                merge(&mut merged, document);
            }
            Ok(merged)
        }
    }
}

/// Lays `over` over `under`: maps merge, anything else replaces, null too.
pub fn merge(under: &mut Arc<Map>, over: Arc<Map>) {
    if under.is_empty() {
        *under = over;
        return;
    }
    let under = Arc::make_mut(under);
    for (key, value) in over.iter() {
        match (under.get_mut(key), value) {
            (Some(Value::Map(under)), Value::Map(over)) => merge(under, over.clone()),
            (Some(under), over) => *under = over.clone(),
            (None, over) => drop(under.insert(key.clone(), over.clone())),
        }
    }
}
