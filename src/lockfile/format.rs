//! The lock's wire types, and how they become a [`Lockfile`].
//!
//! Policy. The file is YAML that helmfile can read as its own lock: it takes `name`, `repository` and `version` of each
//! entry of `dependencies` and ignores what else is there. `version` is the number of the format, an integer, by which a
//! lock of ours is known. Unknown keys are refused, because this program would drop them when it next writes the file; so
//! whatever is added needs a new format number. Every format that a release has written stays readable. Printing knows the
//! newest format only.
//!
//! History. Format 1: the first.

use serde::Deserialize;

use super::error::{Error, Problem};
use super::lines::Lines;
use super::{Adopted, ArchivePin, Content, FilePin, GitPin, LocalChart, Lockfile, Pin, RenderDefaults, conflict, guard, own};
use crate::digest::Digest;
use crate::source::{ChartRef, GitRepository, LocalPath, OciReference, Source};
use crate::version::{Constraint, Version};

/// The format that is written.
pub(super) const NEWEST: u64 = 1;

/// Longer texts in a field are refused.
const LONGEST: usize = 1024;

#[derive(Deserialize)]
struct Head {
    version: Option<serde_yaml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireLockfile {
    pub(super) version: u64,
    pub(super) render: WireRender,
    pub(super) dependencies: Vec<WirePin>,
    #[serde(default)]
    pub(super) local: Vec<WireLocal>,
    #[serde(default)]
    pub(super) git: Vec<WireGit>,
    #[serde(default)]
    pub(super) files: Vec<WireFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct WireRender {
    pub(super) helm: String,
    pub(super) kube_version: String,
    #[serde(default)]
    pub(super) by_helm: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct WirePin {
    pub(super) name: String,
    pub(super) repository: String,
    pub(super) version: String,
    pub(super) digest: String,
    pub(super) files_digest: Option<String>,
    pub(super) oci_manifest: Option<String>,
    pub(super) index_digest: Option<String>,
    pub(super) url: Option<String>,
    pub(super) app_version: Option<String>,
    pub(super) wants: Vec<String>,
    #[serde(default)]
    pub(super) environments: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireLocal {
    pub(super) path: String,
    #[serde(default)]
    pub(super) dependencies: Vec<WirePin>,
    #[serde(default)]
    pub(super) archives: Vec<WireArchive>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireArchive {
    file: String,
    digest: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireGit {
    repository: String,
    path: String,
    #[serde(rename = "ref")]
    reference: String,
    commit: String,
    digest: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireFile {
    url: String,
    commit: Option<String>,
    digest: String,
    #[serde(rename = "for")]
    purpose: Option<WirePurpose>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum WirePurpose {
    Schemas,
}

/// What helmfile writes; it reads more leniently than we do, so its files are read as leniently.
#[derive(Deserialize)]
struct HelmfileLock {
    dependencies: Option<Vec<HelmfileEntry>>,
}

#[derive(Deserialize)]
struct HelmfileEntry {
    name: String,
    #[serde(default)]
    repository: String,
    version: String,
}

/// Reads a lock: ours of any format, helmfile's, or either with the markers of a merge conflict.
pub fn parse(bytes: &[u8]) -> Result<Lockfile, Error> {
    let text = guard::text(bytes)?;
    match conflict::sides(text)? {
        None => parse_side(text),
        Some(sides) => {
            let base = sides.base.as_deref().map(parse_side).transpose()?;
            conflict::merge(text, base.as_ref(), parse_side(&sides.ours)?, parse_side(&sides.theirs)?)
        }
    }
}

fn parse_side(text: &str) -> Result<Lockfile, Error> {
    if let Some(wire) = own::read(text) {
        return ours(text, wire);
    }
    guard::check(text)?;
    match serde_yaml::from_str::<WireLockfile>(text) {
        Ok(wire) if wire.version == NEWEST => ours(text, wire),
        // What else it is, or what is wrong, is told by its version.
        _ => of_another_kind(text),
    }
}

fn of_another_kind(text: &str) -> Result<Lockfile, Error> {
    let empty = || Error::from(Problem::Yaml("the lock is empty; restore or delete it, then run `helmlock resolve`".to_owned()));
    let head = serde_yaml::from_str::<Option<Head>>(text).map_err(|error| yaml(&error))?.ok_or_else(empty)?;
    match head.version.as_ref().map(|version| (version.as_u64(), version.is_number())) {
        Some((Some(NEWEST), _)) => serde_yaml::from_str(text).map_err(|error| yaml(&error)).and_then(|wire| ours(text, wire)),
        Some((Some(found), _)) if found > NEWEST => Err(Problem::Newer { found, known: NEWEST }.into()),
        Some((_, true)) => Err(Problem::Yaml("`version` is not the number of a format".to_owned()).into()),
        Some((None | Some(_), false)) | None => helmfiles(text),
    }
}

fn render_defaults(wire: WireRender) -> RenderDefaults {
    let WireRender { helm, kube_version, mut by_helm } = wire;
    by_helm.sort();
    by_helm.dedup();
    RenderDefaults { helm, kube_version, by_helm }
}

fn ours(text: &str, wire: WireLockfile) -> Result<Lockfile, Error> {
    let lines =
        EntryLines::of(text, wire.dependencies.len() + wire.local.iter().map(|local| local.dependencies.len()).sum::<usize>());
    let mut index = 0;
    let mut places = Lines::default();
    let mut pins = |wires: Vec<WirePin>, local_chart: Option<&LocalPath>| -> Result<Vec<Pin>, Error> {
        let pin = |wire| {
            index += 1;
            let line = lines.line(index - 1);
            let pin = pin(wire).map_err(|problem| Error::at(line, problem))?;
            places.add(local_chart, &pin, line);
            Ok(pin)
        };
        wires.into_iter().map(pin).collect()
    };
    let render = &wire.render;
    for (field, text) in [("helm", &render.helm), ("kubeVersion", &render.kube_version)] {
        Version::parse(text).map_err(|error| Problem::field("render", field, &error))?;
    }
    if let Some(name) = render.by_helm.iter().find(|name| name.len() > LONGEST || name.chars().any(char::is_control)) {
        return Err(Problem::field("render", "byHelm", &format!("`{}` is no release", name.escape_debug())).into());
    }
    let dependencies = pins(wire.dependencies, None)?;
    let mut local = Vec::new();
    for chart in wire.local {
        let path = LocalPath::parse(&chart.path).map_err(|error| Problem::field("local chart", "path", &error))?;
        let dependencies = pins(chart.dependencies, Some(&path))?;
        let archives = chart.archives.iter().map(archive_pin).collect::<Result<_, _>>()?;
        local.push(LocalChart { path, dependencies, archives });
    }
    let lockfile = Lockfile {
        render: Some(render_defaults(wire.render)),
        dependencies,
        local,
        git: wire.git.into_iter().map(git_pin).collect::<Result<_, _>>()?,
        files: wire.files.into_iter().map(file_pin).collect::<Result<_, _>>()?,
        lines: places,
        ..Lockfile::default()
    };
    let lockfile = lockfile.sorted();
    lockfile.contradiction().map_or(Ok(lockfile), |problem| Err(problem.into()))
}

fn pin(wire: WirePin) -> Result<Pin, Problem> {
    let entry = format!("dependency `{}`", shown(&wire.name));
    let wrong = |field, error: &dyn std::fmt::Display| Problem::field(&entry, field, error);
    let source = Source::parse(&wire.repository).map_err(|error| wrong("repository", &error))?;
    let http = match source {
        Source::Http(_) => true,
        Source::Oci(_) => false,
        Source::Git(_) | Source::Path(_) => return Err(wrong("repository", &"not an HTTP or OCI repository")),
    };
    let parse_digest = |field, text: &str| digest(text).map_err(|error| wrong(field, &error));
    let content = Content {
        chart: ChartRef::new(source, &wire.name).map_err(|error| wrong("name", &error))?,
        version: short(&wire.version)
            .and_then(|text| Version::parse(text).map_err(|error| error.to_string()))
            .map_err(|error| wrong("version", &error))?,
        digest: parse_digest("digest", &wire.digest)?,
        files_digest: wire.files_digest.map(|text| parse_digest("filesDigest", &text)).transpose()?,
        url: wire.url.map(|url| download(&url, http)).transpose().map_err(|error| wrong("url", &error))?,
        app_version: wire.app_version.map(|text| plain(&text)).transpose().map_err(|error| wrong("appVersion", &error))?,
        oci_manifest: wire.oci_manifest.map(|text| parse_digest("ociManifest", &text)).transpose()?,
        index_digest: wire.index_digest.map(|text| parse_digest("indexDigest", &text)).transpose()?,
    };
    let constraint =
        |text: &String| short(text).and_then(|text| Constraint::parse_with_digest(text).map_err(|error| error.to_string()));
    let wants: Vec<_> = wire.wants.iter().map(constraint).collect::<Result<_, _>>().map_err(|error| wrong("wants", &error))?;
    if wants.is_empty() {
        return Err(wrong("wants", &"it answers nothing"));
    }
    let environments = wire
        .environments
        .iter()
        .map(|name| plain(name))
        .collect::<Result<_, _>>()
        .map_err(|error| wrong("environments", &error))?;
    Ok(Pin { content, wants, environments })
}

fn git_pin(wire: WireGit) -> Result<GitPin, Problem> {
    let wrong = |field, error: &dyn std::fmt::Display| Problem::field("git chart", field, error);
    let reference = plain(&wire.reference).map_err(|error| wrong("ref", &error))?;
    if reference.is_empty() || reference.starts_with('-') {
        return Err(wrong("ref", &"not a branch, tag or commit"));
    }
    Ok(GitPin {
        repository: GitRepository::parse(&wire.repository).map_err(|error| wrong("repository", &error))?,
        path: LocalPath::parse(&wire.path).map_err(|error| wrong("path", &error))?,
        reference,
        commit: commit(wire.commit).map_err(|error| wrong("commit", &error))?,
        digest: digest(&wire.digest).map_err(|error| wrong("digest", &error))?,
    })
}

fn archive_pin(wire: &WireArchive) -> Result<ArchivePin, Problem> {
    let wrong = |field, error: &dyn std::fmt::Display| Problem::field("archive", field, error);
    let file = LocalPath::parse(&wire.file).map_err(|error| wrong("file", &error))?;
    if file.as_str().starts_with("..") {
        return Err(wrong("file", &"not in the chart's folder"));
    }
    Ok(ArchivePin { file, digest: digest(&wire.digest).map_err(|error| wrong("digest", &error))? })
}

fn file_pin(wire: WireFile) -> Result<FilePin, Problem> {
    let wrong = |field, error: &dyn std::fmt::Display| Problem::field("file", field, error);
    Ok(FilePin {
        url: address(&wire.url).map_err(|error| wrong("url", &error))?,
        commit: wire.commit.map(commit).transpose().map_err(|error| wrong("commit", &error))?,
        digest: digest(&wire.digest).map_err(|error| wrong("digest", &error))?,
        of_schema: matches!(wire.purpose, Some(WirePurpose::Schemas)),
    })
}

fn helmfiles(text: &str) -> Result<Lockfile, Error> {
    let wire: HelmfileLock = serde_yaml::from_str(text).map_err(|error| yaml(&error))?;
    let entries = wire.dependencies.ok_or_else(|| Problem::Yaml("it has no `dependencies`".to_owned()))?;
    let adopted = entries.into_iter().map(|entry| {
        let name = format!("dependency `{}`", shown(&entry.name));
        let version = Version::parse(&entry.version).map_err(|error| Problem::field(&name, "version", &error))?;
        let plain = |field, text: &str| plain(text).map_err(|error| Problem::field(&name, field, &error));
        Ok(Adopted { name: plain("name", &entry.name)?, repository: plain("repository", &entry.repository)?, version })
    });
    Ok(Lockfile { adopted: adopted.collect::<Result<_, Problem>>()?, ..Lockfile::default() })
}

/// The digest as the lock spells it; claims of an index are read more leniently elsewhere.
fn digest(text: &str) -> Result<Digest, String> {
    let digest = Digest::parse(text).map_err(|error| error.to_string())?;
    if digest.to_string() == text { Ok(digest) } else { Err("a digest is `sha256:` and 64 lower-case digits".to_owned()) }
}

fn download(text: &str, http: bool) -> Result<String, String> {
    let url = url::Url::parse(short(text)?).map_err(|error| error.to_string())?;
    match url.scheme() {
        "http" | "https" if !http => Err("only charts of HTTP repositories have one".to_owned()),
        "http" | "https" if has_user(&url) => Err("it has credentials".to_owned()),
        "http" | "https" if url.fragment().is_some() => Err("it has a fragment".to_owned()),
        "http" | "https" => Ok(url.into()),
        "oci" if http && OciReference::parse(text).is_ok_and(|reference| reference.to_string() == text) => Ok(text.to_owned()),
        _ => Err("not an http or https URL".to_owned()),
    }
}

/// A remote file's address, in the form that helmfile has for it: go-getter's, which is not quite a URL.
fn address(text: &str) -> Result<String, String> {
    let text = plain(text)?;
    let bare = text.rsplit("::").next().unwrap_or_default();
    match url::Url::parse(bare) {
        Ok(url) if url.password().is_some() || (url.scheme().starts_with("http") && has_user(&url)) => {
            Err("it has credentials".to_owned())
        }
        _ => Ok(text),
    }
}

fn has_user(url: &url::Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn commit(text: String) -> Result<String, &'static str> {
    let hexadecimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if hexadecimal && matches!(text.len(), 40 | 64) {
        Ok(text)
    } else {
        Err("a commit has 40 or 64 lower-case hexadecimal digits")
    }
}

/// One line of text for people.
pub(super) fn plain(text: &str) -> Result<String, String> {
    if short(text)?.chars().any(char::is_control) { Err("it has control characters".to_owned()) } else { Ok(text.to_owned()) }
}

fn short(text: &str) -> Result<&str, String> {
    if text.len() > LONGEST { Err(format!("it is longer than {LONGEST} bytes")) } else { Ok(text) }
}

fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).take(80).collect()
}

fn yaml(error: &serde_yaml::Error) -> Error {
    let text = error.to_string();
    let message = text.rfind(" at line ").map_or(&*text, |end| &text[..end]);
    Error::at(
        error.location().map(|location| location.line()),
        Problem::Yaml(message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()),
    )
}

impl Problem {
    fn field(entry: &str, field: &'static str, error: &dyn std::fmt::Display) -> Self {
        Self::Field { entry: entry.to_owned(), field, reason: error.to_string() }
    }
}

/// The lines that pins begin on. The YAML reader does not tell, but in files that we wrote each begins with `- name:`.
struct EntryLines(Vec<usize>);

impl EntryLines {
    fn of(text: &str, entries: usize) -> Self {
        let begins = |line: &str| line.trim_start().starts_with("- name:");
        let lines: Vec<_> = text.lines().enumerate().filter(|(_, line)| begins(line)).map(|(index, _)| index + 1).collect();
        Self(if lines.len() == entries { lines } else { Vec::new() })
    }

    fn line(&self, index: usize) -> Option<usize> {
        self.0.get(index).copied()
    }
}
