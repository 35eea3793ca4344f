//! Manifests with the data of Secrets hidden: a value becomes a digest that is keyed for one run only, so that equal lines
//! stay equal, different ones different, and nothing can be guessed from them later.
//!
//! What is shown of a Secret is a short list; all else is hidden. It looks at lines, not at YAML, because what it gets may be
//! no YAML.

use std::borrow::Cow;
use std::fmt::Write;

use crate::digest::Digest;
use crate::yaml;

/// The sections of a Secret that hold no secret.
const SHOWN: &[&str] = &["apiVersion", "kind", "metadata", "type", "immutable"];

/// How many digits of a digest are shown.
const DIGITS: usize = 8;

/// What hides secrets, for one review only.
pub struct Hide {
    /// Keys the digests that stand for what is hidden.
    pub key: [u8; 32],
    /// Texts that are known to be secret wherever they stand, and what stands for each.
    known: Vec<(String, String)>,
}

impl Hide {
    /// Hides the data of Secrets, and these texts everywhere, as they are and in base64.
    pub fn new(key: [u8; 32], secrets: Vec<String>) -> Self {
        let forms = |secret: String| [yaml::base64(secret.as_bytes()), secret];
        let stand_in = |form: String| {
            let digest = Digest::of(&[&key, form.as_bytes()].concat()).to_hex();
            (form, format!("hidden-{}", &digest[..DIGITS]))
        };
        Self { key, known: secrets.into_iter().flat_map(forms).map(stand_in).collect() }
    }

    /// The text without what is known to be secret.
    pub fn known<'text>(&self, text: &'text str) -> Cow<'text, str> {
        let mut shown = Cow::Borrowed(text);
        for (secret, stand_in) in &self.known {
            if shown.contains(secret.as_str()) {
                shown = Cow::Owned(shown.replace(secret.as_str(), stand_in));
            }
        }
        shown
    }
}

/// The manifests of a text, with the data of Secrets masked under the key of this run.
pub fn masked(text: &str, key: &[u8; 32]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut document: Vec<&str> = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            mask_document(&document, key, &mut masked);
            document.clear();
        }
        document.push(line);
    }
    mask_document(&document, key, &mut masked);
    masked
}

fn mask_document(lines: &[&str], key: &[u8; 32], masked: &mut String) {
    let body = lines.iter().skip_while(|line| line.starts_with("---")).copied().collect::<String>();
    let is_secret = yaml::head(body.as_bytes()).is_ok_and(|head| head.kind == *"Secret");
    if !is_secret && !lines.iter().any(|line| names_secret(line)) {
        return masked.extend(lines.iter().copied());
    }
    // Where it is not known what a line belongs to, it is hidden.
    let mut section = Section::Hidden { keys_at: None };
    for line in lines {
        let content = line.trim_end();
        if content.is_empty() || content.starts_with("---") || content.starts_with("# Source: ") {
            masked.push_str(line);
            continue;
        }
        let own = content.len() - content.trim_start().len();
        match key_of(content).filter(|_| is_secret && own == 0) {
            Some(name) if SHOWN.contains(&name) => section = Section::Shown,
            Some(_) if content.ends_with(':') => {
                section = Section::Hidden { keys_at: Some(Keys::Next) };
                masked.push_str(line);
                continue;
            }
            Some(_) => section = Section::Hidden { keys_at: Some(Keys::At(own)) },
            None => {}
        }
        match &mut section {
            Section::Shown => masked.push_str(line),
            Section::Hidden { keys_at: None } => mask_line(line, false, key, masked),
            Section::Hidden { keys_at: Some(keys) } => {
                if *keys == Keys::Next {
                    *keys = Keys::At(own);
                }
                // Deeper lines may be a secret's own text.
                mask_line(line, *keys == Keys::At(own), key, masked);
            }
        }
    }
}

/// What becomes of the lines of a section.
enum Section {
    Shown,
    Hidden { keys_at: Option<Keys> },
}

/// At which indentation keys are shown: where the section's first line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Next,
    At(usize),
}

fn mask_line(line: &str, shows_key: bool, key: &[u8; 32], masked: &mut String) {
    let content = line.trim_end();
    let start = content.len() - content.trim_start().len();
    masked.push_str(&content[..start]);
    if let Some(name) = key_of(content).filter(|_| shows_key) {
        masked.push_str(name);
        masked.push_str(": ");
    }
    let digest = Digest::of(&[key, line.as_bytes()].concat()).to_hex();
    // Writing to a string cannot fail.
    let _written = write!(masked, "<hidden {}>", &digest[..DIGITS]);
    masked.push_str(&line[content.len()..]);
}

/// `name` of a line `name: …`.
fn key_of(content: &str) -> Option<&str> {
    let (name, after) = content.trim_start().split_once(':')?;
    let is_key = (after.is_empty() || after.starts_with(' '))
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter));
    is_key.then_some(name)
}

/// Whether a line says `kind: Secret` or `kind: SecretList`, in whichever style.
fn names_secret(line: &str) -> bool {
    let is_quote_or_blank = |letter: char| letter == '"' || letter == '\'' || letter.is_whitespace();
    line.match_indices("Secret").any(|(at, word)| {
        let before = line[..at].trim_end_matches(is_quote_or_blank).strip_suffix(':');
        let after = &line[at + word.len()..];
        let after = after.strip_prefix("List").unwrap_or(after);
        before.is_some_and(|before| before.trim_end_matches(is_quote_or_blank).ends_with("kind"))
            && !after.starts_with(|letter: char| letter.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_data_of_secrets_is_hidden() {
        let text = "---\n# Source: a/t.yaml\nkind: ConfigMap\ndata: {a: open}\n---\n# Source: a/s.yaml\napiVersion: v1\nkind: Secret\n\
                    metadata:\n  name: seen\ndata:\n  user: aGlkZGVu\n  long: |\n    password: hidden\n---\nkind: SecretStore\na: open\n";
        let masked = masked(text, &[7; 32]);
        assert!(!masked.contains(" hidden\n") && !masked.contains("aGlkZGVu") && !masked.contains("password"), "{masked}");
        assert!(masked.contains("  name: seen\ndata:\n  user: <hidden "), "{masked}");
        assert_eq!(masked.matches("open").count(), 2, "{masked}");
        assert_eq!(masked.lines().count(), text.lines().count());
    }

    #[test]
    fn a_secret_in_another_style_is_hidden_whole() {
        for text in [
            "kind: List\nitems:\n- kind: Secret\n  data: {a: aGlkZGVu}\n",
            "{\"kind\": \"Secret\", \"data\": {\"a\": \"aGlkZGVu\"}}\n",
            "kind: \"Secret\"\nstringData: {a: aGlkZGVu}\n",
            "data: {a: aGlkZGVu}\nkind:\n  Secret\n",
            "kind: Secret\n: broken\naGlkZGVu: |\n\taGlkZGVu\n",
        ] {
            let masked = masked(text, &[7; 32]);
            assert!(!masked.contains("aGlkZGVu"), "{masked}");
        }
    }
}
