//! We in helm's place: what helmfile starts as its helm while the two are compared.
//!
//! helmfile is told that a link to this program is its helm. Called by that name, the program reads the plan beside the link
//! and answers as helm would: `template` is handed on to the user's helm, with the verified archive in the place of the
//! chart's name, and what came of it is written down; whatever would ask the network or touch the user's files does nothing.
//! So helmfile reads its own state file in its own way, and all it decides reaches helm; only the charts are ours.

#![expect(clippy::disallowed_methods, reason = "the plan and the records lie on the disk, between two processes of ours")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cli::peer::{Answer, answer, reason, write};
use crate::cli::programs;
use crate::surroundings::Program;

/// The link's name.
pub(super) const NAME: &str = "helmlock-stand-in";
/// The plan's name.
pub(super) const PLAN: &str = "plan.json";
/// The folder of what was written down, in the order in which helmfile asked.
pub(super) const RECORDS: &str = "records";

/// What the stand-in must know.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// The user's helm.
    pub(super) helm: String,
    /// All that it may see of the environment.
    pub(super) variables: BTreeMap<String, String>,
    /// How many seconds one run of it may take.
    pub(super) limit: u64,
    /// Flags that every rendering gets, because not every helmfile can hand them on.
    pub(super) arguments: Vec<String>,
    /// The releases that have a chart.
    pub(super) releases: Vec<Planned>,
}

/// A release whose chart we have.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Planned {
    pub(super) name: String,
    pub(super) namespace: String,
    /// The archive's path.
    pub(super) chart: String,
    /// What helm would otherwise take from its own version.
    pub(super) kube_version: String,
}

/// What became of one rendering.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) namespace: String,
    /// As helmfile gave them, without the chart.
    pub(super) arguments: Vec<String>,
    /// The values files among them.
    pub(super) values: Vec<(String, String)>,
    pub(super) outcome: Outcome,
}

/// How a rendering ended.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// What was printed is in a file beside the record, named like it.
    Printed,
    /// Helm's words.
    Refused(String),
    /// Helm did not end, or not start.
    Unusable(String),
    /// We render no such release.
    Unknown,
}

/// If these are the arguments of a helm that we stand in for: its exit code.
pub(in crate::cli) fn called(arguments: &[OsString]) -> Option<u8> {
    let link = Path::new(arguments.first()?);
    if link.file_stem()?.to_str()? != NAME {
        return None;
    }
    let arguments: Vec<_> = arguments[1..].iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    Some(u8::from(stand_in(link.parent()?, &arguments).is_err()))
}

fn stand_in(folder: &Path, arguments: &[String]) -> std::io::Result<()> {
    let plan = fs_err::read(folder.join(PLAN))?;
    let plan: Plan = serde_json::from_slice(&plan)?;
    match arguments.first().map(String::as_str) {
        Some("template") => template(folder, &plan, arguments),
        Some("pull" | "fetch") => pull(arguments),
        // Helm 4 does not know the `--client` of helmfile 0.x, and its answer is the same without.
        Some("version") => {
            let arguments = arguments.iter().filter(|argument| *argument != "--client").cloned().collect();
            let said = programs::run_apart(&plan.program(arguments), plan.limit());
            std::io::stdout().write_all(&said.map_err(|error| std::io::Error::other(reason(&error)))?)
        }
        _ => Ok(()),
    }
}

/// helmfile looks for the Chart.yaml of a chart that it had unpacked, and no further.
fn pull(arguments: &[String]) -> std::io::Result<()> {
    let after = |flags: &[&str]| {
        let at = arguments.iter().position(|argument| flags.contains(&argument.as_str()))?;
        arguments.get(at + 1)
    };
    let (Some(chart), Some(folder)) = (arguments.get(1), after(&["--untardir", "--destination", "-d"])) else { return Ok(()) };
    let name = chart.rsplit('/').next().unwrap_or(chart);
    let folder = Path::new(folder).join(name);
    fs_err::create_dir_all(&folder)?;
    write(&folder, "Chart.yaml", format!("apiVersion: v2\nname: {name}\nversion: 0.0.0\n").as_bytes()).map(drop)
}

fn template(folder: &Path, plan: &Plan, arguments: &[String]) -> std::io::Result<()> {
    let [_, name, _, flags @ ..] = arguments else { return Err(std::io::Error::other("no release and no chart")) };
    let given = Given::read(flags);
    let found = plan.releases.iter().find(|release| release.name == *name && release.namespace == given.namespace);
    let mut record = Record {
        name: name.clone(),
        namespace: given.namespace.clone(),
        arguments: flags.to_vec(),
        values: given.values.iter().map(|path| (path.clone(), text_of(path))).collect(),
        outcome: Outcome::Unknown,
    };
    let mut printed = Vec::new();
    if let Some(release) = found {
        let answer = answer(programs::run_apart(&plan.program(release.arguments(&given, plan)), plan.limit()));
        (record.outcome, printed) = match answer {
            Ok(Ok(printed)) => (Outcome::Printed, printed),
            Ok(Err(said)) => (Outcome::Refused(said), Vec::new()),
            Err(error) => (Outcome::Unusable(reason(&error)), Vec::new()),
        };
    }
    let records = folder.join(RECORDS);
    let (number, mut output) = claimed(&records)?;
    output.write_all(&printed)?;
    write(&records, &format!("{number:06}.json"), &serde_json::to_vec(&record)?)?;
    // A refusal stays between us: helmfile would ask for no further release.
    std::io::stdout().write_all(&printed)
}

/// The next number, with the file for what was printed; helmfile may ask for several releases at a time.
fn claimed(records: &Path) -> std::io::Result<(usize, std::fs::File)> {
    for number in 0.. {
        let path = records.join(format!("{number:06}.out"));
        match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (number, file)),
        }
    }
    Err(std::io::Error::other("too many releases"))
}

/// The records of a folder, in order.
///
/// # Errors
/// What the disk refuses.
pub(super) fn records(folder: &Path) -> std::io::Result<Vec<(Record, Vec<u8>)>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        names.extend(Some(entry?.path()).filter(|path| path.extension().is_some_and(|extension| extension == "json")));
    }
    names.sort();
    let one = |path: &std::path::PathBuf| {
        let record = serde_json::from_slice(&fs_err::read(path)?)?;
        Ok((record, fs_err::read(path.with_extension("out"))?))
    };
    names.iter().map(one).collect()
}

impl Plan {
    fn program(&self, arguments: Vec<String>) -> Program {
        Program { name: self.helm.clone(), arguments, variables: self.variables.clone(), ..Program::default() }
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(self.limit)
    }
}

impl Planned {
    fn arguments(&self, given: &Given, plan: &Plan) -> Vec<String> {
        let mut arguments = vec!["template".to_owned()];
        arguments.extend(given.kept.iter().cloned());
        arguments.extend(plan.arguments.iter().cloned());
        if !given.names_kube_version {
            arguments.extend(["--kube-version".to_owned(), self.kube_version.clone()]);
        }
        arguments.extend(["--".to_owned(), self.name.clone(), self.chart.clone()]);
        arguments
    }
}

impl Record {
    /// What helm said; `None` if it was not asked, and an error where it did not say anything.
    pub(super) fn answer(&self, printed: Vec<u8>) -> Result<Option<Answer>, String> {
        match &self.outcome {
            Outcome::Printed => Ok(Some(Ok(printed))),
            Outcome::Refused(said) => Ok(Some(Err(said.clone()))),
            Outcome::Unusable(reason) => Err(reason.clone()),
            Outcome::Unknown => Ok(None),
        }
    }
}

/// The flags of a rendering.
#[derive(Default)]
struct Given {
    /// All but those that choose the chart.
    kept: Vec<String>,
    namespace: String,
    values: Vec<String>,
    names_kube_version: bool,
}

impl Given {
    fn read(flags: &[String]) -> Self {
        let mut given = Self::default();
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            match flag.as_str() {
                "--version" | "--post-renderer" => drop(flags.next()),
                "--devel" => {}
                // What a program makes of it is not compared.
                _ if flag.starts_with("--post-renderer") => {}
                "--namespace" | "--values" => {
                    let value = flags.next().cloned().unwrap_or_default();
                    given.kept.extend([flag.clone(), value.clone()]);
                    if flag == "--values" { given.values.push(value) } else { given.namespace = value }
                }
                _ => {
                    given.names_kube_version |= flag == "--kube-version" || flag.starts_with("--kube-version=");
                    given.kept.push(flag.clone());
                }
            }
        }
        given
    }
}

fn text_of(path: &str) -> String {
    fs_err::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
