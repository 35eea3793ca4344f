//! The house rules that a machine can check: arrows, module docs, sizes, forbidden words, forgotten cases.
//!
//! The arrows are read from ARCHITECTURE.md, so the page cannot drift from the code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const MAX_FILE: usize = 500;
const MAX_FUNCTION: usize = 80;
const FORBIDDEN: &[&str] = &["todo", "fixme", "xxx", "dbg", "unimplemented"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for folder in ["src", "tests/suite"] {
        collect(&root().join(folder), &mut files);
    }
    files
        .into_iter()
        .map(|path| (path.strip_prefix(root()).unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// `src/render/mod.rs` and `src/digest.rs` belong to the rooms `render` and `digest`.
fn room(path: &Path) -> Option<String> {
    let inside = path.strip_prefix("src").ok()?;
    let first = inside.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "main" | "lib" | "cases")).then(|| name.to_owned())
}

fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let block = page.split("```arrows\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of arrows");
    let row = |line: &str| {
        let (from, to) = line.split_once("->").unwrap();
        let to = to.split(',').map(str::trim).filter(|to| !to.is_empty()).map(str::to_owned);
        (from.trim().to_owned(), to.collect())
    };
    block.lines().map(row).collect()
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

fn fail_with(rule: &str, places: &[String]) {
    assert!(places.is_empty(), "{rule}:\n  {}", places.join("\n  "));
}

#[test]
fn every_arrow_between_rooms_is_in_the_architecture() {
    let arrows = arrows();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(from) = room(&path).filter(|_| !is_test(&path)) else { continue };
        let Some(allowed) = arrows.get(&from) else {
            wrong.push(format!("{}: the room `{from}` is not in ARCHITECTURE.md", path.display()));
            continue;
        };
        for to in text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(named_rooms) {
            if to != from && arrows.contains_key(&to) && !allowed.contains(&to) && !allowed.contains("everything") {
                wrong.push(format!("{}: {from} -> {to}", path.display()));
            }
        }
    }
    fail_with("arrows that ARCHITECTURE.md does not have", &wrong);
}

fn named_rooms(line: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for rest in line.split("crate::").skip(1) {
        let listed = rest.strip_prefix('{').and_then(|list| list.split('}').next());
        let names =
            listed.unwrap_or(rest).split(',').map(|part| part.trim().split(|c: char| !(c.is_alphanumeric() || c == '_')).next());
        rooms.extend(names.flatten().take(if listed.is_some() { usize::MAX } else { 1 }).map(str::to_owned));
    }
    rooms
}

#[test]
fn rooms_point_only_downwards() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let order: Vec<_> = page.split("```arrows\n").nth(1).unwrap().split("```").next().unwrap().lines().collect();
    let place = |room: &str| order.iter().position(|line| line.split("->").next().unwrap().trim() == room);
    for (from, to) in arrows() {
        for to in to.iter().filter(|to| *to != "everything") {
            assert!(place(&from) < place(to), "`{from} -> {to}` points upwards");
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    let silent = sources().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    fail_with("files without a module doc", &silent.map(|(path, _)| path.display().to_string()).collect::<Vec<_>>());
}

#[test]
fn files_and_functions_stay_small() {
    let mut large = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| !is_test(path)) {
        let is_table = text.lines().take(12).any(|line| line.contains("A table"));
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//")).count();
        if lines > MAX_FILE && !is_table {
            large.push(format!("{}: {lines} lines of code", path.display()));
        }
        large.extend(
            long_functions(&text).into_iter().map(|(name, lines)| format!("{}: fn {name} has {lines} lines", path.display())),
        );
    }
    fail_with("too large", &large);
}

/// Functions by indentation: from the line with `fn` to the closing brace at the same column.
fn long_functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        let Some(name) = bare.split("fn ").nth(1).filter(|_| !bare.starts_with("//") && !bare.starts_with('"')) else { continue };
        let opens = lines[start..].iter().find(|line| line.ends_with('{') || line.ends_with(';') || line.ends_with('}'));
        if opens.is_none_or(|line| !line.ends_with('{')) {
            continue;
        }
        let indent = line.len() - bare.len();
        let closing = format!("{}}}", " ".repeat(indent));
        let end = lines[start..].iter().position(|line| *line == closing).unwrap_or(0);
        if end > MAX_FUNCTION && !lines[start..start + end].iter().any(|line| line.trim() == "vec![") {
            long.push((name.split(['(', '<']).next().unwrap().to_owned(), end));
        }
    }
    long
}

#[test]
fn nothing_is_promised_or_silenced_without_a_reason() {
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| !path.ends_with("tidy.rs")) {
        for (number, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            if lower.split(|c: char| !c.is_alphanumeric()).any(|word| FORBIDDEN.contains(&word)) {
                wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
            if line.contains("#[ignore")
                || ((line.contains("allow(") || line.contains("expect(clippy"))
                    && line.trim_start().starts_with('#')
                    && !has_reason(&text, number))
            {
                wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    fail_with("forbidden", &wrong);
}

fn has_reason(text: &str, line: usize) -> bool {
    text.lines().skip(line).take(6).any(|line| line.contains("reason ="))
}

#[test]
fn every_test_file_belongs_to_the_one_binary() {
    let main = std::fs::read_to_string(root().join("tests/suite/main.rs")).unwrap();
    for entry in std::fs::read_dir(root().join("tests/suite")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        assert!(module == "main" || main.contains(&format!("mod {module};")), "tests/suite/{name} is forgotten in main.rs");
    }
}
