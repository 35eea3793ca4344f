//! A folder or a file of an archive at an address, in go-getter's form with helmfile's `@`:
//! `http::https://host/archive.tar.gz//folder@path?checksum=sha256:…`.
//!
//! The part before `::` is the getter, which also speaks https. `archive=` and `checksum=` are for whoever fetches and are not sent.

use std::path::{Component, Path, PathBuf};

use url::Url;

use super::{Error, FileUrl, LocalPath, MOUNTED, Remote, shown};

/// Endings of the archives that are read.
const ARCHIVES: [&str; 4] = ["tar.gz", "tgz", "tar", "zip"];
/// Below [`MOUNTED`], what archives have is apart from all else.
const ARCHIVE: &str = "archive";
/// Ends the address in a path.
const INSIDE: &str = "@";

/// A folder or a file of an archive at an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Packed {
    /// The archive. All that is read of it is one file to the lock.
    pub archive: FileUrl,
    /// What is meant in it; `.` for its root.
    pub path: LocalPath,
}

impl Packed {
    /// Whether a text is meant to be one.
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with("http::") || text.starts_with("https::")
    }

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wanted = |wanted| Error::Kind { text: shown(text), wanted };
        let form = || wanted("a path in an archive (`http::https://host/archive.tar.gz@path`)");
        let (_, bare) = text.split_once("::").ok_or_else(form)?;
        let mut url = Url::parse(bare).map_err(|_| form())?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(form());
        }
        let path = url.path().to_owned();
        let (address, inner) = path.split_once('@').filter(|(_, inner)| !inner.contains(['@', '%'])).ok_or_else(form)?;
        let (address, below) = address.split_once("//").unwrap_or((address, ""));
        let (mut kind, mut checksum) = (None, None);
        let mut sent = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in url.query_pairs() {
            match &*key {
                "archive" => kind = Some(value.into_owned()),
                "checksum" => checksum = Some(value.into_owned()),
                _ => _ = sent.append_pair(&key, &value),
            }
        }
        let sent = sent.finish();
        let is_archive = |name: &str| ARCHIVES.iter().any(|ending| name == *ending || name.ends_with(&format!(".{ending}")));
        if !is_archive(kind.as_deref().unwrap_or(address)) || address.contains('%') {
            return Err(wanted("an archive of the kind tar, tar.gz, tgz or zip"));
        }
        let checksum =
            checksum.map(|text| sha256(&text).ok_or_else(|| wanted("an archive whose checksum is sha256"))).transpose()?;
        let path = LocalPath::parse(&format!("./{below}/{inner}"))?;
        if path.as_str().starts_with("..") {
            return Err(form());
        }
        url.set_path(address);
        url.set_query(Some(sent.as_str()).filter(|sent| !sent.is_empty()));
        Ok(Self { archive: FileUrl::of(url).ok_or_else(form)?.with_checksum(checksum), path })
    }

    /// Where the archive's own folder is shown.
    pub fn root(&self) -> PathBuf {
        let shown = self.archive.to_string();
        let (address, query) = shown.split_once('?').unwrap_or((&shown, ""));
        let (scheme, rest) = address.split_once("://").unwrap_or_default();
        let mut path = Path::new(MOUNTED).join(ARCHIVE).join(scheme).join(rest);
        if !query.is_empty() {
            path.push(format!("?{}", query.replace('/', "%2F")));
        }
        path.join(INSIDE)
    }

    /// Where it is shown.
    pub fn mounted(&self) -> PathBuf {
        if self.path.as_str() == "." { self.root() } else { self.root().join(self.path.as_str()) }
    }

    /// What is shown at a path.
    pub fn of_mounted(path: &Path) -> Option<Self> {
        let below = path.strip_prefix(MOUNTED).ok()?.strip_prefix(ARCHIVE).ok()?;
        let mut parts = below.components().map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        });
        let mut address = format!("{}:/", parts.next()??);
        loop {
            let part = parts.next()??;
            match part.strip_prefix('?') {
                _ if part == INSIDE => break,
                Some(query) => address = format!("{address}?{}", query.replace("%2F", "/")),
                None => address = format!("{address}/{part}"),
            }
        }
        let rest = parts.collect::<Option<Vec<_>>>()?.join("/");
        Some(Self { archive: FileUrl::parse(&address)?, path: LocalPath::parse(&format!("./{rest}")).ok()? })
    }
}

impl Remote {
    /// What the lock knows it by, if that is an address.
    pub fn file(&self) -> Option<&FileUrl> {
        match self {
            Self::Folder { .. } => None,
            Self::File(file) => Some(file),
            Self::Packed(packed) => Some(&packed.archive),
        }
    }
}

/// The digits of a checksum, which may say its kind.
fn sha256(text: &str) -> Option<String> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    (digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helmfiles_forms_are_read_and_known_by_where_they_are_shown() {
        let sum = "0123456789abcdef".repeat(4);
        for (text, archive, path) in [
            ("http::https://h/a.tar.gz@x/y".to_owned(), "https://h/a.tar.gz", "x/y"),
            ("https::http://h:1/d/a.zip//top@x".to_owned(), "http://h:1/d/a.zip", "top/x"),
            ("http::https://h/a.tgz@".to_owned(), "https://h/a.tgz", "."),
            ("http::https://u:p@h/plain@x?archive=tgz&v=1&token=t".to_owned(), "https://h/plain?v=1", "x"),
            (format!("http::https://h/a.tar@x?checksum=sha256:{sum}"), "https://h/a.tar", "x"),
        ] {
            let packed = Packed::parse(&text).unwrap();
            assert_eq!((packed.archive.to_string().as_str(), packed.path.as_str()), (archive, path), "{text}");
            assert_eq!(packed.archive.checksum(), text.contains("checksum").then_some(sum.as_str()));
            let shown = Packed::of_mounted(&packed.mounted()).unwrap();
            assert_eq!((shown.archive.to_string(), shown.path), (archive.to_owned(), packed.path), "{text}");
            assert!(!packed.archive.url().as_str().contains("archive="), "{text}");
        }
        assert_eq!(Packed::of_mounted(Path::new("/remote:/https/h/f.yaml")), None);
    }

    #[test]
    fn what_is_no_archive_or_leads_out_of_one_is_refused() {
        for text in [
            "http::https://h/a.tar.gz",
            "http::https://h/a.yaml@x",
            "http::https://h/a.tar.gz@x?archive=false",
            "http::https://h/a.tar.xz@x",
            "http::https://h/a.tgz@../x",
            "http::https://h/a.tgz@x/../../y",
            "http::https://h/a.tgz@x@y",
            "http::https://h/a.tgz@x?checksum=md5:d41d8cd98f00b204e9800998ecf8427e",
            "http::https://h/a.tgz@x?checksum=file:https://h/sums",
            "http::file:///etc/a.tgz@x",
            "http::https://canary:canary@h/a.txt@x?token=canary",
        ] {
            let error = Packed::parse(text).expect_err(text).to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
