//! The same files for many releases: whoever renders looks at each once, and not once for each release that names it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::surroundings::{Entry, EntryKind, FileError, Files, Surroundings};

/// What lies beyond this many bytes is read again each time.
const MOST_BYTES: usize = 64 << 20;

/// The same world, of which files are known after the first look. A program may change any of them, and then all are forgotten.
pub(super) fn remembering(surroundings: &Surroundings) -> Surroundings {
    let files = Arc::new(Remembered { below: surroundings.files.clone(), known: RwLock::default() });
    let (known, run) = (files.clone(), surroundings.run.clone());
    let run = Arc::new(move |program: &_| {
        let answer = run(program);
        *known.learn() = Known::default();
        answer
    });
    Surroundings { files, run, ..surroundings.clone() }
}

/// What is known of files.
#[derive(Default)]
struct Known {
    kinds: HashMap<PathBuf, Option<EntryKind>>,
    texts: HashMap<PathBuf, Arc<[u8]>>,
    bytes: usize,
}

/// Files, and what is known of them.
struct Remembered {
    below: Arc<dyn Files>,
    known: RwLock<Known>,
}

impl Remembered {
    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for Remembered {
    fn read(&self, path: &Path) -> Result<Vec<u8>, FileError> {
        let known = self.known().texts.get(path).cloned();
        if let Some(text) = known {
            return Ok(text.to_vec());
        }
        let text = self.below.read(path)?;
        let (path, kept) = (path.to_owned(), Arc::from(text.as_slice()));
        let mut known = self.learn();
        if known.bytes + text.len() <= MOST_BYTES {
            known.bytes += text.len();
            known.texts.insert(path, kept);
        }
        Ok(text)
    }

    fn list(&self, directory: &Path) -> Result<Vec<Entry>, FileError> {
        self.below.list(directory)
    }

    fn kind(&self, path: &Path) -> Result<Option<EntryKind>, FileError> {
        let known = self.known().kinds.get(path).copied();
        if let Some(kind) = known {
            return Ok(kind);
        }
        let kind = self.below.kind(path)?;
        self.learn().kinds.insert(path.to_owned(), kind);
        Ok(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::{Memory, Program, Watched};

    #[test]
    fn a_file_is_read_once_until_a_program_runs() {
        let files = Arc::new(Watched::new(Arc::new(Memory::new())));
        let lay = |text: &str| files.lay(Path::new("a.yaml"), text.into());
        let world = Surroundings { files: files.clone(), ..Surroundings::closed(Memory::new()) };
        let remembering = remembering(&world);
        let read = || remembering.read(Path::new("a.yaml")).map(|text| String::from_utf8_lossy(&text).into_owned());
        // What is not there may come.
        assert!(read().is_err());
        lay("one");
        assert_eq!(read().as_deref(), Ok("one"));
        lay("two");
        assert_eq!(read().as_deref(), Ok("one"));
        assert!((remembering.run)(&Program::default()).is_err());
        assert_eq!(read().as_deref(), Ok("two"));
    }
}
