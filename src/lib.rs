//! helmlock, a lockfile for Helm charts.

pub mod chart;
pub mod functions;
pub mod gotemplate;
pub mod values;
pub mod yaml;

#[cfg(test)]
mod cases;
