//! From releases to charts: the pin of each, its verified bytes, and the chart read from them once per process.
//!
//! A local chart is read from its folder; what its Chart.yaml asks for comes from its own pins, and the working tree's
//! `charts/` gives way to them.

mod locked;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use super::ahead::Ahead;
use super::error::Error;
use super::loaded::{Loaded, Place};
use super::vendor::Vendored;
use super::{Live, demands, local_archives, outside, schemas};
use crate::cache::Blob;
use crate::chart::{self, Chart, Dependency, File};
use crate::digest::Digest;
use crate::lockfile::{Discrepancy, Drift, Lockfile, Pin};
use crate::project::{AdHoc, Project, Release, ReleaseChart};
use crate::render::Dialect;
use crate::request::{Asker, Request};
use crate::source::{GitReference, LocalPath, Remote};
use crate::surroundings::clean;
use crate::yaml::Text;

/// The charts of one run.
pub(super) struct Charts<'run> {
    project: &'run Project,
    lockfile: &'run Lockfile,
    dialect: &'static Dialect,
    live: &'run Live,
    requests: Vec<Request>,
    /// Which of them each release makes, by its name.
    of_release: HashMap<String, Vec<usize>>,
    vendored: Option<Vendored>,
    /// What was said of local charts, which many releases may share.
    told: Mutex<HashSet<String>>,
    /// The local charts whose archives are those of the lock.
    held: Mutex<HashSet<LocalPath>>,
    is_quiet: bool,
    /// Who wants to see templates as soon as they are unpacked.
    pub(super) ahead: Option<Ahead>,
    /// Whether nobody is known to want custom resource definitions.
    crds_may_wait: bool,
    loaded: Loaded,
    /// Whether something was looked at that nobody has any more.
    is_lost: Arc<AtomicBool>,
}

impl<'run> Charts<'run> {
    /// No chart is read yet.
    ///
    /// # Errors
    /// A release or a local chart whose wish cannot be told.
    pub(super) fn new(
        project: &'run Project,
        lockfile: &'run Lockfile,
        dialect: &'static Dialect,
        live: &'run Live,
    ) -> Result<Self, Error> {
        let requests = project.requests(&live.surroundings)?;
        let mut of_release = HashMap::<_, Vec<_>>::new();
        for (index, request) in requests.iter().enumerate() {
            if let Asker::Release { name } = &request.asked_by {
                of_release.entry(name.clone()).or_default().push(index);
            }
        }
        let vendored = Vendored::open(live)?;
        Ok(Self {
            project,
            lockfile,
            dialect,
            live,
            requests,
            of_release,
            vendored,
            told: Mutex::default(),
            held: Mutex::default(),
            is_quiet: false,
            ahead: None,
            crds_may_wait: false,
            loaded: Loaded::default(),
            is_lost: Arc::default(),
        })
    }

    /// The same, without a word about what lies in local charts.
    pub(super) fn quietly(self) -> Self {
        Self { is_quiet: true, ..self }
    }

    /// The same for whoever renders them: without custom resource definitions for now, and with somebody who sees templates as soon as
    /// they are unpacked.
    pub(super) fn in_haste(self, crds_may_wait: bool, ahead: Option<Ahead>) -> Self {
        Self { ahead, crds_may_wait, ..self }
    }

    /// Whether the lock answers all that these releases ask for; others do not matter.
    pub(super) fn check(&self, plan: &[&Release]) -> Result<(), Error> {
        let has_local = plan.iter().any(|release| matches!(release.source, Some(ReleaseChart::Local { .. })));
        let planned: HashSet<_> = plan.iter().map(|release| release.name.as_str()).collect();
        let is_planned = |request: &&Request| match &request.asked_by {
            Asker::Release { name } => planned.contains(name.as_str()),
            Asker::LocalChart { .. } => has_local,
        };
        let wanted: Vec<_> = self.requests.iter().filter(is_planned).cloned().collect();
        let folders: Vec<_> = plan.iter().flat_map(|release| release.git_charts()).cloned().collect();
        let files: Vec<_> = plan.iter().flat_map(|release| release.addresses()).filter_map(Remote::file).collect();
        if wanted.is_empty() && folders.is_empty() && files.is_empty() {
            return Ok(());
        }
        let path = self.project.lockfile.clone();
        if self.lockfile.is_empty() {
            return Err(Error::NoLock { path });
        }
        let mut drifts = self.lockfile.check(&wanted);
        drifts.extend(self.lockfile.check_git(&folders));
        drifts.extend(self.lockfile.missing_files(files));
        drifts.retain(|drift| !matches!(drift, Drift::Superfluous { .. } | Drift::SuperfluousFolder { .. }));
        if !drifts.is_empty() {
            return Err(Error::Stale { path, drifts });
        }
        demands::hold(&self.project.environment, plan.iter().copied(), self.lockfile)
    }

    /// The version that the lock has for a release, if it has one.
    pub(super) fn version_of(&self, release: &Release) -> Option<String> {
        Some(self.pin_of(release)?.content.version.to_string())
    }

    /// The digest that the lock has for a release, if it has one.
    pub(super) fn digest_of(&self, release: &Release) -> Option<&'run Digest> {
        Some(&self.pin_of(release)?.content.digest)
    }

    /// A document to which a chart's schema refers.
    ///
    /// # Errors
    /// The lock has none, or the cache has not what the lock says.
    pub(super) fn schema_document(&self, chart: &Text, url: &str) -> Result<Text, Error> {
        schemas::locked(chart, url, self.lockfile, self.live)
    }

    /// The chart of a release, with the charts that the release adds to it.
    pub(super) fn of(&self, release: &Release) -> Result<Arc<Chart>, Error> {
        let chart = self.meant(release.source.as_ref(), release)?;
        if release.dependencies.is_empty() {
            return Ok(chart);
        }
        let mut chart = Arc::unwrap_or_clone(chart);
        without_tags(&mut chart);
        for added in &release.dependencies {
            let loaded = self.meant(Some(&added.source), release)?;
            chart.metadata.dependencies.get_or_insert_default().push(declared(added));
            add(&mut chart, loaded);
        }
        Ok(Arc::new(chart))
    }

    fn meant(&self, source: Option<&ReleaseChart>, release: &Release) -> Result<Arc<Chart>, Error> {
        if let Some(ReleaseChart::Local { path, relative }) = source {
            return self.local(path, relative);
        }
        if let Some(ReleaseChart::Git(reference)) = source {
            return self.folder(reference);
        }
        if let Some(ReleaseChart::Address(remote)) = source {
            return self.address(remote);
        }
        if let Some(ReleaseChart::Manifests { path }) = source {
            return self.manifests(path, release);
        }
        let pin = source.and_then(|source| self.pin_for(source, release));
        self.locked(pin.ok_or_else(|| Error::NoLock { path: self.project.lockfile.clone() })?)
    }

    /// The same chart as an archive: the verified bytes, or a local chart with its dependencies packed.
    ///
    /// # Errors
    /// A release that adds charts: no archive has what it renders.
    pub(super) fn archive_of(&self, release: &Release) -> Result<Vec<u8>, Error> {
        let reason = if !release.dependencies.is_empty() {
            "its ad-hoc `dependencies` are in no archive that a helm could be given"
        } else if release.is_printed_twice() {
            "helmfile changes what its chart prints, which is in no archive that a helm could be given"
        } else {
            ""
        };
        if !reason.is_empty() {
            return Err(Error::Refused(format!("release `{}` ({}): {reason}", release.name, release.place)));
        }
        self.own_archive_of(release)
    }

    /// The same without the charts that the release adds.
    pub(super) fn own_archive_of(&self, release: &Release) -> Result<Vec<u8>, Error> {
        if let Some(ReleaseChart::Local { path, relative }) = &release.source {
            return self.local_archive(path, relative);
        }
        if let Some(ReleaseChart::Git(reference)) = &release.source {
            let failed = |source| Error::Chart { name: reference.to_string(), source };
            return chart::pack_tree(self.tree(reference)?.bytes(), &self.dialect.charts).map_err(failed);
        }
        if let Some(ReleaseChart::Address(remote)) = &release.source {
            let (blob, shown) = self.download(remote)?;
            let Remote::Packed(packed) = remote else { return Ok(blob.bytes().to_vec()) };
            let failed = |source| Error::Chart { name: shown, source };
            return chart::pack_loose(blob.bytes(), packed.path.as_str(), &self.dialect.charts).map_err(failed);
        }
        let pin = self.pin_of(release).ok_or_else(|| Error::NoLock { path: self.project.lockfile.clone() })?;
        Ok(self.archive(pin)?.bytes().to_vec())
    }

    fn pin_of(&self, release: &Release) -> Option<&'run Pin> {
        self.pin_for(release.source.as_ref()?, release)
    }

    fn pin_for(&self, source: &ReleaseChart, release: &Release) -> Option<&'run Pin> {
        let ReleaseChart::Remote { chart, constraint, .. } = source else { return None };
        let mut requests = self.of_release.get(&release.name)?.iter().map(|&index| &self.requests[index]);
        self.lockfile.pin_for(requests.find(|request| request.chart == *chart && request.constraint == *constraint)?)
    }

    /// The chart in a folder of a git repository. The charts that it needs must lie in it.
    fn folder(&self, reference: &GitReference) -> Result<Arc<Chart>, Error> {
        let tree = self.tree(reference)?;
        self.loaded.once(Place::Bytes(*tree.digest(), String::new()), || {
            let chart = chart::load_tree(tree.bytes(), &self.dialect.charts)
                .map_err(|source| Error::Chart { name: reference.to_string(), source })?;
            complete(&chart, &reference.to_string())?;
            Ok(chart)
        })
    }

    /// The chart at an address: an archive, or a folder of one. The charts that it needs must lie in it.
    fn address(&self, remote: &Remote) -> Result<Arc<Chart>, Error> {
        let (blob, shown) = self.download(remote)?;
        let folder = if let Remote::Packed(packed) = remote { Some(packed.path.as_str()) } else { None };
        self.loaded.once(Place::Bytes(*blob.digest(), folder.unwrap_or_default().to_owned()), || {
            let chart = match folder {
                Some(folder) => chart::load_loose(blob.bytes(), folder, &self.dialect.charts),
                None => self.load(&blob.into_shared()),
            };
            let chart = chart.map_err(|source| Error::Chart { name: shown.clone(), source })?;
            complete(&chart, &shown)?;
            Ok(chart)
        })
    }

    /// The locked bytes of an address, and what they are called in messages.
    fn download(&self, remote: &Remote) -> Result<(Blob, String), Error> {
        let file = remote.file().expect("an address is no folder of git");
        let pin = self.lockfile.file_for(file).ok_or_else(|| Error::NoLock { path: self.project.lockfile.clone() })?;
        let blob = self.live.cache.get(&pin.digest)?.ok_or_else(|| self.all_missing())?;
        Ok((blob, pin.url.clone()))
    }

    fn load(&self, archive: &Arc<Vec<u8>>) -> Result<Chart, chart::Error> {
        self.hasty(|haste| chart::load_archive_in_haste(archive, &self.dialect.charts, haste))
    }

    fn hasty<T>(&self, load: impl FnOnce(chart::Haste<'_>) -> T) -> T {
        let watch = &|file: &File| {
            if let Some(ahead) = &self.ahead {
                ahead.add(file);
            }
        };
        load(chart::Haste { may_wait: self.crds_may_wait, watch })
    }

    fn tree(&self, reference: &GitReference) -> Result<Blob, Error> {
        let pin = self.lockfile.git().iter().find(|pin| pin.is_for(reference));
        let pin = pin.ok_or_else(|| Error::NoLock { path: self.project.lockfile.clone() })?;
        self.live.cache.get(&pin.digest)?.ok_or_else(|| self.all_missing())
    }

    fn local(&self, path: &Path, relative: &Path) -> Result<Arc<Chart>, Error> {
        self.loaded.once(Place::Local(path.to_owned()), || self.load_local(path, relative))
    }

    fn load_local(&self, path: &Path, relative: &Path) -> Result<Chart, Error> {
        let rules = &self.dialect.charts;
        let failed = |source| local_failed(relative, source);
        if self.live.surroundings.is_file(path) {
            return self.load(&Arc::new(self.read(path)?)).map_err(failed);
        }
        self.hold_archives(path, relative)?;
        let mut chart = chart::load_folder(path, rules).map_err(failed)?;
        let below = self.dependencies(&chart, path, relative);
        self.tell_stale(&chart, &below, relative);
        // Whatever version lies in charts/, the lock decides.
        chart.dependencies.retain(|loaded| below.iter().all(|(name, _)| loaded.metadata.name != *name));
        for (_, dependency) in below {
            let dependency = match dependency {
                Below::Folder { path, relative } => self.local(&path, &relative)?,
                Below::Locked(pin) => self.locked(pin)?,
            };
            add(&mut chart, dependency);
        }
        Ok(chart)
    }

    /// Holds the archives in a local chart's charts/ against the lock, once.
    fn hold_archives(&self, path: &Path, relative: &Path) -> Result<(), Error> {
        let Ok(chart) = LocalPath::parse(&relative.to_string_lossy()) else { return Ok(()) };
        if self.held.lock().unwrap_or_else(PoisonError::into_inner).contains(&chart) {
            return Ok(());
        }
        let found = local_archives::of_chart(path, relative)?;
        let path = self.project.lockfile.clone();
        if !found.is_empty() && self.lockfile.is_empty() {
            return Err(Error::NoLock { path });
        }
        let mut drifts = self.lockfile.check_archives_of(&chart, &found);
        drifts.retain(|drift| !matches!(drift, Drift::Archive { discrepancy: Discrepancy::NotHere, .. }));
        if !drifts.is_empty() {
            return Err(Error::Stale { path, drifts });
        }
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(chart);
        Ok(())
    }

    /// Says which charts in a local chart's charts/ are not those that are used.
    fn tell_stale(&self, chart: &Chart, below: &[(Text, Below<'_>)], relative: &Path) {
        for loaded in &chart.dependencies {
            let (name, version) = (&loaded.metadata.name, loaded.metadata.version.to_lossy());
            let pins = below.iter().filter(|(wanted, _)| wanted == name).filter_map(|(_, below)| match below {
                Below::Locked(pin) => Some(pin.content.version.original()),
                Below::Folder { .. } => None,
            });
            let pins: Vec<_> = pins.collect();
            if !pins.is_empty() && !pins.contains(&&*version) {
                let (chart, name) = (relative.display(), name.to_lossy());
                let text =
                    format!("{chart}/charts has `{name}` {version}; the lock has {}, and that is used", pins.join(" and "));
                if !self.is_quiet && self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone()) {
                    self.live.terminal.warning(&text);
                }
            }
        }
    }

    fn local_archive(&self, path: &Path, relative: &Path) -> Result<Vec<u8>, Error> {
        if self.live.surroundings.is_file(path) {
            return self.read(path);
        }
        let rules = &self.dialect.charts;
        self.hold_archives(path, relative)?;
        let chart = chart::load_folder(path, rules).map_err(|source| local_failed(relative, source))?;
        let mut archives = Vec::new();
        for (name, dependency) in self.dependencies(&chart, path, relative) {
            let archive = match dependency {
                Below::Folder { path, relative } => self.local_archive(&path, &relative)?,
                Below::Locked(pin) => self.archive(pin)?.bytes().to_vec(),
            };
            archives.push((name, archive));
        }
        chart::pack_folder(path, archives, rules).map_err(|source| local_failed(relative, source))
    }

    /// The chart that helmfile makes of a folder of manifests.
    fn manifests(&self, path: &Path, release: &Release) -> Result<Arc<Chart>, Error> {
        let rules = &self.dialect.charts;
        let failed = |source| local_failed(path, source);
        let files = chart::read_manifests(path, rules).map_err(failed)?;
        let files = self.project.manifests(release, files, &self.live.surroundings)?;
        let name = match path.file_name() {
            Some(name) => name.to_owned(),
            None => outside::working_directory()?.file_name().unwrap_or_default().to_owned(),
        };
        Ok(Arc::new(chart::of_manifests(files, &name.to_string_lossy(), &release.version, rules).map_err(failed)?))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        self.live.surroundings.read(path).map_err(|error| Error::Refused(error.to_string()))
    }

    /// The charts that a local chart depends on, less those that must lie in charts/ already.
    fn dependencies(&self, chart: &Chart, path: &Path, relative: &Path) -> Vec<(Text, Below<'run>)> {
        let declared = chart.metadata.declared().iter();
        declared.filter_map(|wish| Some((wish.name.clone(), self.dependency(wish, path, relative)?))).collect()
    }

    fn dependency(&self, dependency: &Dependency, path: &Path, relative: &Path) -> Option<Below<'run>> {
        let repository = dependency.repository.to_lossy();
        if let Some(below) = repository.strip_prefix("file://") {
            return Some(Below::Folder { path: clean(&path.join(below)), relative: clean(&relative.join(below)) });
        }
        let folder = LocalPath::parse(&relative.to_string_lossy()).ok()?;
        let is_its = |request: &&Request| {
            request.asked_by.local_chart() == Some(&folder)
                && dependency.name == request.chart.name()
                && request.constraint.original().trim() == dependency.version.to_lossy().trim()
        };
        let request = self.requests.iter().find(is_its)?;
        self.lockfile.pin_for(request).map(Below::Locked)
    }
}

/// Whether a chart that nobody resolves brings all that it needs.
fn complete(chart: &Chart, shown: &str) -> Result<(), Error> {
    match chart.missing_dependencies().first() {
        None => Ok(()),
        Some(name) => Err(Error::Refused(format!(
            "{shown} needs `{}`, which is not in its charts/: that is not handled yet",
            name.to_lossy()
        ))),
    }
}

/// Puts a chart under another, once, in the order of the archives that Helm would have there.
fn add(chart: &mut Chart, added: Arc<Chart>) {
    let key = |chart: &Chart| (chart.metadata.name.clone(), chart.metadata.version.clone());
    if chart.dependencies.iter().all(|known| key(known) != key(&added)) {
        chart.dependencies.push(added);
        chart.dependencies.sort_by_key(|chart| key(chart));
    }
}

/// helmfile loses the tags of a chart's dependencies where it changes the chart.
pub(super) fn without_tags(chart: &mut Chart) {
    for dependency in chart.metadata.dependencies.iter_mut().flatten() {
        dependency.tags.clear();
    }
}

/// How helmfile declares a chart that a release adds.
fn declared(added: &AdHoc) -> Dependency {
    let called = if added.alias.is_empty() { &added.name } else { &added.alias };
    let repository = match &added.source {
        ReleaseChart::Remote { chart, .. } => chart.source().to_string(),
        ReleaseChart::Local { relative, .. } => format!("file://{}", relative.display()),
        ReleaseChart::Git(reference) => format!("file://{}", reference.path),
        ReleaseChart::Address(remote) => format!("file://{}", remote.mounted().display()),
        ReleaseChart::Manifests { path } => format!("file://{}", path.display()),
    };
    Dependency {
        repository: repository.into(),
        name: added.name.as_str().into(),
        version: added.version.as_str().into(),
        condition: format!("{called}.enabled").into(),
        alias: added.alias.as_str().into(),
        ..Dependency::default()
    }
}

/// Where a dependency of a local chart comes from.
enum Below<'run> {
    /// Another local chart.
    Folder { path: PathBuf, relative: PathBuf },
    /// A pin.
    Locked(&'run Pin),
}

fn local_failed(relative: &Path, source: chart::Error) -> Error {
    Error::Chart { name: format!("chart `{}`", relative.display()), source }
}
