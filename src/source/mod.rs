//! Where charts come from, and what a chart is called there.
//!
//! A source is an identity: two spellings of one repository are equal, and its text goes into the lock. So it never holds a
//! credential. What a spelling hides (user, password, query) is split off as [`Access`] for those who speak to the network.

mod git;
mod packed;
mod remote;

use std::fmt;

use url::Url;

pub use git::GitReference;
pub use packed::Packed;
pub use remote::{FileUrl, MOUNTED, Remote, is_mounted};

/// Where charts come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A chart repository with an `index.yaml`.
    Http(RepositoryUrl),
    /// A folder of an OCI registry.
    Oci(OciRepository),
    /// A git repository.
    Git(GitRepository),
    /// A folder beside the project.
    Path(LocalPath),
}

/// Why a text names no source or no chart. Texts are shown without credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a URL.
    #[error("`{text}` is not a URL ({reason})")]
    Url {
        /// What was parsed.
        text: String,
        /// What the URL parser says.
        reason: url::ParseError,
    },
    /// A URL of a kind that this source cannot have.
    #[error("`{text}` is not {wanted}")]
    Kind {
        /// What was parsed.
        text: String,
        /// What would be right, with its article.
        wanted: &'static str,
    },
    /// Something that is no chart name, by the characters that it has.
    #[error("`{text}` is not a chart name")]
    Name {
        /// What was parsed.
        text: String,
    },
    /// An absolute path, or one with control characters.
    #[error("`{text}` is not a relative path")]
    Path {
        /// What was parsed.
        text: String,
    },
}

impl Source {
    /// Reads what [`fmt::Display`] prints, and what `repository:` in Chart.yaml may say.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
            Some("http" | "https") => RepositoryUrl::parse(text).map(Self::Http),
            Some("oci") => OciRepository::parse(text).map(Self::Oci),
            Some("file") => LocalPath::parse(text[5..].strip_prefix("//").unwrap_or(&text[5..])).map(Self::Path),
            Some(scheme) if scheme == "git" || scheme.starts_with("git+") => GitRepository::parse(text).map(Self::Git),
            Some(_) => Err(Error::Kind { text: shown(text), wanted: "a chart repository" }),
            None => LocalPath::parse(text).map(Self::Path),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(repository) => repository.fmt(f),
            Self::Oci(repository) => repository.fmt(f),
            Self::Git(repository) => repository.fmt(f),
            Self::Path(path) => write!(f, "file://{path}"),
        }
    }
}

/// A chart repository's URL: `https://charts.example.com/stable`, without slash at the end, user, query and fragment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryUrl(String);

/// What a repository's URL said besides its identity. Its [`fmt::Debug`] shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// User and password, percent-decoded.
    pub user: Option<(String, String)>,
    /// The query, without `?`. Helm sends it with each request to the repository; it is where tokens are put.
    pub query: Option<String>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("user", &self.user.is_some()).field("query", &self.query.is_some()).finish()
    }
}

impl RepositoryUrl {
    /// Reads a URL and forgets what is not identity.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::split(text).map(|(url, _)| url)
    }

    /// Reads a URL and splits it into identity and access.
    pub fn split(text: &str) -> Result<(Self, Access), Error> {
        let mut url = parse_url(text)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::Kind { text: shown(text), wanted: "an http or https URL" });
        }
        let access = Access {
            user: (!url.username().is_empty())
                .then(|| (percent_decoded(url.username()), percent_decoded(url.password().unwrap_or_default()))),
            query: url.query().filter(|query| !query.is_empty()).map(str::to_owned),
        };
        strip(&mut url);
        // Helm joins paths with Go's `path.Join`, to which `//` is `/`.
        let path: Vec<_> = url.path().split('/').filter(|part| !part.is_empty()).collect();
        let path = path.join("/");
        url.set_path(&path);
        let text = url.as_str();
        Ok((Self(text.strip_suffix('/').unwrap_or(text).to_owned()), access))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where `index.yaml` is, without the query that [`Access`] holds.
    pub fn index(&self) -> Url {
        let mut url = self.base();
        url.set_path(&format!("{}index.yaml", url.path()));
        url
    }

    /// The address of a chart that the index gives as `reference`, which may be relative to the repository.
    ///
    /// An absolute one is taken as it is, but for credentials. A relative one loses its query as in Helm, which replaces it by
    /// the repository's own.
    pub fn join(&self, reference: &str) -> Result<Url, Error> {
        let reason = |reason| Error::Url { text: shown(reference), reason };
        let mut url = match Url::parse(reference) {
            Ok(absolute) => absolute,
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                let mut joined = self.base().join(reference).map_err(reason)?;
                joined.set_query(None);
                joined
            }
            Err(other) => return Err(reason(other)),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::Kind { text: shown(reference), wanted: "an http or https URL" });
        }
        let query = url.query().map(str::to_owned);
        strip(&mut url);
        url.set_query(query.as_deref());
        Ok(url)
    }

    /// Whether an address has this repository's scheme, host and port. Elsewhere somebody else must vouch for it.
    pub fn is_origin_of(&self, address: &Url) -> bool {
        self.base().origin() == address.origin()
    }

    fn base(&self) -> Url {
        Url::parse(&format!("{}/", self.0)).expect("a normalised URL is a URL")
    }
}

impl fmt::Display for RepositoryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A folder of an OCI registry: `oci://registry.example.com:5000/charts`. The chart's name comes behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OciRepository {
    host: String,
    path: String,
}

impl OciRepository {
    /// Reads `oci://host[:port][/path]`; without the scheme, too, since helmfile's `repositories` have none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wanted = || Error::Kind { text: shown(text), wanted: "an OCI repository" };
        let rest = text.strip_prefix("oci://").unwrap_or(text);
        // `oci` is not a scheme whose hosts the URL parser normalises, and registries are spoken to by https.
        let url = parse_url(&format!("https://{rest}")).map_err(|_| wanted())?;
        let host = url.host_str().ok_or_else(wanted)?;
        let host = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
        let path: Vec<_> = url.path().split('/').filter(|part| !part.is_empty()).collect();
        if url.query().is_some() || url.fragment().is_some() || !path.iter().all(|part| is_name_part(part)) {
            return Err(wanted());
        }
        Ok(Self { host, path: path.join("/") })
    }

    /// Host and, unless it is https's own, port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path without slashes at its ends; may be empty.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name of a chart's repository in the registry, as its protocol has it: path and chart name.
    pub fn repository(&self, chart: &str) -> String {
        if self.path.is_empty() { chart.to_owned() } else { format!("{}/{chart}", self.path) }
    }
}

impl fmt::Display for OciRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}", self.host)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, "/{}", self.path) }
    }
}

/// A chart by its OCI address: `oci://host/path/name[:tag][@sha256:…]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OciReference {
    /// The chart.
    pub chart: ChartRef,
    repository: OciRepository,
    /// What follows `:`.
    pub tag: Option<String>,
    /// What follows `@`, unchecked.
    pub digest: Option<String>,
}

impl OciReference {
    /// Reads an address, with or without the scheme.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wanted = || Error::Kind { text: shown(text), wanted: "an OCI chart" };
        let rest = text.strip_prefix("oci://").unwrap_or(text);
        let (repository, last) = rest.rsplit_once('/').ok_or_else(wanted)?;
        let (last, digest) = last.split_once('@').map_or((last, None), |(name, digest)| (name, Some(digest.to_owned())));
        let (name, tag) = last.split_once(':').map_or((last, None), |(name, tag)| (name, Some(tag.to_owned())));
        let repository = OciRepository::parse(repository)?;
        let chart = ChartRef::new(Source::Oci(repository.clone()), name)?;
        Ok(Self { chart, repository, tag, digest })
    }

    /// The folder of the registry.
    pub fn repository(&self) -> &OciRepository {
        &self.repository
    }
}

impl fmt::Display for OciReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chart.fmt(f)?;
        self.tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))?;
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

/// A git repository: `git+https://host/path`. A user name stays where ssh needs it; passwords never do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GitRepository(String);

impl GitRepository {
    /// Reads a git URL: with `git+` or `git::` in front or without, or as `user@host:path`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bare = text.strip_prefix("git+").or_else(|| text.strip_prefix("git::")).unwrap_or(text);
        let scp = (!bare.contains("://")).then(|| bare.split_once(':')).flatten();
        let mut url = match scp {
            Some((host, path)) => parse_url(&format!("ssh://{host}/{}", path.trim_start_matches('/')))?,
            None => parse_url(bare)?,
        };
        if !matches!(url.scheme(), "http" | "https" | "ssh" | "git" | "file") {
            return Err(Error::Kind { text: shown(text), wanted: "a git repository" });
        }
        // ssh would take them for its flags.
        if url.host_str().is_some_and(|host| host.starts_with('-')) || url.username().starts_with('-') {
            return Err(Error::Kind { text: shown(text), wanted: "a git repository" });
        }
        let user = Some(url.username().to_owned()).filter(|user| url.scheme() == "ssh" && !user.is_empty());
        strip(&mut url);
        if let Some(user) = user {
            // Refused only for URLs without host, which have no user either.
            let _ = url.set_username(&user);
        }
        let named = url.as_str().trim_end_matches('/');
        // Without host and path nothing is named, and what is left would be read as something else.
        if !named.contains("://") {
            return Err(Error::Kind { text: shown(text), wanted: "a git repository" });
        }
        Ok(Self(named.to_owned()))
    }

    /// The URL that git understands.
    pub fn url(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GitRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "git+{}", self.0)
    }
}

/// A relative path with `/`, without `.` and empty parts; `..` stands only at its beginning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalPath(String);

impl LocalPath {
    /// Reads and cleans a path. It is not looked up, so links do not matter.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let drive = text.as_bytes().get(1) == Some(&b':');
        if text.is_empty() || text.starts_with(['/', '\\']) || drive || text.chars().any(char::is_control) {
            return Err(Error::Path { text: shown(text) });
        }
        let mut parts = Vec::new();
        for part in text.split('/').filter(|part| !part.is_empty() && *part != ".") {
            if part == ".." && parts.last().is_some_and(|last| *last != "..") {
                parts.pop();
            } else {
                parts.push(part);
            }
        }
        Ok(Self(if parts.is_empty() { ".".to_owned() } else { parts.join("/") }))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A chart of a source. Its name is safe to print; nobody makes paths of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChartRef {
    source: Source,
    name: String,
}

impl ChartRef {
    /// A chart by source and name. An HTTP repository's chart may have slashes in its name, as in helmfile's `repo/dir/name`.
    pub fn new(source: Source, name: &str) -> Result<Self, Error> {
        let parts = name.split('/').count();
        if name.len() > 250 || !name.split('/').all(is_name_part) || (parts > 1 && matches!(source, Source::Oci(_))) {
            return Err(Error::Name { text: shown(name) });
        }
        Ok(Self { source, name: name.to_owned() })
    }

    /// Where it comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// What it is called there.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for ChartRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.source, self.name)
    }
}

fn is_name_part(part: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !part.is_empty() && part.bytes().all(allowed) && !part.bytes().all(|byte| byte == b'.')
}

fn parse_url(text: &str) -> Result<Url, Error> {
    Url::parse(text).map_err(|reason| Error::Url { text: shown(text), reason })
}

/// Takes user, password, query and fragment away.
fn strip(url: &mut Url) {
    // Both are refused only where there is no host, and then there is nothing to strip.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
}

/// A text that did not parse, safe to show: without what may be a credential, without control characters, and short.
fn shown(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let colon = if text.contains("://") { "://" } else { "" };
    let visible = |c: &char| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    format!("{scheme}{colon}{rest}").chars().map(|c| if visible(&c) { c } else { '\u{fffd}' }).take(120).collect()
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |offset: usize| bytes.get(at + offset).and_then(|digit| char::from(*digit).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, digit(1), digit(2)) {
            out.push((high << 4 | low) as u8);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(text: &str, printed: &str) {
        let source = Source::parse(text).unwrap();
        assert_eq!(source.to_string(), printed);
        assert_eq!(Source::parse(printed).unwrap(), source);
    }

    #[test]
    fn spellings_of_one_repository_are_one_source() {
        for text in ["https://Charts.Example.com", "https://charts.example.com:443/", "HTTPS://u:p@charts.example.com/?t=1#x"] {
            same(text, "https://charts.example.com");
        }
        same("http://h:8080/a//b/../c/", "http://h:8080/a/c");
        same("oci://Registry.example.com/charts/", "oci://registry.example.com/charts");
        same("oci://localhost:5000", "oci://localhost:5000");
        same("git::https://u:p@h/r.git", "git+https://h/r.git");
        same("git+ssh://git@h/r.git", "git+ssh://git@h/r.git");
        same("file://../common/./x/..", "file://../common");
        same("charts/app", "file://charts/app");
    }

    #[test]
    fn credentials_are_split_off_and_never_shown() {
        let (url, access) = RepositoryUrl::split("https://us%40er:p%3Ass@h/x?token=abc").unwrap();
        assert_eq!(url.as_str(), "https://h/x");
        assert_eq!(access.user, Some(("us@er".to_owned(), "p:ss".to_owned())));
        assert_eq!(access.query.as_deref(), Some("token=abc"));
        assert_eq!(format!("{access:?}"), "Access { user: true, query: true }");
        for text in ["https://user:secret@[/x", "ftp://user:secret@h/?secret", "oci://user:secret@h/a b?secret"] {
            let error = Source::parse(text).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn chart_addresses_of_an_index_are_relative_to_the_repository() {
        let repository = RepositoryUrl::parse("https://h/stable").unwrap();
        let join = |reference: &str| repository.join(reference).map(|url| url.to_string());
        assert_eq!(repository.index().as_str(), "https://h/stable/index.yaml");
        assert_eq!(join("a-1.tgz?x=1").unwrap(), "https://h/stable/a-1.tgz");
        assert_eq!(join("/up/a-1.tgz").unwrap(), "https://h/up/a-1.tgz");
        assert_eq!(join("../a-1.tgz").unwrap(), "https://h/a-1.tgz");
        assert_eq!(join("https://u:p@cdn/a-1.tgz?x=1").unwrap(), "https://cdn/a-1.tgz?x=1");
        assert!(join("file:///etc/passwd").is_err());
        let origin = |reference: &str| repository.is_origin_of(&repository.join(reference).unwrap());
        assert!(origin("a-1.tgz") && origin("https://h:443/x") && !origin("http://h/x") && !origin("//other/x"));
    }

    #[test]
    fn an_oci_address_names_a_chart_a_tag_and_a_digest() {
        let reference = OciReference::parse("oci://localhost:5000/a/b/redis:1.0.0@sha256:abc").unwrap();
        assert_eq!(reference.chart.to_string(), "oci://localhost:5000/a/b/redis");
        assert_eq!((reference.tag.as_deref(), reference.digest.as_deref()), (Some("1.0.0"), Some("sha256:abc")));
        let plain = OciReference::parse("localhost:5000/redis").unwrap();
        assert_eq!((plain.chart.name(), plain.tag), ("redis", None));
    }

    #[test]
    fn hostile_names_and_paths_are_refused() {
        let source = || Source::parse("https://h").unwrap();
        let long = "x".repeat(251);
        for name in ["", ".", "..", "../x", "a/../b", "a//b", "a b", "a\0", "a\u{1b}[0m", "\u{202e}x", &long] {
            assert!(ChartRef::new(source(), name).is_err(), "{name:?}");
        }
        assert!(ChartRef::new(source(), "dir/Chart_1.x").is_ok());
        for path in ["", "/etc", "C:/x", "\\\\host", "a\0b", "a\nb"] {
            assert!(LocalPath::parse(path).is_err(), "{path:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}", scheme in "(https://|oci://|git::|file://|)") {
            if let Ok(source) = Source::parse(&format!("{scheme}{text}")) {
                proptest::prop_assert_eq!(Source::parse(&source.to_string()), Ok(source));
            }
        }
    }
}
