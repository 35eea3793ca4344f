//! Replays the cases of tests/cases/values: charts, files and flags as sections, and what three versions of Helm printed.

use std::fmt::Write as _;

use super::*;
use crate::cases::{self, Case};
use crate::chart::{self, File};
use crate::gotemplate::Integer;

struct Version {
    name: &'static str,
    coalescing: Coalescing,
    helm3: bool,
}

const VERSIONS: [Version; 3] = [
    Version { name: "4.3", coalescing: Coalescing::C, helm3: false },
    Version { name: "3.19", coalescing: Coalescing::A_CHILD, helm3: true },
    Version { name: "3.15", coalescing: Coalescing::A, helm3: true },
];

#[test]
fn flags() {
    cases::run("values/set.txt", |case| check(case, &["4.3", "3.15"]));
}

#[test]
fn coalescing() {
    cases::run("values/coalesce.txt", |case| check(case, &["4.3", "3.19", "3.15"]));
}

#[test]
fn random() {
    cases::run("values/random.txt", |case| check(case, &["4.3", "3.19", "3.15"]));
}

#[test]
fn schemas() {
    cases::run("values/schema.txt", |case| check(case, &["4.3"]));
}

#[test]
fn enabling() {
    cases::run("values/enable.txt", |case| check(case, &["4.3", "3.19", "3.15"]));
}

fn check(case: &Case, versions: &[&str]) -> Result<(), String> {
    let newest = case.section("4.3").ok_or("not recorded")?;
    for version in VERSIONS.iter().filter(|version| versions.contains(&version.name)) {
        let expected = case.section("ours").or(case.section(version.name)).unwrap_or(newest);
        // Helm 3.15 panics where an import lacks a side.
        if expected.starts_with("error panic") || expected.contains("error occurred while checking for chart dep") {
            continue;
        }
        let got = prepared(case, version).unwrap_or_else(|error| format!("error {error}"));
        let expected = expected.to_owned();
        let (expected, got) = if version.helm3 { (undeclared(&expected), undeclared(&got)) } else { (expected, got) };
        cases::equal(&expected, &got).map_err(|difference| format!("{}: {difference}", version.name))?;
    }
    Ok(())
}

/// Without what `.Chart.Dependencies` shows: in Helm 3 the aliases of a chart share it, so that one disables for all.
fn undeclared(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("dependencies ")).collect::<Vec<_>>().join("\n")
}

fn prepared(case: &Case, version: &Version) -> Result<String, String> {
    let documents = if version.helm3 { Documents::First } else { Documents::Merged };
    let chart = Arc::new(load(case, documents).map_err(|error| error.to_string())?);
    let flags = if version.helm3 { FlagRules::HELM_3 } else { FlagRules::NEWEST };
    let user =
        layers(case).merge(&flags, &Files::new(), &mut |name| Err(format!("open {name}"))).map_err(|error| error.to_string())?;
    let rules = Rules {
        coalescing: version.coalescing,
        prereleases: if version.name == "3.15" { PrereleaseRule::Each } else { PrereleaseRule::Group },
        schema: if version.helm3 { Schema::Skip } else { Schema::Modern },
        names_stage: !version.helm3,
        aliases: if version.helm3 { Aliases::Shared } else { Aliases::Apart },
    };
    let (documents, defaults) = (Arc::default(), Defaults::default());
    let shared = Shared { rules: &rules, documents: &documents, defaults: &defaults };
    let seen = || {
        let prepared = prepare(&chart, &user, shared, None).map_err(|error| error.to_string())?;
        Ok::<_, String>((seen_after_mutation(&prepared, case), prepared.warnings))
    };
    let (first, again) = (seen()?, seen()?);
    if first == again { Ok(first.0) } else { Err(format!("another release sees\n{again:?} in place of\n{first:?}")) }
}

fn seen_after_mutation(prepared: &Prepared, case: &Case) -> String {
    for line in case.section("mutate").unwrap_or_default().lines() {
        mutate(prepared, line);
    }
    let mut text = String::from("values ");
    dump(&Value::Map(prepared.values.clone()), &mut text);
    let _ = write!(text, "\ncharts {}", tree(&prepared.root));
    dependencies(&prepared.root, &mut text);
    text
}

fn prepare_alone(chart: &Arc<Chart>, user: &Arc<yaml::Map>, rules: Rules, origin: Option<&Origin>) -> Result<Prepared, Error> {
    prepare(chart, user, Shared { rules: &rules, documents: &Arc::default(), defaults: &Defaults::default() }, origin)
}

/// The chart in a case's sections; a chart without a Chart.yaml gets the one that the recorder gave it.
fn load(case: &Case, documents: Documents) -> Result<Chart, chart::Error> {
    let mut files: Vec<_> = case
        .sections()
        .filter(|(name, _)| name.contains(".yaml") || name.contains(".json"))
        .map(|(name, text)| File { name: name.into(), contents: text.into() })
        .collect();
    let paths: Vec<_> = files.iter().map(|file| file.name.to_string()).collect();
    let mut folders: Vec<_> = paths.iter().flat_map(|path| folders(path)).chain([""]).collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let path = if folder.is_empty() { "Chart.yaml".to_owned() } else { format!("{folder}/Chart.yaml") };
        if !paths.contains(&path) {
            let name = if folder.is_empty() { "c" } else { folder.rsplit('/').next().unwrap_or(folder) };
            let contents = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
            files.push(File { name: path.into(), contents: contents.into() });
        }
    }
    Chart::from_files(files, &chart::Rules { documents, ..chart::Rules::default() })
}

/// The folders of charts on a path: `charts/s` and `charts/s/charts/t` of `charts/s/charts/t/values.yaml`.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end]).filter(|folder| !folder.ends_with("charts"))
}

fn layers(case: &Case) -> Layers {
    let files = case.sections().filter(|(name, _)| name.starts_with("-f")).enumerate();
    let lines = |section: &str| case.section(section).map_or_else(Vec::new, |text| text.split('\n').map(Text::from).collect());
    Layers {
        files: files
            .map(|(index, (_, text))| Document { name: format!("HOME/user{}.yaml", 2 * index), contents: text.into() })
            .collect(),
        json: lines("set-json"),
        set: lines("set"),
        string: lines("set-string"),
        file: Vec::new(),
        literal: lines("set-literal"),
    }
}

/// `chart path key value`: what a template of that chart does to its values.
fn mutate(prepared: &Prepared, line: &str) {
    let words: Vec<_> = line.split(' ').collect();
    let names = words[0].split('/').skip(1).chain(words[1].split('.').filter(|key| !key.is_empty()));
    let map = names.fold(prepared.values.clone(), |map, key| match map.peek(key.as_bytes()) {
        Some(Value::Map(map)) => map,
        _ => panic!("no map {key} in {line}"),
    });
    map.insert(words[2].into(), Value::text(words[3]));
}

fn dump(value: &Value, text: &mut String) {
    match value {
        Value::Map(map) => {
            for (index, (key, value)) in map.entries().iter().enumerate() {
                text.push(if index == 0 { '{' } else { ',' });
                let _ = write!(text, "{}:", json(&yaml::Value::String(key.clone())));
                dump(value, text);
            }
            text.push_str(if map.is_empty() { "{}" } else { "}" });
        }
        Value::List(list) => {
            for (index, value) in list.items().iter().enumerate() {
                text.push(if index == 0 { '[' } else { ',' });
                dump(value, text);
            }
            text.push_str(if list.is_empty() { "[]" } else { "]" });
        }
        scalar => {
            text.push_str(&json(&scalar.to_plain().unwrap()));
            text.push_str(match scalar {
                Value::Float(_) => "f",
                Value::Int(_, Integer::Int) => "i",
                _ => "",
            });
        }
    }
}

fn json(value: &yaml::Value) -> String {
    yaml::json::write(value, yaml::json::Escape::Raw, yaml::json::Backend::V2).unwrap()
}

/// The charts that take part; Helm's `.Subcharts` is a map, so it is sorted.
fn tree(chart: &Installed) -> String {
    let mut below: Vec<_> = chart.dependencies.iter().map(tree).collect();
    below.sort();
    if below.is_empty() { chart.name.to_string() } else { format!("{}({})", chart.name, below.join(" ")) }
}

fn dependencies(chart: &Installed, text: &mut String) {
    for (index, dependency) in chart.declared.iter().enumerate() {
        if index == 0 {
            let _ = write!(text, "\ndependencies {}", chart.name);
        }
        let imports = json(&yaml::Value::List(dependency.import_values.clone().into()));
        let _ = write!(text, " {}|{}|{}|{imports}", dependency.name, dependency.alias, dependency.enabled);
    }
    let mut below: Vec<_> = chart.dependencies.iter().collect();
    below.sort_by_key(|chart| chart.name.clone());
    for chart in below {
        dependencies(chart, text);
    }
}

/// A chart of these files and what it is prepared into.
fn prepared_from(files: &[(&str, &str)], user: &str, rules: Rules) -> Result<String, Error> {
    let files = files.iter().map(|(name, text)| File { name: (*name).into(), contents: (*text).into() });
    let chart = Arc::new(Chart::from_files(files.collect(), &chart::Rules::default()).unwrap());
    let user = chart::read_values(user.as_bytes(), Documents::Merged).unwrap();
    let prepared = prepare_alone(&chart, &user, rules, None)?;
    let mut text = String::new();
    dump(&Value::Map(prepared.values.clone()), &mut text);
    Ok(format!("{text} {}", tree(&prepared.root)))
}

/// Not recorded, but seen on helm 3.22.0 when the dialects were compared.
#[test]
fn nulls_that_lack_a_default_stay_in_helm_3_22() {
    let chart = "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n- {name: s, version: '*', condition: s.enabled, import-values: [e]}";
    let subchart = ("charts/s/Chart.yaml", "name: s\nversion: 1.0.0");
    let rules = Rules { coalescing: Coalescing::B, ..Rules::NEWEST };
    let check = |parent: &str, child: &str, user: &str, expected: &str| {
        let files = [("Chart.yaml", chart), ("values.yaml", parent), subchart, ("charts/s/values.yaml", child)];
        let got = prepared_from(&files, user, rules).unwrap();
        assert_eq!(got, expected, "parent {parent}, child {child}, user {user}");
    };
    check("", "own: null\nkk: {a: 1, b: null}", "", r#"{"s":{"global":{},"kk":{"a":1f,"b":null}}} c(s)"#);
    check("s: {x: null}", "x: child", "", r#"{"s":{"global":{}}} c(s)"#);
    check("s: {enabled: null}", "enabled: false", "", r#"{"s":{"global":{}}} c(s)"#);
    check("s: {enabled: false}", "enabled: false", "s: {enabled: null}", r#"{"s":{"global":{}}} c(s)"#);
    check("s: {enabled: false}", "x: 1", "s: {enabled: null}", r#"{"s":{"enabled":null,"global":{},"x":1f}} c(s)"#);
    check("m: {q: null}", "x: 1", "", r#"{"m":{"q":null},"s":{"global":{},"x":1f}} c(s)"#);
    let globals = r#"{"global":{"a":null,"b":null},"s":{"global":{"b":null,"q":null}}} c(s)"#;
    check("global: {a: null, b: null}", "global: {a: 2, q: null}", "", globals);
    check("", "exports: {e: {z: null}}", "", r#"{"s":{"exports":{"e":{"z":null}},"global":{}},"z":null} c(s)"#);
}

#[test]
fn aliases_that_multiply_subcharts_end_in_an_error() {
    let head = "apiVersion: v2\nname: s\nversion: 1.0.0\ndependencies:";
    let aliases: Vec<_> = (0..8).map(|number| format!("\n- {{name: s, version: '*', alias: s{number}}}")).collect();
    let (declares, declares_none) = (format!("{head}{}", aliases.concat()), format!("{head} []"));
    let names: Vec<_> = (0..12).map(|depth| format!("{}Chart.yaml", "charts/s/".repeat(depth))).collect();
    // Helm 3 does not multiply charts with aliases in charts with aliases, but what lies between them.
    for (aliases, every) in [(Aliases::Apart, 1), (Aliases::Shared, 2)] {
        let text = |depth: usize| if depth.is_multiple_of(every) { &declares } else { &declares_none };
        let files: Vec<_> = names.iter().enumerate().map(|(depth, name)| (name.as_str(), text(depth).as_str())).collect();
        let error = prepared_from(&files, "{}", Rules { aliases, ..Rules::NEWEST }).unwrap_err();
        assert!(error.to_string().contains("subcharts are looked at more than"), "{error}");
    }
}

#[test]
fn a_schema_opens_neither_files_nor_addresses() {
    let check = |reference: &str| {
        let schema = format!(r#"{{"properties": {{"a": {{"$ref": "{reference}"}}}}}}"#);
        let files = [("Chart.yaml", "name: c\nversion: 1.0.0"), ("values.schema.json", &schema), ("values.yaml", "a: 1")];
        prepared_from(&files, "", Rules::NEWEST)
    };
    for reference in ["https://example.com/x.json", "http://127.0.0.1:1/x", "file:///etc/passwd", "other.json", "//host/x"] {
        let error = check(reference).unwrap_err();
        assert!(matches!(&error, Error::RemoteSchema { .. }), "{reference}: {error}");
    }
    assert!(check("urn:example:x").is_ok());
    assert!(check("http://json-schema.org/draft-07/schema#/definitions/nonNegativeInteger").is_ok());
}

#[test]
fn a_deep_schema_or_value_is_an_error() {
    let deep = |levels: usize| format!("{}1{}", r#"{"not":"#.repeat(levels), "}".repeat(levels));
    let files = [("Chart.yaml", "name: c\nversion: 1.0.0"), ("values.schema.json", &deep(50_000)), ("values.yaml", "a: 1")];
    assert!(matches!(prepared_from(&files, "", Rules::NEWEST), Err(Error::Schema(_))));
    let files = [("Chart.yaml", "name: c\nversion: 1.0.0"), ("values.schema.json", "{}")];
    let files = files.map(|(name, text)| File { name: name.into(), contents: text.into() });
    let chart = Arc::new(Chart::from_files(files.into(), &chart::Rules::default()).unwrap());
    let user = (0..600).fold(Arc::default(), |inner, _| Arc::new([("a".into(), yaml::Value::Map(inner))].into()));
    assert!(matches!(prepare_alone(&chart, &user, Rules::NEWEST, None), Err(Error::Schema(_))));
}

#[test]
fn an_index_may_be_as_large_as_helm_allows() {
    let mut values = yaml::Map::new();
    set::typed(&mut values, b"a[65536]=x", set::Ends::Quietly).unwrap();
    assert!(matches!(values.get(b"a".as_slice()), Some(yaml::Value::List(items)) if items.len() == 65537));
}

#[test]
fn hostile_arguments_end() {
    for argument in
        ["a[0].b".repeat(50_000), "a[0][0".repeat(50_000), "[0]".repeat(50_000), "a.".repeat(50_000), "{".repeat(50_000)]
    {
        let argument = format!("a{argument}=1");
        let _ = set::typed(&mut yaml::Map::new(), argument.as_bytes(), set::Ends::Quietly);
        let _ = set::literal(&mut yaml::Map::new(), argument.as_bytes(), set::Ends::Quietly);
        let _ = set::json(&mut yaml::Map::new(), argument.as_bytes(), set::Ends::Quietly);
    }
}

#[test]
fn reading_knows_what_the_user_gave_but_coalescing_is_no_reading() {
    let files = [("Chart.yaml", "name: c\nversion: 1.0.0"), ("values.yaml", "a: {x: 1}\nd: {y: 2}")];
    let files = files.map(|(name, text)| File { name: name.into(), contents: text.into() });
    let chart = Arc::new(Chart::from_files(files.into(), &chart::Rules::default()).unwrap());
    let user = Layers { set: vec!["a.z=1,b=2".into()], ..Layers::default() };
    let user = user.merge(&FlagRules::NEWEST, &Files::new(), &mut |_| Err(String::new())).unwrap();
    let origin = &Origin::root();
    let prepared = prepare_alone(&chart, &user, Rules::NEWEST, Some(origin)).unwrap();
    let keys = |found: Vec<Path>| found.iter().map(|path| path.join(&b"."[..])).map(Text::from).collect::<Vec<_>>();
    assert_eq!(keys(unread(&user, origin)), ["a", "b"]);
    let Some(Value::Map(_)) = prepared.values.get(b"a") else { panic!("a is a map") };
    assert_eq!(keys(unread(&user, origin)), ["a.z", "b"]);
    prepared.values.get(b"b");
    Value::Map(prepared.values).to_plain().unwrap();
    assert!(unread(&user, &prepared_origin(&chart, &user)).len() == 2);
}

fn prepared_origin(chart: &Arc<Chart>, user: &Arc<yaml::Map>) -> Origin {
    let origin = Origin::root();
    prepare_alone(chart, user, Rules::NEWEST, Some(&origin)).unwrap();
    origin
}

proptest::proptest! {
    #[test]
    fn no_argument_makes_it_panic(argument in "[ab.,=\\[\\]{}0-9\\\\ é\"-]{0,40}") {
        for ends in [set::Ends::Quietly, set::Ends::WithError] {
            let _ = set::typed(&mut yaml::Map::new(), argument.as_bytes(), ends);
            let _ = set::string(&mut yaml::Map::new(), argument.as_bytes(), ends);
            let _ = set::literal(&mut yaml::Map::new(), argument.as_bytes(), ends);
            let _ = set::json(&mut yaml::Map::new(), argument.as_bytes(), ends);
        }
    }
}

#[test]
fn a_schema_that_divides_too_often_ends_in_an_error() {
    let places = vec![r#"{"multipleOf": 0.1}"#; 1001].join(",");
    let schema = format!(r#"{{"properties": {{"a": {{"anyOf": [{places}]}}}}}}"#);
    let values = (1..1000).map(|number| format!("- {number}\n")).collect::<Vec<_>>().concat();
    let chart = ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0");
    let with = |values: &str| prepared_from(&[chart, ("values.schema.json", &schema)], values, Rules::NEWEST);
    with("a: 0.3").unwrap();
    let error = with(&format!("a: 0.3\nb:\n{values}")).unwrap_err();
    assert!(error.to_string().contains("multipleOf stands in 1001 places, for 1000 numbers"), "{error}");
}
