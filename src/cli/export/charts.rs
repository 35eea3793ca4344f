//! The archives of an export, each once, whichever releases use them.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::yaml::Text;

/// Archives by the names that they get.
#[derive(Default)]
pub(super) struct Shelf {
    archives: BTreeMap<String, (Digest, Vec<u8>)>,
}

impl Shelf {
    /// Puts an archive there and gives its name. Two charts of one name and version, from two repositories, get two names.
    pub(super) fn put(&mut self, chart: &str, version: &str, archive: Vec<u8>) -> String {
        let digest = Digest::of(&archive);
        let word = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric() && !"._+-".contains(c), "-");
        let stem = format!("{}-{}", word(chart), word(version));
        let mut name = format!("{stem}.tgz");
        if self.archives.get(&name).is_some_and(|(known, _)| *known != digest) {
            name = format!("{stem}-{}.tgz", &digest.to_hex()[..12]);
        }
        self.archives.entry(name.clone()).or_insert((digest, archive));
        name
    }

    /// The names with their digests, for whoever wants to compare them.
    pub(super) fn names(&self) -> BTreeMap<String, String> {
        self.archives.iter().map(|(name, (digest, _))| (name.clone(), digest.to_string())).collect()
    }

    /// The archives as files of the export.
    pub(super) fn into_files(self) -> impl Iterator<Item = (Text, Vec<u8>)> {
        self.archives.into_iter().map(|(name, (_, archive))| (format!("charts/{name}").as_str().into(), archive))
    }
}
