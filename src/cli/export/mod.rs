//! `export --helmfile`: the project as state files that name pinned archives and plain values, so that the real helmfile deploys
//! what was reviewed, without repositories, templates or a lock.
//!
//! ```text
//! DIR/helmfile.yaml.gotmpl                        leads to the environment's folder
//! DIR/charts/redis-20.6.2.tgz                     the verified bytes; local charts packed with their dependencies
//! DIR/environments/prod/helmfile.yaml.gotmpl      the releases, one file for each state file of the project
//! DIR/environments/prod/values/cache/1-redis.yaml values as written, templates rendered
//! ```

mod charts;
mod state;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::args::Format;
use super::charts::Charts;
use super::error::Error;
use super::load::Unverified;
use super::terminal::count;
use super::{Live, files, load, network, read_lock, renderer};
use crate::fetch;
use crate::lockfile::Lockfile;
use crate::project::Project;
use crate::yaml::Text;

use charts::Shelf;
use state::{Writer, Written};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock export --helmfile out        all environments
  helmfile -f out/helmfile.yaml.gotmpl -e prod apply
  helmlock export --helmfile out -e prod -l tier=backend

Charts become archives beside the state files, templates are rendered, values stay as written: references to secrets
stay references, encrypted files stay encrypted.")]
pub(super) struct Export {
    /// The folder to write, which must be empty or not there
    #[arg(long, value_name = "DIR")]
    pub(super) helmfile: PathBuf,
}

/// The head of every state file that is written here.
const HEAD: &str = "# Written by `helmlock export`: change the project that it comes from instead.\n";

/// Runs the command.
pub(super) fn run(options: &Export, live: &Live) -> Result<(), Error> {
    let folder = &options.helmfile;
    if live.surroundings.files.list(folder).is_ok_and(|entries| !entries.is_empty()) {
        let reason = "is not empty; remove it first, so that nothing old is deployed";
        return Err(Error::Refused(format!("{} {reason}", folder.display())));
    }
    let environments = load::all(live)?;
    for Unverified { environment, error, .. } in &environments.unverified {
        live.terminal.warning(&format!("environment `{environment}` cannot be evaluated here and is left out: {error}"));
    }
    let lockfile = read_lock(&environments.wanted().lockfile)?;
    let network = network::open(&environments.projects, live)?;
    fetch::fetch(&lockfile, &live.cache, &network)?;
    fetch::fetch_git(lockfile.git(), &live.cache, &network)?;
    live.cache.settle()?;

    let wanted = |project: &&Project| live.global.environment.as_ref().is_none_or(|name| *name == project.environment);
    let projects: Vec<_> = environments.projects.iter().filter(wanted).collect();
    let names = names(&projects)?;
    let mut shelf = Shelf::default();
    let mut written = vec![("helmfile.yaml.gotmpl".into(), root(&names).into_bytes())];
    let (mut releases, mut warnings) = (0, BTreeSet::new());
    for project in projects {
        releases += project.plan().len();
        let environment = of_project(project, &lockfile, &mut shelf, live)?;
        written.extend(environment.files);
        warnings.extend(environment.warnings);
    }
    if releases == 0 && !live.global.allow_no_matching_release {
        let environment = environments.wanted().environment.clone();
        return Err(Error::NothingSelected { selectors: live.global.selectors.clone(), environment });
    }
    refuse_secrets(&written, live)?;
    for warning in &warnings {
        live.terminal.warning(warning);
    }
    let charts = shelf.names();
    written.extend(shelf.into_files());
    files::write(folder, &written)?;
    match live.terminal.format() {
        Format::Json => {
            live.terminal
                .write_json(&json!({"folder": folder, "environments": names, "releases": releases, "charts": charts}))?;
        }
        Format::Text => {
            let what = format!("{} with {} into {}", count(releases, "release"), count(charts.len(), "chart"), folder.display());
            live.terminal.done("Exported", &what);
        }
    }
    Ok(())
}

/// The environments, each of which gets a folder.
fn names(projects: &[&Project]) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    for project in projects {
        let name = &project.environment;
        if Path::new(name).components().count() != 1 || name.contains(['*', '?', '[', '{', '\\']) || name == ".." {
            return Err(Error::Refused(format!("environment `{name}` has a name that no folder can have")));
        }
        if !names.insert(name.clone()) {
            let reason = "helmlock.toml has several variants of it, and a helmfile cannot tell them apart";
            return Err(Error::Refused(format!("environment `{name}` cannot be exported: {reason}")));
        }
    }
    Ok(names)
}

fn root(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("  {}: {{}}\n", state::quoted(name))).collect();
    let names = names.concat();
    format!("{HEAD}environments:\n{names}---\nhelmfiles:\n- path: environments/{{{{ .Environment.Name }}}}/*.yaml.gotmpl\n")
}

fn of_project(project: &Project, lockfile: &Lockfile, shelf: &mut Shelf, live: &Live) -> Result<Written, Error> {
    let plan = project.plan();
    let dialect = renderer::dialect(lockfile)?;
    let charts = Charts::new(project, lockfile, dialect, live)?;
    charts.check(&plan)?;
    for release in &plan {
        load::tell_missing(live, &project.missing_files_of(release, &live.surroundings));
    }
    let kube_version = lockfile.render.as_ref().map_or(dialect.kube_version, |render| &render.kube_version);
    let mut writer = Writer::new(project, &charts, kube_version, shelf, live);
    let states = project.written_states();
    for (index, state) in states.iter().enumerate() {
        let number = (states.len() > 1).then_some(index + 1);
        writer.state(state, number)?;
    }
    Ok(writer.finish())
}

/// Templates may print what was decrypted for them. Then there is nothing that could be written: neither the secret, nor values
/// without it.
fn refuse_secrets(files: &[(Text, Vec<u8>)], live: &Live) -> Result<(), Error> {
    let secrets = live.surroundings.secrets.texts();
    let holds = |bytes: &[u8]| secrets.iter().any(|secret| memchr::memmem::find(bytes, secret.as_bytes()).is_some());
    let Some((name, _)) = files.iter().find(|(_, bytes)| holds(bytes)) else { return Ok(()) };
    let reason = "would hold a decrypted value, which a template of the project prints; \
                  let `secrets` or a `ref+` in the release's values bring it instead";
    Err(Error::Refused(format!("{name} {reason}")))
}
