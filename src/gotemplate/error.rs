//! What went wrong while a template was parsed or ran: data, not text.
//!
//! Go wraps errors in text and Helm parses that text back; here each level keeps its place, and a layout is chosen once,
//! when the error is shown. [`Error::flat`] and [`fmt::Display`] give Go's one line.

use std::fmt;

use super::FunctionError;
use crate::yaml::Text;

/// A text that is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template: {template}:{line}: {message}")]
pub struct ParseError {
    /// The name the text was parsed under.
    pub template: Text,
    /// Line, from 1.
    pub line: usize,
    /// Go's message.
    pub message: String,
}

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
        error: FunctionError,
    },
}

impl Error {
    /// Go's text: one line for this level and all levels below.
    pub fn flat(&self) -> String {
        self.to_string()
    }

    /// The part of [`Error::flat`] that tells the place, without the message.
    pub fn place(&self) -> String {
        format!("template: {}:{}:{}", self.template, self.line, self.column)
    }

    /// The message at this level, with everything below it.
    pub fn message(&self) -> String {
        self.cause.to_string()
    }

    /// The error of the template that this level called through a function, if that is what failed.
    pub fn nested(&self) -> Option<&Self> {
        match &self.cause {
            Cause::Call { error, .. } => error.nested(),
            Cause::Message(_) => None,
        }
    }

    /// This level and those below it, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |error| error.nested())
    }

    /// The function error at the end of the chain, if it ends in one.
    pub fn innermost(&self) -> Option<&FunctionError> {
        match &self.chain().last()?.cause {
            Cause::Call { error, .. } => Some(error),
            Cause::Message(_) => None,
        }
    }

    /// The text that a template stopped with (`fail`, `required`), at whatever depth.
    pub fn failed(&self) -> Option<&str> {
        self.innermost()?.failed()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let executing = super::printf::quote(&self.executing);
        write!(f, "{}: executing {executing} at <{}>: {}", self.place(), self.node, self.cause)
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.write_str(message),
            Self::Call { function, error } => write!(f, "error calling {function}: {error}"),
        }
    }
}

impl FunctionError {
    /// The error of a template that the function executed.
    pub fn nested(&self) -> Option<&Error> {
        match self {
            Self::Nested(error) => Some(error),
            Self::Within { error, .. } => error.nested(),
            Self::Message(_) | Self::Failed(_) | Self::Parse(_) => None,
        }
    }

    /// The text that a template stopped with, at whatever depth.
    pub fn failed(&self) -> Option<&str> {
        match self {
            Self::Failed(text) => Some(text),
            Self::Within { error, .. } => error.failed(),
            Self::Nested(error) => error.failed(),
            Self::Message(_) | Self::Parse(_) => None,
        }
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) | Self::Failed(message) => f.write_str(message),
            Self::Parse(error) => error.fmt(f),
            Self::Nested(error) => error.fmt(f),
            Self::Within { what, error } => write!(f, "{what}: {error}"),
        }
    }
}
