//! `cache info` and `cache cleanup`: where charts are kept and what is there, in helmfile's words.

use std::fmt::Write;

use clap::Subcommand;
use serde_json::json;

use super::Live;
use super::args::Format;
use super::error::Error;

#[derive(Debug, Subcommand)]
pub(super) enum Cache {
    /// Say where the cache is and what it holds
    Info,
    /// Empty the cache; `helmlock fetch` fills it again
    Cleanup,
}

/// Runs the command.
pub(super) fn run(command: &Cache, live: &Live) -> Result<(), Error> {
    let folder = live.cache.folder().display().to_string();
    let (head, entries) = match command {
        Cache::Info => (format!("Cache directory: {folder}\n"), live.cache.entries()?),
        Cache::Cleanup => (format!("Cleaning up cache directory: {folder}\n"), live.cache.clear()?),
    };
    if live.terminal.format() == Format::Json {
        return Ok(live.terminal.write_json(&json!({"directory": folder, "entries": entries}))?);
    }
    // helmfile says nothing of a cache that is not there and shall go.
    let says_nothing = matches!(command, Cache::Cleanup) && entries.is_empty();
    let mut text = if says_nothing { String::new() } else { head };
    for entry in entries {
        // Writing to a string cannot fail.
        let _written = writeln!(text, "- {entry}");
    }
    Ok(live.terminal.write(text.as_bytes())?)
}
