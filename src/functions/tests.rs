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

/// Templates that ask for more than a machine has, and a word of the error that each ends in.
const BOMBS: &[(&str, &str)] = &[
    ("SHARED mustToJson $x", "parts"),
    ("SHARED toYamlPretty $x | len | index list", "out of range"),
    ("SHARED mustToToml $x", "parts"),
    ("SHARED deepEqual $x $y", "parts"),
    ("SHARED merge $x $y | len", "parts"),
    ("LONG mustToJson $x | len", "longer"),
    ("LONG cat $s $s | len", "larger"),
    ("repeat 3000000000 `a`", "longer"),
    ("repeat 50000 (repeat 50000 `a`) | len", "longer"),
    ("replace `a` (repeat 50000 `b`) (repeat 50000 `a`) | len", "longer"),
    ("until 300000000", "items"),
    ("untilStep 0 300000000 1", "items"),
    ("seq 1 1000000000000", "items"),
    ("indent 2000000000 `a`", "longer"),
    ("wrapWith 1 (repeat 1000000 `x`) (repeat 100 `a `) | len", "longer"),
    ("randAlpha 2000000000", "longer"),
    ("regexReplaceAll `a` (repeat 5000 `a`) (repeat 20000 `b`) | len", "longer"),
    ("mustRegexMatch `((((a{1,100}){1,100}){1,100}){1,100})` `a`", "invalid repeat count"),
    ("mustRegexMatch (repeat 100000 `(`) `a`", "missing closing )"),
    ("regexMatch `(a*)*(a*)*b` (repeat 10000 `a`)", ""),
    ("range until 200 }}{{ $_ := derivePassword 1 `none` `p` `u` `s` }}{{ end }}{{ 1", "more steps than a run may take"),
];

#[test]
fn what_asks_for_more_than_a_machine_has_ends_in_an_error_soon() {
    let shared = "{{ $x := dict }}{{ $y := dict }}{{ range until 40 }}{{ $x = dict `a` $x `b` $x }}{{ $y = dict `a` $y `b` $y }}{{ end }}{{";
    let long = "{{ $s := repeat 1000000 `a` }}{{ $x := list }}{{ range until 10 }}{{ $x = list $x $x $s }}{{ end }}{{ $s = repeat 60 $s }}{{";
    let began = std::time::Instant::now();
    for (bomb, word) in BOMBS {
        let text = match bomb.split_once(' ') {
            Some(("SHARED", rest)) => format!("{shared} {rest} }}}}"),
            Some(("LONG", rest)) => format!("{long} {rest} }}}}"),
            _ => format!("{{{{ {bomb} }}}}"),
        };
        let result = rendered(&text, Value::Nil, "UTC");
        match result {
            Err(error) => assert!(error.contains(word) && !word.is_empty(), "{bomb}: {error}"),
            Ok(_) => assert!(word.is_empty(), "{bomb} gave something"),
        }
    }
    assert!(began.elapsed().as_secs() < 120, "{:?} for what takes a few seconds", began.elapsed());
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
