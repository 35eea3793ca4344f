//! Everything that rendering one release may look at: complete before rendering starts, and nothing else exists.

use std::net::IpAddr;
use std::sync::Arc;

use super::capabilities::Capabilities;
use super::dialect::Dialect;
use crate::chart::Chart;
use crate::gotemplate::Clock;
use crate::values::{self, SchemaDocuments};
use crate::yaml;

/// One release, ready to render.
#[derive(Clone)]
pub struct ReleaseInputs {
    /// `.Release.Name`.
    pub name: String,
    /// `.Release.Namespace`.
    pub namespace: String,
    /// Whether Helm would upgrade (`.Release.IsUpgrade`) rather than install.
    pub is_upgrade: bool,
    /// The chart with its subcharts.
    pub chart: Arc<Chart>,
    /// The user's values: files and sets laid over each other, the chart's own defaults not included.
    pub values: Arc<yaml::Map>,
    /// The documents at addresses to which the charts' schemas refer.
    pub schema_documents: Arc<SchemaDocuments>,
    /// What other releases of the process found out about their charts' defaults: it saves time and changes nothing.
    pub defaults: Arc<values::Defaults>,
    /// `.Capabilities`.
    pub capabilities: Capabilities,
    /// Which Helm is reproduced.
    pub dialect: &'static Dialect,
    /// What is left out of the output or of the checks.
    pub options: Options,
    /// The clock.
    pub clock: Arc<Clock>,
    /// What all randomness of this release grows from.
    pub seed: [u8; 32],
    /// Who is asked for a host's addresses, if [`Options::enable_dns`] says so: rendering itself opens no socket.
    pub resolve_name: Arc<ResolveName>,
}

/// Looks a host name up; no addresses where there are none.
pub type ResolveName = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// Flags of `helm template` that change what is printed or checked.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of `helm template`")]
pub struct Options {
    /// Print `crds/` folders (`--include-crds`).
    pub include_crds: bool,
    /// Leave test hooks out (`--skip-tests`).
    pub skip_tests: bool,
    /// Leave all hooks out (`--no-hooks`).
    pub no_hooks: bool,
    /// Do not hold values against `values.schema.json`.
    pub skip_schema_validation: bool,
    /// Let `getHostByName` ask for addresses (`--enable-dns`).
    pub enable_dns: bool,
}
