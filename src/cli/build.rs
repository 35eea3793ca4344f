//! `build`: the project as it is after everything in it was evaluated, printed as helmfile prints it.

use clap::Args;

use super::charts::Charts;
use super::error::Error;
use super::{Live, load, outside, read_lock};
use crate::project::{Built, Evaluated, Printing, Release};
use crate::render::Dialect;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock build -e prod                what is helmfile.yaml in this environment, after all templates?
  helmlock build --embed-values         with what the values files say in place of their names

What it prints can be read again as a state file. It prints what the project says, passwords of repositories too.")]
pub(super) struct Build {
    /// Put what values files say in place of their names
    #[arg(long)]
    embed_values: bool,
}

/// Runs the command.
pub(super) fn run(options: &Build, live: &Live) -> Result<(), Error> {
    let evaluated = load::evaluated(live, None)?;
    print(&evaluated, options.embed_values, &|_| None, live)?;
    let project = &evaluated.project;
    if project.releases.iter().any(|release| release.selected) || live.global.allow_no_matching_release {
        return Ok(());
    }
    Err(Error::NothingSelected { selectors: live.global.selectors.clone(), environment: project.environment.clone() })
}

/// Prints all states; `chart` names the folder that stands for a release's chart.
pub(super) fn print(
    evaluated: &Evaluated,
    embeds_values: bool,
    chart: &dyn Fn(&Release) -> Option<String>,
    live: &Live,
) -> Result<(), Error> {
    let project = &evaluated.project;
    let lockfile = read_lock(&project.lockfile)?;
    // A chart that cannot be told has no locked version; that it is wrong is for those to say who need it.
    let charts = Charts::new(project, &lockfile, Dialect::newest(), live).ok();
    let version = |release: &Release| charts.as_ref()?.version_of(release);
    let printing = Printing {
        embeds_values,
        helm_binary: live.global.compatible.helm_binary.as_deref(),
        kustomize_binary: live.global.compatible.kustomize_binary.as_deref(),
        version: &version,
        chart,
    };
    let working_directory = outside::working_directory()?;
    for Built { path, text } in evaluated.print(&printing, &live.surroundings)? {
        let path = crate::surroundings::clean(&working_directory.join(path));
        live.terminal.write(format!("---\n#  Source: {}\n\n{text}", path.display()).as_bytes())?;
    }
    Ok(())
}
