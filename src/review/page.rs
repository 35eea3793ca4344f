//! A review in sentences: sections of lines, the most worrying first. How a line is marked up is the printers' business.

use super::changes::What;
use super::{AccessChange, DefaultChange, DefinitionChange, ImageChange, PinChange, ReleaseChange, Review};

/// One section.
pub(super) struct Section {
    pub(super) title: &'static str,
    /// Whether it tells of something that breaks or widens what is there.
    pub(super) is_worry: bool,
    pub(super) lines: Vec<Entry>,
}

/// One line of a section: what it is about, and what is said of it.
pub(super) struct Entry {
    /// A name, to be set as code.
    pub(super) name: String,
    /// What follows it.
    pub(super) said: String,
    /// Further lines that belong to it.
    pub(super) below: Vec<String>,
}

/// How many names of a long enumeration are written out.
const MANY: usize = 8;

/// The sections that have something to say.
pub(super) fn sections(review: &Review) -> Vec<Section> {
    let all = &review.environments;
    let dead = review.dead_keys.iter().map(|one| {
        let what = if one.is_defined { "still has it and reads it no more" } else { "knows it no more" };
        entry(&one.key, format!("is set for {}, and {} {what}{}", one.release, one.chart, of(&one.environments, all)))
    });
    let secrets = review
        .secrets
        .iter()
        .map(|one| entry(&one.secret, format!("key {} {}{}", one.key, became(one.what), of(&one.environments, all))));
    let removed = review.removed_apis.iter().map(|one| {
        let (version, since) = (&one.api_version, &one.since);
        entry(&one.resource, format!("is {version}, which Kubernetes {since} removed{}", of(&one.environments, all)))
    });
    let worries = Worries::of(review);
    let sections = [
        Section { title: "Keys you set that the chart no longer knows or reads", is_worry: true, lines: dead.collect() },
        Section { title: "Kubernetes APIs that are gone", is_worry: true, lines: removed.collect() },
        Section { title: "Pins", is_worry: worries.pins, lines: review.pins.iter().map(pin).collect() },
        Section { title: "Images", is_worry: false, lines: review.images.iter().map(|one| image(one, all)).collect() },
        Section { title: "Access", is_worry: worries.access, lines: review.access.iter().map(|one| access(one, all)).collect() },
        Section {
            title: "Custom resource definitions",
            is_worry: worries.definitions,
            lines: review.definitions.iter().map(|one| definition(one, all)).collect(),
        },
        Section { title: "Secrets", is_worry: false, lines: secrets.collect() },
        Section {
            title: "Defaults that changed under you",
            is_worry: false,
            lines: review.defaults.iter().map(|one| default(one, all)).collect(),
        },
    ];
    sections.into_iter().filter(|section| !section.lines.is_empty()).collect()
}

/// The whole review in one line.
pub(super) fn headline(review: &Review) -> String {
    if review.is_empty() {
        return "nothing changed".to_owned();
    }
    let counts: Vec<_> = counts(review).iter().map(Count::said).collect();
    format!("changed: {}", if counts.is_empty() { "labels and checksums only".to_owned() } else { counts.join(", ") })
}

/// How many of a kind were found.
pub(super) struct Count {
    number: usize,
    noun: &'static str,
    /// Whether one of them breaks or widens what is there.
    pub(super) is_worry: bool,
}

impl Count {
    /// `2 dead keys`.
    pub(super) fn said(&self) -> String {
        format!("{} {}{}", self.number, self.noun, if self.number == 1 { "" } else { "s" })
    }
}

/// What was found, by its kinds, in the order of the sections.
pub(super) fn counts(review: &Review) -> Vec<Count> {
    let worries = Worries::of(review);
    let resources = review.releases.iter().map(|release| release.resources.len()).sum();
    let counts = [
        (review.dead_keys.len(), "dead key", true),
        (review.removed_apis.len(), "removed API", true),
        (review.pins.len(), "pin", worries.pins),
        (review.images.len(), "image", false),
        (review.access.len(), "role", worries.access),
        (review.definitions.len(), "definition", worries.definitions),
        (review.secrets.len(), "secret key", false),
        (review.defaults.len(), "default", false),
        (resources, "resource", false),
    ];
    let counts = counts.into_iter().filter(|(number, ..)| *number > 0);
    counts.map(|(number, noun, is_worry)| Count { number, noun, is_worry }).collect()
}

/// What is to be looked at before anything else; nothing if all of it is harmless by its kind.
pub(super) fn worries(review: &Review) -> Option<String> {
    let counts = counts(review);
    let worries: Vec<_> = counts.iter().filter(|count| count.is_worry).map(Count::said).collect();
    (!worries.is_empty()).then(|| format!("Look at this first: {}.", worries.join(", ")))
}

/// Which of the sections that are mostly harmless have something that is not.
struct Worries {
    /// Other bytes under the same version.
    pins: bool,
    /// Someone may do more than before.
    access: bool,
    /// What the user's own resources say is no longer understood.
    definitions: bool,
}

impl Worries {
    fn of(review: &Review) -> Self {
        Self {
            pins: review.pins.iter().any(|pin| pin.republished.is_some()),
            access: review.access.iter().any(|access| !access.gained.is_empty()),
            definitions: review.definitions.iter().any(|definition| !definition.removed.is_empty()),
        }
    }
}

/// A release in one line.
pub(super) fn release(change: &ReleaseChange, all: &[String]) -> String {
    let folded = match change.folded {
        0 => String::new(),
        folded if change.what == What::Changed && change.resources.is_empty() => format!("{folded} in labels and checksums only"),
        folded => format!("; {folded} more in labels and checksums only"),
    };
    let all_folded = change.what == What::Changed && change.resources.is_empty();
    let resources = match (change.what, change.resources.len()) {
        _ if all_folded => String::new(),
        (What::Added, count) => format!("new, {count} resources"),
        (What::Removed, count) => format!("gone, {count} resources"),
        (What::Changed, 1) => "1 resource".to_owned(),
        (What::Changed, count) => format!("{count} resources"),
    };
    format!("{resources}{folded}{}", of(&change.environments, all))
}

/// The word for what became of something.
pub(super) fn became(what: What) -> &'static str {
    match what {
        What::Added => "is new",
        What::Removed => "is gone",
        What::Changed => "changed",
    }
}

fn entry(name: &str, said: String) -> Entry {
    Entry { name: name.to_owned(), said, below: Vec::new() }
}

/// Where something is so, unless it is so everywhere.
fn of(environments: &[String], all: &[String]) -> String {
    if environments.len() == all.len() { String::new() } else { format!(" (in {})", environments.join(", ")) }
}

fn pin(pin: &PinChange) -> Entry {
    let by = pin.local_chart.as_ref().map(|path| format!(" for {path}")).unwrap_or_default();
    let app = pin.app_versions.as_ref().filter(|(before, after)| before != after);
    let app = app.map(|(before, after)| format!("app {before} → {after}"));
    let age = pin.published.as_ref().map(|(_, ago)| format!("published {ago}"));
    let facts: Vec<_> = app.into_iter().chain(age).collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    let said = match (&pin.before, &pin.after, &pin.republished) {
        (_, Some(version), Some((before, after))) => {
            format!("{version}{by} was REPUBLISHED: the same version has other bytes, {before} → {after}")
        }
        (Some(before), Some(after), None) => format!("{before} → {after}{facts}{by}"),
        (None, Some(after), None) => format!("{after} is new{facts}{by}"),
        (Some(before), ..) => format!("{before} is gone{by}"),
        (None, None, _) => String::new(),
    };
    let link = pin.link.as_ref().map(|link| format!("see {link}"));
    Entry { name: pin.chart.clone(), said, below: short(&pin.news).into_iter().chain(link).collect() }
}

fn image(image: &ImageChange, all: &[String]) -> Entry {
    let list = |versions: &[String]| {
        versions
            .iter()
            .map(|one| one.trim_start_matches(':'))
            .map(|one| if one.is_empty() { "latest" } else { one })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let said = match (image.before.as_slice(), image.after.as_slice()) {
        ([], after) => format!("{} is new", list(after)),
        (before, []) => format!("{} is gone", list(before)),
        (before, after) => format!("{} → {}", list(before), list(after)),
    };
    let said = short_digests(&said);
    entry(&image.image, format!("{said} in {}{}", image.release, of(&image.environments, all)))
}

fn access(access: &AccessChange, all: &[String]) -> Entry {
    let mut said = Vec::new();
    if !access.gained.is_empty() {
        said.push(format!("may now: {}", short(&access.gained).join(", ")));
    }
    if !access.lost.is_empty() {
        said.push(format!("may no longer: {}", short(&access.lost).join(", ")));
    }
    entry(&access.role, format!("{}{}", said.join("; "), of(&access.environments, all)))
}

fn definition(definition: &DefinitionChange, all: &[String]) -> Entry {
    let mut said = Vec::new();
    if !definition.removed.is_empty() {
        said.push(format!("lost {}", short(&definition.removed).join(", ")));
    }
    if !definition.added.is_empty() {
        said.push(format!("gained {}", short(&definition.added).join(", ")));
    }
    entry(&definition.definition, format!("{}{}", said.join("; "), of(&definition.environments, all)))
}

fn default(default: &DefaultChange, all: &[String]) -> Entry {
    let DefaultChange { release, environments, key, before, after } = default;
    let (before, after) = (short_digests(before), short_digests(after));
    entry(key, format!("{before} → {after} in {release}{}", of(environments, all)))
}

/// Twelve digits tell two digests apart, and leave room for what differs besides.
fn short_digests(text: &str) -> String {
    const NAME: &str = "sha256:";
    let mut parts = text.split(NAME);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (shown, rest) = if digits > 12 { (&part[..12], &part[digits..]) } else { (part, "") };
        out.extend([NAME, shown, if digits > 12 { "…" } else { "" }, rest]);
    }
    out
}

fn short(names: &[String]) -> Vec<String> {
    let more = names.len().saturating_sub(MANY);
    let mut short: Vec<_> = names.iter().take(MANY).cloned().collect();
    if more > 0 {
        short.push(format!("and {more} more"));
    }
    short
}
