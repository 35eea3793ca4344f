//! A review as Markdown that fits a comment on a pull request: what matters is seen at once, manifests are folded, and what
//! does not fit is counted.

use std::fmt::Write;

use super::Review;
use super::changes::ReleaseChange;
use super::page::{self, Entry, Section};
use super::text::printable;

/// What GitHub takes as a comment, in characters.
pub const MARKDOWN_LIMIT: usize = 65_536;

/// Entries of a section that are seen without unfolding.
const SEEN: usize = 8;
/// Room for the line that says what was cut.
const REST: usize = 200;

/// The whole review in at most `limit` characters.
pub fn markdown(review: &Review, limit: usize) -> String {
    let mut page = Page { out: String::new(), room: limit.saturating_sub(REST), cut: 0 };
    page.add(&format!("**{}**\n", escaped(&page::headline(review))));
    if let Some(worries) = page::worries(review) {
        page.add(&format!("\n> {}\n", escaped(&worries)));
    }
    for section in page::sections(review) {
        print_section(&section, &mut page);
    }
    if !review.releases.is_empty() {
        page.add("\n### Manifests\n\n");
    }
    for release in &review.releases {
        print_release(release, &review.environments, &mut page);
    }
    if page.cut > 0 {
        let what = if page.cut == 1 { "one part was" } else { "parts were" };
        let _written = write!(page.out, "\n_{} {what} too long for a comment: `helmlock diff` shows everything._\n", page.cut);
    }
    page.out
}

/// Text that grows as long as there is room.
struct Page {
    out: String,
    room: usize,
    cut: usize,
}

impl Page {
    /// Adds a part as a whole, or counts it as cut.
    fn add(&mut self, part: &str) {
        match self.room.checked_sub(part.chars().count()) {
            Some(room) => {
                self.room = room;
                self.out.push_str(part);
            }
            None => self.cut += 1,
        }
    }
}

fn print_section(section: &Section, page: &mut Page) {
    page.add(&format!("\n### {}\n\n", section.title));
    let (seen, folded) = section.lines.split_at(section.lines.len().min(SEEN));
    for entry in seen {
        page.add(&item(entry));
    }
    if !folded.is_empty() {
        let items: String = folded.iter().map(item).collect();
        page.add(&format!("\n<details><summary>{} more</summary>\n\n{items}\n</details>\n", folded.len()));
    }
}

fn item(entry: &Entry) -> String {
    let mut item = format!("- {} {}\n", code(&entry.name), escaped(&entry.said));
    for line in &entry.below {
        item.extend(["  - ", &escaped(line), "\n"]);
    }
    item
}

fn print_release(release: &ReleaseChange, environments: &[String], page: &mut Page) {
    let said = page::release(release, environments);
    let mut part = format!("<details><summary><b>{}</b> {}</summary>\n\n", escaped(&release.release), escaped(&said));
    let mut cut = 0;
    for resource in &release.resources {
        let lines: Vec<_> =
            resource.lines.iter().map(|line| format!("{}{}", line.sign.letter(), printable(&line.text))).collect();
        let fence = fence(&lines);
        let shown =
            format!("{} {}\n{fence}diff\n{}\n{fence}\n", code(&resource.resource), page::became(resource.what), lines.join("\n"));
        if part.chars().count() + shown.chars().count() < page.room.saturating_sub(REST) {
            part.push_str(&shown);
        } else {
            cut += 1;
        }
    }
    if cut > 0 {
        let all = release.resources.len();
        let _written = write!(part, "\n_{cut} of {all} resources do not fit here._\n");
    }
    part.push_str("\n</details>\n");
    page.add(&part);
}

/// More backticks than any line has in a row.
fn fence(lines: &[String]) -> String {
    "`".repeat(lines.iter().map(|line| ticks(line)).max().unwrap_or_default().max(2) + 1)
}

fn ticks(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default()
}

fn code(text: &str) -> String {
    let text = printable(text);
    let fence = "`".repeat(ticks(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Text that Markdown and HTML leave as it is; nobody is called by a chart's `@name`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in printable(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '*' | '_' | '`' | '[' | ']' | '\\' | '|' | '#' | '~' => out.extend(['\\', letter]),
            _ => out.push(letter),
        }
    }
    out
}
