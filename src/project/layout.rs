//! In which order Go prints its structs, and which of their fields it prints even when they say nothing: what `build` follows.
//!
//! The names are those of the tables in `keys`, the order is that of helmfile 1.8's Go types.

use super::keys::Table;

/// How one mapping is printed.
pub(super) struct Layout {
    /// The keys in order.
    pub(super) order: &'static [&'static str],
    /// Those of them that are printed with their zero, too.
    pub(super) always: &'static [&'static str],
}

impl Layout {
    /// The layout of what a table reads.
    pub(super) fn of(table: &Table) -> &'static Self {
        match table.name {
            "" => &STATE,
            "environments.*" => &ENVIRONMENT,
            "missingFileHandlerConfig" => &MISSING_FILES,
            "helmfiles[]" => &NESTED,
            "repositories[]" => &REPOSITORY,
            "hooks[]" => &HOOK,
            "helmDefaults" => &HELM_DEFAULTS,
            "set[]" => &SET,
            "inherit[]" => &INHERIT,
            "dependencies[]" => &DEPENDENCY,
            "trackResources[]" => &TRACKED,
            _ => &RELEASE,
        }
    }
}

static STATE: Layout = Layout {
    order: &[
        "filepath",
        "helmBinary",
        "kustomizeBinary",
        "values",
        "environments",
        "bases",
        "helmDefaults",
        "helmfiles",
        "kubeContext",
        "namespace",
        "chart",
        "repositories",
        "commonLabels",
        "releases",
        "llm",
        "apiVersions",
        "kubeVersion",
        "hooks",
        "templates",
        "defaultInherit",
        "missingFileHandler",
        "missingFileHandlerConfig",
        "lockFilePath",
        "renderedvalues",
    ],
    always: &["templates"],
};

static ENVIRONMENT: Layout = Layout {
    order: &["values", "secrets", "kubeContext", "missingFileHandler", "missingFileHandlerConfig", "mergeStrategy"],
    always: &[],
};

static MISSING_FILES: Layout = Layout { order: &["ignoreMissingGitBranch"], always: &[] };

static NESTED: Layout = Layout { order: &["path", "selectors", "selectorsInherited", "inherits", "values"], always: &[] };

static REPOSITORY: Layout = Layout {
    order: &[
        "name",
        "url",
        "caFile",
        "certFile",
        "keyFile",
        "username",
        "password",
        "registryConfig",
        "managed",
        "oci",
        "verify",
        "keyring",
        "passCredentials",
        "skipTLSVerify",
        "plainHttp",
    ],
    always: &[],
};

static HOOK: Layout = Layout {
    order: &["name", "events", "command", "kubectlApply", "args", "showlogs"],
    always: &["name", "events", "command", "args", "showlogs"],
};

static HELM_DEFAULTS: Layout = Layout {
    order: &[
        "kubeContext",
        "args",
        "diffArgs",
        "syncArgs",
        "templateArgs",
        "verify",
        "keyring",
        "enableDNS",
        "skipSchemaValidation",
        "devel",
        "wait",
        "waitRetries",
        "waitForJobs",
        "timeout",
        "recreatePods",
        "force",
        "atomic",
        "rollbackOnFailure",
        "cleanupOnFail",
        "forceConflicts",
        "historyMax",
        "createNamespace",
        "skipCRDs",
        "skipDeps",
        "skipRefresh",
        "resolveOCIVersions",
        "reuseValues",
        "postRenderer",
        "postRendererArgs",
        "cascade",
        "suppressOutputLineRegex",
        "disableAutoDetectedKubeVersionForDiff",
        "disableValidation",
        "disableOpenAPIValidation",
        "insecureSkipTLSVerify",
        "plainHttp",
        "deleteWait",
        "deleteTimeout",
        "syncReleaseLabels",
        "takeOwnership",
        "serverSide",
        "trackMode",
        "helmStuckGrace",
    ],
    always: &[
        "verify",
        "enableDNS",
        "devel",
        "wait",
        "waitRetries",
        "waitForJobs",
        "timeout",
        "recreatePods",
        "force",
        "atomic",
        "rollbackOnFailure",
        "forceConflicts",
        "skipDeps",
        "skipRefresh",
        "reuseValues",
    ],
};

static SET: Layout = Layout { order: &["name", "value", "file", "values"], always: &[] };

static INHERIT: Layout = Layout { order: &["template", "except"], always: &[] };

static DEPENDENCY: Layout = Layout { order: &["chart", "version", "alias"], always: &["chart", "version", "alias"] };

static TRACKED: Layout = Layout { order: &["kind", "name", "namespace"], always: &[] };

static RELEASE: Layout = Layout {
    order: &[
        "chart",
        "chartPath",
        "directory",
        "version",
        "verify",
        "keyring",
        "enableDNS",
        "devel",
        "wait",
        "waitRetries",
        "waitForJobs",
        "timeout",
        "recreatePods",
        "force",
        "installed",
        "updateStrategy",
        "atomic",
        "rollbackOnFailure",
        "cleanupOnFail",
        "forceConflicts",
        "historyMax",
        "condition",
        "createNamespace",
        "reuseValues",
        "disableOpenAPIValidation",
        "disableValidation",
        "disableValidationOnInstall",
        "missingFileHandler",
        "missingFileHandlerConfig",
        "needs",
        "hooks",
        "unitTests",
        "name",
        "description",
        "namespace",
        "labels",
        "values",
        "secrets",
        "set",
        "setString",
        "valuesTemplate",
        "setTemplate",
        "apiVersions",
        "kubeVersion",
        "env",
        "valuesPathPrefix",
        "kubeContext",
        "insecureSkipTLSVerify",
        "plainHttp",
        "verifyTemplate",
        "waitTemplate",
        "installedTemplate",
        "conditionTemplate",
        "dependencies",
        "jsonPatches",
        "strategicMergePatches",
        "transformers",
        "adopt",
        "forceGoGetter",
        "forceNamespace",
        "skipDeps",
        "skipRefresh",
        "resolveOCIVersions",
        "postRenderer",
        "skipSchemaValidation",
        "postRendererArgs",
        "cascade",
        "suppressOutputLineRegex",
        "disableAutoDetectedKubeVersionForDiff",
        "inherit",
        "suppressDiff",
        "deleteWait",
        "deleteTimeout",
        "syncReleaseLabels",
        "takeOwnership",
        "serverSide",
        "trackMode",
        "trackTimeout",
        "trackLogs",
        "trackFailedLogs",
        "helmStuckGrace",
        "trackKinds",
        "skipKinds",
        "trackResources",
        "kubedogQPS",
        "kubedogBurst",
        "trackFailOnError",
    ],
    always: &[],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::keys::{self, Shape};

    fn check(table: &'static Table) {
        for key in table.keys {
            assert!(Layout::of(table).order.contains(&key.name), "`{}.{}` has no place", table.name, key.name);
            match key.shape {
                Shape::Record(below)
                | Shape::Records(below)
                | Shape::RecordOrRecords(below)
                | Shape::Paths(below)
                | Shape::Named(below) => check(below),
                _ => {}
            }
        }
    }

    #[test]
    fn every_key_has_its_place() {
        check(&keys::STATE);
    }
}
