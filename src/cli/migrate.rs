//! `migrate`: reads a project that helmfile serves, says what will work here and what will not, chooses the dialect, and writes the
//! lock with the versions that helmfile had locked.

use std::fmt::Write;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::args::Format;
use super::error::Error;
use super::load::{self, Environments};
use super::peer::Peer;
use super::resolve::{self, Choice};
use super::terminal::count;
use super::{Live, outside, read_lock};
use crate::fetch::Accepted;
use crate::lockfile::Lockfile;
use crate::project::{Event, Project};
use crate::render::Dialect;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock migrate --dry-run            what would work, what is refused and where? writes nothing, asks nobody
  helmlock migrate                      the same, then writes helmfile.lock
  helmlock migrate --helm ./helm-3.19   the output of this helm is reproduced, not that of the one on PATH
  helmlock compare --against helmfile   afterwards: do both print the same?

Versions that helmfile has locked stay. The state file is not touched, and helmfile goes on working beside it.
Exit code 2 if something is refused.")]
pub(super) struct Migrate {
    /// Write nothing and ask nobody
    #[arg(long)]
    dry_run: bool,
    /// The helm that you use [default: the one on PATH]
    #[arg(long, value_name = "PATH")]
    helm: Option<String>,
}

/// How long a helm may take to say its version.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the command.
pub(super) fn run(options: &Migrate, live: &Live) -> Result<(), Error> {
    let environments = load::all(live)?;
    let old = read_lock(&environments.wanted().lockfile)?;
    let findings = Findings::of(&environments, &old, options, live)?;
    let text = findings.as_text(&environments, &old, options);
    let is_json = live.terminal.format() == Format::Json;
    if !is_json {
        live.terminal.write(text.as_bytes())?;
    }
    if !options.dry_run {
        let preferred = resolve::preferred(&environments, &old, live)?;
        let choice = Choice { preferred, accepted: Accepted::default(), moves_git: false };
        let mut new = resolve::decide(&environments, &old, &choice, live)?;
        new.render = Some(resolve::render_defaults(&new, findings.dialect));
        resolve::write(&new, &environments.wanted().lockfile, live)?;
        let path = environments.wanted().lockfile.display();
        live.terminal.done("Locked", &format!("{} in {path}", count(new.pins().count() + new.git().len(), "pin")));
        write_settings(&environments, live)?;
    }
    let document = is_json.then(|| findings.as_json(&environments, options));
    if findings.refused.is_empty() {
        if let Some(document) = document {
            live.terminal.write_json(&document)?;
        }
        return Ok(());
    }
    Err(Error::Unhandled { things: findings.refused.len(), document })
}

/// What there is to say about a project.
struct Findings {
    /// What is not handled, with its place.
    refused: Vec<String>,
    /// Hooks that only run with a flag.
    hooks: Vec<String>,
    /// What only concerns a cluster.
    idle: Vec<String>,
    /// Environments that cannot be evaluated here, and why.
    unverified: Vec<(String, String)>,
    dialect: &'static Dialect,
    /// Why this one.
    because: String,
}

impl Findings {
    fn of(environments: &Environments, old: &Lockfile, options: &Migrate, live: &Live) -> Result<Self, Error> {
        let projects = &environments.projects;
        let mut refused: Vec<_> = projects.iter().flat_map(Project::unhandled).map(|error| error.to_string()).collect();
        let mut hooks: Vec<_> = projects.iter().flat_map(hooks_of).collect();
        let mut idle: Vec<_> = projects.iter().flat_map(|project| &project.notes).cloned().collect();
        idle.sort();
        let mut idle: Vec<_> = idle.iter().map(|note| format!("{}: `{}`", note.place, note.key)).collect();
        for list in [&mut refused, &mut hooks, &mut idle] {
            let mut said = std::collections::HashSet::new();
            list.retain(|line| said.insert(line.clone()));
        }
        let reason = |error: &crate::project::Error| error.to_string();
        let unverified = environments.unverified.iter().map(|one| (one.environment.clone(), reason(&one.error))).collect();
        let (dialect, because) = dialect(old, options, live)?;
        Ok(Self { refused, hooks, idle, unverified, dialect, because })
    }

    fn as_text(&self, environments: &Environments, old: &Lockfile, options: &Migrate) -> String {
        let mut text = overview(environments);
        let mut section = |head: &str, lines: &[String]| {
            if !lines.is_empty() {
                // Writing to a string cannot fail.
                let _written = writeln!(text, "\n{head}\n  {}", lines.join("\n  "));
            }
        };
        section("Refused, and in the way of rendering:", &self.refused);
        let unverified: Vec<_> =
            self.unverified.iter().map(|(environment, reason)| format!("environment `{environment}`: {reason}")).collect();
        section("Cannot be evaluated here:", &unverified);
        section("Hooks, which run with `--allow-hooks` and are left out silently with `--skip-hooks`:", &self.hooks);
        section("Without effect here, because it only concerns a cluster:", &self.idle);
        section("The output that is reproduced:", &[format!("Helm {}: {}", self.dialect.name, self.because)]);
        section("The lock:", &[lock(environments, old)]);
        let mut next = Vec::new();
        if options.dry_run {
            next.push("`helmlock migrate` writes the lock".to_owned());
        }
        next.push(
            "`helmlock template` renders; `helmlock compare --against helmfile` shows that your helmfile prints the same"
                .to_owned(),
        );
        next.push("`helmlock check` in CI holds the lock against the project".to_owned());
        section("Next:", &next);
        text
    }

    fn as_json(&self, environments: &Environments, options: &Migrate) -> serde_json::Value {
        let names: Vec<_> = environments.projects.iter().map(|project| &project.environment).collect();
        let unverified: Vec<_> =
            self.unverified.iter().map(|(environment, reason)| json!({"environment": environment, "reason": reason})).collect();
        json!({
            "environments": names,
            "unverified": unverified,
            "refused": self.refused,
            "hooks": self.hooks,
            "withoutEffect": self.idle,
            "helmDialect": self.dialect.name,
            "lock": environments.wanted().lockfile.display().to_string(),
            "written": !options.dry_run,
        })
    }
}

/// The hooks that run around a rendering.
fn hooks_of(project: &Project) -> Vec<String> {
    let mut hooks = Vec::new();
    for event in [Event::Prepare, Event::Cleanup] {
        let of_states = project.state_files().flat_map(|state| project.hooks_of_state(state, event));
        let of_releases = project.releases.iter().flat_map(|release| release.hooks(event));
        hooks.extend(of_states.chain(of_releases).map(|hook| format!("{}: `{}` ({})", hook.place, hook.name, event.name())));
    }
    hooks
}

fn overview(environments: &Environments) -> String {
    let projects = &environments.projects;
    let releases = projects.iter().map(|project| project.releases.len()).max().unwrap_or_default();
    let charts: std::collections::BTreeSet<_> =
        projects.iter().flat_map(|project| &project.releases).map(|release| &release.chart).collect();
    let names: Vec<_> = projects.iter().map(|project| project.environment.as_str()).collect();
    format!(
        "{} of {}, in {}: {}\n",
        count(releases, "release"),
        count(charts.len(), "chart"),
        count(names.len(), "environment"),
        names.join(", ")
    )
}

fn lock(environments: &Environments, old: &Lockfile) -> String {
    let path = environments.wanted().lockfile.display();
    match (old.adopted().len(), old.is_empty()) {
        (0, true) => format!("{path} is not there yet: the newest versions that the project admits are chosen"),
        (0, false) => format!("{path} is helmlock's already"),
        (versions, _) => format!("{path} is helmfile's: {} in it, which stay and get digests", count(versions, "version")),
    }
}

/// The dialect of the helm that is installed, and why it is chosen.
///
/// # Errors
/// The helm that was named cannot be used; another one need not be there.
fn dialect(old: &Lockfile, options: &Migrate, live: &Live) -> Result<(&'static Dialect, String), Error> {
    let locked = old.render.as_ref().and_then(|render| Dialect::named(&render.helm));
    let named = options.helm.as_deref().or(live.global.compatible.helm_binary.as_deref());
    let name = named.unwrap_or("helm");
    let reason = match (Peer::find(name, PATIENCE, live), locked) {
        (Ok(peer), _) => return Ok((peer.dialect, format!("`{name}` is {}", peer.version.original()))),
        (Err(Error::Peer { program, reason }), _) if named.is_some() => {
            return Err(Error::Refused(format!("`{program}` tells no dialect: {reason}")));
        }
        (Err(_), Some(locked)) => return Ok((locked, "the lock says so".to_owned())),
        (Err(Error::Peer { reason, .. }), None) => reason,
        (Err(error), None) => error.to_string(),
    };
    Ok((Dialect::newest(), format!("`{name}` does not tell another one: {reason}")))
}

/// Writes helmlock.toml where it must say which environments cannot be evaluated everywhere.
fn write_settings(environments: &Environments, live: &Live) -> Result<(), Error> {
    let path = load::settings_path(live);
    if environments.unverified.is_empty() || live.surroundings.is_file(&path) {
        return Ok(());
    }
    let mut text =
        "# Environments that the lock covers. Those that may be unverified keep their pins where they cannot be evaluated.\n"
            .to_owned();
    let known = environments.projects.iter().map(|project| (&project.environment, ""));
    let unknown = environments.unverified.iter().map(|one| (&one.environment, "may-be-unverified = true\n"));
    for (environment, more) in known.chain(unknown) {
        let name = serde_json::Value::from(environment.as_str());
        // Writing to a string cannot fail. A JSON string is a TOML string.
        let _written = write!(text, "\n[[variant]]\nenvironment = {name}\n{more}");
    }
    outside::create(&path, text.as_bytes())?;
    live.terminal.done("Wrote", &format!("{}: it says which environments may be unverified", path.display()));
    Ok(())
}
