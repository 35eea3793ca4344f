//! Runs `tests/cases/functions`: templates with what Helm printed for them.

use std::rc::Rc;
use std::sync::Arc;

use super::*;
use crate::cases::{self, Case};
use crate::gotemplate::{Engine, Functions, Language, MissingKey, Run, Set, Template, Trees, Value};
use crate::yaml::{self, Text};

#[test]
fn functions_give_what_helm_prints() {
    // Some cases are deep on purpose, and a test's thread is small.
    let run = || cases::run("functions", check);
    std::thread::Builder::new().stack_size(1 << 28).spawn(run).unwrap().join().unwrap();
}

#[test]
fn every_function_has_a_case() {
    let inputs: Vec<String> = cases::read("functions").iter().map(|case| case.input().to_owned()).collect();
    let word = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let called = |name: &str| inputs.iter().any(|input| input.split(|char| !word(char)).any(|used| used == name));
    let missing: Vec<_> = functions().names().into_iter().filter(|name| !called(name)).collect();
    assert!(missing.is_empty(), "no case calls {}", missing.join(", "));
}

#[test]
fn the_table_is_sorted_and_names_are_unique() {
    for rows in [library(Rules::NEWEST), helm_serialisation(Rules::NEWEST), helm_durations()] {
        let names: Vec<_> = rows.iter().map(|row| row.name).collect();
        assert!(names.is_sorted_by(|left, right| left < right), "{names:?}");
    }
}

#[test]
fn values_that_share_too_much_end_in_errors() {
    let shared = "{{ $x := dict }}{{ range until 40 }}{{ $x = dict `a` $x `b` $x }}{{ end }}";
    for function in ["mustToJson", "mustToYaml", "deepCopy"] {
        let error = rendered(&format!("{shared}{{{{ {function} $x | len }}}}"), Value::Nil, "UTC").unwrap_err();
        assert!(error.contains("parts"), "{error}");
    }
}

fn functions() -> Functions {
    Functions::new(library(Rules::NEWEST)).with(helm_serialisation(Rules::NEWEST)).with(helm_durations())
}

fn check(case: &Case) -> Result<(), String> {
    match (case.section("output"), case.section("error"), execute(case)) {
        (Some(expected), _, Ok(got)) | (_, Some(expected), Err(got)) => {
            cases::equal(expected, &got).map_err(|why| format!("{}\n{why}", case.input()))
        }
        (_, Some(expected), Ok(got)) => Err(format!("{}\nexpected the error {expected}\nbut got {got:?}", case.input())),
        (_, _, Err(got)) => Err(format!("{}\nunexpected error {got}", case.input())),
        (None, None, Ok(_)) => Err("neither output nor error is expected".to_owned()),
    }
}

fn execute(case: &Case) -> Result<String, String> {
    rendered(case.input(), data(case)?, case.section("zone").unwrap_or("UTC"))
}

/// What a template prints on a machine in `zone`; clock and entropy are the same each time.
pub(super) fn rendered(template: &str, data: Value, zone: &str) -> Result<String, String> {
    let functions = functions();
    let trees = Trees::new();
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap();
    let now = jiff::Timestamp::constant(1_764_000_000, 0).to_zoned(zone);
    let mut seed = 0u64;
    let entropy = move |bytes: &mut [u8]| {
        for byte in bytes {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (seed >> 56) as u8;
        }
    };
    let run = Run::new(now, Box::new(entropy), Rc::new(()));
    let language = Language::GO_1_27;
    let engine = Engine { functions: &functions, language, missing_key: MissingKey::Zero, run: &run, trees: &trees };
    let name = Text::from("gotpl");
    let tree = trees.parse(&name, &template.into(), &functions, &language).map_err(|error| error.to_string())?;
    let mut set = Set::new("gotpl");
    set.add(&name, &tree);
    let mut out = Vec::new();
    engine.execute(&Arc::new(set), &Arc::new(Template::of(&name, &tree)), data, &mut out).map_err(|error| error.message())?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn data(case: &Case) -> Result<Value, String> {
    let values = case.section("values").unwrap_or("{}");
    let values = yaml::read_map(values.as_bytes()).map_err(|error| error.to_string())?;
    Ok(Value::from_plain(&yaml::Value::Map(Arc::new(yaml::Map::from([("Values".into(), yaml::Value::Map(values))])))))
}
