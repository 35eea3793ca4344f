//! YAML and JSON as Go's libraries read and print them.
//!
//! Helm means go-yaml v2 behind `sigs.k8s.io/yaml` when it says YAML, helmfile means go-yaml v3; both are [`Rules`] of one
//! reader and one printer here. This room knows nothing of charts, and it does not read files: bytes in, values out.
//!
//! `scan` turns bytes into events, `node` events into a tree with positions, `read` the tree into a [`Value`] under some
//! rules, `write` a value into text, `json` is Go's encoding/json, `head` finds a rendered document's kind at memory speed.

mod text;
mod value;

pub use text::Text;
pub use value::{Map, Value};
