//! Why a chart could not be loaded: facts, not text to be parsed back.

use std::path::PathBuf;

use crate::yaml::Text;

/// Why a chart could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are no gzip stream.
    #[error("not a gzip archive{}", if *html { " but an HTML page: is this a login page?" } else { "" })]
    NotAnArchive {
        /// Whether they look like a web page.
        html: bool,
    },
    /// An archive that no honest tool writes, or that readers disagree about.
    #[error("archive entry `{entry}` {refusal}")]
    Entry {
        /// The path as the archive writes it.
        entry: Text,
        /// What is wrong with it.
        refusal: Refusal,
    },
    /// The gzip or tar stream is broken.
    #[error("archive is damaged: {reason}")]
    Damaged {
        /// What the decoder said.
        reason: String,
    },
    /// Something is larger than the limits permit.
    #[error("chart has more than {limit} {what}")]
    Limit {
        /// What is counted.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A symbolic link that leads out of the chart's folder.
    #[error("`{}` is a link to `{}`, outside of the chart", path.display(), target.display())]
    LinkOutside {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// A device, a socket or a pipe in a chart's folder.
    #[error("cannot load irregular file `{}`", path.display())]
    Irregular {
        /// The file.
        path: PathBuf,
    },
    /// The disk refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// There is no Chart.yaml.
    #[error("Chart.yaml file is missing")]
    NoChartYaml,
    /// An apiVersion that Helm does not know or does not install.
    #[error("{}", if api_version == "v3" { "invalid chart apiVersion" } else { "unsupported chart version" })]
    ApiVersion {
        /// What Chart.yaml says.
        api_version: Text,
    },
    /// A YAML file of the chart cannot be decoded.
    #[error("cannot load {file}: {reason}")]
    Decode {
        /// Its name.
        file: &'static str,
        /// What is wrong, in Helm's words.
        reason: String,
    },
    /// `.helmignore` has a line that is no pattern.
    #[error(".helmignore: {reason}")]
    Ignore {
        /// What is wrong, in Helm's words.
        reason: String,
    },
    /// Chart.yaml breaks a rule.
    #[error("validation: {0}")]
    Invalid(String),
    /// A subchart cannot be loaded.
    #[error("error unpacking {word}{file} in {chart}: {cause}")]
    Subchart {
        /// What it is called.
        word: &'static str,
        /// Its file or folder under charts/.
        file: Text,
        /// The chart it belongs to.
        chart: Text,
        /// Why.
        cause: Box<Error>,
    },
}

/// What is wrong with an archive entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A symbolic or hard link.
    #[error("is a link")]
    Link,
    /// A device, a pipe or another kind that charts have no use for.
    #[error("is neither a file nor a folder")]
    Special,
    /// `/x` or `C:x`.
    #[error("has an absolute path")]
    Absolute,
    /// A `..` component.
    #[error("leads out of the chart's folder")]
    Parent,
    /// A backslash, a NUL, a control character or bytes that are not UTF-8.
    #[error("has a name that is not portable")]
    Name,
    /// Not below the folder that all entries of a chart archive share.
    #[error("stands outside of the chart's folder")]
    OutsideRoot,
    /// A header that says one thing twice.
    #[error("has a header that says one thing twice")]
    Ambiguous,
    /// A path that came before, with other bytes.
    #[error("appears twice, with different contents")]
    Duplicate,
    /// More than [`super::Limits::path_bytes`] or [`super::Limits::path_depth`].
    #[error("has too long a path")]
    TooLong,
}
