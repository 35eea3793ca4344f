//! Archives that are no chart's: a tar stream, packed or not, or a zip file with folders of any kind, as somebody's web server has them.
//!
//! They are read within the limits of charts and by the same entry rules, but need no common root. Links are not followed: what
//! is read must not need one.

use super::archive::{self, Budget};
use super::{Chart, Error, File, Refusal, Rules, load, zip};
use crate::yaml::Text;

/// What an archive has, named from its root.
#[derive(Debug, Default)]
pub struct Loose {
    /// Its files.
    pub files: Vec<File>,
    /// Its links, of which only the names are known.
    pub(super) links: Vec<Text>,
}

/// The files of an archive of whatever kind its first bytes say.
pub fn unpack_loose(bytes: &[u8], rules: &Rules) -> Result<Loose, Error> {
    let mut budget = Budget::new(&rules.limits);
    if bytes.starts_with(zip::MAGIC) { zip::files(bytes, &mut budget) } else { archive::loose(bytes, &mut budget) }
}

impl Loose {
    /// The files below a folder, named from there; `.` is the root.
    ///
    /// # Errors
    /// There is nothing, or something that is a link.
    fn below(self, folder: &str) -> Result<Vec<File>, Error> {
        let prefix = if folder == "." { String::new() } else { format!("{folder}/") };
        let is_below = |name: &Text| name.starts_with(prefix.as_bytes()) || **name == *folder.as_bytes();
        if let Some(entry) = self.links.into_iter().find(is_below) {
            return Err(Error::Entry { entry, refusal: Refusal::Link });
        }
        let files = self.files.into_iter().filter_map(|file| {
            let name = Text::from(file.name.strip_prefix(prefix.as_bytes())?);
            Some(File { name, ..file })
        });
        Ok(files.collect())
    }
}

/// The files of the chart in a folder of an archive, less what its `.helmignore` names.
pub(super) fn chart_files(bytes: &[u8], folder: &str, rules: &Rules) -> Result<Vec<File>, Error> {
    load::without_ignored(unpack_loose(bytes, rules)?.below(folder)?)
}

/// The chart in a folder of an archive, less what its `.helmignore` names.
pub fn load_loose(bytes: &[u8], folder: &str, rules: &Rules) -> Result<Chart, Error> {
    load::load(chart_files(bytes, folder, rules)?, rules, &mut Budget::new(&rules.limits))
}
