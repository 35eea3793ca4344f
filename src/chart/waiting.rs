//! Files of an archive that stay packed until somebody looks at them: most who render a chart print none of its custom resource
//! definitions, which are most of what many an archive has.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::sync::Arc;

use flate2::bufread::GzDecoder;

use super::File;
use super::archive::step;
use crate::yaml::{Latent, Text};

/// Where such files are.
#[derive(Default)]
pub(super) struct Waiting {
    /// The place of each in the tar stream.
    files: BTreeMap<Text, Range<u64>>,
    /// Whether one of them stands there twice: only its bytes tell whether that is one file.
    is_named_again: bool,
}

impl Waiting {
    /// Whether a file may be one of these: a large one in the `crds/` of a chart or of a subchart.
    pub(super) fn may_have(name: &[u8], length: u64) -> bool {
        let mut parts = name.split(|&byte| byte == b'/');
        while parts.clone().next() == Some(b"charts") {
            parts.nth(1);
        }
        parts.next() == Some(b"crds") && length > 2 * Latent::LEAST as u64
    }

    /// Takes a file.
    pub(super) fn add(&mut self, name: &Text, place: Range<u64>) {
        self.files.insert(name.clone(), place);
    }

    /// Whether a file is one of these, which then stands there twice.
    pub(super) fn is_again(&mut self, name: &Text) -> bool {
        let is_known = self.files.contains_key(name);
        self.is_named_again |= is_known;
        is_known
    }

    /// Whether all of them must be looked at after all.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.is_named_again
    }

    /// Gives the files their contents, which keep the archive.
    pub(super) fn lay_into(&self, files: &mut [File], archive: &Arc<Vec<u8>>) {
        let mut places: Vec<_> = files.iter_mut().filter_map(|file| Some((self.files.get(&file.name)?.clone(), file))).collect();
        places.sort_unstable_by_key(|(range, _)| range.start);
        let ranges: Vec<_> = places.iter().map(|(range, _)| range.clone()).collect();
        let archive = archive.clone();
        let latent = Latent::new(move || cut(&archive, &ranges).unwrap_or_default());
        let mut end = 0;
        for (range, file) in places {
            let start = end;
            end += (range.end - range.start) as usize;
            file.contents = latent.text(start..end);
        }
    }
}

/// Parts of a packed stream, in their order, one behind the other. It was read before, so that it can be read.
fn cut(archive: &[u8], ranges: &[Range<u64>]) -> io::Result<Vec<u8>> {
    let mut stream = BufReader::with_capacity(step(archive), GzDecoder::new(archive));
    let (mut cut, mut position) = (Vec::new(), 0);
    for range in ranges {
        io::copy(&mut (&mut stream).take(range.start.saturating_sub(position)), &mut io::sink())?;
        (&mut stream).take(range.end - range.start).read_to_end(&mut cut)?;
        position = range.end;
    }
    Ok(cut)
}
