//! The policy that holds for a project: the system's file, the user's, the project's, and that of a base revision, all together; and what
//! of the project or the lock breaks it.

use std::path::{Path, PathBuf};

use super::Live;
use super::error::{Error, Message};
use super::load;
use super::revision;
use crate::lockfile::{Lockfile, Pin};
use crate::request::Request;
use crate::resolve::Candidates;
use crate::settings::{self, Policy, Settings};
use crate::source::Source;

/// The policy of this project.
pub(super) fn of_project(live: &Live) -> Result<Policy, Error> {
    let policies = load::all_settings(live)?.map(|settings| settings.policy);
    Ok(policies.into_iter().fold(Policy::default(), Policy::and))
}

/// The policy of the project as a revision has it.
pub(super) fn of_revision(name: &str, live: &Live) -> Result<Policy, Error> {
    let path = PathBuf::from(format!("{name}:{}", settings::FILE));
    let Some(bytes) = revision::file(name, Path::new(settings::FILE), &load::folder(live))? else {
        return Ok(Policy::default());
    };
    let text = String::from_utf8(bytes).map_err(|_| Error::Refused(format!("{} is not UTF-8", path.display())))?;
    Ok(Settings::parse(&text).map_err(|source| Error::Settings { path, source })?.policy)
}

/// What the project itself does against the policy.
pub(super) fn broken_by_requests(policy: &Policy, requests: &[Request]) -> Vec<Message> {
    let mut messages = Vec::new();
    for request in requests {
        let source = request.chart.source().to_string();
        if !policy.admits_source(&source) {
            messages.push(message(
                request,
                format!("`{}` comes from {source}, which the policy does not allow", request.chart.name()),
            ));
        }
        if policy.forbids_ranges && request.constraint.is_exact().is_none() && request.constraint.digest().is_none() {
            let (name, constraint) = (request.chart.name(), &request.constraint);
            messages.push(message(request, format!("`{name}` is wanted as `{constraint}`, and the policy forbids ranges")));
        }
    }
    messages
}

fn message(request: &Request, text: String) -> Message {
    Message::new("policy", text)
        .at(request.origin.file.clone(), request.origin.line)
        .about(request)
        .hint("`[policy]` in helmlock.toml, or in the system's file, says so")
}

/// Addresses in the lock that name a host which nobody vouches for.
pub(super) fn broken_by_lock(policy: &Policy, lockfile: &Lockfile, path: &Path) -> Vec<Message> {
    let mut messages = Vec::new();
    for (local_chart, pin) in lockfile.pins() {
        let Some(host) = foreign_host(pin).filter(|host| !policy.admits_host(host)) else { continue };
        let (name, version) = (pin.content.chart.name(), &pin.content.version);
        let text = format!("`{name}` {version} is locked at an address of {host}, which the policy does not allow");
        let hint = "`hosts` of `[policy]` in helmlock.toml names the hosts that an address may have besides the repository's own";
        messages.push(Message::new("policy", text).at(path.display().to_string(), lockfile.line_of(local_chart, pin)).hint(hint));
    }
    messages
}

/// The host of a pin's address, if it is not its repository's.
pub(super) fn foreign_host(pin: &Pin) -> Option<String> {
    let Source::Http(repository) = pin.content.chart.source() else { return None };
    let address = url::Url::parse(pin.content.url.as_deref()?).ok()?;
    let host = |url: &url::Url| url.host_str().map(str::to_owned);
    (host(&address) != host(&repository.index())).then(|| host(&address).unwrap_or_default())
}

/// Takes out what is too young to be chosen. What the lock has already stays.
pub(super) fn without_young(policy: &Policy, candidates: Candidates, live: &Live) -> Candidates {
    let Some(age) = policy.minimum_release_age else { return candidates };
    let Ok(latest) = live.surroundings.now().timestamp().checked_sub(age) else { return candidates };
    let mut young = Vec::new();
    let kept = candidates.retained(|chart, candidate| {
        let is_young = candidate.published().is_some_and(|published| published > latest);
        if is_young {
            young.push(format!("{} {}", chart.name(), candidate.version));
        }
        !is_young
    });
    for name in young {
        live.terminal.note(&format!("{name} is left out: the policy wants versions to be older"));
    }
    kept
}
