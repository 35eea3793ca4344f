//! `template --output-dir`: a folder for each release, named as helmfile names it, with a file for each template.
//!
//! Nothing is removed: a file that was written before and is not written now stays.

use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use crate::functions::sha1_hex;
use crate::project::Release;
use crate::yaml::Text;

/// Where the releases of a project are written to.
pub(super) struct OutputDir {
    /// Everything but the release's name.
    prefix: PathBuf,
}

impl OutputDir {
    /// The folder `named` stands beside the state file if its path is relative, as with helmfile.
    ///
    /// # Errors
    /// The working directory has no path.
    pub(super) fn new(named: &Path, state: &Path) -> io::Result<Self> {
        let state = std::path::absolute(state)?;
        // Two state files of one name keep apart by where they are.
        let whole = sha1_hex(state.to_string_lossy().as_bytes());
        let name = state.file_stem().unwrap_or_default().to_string_lossy();
        let beside = state.parent().unwrap_or(Path::new(""));
        Ok(Self { prefix: beside.join(named).join(format!("{name}-{}", &whole[..8])) })
    }

    /// Writes a release's files, and gives their paths.
    ///
    /// # Errors
    /// A path that leads out of the folder, and what the disk refuses.
    pub(super) fn write(&self, release: &Release, files: &[(Text, Vec<u8>)]) -> io::Result<Vec<PathBuf>> {
        let mut folder = self.prefix.clone().into_os_string();
        folder.push(format!("-{}", release.name));
        let folder = PathBuf::from(folder);
        files.iter().map(|(path, text)| write_below(&folder, path, text)).collect()
    }
}

fn write_below(folder: &Path, path: &Text, text: &[u8]) -> io::Result<PathBuf> {
    let path = path.to_lossy();
    let path = Path::new(&*path);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{}` leads out of the folder", path.display())));
    }
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        fs_err::create_dir_all(parent)?;
    }
    fs_err::File::create(&path)?.write_all(text)?;
    Ok(path)
}
