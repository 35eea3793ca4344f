//! Which charts a project asks for: those of its releases, and those that the Chart.yaml of local charts names, at every depth.
//!
//! Releases that take no part ask, too: switching one on must not need the network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::assemble::refuse;
use super::discover::seen_from;
use super::keys::Stage;
use super::record::Record;
use super::release::Refused;
use super::{AdHoc, Error, ErrorKind, Place, Project, Release, ReleaseChart, Repository, near};
use crate::chart;
use crate::request::{Asker, Origin, Request};
use crate::source::{ChartRef, GitReference, LocalPath, OciReference, OciRepository, Packed, Remote, Source};
use crate::surroundings::{FileError, Surroundings, clean};
use crate::version::Constraint;
use crate::yaml::node::Kind;
use crate::yaml::{self, Rules};

/// Local charts within local charts. Helm itself has no bound.
const DEEPEST: usize = 64;

/// What a release's state file knows of charts.
pub(super) struct From<'a> {
    /// Its repositories, and what [`sources`] makes of them.
    pub(super) repositories: &'a [Repository],
    pub(super) sources: &'a [Option<Source>],
    /// Its directory.
    pub(super) directory: &'a Path,
    /// Where paths in the lock begin.
    pub(super) root: &'a Path,
}

/// The sources of repositories, read once for all releases; none of OCI, where the release has a part of it, and none where the
/// address is no source, which is told of the release.
pub(super) fn sources(repositories: &[Repository]) -> Vec<Option<Source>> {
    let plain = |repository: &Repository| (!repository.oci).then(|| Source::parse(&repository.url).ok()).flatten();
    repositories.iter().map(plain).collect()
}

/// What a release's `chart` and `version` mean; an error of this stage comes back as what stands in its way.
pub(super) fn of_release(release: &Release, from: &From<'_>, surroundings: &Surroundings) -> Result<ReleaseChart, Refused> {
    let wish = Wish { chart: &release.chart, version: &release.version, devel: release.devel, place: &release.chart_place };
    meant(&wish, from, surroundings)
}

/// What stands in the way of rendering a folder of manifests: that it is one of kustomize's.
pub(super) fn kustomization(release: &Release, from: &From<'_>, surroundings: &Surroundings) -> Option<Refused> {
    let Some(ReleaseChart::Manifests { path }) = &release.source else { return None };
    let what = format!("the kustomization `{}`", seen_from(from.root, path).display());
    let refused = Refused { stage: Stage::Output, kind: ErrorKind::Unbuilt { what }, place: release.chart_place.clone() };
    surroundings.is_file(&path.join("kustomization.yaml")).then_some(refused)
}

/// What the ad-hoc `dependencies` of a release mean.
pub(super) fn ad_hoc(release: &Record, devel: bool, from: &From<'_>, surroundings: &Surroundings) -> Result<Vec<AdHoc>, Refused> {
    let one = |record: &Record| {
        let (chart, version, place) = (record.text("chart"), record.text("version"), record.place.clone());
        let is_folder = surroundings.is_directory(&clean(&from.directory.join(&chart)));
        let written = if is_folder && !is_local(&chart) { format!("./{chart}") } else { chart.clone() };
        let wish = Wish { chart: &written, version: &version, devel, place: &place };
        let source = meant(&wish, from, surroundings)?;
        let name = match &source {
            ReleaseChart::Remote { chart, .. } => chart.name().to_owned(),
            ReleaseChart::Git(reference) => reference.path.as_str().rsplit('/').next().unwrap_or_default().to_owned(),
            ReleaseChart::Address(remote) => {
                remote.mounted().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
            ReleaseChart::Manifests { path } => {
                return Err(Refused { stage: Stage::Charts, kind: ErrorKind::NoSuchChart { path: path.clone() }, place });
            }
            ReleaseChart::Local { path, .. } => {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
        };
        Ok(AdHoc { source, name, alias: record.text("alias"), version, place })
    };
    release.records("dependencies").iter().map(one).collect()
}

/// A chart and its version as a state file writes them.
struct Wish<'a> {
    chart: &'a str,
    version: &'a str,
    devel: bool,
    place: &'a Place,
}

fn meant(wish: &Wish<'_>, from: &From<'_>, surroundings: &Surroundings) -> Result<ReleaseChart, Refused> {
    let From { repositories, sources, directory, root } = from;
    let refuse = |kind| Refused { stage: Stage::Charts, kind, place: wish.place.clone() };
    let written = wish.chart;
    if written.starts_with("oci://") {
        let reference = OciReference::parse(written).map_err(|error| refuse(ErrorKind::Source(error)))?;
        let OciReference { chart, tag, digest, .. } = reference;
        let named = Named { tag: tag.as_deref(), digest: digest.as_deref() };
        let constraint = named.constraint(wish).map_err(refuse)?;
        return Ok(ReleaseChart::Remote { chart, constraint });
    }
    let named = written.split_once('/').and_then(|(name, rest)| {
        let known = repositories.iter().zip(*sources).find(|(repository, _)| repository.name == name);
        known.map(|(repository, source)| (repository, source, rest))
    });
    if let Some((repository, source, rest)) = named.filter(|(repository, ..)| repository.oci || !is_local(written)) {
        let (rest, digest) = rest.split_once('@').map_or((rest, None), |(rest, digest)| (rest, Some(digest)));
        let chart = chart_of(repository, source.as_ref(), rest).map_err(refuse)?;
        let constraint = Named { tag: None, digest }.constraint(wish).map_err(refuse)?;
        if constraint.digest().is_some() && !repository.oci {
            let reason = "only a chart of an OCI registry is known by a digest".to_owned();
            return Err(refuse(ErrorKind::WrongVersion { version: constraint.to_string(), reason }));
        }
        return Ok(ReleaseChart::Remote { chart, constraint });
    }
    if GitReference::is_meant_by(written) {
        return GitReference::parse(written).map(ReleaseChart::Git).map_err(|error| refuse(ErrorKind::Source(error)));
    }
    if Packed::is_meant_by(written) || written.starts_with("http://") || written.starts_with("https://") {
        return Remote::parse(written).map(ReleaseChart::Address).map_err(|error| refuse(ErrorKind::Source(error)));
    }
    if let Some(end) = written.find("::").map(|at| at + 2).or_else(|| written.find("://").map(|at| at + 3)) {
        return Err(refuse(ErrorKind::Unbuilt { what: format!("a chart of `{}`", &written[..end]) }));
    }
    let path = clean(&directory.join(written));
    let relative = seen_from(root, &path);
    if is_local(written) || !matches!(surroundings.kind(&path), Ok(None)) {
        // A clean path to the working directory is empty, which no system takes for it.
        if let Some(folder) = GitReference::of_mounted(&path) {
            return Ok(ReleaseChart::Git(folder));
        }
        if let Some(packed) = Packed::of_mounted(&path) {
            return Ok(ReleaseChart::Address(Remote::Packed(packed)));
        }
        let path = if path.as_os_str().is_empty() { PathBuf::from(".") } else { path };
        if surroundings.is_directory(&path) && !surroundings.is_file(&path.join("Chart.yaml")) {
            return Ok(ReleaseChart::Manifests { path });
        }
        return Ok(ReleaseChart::Local { path, relative });
    }
    let repository = written.split('/').next().unwrap_or_default().to_owned();
    let near = near::nearest(&repository, repositories.iter().map(|repository| repository.name.as_str()));
    Err(refuse(ErrorKind::UnknownRepository { repository, chart: written.to_owned(), near }))
}

/// What the text that names a chart says of versions.
struct Named<'a> {
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl Named<'_> {
    /// All that is said of versions, there and beside it. As in helmfile, a digest there goes before one beside it.
    fn constraint(&self, wish: &Wish<'_>) -> Result<Constraint, ErrorKind> {
        let (version, beside) = wish.version.split_once('@').map_or((wish.version, None), |(left, right)| (left, Some(right)));
        let version = if version.is_empty() { self.tag.unwrap_or_default() } else { version };
        let Some(digest) = self.digest.or(beside) else { return constraint(version, wish.devel) };
        let text = format!("{version}@{digest}");
        Constraint::parse_with_digest(&text)
            .map_err(|error| ErrorKind::WrongVersion { version: text.clone(), reason: error.to_string() })
    }
}

/// helmfile's `isLocalChart`.
fn is_local(chart: &str) -> bool {
    let is_path = chart.starts_with("./") || chart.starts_with("../") || Path::new(chart).is_absolute();
    is_path || (!chart.contains("://") && !matches!(chart.split('/').count(), 2 | 3))
}

fn chart_of(repository: &Repository, source: Option<&Source>, name: &str) -> Result<ChartRef, ErrorKind> {
    if !repository.oci {
        let source = source.map_or_else(|| Source::parse(&repository.url), |source| Ok(source.clone()));
        let source = source.map_err(ErrorKind::Source)?;
        return ChartRef::new(source, name).map_err(ErrorKind::Source);
    }
    let (folder, name) = name.rsplit_once('/').map_or((String::new(), name), |(folder, name)| (format!("/{folder}"), name));
    let url = format!("{}{folder}", repository.url.trim_end_matches('/'));
    let source = OciRepository::parse(&url).map_err(ErrorKind::Source)?;
    ChartRef::new(Source::Oci(source), name).map_err(ErrorKind::Source)
}

fn constraint(version: &str, devel: bool) -> Result<Constraint, ErrorKind> {
    match (version, devel) {
        ("", true) => Ok(Constraint::any_or_prerelease()),
        ("", false) => Ok(Constraint::any()),
        (text, _) => Constraint::parse(text)
            .map_err(|error| ErrorKind::WrongVersion { version: text.to_owned(), reason: error.to_string() }),
    }
}

/// All requests of a project, sorted.
pub(super) fn all(project: &Project, surroundings: &Surroundings) -> Result<Vec<Request>, Error> {
    Ok(walked(project, surroundings)?.requests)
}

/// The folders of all charts beside the project, as seen from where paths in the lock begin, and where they are.
pub(super) fn local_charts(project: &Project, surroundings: &Surroundings) -> Result<BTreeMap<PathBuf, PathBuf>, Error> {
    let seen = walked(project, surroundings)?.seen.into_iter();
    Ok(seen.map(|relative| (relative.clone(), clean(&project.directory.join(relative)))).collect())
}

fn walked<'a>(project: &'a Project, surroundings: &'a Surroundings) -> Result<Walk<'a>, Error> {
    let mut walk = Walk { project, surroundings, requests: Vec::new(), seen: BTreeSet::new() };
    for release in project.releases.iter().filter(|release| !is_beyond_reach(release)) {
        refuse(&project.states[release.state].refused, Stage::Charts)?;
        refuse(&release.refused, Stage::Charts)?;
        if let Some(source) = &release.source {
            walk.source(source, release, [&release.place, &release.chart_place])?;
        }
        for dependency in &release.dependencies {
            walk.source(&dependency.source, release, [&dependency.place, &dependency.place])?;
        }
    }
    walk.requests.sort();
    walk.requests.dedup();
    Ok(walk)
}

/// Whether a release takes no part here and names a repository that is not there: helmfile never looks at it.
fn is_beyond_reach(release: &Release) -> bool {
    let is_unknown = |refused: &Refused| matches!(refused.kind, ErrorKind::UnknownRepository { .. });
    !(release.installed && release.enabled) && release.refused.iter().any(is_unknown)
}

fn origin(place: &Place) -> Origin {
    Origin { file: place.file.display().to_string(), line: Some(place.line) }
}

/// From a local chart to the local charts that it names.
struct Walk<'a> {
    project: &'a Project,
    surroundings: &'a Surroundings,
    requests: Vec<Request>,
    seen: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    /// What a release asks for; `places` are where a chart in a repository and a local one are asked for.
    fn source(&mut self, source: &ReleaseChart, release: &Release, places: [&Place; 2]) -> Result<(), Error> {
        match source {
            ReleaseChart::Remote { chart, constraint, .. } => self.requests.push(Request {
                chart: chart.clone(),
                constraint: constraint.clone(),
                asked_by: Asker::Release { name: release.name.clone() },
                origin: origin(places[0]),
                environment: Some(self.project.environment.clone()),
            }),
            ReleaseChart::Local { relative, .. } => self.chart(relative, &mut Vec::new(), places[1])?,
            ReleaseChart::Git(_) | ReleaseChart::Address(_) | ReleaseChart::Manifests { .. } => {}
        }
        Ok(())
    }

    /// `relative` is the chart's folder as seen from the state file, `path` the charts that lead to it.
    fn chart(&mut self, relative: &Path, path: &mut Vec<PathBuf>, asked: &Place) -> Result<(), Error> {
        let refuse = |kind| Error::new(kind, Some(asked.clone()));
        if path.iter().any(|known| known == relative) || path.len() >= DEEPEST {
            let mut path: Vec<_> = path.iter().map(|path| path.display().to_string()).collect();
            path.push(relative.display().to_string());
            return Err(refuse(ErrorKind::ChartCycle { path }));
        }
        let folder = clean(&self.project.directory.join(relative));
        if self.surroundings.is_file(&folder) || !self.seen.insert(relative.to_owned()) {
            // An archive carries the charts that it needs.
            return Ok(());
        }
        let file = folder.join("Chart.yaml");
        let text = self.surroundings.read(&file).map_err(|error| match error {
            FileError::NotFound(_) if self.surroundings.is_directory(&folder) => {
                refuse(ErrorKind::Unbuilt { what: format!("the folder `{}` without a Chart.yaml", relative.display()) })
            }
            FileError::NotFound(_) => refuse(ErrorKind::NoSuchChart { path: folder.clone() }),
            error @ FileError::Unreadable { .. } => refuse(ErrorKind::File(error)),
        })?;
        let requirements = self.surroundings.read(&folder.join("requirements.yaml")).ok();
        let metadata = chart::read_metadata(&text, requirements.as_deref())
            .map_err(|error| refuse(ErrorKind::Chart { path: file.clone(), message: error.to_string() }))?;
        let lines = lines(&text);
        path.push(relative.to_owned());
        for (index, dependency) in metadata.declared().iter().enumerate() {
            let place = Place { file: file.as_path().into(), line: lines.get(index).copied().unwrap_or(1), rendered: false };
            self.dependency(dependency, relative, path, &place)?;
        }
        path.pop();
        Ok(())
    }

    fn dependency(
        &mut self,
        dependency: &chart::Dependency,
        parent: &Path,
        path: &mut Vec<PathBuf>,
        place: &Place,
    ) -> Result<(), Error> {
        let refuse = |kind| Error::new(kind, Some(place.clone()));
        let (name, repository) = (dependency.name.to_lossy(), dependency.repository.to_lossy());
        if let Some(below) = repository.strip_prefix("file://") {
            return self.chart(&clean(&parent.join(below)), path, place);
        }
        if repository.is_empty() {
            // It must lie in charts/ already.
            return Ok(());
        }
        let alias = repository.strip_prefix('@').or_else(|| repository.strip_prefix("alias:"));
        let chart = if let Some(alias) = alias {
            let repositories = &self.project.repositories;
            let known = repositories.iter().find(|repository| repository.name == alias).ok_or_else(|| {
                let near = near::nearest(alias, repositories.iter().map(|repository| repository.name.as_str()));
                refuse(ErrorKind::UnknownRepository { repository: alias.to_owned(), chart: name.to_string(), near })
            })?;
            chart_of(known, None, &name).map_err(refuse)?
        } else {
            let source = Source::parse(&repository).map_err(|error| refuse(ErrorKind::Source(error)))?;
            ChartRef::new(source, &name).map_err(|error| refuse(ErrorKind::Source(error)))?
        };
        let folder = LocalPath::parse(&parent.to_string_lossy()).map_err(|error| refuse(ErrorKind::Source(error)))?;
        self.requests.push(Request {
            chart,
            constraint: constraint(&dependency.version.to_lossy(), false).map_err(refuse)?,
            asked_by: Asker::LocalChart { path: folder },
            origin: origin(place),
            environment: None,
        });
        Ok(())
    }
}

/// The lines on which Chart.yaml's dependencies stand, as far as they stand there.
fn lines(text: &[u8]) -> Vec<usize> {
    let documents = yaml::node::parse(text, &Rules::HELM).unwrap_or_default();
    match documents.first().and_then(|root| root.get("dependencies")).map(|node| &node.target().kind) {
        Some(Kind::Sequence(items)) => items.iter().map(|item| item.line).collect(),
        _ => Vec::new(),
    }
}
