//! Runs `tests/cases/functions`: templates with what Helm printed for them.

use std::rc::Rc;
use std::sync::Arc;

use super::*;
use crate::cases::{self, Case};
use crate::gotemplate::{Engine, Functions, Language, Limits, MissingKey, Run, Set, Template, Trees, Value};
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
fn names_are_unique() {
    for rows in [library(Rules::NEWEST), helm_serialisation(Rules::NEWEST), helm_durations()] {
        let mut names: Vec<_> = rows.iter().map(|row| row.name).collect();
        names.sort_unstable();
        assert!(names.is_sorted_by(|left, right| left < right), "{names:?}");
    }
}

/// Templates that ask for more than a machine has, and a word of the error that each ends in.
const BOMBS: &[(&str, &str)] = &[
    ("SHARED mustToJson $x", "parts"),
    ("SHARED toYamlPretty $x", "parts"),
    ("SHARED mustToToml $x", "parts"),
    ("SHARED deepEqual $x $y", "parts"),
    ("SHARED merge $x $y | len", "parts"),
    ("LONG mustToJson $x | len", "longer"),
    ("LONG cat $s $s | len", "longer"),
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
    ("NESTED print $x | len", "larger"),
    ("NESTED println $x | len", "larger"),
    ("NESTED html $x | len", "larger"),
    ("NESTED js $x | len", "larger"),
    ("NESTED urlquery $x | len", "larger"),
    ("NESTED printf `%v` $x | len", "larger"),
    ("NESTED printf `%d %q %x` $x $x $x | len", "larger"),
    ("NESTED printf `%.0s %.2d` $x $x | len", "larger"),
    ("NESTED quote $x $x | len", "larger"),
    ("NESTED squote $x $x | len", "larger"),
    ("NESTED cat $x $x | len", "larger"),
    ("NESTED toString $x | len", "larger"),
    ("NESTED join `,` $x | len", "longer"),
    ("NESTED toStrings $x | len", "longer"),
    ("NESTED sortAlpha $x | len", "longer"),
    ("NESTED dict $x 1 | len", "larger"),
    ("NESTED toDecimal $x", "larger"),
    ("NESTED genSelfSignedCert `a` (list $x) (list) 1", "larger"),
    ("NESTED toJson $x | len | index list", "out of range"),
    ("NESTED mustToRawJson $x | len", "parts"),
    ("NESTED mustToPrettyJson $x | len", "parts"),
    ("NESTED mustToYaml $x | len", "parts"),
    ("NESTED toToml (dict `a` $x) | index list", "cannot index slice/array with type string"),
    ("NESTED deepCopy $x | len", "parts"),
    ("NESTED eq $x $y", "non-comparable type"),
    ("NESTED $x", "larger"),
    ("LONG print $x | len", "larger"),
    ("LONG mustToYaml $x | len", "longer"),
    ("LONG toStrings (list (list $s) (list $s)) | len", "longer"),
    ("LONG join `` (list (list $s) (list $s)) | len", "longer"),
    ("range until 1000000 }}{{ printf `%*d` 1000000 1 }}{{ end }}{{ 1", "more steps"),
    ("$s := `a` }}{{ range until 100 }}{{ $s = cat $s $s }}{{ end }}{{ 1", "more steps"),
    ("$s := `a` }}{{ range until 100 }}{{ $s = print $s $s $s }}{{ end }}{{ 1", "more steps"),
    ("b64enc (repeat 60000000 `a`) | len", "larger"),
    ("$x := list }}{{ range until 1000 }}{{ $x = list $x (repeat 60000000 `a`) }}{{ end }}{{ 1", "more steps"),
    ("fromYamlArray (repeat 20000000 `- \n`) | len", "more steps"),
    ("fromJsonArray (repeat 20000000 `[`) | len", "more steps"),
    ("fromToml (repeat 10000000 `[[a]]`) | len", "more steps"),
    (
        "$x := dict }}{{ range until 19 }}{{ $x = dict `a` $x `b` $x }}{{ end }}{{ range until 1000 }}{{ $_ := deepCopy $x }}{{ end }}{{ 1",
        "more steps",
    ),
    ("$l := until 1000000 }}{{ range until 10000 }}{{ $_ := has -1 $l }}{{ end }}{{ 1", "more steps"),
    ("$l := until 1000000 }}{{ range until 10000 }}{{ $_ := first $l }}{{ end }}{{ 1", "more steps"),
    ("$s := repeat 60000000 `a` }}{{ range until 10000 }}{{ $_ := contains `b` $s }}{{ end }}{{ 1", "more steps"),
    ("$p := repeat 100 `[a-b]{0,1000}` }}{{ regexMatch (print $p `c`) (repeat 1000000 `a`)", "more steps"),
    (
        "range $i := until 10000 }}{{ $_ := regexMatch (printf `%s%d` (repeat 300 `[a-b]{0,1000}`) $i) `` }}{{ end }}{{ 1",
        "more steps",
    ),
    ("range until 20 }}{{ $_ := derivePassword 1 `none` `p` `u` `s` }}{{ end }}{{ 1", "more steps than a run may take"),
];

#[test]
fn what_asks_for_more_than_a_machine_has_ends_in_an_error_soon() {
    let shared = "{{ $x := dict }}{{ $y := dict }}{{ range until 40 }}{{ $x = dict `a` $x `b` $x }}{{ $y = dict `a` $y `b` $y }}{{ end }}{{";
    let nested = "{{ $x := list }}{{ $y := list }}{{ range until 3 }}{{ $l := list }}{{ $y := $x }}{{ range until 1000 }}{{ $l = append $l $y }}{{ end }}{{ $x = $l }}{{ end }}{{";
    let long = "{{ $s := repeat 1000000 `a` }}{{ $x := list }}{{ range until 10 }}{{ $x = list $x $x $s }}{{ end }}{{ $s = repeat 60 $s }}{{";
    let (began, mut wrong) = (std::time::Instant::now(), Vec::new());
    for (bomb, word) in BOMBS {
        let text = match bomb.split_once(' ') {
            Some(("SHARED", rest)) => format!("{shared} {rest} }}}}"),
            Some(("NESTED", rest)) => format!("{nested} {rest} }}}}"),
            Some(("LONG", rest)) => format!("{long} {rest} }}}}"),
            _ => format!("{{{{ {bomb} }}}}"),
        };
        // What only a loop makes expensive need not run to the end of the usual budget.
        let steps = if bomb.contains("range") { 1 << 25 } else { Limits::default().steps };
        let result = rendered_within(steps, &text, Value::Nil, "UTC");
        let ends_well = match &result {
            Err(error) => error.contains(word) && !word.is_empty(),
            Ok(_) => word.is_empty(),
        };
        if !ends_well {
            wrong.push(format!("{bomb}: {result:.300?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(began.elapsed().as_secs() < 400, "{:?} for what takes a few seconds", began.elapsed());
}

#[test]
fn what_is_slow_on_purpose_runs_a_few_times_only() {
    let steps = 1 << 23;
    for slow in [
        "genCA `a` 1",
        "genSelfSignedCert `a` list list 1",
        "genPrivateKey `ed25519`",
        "htpasswd `a` `b`",
        "bcrypt `a`",
        "derivePassword 1 `long` `p` `u` `s`",
    ] {
        let text = format!("{{{{ range until 500 }}}}{{{{ $_ := {slow} }}}}{{{{ end }}}}");
        let error = rendered_within(steps, &text, Value::Nil, "UTC").unwrap_err();
        assert!(error.ends_with("the template takes more steps than a run may take"), "{slow}: {error}");
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
    rendered_within(Limits::default().steps, template, data, zone)
}

fn rendered_within(steps: u64, template: &str, data: Value, zone: &str) -> Result<String, String> {
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
    let mut run = Run::new(Arc::new(move || now.clone()), Box::new(entropy), Rc::new(()));
    run.limits.steps = steps;
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
