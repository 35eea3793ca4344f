//! What differs between the Helm versions whose output we reproduce, as data. The only file that names Helm versions.
//!
//! Each room owns its knob; a dialect only picks the positions. What one dialect lacks is a row here, never an `if` elsewhere.

use std::sync::LazyLock;

use super::capabilities::{HelmVersion, KubeVersion};
use super::functions;
use crate::chart::Documents;
use crate::functions::Rules as FunctionRules;
use crate::gotemplate::{Functions, Language};
use crate::values::set::Ends;
use crate::values::{Coalescing, FlagRules, Rules, Schema};
use crate::version::{PrereleaseRule, Version};

/// A Helm version whose output is reproduced.
pub struct Dialect {
    /// The name that `render.helm` in the lock says.
    pub name: &'static str,
    /// Which Go's template language.
    pub language: Language,
    /// What templates may call.
    pub(super) functions: LazyLock<Functions>,
    /// How values are laid over defaults.
    pub coalescing: Coalescing,
    /// How values files and `--set` flags are read.
    pub flags: FlagRules,
    /// When a constraint admits prereleases.
    pub prereleases: PrereleaseRule,
    /// How rendered files are cut into documents.
    pub split: Split,
    /// Whether a chart's `kubeVersion` is held against the version without its vendor's suffix.
    pub checks_normalized_version: bool,
    /// Whether the two webhook configuration kinds have a place in the install order.
    pub orders_webhooks: bool,
    /// How execution errors are laid out.
    pub error_layout: ErrorLayout,
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

/// How execution errors are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorLayout {
    /// Go's one line.
    Flat,
    /// A position, what executed and the message, each link indented below the other (Helm 4).
    Tree,
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

    /// The dialect of a helm; none where its output is not reproduced.
    pub fn for_helm_version(helm: &Version) -> Option<&'static Self> {
        let name = match (helm.major(), helm.minor(), helm.patch()) {
            (4, 3, _) | (4, 2, 4..) => "4.3",
            (3, 20..=22, _) => "3.22",
            (3, 19, _) => "3.19",
            (3, 15, _) => "3.15",
            _ => return None,
        };
        Self::named(name)
    }

    /// The rules of the values room.
    pub(super) fn values(&self, skip_schema_validation: bool) -> Rules {
        let schema = if skip_schema_validation { Schema::Skip } else { Schema::Modern };
        Rules { coalescing: self.coalescing, prereleases: self.prereleases, schema }
    }

    /// The text that a chart's `kubeVersion` is held against.
    pub(super) fn checked_kube_version<'version>(&self, version: &'version KubeVersion) -> &'version str {
        if self.checks_normalized_version { &version.normalized } else { &version.version }
    }

    /// The names of all dialects, newest first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|dialect| dialect.name)
    }
}

static ALL: &[&Dialect] = &[&HELM_4_3];

static HELM_4_3: Dialect = Dialect {
    name: "4.3",
    language: Language::GO_1_27,
    functions: LazyLock::new(|| functions::table(FunctionRules::NEWEST)),
    coalescing: Coalescing::C,
    flags: FlagRules { documents: Documents::Merged, json_objects: true, ends: Ends::Quietly },
    prereleases: PrereleaseRule::Group,
    checks_normalized_version: true,
    split: Split::LeadingTrimmed,
    orders_webhooks: true,
    error_layout: ErrorLayout::Tree,
    kube_version: "v1.37.0",
    api_versions: API_VERSIONS_1_37,
    helm_version: HelmVersion {
        version: "v4.3.1",
        git_commit: "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff",
        git_tree_state: "clean",
        go_version: "go1.27.2",
        kube_client_version: Some("v1.37"),
    },
};

const API_VERSIONS_1_37: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];
