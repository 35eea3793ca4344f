//! Every key of helmfile.yaml as a row: what it holds, and whether it has an effect here.
//!
//! A key that is not in its table is an error, as in helmfile 1.x. The tables follow helmfile 1.8's Go types.

/// What a key holds, by its Go type. `Own…` is a Go pointer: an explicit zero is kept, and the value is shared between a
/// template and the releases that inherit it (see [`super::layers`]).
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// `string`
    Text,
    /// `bool`
    Flag,
    /// `int` or `float`
    Number,
    /// `*string`
    OwnText,
    /// `*bool`
    OwnFlag,
    /// `*int` or `*float`
    OwnNumber,
    /// `[]string`
    Texts,
    /// `[]string`, or one `string`
    TextOrTexts,
    /// `[]any`
    Values,
    /// `map[string]string`
    Labels,
    /// A struct
    Record(&'static Table),
    /// `[]struct`
    Records(&'static Table),
    /// `[]struct`, or one struct
    RecordOrRecords(&'static Table),
    /// `[]struct` where a string stands for a struct with that `path`
    Paths(&'static Table),
    /// `map[string]struct`
    Named(&'static Table),
    /// Whatever stands there; not looked at.
    Anything,
}

/// What a key does here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Its meaning is built.
    Used,
    /// It is accepted without effect: it concerns a cluster, or a program that is not needed here.
    Idle,
    /// Its meaning is not built, and ignoring it would be wrong where the stage needs it.
    Refused(Stage),
}

/// Which stage an unbuilt key matters to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The charts cannot be told without it.
    Charts,
    /// The output cannot be made without it.
    Output,
}

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) effect: Effect,
}

/// The keys of one mapping.
#[derive(Debug)]
pub(super) struct Table {
    /// What messages call the mapping: `releases[]`; empty for the file itself.
    pub(super) name: &'static str,
    pub(super) keys: &'static [Key],
}

impl Table {
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

const fn used(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, effect: Effect::Used }
}

const fn idle(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, effect: Effect::Idle }
}

const fn refused(name: &'static str, shape: Shape, stage: Stage) -> Key {
    Key { name, shape, effect: Effect::Refused(stage) }
}

use Shape::{
    Anything, Flag, Labels, Named, Number, OwnFlag, OwnNumber, OwnText, Paths, Record, RecordOrRecords, Records, Text,
    TextOrTexts, Texts, Values,
};
use Stage::{Charts, Output};

/// The state file.
pub(super) static STATE: Table = Table {
    name: "",
    keys: &[
        used("apiVersions", Texts),
        used("bases", Texts),
        used("chart", Text),
        used("commonLabels", Labels),
        used("defaultInherit", TextOrTexts),
        used("environments", Named(&ENVIRONMENT)),
        used("helmDefaults", Record(&HELM_DEFAULTS)),
        used("helmfiles", Paths(&NESTED)),
        used("hooks", Records(&HOOK)),
        used("kubeContext", Text),
        used("kubeVersion", Text),
        used("lockFilePath", Text),
        used("missingFileHandler", OwnText),
        used("missingFileHandlerConfig", Record(&MISSING_FILES)),
        used("namespace", Text),
        used("releases", Records(&RELEASE)),
        used("repositories", Records(&REPOSITORY)),
        used("templates", Named(&TEMPLATE)),
        used("values", Values),
        // What `helmfile build` prints may be read again.
        idle("filepath", Text),
        idle("renderedvalues", Anything),
        idle("helmBinary", Text),
        idle("kustomizeBinary", Text),
        idle("llm", Anything),
    ],
};

static ENVIRONMENT: Table = Table {
    name: "environments.*",
    keys: &[
        used("kubeContext", Text),
        used("mergeStrategy", Text),
        used("missingFileHandler", OwnText),
        used("missingFileHandlerConfig", Record(&MISSING_FILES)),
        used("secrets", Texts),
        used("values", Values),
    ],
};

static MISSING_FILES: Table = Table { name: "missingFileHandlerConfig", keys: &[idle("ignoreMissingGitBranch", Flag)] };

static NESTED: Table = Table {
    name: "helmfiles[]",
    keys: &[
        used("path", Text),
        used("selectors", Texts),
        used("selectorsInherited", Flag),
        used("inherits", Texts),
        used("values", Values),
    ],
};

pub(super) static REPOSITORY: Table = Table {
    name: "repositories[]",
    keys: &[
        used("name", Text),
        used("url", Text),
        used("oci", Flag),
        used("username", Text),
        used("password", Text),
        used("caFile", Text),
        used("certFile", Text),
        used("keyFile", Text),
        used("passCredentials", Flag),
        used("plainHttp", Flag),
        used("registryConfig", Text),
        used("skipTLSVerify", Flag),
        refused("managed", Text, Charts),
        refused("verify", Flag, Charts),
        idle("keyring", Text),
    ],
};

static HOOK: Table = Table {
    name: "hooks[]",
    keys: &[
        used("name", Text),
        used("events", Texts),
        used("command", Text),
        used("args", Texts),
        used("kubectlApply", Labels),
        used("showlogs", Flag),
    ],
};

pub(super) static HELM_DEFAULTS: Table = Table {
    name: "helmDefaults",
    keys: &[
        used("args", Texts),
        used("devel", Flag),
        used("enableDNS", Flag),
        used("insecureSkipTLSVerify", Flag),
        used("kubeContext", Text),
        used("plainHttp", Flag),
        used("postRenderer", OwnText),
        used("postRendererArgs", Texts),
        used("skipSchemaValidation", OwnFlag),
        used("templateArgs", Texts),
        refused("verify", Flag, Charts),
        idle("atomic", Flag),
        idle("cascade", OwnText),
        idle("cleanupOnFail", Flag),
        idle("createNamespace", OwnFlag),
        idle("deleteTimeout", Number),
        idle("deleteWait", Flag),
        idle("diffArgs", Texts),
        idle("disableAutoDetectedKubeVersionForDiff", OwnFlag),
        idle("disableOpenAPIValidation", OwnFlag),
        idle("disableValidation", OwnFlag),
        idle("force", Flag),
        idle("forceConflicts", Flag),
        idle("helmStuckGrace", Number),
        idle("historyMax", OwnNumber),
        idle("keyring", Text),
        idle("recreatePods", Flag),
        idle("resolveOCIVersions", OwnFlag),
        idle("reuseValues", Flag),
        idle("rollbackOnFailure", Flag),
        idle("serverSide", OwnText),
        idle("skipCRDs", Flag),
        idle("skipDeps", Flag),
        idle("skipRefresh", Flag),
        idle("suppressOutputLineRegex", Texts),
        idle("syncArgs", Texts),
        idle("syncReleaseLabels", OwnFlag),
        idle("takeOwnership", OwnFlag),
        idle("timeout", Number),
        idle("trackMode", Text),
        idle("wait", Flag),
        idle("waitForJobs", Flag),
        idle("waitRetries", Number),
    ],
};

static SET: Table =
    Table { name: "set[]", keys: &[used("name", Text), used("value", Text), used("file", Text), used("values", Values)] };

static INHERIT: Table = Table { name: "inherit[]", keys: &[used("template", Text), used("except", Texts)] };

static DEPENDENCY: Table =
    Table { name: "dependencies[]", keys: &[used("chart", Text), used("version", Text), used("alias", Text)] };

static TRACKED: Table =
    Table { name: "trackResources[]", keys: &[used("kind", Text), used("name", Text), used("namespace", Text)] };

/// A release.
pub(super) static RELEASE: Table = Table { name: "releases[]", keys: RELEASE_KEYS };

/// A template has the keys of a release.
pub(super) static TEMPLATE: Table = Table { name: "templates.*", keys: RELEASE_KEYS };

static RELEASE_KEYS: &[Key] = &[
    used("apiVersions", Texts),
    used("chart", Text),
    used("condition", Text),
    used("conditionTemplate", OwnText),
    used("dependencies", Records(&DEPENDENCY)),
    used("devel", OwnFlag),
    used("enableDNS", OwnFlag),
    used("env", Records(&SET)),
    used("forceNamespace", Text),
    used("hooks", Records(&HOOK)),
    used("inherit", RecordOrRecords(&INHERIT)),
    used("insecureSkipTLSVerify", Flag),
    used("installed", OwnFlag),
    used("installedTemplate", OwnText),
    used("kubeContext", Text),
    used("kubeVersion", Text),
    used("labels", Labels),
    used("missingFileHandler", OwnText),
    used("missingFileHandlerConfig", Record(&MISSING_FILES)),
    used("name", Text),
    used("namespace", Text),
    used("needs", Texts),
    used("plainHttp", Flag),
    used("postRenderer", OwnText),
    used("postRendererArgs", Texts),
    used("secrets", Values),
    used("set", Records(&SET)),
    used("setString", Records(&SET)),
    used("setTemplate", Records(&SET)),
    used("skipSchemaValidation", OwnFlag),
    used("values", Values),
    used("valuesPathPrefix", Text),
    used("valuesTemplate", Values),
    used("version", Text),
    refused("adopt", Texts, Output),
    refused("chartPath", Text, Charts),
    refused("directory", Text, Charts),
    refused("forceGoGetter", Flag, Charts),
    refused("jsonPatches", Values, Output),
    refused("strategicMergePatches", Values, Output),
    refused("transformers", Values, Output),
    refused("verify", OwnFlag, Charts),
    refused("verifyTemplate", OwnText, Charts),
    idle("atomic", OwnFlag),
    idle("cascade", OwnText),
    idle("cleanupOnFail", OwnFlag),
    idle("createNamespace", OwnFlag),
    idle("deleteTimeout", OwnNumber),
    idle("deleteWait", OwnFlag),
    idle("description", Text),
    idle("disableAutoDetectedKubeVersionForDiff", OwnFlag),
    idle("disableOpenAPIValidation", OwnFlag),
    idle("disableValidation", OwnFlag),
    idle("disableValidationOnInstall", OwnFlag),
    idle("force", OwnFlag),
    idle("forceConflicts", OwnFlag),
    idle("helmStuckGrace", OwnNumber),
    idle("historyMax", OwnNumber),
    idle("keyring", Text),
    idle("kubedogBurst", OwnNumber),
    idle("kubedogQPS", OwnNumber),
    idle("recreatePods", OwnFlag),
    idle("resolveOCIVersions", OwnFlag),
    idle("reuseValues", OwnFlag),
    idle("rollbackOnFailure", OwnFlag),
    idle("serverSide", OwnText),
    idle("skipDeps", OwnFlag),
    idle("skipKinds", Texts),
    idle("skipRefresh", OwnFlag),
    idle("suppressDiff", OwnFlag),
    idle("suppressOutputLineRegex", Texts),
    idle("syncReleaseLabels", OwnFlag),
    idle("takeOwnership", OwnFlag),
    idle("timeout", OwnNumber),
    idle("trackFailOnError", OwnFlag),
    idle("trackFailedLogs", OwnFlag),
    idle("trackKinds", Texts),
    idle("trackLogs", OwnFlag),
    idle("trackMode", Text),
    idle("trackResources", Records(&TRACKED)),
    idle("trackTimeout", OwnNumber),
    idle("unitTests", Texts),
    idle("updateStrategy", Text),
    idle("wait", OwnFlag),
    idle("waitForJobs", OwnFlag),
    idle("waitRetries", OwnNumber),
    idle("waitTemplate", OwnText),
];
