//! Rendering opens no socket and starts no process: the kernel is the witness, by way of strace.
//!
//! Each proof has its control: the same detection finds the sockets of `resolve` and the program of a project that asks for
//! one. Where strace is missing or may not trace, the tests say that they skip.

#![cfg(target_os = "linux")]

use std::process::Command;

use crate::support::{Dir, Recorded, Registry, Run, project};

/// What the kernel saw of one run.
struct Trace {
    run: Run,
    lines: Vec<String>,
}

impl Trace {
    /// Runs the program under strace; `None` where that cannot be done.
    fn of(dir: &Dir, arguments: &str) -> Option<Self> {
        let file = dir.path().join("../trace");
        let plain = dir.command(arguments);
        let mut command = Command::new("strace");
        command
            .args(["-f", "-qq", "-e", "trace=network,process", "-o"])
            .arg(&file)
            .arg(plain.get_program())
            .args(plain.get_args());
        command.current_dir(plain.get_current_dir().unwrap()).env_clear();
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let probe = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
        if !probe.is_ok_and(|output| output.status.success()) {
            println!("skipped: there is no strace here, or it may not trace");
            return None;
        }
        let run = dir.run_command(&mut command);
        let lines = std::fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
        Some(Self { run, lines })
    }

    fn calls(&self, names: &[&str]) -> Vec<&String> {
        let is_call = |line: &&String| {
            let call = line.trim_start_matches(|character: char| character.is_ascii_digit()).trim_start();
            names.iter().any(|name| call.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))
        };
        self.lines.iter().filter(is_call).collect()
    }

    /// Whatever has to do with sockets.
    fn sockets(&self) -> Vec<&String> {
        self.calls(&["socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "recvfrom"])
    }

    /// Programs that were begun after the first, which is the one under test.
    fn programs(&self) -> Vec<&String> {
        self.calls(&["execve", "execveat"]).split_off(1)
    }

    /// Processes that were born; threads are none.
    fn processes(&self) -> Vec<&String> {
        let mut births = self.calls(&["fork", "vfork", "clone", "clone3"]);
        births.retain(|line| !line.contains("CLONE_THREAD"));
        births
    }
}

fn quickstart() -> Recorded {
    let example = Recorded::open(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart"));
    example.dir.run("resolve").expect_code(0);
    example
}

#[test]
fn template_opens_no_socket_and_starts_no_process() {
    let example = quickstart();
    for arguments in ["template", "template -e prod -j 4", "list", "resolve --frozen"] {
        let Some(trace) = Trace::of(&example.dir, arguments) else { return };
        assert_eq!(trace.run.code, Some(0), "{}", trace.run.stderr);
        assert_eq!(trace.calls(&["execve"]).len(), 1, "strace saw the program begin: {:?}", trace.lines);
        assert_eq!(trace.sockets(), Vec::<&String>::new(), "{arguments}");
        assert_eq!(trace.programs(), Vec::<&String>::new(), "{arguments}");
        assert_eq!(trace.processes(), Vec::<&String>::new(), "{arguments}");
    }
}

#[test]
fn check_opens_no_socket_and_starts_nothing_but_git() {
    let example = quickstart();
    let Some(trace) = Trace::of(&example.dir, "check") else { return };
    assert_eq!(trace.run.code, Some(0), "{}", trace.run.stderr);
    assert_eq!(trace.sockets(), Vec::<&String>::new());
    let others: Vec<_> = trace.programs().into_iter().filter(|line| !line.contains("/git\", [\"git\"")).collect();
    assert_eq!(others, Vec::<&String>::new());
}

#[test]
fn the_detection_finds_the_sockets_of_resolve() {
    let example = Recorded::open(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart"));
    let Some(trace) = Trace::of(&example.dir, "resolve") else { return };
    assert_eq!(trace.run.code, Some(0), "{}", trace.run.stderr);
    assert!(trace.sockets().iter().any(|line| line.contains("connect(")), "{:?}", trace.lines);
}

#[test]
fn the_detection_finds_the_program_that_a_project_asks_for() {
    let dir = Dir::new()
        .file(
            "helmfile.yaml.gotmpl",
            "releases:\n- name: app\n  chart: ./app\n  values:\n  - said: {{ exec \"echo\" (list \"hello\") }}\n",
        )
        .file("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n")
        .file("app/templates/app.yaml", "kind: App\nsaid: {{ .Values.said }}\n");
    let Some(trace) = Trace::of(&dir, "template") else { return };
    let trace_lines = &trace.lines;
    assert!(trace.programs().iter().any(|line| line.contains("\"echo\"")), "{trace_lines:?}");
    assert!(!trace.processes().is_empty(), "{trace_lines:?}");
    trace.run.expect(0, "---\n# Source: app/templates/app.yaml\nkind: App\nsaid: hello\n\n", "");
}

#[test]
fn template_renders_where_there_is_no_network_at_all() {
    let example = quickstart();
    let cut_off = |dir: &Dir, arguments: &str| {
        let plain = dir.command(arguments);
        let mut command = Command::new("unshare");
        command.arg("-n").arg(plain.get_program()).args(plain.get_args()).current_dir(plain.get_current_dir().unwrap());
        command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        dir.run_command(&mut command)
    };
    let probe = Command::new("unshare").args(["-n", "true"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        println!("skipped: `unshare -n` is missing or not permitted");
        return;
    }
    let usual = example.dir.run("template").expect_code(0).stdout;
    cut_off(&example.dir, "template").expect(0, &usual, "");

    // The control: there, even loopback is out of reach.
    let registry = Registry::start();
    registry.chart("redis", "1.0.0");
    cut_off(&project(&registry, "- name: cache\n  chart: stable/redis\n"), "resolve").expect_code(5);
}
