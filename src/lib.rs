//! helmlock, a lockfile for Helm charts.

pub mod cache;
pub mod chart;
pub mod digest;
pub mod gotemplate;
pub mod values;
pub mod yaml;

#[cfg(test)]
mod cases;
