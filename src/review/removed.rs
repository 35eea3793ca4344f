//! Resources of Kubernetes APIs that the cluster's version no longer has.
//!
//! The table is Kubernetes' "Deprecated API Migration Guide": an API version of a kind, and the release that no longer serves it.

use super::resources::Resource;

/// A resource that the cluster will refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedApi {
    /// Kind, namespace and name.
    pub resource: String,
    /// Where it is so.
    pub environments: Vec<String>,
    /// Its API version.
    pub api_version: String,
    /// The Kubernetes release that no longer has it, such as `1.25`.
    pub since: String,
}

/// (API version, kinds, minor release of Kubernetes 1 that removed them); no kinds means all of the group.
const REMOVED: &[(&str, &[&str], u32)] = &[
    ("extensions/v1beta1", &["DaemonSet", "Deployment", "ReplicaSet", "NetworkPolicy", "PodSecurityPolicy"], 16),
    ("extensions/v1beta1", &["Ingress"], 22),
    ("apps/v1beta1", &[], 16),
    ("apps/v1beta2", &[], 16),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], 22),
    ("rbac.authorization.k8s.io/v1beta1", &[], 22),
    ("rbac.authorization.k8s.io/v1alpha1", &[], 23),
    ("apiextensions.k8s.io/v1beta1", &[], 22),
    ("apiregistration.k8s.io/v1beta1", &[], 22),
    ("admissionregistration.k8s.io/v1beta1", &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"], 22),
    ("authentication.k8s.io/v1beta1", &["TokenReview"], 22),
    ("authorization.k8s.io/v1beta1", &[], 22),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"], 22),
    ("coordination.k8s.io/v1beta1", &["Lease"], 22),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], 22),
    ("storage.k8s.io/v1beta1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], 22),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], 27),
    ("batch/v1beta1", &["CronJob"], 25),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"], 25),
    ("events.k8s.io/v1beta1", &["Event"], 25),
    ("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 25),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 26),
    ("policy/v1beta1", &["PodDisruptionBudget", "PodSecurityPolicy"], 25),
    ("node.k8s.io/v1beta1", &["RuntimeClass"], 25),
    ("flowcontrol.apiserver.k8s.io/v1beta1", &[], 26),
    ("flowcontrol.apiserver.k8s.io/v1beta2", &[], 29),
    ("flowcontrol.apiserver.k8s.io/v1beta3", &[], 32),
];

pub(super) fn found(resources: &[Resource], kube_version: Option<&str>) -> Vec<RemovedApi> {
    let minor = kube_version.and_then(|version| version.trim_start_matches('v').split('.').nth(1)?.parse::<u32>().ok());
    let Some(minor) = minor else { return Vec::new() };
    let gone = |resource: &Resource| {
        let is_it = |(version, kinds, _): &&(&str, &[&str], u32)| {
            *version == resource.api_version && (kinds.is_empty() || kinds.contains(&resource.kind.as_str()))
        };
        let (_, _, since) = REMOVED.iter().find(is_it).filter(|(_, _, since)| *since <= minor)?;
        Some(RemovedApi {
            resource: resource.title(),
            environments: Vec::new(),
            api_version: resource.api_version.clone(),
            since: format!("1.{since}"),
        })
    };
    resources.iter().filter_map(gone).collect()
}
