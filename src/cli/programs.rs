//! The only place that starts a process.
//!
//! Policy: nothing starts but what the project itself asks for (`exec` and `envExec` in its templates), in the commands that
//! evaluate a project for use (`resolve`, `update`, `template`, `list`). `check` and `diff` judge what others wrote and start
//! nothing of it (`diff --allow-exec` does).
//! `HELMFILE_DISABLE_INSECURE_FEATURES` refuses everywhere; that is decided where the function is called.
//! Beyond that, `diff` starts git, and `compare` starts exactly the helm that the user names or that PATH has, in an environment of its own.

#![expect(clippy::disallowed_methods, reason = "this is the one place that starts programs")]

use std::io::Write;
use std::process::{Command, Stdio};

use super::args::Command as Arguments;
use crate::surroundings::{Program, ProgramError};

/// Whether this command may start what a project asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// As helmfile does.
    Allowed,
    /// Never.
    Refused,
}

/// What a command may start: `check` and `diff` judge what others wrote, perhaps in a pull request, and must not run it.
pub(super) fn policy(command: &Arguments) -> Policy {
    match command {
        Arguments::Check(_) => Policy::Refused,
        Arguments::Diff(options) if !options.allow_exec => Policy::Refused,
        _ => Policy::Allowed,
    }
}

/// Runs a program to its end and gives what it wrote to stdout.
pub(super) fn run(program: &Program, policy: Policy) -> Result<Vec<u8>, ProgramError> {
    if policy == Policy::Refused {
        return Err(ProgramError::Refused { program: program.name.clone() });
    }
    finish(program, Command::new(&program.name).envs(&program.variables))
}

/// Runs a program that we want and not the project, so that no policy forbids it.
pub(super) fn run_own(program: &Program) -> Result<Vec<u8>, ProgramError> {
    finish(program, Command::new(&program.name).envs(&program.variables))
}

/// Runs a program that sees no variables but its own.
pub(super) fn run_apart(program: &Program) -> Result<Vec<u8>, ProgramError> {
    finish(program, Command::new(&program.name).env_clear().envs(&program.variables))
}

fn finish(program: &Program, command: &mut Command) -> Result<Vec<u8>, ProgramError> {
    let not_started =
        |error: std::io::Error| ProgramError::NotStarted { program: program.name.clone(), reason: error.to_string() };
    command.args(&program.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !program.directory.as_os_str().is_empty() {
        command.current_dir(&program.directory);
    }
    let mut child = command.spawn().map_err(not_started)?;
    let feeder = child.stdin.take().map(|mut stdin| {
        let input = program.input.clone();
        // A program that does not read its input is no failure; it ends as it ends.
        std::thread::spawn(move || drop(stdin.write_all(&input)))
    });
    let output = child.wait_with_output().map_err(not_started)?;
    drop(feeder.map(std::thread::JoinHandle::join));
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(ProgramError::Failed {
        program: program.name.clone(),
        status: output.status.to_string(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
