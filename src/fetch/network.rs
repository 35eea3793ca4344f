//! Whether and how the network may be used, as given by the caller.
//!
//! Nothing here opens a connection; that is for `http`, and only when the first question must be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use super::http::Http;
use super::{Absence, Mirror};
use crate::source::{Access, RepositoryUrl};
use crate::surroundings::{Memory, Surroundings};

/// What a run may ask of the world.
#[derive(Debug)]
pub enum Network {
    /// Nothing: whatever is needed must be in the cache, perhaps as these mirrors gave it.
    Offline(Vec<Mirror>),
    /// Chart repositories may be asked.
    Online(Client),
}

/// How a repository's host is trusted, and how it knows us.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates of authorities that are trusted besides the system's, as PEM.
    pub authorities: Vec<u8>,
    /// Our certificate and its key, as PEM; empty if the host does not ask.
    pub identity: Vec<u8>,
    /// The host's certificate is not checked.
    pub skip_verify: bool,
}

impl Tls {
    /// What holds for the other hosts that a repository sends us to: its authorities, but neither who we are nor any laxity.
    pub(super) fn abroad(&self) -> Self {
        Self { authorities: self.authorities.clone(), ..Self::default() }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("skip_verify", &self.skip_verify).finish_non_exhaustive()
    }
}

/// How a host with OCI registries is spoken to. Its [`fmt::Debug`] shows no secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RegistryOptions {
    /// User and password, before all that is stored elsewhere.
    pub user: Option<(String, String)>,
    /// Where they are written, for messages.
    pub place: Option<String>,
    /// A file with stored credentials, before the usual ones.
    pub stored: Option<PathBuf>,
    /// By HTTP instead of HTTPS.
    pub plain_http: bool,
    /// How the host is trusted.
    pub tls: Tls,
}

impl fmt::Debug for RegistryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryOptions")
            .field("user", &self.user.is_some())
            .field("plain_http", &self.plain_http)
            .finish_non_exhaustive()
    }
}

/// How much a server may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an index, both as sent and as decoded.
    pub index: usize,
    /// Bytes of a chart archive.
    pub archive: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { index: 128 << 20, archive: 100 << 20 }
    }
}

/// How long to wait, and how often to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes; also the time in which at least [`Patience::SLOWEST`] bytes a second must have come on average.
    pub silence: Duration,
    /// How often a request is tried, the first time counted.
    pub attempts: u32,
    /// About how long to wait before the second try; later waits are longer.
    pub pause: Duration,
    /// The longest wait that a server may ask for.
    pub longest_pause: Duration,
    /// For another process that is fetching the same thing.
    pub lock: Duration,
}

impl Patience {
    /// Bytes a second below which a transfer is given up, as Cargo does.
    pub const SLOWEST: f64 = 10.0;
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            attempts: 4,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(1),
            lock: Duration::from_mins(5),
        }
    }
}

/// What a [`Client`] is made with.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// User, password and query of the repositories that need them. They are sent to the repository's own origin (scheme,
    /// host and port) and nowhere else.
    pub access: BTreeMap<RepositoryUrl, Access>,
    /// Where the user and password of a repository are written, for messages.
    pub places: BTreeMap<RepositoryUrl, String>,
    /// The repositories whose user and password also go to the other hosts that their index names (`passCredentials`).
    pub pass_credentials: BTreeSet<RepositoryUrl>,
    /// Of the repositories that are not trusted, or do not trust us, by what the system knows.
    pub tls: BTreeMap<RepositoryUrl, Tls>,
    /// Of the hosts with OCI registries, as [`crate::source::OciRepository::host`] spells them. As with helm's logins, a host
    /// knows us by one name, whichever of its charts is wanted.
    pub registries: BTreeMap<String, RegistryOptions>,
    /// Where to ask instead of sources and of their files.
    pub mirrors: Vec<Mirror>,
    /// Hosts, with their port if it is not the usual one, that may have charts of repositories on other hosts.
    pub download_hosts: BTreeSet<String>,
    /// Where stored credentials are read from, and what runs the programs that keep them.
    pub surroundings: Surroundings,
    /// How much may come.
    pub limits: Limits,
    /// How long it may take.
    pub patience: Patience,
    /// Requests to one host at a time.
    pub requests_per_host: usize,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            access: BTreeMap::new(),
            places: BTreeMap::new(),
            pass_credentials: BTreeSet::new(),
            tls: BTreeMap::new(),
            registries: BTreeMap::new(),
            mirrors: Vec::new(),
            download_hosts: BTreeSet::new(),
            surroundings: Surroundings::closed(Memory::new()),
            limits: Limits::default(),
            patience: Patience::default(),
            requests_per_host: 8,
        }
    }
}

/// Asks servers. Costs nothing until the first question; connections are kept from one question to the next.
#[derive(Debug)]
pub struct Client {
    options: Box<ClientOptions>,
    http: OnceLock<Box<Http>>,
}

impl Client {
    /// A client that has not asked anything yet.
    pub fn new(options: ClientOptions) -> Self {
        Self { options: Box::new(options), http: OnceLock::new() }
    }

    /// What it was made with.
    pub fn options(&self) -> &ClientOptions {
        &self.options
    }

    fn http(&self) -> Result<&Http, Absence> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = Box::new(Http::new(&self.options)?);
        Ok(self.http.get_or_init(|| http))
    }
}

impl Network {
    /// Where to ask instead; offline, whose answers may be remembered.
    pub(super) fn mirrors(&self) -> &[Mirror] {
        match self {
            Self::Offline(mirrors) => mirrors,
            Self::Online(client) => &client.options().mirrors,
        }
    }

    /// What asks, made when it is first needed; or why nobody is asked.
    pub(super) fn http(&self) -> Result<&Http, Absence> {
        match self {
            Self::Offline(_) => Err(Absence::Offline),
            Self::Online(client) => client.http(),
        }
    }
}
