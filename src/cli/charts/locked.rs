//! From pins to charts: out of what the cache has unpacked, or else out of the archive.

use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock, OnceLock};

use super::Charts;
use crate::cache::{Blob, Cache};
use crate::chart::{self, Chart, File, Later, Rules, Unpacked};
use crate::cli::error::Error;
use crate::cli::loaded::Place;
use crate::digest::Digest;
use crate::lockfile::Pin;
use crate::version::Version;
use crate::yaml::Text;

impl Charts<'_> {
    /// The chart of a pin.
    pub(super) fn locked(&self, pin: &Pin) -> Result<Arc<Chart>, Error> {
        self.loaded.once(Place::Bytes(pin.content.digest, String::new()), || self.load_locked(pin))
    }

    fn load_locked(&self, pin: &Pin) -> Result<Chart, Error> {
        let name = || format!("{} {}", pin.content.chart.name(), pin.content.version);
        let unpacked = pin.content.files_digest.as_ref().and_then(|files| self.load_unpacked(&pin.content.digest, files));
        let chart = match unpacked {
            Some(chart) => chart,
            None => self.load(&self.archive(pin)?.into_shared()),
        };
        let chart = chart.map_err(|source| Error::Chart { name: name(), source })?;
        // The digest says that these are the pinned bytes, not that they are the chart whose name stands beside it.
        let found = (chart.metadata.name.to_lossy(), chart.metadata.version.to_lossy());
        let wanted = pin.content.chart.name();
        let is_named = found.0 == wanted || Some(&*found.0) == wanted.rsplit('/').next();
        let is_it = is_named && Version::parse(&found.1).is_ok_and(|version| version == pin.content.version);
        if !is_it {
            let (found, digest) = (format!("{} {}", found.0, found.1), pin.content.digest);
            return Err(Error::AnotherChart { pinned: name(), found, digest });
        }
        Ok(chart)
    }

    /// The chart of an archive out of its unpacked files, if the cache has them as the lock says.
    fn load_unpacked(&self, archive: &Digest, files: &Digest) -> Option<Result<Chart, chart::Error>> {
        let unpacked = self.read_unpacked(archive)?;
        if unpacked.files_digest() != files {
            return None;
        }
        let (cache, archive) = (self.live.cache.clone(), *archive);
        // Where the piece is gone, many files may be looked for.
        let whole = OnceLock::new();
        let find = move |apart: &chart::Apart| {
            let kept = cache.unpacked_part(&archive, apart.place()).ok().flatten().filter(|bytes| apart.is(bytes));
            kept.or_else(|| apart.among(whole.get_or_init(|| whole_files(&cache, &archive).unwrap_or_default())))
        };
        let rest = chart::Rest { find: Arc::new(find), is_lost: self.is_lost.clone() };
        self.hasty(|haste| chart::load_unpacked(&unpacked, &self.dialect.charts, haste, &rest))
    }

    /// What the cache has unpacked of an archive. One half of what is large is read by another thread.
    fn read_unpacked(&self, archive: &Digest) -> Option<Unpacked> {
        let mut later = None;
        let choose = |length: u64| {
            let (cache, archive) = (self.live.cache.clone(), *archive);
            let half = length / 2;
            let read = move || cache.unpacked(&archive, |_| half..length).ok().flatten().map(Text::from);
            let rest = Arc::new(LazyLock::new(read));
            let job = {
                let rest = rest.clone();
                move || _ = LazyLock::force(&rest)
            };
            if !self.ahead.as_ref().is_some_and(|ahead| ahead.expect(length, job)) {
                return 0..length;
            }
            later = Some(Box::new(move || (**rest).clone()) as Later);
            0..half
        };
        let start = self.live.cache.unpacked(archive, choose).ok()??;
        Unpacked::read(start, later)
    }

    /// Whether all that was looked at was there.
    ///
    /// # Errors
    /// Something went away while charts that have it were being rendered.
    pub(in crate::cli) fn check_whole(&self) -> Result<(), Error> {
        if self.is_lost.load(Ordering::Relaxed) { Err(self.all_missing()) } else { Ok(()) }
    }

    /// The verified bytes of a pin; if its files are vendored, an archive of these.
    pub(super) fn archive(&self, pin: &Pin) -> Result<Archive, Error> {
        let digest = &pin.content.digest;
        if let Some(blob) = self.live.cache.get(digest)? {
            return Ok(Archive::Published(blob));
        }
        let repacked = self.vendored.as_ref().map(|vendored| vendored.repacked(&pin.content, self.live)).transpose()?;
        repacked.flatten().map(Archive::Repacked).ok_or_else(|| self.all_missing())
    }

    /// Everything that the lock has and the cache lacks, so that one `fetch` mends it.
    pub(super) fn all_missing(&self) -> Error {
        let is_vendored = |digest: &Digest| self.vendored.as_ref().is_some_and(|vendored| vendored.has_unpacked(digest));
        let is_absent =
            |pin: &Pin| matches!(self.live.cache.get(&pin.content.digest), Ok(None)) && !is_vendored(&pin.content.digest);
        let pins = self.lockfile.pins().map(|(_, pin)| pin).filter(|pin| is_absent(pin));
        let missing = pins.map(|pin| format!("{} {} ({})", pin.content.chart.name(), pin.content.version, pin.content.digest));
        let folders = self.lockfile.git().iter().filter(|pin| matches!(self.live.cache.get(&pin.digest), Ok(None)));
        let folders = folders.map(|pin| format!("{} ({})", pin.wanted(), pin.digest));
        let files = self.lockfile.files().iter().filter(|pin| matches!(self.live.cache.get(&pin.digest), Ok(None)));
        let files = files.map(|pin| format!("{} ({})", pin.url, pin.digest));
        Error::NotInCache(missing.chain(folders).chain(files).collect())
    }
}

/// All files of an archive, if it is here.
fn whole_files(cache: &Cache, archive: &Digest) -> Option<Vec<File>> {
    chart::unpack_whole(cache.get(archive).ok()??.bytes(), &Rules::default()).ok()
}

/// The bytes of a locked chart.
pub(super) enum Archive {
    /// Those that the lock has the digest of.
    Published(Blob),
    /// Those of its vendored files.
    Repacked(Vec<u8>),
}

impl Archive {
    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Published(blob) => blob.bytes(),
            Self::Repacked(bytes) => bytes,
        }
    }

    fn into_shared(self) -> Arc<Vec<u8>> {
        match self {
            Self::Published(blob) => blob.into_shared(),
            Self::Repacked(bytes) => Arc::new(bytes),
        }
    }
}
