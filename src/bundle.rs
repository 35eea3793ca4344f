//! One file with all that a lock needs, to be carried where no network is.
//!
//! It is a tar stream: `helmlock-bundle` with the number of the format, then `sha256/<hex>` for each blob, then `urls/<hex>` for
//! what addresses gave, named by the sha256 of the address as in the cache, then `end`. Nothing in it says what is right: who reads it
//! brings a lock of their own, and takes nothing that this lock does not want. Neither cache nor network is known here.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};

use crate::digest::Digest;

/// The first entry, which tells a bundle from other files.
const MARK: &str = "helmlock-bundle";
/// The number of the format that is written, and the only one that is read.
const FORMAT: &str = "1\n";
/// The last entry, which tells a whole bundle from the beginning of one.
const END: &str = "end";

/// One thing in a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A chart's archive or a packed folder, by its digest.
    Blob(Digest),
    /// What an address gave, by the digest of the address.
    Answer(Digest),
}

/// Why a file cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a bundle at all.
    #[error("it is no bundle")]
    Other,
    /// Made by a newer program.
    #[error("it has format {format}, which is newer than this program")]
    Newer {
        /// The number that it has.
        format: String,
    },
    /// Something that nobody wants.
    #[error("it has `{name}`, which the lock does not want")]
    Unwanted {
        /// Its name there.
        name: String,
    },
    /// The same thing twice.
    #[error("it has `{name}` twice")]
    Twice {
        /// Its name there.
        name: String,
    },
    /// More bytes than such a thing can have.
    #[error("its `{name}` has more than {limit} bytes")]
    TooLarge {
        /// Its name there.
        name: String,
        /// How many would have been accepted.
        limit: u64,
    },
    /// Other bytes than the lock wants.
    #[error("its `{name}` has digest {actual}")]
    Mismatch {
        /// Its name there.
        name: String,
        /// What the bytes have.
        actual: Digest,
    },
    /// It ends too early, or is no tar stream.
    #[error("it is damaged: {0}")]
    Damaged(io::Error),
}

impl Part {
    fn name(self) -> String {
        match self {
            Self::Blob(digest) => format!("sha256/{}", digest.to_hex()),
            Self::Answer(digest) => format!("urls/{}", digest.to_hex()),
        }
    }
}

/// Writes a bundle of these parts, in this order.
pub fn write<W: Write>(output: W, parts: impl IntoIterator<Item = io::Result<(Part, Vec<u8>)>>) -> io::Result<W> {
    let mut archive = tar::Builder::new(output);
    append(&mut archive, MARK, FORMAT.as_bytes())?;
    for part in parts {
        let (part, bytes) = part?;
        append(&mut archive, &part.name(), &bytes)?;
    }
    append(&mut archive, END, FORMAT.as_bytes())?;
    archive.into_inner()
}

fn append(archive: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o644);
    header.set_size(bytes.len() as u64);
    archive.append_data(&mut header, name, bytes)
}

/// Reads a bundle and hands over what is wanted, each blob with the bytes that its digest promises.
///
/// # Errors
/// The first thing that is wrong, by the house's error or the taker's own. What was handed over before is all right.
pub fn read<E: From<Error>>(
    input: impl Read,
    limit: u64,
    wanted: &BTreeSet<Part>,
    mut take: impl FnMut(Part, Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let mut archive = tar::Archive::new(input);
    // Raw: long names and the like are entries of their own then, and wanted by nobody.
    let mut entries = archive.entries().map_err(Error::Damaged)?.raw(true);
    let mark = entries.next().ok_or(Error::Other)?.map_err(|_| Error::Other)?;
    check_mark(mark)?;
    let names: BTreeMap<_, _> = wanted.iter().map(|part| (part.name(), *part)).collect();
    let mut seen = BTreeSet::new();
    for entry in entries {
        let entry = entry.map_err(Error::Damaged)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).escape_debug().take(200).collect::<String>();
        let is_file = entry.header().entry_type().is_file();
        if is_file && name == END {
            return Ok(());
        }
        let Some(part) = names.get(&name).copied().filter(|_| is_file) else {
            return Err(Error::Unwanted { name }.into());
        };
        if !seen.insert(part) {
            return Err(Error::Twice { name }.into());
        }
        take(part, contents(entry, name, part, limit)?)?;
    }
    Err(Error::Damaged(io::ErrorKind::UnexpectedEof.into()).into())
}

fn check_mark(entry: tar::Entry<'_, impl Read>) -> Result<(), Error> {
    if *entry.path_bytes() != *MARK.as_bytes() {
        return Err(Error::Other);
    }
    let mut format = String::new();
    entry.take(20).read_to_string(&mut format).map_err(|_| Error::Other)?;
    if format == FORMAT { Ok(()) } else { Err(Error::Newer { format: format.trim_end().escape_debug().collect() }) }
}

fn contents(mut entry: tar::Entry<'_, impl Read>, name: String, part: Part, limit: u64) -> Result<Vec<u8>, Error> {
    let size = entry.size();
    if size > limit {
        return Err(Error::TooLarge { name, limit });
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(Error::Damaged)?;
    if bytes.len() as u64 != size {
        return Err(Error::Damaged(io::ErrorKind::UnexpectedEof.into()));
    }
    match part {
        Part::Blob(digest) if digest != Digest::of(&bytes) => Err(Error::Mismatch { name, actual: Digest::of(&bytes) }),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(parts: &[(Part, &[u8])]) -> Vec<u8> {
        write(Vec::new(), parts.iter().map(|(part, bytes)| Ok((*part, bytes.to_vec())))).unwrap()
    }

    fn told(bytes: &[u8], wanted: &[Part]) -> Result<Vec<(Part, Vec<u8>)>, String> {
        let mut taken = Vec::new();
        let result = read(bytes, 100, &wanted.iter().copied().collect(), |part, bytes| {
            taken.push((part, bytes));
            Ok::<_, Error>(())
        });
        result.map(|()| taken).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_is_taken() {
        let blob = Part::Blob(Digest::of(b"chart"));
        let answer = Part::Answer(Digest::of(b"https://example.com/index.yaml"));
        let bytes = bundle(&[(blob, b"chart"), (answer, b"{}")]);
        assert_eq!(told(&bytes, &[blob, answer]), Ok(vec![(blob, b"chart".to_vec()), (answer, b"{}".to_vec())]));
        assert!(told(&bytes, &[blob]).unwrap_err().starts_with("it has `urls/"));
        assert!(told(&bundle(&[(blob, b"other")]), &[blob]).unwrap_err().contains("has digest sha256:"));
        assert!(told(&bundle(&[(blob, b"chart"), (blob, b"chart")]), &[blob]).unwrap_err().ends_with("twice"));
        let large = [7; 101];
        let blob = Part::Blob(Digest::of(&large));
        assert!(told(&bundle(&[(blob, &large)]), &[blob]).unwrap_err().ends_with("has more than 100 bytes"));
    }

    #[test]
    fn names_that_lead_elsewhere_and_odd_entries_are_refused() {
        let blob = Part::Blob(Digest::of(b"chart"));
        for (name, kind) in [
            ("../../etc/passwd", tar::EntryType::Regular),
            ("/etc/passwd", tar::EntryType::Regular),
            (blob.name().as_str(), tar::EntryType::Symlink),
            (blob.name().as_str(), tar::EntryType::Link),
            ("pax", tar::EntryType::XHeader),
            ("././@LongLink", tar::EntryType::GNULongName),
            ("pipe", tar::EntryType::Fifo),
        ] {
            let mut archive = tar::Builder::new(Vec::new());
            append(&mut archive, MARK, FORMAT.as_bytes()).unwrap();
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(kind);
            header.set_size(5);
            header.set_cksum();
            archive.append(&header, &b"chart"[..]).unwrap();
            let error = told(&archive.into_inner().unwrap(), &[blob]).unwrap_err();
            assert!(error.ends_with("which the lock does not want"), "{name}: {error}");
        }
    }

    #[test]
    fn a_torn_file_gives_nothing_wrong() {
        let (one, two) = (Part::Blob(Digest::of(b"chart")), Part::Blob(Digest::of(b"another")));
        let bytes = bundle(&[(one, b"chart"), (two, b"another")]);
        for length in 0..bytes.len() {
            let taken = told(&bytes[..length], &[one, two]).unwrap_or_default();
            for (part, bytes) in taken {
                assert_eq!(part, Part::Blob(Digest::of(&bytes)));
            }
        }
        assert_eq!(told(b"<html>", &[]), Err("it is no bundle".to_owned()));
        let mut newer = bundle(&[]);
        newer[512] = b'2';
        assert_eq!(told(&newer, &[]), Err("it has format 2, which is newer than this program".to_owned()));
    }
}
