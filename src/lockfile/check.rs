//! Does the lock fit the project? Asked offline, of the lock and the requests alone.
//!
//! A lock that does not fit is no error but an answer, so drifts are data with the words to tell them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::error::Problem;
use super::{ArchivePin, Archives, FilePin, GitPin, Lockfile, Pin};
use crate::digest::Digest;
use crate::request::Request;
use crate::source::{FileUrl, GitReference, LocalPath};
use crate::version::{Constraint, Version};

/// One way in which a lock does not fit its project.
#[derive(Clone, Debug, PartialEq)]
pub enum Drift {
    /// Nothing is locked for a chart that is wanted.
    Missing {
        /// Who wants what.
        request: Request,
    },
    /// The chart is locked, but for other constraints or environments.
    Stale {
        /// Who wants what.
        request: Request,
        /// What is locked of the chart.
        locked: Vec<Pin>,
        /// The locked version that would fit, so that resolving need not move it.
        fitting: Option<Version>,
    },
    /// The version is locked without content: helmfile wrote the lock.
    Unpinned {
        /// Who wants what.
        request: Request,
        /// The version that helmfile would use.
        version: Version,
    },
    /// Something is locked that nobody wants.
    Superfluous {
        /// The local chart whose pin it is, or nothing for releases.
        local_chart: Option<LocalPath>,
        /// The chart's name.
        chart: String,
        /// The version locked.
        version: Version,
        /// What of the pin is too much.
        surplus: Surplus,
        /// The line of its entry.
        line: Option<usize>,
    },
    /// A pin's version is not admitted by the constraint that it says it answers: somebody edited the lock.
    Edited {
        /// The chart's name.
        chart: String,
        /// The version locked.
        version: Version,
        /// The constraint.
        constraint: Constraint,
        /// The line of its entry.
        line: Option<usize>,
    },
    /// Nothing is locked for a git folder that is wanted.
    MissingFolder {
        /// The folder.
        wanted: GitReference,
    },
    /// A git folder is locked that nobody wants.
    SuperfluousFolder {
        /// The folder.
        locked: GitReference,
    },
    /// An archive of a local chart is not what the lock says.
    Archive {
        /// The chart.
        chart: LocalPath,
        /// The archive's path in it.
        file: LocalPath,
        /// What is wrong.
        discrepancy: Discrepancy,
    },
    /// What is at an address is wanted and not locked.
    MissingFile {
        /// The address.
        url: String,
    },
    /// A remote file is locked that nobody wants.
    SuperfluousFile {
        /// Its address.
        url: String,
    },
    /// The file has the markers of a merge conflict, though its sides agree.
    Conflict,
}

/// What of a pin nobody wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Surplus {
    /// All of it.
    Pin,
    /// A constraint that nobody has any more; others of the pin are still wanted.
    Constraint(Constraint),
    /// An environment in which nobody gets it; perhaps it is gone.
    Environment(String),
}

/// How a local chart's archive and the lock differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discrepancy {
    /// The lock does not have it.
    NotLocked,
    /// The lock has it, and the chart does not use it.
    NotHere,
    /// It has other bytes.
    OtherBytes {
        /// What the lock says.
        locked: Digest,
        /// What lies there.
        actual: Digest,
    },
}

impl Lockfile {
    /// What keeps this lock from being exactly right for these requests, which are those of all environments.
    pub fn check(&self, requests: &[Request]) -> Vec<Drift> {
        let mut drifts = Vec::new();
        if self.merged {
            drifts.push(Drift::Conflict);
        }
        let mut requests: Vec<_> = requests.iter().collect();
        requests.sort();
        requests.dedup();
        let answers: Vec<_> = requests.iter().map(|request| (*request, self.pin_for(request))).collect();
        drifts.extend(answers.iter().filter(|(_, pin)| pin.is_none()).map(|(request, _)| self.unanswered(request)));
        for (local_chart, pin) in self.pins() {
            let line = self.line_of(local_chart, pin);
            drifts.extend(edited(pin, line));
            drifts.extend(superfluous(local_chart, pin, &answers).into_iter().map(|drift| drift.on(line)));
        }
        drifts
    }

    /// What keeps this lock from being exactly right for these git folders, which are those of all environments.
    pub fn check_git(&self, wanted: &[GitReference]) -> Vec<Drift> {
        let missing = wanted.iter().filter(|wanted| !self.git.iter().any(|pin| pin.is_for(wanted)));
        let missing = missing.map(|wanted| Drift::MissingFolder { wanted: wanted.clone() });
        let superfluous = self.git.iter().map(GitPin::wanted).filter(|locked| !wanted.contains(locked));
        missing.chain(superfluous.map(|locked| Drift::SuperfluousFolder { locked })).collect()
    }

    /// The remote files that are locked and that the project did not ask for. What it asked for and is not locked is told by loading,
    /// what charts' schemas ask for by whoever reads the charts.
    pub fn check_files(&self, asked: &[FilePin]) -> Vec<Drift> {
        let superfluous = self.files.iter().filter(|pin| !pin.of_schema && !asked.contains(pin));
        superfluous.map(|pin| Drift::SuperfluousFile { url: pin.url.clone() }).collect()
    }

    /// The addresses that are wanted and not locked, or locked with other bytes than their own checksum says.
    pub fn missing_files<'a>(&self, wanted: impl IntoIterator<Item = &'a FileUrl>) -> Vec<Drift> {
        let is_locked = |file: &&FileUrl| self.file_for(file).is_some();
        let missing: BTreeSet<_> = wanted.into_iter().filter(|file| !is_locked(file)).map(ToString::to_string).collect();
        missing.into_iter().map(|url| Drift::MissingFile { url }).collect()
    }

    /// What keeps this lock from being exactly right for the archives of all local charts.
    pub fn check_archives(&self, found: &Archives) -> Vec<Drift> {
        let gone = self.local.iter().map(|chart| &chart.path).filter(|path| !found.contains_key(*path));
        let here = found.iter().map(|(path, archives)| (path, archives.as_slice()));
        here.chain(gone.map(|path| (path, [].as_slice()))).flat_map(|(path, found)| self.check_archives_of(path, found)).collect()
    }

    /// The same for one chart.
    pub fn check_archives_of(&self, chart: &LocalPath, found: &[ArchivePin]) -> Vec<Drift> {
        let locked = self.local.iter().find(|known| known.path == *chart).map_or([].as_slice(), |known| &known.archives);
        let drift = |file: &LocalPath, discrepancy| Drift::Archive { chart: chart.clone(), file: file.clone(), discrepancy };
        let wrong = found.iter().filter_map(|archive| match locked.iter().find(|known| known.file == archive.file) {
            None => Some(drift(&archive.file, Discrepancy::NotLocked)),
            Some(known) if known.digest != archive.digest => {
                Some(drift(&archive.file, Discrepancy::OtherBytes { locked: known.digest, actual: archive.digest }))
            }
            Some(_) => None,
        });
        let gone = locked.iter().filter(|known| found.iter().all(|archive| archive.file != known.file));
        wrong.chain(gone.map(|known| drift(&known.file, Discrepancy::NotHere))).collect()
    }

    /// Why no pin is for this request.
    fn unanswered(&self, request: &Request) -> Drift {
        let request = request.clone();
        if let Some(entry) =
            self.adopted.iter().find(|entry| entry.name == request.chart.name() && request.constraint.admits(&entry.version))
        {
            return Drift::Unpinned { request, version: entry.version.clone() };
        }
        let pins = self.section(request.asked_by.local_chart()).iter().filter(|pin| pin.content.chart == request.chart);
        let locked: Vec<_> = pins.cloned().collect();
        let fitting = locked.iter().map(|pin| &pin.content.version).find(|version| request.constraint.admits(version)).cloned();
        if locked.is_empty() { Drift::Missing { request } } else { Drift::Stale { request, locked, fitting } }
    }

    /// The first contradiction within the lock, which makes it unreadable rather than stale.
    pub(super) fn contradiction(&self) -> Option<Problem> {
        let mut digests = BTreeMap::new();
        let mut answers: BTreeMap<_, Vec<&Pin>> = BTreeMap::new();
        for (local_chart, pin) in self.pins() {
            let content = &pin.content;
            let digest = *digests.entry((&content.chart, content.version.original())).or_insert(content.digest);
            if digest != content.digest {
                return Some(Problem::TwoDigests { chart: content.chart.name().to_owned(), version: content.version.clone() });
            }
            for constraint in &pin.wants {
                let others = answers.entry((local_chart, &content.chart, constraint)).or_default();
                if let Some(other) = others.iter().find(|other| overlap(other, pin)) {
                    return Some(Problem::Twice {
                        chart: content.chart.name().to_owned(),
                        constraint: constraint.to_string(),
                        versions: (other.content.version.to_string(), content.version.to_string()),
                    });
                }
                // A hostile lock could make this quadratic; no project has so many environments.
                if others.len() < 256 {
                    others.push(pin);
                }
            }
        }
        None
    }
}

/// Whether two pins claim the same environment. A pin for all yields to one for an environment.
fn overlap(left: &Pin, right: &Pin) -> bool {
    let shared = left.environments.iter().any(|name| right.environments.contains(name));
    shared || (left.environments.is_empty() && right.environments.is_empty())
}

/// What of a pin nobody wants, given the pin that answers each request.
fn superfluous(local_chart: Option<&LocalPath>, pin: &Pin, answers: &[(&Request, Option<&Pin>)]) -> Vec<Drift> {
    let is_mine = |request: &Request, found: Option<&Pin>| {
        found.is_some_and(|found| std::ptr::eq(found, pin)) && request.asked_by.local_chart() == local_chart
    };
    let mine = answers.iter().filter(|(request, found)| is_mine(request, *found));
    let (wanted, served): (Vec<_>, Vec<_>) = mine.map(|(request, _)| (&request.constraint, request.environment.as_ref())).unzip();
    let drift = |surplus| Drift::Superfluous {
        local_chart: local_chart.cloned(),
        chart: pin.content.chart.name().to_owned(),
        version: pin.content.version.clone(),
        surplus,
        line: None,
    };
    if wanted.is_empty() {
        return vec![drift(Surplus::Pin)];
    }
    let unwanted = pin.wants.iter().filter(|constraint| !wanted.contains(constraint));
    let unwanted = unwanted.map(|constraint| Surplus::Constraint(constraint.clone()));
    let is_served = |name: &&String| served.iter().any(|served| served.is_none_or(|served| served == *name));
    let empty = pin.environments.iter().filter(|name| !is_served(name)).map(|name| Surplus::Environment(name.clone()));
    unwanted.chain(empty).map(drift).collect()
}

fn edited(pin: &Pin, line: Option<usize>) -> Vec<Drift> {
    let version = &pin.content.version;
    let answered = |constraint: &&Constraint| constraint.original() == version.original() || constraint.admits(version);
    let wrong = pin.wants.iter().filter(|constraint| !answered(constraint));
    let drift = |constraint: &Constraint| Drift::Edited {
        chart: pin.content.chart.name().to_owned(),
        version: version.clone(),
        constraint: constraint.clone(),
        line,
    };
    wrong.map(drift).collect()
}

impl Drift {
    /// Who wants what is not locked, if that is the trouble.
    pub fn request(&self) -> Option<&Request> {
        match self {
            Self::Missing { request } | Self::Stale { request, .. } | Self::Unpinned { request, .. } => Some(request),
            Self::Superfluous { .. }
            | Self::Edited { .. }
            | Self::MissingFolder { .. }
            | Self::SuperfluousFolder { .. }
            | Self::SuperfluousFile { .. }
            | Self::MissingFile { .. }
            | Self::Archive { .. }
            | Self::Conflict => None,
        }
    }

    /// Whether somebody put other bytes where the lock has a digest.
    pub fn is_of_other_bytes(&self) -> bool {
        matches!(self, Self::Archive { discrepancy: Discrepancy::OtherBytes { .. }, .. })
    }

    /// The line of the lock's entry that is wrong, if it is the lock that has too much.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Superfluous { line, .. } | Self::Edited { line, .. } => *line,
            _ => None,
        }
    }

    fn on(self, entry: Option<usize>) -> Self {
        match self {
            Self::Superfluous { local_chart, chart, version, surplus, .. } => {
                Self::Superfluous { local_chart, chart, version, surplus, line: entry }
            }
            other => other,
        }
    }

    /// What else is known, one line each: who wants it and where, what is locked.
    pub fn notes(&self) -> Vec<String> {
        let wanted = self.request().map(|request| {
            let environment = request.environment.as_ref().map(|name| format!(" in environment `{name}`"));
            format!("wanted by {}{} ({})", request.asked_by, environment.unwrap_or_default(), request.origin)
        });
        let mut notes: Vec<_> = wanted.into_iter().collect();
        if let Self::Stale { locked, fitting, .. } = self {
            notes.extend(locked.iter().map(|pin| {
                let wants: Vec<_> = pin.wants.iter().map(|constraint| format!("`{constraint}`")).collect();
                let environments = if pin.environments.is_empty() { "" } else { " in " };
                let version = &pin.content.version;
                format!("locked: {version}, for {}{environments}{}", wants.join(", "), pin.environments.join(", "))
            }));
            notes.push(fitting.as_ref().map_or_else(
                || "no locked version would fit".to_owned(),
                |version| format!("{version} would fit, so it need not move"),
            ));
        }
        notes
    }

    /// The command that mends it.
    pub fn mending(&self) -> &'static str {
        "helmlock resolve"
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { request } => write!(f, "`{}` is not locked", request.chart.name()),
            Self::Stale { request, .. } => write!(f, "`{}` is not locked for `{}`", request.chart.name(), request.constraint),
            Self::Unpinned { request, version } => {
                write!(f, "`{}` {version} is locked by helmfile, without its content", request.chart.name())
            }
            Self::Superfluous { local_chart, chart, version, surplus, .. } => {
                write!(f, "`{chart}` {version} is locked")?;
                if let Some(path) = local_chart {
                    write!(f, " for chart `{path}`")?;
                }
                match surplus {
                    Surplus::Pin => write!(f, ", but nobody wants it"),
                    Surplus::Constraint(constraint) => write!(f, " for `{constraint}`, which nobody wants"),
                    Surplus::Environment(name) => write!(f, " for environment `{name}`, which does not want it, or is gone"),
                }
            }
            Self::Edited { chart, version, constraint, .. } => {
                write!(f, "`{chart}` is locked at {version} for `{constraint}`, which does not admit it")
            }
            Self::MissingFolder { wanted } => write!(f, "`{wanted}` is not locked"),
            Self::SuperfluousFolder { locked } => write!(f, "`{locked}` is locked, but nobody wants it"),
            Self::Archive { chart, file, discrepancy } => match discrepancy {
                Discrepancy::NotLocked => write!(f, "`{chart}/{file}` is not locked"),
                Discrepancy::NotHere => write!(f, "`{chart}/{file}` is locked, but it is not there or not used"),
                Discrepancy::OtherBytes { locked, actual } => {
                    write!(f, "`{chart}/{file}` has digest {actual}, but the lock promises {locked}")
                }
            },
            Self::MissingFile { url } => write!(f, "`{url}` is not locked"),
            Self::SuperfluousFile { url } => write!(f, "`{url}` is locked, but nobody wants it"),
            Self::Conflict => write!(f, "the lock has the markers of a merge conflict"),
        }
    }
}
