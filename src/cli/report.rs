//! The one printer of errors: for people on stderr, and for programs as JSON on stdout.

use serde_json::json;

use super::args::Format;
use super::error::Error;
use super::terminal::Terminal;

/// Prints an error and gives the exit code.
pub(super) fn report(error: &Error, terminal: &Terminal) -> u8 {
    let messages = error.messages();
    for message in &messages {
        let mut text = message.text.clone();
        for note in &message.notes {
            text += &format!("\n  {}", note.replace('\n', "\n  "));
        }
        terminal.error(&text);
    }
    // Many failures with one remedy say it once.
    let mut hints: Vec<_> = messages.iter().filter_map(|message| message.hint.as_deref()).collect();
    hints.dedup();
    for hint in hints {
        terminal.hint(hint);
    }
    if terminal.format() == Format::Json {
        let errors: Vec<_> = messages
            .iter()
            .map(|message| json!({"code": message.code, "message": message.text, "notes": message.notes, "hint": message.hint}))
            .collect();
        // Where even stdout cannot be written, stderr has already said what is wrong.
        drop(terminal.write_json(&json!({"errors": errors, "exit": error.exit_code()})));
    }
    error.exit_code()
}
