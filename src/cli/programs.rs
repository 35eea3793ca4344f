//! The only place that starts a process.
//!
//! Policy: nothing starts but what the project itself asks for (`exec` and `envExec` in its templates, `sops` for its encrypted files,
//! `vals` for its references to secrets), in the commands that evaluate a project for use (`resolve`, `update`, `template`, `list`), and
//! `postRenderer`s where manifests are wanted (`template`, `images`, `diff`).
//! `check` and `diff` judge what others wrote and start nothing of it without `--allow-exec`; with `--no-exec` no command does.
//! `HELMFILE_DISABLE_INSECURE_FEATURES` refuses everywhere; that is decided where the function is called.
//! Beyond that, `diff` starts git, and `compare` starts exactly the helm and the helmfile that the user names or that PATH has: helm
//! in an environment of its own, helmfile in the user's, which its templates may ask for; neither for longer than it may take.
//! `template` starts helm for the releases that helmlock.toml and the lock give to it, and for no other.

#![expect(clippy::disallowed_methods, reason = "this is the one place that starts programs")]

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::args::{Command as Arguments, Global};
use crate::surroundings::{Program, ProgramError};

/// Whether this command may start what a project asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// As helmfile does.
    Allowed,
    /// Never.
    Refused,
}

/// What a command may start: `check` and `diff` judge what others wrote, perhaps in a pull request, and must not run it unless they
/// are told to.
pub(super) fn policy(command: &Arguments, global: &Global) -> Policy {
    match command {
        _ if global.no_exec => Policy::Refused,
        Arguments::Check(_) | Arguments::Diff(_) if !global.allow_exec => Policy::Refused,
        _ => Policy::Allowed,
    }
}

/// Runs a program to its end and gives what it wrote to stdout.
pub(super) fn run(program: &Program, policy: Policy) -> Result<Vec<u8>, ProgramError> {
    if policy == Policy::Refused {
        return Err(ProgramError::Refused { program: program.name.clone() });
    }
    finish(program, Command::new(&program.name).envs(&program.variables), program.limit)
}

/// Runs a program that we want and not the project, so that no policy forbids it.
pub(super) fn run_own(program: &Program) -> Result<Vec<u8>, ProgramError> {
    finish(program, Command::new(&program.name).envs(&program.variables), None)
}

/// Runs a program that sees the user's variables and its own, for so long at most.
pub(super) fn run_within(program: &Program, limit: Duration) -> Result<Vec<u8>, ProgramError> {
    finish(program, Command::new(&program.name).envs(&program.variables), Some(limit))
}

/// Runs a program that sees no variables but its own, for so long at most.
pub(super) fn run_apart(program: &Program, limit: Duration) -> Result<Vec<u8>, ProgramError> {
    finish(program, Command::new(&program.name).env_clear().envs(&program.variables), Some(limit))
}

/// Where this very program lies.
///
/// # Errors
/// The system does not say.
pub(super) fn own_path() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

fn finish(program: &Program, command: &mut Command, limit: Option<Duration>) -> Result<Vec<u8>, ProgramError> {
    let not_started =
        |error: std::io::Error| ProgramError::NotStarted { program: program.name.clone(), reason: error.to_string() };
    command.args(&program.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !program.directory.as_os_str().is_empty() {
        command.current_dir(&program.directory);
    }
    let mut child = command.spawn().map_err(not_started)?;
    if let Some(mut stdin) = child.stdin.take() {
        let input = program.input.clone();
        // A program that does not read its input is no failure; it ends as it ends.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let deadline = limit.map(|limit| Instant::now() + limit);
    let outputs = [collect(child.stdout.take()), collect(child.stderr.take())];
    let mut collected = [Vec::new(), Vec::new()];
    for (output, collected) in outputs.into_iter().zip(&mut collected) {
        // What a program has started may hold its output open for longer than it lives itself.
        let Some(bytes) = wait(&output, deadline) else { return Err(timed_out(program, &mut child, limit)) };
        *collected = bytes;
    }
    let Some(status) = end(&mut child, deadline).map_err(not_started)? else { return Err(timed_out(program, &mut child, limit)) };
    let [stdout, stderr] = collected;
    if status.success() {
        return Ok(stdout);
    }
    Err(ProgramError::Failed {
        program: program.name.clone(),
        status: status.to_string(),
        stdout,
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    })
}

/// Reads a program's output in a thread of its own, so that nobody waits for it in vain.
fn collect(output: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before a failed read is what there is.
        drop(output.map(|mut output| output.read_to_end(&mut bytes)));
        drop(sender.send(bytes));
    });
    receiver
}

fn wait(output: &Receiver<Vec<u8>>, deadline: Option<Instant>) -> Option<Vec<u8>> {
    let Some(deadline) = deadline else { return Some(output.recv().unwrap_or_default()) };
    output.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
}

fn end(child: &mut Child, deadline: Option<Instant>) -> std::io::Result<Option<ExitStatus>> {
    let Some(deadline) = deadline else { return child.wait().map(Some) };
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() >= deadline {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn timed_out(program: &Program, child: &mut Child, limit: Option<Duration>) -> ProgramError {
    // It may have ended just now.
    drop(child.kill());
    drop(child.wait());
    ProgramError::TimedOut { program: program.name.clone(), seconds: limit.unwrap_or_default().as_secs() }
}

/// Becomes the next program of this name on PATH that is not this one: the same process goes on as that, or where there is no
/// such thing, waits for it. Comes back with its exit code, or with why there is none.
pub(super) fn become_next(name: &str, arguments: &[OsString]) -> Result<u8, String> {
    let own =
        own_path().and_then(std::fs::canonicalize).map_err(|error| format!("where this program lies is unknown: {error}"))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = std::env::split_paths(&path).map(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));
    let next = candidates.filter(|candidate| is_program(candidate)).find(|candidate| !is_same(candidate, &own));
    let next = next.ok_or_else(|| format!("there is no other `{name}` on PATH"))?;
    let mut command = Command::new(&next);
    command.args(arguments);
    #[cfg(unix)]
    let failed = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let failed = match command.status() {
        Ok(status) => return Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => error,
    };
    Err(format!("{} cannot be started: {failed}", next.display()))
}

fn is_program(path: &Path) -> bool {
    let Ok(metadata) = std::fs::metadata(path) else { return false };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    metadata.is_file() && may_run
}

/// Whether a path leads to this very program, by a symbolic link or under a second name.
fn is_same(path: &Path, own: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = |path: &Path| std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
        identity(path) == identity(own)
    }
    #[cfg(not(unix))]
    {
        std::fs::canonicalize(path).is_ok_and(|path| path == own)
    }
}
