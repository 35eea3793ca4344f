//! Replays tests/cases/functions in each dialect, with its functions and its language: the room of functions itself only knows
//! the newest rules.

use std::rc::Rc;
use std::sync::Arc;

use crate::cases::{self, Case};
use crate::gotemplate::{Engine, MissingKey, Run, Set, Template, Trees, Value};
use crate::render::Dialect;
use crate::yaml::{self, Text};

/// Making keys takes long, and no two Helm versions differ in it.
const SLOW: &str = "functions/crypto.txt";

/// What we answer otherwise in a dialect, and why.
const OURS: [(&str, &[&str], &str); 7] = [
    ("mustToDate-18", &["3.15"], "it reads offsets of more than 24 hours"),
    ("edge-20", &["3.15"], "it reads offsets of more than 24 hours"),
    ("edge-21", &["3.15"], "it reads offsets of more than 60 minutes"),
    ("regexFindAll-71", &["3.19", "3.15"], "it knows the classes of Unicode by their exact names only"),
    ("mustRegexFindAll-52", &["3.19", "3.15"], "it knows the classes of Unicode by their exact names only"),
    ("time-appended-6", &["3.15"], "it appends texts and bytes to bytes, too"),
    ("semver-30", &["3.15"], "its message has capitals"),
];

#[test]
fn functions_give_what_each_helm_prints() {
    let run = || cases::run("functions", check);
    std::thread::Builder::new().stack_size(1 << 28).spawn(run).unwrap().join().unwrap();
}

fn check(case: &Case) -> Result<(), String> {
    let has_own = case.sections().any(|(name, _)| name.starts_with("output ") || name.starts_with("error "));
    if case.place.starts_with(SLOW) && !has_own {
        return Ok(());
    }
    let mut expected = None;
    for name in Dialect::names() {
        let section = |kind: &str| case.section(&if expected.is_none() { kind.to_owned() } else { format!("{kind} {name}") });
        expected = section("output").map(Ok).or_else(|| section("error").map(Err)).or(expected);
        let dialect = Dialect::named(name).expect("its own name");
        let got = printed(case, dialect);
        if let Some((.., reason)) = OURS.iter().find(|(known, names, _)| case.name == *known && names.contains(&name)) {
            assert_ne!(expected, Some(got.as_deref().map_err(String::as_str)), "{}: {reason}", case.place);
            continue;
        }
        let differs = match (expected, got) {
            (Some(Ok(expected)), Ok(got)) | (Some(Err(expected)), Err(got)) => cases::equal(expected, &got).err(),
            (expected, got) => Some(format!("expected {expected:?}\n     got {got:?}")),
        };
        if let Some(why) = differs {
            return Err(format!("{dialect:?}: {}\n{why}", case.input()));
        }
    }
    Ok(())
}

/// What a template prints, or why the function in it fails.
fn printed(case: &Case, dialect: &Dialect) -> Result<String, String> {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(case.section("zone").unwrap_or("UTC")).unwrap();
    let now = jiff::Timestamp::constant(1_764_000_000, 0).to_zoned(zone);
    let mut seed = 0u64;
    let entropy = move |bytes: &mut [u8]| {
        for byte in bytes {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (seed >> 56) as u8;
        }
    };
    let (run, trees, name) =
        (Run::new(Arc::new(move || now.clone()), Box::new(entropy), Rc::new(())), Trees::new(), Text::from("gotpl"));
    let (functions, language) = (&*dialect.functions, dialect.language);
    let tree = trees.parse(&name, &case.input().into(), functions, &language).map_err(|error| error.message)?;
    let mut set = Set::new("gotpl");
    set.add(&name, &tree);
    let values = yaml::read_map(case.section("values").unwrap_or("{}").as_bytes()).map_err(|error| error.to_string())?;
    let data = yaml::Map::from([("Values".into(), yaml::Value::Map(values))]);
    let data = Value::from_plain(&yaml::Value::Map(Arc::new(data)));
    let engine = Engine { functions, language, missing_key: MissingKey::Zero, run: &run, trees: &trees };
    let mut out = Vec::new();
    engine.execute(&Arc::new(set), &Arc::new(Template::of(&name, &tree)), data, &mut out).map_err(|error| error.message())?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}
