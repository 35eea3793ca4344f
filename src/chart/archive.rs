//! From the bytes of a `.tgz` to named files, by our own entry rules: what no honest tool writes is refused, and the entry
//! is named. Nothing is ever written to disk, so modes, owners and times do not matter.
//!
//! Helm is more lenient: it reads links as empty files, lets the last of two equal paths win, and stops at the end of the
//! tar stream without looking at the gzip trailer. Bytes that two readers can understand differently have no place behind a
//! digest that people reviewed. A file that stands there twice with the same bytes has only one meaning, and `helm package` writes
//! such archives: of a dependency that lies in charts/ as a folder and as an archive.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use tar::EntryType;

use super::forward::{Forward, INSIDE};
use super::load::Haste;
use super::loose::Loose;
use super::records::{self, Records};
use super::waiting::Waiting;
use super::{Error, File, Limits, Refusal};
use crate::yaml::Text;

/// What tar streams are made of.
const BLOCK: usize = 512;
const MAGIC: &[u8] = b"\x1f\x8b\x08";
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What is left of the limits; a chart and all its nested archives draw on one.
#[derive(Clone, Copy)]
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

/// The files of an archive in its order, named from the chart's root.
pub(super) fn files(bytes: &[u8], budget: &mut Budget) -> Result<Vec<File>, Error> {
    of_chart(bytes, &mut Entries::new(Seen::default(), budget))
}

/// The same, with the byte order marks that files begin with: the very bytes that other programs unpack.
pub(super) fn whole_files(bytes: &[u8], budget: &mut Budget) -> Result<Vec<File>, Error> {
    of_chart(bytes, &mut Entries { keeps_marks: true, ..Entries::new(Seen::default(), budget) })
}

/// The same for whoever is in haste.
pub(super) fn files_in_haste(archive: &Arc<Vec<u8>>, budget: &mut Budget, haste: Haste<'_>) -> Result<Vec<File>, Error> {
    let whole = *budget;
    let mut entries = Entries { haste: Some(haste), ..Entries::new(Seen::default(), budget) };
    let mut files = of_chart(archive, &mut entries)?;
    if entries.waiting.is_ambiguous() {
        *budget = whole;
        return self::files(archive, budget);
    }
    entries.waiting.lay_into(&mut files, archive);
    Ok(files)
}

fn of_chart(bytes: &[u8], entries: &mut Entries<'_>) -> Result<Vec<File>, Error> {
    if !bytes.starts_with(MAGIC) {
        let start = bytes.trim_ascii_start();
        return Err(Error::NotAnArchive { html: start.starts_with(b"<") });
    }
    let Loose { files, links } = unpacked(bytes, entries)?;
    // A chart has no use for a link.
    links.into_iter().next().map_or(Ok(files), |entry| Err(Error::Entry { entry, refusal: Refusal::Link }))
}

/// What a tar stream has, packed or not, whatever its root is.
pub(super) fn loose(bytes: &[u8], budget: &mut Budget) -> Result<Loose, Error> {
    let mut entries = Entries::new(Seen::loose(), budget);
    if bytes.starts_with(MAGIC) {
        return unpacked(bytes, &mut entries);
    }
    let is_tar = bytes.get(257..262).is_some_and(|magic| magic == b"ustar");
    if !is_tar {
        return Err(Error::NotAnArchive { html: bytes.trim_ascii_start().starts_with(b"<") });
    }
    entries.read(bytes)
}

/// How much of the stream is unpacked at a time: what stays in a processor's own cache.
const STEP: usize = 128 << 10;

/// The same for a small archive: no more than what its trailer says that there is.
pub(super) fn step(archive: &[u8]) -> usize {
    let said = archive.last_chunk().map_or(0, |size| u32::from_le_bytes(*size) as usize);
    said.clamp(BLOCK, STEP)
}

/// What is in a packed tar stream, whose checksum the decoder verifies; only zeros may pad the archive.
fn unpacked(bytes: &[u8], entries: &mut Entries<'_>) -> Result<Loose, Error> {
    let mut rest = bytes;
    let mut stream = GzDecoder::new(&mut rest).take(entries.budget.stream_bytes());
    let loose = entries.read(BufReader::with_capacity(step(bytes), &mut stream))?;
    if stream.limit() == 0 {
        return Err(Error::Damaged { reason: "the tar stream does not end".to_owned() });
    }
    if rest.iter().any(|&byte| byte != 0) {
        return Err(Error::Damaged { reason: "more data after the end of the gzip stream".to_owned() });
    }
    // Only a reader that has seen the end, two empty blocks, does not look at what follows.
    if !(rest.is_empty() || entries.has_end) {
        return Err(Error::Damaged { reason: "the tar stream has no end".to_owned() });
    }
    Ok(loose)
}

/// A reading of a tar stream, entry by entry.
struct Entries<'a> {
    seen: Seen,
    budget: &'a mut Budget,
    haste: Option<Haste<'a>>,
    waiting: Waiting,
    /// Whether byte order marks count as contents.
    keeps_marks: bool,
    /// Whether the stream ended with two empty blocks.
    has_end: bool,
}

impl<'a> Entries<'a> {
    fn new(seen: Seen, budget: &'a mut Budget) -> Self {
        Self { seen, budget, haste: None, waiting: Waiting::default(), keeps_marks: false, has_end: false }
    }

    /// Reads the stream to its end, behind which there are only zeros.
    fn read(&mut self, stream: impl BufRead) -> Result<Loose, Error> {
        let mut archive = tar::Archive::new(Forward::new(stream));
        let mut loose = Loose::default();
        for entry in archive.entries_with_seek().map_err(damaged)? {
            self.entry(&mut entry.map_err(damaged)?, &mut loose)?;
        }
        let mut stream = archive.into_inner();
        let behind = stream.zeros_to_the_end().map_err(damaged)?;
        self.has_end = stream.zeros() >= 2 * BLOCK;
        match behind {
            // Nothing or a whole block must follow the first that is empty.
            Some(1..BLOCK) => Err(torn()),
            Some(_) => Ok(loose),
            None => Err(Error::Damaged { reason: "more data after the end of the tar stream".to_owned() }),
        }
    }

    fn entry(&mut self, entry: &mut tar::Entry<'_, impl Read>, loose: &mut Loose) -> Result<(), Error> {
        if !NUMBERS.iter().all(|field| is_number(&entry.header().as_bytes()[field.clone()])) {
            return Err(Error::Damaged { reason: "a number in a header of the tar stream is none".to_owned() });
        }
        self.budget.count_entry()?;
        let path = Text::from(&*entry.path_bytes());
        let refuse = |refusal| Error::Entry { entry: path.clone(), refusal };
        match records::of(entry).map_err(damaged)? {
            Records::Sound => {}
            Records::Ambiguous => return Err(refuse(Refusal::Ambiguous)),
            Records::Sparse => return Err(refuse(Refusal::Special)),
            Records::Wrong => return Err(Error::Damaged { reason: "a record in the tar stream says what cannot be".to_owned() }),
        }
        let is_folder = match entry.header().entry_type() {
            EntryType::XGlobalHeader => return Ok(()),
            EntryType::Directory => true,
            EntryType::Regular => path.ends_with(b"/"),
            EntryType::Link | EntryType::Symlink => {
                let name = self.seen.name(&path, false, self.budget).map_err(refuse)?;
                // Of a chart's archive, the path as it stands there is what a message shows.
                loose.links.push(if self.seen.is_loose { name } else { path });
                return Ok(());
            }
            _ => return Err(refuse(Refusal::Special)),
        };
        let name = self.seen.name(&path, is_folder, self.budget).map_err(refuse)?;
        // Some readers take what a folder has for the next header.
        if is_folder && entry.size() > 0 {
            return Err(refuse(Refusal::Special));
        }
        if !is_folder {
            if self.waiting.is_again(&name) {
                return Ok(());
            }
            let contents = if self.put_off(&name, entry)? { Text::default() } else { self.contents(entry)? };
            let file = File { name, contents };
            self.seen.keep(&file).map_err(refuse)?;
            if let Some(haste) = &self.haste {
                (haste.watch)(&file);
            }
            loose.files.push(file);
        }
        Ok(())
    }

    /// Notes where a file is that may wait. What is not read of it, the reader passes over.
    fn put_off(&mut self, name: &Text, entry: &mut tar::Entry<'_, impl Read>) -> Result<bool, Error> {
        let length = entry.size();
        let may_wait = self.haste.as_ref().is_some_and(|haste| haste.may_wait) && length < self.budget.most();
        if !may_wait || !Waiting::may_have(name, length) {
            return Ok(false);
        }
        let mut mark = Vec::new();
        entry.take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut mark).map_err(damaged)?;
        self.budget.count_bytes(length as usize)?;
        let start = entry.raw_file_position();
        let own = if mark == BYTE_ORDER_MARK { mark.len() as u64 } else { 0 };
        self.waiting.add(name, start + own..start + length);
        Ok(true)
    }

    /// The bytes of a regular file as they are but for a byte order mark.
    fn contents(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<Text, Error> {
        let wanted = entry.size().min(self.budget.most());
        // Fresh memory is zero already, and room that is not would be made so before something is read into it.
        let mut contents = vec![0; wanted.min(LIKELY_BYTES) as usize];
        let read = fill(entry, &mut contents).map_err(damaged)?;
        contents.truncate(read);
        entry.take(wanted - read as u64).read_to_end(&mut contents).map_err(damaged)?;
        if (contents.len() as u64) < wanted {
            return Err(torn());
        }
        self.budget.count_bytes(contents.len())?;
        if contents.starts_with(BYTE_ORDER_MARK) && !self.keeps_marks {
            contents.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(contents.into())
    }
}

/// Reads until there is no room or nothing more; says how much it was.
fn fill(reader: &mut impl Read, room: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    // A read without room for anything would look like the end to an entry.
    while filled < room.len() {
        match reader.read(&mut room[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
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

fn torn() -> Error {
    Error::Damaged { reason: INSIDE.to_owned() }
}

/// As much memory as the size of an entry gets before there are the bytes.
const LIKELY_BYTES: u64 = 4 << 20;

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
    pub(super) fn keep(&mut self, file: &File) -> Result<bool, Refusal> {
        match self.files.entry(file.name.clone()) {
            Entry::Vacant(place) => {
                place.insert(file.contents.clone());
                Ok(true)
            }
            Entry::Occupied(before) if *before.get() == file.contents => Ok(false),
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
