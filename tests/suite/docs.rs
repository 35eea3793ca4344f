//! What README.md shows can be done: each of its command lines is run, and each command of its table exists.

use std::path::Path;

use crate::support::{Dir, Recorded};

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_command_lines_of_the_readme_succeed_in_order() {
    let example = Recorded::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart"));
    let mut count = 0;
    for line in page().lines().filter_map(|line| line.strip_prefix("    helmlock ")) {
        let arguments = line.split('#').next().unwrap_or_default();
        example.dir.run(arguments).expect_code(0);
        count += 1;
    }
    assert!(count >= 2, "README.md shows how to begin");
}

#[test]
fn the_commands_of_the_readme_are_the_programs_commands() {
    let help = Dir::new().run("--help").expect_code(0).stdout;
    let commands = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
    let commands: Vec<_> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let page = page();
    let table: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| `helmlock ")).collect();
    assert!(!table.is_empty(), "README.md has a table of commands");
    for row in table {
        let name = row.split([' ', '`']).next().unwrap();
        assert!(commands.contains(&name), "there is no `helmlock {name}`, only {commands:?}");
        let help = Dir::new().run(&format!("{name} --help")).expect_code(0).stdout;
        for flag in row.split('`').flat_map(str::split_whitespace).filter(|word| word.starts_with('-')) {
            assert!(help.contains(flag), "`helmlock {name}` has no {flag}");
        }
    }
    for shown in ["resolve", "template", "check", "update"] {
        assert!(page.contains(&format!("`helmlock {shown}")), "README.md does not name `helmlock {shown}`");
    }
}

/// The commands that a help text lists, each with what is said of it.
fn listed(help: &str) -> Vec<(String, String)> {
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap_or_default();
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in list.lines() {
        let (name, text) = match (line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')), commands.last_mut()) {
            (Some(command), _) => command.split_once(' ').unwrap_or((command, "")),
            (None, Some((_, text))) => {
                *text = format!("{text} {}", line.trim());
                continue;
            }
            (None, None) => panic!("a command before {line}"),
        };
        commands.push((name.to_owned(), text.trim().to_owned()));
    }
    commands
}

/// What flags that several commands take say of themselves must not take the place of what the command says.
#[test]
fn each_command_says_of_itself_what_the_list_says() {
    fn hold(command: &str, help: &str) {
        for (name, said) in listed(help) {
            let command = format!("{command} {name}");
            let help = Dir::new().run(&format!("{command} --help")).expect_code(0).stdout;
            let begins = help.split("\n\n").next().unwrap_or_default().replace('\n', " ");
            let said = said.split(" [alias").next().unwrap_or_default();
            assert_eq!(begins, said, "{command}");
            hold(&command, &help);
        }
    }
    let help = Dir::new().run("--help").expect_code(0).stdout;
    assert!(help.starts_with("A lockfile for Helm charts"), "{help}");
    assert!(listed(&help).len() > 20, "{help}");
    hold("", &help);
}

#[test]
fn the_readme_names_every_example() {
    let page = page();
    for folder in crate::support::folders("examples") {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(page.contains(&format!("(examples/{name})")), "README.md does not name examples/{name}");
    }
}
