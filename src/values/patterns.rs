//! The patterns of a schema, which Helm's engine takes for Go's and ours for those of another language: each is replaced by one that
//! means there what the schema means, before the engine sees it.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use crate::functions::checks;

/// What a replaced pattern begins with: the one that it replaces, in hexadecimal digits, not to be matched even once.
const BEFORE: &str = "(?:";
const AFTER: &str = "){0}";

/// The name that the format `regex` has in a schema: under its own, ours does not ask us.
pub(super) const FORMAT: &str = "regex of Go";

/// Keywords whose value names schemas.
pub(super) const NAMED: [&str; 6] =
    ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];

/// Keywords whose value is no schema, whatever it looks like.
pub(super) const DATA: [&str; 4] = ["const", "default", "enum", "examples"];

/// Replaces all patterns of a schema that Go can read.
pub(super) fn translate(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(translate),
        Json::Object(keywords) => {
            for (keyword, value) in keywords.iter_mut() {
                match value {
                    Json::String(text) if keyword == "pattern" => *text = translated(text),
                    Json::String(text) if keyword == "format" && text == "regex" => FORMAT.clone_into(text),
                    Json::Object(schemas) if NAMED.contains(&keyword.as_str()) => {
                        schemas.values_mut().for_each(translate);
                        if keyword == "patternProperties" {
                            *schemas = std::mem::take(schemas)
                                .into_iter()
                                .map(|(key, value)| (translated(&key), value))
                                .collect::<Map<_, _>>();
                        }
                    }
                    _ if DATA.contains(&keyword.as_str()) => {}
                    value => translate(value),
                }
            }
        }
        _ => {}
    }
}

/// What stands in place of a pattern; of one that Go refuses, what no engine takes.
fn translated(pattern: &str) -> String {
    let mut out = BEFORE.to_owned();
    for byte in pattern.bytes() {
        // Writing to a string cannot fail.
        let _written = write!(out, "{byte:02x}");
    }
    out.push_str(AFTER);
    out.push_str(checks::pattern(pattern.as_bytes()).as_deref().unwrap_or("("));
    out
}

/// The pattern that this one was put in place of, if it was.
pub(super) fn original(pattern: &str) -> Option<String> {
    let (digits, _) = pattern.strip_prefix(BEFORE)?.split_once(AFTER)?;
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    String::from_utf8(digits.as_bytes().chunks(2).map(byte).collect::<Option<_>>()?).ok()
}
