//! What went wrong while a template ran: data, not text.
//!
//! Go wraps errors in text and Helm parses that text back; here each level keeps its place, and a layout is chosen once,
//! when the error is shown.

use crate::yaml::Text;

/// A failed execution, with the place that failed and what failed there.
#[derive(Debug)]
pub struct Error {
    /// The template text's name, as in `template: NAME:1:2`.
    pub template: Text,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 0.
    pub column: usize,
    /// The name of the definition that ran.
    pub executing: Text,
    /// The node as Go prints it.
    pub node: String,
    /// What failed there.
    pub cause: Cause,
}

/// What failed at a node.
#[derive(Debug)]
pub enum Cause {
    /// The language itself refused: Go's message.
    Message(String),
    /// A function returned an error.
    Call {
        /// The function's name.
        function: String,
        /// What it said.
        error: super::FunctionError,
    },
}
