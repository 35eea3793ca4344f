//! Known secrets taken out of what is about to be shown: what was decrypted, what references led to, passwords of the project.
//!
//! Nobody else can know them all: a template may put a secret anywhere, and errors repeat what they stumble over.

use std::borrow::Cow;

use crate::functions::base64;
use crate::surroundings::Secrets;

/// What stands in a secret's place.
const MASK: &str = "[secret]";

/// The text without known secrets, in whichever form one writes them.
pub(super) fn masked<'text>(text: &'text str, secrets: &Secrets) -> Cow<'text, str> {
    let mut masked = Cow::Borrowed(text);
    for secret in secrets.texts() {
        for form in forms(&secret) {
            if masked.contains(&form) {
                masked = masked.replace(&form, MASK).into();
            }
        }
    }
    masked
}

/// As it is; in JSON, in JSON within JSON, in HTML; and in base64, as manifests have it, perhaps with a line break at its end.
fn forms(secret: &str) -> Vec<String> {
    let in_json = |text: &str| serde_json::Value::from(text).to_string().trim_matches('"').to_owned();
    let in_html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let once = in_json(secret);
    // The one with a line break at its end may begin with the other one.
    let encoded = [base64(format!("{secret}\n").as_bytes()), base64(secret.as_bytes())];
    let mut forms = vec![in_json(&once), once, in_html, secret.to_owned()];
    forms.extend(encoded);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_secret_is_hidden() {
        let secrets = Secrets::default();
        secrets.keep("pass<\"word\">");
        secrets.keep("-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END KEY-----\n");
        secrets.keep("abc");
        for (text, expected) in [
            ("a pass<\"word\"> b", "a [secret] b"),
            ("{\"a\": \"pass<\\\"word\\\">\"}", "{\"a\": \"[secret]\"}"),
            ("<b>pass&lt;&quot;word&quot;&gt;</b>", "<b>[secret]</b>"),
            ("a: cGFzczwid29yZCI+", "a: [secret]"),
            ("a: cGFzczwid29yZCI+Cg==", "a: [secret]"),
            ("  -----BEGIN KEY-----\n  MIIEvQIBADANBgkqhkiG9w0B", "  -----BEGIN KEY-----\n  [secret]"),
            ("abc is too short to be told from other words", "abc is too short to be told from other words"),
        ] {
            assert_eq!(masked(text, &secrets), expected);
        }
    }
}
