//! A review as one HTML page that needs nothing else: no network, no fonts, and no script to be read, only to be searched.

use std::fmt::Write;

use super::Review;
use super::changes::{ReleaseChange, Sign};
use super::page::{self, Section};
use super::text::printable;

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8883; --old: #cf222e; --new: #1a7f37; --code: #8881; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
input { font: inherit; width: 100%; padding: .4rem .6rem; box-sizing: border-box; }
ul { margin: 0; padding-left: 1.2rem; } code, pre { font: 13px/1.45 ui-monospace, monospace; }
code { background: var(--code); padding: .1em .3em; border-radius: 4px; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; } details details { margin: .4rem 0; }
pre { overflow-x: auto; margin: .4rem 0; } pre span { display: block; min-height: 1.45em; }
.old { color: var(--old); } .new { color: var(--new); } .gap { border-top: 1px dashed var(--line); min-height: 0; }
.worry { border-left: 4px solid var(--old); padding-left: .8rem; } .worry h2 { color: var(--old); }
.chips { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: 1rem 0; list-style: none; }
.chips span { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .8rem; }
.chips .bad { background: var(--old); border-color: var(--old); color: #fff; font-weight: 600; }
.verdict { font-size: 1.1rem; } .verdict.calm { color: var(--new); } .verdict.bad { color: var(--old); font-weight: 600; }
[hidden] { display: none; }
";

/// Hides what does not have the words that are typed; an unfolded release shows the resources that have them.
const SCRIPT: &str = "
const field = document.querySelector('input');
field.hidden = false;
field.addEventListener('input', () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const has = (node) => words.every((word) => node.textContent.toLowerCase().includes(word));
  for (const node of document.querySelectorAll('li, .resource')) node.hidden = !has(node);
  for (const node of document.querySelectorAll('section, .release')) {
    const parts = [...node.querySelectorAll('li, .resource')];
    node.hidden = parts.length > 0 ? parts.every((part) => part.hidden) : !has(node);
  }
  for (const node of document.querySelectorAll('.release')) node.open = words.length > 0 && !node.hidden;
});
";

/// The whole review.
pub fn html(review: &Review) -> String {
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    out.push_str("style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
    let headline = escaped(&page::headline(review));
    add(&mut out, format_args!("<title>{headline}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"));
    print_verdict(review, &mut out);
    out.push_str("<input type=\"search\" placeholder=\"Search\" aria-label=\"Search\" hidden>\n");
    for section in page::sections(review) {
        print_section(&section, &mut out);
    }
    if !review.releases.is_empty() {
        out.push_str("<h2>Manifests</h2>\n");
    }
    for release in &review.releases {
        print_release(release, &review.environments, &mut out);
    }
    add(&mut out, format_args!("<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    out
}

/// What one glance must tell: how much there is, and whether some of it is to be looked at before anything else.
fn print_verdict(review: &Review, out: &mut String) {
    let counts = page::counts(review);
    if counts.is_empty() {
        return add(out, format_args!("<h1>{}</h1>\n", escaped(&page::headline(review))));
    }
    let (class, verdict) = match page::worries(review) {
        Some(worries) => ("bad", worries),
        None => ("calm", "Nothing died, and nobody may do more than before.".to_owned()),
    };
    add(out, format_args!("<h1>What changes</h1>\n<p class=\"verdict {class}\">{}</p>\n<p class=\"chips\">", escaped(&verdict)));
    for count in &counts {
        let class = if count.is_worry { " class=\"bad\"" } else { "" };
        add(out, format_args!("<span{class}>{}</span>", escaped(&count.said())));
    }
    out.push_str("</p>\n");
}

fn print_section(section: &Section, out: &mut String) {
    let class = if section.is_worry { " class=\"worry\"" } else { "" };
    add(out, format_args!("<section{class}>\n<h2>{}</h2>\n<ul>\n", escaped(section.title)));
    for entry in &section.lines {
        add(out, format_args!("<li><code>{}</code> {}", escaped(&entry.name), escaped(&entry.said)));
        for below in &entry.below {
            add(out, format_args!("<br><small>{}</small>", escaped(below)));
        }
        out.push_str("</li>\n");
    }
    out.push_str("</ul>\n</section>\n");
}

fn print_release(release: &ReleaseChange, environments: &[String], out: &mut String) {
    let (name, said) = (escaped(&release.release), escaped(&page::release(release, environments)));
    add(out, format_args!("<details class=\"release\"><summary><b>{name}</b> {said}</summary>\n"));
    for resource in &release.resources {
        let (name, became) = (escaped(&resource.resource), page::became(resource.what));
        add(out, format_args!("<details class=\"resource\" open><summary><code>{name}</code> {became}</summary><pre>"));
        for line in &resource.lines {
            let class = match line.sign {
                Sign::Old => "old",
                Sign::New => "new",
                Sign::Both => "both",
                Sign::Gap => "gap",
            };
            let letter = if line.sign == Sign::Gap { ' ' } else { line.sign.letter() };
            add(out, format_args!("<span class=\"{class}\">{letter}{}</span>", escaped(&line.text)));
        }
        out.push_str("</pre></details>\n");
    }
    out.push_str("</details>\n");
}

fn add(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _written = out.write_fmt(arguments);
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in printable(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(letter),
        }
    }
    out
}
