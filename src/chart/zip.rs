//! Zip files, as far as honest tools write them for downloads: stored or deflated entries that the directory at the end lists.
//!
//! What two readers could understand differently is refused: two entries of one name, entries whose own header has another name,
//! zip64, encryption, more than one directory. Sizes are never believed; checksums are. No library does this: the crate `zip` 9.8
//! forgets the first of two entries of one name, and an entry's own header.

use std::io::Read;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::archive::{BYTE_ORDER_MARK, Budget, Seen};
use super::loose::Loose;
use super::{Error, File};
use crate::yaml::Text;

/// How a zip file begins that has an entry.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";
const LISTED: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
/// Bytes of the record at the end, and of the longest comment behind it.
const END_BYTES: usize = 22;
const LONGEST_COMMENT: usize = 0xffff;
/// The bits of a mode that say what a file is, and those of a link.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

/// The files of a zip file, in the order of its directory.
pub(super) fn files(bytes: &[u8], budget: &mut Budget) -> Result<Loose, Error> {
    let end = end(bytes).ok_or_else(|| damaged("it has no directory at its end"))?;
    let entries = number(bytes, end + 10, 2).ok_or_else(torn)?;
    let mut at = number(bytes, end + 16, 4).ok_or_else(torn)?;
    if entries == 0xffff || at == 0xffff_ffff {
        return Err(damaged("it is of the kind zip64"));
    }
    let (mut seen, mut loose) = (Seen::loose(), Loose::default());
    for _ in 0..entries {
        budget.count_entry()?;
        let listed = Listed::read(bytes, at).ok_or_else(torn)?;
        at = listed.next;
        let path = Text::from(listed.name);
        let refuse = |refusal| Error::Entry { entry: path.clone(), refusal };
        let is_folder = listed.name.ends_with(b"/");
        let name = seen.name(&path, is_folder, budget).map_err(refuse)?;
        if is_folder {
            continue;
        }
        if listed.mode & KIND == LINK {
            loose.links.push(name);
            continue;
        }
        let file = File { name, contents: listed.contents(bytes, budget)? };
        if seen.keep(&file).map_err(refuse)? {
            loose.files.push(file);
        }
    }
    Ok(loose)
}

/// Where the last record begins, whose comment ends where the file does.
fn end(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_BYTES)?;
    let first = last.saturating_sub(LONGEST_COMMENT);
    (first..=last).rev().find(|&at| bytes[at..].starts_with(END) && number(bytes, at + 20, 2) == Some(last - at))
}

/// What the directory says of an entry.
struct Listed<'a> {
    name: &'a [u8],
    flags: usize,
    method: usize,
    crc: u32,
    packed: usize,
    mode: u32,
    header: usize,
    /// Where the next one begins.
    next: usize,
}

impl<'a> Listed<'a> {
    fn read(bytes: &'a [u8], at: usize) -> Option<Self> {
        let number = |offset, size| number(bytes, at.checked_add(offset)?, size);
        let start = at.checked_add(46)?;
        bytes.get(at..)?.starts_with(LISTED).then_some(())?;
        let (name, extra, comment) = (number(28, 2)?, number(30, 2)?, number(32, 2)?);
        Some(Self {
            name: bytes.get(start..start + name)?,
            flags: number(8, 2)?,
            method: number(10, 2)?,
            crc: u32::try_from(number(16, 4)?).ok()?,
            packed: number(20, 4)?,
            mode: u32::try_from(number(38, 4)?).ok()? >> 16,
            header: number(42, 4)?,
            next: start + name + extra + comment,
        })
    }

    fn contents(&self, bytes: &[u8], budget: &mut Budget) -> Result<Text, Error> {
        let packed = self.bytes(bytes).ok_or_else(|| damaged("an entry is not what the directory says"))?;
        let (most, mut contents) = (budget.most(), Vec::new());
        let read = match self.method {
            0 => packed.take(most).read_to_end(&mut contents),
            8 => DeflateDecoder::new(packed).take(most).read_to_end(&mut contents),
            _ => return Err(damaged("an entry is packed in an unknown way")),
        };
        read.map_err(|error| damaged(&error.to_string()))?;
        budget.count_bytes(contents.len())?;
        let mut crc = Crc::new();
        crc.update(&contents);
        if crc.sum() != self.crc {
            return Err(damaged("an entry has another checksum"));
        }
        Ok(Text::from(contents.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&contents)))
    }

    fn bytes(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let at = self.header;
        let number = |offset, size| number(bytes, at.checked_add(offset)?, size);
        let is_plain = self.flags & 1 == 0 && bytes.get(at..)?.starts_with(MAGIC);
        let (name, extra) = (number(26, 2)?, number(28, 2)?);
        let start = at.checked_add(30)?;
        let is_same = bytes.get(start..start + name)? == self.name && number(8, 2)? == self.method;
        let data = start + name + extra;
        bytes.get(data..data.checked_add(self.packed)?).filter(|_| is_plain && is_same)
    }
}

/// A number of so many bytes, the lowest first.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<usize> {
    let digits = bytes.get(at..at.checked_add(size)?)?;
    Some(digits.iter().rev().fold(0, |number, digit| number << 8 | usize::from(*digit)))
}

fn damaged(reason: &str) -> Error {
    Error::Damaged { reason: reason.to_owned() }
}

fn torn() -> Error {
    damaged("its directory ends too early")
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Rules, unpack_loose};
    use super::*;

    /// A zip file of stored entries: name in the directory, name in the entry's own header, bytes, mode.
    fn zip(entries: &[(&str, &str, &[u8], u32)]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (listed, own, contents, mode) in entries {
            let mut crc = Crc::new();
            crc.update(contents);
            let size = u32::try_from(contents.len()).unwrap().to_le_bytes();
            let facts = [&[0; 8][..], &crc.sum().to_le_bytes(), &size, &size].concat();
            let length = |name: &str| u16::try_from(name.len()).unwrap().to_le_bytes();
            let header = u32::try_from(bytes.len()).unwrap().to_le_bytes();
            bytes.extend([MAGIC, &[20, 0], &facts, &length(own), &[0, 0], own.as_bytes(), contents].concat());
            let attributes = (mode << 16).to_le_bytes();
            let rest = [&[0; 4][..], &[0; 2], &[0; 2], &attributes, &header, listed.as_bytes()].concat();
            directory.extend([LISTED, &[20, 3, 20, 0], &facts, &length(listed), &rest].concat());
        }
        let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
        let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
        let offset = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        [&bytes, &directory, END, &[0; 4], &count, &count, &size, &offset, &[0, 0]].concat()
    }

    fn told(entries: &[(&str, &str, &[u8], u32)]) -> String {
        unpack_loose(&zip(entries), &Rules::NEWEST).unwrap_err().to_string()
    }

    #[test]
    fn files_are_read_and_links_are_only_known() {
        let bytes = zip(&[("a/", "a/", b"", 0), ("a/x", "a/x", b"\xef\xbb\xbfone", 0o100_644), ("l", "l", b"/etc", LINK)]);
        let loose = unpack_loose(&bytes, &Rules::NEWEST).unwrap();
        assert_eq!(loose.files, [File { name: "a/x".into(), contents: "one".into() }]);
        assert_eq!(loose.links, ["l"]);
    }

    #[test]
    fn what_no_honest_tool_writes_is_refused() {
        let one = |name| told(&[(name, name, b"x", 0)]);
        assert!(one("../x").contains("leads out of"));
        assert!(one("/x").contains("has an absolute path"));
        assert!(one("a\\x").contains("has a name that is not portable"));
        assert!(told(&[("x", "y", b"x", 0)]).contains("not what the directory says"));
        assert!(told(&[("x", "x", b"x", 0), ("x", "x", b"y", 0)]).contains("appears twice"));
        let mut wrong = zip(&[("x", "x", b"contents", 0)]);
        wrong[31] ^= 1;
        assert!(unpack_loose(&wrong, &Rules::NEWEST).unwrap_err().to_string().contains("another checksum"));
    }

    #[test]
    fn no_torn_file_panics_and_sizes_are_bounded() {
        let bytes = zip(&[("a/x", "a/x", b"one", 0), ("b", "b", b"two", 0)]);
        for length in 0..bytes.len() {
            assert!(unpack_loose(&bytes[..length], &Rules::NEWEST).is_err());
            let mut flipped = bytes.clone();
            flipped[length] ^= 0xff;
            let _either_way = unpack_loose(&flipped, &Rules::NEWEST);
        }
        let limits = Limits { total_bytes: 5, entries: 1, ..Limits::NEWEST };
        let few = |limits| unpack_loose(&bytes, &Rules { limits, ..Rules::NEWEST }).unwrap_err().to_string();
        assert_eq!(few(limits), "chart has more than 1 files");
        assert_eq!(few(Limits { total_bytes: 5, ..Limits::NEWEST }), "chart has more than 5 bytes");
    }
}
