//! The one printer of errors: for people on stderr, and for programs as JSON on stdout.

use serde_json::json;

use super::args::{Format, Output};
use super::error::{Error, Message};
use super::terminal::Terminal;

/// Prints an error and gives the exit code.
pub(super) fn report(error: &Error, terminal: &Terminal) -> u8 {
    let messages: Vec<_> = error.messages().into_iter().map(|message| without_secrets(message, terminal)).collect();
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
        let errors: Vec<_> = messages.iter().map(as_json).collect();
        let mut document = error.document().cloned().unwrap_or_else(|| json!({}));
        document["errors"] = errors.into();
        document["exit"] = error.exit_code().into();
        // Where even stdout cannot be written, stderr has already said what is wrong.
        drop(terminal.write_json(&document));
    }
    if terminal.output() == Output::Github {
        drop(terminal.write(annotations("error", &messages).as_bytes()));
    }
    error.exit_code()
}

/// The most that is shown of one text: charts fail with their whole values on purpose, and by mistake with much more.
const MOST_SHOWN: usize = 1 << 20;

fn shortened(mut text: String) -> String {
    let more = text.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        text.truncate(text.floor_char_boundary(MOST_SHOWN));
        text.extend(["… and ", &more.to_string(), " bytes more"]);
    }
    text
}

fn without_secrets(message: Message, terminal: &Terminal) -> Message {
    let masked = |text: String| shortened(terminal.masked(&text).into_owned());
    let notes = message.notes.into_iter().map(masked).collect();
    Message { text: masked(message.text), notes, hint: message.hint.map(masked), ..message }
}

/// A message for programs.
pub(super) fn as_json(message: &Message) -> serde_json::Value {
    let mut document = json!({"code": message.code, "message": message.text, "notes": message.notes, "hint": message.hint});
    if let Some((file, line)) = &message.place {
        document["file"] = file.as_str().into();
        document["line"] = (*line).into();
    }
    if let Some(asker) = &message.asker {
        document["wantedBy"] = asker.to_string().into();
        document["environment"] = message.environment.clone().into();
    }
    document
}

/// Messages as a GitHub workflow reads them from a job's output, to show them beside the lines that they are about.
pub(super) fn annotations(kind: &str, messages: &[Message]) -> String {
    let text = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |value: &str| text(value).replace(':', "%3A").replace(',', "%2C");
    let mut lines = String::new();
    for message in messages {
        let mut properties = vec![format!("title={}", property(&format!("helmlock: {}", message.code)))];
        if let Some((file, line)) = &message.place {
            properties.insert(0, format!("file={}", property(file)));
            properties.extend(line.map(|line| format!("line={line}")));
        }
        let hint = message.hint.iter().map(|hint| format!("hint: {hint}"));
        let said: Vec<_> = std::iter::once(message.text.clone()).chain(message.notes.clone()).chain(hint).collect();
        lines.extend(["::", kind, " ", &properties.join(","), "::", &text(&said.join("\n")), "\n"]);
    }
    lines
}
