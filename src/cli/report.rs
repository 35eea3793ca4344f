//! The one printer of errors: for people on stderr, and for programs as JSON on stdout.

use serde_json::json;

use super::args::Format;
use super::error::Error;
use super::terminal::Terminal;

/// Prints an error and gives the exit code.
pub(super) fn report(error: &Error, terminal: &Terminal) -> u8 {
    let messages = error.messages();
    for (index, message) in messages.iter().enumerate() {
        let mut text = message.text.clone();
        for note in &message.notes {
            text += "\n  ";
            text += &note.replace('\n', "\n  ");
        }
        terminal.error(&text);
        // Failures in a row that have one remedy say it once, after the last.
        let said_later = messages.get(index + 1).is_some_and(|next| next.hint == message.hint);
        if let Some(hint) = message.hint.as_deref().filter(|_| !said_later) {
            terminal.hint(hint);
        }
    }
    if terminal.format() == Format::Json {
        let errors: Vec<_> = messages
            .iter()
            .map(|message| json!({"code": message.code, "message": message.text, "notes": message.notes, "hint": message.hint}))
            .collect();
        let mut document = error.document().cloned().unwrap_or_else(|| json!({}));
        document["errors"] = errors.into();
        document["exit"] = error.exit_code().into();
        // Where even stdout cannot be written, stderr has already said what is wrong.
        drop(terminal.write_json(&document));
    }
    error.exit_code()
}
