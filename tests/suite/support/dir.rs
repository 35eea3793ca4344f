//! A project in a temporary folder, and the program run in it with a home, a cache and an environment of its own.
//!
//! Outputs are compared whole. What differs from run to run is replaced first: `[DIR]` is the folder, `[PORT]` the port of a
//! known registry, `[DIGEST]` the digits of any sha256.

#![allow(dead_code, reason = "not every test uses all of it")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "what only tests use fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Registry;

/// A project's folder. The cache and the home lie beside it, not in it.
pub(crate) struct Dir {
    root: tempfile::TempDir,
    ports: Vec<u16>,
    variables: Vec<(String, String)>,
}

/// How the program ended, with all that it said, filtered.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Dir {
    /// An empty project.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("project")).unwrap();
        std::fs::create_dir(root.path().join("home")).unwrap();
        Self { root, ports: Vec::new(), variables: Vec::new() }
    }

    /// The same project with one file more, or another one.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Writes a file in the middle of a test.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Puts a program into the project that runs these shell commands.
    pub(crate) fn program(&self, name: &str, script: &str) {
        self.write("script.sh", &format!("#!/bin/sh\n{script}\n"));
        // Copied by a process of its own: a file that any thread of this one has open for writing cannot be started.
        let copy = format!("cp script.sh {name} && chmod 755 {name}");
        let copied = Command::new("sh").args(["-c", &copy]).current_dir(self.path()).stdin(Stdio::null()).status();
        assert!(copied.unwrap().success());
    }

    /// The same project, whose outputs show this registry's port as `[PORT]`.
    pub(crate) fn knowing(mut self, registry: &Registry) -> Self {
        self.ports.push(registry.port());
        self
    }

    /// The same project, whose runs see this environment variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The environment variables that its runs see.
    pub(crate) fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// Lets every user read and write the project, the home and what is in them.
    #[cfg(unix)]
    pub(crate) fn open_to_all(&self) {
        use std::os::unix::fs::PermissionsExt;
        for folder in [self.root.path(), &self.path(), &self.root.path().join("home")] {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
        }
    }

    /// Where the project is.
    pub(crate) fn path(&self) -> PathBuf {
        self.root.path().join("project")
    }

    /// Where its cache is.
    pub(crate) fn cache(&self) -> PathBuf {
        self.root.path().join("cache")
    }

    /// The text of a file of the project, filtered; nothing if there is none.
    pub(crate) fn read(&self, path: &str) -> Option<String> {
        std::fs::read(self.path().join(path)).ok().map(|bytes| self.filter(&bytes))
    }

    /// Compares a whole file.
    #[track_caller]
    pub(crate) fn expect_file(&self, path: &str, expected: &str) {
        equal(path, expected, &self.read(path).unwrap_or_else(|| panic!("there is no {path}")));
    }

    /// The program with its arguments, to be started.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_helmlock"));
        command.args(arguments.split_whitespace()).current_dir(self.path()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.root.path().join("home")).env("HELMLOCK_CACHE_DIR", self.cache());
        for kept in ["PATH", "SystemRoot", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program to its end. Arguments are separated by blanks.
    pub(crate) fn run(&self, arguments: &str) -> Run {
        self.run_command(&mut self.command(arguments))
    }

    /// Runs a command that a test has changed.
    pub(crate) fn run_command(&self, command: &mut Command) -> Run {
        let output = command.output().unwrap();
        Run { code: output.status.code(), stdout: self.filter(&output.stdout), stderr: self.filter(&output.stderr) }
    }

    /// Replaces what differs from run to run.
    pub(crate) fn filter(&self, bytes: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        let path = self.path().canonicalize().unwrap();
        for path in [path.as_path(), &self.path()] {
            text = text.replace(&path.display().to_string(), "[DIR]");
        }
        text = text.replace(&self.root.path().display().to_string(), "[ROOT]");
        for port in &self.ports {
            text = text.replace(&format!(":{port}"), ":[PORT]");
        }
        without_system_numbers(&without_digests(&text))
    }
}

impl Run {
    /// Compares everything.
    #[track_caller]
    pub(crate) fn expect(self, code: i32, stdout: &str, stderr: &str) -> Self {
        self.expect_code(code).expect_stdout(stdout).expect_stderr(stderr)
    }

    /// Compares the exit code, and shows what was said if it is another one.
    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Compares all of stdout.
    #[track_caller]
    pub(crate) fn expect_stdout(self, expected: &str) -> Self {
        equal("stdout", expected, &self.stdout);
        self
    }

    /// Compares all of stderr.
    #[track_caller]
    pub(crate) fn expect_stderr(self, expected: &str) -> Self {
        equal("stderr", expected, &self.stderr);
        self
    }
}

/// Compares two texts. An expected text that begins with a line break stands indented in the test's code: the line break and
/// the indentation of its last line do not count.
#[track_caller]
pub(crate) fn equal(what: &str, expected: &str, got: &str) {
    let expected = &unindented(expected);
    assert!(expected == got, "{what} differs\n--- expected\n{expected}\n--- got\n{got}\n--- escaped\n{got:?}");
}

fn unindented(text: &str) -> String {
    let Some(lines) = text.strip_prefix('\n') else { return text.to_owned() };
    let indentation = lines.rsplit('\n').next().filter(|last| last.trim().is_empty()).unwrap_or_default();
    lines.split('\n').map(|line| line.strip_prefix(indentation).unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// Puts `[DIGEST]` for 64 hexadecimal digits in a row.
fn without_digests(text: &str) -> String {
    let mut filtered = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| character.is_ascii_hexdigit()) {
        let length = rest[start..].find(|character: char| !character.is_ascii_hexdigit()).unwrap_or(rest.len() - start);
        filtered.push_str(&rest[..start]);
        filtered.push_str(if length == 64 { "[DIGEST]" } else { &rest[start..start + length] });
        rest = &rest[start + length..];
    }
    filtered + rest
}

/// Puts `[N]` for the numbers that systems give the same errors.
fn without_system_numbers(text: &str) -> String {
    let mut parts = text.split("(os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "(os error [N]" + part.trim_start_matches(|character: char| character.is_ascii_digit()))
}

/// All files below a folder with their bytes, for comparing a folder before and after.
pub(crate) fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(snapshot(&path));
        } else {
            files.push((path.clone(), std::fs::read(&path).unwrap_or_default()));
        }
    }
    files.sort();
    files
}
