//! TOML as the Go library that Helm uses reads and prints it: what it accepts, and its words for what it does not.

mod read;
mod scan;
mod value;
mod write;

pub(super) use read::decoded;
pub(super) use write::encoded;

/// Which version of the library reads and prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Library {
    /// Helm 3.15: infinity has a sign, and inline structs lose other commas. It reads nothing.
    V1_3,
    /// Helm 3.19, TOML 1.0: inline tables stand in one line without a last comma, times have seconds, and there is neither
    /// `\e` nor `\x41`. A key whose value is an array, or becomes one, may be given again. Floats have no exponents.
    V1_5,
    /// Helm 3.22 and later, TOML 1.1.
    V1_6,
}
