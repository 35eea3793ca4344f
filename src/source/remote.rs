//! A remote file in the form that helmfile has for it: one in a git repository (`git::https://host/repo.git@dir/file.yaml?ref=v1`),
//! one at an address (`https://host/file.yaml`), or one in an archive at an address, whose form is `packed`'s.
//!
//! It is shown to the rest of the program as a file below [`MOUNTED`], which no disk has.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use url::Url;

use super::{Error, GitReference, GitRepository, LocalPath, Packed, shown};

/// Below this path the files of remote places are shown.
pub const MOUNTED: &str = "/remote:";

/// What an address's query may not have in the lock: helmfile's own list.
const SECRET: [&str; 5] = ["token", "password", "secret", "key", "signature"];

/// A remote file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remote {
    /// One of a folder of a git repository, or several by a pattern.
    Folder {
        /// The folder.
        folder: GitReference,
        /// The file's name in it.
        name: String,
    },
    /// One at an address.
    File(FileUrl),
    /// One of an archive at an address.
    Packed(Packed),
}

/// The address of a file. Its `Display` and `Debug` have no credentials.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileUrl {
    url: Url,
    checksum: Option<String>,
}

impl Remote {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if GitReference::is_meant_by(text) {
            let GitReference { repository, path, reference } = GitReference::parse(text)?;
            let (folder, name) = path.as_str().rsplit_once('/').unwrap_or((".", path.as_str()));
            let folder = GitReference { repository, path: LocalPath::parse(folder)?, reference };
            return Ok(Self::Folder { folder, name: name.to_owned() });
        }
        if Packed::is_meant_by(text) {
            return Packed::parse(text).map(Self::Packed);
        }
        let wanted = "a file of git (`git::…`), at an `https://` address or in an archive there (`http::https://…`)";
        let file = Url::parse(text).ok().and_then(FileUrl::of);
        file.map(Self::File).ok_or_else(|| Error::Kind { text: shown(text), wanted })
    }

    /// Where it is shown.
    pub fn mounted(&self) -> PathBuf {
        match self {
            Self::Folder { folder, name } => folder.mounted().join(name),
            Self::File(file) => file.mounted(),
            Self::Packed(packed) => packed.mounted(),
        }
    }
}

impl FileUrl {
    /// The address of a file, if it is one: by http, with a name and without patterns.
    pub(super) fn of(url: Url) -> Option<Self> {
        let has_name = url.path_segments().and_then(|mut parts| parts.next_back()).is_some_and(|name| !name.is_empty());
        let is_one = matches!(url.scheme(), "http" | "https") && url.has_host() && has_name && !url.path().contains(['*', '%']);
        is_one.then_some(Self { url, checksum: None })
    }

    /// The same, of which the sha256 is known.
    pub(super) fn with_checksum(self, checksum: Option<String>) -> Self {
        Self { checksum, ..self }
    }

    /// The hexadecimal digits of the sha256 that it must have, if whoever names it says.
    pub fn checksum(&self) -> Option<&str> {
        self.checksum.as_deref()
    }

    /// Reads an address that a lock has.
    pub fn parse(text: &str) -> Option<Self> {
        match Remote::parse(text) {
            Ok(Remote::File(file)) => Some(file),
            _ => None,
        }
    }

    /// The whole address, with all its secrets.
    pub fn url(&self) -> &Url {
        &self.url
    }

    fn mounted(&self) -> PathBuf {
        let shown = self.to_string();
        let (address, query) = shown.split_once('?').unwrap_or((&shown, ""));
        let (scheme, rest) = address.split_once("://").unwrap_or_default();
        let (folder, name) = rest.rsplit_once('/').unwrap_or_default();
        let mut path = Path::new(MOUNTED).join(scheme).join(folder);
        if !query.is_empty() {
            path.push(format!("?{}", query.replace('/', "%2F")));
        }
        path.join(name)
    }
}

impl fmt::Display for FileUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.url[url::Position::BeforeHost..url::Position::AfterPath];
        write!(f, "{}://{host}", self.url.scheme())?;
        let is_shown = |key: &str| key != "cache" && !SECRET.iter().any(|word| key.to_ascii_lowercase().contains(word));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.url.query_pairs().filter(|(key, _)| is_shown(key)));
        let query = query.finish();
        if query.is_empty() { Ok(()) } else { write!(f, "?{query}") }
    }
}

impl fmt::Debug for FileUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl GitReference {
    /// Where its files are shown: `…/host/repository/@reference/path`.
    pub fn mounted(&self) -> PathBuf {
        let (scheme, rest) = self.repository.url().split_once("://").unwrap_or_default();
        let reference = self.reference.replace('%', "%25").replace('/', "%2F");
        let root = Path::new(MOUNTED).join(scheme).join(rest.trim_start_matches('/')).join(format!("@{reference}"));
        if self.path.as_str() == "." { root } else { root.join(self.path.as_str()) }
    }

    /// The folder of git that is shown at a path.
    pub fn of_mounted(path: &Path) -> Option<Self> {
        let below = path.strip_prefix(MOUNTED).ok()?;
        let mut parts = below.components().map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        });
        let scheme = parts.next()??;
        let mut url = format!("{scheme}:/{}", if scheme == "file" { "/" } else { "" });
        let reference = loop {
            let part = parts.next()??;
            match part.strip_prefix('@') {
                Some(reference) => break reference.replace("%2F", "/").replace("%25", "%"),
                None => url = format!("{url}/{part}"),
            }
        };
        let rest = parts.collect::<Option<Vec<_>>>()?.join("/");
        let path = LocalPath::parse(&format!("./{rest}")).ok()?;
        Some(Self { repository: GitRepository::parse(&url).ok()?, path, reference })
    }
}

/// Whether a path is that of a remote file.
pub fn is_mounted(path: &Path) -> bool {
    path.starts_with(MOUNTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helmfiles_forms_are_read_and_shown_below_one_path() {
        for (text, expected) in [
            ("git::https://h/o/r.git@a/b/f.yaml?ref=v1", "/remote:/https/h/o/r.git/@v1/a/b/f.yaml"),
            ("git::ssh://git@h/r.git@f.yaml?ref=x/y", "/remote:/ssh/git@h/r.git/@x%2Fy/f.yaml"),
            ("git::file:///srv/r@a/*.yaml", "/remote:/file/srv/r/@HEAD/a/*.yaml"),
            ("https://h:1/a/f.yaml.gotmpl", "/remote:/https/h:1/a/f.yaml.gotmpl"),
            ("https://u:p@h/f.yaml?token=t&v=1", "/remote:/https/h/?v=1/f.yaml"),
        ] {
            assert_eq!(Remote::parse(text).unwrap().mounted(), Path::new(expected), "{text}");
        }
        for text in ["https://h/", "s3://b/k", "git::https://h/r.git", "https://h/*.yaml", "x.yaml"] {
            Remote::parse(text).expect_err(text);
        }
    }

    #[test]
    fn a_folder_of_git_is_known_by_where_it_is_shown() {
        for text in ["git::https://h/o/r.git@a/b?ref=x/y", "git::file:///srv/r@.?ref=HEAD", "git::ssh://git@h/r.git@a?ref=50%25"]
        {
            let folder = GitReference::parse(text).unwrap();
            assert_eq!(GitReference::of_mounted(&folder.mounted()), Some(folder), "{text}");
        }
        assert_eq!(GitReference::of_mounted(Path::new("/remote:/https/h/f.yaml")), None);
    }
}
