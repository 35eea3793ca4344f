//! helmlock, a lockfile for Helm charts.

pub mod digest;
pub mod gotemplate;
pub mod lockfile;
pub mod request;
pub mod resolve;
pub mod source;
pub mod version;
pub mod yaml;

#[cfg(test)]
mod cases;
