//! A chart's files as they are kept beside its archive, so that nobody need unpack them again, with a list that proves them.
//!
//! The list is what `sha256sum` prints of the files, in the archive's order and named from the chart's root; the lock has its digest.
//! So the files are as good as the archive, and each can be proven when it is read. They are kept in two pieces: one has the list and
//! the contents of most files, the other the large ones that rendering need not look at: definitions of custom resources, and what only
//! `.Files` shows.
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
/// As of [`super::load_archive`], as far as the archive itself goes.
pub fn unpack_to_keep(archive: &[u8]) -> Result<Kept, Error> {
    let files = archive::whole_files(archive, &mut Budget::new(&Limits::NEWEST))?;
    let list = list(files.iter().map(|file| (&*file.name, Digest::of(&file.contents))));
    let files_digest = Digest::of(&list);
    let pieces = may_be_kept(&files).then(|| {
        let lengths: Vec<_> = files.iter().map(|file| file.contents.len().to_string()).collect();
        let mut pieces = [[HEAD, lengths.join(" ").as_bytes(), b"\n", &list, b"\n"].concat(), Vec::new()];
        for file in &files {
            let is_apart = is_apart(&file.name, file.contents.len());
            pieces[usize::from(is_apart)].extend_from_slice(&file.contents);
        }
        pieces
    });
    Ok(Kept { files_digest, pieces })
}

/// What loading reads, besides templates and charts.
const READ: [&[u8]; 6] =
    [b"Chart.yaml", b"Chart.lock", b"values.yaml", b"values.schema.json", b"requirements.yaml", b"requirements.lock"];

/// Whether a file is kept apart: a large one that is no template, no chart's own and no archive.
fn is_apart(name: &[u8], length: usize) -> bool {
    let mut parts = name.split(|&byte| byte == b'/');
    while parts.clone().next() == Some(b"charts") {
        parts.nth(1);
    }
    let (first, is_file) = (parts.next(), parts.next().is_none());
    let is_read = |first: &[u8]| first == b"templates" || is_file && READ.contains(&first);
    length > 2 * Latent::LEAST && first.is_some_and(|first| !is_read(first))
}

/// The digest of the list that these files have, whose names and digests come in the archive's order.
pub fn files_digest<'a>(files: impl Iterator<Item = (&'a [u8], Digest)>) -> Digest {
    Digest::of(&list(files))
}

/// What `sha256sum` prints of files.
fn list<'a>(files: impl Iterator<Item = (&'a [u8], Digest)>) -> Vec<u8> {
    files.flat_map(|(name, digest)| [digest.to_hex().as_bytes(), BLANKS, name, b"\n"].concat()).collect()
}

/// Whether no limit can matter to who reads the files: their own, or those of archives among them. And what is kept apart must be all
/// contents.
fn may_be_kept(files: &[File]) -> bool {
    let mut budget = Budget::new(&MOST);
    let fits = files.iter().all(|file| budget.count_entry().is_ok() && budget.count_bytes(file.contents.len()).is_ok());
    let is_plain = |file: &File| {
        let is_apart = is_apart(&file.name, file.contents.len());
        !(file.name.ends_with(b".tgz") || is_apart && file.contents.starts_with(BYTE_ORDER_MARK))
    };
    fits && !files.is_empty() && files.iter().all(is_plain)
}

/// The first piece, read and not yet proven.
pub struct Unpacked {
    /// The beginning of it, with all of the list.
    start: Text,
    /// What is behind that, if it is not all.
    rest: Option<Later>,
    /// How long both are.
    length: usize,
    files_digest: Digest,
    files: Vec<Listed>,
}

/// What somebody else may be reading meanwhile, waited for; none if it cannot be read.
pub type Later = Box<dyn Fn() -> Option<Text>>;

/// A file of the list.
struct Listed {
    name: Range<usize>,
    digest: Digest,
    place: Place,
}

/// Where a file's contents are: in this piece, or in the other one.
enum Place {
    Here(Range<usize>),
    Apart(Range<usize>),
}

impl Unpacked {
    /// Reads the first piece, of which the beginning may be here before the rest; none if it is not one of ours.
    pub fn read(start: Vec<u8>, rest: Option<Later>) -> Option<Self> {
        match list_place(&start) {
            Some(list) => Self::with_list(start, list, rest),
            // The list of very many files.
            None => Self::read([&start[..], &rest?()?].concat(), None),
        }
    }

    fn with_list(piece: Vec<u8>, list: Range<usize>, rest: Option<Later>) -> Option<Self> {
        let Range { start: list_start, end: list_end } = list;
        let mut lengths = std::str::from_utf8(&piece[HEAD.len()..list_start - 1]).ok()?.split(' ');
        let (mut start, mut ends) = (list_start, [list_end + 1, 0]);
        let mut files = Vec::new();
        for line in piece[list_start..list_end].split_inclusive(|&byte| byte == b'\n') {
            let digest = Digest::parse(std::str::from_utf8(line.get(..HEX)?).ok()?).ok()?;
            let name = start + HEX + BLANKS.len()..start + line.len() - 1;
            start += line.len();
            let length: usize = lengths.next()?.parse().ok()?;
            let is_apart = is_apart(piece.get(name.clone())?, length);
            let end = &mut ends[usize::from(is_apart)];
            let place = *end..end.checked_add(length)?;
            *end = place.end;
            let place = if is_apart { Place::Apart(place) } else { Place::Here(place) };
            files.push(Listed { name, digest, place });
        }
        let [length, _] = ends;
        let is_whole = if rest.is_none() { length == piece.len() } else { length > piece.len() };
        let files_digest = Digest::of(&piece[list_start..list_end]);
        (is_whole && lengths.next().is_none()).then(|| Self { start: piece.into(), rest, length, files_digest, files })
    }

    /// Some of its bytes; none if they are not there, or there are more than there should be.
    fn part(&self, place: &Range<usize>) -> Option<Text> {
        let start = self.start.len();
        if place.end <= start {
            return Some(self.start.part(place.clone()));
        }
        let rest = self.rest.as_ref()?().filter(|rest| start + rest.len() == self.length)?;
        if place.start >= start {
            return Some(rest.part(place.start - start..place.end - start));
        }
        Some(Text::from([&self.start[place.start..], &rest[..place.end - start]].concat()))
    }

    /// The digest of the list.
    pub fn files_digest(&self) -> &Digest {
        &self.files_digest
    }

    /// The files, each of which is as it is listed; none if one is not.
    pub(super) fn files(&self, budget: &mut Budget, haste: Haste<'_>, rest: &Rest) -> Option<Result<Vec<File>, Error>> {
        let mut files = Vec::with_capacity(self.files.len());
        for Listed { name, digest, place } in &self.files {
            let name = self.start.part(name.clone());
            let length = match place {
                Place::Here(place) | Place::Apart(place) => place.len(),
            };
            let contents = match place {
                Place::Here(place) => {
                    let contents = self.part(place)?;
                    (Digest::of(&contents) == *digest).then(|| without_mark(contents))?
                }
                Place::Apart(place) => {
                    let apart = Apart { name: name.clone(), digest: *digest, place: place.clone() };
                    if haste.may_wait { rest.latent(apart) } else { (rest.find)(&apart)?.into() }
                }
            };
            if let Err(error) = budget.count_entry().and_then(|()| budget.count_bytes(length)) {
                return Some(Err(error));
            }
            let file = File { name, contents };
            (haste.watch)(&file);
            files.push(file);
        }
        Some(Ok(files))
    }
}

/// Where the list is in the first piece; none if it is not one of ours, or ends before the list does.
fn list_place(piece: &[u8]) -> Option<Range<usize>> {
    let start = HEAD.len() + memchr::memchr(b'\n', piece.strip_prefix(HEAD)?)? + 1;
    Some(start..start + memchr::memmem::find(&piece[start..], b"\n\n")? + 1)
}

fn without_mark(contents: Text) -> Text {
    if contents.starts_with(BYTE_ORDER_MARK) { contents.part(BYTE_ORDER_MARK.len()..contents.len()) } else { contents }
}

/// A file that is kept apart, and what proves it.
pub struct Apart {
    name: Text,
    digest: Digest,
    place: Range<usize>,
}

impl Apart {
    /// Where it is in the second piece.
    pub fn place(&self) -> Range<usize> {
        self.place.clone()
    }

    /// Whether these are its contents. The list does not prove how many they are; who changed that has something to hide.
    pub fn is(&self, bytes: &[u8]) -> bool {
        bytes.len() == self.place.len() && Digest::of(bytes) == self.digest
    }

    /// Its contents among the files of the archive, as [`super::unpack_whole`] gives them; none if they are others.
    pub fn among(&self, files: &[File]) -> Option<Vec<u8>> {
        let found = files.iter().find(|file| file.name == self.name)?;
        self.is(&found.contents).then(|| found.contents.to_vec())
    }
}

/// Finds the proven contents of a file; none if nobody has them any more.
pub type Finder = Arc<dyn Fn(&Apart) -> Option<Vec<u8>> + Send + Sync>;

/// Who has the files that are kept apart.
#[derive(Clone)]
pub struct Rest {
    /// Finds one of them.
    pub find: Finder,
    /// Becomes true if somebody looked at one and got nothing. What was rendered meanwhile is then not worth anything.
    pub is_lost: Arc<AtomicBool>,
}

impl Rest {
    /// The contents of a file, which is found when somebody looks at them, or asks how many they are.
    fn latent(&self, apart: Apart) -> Text {
        let rest = self.clone();
        let get = move || {
            (rest.find)(&apart).unwrap_or_else(|| {
                rest.is_lost.store(true, Ordering::Relaxed);
                Vec::new()
            })
        };
        Latent::new(get).all()
    }
}
