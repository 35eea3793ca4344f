//! helmlock, a lockfile for Helm charts.

pub mod gotemplate;
pub mod yaml;

#[cfg(test)]
mod cases;
