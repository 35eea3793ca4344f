//! What the cache keeps of an archive besides its bytes: the files, unpacked, so that rendering need not unpack them.
//!
//! That is a help and no more: where it cannot be written, or the archive is one that our loader refuses, the archive itself serves.

use crate::cache::{Blob, Cache};
use crate::chart::{self, Unpacked};
use crate::digest::Digest;

/// Sees to it that the files of an archive are kept, and tells the digest of their list; none if it cannot be read. Where the list that
/// a lock has the digest of is kept, it is believed, as the lock is.
pub(super) fn files_digest(archive: &Blob, locked: Option<&Digest>, cache: &Cache) -> Option<Digest> {
    let is_kept = locked.is_some_and(|locked| {
        let whole = cache.unpacked(archive.digest(), |length| 0..length).ok().flatten();
        let kept = whole.and_then(|bytes| Unpacked::read(bytes, None));
        kept.is_some_and(|kept| kept.files_digest() == locked)
    });
    if is_kept { locked.copied() } else { keep(archive, cache) }
}

/// Keeps the files of an archive, and tells the digest of their list.
pub(super) fn keep(archive: &Blob, cache: &Cache) -> Option<Digest> {
    let kept = chart::unpack_to_keep(archive.bytes()).ok()?;
    if let Some([files, apart]) = &kept.pieces {
        let _the_archive_serves = cache.keep_unpacked(archive.digest(), files, apart);
    }
    Some(kept.files_digest)
}
