//! A folder with all charts of a lock, fit for git: what its files are called, and the list that says which is which.
//!
//! ```text
//! <folder>/
//! ├── SHA256SUMS            what is here; `sha256sum -c` reads it, too
//! ├── redis-20.6.2.tgz      an archive as it was published
//! ├── nginx-1.0.0/          or its files, where that was wanted
//! ├── app-1a2b3c4d5e6f.tar  a folder of a git repository, as the cache keeps it
//! └── base-1a2b3c4d5e6f.yaml  a remote file that the project reads
//! ```
//! Everything follows from the lock and the charts alone, so equal locks give equal bytes. The list is a hint like every place
//! that is not the lock: who reads an archive through it hashes what comes. Nothing here touches the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use crate::digest::Digest;
use crate::lockfile::{FilePin, GitPin, Lockfile, Pin};

/// The name of the list.
pub const LIST: &str = "SHA256SUMS";

/// Files that the folder needs besides, so that git keeps all of it and as it is.
pub const FOR_GIT: [(&str, &str); 2] = [(".gitattributes", "* -text\n"), (".gitignore", "!*\n")];

const HEAD: &str = "# Written by `helmlock vendor`; `sha256sum -c SHA256SUMS` checks it.\n";

/// A chart that a lock has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Of its archive, or of its packed folder.
    pub digest: Digest,
    /// What it is called in the folder, without an ending.
    pub stem: String,
    /// What is behind the name, if it is packed: `tgz`, for the folder of a git repository `tar`, for a file its own.
    ending: String,
    /// What it is called in messages.
    pub shown: String,
}

/// What a folder has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// By name.
    entries: BTreeMap<String, Entry>,
}

/// One chart in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Of its archive, or of its packed folder.
    pub digest: Digest,
    /// If it is unpacked: its files by their names in it, in the order of the archive.
    pub files: Option<Vec<(String, Digest)>>,
}

/// Why a text is no list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Error {
    /// The line, from one.
    pub line: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// The charts of a lock, each once, sorted by name.
pub fn wanted(lockfile: &Lockfile) -> Vec<Wanted> {
    let pins = lockfile.pins().map(|(_, pin)| of_pin(pin)).chain(lockfile.git().iter().map(of_git));
    let pins = pins.chain(lockfile.files().iter().map(of_file));
    let mut wanted: Vec<Wanted> = pins.collect::<BTreeMap<_, _>>().into_values().collect();
    let mut uses = BTreeMap::<String, usize>::new();
    for one in &wanted {
        *uses.entry(one.stem.to_lowercase()).or_default() += 1;
    }
    // Charts of one name and version from two sources, or names that some file systems take for the same.
    for one in wanted.iter_mut().filter(|one| uses[&one.stem.to_lowercase()] > 1) {
        let _infallible = write!(one.stem, "-{}", &one.digest.to_hex()[..12]);
    }
    wanted.sort_by(|left, right| left.stem.cmp(&right.stem));
    wanted
}

fn of_pin(pin: &Pin) -> (Digest, Wanted) {
    let (name, version, digest) = (pin.content.chart.name(), &pin.content.version, pin.content.digest);
    let stem = format!("{}-{version}", name.rsplit('/').next().unwrap_or(name));
    (digest, Wanted { digest, stem: plain(&stem), ending: "tgz".to_owned(), shown: format!("{name} {version}") })
}

fn of_git(pin: &GitPin) -> (Digest, Wanted) {
    let place = if pin.path.as_str() == "." { pin.repository.url() } else { pin.path.as_str() };
    let name = place.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let commit: String = pin.commit.chars().take(12).collect();
    let stem = plain(&format!("{}-{commit}", name.strip_suffix(".git").unwrap_or(name)));
    (pin.digest, Wanted { digest: pin.digest, stem, ending: "tar".to_owned(), shown: pin.wanted().to_string() })
}

fn of_file(pin: &FilePin) -> (Digest, Wanted) {
    let path = pin.url.split(['?', '#']).next().unwrap_or_default();
    let name = plain(path.rsplit('/').next().unwrap_or_default());
    let (name, ending) = name.rsplit_once('.').unwrap_or((&name, "txt"));
    let stem = format!("{name}-{}", &pin.digest.to_hex()[..12]);
    (pin.digest, Wanted { digest: pin.digest, stem, ending: ending.to_owned(), shown: pin.url.clone() })
}

/// A text that is a file's name everywhere.
fn plain(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '+');
    let text: String = text.chars().map(|character| if is_plain(character) { character } else { '-' }).collect();
    text.trim_start_matches('.').to_owned()
}

impl Wanted {
    /// The name of its file, if it is packed.
    pub fn file_name(&self) -> String {
        format!("{}.{}", self.stem, self.ending)
    }

    /// Whether it is a chart's archive, which can be unpacked.
    pub fn is_archive(&self) -> bool {
        self.ending == "tgz"
    }
}

impl Listing {
    /// Adds a chart under its name, as an archive or with its files.
    pub fn add(&mut self, name: String, entry: Entry) {
        self.entries.insert(name, entry);
    }

    /// The charts by their names: those of files for archives, those of folders for unpacked charts.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The chart whose archive has this digest.
    pub fn find(&self, digest: &Digest) -> Option<(&str, &Entry)> {
        self.entries().find(|(_, entry)| entry.digest == *digest)
    }

    /// The paths of all files, from the folder.
    pub fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for (name, entry) in &self.entries {
            match &entry.files {
                None => drop(paths.insert(name.clone())),
                Some(files) => paths.extend(files.iter().map(|(file, _)| format!("{name}/{file}"))),
            }
        }
        paths
    }

    /// What a lock wants and the folder lacks, and names in the folder that the lock does not want.
    pub fn compare<'a>(&self, wanted: &'a [Wanted]) -> (Vec<&'a Wanted>, Vec<&str>) {
        let missing = wanted.iter().filter(|wanted| self.find(&wanted.digest).is_none()).collect();
        let digests: BTreeSet<_> = wanted.iter().map(|wanted| wanted.digest).collect();
        let superfluous = self.entries().filter(|(_, entry)| !digests.contains(&entry.digest)).map(|(name, _)| name);
        (missing, superfluous.collect())
    }

    /// Reads the text of a list.
    ///
    /// # Errors
    /// A line that is none of ours.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut listing = Self::default();
        let mut unpacked: Option<(String, Entry)> = None;
        for (index, line) in text.lines().enumerate() {
            let wrong = |reason| Error { line: index + 1, reason };
            let (folder, line) = line.strip_prefix("# ").map_or((false, line), |rest| (true, rest));
            let parsed = line.split_once("  ").and_then(|(digest, path)| Some((Digest::parse(digest).ok()?, path)));
            match (folder, parsed) {
                (true, Some((digest, path))) => {
                    let name = path.strip_suffix('/').filter(|name| is_inside(name) && !name.contains('/'));
                    let name = name.ok_or_else(|| wrong("it names no folder beside it"))?;
                    listing.entries.extend(unpacked.replace((name.to_owned(), Entry { digest, files: Some(Vec::new()) })));
                }
                (true, None) => {}
                (false, None) => return Err(wrong("it is not a digest and a path")),
                (false, Some((_, path))) if !is_inside(path) => return Err(wrong("its path leads elsewhere")),
                (false, Some((digest, path))) => match (path.split_once('/'), &mut unpacked) {
                    (None, _) => listing.add(path.to_owned(), Entry { digest, files: None }),
                    (Some((folder, file)), Some((name, Entry { files: Some(files), .. }))) if folder == name => {
                        files.push((file.to_owned(), digest));
                    }
                    _ => return Err(wrong("it belongs to no chart")),
                },
            }
        }
        listing.entries.extend(unpacked);
        Ok(listing)
    }
}

/// Whether a path names something below where it begins, on every system.
pub fn is_inside(path: &str) -> bool {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.ends_with(['.', ' ']);
    path.split('/').all(is_part) && !path.contains(|character: char| character.is_control() || matches!(character, '\\' | ':'))
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for (name, entry) in &self.entries {
            match &entry.files {
                None => writeln!(f, "{}  {name}", entry.digest.to_hex())?,
                Some(files) => {
                    writeln!(f, "# {}  {name}/", entry.digest.to_hex())?;
                    files.iter().try_for_each(|(file, digest)| writeln!(f, "{}  {name}/{file}", digest.to_hex()))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_what_it_prints() {
        let digest = |text: &str| Digest::of(text.as_bytes());
        let mut listing = Listing::default();
        listing.add("redis-1.0.0.tgz".to_owned(), Entry { digest: digest("redis"), files: None });
        let files = vec![("templates/b.yaml".to_owned(), digest("b")), ("Chart.yaml".to_owned(), digest("c"))];
        listing.add("nginx-1.0.0".to_owned(), Entry { digest: digest("nginx"), files: Some(files) });
        let text = listing.to_string();
        assert_eq!(Listing::parse(&text), Ok(listing.clone()));
        assert_eq!(listing.find(&digest("redis")).unwrap().0, "redis-1.0.0.tgz");
        let paths: Vec<_> = listing.paths().into_iter().collect();
        assert_eq!(paths, ["nginx-1.0.0/Chart.yaml", "nginx-1.0.0/templates/b.yaml", "redis-1.0.0.tgz"]);
    }

    #[test]
    fn no_line_leads_elsewhere() {
        let hex = Digest::of(b"").to_hex();
        for path in ["../x", "/etc/passwd", "a/../../x", "a\\..\\x", "c:x", "", ".", "a//b", "x."] {
            assert!(Listing::parse(&format!("{hex}  {path}\n")).is_err(), "{path}");
            assert!(Listing::parse(&format!("# {hex}  {path}/\n{hex}  {path}/x\n")).is_err(), "{path}");
        }
        assert_eq!(Listing::parse(&format!("{hex}  other/Chart.yaml\n")).unwrap_err().reason, "it belongs to no chart");
        assert_eq!(Listing::parse("<<<<<<< HEAD\n").unwrap_err().to_string(), "line 1: it is not a digest and a path");
    }

    #[test]
    fn names_are_told_apart_by_their_digests_where_they_must_be() {
        let pin = |repository: &str, name: &str, bytes: &str| {
            let digest = Digest::of(bytes.as_bytes());
            format!(
                "- name: {name}\n  repository: {repository}\n  version: 1.0.0\n  digest: {digest}\n  url: {repository}/x.tgz\n  wants: [\"1\"]\n"
            )
        };
        let pins = pin("https://a.example.com", "redis", "one") + &pin("https://b.example.com", "redis", "two");
        let pins = pins + &pin("https://c.example.com", "redis", "two") + &pin("https://a.example.com", "nginx", "three");
        let text = format!("version: 1\nrender:\n  helm: \"4.3\"\n  kubeVersion: 1.37.0\ndependencies:\n{pins}");
        let names: Vec<_> = wanted(&crate::lockfile::parse(text.as_bytes()).unwrap()).iter().map(Wanted::file_name).collect();
        let suffix = |text: &str| Digest::of(text.as_bytes()).to_hex()[..12].to_owned();
        let mut expected = ["one", "two"].map(|text| format!("redis-1.0.0-{}.tgz", suffix(text)));
        expected.sort();
        assert_eq!(names, ["nginx-1.0.0.tgz".to_owned(), expected[0].clone(), expected[1].clone()]);
    }
}
