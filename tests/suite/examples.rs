//! Every example works: it is resolved, rendered as recorded from the real programs, and checked.

use crate::support::{Dir, Recorded, folders};

#[test]
fn every_example_prints_what_helmfile_and_helm_printed() {
    for folder in folders("examples") {
        let example = Recorded::open(&folder);
        example.dir.run("resolve").expect_code(0);
        example.registry.forget();
        example.check();
        example.dir.run("check --cache").expect_code(0);
        example.dir.run("resolve --frozen").expect_code(0);
        assert_eq!(example.registry.asked(), Vec::<String>::new(), "{}", folder.display());
    }
}

#[test]
fn the_quickstart_does_what_it_says() {
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_helmlock")).parent().unwrap();
    let program = programs.join(format!("examples/quickstart{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        println!("skipped: `cargo test` builds the examples, `cargo test --test suite` does not");
        return;
    }
    let dir = Dir::new();
    let mut command = std::process::Command::new(program);
    let run = dir.run_command(command.current_dir(dir.path())).expect_code(0);
    for told in ["$ helmlock resolve\n", "replicas: 3", "# Refused, with exit code 4"] {
        assert!(run.stdout.contains(told), "{}", run.stdout);
    }
    assert!(run.stderr.contains("but the lock promises sha256:[DIGEST]"), "{}", run.stderr);
}
