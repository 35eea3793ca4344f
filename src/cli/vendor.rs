//! `vendor`: a folder with all charts of the lock, for git, and how other commands read it. What the folder looks like is the
//! room `vendor`'s; `helmlock.toml` says that there is one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::args::Format;
use super::error::Error;
use super::terminal::count;
use super::{Live, files, load, network, read_lock};
use crate::chart::{self, File, Rules};
use crate::digest::Digest;
use crate::lockfile::{Content, Lockfile};
use crate::vendor::{self, Entry, Listing, Wanted};
use crate::{cache, fetch};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  helmlock vendor                       into the folder that helmlock.toml names, else into vendor/
  helmlock vendor --unpacked charts     as files that a review can read

Commands read the folder that `vendor = \"DIR\"` in helmlock.toml names.")]
pub(super) struct Vendor {
    /// The folder [default: what helmlock.toml names, else `vendor`]
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
    /// The files of each chart instead of its archive
    #[arg(long)]
    pub(super) unpacked: bool,
}

/// Where the folder is if nobody says it.
const DEFAULT: &str = "vendor";

/// Runs the command.
pub(super) fn run(options: &Vendor, live: &Live) -> Result<(), Error> {
    let environments = load::all(live)?;
    let path = &environments.wanted().lockfile;
    let lockfile = read_lock(path)?;
    if lockfile.is_empty() {
        return Err(Error::NoLock { path: path.clone() });
    }
    let configured = configured(live)?;
    let folder = options.folder.clone().or_else(|| configured.clone()).unwrap_or_else(|| DEFAULT.into());
    let old = own(&folder, live)?;
    let network = network::open(&environments.projects, live)?;
    let wanted = vendor::wanted(&lockfile);
    let busy = live.terminal.busy("Fetching", count(wanted.len(), "chart"));
    fetch::fetch(&lockfile, &live.cache, &network)?;
    fetch::fetch_git(lockfile.git(), &live.cache, &network)?;
    fetch::fetch_files(lockfile.files(), &live.cache, &network)?;
    drop(busy);

    let mut listing = Listing::default();
    for one in &wanted {
        let written = write_chart(one, &folder, options.unpacked, live)?;
        listing.add(written.0, written.1);
    }
    let extra = vendor::FOR_GIT.map(|(name, text)| (name.into(), text.as_bytes().to_vec()));
    files::write(&folder, &extra)?;
    let kept = listing.paths();
    files::remove(&folder, old.paths().difference(&kept).map(String::as_str))?;
    // Last: what the list does not name is not there for anybody.
    files::write(&folder, &[(vendor::LIST.into(), listing.to_string().into_bytes())])?;
    tell(&wanted, &folder, configured.as_deref(), live)
}

/// The list of a folder that is ours, or that can become ours.
fn own(folder: &Path, live: &Live) -> Result<Listing, Error> {
    let list = folder.join(vendor::LIST);
    let is_taken = || live.surroundings.files.list(folder).is_ok_and(|entries| !entries.is_empty());
    if !live.surroundings.is_file(&list) && is_taken() {
        let folder = folder.display();
        return Err(Error::Refused(format!(
            "`{folder}` has files and no {}, so `vendor` did not write it: name another folder",
            vendor::LIST
        )));
    }
    read_list(&list, live)
}

/// Writes one chart and says under which name it stands there.
fn write_chart(wanted: &Wanted, folder: &Path, unpacked: bool, live: &Live) -> Result<(String, Entry), Error> {
    let blob = live.cache.get(&wanted.digest)?;
    let blob = blob.ok_or_else(|| Error::NotInCache(vec![format!("{} ({})", wanted.shown, wanted.digest)]))?;
    if !wanted.is_archive() || !unpacked {
        files::write(folder, &[(wanted.file_name().into(), blob.bytes().to_vec())])?;
        return Ok((wanted.file_name(), Entry { digest: wanted.digest, files: None }));
    }
    let failed = |source| Error::Chart { name: wanted.shown.clone(), source };
    let (mut written, mut listed, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for File { name, contents } in chart::unpack_whole(blob.bytes(), &Rules::default()).map_err(failed)? {
        let name = name.to_lossy().into_owned();
        if !vendor::is_inside(&name) || !seen.insert(name.to_lowercase()) {
            let name = name.escape_debug();
            return Err(Error::Refused(format!(
                "{}: some systems cannot have its file `{name}`, or take it for another: vendor it packed",
                wanted.shown
            )));
        }
        listed.push((name.clone(), Digest::of(&contents)));
        written.push((format!("{}/{name}", wanted.stem).into(), contents.to_vec()));
    }
    files::write(folder, &written)?;
    Ok((wanted.stem.clone(), Entry { digest: wanted.digest, files: Some(listed) }))
}

fn tell(wanted: &[Wanted], folder: &Path, configured: Option<&Path>, live: &Live) -> Result<(), Error> {
    let is_used = configured.is_some_and(|configured| configured == folder);
    match live.terminal.format() {
        Format::Json => {
            let charts: Vec<_> = wanted.iter().map(|one| json!({"chart": one.shown, "digest": one.digest.to_string()})).collect();
            live.terminal.write_json(&json!({"folder": folder.display().to_string(), "used": is_used, "charts": charts}))?;
        }
        Format::Text => {
            live.terminal.done("Vendored", &format!("{} into {}", count(wanted.len(), "chart"), folder.display()));
            if !is_used {
                live.terminal.hint("put this line at the top of helmlock.toml, and commands read the folder:");
                live.terminal.write(format!("vendor = {}\n", toml::Value::from(folder.display().to_string())).as_bytes())?;
            }
        }
    }
    Ok(())
}

/// The folder that helmlock.toml names, from where we are.
fn configured(live: &Live) -> Result<Option<PathBuf>, Error> {
    Ok(load::settings(live)?.vendor.map(|folder| load::project_folder(live).join(folder)))
}

fn read_list(path: &Path, live: &Live) -> Result<Listing, Error> {
    if !live.surroundings.is_file(path) {
        return Ok(Listing::default());
    }
    let refused = |reason: String| Error::Refused(format!("{}: {reason}; `helmlock vendor` writes it anew", path.display()));
    let bytes = live.surroundings.read(path).map_err(|error| Error::Refused(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8".to_owned()))?;
    Listing::parse(&text).map_err(|error| refused(error.to_string()))
}

/// The vendored charts of a project, to be read.
pub(super) struct Vendored {
    folder: PathBuf,
    listing: Listing,
}

impl Vendored {
    /// Those that helmlock.toml speaks of, if it does.
    pub(super) fn open(live: &Live) -> Result<Option<Self>, Error> {
        let Some(folder) = configured(live)? else { return Ok(None) };
        let listing = read_list(&folder.join(vendor::LIST), live)?;
        Ok(Some(Self { folder, listing }))
    }

    /// The archives by their digests.
    fn archives(&self) -> BTreeMap<Digest, PathBuf> {
        let packed = self.listing.entries().filter(|(_, entry)| entry.files.is_none());
        packed.map(|(name, entry)| (entry.digest, self.folder.join(name))).collect()
    }

    /// Whether the files of a chart are listed.
    pub(super) fn has_unpacked(&self, digest: &Digest) -> bool {
        self.listing.find(digest).is_some_and(|(_, entry)| entry.files.is_some())
    }

    /// An archive of the files of an unpacked chart, each of which is as it is listed, and all of which are as the lock says. Its own
    /// digest is another than the chart's.
    pub(super) fn repacked(&self, content: &Content, live: &Live) -> Result<Option<Vec<u8>>, Error> {
        let Some((name, Entry { files: Some(files), .. })) = self.listing.find(&content.digest) else { return Ok(None) };
        self.hold(name, files, content)?;
        let mut read = Vec::new();
        for (file, digest) in files {
            let contents = self.read(&format!("{name}/{file}"), digest, live)?;
            read.push(File { name: file.as_str().into(), contents: contents.into() });
        }
        chart::pack(&read).map(Some).map_err(|source| Error::Chart { name: name.to_owned(), source })
    }

    /// Holds what is listed of an unpacked chart against the lock.
    fn hold(&self, name: &str, files: &[(String, Digest)], content: &Content) -> Result<(), Error> {
        let actual = chart::files_digest(files.iter().map(|(file, digest)| (file.as_bytes(), *digest)));
        match content.files_digest {
            Some(expected) if expected != actual => {
                Err(Error::Cache(cache::Error::Foreign { path: self.folder.join(name), expected, actual }))
            }
            _ => Ok(()),
        }
    }

    fn read(&self, name: &str, expected: &Digest, live: &Live) -> Result<Vec<u8>, Error> {
        let path = self.folder.join(name);
        let bytes = live.surroundings.read(&path).map_err(|error| Error::Refused(error.to_string()))?;
        let actual = Digest::of(&bytes);
        if actual == *expected {
            return Ok(bytes);
        }
        Err(Error::Cache(cache::Error::Foreign { path, expected: *expected, actual }))
    }

    /// Whether the folder is what the lock wants, to the last byte.
    ///
    /// # Errors
    /// It lacks something, has too much, or a file has other bytes than it is listed with.
    pub(super) fn check(&self, lockfile: &Lockfile, live: &Live) -> Result<(), Error> {
        let wanted = vendor::wanted(lockfile);
        let (missing, superfluous) = self.listing.compare(&wanted);
        let mut notes: Vec<_> = missing.iter().map(|wanted| format!("missing: {} ({})", wanted.shown, wanted.digest)).collect();
        notes.extend(superfluous.iter().map(|name| format!("not locked: {name}")));
        for (_, pin) in lockfile.pins() {
            if let Some((name, Entry { files: Some(files), .. })) = self.listing.find(&pin.content.digest) {
                self.hold(name, files, &pin.content)?;
            }
        }
        for (name, entry) in self.listing.entries() {
            let whole = [(name.to_owned(), entry.digest)];
            let parts = entry.files.iter().flatten().map(|(file, digest)| (format!("{name}/{file}"), *digest));
            let files: Vec<_> = if entry.files.is_some() { parts.collect() } else { whole.into() };
            for (file, digest) in files {
                if live.surroundings.is_file(&self.folder.join(&file)) {
                    self.read(&file, &digest, live)?;
                } else {
                    notes.push(format!("missing: {file}"));
                }
            }
        }
        if notes.is_empty() { Ok(()) } else { Err(Error::StaleVendor { folder: self.folder.clone(), notes }) }
    }
}

/// Lets the cache read what is vendored.
pub(super) fn introduce(live: &Live) -> Result<(), Error> {
    if let Some(vendored) = Vendored::open(live)? {
        live.cache.read_beside(vendored.archives());
    }
    Ok(())
}
