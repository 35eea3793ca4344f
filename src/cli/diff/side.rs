//! One side of a `diff`: a revision, the working tree or a lock, with all releases of all environments rendered.

use std::path::Path;

use super::Diff;
use super::Place;
use crate::cli::age;
use crate::cli::charts::Charts;
use crate::cli::engine::ByHelm;
use crate::cli::error::Error;
use crate::cli::load::{self, Environments, Unverified};
use crate::cli::renderer::{self, Renderer};
use crate::cli::revision::Revision;
use crate::cli::terminal::count;
use crate::cli::{Live, network, read_lock, remotes, workers};
use crate::fetch;
use crate::lockfile::{Lockfile, Movement};
use crate::project::{self, Project, Release};
use crate::render::Manifests;
use crate::review::{Published, Rendering, Side};
use crate::surroundings::Surroundings;
use crate::version::Version;

/// What both sides have in common.
pub(super) struct Sides<'run> {
    pub(super) options: &'run Diff,
    /// With the same randomness for both.
    pub(super) surroundings: &'run Surroundings,
    pub(super) live: &'run Live,
    /// When the new side's versions were published.
    pub(super) published: Vec<Published>,
}

impl Sides<'_> {
    /// The old side. A revision that has no lock yet has nothing, so that everything is new.
    pub(super) fn base(&mut self, place: &Place) -> Result<Side, Error> {
        self.side(place, None)
    }

    /// The new side, beside the lock of the old one.
    pub(super) fn head(&mut self, place: &Place, base: &Lockfile) -> Result<Side, Error> {
        self.side(place, Some(base))
    }

    fn side(&mut self, place: &Place, base: Option<&Lockfile>) -> Result<Side, Error> {
        match place {
            Place::Tree => {
                self.turn_to(&project::lockfile(self.live.global.file.as_deref(), &self.live.surroundings)?)?;
                self.rendered(&load::all(self.live)?, None, base)
            }
            Place::Lock(path) => {
                self.turn_to(path)?;
                self.rendered(&load::all(self.live)?, Some(path), base)
            }
            Place::Revision(name) => {
                let checked_out = Revision::check_out(name, &load::folder(self.live))?;
                let file = match self.live.global.file.as_deref().and_then(Path::file_name) {
                    Some(name) => checked_out.path(Path::new(name)),
                    None => match project::find(&checked_out.path(Path::new("")), &self.live.surroundings) {
                        Err(_) if base.is_none() => return Ok(self.nothing(name)),
                        found => found?,
                    },
                };
                if base.is_none() && !self.live.surroundings.is_file(&file) && !self.live.surroundings.is_directory(&file) {
                    return Ok(self.nothing(name));
                }
                self.turn_to(&project::lockfile(Some(&file), &self.live.surroundings)?)?;
                let environments = load::all_at(Some(&file), self.live)?;
                if base.is_none() && !self.live.surroundings.is_file(&environments.wanted().lockfile) {
                    return Ok(self.nothing(name));
                }
                self.rendered(&environments, None, base)
            }
        }
    }

    /// Reads remote files as this lock has them. Those that the cache lacks are fetched.
    fn turn_to(&self, lockfile: &Path) -> Result<(), Error> {
        let lockfile = read_lock(lockfile)?;
        remotes::fetch_locked(&lockfile, self.live)?;
        self.live.remotes.turn_to(&lockfile);
        Ok(())
    }

    fn nothing(&self, revision: &str) -> Side {
        self.live.terminal.warning(&format!("`{revision}` has no lock: everything is new"));
        Side { lockfile: Lockfile::default(), renderings: Vec::new(), kube_version: None, published: Vec::new() }
    }

    /// All releases of all environments, rendered. What the cache lacks is fetched by its digest.
    fn rendered(&mut self, environments: &Environments, lock: Option<&Path>, base: Option<&Lockfile>) -> Result<Side, Error> {
        let live = self.live;
        for Unverified { environment, error, .. } in &environments.unverified {
            live.terminal.warning(&format!("environment `{environment}` cannot be evaluated here and is left out: {error}"));
        }
        let lockfile = read_lock(lock.unwrap_or(&environments.wanted().lockfile))?;
        let network = network::open(&environments.projects, live)?;
        fetch::fetch(&lockfile, &live.cache, &network)?;
        fetch::fetch_git(lockfile.git(), &live.cache, &network)?;
        if let Some(base) = base {
            self.published = news(base, &lockfile, environments, live)?;
        }
        let mut renderings = Vec::new();
        let wanted = |project: &&Project| live.global.environment.as_ref().is_none_or(|name| *name == project.environment);
        for project in environments.projects.iter().filter(wanted) {
            renderings.extend(self.of_project(project, &lockfile)?);
        }
        let kube_version = self.options.render.kube_version.clone();
        let kube_version = kube_version.or_else(|| lockfile.render.as_ref().map(|render| render.kube_version.clone()));
        Ok(Side { lockfile, renderings, kube_version, published: Vec::new() })
    }

    fn of_project(&self, project: &Project, lockfile: &Lockfile) -> Result<Vec<Rendering>, Error> {
        let live = self.live;
        let plan = project.plan();
        let mut settings = renderer::settings(&self.options.render, lockfile, None)?;
        settings.options.include_crds = true;
        let charts = Charts::new(project, lockfile, settings.dialect, live)?;
        charts.check(&plan)?;
        let renderer = Renderer::new(charts, project, settings);
        let by_helm = ByHelm::new(lockfile, &[], live);
        let mut renderings = Vec::new();
        let busy = live.terminal.busy("Rendering", format!("{} of {}", count(plan.len(), "release"), project.environment));
        workers::in_order(
            &plan,
            live.global.jobs,
            |release| self.of_release(release, project, &renderer, &by_helm),
            |rendering: Result<_, Error>| {
                renderings.push(rendering?);
                Ok::<_, Error>(())
            },
        )?;
        drop(busy);
        Ok(renderings)
    }

    fn of_release(
        &self,
        release: &Release,
        project: &Project,
        renderer: &Renderer<'_>,
        by_helm: &ByHelm<'_>,
    ) -> Result<Rendering, Error> {
        let prepared = renderer.prepare(release, self.surroundings)?;
        let inputs = renderer.inputs(release, &prepared, self.surroundings)?;
        // What helm prints says nothing of what it has read.
        let (manifests, unread) = if by_helm.renders(release) {
            (Manifests::of_text(&by_helm.render(release, &prepared, renderer)?), None)
        } else {
            let (manifests, unread) = renderer.render_watching(release, &prepared, &inputs, self.surroundings)?;
            (manifests, Some(unread))
        };
        let environment = project.environment.clone();
        let (release, chart) = (release.identity(), prepared.chart);
        Ok(Rendering { environment, release, chart, values: inputs.values, manifests, unread })
    }
}

/// When the versions that `after` has and `before` has not were published.
fn news(before: &Lockfile, after: &Lockfile, project: &Environments, live: &Live) -> Result<Vec<Published>, Error> {
    let version = |movement| match movement {
        Movement::Added { version } | Movement::Moved { to: version, .. } => Some(version),
        _ => None,
    };
    let changes = before.changes_to(after).into_iter();
    let news: Vec<_> = changes.filter_map(|change| Some((change.chart, version(change.movement)?))).collect();
    let now = live.surroundings.now().timestamp();
    let published = age::published(&news, &project.requests(live)?, live).into_iter();
    let told = |(chart, version, at): (_, Version, jiff::Timestamp)| Published {
        chart,
        version: version.to_string(),
        at: at.to_string(),
        ago: age::ago(at, now),
    };
    Ok(published.map(told).collect())
}
