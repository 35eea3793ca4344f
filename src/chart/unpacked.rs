//! A chart's files as they are kept beside its archive, so that nobody need unpack them again, with a list that proves them.
//!
//! The list is what `sha256sum` prints of the files, in the archive's order and named from the chart's root; the lock has its digest.
//! So the files are as good as the archive, and each can be proven when it is read. They are kept in two pieces: one has the list and
//! the contents of most files, the other the large custom resource definitions, which few look at.
//!
//! ```text
//! helmlock unpacked 1
//! 123 45                        the lengths of the files
//! 2cf2…  Chart.yaml             the list
//! 486e…  templates/a.yaml
//!                               then the contents, one behind the other
//! ```
//! Where the pieces are is not known here, and archives that a reading could refuse in one dialect and take in another have none.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::archive::{self, BYTE_ORDER_MARK, Budget};
use super::load::Haste;
use super::waiting::Waiting;
use super::{Error, File, Limits};
use crate::digest::Digest;
use crate::yaml::{Latent, Text};

/// Another number means another layout, or other files in the second piece.
const HEAD: &[u8] = b"helmlock unpacked 1\n";

/// What stands between a digest and a name.
const BLANKS: &[u8] = b"  ";
const HEX: usize = 64;

/// What may be kept: far within the limits of every dialect, so that none of them matters to who reads it.
const MOST: Limits = Limits { total_bytes: 48 << 20, file_bytes: 4 << 20, entries: 5_000, ..Limits::NEWEST };

/// What is made of an archive to be kept beside it.
pub struct Kept {
    /// Of the list.
    pub files_digest: Digest,
    /// The list with most files, and the files that are kept apart; none if this archive is read itself, always.
    pub pieces: Option<[Vec<u8>; 2]>,
}

/// Unpacks an archive.
///
/// # Errors
/// It is not read by anybody.
pub fn unpack_to_keep(archive: &[u8]) -> Result<Kept, Error> {
    let files = archive::whole_files(archive, &mut Budget::new(&Limits::NEWEST))?;
    let list: Vec<u8> = files.iter().flat_map(line).collect();
    let files_digest = Digest::of(&list);
    let pieces = (may_be_kept(&files)).then(|| {
        let lengths: Vec<_> = files.iter().map(|file| file.contents.len().to_string()).collect();
        let mut pieces = [[HEAD, lengths.join(" ").as_bytes(), b"\n", &list, b"\n"].concat(), Vec::new()];
        for file in &files {
            let is_apart = Waiting::may_have(&file.name, file.contents.len() as u64);
            pieces[usize::from(is_apart)].extend_from_slice(&file.contents);
        }
        pieces
    });
    Ok(Kept { files_digest, pieces })
}

/// The line of a file, as `sha256sum` prints it.
fn line(file: &File) -> Vec<u8> {
    [Digest::of(&file.contents).to_hex().as_bytes(), BLANKS, &file.name, b"\n"].concat()
}

/// Whether no limit can matter to who reads the files: their own, or those of archives among them. And what is kept apart must be all
/// contents.
fn may_be_kept(files: &[File]) -> bool {
    let mut budget = Budget::new(&MOST);
    let fits = files.iter().all(|file| budget.count_entry().is_ok() && budget.count_bytes(file.contents.len()).is_ok());
    let is_plain = |file: &File| {
        let is_apart = Waiting::may_have(&file.name, file.contents.len() as u64);
        !(file.name.ends_with(b".tgz") || is_apart && file.contents.starts_with(BYTE_ORDER_MARK))
    };
    fits && !files.is_empty() && files.iter().all(is_plain)
}

/// The first piece, read and not yet proven.
pub struct Unpacked {
    whole: Text,
    files_digest: Digest,
    files: Vec<Listed>,
}

/// A file of the list.
struct Listed {
    name: Range<usize>,
    digest: Digest,
    place: Place,
}

/// Where a file's contents are.
enum Place {
    Here(Range<usize>),
    /// In the other piece, which has so much of it.
    Apart(usize),
}

impl Unpacked {
    /// Reads the first piece; none if it is not one of ours.
    pub fn read(piece: Vec<u8>) -> Option<Self> {
        let lengths_start = piece.starts_with(HEAD).then_some(HEAD.len())?;
        let list_start = lengths_start + memchr::memchr(b'\n', &piece[lengths_start..])? + 1;
        let list_end = list_start + memchr::memmem::find(&piece[list_start..], b"\n\n")? + 1;
        let mut lengths = std::str::from_utf8(&piece[lengths_start..list_start - 1]).ok()?.split(' ');
        let (mut start, mut end) = (list_start, list_end + 1);
        let mut files = Vec::new();
        for line in piece[list_start..list_end].split_inclusive(|&byte| byte == b'\n') {
            let digest = Digest::parse(std::str::from_utf8(line.get(..HEX)?).ok()?).ok()?;
            let name = start + HEX + BLANKS.len()..start + line.len() - 1;
            start += line.len();
            let length: usize = lengths.next()?.parse().ok()?;
            let place = if Waiting::may_have(piece.get(name.clone())?, length as u64) {
                Place::Apart(length)
            } else {
                let place = end..end.checked_add(length)?;
                end = place.end;
                Place::Here(place)
            };
            files.push(Listed { name, digest, place });
        }
        let is_whole = end == piece.len() && lengths.next().is_none();
        let files_digest = Digest::of(&piece[list_start..list_end]);
        is_whole.then(|| Self { whole: piece.into(), files_digest, files })
    }

    /// The digest of the list.
    pub fn files_digest(&self) -> &Digest {
        &self.files_digest
    }

    /// The files, each of which is as it is listed; none if one is not.
    pub(super) fn files(&self, budget: &mut Budget, haste: Haste<'_>, rest: Rest) -> Option<Result<Vec<File>, Error>> {
        let apart = self.apart();
        let latent = if apart.files.is_empty() {
            None
        } else if haste.crds_may_wait {
            Some(Latent::new(move || rest.get(&apart)))
        } else {
            let bytes = (rest.bytes)(&apart)?;
            Some(Latent::new(move || bytes.clone()))
        };
        let mut end = 0;
        let mut files = Vec::with_capacity(self.files.len());
        for listed in &self.files {
            let contents = match (&listed.place, &latent) {
                (Place::Here(place), _) => {
                    let contents = self.whole.part(place.clone());
                    (Digest::of(&contents) == listed.digest).then(|| without_mark(contents))?
                }
                (Place::Apart(length), Some(latent)) => {
                    let start = end;
                    end += length;
                    latent.text(start..end)
                }
                (Place::Apart(_), None) => return None,
            };
            if let Err(error) = budget.count_entry().and_then(|()| budget.count_bytes(contents.len())) {
                return Some(Err(error));
            }
            let file = File { name: self.whole.part(listed.name.clone()), contents };
            (haste.watch)(&file);
            files.push(file);
        }
        Some(Ok(files))
    }

    fn apart(&self) -> Apart {
        let files = self.files.iter().filter_map(|listed| match listed.place {
            Place::Here(_) => None,
            Place::Apart(length) => Some((self.whole.part(listed.name.clone()), listed.digest, length)),
        });
        Apart { files: files.collect() }
    }
}

fn without_mark(contents: Text) -> Text {
    if contents.starts_with(BYTE_ORDER_MARK) { contents.part(BYTE_ORDER_MARK.len()..contents.len()) } else { contents }
}

/// The files that are kept apart, and what proves them.
pub struct Apart {
    files: Vec<(Text, Digest, usize)>,
}

impl Apart {
    /// Whether these are their contents, one behind the other.
    pub fn are(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        let all = self.files.iter().all(|(_, digest, length)| {
            let Some((contents, behind)) = rest.split_at_checked(*length) else { return false };
            rest = behind;
            Digest::of(contents) == *digest
        });
        all && rest.is_empty()
    }

    /// Their contents out of the archive itself; none if it has others.
    pub fn out_of(&self, archive: &[u8]) -> Option<Vec<u8>> {
        let files = archive::whole_files(archive, &mut Budget::new(&Limits::NEWEST)).ok()?;
        let contents = |name: &Text| files.iter().find(|file| file.name == *name).map(|file| &*file.contents);
        let found = self.files.iter().map(|(name, ..)| contents(name)).collect::<Option<Vec<_>>>()?.concat();
        self.are(&found).then_some(found)
    }
}

/// Finds the contents of files, one behind the other.
pub type Finder = Box<dyn Fn(&Apart) -> Option<Vec<u8>> + Send + Sync>;

/// Who has the files that are kept apart.
pub struct Rest {
    /// Their proven contents, one behind the other; none if nobody has them any more.
    pub bytes: Finder,
    /// Becomes true if somebody looked at them and got nothing. What was rendered meanwhile is then not worth anything.
    pub is_lost: Arc<AtomicBool>,
}

impl Rest {
    fn get(&self, apart: &Apart) -> Vec<u8> {
        (self.bytes)(apart).unwrap_or_else(|| {
            self.is_lost.store(true, Ordering::Relaxed);
            Vec::new()
        })
    }
}
