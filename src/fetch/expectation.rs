//! What the bytes of an archive must be, and by whose word: the index's and the lock's are different, and fail differently.

use super::{Address, Problem};
use crate::digest::Digest;

/// What the bytes must be.
pub(super) enum Expectation {
    /// Nobody says.
    Anything,
    /// What the index claims.
    Claimed(Digest),
    /// What the old lock says, and nothing speaks against it.
    Pinned(Digest),
    /// What the old lock says, though the index claims something else: one of them is wrong.
    Doubted(Digest),
    /// What the lock says that is being fetched.
    Locked(Digest),
}

impl Expectation {
    /// The digest, if it is beyond doubt that this one is wanted.
    pub(super) fn trusted(&self) -> Option<&Digest> {
        match self {
            Self::Anything | Self::Doubted(_) => None,
            Self::Claimed(digest) | Self::Pinned(digest) | Self::Locked(digest) => Some(digest),
        }
    }

    /// Whether a registry's manifest may name this archive.
    pub(super) fn admit(&self, named: &Digest) -> Result<(), Problem> {
        match self {
            Self::Pinned(pinned) | Self::Doubted(pinned) if pinned != named => {
                Err(Problem::Republished { pinned: *pinned, actual: *named })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check(&self, actual: &Digest, address: &Address) -> Result<(), Problem> {
        let (url, actual) = (address.clone(), *actual);
        match self {
            Self::Anything => Ok(()),
            Self::Claimed(digest) | Self::Pinned(digest) | Self::Doubted(digest) | Self::Locked(digest) if *digest == actual => {
                Ok(())
            }
            Self::Claimed(promised) => Err(Problem::Mismatch { url, witness: "index", promised: *promised, actual }),
            Self::Locked(pinned) => Err(Problem::NotAsLocked { url, pinned: *pinned, actual }),
            Self::Pinned(pinned) | Self::Doubted(pinned) => Err(Problem::Republished { pinned: *pinned, actual }),
        }
    }
}
