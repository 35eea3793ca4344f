//! Go's text/template as a language. It knows nothing of Helm.
//!
//! `lex` turns text into tokens, `parse` tokens into a [`Tree`], `exec` walks a tree against data. Everything a template
//! can see is a [`Value`]; everything it can call is a [`Function`] from a [`Functions`] table. Trees are plain data and
//! serve all threads; values are handles of one run and stay in it.

mod error;
mod function;
mod object;
mod state;
mod value;

pub use error::{Cause, Error};
pub use function::{Body, Function, FunctionError, Functions, Parameter, Purity, Rest, Type};
pub use object::{MapType, Method, Object};
pub use state::{Run, State};
pub use value::{Integer, List, ListKind, Map, MapKind, Origin, Value};
