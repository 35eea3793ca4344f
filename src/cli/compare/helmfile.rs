//! The helmfile that the user has: which one it is, and what it makes of the project when its helm gets the locked charts.
//!
//! It runs where we run and sees the user's variables, for its templates may ask for both; its own temporary files go into
//! a folder that only the user can look into. See `stand_in` for what it gets as its helm.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use super::Compare;
use super::stand_in::{self, NAME, PLAN, Plan, Planned, RECORDS};
use crate::cli::error::Error;
use crate::cli::peer::case::Case;
use crate::cli::peer::{Answer, Peer, absolute, not_found, private, reason, write};
use crate::cli::renderer::Renderer;
use crate::cli::{Live, programs};
use crate::project::Release;
use crate::surroundings::Program;
use crate::version::Version;

/// The helmfiles whose reading of state files is ours: major version, then the first and the last minor one.
const KNOWN: &[(u64, u64, u64)] = &[(0, 166, 171), (1, 0, 8)];

/// A helmfile that can be compared with.
pub(super) struct Helmfile {
    /// Its version, as it says it.
    pub(super) version: Version,
    program: String,
    folder: TempDir,
    arguments: Vec<String>,
    limit: Duration,
    again: OnceLock<Result<Round, String>>,
}

/// What one run of helmfile did.
pub(super) struct Round {
    /// The releases that it rendered, in its order.
    pub(super) told: Vec<Told>,
    /// Whether it printed anything but what helm printed.
    pub(super) printed_more: bool,
}

/// What helm was told about a release, and what it said.
pub(super) struct Told {
    /// The release's name.
    pub(super) name: String,
    /// Its namespace, empty if helmfile names none.
    pub(super) namespace: String,
    /// What helm said; `None` if we render no such release.
    pub(super) answer: Option<Answer>,
    /// helmfile's arguments and values files.
    pub(super) case: Case,
}

impl Helmfile {
    /// Asks this helmfile for its version, and whether it gets along with that helm.
    ///
    /// # Errors
    /// It cannot be started, is no helmfile, or none that is known here.
    pub(super) fn find(name: &str, peer: &Peer, options: &Compare, live: &Live) -> Result<Self, Error> {
        let unusable = |reason: String| Error::Peer { program: name.to_owned(), reason };
        let folder = private("helmlock-compare-", None).map_err(|error| unusable(error.to_string()))?;
        let program = absolute(name).map_err(|error| unusable(error.to_string()))?;
        let limit = peer.limit;
        let asked = Program { name: program.clone(), arguments: vec!["--version".to_owned()], ..Program::default() };
        let said = programs::run_within(&asked, limit).map_err(|error| unusable(not_found(name, &error)))?;
        let said = String::from_utf8_lossy(&said);
        let version = said.split_whitespace().filter_map(|word| Version::parse(word).ok()).next_back();
        let version = version.ok_or_else(|| unusable(format!("its version is none: {}", said.trim())))?;
        let is_known =
            |&(major, first, last): &(u64, u64, u64)| version.major() == major && (first..=last).contains(&version.minor());
        if !KNOWN.iter().any(is_known) {
            let known: Vec<_> = KNOWN.iter().map(|(major, first, last)| format!("{major}.{first} to {major}.{last}")).collect();
            return Err(unusable(format!("it is helmfile {}; known are {}", version.original(), known.join(" and "))));
        }
        if version.major() == 0 && peer.version.major() > 3 {
            return Err(unusable(format!("helmfile {} cannot work with Helm {}", version.original(), peer.version.original())));
        }
        if live.global.file.as_deref() == Some(Path::new("-")) {
            return Err(Error::Usage("standard input cannot be read twice: name a file for `--against helmfile`".to_owned()));
        }
        let mut arguments = arguments(options, live);
        // So that the releases of nested state files come in one order.
        if (version.major(), version.minor()) >= (1, 8) {
            arguments.insert(0, "--sequential-helmfiles".to_owned());
        }
        Ok(Self { version, program, folder, arguments, limit, again: OnceLock::new() })
    }

    /// Writes down which archive each release gets.
    ///
    /// # Errors
    /// A release has no chart or no values, or the disk refuses.
    pub(super) fn plan(&self, plan: &[&Release], renderer: &Renderer<'_>, peer: &Peer, live: &Live) -> Result<(), Error> {
        let mut releases = Vec::with_capacity(plan.len());
        for (index, release) in plan.iter().enumerate() {
            let prepared = renderer.prepare(release, &live.surroundings)?;
            let archive = renderer.charts.archive_of(release)?;
            let chart = self.write(&format!("chart-{index}.tgz"), &archive)?;
            releases.push(Planned {
                name: release.name.clone(),
                namespace: release.namespace.clone(),
                chart: chart.display().to_string(),
                kube_version: prepared.flags.kube_version,
            });
        }
        let settings = &renderer.settings;
        let switches = [
            ("--no-hooks", settings.options.no_hooks),
            ("--skip-schema-validation", settings.options.skip_schema_validation),
            ("--is-upgrade", settings.is_upgrade),
            ("--enable-dns", settings.options.enable_dns),
        ];
        let mut arguments: Vec<_> = switches.into_iter().filter(|(_, is_on)| *is_on).map(|(flag, _)| flag.to_owned()).collect();
        arguments.extend(settings.api_versions.iter().flat_map(|version| ["--api-versions".to_owned(), version.clone()]));
        let limit = self.limit.as_secs();
        let plan = Plan { helm: peer.program.clone(), variables: peer.variables.clone(), limit, arguments, releases };
        let bytes = serde_json::to_vec(&plan).map_err(|error| self.unusable(error.to_string()))?;
        self.write(PLAN, &bytes).map(drop)
    }

    /// Lets helmfile render the project.
    ///
    /// # Errors
    /// helmfile or helm gave no answer.
    pub(super) fn run(&self, releases: usize) -> Result<Round, Error> {
        self.round(releases).map_err(|reason| self.unusable(reason))
    }

    /// A second run, made once for whoever asks.
    ///
    /// # Errors
    /// As of the first one.
    pub(super) fn run_again(&self, releases: usize) -> Result<&Round, Error> {
        self.again.get_or_init(|| self.round(releases)).as_ref().map_err(|reason| self.unusable(reason.clone()))
    }

    fn round(&self, releases: usize) -> Result<Round, String> {
        let folder = private("round-", Some(self.folder.path())).map_err(|error| error.to_string())?;
        let link = link(folder.path(), self.folder.path()).map_err(|error| error.to_string())?;
        let below = |name: &str| folder.path().join(name).display().to_string();
        let variables = [
            ("HELMFILE_TEMPDIR", below("temporary")),
            ("HELMFILE_CACHE_HOME", below("cache")),
            ("HELMFILE_UPGRADE_NOTICE_DISABLED", "true".to_owned()),
        ];
        let mut arguments = vec!["--helm-binary".to_owned(), link.display().to_string()];
        arguments.extend(self.arguments.iter().cloned());
        let variables: BTreeMap<_, _> = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let program = Program { name: self.program.clone(), arguments, variables, ..Program::default() };
        // One run of helm for each release, one for helm's version, and one that is helmfile's own.
        let limit = self.limit * u32::try_from(releases + 2).unwrap_or(u32::MAX);
        let printed = programs::run_within(&program, limit).map_err(|error| match error {
            crate::surroundings::ProgramError::Failed { status, stderr, .. } if stderr.trim().is_empty() => status,
            crate::surroundings::ProgramError::Failed { stderr, .. } => format!("it refuses: {}", stderr.trim()),
            error => reason(&error),
        })?;
        let records = stand_in::records(&folder.path().join(RECORDS)).map_err(|error| error.to_string())?;
        let mut expected = Vec::with_capacity(printed.len());
        let mut told = Vec::with_capacity(records.len());
        for (record, printed) in records {
            if !printed.is_empty() {
                expected.extend_from_slice(&printed);
                expected.push(b'\n');
            }
            let answer = record.answer(printed).map_err(|reason| format!("release `{}`: helm: {reason}", record.name))?;
            told.push(Told { answer, case: case(&record), name: record.name, namespace: record.namespace });
        }
        Ok(Round { told, printed_more: printed != expected })
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
        write(self.folder.path(), name, bytes).map_err(|error| self.unusable(error.to_string()))
    }

    fn unusable(&self, reason: String) -> Error {
        Error::Peer { program: self.program.clone(), reason }
    }
}

impl Round {
    /// What helm was told about a release, and said.
    pub(super) fn of(&self, release: &Release) -> Option<&Told> {
        self.told.iter().find(|told| told.name == release.name && told.namespace == release.namespace)
    }
}

/// Makes helmfile's helm of this very program, beside the plan.
fn link(folder: &Path, planned: &Path) -> std::io::Result<PathBuf> {
    let program = programs::own_path()?;
    fs_err::create_dir(folder.join(RECORDS))?;
    fs_err::create_dir(folder.join("temporary"))?;
    fs_err::hard_link(planned.join(PLAN), folder.join(PLAN))?;
    let link = folder.join(NAME).with_extension(std::env::consts::EXE_EXTENSION);
    #[cfg(unix)]
    fs_err::os::unix::fs::symlink(program, &link)?;
    #[cfg(not(unix))]
    fs_err::copy(program, &link)?;
    Ok(link)
}

/// What we were asked for, in helmfile's words.
fn arguments(options: &Compare, live: &Live) -> Vec<String> {
    let (global, render) = (&live.global, &options.render);
    let mut arguments = vec!["--quiet".to_owned(), "--skip-deps".to_owned()];
    let mut option = |flag: &str, value: &str| arguments.extend([flag.to_owned(), value.to_owned()]);
    if let Some(file) = &global.file {
        option("--file", &file.display().to_string());
    }
    for (flag, value) in [
        ("--environment", &global.environment),
        ("--namespace", &global.namespace),
        ("--kube-context", &global.kube_context),
        ("--chart", &global.chart),
    ] {
        if let Some(value) = value {
            option(flag, value);
        }
    }
    for (flag, values) in [
        ("--selector", &global.selectors),
        ("--state-values-set", &global.state_values_set),
        ("--state-values-set-string", &global.state_values_set_string),
        ("--state-values-file", &global.state_values_file),
    ] {
        for value in values {
            option(flag, value);
        }
    }
    if global.allow_no_matching_release {
        arguments.push("--allow-no-matching-release".to_owned());
    }
    arguments.push("template".to_owned());
    let mut option = |flag: &str, value: &str| arguments.extend([flag.to_owned(), value.to_owned()]);
    let kube_version: Vec<_> = render.kube_version.iter().cloned().collect();
    let joined = |arguments: &[String]| if arguments.is_empty() { Vec::new() } else { vec![arguments.join(" ")] };
    for (flag, values) in [
        ("--values", &render.values),
        ("--set", &render.set),
        ("--kube-version", &kube_version),
        ("--args", &joined(&render.args)),
        ("--template-args", &joined(&render.template_args)),
    ] {
        for value in values {
            option(flag, value);
        }
    }
    let switches = [
        ("--skip-needs=false", render.skip_needs == Some(false)),
        ("--include-crds", render.include_crds),
        ("--skip-tests", render.skip_tests),
        ("--include-needs", render.include_needs),
        ("--include-transitive-needs", render.include_transitive_needs),
    ];
    arguments.extend(switches.into_iter().filter(|(_, is_on)| *is_on).map(|(flag, _)| flag.to_owned()));
    arguments
}

/// What helmfile told helm, with names for the values files that do not depend on the run.
fn case(record: &stand_in::Record) -> Case {
    let mut arguments = vec!["template".to_owned()];
    arguments.extend(record.arguments.iter().cloned());
    arguments.extend(["--".to_owned(), record.name.clone(), "./chart.tgz".to_owned()]);
    let mut files = Vec::new();
    for (index, (path, text)) in record.values.iter().enumerate() {
        let name = format!("values-{}.yaml", index + 1);
        arguments.iter_mut().filter(|argument| *argument == path).for_each(|argument| argument.clone_from(&name));
        files.push((name, text.clone().into_bytes()));
    }
    Case { files, arguments }
}
