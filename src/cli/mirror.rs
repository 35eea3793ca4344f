//! `mirror push`: all locked charts into a registry, for those who may not ask the sources.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::json;

use super::args::Format;
use super::error::Error;
use super::terminal::count;
use super::{Live, load, network, read_lock};
use crate::fetch::{self, Network, Pushed};
use crate::lockfile::{Content, Lockfile};
use crate::source::OciRepository;

#[derive(Debug, Subcommand)]
pub(super) enum Mirror {
    /// Push all locked charts to a registry as ordinary charts, less those that are there
    Push {
        /// A folder of a registry: `oci://registry.example.com/charts`
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

/// Runs the command.
pub(super) fn run(command: &Mirror, live: &Live) -> Result<(), Error> {
    let Mirror::Push { to } = command;
    let target = OciRepository::parse(to).ok().filter(|_| to.starts_with("oci://"));
    let target =
        target.ok_or_else(|| Error::Usage(format!("`--to` wants a folder of a registry (`oci://host/path`), not `{to}`")))?;
    let environments = load::all(live)?;
    let path = &environments.wanted().lockfile;
    let lockfile = read_lock(path)?;
    if lockfile.is_empty() {
        return Err(Error::NoLock { path: path.clone() });
    }
    let contents = contents(&lockfile)?;
    let network = network::open(&environments.projects, live)?;
    let busy = live.terminal.busy("Fetching", count(contents.len(), "chart"));
    fetch::fetch(&lockfile, &live.cache, &network)?;
    drop(busy);
    let busy = live.terminal.busy("Pushing", count(contents.len(), "chart"));
    let pushed = fetch::push(&contents, &target, &live.cache, &at(&network, &target, live))?;
    drop(busy);
    for pin in lockfile.git() {
        live.terminal.note(&format!("{} is no chart of a repository and stays where it is", pin.wanted()));
    }
    tell(&contents, &pushed, &target, live)
}

/// The same network, which speaks to the target as the flags say.
fn at(network: &Network, target: &OciRepository, live: &Live) -> Network {
    let Network::Online(client) = network else { return Network::Offline(Vec::new()) };
    let mut options = client.options().clone();
    options.registries.entry(target.host().to_owned()).or_default().plain_http |= live.global.oci_plain_http;
    Network::Online(fetch::Client::new(options))
}

/// The locked charts by the names that they get.
///
/// # Errors
/// Two that would get the same.
fn contents(lockfile: &Lockfile) -> Result<Vec<&Content>, Error> {
    let mut named = BTreeMap::<_, &Content>::new();
    for (_, pin) in lockfile.pins() {
        let content = &pin.content;
        let name = content.chart.name().rsplit('/').next().unwrap_or_default();
        let other = named.entry((name, content.version.original())).or_insert(content);
        if other.digest != content.digest {
            return Err(Error::Refused(format!(
                "{} and {} are both {name} {} and not the same: a registry can have one of them",
                other.chart, content.chart, content.version
            )));
        }
    }
    Ok(named.into_values().collect())
}

fn tell(contents: &[&Content], pushed: &[Pushed], target: &OciRepository, live: &Live) -> Result<(), Error> {
    let is_new = |pushed: &Pushed| *pushed == Pushed::Uploaded;
    match live.terminal.format() {
        Format::Json => {
            let charts: Vec<_> = contents
                .iter()
                .zip(pushed)
                .map(|(content, one)| {
                    let (name, version) = (content.chart.name(), content.version.to_string());
                    json!({"chart": name, "version": version, "digest": content.digest.to_string(), "uploaded": is_new(one)})
                })
                .collect();
            live.terminal.write_json(&json!({"to": target.to_string(), "charts": charts}))?;
        }
        Format::Text => {
            for (content, _) in contents.iter().zip(pushed).filter(|(_, one)| is_new(one)) {
                live.terminal.done("Pushed", &format!("{} {}", content.chart.name(), content.version));
            }
            let new = pushed.iter().filter(|one| is_new(one)).count();
            live.terminal.done("Mirrored", &format!("{} to {target}; {} were there", count(new, "chart"), pushed.len() - new));
        }
    }
    Ok(())
}
