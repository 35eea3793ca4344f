//! TOML as the Go library that Helm uses reads and prints it: what it accepts, and its words for what it does not.

mod read;
mod scan;
mod value;
mod write;

pub(super) use read::decoded;
pub use write::Floats;
pub(super) use write::encoded;

/// Which TOML is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// TOML 1.1 (version 1.6 of the library, Helm 3.22 and later).
    Newer,
    /// TOML 1.0 (version 1.5): inline tables stand in one line without a last comma, times have seconds, and there is neither
    /// `\e` nor `\x41`. A key whose value is an array, or becomes one, may be given again.
    Older,
}
