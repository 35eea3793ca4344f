//! `check`: is the lock current and complete, and is it what was reviewed? Reads files and git's objects only, and starts nothing
//! of the project: it judges what others wrote.
//!
//! Everything that is wrong is told at once. `history` compares with the lock that was there before, `online` with what the
//! sources have today.

pub(super) mod history;
mod online;
mod youth;

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::args::{Format, Output};
use super::error::{Error, Message};
use super::load::{self, Environments, Unverified};
use super::terminal::count;
use super::vendor::Vendored;
use super::{Live, demands, engine, local_archives, own_locks, policy, read_lock, report};
use crate::lockfile::{Archives, Discrepancy, Drift, Lockfile};
use crate::request::Request;
use crate::settings::Policy;

use history::Base;

#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  helmlock check                        milliseconds, no network, nothing of the project runs
  helmlock check -o github              annotations beside the lines that are wrong
  helmlock check --base origin/main     has a version other bytes than where this branch began?
  helmlock check --online               has upstream republished, withdrawn or deprecated something?
  helmlock check --policy-from origin/main

Exit code 2: the lock is missing, stale or against the policy. 4: a version has other bytes than before.")]
pub(super) struct Check {
    /// Ask the sources: other bytes under a version are an error; what vanished, moved, is deprecated or newer is told
    #[arg(long, conflicts_with_all = ["offline", "frozen"])]
    pub(super) online: bool,
    /// The branch that this one will be merged into [default: the one that `origin` proposes, if git knows it]
    #[arg(long, value_name = "REVISION")]
    pub(super) base: Option<String>,
    /// Hold the project against the policy that helmlock.toml has in this revision, too, so that a change cannot loosen its judge
    #[arg(long, value_name = "REVISION")]
    pub(super) policy_from: Option<String>,
    /// Let this chart have other bytes under the same version than before
    #[arg(long, value_name = "NAME")]
    pub(super) accept_republished: Vec<String>,
    /// Are the locked bytes in the cache, and whole?
    #[arg(long)]
    pub(super) cache: bool,
}

/// Runs the command.
pub(super) fn run(options: &Check, live: &Live) -> Result<(), Error> {
    let environments = load::all(live)?;
    let path = &environments.wanted().lockfile;
    let lockfile = read_lock(path)?;
    let requests = environments.requests(live)?;
    if lockfile.is_empty() && environments.want_something(&requests) {
        return Err(Error::NoLock { path: path.clone() });
    }
    let bases = history::bases(options.base.as_deref(), path, live)?;
    let policy = policy(options, live)?;
    let mut errors = Vec::new();
    errors.extend(republished(options, &bases, &lockfile, path, live));
    let archives = local_archives::of_projects(&environments.projects, live)?;
    errors.extend(stale(&environments, &lockfile, &requests, &archives));
    errors.extend(broken_policy(&policy, &lockfile, path, &requests));
    errors.extend(unverified(&environments, live));
    if errors.is_empty() {
        let messages = own_locks::out_of_step(&environments, &lockfile, live)?;
        errors.extend((!messages.is_empty()).then_some(Error::OutOfStep(messages)));
        for project in &environments.projects {
            errors.extend(demands::hold(&project.environment, &project.releases, &lockfile).err());
        }
    }
    let settings = load::settings(live)?;
    let releases = environments.projects.iter().flat_map(|project| &project.releases);
    errors.extend(engine::check(releases, &settings, &lockfile, path).err());
    if let Some(vendored) = Vendored::open(live)? {
        errors.extend(vendored.check(&lockfile, live).err());
    }
    errors.extend(if options.cache { missing(&lockfile, live)? } else { None });
    let mut notices = Vec::new();
    if options.online && errors.is_empty() {
        notices = online::notices(&environments, &lockfile, &requests, live)?;
    }
    // Last, because then the sources were just asked, if they were to be asked at all.
    let young = youth::too_young(&policy, &bases, (&lockfile, &path.display().to_string()), &requests, live);
    errors.extend((!young.is_empty()).then_some(Error::Policy(young)));
    match errors.len() {
        0 => tell(&Counts::of(&environments, &lockfile, &requests), &settings.by_helm, &notices, live),
        1 => Err(errors.remove(0)),
        _ => Err(Error::Several(errors)),
    }
}

fn republished(options: &Check, bases: &[Base], lockfile: &Lockfile, path: &Path, live: &Live) -> Option<Error> {
    let mut messages = Vec::new();
    for base in bases {
        messages.extend(history::republished(base, lockfile, path, &options.accept_republished));
        for text in history::moved_abroad(base, lockfile) {
            live.terminal.warning(&text);
        }
    }
    // HEAD and the merge base mostly are one, or tell the same.
    messages.dedup_by(|next, first| next.text == first.text);
    (!messages.is_empty()).then_some(Error::Republished(messages))
}

fn stale(environments: &Environments, lockfile: &Lockfile, requests: &[Request], archives: &Archives) -> Option<Error> {
    let mut drifts = lockfile.check(requests);
    drifts.extend(lockfile.check_git(&environments.git_charts()));
    drifts.extend(lockfile.missing_files(environments.addresses()));
    drifts.extend(lockfile.check_files(&environments.remote_files));
    drifts.extend(lockfile.check_archives(archives));
    if !environments.unverified.is_empty() {
        // Somebody who cannot be asked here may want it.
        drifts.retain(|drift| {
            let is_gone = matches!(drift, Drift::Archive { discrepancy: Discrepancy::NotHere, .. });
            !is_gone
                && !matches!(drift, Drift::Superfluous { .. } | Drift::SuperfluousFolder { .. } | Drift::SuperfluousFile { .. })
        });
    }
    (!drifts.is_empty()).then(|| Error::Stale { path: environments.wanted().lockfile.clone(), drifts })
}

/// The policy of the project and the system, and that of a base revision if one is named.
fn policy(options: &Check, live: &Live) -> Result<Policy, Error> {
    let rules = policy::of_project(live)?;
    match &options.policy_from {
        Some(name) => Ok(rules.and(policy::of_revision(name, live)?)),
        None => Ok(rules),
    }
}

fn broken_policy(policy: &Policy, lockfile: &Lockfile, path: &Path, requests: &[Request]) -> Option<Error> {
    let mut messages = policy::broken_by_requests(policy, requests);
    messages.extend(policy::broken_by_lock(policy, lockfile, path));
    (!messages.is_empty()).then_some(Error::Policy(messages))
}

fn unverified(environments: &Environments, live: &Live) -> Option<Error> {
    for Unverified { environment, .. } in environments.unverified.iter().filter(|one| one.is_accepted) {
        live.terminal.warning(&format!("environment `{environment}` cannot be evaluated here; helmlock.toml accepts that"));
    }
    let refused = environments.unverified.iter().find(|one| !one.is_accepted)?;
    Some(Error::Unverified { environment: refused.environment.clone(), reason: refused.error.to_string() })
}

fn missing(lockfile: &Lockfile, live: &Live) -> Result<Option<Error>, Error> {
    let mut missing = Vec::new();
    for (_, pin) in lockfile.pins() {
        if live.cache.get(&pin.content.digest)?.is_none() {
            missing.push(format!("{} {} ({})", pin.content.chart.name(), pin.content.version, pin.content.digest));
        }
    }
    for pin in lockfile.files() {
        if live.cache.get(&pin.digest)?.is_none() {
            missing.push(format!("{} ({})", pin.url, pin.digest));
        }
    }
    for pin in lockfile.git() {
        if live.cache.get(&pin.digest)?.is_none() {
            missing.push(format!("{} ({})", pin.wanted(), pin.digest));
        }
    }
    Ok((!missing.is_empty()).then_some(Error::NotInCache(missing)))
}

/// How much was looked at.
struct Counts {
    pins: usize,
    requests: usize,
}

impl Counts {
    fn of(environments: &Environments, lockfile: &Lockfile, requests: &[Request]) -> Self {
        let pins = lockfile.pins().count() + lockfile.git().len() + lockfile.files().len() + lockfile.archives().count();
        Self { pins, requests: requests.len() + environments.git_charts().len() + environments.remote_files.len() }
    }
}

/// The answer is yes; there may be something to say all the same.
fn tell(counts: &Counts, by_helm: &[String], notices: &[Message], live: &Live) -> Result<(), Error> {
    let Counts { pins, requests } = *counts;
    for notice in notices {
        live.terminal.warning(&[std::slice::from_ref(&notice.text), &notice.notes].concat().join("\n  "));
    }
    if live.terminal.output() == Output::Github {
        live.terminal.write(report::annotations("warning", notices).as_bytes())?;
    }
    match live.terminal.format() {
        Format::Json => {
            let notices: Vec<_> = notices.iter().map(report::as_json).collect();
            let document = json!({"current": true, "pins": pins, "requests": requests, "byHelm": by_helm, "notices": notices});
            live.terminal.write_json(&document)?;
        }
        Format::Text => {
            live.terminal.done("Current", &format!("{} for {}", count(pins, "pin"), count(requests, "request")));
            for release in by_helm {
                live.terminal.done("By helm", release);
            }
        }
    }
    Ok(())
}
