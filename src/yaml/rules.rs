//! How one program reads YAML, as data.

/// What differs between the two YAMLs that Go programs mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub(super) library: Library,
}

/// Which of go-yaml's lines reads and prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    /// go-yaml v2 and then JSON: `sigs.k8s.io/yaml`.
    V2,
    /// go-yaml v3 into `map[string]any`.
    V3,
}

impl Rules {
    /// Helm: YAML 1.1 words are booleans, also as keys; every number is a float64; the last of two equal keys wins.
    pub const HELM: Self = Self { library: Library::V2 };

    /// helmfile 1.x: integers stay integers; `yes`, `no`, `on` and `off` are strings; timestamps are known; equal keys are an
    /// error.
    pub const HELMFILE: Self = Self { library: Library::V3 };
}
