//! A chart as plain data, read from an archive or a folder the way Helm reads it, within limits that Helm lacks.
//!
//! `archive` turns a `.tgz` into named files by our own entry rules, going `forward` through its stream and leaving what is
//! `waiting` for a look; what is kept of one `unpacked` is read in its place; `load` does so with a folder, `ignore` is `.helmignore`; from there
//! on both are the same: `assemble` sorts the files into a [`Chart`] and its subcharts, `decode` reads Chart.yaml into
//! `metadata`, `values` reads values files. `pack` makes an archive of a folder again, `manifests`
//! a chart of a folder that is none. `loose` reads archives that are no chart's, `zip` those of that kind, and `path_pattern`
//! knows what `.helmignore` and others match. Nothing here renders, coalesces or knows which subcharts take part.

mod archive;
mod assemble;
mod decode;
mod error;
mod forward;
mod ignore;
mod load;
mod loose;
mod manifests;
mod metadata;
mod pack;
pub mod path_pattern;
mod records;
#[cfg(test)]
mod tests;
mod unpacked;
mod values;
mod waiting;
mod zip;

use std::sync::Arc;

use crate::yaml::json::Backend;
use crate::yaml::{self, Text};

pub use assemble::{read_lock, read_metadata};
pub use error::{Error, Refusal};
pub use load::{Haste, load_archive, load_archive_in_haste, load_folder, load_tree, load_unpacked, subchart_archives};
pub use loose::{Loose, load_loose, unpack_loose};
pub use manifests::{of_manifests, read_manifests};
pub use metadata::{Annotations, ChartType, Dependency, Maintainer, Metadata};
pub use pack::{pack, pack_folder, pack_loose, pack_tree, unpack, unpack_whole};
pub use unpacked::{Apart, Finder, Kept, Later, Rest, Unpacked, files_digest, unpack_to_keep};
pub use values::{merge as merge_values, read as read_values};

/// A chart and its subcharts. Immutable, so that one reading serves every release and thread.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// Chart.yaml, with the dependencies of a v1 chart's requirements.yaml.
    pub metadata: Metadata,
    /// values.yaml as Helm decodes it: every number is a [`yaml::Value::Float`].
    pub values: Arc<yaml::Map>,
    /// values.schema.json as it stands.
    pub schema: Option<Text>,
    /// The dependencies that Chart.lock or requirements.lock names. Helm reads it, so it must be sound, and then ignores it.
    pub lock: Option<Vec<Dependency>>,
    /// Everything under templates/, in loading order, named from the chart's root: `templates/a.yaml`.
    pub templates: Vec<File>,
    /// What `.Files` shows: all other files, `crds/**` and `.helmignore` too, in loading order.
    pub files: Vec<File>,
    /// The charts under charts/ that were found, declared or not, in loading order. (Helm's order is random, but mostly
    /// this; it shows for charts that Chart.yaml does not declare, and where a declaration fits two.)
    pub dependencies: Vec<Arc<Chart>>,
}

/// One file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path from the chart's root, with `/` on every system.
    pub name: Text,
    /// Its bytes without a byte order mark.
    pub contents: Text,
}

/// What a chart may cost. One budget serves a chart and all its nested archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files after decompression.
    pub total_bytes: u64,
    /// Bytes of one file. Helm 3.17 to 4.2 stops at 5 MiB; others have no such limit.
    pub file_bytes: u64,
    /// Entries of all archives, directories counted.
    pub entries: u64,
    /// Bytes of one path.
    pub path_bytes: usize,
    /// Components of one path.
    pub path_depth: usize,
    /// Subcharts within subcharts.
    pub subchart_depth: usize,
}

/// How charts are read: the limits, and what differs between Helm versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a chart may cost.
    pub limits: Limits,
    /// What becomes of symbolic links in a chart's folder.
    pub links: Links,
    /// What becomes of a values file with several documents.
    pub documents: Documents,
    /// Whether any `apiVersion` will do (Helm 3), or only `v1` and `v2`.
    pub any_api_version: bool,
    /// Which JSON engine words the errors in Chart.yaml.
    pub json: Backend,
    /// Whether a chart may be named `.` or `..` (before Helm 3.20).
    pub dots_are_names: bool,
    /// What the error of a subchart calls it before its name, with a blank (since Helm 3.17).
    pub subchart_word: &'static str,
}

/// What becomes of symbolic links in a chart's folder. (In archives they are refused.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Links {
    /// Those that stay inside of the chart are followed, others refused.
    #[default]
    Inside,
    /// All are followed, as Helm does.
    Anywhere,
}

/// What becomes of a values file with several documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Documents {
    /// The first one counts (Helm 3).
    First,
    /// They are merged in order (Helm 4).
    #[default]
    Merged,
}

impl Limits {
    /// Those of Helm 4.3, and ours where it has none.
    pub const NEWEST: Self = Self {
        total_bytes: 100 << 20,
        file_bytes: 100 << 20,
        entries: 20_000,
        path_bytes: 1024,
        path_depth: 64,
        subchart_depth: 16,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl Rules {
    /// Helm 4.3.
    pub const NEWEST: Self = Self {
        limits: Limits::NEWEST,
        links: Links::Inside,
        documents: Documents::Merged,
        any_api_version: false,
        json: Backend::V2,
        dots_are_names: false,
        subchart_word: "subchart ",
    };
    /// Helm 3.20 and later.
    pub const HELM_3: Self = Self {
        limits: Limits { file_bytes: 5 << 20, ..Limits::NEWEST },
        documents: Documents::First,
        any_api_version: true,
        json: Backend::V1,
        ..Self::NEWEST
    };
}

impl Default for Rules {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl Chart {
    /// The chart that these files make, for the tests of other rooms.
    #[cfg(test)]
    pub(crate) fn from_files(files: Vec<File>, rules: &Rules) -> Result<Self, Error> {
        assemble::chart(files, rules, &mut archive::Budget::new(&rules.limits), 0)
    }

    /// The custom resource definitions: what stands under crds/ as YAML or JSON, in loading order. Those of subcharts are theirs.
    pub fn crds(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.name.starts_with(b"crds/") && has_manifest_extension(&file.name))
    }

    /// The declared dependencies that charts/ lacks, by name; versions play no role here. Helm refuses to render without them.
    pub fn missing_dependencies(&self) -> Vec<Text> {
        let is_here = |name: &Text| self.dependencies.iter().any(|chart| chart.metadata.name == *name);
        self.metadata.declared().iter().map(|declared| &declared.name).filter(|name| !is_here(name)).cloned().collect()
    }
}

fn has_manifest_extension(name: &[u8]) -> bool {
    let base = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let Some(dot) = base.iter().rposition(|&byte| byte == b'.') else { return false };
    [b".yaml".as_slice(), b".yml", b".json"].iter().any(|extension| base[dot..].eq_ignore_ascii_case(extension))
}
