//! The front: arguments become options, one short recipe per command, results go to stdout and talk to stderr.
//!
//! Only here: printing, arguments, environment, working directory, clock, randomness, processes, exit codes. Each command's
//! file reads as a recipe of stages; what the stages do is the business of their rooms.

mod accepted;
mod age;
mod ahead;
mod args;
mod auth;
mod bare;
mod build;
mod bump;
mod bundle;
mod cache;
mod charts;
mod check;
mod compare;
mod demands;
mod diff;
mod engine;
mod error;
mod export;
mod fetch;
mod files;
mod hooks;
mod images;
mod linked;
mod lint;
mod list;
mod load;
mod loaded;
mod local_archives;
mod masking;
mod merge_driver;
mod migrate;
mod mirror;
mod network;
mod outdated;
mod outside;
mod own_locks;
mod peer;
mod plugins;
mod policy;
mod post_renderer;
mod processors;
mod programs;
mod purity;
mod remembered;
mod remotes;
mod renderer;
mod report;
mod repos;
mod resolve;
mod revision;
mod schemas;
mod table;
mod template;
mod terminal;
mod tree;
mod update;
mod variables;
mod vendor;
mod why;
mod wishes;
mod workers;
mod write_values;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use args::{Arguments, Command, Global, Output};
use auth::Auth;
use error::Error;
use remotes::Remotes;
use terminal::Terminal;

use crate::cache::Cache;
use crate::lockfile::{self, Lockfile};
use crate::settings::Settings;
use crate::surroundings::Surroundings;

/// `EX_USAGE` of sysexits; clap's own 2 means "the answer is no" here.
const USAGE: u8 = 64;

/// The few live things that commands share.
#[derive(Clone)]
struct Live {
    global: Global,
    terminal: Terminal,
    surroundings: Surroundings,
    cache: Cache,
    remotes: Arc<Remotes>,
    /// What the project's helmlock.toml says, once somebody has read it.
    settings: Arc<OnceLock<Settings>>,
}

impl Live {
    /// Whether requests may be made.
    fn is_offline(&self) -> bool {
        self.global.offline || self.global.frozen
    }

    /// Whether the lock must stay as it is.
    fn is_locked(&self) -> bool {
        self.global.locked || self.global.frozen
    }
}

/// Runs the program with these arguments, of which the first is its name, and gives its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    run_then(arguments, |code| code)
}

/// The same, and `end` gets the exit code where the work was done: if the process ends there, its memory goes as a whole, and that
/// is faster.
pub fn run_then<R>(arguments: impl IntoIterator<Item = OsString>, end: impl FnOnce(u8) -> R) -> R {
    let arguments: Vec<_> = arguments.into_iter().collect();
    // Files nest as deeply as their readers permit, which is more than a main thread's stack may hold.
    workers::with_deep_stack(|| end(start(arguments)))
}

fn start(arguments: Vec<OsString>) -> u8 {
    if let Some(code) = compare::stand_in(&arguments).or_else(|| linked::hand_over(&arguments)) {
        return code;
    }
    let arguments = match Arguments::read(&accepted::spelled_out(arguments, args::program)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { 0 };
            // A terminal that takes no message takes no message about that either.
            drop(error.print());
            return code;
        }
    };
    let Arguments { mut global, command } = arguments;
    let surroundings = outside::surroundings(programs::policy(&command, &global), global.offline || global.frozen);
    let notes = variables::apply(&mut global, &surroundings);
    let terminal = Terminal::new(&global, &command, surroundings.secrets.clone());
    let cache = Cache::open(cache_folder(&global, &surroundings));
    let (surroundings, remotes) = remotes::with_remotes(surroundings, global.file.clone(), cache.clone());
    let live = Live { global, terminal, surroundings, cache, remotes, settings: Arc::default() };
    for (flag, reason) in &live.global.compatible.accepted.0 {
        live.terminal.note(&format!("`--{flag}` has no effect here: {reason}"));
    }
    for (variable, reason) in notes {
        live.terminal.note(&format!("`{variable}` has no effect here: {reason}"));
    }
    match execute(&command, &live) {
        Ok(()) => 0,
        Err(error) => report::report(&error, &live.terminal),
    }
}

fn execute(command: &Command, live: &Live) -> Result<(), Error> {
    if !command.forms().contains(&live.global.output) {
        let forms: Vec<_> = command.forms().iter().map(|form| format!("`-o {}`", form.word())).collect();
        let (last, others) = forms.split_last().expect("every command prints text");
        let others = if others.is_empty() { String::new() } else { format!("{} and ", others.join(", ")) };
        return Err(Error::Usage(format!("this command prints {others}{last}")));
    }
    if !matches!(command, Command::Vendor(_) | Command::Completions { .. } | Command::Version) {
        vendor::introduce(live)?;
    }
    match command {
        Command::Resolve(options) => resolve::run(options, live),
        Command::Bump(options) => bump::run(options, live),
        Command::Update(options) => update::run(options, live),
        Command::Build(options) => build::run(options, live),
        Command::Repos { .. } => repos::run(live),
        Command::WriteValues(options) => write_values::run(options, live),
        Command::Cache { command } => cache::run(command, live),
        Command::Fetch(options) => fetch::run(options, live),
        Command::Bundle { command } => bundle::run(command, live),
        Command::Mirror { command } => mirror::run(command, live),
        Command::Vendor(options) => vendor::run(options, live),
        Command::Template(options) => template::run(options, live),
        Command::Compare(options) => compare::run(options, live),
        Command::Lint(options) => lint::run(options, live),
        Command::Check(options) => check::run(options, live),
        Command::Diff(options) => diff::run(options, live),
        Command::Export(options) => export::run(options, live),
        Command::List => list::run(live),
        Command::MergeDriver(options) => merge_driver::run(options, live),
        Command::Outdated(options) => outdated::run(options, live),
        Command::Tree(options) => tree::run(options, live),
        Command::Why(options) => why::run(options, live),
        Command::Images(options) => images::run(options, live),
        Command::Auth { command: Auth::Status } => auth::run(live),
        Command::Completions { shell } => completions(*shell, live),
        Command::Migrate(options) => migrate::run(options, live),
        Command::Version => version(live),
    }
}

fn completions(shell: clap_complete::Shell, live: &Live) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::program(), "helmlock", &mut script);
    Ok(live.terminal.write(&script)?)
}

fn version(live: &Live) -> Result<(), Error> {
    let version = env!("CARGO_PKG_VERSION");
    let text = match live.terminal.output() {
        Output::Json => return Ok(live.terminal.write_json(&serde_json::json!({"version": version}))?),
        Output::Yaml => format!("version: {version}\n"),
        Output::Pretty => format!("helmlock\n\n  Version              {version}\n"),
        _ => format!("{version}\n"),
    };
    Ok(live.terminal.write(text.as_bytes())?)
}

/// `--cache-dir` or `HELMLOCK_CACHE_DIR`, else `helmlock` in the user's cache folder as XDG names it.
fn cache_folder(global: &Global, surroundings: &Surroundings) -> PathBuf {
    let named = |name| surroundings.variable(name).filter(|value| !value.is_empty()).map(Path::new);
    match (&global.cache_dir, named("XDG_CACHE_HOME"), named("HOME")) {
        (Some(folder), ..) => folder.clone(),
        (None, Some(folder), _) => folder.join("helmlock"),
        (None, None, Some(home)) => home.join(".cache/helmlock"),
        (None, None, None) => PathBuf::from(".helmlock-cache"),
    }
}

/// The lock at `path`; an empty one if there is none.
fn read_lock(path: &Path) -> Result<Lockfile, Error> {
    lockfile::read(path).map_err(|source| Error::Lockfile { path: path.to_owned(), source })
}
