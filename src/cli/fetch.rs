//! `fetch`: fill the cache from the lock, without resolving; and, where helmfile's flags ask for it, lay the charts of releases
//! into folders as helmfile does.

use clap::Args;
use serde_json::json;

use super::args::Format;
use super::charts::Charts;
use super::error::Error;
use super::terminal::count;
use super::{Live, build, files, load, network, read_lock, remotes};
use crate::chart;
use crate::lockfile::Lockfile;
use crate::project::{ChartFolder, Project, Release, ReleaseChart};
use crate::render::Dialect;
use crate::source::Source;
use crate::{fetch, project};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock fetch                        for a machine that goes offline
  helmlock fetch --output-dir charts    the charts of the releases as folders, too
  helmlock fetch --output-dir charts --write-output >offline.yaml")]
pub(super) struct Fetch {
    /// Lay the chart of each release into a folder below this one, too
    #[arg(long, value_name = "DIR")]
    output_dir: Option<String>,
    /// The folder of a release's chart: a template that sees `.OutputDir`, `.ChartName`, `.Release` and `.Environment`
    #[arg(long, value_name = "TEMPLATE", requires = "output_dir")]
    output_dir_template: Option<String>,
    /// Print the state file with these folders in place of its charts
    #[arg(long, requires = "output_dir")]
    write_output: bool,
    /// Accepted: flags for helm, which is not started
    #[arg(long, hide = true, value_name = "FLAGS", allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Runs the command.
pub(super) fn run(options: &Fetch, live: &Live) -> Result<(), Error> {
    let early = project::lockfile(live.global.file.as_deref(), &live.surroundings)?;
    remotes::fetch_locked(&read_lock(&early)?, live)?;
    let environments = load::all(live)?;
    let path = &environments.wanted().lockfile;
    let lockfile = read_lock(path)?;
    if lockfile.is_empty() && environments.want_something(&environments.requests(live)?) {
        return Err(Error::NoLock { path: path.clone() });
    }
    let network = network::open(&environments.projects, live)?;
    let busy = live.terminal.busy("Fetching", count(lockfile.pins().count(), "pin"));
    let fetched = fetch::fetch(&lockfile, &live.cache, &network)?;
    let folders = fetch::fetch_git(lockfile.git(), &live.cache, &network)?;
    live.cache.settle()?;
    drop(busy);
    let (downloaded, present) = (fetched.downloaded + folders.downloaded, fetched.present + folders.present);
    let is_json = live.terminal.format() == Format::Json;
    if !is_json {
        let folder = live.cache.folder().display();
        live.terminal.done("Fetched", &format!("{} into {folder}; {present} were there", count(downloaded, "chart")));
    }
    if let Some(directory) = &options.output_dir {
        lay_out(environments.wanted(), &lockfile, directory, options, live)?;
    }
    if options.write_output {
        return print_state(options, live);
    }
    if is_json {
        live.terminal.write_json(&json!({"downloaded": downloaded, "present": present}))?;
    }
    Ok(())
}

/// Writes the chart of each release that takes part.
fn lay_out(project: &Project, lockfile: &Lockfile, directory: &str, options: &Fetch, live: &Live) -> Result<(), Error> {
    let dialect = Dialect::newest();
    let charts = Charts::new(project, lockfile, dialect, live)?;
    let plan = super::renderer::plan(project, live)?;
    charts.check(&plan)?;
    for release in plan {
        let archive = charts.own_archive_of(release)?;
        let failed = |source| Error::Chart { name: format!("chart `{}`", release.chart), source };
        let unpacked = chart::unpack(&archive, &dialect.charts).map_err(failed)?;
        let unpacked: Vec<_> = unpacked.into_iter().map(|file| (file.name, file.contents.to_vec())).collect();
        let folder = project.resolve_path(release, &folder_of(release, project, &charts, directory, options)?);
        files::write(&folder, &unpacked)?;
        live.terminal.done("Wrote", &format!("{} to {}", release.chart, folder.display()));
    }
    Ok(())
}

/// Where a release's chart lies, seen from its state file.
fn folder_of(
    release: &Release,
    project: &Project,
    charts: &Charts<'_>,
    directory: &str,
    options: &Fetch,
) -> Result<String, Error> {
    let last = release.chart.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let (chart_name, below) = match &release.source {
        Some(ReleaseChart::Remote { chart, .. }) if matches!(chart.source(), Source::Oci(_)) => (last, Some(chart.name())),
        Some(ReleaseChart::Remote { chart, .. }) => (release.chart.as_str(), Some(chart.name())),
        _ => (last, None),
    };
    let wanted = ChartFolder {
        directory: directory.to_owned(),
        template: options.output_dir_template.clone(),
        chart_name: chart_name.to_owned(),
        version: charts.version_of(release).unwrap_or_else(|| release.version.clone()),
    };
    let folder = project.chart_folder(release, &wanted)?;
    // helm unpacks an archive into a folder of the chart's name.
    Ok(below.map_or_else(|| folder.clone(), |name| format!("{folder}/{}", name.rsplit('/').next().unwrap_or(name))))
}

fn print_state(options: &Fetch, live: &Live) -> Result<(), Error> {
    let evaluated = load::evaluated(live, None)?;
    if evaluated.files() > 1 {
        return Err(Error::Usage("`--write-output` needs a project of one state file: name one with `--file`".to_owned()));
    }
    let lockfile = read_lock(&evaluated.project.lockfile)?;
    let charts = Charts::new(&evaluated.project, &lockfile, Dialect::newest(), live)?;
    let directory = options.output_dir.as_deref().unwrap_or_default();
    let chart = |release: &Release| {
        let takes_part = release.selected && release.installed;
        takes_part.then(|| folder_of(release, &evaluated.project, &charts, directory, options).ok()).flatten()
    };
    build::print(&evaluated, false, &chart, live)
}
