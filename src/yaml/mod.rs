//! YAML and JSON as Go's libraries read and print them.
//!
//! Helm means go-yaml v2 behind `sigs.k8s.io/yaml` when it says YAML, helmfile means go-yaml v3; both are [`Rules`] of one
//! reader and one printer here. This room knows nothing of charts, and it does not read files: bytes in, values out.
//!
//! `scan` turns bytes into tokens, `parse` tokens into events, [`node`] events into a tree with positions, `read` the tree
//! into a [`Value`] under some rules, `write` a value into text, [`rewrite`] a text into another one with its comments,
//! [`json`] is Go's encoding/json, `head` finds a rendered document's kind; what `lines` knows, which is most of what people
//! write, needs neither tokens nor trees.

mod analyse;
mod convert;
mod decode;
mod documents;
mod emit;
mod entries;
mod error;
mod gosyntax;
mod head;
mod input;
pub mod json;
mod lines;
pub mod node;
mod number;
mod order;
mod parse;
mod printable;
mod read;
mod resolve;
pub mod rewrite;
mod rules;
mod scan;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod value;
mod write;

pub use documents::{DocumentError, read_documents};
pub use entries::{Entries, Iter, Near};
pub use error::Error;
pub use head::{Head, HeadError, head};
pub(crate) use number::small_integer;
pub(crate) use printable::is_printable;
pub use read::{UnmarshalError, from_node, read, read_all, read_anything, read_for_struct, read_list, read_map};
pub use rules::Rules;
pub use text::Text;
pub(crate) use text::{Latent, append_first};
pub use value::{Map, Value};
pub use write::{Ordered, Style, base64, write, write_ordered};

/// The longest text that is printed: a value whose parts are shared dozens of times over has one that no machine could hold.
pub const LONGEST: usize = 64 << 20;

/// What printers say of a longer one.
const TOO_LONG: &str = "the text would be longer than 64 MiB";

/// What `sigs.k8s.io/yaml` puts before an error of go-yaml.
pub const CONVERTING: &str = "error converting YAML to JSON: ";

/// What `sigs.k8s.io/yaml` puts before an error of the JSON decoder behind it.
pub const UNMARSHALING: &str = "error unmarshaling JSON: while decoding JSON: ";
