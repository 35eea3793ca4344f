//! `write-values`: the merged values of each release as a file, as helmfile writes them. Charts' own values are not in it.

use clap::Args;

use super::charts::Charts;
use super::error::Error;
use super::{Live, files, load, outside, read_lock, renderer};
use crate::project::{OutputFile, ValuesText};
use crate::render::Dialect;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock write-values -e prod
  helmlock write-values --output-file-template 'values/{{ .Release.Name }}.yaml'

The files hold what the values files say, decrypted secrets too.")]
pub(super) struct WriteValues {
    /// A values file for every release, over its own
    #[arg(long, value_name = "FILE")]
    values: Vec<String>,
    /// Accepted: as in helmfile, what `--set` says is not written
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The path of a release's file: a template that sees `.State`, `.Release` and `.Environment`
    #[arg(long, value_name = "TEMPLATE")]
    output_file_template: Option<String>,
}

/// Runs the command.
pub(super) fn run(options: &WriteValues, live: &Live) -> Result<(), Error> {
    let project = load::wanted(live, None)?;
    let plan = renderer::plan(&project, live)?;
    let lockfile = read_lock(&project.lockfile)?;
    // A chart that cannot be told has no locked version, and values can be had without it.
    let charts = Charts::new(&project, &lockfile, Dialect::newest(), live).ok();
    let wanted = OutputFile { template: options.output_file_template.clone(), working_directory: outside::working_directory()? };
    if !options.set.is_empty() {
        live.terminal.note("`--set` has no effect here: values files are written, and flags are none");
    }
    for release in plan {
        let version = charts.as_ref().and_then(|charts| charts.version_of(release));
        let version = version.unwrap_or_else(|| release.version.clone());
        let mut more = Vec::new();
        for name in &options.values {
            let path = project.resolve_path(release, name);
            let bytes = live.surroundings.read(&path).map_err(|error| Error::Refused(format!("--values: {error}")))?;
            more.push(ValuesText { name: name.clone(), bytes });
        }
        let text = project.merged_values(release, &version, more, &live.surroundings)?;
        let path = project.output_file(release, &wanted)?;
        files::write_one(&path, text.as_bytes())?;
        live.terminal.done("Wrote", &path.display().to_string());
    }
    Ok(())
}
