//! A folder that shows a difference to others: the chart, the values without what they say, the command, both outputs.
//!
//! Texts become `x` as long as they are; numbers, booleans, keys and structure stay. The chart is as it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::chart::{self, Documents};
use crate::cli::peer::case::Case;
use crate::cli::peer::{Answer, Peer, write};
use crate::values::{Document, Layers};
use crate::yaml::{self, Style, Text, Value};

/// The folder that holds reproducers, in the working directory.
const FOLDER: &str = "helmlock-compare";

/// Writes a reproducer into the folder of this name, and says where that is.
///
/// # Errors
/// What the disk refuses.
pub(super) fn save(name: &str, case: &Case, answers: [&Answer; 2], peer: &Peer) -> std::io::Result<PathBuf> {
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

/// Writes down what helm is told by us and by helmfile, without what the values say, and says where.
///
/// # Errors
/// What the disk refuses.
pub(super) fn save_inputs(name: &str, cases: [&Case; 2]) -> std::io::Result<PathBuf> {
    let folder = Path::new(FOLDER).join(name);
    for (teller, case) in ["helmlock", "helmfile"].into_iter().zip(cases) {
        let folder = folder.join(teller);
        fs_err::create_dir_all(&folder)?;
        for (name, bytes) in case.files.iter().filter(|(name, _)| name.starts_with("values-")) {
            let contents = Text::from(bytes.as_slice());
            let redacted = redacted_file(&Document { name: name.clone(), contents });
            let text = redacted.map_or_else(|| b"# no YAML\n".to_vec(), |document| document.contents.to_vec());
            write(&folder, name, &text)?;
        }
        write(&folder, "command.txt", (redacted_command(case).command() + "\n").as_bytes())?;
    }
    let readme = "# helmlock and helmfile differ\n\nThey give helm other values or other flags for the same release: see `helmlock/` and \
                  `helmfile/`.\nTexts are hidden.\n";
    write(&folder, "README.md", readme.as_bytes())?;
    Ok(folder)
}

fn redacted_command(case: &Case) -> Case {
    let mut arguments = case.arguments.clone();
    let is_set = |flag: &str| flag.starts_with("--set") && !flag.contains('=');
    for at in 1..arguments.len() {
        if is_set(&arguments[at - 1]) || arguments[at].starts_with("--set") && !is_set(&arguments[at]) {
            arguments[at] = redacted_argument(&arguments[at].as_str().into()).to_lossy().into_owned();
        }
    }
    Case { files: Vec::new(), arguments }
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
    let all = |arguments: &[Text]| arguments.iter().map(redacted_argument).collect::<Vec<_>>();
    let mut string = all(&layers.string);
    // A file's text may be anything; its name shows the path of its value.
    string.extend(layers.file.iter().map(redacted_argument));
    Some(Layers {
        files: layers.files.iter().map(redacted_file).collect::<Option<_>>()?,
        json: Vec::new(),
        set: all(&layers.set),
        string,
        file: Vec::new(),
        literal: all(&layers.literal),
    })
}

fn redacted_file(document: &Document) -> Option<Document> {
    let values = chart::read_values(&document.contents, Documents::Merged).ok()?;
    let text = yaml::write(&redacted_value(&Value::Map(values)), Style::Helm).ok()?;
    Some(Document { name: document.name.clone(), contents: text.into() })
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
