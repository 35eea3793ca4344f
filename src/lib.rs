//! helmlock, a lockfile for Helm charts.

pub mod chart;
pub mod gotemplate;
pub mod project;
pub mod surroundings;
pub mod values;
pub mod yaml;

#[cfg(test)]
mod cases;
