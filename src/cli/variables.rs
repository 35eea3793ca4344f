//! helmfile's environment variables that stand for flags, and those that mean nothing here, with the reason for each.
//!
//! Variables that clap reads stand with their flags in `args`; those that a room looks at are read there: `HELMFILE_RENDER_YAML`,
//! `HELMFILE_EXPERIMENTAL`, `HELMFILE_DISABLE_HOOKS` and the two that switch template functions off.

use super::args::Global;
use crate::surroundings::Surroundings;

const CLUSTER: &str = "no cluster is asked";

/// Variables without an effect.
const ACCEPTED: &[(&str, &str)] = &[
    ("HELMFILE_AWS_SDK_LOG_LEVEL", "`vals` is a program of its own here, with variables of its own"),
    ("HELMFILE_CACHE_HOME", "`HELMLOCK_CACHE_DIR` says where charts are kept"),
    ("HELMFILE_DISABLE_RUNNER_UNIQUE_ID", "no runner has an id"),
    ("HELMFILE_INTERACTIVE", CLUSTER),
    ("HELMFILE_REPO_RETRIES", "requests are tried again by themselves"),
    ("HELMFILE_SKIP_INSECURE_TEMPLATE_FUNCTIONS", "helmfile 1 does not know it either; `--no-exec` starts no program"),
    ("HELMFILE_TEMPDIR", "`TMPDIR` says where temporary folders are made"),
    ("HELMFILE_UPGRADE_NOTICE_DISABLED", "there is no such notice"),
    ("HELMFILE_USE_HELM_STATUS_TO_CHECK_RELEASE_EXISTENCE", CLUSTER),
    ("HELMFILE_V1MODE", "files are always read as helmfile 1 reads them"),
    ("HELMFILE_VALS_FAIL_ON_MISSING_KEY_IN_MAP", "`vals` is a program of its own here, with variables of its own"),
    ("HELMFILE_GOCCY_GOYAML", "files are always read as helmfile 1 reads them"),
    ("HELMFILE_GO_YAML_V3", "files are always read as go-yaml 3 reads them"),
];

/// Lets variables stand for flags that were not given, and says which variables are set without an effect.
pub(super) fn apply(global: &mut Global, surroundings: &Surroundings) -> Vec<(&'static str, &'static str)> {
    let is_true = |name| surroundings.variable(name) == Some("true");
    let is_set = |name| surroundings.variable(name).is_some_and(|value| !value.is_empty());
    let compatible = &mut global.compatible;
    compatible.debug |= is_true("HELMFILE_DEBUG");
    compatible.no_color |= is_set("HELMFILE_NO_COLOR");
    let level = compatible.log_level.as_deref().or_else(|| surroundings.variable("HELMFILE_LOG_LEVEL")).unwrap_or_default();
    compatible.debug |= level.eq_ignore_ascii_case("debug");
    let is_low = ["warn", "error", "dpanic", "panic", "fatal"].iter().any(|low| level.eq_ignore_ascii_case(low));
    // As in helmfile, whoever wants to hear more is not silenced.
    let wants_more = global.verbose > 0 || global.compatible.debug;
    global.quiet = !wants_more && (global.quiet || is_low || is_true("HELMFILE_QUIET"));
    ACCEPTED.iter().copied().filter(|(name, _)| is_set(name)).collect()
}
