//! The same files for many releases: whoever renders looks at each once or twice, and not once for each release that names it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::surroundings::{Entry, EntryKind, FileError, Files, Surroundings};

/// What lies beyond this many bytes is read again each time.
const MOST_BYTES: usize = 64 << 20;

/// The same world, of which files are known: what a path leads to after the first look, and their bytes after the second reading.
/// A program may change any of them, and then all are forgotten.
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
    files: HashMap<PathBuf, File>,
    /// How many bytes are kept.
    bytes: usize,
}

/// What is known of a path.
#[derive(Default)]
struct File {
    leads_to: Leads,
    is_read: bool,
    /// Its bytes, from the second reading on: most files are read by one release only.
    text: Option<Arc<[u8]>>,
}

/// What a path leads to.
#[derive(Clone, Copy, Default)]
enum Leads {
    #[default]
    Unknown,
    Nowhere,
    To(EntryKind),
}

impl Known {
    fn file(&mut self, path: &Path) -> &mut File {
        self.files.entry(path.to_owned()).or_default()
    }
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
        let known = self.known().files.get(path).and_then(|file| file.text.clone());
        if let Some(text) = known {
            return Ok(text.to_vec());
        }
        let text = self.below.read(path)?;
        let mut known = self.learn();
        let may_be_kept = known.bytes + text.len() <= MOST_BYTES;
        let file = known.file(path);
        if !std::mem::replace(&mut file.is_read, true) {
            return Ok(text);
        }
        if file.text.is_none() && may_be_kept {
            file.text = Some(text.as_slice().into());
            known.bytes += text.len();
        }
        Ok(text)
    }

    fn list(&self, directory: &Path) -> Result<Vec<Entry>, FileError> {
        self.below.list(directory)
    }

    fn kind(&self, path: &Path) -> Result<Option<EntryKind>, FileError> {
        let known = self.known().files.get(path).map_or(Leads::Unknown, |file| file.leads_to);
        match known {
            Leads::Nowhere => return Ok(None),
            Leads::To(kind) => return Ok(Some(kind)),
            Leads::Unknown => {}
        }
        let kind = self.below.kind(path)?;
        self.learn().file(path).leads_to = kind.map_or(Leads::Nowhere, Leads::To);
        Ok(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::{Memory, Program, Watched};

    #[test]
    fn a_file_is_read_twice_until_a_program_runs() {
        let files = Arc::new(Watched::new(Arc::new(Memory::new())));
        let lay = |text: &str| files.lay(Path::new("a.yaml"), text.into());
        let world = Surroundings { files: files.clone(), ..Surroundings::closed(Memory::new()) };
        let remembering = remembering(&world);
        let read = || remembering.read(Path::new("a.yaml")).map(|text| String::from_utf8_lossy(&text).into_owned());
        // What is not there may come.
        assert!(read().is_err());
        for text in ["one", "two"] {
            lay(text);
            assert_eq!(read().as_deref(), Ok(text));
        }
        lay("three");
        assert_eq!(read().as_deref(), Ok("two"));
        assert!((remembering.run)(&Program::default()).is_err());
        assert_eq!(read().as_deref(), Ok("three"));
    }
}
