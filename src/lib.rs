//! helmlock, a lockfile for Helm charts.

pub mod cache;
pub mod chart;
mod cli;
pub mod digest;
pub mod fetch;
pub mod functions;
pub mod gotemplate;
pub mod lockfile;
pub mod project;
pub mod release;
pub mod render;
pub mod request;
pub mod resolve;
pub mod source;
pub mod surroundings;
pub mod values;
pub mod version;
pub mod yaml;

pub use cli::run;

#[cfg(test)]
mod cases;
