//! How an execution error reads: Helm 4's tree of links, or Go's one line.
//!
//! Helm finds the links by taking Go's text apart (`reformatExecErrorMsg`); here they are data, and only the outcome is kept:
//! a chain that ends in a function's own error, or that passes through `tpl`, does not come apart and stays one line.

use super::dialect::ErrorLayout;
use crate::gotemplate::{Cause, Error, FunctionError};

/// The text of an execution error, without `Error: ` in front.
pub(super) fn lay_out(error: &Error, layout: ErrorLayout) -> String {
    if let Some(message) = error.failed() {
        return format!("execution error at ({}:{}:{}): {message}", error.template, error.line, error.column);
    }
    match layout {
        ErrorLayout::Flat => error.flat(),
        ErrorLayout::Tree => tree(error).unwrap_or_else(|| error.flat()),
    }
}

fn tree(error: &Error) -> Option<String> {
    let mut text = String::new();
    let mut level = Some(error);
    while let Some(link) = level {
        let message = link.message();
        let message = message.find(" template:").map_or(message.as_str(), |at| &message[..at]);
        let executing = crate::gotemplate::quote(&link.executing);
        let place = format!("{}:{}:{}", link.template, link.line, link.column);
        for part in [&place, "\n  executing ", &executing, " at <", &link.node, ">:\n    ", message, "\n"] {
            text += part;
        }
        level = match &link.cause {
            Cause::Message(_) => None,
            Cause::Call { error: FunctionError::Nested(below), .. } => Some(below.as_ref()),
            Cause::Call { error: FunctionError::Message(message), .. } if message.starts_with("template: no template ") => {
                text += message;
                None
            }
            Cause::Call { .. } => return None,
        };
    }
    Some(text.trim_end().to_owned())
}
