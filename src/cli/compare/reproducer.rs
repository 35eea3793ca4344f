//! A folder that shows a difference to others: the chart, the values without what they say, the command, both outputs.
//!
//! Texts become `x` as long as they are; numbers, booleans, keys and structure stay. The chart is as it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::case::Case;
use super::peer::{Answer, Peer, write};
use crate::chart::{self, Documents};
use crate::values::{Document, Layers};
use crate::yaml::{self, Style, Text, Value};

/// The folder that holds reproducers, in the working directory.
const FOLDER: &str = "helmlock-compare";

/// Writes a reproducer, and gives its folder.
///
/// # Errors
/// What the disk refuses.
pub(super) fn save(release: &str, case: &Case, answers: [&Answer; 2], peer: &Peer) -> std::io::Result<PathBuf> {
    // A release's name is not yet known to be one.
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let name: String = release.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect();
    let folder = Path::new(FOLDER).join(name);
    fs_err::create_dir_all(&folder)?;
    for (name, bytes) in &case.files {
        write(&folder, name, bytes)?;
    }
    let [ours, theirs] = answers.map(|answer| answer.as_ref().map_or_else(|error| error.as_bytes(), Vec::as_slice));
    write(&folder, "helmlock.yaml", ours)?;
    write(&folder, "helm.yaml", theirs)?;
    write(&folder, "README.md", readme(case, peer).as_bytes())?;
    Ok(folder)
}

fn readme(case: &Case, peer: &Peer) -> String {
    format!(
        "# helmlock and helm differ\n\nhelmlock {} (as Helm {}) prints `helmlock.yaml`. In this folder, helm {} prints `helm.yaml` for\n\n    \
         {}\n\nThe chart is as it is, its templates and defaults too: look into `chart.tgz` before you give it to others.\n",
        env!("CARGO_PKG_VERSION"),
        peer.dialect.name,
        peer.version,
        case.command(),
    )
}

/// The same values without what they say; `None` if some of them cannot be read.
pub(super) fn redacted(layers: &Layers) -> Option<Layers> {
    let file = |document: &Document| {
        let values = chart::read_values(&document.contents, Documents::Merged).ok()?;
        let text = yaml::write(&redacted_value(&Value::Map(values)), Style::Helm).ok()?;
        Some(Document { name: document.name.clone(), contents: text.into() })
    };
    let all = |arguments: &[Text]| arguments.iter().map(redacted_argument).collect::<Vec<_>>();
    let mut string = all(&layers.string);
    // A file's text may be anything; its name shows the path of its value.
    string.extend(layers.file.iter().map(redacted_argument));
    Some(Layers {
        files: layers.files.iter().map(file).collect::<Option<_>>()?,
        json: Vec::new(),
        set: all(&layers.set),
        string,
        file: Vec::new(),
        literal: all(&layers.literal),
    })
}

fn redacted_value(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(redacted_text(&text.to_lossy()).into()),
        Value::List(items) => Value::List(items.iter().map(redacted_value).collect()),
        Value::Map(map) => Value::Map(Arc::new(map.iter().map(|(name, value)| (name.clone(), redacted_value(value))).collect())),
        other => other.clone(),
    }
}

/// What reads like a number or a boolean decides about types and branches, and stays.
fn redacted_text(text: &str) -> String {
    let is_plain = matches!(text, "true" | "false" | "null") || text.parse::<f64>().is_ok();
    if is_plain { text.to_owned() } else { "x".repeat(text.chars().count()) }
}

/// An argument of `--set`: what follows a `=` is hidden, piece by piece; what parts the pieces stays.
fn redacted_argument(argument: &Text) -> Text {
    let argument = argument.to_lossy();
    let mut redacted = String::with_capacity(argument.len());
    for piece in argument.split_inclusive([',', '{', '}']) {
        let (name, value) = match piece.find('=') {
            Some(at) => piece.split_at(at + 1),
            None => ("", piece),
        };
        let text = value.trim_end_matches([',', '{', '}']);
        redacted += name;
        redacted += &redacted_text(text);
        redacted += &value[text.len()..];
    }
    redacted.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_hidden_and_what_decides_about_types_is_not() {
        for (argument, expected) in [
            ("a.b=secret", "a.b=xxxxxx"),
            ("a=1,b=true,c=safe\\,cret", "a=1,b=true,c=xxxxx,xxxx"),
            ("list={four,2,three}", "list={xxxx,2,xxxxx}"),
            ("password=a=bc", "password=xxxx"),
        ] {
            assert_eq!(redacted_argument(&argument.into()).to_lossy(), expected);
        }
        let layers = Layers {
            files: vec![Document { name: "v.yaml".to_owned(), contents: "a: {b: [secret, 1, \"2\", true, \"\"]}\n".into() }],
            ..Layers::default()
        };
        let values = redacted(&layers).unwrap().files.remove(0).contents;
        assert_eq!(values.to_lossy(), "a:\n  b:\n  - xxxxxx\n  - 1\n  - \"2\"\n  - true\n  - \"\"\n");
    }
}
