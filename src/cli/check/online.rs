//! The lock beside its sources: is each version still there, at its address, with its bytes, and cared for?
//!
//! Other bytes under the same version are an error; all else is a notice, because the lock and the cache still do their work.

use crate::cache::Cache;
use crate::cli::error::{Error, Message};
use crate::cli::load::Environments;
use crate::cli::{Live, network};
use crate::fetch::{self, Accepted};
use crate::lockfile::{Lockfile, Pin};
use crate::request::Request;
use crate::resolve::{Candidates, Outlook, Resolution, Resolved};

/// What there is to say about the pins.
///
/// # Errors
/// A version has other bytes at its source, or a source cannot be asked.
pub(super) fn notices(
    environments: &Environments,
    lockfile: &Lockfile,
    requests: &[Request],
    live: &Live,
) -> Result<Vec<Message>, Error> {
    let network = network::open(&environments.projects, live)?;
    let busy = live.terminal.busy("Asking", "the sources of all pins".to_owned());
    let offers = fetch::candidates(requests, &live.cache, &network)?;
    let offered = |pin: &&Pin| offers.candidates.find(&pin.content.chart, &pin.content.version).is_some();
    let pins: Vec<_> = lockfile.pins().map(|(_, pin)| pin).filter(offered).collect();

    // Where the source itself says a digest, that is compared; where it says none, the bytes are fetched once more.
    let refused = |error: std::io::Error| Error::Refused(format!("no temporary folder: {error}"));
    let folder = tempfile::Builder::new().prefix("helmlock-").tempdir().map_err(refused)?;
    let (told, silent): (Vec<_>, Vec<_>) = pins.into_iter().partition(|pin| says_digest(pin, &offers.candidates));
    let mut contents = fetch::pin(&resolution(&told, &offers.candidates), lockfile, &Accepted::default(), &live.cache, &network)?;
    let empty = Cache::open(folder.path().to_owned());
    let fetched = fetch::pin(&resolution(&silent, &offers.candidates), lockfile, &Accepted::default(), &empty, &network)?;
    contents.contents.extend(fetched.contents);
    drop(busy);

    let mut notices = Vec::new();
    for request in requests {
        let Some(pin) = lockfile.pin_for(request) else { continue };
        let Some(outlook) = Outlook::of(request, &pin.content.version, &offers.candidates) else { continue };
        notices.extend(of_outlook(request, pin, &outlook));
    }
    for content in &contents.contents {
        let known = lockfile.content_of(&content.chart, &content.version);
        if let (Some(old), Some(new)) = (known.and_then(|known| known.url.as_ref()), &content.url)
            && old != new
        {
            let text = format!("`{}` {} is at another address now", content.chart.name(), content.version);
            let notes = vec![format!("locked: {old}"), format!("now: {new}")];
            notices.push(Message::new("moved", text).notes(notes).hint("`helmlock resolve` writes the new address"));
        }
    }
    notices.sort_by(|left, right| left.text.cmp(&right.text));
    notices.dedup_by(|next, first| next.text == first.text);
    Ok(notices)
}

fn of_outlook(request: &Request, pin: &Pin, outlook: &Outlook) -> Vec<Message> {
    let (name, version) = (request.chart.name(), &pin.content.version);
    let source = request.chart.source();
    let said = |code, text: String| Message::new(code, text).at(request.origin.file.clone(), request.origin.line).about(request);
    let mut notices = Vec::new();
    if outlook.vanished {
        notices.push(said("vanished", format!("{source} no longer lists `{name}` {version}; keep the cache, or a mirror")));
    }
    if outlook.deprecated {
        notices.push(said("deprecated", format!("`{name}` is deprecated by those who publish it")));
    }
    if let Some(newer) = &outlook.compatible {
        notices.push(said("newer", format!("`{name}` {version} could be {newer}: `helmlock update {name}`")));
    }
    notices
}

fn says_digest(pin: &Pin, candidates: &Candidates) -> bool {
    let is_oci = matches!(pin.content.chart.source(), crate::source::Source::Oci(_));
    let candidate = candidates.find(&pin.content.chart, &pin.content.version);
    is_oci || candidate.is_some_and(|candidate| candidate.claimed_digest.is_some())
}

/// The pins as if they had just been chosen.
fn resolution(pins: &[&Pin], candidates: &Candidates) -> Resolution {
    let resolved = |pin: &&Pin| Resolved {
        local_chart: None,
        chart: pin.content.chart.clone(),
        version: pin.content.version.clone(),
        candidate: candidates.find(&pin.content.chart, &pin.content.version).cloned(),
        wants: pin.wants.clone(),
        environments: pin.environments.clone(),
    };
    Resolution { resolved: pins.iter().map(resolved).collect() }
}
