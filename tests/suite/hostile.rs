//! `tests/hostile.txt` says which tests hold what hostile inputs may not do; here it is held against the tests that there are.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::{Dir, Registry, project};

const TABLE: &str = include_str!("../hostile.txt");
/// How many there are.
const NUMBERS: usize = 114;

fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<_> = text.lines().map(str::trim).collect();
            for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("fn ")) {
                let attributes = lines[..index].iter().rev().take_while(|line| line.starts_with("#["));
                if attributes.into_iter().any(|line| *line == "#[test]") {
                    found.extend(line["fn ".len()..].split('(').next().map(str::to_owned));
                }
            }
        }
    }
}

#[test]
fn every_case_has_its_tests_or_says_why_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeSet::new();
    functions(&root.join("src"), &mut tests);
    functions(&root.join("tests/suite"), &mut tests);
    let (mut numbers, mut held) = (Vec::new(), 0);
    for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (case, names) = line.split_once(" | ").unwrap_or_else(|| panic!("{line}"));
        numbers.push(case.split(' ').next().unwrap().parse::<usize>().unwrap());
        if let Some(reason) = names.strip_prefix('-') {
            assert!(reason.len() > 5, "{line}");
            continue;
        }
        held += 1;
        for name in names.split(' ') {
            assert!(tests.contains(name), "{case}: there is no test `{name}`");
        }
    }
    assert_eq!(numbers, (1..=NUMBERS).collect::<Vec<_>>());
    println!("{held} of {NUMBERS} cases are held by tests");
}

#[test]
fn values_that_are_no_files_are_refused_at_once() {
    let dir = Dir::new()
        .file("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n")
        .file("app/templates/a.yaml", "kind: App\n")
        .file("folder/x.yaml", "a: 1\n");
    let made = Command::new("mkfifo").arg(dir.path().join("pipe")).status();
    let pipe = made.is_ok_and(|status| status.success()).then_some("pipe");
    for name in ["folder"].into_iter().chain(pipe) {
        dir.write("helmfile.yaml", &format!("releases:\n- name: app\n  chart: ./app\n  values: [{name}]\n"));
        let run = dir.run("template").expect_code(1);
        assert!(run.stderr.contains(name) && run.stdout.is_empty(), "{}", run.stderr);
    }
}

#[test]
fn what_a_chart_calls_like_files_of_ours_means_nothing() {
    let registry = Registry::start();
    let files = [
        ("templates/a.yaml", "kind: App\n"),
        ("SHA256SUMS", "0000\n"),
        ("helmfile.lock", "<<<<<<<\n"),
        ("helmlock.toml", "vendor = 1\n"),
        (".gitattributes", "* filter=evil\n"),
    ];
    registry.chart_with("app", "0.1.0", &files);
    let dir = project(&registry, "- name: app\n  chart: stable/app\n");
    dir.run("resolve").expect_code(0);
    let printed = dir.run("template").expect_code(0).stdout;
    dir.run("vendor --unpacked").expect_code(0);
    dir.write("helmlock.toml", "vendor = \"vendor\"\n");
    std::fs::remove_dir_all(dir.cache()).unwrap();
    dir.run("template --offline").expect(0, &printed, "");
    dir.run("check").expect_code(0);
}

/// Where there is no address space for the deep stack, the program works on the one there is.
#[test]
#[cfg(target_os = "linux")]
fn little_address_space_is_enough() {
    let dir = Dir::new().file("helmfile.yaml", "releases:\n- name: app\n  namespace: default\n  chart: ./app\n");
    dir.write("app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n");
    dir.write("app/templates/a.yaml", "kind: App\n");
    let printed = dir.run("template").expect_code(0).stdout;
    let limited = "ulimit -v 350000; exec \"$0\" template";
    let run = Command::new("sh").args(["-c", limited, env!("CARGO_BIN_EXE_helmlock")]).current_dir(dir.path()).output().unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && told.is_empty(), "{told}");
    assert_eq!(String::from_utf8_lossy(&run.stdout), printed);
}
