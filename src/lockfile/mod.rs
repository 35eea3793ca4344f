//! `helmfile.lock`: what is promised. The one place where deciding and using meet.
//!
//! A [`Lockfile`] is made from a resolution and the digests of what was fetched, or read from bytes, and nowhere else. A
//! [`Pin`] always has a digest. This room opens no socket, and only [`read`] and [`write()`] touch the disk.
//!
//! `format` has the wire types and the history of the format, `print` writes the bytes, `guard` bounds what is read,
//! `conflict` merges the two sides that git left, `merge` what two sides made of a base, `check` compares with requests, `changes` with another lock, `order`
//! sorts so that helmfile finds the right entry, `disk` is the file itself. The format is told to users in LOCKFILE.md.

mod changes;
mod check;
mod conflict;
mod disk;
mod error;
mod format;
mod guard;
mod lines;
mod merge;
mod order;
mod own;
mod print;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use changes::{Change, Movement};
pub use check::{Discrepancy, Drift, Surplus};
pub use conflict::with_markers;
pub use disk::{read, write, write_text};
pub use error::{Error, Problem};
pub use format::parse;
pub use merge::{Merged, merge};
pub use print::helmfiles_text;

use crate::digest::Digest;
use crate::request::Request;
use crate::resolve::{Preference, Preferred, Resolution};
use crate::source::{ChartRef, FileUrl, GitReference, GitRepository, LocalPath, Source};
use crate::version::{Constraint, Version};

/// What is promised: for every chart that the project asks for, the bytes. Sorted, and without duplicates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lockfile {
    /// How to render where the project does not say; nothing if helmfile wrote the file.
    pub render: Option<RenderDefaults>,
    dependencies: Vec<Pin>,
    local: Vec<LocalChart>,
    git: Vec<GitPin>,
    files: Vec<FilePin>,
    adopted: Vec<Adopted>,
    merged: bool,
    lines: lines::Lines,
}

/// What decides a rendering besides the project, pinned lest an upgrade of this program changes output silently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderDefaults {
    /// The Helm version whose output is reproduced, such as `4.3`.
    pub helm: String,
    /// The Kubernetes version that charts see, such as `1.37.0`.
    pub kube_version: String,
    /// The releases that the user's helm renders, as `needs` names them, sorted.
    pub by_helm: Vec<String>,
}

/// One locked chart.
#[derive(Clone, Debug)]
pub struct Pin {
    /// What it is.
    pub content: Content,
    /// The constraints that it answers, sorted.
    pub wants: Vec<Constraint>,
    /// The environments that it is for, sorted; empty for all.
    pub environments: Vec<String>,
}

/// A chart in one version, and what is known of its bytes.
#[derive(Clone, Debug)]
pub struct Content {
    /// The chart.
    pub chart: ChartRef,
    /// The version, with the source's spelling.
    pub version: Version,
    /// The digest of the archive, which decides.
    pub digest: Digest,
    /// The digest of the list of its files, by which they are proven where they are kept unpacked: see [`crate::chart::Unpacked`].
    pub files_digest: Option<Digest>,
    /// Where an HTTP repository had it: a hint without credentials.
    pub url: Option<String>,
    /// The version of the application, for people.
    pub app_version: Option<String>,
    /// The digest of the OCI manifest that had the archive as its layer.
    pub oci_manifest: Option<Digest>,
    /// What the index claims instead of the digest, and the user has accepted as wrong.
    pub index_digest: Option<Digest>,
}

/// A chart beside the project, and the pins of its own dependencies.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalChart {
    /// Its folder, relative to the root state file.
    pub path: LocalPath,
    /// What its Chart.yaml asks for.
    pub dependencies: Vec<Pin>,
    /// What it has only as archives.
    pub archives: Vec<ArchivePin>,
}

/// An archive that lies in a local chart's `charts/` and is used as it lies there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchivePin {
    /// Its path from the chart's folder.
    pub file: LocalPath,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// The archives of each local chart, by the chart's path. Charts without any are in it, too.
pub type Archives = BTreeMap<LocalPath, Vec<ArchivePin>>;

/// A folder of a git repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GitPin {
    /// The repository.
    pub repository: GitRepository,
    /// The folder in it.
    pub path: LocalPath,
    /// The branch, tag or commit that was asked for.
    pub reference: String,
    /// The commit that it was, in hexadecimal digits.
    pub commit: String,
    /// The digest of the folder's content.
    pub digest: Digest,
}

/// A remote file that the project reads: values, a base, a nested helmfile, a schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePin {
    /// Its address as the project says it, without credentials.
    pub url: String,
    /// The commit that it was read at, if it comes from git.
    pub commit: Option<String>,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Whether only a chart's values.schema.json refers to it, and the project itself does not.
    pub of_schema: bool,
}

/// An entry of a lock that helmfile wrote: a version without content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The chart's name.
    pub name: String,
    /// The repository, which helmfile itself ignores.
    pub repository: String,
    /// The version.
    pub version: Version,
}

impl GitPin {
    /// What was asked for.
    pub fn wanted(&self) -> GitReference {
        let Self { repository, path, reference, .. } = self.clone();
        GitReference { repository, path, reference }
    }

    /// Whether it answers this wish.
    pub fn is_for(&self, wanted: &GitReference) -> bool {
        (&self.repository, &self.path, &self.reference) == (&wanted.repository, &wanted.path, &wanted.reference)
    }
}

impl Lockfile {
    /// A lock of what was resolved; `contents` says what was fetched for it or known before.
    pub fn new(render: RenderDefaults, resolution: &Resolution, contents: &[Content]) -> Result<Self, Error> {
        let mut lockfile = Self { render: Some(render), ..Self::default() };
        for resolved in &resolution.resolved {
            let same = |content: &&Content| content.is(&resolved.chart, &resolved.version);
            let content = contents
                .iter()
                .find(same)
                .cloned()
                .ok_or_else(|| Error::NoContent { chart: resolved.chart.name().to_owned(), version: resolved.version.clone() })?;
            let pin = Pin { content, wants: resolved.wants.clone(), environments: resolved.environments.clone() };
            lockfile.section_mut(resolved.local_chart.as_ref()).push(pin);
        }
        Ok(lockfile.sorted())
    }

    /// The same lock with these documents, to which charts' schemas refer, besides the project's own remote files.
    #[must_use]
    pub fn with_schemas(mut self, documents: Vec<FilePin>) -> Self {
        let new = documents.into_iter().filter(|pin| !self.files.iter().any(|known| known.url == pin.url)).collect::<Vec<_>>();
        self.files.extend(new);
        self.sorted()
    }

    /// The same lock with these pins of git folders and remote files.
    #[must_use]
    pub fn with_remotes(mut self, git: Vec<GitPin>, files: Vec<FilePin>) -> Self {
        (self.git, self.files) = (git, files);
        self.sorted()
    }

    /// The same lock with these archives of local charts.
    #[must_use]
    pub fn with_archives(mut self, archives: Archives) -> Self {
        for (path, archives) in archives.into_iter().filter(|(_, archives)| !archives.is_empty()) {
            self.local_mut(&path).archives = archives;
        }
        self.sorted()
    }

    /// The same lock, and from `old` what answers wishes that this one does not: those of environments that could not be
    /// evaluated here.
    #[must_use]
    pub fn keeping(mut self, old: &Self) -> Self {
        for (local_chart, pin) in old.pins() {
            let section = self.section_mut(local_chart);
            let answered = |constraint: &Constraint| {
                section.iter().any(|new| new.content.chart == pin.content.chart && new.wants.contains(constraint))
            };
            let wants: Vec<_> = pin.wants.iter().filter(|constraint| !answered(constraint)).cloned().collect();
            if !wants.is_empty() {
                section.push(Pin { wants, ..pin.clone() });
            }
        }
        for old in &old.local {
            let archives = &mut self.local_mut(&old.path).archives;
            if archives.is_empty() {
                archives.clone_from(&old.archives);
            }
        }
        self.sorted()
    }

    /// The same lock, and from `old` also what git folders are locked for wishes that nobody here has.
    #[must_use]
    pub fn keeping_remotes(mut self, old: &Self) -> Self {
        let kept: Vec<_> = old.git.iter().filter(|pin| !self.git.iter().any(|new| new.is_for(&pin.wanted()))).cloned().collect();
        self.git.extend(kept);
        let kept: Vec<_> = old.files.iter().filter(|pin| !self.files.iter().any(|new| new.url == pin.url)).cloned().collect();
        self.files.extend(kept);
        self.sorted()
    }

    /// Whether nothing is locked, as when there is no file.
    pub fn is_empty(&self) -> bool {
        self.dependencies.is_empty()
            && self.local.is_empty()
            && self.git.is_empty()
            && self.files.is_empty()
            && self.adopted.is_empty()
    }

    /// What releases ask for, in the order of the file.
    pub fn dependencies(&self) -> &[Pin] {
        &self.dependencies
    }

    /// What local charts ask for, by their path.
    pub fn local(&self) -> &[LocalChart] {
        &self.local
    }

    /// The archives of local charts, each with its chart's path.
    pub fn archives(&self) -> impl Iterator<Item = (&LocalPath, &ArchivePin)> {
        self.local.iter().flat_map(|chart| chart.archives.iter().map(|archive| (&chart.path, archive)))
    }

    /// Folders of git repositories.
    pub fn git(&self) -> &[GitPin] {
        &self.git
    }

    /// Remote files.
    pub fn files(&self) -> &[FilePin] {
        &self.files
    }

    /// The pin of an address; none if its bytes are not those that whoever names it means.
    pub fn file_for(&self, file: &FileUrl) -> Option<&FilePin> {
        let address = file.to_string();
        let pin = self.files.iter().find(|pin| pin.url == address)?;
        file.checksum().is_none_or(|digits| digits == pin.digest.to_hex()).then_some(pin)
    }

    /// The entries of a lock that helmfile wrote. Where there are some, there is nothing else.
    pub fn adopted(&self) -> &[Adopted] {
        &self.adopted
    }

    /// All pins: those of releases, then those of each local chart with its path.
    pub fn pins(&self) -> impl Iterator<Item = (Option<&LocalPath>, &Pin)> {
        let local = self.local.iter().flat_map(|chart| chart.dependencies.iter().map(|pin| (Some(&chart.path), pin)));
        self.dependencies.iter().map(|pin| (None, pin)).chain(local)
    }

    /// The pin that answers a request.
    pub fn pin_for(&self, request: &Request) -> Option<&Pin> {
        let mut for_all = None;
        for pin in self.section(request.asked_by.local_chart()).iter().filter(|pin| pin.answers(request)) {
            // A pin for this very environment goes before one for all.
            if !pin.environments.is_empty() {
                return Some(pin);
            }
            for_all.get_or_insert(pin);
        }
        for_all
    }

    /// The line of the file on which a pin's entry begins, counted from 1, if the lock was read from one.
    pub fn line_of(&self, local_chart: Option<&LocalPath>, pin: &Pin) -> Option<usize> {
        self.lines.of(local_chart, pin)
    }

    /// What is known of a chart in a version, whoever asks for it.
    pub fn content_of(&self, chart: &ChartRef, version: &Version) -> Option<&Content> {
        self.pins().map(|(_, pin)| &pin.content).find(|content| content.is(chart, version))
    }

    /// What to keep when resolving anew: all that still fits.
    pub fn preferred(&self) -> Preferred {
        let pinned = self.pins().map(|(local_chart, pin)| Preference::Pinned {
            local_chart: local_chart.cloned(),
            chart: pin.content.chart.clone(),
            version: pin.content.version.clone(),
            wants: pin.wants.clone(),
            environments: pin.environments.clone(),
            fetchable: pin.content.is_fetchable(),
            manifest: pin.content.oci_manifest.map(|digest| digest.to_string()),
        });
        let adopted = self.adopted.iter();
        let adopted = adopted.map(|entry| Preference::Adopted { name: entry.name.clone(), version: entry.version.clone() });
        Preferred { preferences: pinned.chain(adopted).collect(), moving: None }
    }

    fn section(&self, local_chart: Option<&LocalPath>) -> &[Pin] {
        match local_chart {
            None => &self.dependencies,
            Some(path) => self.local.iter().find(|chart| chart.path == *path).map_or(&[], |chart| &chart.dependencies),
        }
    }

    fn section_mut(&mut self, local_chart: Option<&LocalPath>) -> &mut Vec<Pin> {
        match local_chart {
            None => &mut self.dependencies,
            Some(path) => &mut self.local_mut(path).dependencies,
        }
    }

    fn local_mut(&mut self, path: &LocalPath) -> &mut LocalChart {
        let index = self.local.iter().position(|chart| chart.path == *path).unwrap_or_else(|| {
            self.local.push(LocalChart { path: path.clone(), dependencies: Vec::new(), archives: Vec::new() });
            self.local.len() - 1
        });
        &mut self.local[index]
    }

    fn sorted(mut self) -> Self {
        self.local.retain(|chart| !(chart.dependencies.is_empty() && chart.archives.is_empty()));
        for chart in &mut self.local {
            chart.archives.sort();
            chart.archives.dedup();
        }
        self.local.sort_by(|left, right| left.path.cmp(&right.path));
        for pins in self.local.iter_mut().map(|chart| &mut chart.dependencies).chain([&mut self.dependencies]) {
            order::sort(pins);
        }
        self.git.sort();
        self.git.dedup();
        self.files.sort();
        self.files.dedup();
        self
    }
}

impl Pin {
    /// Whether it was made for what the request wants, where it wants it.
    fn answers(&self, request: &Request) -> bool {
        let here = |name: &String| self.environments.contains(name);
        self.content.chart == request.chart
            && self.wants.contains(&request.constraint)
            && (self.environments.is_empty() || request.environment.as_ref().is_some_and(here))
    }
}

impl PartialEq for Pin {
    fn eq(&self, other: &Self) -> bool {
        self.content == other.content && self.wants == other.wants && self.environments == other.environments
    }
}

impl Content {
    /// Whether this is the chart in the version of that very text.
    pub fn is(&self, chart: &ChartRef, version: &Version) -> bool {
        self.chart == *chart && self.version.original() == version.original()
    }

    /// Whether its bytes can be fetched without asking the source what it lists.
    pub fn is_fetchable(&self) -> bool {
        self.url.is_some() || matches!(self.chart.source(), Source::Oci(_))
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        let rest = |content: &Self| {
            let digests = (content.digest, content.files_digest, content.oci_manifest, content.index_digest);
            (digests, content.url.clone(), content.app_version.clone())
        };
        self.is(&other.chart, &other.version) && rest(self) == rest(other)
    }
}

/// Where the lock of a state file is: helmfile's rule, so that both read the same file.
///
/// `lock_file_path` is what the state file says under that name, relative to its folder. A folder's lock lies beside the
/// folder; what comes from stdin (`-`) has its lock in the working directory.
pub fn path_for(state_file: &Path, lock_file_path: Option<&str>) -> PathBuf {
    let folder = state_file.parent().unwrap_or(Path::new(""));
    if let Some(path) = lock_file_path.filter(|path| !path.is_empty()) {
        return folder.join(path);
    }
    if state_file == Path::new("-") {
        return PathBuf::from("helmfile.lock");
    }
    let name = state_file.file_name().map_or("helmfile".into(), |name| name.to_string_lossy());
    let base = [".gotmpl", ".yaml", ".yml"].iter().fold(&*name, |base, end| base.strip_suffix(end).unwrap_or(base));
    folder.join(format!("{base}.lock"))
}
