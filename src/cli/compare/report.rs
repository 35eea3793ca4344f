//! What `compare` says: what differs, how many are equal, and which lines are random by nature.

use std::fmt::Write;

use serde_json::json;

use super::difference::Verdict;
use super::examine::{Finding, Reproducer};
use super::helmfile::Helmfile;
use crate::cli::Live;
use crate::cli::args::Format;
use crate::cli::error::Error;
use crate::cli::peer::Peer;
use crate::cli::terminal::count;

/// How many line numbers are worth saying.
const NUMBERS: usize = 8;

/// All that a comparison brought.
pub(super) struct Report<'run> {
    /// The releases, in helmfile's order.
    pub(super) findings: Vec<Finding>,
    /// Whether all of them could be looked at.
    pub(super) ended: Result<(), Error>,
    /// What differs beyond them, a line each.
    pub(super) beyond: Vec<String>,
    /// The helm.
    pub(super) peer: &'run Peer,
    /// The helmfile, if there was one.
    pub(super) helmfile: Option<&'run Helmfile>,
}

/// Prints what was found, and ends as the comparison ended.
///
/// # Errors
/// The comparison's own, or that a release differs.
pub(super) fn print(report: Report<'_>, live: &Live) -> Result<(), Error> {
    let document = (live.terminal.format() == Format::Json).then(|| as_json(&report));
    if document.is_none() {
        live.terminal.write(as_text(&report).as_bytes())?;
    }
    let Report { findings, ended, beyond, .. } = report;
    ended?;
    let unequal: Vec<_> = findings.iter().filter(|finding| !is_equal(finding)).map(|finding| finding.label.clone()).collect();
    if !(unequal.is_empty() && beyond.is_empty()) {
        return Err(Error::Unequal { releases: unequal, total: findings.len(), document });
    }
    document.map_or(Ok(()), |document| Ok(live.terminal.write_json(&document)?))
}

fn is_equal(finding: &Finding) -> bool {
    !matches!(finding.verdict, Verdict::Different { .. })
}

fn as_text(report: &Report<'_>) -> String {
    let findings = &report.findings;
    let mut text = String::new();
    for finding in findings {
        // Writing to a string cannot fail.
        let _written = match &finding.verdict {
            Verdict::Equal { .. } => Ok(()),
            Verdict::BothRefuse => writeln!(text, "{}: both refuse", finding.label),
            Verdict::Different { shown } => {
                writeln!(text, "{}: DIFFERENT\n  {}\n  {}", finding.label, shown.join("\n  "), whereabouts(finding))
            }
        };
    }
    if report.ended.is_err() {
        return text;
    }
    let random: Vec<_> = findings.iter().filter_map(|finding| Some((finding, random_lines(finding)?))).collect();
    for (finding, lines) in &random {
        let numbers: Vec<_> = lines.iter().take(NUMBERS).map(ToString::to_string).collect();
        let more = if lines.len() > NUMBERS { ", …" } else { "" };
        let causes = if finding.impure.is_empty() { String::new() } else { format!(" ({})", finding.impure.join(", ")) };
        let (lines, numbers) = (count(lines.len(), "line"), numbers.join(", "));
        let _written = writeln!(text, "{}: {lines} random by nature: {numbers}{more}{causes}", finding.label);
    }
    for line in &report.beyond {
        let _written = writeln!(text, "DIFFERENT: {line}");
    }
    let equal = findings.iter().filter(|finding| is_equal(finding)).count();
    text + &format!("{equal}/{} equal\n", count(findings.len(), "release"))
}

fn random_lines(finding: &Finding) -> Option<&[usize]> {
    match &finding.verdict {
        Verdict::Equal { random } if !random.is_empty() => Some(random),
        _ => None,
    }
}

fn whereabouts(finding: &Finding) -> String {
    match &finding.reproducer {
        Some(Reproducer::Saved(folder)) => format!("reproducer: {}", folder.display()),
        None => "no reproducer: it is the project that is read differently".to_owned(),
        Some(Reproducer::Vanished) => {
            "no reproducer: with the values redacted there is no difference; `--keep-values` writes one with them".to_owned()
        }
    }
}

fn as_json(report: &Report<'_>) -> serde_json::Value {
    let Report { findings, beyond, peer, helmfile, .. } = report;
    let one = |finding: &Finding| {
        let (verdict, shown) = match &finding.verdict {
            Verdict::Equal { .. } => ("equal", None),
            Verdict::BothRefuse => ("both-refuse", None),
            Verdict::Different { shown } => ("different", Some(shown)),
        };
        let folder = match &finding.reproducer {
            Some(Reproducer::Saved(folder)) => Some(folder),
            _ => None,
        };
        json!({
            "name": finding.release,
            "namespace": finding.namespace,
            "verdict": verdict,
            "random": random_lines(finding).unwrap_or_default(),
            "impure": finding.impure,
            "difference": shown,
            "reproducer": folder,
        })
    };
    let mut document = json!({
        "helm": {"version": peer.version.original(), "dialect": peer.dialect.name},
        "total": findings.len(),
        "equal": findings.iter().filter(|finding| is_equal(finding)).count(),
        "releases": findings.iter().map(one).collect::<Vec<_>>(),
    });
    if let Some(helmfile) = helmfile {
        document["helmfile"] = json!({"version": helmfile.version.original(), "beyond": beyond});
    }
    document
}
