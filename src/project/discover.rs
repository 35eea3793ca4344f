//! Which state files a project begins with: the one that is named, those of a folder, or what helmfile finds by itself.
//!
//! Nothing is read here but names.

use std::path::{Component, Path, PathBuf};

use super::{Error, ErrorKind, files};
use crate::surroundings::{Surroundings, clean};

/// The name that stands for standard input.
pub(super) const STANDARD_INPUT: &str = "-";

/// Where a project begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Root {
    /// Its state files, in the order of their paths.
    pub(super) files: Vec<PathBuf>,
    /// Where paths in the lock begin.
    pub(super) directory: PathBuf,
    /// The lock, unless the one state file says where it is.
    pub(super) lockfile: Option<PathBuf>,
}

/// The root of the project that `--file` names, or else of the one in the working directory.
pub(super) fn root(file: Option<&Path>, surroundings: &Surroundings) -> Result<Root, Error> {
    let found;
    let file = if let Some(file) = file {
        file
    } else {
        found = find(Path::new(""), surroundings)?;
        &found
    };
    if file == Path::new(STANDARD_INPUT) {
        let lockfile = Some(PathBuf::from("helmfile.lock"));
        return Ok(Root { files: vec![file.to_owned()], directory: PathBuf::new(), lockfile });
    }
    let is_folder = surroundings.is_directory(file);
    let file = clean(file);
    if is_folder { folder(&file, surroundings) } else { Ok(one(file)) }
}

fn one(file: PathBuf) -> Root {
    let directory = directory_of(&file);
    Root { files: vec![file], directory, lockfile: None }
}

/// The directory that a path stands in.
pub(super) fn directory_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

/// A folder with one state file is that file; the lock of several lies beside their folder.
fn folder(folder: &Path, surroundings: &Surroundings) -> Result<Root, Error> {
    let mut files = in_folder(folder, surroundings)?;
    if files.len() == 1 {
        return Ok(one(files.swap_remove(0)));
    }
    let named = matches!(folder.components().next_back(), Some(Component::Normal(_)));
    let name = folder.file_name().filter(|_| named).map(|name| name.to_string_lossy().into_owned());
    let (directory, lock) = match name {
        Some(name) => (directory_of(folder), format!("{name}.lock")),
        None => (folder.to_owned(), "helmfile.lock".to_owned()),
    };
    let lockfile = Some(directory.join(lock));
    Ok(Root { files, directory, lockfile })
}

/// The state files of a folder: every `.yaml` and `.yml` in it, and their templates, is one.
pub(super) fn in_folder(folder: &Path, surroundings: &Surroundings) -> Result<Vec<PathBuf>, Error> {
    let patterns = ["*.y*ml", "*.y*ml.gotmpl"];
    let mut files: Vec<_> = patterns.iter().flat_map(|pattern| files::glob(surroundings, &folder.join(pattern))).collect();
    files.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    if files.is_empty() {
        return Err(Error::new(ErrorKind::NoStateFile { searched: folder.to_owned() }, None));
    }
    Ok(files)
}

/// What helmfile would find in a working directory: a state file, or the folder `helmfile.d`.
pub(super) fn find(working_directory: &Path, surroundings: &Surroundings) -> Result<PathBuf, Error> {
    let in_it = |name: &str| working_directory.join(name);
    let (plain, template, several) = (in_it("helmfile.yaml"), in_it("helmfile.yaml.gotmpl"), in_it("helmfile.d"));
    let file = match (surroundings.is_file(&plain), surroundings.is_file(&template)) {
        (true, true) => return Err(Error::new(ErrorKind::TwoStateFiles { one: plain, other: template }, None)),
        (true, false) => Some(plain),
        (false, true) => Some(template),
        (false, false) => None,
    };
    match (file, surroundings.is_directory(&several)) {
        (Some(file), true) => Err(Error::new(ErrorKind::TwoStateFiles { one: file, other: several }, None)),
        (Some(file), false) => Ok(file),
        (None, true) => Ok(several),
        (None, false) => Err(Error::new(ErrorKind::NoStateFile { searched: in_it(".") }, None)),
    }
}

/// `path` as seen from `directory`; the path itself where that cannot be told without asking the disk. Both are clean.
pub(super) fn seen_from(directory: &Path, path: &Path) -> PathBuf {
    if directory.is_absolute() != path.is_absolute() {
        return path.to_owned();
    }
    let (mut above, mut below) = (directory.components().peekable(), path.components().peekable());
    while above.peek().is_some() && above.peek() == below.peek() {
        above.next();
        below.next();
    }
    let mut seen = PathBuf::new();
    for component in above {
        let Component::Normal(_) = component else { return path.to_owned() };
        seen.push("..");
    }
    seen.extend(below);
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::Memory;

    #[test]
    fn a_lock_lies_beside_what_it_locks() {
        let files = Memory::new().with("helmfile.d/b.yaml", "").with("helmfile.d/a.yml.gotmpl", "").with("app/helmfile.yaml", "");
        let surroundings = Surroundings::closed(files);
        let found = root(None, &surroundings).unwrap();
        assert_eq!(found.files, [Path::new("helmfile.d/a.yml.gotmpl"), Path::new("helmfile.d/b.yaml")]);
        assert_eq!((found.directory, found.lockfile), (PathBuf::new(), Some("helmfile.d.lock".into())));
        let found = root(Some(Path::new("./app/")), &surroundings).unwrap();
        assert_eq!(found, Root { files: vec!["app/helmfile.yaml".into()], directory: "app".into(), lockfile: None });
        let found = root(Some(Path::new("app/.")), &surroundings).unwrap();
        assert_eq!(found.files, [Path::new("app/helmfile.yaml")]);
        let found = root(Some(Path::new("-")), &surroundings).unwrap();
        assert_eq!(found.lockfile, Some("helmfile.lock".into()));
    }

    #[test]
    fn paths_are_seen_from_a_directory() {
        for (directory, path, expected) in [
            ("", "charts/a", "charts/a"),
            ("deploy", "deploy/sub/chart", "sub/chart"),
            ("deploy/sub", "deploy/chart", "../chart"),
            ("../x", "../y/c", "../y/c"),
            ("../x", "../x/c", "c"),
            ("/p", "/p/c", "c"),
            ("/p/q", "/c", "../../c"),
            ("p", "/c", "/c"),
        ] {
            assert_eq!(seen_from(Path::new(directory), Path::new(path)), Path::new(expected), "{directory} {path}");
        }
    }
}
