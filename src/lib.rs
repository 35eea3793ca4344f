//! helmlock, a lockfile for Helm charts.

pub mod chart;
pub mod digest;
pub mod functions;
pub mod gotemplate;
pub mod project;
pub mod surroundings;
pub mod values;
pub mod request;
pub mod source;
pub mod version;
pub mod yaml;

#[cfg(test)]
mod cases;
