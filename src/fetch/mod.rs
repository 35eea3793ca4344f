//! Asks chart repositories and fills the cache.
