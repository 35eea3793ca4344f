//! Reads charts: the only place of this room that touches the disk.

#![expect(clippy::disallowed_methods, reason = "local charts are on disk")]

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzEncoder;

use super::archive::{self, Budget};
use super::ignore::Ignore;
use super::unpacked::{Rest, Unpacked};
use super::{Chart, Dependency, Error, File, Links, Rules, assemble};
use crate::yaml::Text;

/// The chart in the bytes of a `.tgz`.
pub fn load_archive(bytes: &[u8], rules: &Rules) -> Result<Chart, Error> {
    let mut budget = Budget::new(&rules.limits);
    let files = archive::files(bytes, &mut budget)?;
    load(files, rules, &mut budget)
}

/// What whoever renders a chart at once wants of its reading.
#[derive(Clone, Copy)]
pub struct Haste<'a> {
    /// Whether large files that few look at, such as definitions of custom resources, need be read only when somebody does.
    pub may_wait: bool,
    /// Sees each file while the next ones are being unpacked. What is wrong with the archive may be known only later.
    pub watch: &'a dyn Fn(&File),
}

/// The chart in the bytes of a `.tgz`, for whoever renders it at once.
///
/// # Errors
/// As of [`load_archive`].
pub fn load_archive_in_haste(archive: &Arc<Vec<u8>>, rules: &Rules, haste: Haste<'_>) -> Result<Chart, Error> {
    let mut budget = Budget::new(&rules.limits);
    let files = archive::files_in_haste(archive, &mut budget, haste)?;
    load(files, rules, &mut budget)
}

/// The chart that an archive has, from what is kept of it unpacked; none if that is not what was promised.
///
/// `rest` has the files that are kept apart.
pub fn load_unpacked(unpacked: &Unpacked, rules: &Rules, haste: Haste<'_>, rest: &Rest) -> Option<Result<Chart, Error>> {
    let mut budget = Budget::new(&rules.limits);
    let files = unpacked.files(&mut budget, haste, rest)?;
    Some(files.and_then(|files| load(files, rules, &mut budget)))
}

/// The chart in a folder, less what its `.helmignore` names.
pub fn load_folder(path: &Path, rules: &Rules) -> Result<Chart, Error> {
    let mut budget = Budget::new(&rules.limits);
    let files = folder(path, rules, &mut budget)?;
    load(files, rules, &mut budget)
}

/// The archives below charts/ of a chart's folder that the chart uses as they lie there: not those in place of which a repository or
/// another folder is asked.
pub fn subchart_archives(path: &Path, rules: &Rules) -> Result<Vec<File>, Error> {
    if !path.join("charts").is_dir() {
        return Ok(Vec::new());
    }
    let mut files = folder(path, rules, &mut Budget::new(&rules.limits))?;
    let text = |name: &[u8]| files.iter().find(|file| *file.name == *name).map(|file| &*file.contents);
    let metadata = assemble::read_metadata(text(b"Chart.yaml").ok_or(Error::NoChartYaml)?, text(b"requirements.yaml"))?;
    files.retain(|file| {
        let parts: Vec<_> = file.name.split(|&byte| byte == b'/').collect();
        let is_archive =
            matches!(parts[..], [b"charts", .., name] if name.ends_with(b".tgz") && parts[parts.len() - 2] == b"charts");
        is_archive && !(parts.len() == 2 && is_replaced(&file.contents, metadata.declared(), rules))
    });
    Ok(files)
}

/// Whether a repository or another folder is asked for the chart that an archive has.
fn is_replaced(archive: &[u8], wishes: &[Dependency], rules: &Rules) -> bool {
    let mut asked = wishes.iter().filter(|wish| !wish.repository.is_empty()).peekable();
    if asked.peek().is_none() {
        return false;
    }
    let files = archive::files(archive, &mut Budget::new(&rules.limits)).unwrap_or_default();
    let chart_yaml = files.iter().find(|file| *file.name == *b"Chart.yaml");
    let metadata = chart_yaml.and_then(|file| assemble::read_metadata(&file.contents, None).ok());
    metadata.is_some_and(|metadata| asked.any(|wish| wish.name == metadata.name))
}

/// The chart in a folder that was packed into a tar stream, less what its `.helmignore` names.
pub fn load_tree(tar: &[u8], rules: &Rules) -> Result<Chart, Error> {
    let mut budget = Budget::new(&rules.limits);
    let files = tree(tar, &mut budget)?;
    load(files, rules, &mut budget)
}

/// The files of a packed folder, less what its `.helmignore` names.
pub(super) fn tree(tar: &[u8], budget: &mut Budget) -> Result<Vec<File>, Error> {
    let mut archive = Vec::new();
    GzEncoder::new(tar, Compression::none()).read_to_end(&mut archive)?;
    without_ignored(archive::files(&archive, budget)?)
}

/// Files of a chart's folder, less what its `.helmignore` names.
pub(super) fn without_ignored(mut files: Vec<File>) -> Result<Vec<File>, Error> {
    let text = files.iter().find(|file| *file.name == *b".helmignore").map(|file| file.contents.to_vec()).unwrap_or_default();
    let ignore = Ignore::parse(&text).map_err(|reason| Error::Ignore { reason })?;
    files.retain(|file| !ignore.ignores_path(&file.name));
    Ok(files)
}

/// The files of a chart's folder, less what its `.helmignore` names, named from there.
pub(super) fn folder(path: &Path, rules: &Rules, budget: &mut Budget) -> Result<Vec<File>, Error> {
    // Helm looks at Chart.yaml before it walks the folder, so that a missing one is the first thing to be said.
    drop(fs_err::File::open(path.join("Chart.yaml"))?);
    let ignore_file = path.join(".helmignore");
    let ignore_text = if ignore_file.exists() { fs_err::read(ignore_file)? } else { Vec::new() };
    let ignore = Ignore::parse(&ignore_text).map_err(|reason| Error::Ignore { reason })?;
    let root = fs_err::canonicalize(path)?;
    let mut walk = Walk { root: &root, ignore, rules, budget, files: Vec::new() };
    walk.folder(&root, b"")?;
    Ok(walk.files)
}

/// All files of a folder, in the order of a walk through it.
pub(super) fn all_files(path: &Path, rules: &Rules, budget: &mut Budget) -> Result<Vec<File>, Error> {
    let root = fs_err::canonicalize(path)?;
    let mut walk = Walk { root: &root, ignore: Ignore::nothing(), rules, budget, files: Vec::new() };
    walk.folder(&root, b"")?;
    Ok(walk.files)
}

pub(super) fn load(files: Vec<File>, rules: &Rules, budget: &mut Budget) -> Result<Chart, Error> {
    let chart_yaml = files.iter().rfind(|file| *file.name == *b"Chart.yaml").map(|file| file.contents.clone());
    let unknown = |api_version: &Text| !(rules.any_api_version || matches!(&**api_version, b"v1" | b"v2"));
    let chart = assemble::chart(files, rules, budget, 0).map_err(|error| {
        // Helm 4 looks at the version before all else, and reads what has version 3.
        let api_version = chart_yaml.and_then(|text| assemble::api_version(&text));
        match api_version.filter(|version| unknown(version) && !version.is_empty() && version != "v3") {
            Some(api_version) => Error::ApiVersion { api_version },
            None => error,
        }
    })?;
    if unknown(&chart.metadata.api_version) {
        return Err(Error::ApiVersion { api_version: chart.metadata.api_version });
    }
    Ok(chart)
}

/// A walk through a folder, depth first, each folder's entries in the byte order of their names.
struct Walk<'a> {
    root: &'a Path,
    ignore: Ignore,
    rules: &'a Rules,
    budget: &'a mut Budget,
    files: Vec<File>,
}

impl Walk<'_> {
    /// `name` is the folder's path from the chart's root. A link that leads into a loop ends at the limit of path lengths.
    fn folder(&mut self, path: &Path, name: &[u8]) -> Result<(), Error> {
        let entries = fs_err::read_dir(path)?.map(|entry| Ok(entry?.file_name()));
        let mut entries = entries.collect::<Result<Vec<_>, std::io::Error>>()?;
        entries.sort_unstable_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
        for entry in entries {
            self.budget.count_entry()?;
            let base = entry.as_encoded_bytes();
            let name = if name.is_empty() { base.to_owned() } else { [name, base].join(&b'/') };
            if !self.budget.permits_path(&name) {
                return Err(Error::Limit { what: "bytes or folders in a path", limit: self.rules.limits.path_bytes as u64 });
            }
            self.entry(&path.join(&entry), &name)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: &[u8]) -> Result<(), Error> {
        let kind = fs_err::symlink_metadata(path)?.file_type();
        let target = if kind.is_symlink() { Some(fs_err::canonicalize(path)?) } else { None };
        let kind = if kind.is_symlink() { fs_err::metadata(path)?.file_type() } else { kind };
        if self.ignore.ignores(name, kind.is_dir()) {
            return Ok(());
        }
        match target {
            Some(target) if self.rules.links == Links::Inside && !target.starts_with(self.root) => {
                return Err(Error::LinkOutside { path: path.to_owned(), target });
            }
            _ => {}
        }
        if kind.is_dir() {
            return self.folder(path, name);
        }
        if !kind.is_file() {
            return Err(Error::Irregular { path: path.to_owned() });
        }
        let contents = self.budget.read(fs_err::File::open(path)?)?;
        self.files.push(File { name: Text::from(name), contents });
        Ok(())
    }
}
