//! What differs between the Helm versions whose output we reproduce, as data. The only file that names Helm versions.
//!
//! Each room owns its knob; a dialect only picks the positions. What one dialect lacks is a row here, never an `if` elsewhere.

use std::fmt;
use std::sync::LazyLock;

use super::api_versions;
use super::capabilities::{HelmVersion, KubeVersionRule, Package};
use super::functions;
use crate::chart;
use crate::functions::{Camelcase, Hosts, MapOverScalar, Matches, Rules as FunctionRules, TomlLibrary};
use crate::gotemplate::{Functions, Language};
use crate::values::{Aliases, Coalescing, FlagRules, Rules, Schema};
use crate::version::{PrereleaseRule, Version, Wording};
use crate::yaml::json::Backend;

/// A Helm version whose output is reproduced.
pub struct Dialect {
    /// The name that `render.helm` in the lock says.
    pub name: &'static str,
    /// Which Go's template language.
    pub language: Language,
    /// What templates may call.
    pub(super) functions: LazyLock<Functions>,
    /// How charts are read.
    pub charts: chart::Rules,
    /// How values are laid over defaults.
    pub coalescing: Coalescing,
    /// What a chart under several aliases has in common with itself.
    pub aliases: Aliases,
    /// By which engine's rules values are validated.
    pub schema: Schema,
    /// How values files and `--set` flags are read.
    pub flags: FlagRules,
    /// When a constraint admits prereleases.
    pub prereleases: PrereleaseRule,
    /// How rendered files are cut into documents.
    pub split: Split,
    /// What a post-renderer is and gets.
    pub post_rendering: PostRendering,
    /// Which JSON engine finds the heads of documents.
    pub json: Backend,
    /// Whether the two webhook configuration kinds have a place in the install order.
    pub orders_webhooks: bool,
    /// How execution errors are laid out.
    pub error_layout: ErrorLayout,
    /// What `.Chart` is.
    pub chart_form: ChartForm,
    /// The Go package of the types that charts see.
    pub package: Package,
    /// What is kept of the text of a Kubernetes version.
    pub kube_versions: KubeVersionRule,
    /// The Kubernetes version that charts see unless told otherwise.
    pub kube_version: &'static str,
    /// The API versions that charts see unless told otherwise, in Helm's order.
    pub api_versions: &'static [&'static str],
    /// What `.Capabilities.HelmVersion` says.
    pub helm_version: HelmVersion,
}

/// How rendered files are cut into documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Separators with the blank lines before them; each document trimmed at both ends (Helm 3).
    Trimmed,
    /// Separators at a line's start; only leading white space trimmed (Helm 4.2.4 and later).
    LeadingTrimmed,
}

/// What a post-renderer is and gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostRendering {
    /// A program; it gets the text of all manifests but hooks, and nothing is made of its answer (Helm 3).
    Text,
    /// A plugin; it gets all documents, hooks among them, and its answer is cut and sorted (Helm 4).
    Documents,
}

/// How execution errors are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorLayout {
    /// Go's one line.
    Flat,
    /// A position, what executed and the message, each link indented below the other (Helm 4).
    Tree,
}

/// What `.Chart` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartForm {
    /// A Go struct: an unknown field is an error, and YAML has the names of Chart.yaml (Helm 3).
    Struct,
    /// A map of all fields by their Go names, empty ones too (Helm 4).
    Map,
}

impl Dialect {
    /// The dialect that is used where nothing else is said.
    pub fn newest() -> &'static Self {
        &HELM_4_3
    }

    /// The dialect of a `render.helm` in the lock.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|dialect| dialect.name == name)
    }

    /// The dialect that prints what the helm of this version prints, as `helm version` says it: `v3.19.0`, `4.3.1+gc0d08d0`.
    /// `None` where no dialect is known to.
    pub fn for_helm_version(text: &str) -> Option<&'static Self> {
        let version = Version::parse(text.trim()).ok()?;
        match (version.major(), version.minor(), version.patch()) {
            (3, 15, _) => Some(&HELM_3_15),
            (3, 19, _) => Some(&HELM_3_19),
            (3, 20..=22, _) => Some(&HELM_3_22),
            // Before 4.2.4 blank lines between documents vanished.
            (4, 2, 4..) | (4, 3, _) => Some(&HELM_4_3),
            _ => None,
        }
    }

    /// The rules of the values room.
    pub(super) fn values(&self, skip_schema_validation: bool) -> Rules {
        let schema = if skip_schema_validation { Schema::Skip } else { self.schema };
        let names_stage = self.error_layout == ErrorLayout::Tree;
        let Self { coalescing, prereleases, aliases, .. } = *self;
        Rules { coalescing, prereleases, schema, names_stage, aliases }
    }

    /// The names of all dialects, newest first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|dialect| dialect.name)
    }
}

impl fmt::Debug for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Helm {}", self.name)
    }
}

static ALL: &[&Dialect] = &[&HELM_4_3, &HELM_3_22, &HELM_3_19, &HELM_3_15];

static HELM_4_3: Dialect = Dialect {
    name: "4.3",
    language: Language::GO_1_27,
    functions: LazyLock::new(|| functions::table(FunctionRules::NEWEST)),
    charts: chart::Rules::NEWEST,
    coalescing: Coalescing::C,
    aliases: Aliases::Apart,
    schema: Schema::Modern,
    flags: FlagRules::NEWEST,
    prereleases: PrereleaseRule::Group,
    split: Split::LeadingTrimmed,
    post_rendering: PostRendering::Documents,
    json: Backend::V2,
    orders_webhooks: true,
    error_layout: ErrorLayout::Tree,
    chart_form: ChartForm::Map,
    package: Package::Common,
    kube_versions: KubeVersionRule::Full,
    kube_version: "v1.37.0",
    api_versions: api_versions::KUBERNETES_1_37,
    helm_version: HelmVersion {
        version: "v4.3.1",
        git_commit: "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff",
        git_tree_state: "clean",
        go_version: "go1.27.2",
        kube_client_version: Some("v1.37"),
    },
};

static HELM_3_22: Dialect = Dialect {
    name: "3.22",
    language: Language::GO_1_27,
    functions: LazyLock::new(|| functions::table(FUNCTIONS_3_22).without(SINCE_HELM_4)),
    charts: chart::Rules::HELM_3,
    coalescing: Coalescing::B,
    aliases: Aliases::Shared,
    schema: Schema::Modern,
    flags: FlagRules::HELM_3,
    prereleases: PrereleaseRule::Group,
    split: Split::Trimmed,
    post_rendering: PostRendering::Text,
    json: Backend::V1,
    orders_webhooks: false,
    error_layout: ErrorLayout::Flat,
    chart_form: ChartForm::Struct,
    package: Package::Chartutil,
    kube_versions: KubeVersionRule::Numbers,
    kube_version: "v1.37.0",
    api_versions: api_versions::KUBERNETES_1_37,
    // Releases also name their commit, which we have no record of.
    helm_version: HelmVersion {
        version: "v3.22.0",
        git_commit: "",
        git_tree_state: "",
        go_version: "go1.26.8",
        kube_client_version: None,
    },
};

static HELM_3_19: Dialect = Dialect {
    name: "3.19",
    language: Language::GO_1_24,
    functions: LazyLock::new(|| functions::table(FUNCTIONS_3_19).without(SINCE_HELM_4)),
    charts: CHARTS_3_19,
    coalescing: Coalescing::A_CHILD,
    aliases: Aliases::Shared,
    schema: Schema::ModernWithoutNames,
    flags: FlagRules::HELM_3,
    prereleases: PrereleaseRule::Group,
    split: Split::Trimmed,
    post_rendering: PostRendering::Text,
    json: Backend::V1,
    orders_webhooks: false,
    error_layout: ErrorLayout::Flat,
    chart_form: ChartForm::Struct,
    package: Package::Chartutil,
    kube_versions: KubeVersionRule::Numbers,
    kube_version: "v1.34.0",
    api_versions: api_versions::KUBERNETES_1_34,
    helm_version: HelmVersion {
        version: "v3.19.0",
        git_commit: "3d8990f0836691f0229297773f3524598f46bda6",
        git_tree_state: "clean",
        go_version: "go1.24.7",
        kube_client_version: None,
    },
};

static HELM_3_15: Dialect = Dialect {
    name: "3.15",
    language: Language::GO_1_22,
    functions: LazyLock::new(|| {
        let table = functions::table(FUNCTIONS_3_15).without(SINCE_HELM_4).without(SINCE_HELM_3_17);
        table.with(vec![functions::formatting_required()])
    }),
    charts: chart::Rules { limits: chart::Limits::NEWEST, subchart_word: "", ..CHARTS_3_19 },
    coalescing: Coalescing::A,
    aliases: Aliases::Shared,
    schema: Schema::Legacy,
    flags: FlagRules::HELM_3,
    prereleases: PrereleaseRule::Each,
    split: Split::Trimmed,
    post_rendering: PostRendering::Text,
    json: Backend::V1,
    orders_webhooks: false,
    error_layout: ErrorLayout::Flat,
    chart_form: ChartForm::Struct,
    package: Package::Chartutil,
    kube_versions: KubeVersionRule::Semantic,
    kube_version: "v1.30.0",
    api_versions: api_versions::KUBERNETES_1_30,
    helm_version: HelmVersion {
        version: "v3.15.3",
        git_commit: "3bb50bbbdd9c946ba9989fbe4fb4104766302a64",
        git_tree_state: "clean",
        go_version: "go1.22.5",
        kube_client_version: None,
    },
};

const CHARTS_3_19: chart::Rules = chart::Rules { dots_are_names: true, ..chart::Rules::HELM_3 };

const FUNCTIONS_3_22: FunctionRules = FunctionRules { json: Backend::V1, matches: Matches::TenFirst, ..FunctionRules::NEWEST };

const FUNCTIONS_3_19: FunctionRules =
    FunctionRules { hosts: Hosts::Free, toml: TomlLibrary::V1_5, versions: Wording::Plain, ..FUNCTIONS_3_22 };

const FUNCTIONS_3_15: FunctionRules = FunctionRules {
    camelcase: Camelcase::Kept,
    map_over_scalar: MapOverScalar::Loses,
    prereleases: PrereleaseRule::Each,
    toml: TomlLibrary::V1_3,
    versions: Wording::Capitals,
    ..FUNCTIONS_3_19
};

const SINCE_HELM_4: &[&str] = &[
    "durationDays",
    "durationHours",
    "durationMicroseconds",
    "durationMilliseconds",
    "durationMinutes",
    "durationNanoseconds",
    "durationRoundTo",
    "durationSeconds",
    "durationTruncateTo",
    "durationWeeks",
    "mustToDuration",
    "mustToToml",
    "mustToYaml",
];

const SINCE_HELM_3_17: &[&str] = &["fromToml", "sha512sum", "toYamlPretty"];
