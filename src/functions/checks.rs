//! What Go's parsers say of dates, addresses, URLs and patterns, for whoever holds texts against them without calling a template
//! function.

use jiff::tz::TimeZone;

use super::addresses::{self, Address};
use super::{dates, regex, urls};
use crate::yaml::Text;

/// What is asked of a URL beside whether it is one.
pub struct Url {
    /// Whether it has a scheme.
    pub is_absolute: bool,
    /// Its host as written, port and brackets included.
    pub host: Text,
    /// The host alone.
    pub hostname: Text,
    /// Its path as written, if Go would not write it so; empty if it would.
    pub unusual_path: Text,
}

/// Reads a URL as `url.Parse` does.
///
/// # Errors
/// Go's message.
pub fn url(text: &[u8]) -> Result<Url, String> {
    urls::parts(text)
}

/// Whether a text is a time in this layout.
///
/// # Errors
/// Go's message.
pub fn time(layout: &str, text: &[u8]) -> Result<(), String> {
    dates::check(layout.as_bytes(), text, &TimeZone::UTC)
}

/// Whether a text with a colon is an IPv6 address, perhaps with a zone.
///
/// # Errors
/// The message of `netip.ParseAddr`.
pub fn ipv6(text: &[u8]) -> Result<(), String> {
    match addresses::parse(text)? {
        Address::V4 | Address::V6 => Ok(()),
    }
}

/// A pattern of Go's as the crate `regex` reads it.
///
/// # Errors
/// Go's message.
pub fn pattern(text: &[u8]) -> Result<String, String> {
    regex::translated(text)
}
