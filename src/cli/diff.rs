//! `diff`: what changed between two states of the project, for whoever reviews it. Both are rendered here, from verified
//! bytes and with the same clock and randomness; what is shown of it, and how, is the business of `review`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Diff, Output};
use super::charts::Charts;
use super::error::Error;
use super::load::{self, Environments, Unverified};
use super::renderer::{self, Renderer};
use super::revision::{self, Revision};
use super::terminal::count;
use super::{Live, network, read_lock, workers};
use crate::fetch;
use crate::lockfile::Lockfile;
use crate::project::{self, Project};
use crate::review::{self, MARKDOWN_LIMIT, Rendering, Review, Side};
use crate::surroundings::Surroundings;

/// Where a side is.
enum Place {
    /// The working tree.
    Tree,
    /// A revision, by its name.
    Revision(String),
    /// The working tree with another lock.
    Lock(PathBuf),
}

/// Runs the command.
pub(super) fn run(options: &Diff, live: &Live) -> Result<(), Error> {
    let (base, head) = places(options, live)?;
    let mut seed = [0; 32];
    (live.surroundings.entropy)(&mut seed);
    // Both sides get the same randomness, so that what is random by nature is no difference.
    let surroundings = Surroundings { entropy: Arc::new(move |bytes| fill(bytes, &seed)), ..live.surroundings.clone() };
    let before = side(&base, options, &surroundings, live)?;
    let after = side(&head, options, &surroundings, live)?;
    let mut key = [0; 32];
    (live.surroundings.entropy)(&mut key);
    let review = review::review(&before, &after, &key);
    print(&review, options, live)?;
    if options.exit_code && !review.is_empty() { Err(Error::Changed) } else { Ok(()) }
}

fn fill(bytes: &mut [u8], seed: &[u8; 32]) {
    for (byte, from) in bytes.iter_mut().zip(seed.iter().cycle()) {
        *byte = *from;
    }
}

fn print(review: &Review, options: &Diff, live: &Live) -> Result<(), Error> {
    match live.global.output {
        Output::Json => live.terminal.write_json(&review::json(review))?,
        Output::Md => live.terminal.write(review::markdown(review, MARKDOWN_LIMIT).as_bytes())?,
        Output::Html => live.terminal.write(review::html(review).as_bytes())?,
        _ => live.terminal.write_coloured(&review::text(review, !options.summary))?,
    }
    Ok(())
}

/// Which two states are meant.
fn places(options: &Diff, live: &Live) -> Result<(Place, Place), Error> {
    let is_file = |text: &str| live.surroundings.is_file(Path::new(text));
    let place = |text: &str| if is_file(text) { Place::Lock(PathBuf::from(text)) } else { Place::Revision(text.to_owned()) };
    let or_head = |text: &str| if text.is_empty() { "HEAD".to_owned() } else { text.to_owned() };
    match (options.base.as_deref(), options.head.as_deref()) {
        (None, _) => Ok((Place::Revision("HEAD".to_owned()), Place::Tree)),
        (Some(base), Some(head)) => Ok((place(base), place(head))),
        (Some(base), None) => match (base.split_once("..."), base.split_once("..")) {
            (Some((base, head)), _) => {
                let (base, head) = (or_head(base), or_head(head));
                let parted = revision::merge_base(&base, &head, &load::folder(live))?;
                Ok((Place::Revision(parted), Place::Revision(head)))
            }
            (None, Some((base, head))) if !is_file(options.base.as_deref().unwrap_or_default()) => {
                Ok((Place::Revision(or_head(base)), Place::Revision(or_head(head))))
            }
            _ => Ok((place(base), Place::Tree)),
        },
    }
}

fn side(place: &Place, options: &Diff, surroundings: &Surroundings, live: &Live) -> Result<Side, Error> {
    match place {
        Place::Tree => rendered(&load::all(live)?, None, options, surroundings, live),
        Place::Lock(path) => rendered(&load::all(live)?, Some(path), options, surroundings, live),
        Place::Revision(name) => {
            let checked_out = Revision::check_out(name, &load::folder(live))?;
            let file = match live.global.file.as_deref().and_then(Path::file_name) {
                Some(name) => checked_out.path(Path::new(name)),
                None => project::find(&checked_out.path(Path::new("")), &live.surroundings)?,
            };
            rendered(&load::all_at(Some(&file), live)?, None, options, surroundings, live)
        }
    }
}

/// All releases of all environments, rendered. What the cache lacks is fetched by its digest.
fn rendered(
    environments: &Environments,
    lock: Option<&Path>,
    options: &Diff,
    surroundings: &Surroundings,
    live: &Live,
) -> Result<Side, Error> {
    for Unverified { environment, error, .. } in &environments.unverified {
        live.terminal.warning(&format!("environment `{environment}` cannot be evaluated here and is left out: {error}"));
    }
    let lockfile = read_lock(lock.unwrap_or(&environments.wanted().lockfile))?;
    let network = network::open(&environments.projects, live)?;
    fetch::fetch(&lockfile, &live.cache, &network)?;
    fetch::fetch_git(lockfile.git(), &live.cache, &network)?;
    let mut renderings = Vec::new();
    let wanted = |project: &&Project| live.global.environment.as_ref().is_none_or(|name| *name == project.environment);
    for project in environments.projects.iter().filter(wanted) {
        renderings.extend(of_project(project, &lockfile, options, surroundings, live)?);
    }
    let kube_version = options.render.kube_version.clone();
    let kube_version = kube_version.or_else(|| lockfile.render.as_ref().map(|render| render.kube_version.clone()));
    Ok(Side { lockfile, renderings, kube_version })
}

fn of_project(
    project: &Project,
    lockfile: &Lockfile,
    options: &Diff,
    surroundings: &Surroundings,
    live: &Live,
) -> Result<Vec<Rendering>, Error> {
    let plan = project.plan();
    let mut settings = renderer::settings(&options.render, lockfile, None)?;
    settings.options.include_crds = true;
    let charts = Charts::new(project, lockfile, settings.dialect, live)?;
    charts.check(&plan)?;
    let renderer = Renderer::new(charts, project, settings);
    let mut renderings = Vec::new();
    let busy = live.terminal.busy("Rendering", format!("{} of {}", count(plan.len(), "release"), project.environment));
    workers::in_order(
        &plan,
        workers::count(live.global.jobs),
        |release| {
            let prepared = renderer.prepare(release, surroundings)?;
            let inputs = renderer.inputs(release, &prepared, surroundings)?;
            let manifests = renderer.render_inputs(release, &inputs)?;
            Ok(Rendering {
                environment: project.environment.clone(),
                release: release.identity(),
                chart: prepared.chart,
                values: inputs.values,
                manifests,
            })
        },
        |rendering: Result<_, Error>| {
            renderings.push(rendering?);
            Ok::<_, Error>(())
        },
    )?;
    drop(busy);
    Ok(renderings)
}
