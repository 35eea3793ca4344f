//! From the bytes of a `.tgz` to named files, by our own entry rules: what no honest tool writes is refused, and the entry
//! is named. Nothing is ever written to disk, so modes, owners and times do not matter.
//!
//! Helm is more lenient: it reads links as empty files, lets the last of two equal paths win, and stops at the end of the
//! tar stream without looking at the gzip trailer. Bytes that two readers can understand differently have no place behind a
//! digest that people reviewed. A file that stands there twice with the same bytes has only one meaning, and `helm package` writes
//! such archives: of a dependency that lies in charts/ as a folder and as an archive.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read};
use std::ops::Range;
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use tar::EntryType;

use super::loose::Loose;
use super::{Error, File, Limits, Refusal};
use crate::yaml::Text;

/// What tar streams are made of.
const BLOCK: usize = 512;
const MAGIC: &[u8] = b"\x1f\x8b\x08";
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What is left of the limits; a chart and all its nested archives draw on one.
pub(super) struct Budget {
    pub(super) limits: Limits,
    bytes: u64,
    entries: u64,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { limits: *limits, bytes: limits.total_bytes, entries: limits.entries }
    }

    /// Takes one entry.
    pub(super) fn count_entry(&mut self) -> Result<(), Error> {
        self.entries = self.entries.checked_sub(1).ok_or(Error::Limit { what: "files", limit: self.limits.entries })?;
        Ok(())
    }

    /// Reads a file to its end. As in Helm, a chart of exactly the limit is already too large.
    pub(super) fn read(&mut self, reader: impl Read) -> Result<Text, Error> {
        let mut contents = Vec::new();
        reader.take(self.most()).read_to_end(&mut contents)?;
        self.count_bytes(contents.len())?;
        Ok(Text::from(contents.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&contents)))
    }

    /// How much of a file is looked at: enough to see that it is too large.
    pub(super) fn most(&self) -> u64 {
        self.bytes.min(self.limits.file_bytes.saturating_add(1))
    }

    /// Takes the bytes of a file, as far as they are looked at.
    pub(super) fn count_bytes(&mut self, length: usize) -> Result<(), Error> {
        let read = self.most().min(length as u64);
        self.bytes -= read;
        if read > self.limits.file_bytes {
            return Err(Error::Limit { what: "bytes in one file", limit: self.limits.file_bytes });
        }
        if self.bytes == 0 {
            return Err(Error::Limit { what: "bytes", limit: self.limits.total_bytes });
        }
        Ok(())
    }

    /// Whether a path is short enough.
    pub(super) fn permits_path(&self, path: &[u8]) -> bool {
        path.len() <= self.limits.path_bytes && path.split(|&byte| byte == b'/').count() <= self.limits.path_depth
    }

    /// A bound on what a stream may decompress to, headers and the long names that the tar reader holds included.
    fn stream_bytes(&self) -> u64 {
        self.bytes.saturating_add(self.entries.saturating_mul(2048)).saturating_add(1 << 20)
    }
}

/// The files of an archive in its order, named from the chart's root. They are parts of the one tar stream, not copies.
pub(super) fn files(bytes: &[u8], budget: &mut Budget) -> Result<Vec<File>, Error> {
    if !bytes.starts_with(MAGIC) {
        let start = bytes.trim_ascii_start();
        return Err(Error::NotAnArchive { html: start.starts_with(b"<") });
    }
    let stream = Arc::new(unpacked(bytes, budget)?);
    let Loose { files, links } = entries(&stream, Seen::default(), budget)?;
    // A chart has no use for a link.
    links.into_iter().next().map_or(Ok(files), |entry| Err(Error::Entry { entry, refusal: Refusal::Link }))
}

/// What a tar stream has, packed or not, whatever its root is.
pub(super) fn loose(bytes: &[u8], budget: &mut Budget) -> Result<Loose, Error> {
    if bytes.starts_with(MAGIC) {
        return entries(&Arc::new(unpacked(bytes, budget)?), Seen::loose(), budget);
    }
    let is_tar = bytes.get(257..262).is_some_and(|magic| magic == b"ustar");
    if !is_tar {
        return Err(Error::NotAnArchive { html: bytes.trim_ascii_start().starts_with(b"<") });
    }
    entries(&Arc::new(bytes.to_vec()), Seen::loose(), budget)
}

fn entries(stream: &Arc<Vec<u8>>, mut seen: Seen, budget: &mut Budget) -> Result<Loose, Error> {
    let mut archive = tar::Archive::new(Cursor::new(stream.as_slice()));
    let mut loose = Loose::default();
    for entry in archive.entries_with_seek().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        if !NUMBERS.iter().all(|field| is_number(&entry.header().as_bytes()[field.clone()])) {
            return Err(Error::Damaged { reason: "a number in a header of the tar stream is none".to_owned() });
        }
        budget.count_entry()?;
        let path = Text::from(&*entry.path_bytes());
        let refuse = |refusal| Error::Entry { entry: path.clone(), refusal };
        if repeats_itself(&mut entry).map_err(damaged)? {
            return Err(refuse(Refusal::Ambiguous));
        }
        let is_folder = match entry.header().entry_type() {
            EntryType::XGlobalHeader => continue,
            EntryType::Directory => true,
            EntryType::Regular => path.ends_with(b"/"),
            EntryType::Link | EntryType::Symlink => {
                let name = seen.name(&path, false, budget).map_err(refuse)?;
                // Of a chart's archive, the path as it stands there is what a message shows.
                loose.links.push(if seen.is_loose { name } else { path });
                continue;
            }
            _ => return Err(refuse(Refusal::Special)),
        };
        let name = seen.name(&path, is_folder, budget).map_err(refuse)?;
        // Some readers take what a folder has for the next header.
        if is_folder && entry.size() > 0 {
            return Err(refuse(Refusal::Special));
        }
        if !is_folder {
            let range = contents(stream, &entry).ok_or_else(torn)?;
            budget.count_bytes(range.len())?;
            let contents = Text::part_of(stream, range);
            seen.keep(&name, &contents).map_err(refuse)?;
            loose.files.push(File { name, contents });
        }
    }
    let end = archive.into_inner().position();
    let rest = usize::try_from(end).ok().and_then(|end| stream.get(end..));
    match rest {
        // Nothing or a whole block must follow the first that is empty.
        Some(rest) if !rest.is_empty() && rest.len() < BLOCK => Err(torn()),
        Some(rest) if rest.iter().all(|&byte| byte == 0) => Ok(loose),
        Some(_) => Err(Error::Damaged { reason: "more data after the end of the tar stream".to_owned() }),
        None => Err(torn()),
    }
}

/// Where a header has its mode, its owners, its size and its time.
const NUMBERS: [Range<usize>; 5] = [100..108, 108..116, 116..124, 124..136, 136..148];

/// Whether a field is a number in octal digits, in bytes, or none at all, by Go's rules.
fn is_number(field: &[u8]) -> bool {
    if field.first().is_some_and(|first| first & 0x80 != 0) {
        return true;
    }
    let is_blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_blank(byte)).unwrap_or(field.len());
    let end = field.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    field[start..end].split(|&byte| byte == 0).next().unwrap_or_default().iter().all(|byte| (b'0'..=b'7').contains(byte))
}

/// Whether the header before an entry says something twice, of which some readers take the first and others the last.
fn repeats_itself(entry: &mut tar::Entry<'_, impl Read>) -> io::Result<bool> {
    let Some(records) = entry.pax_extensions()? else { return Ok(false) };
    let mut keys = BTreeSet::new();
    for record in records {
        if !keys.insert(record?.key_bytes().to_owned()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the trailer says that the archive holds, if that is at all likely.
fn likely_size(bytes: &[u8]) -> u64 {
    let said = bytes.last_chunk().map_or(0, |size| u64::from(u32::from_le_bytes(*size)));
    said.min(16 * bytes.len() as u64)
}

/// Where the bytes of a regular file stand in the stream, as they are but for a byte order mark.
fn contents(stream: &[u8], entry: &tar::Entry<'_, impl Read>) -> Option<Range<usize>> {
    let start = usize::try_from(entry.raw_file_position()).ok()?;
    let length = usize::try_from(entry.size()).ok()?;
    let contents = stream.get(start..)?.get(..length)?;
    let mark = if contents.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    Some(start + mark..start + length)
}

fn torn() -> Error {
    Error::Damaged { reason: "the tar stream ends inside of a file".to_owned() }
}

/// The tar stream, whose checksum the decoder verifies; only zeros may pad the archive.
fn unpacked(bytes: &[u8], budget: &Budget) -> Result<Vec<u8>, Error> {
    let mut rest = bytes;
    let most = budget.stream_bytes();
    let mut stream = Vec::with_capacity(likely_size(bytes).min(most) as usize);
    GzDecoder::new(&mut rest).take(most).read_to_end(&mut stream).map_err(damaged)?;
    if stream.len() as u64 == most {
        return Err(Error::Damaged { reason: "the tar stream does not end".to_owned() });
    }
    if rest.iter().any(|&byte| byte != 0) {
        return Err(Error::Damaged { reason: "more data after the end of the gzip stream".to_owned() });
    }
    // Only a reader that has seen the end, two empty blocks, does not look at what follows.
    let has_end = stream.ends_with(&[0; 2 * BLOCK]);
    if !rest.is_empty() && !has_end {
        return Err(Error::Damaged { reason: "the tar stream has no end".to_owned() });
    }
    Ok(stream)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn damaged(error: io::Error) -> Error {
    Error::Damaged { reason: error.to_string() }
}

/// What an archive had so far: the folder that all entries share, and its files.
#[derive(Default)]
pub(super) struct Seen {
    root: Option<Text>,
    /// Whether there need be no such folder.
    is_loose: bool,
    files: BTreeMap<Text, Text>,
}

impl Seen {
    pub(super) fn loose() -> Self {
        Self { is_loose: true, ..Self::default() }
    }

    /// Notes a file; says whether it is new.
    pub(super) fn keep(&mut self, name: &Text, contents: &Text) -> Result<bool, Refusal> {
        match self.files.entry(name.clone()) {
            Entry::Vacant(place) => {
                place.insert(contents.clone());
                Ok(true)
            }
            Entry::Occupied(before) if before.get() == contents => Ok(false),
            Entry::Occupied(_) => Err(Refusal::Duplicate),
        }
    }

    /// The name of an entry below the folder that all entries share.
    pub(super) fn name(&mut self, path: &Text, is_folder: bool, budget: &Budget) -> Result<Text, Refusal> {
        if !budget.permits_path(path) {
            return Err(Refusal::TooLong);
        }
        let portable = path.as_str().is_some_and(|path| !path.chars().any(|char| char.is_control() || char == '\\'));
        if !portable {
            return Err(Refusal::Name);
        }
        if path.starts_with(b"/") {
            return Err(Refusal::Absolute);
        }
        let mut components: Vec<_> = path.split(|&byte| byte == b'/').filter(|component| !component.is_empty()).collect();
        if components.contains(&b"..".as_slice()) {
            return Err(Refusal::Parent);
        }
        if components.iter().any(|component| matches!(component, [drive, b':', ..] if drive.is_ascii_alphabetic())) {
            return Err(Refusal::Absolute);
        }
        if components.first().is_some_and(|first| *first == b".") && !self.is_loose {
            return Err(Refusal::OutsideRoot);
        }
        components.retain(|component| *component != b".");
        if self.is_loose {
            return Ok(Text::from(components.join(&b'/')));
        }
        let (first, below) = components.split_first().ok_or(Refusal::Name)?;
        // What is below the folder is a path of its own.
        if !is_folder && path[first.len()..].starts_with(b"//") {
            return Err(Refusal::Absolute);
        }
        let root = self.root.get_or_insert_with(|| Text::from(*first));
        if **root != **first || (below.is_empty() && !is_folder) {
            return Err(Refusal::OutsideRoot);
        }
        Ok(Text::from(below.join(&b'/')))
    }
}
