//! The store under ordinary use and under what disks and neighbours do to it.

#![allow(clippy::disallowed_methods, reason = "the tests do to a disk what the cache must bear")]

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Cache, Error, LITTER_AGE, Validators, disk};
use crate::digest::Digest;

/// All files below a folder, with their sizes, sorted.
fn files(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path(), entry.metadata().unwrap().len()));
        }
    }
    found.sort();
    found
}

fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(folder.path().join("cache"));
    (folder, cache)
}

fn blob_path(cache: &Cache, digest: &Digest) -> PathBuf {
    cache.path(digest)
}

#[test]
fn what_is_stored_is_got_and_nothing_else_is_left() {
    let (_folder, cache) = cache();
    let stored = cache.store(b"chart".to_vec(), None).unwrap();
    cache.settle().unwrap();
    assert_eq!(cache.get(&Digest::of(b"chart")).unwrap().unwrap(), stored);
    assert_eq!(stored.bytes(), b"chart");
    assert_eq!(files(cache.folder()), [(blob_path(&cache, stored.digest()), 5)]);
}

#[test]
fn opening_and_missing_touch_nothing() {
    let (_folder, cache) = cache();
    assert_eq!(cache.get(&Digest::of(b"chart")).unwrap(), None);
    assert!(cache.remembered("https://example.com/index.yaml").unwrap().is_none());
    cache.settle().unwrap();
    assert!(!cache.folder().exists());
}

#[test]
fn bytes_that_are_not_the_promised_ones_are_not_kept() {
    let (_folder, cache) = cache();
    let expected = Digest::of(b"promised");
    let error = cache.store(b"other".to_vec(), Some(&expected)).unwrap_err();
    assert!(matches!(error, Error::Mismatch { expected: e, actual } if e == expected && actual == Digest::of(b"other")));
    assert!(!cache.folder().exists());
}

#[test]
fn every_kind_of_damage_is_noticed_and_healed() {
    let (_folder, cache) = cache();
    let bytes = b"the bytes of a chart".to_vec();
    let digest = *cache.store(bytes.clone(), None).unwrap().digest();
    let path = blob_path(&cache, &digest);
    let flipped = {
        let mut flipped = bytes.clone();
        flipped[3] ^= 1;
        flipped
    };
    let damages = [Vec::new(), bytes[..7].to_vec(), [&bytes[..], b"x"].concat(), flipped, vec![0; bytes.len()]];
    for damage in damages {
        std::fs::write(&path, &damage).unwrap();
        assert_eq!(cache.get(&digest).unwrap(), None, "{damage:?}");
        cache.store(bytes.clone(), Some(&digest)).unwrap();
        assert_eq!(cache.get(&digest).unwrap().unwrap().bytes(), bytes);
    }
}

#[test]
fn an_equal_blob_is_left_alone() {
    let (_folder, cache) = cache();
    let digest = *cache.store(b"chart".to_vec(), None).unwrap().digest();
    let before = std::fs::metadata(blob_path(&cache, &digest)).unwrap();
    cache.store(b"chart".to_vec(), None).unwrap();
    let after = std::fs::metadata(blob_path(&cache, &digest)).unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::MetadataExt::ino(&before), std::os::unix::fs::MetadataExt::ino(&after));
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
}

#[test]
fn a_blob_that_vanished_is_not_called_settled() {
    let (_folder, cache) = cache();
    let digest = *cache.store(b"chart".to_vec(), None).unwrap().digest();
    std::fs::remove_file(blob_path(&cache, &digest)).unwrap();
    assert!(matches!(cache.settle().unwrap_err(), Error::Lost { digest: lost, .. } if lost == digest));
}

#[test]
fn a_cache_that_is_a_file_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    std::fs::write(&path, "a file").unwrap();
    let error = Cache::open(&path).store(b"chart".to_vec(), None).unwrap_err();
    assert_eq!(error.to_string(), format!("the cache `{}` cannot be used", path.display()));
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("cache"));
}

#[test]
fn litter_goes_when_it_is_old_and_its_writer_is_gone() {
    let (_folder, cache) = cache();
    cache.store(b"chart".to_vec(), None).unwrap();
    let old = SystemTime::now() - LITTER_AGE - Duration::from_mins(1);
    let temporary = |name: &str, modified: Option<SystemTime>| {
        let path = cache.folder().join("tmp").join(name);
        let file = std::fs::File::create(&path).unwrap();
        if let Some(modified) = modified {
            file.set_modified(modified).unwrap();
        }
        (path, file)
    };
    let (abandoned, _) = temporary("abandoned", Some(old));
    let (young, _) = temporary("young", None);
    let (held, file) = temporary("held", Some(old));
    file.lock().unwrap();
    Cache::open(cache.folder()).store(b"another".to_vec(), None).unwrap();
    assert!(!abandoned.exists() && young.exists() && held.exists());
}

#[test]
fn a_record_is_read_as_it_was_written_and_a_torn_one_is_none() {
    let (_folder, cache) = cache();
    let url = "https://example.com/index.yaml";
    let body = cache.store(b"index".to_vec(), None).unwrap();
    let validators = Validators { etag: Some("W/\"a b\"".into()), last_modified: Some("Wed, 25 Nov 2026 10:00:00 GMT".into()) };
    cache.remember(url, body.digest(), &validators).unwrap();
    let remembered = cache.remembered(url).unwrap().unwrap();
    assert_eq!((remembered.body, remembered.validators), (body.clone(), validators));
    let record = std::fs::read(cache.record_path(url)).unwrap();
    for end in 0..record.len() {
        std::fs::write(cache.record_path(url), &record[..end]).unwrap();
        assert!(cache.remembered(url).unwrap().is_none(), "cut at {end}");
    }
}

#[test]
fn superseding_removes_the_body_before_and_remembering_does_not() {
    let (_folder, cache) = cache();
    let bodies = [b"one", b"two"].map(|bytes| cache.store(bytes.to_vec(), None).unwrap());
    let none = Validators::default();
    for (url, kept) in [("remember", true), ("supersede", false)] {
        cache.store(b"one".to_vec(), None).unwrap();
        cache.remember(url, bodies[0].digest(), &none).unwrap();
        if kept {
            cache.remember(url, bodies[1].digest(), &none).unwrap();
        } else {
            cache.supersede(url, bodies[1].bytes(), &none).unwrap();
        }
        assert_eq!(cache.get(bodies[0].digest()).unwrap().is_some(), kept, "{url}");
        assert_eq!(cache.remembered(url).unwrap().unwrap().body, bodies[1]);
    }
}

#[test]
fn a_lock_has_one_holder_until_it_is_dropped() {
    let (_folder, cache) = cache();
    let url = "https://user@example.com/index.yaml";
    let held = cache.try_lock(url).unwrap();
    assert!(Cache::open(cache.folder()).try_lock(url).is_none());
    assert!(cache.try_lock("https://example.com/another").is_some());
    drop(held);
    assert!(cache.try_lock(url).is_some());
    assert!(files(cache.folder()).iter().all(|(path, _)| !path.to_string_lossy().contains("user")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_cache_that_cannot_be_written_still_serves() {
    let (folder, cache) = cache();
    let blob = cache.store(b"chart".to_vec(), None).unwrap();
    // Permissions do not bind the superuser, a folder that no longer allows new files in any way does: a file in its place.
    std::fs::remove_dir_all(cache.folder().join("tmp")).unwrap();
    std::fs::write(cache.folder().join("tmp"), "").unwrap();
    std::fs::write(cache.folder().join("locks"), "").unwrap();
    let reader = Cache::open(folder.path().join("cache"));
    let before = files(reader.folder());
    assert_eq!(reader.get(blob.digest()).unwrap().unwrap(), blob);
    assert_eq!(reader.store(b"chart".to_vec(), None).unwrap(), blob);
    assert!(reader.try_lock("https://example.com/index.yaml").is_some());
    assert_eq!(files(reader.folder()), before);
    assert!(reader.store(b"more".to_vec(), None).is_err());
}

#[test]
fn writers_and_readers_of_one_blob_never_meet_half_a_file() {
    let (_folder, cache) = cache();
    let bytes = vec![7_u8; 1 << 18];
    let digest = Digest::of(&bytes);
    let path = blob_path(&cache, &digest);
    cache.store(bytes.clone(), None).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..8 {
                    disk::write(&cache.folder().join("tmp"), &path, &bytes, disk::Durability::Durable).unwrap();
                }
            });
        }
        for _ in 0..64 {
            assert!(cache.get(&digest).unwrap().is_some());
        }
    });
}
