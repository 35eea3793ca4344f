//! helmlock, a lockfile for Helm charts.

pub mod chart;
pub mod digest;
pub mod gotemplate;
pub mod values;
pub mod version;
pub mod yaml;

#[cfg(test)]
mod cases;
