//! `images`: which images the releases run, read from their rendering; one a line, for mirrors and scanners.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::json;

use super::args::{Format, RenderFlags};
use super::charts::Charts;
use super::error::Error;
use super::renderer::{self, Renderer};
use super::{Live, load, read_lock, workers};
use crate::project::Project;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock images -e prod               one image a line, sorted
  helmlock images --all-environments -o json

Found in the rendered manifests: containers, init containers and sidecars, hooks, the `image` fields of custom
resources, and images that are handed to operators as arguments or variables.")]
pub(super) struct Images {
    #[command(flatten)]
    render: RenderFlags,
    /// Render every environment, not only one
    #[arg(long)]
    all_environments: bool,
}

/// By image, the releases that run it.
type Found = BTreeMap<String, BTreeSet<String>>;

/// Runs the command.
pub(super) fn run(options: &Images, live: &Live) -> Result<(), Error> {
    let projects =
        if options.all_environments { load::all(live)?.projects } else { vec![load::wanted(live, Some(&options.render))?] };
    let mut environments = Vec::new();
    for project in &projects {
        environments.push((project.environment.clone(), found(project, options, live)?));
    }
    match live.terminal.format() {
        Format::Json => {
            let environments: Vec<_> = environments.iter().map(|(name, found)| as_json(name, found)).collect();
            live.terminal.write_json(&json!({"environments": environments}))?;
        }
        Format::Text => {
            let images: BTreeSet<_> = environments.iter().flat_map(|(_, found)| found.keys()).collect();
            let lines: Vec<_> = images.into_iter().map(|image| [image.as_str(), "\n"].concat()).collect();
            live.terminal.write(lines.concat().as_bytes())?;
        }
    }
    Ok(())
}

fn found(project: &Project, options: &Images, live: &Live) -> Result<Found, Error> {
    let plan = project.plan();
    if plan.is_empty() && !options.all_environments {
        renderer::plan(project, live)?;
    }
    let lockfile = read_lock(&project.lockfile)?;
    let settings = renderer::settings(&options.render, &lockfile, None)?;
    let charts = Charts::new(project, &lockfile, settings.dialect, live)?;
    charts.check(&plan)?;
    let renderer = Renderer::new(charts, project, settings);
    let mut found = Found::new();
    workers::in_order(
        &plan,
        live.global.jobs,
        |release| {
            let prepared = renderer.prepare(release, &live.surroundings)?;
            let manifests = renderer.render(release, &prepared, &live.surroundings)?;
            Ok::<_, Error>((release.name.clone(), manifests.images(!prepared.flags.options.skip_tests)))
        },
        |images| {
            let (release, images) = images?;
            for image in images {
                found.entry(image).or_default().insert(release.clone());
            }
            Ok::<_, Error>(())
        },
    )?;
    Ok(found)
}

fn as_json(environment: &str, found: &Found) -> serde_json::Value {
    let images: Vec<_> = found.iter().map(|(image, releases)| json!({"image": image, "releases": releases})).collect();
    json!({"environment": environment, "images": images})
}
