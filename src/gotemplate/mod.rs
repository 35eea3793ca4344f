//! Go's text/template as a language. It knows nothing of Helm.
//!
//! `lex` turns text into tokens, `parse` tokens into a [`Tree`], `exec` walks a tree against data. Everything a template
//! can see is a [`Value`]; everything it can call is a [`Function`] from a [`Functions`] table. Trees are plain data and
//! serve all threads; values are handles of one run and stay in it.

mod builtins;
mod describe;
mod error;
mod exec;
mod function;
mod known;
mod lex;
mod literal;
mod node;
mod object;
mod parse;
mod printf;
mod runes;
mod set;
mod state;
mod token;
mod trees;
mod value;
mod written;

#[cfg(test)]
mod tests;

pub use error::{Cause, Error, ParseError};
pub use function::{Body, Function, FunctionError, Functions, Parameter, Purity, Rest, Signature, Type};
pub use literal::parse_float;
pub use node::Tree;
pub use object::{MapType, Method, Object};
pub use parse::parse;
pub use printf::{format_float, is_true, kind_name, print_value, quote, quote_onto, sprintf, type_name};
pub use set::{Set, Template};
pub use state::{Clock, Engine, Entropy, ImpureCall, Limits, Room, Run, State};
pub use trees::Trees;
pub use value::{Integer, List, ListKind, Map, MapKind, Origin, Turn, Value, note_change};

/// What differs between the Go versions whose template language we reproduce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::struct_excessive_bools, reason = "each is one difference between versions, as data")]
pub struct Language {
    /// `range` over an integer counts up to it (Go 1.24); before, it is an error.
    pub range_over_integers: bool,
    /// `{{else with}}` is known (Go 1.23).
    pub else_with: bool,
    /// The error of `call` on what is no function names it (Go 1.24).
    pub call_names_callee: bool,
    /// "incompatible types for comparison" names the types (after Go 1.24).
    pub comparison_names_types: bool,
}

impl Language {
    /// Go 1.26 and 1.27.
    pub const GO_1_27: Self =
        Self { range_over_integers: true, else_with: true, call_names_callee: true, comparison_names_types: true };
    /// Go 1.24.
    pub const GO_1_24: Self = Self { comparison_names_types: false, ..Self::GO_1_27 };
    /// Go 1.22.
    pub const GO_1_22: Self = Self { range_over_integers: false, else_with: false, call_names_callee: false, ..Self::GO_1_24 };
}

/// What a key that a map lacks evaluates to: the `missingkey` option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingKey {
    /// No value, whose fields are no values either; printed as `<no value>`.
    Default,
    /// The zero value of the map's elements, which for `interface {}` is a nil whose fields are errors.
    Zero,
    /// An error.
    Error,
}
