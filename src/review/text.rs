//! A review for a terminal. Colours are in the text, and whoever writes it takes them out where they are not wanted.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::Review;
use super::changes::{Line, ReleaseChange, Sign};
use super::page::{self, Section};

const TITLE: Style = Style::new().bold();
const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();
const QUIET: Style = Style::new().dimmed();

/// The whole review; `manifests` says whether the lines of manifests are shown, too.
pub fn text(review: &Review, manifests: bool) -> String {
    let mut out = format!("{}\n", page::headline(review));
    for section in page::sections(review) {
        print_section(&section, &mut out);
    }
    if !review.releases.is_empty() {
        line(&mut out, format_args!("\n{TITLE}Manifests{TITLE:#}"));
    }
    for release in &review.releases {
        let said = page::release(release, &review.environments);
        line(&mut out, format_args!("  {TITLE}{}{TITLE:#} {said}", printable(&release.release)));
        if manifests {
            print_manifests(release, &mut out);
        }
    }
    out
}

fn print_section(section: &Section, out: &mut String) {
    line(out, format_args!("\n{TITLE}{}{TITLE:#}", section.title));
    for entry in &section.lines {
        line(out, format_args!("  {TITLE}{}{TITLE:#} {}", printable(&entry.name), printable(&entry.said)));
        for below in &entry.below {
            line(out, format_args!("    {QUIET}{}{QUIET:#}", printable(below)));
        }
    }
}

fn print_manifests(release: &ReleaseChange, out: &mut String) {
    for resource in &release.resources {
        line(out, format_args!("    {TITLE}{}{TITLE:#} {}", printable(&resource.resource), page::became(resource.what)));
        for Line { sign, text } in &resource.lines {
            let style = match sign {
                Sign::Old => OLD,
                Sign::New => NEW,
                Sign::Both | Sign::Gap => QUIET,
            };
            line(out, format_args!("      {style}{}{}{style:#}", sign.letter(), printable(text)));
        }
    }
}

fn line(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _written = writeln!(out, "{arguments}");
}

/// Charts get into reviews; what would steer a terminal does not.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{FFFD}' } else { c }).collect()
}
