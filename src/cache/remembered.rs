//! What a URL gave when it was last asked, so that an unchanged body is not sent again.
//!
//! A record names a blob and the validators of HTTP. It is a hint: a torn or foreign one counts as none, and the blob is
//! verified as every blob is. Neither the URL nor anything of it appears in a file name or a record.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::disk::{self, Durability};
use super::{Blob, Cache, Error};
use crate::digest::Digest;

/// What a server gives so that a client can ask whether something has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The header `ETag`, as it stands.
    pub etag: Option<String>,
    /// The header `Last-Modified`, as it stands.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there is nothing to ask with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// The body that a URL gave last, and what to ask with.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// The body.
    pub body: Blob,
    /// What the server said about it.
    pub validators: Validators,
}

impl Cache {
    /// What `url` gave last, if that is still here and whole.
    pub fn remembered(&self, url: &str) -> Result<Option<Remembered>, Error> {
        let Some((digest, validators)) = self.record(url)? else { return Ok(None) };
        Ok(self.get(&digest)?.map(|body| Remembered { body, validators }))
    }

    /// Notes what `url` gave. The blob that it gave before stays.
    pub fn remember(&self, url: &str, digest: &Digest, validators: &Validators) -> Result<(), Error> {
        self.write(&self.record_path(url), print(digest, validators).as_bytes(), Durability::Hint)
    }

    /// Keeps and notes what `url` gives now, and removes what it gave before: for bodies that nothing else speaks of, as
    /// indexes are. Losing one loses only work, so none of it is synced, and [`Cache::settle`] does not vouch for it.
    pub fn supersede(&self, url: &str, body: &[u8], validators: &Validators) -> Result<(), Error> {
        let before = self.record(url)?.map(|(digest, _)| digest);
        let digest = Digest::of(body);
        self.keep(&digest, body, Durability::Hint)?;
        self.remember(url, &digest, validators)?;
        if let Some(before) = before.filter(|before| *before != digest) {
            // Who cannot remove it loses room on the disk and nothing else.
            let _room_on_the_disk = disk::remove(&self.path(&before));
        }
        Ok(())
    }

    fn record(&self, url: &str) -> Result<Option<(Digest, Validators)>, Error> {
        let bytes = disk::read(&self.record_path(url)).map_err(|source| self.failed(source))?;
        Ok(bytes.and_then(|bytes| parse(std::str::from_utf8(&bytes).ok()?)))
    }

    pub(super) fn record_path(&self, url: &str) -> PathBuf {
        self.folder().join("urls").join(Digest::of(url.as_bytes()).to_hex())
    }
}

/// One fact a line; the line `end` tells a whole record from a torn one.
fn print(digest: &Digest, validators: &Validators) -> String {
    let mut record = format!("digest {digest}\n");
    for (name, value) in [("etag", &validators.etag), ("last-modified", &validators.last_modified)] {
        if let Some(value) = value.as_ref().filter(|value| !value.contains(char::is_control)) {
            let _infallible = writeln!(record, "{name} {value}");
        }
    }
    record + "end\n"
}

fn parse(record: &str) -> Option<(Digest, Validators)> {
    let mut lines = record.strip_suffix("end\n")?.lines();
    let digest = lines.next()?.strip_prefix("digest ")?.parse().ok()?;
    let mut validators = Validators::default();
    for line in lines {
        match line.split_once(' ')? {
            ("etag", value) => validators.etag = Some(value.to_owned()),
            ("last-modified", value) => validators.last_modified = Some(value.to_owned()),
            _ => return None,
        }
    }
    Some((digest, validators))
}
