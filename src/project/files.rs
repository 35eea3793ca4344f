//! Finding the files that a project names: relative paths, globs, and what becomes of those that are not there.

use std::path::{Component, Path, PathBuf};

use super::{Error, ErrorKind, MissingFile, Place};
use crate::chart::path_pattern;
use crate::surroundings::{EntryKind, Surroundings, clean};

/// The files that an entry of a list of values names, in byte order; none if it is missing and that is allowed.
pub(super) fn find(
    surroundings: &Surroundings,
    directory: &Path,
    path: &str,
    handler: Option<&str>,
    place: &Place,
) -> Result<Vec<PathBuf>, Error> {
    let refuse = |kind| Error::new(kind, Some(place.clone()));
    let pattern = located(surroundings, directory, path, place)?;
    let found = glob(surroundings, &pattern);
    if !found.is_empty() {
        return Ok(found);
    }
    match missing_file(handler) {
        Some(MissingFile::Error) => {
            Err(refuse(ErrorKind::MissingFile { path: path.to_owned(), directory: directory.to_owned() }))
        }
        Some(_) => Ok(Vec::new()),
        None => Err(refuse(ErrorKind::WrongMissingFileHandler { name: handler.unwrap_or_default().to_owned() })),
    }
}

/// A path or a pattern of a list, or where a remote file is shown.
pub(super) fn located(surroundings: &Surroundings, directory: &Path, path: &str, place: &Place) -> Result<PathBuf, Error> {
    if is_remote(path) {
        let refused = |error| Error::new(ErrorKind::Remote { path: without_secrets(path), error }, Some(place.clone()));
        return (surroundings.remote)(path).map_err(refused);
    }
    Ok(clean(&directory.join(path)))
}

/// What `missingFileHandler` says.
pub(super) fn missing_file(handler: Option<&str>) -> Option<MissingFile> {
    match handler {
        None | Some("Error") => Some(MissingFile::Error),
        Some("Warn") => Some(MissingFile::Warn),
        Some("Info") => Some(MissingFile::Info),
        Some("Debug") => Some(MissingFile::Debug),
        Some(_) => None,
    }
}

/// Whether go-getter would fetch it: it has a scheme, or a getter before `::`.
pub(super) fn is_remote(path: &str) -> bool {
    if Path::new(path).is_absolute() {
        return false;
    }
    let rest = match path.split("::").collect::<Vec<_>>()[..] {
        [_, rest] => rest,
        _ => match path.split_once("://") {
            Some((scheme, rest)) if !rest.contains("://") => {
                return ["s3", "http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
            }
            _ => path,
        },
    };
    rest.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// A remote path without the user, password and query that it may hold.
pub(super) fn without_secrets(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    match path.split_once("://") {
        Some((scheme, rest)) => {
            let (host, below) = rest.split_once('/').unwrap_or((rest, ""));
            format!("{scheme}://{}/{below}", host.rsplit('@').next().unwrap_or_default())
        }
        None => path.to_owned(),
    }
}

/// Go's `filepath.Glob`, sorted: `*`, `?`, `[…]` and `\` within each part of the path. What cannot be read matches nothing.
pub(super) fn glob(surroundings: &Surroundings, pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    let mut components = pattern.components().peekable();
    while let Some(component) = components.next() {
        let part = match component {
            Component::Normal(part) => part.to_string_lossy(),
            other => {
                for path in &mut found {
                    path.push(other);
                }
                continue;
            }
        };
        if is_pattern(&part) {
            found = found.iter().flat_map(|directory| matches_in(surroundings, directory, part.as_bytes())).collect();
        } else {
            for path in &mut found {
                path.push(part.as_ref());
            }
            // Of what is there, the folders are there, too.
            let goes_on = matches!(components.peek(), Some(Component::Normal(next)) if !is_pattern(&next.to_string_lossy()));
            if !goes_on {
                found.retain(|path| matches!(surroundings.kind(path), Ok(Some(_))));
            }
        }
    }
    // Go sorts texts, where `a-b/c` comes before `a/c`.
    found.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    found
}

fn is_pattern(part: &str) -> bool {
    part.contains(['*', '?', '[', '\\'])
}

fn matches_in(surroundings: &Surroundings, directory: &Path, pattern: &[u8]) -> Vec<PathBuf> {
    if surroundings.kind(directory) != Ok(Some(EntryKind::Directory)) && !directory.as_os_str().is_empty() {
        return Vec::new();
    }
    let entries = surroundings.files.list(directory).unwrap_or_default();
    let fits = |name: &str| path_pattern::matches(pattern, name.as_bytes()).unwrap_or(false);
    entries.iter().filter(|entry| fits(&entry.name)).map(|entry| directory.join(&entry.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_scheme_or_a_getter_is_remote() {
        for path in ["https://h/x.yaml", "git::https://h/r.git@x.yaml", "s3://b/k", "git::ssh://git@h/r@x"] {
            assert!(is_remote(path), "{path}");
        }
        for path in ["x.yaml", "./x", "/abs/x", "ftp://h/x", "a b:c"] {
            assert!(!is_remote(path), "{path}");
        }
        assert_eq!(without_secrets("git::https://u:p@h/r.git@x.yaml?sshkey=1"), "git::https://h/r.git@x.yaml");
    }
}
