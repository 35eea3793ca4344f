//! `why`: who wants a chart, what its source offers and why each version was or was not chosen, and where the bytes came from.

use clap::Args;
use serde_json::{Value, json};

use super::age::age;
use super::args::Format;
use super::error::Error;
use super::load::Environments;
use super::{Live, load, local_archives, network, read_lock, wishes};
use crate::lockfile::{Lockfile, Pin};
use crate::request::{Asker, Request};
use crate::resolve::{Candidates, Verdict};
use crate::{chart, fetch};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock why redis                    constraints, candidates and why each was not chosen, where the bytes came from
  helmlock why redis -e prod --offline  as last seen, without asking anybody")]
pub(super) struct Why {
    /// A chart, or a release for its chart
    #[arg(value_name = "NAME")]
    pub(super) name: String,
}

/// How many candidates are shown to people; programs get all.
const SHOWN: usize = 15;

/// Runs the command.
pub(super) fn run(options: &Why, live: &Live) -> Result<(), Error> {
    let environments = load::all(live)?;
    let lockfile = read_lock(&environments.wanted().lockfile)?;
    let mut requests = wishes::selected(&environments, live)?;
    let names: Vec<_> = requests.iter().map(|request| request.chart.name().to_owned()).collect();
    requests.retain(|request| is_about(request, &options.name));
    let archives = archives(&options.name, &environments, live)?;
    if requests.is_empty() && archives.is_empty() {
        return Err(unknown(&options.name, &names));
    }
    let candidates = candidates(&requests, &environments, live)?;
    let wishes = gathered(&requests);
    match live.terminal.format() {
        Format::Json => {
            let answers: Vec<_> = wishes.iter().map(|wish| as_json(wish, &lockfile, &candidates, live)).collect();
            live.terminal
                .write_json(&json!({"wishes": answers, "archives": archives.iter().map(Archive::as_json).collect::<Vec<_>>()}))?;
        }
        Format::Text => {
            let answers = wishes.iter().map(|wish| as_text(wish, &lockfile, &candidates, live));
            let answers: Vec<_> = answers.chain(archives.iter().map(Archive::as_text)).collect();
            live.terminal.write(answers.join("\n").as_bytes())?;
        }
    }
    Ok(())
}

/// A chart that a local chart has only as an archive.
struct Archive {
    name: String,
    version: String,
    place: String,
    digest: String,
}

/// Those of this name.
fn archives(name: &str, environments: &Environments, live: &Live) -> Result<Vec<Archive>, Error> {
    let directory = load::project_folder(live);
    let mut archives = Vec::new();
    for (chart, pins) in local_archives::of_projects(&environments.projects, live)? {
        for pin in pins {
            let place = format!("{chart}/{}", pin.file);
            let bytes = live.surroundings.read(&directory.join(&place)).map_err(|error| Error::Refused(error.to_string()))?;
            let Ok(loaded) = chart::load_archive(&bytes, &chart::Rules::NEWEST) else { continue };
            let (named, version) = (loaded.metadata.name.to_string(), loaded.metadata.version.to_string());
            if named == name {
                archives.push(Archive { name: named, version, place, digest: pin.digest.to_string() });
            }
        }
    }
    Ok(archives)
}

impl Archive {
    fn as_text(&self) -> String {
        let Self { name, version, place, digest } = self;
        format!("{name} {version}\n  lies in {place}, and is used as it lies there\n  digest: {digest}\n")
    }

    fn as_json(&self) -> Value {
        json!({"chart": self.name, "version": self.version, "file": self.place, "digest": self.digest})
    }
}

fn is_about(request: &Request, name: &str) -> bool {
    let is_release = matches!(&request.asked_by, Asker::Release { name: release } if release == name);
    request.chart.name() == name || is_release
}

fn unknown(name: &str, names: &[String]) -> Error {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let near = similar::get_close_matches(name, &names, 1, 0.6);
    let near = near.first().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Error::Usage(format!("nobody asks for `{name}`{near} (`helmlock tree -i {name}` looks inside of charts, too)"))
}

/// What the sources offer; a source that cannot be asked leaves the rest of the answer as it is.
fn candidates(requests: &[Request], environments: &Environments, live: &Live) -> Result<Candidates, Error> {
    let network = network::open(&environments.projects, live)?;
    match fetch::candidates(requests, &live.cache, &network) {
        Ok(offers) => Ok(offers.candidates),
        Err(error) => {
            live.terminal.warning(&format!("what is offered is not known: {error}"));
            Ok(Candidates::new())
        }
    }
}

/// Requests that want the same and get the same.
fn gathered(requests: &[Request]) -> Vec<Vec<&Request>> {
    let mut wishes: Vec<Vec<&Request>> = Vec::new();
    let is_same = |one: &Request, other: &Request| {
        one.chart == other.chart
            && one.constraint == other.constraint
            && one.environment == other.environment
            && one.asked_by.local_chart() == other.asked_by.local_chart()
    };
    for request in requests {
        match wishes.iter_mut().find(|wish| is_same(wish[0], request)) {
            Some(wish) => wish.push(request),
            None => wishes.push(vec![request]),
        }
    }
    wishes
}

fn as_text(wish: &[&Request], lockfile: &Lockfile, candidates: &Candidates, live: &Live) -> String {
    let request = wish[0];
    let pin = lockfile.pin_for(request);
    let mut lines = vec![match pin {
        Some(pin) => format!("{} {} from {}", request.chart.name(), pin.content.version, request.chart.source()),
        None => format!("{} from {}: not locked for `{}`", request.chart.name(), request.chart.source(), request.constraint),
    }];
    for request in wish {
        let environment = request.environment.as_ref().map(|name| format!(" in environment `{name}`")).unwrap_or_default();
        let Request { constraint, asked_by, origin, .. } = request;
        lines.push(format!("  wanted: `{constraint}` by {asked_by}{environment} ({origin})"));
    }
    if let Some(pin) = pin {
        lines.push(format!("  digest: {}", pin.content.digest));
        lines.push(format!("  bytes: {}", origin_of_bytes(pin, live)));
    }
    let verdicts = Verdict::all(request, pin.map(|pin| &pin.content.version), candidates);
    let now = live.surroundings.now().timestamp();
    for (candidate, verdict) in verdicts.iter().take(SHOWN) {
        let published = candidate.published().map(|published| format!(" ({})", age(published, now))).unwrap_or_default();
        let deprecated = if candidate.deprecated { "; deprecated" } else { "" };
        lines.push(format!("  candidate {}{published}: {verdict}{deprecated}", candidate.version));
    }
    if verdicts.len() > SHOWN {
        lines.push(format!("  and {} older ones; `-o json` shows them", verdicts.len() - SHOWN));
    }
    lines.join("\n") + "\n"
}

/// Where the archive was had, and whether it is here.
fn origin_of_bytes(pin: &Pin, live: &Live) -> String {
    let place = match (&pin.content.url, pin.content.oci_manifest) {
        (Some(url), _) => url.clone(),
        (None, Some(manifest)) => format!("{}/{}, manifest {manifest}", pin.content.chart.source(), pin.content.chart.name()),
        (None, None) => pin.content.chart.to_string(),
    };
    let cached = if is_cached(pin, live) { "in the cache" } else { "not in the cache; `helmlock fetch` brings it" };
    format!("{place}; {cached}")
}

fn is_cached(pin: &Pin, live: &Live) -> bool {
    matches!(live.cache.get(&pin.content.digest), Ok(Some(_)))
}

fn as_json(wish: &[&Request], lockfile: &Lockfile, candidates: &Candidates, live: &Live) -> Value {
    let request = wish[0];
    let pin = lockfile.pin_for(request);
    let verdicts = Verdict::all(request, pin.map(|pin| &pin.content.version), candidates);
    let by: Vec<_> = wish
        .iter()
        .map(|request| {
            json!({
                "by": request.asked_by.to_string(),
                "environment": request.environment,
                "at": request.origin.to_string(),
            })
        })
        .collect();
    let offered: Vec<_> = verdicts
        .iter()
        .map(|(candidate, verdict)| {
            json!({
                "version": candidate.version.to_string(),
                "verdict": verdict.to_string(),
                "published": candidate.created,
                "deprecated": candidate.deprecated,
            })
        })
        .collect();
    json!({
        "chart": request.chart.name(),
        "source": request.chart.source().to_string(),
        "constraint": request.constraint.original(),
        "wantedBy": by,
        "locked": pin.map(|pin| json!({
            "version": pin.content.version.to_string(),
            "digest": pin.content.digest.to_string(),
            "url": pin.content.url,
            "ociManifest": pin.content.oci_manifest.map(|digest| digest.to_string()),
            "cached": is_cached(pin, live),
        })),
        "candidates": offered,
    })
}
