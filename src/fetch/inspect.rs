//! A first look into a chart archive: is it one, and which.
//!
//! Only what a pin promises is looked at here, so that a chart that our loader refuses can still be pinned and rendered by
//! the user's own helm. The stream is read to its end, which finds torn archives.

use std::io::Read;

use crate::yaml::{self, Rules, Text};

/// Bytes after decompression, as Helm has it.
const LIMIT: u64 = 100 << 20;
/// Bytes of a Chart.yaml that anybody can mean.
const METADATA_LIMIT: u64 = 1 << 20;
/// Entries, directories counted.
const ENTRIES: usize = 20_000;

/// What a chart says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) app_version: Option<String>,
}

/// Why bytes cannot be a chart, if that shows at once.
pub(super) fn glance(bytes: &[u8]) -> Result<(), String> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(());
    }
    Err(match bytes.trim_ascii_start() {
        [] => "it is empty",
        [b'<', ..] => "it is a web page; does the server ask for a login?",
        [b'{', ..] => "it is JSON; does the server report an error?",
        _ => "it is not a gzip archive",
    }
    .to_owned())
}

/// What the chart in an archive is.
///
/// # Errors
/// Why it is no chart.
pub(super) fn identity(bytes: &[u8]) -> Result<Identity, String> {
    glance(bytes)?;
    let damaged = |error: std::io::Error| format!("the archive is damaged: {error}");
    let mut budget = flate2::read::GzDecoder::new(bytes).take(LIMIT);
    let mut archive = tar::Archive::new(&mut budget);
    let mut metadata = None;
    for (count, entry) in archive.entries().map_err(damaged)?.enumerate() {
        let mut entry = entry.map_err(damaged)?;
        if count >= ENTRIES {
            return Err(format!("it has more than {ENTRIES} files"));
        }
        if is_metadata(&entry.path_bytes()) && entry.size() <= METADATA_LIMIT {
            let mut text = Vec::new();
            entry.read_to_end(&mut text).map_err(damaged)?;
            metadata = Some(text);
        }
    }
    std::io::copy(&mut budget, &mut std::io::sink()).map_err(damaged)?;
    if budget.limit() == 0 {
        return Err(format!("it has more than {} MiB", LIMIT >> 20));
    }
    let metadata = metadata.ok_or("it has no Chart.yaml")?;
    let metadata = yaml::read(&metadata, &Rules::HELM).map_err(|error| format!("its Chart.yaml cannot be read: {error}"))?;
    let text = |key| metadata.get(key).and_then(yaml::Value::as_text).map(Text::to_string);
    let missing = |key| format!("its Chart.yaml has no {key}");
    Ok(Identity {
        name: text("name").ok_or_else(|| missing("name"))?,
        version: text("version").ok_or_else(|| missing("version"))?,
        app_version: text("appVersion"),
    })
}

/// `<folder>/Chart.yaml`, and no subchart's.
fn is_metadata(path: &[u8]) -> bool {
    let path = path.strip_prefix(b"./").unwrap_or(path);
    path.strip_suffix(b"/Chart.yaml").is_some_and(|folder| !folder.is_empty() && !folder.contains(&b'/'))
}
