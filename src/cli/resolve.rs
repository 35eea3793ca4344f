//! `resolve`: decide what every chart resolves to and write it down.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::args::{Format, dialect};
use super::check::history;
use super::error::{Error, short as short_digest};
use super::load::{self, Environments, Unverified};
use super::terminal::count;
use super::{Live, demands, local_archives, network, own_locks, policy, read_lock, remotes, schemas};
use crate::fetch::{Accepted, Pinned};
use crate::lockfile::{self, ArchivePin, Change, GitPin, Lockfile, Movement, RenderDefaults};
use crate::render::Dialect;
use crate::request::Request;
use crate::resolve::{Candidates, Preference, Preferred, Resolution, Resolved};
use crate::source::{GitReference, LocalPath};
use crate::version::Version;
use crate::{chart, fetch, resolve};

#[derive(Debug, Args)]
pub(super) struct Resolve {
    /// Write nothing; exit 2 if the lock would change
    #[arg(long)]
    pub(super) check: bool,
    /// Move every pin to the newest version that its constraint admits
    #[arg(long)]
    pub(super) upgrade: bool,
    /// Lock the output to what this Helm prints: 4.3, 3.22, 3.19 or 3.15, or the full version of a helm
    #[arg(long, value_name = "VERSION", value_parser = dialect)]
    pub(super) helm_dialect: Option<&'static Dialect>,
    #[command(flatten)]
    pub(super) accept: Accept,
    /// Accepted: flags for helm, which is not started
    #[arg(long, hide = true, value_name = "FLAGS", allow_hyphen_values = true)]
    pub(super) args: Vec<String>,
}

// What is accepted although it is not what was promised.
#[derive(Debug, Args)]
#[command(next_help_heading = "Trust")]
pub(super) struct Accept {
    /// A chart whose index claims a wrong digest; the lock records the claim
    #[arg(long, value_name = "NAME")]
    pub(super) accept_index_mismatch: Vec<String>,
    /// A chart of which a locked version has other bytes now
    #[arg(long, value_name = "NAME")]
    pub(super) accept_republished: Vec<String>,
}

/// What happened to a lock without digests.
const REWRITTEN: &str = "helmfile, or Renovate through it, rewrote the lock: it has versions and no digests";

/// Runs the command. Says what changed; writes nothing when nothing did.
pub(super) fn run(options: &Resolve, live: &Live) -> Result<(), Error> {
    if options.upgrade {
        live.remotes.decide_anew();
    }
    let environments = remotes::load_all(live)?;
    let old = read_lock(&environments.wanted().lockfile)?;
    let preferred = if options.upgrade { Preferred::nothing() } else { preferred(&environments, &old, live)? };
    let choice = Choice { preferred, accepted: options.accept.accepted(), moves_git: options.upgrade };
    let mut new = decide(&environments, &old, &choice, live)?;
    if let Some(dialect) = options.helm_dialect {
        new.render = Some(render_defaults(&new, dialect));
    }
    settle(&environments, &old, &new, options.check || live.is_locked(), live)
}

/// How versions are chosen, beside what the project and the old lock say.
pub(super) struct Choice {
    /// The versions that stay if they may.
    pub(super) preferred: Preferred,
    /// What is let pass.
    pub(super) accepted: Accepted,
    /// Whether branches and tags of git are asked anew.
    pub(super) moves_git: bool,
}

/// What to keep: what the old lock pins, else what helmfile's own locks of further state files and helm's of local charts say.
pub(super) fn preferred(environments: &Environments, old: &Lockfile, live: &Live) -> Result<Preferred, Error> {
    let mut preferred = old.preferred();
    let mut others: Vec<_> = environments.projects.iter().flat_map(|project| &project.other_lockfiles).collect();
    others.sort();
    others.dedup();
    for path in others {
        let other = read_lock(path)?;
        let pinned = other.dependencies().iter().map(|pin| (pin.content.chart.name(), &pin.content.version));
        let adopted = other.adopted().iter().map(|entry| (entry.name.as_str(), &entry.version));
        let kept =
            pinned.chain(adopted).map(|(name, version)| Preference::Adopted { name: name.to_owned(), version: version.clone() });
        preferred.preferences.extend(kept);
    }
    let requests = environments.requests(live)?;
    let new = requests.iter().filter(|request| old.pin_for(request).is_none());
    preferred.preferences.extend(new.filter_map(|request| of_chart_lock(request, live)));
    Ok(preferred)
}

/// The version that the Chart.lock beside a local chart's Chart.yaml has for its wish. One that cannot be read has none.
fn of_chart_lock(request: &Request, live: &Live) -> Option<Preference> {
    let local_chart = request.asked_by.local_chart()?;
    let beside = |name| live.surroundings.read(&Path::new(&request.origin.file).with_file_name(name)).ok();
    let text = beside("Chart.lock").or_else(|| beside("requirements.lock"))?;
    let locked = chart::read_lock(&text).ok()?;
    let versions = locked.iter().filter(|locked| locked.name == request.chart.name());
    let mut versions = versions.filter_map(|locked| Version::parse(&locked.version.to_lossy()).ok());
    Some(Preference::Pinned {
        local_chart: Some(local_chart.clone()),
        chart: request.chart.clone(),
        version: versions.find(|version| request.constraint.admits(version))?,
        wants: vec![request.constraint.clone()],
        environments: Vec::new(),
        fetchable: false,
        manifest: None,
    })
}

/// Chooses versions, fetches what the cache lacks, and makes the lock.
pub(super) fn decide(environments: &Environments, old: &Lockfile, choice: &Choice, live: &Live) -> Result<Lockfile, Error> {
    let requests = environments.requests(live)?;
    let rules = policy::of_project(live)?;
    let broken = policy::broken_by_requests(&rules, &requests);
    if !broken.is_empty() {
        return Err(Error::Policy(broken));
    }
    let network = network::open(&environments.projects, live)?;

    let asking: Vec<_> = requests.iter().filter(|request| choice.preferred.asks_source_of(request)).cloned().collect();
    let busy = live.terminal.busy("Asking", count(sources(&asking), "source"));
    let offers = fetch::candidates(&asking, &live.cache, &network)?;
    drop(busy);
    for (source, warning) in &offers.warnings {
        live.terminal.warning(&format!("{source}: {warning}"));
    }
    let listed = offers.candidates.clone();
    let candidates = policy::without_young(&rules, offers.candidates, live);
    let resolution = resolve::resolve(&requests, &candidates, &choice.preferred)?;
    let busy = live.terminal.busy("Fetching", count(resolution.resolved.len(), "chart"));
    let pinned = fetch::pin(&resolution, known(environments, old, live)?.as_ref(), &choice.accepted, &live.cache, &network)?;
    let (remote_folders, files) = live.remotes.pins();
    let is_here = |wanted: &GitReference| remote_folders.iter().any(|pin| pin.is_for(wanted));
    let charts: Vec<_> = environments.git_charts().into_iter().filter(|wanted| !is_here(wanted)).collect();
    let mut git = fetch::pin_git(&charts, old.git(), choice.moves_git, &live.cache, &network)?;
    git.extend(remote_folders);
    drop(busy);
    tell_concerns(&resolution, &pinned, &listed, live);

    let defaults = old.render.clone().unwrap_or_else(|| defaults_of(Dialect::newest()));
    let render = RenderDefaults { by_helm: by_helm(environments, live)?, ..defaults };
    let new = Lockfile::new(render, &resolution, &pinned.contents);
    let new = new.map_err(|source| Error::Lockfile { path: environments.wanted().lockfile.clone(), source })?;
    let new = new.with_remotes(git, files).with_archives(local_archives::of_projects(&environments.projects, live)?);
    let documents = schemas::pin(environments, (old, &new), choice.moves_git, &network, live)?;
    let new = new.with_schemas(documents);
    for Unverified { environment, error, .. } in &environments.unverified {
        live.terminal.warning(&format!("environment `{environment}` cannot be evaluated here and keeps its pins: {error}"));
    }
    for project in &environments.projects {
        demands::hold(&project.environment, &project.releases, &new)?;
    }
    Ok(if environments.unverified.is_empty() { new } else { new.keeping(old).keeping_remotes(old) })
}

/// What one should know of the charts although nothing is wrong with their bytes.
fn tell_concerns(resolution: &Resolution, pinned: &Pinned, listed: &Candidates, live: &Live) {
    let concern = |resolved: &Resolved| match listed.find(&resolved.chart, &resolved.version) {
        Some(candidate) if candidate.deprecated => Some("is deprecated"),
        Some(_) => None,
        // A source that was not asked says nothing.
        None if listed.of(&resolved.chart).is_none() => None,
        None => Some("is no longer listed there; it stays as it was locked"),
    };
    let only_tags = resolution.resolved.iter().filter(|resolved| resolved.candidate.as_ref().is_some_and(|one| one.in_mirror));
    for source in only_tags.map(|resolved| resolved.chart.source()).collect::<BTreeSet<_>>() {
        let unknown = "which charts are deprecated, when they were published and what digests its index claims is not known";
        live.terminal.warning(&format!("{source}: only a registry was asked in its place, which has no index: {unknown}"));
    }
    let concerns = resolution.resolved.iter().filter_map(|resolved| {
        let concern = concern(resolved)?;
        Some(format!("{}: `{}` {} {concern}", resolved.chart.source(), resolved.chart.name(), resolved.version))
    });
    concerns.collect::<BTreeSet<_>>().iter().for_each(|concern| live.terminal.warning(concern));
    for (chart, version) in &pinned.unclaimed {
        let text = format!("{} {version} as served now: the index of {} claims no digest", chart.name(), chart.source());
        live.terminal.done("Trusting", &text);
    }
}

impl Accept {
    pub(super) fn accepted(&self) -> Accepted {
        Accepted {
            index_mismatch: self.accept_index_mismatch.iter().cloned().collect(),
            republished: self.accept_republished.iter().cloned().collect(),
        }
    }
}

/// The releases that helm shall render, of all that helmlock.toml names.
fn by_helm(environments: &Environments, live: &Live) -> Result<Vec<String>, Error> {
    let settings = load::settings(live)?;
    let known: BTreeSet<_> =
        environments.projects.iter().flat_map(|project| &project.releases).map(crate::project::Release::identity).collect();
    for name in settings.by_helm.iter().filter(|name| !known.contains(*name)) {
        live.terminal.warning(&format!("helmlock.toml names release `{name}`, which no environment has"));
    }
    Ok(settings.by_helm)
}

/// What is known of bytes: the old lock. Where helmfile rewrote that, or somebody deleted it, the lock at git's HEAD still tells.
fn known<'a>(environments: &Environments, old: &'a Lockfile, live: &Live) -> Result<Cow<'a, Lockfile>, Error> {
    if old.pins().next().is_some() {
        return Ok(Cow::Borrowed(old));
    }
    let before = history::at_head(&environments.wanted().lockfile, live)?;
    Ok(before.map_or(Cow::Borrowed(old), Cow::Owned))
}

fn sources(requests: &[Request]) -> usize {
    requests.iter().map(|request| request.chart.source()).collect::<BTreeSet<_>>().len()
}

/// Writes the lock if it changed and may change, and says what changed.
pub(super) fn settle(
    environments: &Environments,
    old: &Lockfile,
    new: &Lockfile,
    must_not_change: bool,
    live: &Live,
) -> Result<(), Error> {
    let path = &environments.wanted().lockfile;
    let changes = old.changes_to(new);
    let out_of_step = if must_not_change { own_locks::out_of_step(environments, new, live)? } else { Vec::new() };
    let is_other =
        old.render != new.render || old.git() != new.git() || old.files() != new.files() || !old.archives().eq(new.archives());
    if must_not_change && (!changes.is_empty() || !out_of_step.is_empty() || is_other) {
        let folders = remote_changes(old, new).into_iter().map(|(verb, what)| format!("{} {what}", verb.to_lowercase()));
        let changes = changes.iter().map(|change| format!("{} {}", verb(change).to_lowercase(), describe(change)));
        let rewritten = (!old.adopted().is_empty()).then(|| REWRITTEN.to_owned());
        let steps = out_of_step.into_iter().map(|message| message.text);
        let changes = rewritten.into_iter().chain(changes).chain(folders).chain(steps).collect();
        return Err(Error::WouldChange { path: path.clone(), changes });
    }
    let written = !must_not_change && write(new, path, live)?;
    let in_step = if must_not_change { Vec::new() } else { own_locks::bring_in_step(environments, new, live)? };
    match live.terminal.format() {
        Format::Json => live.terminal.write_json(&as_json(new, &changes, written))?,
        Format::Text => {
            tell_dialect(old, new, live);
            for (verb, what) in remote_changes(old, new) {
                live.terminal.done(verb, &what);
            }
            tell(new, &changes, written, path, live);
            for path in in_step {
                live.terminal.done("In step", &path.display().to_string());
            }
        }
    }
    Ok(())
}

/// Says what would change, and writes nothing.
pub(super) fn preview(old: &Lockfile, new: &Lockfile, live: &Live) -> Result<(), Error> {
    let changes = old.changes_to(new);
    match live.terminal.format() {
        Format::Json => live.terminal.write_json(&as_json(new, &changes, false))?,
        Format::Text if changes.is_empty() => live.terminal.done("Unchanged", &count(new.pins().count(), "pin")),
        Format::Text => changes.iter().for_each(|change| live.terminal.done(verb(change), &describe(change))),
    }
    Ok(())
}

/// Writes the lock, after the cache is durable.
pub(super) fn write(new: &Lockfile, path: &Path, live: &Live) -> Result<bool, Error> {
    live.cache.settle()?;
    lockfile::write(path, new).map_err(|source| Error::Lockfile { path: path.to_owned(), source })
}

/// What becomes of git folders, remote files and archives of local charts.
fn remote_changes(old: &Lockfile, new: &Lockfile) -> Vec<(&'static str, String)> {
    let short = |pin: &GitPin| pin.commit.chars().take(12).collect::<String>();
    let mut changes = Vec::new();
    for pin in new.git() {
        match old.git().iter().find(|known| known.is_for(&pin.wanted())) {
            None => changes.push(("Adding", format!("{} at {}", pin.wanted(), short(pin)))),
            Some(known) if known != pin => {
                changes.push(("Updating", format!("{} {} -> {}", pin.wanted(), short(known), short(pin))));
            }
            Some(_) => {}
        }
    }
    let gone = old.git().iter().filter(|known| !new.git().iter().any(|pin| pin.is_for(&known.wanted())));
    changes.extend(gone.map(|pin| ("Removing", pin.wanted().to_string())));
    for pin in new.files() {
        match old.files().iter().find(|known| known.url == pin.url) {
            None => changes.push(("Adding", pin.url.clone())),
            Some(known) if known != pin => {
                changes
                    .push(("Updating", format!("{} {} -> {}", pin.url, short_digest(&known.digest), short_digest(&pin.digest))));
            }
            Some(_) => {}
        }
    }
    let gone = old.files().iter().filter(|known| !new.files().iter().any(|pin| pin.url == known.url));
    changes.extend(gone.map(|pin| ("Removing", pin.url.clone())));
    changes.extend(archive_changes(old, new));
    changes
}

/// What becomes of the archives of local charts.
fn archive_changes(old: &Lockfile, new: &Lockfile) -> Vec<(&'static str, String)> {
    let digest_in = |lockfile: &Lockfile, chart: &LocalPath, file: &LocalPath| {
        let mut archives = lockfile.archives();
        archives.find(|(path, pin)| *path == chart && pin.file == *file).map(|(_, pin)| short_digest(&pin.digest))
    };
    let mut changes = Vec::new();
    for (chart, ArchivePin { file, digest }) in new.archives() {
        let digest = short_digest(digest);
        match digest_in(old, chart, file) {
            None => changes.push(("Adding", format!("{chart}/{file}"))),
            Some(known) if known != digest => changes.push(("Updating", format!("{chart}/{file} {known} -> {digest}"))),
            Some(_) => {}
        }
    }
    let gone = old.archives().filter(|(chart, pin)| digest_in(new, chart, &pin.file).is_none());
    changes.extend(gone.map(|(chart, pin)| ("Removing", format!("{chart}/{}", pin.file))));
    changes
}

fn tell_dialect(old: &Lockfile, new: &Lockfile, live: &Live) {
    if let (Some(old), Some(new)) = (&old.render, &new.render)
        && old.helm != new.helm
    {
        live.terminal.done("Rendering", &format!("as Helm {} instead of {}", new.helm, old.helm));
    }
    if let Some(new) = &new.render
        && old.render.as_ref().is_none_or(|old| old.by_helm != new.by_helm)
        && (old.render.is_some() || !new.by_helm.is_empty())
    {
        let names = if new.by_helm.is_empty() { "no release".to_owned() } else { new.by_helm.join(", ") };
        live.terminal.done("Rendering", &format!("by helm: {names}"));
    }
}

fn tell(new: &Lockfile, changes: &[Change], written: bool, path: &Path, live: &Live) {
    for change in changes {
        live.terminal.done(verb(change), &describe(change));
    }
    let pins = new.pins().count() + new.git().len() + new.files().len() + new.archives().count();
    let state = if written { "Locked" } else { "Unchanged" };
    live.terminal.done(state, &format!("{} in {}", count(pins, "pin"), path.display()));
    if written && live.surroundings.variable("CI").is_some_and(|ci| !matches!(ci, "" | "0" | "false")) {
        live.terminal.warning("the lock changed in CI; `helmlock check` tells whether it is current and writes nothing");
    }
    let trusted = changes.iter().filter(|change| matches!(change.movement, Movement::Added { .. } | Movement::Trusted { .. }));
    match trusted.count() {
        0 => {}
        new => live.terminal.note(&format!("newly trusted, as served now: {}", count(new, "pin"))),
    }
}

fn verb(change: &Change) -> &'static str {
    match change.movement {
        Movement::Added { .. } => "Adding",
        Movement::Removed { .. } => "Removing",
        Movement::Moved { .. } => "Updating",
        Movement::Republished { .. } => "Accepting",
        Movement::Trusted { .. } => "Trusting",
        Movement::Reworded { .. } | Movement::Redescribed { .. } => "Keeping",
    }
}

fn describe(change: &Change) -> String {
    let chart = match &change.local_chart {
        None => change.chart.name().to_owned(),
        Some(path) => format!("{} (for {path})", change.chart.name()),
    };
    match &change.movement {
        Movement::Added { version } | Movement::Removed { version } | Movement::Trusted { version } => {
            format!("{chart} {version}")
        }
        Movement::Moved { from, to } => format!("{chart} {from} -> {to}"),
        Movement::Republished { version, from, to } => {
            format!("{chart} {version}, republished: {} -> {}", short_digest(from), short_digest(to))
        }
        Movement::Reworded { version } => format!("{chart} {version}, for other wishes"),
        Movement::Redescribed { version } => format!("{chart} {version}, described anew"),
    }
}

/// What changed, for programs.
pub(super) fn as_json(new: &Lockfile, changes: &[Change], written: bool) -> serde_json::Value {
    let changes: Vec<_> = changes
        .iter()
        .map(|change| {
            let (from, to) = versions(&change.movement);
            json!({
                "chart": change.chart.name(),
                "source": change.chart.source().to_string(),
                "localChart": change.local_chart.as_ref().map(ToString::to_string),
                "change": kind(&change.movement),
                "from": from,
                "to": to,
            })
        })
        .collect();
    json!({"written": written, "pins": new.pins().count(), "changes": changes})
}

fn kind(movement: &Movement) -> &'static str {
    match movement {
        Movement::Added { .. } => "added",
        Movement::Removed { .. } => "removed",
        Movement::Moved { .. } => "moved",
        Movement::Republished { .. } => "republished",
        Movement::Trusted { .. } => "trusted",
        Movement::Reworded { .. } => "reworded",
        Movement::Redescribed { .. } => "redescribed",
    }
}

fn versions(movement: &Movement) -> (Option<String>, Option<String>) {
    match movement {
        Movement::Added { version } | Movement::Trusted { version } => (None, Some(version.to_string())),
        Movement::Removed { version } => (Some(version.to_string()), None),
        Movement::Moved { from, to } => (Some(from.to_string()), Some(to.to_string())),
        Movement::Republished { version, .. } | Movement::Reworded { version } | Movement::Redescribed { version } => {
            (Some(version.to_string()), Some(version.to_string()))
        }
    }
}

/// What the old lock says of this dialect, else the dialect's own.
pub(super) fn render_defaults(old: &Lockfile, dialect: &Dialect) -> RenderDefaults {
    let by_helm = old.render.as_ref().map(|render| render.by_helm.clone()).unwrap_or_default();
    let same = old.render.clone().filter(|render| render.helm == dialect.name);
    same.unwrap_or_else(|| RenderDefaults { by_helm, ..defaults_of(dialect) })
}

fn defaults_of(dialect: &Dialect) -> RenderDefaults {
    let kube_version = dialect.kube_version.trim_start_matches('v').to_owned();
    RenderDefaults { helm: dialect.name.to_owned(), kube_version, by_helm: Vec::new() }
}
