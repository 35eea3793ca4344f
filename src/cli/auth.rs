//! `auth status`: which place says who we are to each source. It asks no server and shows no secret, not even a user's name,
//! which for some servers is one.

use std::collections::BTreeSet;

use clap::Subcommand;
use serde_json::json;

use super::args::Format;
use super::error::Error;
use super::{Live, load, network};
use crate::fetch::{self, Shown, Standing};

#[derive(Debug, Subcommand)]
pub(super) enum Auth {
    /// Say which place has the credentials for each source; asks no server, shows no secret
    Status,
}

/// Runs the command.
pub(super) fn run(live: &Live) -> Result<(), Error> {
    let environments = load::all(live)?;
    let requests = environments.requests(live)?;
    let sources: BTreeSet<_> = requests.iter().map(|request| request.chart.source()).collect();
    let options = network::options(&environments.projects, live)?;
    let standings = fetch::standings(sources, &options);
    for complaint in standings.iter().flat_map(|standing| &standing.complaints).collect::<BTreeSet<_>>() {
        live.terminal.warning(complaint);
    }
    match live.terminal.format() {
        Format::Json => live.terminal.write_json(&standings.iter().map(as_json).collect())?,
        Format::Text => live.terminal.write(standings.iter().map(as_line).collect::<String>().as_bytes())?,
    }
    Ok(())
}

fn as_line(standing: &Standing) -> String {
    let shown = match standing.shown {
        Shown::Nothing => "anonymous".to_owned(),
        Shown::Password => format!("user and password of {}", standing.place),
        Shown::IdentityToken => format!("identity token of {}", standing.place),
    };
    let certificate = if standing.certificate { ", client certificate" } else { "" };
    format!("{}: {shown}{certificate}\n", standing.source)
}

fn as_json(standing: &Standing) -> serde_json::Value {
    let shown = match standing.shown {
        Shown::Nothing => "nothing",
        Shown::Password => "password",
        Shown::IdentityToken => "identityToken",
    };
    let place = Some(&standing.place).filter(|place| !place.is_empty());
    json!({
        "source": standing.source.to_string(),
        "shown": shown,
        "place": place,
        "clientCertificate": standing.certificate,
        "complaints": standing.complaints,
    })
}
